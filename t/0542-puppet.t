#!/bin/sh
# mco puppet and mc-puppetd on real nodes with a stand-in for Puppet: the layouts, and the
# transcript of the first release's runall, line by line.
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"
test_at_end fleet_end
cd "$tmp" || exit 1

nodes='dev1.one.net dev1.two.net dev2.two.net dev3.two.net'
fleet_begin "$tmp/fleet" || exit 1
for node in $nodes; do
    fleet_node_puppet "$node" 'kind=dev' 'a_dev_server'
    echo 0 >"$FLEET/$node/seconds"
done
fleet_node web1.one.net 'kind=web' 'web' # no Puppet of ours, and not chosen
fleet_wait || exit 1
MCOLLECTIVE_EXTRA_OPTS="--config $FLEET_CONFIG"
export MCOLLECTIVE_EXTRA_OPTS

hold()
{
    for node in $nodes; do
        : >"$FLEET/$node/hold"
    done
}

stopped()
{
    for node in $nodes; do
        rm -f "$FLEET/$node/hold"
    done
    for node in $nodes; do
        fleet_until 20 test ! -e "$FLEET/$node/state/agent_catalog_run.lock" || return 1
    done
}

# Names are given; times are masked.
masked()
{
    sed -E 's/^[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9:]{8} [+-][0-9]{4} [0-9]{4}> /TIME> /'
}

cat >wanted.seed <<'END'
TIME> Running all machines with a concurrency of 2
TIME> Discovering hosts to run
TIME> Found 4 hosts
TIME> Running dev1.one.net, concurrency is 0
TIME> dev1.one.net schedule status: OK
TIME> Running dev1.two.net, concurrency is 1
TIME> dev1.two.net schedule status: OK
TIME> Running dev2.two.net, concurrency is 2
TIME> dev2.two.net schedule status: OK
TIME> Currently 3 nodes running, waiting
TIME> Running dev3.two.net, concurrency is 2
TIME> dev3.two.net schedule status: OK
END
cat >wanted.strict <<'END'
TIME> Running all machines with a concurrency of 2
TIME> Discovering hosts to run
TIME> Found 4 hosts
TIME> Running dev1.one.net, concurrency is 0
TIME> dev1.one.net schedule status: OK
TIME> Running dev1.two.net, concurrency is 1
TIME> dev1.two.net schedule status: OK
TIME> Currently 2 nodes running, waiting
TIME> Running dev2.two.net, concurrency is 1
TIME> dev2.two.net schedule status: OK
TIME> Currently 2 nodes running, waiting
TIME> Running dev3.two.net, concurrency is 1
TIME> dev3.two.net schedule status: OK
END

test_case 'the transcript of the first release, with its rule: one more starts' '
    hold && { "$MC_BIN/mc-puppetd" -W /dev_server/ runall 2 --inclusive >out 2>&1 & pid=$!; } &&
    fleet_file_wait out "3 nodes running, waiting" 1 30 "$pid" &&
    is "$(ls "$FLEET"/*/state/agent_catalog_run.lock | wc -l)" 3 &&
    rm "$FLEET/dev1.one.net/hold" && exits 0 wait "$pid" && masked <out >got &&
    same wanted.seed got && stopped'
test_case 'the same with the rule as documented: never more than that' '
    hold && { "$MC_BIN/mc-puppetd" -W /dev_server/ runall 2 >out 2>&1 & pid=$!; } &&
    fleet_file_wait out "2 nodes running, waiting" 1 30 "$pid" &&
    is "$(ls "$FLEET"/*/state/agent_catalog_run.lock | wc -l)" 2 &&
    rm "$FLEET/dev1.one.net/hold" &&
    fleet_file_wait out "2 nodes running, waiting" 2 30 "$pid" &&
    rm "$FLEET/dev1.two.net/hold" && exits 0 wait "$pid" && masked <out >got &&
    same wanted.strict got && stopped'
test_case 'at least a second between two starts' '
    grep schedule out | sed -E "s/.* ([0-9:]{8}) .*/\1/" | awk -F: "
        { t = \$1 * 3600 + \$2 * 60 + \$3; if (NR > 1 && t < last + 1) exit 1; last = t }"'
