#!/bin/sh
# The brokers of t/lib/broker.sh themselves: each starts in each of its modes,
# speaks TLS as asked, and leaves neither a process, a port nor a file behind.
. "$(dirname "$0")/lib.sh"

# expect NAME COMMAND...: one result: the command succeeds.
expect()
{
    mci_what=$1
    shift
    if mci_said=$("$@" 2>&1); then
        mci_ok "$mci_what"
    else
        mci_not_ok "$mci_what" "$mci_said"
    fi
}

refused()
{
    ! "$@"
}

# handshake PORT CERTS CA [OPTION...]
handshake()
{
    hs_port=$1
    hs_ca=$2/$3
    shift 3
    openssl s_client -connect "127.0.0.1:$hs_port" -CAfile "$hs_ca" -tls1_2 \
        -verify_return_error -verify_ip 127.0.0.1 "$@" </dev/null
}

# tls PREFIX NAME: a port that wants a client certificate.
tls()
{
    tls_port=$(_mcb_get "$1_TLS_PORT")
    tls_certs=$(_mcb_get "$1_CERTS")
    expect "$2: takes a client with a certificate" \
        handshake "$tls_port" "$tls_certs" ca.pem \
        -cert "$tls_certs/client.pem" -key "$tls_certs/client.key"
    expect "$2: refuses a client without one" refused \
        handshake "$tls_port" "$tls_certs" ca.pem
    expect "$2: is refused under another authority" refused \
        handshake "$tls_port" "$tls_certs" other-ca.pem
}

# gone NAME PID PORT DIR
gone()
{
    expect "$1: its process is gone" refused kill -0 "$2"
    expect "$1: its port is free" perl -MIO::Socket::INET -e '
        exit !!IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0])
        ' "$3"
    expect "$1: its directory is gone" test ! -e "$4"
}

# round KIND PREFIX NAME MODE [ARGUMENT...]: start, TLS if so, stop.
round()
{
    rd_kind=$1
    rd_prefix=$2
    rd_name=$3
    rd_mode=$4
    shift 4
    if ! "mc_${rd_kind}_start" "$@" "$rd_mode" 2>"$mci_dir/err"; then
        mci_not_ok "$rd_name: starts" "$(cat "$mci_dir/err")"
        return
    fi
    mci_ok "$rd_name: starts"
    [ "$rd_kind:$rd_mode" = nats:mtls ] || [ "$rd_mode" != mtls ] ||
        tls "$rd_prefix" "$rd_name"
    rd_pid=$(_mcb_get "${rd_prefix}_PID")
    rd_port=$(_mcb_get "${rd_prefix}_PORT")
    rd_dir=$(_mcb_get "${rd_prefix}_DIR")
    "mc_${rd_kind}_stop"
    gone "$rd_name" "$rd_pid" "$rd_port" "$rd_dir"
}

mci_begin
round activemq MC_ACTIVEMQ 'ActiveMQ mtls' mtls
round rabbitmq MC_RABBITMQ 'RabbitMQ mtls' mtls 'one two'
for mode in plain tls mtls user token nkey creds; do
    round nats MC_NATS "nats-server $mode" "$mode"
done
expect 'nats-server: an unknown mode is refused' refused mc_nats_start nosuch
mci_done
