#!/bin/sh
# Every discovered node comes to one named end: answered, refused, invalid, timed out,
# agent missing, expired, no answer (doc/rfc/0009). Real nodes over a real broker, one
# for each end; what a node drops in silence is counted and shown by mco inventory.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
FLEET_EXTRA="libdir = $MC_TOP/plugins
loglevel = debug"
fleet_begin "$tmp/fleet" || exit 1
zsh='zsh 0 4.2.6 3.el5 i386'
mkdir -p "$FLEET/refuses/policies" "$tmp/quick/agent"
printf 'policy default deny\n' >"$FLEET/refuses/policies/package.policy"
# The time limit of a node is that of its own DDL.
sed 's/\(:timeout *=> *\)[0-9]*/\16/' "$MC_TOP/plugins/agent/package.ddl" \
    >"$tmp/quick/agent/package.ddl"
fleet_node_yum answers 'country=uk' '' "$zsh"
fleet_node_yum refuses 'country=uk' '' "$zsh"
fleet_node_yum slow 'country=uk' '' "$zsh"
fleet_node lacks 'country=uk' ''
for node in refuses slow lacks; do
    fleet_stop $node
done
printf 'rpcauthorization = 1\nrpcauthprovider = action_policy\n%s\n' \
    'plugin.actionpolicy.allow_unconfigured = 1' >>"$FLEET/refuses/server.cfg"
printf 'libdir = %s\n' "$tmp/quick" >>"$FLEET/slow/server.cfg"
printf 'plugin.package.activate_agent = n\n' >>"$FLEET/lacks/server.cfg"
for node in refuses slow lacks; do
    PATH=$FLEET/$node/bin:$PATH fleet_start $node
done
fleet_wait || exit 1
cd "$tmp" || exit 1
printf '%s\n' answers refuses slow lacks >nodes
printf 'tail\n' >gone

# package NODES [OPTION...]: the status of zsh on the nodes of a file
package()
{
    package_nodes=$1
    shift
    mco rpc package status package=zsh --nodes "$package_nodes" --np "$@"
}

tap()
{
    perl "$MC_TOP/t/lib/nats-tap" "$@"
}

clock_shows()
{
    [ "$(date +%s)" -ge "$1" ]
}

test_case 'answered: no end is named, and nothing more is shown' '
    echo answers >one && exits 0 package one -j >out && cat out && lacks out "\"end\"" &&
    exits 0 package one >out && lacks out "Not carried out" &&
    exits 0 package one --jsonl >out && has out "\"ends\":{\"answered\":1,\"refused\":0"'

test_case 'refused: by the policy of the node' '
    echo refuses >one && exits 2 package one -j >out && cat out &&
    has out "\"statuscode\":1,\"statusmsg\":\"You are not authorized" &&
    has out ",\"end\":\"refused\"}" &&
    exits 2 package one >out && cat out && has out "Not carried out:" &&
    has out "   refused, 1 node: You are not authorized to call this agent or action."'

test_case 'invalid: the DDL of the node is stricter' '
    sed "s|^libdir = .*|libdir = $MC_TOP/t/interop/loose|" "$FLEET_CONFIG" >loose.cfg &&
    exits 2 "$MC_BIN/mco" rpc rpcutil get_fact "fact=no good" -I answers -j \
        --config loose.cfg >out && cat out && has out "\"statuscode\":4" &&
    has out ",\"end\":\"invalid\"}" &&
    exits 2 "$MC_BIN/mco" rpc rpcutil get_fact "fact=no good" -I answers --np \
        --config loose.cfg >out && has out "   invalid, 1 node: Cannot validate input fact"'

test_case 'timed out: the command on the node hangs' '
    : >fleet/slow/hang && echo slow >one && exits 2 package one -j >out && cat out &&
    has out "\"statuscode\":5,\"statusmsg\":\"yum did not end in time\"" &&
    has out ",\"end\":\"timed out\"}" &&
    fleet_log_wait slow "verdict=failed.*action=status status=5"'

test_case 'agent missing: a node that is named says so' '
    echo lacks >one && exits 2 package one -j >out && cat out &&
    has out "\"statuscode\":5,\"statusmsg\":\"no agent '\''package'\'' here\",\"data\":{},\"end\":\"agent missing\"" &&
    fleet_log_wait lacks "request finished: verdict=no_agent"'

