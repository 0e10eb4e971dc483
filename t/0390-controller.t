#!/bin/sh
# mco controller and mco call-agent, under these names and those of the first release.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
mkdir -p "$tmp/lib/agent"
fleet_begin "$tmp/fleet" || exit 1
on='plugin.controller.activate_agent = yes'
fleet_node web1 'country=uk' '' "$on" 'plugin.controller.allow_exit = yes' \
    "libdir = $tmp/lib" 'rpcaudit = 1' 'rpcauditprovider = logfile' \
    "plugin.rpcaudit.logfile = $tmp/fleet/audit"
fleet_node web2 'country=de' '' "$on"
fleet_node web3 'country=us' ''
fleet_node web4 'country=fr' '' "$on" 'plugin.controller.allow_exit = yes' \
    'rpcauthorization = 1' 'rpcauthprovider = action_policy'
fleet_wait || exit 1
mkdir -p "$FLEET/web4/policies"
printf 'allow\t*\tstats\t*\t*\n' >"$FLEET/web4/policies/controller.policy"
cd "$tmp" || exit 1
counting='Determining the amount of hosts matching filter for 1 seconds .... '

# controller WORD...
controller()
{
    "$MC_BIN/mc-controller" --config "$FLEET_CONFIG" --dt 1 "$@"
}

test_case 'stats: a line for each node that has the agent, and the summary' '
    exits 0 controller stats >out && cat out && is "$(sed -n 1p out)" "${counting}3" &&
    is "$(sed -n 2p out)" "" && is "$(grep -c "^ *web[124]> " out)" 3 && lacks out web3 &&
    matches out "^                          web1> total=[0-9]+ replies=[0-9]+ valid=[0-9]+ invalid=0 filtered=0 passed=[0-9]+\$" &&
    has out "---- mcollectived controller summary ----" &&
    has out "           Nodes: 3 / 3" && matches out "^      Start Time: 20" &&
    matches out "^  Discovery Time: [0-9.]+ms" && matches out "^      Agent Time: [0-9.]+ms" &&
    matches out "^      Total Time: [0-9.]+ms"'

test_case 'mco controller is the same, with filters; -q shows the short summary' '
    exits 0 mco controller stats -F country=de -q --dt 1 >out && cat out &&
    matches out "^ +web2> total=" && lacks out web1 && lacks out summary &&
    matches out "^Finished processing 1 / 1 hosts in [0-9.]+ ms"'

test_case 'stats counts: what was asked for is one more message' '
    controller stats -I web2 -j >one && controller stats -I web2 -j >two &&
    before=$(sed "s/.*\"total\":\([0-9]*\).*/\1/" one) &&
    after=$(sed "s/.*\"total\":\([0-9]*\).*/\1/" two) && [ "$after" -gt "$before" ]'

test_case 'reload_agents loads all agents of the nodes that are meant' '
    exits 0 controller reload_agents -F country=uk >out && cat out &&
    has out "                          web1> reloaded all agents" && lacks out web2 &&
    has fleet/web1/log "loading all agents again" &&
    is "$(fleet_log_count web1 "agent loaded: agent=controller")" 2 &&
    lacks fleet/web2/log "loading all agents again" && exits 0 controller stats -I web1'

test_case 'reload_agent reads a changed DDL and names the agent' '
    sed "s/:validation  *=> .*/:validation => \"^nothing\$\",/" \
        "$MC_TOP/plugins/agent/rpcutil.ddl" >lib/agent/rpcutil.ddl &&
    exits 0 controller reload_agent --arg rpcutil -I web1 >out && cat out &&
    has out "                          web1> reloaded rpcutil agent" &&
    exits 2 mco rpc rpcutil get_fact fact=country -I web1 -j >out && has out "\"statuscode\":4"'

test_case 'reload_agent of one that cannot be loaded any more says so' '
    echo "metadata :name" >lib/agent/rpcutil.ddl &&
    exits 2 controller reload_agent --argument rpcutil -I web1 -A rpcutil >out && cat out &&
    has out "web1> there is no agent rpcutil here, or it could not be loaded" &&
    rm lib/agent/rpcutil.ddl && exits 0 controller reload_agents -I web1 &&
    exits 0 mco rpc rpcutil ping -I web1 -j'

