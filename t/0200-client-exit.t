#!/bin/sh
# The client as a program: what it says when something is wrong, and its exit codes
# 0 to 4 (commands.md 1.7).
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
fleet_node web1 'country=uk' 'apache'
fleet_node web2 'country=de' ''
fleet_node web3 'country=us' '' 'collectives = mcollective, us_collective'
fleet_wait || exit 1
cd "$tmp" || exit 1
HOME=$tmp/home
export HOME
mkdir -p "$HOME"

without_etc()
{
    if [ -n "$(ls -d /etc/marionette /etc/puppetlabs/mcollective /etc/mcollective \
        2>/dev/null)" ]; then
        # shellcheck disable=SC2016 # for the inner shell
        unshare -rm sh -c '
            for d in /etc/marionette /etc/puppetlabs/mcollective /etc/mcollective; do
                [ ! -d "$d" ] || mount -t tmpfs none "$d" || exit 77
            done
            exec "$@"' sh "$@"
    else
        "$@"
    fi
}

# fails TEXT... -- COMMAND...: exit code 1, and the error has the texts in the form of
# commands.md 1.7
fails()
{
    set -- "$@"
    : >wanted
    while [ "$1" != -- ]; do
        printf '%s\n' "$1" >>wanted
        shift
    done
    shift
    exits 1 "$@" >out 2>err || return 1
    while IFS= read -r text; do
        has err "$text" || return 1
    done <wanted
}

# --- the five codes -------------------------------------------------------

test_case '0: all nodes answered and all went well' '
    exits 0 mco rpc rpcutil ping --dt 1 --np >out && has out "Finished processing 3 / 3"'

test_case '1: nothing was discovered' '
    exits 1 mco rpc rpcutil ping -F country=nosuch --dt 1 >out 2>err &&
    has err "No request sent, we did not discover any nodes." &&
    is "$(cat out)" ""'

test_case '2: a node answered with a failure' '
    exits 2 mco rpc rpcutil get_config_item item=nosuch --dt 1 --np >out'

kill -STOP "$(fleet_pid web2)"
test_case '3: nodes were discovered, none answered (also in 0500, without a file)' '
    echo web2 >nodes; mco rpc rpcutil ping --nodes nodes -t 1 >out; code=$?
    [ $code -eq 3 ] || [ $code -eq 4 ] || exit 1
    has out "Finished processing 0 / 1 hosts" && has out "No response from:" &&
    has out "    web2 "'

test_case '0: one of several stays silent, and is named' '
    exits 0 mco rpc rpcutil ping -I web1 -I web2 -t 1 >out &&
    has out "Finished processing 1 / 2 hosts" && has out "No response from:" &&
    has out "    web2  "'
kill -CONT "$(fleet_pid web2)"

test_case '4: no discovery was needed, nobody answered' '
    exits 4 mco rpc rpcutil ping -I gone.my.net -t 1 >out && has out "gone.my.net"'

# --- how it fails ----------------------------------------------------------

test_case 'no command: the table of commands, exit 0' '
    exits 0 "$MC_BIN/mco" >out && has out "usage: " && has out "rpc" && has out "ping"'

test_case 'an unknown command: said, with the table, exit 1' '
    exits 1 "$MC_BIN/mco" frob >out 2>&1 && has out "Unknown command '\''frob'\''"'

test_case '--version: exit 1, as the original' '
    exits 1 "$MC_BIN/mco" --version >out && matches out "mco [0-9.]+\$"'

test_case '-h prints help into a pipe too, exit 1' '
    exits 1 mco rpc -h >out && has out "Usage: mco rpc" && has out "Host Filters" &&
    has out "RPC Options" && has out "Common Options" && has out -- "--with-fact" &&
    has out "The Marionette Collective"'

if without_etc true 2>/dev/null; then
    test_case 'no configuration: says what to do' '
        exits 1 without_etc "$MC_BIN/mco" ping 2>err && cat err &&
        has err ".mcollective" && has err "client.cfg" && has err "plugin.psk"'
else
    test_skip 'no configuration: says what to do' 'this machine may not hide its own'
fi

test_case 'a configuration that is not there is named' '
    fails "$tmp/nosuch.cfg" -- "$MC_BIN/mco" ping -c "$tmp/nosuch.cfg"'

test_case 'an unknown key is named with file and line' '
    { cat "$FLEET_CONFIG"; echo "frob = 1"; } >frob.cfg && line=$(wc -l <frob.cfg) &&
    fails "The ping application failed to run" "$tmp/frob.cfg:$line" \
        "Unknown config parameter" frob -- "$MC_BIN/mco" ping -c "$tmp/frob.cfg"'

test_case 'options: unknown, without value, ambiguous' '
    fails "invalid option: --frob" -- mco rpc rpcutil ping --frob &&
    fails "missing argument: -F" -- mco rpc rpcutil ping -F &&
    fails "ambiguous option: --l" -- mco rpc rpcutil ping --l 1'

test_case 'options that are no numbers' '
    fails "invalid argument: -t soon" -- mco rpc rpcutil ping -t soon &&
    fails "invalid argument: --dt soon" -- mco rpc rpcutil ping --dt soon'

