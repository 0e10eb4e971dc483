#!/bin/sh
# The exit codes of every command in every situation of commands.md 1.7, and the words for
# bad input. A command that is in no row fails the test.
# shellcheck disable=SC2034,SC2086 # used in the texts of cases; rows are words
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
unset MCOLLECTIVE_EXTRA_OPTS
fleet_begin "$tmp/fleet" || exit 1
fleet_node web1 'country=uk' '' 'plugin.controller.activate_agent = 1' \
    'plugin.iptables.activate_agent = 1'
# Its replies all have a status: it allows nothing.
fleet_node denied1 'country=de' '' 'plugin.controller.activate_agent = 1' \
    'plugin.iptables.activate_agent = 1' \
    'rpcauthorization = 1' 'rpcauthprovider = action_policy'
fleet_wait || exit 1
cd "$tmp" || exit 1
# Finds a node that is not there, and takes its time for that.
printf '#!/bin/sh\ncat >/dev/null\necho "%s"\n' \
    '{\"protocol\":\"io.choria.choria.discovery.v1.external_reply\",\"nodes\":[\"gone1\"]}' >finder
chmod 755 finder
mkdir -p plug/agent && cp "$MC_TOP/plugins/agent/rpcutil.ddl" plug/agent/

# COMMAND  ok none nowhere silent failed  WORDS
# ok: all went well. none: nothing was discovered. nowhere: nothing was looked for, nobody
# answered. silent: found, nobody answered. failed: a reply has a status. A dash stands
# where a situation does not exist: a name that find is given is its own answer, ping asks
# for no status and finds by asking, call-agent knows none, inventory is given one name.
cat >requests <<'EOF'
call-agent 0 1 4 3 - --agent discovery --argument ping
controller 0 1 4 3 2 stats
facts      0 1 4 3 2 country
filemgr    - 1 4 3 2 status -f /proc/nosuch
find       0 1 0 0 - -q
inventory  0 - 1 - 2 -
nrpe       - 1 4 3 2 nosuch
package    0 1 4 3 2 status bash
pgrep      0 1 4 3 2 sh
iptables   - 1 4 3 2 isblocked 192.0.2.7
nettest    - 1 4 3 2 connect 127.0.0.1 1 -y
ping       0 4 4 - 0 -q
process    0 1 4 3 2 list sh
puppet     - 1 4 3 2 status
puppetd    - 1 4 3 2 status
rpc        0 1 4 3 2 rpcutil ping
service    - 1 4 3 2 nosuch status
ssh        - 1 - - - -q
EOF
# COMMAND CODE WORDS: those that send nothing
cat >others <<'EOF'
completion 0 --list-applications
completion 0 --list-actions --agent nosuch
completion 1
completion 1 --list-agents --list-actions
describe_filter 0 -F country=uk
describe_filter 1 -F country
help 0
help 0 rpc
help 1 nosuch
plugin 0 list
puppetcommander 1 --frob
plugin 0 doc agent/rpcutil
plugin 0 info plug --format deb
plugin 1
plugin 1 frob
plugin 1 doc nosuch
plugin 1 generate
plugin 1 info nosuch
plugin 1 package nosuch
puppetcommander 1 --settings nosuch --once
EOF

# gives CODE COMMAND WORD...: the code, and where it is 1 without help some words
gives()
{
    gives_code=$1
    shift
    [ "$gives_code" != - ] || return 0
    echo "mco $*"
    exits "$gives_code" mco "$@" >out 2>err || { cat out err; return 1; }
    [ "$gives_code" -ne 1 ] || [ -s out ] || [ -s err ] || [ "$1" = find ] || { echo 'not a word'; false; }
}

all_commands_have_rows()
{
    "$MC_BIN/mco" completion --list-applications >commands && [ -s commands ] || return 1
    while read -r command; do
        grep -q "^$command " requests others || { echo "$command has no row"; return 1; }
    done <commands
    cut -d ' ' -f 1 requests others | sort -u | same commands -
}
test_case 'every command has a row' all_commands_have_rows

# All situations of one command.
row()
{
    if [ "$command" = inventory ]; then
        gives "$ok" inventory web1 && gives "$nowhere" inventory gone -t 1 &&
            gives "$failed" inventory denied1
        return
    fi
    gives "$ok" "$command" $words -I web1 &&
        gives "$none" "$command" $words -F country=nosuch --dt 1 -t 1 &&
        gives "$nowhere" "$command" $words -I gone -t 1 &&
        gives "$silent" "$command" $words --dm external --do "$tmp/finder" -t 1 &&
        gives "$failed" "$command" $words -I denied1
}

# They mostly wait, so all rows run at once, each in a folder of its own.
rows=
while read -r command ok none nowhere silent failed words; do
    mkdir "row-$command"
    (cd "row-$command" && row >log 2>&1 </dev/null && : >good) &
    rows="$rows $!"
done <requests
wait $rows
while read -r command ok none nowhere silent failed words; do
    test_case "$command: $ok $none $nowhere $silent $failed" "
        [ -e row-$command/good ] || { cat row-$command/log; false; }"
