#!/bin/sh
# The filemgr agent on real nodes: files of allowed folders, and no way out of them.
# shellcheck disable=SC2016,SC2034,SC2154 # texts of cases; $tmp is of tap.sh
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
mkdir -p open/sub elsewhere && echo secret >elsewhere/secret && ln -s ../elsewhere open/way &&
    ln -s ../elsewhere/secret open/link
fleet_node open1 '' '' "plugin.filemgr.allow = $tmp/open" "plugin.filemgr.touch_file = $tmp/t1"
fleet_node open2 '' '' "plugin.filemgr.allow = $tmp/open" "plugin.filemgr.touch_file = $tmp/t2"
fleet_node shut1 '' '' "plugin.filemgr.touch_file = $tmp/t3"
fleet_wait || exit 1
masked()
{
    sed -e 's/in [0-9.]* ms/in N ms/' "$@"
}

test_case 'touch is what is done without a word; nobody is shown, all is well' '
    exits 0 mco filemgr -f "$tmp/open/new" -I open1 -I open2 --np >out && cat out &&
    [ -e open/new ] && [ ! -s open/new ] && is "$(grep -v "^$" out | masked)" "Finished processing 2 / 2 hosts in N ms"'
test_case 'status: a line for each node, in 40 columns' '
    echo 1234567 >open/new && exits 2 mco filemgr --file "$tmp/open/new" status --dt 1 --np --sort >out && cat out &&
    printf "%-40s: %s\n" open1 present open2 present shut1 \
        "'\''$tmp/open/new'\'' is not in a folder that is allowed; plugin.filemgr.allow names those" \
        >wanted && head -3 out | same wanted - && has out "Finished processing 3 / 3 hosts in"'
test_case 'status -d: all of it, as the DDL names it' '
    sum=$(md5sum <open/new) && exits 0 "$MC_BIN/mc-filemgr" -c "$FLEET_CONFIG" -f "$tmp/open/new" -d status -I open1 --np >out &&
    cat out && matches out "^ +MD5: ${sum%% *}\$" && matches out "^ +Size: 8\$" && matches out "^ +Mode: 100644\$" &&
    matches out "^ +Type: file\$" && matches out "^ +Present: 1\$" && matches out "^ +Status: present\$" &&
    matches out "^ +Modification time: $(date -r open/new +"%Y-%m-%d %H:%M:%S")" &&
    matches out "^ +Modification time: $(date -r open/new +%s)\$"'
test_case 'remove, and again: it is not present; the status of what is not there' '
    exits 0 mco filemgr -f "$tmp/open/new" remove -I open1 --np >out && [ ! -e open/new ] &&
    exits 2 mco filemgr -f "$tmp/open/new" remove -I open1 --np >out && cat out &&
    has out "Could not remove file '\''$tmp/open/new'\'' - it is not present" &&
    exits 2 mco filemgr -f "$tmp/open/new" status -I open1 --np >out &&
    is "$(head -1 out)" "$(printf "%-40s: not present" open1)"'
test_case 'the default file is always allowed' '
    exits 0 mco rpc filemgr touch -I shut1 -I open1 --np >out && [ -e t1 ] && [ -e t3 ] &&
    exits 0 mco rpc filemgr remove -I shut1 --np >out && [ ! -e t3 ]'
test_case 'dirlist: the names of a folder' '
    exits 0 mco rpc filemgr status file="$tmp/open" dirlist=true -I open1 -j >out && cat out &&
    has out "\"dir_listing\":[\"link\",\"sub\",\"way\"]" && has out "\"type\":\"directory\""'
test_case 'no way out: "..", links on the way and at its end' '
    for file in "$tmp/elsewhere/secret" "$tmp/open/../elsewhere/secret" "$tmp/open/way/secret" \
        "$tmp/open/sub/../../elsewhere/secret" "$tmp/t1/../elsewhere/secret" elsewhere/secret /etc/passwd; do
        for verb in touch remove status; do
            exits 2 mco filemgr -f "$file" $verb -I open1 --np >out || { cat out; exit 1; }
            grep -q "plugin.filemgr.allow names those\|leads through a symbolic link" out || { cat out; exit 1; }
        done
    done
    exits 2 mco filemgr -f "$tmp/open/link" touch -I open1 --np >out && has out "it is a symbolic link" &&
    exits 0 mco filemgr -f "$tmp/open/link" remove -I open1 --np >out && [ ! -L open/link ] &&
    is "$(cat elsewhere/secret)" secret'
# The file is long and without blocks on the disk: it takes longer than the time of the agent.
truncate -s 200G open/long
test_case 'a file that takes too long: the others are served meanwhile, and it ends' '
    mco rpc filemgr status file="$tmp/open/long" -I open1 -j >long 2>&1 & slow=$!
    exits 0 mco rpc rpcutil ping -I open1 -j -t 2 >out || { cat out; exit 1; }
    exits 0 mco filemgr -f "$tmp/open/sub" status -I open1 --np >out && wait $slow
    cat long; has long "\"statuscode\":5"'
rm -f open/long
test_case 'wrong words' '
    exits 1 mco filemgr status 2>err && has err "The file option is mandatory" &&
    exits 1 mco filemgr -f /x list 2>err && has err "Valid commands are '\''touch'\'', '\''status'\'', and '\''remove'\''" &&
    exits 1 mco filemgr -f "$(printf "%0300d" 0)" 2>err && has err file'
test_done
