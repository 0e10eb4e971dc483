#!/bin/sh
# What mco rpc shows is decided by the DDL that the client finds: headings, which
# replies, summaries. A DDL dropped into libdir changes all of it without rebuilding.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
mkdir -p "$tmp/client/agent" "$tmp/strict/agent"
fleet_begin "$tmp/fleet" || exit 1
echo "libdir = $tmp/client" >>"$FLEET_CONFIG"
# web3 refuses what the others serve: its own DDL allows no fact at all.
sed "s/:validation  *=> '^\[.w.*/:validation => '^nothing\$',/" \
    "$MC_TOP/plugins/agent/rpcutil.ddl" >"$tmp/strict/agent/rpcutil.ddl"
fleet_node web1 'country=uk size=small' ''
fleet_node web2 'country=de size=' ''
fleet_node web3 'country=us' '' "libdir = $tmp/strict"
fleet_wait || exit 1
cd "$tmp" || exit 1

ddl=client/agent/rpcutil.ddl

# ddl_new SED...: the client's own DDL of rpcutil, changed
ddl_new()
{
    sed "$@" "$MC_TOP/plugins/agent/rpcutil.ddl" >$ddl
}

all='-I web1 -I web2 -I web3'

# shown OPTION...: get_fact without bar, times masked, hosts in order; the exit code of
# the command is in the file code
shown()
{
    # shellcheck disable=SC2086 # words
    mco rpc rpcutil get_fact fact=country $all --np --sort "$@" >raw 2>err
    echo $? >code
    sed 's/in [0-9.]* ms/in N ms/' raw
}

test_case 'all replies: header, message, data under headings, summary, figures' '
    shown >out && is "$(cat code)" 2 && cat >wanted <<TEXT &&

web1                                    _
    Fact: country
   Value: uk

web2                                    _
    Fact: country
   Value: de

web3                                     Invalid Request Data
   Cannot validate input fact: value should match ^nothing$


Summary of Value:

   de = 1
   uk = 1


Finished processing 3 / 3 hosts in N ms


Not carried out:

   invalid, 1 node: Cannot validate input fact: value should match ^nothing$
    web3

TEXT
    sed -i "s/^\(    web3\) *\$/\1/" out &&
    sed -i "s/_\$/ /" wanted && same wanted out && is "$(cat err)" ""'

test_case 'display_as changed in the DDL file changes the heading' '
    ddl_new "s/\"Value\"/\"Land of origin\"/" && shown >out &&
    has out "   Land of origin: uk" && has out "             Fact: country" &&
    has out "Summary of Land of origin:"'

test_case 'display :failed shows the failing one alone' '
    ddl_new "/action .get_fact.,/,/^end/s/display :always/display :failed/" && shown >out &&
    lacks out "web1 " && lacks out "web2 " && has out "web3 " && has out "Summary of Value" &&
    has out "Finished processing 3 / 3 hosts"'

test_case 'display :ok shows the good ones alone; the exit code stays' '
    ddl_new "/action .get_fact.,/,/^end/s/display :always/display :ok/" && shown >out &&
    has out "web1 " && has out "web2 " && ! grep "^web3 " out && is "$(cat code)" 2'

test_case 'a DDL that says nothing shows failures' '
    ddl_new "/action .get_fact.,/,/^end/s/display :always//" && shown >out &&
    lacks out "web1 " && has out "web3 "'

test_case '--display replaces what the DDL says' '
    ddl_new "/action .get_fact.,/,/^end/s/display :always/display :ok/" &&
    shown --display failed >out && lacks out "web1 " && has out "web3 " &&
    shown --display all >out && has out "web1 " && has out "web3 " &&
    shown --display ok >out && has out "web1 " && ! grep "^web3 " out'

test_case 'an unknown display mode is refused' '
    exits 1 mco rpc rpcutil ping --display none 2>err &&
    has err "--display has to be one of '\''ok'\'', '\''all'\'' or '\''failed'\''"'

test_case 'aggregates: a format of its own, and one that cannot be' '
    ddl_new "s/aggregate summary(:value)/aggregate summary(:value, :format => \"%s is the land of %d\")/" &&
    shown >out && has out "is the land of 1" &&
    ddl_new "s/aggregate summary(:value)/aggregate summary(:nosuch)/"
    shown >out; cat out; has out "Could not compute summary"'

test_case 'a value that is empty, nil, nested' '
    ddl_new "" && mco rpc rpcutil get_fact fact=nosuch -I web1 --np >out &&
    has out "   Value: nil" &&
    mco rpc rpcutil get_facts facts=country,size -I web1 --np >out &&
    has out "   Values: {\"country\"=>\"uk\", \"size\"=>\"small\"}"'

test_case 'status 1 shows its data as well' '
    exits 2 mco rpc rpcutil get_config_item item=nosuch -I web1 --np >out &&
    has out "web1                                     Request Aborted" &&
    has out "   Unknown config property nosuch" && has out "   Property: nosuch" &&
    lacks out "Value: nil"'

test_case 'verbose: one line a host, the data, and the long figures' '
    exits 0 mco rpc rpcutil get_fact fact=country -I web1 -v --np >out 2>err && cat out &&
    has out "web1                                    : OK" && matches out "^    \{.*uk" &&
    has out "---- rpcutil#get_fact call stats ----" &&
    has out "           Nodes: 1 / 1" && has out "     Pass / Fail: 1 / 0" &&
    matches out "^      Start Time: ....-..-.. ..:..:.. [+-]....\$" &&
    matches out "^  Discovery Time: [0-9.]+ms\$" && matches out "^      Agent Time: " &&
    matches out "^      Total Time: "'

test_case 'an input that the DDL refuses is an error before the network' '
    exits 1 mco rpc rpcutil get_fact fact="a b" -I web1 2>err && has err "fact" &&
    lacks fleet/web1/log "a b"'

test_case 'a required input that is missing' '
    exits 1 mco rpc rpcutil get_fact -I web1 2>err &&
    has err "Action get_fact needs a fact argument"'

test_case 'an action that the DDL does not declare' '
    exits 1 mco rpc rpcutil frob -I web1 2>err &&
    has err "Attempted to call action frob for rpcutil but it'\''s not declared in the DDL"'

test_case 'an agent without DDL' '
    exits 1 mco rpc nosuch frob -I web1 2>err &&
    has err "Can'\''t find DDL for agent plugin '\''nosuch'\''"'

test_case 'a DDL that is broken names its file' '
    echo "metadata :name => " >client/agent/broken.ddl &&
    exits 1 mco rpc broken frob -I web1 2>err; cat err; has err "$tmp/client/agent/broken.ddl"'

test_case 'a DDL that opens files or starts programs gets nowhere' '
    printf "File.write(\"$tmp/owned\", \"x\")\n\`touch $tmp/owned\`\n" >client/agent/evil.ddl &&
    exits 1 mco rpc evil frob -I web1 2>err; [ ! -e owned ]'

test_case 'a DDL that never ends does not hold the client' '
    echo "loop { }" >client/agent/endless.ddl &&
    exits 1 mco rpc endless frob -I web1 2>err; cat err; has err endless'

test_done