test_case 'mc-puppetd status, count, disable, enable' '
    exits 0 "$MC_BIN/mc-puppetd" status -W /dev_server/ --np --dt 1 >out && cat out &&
    is "$(grep -c -E "^dev[1-3]\.(one|two)\.net {29}Enabled, not running, last run [0-9]+ seconds ago$" out)" 4 &&
    exits 0 "$MC_BIN/mc-puppetd" disable -I dev1.one.net --np >out &&
    exits 0 "$MC_BIN/mc-puppetd" count -W /dev_server/ --np --dt 1 >out &&
    sed "s/in .* ms/in N ms/" out >got &&
    printf "%s\n" "" "Nodes currently doing puppet runs: 0" \
        "          Nodes currently enabled: 3" "         Nodes currently disabled: 1" "" \
        "Finished processing 4 / 4 hosts in N ms" "" >wanted && same wanted got &&
    exits 2 "$MC_BIN/mc-puppetd" runonce -I dev1.one.net --np >out &&
    has out "Lock file exists" &&
    exits 0 "$MC_BIN/mc-puppetd" enable -I dev1.one.net --np >out &&
    exits 2 "$MC_BIN/mc-puppetd" enable -I dev1.one.net --np >out && has out "Already unlocked"'
test_case 'mc-puppetd runonce -f, summary' '
    exits 0 "$MC_BIN/mc-puppetd" runonce -f -I dev1.one.net --np >out && stopped &&
    exits 0 "$MC_BIN/mc-puppetd" summary -I dev1.one.net --np >out && cat out &&
    has out "Resources: {\"changed\"=>1," && has out "Versions: {\"config\"=>1, \"puppet\"=>\"7.23.0\"}"'
test_case 'mc-puppetd: wrong words' '
    exits 1 "$MC_BIN/mc-puppetd" 2>err && has err "Please specify a command" &&
    exits 1 "$MC_BIN/mc-puppetd" frob 2>err && has err "Command has to be" &&
    exits 1 "$MC_BIN/mc-puppetd" runall 2>err && has err "Please specify a maximum concurrency" &&
    for n in 0 -1 x; do
        exits 1 "$MC_BIN/mc-puppetd" runall -- $n 2>err &&
        has err "Concurrency is 0, not running any nodes" || exit 1
    done'
test_case 'mco puppet status' '
    exits 0 mco puppet status -W /dev_server/ --np --dt 1 >out && cat out &&
    is "$(grep -c -E "^   dev[1-3]\.(one|two)\.net: Currently stopped; last completed run .*[0-9]{2} seconds ago$" out)" 4 &&
    has out "Summary of Status:" && has out "stopped = 4" && has out "Finished processing 4 / 4 hosts"'
test_case 'mco puppet count' '
    exits 0 mco puppet disable "for the move" -I dev2.two.net --np >out &&
    exits 0 mco puppet count -W /dev_server/ --np --dt 1 >got && cat >wanted <<END && same wanted got
Total Puppet nodes: 4

          Nodes currently enabled: 3
         Nodes currently disabled: 1

Nodes currently doing puppet runs: 0
          Nodes currently stopped: 4

       Nodes with daemons started: 0
    Nodes without daemons started: 4
       Daemons started but idling: 0

END
'
test_case 'mco puppet summary' '
    exits 0 mco puppet summary -W /dev_server/ --np --dt 1 >out && cat out &&
    has out "Summary statistics for 4 nodes:" &&
    has out "                  Total resources: ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  min: 8.0    avg: 8.0    max: 8.0   " &&
    has out "    Time since last run (seconds): " && is "$(grep -c min: out)" 8'
