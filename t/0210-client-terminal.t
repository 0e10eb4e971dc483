#!/bin/sh
# What a person at a terminal sees: the bar, colours, and what goes to a pipe instead;
# JSON for programs.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
fleet_node web1 'country=uk' 'apache'
fleet_node web2 'country=de' ''
fleet_node web3 'country=us' ''
fleet_wait || exit 1
cd "$tmp" || exit 1
esc=$(printf '\033')
unset NO_COLOR COLUMNS LINES
{ cat "$FLEET_CONFIG"; echo 'color = 0'; } >plain.cfg
{ cat "$FLEET_CONFIG"; echo 'color = 1'; } >color.cfg
all='-I web1 -I web2 -I web3'
equals='============================================================'

tty()
{
    "$MC_TOP/t/lib/tty" "$@"
}

# rpc CONFIG WORDS...
rpc()
{
    rpc_config=$1
    shift
    "$MC_BIN/mco" rpc -c "$rpc_config" "$@"
}

test_case 'on 100 columns the last bar is 60 "=" with a green mark' '
    exits 0 tty 100 "$MC_BIN/mco" rpc -c "$FLEET_CONFIG" rpcutil ping $all >out &&
    tr "\r" "\n" <out | grep " \] 3 / 3" | head -n 1 >bar &&
    is "$(cat bar)" " ${esc}[32m*${esc}[0m [ $equals> ] 3 / 3" && is "${#equals}" 60'

test_case 'it starts empty, with a running mark in red' '
    tr "\r" "\n" <out | grep " \] 0 / 3" | head -n 1 >bar && blanks=$(printf "%60s" "") &&
    is "$(cat bar)" " ${esc}[31m|${esc}[0m [ >$blanks ] 0 / 3" &&
    tr "\r" "\n" <out | grep -c " \] [0-3] / 3" >count && is "$(cat count)" 4'

test_case 'on 40 columns it has 18' '
    exits 0 tty 40 "$MC_BIN/mco" rpc -c plain.cfg rpcutil ping $all >out &&
    tr "\r" "\n" <out | grep " \] 3 / 3" | head -n 1 >bar &&
    is "$(cat bar)" " * [ ==================> ] 3 / 3"'

test_case 'on a narrow one, and in a pipe, only numbers' '
    exits 0 tty 20 "$MC_BIN/mco" rpc -c plain.cfg rpcutil ping -I web1 >out &&
    tr "\r" "\n" <out >lines && has lines "1 / 1" && lacks lines "=>" &&
    exits 0 rpc "$FLEET_CONFIG" rpcutil ping -I web1 >out &&
    is "$(head -n 2 out | tail -n 1)" "$(printf "\r0 / 1\r1 / 1")"'

test_case '--np: no bar' '
    exits 0 tty 100 "$MC_BIN/mco" rpc -c plain.cfg rpcutil ping -I web1 --np >out &&
    lacks out "=>" && lacks out " ] "'

test_case 'Request Aborted is red and its message yellow on a terminal' '
    exits 2 tty 100 "$MC_BIN/mco" rpc -c "$FLEET_CONFIG" rpcutil get_config_item item=nosuch \
        -I web1 >out && has out "${esc}[31mRequest Aborted${esc}[0m" &&
    has out "${esc}[33mUnknown config property nosuch${esc}[0m"'

test_case 'no colours in a pipe' '
    exits 2 rpc "$FLEET_CONFIG" rpcutil get_config_item item=nosuch -I web1 >out &&
    has out "Request Aborted" && lacks out "$esc"'

test_case 'color = 1: in a pipe as well' '
    exits 2 rpc color.cfg rpcutil get_config_item item=nosuch -I web1 >out &&
    has out "${esc}[31mRequest Aborted${esc}[0m" &&
    has out "${esc}[33mUnknown config property nosuch${esc}[0m"'

test_case 'color = 0: not on a terminal either' '
    exits 2 tty 100 "$MC_BIN/mco" rpc -c plain.cfg rpcutil get_config_item item=nosuch -I web1 >out &&
    has out "Request Aborted" && lacks out "$esc"'

