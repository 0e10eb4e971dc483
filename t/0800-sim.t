#!/bin/sh
# The simulator: invented nodes answer over a real broker, and two processes make one
# fleet.
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

sim_pids=
sim_end()
{
    for pid in $sim_pids; do
        mc_proc_end "$pid"
    done
}
test_at_end 'sim_end; fleet_end'
fleet_begin "$tmp/fleet" || exit 1
{
    fleet_settings
    printf 'logger_type = console\nloglevel = warn\n'
} >"$tmp/sim.cfg"

# sim NAME OPTION...: a process with nodes, until all are connected.
sim()
{
    sim_out=$tmp/$1.out
    shift
    "$MC_BIN/mc-sim" --config "$tmp/sim.cfg" "$@" >"$sim_out" 2>&1 </dev/null &
    sim_pid=$!
    sim_pids="$sim_pids $sim_pid"
    mc_file_wait "$sim_out" 'nodes are connected' "$sim_pid" 60 ||
        { cat "$sim_out" >&2; exit 1; }
}
sim one --nodes 30
sim two --nodes 30 --first 31
cd "$tmp" || exit 1

test_case 'all nodes of two processes are found, each once' '
    mco find >found && sort -u found >names &&
    is "$(wc -l <found)" 60 && is "$(wc -l <names)" 60 &&
    is "$(head -n 1 names)" sim00001 && is "$(tail -n 1 names)" sim00060'

test_case 'the invented facts of a node fit the filters that find it' '
    mco find -W role=db >databases && mco find -C role::db >by_class &&
    sort databases >wanted && sort by_class >got && same wanted got &&
    [ -s wanted ] && [ "$(wc -l <wanted)" -lt 60 ]'

test_case 'direct requests reach simulated nodes' '
    mco rpc rpcutil ping -I sim00007 -I sim00042 -j >out && matches out sim00007 &&
    matches out sim00042'

test_case 'a plain connection costs a simulated node no thread' '
    [ "$(ls "/proc/$sim_pid/task" | wc -l)" -lt 10 ]'

test_case 'it ends when it is told to, without a word' '
    kill -TERM "$sim_pid" && mc_file_wait "$tmp/two.out" "no such line" "$sim_pid" 10
    is "$?" 2 && is "$(wc -l <two.out)" 1'

test_case 'a wrong number is misuse' '
    exits 100 "$MC_BIN/mc-sim" --config "$tmp/sim.cfg" --nodes many 2>out &&
    has out "Usage: mc-sim"'

test_done
