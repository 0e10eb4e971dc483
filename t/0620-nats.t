#!/bin/sh
# NATS with each way of proving who one is, and a list of servers.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end 'fleet_end; mc_broker_cleanup'
cd "$tmp" || exit 1
dead=$(mc_port_pick 1)

nats="connector = nats
plugin.nats.servers ="

# mode NAME LINE...: one node and one client on a server of that mode
mode()
{
    mode_name=$1
    shift
    FLEET_CONNECTOR="$nats $mode_scheme://127.0.0.1:$MC_NATS_PORT
$(printf '%s\n' "$@")"
    fleet_begin "$tmp/$mode_name" && fleet_node "$mode_name.my.net" '' ''
}

# asks NAME: the node of a mode answers
asks()
{
    FLEET=$tmp/$1
    fleet_log_wait "$1.my.net" 'connected to the broker' &&
        exits 0 "$MC_BIN/mco" rpc -c "$1/client.cfg" rpcutil ping -I "$1.my.net" -j >out &&
        has out "\"sender\":\"$1.my.net\""
}

# refused NAME SED TEXT: with the settings changed the client says the text.
# The library's thread still holds what OpenSSL keeps of a refused handshake when the
# client ends; LeakSanitizer does not see that (valgrind does: nothing is lost).
refused()
{
    [ "$1" != tls ] || export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
    sed "$2" "$1/client.cfg" >refused.cfg
    exits 1 "$MC_BIN/mco" rpc -c refused.cfg rpcutil ping -I "$1.my.net" \
        --connection-timeout 2 >out 2>err
    code=$?
    cat err
    is $code 0 && grep -i -E -q -e "$3" err
}

mode_scheme=nats
mc_nats_start user && mode user "plugin.nats.user = $MC_BROKER_USER" \
    "plugin.nats.password = $MC_BROKER_PASSWORD" || exit 1
test_case 'user and password' 'asks user'
test_case 'a wrong password is told' \
    'refused user "s/^plugin.nats.password.*/plugin.nats.password = wrong/" "authori[sz]ation"'

test_case 'user and password in the address' '
    login=$MC_BROKER_USER:$MC_BROKER_PASSWORD@ &&
    sed "/nats.user/d; /nats.password/d; s|nats://|nats://$login|" user/client.cfg >url.cfg &&
    exits 0 "$MC_BIN/mco" rpc -c url.cfg rpcutil ping -I user.my.net -j >out && has out user'

test_case 'the first server of the list is dead, the second serves' '
    sed "s|nats://|nats://127.0.0.1:$dead, nats://|" user/client.cfg >list.cfg &&
    exits 0 "$MC_BIN/mco" rpc -c list.cfg rpcutil ping -I user.my.net -j >out && has out user'

mc_nats_start token MC_NATS_TOKEN && MC_NATS_PORT=$MC_NATS_TOKEN_PORT &&
    mode token "plugin.nats.token = $MC_BROKER_TOKEN" || exit 1
test_case 'token' 'asks token'
test_case 'no token' 'refused token /nats.token/d "authori[sz]ation"'

mc_nats_start nkey MC_NATS_NKEYS && MC_NATS_PORT=$MC_NATS_NKEYS_PORT &&
    mode nkey "plugin.nats.nkey = $MC_NATS_NKEYS_SEED" || exit 1
test_case 'nkey' 'asks nkey'
test_case 'a seed file that is not there is named' \
    'refused nkey "s|^plugin.nats.nkey.*|plugin.nats.nkey = $tmp/nosuch.seed|" "$tmp/nosuch.seed"'

mc_nats_start creds MC_NATS_JWT && MC_NATS_PORT=$MC_NATS_JWT_PORT &&
    mode creds "plugin.nats.credentials = $MC_NATS_JWT_CREDS" || exit 1
test_case 'credentials file' 'asks creds'

mode_scheme=tls
mc_nats_start mtls MC_NATS_TLS && MC_NATS_PORT=$MC_NATS_TLS_PORT &&
    mode tls "plugin.nats.tls.ca = $MC_NATS_TLS_CERTS/ca.pem" \
        "plugin.nats.tls.cert = $MC_NATS_TLS_CERTS/client.pem" \
        "plugin.nats.tls.key = $MC_NATS_TLS_CERTS/client.key" || exit 1
test_case 'TLS, both sides with certificates' 'asks tls'
test_case 'TLS: the wrong authority' \
    'refused tls "s|/ca.pem|/other-ca.pem|" "certificate|verif"'
test_case 'TLS: a client without a certificate' \
    'refused tls "/tls.cert/d; /tls.key/d" "certificate"'
test_case 'TLS: an authority file that is not there' \
    'refused tls "s|/ca.pem|/nosuch.pem|" "nosuch.pem"'

test_done
