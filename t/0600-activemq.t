#!/bin/sh
# A fleet over a real ActiveMQ: plain, TLS with verification, a list of hosts to fail
# over to, heartbeats; and a configuration as release 0.4.8 had it.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

if [ ! -f /usr/share/activemq/bin/activemq.jar ]; then
    test_skip 'ActiveMQ' 'it is not installed here'
    test_done
fi
test_at_end 'fleet_end; mc_broker_cleanup'
mc_activemq_start mtls || exit 1
dead=$(mc_port_pick 1)
cd "$tmp" || exit 1

login="user = $MC_BROKER_USER
password = $MC_BROKER_PASSWORD"

# pool NUMBER HOST PORT [LINE...]: settings of one broker of the pool
pool()
{
    pool_at=plugin.activemq.pool.$1
    printf '%s.host = %s\n%s.port = %s\n' "$pool_at" "$2" "$pool_at" "$3"
    shift 3
    printf '%s\n' "$login" "$@" | sed "/./s/^/$pool_at./"
}

tls()
{
    printf 'ssl = 1\nssl.ca = %s\nssl.cert = %s\nssl.key = %s' "$MC_ACTIVEMQ_CERTS/$1" \
        "$MC_ACTIVEMQ_CERTS/client.pem" "$MC_ACTIVEMQ_CERTS/client.key"
}

head='connector = activemq
plugin.activemq.pool.size'
plain="$head = 1
$(pool 1 127.0.0.1 "$MC_ACTIVEMQ_PORT")"
FLEET_CONNECTOR=$plain
fleet_begin "$tmp/fleet" || exit 1
fleet_node web1 'country=uk' 'apache'
FLEET_CONNECTOR="$head = 1
$(pool 1 localhost "$MC_ACTIVEMQ_TLS_PORT" "$(tls ca.pem)")"
fleet_settings >tls.cfg
fleet_node web2 'country=de' ''
FLEET_CONNECTOR="$head = 2
$(pool 1 127.0.0.1 "$dead")
$(pool 2 127.0.0.1 "$MC_ACTIVEMQ_PORT")"
fleet_settings >failover.cfg
fleet_node web3 'country=us' ''
FLEET_CONNECTOR="$plain
plugin.activemq.heartbeat_interval = 30"
fleet_settings >heartbeat.cfg
fleet_node web4 'country=fr' ''
fleet_wait || exit 1

# asks CONFIG: the client with these settings hears all four
asks()
{
    exits 0 "$MC_BIN/mco" rpc -c "$1" rpcutil ping --dt 2 -j >out || return 1
    for name in web1 web2 web3 web4; do
        has out "\"sender\":\"$name\"" || return 1
    done
}

test_case 'nodes over plain STOMP, TLS, a second host and STOMP 1.1 answer a broadcast' '
    asks "$FLEET_CONFIG"'

test_case 'the node tries the hosts of its list in turn' '
    has fleet/web3/log "127.0.0.1 port $dead: Connection refused" &&
    matches fleet/web3/log "connected to the broker.*127.0.0.1 port $MC_ACTIVEMQ_PORT"'

test_case 'a client over TLS, addressing nodes directly' '
    exits 0 "$MC_BIN/mco" rpc -c tls.cfg rpcutil ping -I web1 -I web2 -I web3 -I web4 -j >out &&
    has out web1 && has out web2 && has out web3 && has out web4'

test_case 'a client whose first host is dead' '
    exits 0 "$MC_BIN/mco" rpc -c failover.cfg rpcutil ping -I web1 -I web2 -j >out &&
    has out web1 && has out web2'

test_case 'a client with heartbeats: STOMP 1.1' '
    exits 0 "$MC_BIN/mco" rpc -c heartbeat.cfg rpcutil ping -I web1 -I web4 -j >out &&
    has out web1 && has out web4'

test_case 'filters and find' '
    exits 0 mco find -F country=de --dt 2 >out && is "$(cat out)" web2'

test_case 'the wrong authority: a clear error, no connection' '
    sed "s|ca.pem|other-ca.pem|" tls.cfg >other.cfg
    exits 1 "$MC_BIN/mco" rpc -c other.cfg rpcutil ping -I web1 --connection-timeout 2 2>err
    cat err; matches err "certificate|verif" && has err "localhost port $MC_ACTIVEMQ_TLS_PORT"'

