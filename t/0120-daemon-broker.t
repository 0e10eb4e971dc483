#!/bin/sh
# A node and a broker that comes, goes and comes back.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
fleet_broker_stop
fleet_node web1 'country=uk' ''
fleet_node web2 'country=de' ''

test_case 'no broker at the start: the node says so and tries again' '
    fleet_log_wait web1 "cannot reach the broker, will try again.*127.0.0.1:$MC_NATS_PORT" &&
    fleet_log_wait web1 "cannot reach the broker, will try again" 2 &&
    kill -0 "$(fleet_pid web1)"'

test_case 'no broker: the client fails at once with its address, exit 1' '
    exits 1 mco rpc rpcutil ping --connection-timeout 1 2>err &&
    has err "127.0.0.1:$MC_NATS_PORT"'

fleet_broker_start

test_case 'the broker comes up: the nodes connect and answer' '
    fleet_wait && exits 0 mco rpc rpcutil ping -I web1 -I web2 -j >out &&
    has out "\"sender\":\"web1\"" && has out "\"sender\":\"web2\""'

fleet_broker_stop
test_case 'the broker goes: the node says so' '
    fleet_log_wait web1 "connection to the broker lost" &&
    fleet_log_wait web2 "connection to the broker lost"'

fleet_broker_start
test_case 'it comes back: subscriptions are there again, broadcast and direct' '
    fleet_log_wait web1 "connected to the broker" 2 30 &&
    fleet_log_wait web2 "connected to the broker" 2 30 &&
    exits 0 mco rpc rpcutil ping --dt 1 -j >out &&
    has out "\"sender\":\"web1\"" && has out "\"sender\":\"web2\"" &&
    exits 0 mco rpc rpcutil ping -I web1 -I web2 -j'

test_case 'one that hangs up in the middle of a message is left and tried again' '
    perl "$MC_TOP/t/lib/fake-nats" half "$tmp/fake.port" >fake.log 2>&1 &
    fake=$!
    fleet_file_wait fake.port "[0-9]" 1 10 $fake &&
    sed "s|^plugin.nats.servers.*|plugin.nats.servers = nats://127.0.0.1:$(cat fake.port)|
        s|^logfile.*|logfile = $tmp/half.log|" fleet/web1/server.cfg >half.cfg &&
    { "$MC_BIN/mcollectived" -c half.cfg --no-daemonize & } && pid=$! &&
    fleet_file_wait fake.log "^hung up" 3 20 $fake &&
    fleet_file_wait half.log "connection to the broker lost" 2 20 $pid
    code=$?
    kill $fake; kill -TERM $pid; exits 0 wait $pid && is $code 0'

test_done
