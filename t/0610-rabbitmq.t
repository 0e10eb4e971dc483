#!/bin/sh
# A fleet over a real RabbitMQ, plain and TLS, with temporary queues and with the reply
# exchange.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

if [ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; then
    test_skip 'RabbitMQ' 'it is not installed here'
    test_done
fi
test_at_end 'fleet_end; mc_broker_cleanup'
mc_rabbitmq_start 'mcollective' tls || exit 1
cd "$tmp" || exit 1

pool=plugin.rabbitmq.pool.1
login="$pool.user = $MC_BROKER_USER
$pool.password = $MC_BROKER_PASSWORD"
plain="connector = rabbitmq
plugin.rabbitmq.pool.size = 1
$pool.host = 127.0.0.1
$pool.port = $MC_RABBITMQ_PORT
$login"
FLEET_CONNECTOR=$plain
fleet_begin "$tmp/fleet" || exit 1
fleet_node web1 'country=uk' 'apache'
fleet_node web2 'country=de' '' 'plugin.rabbitmq.use_reply_exchange = 1'
FLEET_CONNECTOR="connector = RabbitMQ
plugin.rabbitmq.pool.size = 1
$pool.host = localhost
$pool.port = $MC_RABBITMQ_TLS_PORT
$pool.ssl = 1
$pool.ssl.ca = $MC_RABBITMQ_CERTS/ca.pem
$pool.ssl.cert = $MC_RABBITMQ_CERTS/client.pem
$pool.ssl.key = $MC_RABBITMQ_CERTS/client.key
$login"
fleet_settings >tls.cfg
fleet_node web3 'country=us' ''
fleet_wait || exit 1

# asks CONFIG OPTION...: all three answer
asks()
{
    asks_config=$1
    shift
    exits 0 "$MC_BIN/mco" rpc -c "$asks_config" rpcutil ping -j "$@" >out || return 1
    for name in web1 web2 web3; do
        has out "\"sender\":\"$name\"" || return 1
    done
}

test_case 'broadcast, answers into a temporary queue' 'asks "$FLEET_CONFIG" --dt 2'
test_case 'direct' 'asks "$FLEET_CONFIG" -I web1 -I web2 -I web3'
test_case 'answers through the reply exchange' '
    { cat "$FLEET_CONFIG"; echo "plugin.rabbitmq.use_reply_exchange = 1"; } >exchange.cfg &&
    asks exchange.cfg --dt 2 && asks exchange.cfg -I web1 -I web2 -I web3'
test_case 'a client over TLS' 'asks tls.cfg -I web1 -I web2 -I web3'
test_case 'a client with heartbeats: STOMP 1.1' '
    { cat "$FLEET_CONFIG"; echo "plugin.rabbitmq.heartbeat_interval = 30"; } >beat.cfg &&
    asks beat.cfg -I web1 -I web2 -I web3'
test_case 'find with a filter' '
    exits 0 mco find -C apache --dt 2 >out && is "$(cat out)" web1'
test_case 'the wrong authority is a clear error' '
    sed "s|/ca.pem|/other-ca.pem|" tls.cfg >other.cfg
    exits 1 "$MC_BIN/mco" rpc -c other.cfg rpcutil ping -I web1 --connection-timeout 2 2>err
    cat err; has err "certificate"'
test_case 'a wrong password is a clear error' '
    sed "s|^\($pool.password = \).*|\1wrong|" "$FLEET_CONFIG" >login.cfg
    exits 1 "$MC_BIN/mco" rpc -c login.cfg rpcutil ping -I web1 --connection-timeout 2 2>err
    cat err; matches err "[Aa]ccess refused|Bad CONNECT"'

test_done
