#!/bin/sh
# A few cases for each setting of the connectors that changes what is on the wire:
# TLS with certificates both ways, base64, one topic for all agents, STOMP 1.1 with
# heartbeats, RabbitMQ's reply exchange.
. "$(dirname "$0")/lib.sh"

MC_INTEROP_CASES="^(find|rpc-direct|rpc-broadcast|get-fact-json)\$"

# settings CONNECTOR PORT TLS_PORT CERTS
settings()
{
    MC_EXTRA=
    MC_CERTS=$4
    mci_provider "$1" "$3" psk "$1-tls"
    MC_CERTS=
    while IFS=@ read -r only label lines <&4; do
        case $only in any | "$1") ;; *) continue ;; esac
        MC_EXTRA=$(printf '%s\n' "$lines" | tr ';' '\n' | sed "s/^ *\(.\)/plugin.$1.\1/")
        mci_provider "$1" "$2" psk "$1-$label"
    done 4<<TABLE
any@base64@base64 = true
any@multiplex@agents_multiplex = true
any@heartbeat@heartbeat_interval = 30; stomp_1_0_fallback = false
rabbitmq@reply-exchange@use_reply_exchange = true
TABLE
    MC_EXTRA=
}

mci_begin
mc_activemq_start mtls || exit 1
settings activemq "$MC_ACTIVEMQ_PORT" "$MC_ACTIVEMQ_TLS_PORT" "$MC_ACTIVEMQ_CERTS"
mc_activemq_stop
mc_rabbitmq_start "$MC_COLLECTIVES" mtls || exit 1
settings rabbitmq "$MC_RABBITMQ_PORT" "$MC_RABBITMQ_TLS_PORT" "$MC_RABBITMQ_CERTS"
mci_done
