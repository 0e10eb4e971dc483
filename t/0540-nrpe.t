#!/bin/sh
# The nrpe agent on real nodes with real monitoring plugins: one machine of 47 with a sick
# disk, and what goes wrong with checks.
# shellcheck disable=SC2016,SC2034 # texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

sim_pid=
test_at_end 'mc_proc_end "$sim_pid"; fleet_end'
plugins=/usr/lib/nagios/plugins
if [ ! -x $plugins/check_disk ] || [ ! -x $plugins/check_load ] || [ ! -x $plugins/check_procs ]; then
    test_skip 'checks with real plugins' 'monitoring-plugins-basic is not installed'
    test_done
fi
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1

# Everybody is well; dev1 has thresholds that no disk satisfies.
mkdir well sick sick/more
cat >well/nrpe.cfg <<CFG
command[check_disks]=$plugins/check_disk -w 1 -c 1 -p / -p /dev/shm
command[check_load]=$plugins/check_load -w 9000,9000,9000 -c 9000,9000,9000
CFG
cat >sick/nrpe.cfg <<CFG
# as Debian has it
pid_file=/run/nagios/nrpe.pid
server_port=5666
dont_blame_nrpe=1
command_timeout=1
this line is broken
include=$tmp/sick/local
include_dir=$tmp/sick/more/
command[check_disks]=$plugins/check_disk -w 100% -c 100% -p / -p /dev/shm
command[check_load]=$plugins/check_load -w 9000,9000,9000 -c 9000,9000,9000
command[check_procs]=$plugins/check_procs -c 1:
command[check_none]=$plugins/check_procs -w 1: -C no-such-program
command[check_args]=$plugins/check_procs -w \$ARG1\$ -c \$ARG2\$
command[hang]=echo \$\$\$\$ >$tmp/hangs; tail -f /dev/null & tail -f /dev/null
command[flood]=yes
command[killed]=kill -KILL \$\$\$\$
command[missing]=/no/such/check_plugin
command[noisy]=i=0; while [ \$i -lt 70 ]; do i=\$((i + 1)); echo dev1 says \$i on stdout; echo dev1 says \$i on stderr >&2; done; exit 2
CFG
echo 'command[included]=echo included' >sick/local
echo 'command[below]=echo below' >sick/more/a.cfg
echo 'command[nobody]=echo nobody' >sick/more/a.txt
fleet_node dev1.my.net 'role=dev' 'sick' "plugin.nrpe.conf_file = $tmp/sick/nrpe.cfg"
fleet_wait || exit 1

sick='-I dev1.my.net --np'

test_case 'real plugins: exit code, output and performance data' '
    exits 2 mco rpc nrpe runcommand command=check_disks $sick >out && cat out &&
    has out "dev1.my.net                              Request Aborted" && has out "   CRITICAL" &&
    matches out "^ +Exit Code: 2\$" && matches out "^ +Output: DISK CRITICAL - free space: / " &&
    matches out "^ +Performance Data:  /=[0-9]+.*B;" &&
    exits 0 mco rpc nrpe runcommand command=check_load $sick --display all >out && cat out &&
    matches out "Output: .*load average" && matches out "Performance Data: load1=" &&
    matches out "^ +Command: check_load\$" && has out "           OK : 1" &&
    exits 0 mco rpc nrpe runcommand command=check_procs $sick -j >out &&
    has out "\"exitcode\":0" && has out "PROCS OK"'
test_case 'a plugin that warns' '
    exits 2 mco rpc nrpe runcommand command=check_none $sick >out && cat out &&
    has out "   WARNING" && has out "PROCS WARNING: 0 processes" && has out "WARNING : 1"'
test_case 'include and include_dir are followed, other files are not' '
    exits 0 mco rpc nrpe runcommand command=included $sick &&
    exits 0 mco rpc nrpe runcommand command=below $sick &&
    exits 2 mco rpc nrpe runcommand command=nobody $sick >out &&
    has out "No such command: nobody" && has out "   UNKNOWN"'
test_case 'a broken line is told once, with file and line' '
    has fleet/dev1.my.net/log "sick/nrpe.cfg, line 6: there is no '\''='\'' with a value" &&
    is "$(fleet_log_count dev1.my.net "cannot be used")" 1'
test_case 'arguments where they are allowed; nasty ones nowhere' '
    exits 0 mco rpc nrpe runcommand command=check_args "args=1:!1:" $sick -j >out &&
    has out "PROCS OK" &&
    exits 2 mco rpc nrpe runcommand command=check_args "args=1:!;reboot" $sick >out && cat out &&
    has out "Invalid Request Data" && has out "; is not allowed in arguments on this node" &&
    exits 1 mco rpc nrpe runcommand "command=check_args;x" $sick 2>err && has err command'
test_case 'plugins that hang, flood, die, are not there: UNKNOWN and a sentence each' '
    for check in hang flood; do
        exits 2 mco rpc nrpe runcommand command=$check $sick >out &&
        has out "   UNKNOWN" && has out "NRPE: Command timed out after 1 seconds" || exit 1
    done
    exits 2 mco rpc nrpe runcommand command=killed $sick >out &&
    has out "killed: the plugin was ended by signal 9" &&
    exits 2 mco rpc nrpe runcommand command=missing $sick >out &&
    has out "missing: the plugin cannot be run (exit code 127): /no/such/check_plugin"'
test_case 'nothing of them is left, and the node answers' '
    group=$(cat hangs) && [ -n "$group" ] && ! kill -0 -- "-$group" 2>/dev/null &&
    is "$(cat /proc/$(fleet_pid dev1.my.net)/task/*/children)" "" &&
    exits 0 mco ping -I dev1.my.net'
test_case 'all checks at once, each with its end' '
    sed -i "/hang\|flood/d" sick/nrpe.cfg &&
    exits 0 mco rpc nrpe runallcommands $sick -j >out && cat out &&
    matches out "\"check_disks\":\{\"exitcode\":2,\"output\":\"DISK CRITICAL" &&
    matches out "\"below\":\{\"exitcode\":0,\"output\":\"below\"\}"'
test_case 'nodes are found by how a check ends' '
    mco find -S "nrpe('\''check_disks'\'').exitcode = 2" >found && is "$(cat found)" dev1.my.net &&
    exits 1 mco find -S "nrpe('\''check_disks'\'').exitcode = 0" --dt 1'
test_done
