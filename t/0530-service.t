#!/bin/sh
# The service agent on real nodes: one with init scripts of our own, one that speaks to a
# stand-in for systemd on a private bus, because systemd itself cannot run here.
# shellcheck disable=SC2016,SC2034 # texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

bus_pid=
systemd_pid=
clean_up()
{
    fleet_end
    [ -z "$systemd_pid" ] || mc_proc_end "$systemd_pid"
    [ -z "$bus_pid" ] || mc_proc_end "$bus_pid"
}
test_at_end clean_up
cd "$tmp" || exit 1
fake=$(dirname "$MC_BIN")/src/host/fake-systemd

# --- a bus of our own, and the stand-in on it ---

cat >bus.conf <<END
<busconfig>
  <type>session</type>
  <listen>unix:path=$tmp/bus</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
END
dbus-daemon --config-file="$tmp/bus.conf" --nofork --print-address >bus.out 2>&1 &
bus_pid=$!
fleet_file_wait bus.out "unix:path" 1 10 "$bus_pid" || exit 1
"$fake" "unix:path=$tmp/bus" >systemd.out 2>&1 &
systemd_pid=$!
fleet_file_wait systemd.out ready 1 10 "$systemd_pid" || exit 1

# --- scripts of our own ---

mkdir -p etc/init.d etc/rc2.d bin
cat >etc/init.d/web <<'END'
#!/bin/sh
case $1 in
start | restart) : >"$0.runs" ;;
stop) rm -f "$0.runs" ;;
status) [ -e "$0.runs" ] || exit 3 ;;
esac
END
cat >etc/init.d/fails <<'END'
#!/bin/sh
[ "$1" != status ] || exit 3
echo "Starting: no such user" >&2
exit 6
END
printf '#!/bin/sh\nexec tail -f /dev/null\n' >etc/init.d/hangs
chmod +x etc/init.d/*
cat >bin/update-rc.d <<END
#!/bin/sh
[ "\$2" = disable ] && rm -f "$tmp/etc/rc2.d/S01\$1" || : >"$tmp/etc/rc2.d/S01\$1"
END
chmod +x bin/update-rc.d

FLEET_EXTRA='loglevel = debug'
fleet_begin "$tmp/fleet" || exit 1
PATH=$tmp/bin:$PATH
fleet_node script 'kind=script' 'common' 'plugin.service.provider = init' \
    "plugin.service.folder = $tmp/etc/init.d"
fleet_node systemd 'kind=systemd' 'common' 'plugin.service.provider = systemd' \
    "plugin.service.bus = unix:path=$tmp/bus"
fleet_wait || exit 1

# service WANTED-CODE NODE WORD...
service()
{
    service_code=$1
    service_node=$2
    shift 2
    exits "$service_code" mco service "$@" -I "$service_node" --np >out || return 1
    cat out
}

# becomes VERDICT NODE EXPRESSION: what the node makes of a request with this filter. It is
# followed into the log of the node: nobody waits for an answer.
becomes()
{
    mco rpc rpcutil ping --nr -S "$3" >asked 2>err || { cat err; return 1; }
    becomes_id=$(sed -n 's/^Request sent with id: //p' asked)
    [ -n "$becomes_id" ] && fleet_log_wait "$2" "verdict=[a-z_]+ id=$becomes_id" &&
        matches "$FLEET/$2/log" "verdict=$1 id=$becomes_id"
}

for node in script systemd; do
    case $node in
    script) who='init scripts' ;;
    *) who='a stand-in for systemd' ;;
    esac
    test_case "$who: stopped, started, restarted, stopped" '
        service 0 $node web status && has out "$(printf "%-40s status=stopped" $node)" &&
        service 0 $node web start && lacks out "status=" && has out "Statuses: started=1 " &&
        service 0 $node status web && has out "status=running" &&
        service 0 $node web start && has out "started=1 " &&
        service 0 $node web restart && has out "started=1 " &&
        service 0 $node web stop && lacks out "status=" && has out "Statuses: stopped=1 "'
    test_case "$who: enabled and disabled" '
        service 0 $node web enable && lacks out "enabled=" &&
        exits 0 mco rpc service status service=web -I $node -j >out &&
        has out "\"enabled\":\"enabled\"" && service 0 $node web disable &&
        exits 0 mco rpc service status service=web -I $node -j >out &&
        has out "\"enabled\":\"disabled\""'
    test_case "$who: a service that is not known" '
        service 2 $node nosuch status &&
        has out "error = No service called '\''nosuch'\'' is known here" &&
        service 2 $node nosuch start && has out "No service called '\''nosuch'\''" &&
        has out "Statuses: errors=1 "'
    test_case "$who: names that are no names do not get there" '
        for name in "a;b" "*" ../web /bin/sh -- ; do
            exits 1 mco service "$name" start -I $node --np 2>err || exit 1
        done &&
        for name in --help "a b" "x
y"; do
            exits 1 mco rpc service status "service=$name" -I $node --np 2>err &&
            has err "service" || exit 1
        done'
    test_case "$who: as data function of filters" '
        service 0 $node web start >/dev/null &&
        exits 0 mco find --dt 20 --limit 1 -S "kind=$node and service('\''web'\'').status=running" >out &&
        is "$(cat out)" $node &&
        becomes filtered $node "kind=$node and service('\''web'\'').status=stopped" &&
        becomes ok $node "kind=$node and service('\''nosuch'\'').status=unknown"'
done
test_case 'init scripts: one that fails, in its own words' '
    service 2 script fails start &&
    has out "error = Could not start '\''fails'\'': Starting: no such user (exit code 6)"'
test_case 'init scripts: one that hangs makes a filter drop the request' '
    becomes bad_filter script "kind=script and service('\''hangs'\'').status=stopped" &&
    fleet_log_wait script "Data plugin service_data timed out on query .hangs."'
test_case 'a stand-in for systemd: jobs that fail, services that die, masked ones' '
    service 2 systemd fails start &&
    has out "error = Could not start '\''fails'\'': its job ended with '\''failed'\''; journalctl -u fails.service tells more" &&
    service 2 systemd dies start &&
    has out "error = Could not start '\''dies'\'': it has failed since" &&
    service 2 systemd masked start && has out "Unit masked.service is masked."'
test_case 'a stand-in for systemd: a job that ends before it is named' '
    service 0 systemd early@1 start && has out "started=1 "'
test_case 'a stand-in for systemd: one that cannot be enabled' '
    service 2 systemd early@1 enable && has out "early@1.service has no [Install] section" &&
    service 2 systemd nosuch enable && has out "Unit file nosuch.service does not exist."'
test_case 'a stand-in for systemd: answers of another form' '
    service 2 systemd odd status && has out "the answer of systemd cannot be read"'
test_case 'a stand-in for systemd: structured states' '
    exits 0 mco rpc service status service=db -I systemd -j >out && cat out &&
    has out "\"status\":\"running\"" && has out "\"state\":\"active\"" &&
    has out "\"substate\":\"running\"" && has out "\"pid\":4711" &&
    has out "\"description\":\"A database\""'
test_case 'a stand-in for systemd: a question without an answer, the node serves others' '
    exits 0 mco rpc rpcutil ping --nr -S "kind=systemd and service('\''mute'\'').status=stopped" >out &&
    exits 0 mco rpc rpcutil ping -I systemd --np >out &&
    lacks fleet/systemd/log "timed out on query .mute." &&
    fleet_log_wait systemd "Data plugin service_data timed out on query .mute." &&
    exits 0 mco rpc rpcutil ping -I systemd --np >out'
test_case 'a stand-in for systemd: a job that never ends does not hold up a ping' '
    mco service hangs start -I systemd -t 2 --np >out & one=$!
    fleet_file_wait systemd.out "StartUnit hangs.service replace" 1 10 &&
    exits 0 mco rpc rpcutil ping -I systemd --np >/dev/null && kill $one; wait $one; true'
test_case 'what systemd was asked' '
    has systemd.out "StartUnit web.service replace" &&
    has systemd.out "RestartUnit web.service replace" && has systemd.out "enable web.service" &&
    lacks systemd.out "bin/sh"'
test_case 'the layout of the first release' '
    exits 0 mco service web stop -y --dt 1 --np >/dev/null &&
    exits 0 mco service web status --dt 1 --np --sort >out &&
    sed "s/[0-9.]* s$/N s/" out >got &&
    printf "%-40s status=stopped\n" script systemd >wanted &&
    printf "%s\n" "" "---- service agent summary ----" "           Nodes: 2 / 2" \
        "        Statuses: stopped=2 " "    Elapsed Time: N s" "" >>wanted && same wanted got'
test_case 'verbose: every node, with its message' '
    exits 0 mco service web stop -y -v --dt 1 --np >out && cat out &&
    is "$(grep -c " status=stopped$" out)" 2 && is "$(grep -c "^		OK$" out)" 2'
test_case 'without a filter it asks; no answer means no' '
    exits 1 mco service web start --dt 1 --np </dev/null >out &&
    has out "Do you really want to operate on services unfiltered? (y/n): " &&
    echo y | exits 0 mco service web start --dt 1 --np >out && has out "started=2"'
test_case 'wrong words' '
    exits 1 mco service web 2>err && has err "Please specify service name and action" &&
    exits 1 mco service web frob 2>err &&
    has err "Action has to be one of start, stop, restart or status"'
test_done