test_case 'a wrong password: the broker'\''s words reach the person' '
    sed "s|^\(plugin.*\.password = \).*|\1wrong|" "$FLEET_CONFIG" >login.cfg
    exits 1 "$MC_BIN/mco" rpc -c login.cfg rpcutil ping -I web1 --connection-timeout 2 2>err
    cat err; matches err "[Uu]ser name|password"'

test_case 'STOMP_USER and STOMP_PASSWORD win over the file' '
    STOMP_USER=$MC_BROKER_USER STOMP_PASSWORD=$MC_BROKER_PASSWORD \
        exits 0 "$MC_BIN/mco" rpc -c login.cfg rpcutil ping -I web1 -j >out && has out web1'

test_case 'verified TLS without a certificate of its own is refused before connecting' '
    sed "/ssl.key/d" tls.cfg >nokey.cfg &&
    exits 1 "$MC_BIN/mco" rpc -c nokey.cfg rpcutil ping -I web1 2>err && cat err &&
    has err "plugin.activemq.pool.1.ssl" && has err key'

# --- a configuration of 0.4.8 -----------------------------------------------

old="topicprefix = /topic/mcollective
topicsep = .
connector = stomp
plugin.stomp.host = 127.0.0.1
plugin.stomp.port = $MC_ACTIVEMQ_PORT
plugin.stomp.user = $MC_BROKER_USER
plugin.stomp.password = $MC_BROKER_PASSWORD
securityprovider = psk
plugin.psk = fleet-secret
logger_type = file
loglevel = info
libdir = /usr/libexec/mcollective"
mkdir home
{
    printf '%s\n' "$old"
    printf 'identity = old.my.net\nlogfile = %s\ndaemonize = 1\nkeeplogs = 5\n' "$tmp/old.log"
    printf 'max_log_size = 2097152\nregisterinterval = 300\nclassesfile = %s\n' "$tmp/old.classes"
    printf 'factsource = yaml\nplugin.yaml = %s:%s\n' "$tmp/old1.yaml" "$tmp/old2.yaml"
} >server-0.4.8.cfg
printf '%s\n' '---' 'country: uk' 'customer: acme' >old1.yaml
printf '%s\n' '---' 'country: mt' >old2.yaml
printf '%s\n' apache mysql::master >old.classes
{
    printf '%s\n' "$old"
    printf 'logfile = %s\n' "$tmp/old-client.log"
} >home/.mcollective

test_case 'a server.cfg of 0.4.8 starts a node, detached' '
    exits 0 "$MC_BIN/mcollectived" --config server-0.4.8.cfg --pidfile "$tmp/old.pid" &&
    fleet_file_wait old.log "connected to the broker" 1 30 "$(cat old.pid)"'
test_at_end '[ ! -s "$tmp/old.pid" ] || mc_proc_end "$(cat "$tmp/old.pid")"'

test_case 'the obsolete settings are warned of, with their line' '
    sed "s/^daemonize.*/daemonize = 0/; s|^logfile.*|logfile = $tmp/warn.log|
        s/^identity.*/identity = warn.my.net/" server-0.4.8.cfg >warn.cfg
    "$MC_BIN/mcollectived" --config warn.cfg 2>warn.err & pid=$!
    fleet_file_wait warn.log "connected to the broker" 1 30 $pid
    kill $pid; exits 0 wait $pid && has warn.err "warn.cfg:1" && has warn.err topicprefix'

test_case 'the .mcollective of the home folder is found, and the S names work with it' '
    HOME=$tmp/home && export HOME &&
    exits 0 "$MC_BIN/mc-find-hosts" --dt 2 -W "country=mt customer=acme mysql::master" >out &&
    is "$(cat out)" old.my.net &&
    exits 0 "$MC_BIN/mc-rpc" rpcutil ping -I old.my.net -j >out && has out old.my.net &&
    exits 0 "$MC_BIN/mc-inventory" old.my.net >out && has out "country => mt" &&
    exits 0 "$MC_BIN/mc-facts" customer --dt 2 >out && has out acme &&
    exits 0 "$MC_BIN/mc-ping" -t 2 >out && has out old.my.net'

test_case 'and its pid file is gone when it stops' '
    mc_proc_end "$(cat old.pid)" && [ ! -e old.pid ]'

test_done
