#!/bin/sh
# Clients of both makes before a node of ours that has rules and an audit: the packaged
# Ruby client reads the refusal, and its requests are recorded as Ruby's node records
# them. (The packages have no authorization plugin, so there is no Ruby node to compare.)
# shellcheck disable=SC2034,SC2154 # used in the texts of cases; set by tap.sh
. "$(dirname "$0")/tap.sh"

mc_activemq_start || exit 1
mc_site_init "$tmp/site" activemq "$MC_ACTIVEMQ_PORT" ssl-marshal || exit 1
mc_client_cfg "$tmp/client.cfg" mcollective
mkdir -p "$tmp/site/nodes/ours-web1/policies"
policies=$tmp/site/nodes/ours-web1/policies
MC_EXTRA="rpcauthorization = 1
rpcauthprovider = action_policy
rpcaudit = 1
rpcauditprovider = logfile
plugin.rpcaudit.logfile = $tmp/audit"
printf 'allow\tcert=user\tping get_fact\t*\t*\n' >"$policies/rpcutil.policy"
mc_node_start ours web1 mcollective 'country=uk' 'apache'
MC_EXTRA="rpcaudit = 1
rpcauditprovider = logfile
plugin.rpcaudit.logfile = $tmp/audit.ruby"
mc_node_start ruby web2 mcollective 'country=de' 'apache'
mc_fleet_wait ours "$tmp/client.cfg" 2 30 || {
    tail -n 5 "$tmp"/site/nodes/*/log "$tmp"/site/nodes/*/out
    exit 1
}
cd "$tmp" || exit 1

for make in ruby ours; do
    test_case "$make client: what the policy allows works" '
        exits 0 mc_mco $make client.cfg rpc rpcutil get_fact fact=country -I web1 -j >out &&
        cat out && matches out "\"statuscode\": ?0" && matches out "\"value\": ?\"uk\""'

    test_case "$make client: what it does not allow is status 1 with the words of the original" '
        mc_mco $make client.cfg rpc rpcutil inventory -I web1 -j >out; cat out
        matches out "\"statuscode\": ?1" &&
        has out "You are not authorized to call this agent or action."'

    test_case "$make client: both makes of node record its requests alike" '
        : >audit; : >audit.ruby
        exits 0 mc_mco $make client.cfg rpc rpcutil get_fact fact=country -j >out &&
        cat audit audit.ruby && is "$(wc -l <audit)" 1 && is "$(wc -l <audit.ruby)" 1 &&
        sed "s/^\[[^]]*\]/[time]/" audit >ours.form &&
        sed "s/^\[[^]]*\]/[time]/" audit.ruby >ruby.form && same ruby.form ours.form'
done

test_done
