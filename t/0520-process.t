#!/bin/sh
# The process agent on real nodes and its two commands.
# shellcheck disable=SC2016,SC2034 # texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

zombie_parent=
sleepers=
clean_up()
{
    for pid in $zombie_parent $sleepers; do
        kill -KILL "$pid" 2>/dev/null
    done
    fleet_end
}
test_at_end clean_up
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
fleet_node web1 'role=web' 'common'
fleet_node web2 'role=web' 'common'
fleet_wait || exit 1

# Processes with names of our own; both nodes live on this machine and see both.
mark=mc-t0520-$$
perl -MPOSIX -e '$0 = shift; print "there\n"; $| = 1; POSIX::pause' "$mark one" >ready1 &
sleepers=$!
one=$!
perl -MPOSIX -e '$| = 1; my $child = fork // die; exit 0 if !$child; select undef, undef, undef, 0
    until -e "/proc/$child" && do { open my $f, "<", "/proc/$child/stat"; <$f> =~ /\) Z / };
    $0 = shift; print "there\n"; POSIX::pause' "$mark two" >ready2 &
zombie_parent=$!
fleet_file_wait "/proc/$one/cmdline" "$mark one" 1 10 || exit 1
fleet_file_wait ready2 there 1 10 || exit 1

test_case 'process list: a table for each host, then the sums' '
    exits 0 mco process list "^$mark" --dt 1 --np --sort >out && cat out &&
    is "$(grep -c "^   web[12]$" out)" 2 &&
    is "$(grep -c "^     PID  *USER  *VSZ  *COMMAND *$" out)" 2 &&
    is "$(grep -c "^     $one  *$(id -un | cut -c1-10)  *[0-9.]* MB  *$mark one *$" out)" 2 &&
    has out "Summary of The Process List:" &&
    has out "           Matched hosts: 2" && has out "       Matched Processes: 4" &&
    grep -q "^           Resident Size: [0-9.]* MB$" out &&
    has out "Finished processing 2 / 2 hosts in"'
test_case 'columns begin five blanks after the widest of the one before' '
    exits 0 mco process list "^$mark one" -I web1 --np --fields state,pid,tty,rss >out &&
    grep -q "^     STATE     PID *     TTY *     RSS *$" out &&
    grep -q "^     S         $one *     [0-9][0-9]* *     [0-9.]* KB *$\|^     S         $one *     [0-9][0-9]* *     [0-9.]* MB *$" out'
test_case 'fields of the configuration; an unknown one' '
    { cat "$FLEET_CONFIG"; echo "plugin.process.fields = pid, state"; } >fields.cfg &&
    exits 0 "$MC_BIN/mco" process list -c fields.cfg "$mark one" -I web1 --np >out &&
    grep -q "^     PID *     STATE *$" out &&
    exits 1 mco process list --fields pid,zork 2>err &&
    has err "zork" && has err "specified as process field. Valid options are PID, USER, VSZ, COMMAND, TTY, RSS, STATE"'
test_case 'zombies stand in brackets' '
    exits 0 mco process list -z perl -I web1 --np >out && cat out &&
    has out "[perl]" && lacks out "$mark"'
test_case 'processes of one user; a user who is not there has none' '
    exits 0 mco process list "^$mark" -u "$(id -un)" -I web1 --np >out &&
    has out "$mark one" &&
    exits 0 mco process list -u nosuchuser --dt 1 --np >out &&
    has out "           Matched hosts: 0" && has out "           Resident Size: 0 B"'
test_case 'silent: the summary alone' '
    exits 0 mco process list "^$mark" -I web1 --np --silent >out &&
    lacks out "$mark" && has out "Matched Processes: 2"'
test_case 'mc-pgrep: the form of the first release' '
    exits 0 "$MC_BIN/mc-pgrep" -c "$FLEET_CONFIG" "^$mark" --dt 1 --np --sort >out &&
    cat out && head -1 out >first && is "$(cat first)" web1 &&
    is "$(grep -c "^ *$one $(id -un | cut -c1-10)  *[0-9.]*MB  $mark one$" out)" 2 &&
    sed -n "/stats/,\$p" out | sed "s/[0-9.]*MB/N/" >got &&
    printf "%s\n" "   ---- process list stats ----" "        Matched hosts: 2" \
        "    Matched processes: 4" "        Resident Size: N" "         Virtual Size: N" \
        "" >wanted && same wanted got'
test_case 'mc-pgrep without a match' '
    exits 0 "$MC_BIN/mc-pgrep" -c "$FLEET_CONFIG" "^no such" --dt 1 --np >out &&
    has out "        Matched hosts: 0" && has out "        Resident Size: 0B"'
test_case 'as data: the keys that clients of the original read' '
    exits 0 mco rpc process list "pattern=^$mark one" -I web1 -j >out && cat out &&
    for key in pid uid username cmdline state vsize rss tty_nr; do
        has out "\"$key\":" || exit 1
    done && has out "\"pid\":$one,"'
test_case 'a pattern that is none, and one that no shell may see' '
    exits 2 mco rpc process list "pattern=a(b" -I web1 --np >out && cat out &&
    has out "is no pattern" && exits 1 mco process list "a;b" -I web1 2>err && has err pattern'
test_case 'wrong words' '
    exits 1 mco process 2>err && has err "Please provide an action" &&
    exits 1 mco process kill 2>err && has err "Invalid action. Valid action is '\''list'\''"'
test_done
