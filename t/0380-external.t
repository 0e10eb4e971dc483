#!/bin/sh
# Agents in other languages on a real node: the two worked examples, and agents that
# misbehave in every way that a program can.
# shellcheck disable=SC2034,SC2154 # used in the texts of cases; set by tap.sh
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
chmod 755 "$tmp" # programs of other users must be able to reach their files
lib=$tmp/lib
agents=$lib/mcollective/agent
mkdir -p "$lib" "$tmp/tmp" && chmod 1777 "$tmp/tmp" || exit 1
cp -r "$MC_TOP/examples/agent-python/mcollective" "$MC_TOP/examples/agent-shell/mcollective" \
    "$lib/" && chmod -R go-w "$lib" || exit 1
export TMPDIR="$tmp/tmp"

# ddl NAME TIMEOUT METADATA ACTION...
ddl()
{
    printf 'metadata :name => "%s", :description => "d", :author => "a",
:license => "l", :version => "1.0", :url => "u", :timeout => %s%s\n' "$1" "$2" "$3"
    shift 3
    for action; do
        printf 'action "%s", :description => "d" do
  display :always
  input :text, :prompt => "T", :description => "d", :type => :string,
        :validation => ".", :optional => true, :maxlength => 90
  output :said, :description => "d", :display_as => "Said", :default => "nothing"
end\n' "$action"
    done
}

# program NAME: a file that can be run, from standard input
program()
{
    mkdir -p "$(dirname "$agents/$1")"
    cat >"$agents/$1"
    chmod 755 "$agents/$1"
}

# command AGENT ACTION: an action of the agent, from standard input
command_of()
{
    program "$1/$2" && commands="$commands
      action \"$2\" do
        implemented_by \"$2\"
      end"
}

# agent_file NAME: the .rb of the commands that were made
agent_file()
{
    cat >"$agents/$1.rb" <<RB
module MCollective
  module Agent
    class $1<RPC::Agent$commands
    end
  end
end
RB
    commands=
}

# --- one agent for each way to behave badly, by implemented_by
bad='echo exit77 signal flood fork badjson list link fifo huge missing slow hang who files'
command_of bad echo <<'SH'
#!/bin/sh
cp "$1" "$MCOLLECTIVE_REPLY_FILE"
pwd >&2
[ "$MCOLLECTIVE_REQUEST_FILE" = "$1" ] && [ "$LC_ALL" = C ] && echo "line of output"
SH
command_of bad exit77 <<'SH'
#!/bin/sh
echo '{"said": "half"}' >"$2"
echo "no such moon" >&2
exit 77
SH
command_of bad signal <<'SH'
#!/bin/sh
kill -9 $$
SH
command_of bad flood <<'SH'
#!/bin/sh
yes "water water" | head -c 20000000
echo '{"said": "done"}' >"$2"
SH
command_of bad badjson <<'SH'
#!/bin/sh
echo '{"said": ' >"$2"
SH
command_of bad list <<'SH'
#!/bin/sh
echo '[1]' >"$2"
SH
command_of bad link <<'SH'
#!/bin/sh
rm "$2" && ln -s /etc/passwd "$2"
SH
command_of bad fifo <<'SH'
#!/bin/sh
rm "$2" && mkfifo "$2"
SH
command_of bad huge <<'SH'
#!/bin/sh
head -c 9000000 /dev/zero >"$2"
SH
command_of bad missing <<'SH'
#!/bin/sh
rm "$2"
SH
command_of bad hang <<SH
#!/bin/sh
sleep 600 & # not a wait
echo "\$\$ \$!" >>$tmp/tmp/hanging
trap '' TERM
while :; do sleep 600; done # not a wait
SH
command_of bad who <<'SH'
#!/bin/sh
echo "{\"said\": \"$(id -u):$(id -g):$(id -G | tr ' ' ,):$HOME\"}" >"$2"
SH
command_of bad files <<'SH'
#!/bin/sh
mkdir -p a/b/c && touch a/b/c/d x y && ln -s /etc here && echo '{"said": "made"}' >"$2"
SH
command_of bad layout <<'SH'
#!/bin/sh
[ "$MCOLLECTIVE_REQUEST_FILE" = "$1" ] && [ "$MCOLLECTIVE_REPLY_FILE" = "$2" ] &&
    [ "$(pwd)" = "$(dirname "$2")" ] && echo "{\"said\": \"new $LC_ALL\", \"more\": 5}" >"$2"
