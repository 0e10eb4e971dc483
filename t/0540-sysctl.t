#!/bin/sh
# The sysctl agent on real nodes: the parameters of this kernel are read, those of a
# folder of our own are set.
# shellcheck disable=SC2016,SC2034 # texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
mkdir -p sys/vm && echo 60 >sys/vm/swappiness && echo 1 >sys/vm/locked
fleet_node real '' '' 'plugin.sysctl.allow = vm.swappiness'
fleet_node own '' '' "plugin.sysctl.folder = $tmp/sys" \
    'plugin.sysctl.allow = net.*, vm.swappiness'
fleet_wait || exit 1

test_case 'a parameter of this kernel' '
    exits 0 mco rpc sysctl get name=kernel.pid_max -I real --np >out && cat out &&
    has out "Value: $(cat /proc/sys/kernel/pid_max)"'
test_case 'set: what it was and what it is' '
    exits 0 mco rpc sysctl set name=vm.swappiness value=10 -I own -j >out && cat out &&
    has out "\"previous\":\"60\"" && has out "\"value\":\"10\"" &&
    is "$(cat sys/vm/swappiness)" 10'
test_case 'not allowed, not known, no name' '
    exits 2 mco rpc sysctl set name=vm.locked value=0 -I own --np >out &&
    has out "may not be set here: plugin.sysctl.allow does not name it" &&
    is "$(cat sys/vm/locked)" 1 &&
    exits 2 mco rpc sysctl set name=net.nosuch value=0 -I own --np >out &&
    has out "this kernel has no parameter" &&
    exits 2 mco rpc sysctl get name=..etc -I own --np >out &&
    has out "cannot be the name of a kernel parameter" &&
    exits 1 mco rpc sysctl get name=../etc -I own --np 2>err && has err "name"'
test_case 'what the kernel does not take' '
    [ -w /proc/sys/vm/swappiness ] || { echo "/proc/sys is read-only here"; exit 0; }
    before=$(cat /proc/sys/vm/swappiness)
    exits 2 mco rpc sysctl set name=vm.swappiness value=many -I real --np >out && cat out &&
    has out "vm.swappiness: Invalid argument" && is "$(cat /proc/sys/vm/swappiness)" "$before" &&
    exits 0 mco rpc sysctl set name=vm.swappiness value=$before -I real --np >out'
test_done
