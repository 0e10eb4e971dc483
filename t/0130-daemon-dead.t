#!/bin/sh
# A node whose broker is given up for good ends with an error, for its supervisor.
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/broker.sh"

port=$(mc_port_pick 1)
cat >"$tap_dir/server.cfg" <<CFG
connector = activemq
plugin.activemq.pool.size = 1
plugin.activemq.pool.1.host = 127.0.0.1
plugin.activemq.pool.1.port = $port
plugin.activemq.max_reconnect_attempts = 2
plugin.psk = x
CFG

test_case 'the last attempt ends the node with exit code 1' '
    exits 1 timeout 60 "$MC_BIN/mcollectived" --config "$tap_dir/server.cfg" \
        2>"$tap_dir/err"'
test_case 'the last line says which broker was given up' '
    has "$tap_dir/err" "giving up after 2 attempts: broker 127.0.0.1 port $port"'

test_done