SH
command_of bad oldplace <<'SH'
SH
mkdir -p "$lib/agent/bad" && rm "$agents/bad/oldplace" || exit 1
for name in layout oldplace; do
    printf '#!/bin/sh\necho "{\\"said\\": \\"old\\"}" >"$2"\n' >"$lib/agent/bad/$name"
    chmod 755 "$lib/agent/bad/$name"
done
agent_file bad
# shellcheck disable=SC2086 # words
{
    ddl bad 2 '' ${bad% slow*} hang who files undeclared layout oldplace
} >"$agents/bad.ddl"

# --- Choria's contract, badly
for name in shy broken slowstart quits; do
    ddl "$name" 5 ', :provider => "external"' ask other >"$agents/$name.ddl"
done
program shy <<'SH'
#!/bin/sh
echo '{"activate": false}' >"$CHORIA_EXTERNAL_REPLY"
SH
program broken <<'SH'
#!/bin/sh
case $CHORIA_EXTERNAL_PROTOCOL in
*activation_request) echo '{"activate": true}' >"$CHORIA_EXTERNAL_REPLY" ;;
*) echo '{"statuscode": 0, "data": 7}' >"$CHORIA_EXTERNAL_REPLY" ;;
esac
SH
program quits <<'SH'
#!/bin/sh
case $CHORIA_EXTERNAL_PROTOCOL in
*activation_request) echo '{"activate": true}' >"$CHORIA_EXTERNAL_REPLY" ;;
*) echo "out of paper" >&2; exit 3 ;;
esac
SH
program slowstart <<'SH'
#!/bin/sh
exec sleep 600 # not a wait
SH

# Choria's other layout: a folder for each agent, a program for each kind of machine.
case $(uname -m) in
x86_64) arch=amd64 ;;
aarch64) arch=arm64 ;;
*) arch= ;;
esac
for name in apart flat; do
    mkdir -p "$agents/$name"
    sed "s/pressure/$name/" "$agents/pressure.json" >"$agents/$name.json"
    program "$name/$name${arch:+-linux_$arch}" <<'SH'
#!/bin/sh
case $CHORIA_EXTERNAL_PROTOCOL in
*activation_request) echo '{"activate": true}' >"$CHORIA_EXTERNAL_REPLY" ;;
*) echo '{"data": {"one": 7}}' >"$2" ;;
esac
SH
done
mv "$agents/apart.json" "$agents/apart/" && mv "$agents/apart/apart"* "$tmp/" &&
    mkdir "$agents/apart/apart" && mv "$tmp/apart.json" "$agents/apart/" &&
    mv "$tmp"/apart-* "$agents/apart/apart/" || exit 1

# --- what must not be loaded
cat >"$agents/rubyish.rb" <<'RB'
module MCollective
  module Agent
    class Rubyish<RPC::Agent
      action "ask" do
        reply[:said] = `hostname`
      end
    end
  end
end
RB
ddl rubyish 5 '' ask >"$agents/rubyish.ddl"
ddl elsewhere 5 '' ask >"$agents/elsewhere.ddl"
commands=
command_of off ask <<'SH'
#!/bin/sh
SH
agent_file off
ddl off 5 '' ask >"$agents/off.ddl"
cp "$agents/rubyish.rb" "$agents/package.rb"

