#!/bin/sh
# The audit of a fleet in one place: nodes send their records to the node that has the
# agent centralrpclog.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
FLEET_EXTRA="rpcaudit = 1
rpcauditprovider = Centralrpclog
collectives = mcollective, audit
main_collective = mcollective"
fleet_begin "$tmp/fleet" || exit 1
fleet_node web1 'country=uk' ''
fleet_node web2 'country=de' ''
fleet_node log1 'country=us' '' 'collectives = mcollective' 'plugin.centralrpclog.activate_agent = yes' \
    "plugin.centralrpclog.logfile = $tmp/fleet/central"
fleet_node side 'country=fr' '' 'plugin.centralrpclog.activate_agent = yes' \
    'collectives = audit' 'main_collective = audit' \
    "plugin.centralrpclog.logfile = $tmp/fleet/central-audit"
fleet_node web3 'country=it' '' 'plugin.centralrpclog.collective = audit'
fleet_wait || exit 1
cd "$tmp" || exit 1
caller="uid=$(id -u)"

# lines FILE COUNT: as many records are there, and no more
lines()
{
    fleet_file_wait "$1" '^\[' "$2" 10 && is "$(wc -l <"$1")" "$2"
}

test_case 'a record of each node arrives: node, caller, agent, action, data' '
    exits 0 mco rpc rpcutil get_fact fact=country -F country=/uk/ -j --dt 1 >out &&
    lines fleet/central 1 && cat fleet/central &&
    time="[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC" &&
    matches fleet/central "^\[$time\] node=web1 by=[a-z]+=[^ ]+ reqid=[0-9a-f]{32}: reqtime=[0-9]+ caller=$caller@client\.my\.net agent=rpcutil action=get_fact data=\{:fact=>\"country\", :process_results=>true\}\$"'

test_case 'the node that keeps the log is audited, too; the audit itself is not' '
    : >fleet/central && exits 0 mco rpc rpcutil ping -I web1 -I web2 -I log1 -j >out &&
    lines fleet/central 3 && has fleet/central "node=web1 " && has fleet/central "node=web2 " &&
    has fleet/central "node=log1 " && lacks fleet/central agent=centralrpclog &&
    exits 0 mco rpc rpcutil ping -I web2 -j >out && lines fleet/central 4'

test_case 'the agent is where it was asked for, and no other node complains' '
    mco rpc rpcutil agent_inventory -I log1 -j >out; has out centralrpclog &&
    mco rpc rpcutil agent_inventory -I web1 -j >out; lacks out centralrpclog &&
    lacks fleet/web1/log centralrpclog'

test_case 'plugin.centralrpclog.collective chooses where the records go' '
    lacks fleet/central node=web3 && : >fleet/central &&
    exits 0 mco rpc rpcutil ping -I web3 -j >out && lines fleet/central-audit 1 &&
    has fleet/central-audit "node=web3 " && exits 0 mco rpc rpcutil ping -I web1 -j >out &&
    lines fleet/central 1 && lacks fleet/central node=web3'

test_case 'data cannot forge a record' '
    : >fleet/central && fact=$(printf "a\n[2020-01-01 0:00 UTC] node=x reqid=1") &&
    mco rpc rpcutil get_fact fact="$fact" -I web1 -j >out; lines fleet/central 1 &&
    has fleet/central "data={:fact=>\"a\\n[2020-01-01 0:00 UTC] node=x reqid=1\""'

test_case 'WINCH opens the log again after it was moved away' '
    mv fleet/central central.old && kill -WINCH "$(fleet_pid log1)" &&
    exits 0 fleet_until 10 test -e fleet/central &&
    exits 0 mco rpc rpcutil ping -I web1 -j >out && lines fleet/central 1'

test_case 'a record that cannot be written is a warning with the reason' '
    fleet_node full "" "" "plugin.centralrpclog.activate_agent = 1" \
        "plugin.centralrpclog.logfile = /dev/full" && fleet_log_wait full "connected to" &&
    exits 0 mco rpc rpcutil ping -I web1 -j >out &&
    fleet_log_wait full "WARN -- : message dropped: verdict=agent_failed.*agent=centralrpclog.*No space left"
    result=$?; fleet_stop full; [ $result = 0 ]'

test_case 'a collective that the node is not in: it does not start' '
    sed "s/^logger_type = .*/logger_type = console/" fleet/web1/server.cfg >bad.cfg &&
    echo "plugin.centralrpclog.collective = nowhere" >>bad.cfg &&
    exits 1 "$MC_BIN/mcollectived" --no-daemonize --config bad.cfg 2>err; cat err
    has err "plugin.centralrpclog.collective '\''nowhere'\'' is none of collectives"'

test_case 'an agent that cannot be loaded says why' '
    fleet_node bad "" "" "plugin.centralrpclog.activate_agent = 1" \
        "plugin.centralrpclog.logfile = relative" &&
    fleet_log_wait bad "agent not loaded: agent=centralrpclog.*must begin with /"
    result=$?; fleet_stop bad; [ $result = 0 ]'

test_done
