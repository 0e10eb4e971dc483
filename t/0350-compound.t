#!/bin/sh
# Compound filters (-S): on the command line, on the wire and on real nodes; what
# describe_filter says about them.
# shellcheck disable=SC2016,SC2034 # texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
FLEET_EXTRA='loglevel = debug'
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
fleet_node_yum web1 'country=uk mem=1024 customer=acme' 'apache mysql::master common' \
    'zsh 0 4.2.6 3.el5 i386'
fleet_node_yum web2 'country=de mem=512' 'apache common'
fleet_node_yum db1 'country=uk mem=2048' 'mysql::master common'
fleet_wait || exit 1
printf 'ten bytes\n' >file

# selects 'NAME...' EXPRESSION [OPTION...]: exactly these. Nobody waits for answers: the
# request is followed into the log of each node, which says what became of it there.
selects()
{
    selects_names=$1
    shift
    mco rpc rpcutil ping --nr -S "$@" >asked 2>err || { cat err; return 1; }
    selects_id=$(sed -n 's/^Request sent with id: //p' asked)
    [ -n "$selects_id" ] || { cat asked err; return 1; }
    selects_got=
    for selects_node in db1 web1 web2; do
        fleet_log_wait "$selects_node" "verdict=[a-z_]+ id=$selects_id" || return 1
        if grep -q "request finished: verdict=ok id=$selects_id" "$FLEET/$selects_node/log"; then
            selects_got="$selects_got $selects_node"
        else
            grep "id=$selects_id" "$FLEET/$selects_node/log"
        fi
    done
    is "${selects_got# }" "$selects_names" && is "$(cat err)" ''
}

# refuses EXPRESSION WORDS: exit 1, nothing is asked
refuses()
{
    exits 1 mco find --dt 1 -S "$1" >found 2>err && is "$(cat found)" '' && has err "$2"
}

# --- nodes ---------------------------------------------------------------

test_case 'a class' 'selects "web1 web2" apache'
test_case 'a pattern of classes' 'selects "db1 web1" "/^mysql/"'
test_case 'and, or, not and parentheses' '
    selects "web1" "apache and country=uk" &&
    selects "db1 web1 web2" "apache or country=uk" &&
    selects "web2" "apache and not country=uk" &&
    selects "db1" "!apache" &&
    selects "db1 web2" "not (apache and country=uk)"'
test_case 'and binds before or' '
    selects "db1 web2" "country=de or country=uk and mem=2048" &&
    selects "db1" "(country=de or country=uk) and mem=2048"'
test_case 'facts: order, patterns, quotes, blanks' '
    selects "db1 web1" "mem>512" && selects "db1 web1" "mem > 512" &&
    selects "db1" "mem>=2048" && selects "web2" "country=/^d/" &&
    selects "web1" "customer = \"acme\""'
test_case 'a missing fact does not match, so not matches it' '
    selects "web1" "customer=acme" && selects "db1 web2" "not customer=acme"'
test_case 'fstat: text, number, pattern' '
    selects "db1 web1 web2" "fstat('\''$tmp/file'\'').type=file" &&
    selects "db1 web1 web2" "fstat('\''$tmp/file'\'').size>9" &&
    selects "" "fstat('\''$tmp/file'\'').size>0xa" &&
    selects "db1 web1 web2" "fstat('\''$tmp/file'\'').mode=/^100/ and fstat('\''$tmp/none'\'').present=0"'
test_case 'process: a pattern of command lines' '
    selects "db1 web1 web2" "process('\''mcollectived .*web1/server.cfg'\'').exists=true" &&
    selects "" "process('\''^no such process'\'').exists=true" &&
    selects "db1 web1 web2" "not process('\''^no such process'\'').exists=true"'
test_case 'sysctl: text and number' '
    selects "db1 web1 web2" "sysctl('\''kernel.ostype'\'').value=Linux" &&
    selects "db1 web1 web2" "sysctl('\''kernel.pid_max'\'').value>300" &&
    selects "" "sysctl('\''no.such'\'').value=1"'
test_case 'package: of each node by its own manager' '
    selects "web1" "package('\''zsh'\'').installed=true" &&
    selects "web1" "package('\''zsh'\'').status=/^4\.2/" &&
    selects "web2" "package('\''zsh'\'').status=absent and not country=uk"'
test_case 'a question that fails or takes too long makes the node drop the request' '
    : >"$FLEET/web1/hang"; selects "db1 web2" "package('\''zsh'\'').status=absent"
    r=$?; fleet_log_wait web1 "Data plugin package_data timed out on query .zsh." || r=1
    rm "$FLEET/web1/hang"; [ $r = 0 ] &&
    selects "" "process('\''['\'').exists=true"'
test_case 'the same by get_data, which says what is wrong' '
    exits 0 mco rpc rpcutil get_data source=package query=zsh -I web1 -j >out &&
    has out "\"installed\":true" && has out "\"status\":\"4.2.6-3.el5\"" &&
    exits 0 mco rpc rpcutil get_data source=process query=mcollectived -I web1 -j >out &&
    has out "\"exists\":true" &&
    exits 2 mco rpc rpcutil get_data source=sysctl query=../version -I web1 -j >out &&
    has out "cannot be the name of a kernel parameter"'
