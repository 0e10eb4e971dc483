#!/bin/sh
# An agent in Ruby, made for the original, on a real node: all that the interface offers
# (t/fixtures/ruby-agents), and what must not hold the node up.
# shellcheck disable=SC2034,SC2154 # used in the texts of cases; set by tap.sh
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

command -v ruby >/dev/null || {
    test_skip 'agents in Ruby' 'Ruby is not installed'
    test_done
    exit
}
test_at_end fleet_end
chmod 755 "$tmp"
lib=$tmp/lib
agents=$lib/mcollective/agent
mkdir -p "$lib" "$tmp/tmp" && chmod 1777 "$tmp/tmp" || exit 1
cp -r "$MC_TOP/t/fixtures/ruby-agents/mcollective" "$lib/" && chmod -R go-w "$lib" || exit 1
export TMPDIR="$tmp/tmp"

# variant NAME: the agent and its DDL by another name, changed by the sed script on stdin
variant()
{
    sed "s/class Surface/class $(echo "$1" | cut -c1 | tr "[:lower:]" "[:upper:]")$(echo "$1" | cut -c2-)/" \
        "$agents/surface.rb" >"$agents/$1.rb"
    sed -i -f - "$agents/$1.rb"
    sed "s/:name => \"surface\"/:name => \"$1\"/; s/:timeout => 10/:timeout => 1/" \
        "$agents/surface.ddl" >"$agents/$1.ddl"
}
echo 's|File.exists?("/bin/sh")|false|' | variant shy
echo 's|File.exists?("/bin/sh")|raise "no idea"|' | variant unsure
echo 's|action "types" do|action "types" do )|' | variant broken
echo 's|^ *activate_when .*||' | variant plain
echo 's|^ *activate_when .*||' | variant off
echo 's|^ *activate_when .*||' | variant served
echo 's|@limit = .*|require "no/such/file"|' | variant needy
echo 's|^ *activate_when .*|authorized_by :action_policy|' | variant guarded
echo 's|^ *activate_when .*|authorized_by :action_policy|' | variant open
echo 's|^ *activate_when .*|authorized_by :own_policy|' | variant judged
echo 's|^ *activate_when .*|sleep|' | variant stuck
cat >"$lib/mcollective/util/ownpolicy.rb" <<'RB'
module MCollective
  module Util
    class OwnPolicy
      def self.authorize(request)
        raise RPCAborted, "not for #{request.action}" unless request.action == "method"
      end
    end
  end
end
RB

FLEET_EXTRA="libdir = $lib"
fleet_begin "$tmp/fleet" || exit 1
fleet_node web1.my.net 'country=uk cpus=2' 'common' 'plugin.surface.limit = 7' \
    'plugin.off.activate_agent = 0' 'plugin.served.limit = 3' \
    "plugin.served.user = $([ "$(id -u)" -eq 0 ] && echo nobody || id -un)" 'plugin.guarded.rpcauthprovider = fail' 'loglevel = debug'
fleet_wait || exit 1
cd "$tmp" || exit 1
log=$FLEET/web1.my.net/log

# restart SETTING: the node, with one more setting
restart()
{
    echo "$1" >>"$FLEET/web1.my.net/server.cfg"
    mc_proc_end "$(fleet_pid web1.my.net)"
    fleet_start web1.my.net
    fleet_wait || exit 1
}

# rpc AGENT ACTION ...: the reply as one line of JSON, in the file out
rpc()
{
    mco rpc "$@" -I web1.my.net --dt 1 -j >out 2>err
    cat out err
}

test_case 'inputs, the request, settings and hooks' '
    rpc surface request text=hello number=5 && has out "\"statuscode\":0" && has out "\"text\":\"hello\"" &&
    has out "\"number\":5" && has out "\"absent\":[null,\"fallback\",false,true]" && has out "\"limit\":7" &&
    has out "[\"surface\",\"request\",\"uid\",\"client.my.net\",32,\"Integer\"]" &&
    has out "[\"request\",\"surface\",\"surface\",true,true,true]" && has out ":text" && lacks out "\"after\":\"" &&
    rpc surface request text=after && has out "\"after\":\"after 0\""'

