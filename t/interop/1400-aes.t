#!/bin/sh
# The interoperability matrix with the aes_security provider, over a real ActiveMQ.
. "$(dirname "$0")/lib.sh"

mci_begin
mc_activemq_start || exit 1
for provider in aes-marshal aes-yaml; do
    mci_provider activemq "$MC_ACTIVEMQ_PORT" "$provider"
done
mci_done
