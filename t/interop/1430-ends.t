#!/bin/sh
# Ends between both makes (doc/rfc/0009): the Ruby client gets the answers that its own
# nodes would not give, and takes no harm; our client names the ends of Ruby nodes, which
# do not say them. Each node here lacks or refuses something.
# shellcheck disable=SC2034,SC2154 # used in the texts of cases; set by tap.sh
. "$(dirname "$0")/tap.sh"

mc_activemq_start || exit 1
mc_site_init "$tmp/site" activemq "$MC_ACTIVEMQ_PORT" psk || exit 1
mkdir -p "$tmp/lib/mcollective/agent" "$tmp/lib/mcollective/util"
cp "$MC_TOP/plugins/agent/package.ddl" "$tmp/lib/mcollective/agent/"
# Of the interface of authorization plugins: who raises this, refuses.
cat >"$tmp/lib/mcollective/util/nostats.rb" <<'RUBY'
module MCollective
  module Util
    class Nostats
      def self.authorize(request)
        return true unless request.action == "daemon_stats"
        raise RPCAborted, "You are not authorized to call this agent or action."
      end
    end
  end
end
RUBY
mc_client_cfg "$tmp/client.cfg" mcollective "libdir = $tmp/lib"
mc_client_cfg "$tmp/loose.cfg" mcollective "libdir = $MC_TOP/t/interop/loose"
mkdir -p "$tmp/site/nodes/ours-web1/policies"
printf 'deny\t*\tdaemon_stats\t*\t*\npolicy default allow\n' \
    >"$tmp/site/nodes/ours-web1/policies/rpcutil.policy"
MC_EXTRA="plugin.package.activate_agent = n
rpcauthorization = 1
rpcauthprovider = action_policy"
mc_node_start ours web1 mcollective 'country=uk' 'apache'
MC_EXTRA="libdir = $tmp/lib
rpcauthorization = 1
rpcauthprovider = nostats"
mc_node_start ruby web2 mcollective 'country=de' 'apache'
mc_fleet_wait ours "$tmp/client.cfg" 2 30 || {
    tail -n 5 "$tmp"/site/nodes/*/log "$tmp"/site/nodes/*/out
    exit 1
}
cd "$tmp" || exit 1
pid_of_ours=${MC_NODE_PIDS# }
pid_of_ours=${pid_of_ours%% *}

# The same question to both makes of node, by both makes of client.
for make in ruby ours; do
    test_case "$make client: a refusal of both makes of node is status 1" '
        exits 2 mc_mco $make client.cfg rpc rpcutil daemon_stats -I web1 -I web2 -j >out
        cat out; is "$(grep -o "\"statuscode\": *1" out | wc -l)" 2'

    test_case "$make client: what both makes of node call invalid is status 4" '
        exits 2 mc_mco $make loose.cfg rpc rpcutil get_fact "fact=no good" -I web1 -I web2 \
            -j >out; cat out; is "$(grep -o "\"statuscode\": *4" out | wc -l)" 2'

    test_case "$make client: our node says that the agent is missing, the Ruby node nothing" '
        exits 2 mc_mco $make client.cfg rpc package status package=zsh -I web1 -I web2 \
            -t 2 --dt 1 --np >out 2>err; cat out err
        has out "no agent '\''package'\'' here" && has out "Finished processing 1 / 2 hosts" &&
        has out "No response from:" && grep -q "^ *web2 *\$" out'

    test_case "$make client: who is asked by all means gets no such answer" '
        exits 1 mc_mco $make client.cfg rpc package status package=zsh --dt 2 -j >out 2>err
        cat out err; lacks out web1'

    test_case "$make client: a request that came too late is answered by our node" '
        kill -STOP "$pid_of_ours"
        { mc_mco $make client.cfg rpc rpcutil ping -I web1 -t 15 --ttl 1 -j >out 2>err & }
        client=$!; end=$(($(date +%s) + 4))
        while [ "$(date +%s)" -lt $end ]; do :; done
        kill -CONT "$pid_of_ours"; wait $client; code=$?; cat out err; is $code 2 &&
        matches out "\"statuscode\": ?5" && has out "seconds old and its ttl is 1"'

    test_case "$make client: the next request is as good as ever" '
        exits 0 mc_mco $make client.cfg rpc rpcutil ping --dt 2 -j >out && cat out &&
        is "$(grep -o "\"statuscode\": *0" out | wc -l)" 2'
done

test_case 'our client names the ends of both makes alike' '
    mc_mco ours client.cfg rpc rpcutil daemon_stats -I web1 -I web2 --jsonl >out; cat out
    has out "\"answered\":0,\"refused\":2,\"invalid\":0" &&
    mc_mco ours client.cfg rpc rpcutil daemon_stats -I web1 -I web2 --np >out; cat out
    has out "   refused, 2 nodes: You are not authorized to call this agent or action." &&
    mc_mco ours loose.cfg rpc rpcutil get_fact "fact=no good" -I web1 -I web2 --jsonl >out
    cat out; has out "\"answered\":0,\"refused\":0,\"invalid\":2"'

test_case 'the Ruby client shows the statistics of a node that dropped something' '
    sed "s/^plugin.psk = .*/plugin.psk = another/" client.cfg >wrong.cfg &&
    printf "policy default allow\n" >site/nodes/ours-web1/policies/rpcutil.policy &&
    mc_mco ours wrong.cfg rpc rpcutil ping -I web1 -t 1 >/dev/null 2>&1
    exits 0 mc_mco ruby client.cfg rpc rpcutil daemon_stats -I web1 --np >out; cat out
    matches out "dropped: *\{:forged=>1" && matches out "TTL Expired: [0-9]" &&
    exits 0 mc_mco ruby client.cfg inventory web1 >out && has out "Replies Sent:"'

test_done
