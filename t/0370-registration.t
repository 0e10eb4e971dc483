#!/bin/sh
# Registration: what nodes tell of themselves without being asked, taken off a real
# broker byte by byte, and when they do it.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

# The nodes are started inside of cases, which are subshells: their pids are in files.
end_nodes()
{
    for pid_file in "$FLEET"/*/pid; do
        [ ! -f "$pid_file" ] || mc_proc_end "$(cat "$pid_file")"
    done
}

test_at_end 'end_nodes; fleet_end'
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1

# listen COLLECTIVE FILE: writes the next registration to the file, in the background
listen()
{
    rm -f ready "$2"
    perl "$MC_TOP/t/lib/nats-tap" record "$MC_NATS_PORT" \
        "$1.broadcast.agent.registration" 1 "$2" >ready &
    listen_pid=$!
    fleet_file_wait ready ready 1 20 $listen_pid
}

# says FILE TEXT: the bytes hold the text
says()
{
    grep -a -F -q -e "$2" "$1" || { echo "no '$2' in:"; od -c "$1" | head -n 60; false; }
}

test_case 'the list of agents comes at once, and again after the interval' '
    listen mcollective one &&
    fleet_node web1 "country=uk" "apache" "registerinterval = 1" "loglevel = debug" &&
    wait $listen_pid &&
    says one rpcutil && says one package && says one web1 && ! says one country >/dev/null &&
    listen mcollective two && wait $listen_pid && says two rpcutil &&
    fleet_log_wait web1 "registered: collective=mcollective" 2 && fleet_stop web1'

test_case 'meta: facts, classes, identity and collectives too, in the chosen collective' '
    listen eu meta &&
    fleet_node web2 "country=uk" "apache mysql::master" "registerinterval = 600" \
        "registration = Meta" "collectives = mcollective,eu" \
        "registration_collective = eu" &&
    wait $listen_pid &&
    for word in agentlist rpcutil facts country uk classes mysql::master identity web2 \
        collectives eu; do
        says meta $word || exit 1
    done
    fleet_stop web2'

test_case 'a node without a broker registers once, when it has one' '
    fleet_broker_stop &&
    fleet_node web3 "" "" "registerinterval = 1" "loglevel = debug" &&
    fleet_log_wait web3 "cannot reach the broker" 3 &&
    is "$(fleet_log_count web3 "registered")" 0 &&
    sed -i "s/^registerinterval = 1/registerinterval = 600/" fleet/web3/server.cfg &&
    fleet_stop web3 && fleet_start web3 &&
    fleet_log_wait web3 "cannot reach the broker" 3 && fleet_broker_start &&
    fleet_log_wait web3 "registered: collective=mcollective" &&
    is "$(fleet_log_count web3 "registered")" 1 && fleet_stop web3
    code=$?
    mc_proc_end "$MC_NATS_PID"
    exit $code'

test_case 'a collective that is not ours: the main one, and a warning' '
    fleet_broker_start &&
    fleet_node web4 "" "" "registerinterval = 600" "registration_collective = moon" \
        "loglevel = debug" &&
    fleet_log_wait web4 "WARN -- : registering in the main collective" &&
    fleet_log_wait web4 "registered: collective=mcollective" && fleet_stop web4
    code=$?
    mc_proc_end "$MC_NATS_PID"
    exit $code'

test_case 'an unknown plugin is named at start' '
    printf "%s\n" "connector = loop" "securityprovider = psk" "plugin.psk = x" \
        "registerinterval = 9" "registration = puppet" >odd.cfg
    exits 1 "$MC_BIN/mcollectived" -c odd.cfg --no-daemonize >out 2>&1
    has out "registration = puppet" && has out "agentlist, meta"'
test_done