test_case 'agent missing: a broadcast gets no such answer' '
    count=$(fleet_log_count lacks "verdict=no_agent") && rm -f ready
    tap record "$MC_NATS_PORT" mcollective.node.lacks 1 direct >ready & pid=$!
    fleet_file_wait ready ready 1 20 $pid && package one -j >out; wait $pid
    tap change direct broadcast id &&
    tap publish "$MC_NATS_PORT" mcollective.broadcast.agent.rpcutil broadcast 0 &&
    fleet_log_wait lacks "message not for this node: verdict=filtered.*agent=package" &&
    is "$(fleet_log_count lacks "verdict=no_agent")" $((count + 1))'

test_case 'expired: the request waited for longer than its ttl' '
    rm -f ready; echo answers >one
    tap record "$MC_NATS_PORT" mcollective.node.answers 1 late >ready & pid=$!
    fleet_file_wait ready ready 1 20 $pid && kill -STOP "$(fleet_pid answers)" &&
    { package one -j --ttl 1 -t 20 >out & } && client=$! && wait $pid &&
    exits 0 fleet_until 20 clock_shows $(($(date +%s) + 3))
    kill -CONT "$(fleet_pid answers)"; wait $client; is $? 2 && cat out &&
    matches out "\"statuscode\":5,\"statusmsg\":\"the message of .* it is [0-9]+ seconds old and its ttl is 1\"" &&
    has out ",\"end\":\"expired\"}" &&
    fleet_log_wait answers "request finished: verdict=expired"'

test_case 'expired: who sends it again, as it is or under another id, is not answered' '
    tap publish "$MC_NATS_PORT" mcollective.node.answers late 0 &&
    fleet_log_wait answers "message dropped: verdict=replayed" &&
    tap change late older id old && tap publish "$MC_NATS_PORT" mcollective.node.answers older 0 &&
    fleet_log_wait answers "message dropped: verdict=expired"'

test_case 'no answer: the node was stopped after it was found' '
    echo refuses >one && kill -STOP "$(fleet_pid refuses)"
    package one -t 1 >text & second=$!
    package one --jsonl -t 1 >out; code=$?
    wait $second
    kill -CONT "$(fleet_pid refuses)"
    cat out text; is $code 3 && has out "{\"noreply\":{\"node\":\"refuses\",\"end\":\"no answer\"}}" &&
    has out "\"no answer\":1}" && has out "\"noresponse\":[\"refuses\"]" &&
    has text "No response from:" && lacks text "Not carried out"'

test_case 'all at once: each node once, by name' '
    kill -STOP "$(fleet_pid answers)"; echo nobody >>nodes
    package nodes --jsonl -t 8 >out & second=$!
    package nodes -t 8 >text; wait $second
    kill -CONT "$(fleet_pid answers)"; cat out text
    has out "\"answered\":0,\"refused\":1,\"invalid\":0,\"timed out\":1,\"agent missing\":1,\"expired\":0,\"busy\":0,\"unreadable\":0,\"not sent\":0,\"no answer\":2" &&
    matches text "^   refused, 1 node" && matches text "^   timed out, 1 node: yum" &&
    matches text "^   agent missing, 1 node" && has text "No response from:"'

test_case 'what a node drops in silence is counted, and mco inventory shows it' '
    exits 0 mco inventory lacks >out && cat out && lacks out "Messages Dropped" &&
    sed "s/^plugin.psk = .*/plugin.psk = not-the-secret/" "$FLEET_CONFIG" >wrong.cfg &&
    for i in 1 2 3; do
        exits 0 "$MC_BIN/mco" rpc -c wrong.cfg rpcutil ping -I lacks --nr >/dev/null
    done && fleet_log_wait lacks "verdict=forged" 3 &&
    tap publish "$MC_NATS_PORT" mcollective.node.lacks direct &&
    fleet_log_wait lacks "verdict=replayed" &&
    exits 0 mco inventory lacks >out && cat out &&
    matches out "^ +Messages Dropped: 4 \(forged 3, replayed 1\)\$"'

test_case 'a node that stops sums up in its log' '
    fleet_stop lacks && matches fleet/lacks/log \
        "node stopping: messages=[0-9]+ replies=[0-9]+ filtered=[0-9]+ dropped=4"'

test_case 'the counters of an inventory come after those of the original' '
    grep -A 1 "  System Time:" out >lines && cat lines && has lines "Messages Dropped"'

test_done
