#!/bin/sh
# The nettest agent on real nodes, with the system's ping and real connections.
# shellcheck disable=SC2016,SC2034,SC2154 # texts of cases; $tmp is of tap.sh
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

deaf_pid=
clean_up()
{
    fleet_end
    [ -z "$deaf_pid" ] || mc_proc_end "$deaf_pid"
}
test_at_end clean_up
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
printf '#!/bin/sh\nexec tail -f /dev/null\n' >hanging && chmod +x hanging
fleet_node web1 '' 'web'
fleet_node web2 '' 'web'
fleet_node hangs1 '' '' "plugin.nettest.ping = $tmp/hanging"
fleet_wait || exit 1
# A port that is bound and has a full queue: it neither takes nor refuses connections.
perl -MSocket -e '
    my $s;
    socket($s, PF_INET, SOCK_STREAM, 0) && bind($s, sockaddr_in(0, INADDR_LOOPBACK)) && listen($s, 0) or die;
    my $to = getsockname $s;
    my @full = map { my $c; socket($c, PF_INET, SOCK_STREAM, 0); $c->blocking(0); connect($c, $to); $c } 1 .. 8;
    $| = 1;
    print((sockaddr_in($to))[0], "\n");
    select undef, undef, undef, undef' -MIO::Handle >deaf &
deaf_pid=$!
fleet_file_wait deaf '^[0-9]' 1 10 "$deaf_pid" || exit 1
closed=$(mc_port_pick 1)
masked()
{
    sed -e 's/in [0-9.]* ms/in N ms/' -e 's/[0-9][0-9.]*ms/Nms/g' -e 's/= [0-9.][0-9.]*$/= N/' "$@"
}

if ping -n -c 1 -w 5 127.0.0.1 >ping.out 2>&1; then
    test_case 'ping: a line for each node, then shortest, longest and average' '
        exits 0 mco nettest ping 127.0.0.1 -C web --np --sort >out && cat out && masked out >got &&
        { printf "%-40s time = N\n" web1 web2 && printf "\nSummary of RTT:\n\n   Min: Nms  Max: Nms  Average: Nms\n\n\n" &&
          printf "\nFinished processing 2 / 2 hosts in N ms\n"; } >wanted &&
        grep -v "^$" wanted >w && grep -v "^$" got | same w -'
    test_case 'ping: a name that is not known' '
        exits 2 "$MC_BIN/mc-nettest" -c "$FLEET_CONFIG" ping no-such.invalid -I web1 --np >out && cat out &&
        printf "%-40s  \t\tCannot resolve hostname\n" web1 >wanted && head -1 out | same wanted -'
else
    test_skip 'ping' "the system's ping does not work here"
fi
test_case 'ping: a ping that hangs ends, a request meanwhile is served, none is left over' '
    mco nettest ping 127.0.0.1 -I hangs1 --np >slow & pid=$!
    exits 0 mco rpc rpcutil ping -I hangs1 -t 2 -j >out && wait $pid; cat slow
    has slow "Cannot reach host" && ! pgrep -f "^tail -f /dev/null$" -P "$(fleet_pid hangs1)"'
test_case 'connect: taken, refused, neither' '
    exits 0 mco nettest connect 127.0.0.1 "$MC_NATS_PORT" -C web --np --sort >out && cat out &&
    printf "%-40s status = Connected\n" web1 web2 >wanted && head -2 out | same wanted - &&
    has out "Summary of Connection Status:" && matches out "^ +Connected : 2\$|^ +Connected = 2\$" &&
    exits 0 mco nettest connect localhost "$closed" -I web1 --np >out && cat out &&
    printf "%-40s status = Connection Refused\n" web1 >wanted && head -1 out | same wanted - &&
    exits 0 mco nettest connect 127.0.0.1 "$(cat deaf)" -I web1 --np >out && cat out &&
    printf "%-40s status = Connection timeout\n" web1 >wanted && head -1 out | same wanted -'
test_case 'as data' '
    exits 0 mco rpc nettest connect fqdn=127.0.0.1 port="$MC_NATS_PORT" -I web1 -j >out && cat out &&
    has out "\"connect\":true" && has out "\"connect_status\":\"Connected\"" && matches out "\"connect_time\":[0-9][0-9.e-]*[,}]"'
test_case 'without a filter there is a question; no answer is no' '
    exits 1 mco nettest connect 127.0.0.1 1 --np >out && is "$(cat out)" \
        "Do you really want to perform network tests unfiltered? (y/n): " &&
    exits 0 mco nettest connect 127.0.0.1 "$closed" -y --dt 1 --np >out && is "$(grep -c Refused out)" 4'
test_case 'wrong words' '
    exits 1 mco nettest ping 2>err && has err "Please specify an action and optional arguments" &&
    exits 1 mco nettest trace x 2>err && has err "Action can only to be ping or connect" &&
    exits 1 mco nettest connect x 2>err && has err "connect takes a host and a port" &&
    exits 1 mco nettest connect x y -I web1 2>err && has err "does not look like a number" &&
    exits 1 mco nettest ping -I web1 -- -f 2>err && has err fqdn &&
    exits 2 mco nettest connect x 70000 -I web1 --np >out && has out "a port is a number from 1 to 65535"'
test_done