test_case 'outputs: nested values, Symbols, bytes, defaults' '
    rpc surface types && has out "\"nested\":{\"a\":{\"b\":[\"c\",1,2.5,null,true,\"ü\"]},\"s\":{\"1\":2}}" &&
    has out "Grüße" && has out "\"big\":1099511627776" && has out "\"undeclared\":\"there\"" &&
    has out "\"added\":null" && rpc surface defaults && has out "\"list\":[\"one\",\"more\"]" &&
    has out "\"none\":null"'

test_case 'every way to fail' '
    for row in "fail 77" "fail1 1" "aborted 1" "unknown 2" "missing 3" "invalid 4" "other 5" "far 5" "words 5" \
        "raise 5" "notimplemented 5" "ddl 4" "rpcaborted 1"; do
        rpc surface failing text=${row% *}
        has out "\"statuscode\":${row#* }" && has out "\"statusmsg\":\"a reason\"" || exit 1
    done
    has out "\"said\":\"half\"" && rpc surface failing text=exit; has out "\"statuscode\":5" &&
    rpc surface failing text=name; has out "nonsense_without_a_meaning" &&
    rpc surface missing; has out "\"statuscode\":2" && has out "Unknown action" && has out "\"said\":\"nothing\"" &&
    rpc surface failing text=statusmsg && has out "\"statusmsg\":\"only words\"" && has out "\"said\":\"whole\""'

test_case 'validate' '
    rpc surface validating text=maybe; has out "value should have an even length" && has out "\"statuscode\":4" &&
    rpc surface validating text=four; has out "please supply a absent argument" && has out "\"statuscode\":3" &&
    rpc surface validating text=noway; has out "value should be one of yes, no, maybe, four" &&
    rpc surface validating "text=no;"; has out "value should not have ; in it" &&
    rpc surface validating text=no && has out passed && rpc surface addresses text=127.0.0.1 && has out v4 &&
    rpc surface addresses text=nowhere; has out "value should be an ipv4 address"'

test_case 'run, Shell, implemented_by' '
    rpc surface running && has out "\"codes\":[3,0,0,137]" && has out "\"said\":[\"one\\n\",\"two\\n\"]" &&
    has out "\"out\":\"x\"" && matches out "/usr.nC bar.n.*nto standard input" &&
    rpc surface shell && has out "[\"hello\\n\",143,null,true," &&
    rpc surface external; has out "\"statuscode\":4" && has out "Failed to run external.sh: it complains" &&
    has out "\"said\":\"by a command\"" && fleet_log_wait web1.my.net "external.sh: 1"'

test_case 'facts, classes, settings, helpers of the folder, methods as actions' '
    rpc surface utilities && has out "\"statuscode\":0" && has out "\"uk\"" && has out "[\"surface\",10,10,\"surface\",true," &&
    rpc surface loading && has out "[\"from a helper\",\"7\"]" && rpc surface method && has out "by a method" &&
    rpc surface named && has out "by its own helper"'

test_case 'what an action leaves in the background lives on, as in the original' '
    : >tmp/background && rpc surface background text=$tmp/tmp/background && has out started &&
    fleet_until 10 grep -q lives tmp/background'

test_case 'the log' '
    rpc surface logging && fleet_log_wait web1.my.net "writes.*action=logging text=.?surface says info" &&
    fleet_log_wait web1.my.net "writes.*action=logging text=.?debug: surface says debug" &&
    fleet_log_wait web1.my.net "complains.*action=logging text=.?warn: surface says warn" &&
    fleet_log_wait web1.my.net "writes.*action=logging text=.?surface prints"'