echo 2 >"$FLEET/dev3.two.net/failed"
test_case 'mco puppet runall: enabled nodes, to their end, with what failed' '
    exits 2 mco puppet runall 2 -C /dev_server/ --environment test --dt 1 >out && cat out &&
    sed -E "s/^[0-9]{4}(-[0-9]{2}){2} [0-9:]{8}: /TIME: /" out >got &&
    has got "TIME: Running all nodes with a concurrency of 2" &&
    has got "TIME: Discovering enabled Puppet nodes to manage" &&
    has got "TIME: Found 3 enabled nodes" &&
    is "$(grep -c "^TIME: dev.* schedule status: Started a Puppet run using the .* --environment test --no-splay. command$" got)" 3 &&
    has got "TIME: Iteration complete. Initiated a Puppet run on 3 nodes." &&
    has got "TIME: dev3.two.net: 2 resources failed" && lacks got dev2.two.net'
rm "$FLEET/dev3.two.net/failed"
# The most that ran at once, by what the stand-in noted.
at_once()
{
    cat "$FLEET"/*/runs | sort -k 2 | awk '/begin/ { if (++n > most) most = n } /end/ { n-- }
        END { print most }'
}

test_case 'never more at once than asked for, by what the nodes noted' '
    mco puppet enable -I dev2.two.net --np >out && rm -f "$FLEET"/*/runs &&
    for node in $nodes; do echo 1 >"$FLEET/$node/seconds"; done &&
    exits 0 mco puppet runall 2 -C /dev_server/ --dt 1 >out && cat out &&
    is "$(at_once)" 2 && is "$(cat "$FLEET"/*/runs | grep -c begin)" 4 &&
    for node in $nodes; do echo 0 >"$FLEET/$node/seconds"; done &&
    mco puppet disable "for the move" -I dev2.two.net --np >out'
test_case 'mco puppet runall: a filter of the user is kept' '
    exits 0 mco puppet runall 5 -S "kind=dev and not fqdn=x" -I /dev1/ --dt 1 >out && cat out &&
    has out "Modifying user-specified filter: and" && has out "Found 2 enabled nodes" &&
    has out "Initiated a Puppet run on 2 nodes."'
test_case 'mco puppet runall --resume goes on where another was ended' '
    : >"$FLEET/dev1.two.net/hold" && : >"$FLEET/dev3.two.net/hold" &&
    { "$MC_BIN/mco" puppet runall 3 -C /dev_server/ --dt 1 --resume done >out 2>&1 & pid=$!; } &&
    fleet_file_wait done dev1.one.net 1 30 "$pid" && kill "$pid" && { wait "$pid"; stopped; } &&
    : >"$FLEET/dev1.one.net/dies" &&
    exits 0 mco puppet runall 3 -C /dev_server/ --dt 1 --resume done >out && cat out &&
    has out "Initiated a Puppet run on 2 nodes." && test ! -e done &&
    rm "$FLEET/dev1.one.net/dies"'
test_case 'a node whose run never begins, and one that is gone meanwhile' '
    : >"$FLEET/dev1.one.net/dies" && : >"$FLEET/dev3.two.net/hold" &&
    { "$MC_BIN/mco" puppet runall 3 -C /dev_server/ --dt 1 -t 1 >out 2>&1 & pid=$!; } &&
    fleet_until 20 test -s "$FLEET/dev3.two.net/state/agent_catalog_run.lock" &&
    fleet_stop dev3.two.net && { exits 2 wait "$pid"; } && cat out &&
    has out "Host dev1.one.net did not move into an applying state. Skipping." &&
    has out "Host dev3.two.net failed to respond multiple times. Skipping." &&
    has out "2 of 3 nodes had no run" && stopped'
test_case 'mco puppet: wrong words' '
    exits 1 mco puppet 2>err && has err "Please specify a command." &&
    exits 1 mco puppet frob 2>err && has err "Action must be count, enable, " &&
    exits 1 mco puppet runonce --force --splay 2>err && has err "Cannot set splay when forcing runs" &&
    exits 1 mco puppet runonce --force --splaylimit 5 2>err &&
    has err "Cannot set splaylimit when forcing runs" &&
    exits 1 mco puppet runall 2>err && has err "The runall command needs a concurrency limit" &&
    exits 1 mco puppet runall 0 2>err &&
    has err "The concurrency for the runall command has to be greater than 0"'
test_done
