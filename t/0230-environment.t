#!/bin/sh
# Every variable of the environment that mco(1) names, by its effect (commands.md 1.3).
# That the list is whole is checked by tools/man-tables; PATH, TMPDIR and
# SOURCE_DATE_EPOCH are those of packages (0354).
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
unset MCOLLECTIVE_EXTRA_OPTS MCOLLECTIVE_PSK NO_COLOR COLUMNS LINES
fleet_begin "$tmp/fleet" || exit 1
for n in 1 2 3; do
    fleet_node "web$n" '' ''
done
fleet_wait || exit 1
cd "$tmp" || exit 1

# --- options -------------------------------------------------------------------

test_case 'MCOLLECTIVE_EXTRA_OPTS: options, the configuration too, in quotes of the shell' '
    MCOLLECTIVE_EXTRA_OPTS="-c '\''$FLEET_CONFIG'\'' -I \"web1\"" exits 0 "$MC_BIN/mco" rpc rpcutil ping -j >out &&
    has out web1 && lacks out web2'
test_case 'MCOLLECTIVE_EXTRA_OPTS: the command line comes after it' '
    MCOLLECTIVE_EXTRA_OPTS="--display ok -q" exits 0 mco rpc rpcutil ping -v -I web1 >out && has out "Result"
    MCOLLECTIVE_EXTRA_OPTS="-c /nonexistent" exits 0 mco rpc rpcutil ping -I web1 >out'
test_case 'MCOLLECTIVE_EXTRA_OPTS: what is wrong in it is said' '
    MCOLLECTIVE_EXTRA_OPTS="--frob" exits 1 mco rpc rpcutil ping 2>err && has err "invalid option: --frob"'
# seconds COMMAND...: whole seconds that it took
seconds()
{
    seconds_from=$(date +%s)
    "$@" >out 2>err
    echo $(($(date +%s) - seconds_from))
}
test_case 'MCOLLECTIVE_TIMEOUT: how long replies are waited for' '
    took=$(MCOLLECTIVE_TIMEOUT=1 seconds mco rpc rpcutil ping -I gone) && [ "$took" -le 3 ]'
test_case 'MCOLLECTIVE_TIMEOUT: the option comes after it' '
    took=$(MCOLLECTIVE_TIMEOUT=60 seconds mco rpc rpcutil ping -I gone -t 1) && [ "$took" -le 3 ]'
test_case 'MCOLLECTIVE_DTIMEOUT: how long nodes are looked for' '
    MCOLLECTIVE_DTIMEOUT=1 exits 0 mco find -v 2>err >out && has err "for 1 second(s)" &&
    MCOLLECTIVE_DTIMEOUT=7 exits 0 mco find -v --dt 1 2>err >out && has err "for 1 second(s)"'
test_case 'times that are none' '
    MCOLLECTIVE_TIMEOUT=soon exits 1 mco find 2>err && has err "MCOLLECTIVE_TIMEOUT: invalid argument: --timeout soon" &&
    MCOLLECTIVE_DTIMEOUT= exits 1 mco find 2>err && has err "MCOLLECTIVE_DTIMEOUT: " &&
    MCOLLECTIVE_TIMEOUT=soon exits 0 "$MC_BIN/mco" help >out'

# --- what is shown ----------------------------------------------------------------

web1=$(printf web1 | md5sum | cut -d ' ' -f 1)
gone=$(printf gone | md5sum | cut -d ' ' -f 1)
test_case 'MCOLLECTIVE_ANON: no name is shown, requests reach the same nodes' '
    export MCOLLECTIVE_ANON=1
    exits 0 mco find --dt 20 --limit 3 >out && has out $web1 && is "$(wc -l <out)" 3 && lacks out web &&
    exits 0 mco rpc rpcutil ping -I web1 -I gone -t 2 --display all >out && has out $web1 && has out $gone && lacks out web1 &&
    lacks out "    gone" && exits 0 mco rpc rpcutil ping -I web1 -j >out && has out "\"sender\":\"$web1\"" &&
    mco ping -t 20 >out & asks=$!
    fleet_file_wait out "^$web1 +time=" 1 20 $asks && kill $asks && lacks out web &&
    exits 0 mco rpc rpcutil ping --jsonl --dt 20 --limit 3 >out && lacks out web && is "$(grep -c sender out)" 3'
test_case 'COLUMNS and LINES: the size of the terminal, both together' '
    COLUMNS=50 LINES=20 "$MC_TOP/t/lib/tty" 100 "$MC_BIN/mco" rpc -c "$FLEET_CONFIG" rpcutil ping --dt 20 --limit 3 >both &&
    COLUMNS=50 "$MC_TOP/t/lib/tty" 100 "$MC_BIN/mco" rpc -c "$FLEET_CONFIG" rpcutil ping --dt 20 --limit 3 >one &&
    bar() { tr "\r" "\n" <"$1" | grep "=.*3 / 3" | wc -L; } && both=$(bar both) && one=$(bar one) &&
    echo "$both $one" && [ "$both" -gt 20 ] && [ "$both" -le 50 ] && [ "$one" -gt 50 ]'
