#!/bin/sh
# The conformance suite of the connectors, against a real ActiveMQ and a real RabbitMQ.
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
# shellcheck source=t/lib/broker.sh
. "$top/t/lib/broker.sh"
trap mc_broker_cleanup EXIT
trap 'exit 130' INT TERM HUP

for needed in mc_activemq_start 'mc_rabbitmq_start mcollective\ other'; do
    eval "$needed" || {
        echo "not ok 1 - $needed"
        echo 1..1
        exit 1
    }
done
"${MC_BUILD:-$top/build}/test-connector_conformance"