test_case 'what cannot be sent is named; the rest has a form' '
    rpc surface odd text=time && has out "1970-01-01 00:00:00 UTC" &&
    rpc surface odd text=object; has out "reply[:said] is a Object, which cannot be sent" && has out "\"statuscode\":5" &&
    rpc surface odd text=ring; has out "nested too deeply" &&
    rpc surface odd text=nan && has out "\"said\":null" &&
    rpc surface odd text=huge && has out "\"said\":\"1208925819614629174706176\"" &&
    rpc surface odd text=secret; has out "undefined method" && lacks out fleet-secret && lacks out pluginconf &&
    rpc surface odd text=data; has out "the data of the reply is a Integer and not a Hash" &&
    rpc surface odd text=flood; has out "longer than 4194304 bytes" && has out "\"statuscode\":5"'

test_case 'an agent that ends its process' '
    rpc surface odd text=kill; has out "\"statuscode\":1" && has out "signal 9 (Killed)" &&
    rpc surface odd text=quit; has out "\"statuscode\":5" && has out "ended with exit status 9"'

test_case 'time over: the caller is told, nothing of the group is left' '
    : >tmp/hanging; rpc plain hanging text=$tmp/tmp/hanging -t 10; has out "\"statuscode\":5" &&
    has out "\"end\":\"timed out\"" && is "$(wc -l <tmp/hanging)" 2 && for pid in $(cat tmp/hanging); do
        fleet_until 5 sh -c "! kill -0 $pid 2>/dev/null" || exit 1
    done'

test_case 'a class of the folder authorizes' '
    rpc judged method && has out "\"statuscode\":0" && rpc judged types; has out "\"statuscode\":1" &&
    has out "not for types"'

test_case 'a provider of the node authorizes in its place' '
    rpc guarded method; has out "\"statuscode\":1" && lacks out "by a method"'

test_case 'what is not loaded, and why' '
    for words in "agent=shy reason=.*does not want to be active" "agent=unsure reason=.*no idea .RuntimeError" \
        "agent=broken reason=.*broken.rb:[0-9]*: syntax error" "agent=off reason=.*switched off" \
        "agent=needy reason=.*cannot load such file" "agent=stuck reason=.*did not end in time" \
        "agent=open reason=.*authorized by action_policy.*set plugin.open.rpcauthprovider"; do
        matches "$log" "agent not loaded.*$words" || exit 1
    done
    matches "$log" "agent loaded: agent=surface" && matches "$log" "agent loaded: agent=plain"'

if [ "$(id -u)" -eq 0 ]; then
    test_case 'as root: an agent of its own user, which is told its own settings alone' '
        rpc served odd text=user && has out "[$(id -u nobody),$(id -g nobody),[\"served.limit\",\"served.user\"]]" &&
        rpc surface odd text=user && has out "\"said\":[0,0,[" && has out "\"psk\""'
    test_case 'as root: what an agent may load is nobody else'"'"'s to change' '
        chmod 666 $lib/mcollective/util/ownpolicy.rb; rpc surface method
        chmod 644 $lib/mcollective/util/ownpolicy.rb
        has out "\"statuscode\":1" && has out "ownpolicy.rb can be changed by others than root"'
    test_case 'as root: nor the agent itself' '
        chmod 666 $agents/surface.rb; rpc surface method; chmod 644 $agents/surface.rb
        has out "\"statuscode\":1" && has out "can be written by others"'
else
    test_skip 'as root: users and trust' 'not root'
fi

test_case 'folders are removed' '! ls tmp | grep marionette-'

# --- without Ruby
restart 'plugin.ruby.command = /no/such/ruby'
test_case 'without Ruby: skipped with the reason, the node goes on' '
    fleet_log_wait web1.my.net "agent not loaded: agent=surface reason=.*surface.rb:6: .metadata. is Ruby code.*there is no program /no/such/ruby to run it .plugin.ruby.command" &&
    exits 0 mco ping -I web1.my.net --dt 1'
restart 'plugin.ruby.enabled = 0'
test_case 'switched off' '
    fleet_log_wait web1.my.net "agent=surface reason=.*Ruby is switched off .plugin.ruby.enabled"'

test_done
