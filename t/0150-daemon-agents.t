#!/bin/sh
# Which agents a node has: activate_agents, plugin.NAME.activate_agent, plugin.d.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
mkdir -p "$FLEET/some/plugin.d" "$FLEET/over/plugin.d"
echo 'activate_agent = yes' >"$FLEET/some/plugin.d/rpcutil.cfg"
echo 'activate_agent = 0' >"$FLEET/over/plugin.d/package.cfg"
fleet_node all 'a=b' ''
fleet_node none '' '' 'activate_agents = 0'
fleet_node some '' '' 'activate_agents = no'
fleet_node one '' '' 'plugin.package.activate_agent = n'
fleet_node over '' '' 'plugin.package.activate_agent = yes'
fleet_node odd '' '' 'plugin.package.activate_agent = perhaps'
fleet_wait || exit 1

# agents NODE: its agents, as it says
agents()
{
    mco rpc rpcutil agent_inventory -I "$1" -j >"$1.agents" &&
        grep -o '"agent":"[a-z_]*"' "$1.agents" | cut -d'"' -f4 | grep -v '^rpcutil$' |
        sort -u | tr '\n' ' '
}

test_case 'without settings all agents are active but those that must be asked for' '
    agents all >out; has out "discovery " && has out "package " && lacks out controller && lacks out centralrpclog &&
    lacks fleet/all/log "agent not loaded"'

test_case 'activate_agents = 0 leaves only what is no RPC agent: the node can be discovered' '
    mco ping -t 1 >out; has out none && exits 2 mco rpc rpcutil ping -I none -j >out && has out "agent missing" &&
    has fleet/none/log "agent not loaded: agent=rpcutil reason=\"switched off in the configuration\"" &&
    has fleet/none/log "agent not loaded: agent=package" &&
    has fleet/none/log "agent loaded: agent=discovery"'

test_case 'plugin.NAME.activate_agent, here in plugin.d, switches one on again' '
    agents some >out; cat out; is "$(cat out)" "discovery "'

test_case 'plugin.NAME.activate_agent switches one off' '
    agents one >out; lacks out package && mco find -A package --dt 1 >out; has out all &&
    lacks out one && exits 2 mco rpc package count -I one -j >out && has out "agent missing"'

test_case 'plugin.d wins over the main file' '
    agents over >out; has out discovery && lacks out package'

test_case 'a value that is none: that agent is left out with the reason, the others serve' '
    agents odd >out; lacks out package && fleet_log_wait odd "agent not loaded: agent=package" &&
    matches fleet/odd/log "agent not loaded: agent=package reason=.*plugin.package.activate_agent: neither yes nor no"'

test_done
