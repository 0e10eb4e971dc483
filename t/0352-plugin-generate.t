#!/bin/sh
# mco plugin generate: new plugins that load and answer before they are edited
# (commands.md 1.21).
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
chmod 755 "$tmp" # a node that is root runs what root alone can change
umask 022
cd "$tmp" || exit 1
printf 'connector = nats\nplugin.psk = x\n' >client.cfg
{
    cat client.cfg
    echo 'plugin.metadata.author = "Ann" #{A} \'
    echo 'plugin.metadata.license = GPL-3'
    echo 'plugin.metadata.timeout = 33'
} >metadata.cfg

plugin()
{
    "$MC_BIN/mco" plugin -c client.cfg "$@"
}

# doc FOLDER NAME: what the DDL in a folder says
doc()
{
    { cat client.cfg; echo "libdir = $tmp/$1"; } >doc.cfg
    "$MC_BIN/mco" plugin doc -c doc.cfg "$2"
}

# fails TEXT COMMAND...: exit code 1, the words, and nothing made
fails()
{
    fails_text=$1
    shift
    ls >before
    exits 1 "$@" >out 2>err && has err "$fails_text" && touch after && ls >after &&
        rm -f before && sed -i '/^\(before\|after\)$/d' after
}

# answers PROGRAM ACTION DATA: what the program of a new agent answers
answers()
{
    printf '{"protocol":"io.choria.mcorpc.external.v1.rpc_request","action":"%s","data":%s}' \
        "$2" "$3" >request
    CHORIA_EXTERNAL_REQUEST=request CHORIA_EXTERNAL_REPLY=reply \
        CHORIA_EXTERNAL_PROTOCOL=io.choria.mcorpc.external.v1.rpc_request \
        "$1" request reply io.choria.mcorpc.external.v1.rpc_request &&
        tr -d ' \n' <reply
}

test_case 'an agent: what was made is told' '
    exits 0 plugin generate agent hello actions=say,ask >out &&
    is "$(cat out)" "Created plugin directory : hello
Created DDL file : hello/agent/hello.ddl
Created Agent file : hello/agent/hello"'
test_case 'its DDL loads, with what is to be filled in' '
    exits 0 doc hello hello >out && has out "   ask, say" && has out "Author: %AUTHOR%" &&
    has out "Version: %VERSION%" && has out "Description: %DESCRIPTION%"'