test_case 'NO_COLOR' '
    esc=$(printf "\033[") &&
    "$MC_TOP/t/lib/tty" 100 "$MC_BIN/mco" rpc -c "$FLEET_CONFIG" frob frob >with; has with "$esc" &&
    { NO_COLOR=1 "$MC_TOP/t/lib/tty" 100 "$MC_BIN/mco" rpc -c "$FLEET_CONFIG" frob frob >without; lacks without "$esc"; } &&
    { NO_COLOR= "$MC_TOP/t/lib/tty" 100 "$MC_BIN/mco" rpc -c "$FLEET_CONFIG" frob frob >empty; has empty "$esc"; }'
test_case 'HOME: where .mcollective is' '
    mkdir -p home && cp "$FLEET_CONFIG" home/.mcollective &&
    HOME=$tmp/home exits 0 "$MC_BIN/mco" rpc rpcutil ping -I web1 >out && has out "1 / 1"'

# --- keys --------------------------------------------------------------------------

test_case 'MCOLLECTIVE_PSK: before the configured secret, on both sides' '
    sed "s/^plugin.psk.*/plugin.psk = wrong/" "$FLEET_CONFIG" >wrong.cfg &&
    exits 4 "$MC_BIN/mco" rpc -c wrong.cfg rpcutil ping -I web1 -t 1 >out &&
    MCOLLECTIVE_PSK=fleet-secret exits 0 "$MC_BIN/mco" rpc -c wrong.cfg rpcutil ping -I web1 >out &&
    MCOLLECTIVE_PSK=other exits 4 mco rpc rpcutil ping -I web1 -t 1 >out'
MCOLLECTIVE_PSK=other fleet_node other1 '' ''
fleet_log_wait other1 'connected to the broker'
test_case 'MCOLLECTIVE_PSK: of a node' '
    MCOLLECTIVE_PSK=other exits 0 mco rpc rpcutil ping -I other1 >out && exits 4 mco rpc rpcutil ping -I other1 -t 1 >out'
for name in one two; do
    openssl genrsa -out "$name.pem" 2048 2>/dev/null
    openssl rsa -in "$name.pem" -pubout -out "$name-public.pem" 2>/dev/null
done
{
    grep -v 'psk' "$FLEET_CONFIG"
    echo 'securityprovider = ssl'
    echo "plugin.ssl_server_public = $tmp/two-public.pem"
    echo "plugin.ssl_client_private = $tmp/nosuch-private.pem"
    echo "plugin.ssl_client_public = $tmp/nosuch-public.pem"
} >ssl.cfg
{
    grep -v 'psk' "$FLEET_CONFIG"
    echo 'securityprovider = aes_security'
    echo "plugin.aes.server_public = $tmp/two-public.pem"
    echo "plugin.aes.client_private = $tmp/nosuch-private.pem"
    echo "plugin.aes.client_public = $tmp/nosuch-public.pem"
} >aes.cfg
test_case 'without variables the configured key files are missed' '
    exits 1 "$MC_BIN/mco" rpc -c ssl.cfg rpcutil ping -I web1 -t 1 2>err && has err nosuch-p &&
    exits 1 "$MC_BIN/mco" rpc -c aes.cfg rpcutil ping -I web1 -t 1 2>err && has err nosuch-p'
mkdir -p clients && cp one-public.pem clients/
MCOLLECTIVE_SSL_PRIVATE=$tmp/two.pem fleet_node ssl1 '' '' 'securityprovider = ssl' \
    "plugin.ssl_server_private = $tmp/nosuch.pem" "plugin.ssl_server_public = $tmp/two-public.pem" \
    "plugin.ssl_client_cert_dir = $tmp/clients"
fleet_log_wait ssl1 'connected to the broker'
test_case 'MCOLLECTIVE_SSL_PRIVATE and _PUBLIC: who asks; the node has its key from there too' '
    MCOLLECTIVE_SSL_PUBLIC=one-public.pem exits 1 "$MC_BIN/mco" rpc -c ssl.cfg rpcutil ping -I ssl1 -t 1 2>err && has err nosuch-private &&
    MCOLLECTIVE_SSL_PRIVATE=one.pem exits 4 "$MC_BIN/mco" rpc -c ssl.cfg rpcutil ping -I ssl1 -t 1 >out &&
    MCOLLECTIVE_SSL_PRIVATE=one.pem MCOLLECTIVE_SSL_PUBLIC=one-public.pem \
        exits 0 "$MC_BIN/mco" rpc -c ssl.cfg rpcutil ping -I ssl1 >out && has out "1 / 1" &&
    fleet_log_wait ssl1 "caller=\"cert=one-public\""'
