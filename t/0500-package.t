#!/bin/sh
# Packages on three nodes, each with a package manager of its own that is a script: the
# transcripts of the first release, line by line, and what happens when things differ.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
zsh='zsh 0 4.2.6 3.el5 i386'
fleet_node_yum web1.my.net 'country=uk role=hung' ''
fleet_node_yum web2.my.net 'country=uk' '' "$zsh"
fleet_node_yum web3.my.net 'country=de' '' "$zsh"
fleet_wait || exit 1
cd "$tmp" || exit 1
packages=$MC_BIN/mc-package

# The transcript as the seed has it: what a terminal shows in the end, without colours,
# runs of blanks collapsed, no empty lines, hosts in order, times and counts masked.
seed_form()
{
    sed "s/\\x1b\\[[0-9;]*m//g; s/.*\\r//; s/  */ /g; s/^ //; s/ \$//; /^\$/d
        s/[0-9]*\\.[0-9]* s\$/N s/; s/[0-9.]* ms\$/N ms/" "$1" >seed.form
    grep -v 'version = ' seed.form | sed -n '1p'
    grep 'version = ' seed.form | sort
    grep -v 'version = ' seed.form | sed 1d
}

test_case 'mc-package install zsh, as in the seed: two have it, one gets it, exit 0' '
    exits 0 "$MC_TOP/t/lib/tty" 100 "$packages" -c "$FLEET_CONFIG" -y install zsh >out &&
    seed_form "$MC_TOP/t/fixtures/seed-package-install" >wanted && seed_form out >got &&
    same wanted got && matches fleet/web1.my.net/db "^zsh " &&
    has fleet/web1.my.net/calls "install zsh" && [ ! -e fleet/web2.my.net/calls ]'

test_case 'the columns of the layout, without a terminal' '
    exits 0 "$packages" -c "$FLEET_CONFIG" -y install zsh -I web2.my.net --np >out && cat out &&
    has out "web2.my.net                              version = zsh-4.2.6-3.el5" &&
    has out "---- package agent summary ----" &&
    has out "           Nodes: 1 / 1" && has out "        Versions: 1 * 4.2.6-3.el5" &&
    matches out "^    Elapsed Time: [0-9]+\.[0-9][0-9] s\$"'

test_case 'two versions are counted each' '
    echo "zsh 0 5.9 1.el9 x86_64" >fleet/web3.my.net/db &&
    exits 0 "$packages" -c "$FLEET_CONFIG" -y install zsh --np >out &&
    matches out "Versions: 2 \* 4\.2\.6-3\.el5, 1 \* 5\.9-1\.el9\$" &&
    has out "version = zsh-5.9-1.el9"'

