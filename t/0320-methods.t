#!/bin/sh
# Discovery methods: standard input, files, programs of the user, and what chooses them
# (commands.md 1.5).
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
for n in 1 2 3; do
    fleet_node "web$n" "country=uk rank=$n" 'apache'
done
fleet_wait || exit 1
mkfifo fifo
printf 'web2\n\n# web1\nweb3\n' >nodes
{ cat "$FLEET_CONFIG"; echo 'default_discovery_method = flatfile'; \
    echo "default_discovery_options = $tmp/nodes"; } >flatfile.cfg
{ cat "$FLEET_CONFIG"; echo 'default_discovery_method = nosuch'; } >nosuch.cfg
{ cat "$FLEET_CONFIG"; echo 'direct_addressing = 0'; } >broadcast.cfg

senders()
{
    grep -o '"sender":"[^"]*"' "$1" | cut -d'"' -f4 | sort | tr '\n' ' '
}

# script NAME: a discovery program from standard input
script()
{
    cat >"$1" && chmod 755 "$1"
}

# --- standard input ----------------------------------------------------------

test_case 'rpc takes names from a pipe' '
    echo web2 | exits 0 mco rpc rpcutil ping -j >out && is "$(senders out)" "web2 "'
test_case 'blank lines and comments are skipped' '
    exits 0 mco rpc rpcutil ping -j <nodes >out && is "$(senders out)" "web2 web3 "'
test_case 'find takes them too, and -I narrows them' '
    is "$(mco find <nodes | tr "\n" " ")" "web2 web3 " && is "$(mco find -I /3/ <nodes)" web3'
test_case 'the discovery line says stdin' '
    exits 0 mco rpc rpcutil ping <nodes >out 2>err &&
    has err "Discovering hosts using the stdin method .... 2"'
test_case 'one mco feeds the next, and that one a third' '
    mco rpc rpcutil ping -F rank=/[23]/ --dt 1 -j | mco rpc rpcutil get_fact fact=rank -j |
        exits 0 mco rpc rpcutil ping -I /2/ -j >out && is "$(senders out)" "web2 "'
test_case 'the first one may take longer than the second would wait' '
    mco rpc rpcutil ping --dt 3 -j | exits 0 mco rpc rpcutil ping --dt 1 -j >out &&
    is "$(senders out)" "web1 web2 web3 "'
test_case 'a first one that fails leaves nobody for the next' '
    mco rpc rpcutil nosuch -j 2>err | { mco rpc rpcutil ping -j >out 2>err2; is $? 1; } &&
    is "$(cat out)" "[]" && has err2 "we did not discover any nodes"'
test_case 'names of certificates, as other tools print them' '
    echo "[{\"certname\": \"web1\"}, {\"certname\": \"web1\"}]" |
        exits 0 mco rpc rpcutil ping -j >out && is "$(senders out)" "web1 "'
test_case 'nothing but blanks is an error' '
    printf "\n \n" >blank; exits 1 mco rpc rpcutil ping <blank 2>err &&
    has err "data piped on STDIN contained only whitespace - could not discover hosts from it."'
test_case 'so are names that cannot be' '
    printf "web1\nweb 2\n" >bad; exits 1 mco rpc rpcutil ping <bad 2>err &&
    has err "STDIN:2: Identities can only match /^[\\w\\.\\-]+\$/"'
test_case 'and JSON that is none' '
    echo "[{" >bad; exits 1 mco rpc rpcutil ping <bad 2>err && has err "STDIN: "'
test_case 'fact and class filters are refused' '
    exits 1 mco rpc rpcutil ping -F rank=1 <nodes 2>err &&
    has err "Cannot use fact filters while using the '\''stdin'\'' discovery method" &&
    exits 1 mco rpc rpcutil ping -C apache <nodes 2>err &&
    has err "Cannot use class filters while using the '\''stdin'\'' discovery method"'
test_case '--do says what it is' '
    exits 1 mco find --dm stdin --do json <nodes 2>err &&
    exits 1 mco find --dm stdin --do yaml <nodes 2>err &&
    has err "stdin discovery plugin only knows the types auto/text/json, not \"yaml\""'
test_case 'a pipe that stays open and silent is waited for with a limit' '
    exec 9<>fifo; exits 1 mco rpc rpcutil ping --dt 1 <&9 2>err; code=$?; exec 9<&-
    cat err; is $code 0 && has err "standard input is a pipe from which nothing came"'
test_case 'also when standard input was asked for' '
    exec 9<>fifo; exits 1 mco find --dm stdin --dt 1 <&9 2>err; code=$?; exec 9<&-
    is $code 0 && has err "nothing came on STDIN within 1 seconds"'
test_case 'an empty pipe, /dev/null and a closed one mean all nodes' '
    is "$(: | mco find --dt 1 | wc -l)" 3 && is "$(mco find --dt 1 </dev/null | wc -l)" 3 &&
    is "$(mco find --dt 1 <&- | wc -l)" 3'
test_case 'a method that was asked for wins' '
    is "$(mco find --dm mc --dt 1 <nodes | wc -l)" 3'
test_case 'other commands leave standard input alone' '
    exits 0 mco ping --dt 1 -t 1 <nodes >out && has out "3 replies"'

# --- configuration and options -------------------------------------------------

test_case 'method and options of the configuration' '
    is "$("$MC_BIN/mco" find -c flatfile.cfg | tr "\n" " ")" "web2 web3 " &&
    exits 0 "$MC_BIN/mco" rpc -c flatfile.cfg rpcutil ping >out 2>err &&
    has err "Discovering hosts using the flatfile method .... 2"'
test_case 'another method forgets the options of the configured one' '
    exits 1 "$MC_BIN/mco" find -c flatfile.cfg --dm flatfile 2>err &&
    has err "The flatfile discovery method needs a path to a text file"'
