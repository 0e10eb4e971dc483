#!/bin/sh
# The nrpe agent on real nodes with real monitoring plugins: one machine of 47 with a sick
# disk, and what goes wrong with checks.
# shellcheck disable=SC2016,SC2034 # texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

sim_pid=
test_at_end 'mc_proc_end "$sim_pid"; fleet_end'
plugins=/usr/lib/nagios/plugins
if [ ! -x $plugins/check_disk ] || [ ! -x $plugins/check_load ] || [ ! -x $plugins/check_procs ]; then
    test_skip 'checks with real plugins' 'monitoring-plugins-basic is not installed'
    test_done
fi
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1

# Everybody is well; dev1 has thresholds that no disk satisfies.
mkdir well sick sick/more
cat >well/nrpe.cfg <<CFG
command[check_disks]=$plugins/check_disk -w 1 -c 1 -p / -p /dev/shm
command[check_load]=$plugins/check_load -w 9000,9000,9000 -c 9000,9000,9000
CFG
cat >sick/nrpe.cfg <<CFG
# as Debian has it
pid_file=/run/nagios/nrpe.pid
server_port=5666
dont_blame_nrpe=1
command_timeout=1
this line is broken
include=$tmp/sick/local
include_dir=$tmp/sick/more/
command[check_disks]=$plugins/check_disk -w 100% -c 100% -p / -p /dev/shm
command[check_load]=$plugins/check_load -w 9000,9000,9000 -c 9000,9000,9000
command[check_procs]=$plugins/check_procs -c 1:
command[check_none]=$plugins/check_procs -w 1: -C no-such-program
command[check_args]=$plugins/check_procs -w \$ARG1\$ -c \$ARG2\$
command[hang]=echo \$\$\$\$ >$tmp/hangs; tail -f /dev/null & tail -f /dev/null
command[flood]=yes
command[seed]=echo 'DISK CRITICAL - free space: / 24 MB (0% inode=86%);| /=4111MB;3706;3924;0;4361 /boot=26MB;83;88;0;98 /dev/shm=0MB;217;230;0;256'; exit 2
command[killed]=kill -KILL \$\$\$\$
command[missing]=/no/such/check_plugin
command[noisy]=i=0; while [ \$i -lt 70 ]; do i=\$((i + 1)); echo dev1 says \$i on stdout; echo dev1 says \$i on stderr >&2; done; exit 2
CFG
echo 'command[included]=echo included' >sick/local
echo 'command[below]=echo below' >sick/more/a.cfg
echo 'command[nobody]=echo nobody' >sick/more/a.txt
fleet_node dev1.my.net 'role=dev' 'sick' "plugin.nrpe.conf_file = $tmp/sick/nrpe.cfg"
fleet_wait || exit 1

{
    fleet_settings
    printf 'logger_type = console\nloglevel = warn\nplugin.nrpe.conf_dir = %s\n' "$tmp/well"
} >sim.cfg
"$MC_BIN/mc-sim" --config sim.cfg --nodes 46 >sim.out 2>&1 </dev/null &
sim_pid=$!
mc_file_wait sim.out 'nodes are connected' "$sim_pid" 60 || { cat sim.out >&2; exit 1; }

sick='-I dev1.my.net --np'
export MCOLLECTIVE_DTIMEOUT=1

# The transcript as the seed has it: what a terminal shows in the end, without colours,
# runs of blanks collapsed, no empty lines, values that a machine makes up masked.
seed_form()
{
    sed "s/\\x1b\\[[0-9;]*m//g; s/.*\\r//; s/  */ /g; s/^ //; s/ \$//; /^\$/d; /^%/d
        s/^\\(Performance Data:\\) .*=.*/\\1 N/; s/[0-9.]* ms\$/N ms/
        s/free space: .*/free space: N/" "$1"
}

test_case 'mc-rpc nrpe runcommand command=check_disks: the transcript of the seed' '
    exits 2 "$MC_TOP/t/lib/tty" 100 sh -c "\"\$0\" \"\$@\" 2>$tmp/err" "$MC_BIN/mc-rpc" \
        -c "$FLEET_CONFIG" nrpe runcommand command=check_disks >out && cat out &&
    seed_form "$MC_TOP/t/fixtures/seed-nrpe-disks" >wanted && seed_form out >got &&
    same wanted got && is "$(wc -l <got)" 7'