root=
other=$(id -un) # whom a program may run as
if [ "$(id -u)" -eq 0 ]; then
    root=1
    other=nobody
fi
FLEET_EXTRA="libdir = $lib
plugin.ruby.enabled = 0"
fleet_begin "$tmp/fleet" || exit 1
fleet_node web1.my.net 'country=uk' '' 'plugin.off.activate_agent = 0' \
    'plugin.pressure.limit = -1' "plugin.pressure.user = $other" 'loglevel = debug'
fleet_wait || exit 1
cd "$tmp" || exit 1
log=$FLEET/web1.my.net/log

# rpc AGENT ACTION ...: the reply as one line of JSON, in the file out
rpc()
{
    mco rpc "$@" -I web1.my.net --dt 1 -j >out 2>err
    cat out err
}

test_case 'the example in Python: outputs, settings, its own user' '
    exits 0 mco rpc pressure load -I web1.my.net --np >out && cat out && has out "5 min: " &&
    matches out "Busy: true" &&
    fleet_log_wait web1.my.net "agent=pressure action=load text=.?load for "'

test_case 'it fails with words of its own' '
    rpc pressure processes name=nosuchthing must=true
    has out "\"statuscode\":1" && has out "no process is called nosuchthing" &&
    has out "\"count\":0"'

test_case 'the example in shell' '
    exits 0 mco rpc room free path=/ -I web1.my.net --np >out && cat out && matches out "Free MB: [0-9]" &&
    rpc room largest path='"$agents"'/room && has out "\"statuscode\":0" && matches out "\"name\":\"[a-z]*.sh\"" &&
    rpc room largest path=/nosuch; has out "\"statuscode\":4" &&
    has out "Failed to run largest.sh: /nosuch is no folder" && has out "\"bytes\":0"'

test_case 'the DDL of the examples is checked before anything runs' '
    exits 1 mco rpc room free "path=/a b" -I web1.my.net 2>err && has err "Cannot validate input path"'

test_case 'the example in shell reads the input that was checked, and no other' '
    echo "{\"data\":{\"path\":\"/\",\"more\":{\"path\":\"/no such\"}}}" >request &&
    sh "'"$agents"'/room/free.sh" request reply && cat reply && matches reply "\"megabytes\": [0-9]"'

test_case 'inventory and documentation know them' '
    exits 0 mco inventory web1.my.net >out && cat out && has out pressure && has out room && has out bad &&
    exits 0 mco rpc rpcutil agent_inventory -I web1.my.net -j >out && has out "\"agent\":\"pressure\"" &&
    exits 0 mco plugin doc agent/pressure >out && has out "How busy a machine is"'

test_case 'a request file holds what the contract says; LC_ALL, both names of the files, the folder' '
    rpc bad echo text=hello && for part in "\"agent\":\"bad\"" "\"action\":\"echo\"" \
        "\"sender\":\"client.my.net\"" "\"uniqid\":\"" "\"callerid\":\"uid=" "\"text\":\"hello\""; do
        has out "$part" || exit 1
    done
    fleet_log_wait web1.my.net "complains.* action=echo text=\"?$tmp/tmp/marionette-" &&
    fleet_log_wait web1.my.net "writes.* action=echo text=.?line of output"'

test_case 'an exit code is the status, standard error the message, data is kept' '
    rpc bad exit77; has out "\"statuscode\":77" && has out "Failed to run exit77: no such moon" &&
    has out "\"said\":\"half\""'

test_case 'a signal' '
    rpc bad signal; has out "\"statuscode\":1" && has out "it was ended by signal 9 (Killed)"'

test_case 'a flood of output is cut, the reply counts' '
    rpc bad flood && has out "\"said\":\"done\"" &&
    fleet_log_wait web1.my.net "action=flood .*bytes more, which are not kept" &&
    [ "$(fleet_log_count web1.my.net "action=flood text=.?water")" -le 200 ]'