test_case '--do alone keeps the configured method' '
    echo web1 >other && is "$("$MC_BIN/mco" find -c flatfile.cfg --do other)" web1'
test_case 'an unknown method, asked for or configured' '
    exits 1 mco find --dm nosuch 2>err && has err "Unknown discovery method nosuch" &&
    exits 1 "$MC_BIN/mco" find -c nosuch.cfg 2>err && has err "Unknown discovery method nosuch"'
test_case 'corner case 94: options of the environment, --nodes alone, the main collective' '
    echo web1 >one && { cat "$FLEET_CONFIG"; echo "collectives = mcollective, other"
        echo "main_collective = other"; } >other.cfg
    is "$(MCOLLECTIVE_EXTRA_OPTS="--nodes one" mco find)" web1 &&
    is "$(MCOLLECTIVE_EXTRA_OPTS="--nodes one" mco find --nodes nodes | wc -l)" 2 || exit 1
    for more in "--dm mc" "--do x"; do
        exits 1 mco find --nodes nodes $more 2>err &&
        has err "Cannot mix --disc-method, --disc-option and --nodes" || exit 1
        MCOLLECTIVE_EXTRA_OPTS="--nodes one" exits 1 mco find $more 2>err &&
        has err "Cannot mix --disc-method, --disc-option and --nodes" || exit 1
    done
    is "$("$MC_BIN/mco" find -c other.cfg --dt 1 | wc -l)" 0 &&
    is "$("$MC_BIN/mco" find -c other.cfg --dt 1 -T mcollective | wc -l)" 3'
test_case 'a file that is not there' '
    exits 1 mco find --nodes gone 2>err && has err "Cannot read the discovery file gone"'
test_case 'all but mc need direct addressing' '
    for method in stdin flatfile external; do
        exits 1 "$MC_BIN/mco" find -c broadcast.cfg --dm $method --do nodes <nodes 2>err &&
        has err "The $method discovery method needs direct_addressing" || return 1
    done'

# --- programs ----------------------------------------------------------------

test_case 'a program is given the request and answers with nodes' '
    script found <<-\EOF
	#!/bin/sh
	cat >"$0.request"
	printf "%s\n" "$@" >"$0.args"
	echo "{\"protocol\": \"io.choria.choria.discovery.v1.external_reply\", \"nodes\": [\"web3\", \"web1\"]}"
	EOF
    exits 0 mco rpc rpcutil ping --dm external --do "$tmp/found" --do env=prod -F rank=1 \
        -C apache --dt 7 -j >out 2>err && cat err && is "$(senders out)" "web1 web3 " &&
    cat found.request &&
    has found.request "\"protocol\":\"io.choria.choria.discovery.v1.external_request\"" &&
    has found.request "\"collective\":\"mcollective\"" && has found.request "\"timeout\":7" &&
    has found.request "\"options\":{\"env\":\"prod\"}" &&
    has found.request "\"fact\":\"rank\"" &&
    has found.request "\"cf_class\":[\"apache\"]" && has found.request "\"agent\":[\"rpcutil\"]"'
test_case 'a program that opens the files of its arguments and environment works' '
    script files <<-\EOF
	#!/bin/sh
	[ "$1" = "$CHORIA_EXTERNAL_REQUEST" ] && [ "$2" = "$CHORIA_EXTERNAL_REPLY" ] &&
	[ "$3" = "$CHORIA_EXTERNAL_PROTOCOL" ] && grep -q filter "$1" &&
	echo "{\"nodes\": [\"web2\"]}" >"$2"
	EOF
    is "$(mco find --dm external --do command="$tmp/files")" web2'
test_case 'a program is looked for from where the user stands, and runs there' '
    script here <<-\EOF
	#!/bin/sh
	cat answer
	EOF
    echo "{\"nodes\": [\"web3\"]}" >answer && is "$(mco find --dm external --do ./here)" web3'
test_case 'one that hangs is ended with its children and reported' '
    script hangs <<-\EOF
	#!/bin/sh
	tail -f /dev/null & echo $! >"$0.pid"; wait
	EOF
    exits 1 mco find --dm external --do "$tmp/hangs" --dt 1 2>err && cat err &&
    has err "The discovery program $tmp/hangs: did not answer within 1 seconds and was ended" &&
    fleet_until 5 sh -c "! kill -0 $(cat hangs.pid) 2>/dev/null"'
test_case 'rubbish is reported' '
    script rubbish <<-\EOF
	#!/bin/sh
	echo these are my nodes
	EOF
    exits 1 mco find --dm external --do "$tmp/rubbish" 2>err && cat err &&
    has err "The discovery program $tmp/rubbish: the answer: "'
test_case 'so are an error, a failure, and names that cannot be' '
    script error <<-\EOF
	#!/bin/sh
	echo "{\"error\": \"the database is away\"}"
	EOF
    script fails <<-\EOF
	#!/bin/sh
	echo "no password" >&2; exit 3
	EOF
    script names <<-\EOF
	#!/bin/sh
	echo "{\"nodes\": [\"a b\"]}"
	EOF
    exits 1 mco find --dm external --do "$tmp/error" 2>err && has err "the database is away" &&
    exits 1 mco find --dm external --do "$tmp/fails" 2>err && has err "exit code 3: no password" &&
    exits 1 mco find --dm external --do "$tmp/names" 2>err && has err "Identities can only match"'
test_case 'one that is not there, and none at all' '
    exits 1 mco find --dm external --do "$tmp/gone" 2>err && has err "cannot be run" &&
    exits 1 mco find --dm external 2>err &&
    has err "The external discovery method needs a path to a program"'

test_done
