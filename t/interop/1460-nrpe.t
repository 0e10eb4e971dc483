#!/bin/sh
# The nrpe agent across makes, with our DDL files: both clients before a node of ours with
# a real plugin, and before a Ruby node with a small agent of the same actions.
# shellcheck disable=SC2016,SC2034,SC2154 # used in the texts of cases; set by tap.sh
. "$(dirname "$0")/tap.sh"

plugins=/usr/lib/nagios/plugins
if [ ! -x $plugins/check_disk ]; then
    test_skip 'checks between the makes' 'monitoring-plugins-basic is not installed'
    test_done
fi
mc_activemq_start || exit 1
mc_site_init "$tmp/site" activemq "$MC_ACTIVEMQ_PORT" psk || exit 1
lib=$tmp/lib/mcollective
mkdir -p "$lib/agent" "$lib/data" "$lib/aggregate" "$tmp/nrpe.d"
cp "$MC_TOP/plugins/agent/nrpe.ddl" "$lib/agent" &&
    cp "$MC_TOP/plugins/data/nrpe_data.ddl" "$lib/data" &&
    cp "$MC_TOP/plugins/aggregate/nagios_states.ddl" "$lib/aggregate" || exit 1
cat >"$tmp/nrpe.d/checks.cfg" <<CFG
command[check_disks]=$plugins/check_disk -w 100% -c 100% -p /
command[check_well]=$plugins/check_disk -w 1 -c 1 -p /
CFG
# What the Ruby client counts states with, and what a Ruby node answers.
cat >"$lib/aggregate/nagios_states.rb" <<'END'
module MCollective
  class Aggregate
    class Nagios_states < Base
      NAMES = %w[OK WARNING CRITICAL UNKNOWN].freeze

      def startup_hook
        @result[:value] = Hash[NAMES.map { |name| [name, 0] }]
        @result[:type] = :collection
        @aggregate_format ||= "%10s : %s"
      end

      def process_result(value, _reply)
        @result[:value][NAMES.fetch(value, "UNKNOWN")] += 1
      end
    end
  end
end
END
cat >"$lib/agent/nrpe.rb" <<'END'
module MCollective
  module Agent
    class Nrpe < RPC::Agent
      action "runcommand" do
        reply[:command] = request[:command]
        if request[:command] == "check_disks"
          reply[:exitcode] = 2
          reply[:output] = "DISK CRITICAL - free space: / 24 MB (0% inode=86%);"
          reply[:perfdata] = " /=4111MB;3706;3924;0;4361"
          reply.fail "CRITICAL"
        else
          reply[:exitcode] = 0
          reply[:output] = "DISK OK"
          reply[:perfdata] = ""
        end
      end

      action "runallcommands" do
        reply[:commands] = {"check_disks" => {:exitcode => 2, :output => "DISK CRITICAL"}}
      end
    end
  end
end
END
mc_client_cfg "$tmp/client.cfg" mcollective "libdir = $tmp/lib"
MC_EXTRA="plugin.nrpe.conf_dir = $tmp/nrpe.d"
mc_node_start ours ours.my.net mcollective 'country=uk' ''
MC_EXTRA="libdir = $tmp/lib"
mc_node_start ruby ruby.my.net mcollective 'country=de' ''
MC_EXTRA=
mc_fleet_wait ours "$tmp/client.cfg" 2 30 || {
    tail -n 5 "$tmp"/site/nodes/*/log "$tmp"/site/nodes/*/out
    exit 1
}
cd "$tmp" || exit 1

# asks CODE WORD...: exit code, and the output in the file out
asks()
{
    asks_code=$1
    shift
    exits "$asks_code" mc_mco "$make" client.cfg "$@" --dt 2 >out 2>&1
    asks_result=$?
    cat out
    return $asks_result
}

for make in ruby ours; do
    for node in ours ruby; do
        test_case "$make client, $node node: a sick disk is a failed request with its data" '
            asks 2 rpc nrpe runcommand command=check_disks -I $node.my.net -j &&
            matches out "\"statuscode\": ?1," && matches out "\"statusmsg\": ?\"CRITICAL\"" &&
            matches out "\"exitcode\": ?2" && matches out "\"perfdata\": ?\" /=[0-9]+" &&
            matches out "\"output\": ?\"DISK CRITICAL - free space: / "'
        test_case "$make client, $node node: all checks at once" '
            asks 0 rpc nrpe runallcommands -I $node.my.net -j &&
            matches out "\"check_disks\": ?\\{" && matches out "\"exitcode\": ?2"'
    done
    test_case "$make client: both nodes in one summary, the words of the DDL" '
        asks 2 rpc nrpe runcommand command=check_disks &&
        is "$(grep -c "Request Aborted" out)" 2 && has out "Summary of Exit Code:" &&
        has out "     CRITICAL : 2" && has out "           OK : 0" &&
        asks 0 rpc nrpe runcommand command=check_well --display all &&
        has out "           OK : 2" && matches out "^ +Output: DISK OK" &&
        matches out "^ +Command: check_well"'
    test_case "$make client: what our node refuses has its sentence" '
        asks 2 rpc nrpe runcommand command=nosuch -I ours.my.net --display all -j &&
        has out "No such command: nosuch" && matches out "\"statusmsg\": ?\"UNKNOWN\"" &&
        asks 2 rpc nrpe runcommand command=check_well args=1 -I ours.my.net &&
        has out "arguments are not allowed on this node"'
    test_case "$make client: our node is found by how a check ends" '
        asks 0 find -S "nrpe('\''check_disks'\'').exitcode=2 and country=uk" &&
        is "$(cat out)" ours.my.net'
done
test_case 'our check-mc-nrpe before both makes' '
    exits 2 "$MC_BIN/check-mc-nrpe" -c client.cfg --dt 2 check_disks >out && cat out &&
    matches out "^check_disks: OK: 0 WARNING: 0 CRITICAL: 2 UNKNOWN: 0\|total=2 " &&
    exits 0 "$MC_BIN/check-mc-nrpe" -c client.cfg --dt 2 check_well >out && cat out'
test_done
