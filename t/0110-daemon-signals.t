#!/bin/sh
# A node that runs: signals, the agents loaded again, logs that grow, rotate, or cannot
# be written. Each step waits for the line in the log that tells of it.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
mkdir -p "$tmp/lib/agent"
fleet_begin "$tmp/fleet" || exit 1
fleet_node web1 'country=uk' 'apache' "libdir = $tmp/lib"
fleet_node web2 'country=de' 'mysql' "logfile = /dev/full"
fleet_node web3 'country=us' '' 'max_log_size = 3000' 'keeplogs = 3'
fleet_node web4 'country=fr' ''
fleet_node web5 'country=fr' ''
for name in web1 web3 web4 web5; do
    fleet_log_wait $name 'connected to the broker' || exit 1
done

cd "$tmp" || exit 1

# stops NODE SIGNAL: the node ends in order, exit code 0. It is not a child of this
# shell's subshell, so it is started here.
stops()
{
    stops_log=$tmp/stop-$1.log
    sed "s|^logfile = .*|logfile = $stops_log|; s/^identity = .*/identity = stop.my.net/" \
        "$FLEET/web1/server.cfg" >"stop-$1.cfg"
    "$MC_BIN/mcollectived" --config "stop-$1.cfg" --no-daemonize &
    stops_pid=$!
    mc_file_wait "$stops_log" 'connected to the broker' $stops_pid 20 || return 1
    kill -s "$1" $stops_pid
    exits 0 wait $stops_pid || return 1
    has "$stops_log" "stopping on signal $1" && has "$stops_log" "node stopping"
}

test_case 'TERM stops a connected node, exit 0' 'stops TERM'
test_case 'INT stops it' 'stops INT'
test_case 'HUP stops it, it does not reload' 'stops HUP'

# --- reload ---------------------------------------------------------------

test_case 'USR1 reads a changed DDL' '
    mco rpc rpcutil get_fact fact=country -I web1 -j >before &&
    has before "\"statuscode\":0" &&
    sed "s/:validation  *=> .*/:validation => \"^nothing\$\",/" \
        "$MC_TOP/plugins/agent/rpcutil.ddl" >lib/agent/rpcutil.ddl &&
    kill -USR1 "$(fleet_pid web1)" && fleet_log_wait web1 "agent loaded: agent=rpcutil" 2 &&
    exits 2 mco rpc rpcutil get_fact fact=country -I web1 -j >after &&
    has after "\"statuscode\":4"'

test_case 'USR1 with a broken DDL: that agent is left out, the others go on' '
    printf "metadata :name => \"rpcutil\"\naction \"x\" do\n" >lib/agent/rpcutil.ddl &&
    kill -USR1 "$(fleet_pid web1)" && fleet_log_wait web1 "agent not loaded: agent=rpcutil" &&
    fleet_log_wait web1 "agent loaded: agent=package" 3 &&
    has fleet/web1/log "$tmp/lib/agent/rpcutil.ddl" &&
    mco ping --dt 2 -t 2 >out; has out web1 &&
    exits 2 mco rpc rpcutil ping -I web1 -j >out && has out "no agent '\''rpcutil'\'' here"'

test_case 'USR1 with the DDL mended: the agent is back' '
    cp "$MC_TOP/plugins/agent/rpcutil.ddl" lib/agent/ &&
    kill -USR1 "$(fleet_pid web1)" && fleet_log_wait web1 "agent loaded: agent=rpcutil" 3 &&
    exits 0 mco rpc rpcutil get_fact fact=country -I web1 -j'

test_case 'a signal that nobody expects between requests changes nothing' '
    kill -USR1 "$(fleet_pid web1)" && kill -USR1 "$(fleet_pid web1)" &&
    fleet_log_wait web1 "loading all agents again" 4 &&
    exits 0 mco rpc rpcutil ping -I web1 -j'

# --- level ----------------------------------------------------------------

# The runner of the original traps the last three and leaves the first to its start script.
# A sanitizer has signals of its own (4, 7, 8, 11), and so have threads (from 32 on).
test_case 'corner case 62: only HUP, INT, TERM, USR1, USR2 and WINCH are caught' '
    caught=$(sed -n "s/^SigCgt:[[:space:]]*//p" "/proc/$(fleet_pid web1)/status")
    wanted=0
    for number in 1 2 15 10 12 28; do wanted=$((wanted | 1 << (number - 1))); done
    others=$((0x7fffffff & ~(1 << 3 | 1 << 6 | 1 << 7 | 1 << 10)))
    is "$((0x$caught & others))" "$wanted" && kill -USR1 "$(fleet_pid web1)" &&
    kill -USR2 "$(fleet_pid web1)" && kill -WINCH "$(fleet_pid web1)" &&
    fleet_log_wait web1 "Logging level is now WARN" && kill -0 "$(fleet_pid web1)"'

test_case 'USR2 steps through the levels and says so at the new one' '
    pid=$(fleet_pid web4)
    for level in WARN ERROR FATAL DEBUG INFO; do
        kill -USR2 $pid && fleet_log_wait web4 "$level -- : .*Logging level is now $level" ||
            exit 1
    done'

test_case 'at level debug messages for others are told, at warn requests are not' '
    pid=$(fleet_pid web5)
    kill -USR2 $pid; fleet_log_wait web5 "Logging level is now WARN" || exit 1
    exits 0 mco rpc rpcutil ping -I web5 -j && lacks fleet/web5/log "action=ping" &&
    for level in ERROR FATAL DEBUG; do
        kill -USR2 $pid; fleet_log_wait web5 "Logging level is now $level" || exit 1
    done
    exits 0 mco rpc rpcutil ping -F country=us --dt 1 -j >out &&
    has out "\"sender\":\"web3\"" &&
    fleet_log_wait web5 "DEBUG -- : message not for this node.*verdict=filtered"'

# --- log files -------------------------------------------------------------

test_case 'WINCH opens the log again after it was moved away' '
    mv fleet/web4/log fleet/web4/log.old && kill -WINCH "$(fleet_pid web4)" &&
    exits 0 fleet_until 10 test -s fleet/web4/log &&
    exits 0 mco rpc rpcutil ping -I web4 -j &&
    fleet_log_wait web4 "request finished: verdict=ok.* action=ping" &&
    matches fleet/web4/log "^# Logfile created" &&
    lacks fleet/web4/log.old "action=ping"'

test_case 'a log grows to max_log_size and rotates, keeplogs files stay' '
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        mco rpc rpcutil ping -I web3 -j >out || exit 1
    done
    for i in 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
        mco rpc rpcutil ping -I web3 -j >out || exit 1
    done
    ls -l fleet/web3
    [ -f fleet/web3/log.0 ] && [ -f fleet/web3/log.1 ] && [ ! -e fleet/web3/log.2 ] &&
    for file in log log.0 log.1; do
        matches fleet/web3/$file "^# Logfile created" || exit 1
        [ "$(wc -c <fleet/web3/$file)" -lt 4000 ] || exit 1
    done'

test_case 'a full disk under the log does not stop the node' '
    exits 0 mco rpc rpcutil ping -I web2 -j >out && has out "\"sender\":\"web2\"" &&
    kill -0 "$(fleet_pid web2)"'

test_done