test_case 'Request Aborted is red, CRITICAL yellow; neither without colours' '
    red=$(printf "\033[31mRequest Aborted\033[0m") &&
    yellow=$(printf "   \033[33mCRITICAL\033[0m") && has out "$red" && has out "$yellow" &&
    { cat "$FLEET_CONFIG"; echo "color = 0"; } >plain.cfg &&
    exits 2 "$MC_TOP/t/lib/tty" 100 "$MC_BIN/mc-rpc" -c plain.cfg nrpe runcommand \
        command=check_disks -I dev1.my.net >out && cat out &&
    matches out "^dev1.my.net  *Request Aborted\$" && matches out "^   CRITICAL\$" &&
    ! grep -q "$(printf "\033")" out'
test_case 'headings and what is shown come from the DDL file of the client' '
    mkdir -p ddl/mcollective/agent && { cat "$FLEET_CONFIG"; echo "libdir = $tmp/ddl"; } >ddl.cfg &&
    edited=ddl/mcollective/agent/nrpe.ddl &&
    sed "s/\"Performance Data\"/\"Figures\"/" "$MC_TOP/plugins/agent/nrpe.ddl" >$edited &&
    exits 2 "$MC_BIN/mco" rpc -c ddl.cfg nrpe runcommand command=check_disks $sick >out && cat out &&
    matches out "^ *Figures:  /=" && lacks out "Performance Data" &&
    sed "s/display :failed/display :ok/" "$MC_TOP/plugins/agent/nrpe.ddl" >$edited &&
    exits 2 "$MC_BIN/mco" rpc -c ddl.cfg nrpe runcommand command=check_disks --np >out &&
    lacks out dev1.my.net && is "$(grep -c "DISK OK" out)" 46 &&
    sed "s/display :failed/display :always/" "$MC_TOP/plugins/agent/nrpe.ddl" >$edited &&
    exits 2 "$MC_BIN/mco" rpc -c ddl.cfg nrpe runcommand command=check_disks --np >out &&
    has out "DISK CRITICAL" && is "$(grep -c "DISK OK" out)" 46'
test_case 'mco rpc adds how many are in which state' '
    exits 2 mco rpc nrpe runcommand command=check_disks --np >out && cat out &&
    is "$(grep -c "Request Aborted" out)" 1 && has out "Summary of Exit Code:" &&
    has out "           OK : 46" && has out "     CRITICAL : 1" &&
    has out "Finished processing 47 / 47 hosts in"'
test_case 'as data: status, words and the three outputs' '
    exits 2 mco rpc nrpe runcommand command=check_disks $sick -j >out && cat out &&
    has out "\"sender\":\"dev1.my.net\",\"statuscode\":1,\"statusmsg\":\"CRITICAL\"" &&
    matches out "\"exitcode\":2,\"perfdata\":\" /=[^\"]*\",\"output\":\"DISK CRITICAL - free space: / "'
test_case 'the reply of the seed, value by value' '
    exits 2 mco rpc nrpe runcommand command=seed $sick -j >out && cat out &&
    has out "\"sender\":\"dev1.my.net\",\"statuscode\":1,\"statusmsg\":\"CRITICAL\"" &&
    has out "\"exitcode\":2," &&
    has out "\"perfdata\":\" /=4111MB;3706;3924;0;4361 /boot=26MB;83;88;0;98 /dev/shm=0MB;217;230;0;256\"" &&
    has out "\"output\":\"DISK CRITICAL - free space: / 24 MB (0% inode=86%);\""'
