#!/bin/sh
# mc-puppetcommander: every node a run in an interval, and why some had none; on real nodes
# with a stand-in for Puppet.
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"
commander_pid=
clean_up()
{
    [ -z "$commander_pid" ] || mc_proc_end "$commander_pid"
    fleet_end
}
test_at_end clean_up
cd "$tmp" || exit 1

nodes='n1 n2 n3 n4'
fleet_begin "$tmp/fleet" || exit 1
for node in $nodes; do
    fleet_node_puppet "$node" "kind=app number=$node" 'app'
    echo 0 >"$FLEET/$node/seconds"
done
fleet_wait || exit 1
MCOLLECTIVE_EXTRA_OPTS="--config $FLEET_CONFIG --dt 1"
export MCOLLECTIVE_EXTRA_OPTS

runs()
{
    cat "$FLEET"/n*/runs 2>/dev/null | grep -c begin
}

had()
{
    [ "$(runs)" = "$1" ]
}

commander()
{
    "$MC_BIN/mc-puppetcommander" "$@"
}

mco puppet disable 'for the move' -I n3 --np >/dev/null || exit 1
test_case 'a dry run tells what it would do and starts nothing' '
    exits 0 commander --dry-run --once -i 0.05 >out && cat out &&
    sed -E "s/^[0-9]{4}(-[0-9]{2}){2} [0-9:]{8}: /TIME: /" out >got && cat >wanted <<END && same wanted got
TIME: All nodes have a run every 0.05 minutes, 4 at a time, in the order of their names
TIME: Found 4 nodes: one every 0.8 seconds, as a dry run
TIME: n1: started: a dry run, nothing was done
TIME: n2: started: a dry run, nothing was done
TIME: n3: skipped: Puppet is disabled there: for the move
TIME: n4: started: a dry run, nothing was done
END
    is "$(runs)" 0'
test_case 'every node has its run, evenly spread' '
    exits 0 commander --once -i 0.1 >out && cat out && is "$(grep -c ": started: Started a Puppet run" out)" 3 &&
    fleet_until 20 had 3 &&
    cat "$FLEET"/n*/runs | awk "/begin/ { if (NR > 1 && \$2 - last < 1) exit 1; last = \$2 }"'
test_case 'a limit, and a log of its own' '
    : >"$FLEET/n1/hold" && exits 0 commander --once -i 0.05 -m 1 -l log -C app >out &&
    rm "$FLEET/n1/hold" && is "$(cat out)" "" && cat log &&
    has log "n2: skipped: 1 nodes run, 1 may" && has log "n4: skipped: 1 nodes run, 1 may" &&
    fleet_until 20 test ! -e "$FLEET/n1/state/agent_catalog_run.lock"'
test_case 'settings in the form of the original, with a filter' '
    printf -- "---\n:filter: kind=app number=n2\n:randomize: true\n:interval: 0.05\n:concurrency: 2\n:logfile: %s\n:daemonize: false\n" \
        "$tmp/log2" >commander.cfg && exits 0 commander --settings commander.cfg --once >out && cat log2 &&
    has log2 "Found 1 nodes" && has log2 "n2: started" && has log2 "2 at a time, shuffled"'
test_case 'options as filter of the settings' '
    printf "filter: \"-F number=/n[14]/\"\n" >commander.cfg &&
    exits 0 commander --settings commander.cfg -i 0.02 --once -n >out && cat out && has out "Found 2 nodes"'
"$MC_BIN/mc-puppetcommander" -i 0.05 -C app >service 2>&1 & commander_pid=$!
test_case 'as a service: one interval after the other, also when the broker was away' '
    fleet_file_wait service "Found 4 nodes" 2 30 "$commander_pid"'
fleet_broker_stop
test_case 'without a broker it says so' '
    fleet_file_wait service "The nodes cannot be reached, trying again|does not answer" 1 60 "$commander_pid"'
fleet_broker_start
test_case 'and goes on when there is one again' '
    found=$(grep -c "Found 4 nodes" service) &&
    fleet_file_wait service "Found 4 nodes" $((found + 2)) 60 "$commander_pid"'
test_case 'settings that are none' '
    for text in "interval: 0" "interval: soon" "concurrency: -1" "randomize: 3" "frob: 1" "filter: [1]" "- 1" "a: ["; do
        printf "%s\n" "$text" >commander.cfg &&
        exits 1 commander --settings commander.cfg 2>err && has err "commander.cfg: " || { cat err; exit 1; }
    done && exits 1 commander --settings nonesuch 2>err && has err "nonesuch: No such file" &&
    exits 1 commander -m 0 2>err && has err "greater than 0" && exits 1 commander words 2>err'
test_done
