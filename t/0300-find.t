#!/bin/sh
# Discovery: every kind of filter through find, whose output is names and nothing else;
# where facts and classes come from.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
FLEET_EXTRA='loglevel = debug'
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
printf '%s\n' '#!/bin/sh' "echo run >>'$tmp/facter.calls'" \
    "echo '{\"role\": \"db\", \"os\": {\"name\": \"Debian\", \"major\": \"12\"}, \"disks\": [\"sda\", \"sdb\"], \"memory\": 2048}'" \
    >facter
chmod 755 facter
printf '%s\n' '---' 'country: uk' 'customer: acme' 'rank: 1' >one.yaml
printf '%s\n' '---' 'rank: 10' 'tags: [red, green]' 'net:' '  eth0: up' >two.yaml
fleet_node web1 'country=uk mem=1024 version=1.10' 'apache mysql::master common'
fleet_node web2 'country=de mem=512 version=1.9' 'apache common' \
    'plugin.package.activate_agent = 0'
fleet_node db1 '' 'common' 'factsource = facter' "plugin.facter.command = $tmp/facter"
fleet_node yaml1 '' '' "plugin.yaml = $tmp/one.yaml:$tmp/two.yaml"
fleet_node native1 '' '' 'factsource = native'
fleet_wait || exit 1

# lists 'NAME...' OPTION...: mco find prints exactly these, and nothing else
lists()
{
    lists_names=$1
    shift
    mco find "$@" >found 2>err
    lists_code=$?
    cat err
    is "$(sort found | tr '\n' ' ')" "${lists_names:+$lists_names }" &&
        is "$lists_code" "$([ -n "$lists_names" ] && echo 0 || echo 1)" && is "$(cat err)" ''
}

# finds 'NAME...' FILTER...: exactly these. A search ends with the last of them, so that a
# slow machine misses none and nobody waits; that there are no others is seen in the logs
# of all nodes, into which a request with the same filters is followed.
finds()
{
    finds_names=$1
    shift
    if [ -n "$finds_names" ]; then
        lists "$finds_names" --dt 20 --limit "$(echo "$finds_names" | wc -w)" "$@" || return 1
    fi
    mco rpc rpcutil ping --nr "$@" >asked 2>err || { cat err; return 1; }
    finds_id=$(sed -n 's/^Request sent with id: //p' asked)
    [ -n "$finds_id" ] || { cat asked err; return 1; }
    finds_got=
    for finds_node in $fleet_names; do
        fleet_log_wait "$finds_node" "verdict=[a-z_]+ id=$finds_id" || return 1
        grep -q "request finished: verdict=ok id=$finds_id" "$FLEET/$finds_node/log" &&
            finds_got="$finds_got$finds_node
"
    done
    is "$(printf %s "$finds_got" | sort | tr '\n' ' ')" "${finds_names:+$finds_names }"
}

test_case 'all: names, one a line, nothing else on stdout or stderr' '
    finds "db1 native1 web1 web2 yaml1"'
test_case 'they come sorted' 'mco find --dt 20 --limit 5 >found && is "$(wc -l <found)" 5 && sort found | diff - found'
test_case 'nobody: nothing, exit 1' 'lists "" --dt 1 -F country=nosuch'
test_case '-F =' 'finds "web1 yaml1" -F country=uk'
test_case '-F !=' 'finds "web2" -F country!=uk'
test_case '-F with a regular expression' 'finds "web1 web2 yaml1" -F "country=/^(u|d)/"'
test_case '-F =~' 'finds "web2" -F "country=~d"'
test_case '-F numbers compare as numbers' 'finds "web1" -F "mem>512"; '
test_case '-F >= and its other spelling' '
    finds "web1 web2" -F "mem>=512" && finds "web1 web2" -F "mem=>512" && finds web2 -F "mem<=512"'
test_case '-F twice: both must hold' 'finds "yaml1" -F country=uk -F customer=acme'
test_case '-C by name, with and without ::' '
    finds "web1 web2" -C apache && finds "web1" -C mysql::master && finds "" -C mysql'
test_case '-C by regular expression, twice' '
    finds "web1" -C /mysql/ -C common && finds "db1 web1 web2" -C /^comm/'
test_case '-A' 'finds "db1 native1 web1 yaml1" -A package && finds "" -A nosuch'
test_case '-A by regular expression' 'finds "db1 native1 web1 yaml1" -A /pack/'
test_case '-I by regular expression' 'finds "web1 web2" -I /web/'
test_case '-I twice reaches both' 'finds "db1 web1" -I /db1/ -I /web1/'
test_case '-I by name needs no discovery' 'lists "nosuch.my.net" -I nosuch.my.net'
test_case '-W: facts and classes in one' '
    finds "web1" -W "country=uk apache" && finds "web2" -W "/^apa/ country=/de/"'