# The keys of a reply are Symbols as the DDL has them: a String beside the default of the
# Symbol would show the name twice.
test_case 'corner case 72: JSON, folders, environment of actions that are commands' '
    for action in badjson list missing; do
        rpc bad $action && has out "\"statuscode\":0" && has out "\"said\":\"nothing\"" &&
        fleet_log_wait web1.my.net "no usable reply.* action=$action " || exit 1
    done
    rpc bad layout && has out "\"said\":\"new C\"" && has out "\"more\":5" &&
    is "$(grep -o "\"said\":" out | wc -l)" 1 && rpc bad oldplace && has out "\"said\":\"old\""'

test_case 'a reply file that is a link, a pipe or too long is refused' '
    for action in link fifo huge; do
        rpc bad $action; has out "\"statuscode\":1" && lacks out root && lacks out "\"OK\"" || exit 1
    done
    has out "longer than 4194304 bytes"'

test_case 'an action of the DDL without a command is unknown' '
    rpc bad undeclared; has out "\"statuscode\":2" && has out "Unknown action"'

test_case 'time over: the caller is told, nothing of the group is left' '
    : >tmp/hanging
    rpc bad hang -t 10; has out "\"statuscode\":5" &&
    has out "The action did not finish within 2 seconds" &&
    has out "\"end\":\"timed out\"" && [ -s tmp/hanging ] &&
    for pid in $(cat tmp/hanging); do
        fleet_until 5 sh -c "! kill -0 $pid 2>/dev/null" || exit 1
    done'

test_case 'folders are removed, with all that was made in them' '
    rpc bad files && has out "\"said\":\"made\"" && ls tmp && ! ls tmp | grep marionette-'

test_case 'Choria: a wrong reply, and an exit code' '
    rpc broken ask; has out "\"statuscode\":1" && has out "data of the reply is an integer" &&
    has out "\"said\":\"nothing\"" &&
    rpc quits ask; has out "\"statuscode\":1" && has out "exit status 3: out of paper"'

if [ -n "$arch" ]; then
    test_case 'Choria: JSON descriptions, folders of their own, programs for a machine' '
        for name in apart flat; do
            rpc $name load && has out "\"statuscode\":0" && has out "\"one\":7" &&
            has out "\"busy\":false" || exit 1
        done
        exits 0 mco plugin doc agent/apart >out && has out "How busy a machine is"'
else
    test_skip 'Choria: folders of their own' "no word for $(uname -m)"
fi

test_case 'what is not loaded, and why' '
    for words in "agent=shy reason=.*does not want to be active" \
        "agent=slowstart reason=.*did not end in time" \
        "agent=rubyish reason=.*rubyish.rb:5: .reply. is Ruby code" \
        "agent=off reason=.*switched off in the configuration" \
        "agent=package reason=.*the built-in agent has its name"; do
        matches "$log" "agent not loaded.*$words" || exit 1
    done
    lacks "$log" elsewhere && matches "$log" "agent loaded: agent=package"'

if [ -n "$root" ]; then
    test_case 'a program runs as us when nothing is said' '
        rpc bad who && has out "\"said\":\"0:0:"'
else
    test_skip 'a program runs as us when nothing is said' 'not root'
fi

# --- stop
rm "$agents/slowstart"
: >tmp/hanging
mco rpc bad hang -I web1.my.net --dt 1 >/dev/null 2>&1 &
asked=$!
fleet_file_wait tmp/hanging '[0-9]' 1 20 >/dev/null
mc_proc_end "$(fleet_pid web1.my.net)"
kill "$asked" 2>/dev/null
wait "$asked" 2>/dev/null
test_case 'a node that stops ends what runs, and cleans up' '
    [ -s tmp/hanging ] && for pid in $(cat tmp/hanging); do
        fleet_until 5 sh -c "! kill -0 $pid 2>/dev/null" || exit 1
    done
    ! ls tmp | grep marionette-'