if command -v python3 >/dev/null; then
    test_case 'its program answers each action, and refuses others' '
        is "$(answers hello/agent/hello say "{\"message\":\"hi\"}")" \
            "{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{\"message\":\"hi\"}}" &&
        is "$(answers hello/agent/hello ask "{}")" \
            "{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{\"message\":\"askofhello\"}}" &&
        is "$(answers hello/agent/hello nosuch null)" \
            "{\"statuscode\":2,\"statusmsg\":\"Unknownaction\",\"data\":{}}"'
else
    test_skip 'its program answers each action, and refuses others' 'python3 is not here'
fi
test_case 'in shell' '
    exits 0 plugin generate agent shy actions=say,ask --language shell >out && has out jq &&
    sh -n shy/agent/shy && [ -x shy/agent/shy ] && doc shy shy | grep -q "ask, say"'
if command -v jq >/dev/null; then
    test_case 'its program answers too' '
        is "$(answers shy/agent/shy say "{\"message\":\"a \\\"b\\\"\"}")" \
            "{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{\"message\":\"a\\\"b\\\"\"}}" &&
        is "$(answers shy/agent/shy nosuch "{}" | cut -c -44)" \
            "{\"statuscode\":2,\"statusmsg\":\"Unknownaction\","'
else
    test_skip 'its program answers too' 'jq is not here'
fi
test_case 'in Ruby, for the nodes of the original' '
    exits 0 plugin generate agent ruby1 actions=say --language ruby >out &&
    has out "Created Agent file : ruby1/agent/ruby1.rb" && has out "Ruby mcollectived" &&
    has ruby1/agent/ruby1.rb "class Ruby1 < RPC::Agent"'
test_case 'data: its files end in _data, by which they are found' '
    exits 0 plugin generate data weather outputs=temperature,wind >out &&
    has out "Created DDL file : weather/data/weather_data.ddl" &&
    has out "Created Data file : weather/data/weather_data.rb" &&
    exits 0 doc weather data/weather >out && has out "           temperature:" &&
    has out "           wind:"'
test_case 'a name that ends so already stays' '
    exits 0 plugin generate data rain_data --outputs mm >out && has out "rain_data/data/rain_data.ddl"'
test_case 'no name, no actions' '
    exits 0 plugin generate agent >out &&
    has out "No plugin name specified. Using '\''new_plugin'\''" && doc new_plugin new_plugin >out'
test_case 'metadata by option, then by configuration' '
    exits 0 "$MC_BIN/mco" plugin generate agent meta -c metadata.cfg --license MIT \
        --description "100% \"sure\" \\ #{x}" --pluginversion 2.1 --url https://example.net &&
    exits 0 doc meta meta >out && has out "Author: \"Ann\" #{A} \\" && has out "License: MIT" &&
    has out "Timeout: 33" && has out "100% \"sure\" \\ #{x}" && has out "Version: 2.1"'
test_case 'metadata by option wins over the timeout too' '
    exits 0 "$MC_BIN/mco" plugin generate agent late -c metadata.cfg --timeout 7 -n later &&
    doc later later | grep -q "Timeout: 7" && [ ! -e late ]'
test_case 'no configuration is needed' '
    HOME=$tmp exits 0 "$MC_BIN/mco" plugin generate agent bare actions=a >out'

# --- on a node, as they were made -----------------------------------------------

if command -v python3 >/dev/null && command -v jq >/dev/null; then
    fleet_begin "$tmp/fleet" || exit 1
    echo "libdir = $tmp/hello:$tmp/shy" >>"$FLEET_CONFIG"
    fleet_node web1 '' '' "libdir = $tmp/hello:$tmp/shy"
    fleet_wait || exit 1
    test_case 'a node answers all of their actions' '
        for agent in hello shy; do
            exits 0 mco rpc $agent say message="a \"b\"" -I web1 >out && has out "Message: a \"b\"" &&
            exits 0 mco rpc $agent say -I web1 >out && has out "Message: say of $agent" &&
            exits 0 mco rpc $agent ask -I web1 >out && has out "Message: ask of $agent" || exit 1
        done'
else
    test_skip 'a node answers all of their actions' 'python3 or jq is not here'
fi

test_case 'a folder of that name' '
    fails "cannot generate '\''hello'\'' : plugin directory already exists." \
        plugin generate agent hello actions=a'
test_case 'types' '
    fails "valid types are '\''agent'\'' and '\''data'\''" plugin generate &&
    fails "invalid plugin type. cannot generate plugin '\''frob'\''" plugin generate frob x'
test_case 'data without outputs' '
    fails "data plugin must have at least one output" plugin generate data nothing'
test_case 'other words' '
    fails "Could not parse --arg '\''b'\''" plugin generate agent a b &&
    fails "Could not parse --arg '\''outputs=b'\''" plugin generate agent a outputs=b'
test_case 'names and actions that are no words' '
    for name in ../up a/b "a b" "" 1st "\$(id)" "a;b" .hidden "a
b"; do
        fails "is not a word" plugin generate agent --name "$name" actions=a || exit 1
        [ -z "$name" ] || fails "is not a word" plugin generate agent x "actions=$name" || exit 1
    done; ls; [ ! -e x ] && [ ! -e ../up ]'
test_case 'an action twice' 'fails "is there twice" plugin generate agent x actions=a,b,a'
test_case 'metadata of several lines' '
    fails "has to be one line" plugin generate agent x --author "a
b"; [ ! -e x ]'
test_case 'a language that is none' '
    fails "is not one of python, shell, ruby" plugin generate agent x --language cobol &&
    fails "is not one of ruby" plugin generate data x outputs=a --language python'
mkdir ro && chmod 555 ro
if [ "$(id -u)" -ne 0 ]; then
    test_case 'a folder that cannot be written' '
        cd ro && exits 1 "$MC_BIN/mco" plugin generate agent x 2>../err && has ../err "denied"'
fi
test_case 'a full disk leaves nothing behind' '
    [ "$(id -u)" -eq 0 ] || exit 0
    mkdir small && unshare -m sh -c "
        mount -t tmpfs -o nr_inodes=4 none small || exit 77
        cd small && \"$MC_BIN/mco\" plugin generate agent x -c ../client.cfg; echo \$? >../code
        ls >../left" 2>err; [ $? -eq 77 ] && exit 0
    is "$(cat code)" 1 && is "$(cat left)" "" && has err "cannot generate plugin - "'

test_done
