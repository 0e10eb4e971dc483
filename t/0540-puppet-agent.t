#!/bin/sh
# The agents puppet and puppetd, and the data functions puppet() and resource(), on real
# nodes with a stand-in for Puppet. Runs of a real Puppet are in t/interop.
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"
test_at_end fleet_end
cd "$tmp" || exit 1

fleet_begin "$tmp/fleet" || exit 1
fleet_node_puppet web1 'kind=web' 'common'
fleet_node_puppet web2 'kind=web' 'common'
fleet_wait || exit 1
echo 0 >"$FLEET/web1/seconds"
: >"$FLEET/web1/hold"

# The process of a run is not a child of the daemon, and no zombie is.
orphaned()
{
    run_pid=$(cat "$FLEET/web1/state/agent_catalog_run.lock") &&
    [ "$(ps -o ppid= -p "$run_pid" | tr -d " ")" != "$(fleet_pid web1)" ] &&
    is "$(ps -o stat= --ppid "$(fleet_pid web1)" | grep -c Z)" 0
}

test_case 'a run that outlives the call' '
    exits 0 mco rpc puppet runonce force=true -I web1 -j >out && cat out &&
    has out "bin/puppet agent --onetime --no-daemonize --color=false --show_diff --verbose --no-splay" &&
    fleet_until 20 test -s "$FLEET/web1/state/agent_catalog_run.lock" && orphaned'
test_case 'the states of two nodes' '
    exits 0 mco rpc puppet status -j --dt 1 --sort >out && cat out &&
    has out "\"applying a catalog\"" && has out "\"stopped\"" &&
    exits 0 mco rpc puppet status --dt 1 --np >out && has out "Summary of Enabled:" &&
    has out "  enabled = 2" && has out "applying a catalog = 1"'
test_case 'as data functions of filters' '
    exits 0 mco find --dt 1 -S "puppet().applying=true" >out && is "$(cat out)" web1 &&
    exits 0 mco find --dt 1 -S "puppet().enabled=true and puppet().status=stopped" >out &&
    is "$(cat out)" web2 && echo "file[/etc/motd]" >"$FLEET/web2/state/resources.txt" &&
    exits 0 mco find --dt 1 -S "resource('\''file[/etc/motd]'\'').managed=true" >out &&
    is "$(cat out)" web2'
test_case 'a run outlives its daemon' '
    fleet_stop web1 && test -s "$FLEET/web1/state/agent_catalog_run.lock" &&
    kill -0 "$(cat "$FLEET/web1/state/agent_catalog_run.lock")" && rm "$FLEET/web1/hold" &&
    fleet_until 20 test ! -e "$FLEET/web1/state/agent_catalog_run.lock" &&
    has "$FLEET/web1/state/last_run_summary.yaml" "total: 8"'
fleet_start web1
fleet_wait || exit 1
test_case 'the summary of the last run' '
    exits 2 mco rpc puppet last_run_summary --dt 1 --np --display all >out && cat out &&
    has out "Total Resources: 8" && has out "Puppet has left no summary here, it has not run yet"'
test_case 'disabled with a reason, and what that stops' '
    exits 0 mco rpc puppet disable "message=for the move" -I web1 --np >out &&
    exits 2 mco rpc puppet runonce -I web1 --np >out && cat out &&
    has out "Puppet is disabled: '\''for the move'\''" &&
    exits 2 mco rpc puppetd runonce -I web1 --np >out && has out "Lock file exists" &&
    exits 0 mco find --dt 1 -S "puppet().enabled=false" >out && is "$(cat out)" web1 &&
    exits 0 mco rpc puppet enable -I web1 --np >out'
test_case 'a lock of a process that is gone' '
    echo 4194300 >"$FLEET/web1/state/agent_catalog_run.lock" &&
    exits 0 mco rpc puppet status -I web1 -j >out && has out "\"status\":\"stopped\"" &&
    rm "$FLEET/web1/state/agent_catalog_run.lock"'
test_case 'inputs that are none do not get there' '
    for input in "tags=--evil" "tags=a b" "environment=../x" "splay=maybe" "server=-x"; do
        exits 1 mco rpc puppet runonce "$input" -I web1 --np 2>err || exit 1
    done'
test_case 'resources are denied unless a list allows them' '
    exits 2 mco rpc puppet resource type=file name=/tmp/x ensure=present -I web1 --np >out &&
    has out "Managing resources of type '\''file'\'' is not allowed on this node"'
test_case 'a summary that cannot be read' '
    echo "time: [" >"$FLEET/web1/state/last_run_summary.yaml" &&
    exits 2 mco rpc puppet last_run_summary -I web1 --np >out && cat out &&
    has out "The summary of the last run cannot be read: $FLEET/web1/state/last_run_summary.yaml: YAML line" &&
    exits 0 mco rpc puppet status -I web1 -j >out && has out "the last run is not known"'
test_done