test_case 'all kinds together' 'finds "web1" -F mem=1024 -C apache -A package -I /^web/'
test_case '-T: a collective that this client does not know' '
    exits 1 mco find -T nosuch 2>err && has err "Unknown collective"'
test_case 'the first release'\''s name of it' '
    exits 0 "$MC_BIN/mc-find-hosts" -c "$FLEET_CONFIG" --dt 20 --limit 1 -C mysql::master >found &&
    is "$(cat found)" web1'
test_case 'verbose: what was done goes to stderr and after the names' '
    exits 0 mco find -v --dt 1 --limit 1 -C mysql::master >found 2>err &&
    has err "Discovering hosts using the mc method for 1 second(s) .... 1" && has found web1'
test_case 'flatfile' '
    printf "web2\n# not web1\n\ndb1\n" >nodes && lists "db1 web2" --nodes nodes &&
    lists "db1" --dm flatfile --do nodes -I /db/'
test_case 'flatfile with another filter is refused' '
    exits 1 mco find --nodes nodes -F country=uk 2>err && has err "flatfile"'

# --- facts ---------------------------------------------------------------

test_case 'YAML facts of several files, the later ones win' '
    finds "yaml1" -F rank=10 && finds "yaml1" -F customer=acme && finds "" -F rank=1'
test_case 'a list fact: any element; a hash fact: any key' '
    finds "yaml1" -F tags=green && finds "yaml1" -F net=eth0 && finds "" -F tags=blue'
test_case 'facts of the facter command' '
    finds "db1" -F role=db && finds "db1" -F disks=sdb && finds db1 -F memory=2048'
test_case 'facter is run once, its answer is kept' '
    finds "db1" -F role=db && is "$(wc -l <facter.calls)" 1'
test_case 'native facts are there without any configuration' '
    finds "native1" -F kernel=Linux &&
    exits 0 mco rpc rpcutil get_facts facts=kernel,architecture,hostname -I native1 -j >out &&
    has out "\"kernel\":\"Linux\"" && has out "\"architecture\":\"" && lacks out "\"hostname\":null"'
test_case 'a changed YAML file counts, with the cache off' '
    printf "%s\n" "---" "rank: 1" >fresh.yaml &&
    fleet_node fresh1 "" "" "plugin.yaml = $tmp/fresh.yaml" "fact_cache_time = 0" &&
    fleet_log_wait fresh1 "connected to the broker" && finds fresh1 -F rank=1 &&
    printf "%s\n" "---" "rank: 22" >fresh.yaml && finds fresh1 -F rank=22;
    code=$?; mc_proc_end "$(fleet_pid fresh1)"; is $code 0'
test_case 'a YAML file that is broken: the last facts stay, the log says so' '
    printf "%s\n" "---" "rank: 7" >broken.yaml &&
    fleet_node broken1 "" "" "plugin.yaml = $tmp/broken.yaml" "fact_cache_time = 0" &&
    fleet_log_wait broken1 "connected to the broker" && finds broken1 -F rank=7 &&
    printf "%s\n" "---" "rank: [7" >broken.yaml && finds broken1 -F rank=7 &&
    fleet_log_wait broken1 "facts could not be loaded.*broken.yaml"
    code=$?; mc_proc_end "$(fleet_pid broken1)"; is $code 0'

# --- classes ---------------------------------------------------------------

test_case 'the classes file is read anew at each question' '
    finds "" -C fresh_class && echo fresh_class >>fleet/web2/classes.txt &&
    finds "web2" -C fresh_class'
test_case 'a classes file that is not there is no classes' '
    rm fleet/db1/classes.txt && finds "web1 web2" -C common'

# --- inventory and facts ------------------------------------------------------

test_case 'mco facts: values with counts, sorted' '
    exits 0 mco facts country --dt 1 >out && cat out &&
    matches out "^        de {38} found 1 times\$" && matches out "^        uk {38} found 2 times\$"'
test_case 'mco facts -v names the hosts' '
    exits 0 mco facts country -v --dt 1 >out && has out "            web1" &&
    has out "            yaml1"'
test_case 'mco facts of nothing' '
    exits 1 mco facts 2>err && has err "Please specify a fact to report for"'
test_case 'mco inventory' '
    exits 0 mco inventory web1 >out && cat out && has out "Inventory for web1:" &&
    has out "   Server Statistics:" && matches out "^ +Process ID: $(fleet_pid web1)\$" &&
    has out "   Agents:" && matches out "^      discovery       [a-z]" &&
    matches out "^ .* package " &&
    matches out "^ .* rpcutil " &&
    has out "mysql::master" && has out "      country => uk"'
test_case 'mco inventory of a node that is not there' '
    exits 1 mco inventory gone.my.net -t 1 2>err &&
    has err "Did not receive any results from node gone.my.net"'
test_case 'mco help, and of a command' '
    exits 0 mco help >out && has out inventory && has out package; mco help rpc >out;
    has out "--with-fact"'

test_done