fleet_start web1.my.net
fleet_wait || exit 1

# --- reload
ddl fresh 5 '' ask >"$agents/fresh.ddl"
command_of fresh ask <<'SH'
#!/bin/sh
echo "{\"said\": \"$(id -u):$(id -g):$(id -G | tr ' ' ,):$HOME\"}" >"$2"
SH
agent_file fresh
rm "$agents/bad.rb"
kill -USR1 "$(fleet_pid web1.my.net)"
test_case 'a reload finds a new agent and loses one that is gone' '
    fleet_log_wait web1.my.net "agent loaded: agent=fresh" && rpc fresh ask &&
    has out "\"statuscode\":0" && mco rpc rpcutil agent_inventory -I web1.my.net -j >out &&
    lacks out "\"agent\":\"bad\""'

# --- users
if [ -n "$root" ]; then
    nobody=$(id -u nobody) group=$(id -g nobody)
    mkdir -p "$FLEET/web1.my.net/plugin.d"
    echo 'user = nobody' >"$FLEET/web1.my.net/plugin.d/fresh.cfg"
    echo 'plugin.room.user = nosuchuser' >>"$FLEET/web1.my.net/server.cfg"
    chmod 777 "$agents/quits"
    chown nobody "$agents/broken"
    mc_proc_end "$(fleet_pid web1.my.net)"
    fleet_start web1.my.net
    fleet_wait || exit 1
    test_case 'as root: a program of its own user, group and groups' '
        rpc fresh ask && has out "\"said\":\"$nobody:$group:$group:"'
    test_case 'as root: programs that others can change are refused' '
        matches "$log" "agent not loaded.*agent=quits reason=.*can be written by others" &&
        matches "$log" "agent not loaded.*agent=broken reason=.*belongs to uid $nobody" &&
        matches "$log" "agent not loaded.*agent=room reason=.*there is no user nosuchuser"'
    test_case 'as root: a command that became writable is not run' '
        chmod 777 $agents/fresh/ask && rpc fresh ask; chmod 755 $agents/fresh/ask
        has out "\"statuscode\":1" && has out "can be written by others than root"'
    chmod 755 "$FLEET"
    mkdir -p "$FLEET/web2.my.net"
    sed "s/web1/web2/g; s/plugin.pressure.user = nobody/plugin.pressure.user = root/
        s/nosuchuser/nobody/" "$FLEET/web1.my.net/server.cfg" >"$FLEET/web2.my.net/server.cfg"
    : >"$FLEET/web2.my.net/log"
    chown -R nobody "$FLEET/web2.my.net"
    as_nobody="setpriv --reuid=$nobody --regid=$group --clear-groups"
    if $as_nobody test -x "$MC_BIN/mcollectived"; then
        $as_nobody "$MC_BIN/mcollectived" --config "$FLEET/web2.my.net/server.cfg" \
            --no-daemonize >"$FLEET/web2.my.net/out" 2>&1 </dev/null &
        fleet_pids="$fleet_pids $!"
        echo "$!" >"$FLEET/web2.my.net/pid"
        test_case 'not root: agents that want another user are not there, others are' '
            fleet_log_wait web2.my.net "connected to the broker" &&
            matches $FLEET/web2.my.net/log "agent=pressure reason=.only a node that runs as root can run it as user root, group 0" &&
            exits 0 mco rpc room free path=/ -I web2.my.net -j --dt 1 >out &&
            has out "\"statuscode\":0" && exits 0 mco rpc fresh ask -I web2.my.net -j --dt 1 >out &&
            cat out && has out "\"said\":\"$nobody:$group:$group:"'
    else
        test_skip 'not root: agents that want another user' 'nobody cannot reach our programs'
    fi
else
    for name in 'own user' 'refused' 'writable' 'not root'; do
        test_skip "as root: $name" 'not root'
    done
fi

test_done