test_case 'NO_COLOR switches them off where nothing is configured' '
    NO_COLOR=1 exits 2 tty 100 env NO_COLOR=1 "$MC_BIN/mco" rpc -c "$FLEET_CONFIG" rpcutil \
        get_config_item item=nosuch -I web1 >out && has out "Request Aborted" && lacks out "$esc"'

test_case 'the count of hosts is green when all answered, red when not' '
    exits 0 rpc color.cfg rpcutil ping $all --np >out &&
    matches out "Finished processing .\[32m3" &&
    exits 0 rpc color.cfg rpcutil ping -I web1 -I gone.my.net -t 1 --np >out &&
    matches out "Finished processing .\[31m1" && has out "${esc}[31mNo response from:${esc}[0m"'

test_case 'the discovery line goes to stderr, with the count' '
    exits 0 rpc "$FLEET_CONFIG" rpcutil ping --dt 1 --np >out 2>err &&
    is "$(cat err)" "Discovering hosts using the mc method for 1 second(s) .... 3" &&
    lacks out Discovering'

test_case 'a node that sends terminal codes cannot act on the terminal' '
    fleet_node evil "country=x" "" && printf "%s\n" "---" "title: \"\\e]0;owned\\a\\e[2J\"" \
        >fleet/evil/facts.yaml && fleet_log_wait evil "connected to the broker" &&
    exits 0 tty 100 "$MC_BIN/mco" rpc -c plain.cfg rpcutil get_fact fact=title -I evil >out
    code=$?; mc_proc_end "$(fleet_pid evil)"; cat -v out; is $code 0 &&
    has out "owned" && lacks out "$esc"'

# --- JSON --------------------------------------------------------------------

test_case '-j: one line of the six fields, nothing else on either stream' '
    exits 0 rpc "$FLEET_CONFIG" rpcutil get_fact fact=country $all --sort -j >out 2>err &&
    is "$(cat err)" "" && is "$(wc -l <out)" 1 && printf "[%s,%s,%s]\n" \
        "$(for pair in web1=uk web2=de web3=us; do
            printf "%s%s" "$comma" "{\"agent\":\"rpcutil\",\"action\":\"get_fact\",\"sender\":\"${pair%=*}\",\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{\"fact\":\"country\",\"value\":\"${pair#*=}\"}}"
            comma=,
        done)" | sed "s/,,\]/]/" >wanted && same wanted out'

test_case '-j of a failure: status and message of the node, exit 2' '
    exits 2 rpc "$FLEET_CONFIG" rpcutil get_config_item item=nosuch -I web1 -j >out &&
    has out "\"sender\":\"web1\",\"statuscode\":1,\"statusmsg\":\"Unknown config property nosuch\"," &&
    has out "\"item\":\"nosuch\""'

test_case '-j on a terminal is indented' '
    exits 0 tty 100 "$MC_BIN/mco" rpc -c "$FLEET_CONFIG" rpcutil ping -I web1 -j >out &&
    has out "    \"sender\": \"web1\","'

test_case '-j with nobody: an empty list, exit 1' '
    exits 1 rpc "$FLEET_CONFIG" rpcutil ping -F country=nosuch --dt 1 -j >out 2>err &&
    is "$(cat out)" "[]" && has err "No request sent"'

test_case '-j is JSON for any parser' '
    exits 0 rpc "$FLEET_CONFIG" rpcutil inventory $all -j >out &&
    perl -MJSON::PP -e "local \$/; my \$d = decode_json(<STDIN>); exit(@\$d == 3 ? 0 : 1)" <out'

test_case '-v with -j changes nothing but the notices' '
    exits 0 rpc "$FLEET_CONFIG" rpcutil get_fact fact=country -I web1 -j >one &&
    exits 0 rpc "$FLEET_CONFIG" rpcutil get_fact fact=country -I web1 -j -v >two 2>err && same one two'

test_done
