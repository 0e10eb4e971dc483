#!/bin/sh
# The interoperability matrix over a real RabbitMQ, for every security provider.
. "$(dirname "$0")/lib.sh"

mci_begin
mc_rabbitmq_start "$MC_COLLECTIVES" || exit 1
for provider in psk ssl-marshal ssl-yaml; do
    mci_provider rabbitmq "$MC_RABBITMQ_PORT" "$provider"
done
mci_done
