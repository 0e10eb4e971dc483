#!/bin/sh
# What strangers send: forged, old, replayed and broken requests. The node drops each
# with one line in its log, counts it, and goes on. Requests are recorded from the
# broker, as an attacker who can listen would do it.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
fleet_node web1 'country=uk' 'apache aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab' \
    'loglevel = debug'
fleet_node web2 'country=de' '' 'plugin.psk.allow_replay = 1'
fleet_wait || exit 1
cd "$tmp" || exit 1

tap()
{
    perl "$MC_TOP/t/lib/nats-tap" "$@"
}

# record NODE FILE COMMAND...: the next direct request to a node, sent by the command
record()
{
    record_node=$1
    record_file=$2
    shift 2
    rm -f ready
    perl "$MC_TOP/t/lib/nats-tap" record "$MC_NATS_PORT" "mcollective.node.$record_node" \
        1 "$record_file" >ready &
    record_pid=$!
    fleet_file_wait ready ready 1 20 $record_pid && "$@" && wait $record_pid
}

# publish NODE FILE [WANT]
publish()
{
    tap publish "$MC_NATS_PORT" "mcollective.node.$1" "$2" "${3:-0}"
}

# figure NODE NAME: one number of its daemon_stats
figure()
{
    mco rpc rpcutil daemon_stats -I "$1" -j | sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p"
}

sed 's/^plugin.psk = .*/plugin.psk = not-the-secret/' "$FLEET_CONFIG" >wrong.cfg

test_case 'a client with another psk gets no answer, the node counts and says one line' '
    before=$(figure web1 unvalidated) &&
    exits 4 "$MC_BIN/mco" rpc -c "$tmp/wrong.cfg" rpcutil ping -I web1 -t 1 >out 2>&1
    fleet_log_wait web1 "WARN -- : message dropped: verdict=forged" &&
    is "$(fleet_log_count web1 "verdict=forged")" 1 &&
    is "$(figure web1 unvalidated)" $((before + 1))'

test_case 'a node with another psk answers, and is not believed' '
    sed "s|^plugin.psk = .*|plugin.psk = not-the-secret|; s|^identity = .*|identity = evil|
        s|^logfile = .*|logfile = $tmp/evil.log|" fleet/web1/server.cfg >evil.cfg
    "$MC_BIN/mcollectived" -c evil.cfg --no-daemonize & pid=$!
    fleet_file_wait evil.log "connected to the broker" 1 20 $pid &&
    exits 0 mco rpc rpcutil ping --dt 1 -j >out &&
    fleet_file_wait evil.log "verdict=forged" 1 20 $pid
    code=$?
    kill $pid; wait $pid; cat out
    is $code 0 && has out web1 && has out web2 && lacks out evil'

test_case 'a recorded request sent again is refused, once and with a line' '
    record web1 good mco rpc rpcutil ping -I web1 -j &&
    publish web1 good && fleet_log_wait web1 "WARN -- : message dropped: verdict=replayed" &&
    publish web1 good && fleet_log_wait web1 "verdict=replayed" 2'

test_case 'with allow_replay it is served' '
    record web2 replay mco rpc rpcutil ping -I web2 -j && publish web2 replay 1 >reply &&
    has reply web2 && publish web2 replay 1 >reply && has reply pong'

test_case 'the same request under another id passes psk, which does not cover it' '
    tap change good fresh id && publish web1 fresh 1 >reply && has reply pong'

test_case 'an expired request is dropped and counted' '
    before=$(figure web1 ttlexpired) &&
    tap change good old id old && publish web1 old &&
    fleet_log_wait web1 "WARN -- : message dropped: verdict=expired.*ttl is 60" &&
    is "$(figure web1 ttlexpired)" $((before + 1))'

test_case 'a changed body is forged' '
    tap change good changed id rpcutil=rpcutol && publish web1 changed &&
    fleet_log_wait web1 "verdict=forged" 2'

test_case 'a client refuses a broken regular expression before it asks anybody' '
    exits 1 mco rpc rpcutil ping -C "/[ab/" --dt 1 -j 2>"$tap_dir/err" &&
    has "$tap_dir/err" "The pattern in /[ab/ is not valid"'

test_case 'a filter with a broken regular expression is dropped by the node' '
    record web1 filter mco rpc rpcutil ping -C "/apache/" --dt 1 -j &&
    tap change filter broken id "/apache/=/[apach/" &&
    tap publish "$MC_NATS_PORT" mcollective.broadcast.agent.rpcutil broken &&
    fleet_log_wait web1 "WARN -- : message dropped: verdict=bad_filter"'

test_case 'but who names the node hears of it, once' '
    tap change broken named id && publish web1 named 1 >reply && has reply "invalid" &&
    fleet_log_wait web1 "request finished: verdict=bad_filter.*status=4" &&
    publish web1 named && fleet_log_wait web1 "message dropped: verdict=replayed" 3'

test_case 'a regular expression that would take for ever is given up' '
    events="(message not for this node|verdict=bad_filter)" &&
    before=$(fleet_log_count web1 "$events") &&
    exits 1 mco rpc rpcutil ping -C "/^(a|aa|a*)*c\$/" --dt 1 -j &&
    fleet_log_wait web1 "$events" $((before + 1)) 10 &&
    exits 0 mco rpc rpcutil ping -I web1 -j'

test_case 'another agent in the envelope than on the subject: the envelope decides' '
    tap change good agent id && tap publish "$MC_NATS_PORT" \
        mcollective.broadcast.agent.package agent 2 >reply && has reply pong'

test_case 'rubbish: one line for each message, the node lives and serves' '
    events="(message dropped|message not for this node|request finished):"
    before=$(fleet_log_count web1 "$events") &&
    count=$(tap hostile "$MC_NATS_PORT" mcollective.node.web1 good) &&
    fleet_log_wait web1 "$events" $((before + count)) 60 &&
    is "$(fleet_log_count web1 "$events")" $((before + count)) &&
    exits 0 mco rpc rpcutil ping -I web1 -j &&
    [ "$(fleet_log_count web1 "verdict=malformed")" -gt 300 ]'

test_case 'rubbish on a broadcast subject, too' '
    count=$(tap hostile "$MC_NATS_PORT" mcollective.broadcast.agent.discovery good) &&
    fleet_log_wait web2 "message dropped" 400 60 &&
    exits 0 mco rpc rpcutil ping --dt 1 -j >out && has out web1 && has out web2'

test_case 'total counts every message' '
    lines=$(fleet_log_count web1 "verdict=") && is "$(figure web1 total)" $((lines + 1))'

if grep -q 'asan' "/proc/$(fleet_pid web1)/maps"; then
    test_skip 'its memory stays small' 'sanitizers take their own'
else
    test_case 'its memory stays small' '
        kb=$(sed -n "s/VmHWM:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$(fleet_pid web1)/status")
        echo "peak of $kb KB"; [ "$kb" -lt 40000 ]'
fi

test_done