# A request that goes out, though nobody answers it, has found both of its keys.
test_case 'MCOLLECTIVE_AES_PRIVATE and _PUBLIC' '
    MCOLLECTIVE_AES_PRIVATE=one.pem exits 1 "$MC_BIN/mco" rpc -c aes.cfg rpcutil ping -I web1 -t 1 2>err && has err nosuch-public &&
    MCOLLECTIVE_AES_PUBLIC=one-public.pem exits 1 "$MC_BIN/mco" rpc -c aes.cfg rpcutil ping -I web1 -t 1 2>err && has err nosuch-private &&
    MCOLLECTIVE_AES_PRIVATE=one.pem MCOLLECTIVE_AES_PUBLIC=one-public.pem \
        exits 4 "$MC_BIN/mco" rpc -c aes.cfg rpcutil ping -I web1 -t 1 >out'

# --- brokers of the STOMP family -----------------------------------------------------

# A broker that notes what it is greeted with and refuses: its port is in the file port.
perl -MIO::Socket::INET -e '
    my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 5) or exit 1;
    open my $ready, ">", "ready" or exit 1;
    close $ready;
    while (my $c = $s->accept) {
        local $/ = "\0";
        my $frame = <$c> // "";
        open my $out, ">>", "frames" or exit 1;
        print $out $frame, "\n";
        close $out;
        print $c "ERROR\nmessage:no\n\nno\0";
        close $c;
    }' "$(mc_port_pick 1 | tee port)" &
broker=$!
test_at_end "kill $broker 2>/dev/null"
fleet_until 20 test -e ready
stomp_port=$(cat port)
for connector in activemq rabbitmq; do
    printf '%s\n' "connector = $connector" 'securityprovider = psk' 'plugin.psk = x' \
        "plugin.$connector.pool.size = 1" "plugin.$connector.pool.1.host = 127.0.0.1" \
        "plugin.$connector.pool.1.port = $stomp_port" "plugin.$connector.pool.1.user = fileuser" \
        "plugin.$connector.pool.1.password = filepass" >$connector.cfg
done
printf '%s\n' 'connector = stomp' 'securityprovider = psk' 'plugin.psk = x' \
    'plugin.stomp.host = 127.0.0.9' 'plugin.stomp.port = 9' 'plugin.stomp.user = fileuser' \
    'plugin.stomp.password = filepass' >stomp.cfg

# greets CONNECTOR TEXT...: the frame with which the broker was greeted has the texts
greets()
{
    rm -f frames
    "$MC_BIN/mco" ping -c "$1.cfg" --connection-timeout 1 -t 1 >out 2>err
    shift
    cat err
    for text; do
        has frames "$text" || return 1
    done
}
test_case 'the login that is configured' '
    greets activemq login:fileuser passcode:filepass && greets rabbitmq login:fileuser passcode:filepass'
test_case 'STOMP_USER and STOMP_PASSWORD' '
    for connector in activemq rabbitmq; do
        STOMP_USER=envuser greets $connector login:envuser passcode:filepass &&
        STOMP_PASSWORD=envpass greets $connector login:fileuser passcode:envpass || exit 1
    done'
if "$MC_BIN/mco" ping -c stomp.cfg --connection-timeout 1 -t 1 2>&1 | grep -q 127.0.0.9; then
    test_case 'STOMP_SERVER and STOMP_PORT' '
        export STOMP_SERVER=127.0.0.1 STOMP_PORT=$stomp_port
        greets stomp login:fileuser && STOMP_USER=envuser greets stomp login:envuser'
    test_case 'STOMP_PORT that is none' '
        STOMP_PORT=x exits 1 "$MC_BIN/mco" ping -c stomp.cfg 2>err && has err "STOMP_PORT: \"x\" is not a port"'
else
    test_case 'the stomp connector names its broker' false
fi
for connector in activemq rabbitmq; do
    upper=$(echo $connector | tr a-z A-Z)
    {
        cat $connector.cfg
        echo "plugin.$connector.pool.1.ssl = 1"
        echo "plugin.$connector.pool.1.ssl.ca = $tmp/nosuch-ca.pem"
        echo "plugin.$connector.pool.1.ssl.key = $tmp/file-key.pem"
        echo "plugin.$connector.pool.1.ssl.cert = $tmp/file-cert.pem"
    } >$connector-tls.cfg
    test_case "MCOLLECTIVE_${upper}_POOL1_SSL_KEY and _CERT" "
        export MCOLLECTIVE_${upper}_POOL1_SSL_KEY=$tmp/env-key.pem
        exits 1 '$MC_BIN/mco' ping -c $connector-tls.cfg --connection-timeout 1 2>err; cat err
        lacks err file-key.pem && { has err env-key.pem || has err file-cert.pem; } &&
        export MCOLLECTIVE_${upper}_POOL1_SSL_CERT=$tmp/env-cert.pem
        exits 1 '$MC_BIN/mco' ping -c $connector-tls.cfg --connection-timeout 1 2>err; cat err
        lacks err file-cert.pem && { has err env-key.pem || has err env-cert.pem; }"
done

test_done