test_case 'fact, agent and collective' '
    selects "db1 web1" "fact('\''country'\'').value=uk" &&
    selects "" "fact('\''mem'\'').value>10" &&
    selects "db1 web1 web2" "fact('\''nosuch'\'').exists=false" &&
    selects "db1 web1 web2" "agent('\''rpcutil'\'').version=/^[0-9]/" &&
    selects "db1 web1 web2" "collective('\''mcollective'\'').member=true"'
test_case 'an agent that is not there makes the node drop the request' '
    selects "" "common or agent('\''nosuch'\'').version=1"'
test_case 'two expressions must both be true' 'selects "web1" apache -S country=uk'
test_case 'together with other filters' '
    selects "web1" "country=uk" -C apache && selects "db1" "country=uk" -I /^db/ &&
    selects "" "country=de" -F country=uk'
test_case 'named nodes are asked, not taken' '
    exits 1 mco find --dt 1 -S "country=de" -I web1 >found && is "$(cat found)" "" &&
    exits 0 mco find --dt 20 --limit 1 -S "country=de" -I web1 -I web2 >found && is "$(cat found)" web2'
test_case 'a request and its answers' '
    exits 0 mco rpc rpcutil get_fact fact=country --dt 20 --limit 1 -j -S "not apache" >out &&
    has out "\"sender\":\"db1\"" && lacks out web'
test_case 'ping' '
    mco ping -t 20 -S "not apache" >out & asks=$!
    fleet_file_wait out "^db1 +time=" 1 20 $asks && kill $asks && lacks out web'
test_case 'discovery is by mc, and longer by each data function' '
    exits 0 mco find -v --nodes /dev/null --dt 1 --limit 3 \
        -S "fstat('\''/x'\'').present=0 and fstat('\''/y'\'').present=0" >found 2>err &&
    has err "Discovering hosts using the mc method for 3 second(s) .... 3"'

# --- the command line ----------------------------------------------------

test_case 'a bad token is named with its column' '
    refuses "apache and foo(bar)" "Malformed token(s) found while parsing -S input apache and foo(bar): '\''foo(bar)'\'' at column 12: a data function is written f('\''x'\'').y=1" &&
    refuses "apache or foo((" "'\''foo(('\'' at column 11: the ) of this data function is missing"'
test_case 'so is what stands in the wrong place' '
    refuses "apache mysql" "Parse errors found while parsing -S input apache mysql: '\''mysql'\'' at column 8"'
test_case 'and a parenthesis without the other one' '
    refuses "(apache" "Missing parenthesis found while parsing -S input (apache: '\''('\'' at column 1"'
test_case 'an unknown data plugin' '
    refuses "nosuch('\''x'\'').y=1" "find DDL for data plugin"'
test_case 'an output that the plugin does not have' '
    refuses "fstat('\''/x'\'').zork=1" "Data plugin '\''fstat()'\'' does not return a '\''zork'\'' value" &&
    refuses "fstat('\''/x'\'')=1" "does not return"'
test_case 'an argument that the plugin does not take' '
    refuses "agent('\''a-b'\'').version=1" "query" && refuses "fstat().present=1" "query"'
test_case 'what nodes would misread' '
    refuses "country!=uk" "write fact=value" && refuses "country==uk" "not"'

# --- describe_filter -----------------------------------------------------

cat >wanted <<'END'
-F filter expands to the following fact comparisons:

  Check if fact 'country' == 'uk'

-C filter expands to the following class checks:

  Check if class 'apache' is present on the host

-S Query expands to the following instructions:

  (
    Check if fact 'country' = 'uk'
    OR
    Check if class 'apache' is present on the host
  )
  AND
  NOT
END
printf '%s  \n\n' "  Execute the Data Query 'fstat' with parameters (/etc/rsyslog.conf). Check if the query's 'md5' value =~ '(?-mix:ab)'" >>wanted
test_case 'describe_filter' '
    exits 0 env HOME="$tmp/nohome" "$MC_BIN/mco" describe_filter -F country=uk -C apache \
        -S "(country=uk or apache) and not fstat('\''/etc/rsyslog.conf'\'').md5=/ab/" \
        -S other >out && same wanted out'
test_case 'describe_filter: groups in groups, a function without argument' '
    exits 0 "$MC_BIN/mco" describe_filter -S "a and (b or (c and x().y>2))" >out &&
    has out "        Execute the Data Query '\''x'\''. Check if the query'\''s '\''y'\'' value > '\''2'\''  "'
test_case 'describe_filter: nothing to describe' '
    exits 0 "$MC_BIN/mco" describe_filter >out && is "$(cat out)" ""'
test_case 'describe_filter: a filter that cannot be parsed' '
    exits 1 "$MC_BIN/mco" describe_filter -S "a b" 2>err && has err "at column 3" &&
    exits 1 "$MC_BIN/mco" describe_filter -F x 2>err && has err "Could not parse fact x"'
test_done
