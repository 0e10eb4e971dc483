#!/bin/sh
# The iptables agent with the real nft, in a network namespace of its own: what is blocked
# there is really not let through.
# shellcheck disable=SC2016,SC2034,SC2154 # texts of cases; $tmp is of tap.sh
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

space_pid=
clean_up()
{
    fleet_end
    [ -z "$space_pid" ] || mc_proc_end "$space_pid"
}
test_at_end clean_up
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
fleet_node off1 '' ''
PATH=$PATH:/usr/sbin:/sbin
space()
{
    # A process that holds the namespace; it says when it is in it.
    unshare -n sh -c 'echo there; exec tail -f /dev/null' >space.out 2>space.err &
    space_pid=$!
    fleet_file_wait space.out there 1 10 "$space_pid" >space.log 2>&1 || return 1
    printf '#!/bin/sh\nexec nsenter -t %s -n "%s" "$@"\n' "$space_pid" "$(command -v nft)" >nft &&
        chmod +x nft && ./nft -f - <<'END' && nsenter -t "$space_pid" -n ip link set lo up
table inet junk_filter {
    set blocked4 {
        type ipv4_addr
    }
    set blocked6 {
        type ipv6_addr
    }
    chain input {
        type filter hook input priority filter - 1; policy accept;
        ip saddr @blocked4 drop
        ip6 saddr @blocked6 drop
    }
}
END
}

if command -v nft >/dev/null && command -v nsenter >/dev/null && [ "$(id -u)" = 0 ] && space; then
    fleet_node fw1 '' '' 'plugin.iptables.activate_agent = 1' "plugin.iptables.nft = $tmp/nft"
    fleet_node bare1 '' '' 'plugin.iptables.activate_agent = 1' "plugin.iptables.nft = $tmp/nft" \
        'plugin.iptables.table = nosuch'
    fleet_wait || exit 1
    test_case 'block: what is blocked is not let through, and is shown' '
        nsenter -t "$space_pid" -n ping -n -c 1 -w 5 127.0.0.9 >out || { cat out; exit 1; }
        exits 0 mco iptables block 127.0.0.9 -I fw1 --np >out && cat out && has out "Finished processing 1 / 1 hosts" &&
        lacks out fw1 && ./nft list set inet junk_filter blocked4 | grep -q "127.0.0.9" &&
        exits 1 nsenter -t "$space_pid" -n ping -n -c 1 -w 1 -I 127.0.0.9 127.0.0.1 >out &&
        exits 0 mco iptables isblocked 127.0.0.9 -I fw1 --np >out && cat out &&
        is "$(head -1 out)" "$(printf "%40s:  true" fw1)"'
    test_case 'block again: it is already' '
        exits 2 "$MC_BIN/mc-iptables" -c "$FLEET_CONFIG" block 127.0.0.9 -I fw1 --np >out && cat out &&
        is "$(head -1 out)" "$(printf "%40s:  127.0.0.9 is already blocked" fw1)"'
    test_case 'IPv6, however it is written; all of them' '
        exits 0 mco iptables block 2001:DB8:0:0::7 -I fw1 -v --np >out 2>err && cat out &&
        has out "$(printf "%40s:  2001:db8::7 was blocked" fw1)" &&
        exits 0 mco iptables isblocked 2001:db8::0:7 -I fw1 --np >out && has out ":  true" &&
        exits 0 mco rpc iptables listblocked -I fw1 -j >out && cat out &&
        has out "\"blocked\":[\"127.0.0.9\",\"2001:db8::7\"]"'
    test_case 'unblock: it goes through again; and again: it is already' '
        exits 0 mco iptables unblock 127.0.0.9 -I fw1 --np >out && lacks out fw1 &&
        nsenter -t "$space_pid" -n ping -n -c 1 -w 5 -I 127.0.0.9 127.0.0.1 >out &&
        exits 2 mco iptables unblock 127.0.0.9 -I fw1 --np >out && has out "127.0.0.9 is already unblocked" &&
        exits 0 mco iptables isblocked 127.0.0.9 -I fw1 --np >out && has out ":  false"'
    test_case 'a table that is not there' '
        exits 2 mco iptables block 192.0.2.1 -I bare1 --np >out && cat out &&
        has out "the set blocked4 of the table inet nosuch cannot be read; nft: Error: No such file or directory"'
else
    test_skip 'nft in a network namespace' 'needs root, nft, nsenter and a kernel with both'
    fleet_wait || exit 1
fi
test_case 'a node runs it only when it is told to' '
    exits 1 mco iptables isblocked 192.0.2.1 -F no=such --dt 1 -t 1 >out 2>&1
    exits 0 mco rpc rpcutil agent_inventory -I off1 -j >out && lacks out iptables'
test_case 'wrong words' '
    exits 1 mco iptables flush 2>err && has err "Command should be one of block, unblock or isblocked" &&
    exits 1 mco iptables block 2>err && has err "Please provide an IP address" &&
    exits 1 mco iptables block "1.2.3.4; reboot" 2>err && has err ipaddr'
test_done