test_case 'reload_agent of an agent that nobody has: nobody is asked' '
    exits 1 controller reload_agent --arg nosuch 2>err; cat err
    has err "No matching clients found" && lacks fleet/web2/log "loading all agents again"'

test_case 'a policy refuses what it does not allow, and the node does nothing' '
    exits 2 controller reload_agents -I web4 >out && cat out &&
    has out "web4> You are not authorized to call this agent or action." &&
    exits 2 controller exit -I web4 && exits 0 controller stats -I web4 &&
    lacks fleet/web4/log "loading all agents again" && lacks fleet/web4/log "stopping on"'

test_case 'exit is refused where plugin.controller.allow_exit is not set' '
    exits 2 controller exit -I web2 >out && cat out &&
    has out "web2> this node does not end on request: plugin.controller.allow_exit" &&
    exits 0 controller stats -I web2'

test_case 'exit ends the node after its answer, softly, and is audited' '
    exits 0 controller exit -F country=uk >out && cat out &&
    is "$(sed -n 3,4p out | tr "\n" " ")" "web1> \"exiting after request to controller\" " &&
    fleet_until 10 sh -c "! kill -0 $(fleet_pid web1) 2>/dev/null" &&
    has fleet/web1/log "WARN -- : stopping on request of the agent controller" &&
    has fleet/web1/log "waiting for running actions" && has fleet/web1/log "node stopping" &&
    has fleet/audit "agent=controller action=exit"'

test_case 'a node without the agent is not found' '
    exits 1 controller stats -I /web3/ 2>err; has err "No matching clients found" &&
    mco rpc rpcutil agent_inventory -I web3 -j >out && lacks out controller'

test_case 'wrong command lines have the words of the first release' '
    exits 1 controller 2>err && has err "Please specify a command and optional arguments" &&
    exits 1 controller reload_agent >out &&
    is "$(cat out)" "Please specify an agent to relaod with --argument" &&
    exits 1 controller restart 2>err &&
    has err "Command has to be stats, reload_agents, reload_agent or exit"'

# --- call-agent ------------------------------------------------------------------

test_case 'call-agent: the discovery agent answers ping with pong' '
    exits 0 mco call-agent -a discovery --arg ping -F country=de --dt 1 >out && cat out &&
    printf "%s1\n\nweb2>\n\"pong\"\n\n---- stomp call summary ----\n           Nodes: 1 / 1\n" \
        "$counting" >wanted && head -n 7 out | same wanted - &&
    matches out "^      Total Time: "'

test_case 'mc-call-agent: all nodes, any text; -q shows names' '
    exits 0 "$MC_BIN/mc-call-agent" --config fleet/client.cfg --agent discovery \
        --argument "a \"b\"" --dt 1 >out && cat out &&
    has out "\"Unknown Request: a \\\"b\\\"\"" && is "$(grep -c "^web[234]>\$" out)" 3 &&
    exits 0 mco call-agent -a discovery --arg ping -q --dt 1 >out && cat out &&
    matches out "^web[234] {26}web[234] {26}web[234] *\$" &&
    matches out "^Finished processing 3 / 3 hosts in [0-9.]+ ms"'

test_case 'call-agent: JSON' '
    exits 0 mco call-agent -a discovery --arg ping -I web2 -j >out && cat out &&
    has out "\"sender\":\"web2\"" && has out "\"data\":\"pong\""'

test_case 'call-agent: an RPC agent does not answer a text' '
    exits 4 mco call-agent -a rpcutil --arg ping -I web2 -t 1 >out && cat out &&
    has out "           Nodes: 1 / 0" && has out "No response from:" &&
    fleet_log_wait web2 "verdict=malformed.*agent=rpcutil"'

test_case 'call-agent: nobody has the agent, or the command line is wrong' '
    exits 1 mco call-agent -a nosuch --arg x --dt 1 2>err; has err "No matching clients found" &&
    exits 1 mco call-agent -a "no such" --arg x 2>err &&
    has err "'\''no such'\'' cannot be the name of an agent" &&
    exits 1 mco call-agent -a discovery >out &&
    is "$(cat out)" "Please use either --agent or --argument"'

test_done
