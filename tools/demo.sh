#!/bin/sh
# The demo: a real nats-server and twelve real nodes on this machine, then the commands a
# newcomer would try, each with its real output.
#
# On a terminal it stays up until Ctrl-C and says how to talk to it; otherwise it ends by
# itself. Either way it ends its processes by their pids and removes its files.
set -u
MC_TOP=$(cd "$(dirname "$0")/.." && pwd)
MC_BIN=$MC_TOP/build/bin
export MC_TOP MC_BIN
. "$MC_TOP/t/lib/fleet.sh"

demo_dir=$(mktemp -d "${TMPDIR:-/tmp}/marionette-demo.XXXXXX") || exit 1
demo_failed=0
demo_idle=

# The idle sleep is a background job, which a shell starts deaf to Ctrl-C.
demo_stop()
{
    trap - EXIT INT TERM HUP
    [ -z "$demo_idle" ] || kill "$demo_idle" 2>/dev/null
    fleet_end
    rm -rf "$demo_dir"
    exit "${1:-$demo_failed}"
}
trap 'demo_stop' EXIT
trap 'demo_stop 1' PIPE # a reader that has seen enough: | head
trap 'echo; echo "The demo ends."; demo_stop 0' INT TERM HUP

if [ -t 1 ]; then
    demo_bold=$(printf '\033[1m') demo_plain=$(printf '\033[0m')
else
    demo_bold='' demo_plain=''
fi

say()
{
    printf '\n%s# %s%s\n' "$demo_bold" "$*" "$demo_plain"
}

# show WANTED_EXIT COMMAND...: print the command as a person types it, run it.
show()
{
    show_wanted=$1
    shift
    show_text=
    for show_word in "$@"; do
        case $show_word in
        *[!A-Za-z0-9_.=/:@%+,-]*) show_text="$show_text '$show_word'" ;;
        *) show_text="$show_text $show_word" ;;
        esac
    done
    printf '\n%s$%s%s\n' "$demo_bold" "$show_text" "$demo_plain"
    show_program=$1
    shift
    MCOLLECTIVE_EXTRA_OPTS="--config $FLEET_CONFIG" "$MC_BIN/$show_program" "$@" </dev/null
    show_exit=$?
    if [ "$show_exit" -ne "$show_wanted" ]; then
        printf '%s: exit code %s, wanted %s\n' "$show_text" "$show_exit" "$show_wanted" >&2
        demo_failed=1
    fi
}

# Twelve machines of two customers; on two of them something is wrong: a fact that
# should be "production" is not, and a machine lacks its class.
start_fleet()
{
    fleet_begin "$demo_dir" || exit 1
    for demo_n in 1 2 3 4; do
        fleet_node "web$demo_n.acme.net" \
            'customer=acme environment=production country=uk role=web' 'apache common'
    done
    fleet_node db1.acme.net \
        'customer=acme environment=production country=uk role=db' 'mysql::master common'
    fleet_node db2.acme.net \
        'customer=acme environment=production country=uk role=db' 'mysql::slave common'
    fleet_node dev1.acme.net \
        'customer=acme environment=development country=uk role=dev' \
        'mysql::master apache common'
    for demo_n in 1 2 3; do
        fleet_node_puppet "web$demo_n.globex.net" \
            'customer=globex environment=production country=de role=web' 'nginx common'
    done
    fleet_node_puppet web4.globex.net \
        'customer=globex environment=prodution country=de role=web' 'nginx common'
    for demo_n in 1 2 3 4; do # a run takes so many seconds
        echo $((demo_n + 1)) >"$FLEET/web$demo_n.globex.net/seconds"
    done
    fleet_node db1.globex.net \
        'customer=globex environment=production country=de role=db' 'common'
    demo_n=0
    for demo_name in $fleet_names; do
        demo_n=$((demo_n + 1))
        fleet_hardware "$demo_name" "$(printf 'KK%04dH' "$demo_n")"
    done
    fleet_disks dev1.acme.net
    fleet_wait || exit 1
}

tour()
{
    say "Twelve nodes and a broker run on this machine. Who is there?"
    show 0 mco ping
    say "Machines by what they are, not by name: facts and classes"
    show 0 mco find -W 'environment=development customer=acme mysql::master'
    show 0 mco find -F country=de
    say "Ask all of them a question; read one answer"
    show 0 mco rpc rpcutil get_fact fact=role -C apache
    say "One look at a fact across the fleet: one environment is misspelt"
    show 0 mco facts environment
    show 0 mco find -F environment=prodution
    say "A database machine without a database class: the second problem"
    show 0 mco find -F role=db
    show 0 mco find -C /mysql/
    say "Everything one node knows of itself"
    show 0 mco inventory db1.globex.net
    say "Reports of your own: a script of five lines, and one that prints pages"
    show 0 mco inventory --script examples/reports/hardware.mc -F customer=globex
    show 0 mco inventory --script examples/reports/nodes.mc -F customer=acme
    say "A package that is there, and one that is not"
    show 0 mco package status bash -F customer=acme
    show 0 mco package status no-such-package -F customer=globex
    if [ -x /usr/lib/nagios/plugins/check_disk ]; then
        say "A check of Nagios on all machines: only the sick disk is shown"
        show 2 mc-rpc nrpe runcommand command=check_disks
        say "The same as one check of a monitoring system: its line and its exit code"
        show 2 check-mc-nrpe check_disks
    else
        say "With the package monitoring-plugins-basic a check of disks would follow here"
    fi
    say "Puppet on four of them, never on more than two at once (a stand-in for Puppet)"
    show 0 mco puppet count -C nginx
    show 0 mc-puppetd -C nginx runall 2
    show 0 mco puppet runall 2 -C nginx
    show 0 mco puppet status -C nginx
}

start_fleet
cd "$MC_TOP" || exit 1 # what is shown names files of the tree
tour
if [ "$demo_failed" -eq 0 ] && [ -t 0 ] && [ -t 1 ]; then
    say "The fleet stays up. In another terminal:"
    printf '\n    export MCOLLECTIVE_EXTRA_OPTS="--config %s"\n' "$FLEET_CONFIG"
    printf '    %s/mco ping\n' "$MC_BIN"
    printf '    %s/mco rpc rpcutil inventory -I web1.acme.net\n' "$MC_BIN"
    printf '\nCtrl-C ends it and removes everything.\n'
    while :; do
        sleep 3600 & # not a wait for an event: this is the interactive idle
        demo_idle=$!
        wait "$demo_idle"
    done
fi