done <requests
while read -r command code words; do
    test_case "$command $words: $code" "gives $code $command $words"
done <others

# --- what is the same for all --------------------------------------------------

every_command()
{
    while read -r command; do
        "$@" "$command" || { echo "$command"; cat out err; return 1; }
    done <commands
}
helps()
{
    exits 1 "$MC_BIN/mco" "$1" -h >out 2>err && has out "Usage: mco $1" && is "$(cat err)" '' &&
        exits 0 "$MC_BIN/mco" help "$1" | same out -
}
refuses_options()
{
    exits 1 mco "$1" --frob >out 2>err && is "$(cat out)" '' &&
        is "$(cat err)" "
The $1 application failed to run, use -v for full error backtrace details: invalid option: --frob"
}
needs_values()
{
    exits 1 "$MC_BIN/mco" "$1" -c >out 2>err && has err 'missing argument: -c'
}
test_case 'all: -h and help, exit 1 and 0' 'every_command helps'
test_case 'all: an unknown option' 'every_command refuses_options'
test_case 'all: an option without its value' 'every_command needs_values'
needs_configuration()
{
    words=$(sed -n "s/^$1 .* [-0-4] //p" requests)
    [ "$words" != - ] || words=web1
    [ -n "$words" ] || return 0
    exits 1 "$MC_BIN/mco" "$1" $words -c "$tmp/nosuch.cfg" >out 2>err &&
        has err "The $1 application failed to run" && has err "$tmp/nosuch.cfg" || return 1
    sed 's/^connector.*/connector = nosuch/' "$FLEET_CONFIG" >bad.cfg
    exits 1 "$MC_BIN/mco" "$1" $words -c bad.cfg >out 2>err && has err nosuch
}
test_case 'all that ask: a configuration that is not there, or names no connector' 'every_command needs_configuration'
broker_is_gone()
{
    words=$(sed -n "s/^$1 .* [-0-4] //p" requests)
    [ "$words" != - ] || words=web1
    [ -n "$words" ] || return 0
    exits 1 "$MC_BIN/mco" "$1" $words -c down.cfg --connection-timeout 1 >out 2>err &&
        has err "The $1 application failed to run"
}
port=$(mc_port_pick 1)
sed "s/^plugin.nats.servers.*/plugin.nats.servers = nats:\/\/127.0.0.1:$port/" "$FLEET_CONFIG" >down.cfg
test_case 'all that ask: no broker' 'every_command broker_is_gone'
names_of_the_first_release()
{
    find "$MC_BIN" -type l -name 'mc-*' -exec basename {} ';' | sort >names
    [ -s names ] || return 1
    while read -r name; do
        exits 1 "$MC_BIN/$name" -h >out 2>err && has out 'Usage: mco' || { echo "$name"; return 1; }
        exits 1 "$MC_BIN/$name" --frob -c "$FLEET_CONFIG" >out 2>err && has err 'invalid option: --frob' ||
            { echo "$name"; return 1; }
    done <names
}
test_case 'the names of the first release are these commands' names_of_the_first_release

# --- bad input (the whole of standard error) --------------------------------------

# says TEXT WORD...: exit 1, and exactly this
says()
{
    says_text=$1
    shift
    exits 1 mco "$@" >out 2>err && is "$(cat out)" '' && is "$(cat err)" "
The $1 application failed to run, use -v for full error backtrace details: $says_text"
}
test_case 'a batch of 0' '
    for size in 0 0%; do
        says "batch_size must be an integer or match a percentage string (e.g. '\''24%'\''" \
            rpc rpcutil ping --batch $size || exit 1
    done'
test_case 'a place for replies, a node that no broker has' '
    says "the connector cannot have replies sent to '\''a b'\''; name a queue or subject of the broker" rpc rpcutil ping --reply-to "a b" &&
    says "the connector cannot send to a node called '\''a b'\''; names are those that mco find shows" rpc rpcutil ping --np -I "a b"'
test_case 'a batch that is no number' 'says "invalid argument: --batch x" rpc rpcutil ping --batch x'
test_case 'an unknown display' '
    for mode in none flatten ""; do
        says "--display has to be one of '\''ok'\'', '\''all'\'' or '\''failed'\''" rpc rpcutil ping --display "$mode" || exit 1
    done'
test_case 'an unknown discovery method' 'says "Unknown discovery method nosuch" rpc rpcutil ping --dm nosuch'
test_case 'an unknown collective' '
    says "Unknown collective '\''nosuch'\'' known collectives are '\''mcollective'\''" rpc rpcutil ping -T nosuch'
test_case 'an unknown agent' 'says "Can'\''t find DDL for agent plugin '\''nosuch'\''" rpc nosuch ping'
test_case 'an unknown action' '
    says "Attempted to call action nosuch for rpcutil but it'\''s not declared in the DDL" rpc rpcutil nosuch'
test_case 'a missing and a wrong input' '
    says "Action get_fact needs a fact argument" rpc rpcutil get_fact &&
    says "Cannot validate input fact: value should match ^[\w\-\.]+\$" rpc rpcutil get_fact "fact=a b"'

test_done