test_case 'unfiltered it asks; n and the end of input do nothing, exit 1' '
    rm -f fleet/*/calls && sed -i d fleet/web1.my.net/db &&
    echo n | exits 1 "$packages" -c "$FLEET_CONFIG" install zsh >out &&
    has out "Do you really want to operate on packages unfiltered? (y/n): " &&
    exits 1 "$packages" -c "$FLEET_CONFIG" install zsh </dev/null >out &&
    [ ! -e fleet/web1.my.net/calls ]'

test_case 'y goes on' '
    echo y | exits 0 "$packages" -c "$FLEET_CONFIG" install zsh >out && has out "3 / 3" &&
    has fleet/web1.my.net/calls "install zsh"'

test_case 'mc-rpc package install package=zsh: counts, no host blocks' '
    exits 0 "$MC_TOP/t/lib/tty" 100 "$MC_BIN/mc-rpc" -c "$FLEET_CONFIG" package install \
        package=zsh >out && cat out && seed_form out | sed "s/3 \/ 3/47 \/ 47/" >got &&
    has got "* [ ============================================================> ] 47 / 47" &&
    has got "Finished processing 47 / 47 hosts in N ms" && lacks got web &&
    matches out "Discovering hosts using the mc method for 2 second\(s\) \.\.\.\. 3"'

test_case 'status: there and not there' '
    exits 0 mco package status zsh -I web1.my.net --np >out && has out "zsh-4.2.6-3.el5" &&
    exits 0 mco package status nosuch -I web1.my.net --np >out && has out absent &&
    exits 0 mco package zsh status -I web1.my.net --np >out && has out "zsh-4.2.6-3.el5"'

test_case 'rpc answers hold what the DDL declares, in its types' '
    exits 0 mco rpc package status package=zsh -I web1.my.net -j >out &&
    for part in "\"version\":\"4.2.6\"" "\"release\":\"3.el5\"" "\"arch\":\"i386\"" \
        "\"epoch\":\"0\"" "\"name\":\"zsh\"" "\"provider\":\"yum\"" \
        "\"ensure\":\"4.2.6-3.el5\""; do
        has out "$part" || exit 1
    done'

test_case 'update changes the version that is reported' '
    echo "zsh 0 4.3.1 1.el5 i386" >fleet/web1.my.net/offer &&
    exits 0 mco package update zsh -I web1.my.net --np >out && has out "zsh-4.3.1-1.el5"'

test_case 'uninstall takes it away' '
    exits 0 mco package uninstall zsh -I web1.my.net --np >out && has out absent &&
    lacks fleet/web1.my.net/db zsh'

test_case 'a failing manager: its last line as error, exit 2' '
    echo "Error: no space left on the moon" >fleet/web1.my.net/fail
    exits 2 mco package install zsh -I web1.my.net --np >out; code=$?
    rm fleet/web1.my.net/fail; cat out
    has out "web1.my.net                              error = " &&
    has out "no space left on the moon" && is $code 0'

test_case 'managers that write 70 lines to both streams: only the failing one is shown, whole' '
    for host in web1 web2 web3; do
        echo 70 >fleet/$host.my.net/noise
        sed -i d fleet/$host.my.net/db
        rm -f fleet/$host.my.net/calls
    done
    echo "Error: the mirror is gone" >fleet/web2.my.net/fail
    exits 2 mco rpc package install package=zsh --np --dt 1 >out 2>err; code=$?
    rm fleet/*/noise fleet/web2.my.net/fail
    is $code 0 && has fleet/web1.my.net/calls "install zsh" &&
    lacks out "web1.my.net says" && lacks out "web3.my.net says" &&
    has out "Request Aborted" && has out "the mirror is gone" &&
    has out "web2.my.net says line 70 on stdout" &&
    has out "web2.my.net says line 70 on stderr" &&
    is "$(grep -c "web2.my.net says" out)" 140'

test_case 'with --display all each host has its block, nothing in between' '
    sed -i d fleet/*/db && for host in web1 web2 web3; do
        echo 70 >fleet/$host.my.net/noise; done
    exits 0 mco rpc package install package=zsh --np --dt 1 --display all >out
    code=$?; rm fleet/*/noise; is $code 0 &&
    awk "/^web[123]\.my\.net /{ host = \$1 }
        / says line / && \$0 !~ host { print; bad = 1 } END { exit bad }" out &&
    is "$(grep -c " says line " out)" 420'

test_case 'names that are no names never reach a manager' '
    rm -f fleet/*/calls
    exits 1 mco rpc package install "package=zsh;reboot" -I web1.my.net 2>err && cat err &&
    exits 2 mco rpc package install "package=--root=x" -I web1.my.net --np >out;
    [ ! -e fleet/web1.my.net/calls ]'

test_case 'wrong words' '
    exits 1 mco package frob zsh 2>err && has err "Action has to be install, update" &&
    exits 1 mco package install 2>err && has err "Please specify a package and action" &&
    exits 1 mco package 2>err && has err "Please specify a package and action"'

test_case 'two requests for one manager queue, both are served' '
    sed -i d fleet/web1.my.net/db; echo 5 >fleet/web1.my.net/noise
    mco rpc package install package=zsh -I web1.my.net -j >one & one=$!
    mco rpc package install package=zsh -I web1.my.net -j >two & two=$!
    exits 0 wait $one && exits 0 wait $two && rm fleet/web1.my.net/noise &&
    has one "\"version\":\"4.3.1\"" && has two "\"version\":\"4.3.1\"" &&
    is "$(grep -c "^zsh" fleet/web1.my.net/db)" 1'

: >"$FLEET/web1.my.net/hang"
test_case 'a manager that hangs: the client gives up at its time, exit 3' '
    exits 3 mco rpc package status package=zsh -F role=hung --dt 1 -t 1 --np >out &&
    exits 4 mco rpc package status package=zsh -I web1.my.net -t 1 --np >out &&
    has out "No response from:" && has out "web1.my.net"'

test_case 'and its children are gone when the node stops' '
    pid=$(fleet_pid web1.my.net)
    children=$(cat /proc/$pid/task/*/children) && [ -n "$children" ] &&
    mc_proc_end $pid && for child in $children; do
        fleet_until 5 sh -c "! kill -0 $child 2>/dev/null" || exit 1
    done'

test_done