test_case 'a limit that is none' '
    fails "Invalid limit specified: x" -- mco rpc rpcutil ping --limit x'

test_case 'a fact filter without operator reaches nobody, and says so' '
    fails "Could not parse fact country" -- mco rpc rpcutil ping -F country'

test_case 'an unknown collective names those that are known' '
    fails "Unknown collective '\''us_collective'\'' known collectives are '\''mcollective'\''" \
        -- mco rpc rpcutil ping -T us_collective'

test_case 'too few words' '
    exits 1 mco rpc rpcutil 2>err && has err "No agent, action and arguments specified"'

test_case 'a word that is no pair' '
    fails "Could not parse --arg fact=" -- mco rpc rpcutil get_fact fact= &&
    fails "Could not parse --arg fact" -- mco rpc rpcutil get_fact fact'

test_case 'an unknown discovery method' '
    fails "Unknown discovery method nosuch" -- mco rpc rpcutil ping --dm nosuch'

test_case 'a file of nodes: not there, mixed with a method, with names that cannot be' '
    fails "$tmp/nosuch" -- mco rpc rpcutil ping --nodes "$tmp/nosuch" &&
    fails "Cannot mix --disc-method, --disc-option and --nodes" -- \
        mco rpc rpcutil ping --nodes nodes --dm mc &&
    echo "web 1" >bad && fails "Identities can only match" -- mco rpc rpcutil ping --nodes bad'

test_case 'with -v the error has its other form' '
    fails "The rpc application failed to run: " -- mco rpc -v rpcutil nosuch'

test_case 'a full disk under the output is an error' '
    [ ! -c /dev/full ] || exits 1 mco rpc rpcutil ping -I web1 -j >/dev/full 2>err &&
    has err "could not be written"'

test_case 'a reader that goes away ends it quietly' '
    mco rpc rpcutil inventory -I web1 2>err | true; cat err; is "$(cat err)" ""'

test_case 'a broker that is not there: names it, exit 1' '
    port=$(mc_port_pick 1) && sed "s/^plugin.nats.servers.*/plugin.nats.servers = nats:\/\/127.0.0.1:$port/" \
        "$FLEET_CONFIG" >down.cfg &&
    fails "127.0.0.1:$port" -- "$MC_BIN/mco" rpc -c down.cfg rpcutil ping --connection-timeout 1'

# --- how many ---------------------------------------------------------------

test_case '-1 and --limit ask so many' '
    exits 0 mco rpc rpcutil ping --dt 1 --np -1 >out && has out "1 / 1 hosts" &&
    exits 0 mco rpc rpcutil ping --dt 1 --np --limit 2 >out && has out "2 / 2 hosts" &&
    exits 0 mco rpc rpcutil ping --dt 1 --np --limit 34% >out && has out "1 / "'

test_case '--nr sends and waits for nothing' '
    exits 0 mco rpc rpcutil ping --nr >out &&
    matches out "^Request sent with id: [0-9a-f]{32}\$" &&
    fleet_log_wait web1 "id=$(sed "s/.*: //" out)"'

test_case '--nodes asks those of the file, comments and blanks aside' '
    printf "# two\nweb1\n\nweb3\n" >two && exits 0 mco rpc rpcutil ping --nodes two --np >out &&
    has out "2 / 2 hosts"'

test_case 'MCOLLECTIVE_EXTRA_OPTS is read before the arguments' '
    MCOLLECTIVE_EXTRA_OPTS="-I web1 --np" mco rpc rpcutil ping -j >out &&
    has out web1 && lacks out web2'

test_case 'mco ping: a line a node, then figures' '
    exits 0 mco ping -t 1 >out && matches out "^web1 {36} time=[0-9.]+ ms\$" &&
    has out "---- ping statistics ----" &&
    matches out "^3 replies max: [0-9.]+ min: [0-9.]+ avg: [0-9.]+ \$"'

test_case 'mco ping of nobody: exit 4' '
    exits 4 mco ping -F country=nosuch -t 1 >out && has out "No responses received"'

test_case 'the names mc-rpc and mc-ping are these commands' '
    exits 0 "$MC_BIN/mc-rpc" -c "$FLEET_CONFIG" rpcutil ping -I web1 --np >out &&
    has out "1 / 1 hosts" &&
    exits 0 "$MC_BIN/mc-ping" -c "$FLEET_CONFIG" -t 1 >out && has out "3 replies"'

test_case 'TERM and INT end a waiting client at once' '
    for signal in TERM INT; do
        perl -e '\''$SIG{INT} = "DEFAULT"; exec @ARGV'\'' "$MC_BIN/mco" rpc \
            -c "$FLEET_CONFIG" rpcutil ping -I gone.my.net -t 60 >out 2>&1 &
        pid=$!
        fleet_file_wait out "0 / 1" 1 10 $pid && kill -s $signal $pid || exit 1
        wait $pid; code=$?
        echo "$signal: $code"; [ $code -ge 1 ] && [ $code -ne 124 ] || exit 1
    done'

test_done