test_case 'plugins that write 70 lines to both streams: the blocks do not mix' '
    echo "command[noisy]=for i in 1 2 3 4 5 6 7; do for k in 0 1 2 3 4 5 6 7 8 9; do echo well says \$i\$k on stdout; echo well says \$i\$k on stderr >&2; done; done" >well/noisy.cfg &&
    exits 2 mco rpc nrpe runcommand command=noisy --np >out &&
    is "$(grep -c "dev1 says" out)" 70 && lacks out "well says" && lacks out "on stderr" &&
    exits 2 mco rpc nrpe runcommand command=noisy --np --display all >out &&
    is "$(grep -c "well says" out)" 3220 &&
    awk "/^[a-z0-9.]+  *(Request Aborted)?\$/ { host = \$1 }
        / says / { who = host ~ /^dev1/ ? \"dev1\" : \"well\"
            if (\$0 !~ who \" says\") { print host \": \" \$0; bad = 1 } } END { exit bad }" out'

test_case 'real plugins: exit code, output and performance data' '
    exits 2 mco rpc nrpe runcommand command=check_disks $sick >out && cat out &&
    has out "dev1.my.net                              Request Aborted" && has out "   CRITICAL" &&
    matches out "^ +Exit Code: 2\$" && matches out "^ +Output: DISK CRITICAL - free space: / " &&
    matches out "^ +Performance Data:  /=[0-9]+.*B;" &&
    exits 0 mco rpc nrpe runcommand command=check_load $sick --display all >out && cat out &&
    matches out "Output: .*load average" && matches out "Performance Data: load1=" &&
    matches out "^ +Command: check_load\$" && has out "           OK : 1" &&
    exits 0 mco rpc nrpe runcommand command=check_procs $sick -j >out &&
    has out "\"exitcode\":0" && has out "PROCS OK"'
test_case 'mco nrpe: the hosts in trouble, the summary, exit 2' '
    exits 2 mco nrpe check_disks --np >out && cat out &&
    has out "dev1.my.net                              status=CRITICAL" &&
    matches out "^    DISK CRITICAL - free space: / .*" && lacks out sim0 &&
    has out "Summary of Exit Code:" && has out "           OK : 46" &&
    has out "Finished processing 47 / 47 hosts in" &&
    exits 0 mco nrpe check_load -v --np >out && has out "---- check_load NRPE results ----" &&
    is "$(grep -c "status=OK" out)" 47 && has out "Pass / Fail: 47 / 0"'
test_case 'mc-nrpe: the form of the first release, its exit code is the highest state' '
    exits 2 "$MC_BIN/mc-nrpe" -c "$FLEET_CONFIG" check_disks --np >out && cat out &&
    has out "dev1.my.net                              status=CRITICAL" && lacks out Summary &&
    tail -n 4 out >got && printf "%s\n" "              OK: 46" "         WARNING: 0" \
        "        CRITICAL: 1" "         UNKNOWN: 0" >wanted && same wanted got &&
    exits 0 "$MC_BIN/mc-nrpe" -c "$FLEET_CONFIG" check_load --np -I dev1.my.net -v >out &&
    has out "Nagios Statusses:" && has out "status=OK" &&
    exits 1 "$MC_BIN/mc-nrpe" -c "$FLEET_CONFIG" check_none --np -I dev1.my.net &&
    exits 3 "$MC_BIN/mc-nrpe" -c "$FLEET_CONFIG" check_none --np >out &&
    has out "         UNKNOWN: 46"'
test_case 'mco nrpe and mc-nrpe without a check' '
    exits 1 mco nrpe 2>err && has err "Please specify a check name" &&
    exits 3 "$MC_BIN/mc-nrpe" >out && is "$(cat out)" "UNKNOWN: NRPE command not specified"'
check=$MC_BIN/check-mc-nrpe
test_case 'check-mc-nrpe: the line of the seed, exit 0' '
    exits 0 "$check" -c "$FLEET_CONFIG" -W "role=dev sick" check_load >out 2>err && cat out &&
    sed "s/checktime=[0-9]*\.[0-9][0-9][0-9][0-9][0-9][0-9]\$/checktime=N/" out >got &&
    is "$(cat got)" "check_load: OK: 1 WARNING: 0 CRITICAL: 0 UNKNOWN: 0|total=1 ok=1 warn=0 crit=0 unknown=0 checktime=N" &&
    is "$(cat err)" ""'
test_case 'check-mc-nrpe: critical beats unknown, unknown beats warnings' '
    exits 2 "$check" -c "$FLEET_CONFIG" check_disks >out && cat out &&
    matches out "^check_disks: OK: 46 WARNING: 0 CRITICAL: 1 UNKNOWN: 0\|total=47 ok=46 warn=0 crit=1 unknown=0 checktime=" &&
    sed 1d out >got && printf "%s\n" CRITICAL: "   dev1.my.net" >wanted && same wanted got &&
    exits 1 "$check" -c "$FLEET_CONFIG" -I dev1.my.net check_none >out && sed 1d out >got &&
    printf "%s\n" WARNING: "   dev1.my.net" >wanted && same wanted got &&
    exits 3 "$check" -c "$FLEET_CONFIG" check_none >out &&
    matches out "^check_none: OK: 0 WARNING: 1 CRITICAL: 0 UNKNOWN: 46\|total=47 " &&
    is "$(sed -n 2,4p out | tr "\n" " ")" "WARNING:    dev1.my.net UNKNOWN: " && has out " sim00046"'
test_case 'check-mc-nrpe: a silent node is unknown; nobody there; no broker; wrong words' '
    trap "cat out err" EXIT
    exits 3 "$check" -c "$FLEET_CONFIG" -I dev1.my.net -I gone.my.net -t 5 check_load >out && cat out &&
    matches out "UNKNOWN: 1\|total=1 ok=1 warn=0 crit=0 unknown=1 " && has out "   gone.my.net" &&
    exits 3 "$check" -c "$FLEET_CONFIG" -F role=nobody check_load >out 2>err &&
    is "$(cat out)" "check_load: UNKNOWN: did not discovery any nodes" &&
    sed "s/127.0.0.1:[0-9]*/127.0.0.1:1/" "$FLEET_CONFIG" >nobroker.cfg &&
    exits 3 "$check" -c nobroker.cfg --connection-timeout 1 check_load >out 2>err && cat out &&
    matches out "^UNKNOWN: " && is "$(wc -l <out)" 1 &&
    exits 3 "$check" -c "$FLEET_CONFIG" >out && is "$(cat out)" "UNKNOWN: NRPE command not specified" &&
    exits 3 "$check" -c "$FLEET_CONFIG" --nosuch check_load >out 2>err && matches out "^UNKNOWN: " &&
    exits 3 "$check" -c "$FLEET_CONFIG" "check;load" >out 2>err && matches out "^UNKNOWN: "'
test_case 'a plugin that warns' '
    exits 2 mco rpc nrpe runcommand command=check_none $sick >out && cat out &&
    has out "   WARNING" && has out "PROCS WARNING: 0 processes" && has out "WARNING : 1"'
test_case 'include and include_dir are followed, other files are not' '
    exits 0 mco rpc nrpe runcommand command=included $sick &&
    exits 0 mco rpc nrpe runcommand command=below $sick &&
    exits 2 mco rpc nrpe runcommand command=nobody $sick >out &&
    has out "No such command: nobody" && has out "   UNKNOWN"'
test_case 'a broken line is told once, with file and line' '
    has fleet/dev1.my.net/log "sick/nrpe.cfg, line 6: there is no '\''='\'' with a value" &&
    is "$(fleet_log_count dev1.my.net "cannot be used")" 1'
test_case 'arguments where they are allowed; nasty ones nowhere' '
    exits 0 mco rpc nrpe runcommand command=check_args "args=1:!1:" $sick -j >out &&
    has out "PROCS OK" &&
    exits 2 mco rpc nrpe runcommand command=check_args "args=1:!;reboot" $sick >out && cat out &&
    has out "Invalid Request Data" && has out "; is not allowed in arguments on this node" &&
    exits 1 mco rpc nrpe runcommand "command=check_args;x" $sick 2>err && has err command'
test_case 'plugins that hang, flood, die, are not there: UNKNOWN and a sentence each' '
    for check in hang flood; do
        exits 2 mco rpc nrpe runcommand command=$check $sick >out &&
        has out "   UNKNOWN" && has out "NRPE: Command timed out after 1 seconds" || exit 1
    done
    exits 2 mco rpc nrpe runcommand command=killed $sick >out &&
    has out "killed: the plugin was ended by signal 9" &&
    exits 2 mco rpc nrpe runcommand command=missing $sick >out &&
    has out "missing: the plugin cannot be run (exit code 127): /no/such/check_plugin"'
test_case 'nothing of them is left, and the node answers' '
    group=$(cat hangs) && [ -n "$group" ] && ! kill -0 -- "-$group" 2>/dev/null &&
    is "$(cat /proc/$(fleet_pid dev1.my.net)/task/*/children)" "" &&
    exits 0 mco ping -I dev1.my.net'
test_case 'all checks at once, each with its end' '
    sed -i "/hang\|flood/d" sick/nrpe.cfg &&
    exits 0 mco rpc nrpe runallcommands $sick -j >out && cat out &&
    matches out "\"check_disks\":\{\"exitcode\":2,\"output\":\"DISK CRITICAL" &&
    matches out "\"below\":\{\"exitcode\":0,\"output\":\"below\"\}"'
test_case 'nodes are found by how a check ends' '
    mco find -S "nrpe('\''check_disks'\'').exitcode = 2" >found && is "$(cat found)" dev1.my.net &&
    mco find -S "nrpe('\''check_disks'\'').exitcode = 0" >found && is "$(wc -l <found)" 46 &&
    lacks found dev1'
test_done
