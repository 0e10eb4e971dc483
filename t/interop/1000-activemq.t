#!/bin/sh
# The interoperability matrix over a real ActiveMQ, for every security provider.
. "$(dirname "$0")/lib.sh"

mci_begin
mc_activemq_start || exit 1
for provider in psk ssl-marshal ssl-yaml; do
    mci_provider activemq "$MC_ACTIVEMQ_PORT" "$provider"
done
mci_done
