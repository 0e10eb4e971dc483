#!/bin/sh
# The audit to the collective, over ActiveMQ: records of our nodes and of Ruby's, kept by
# our agent and by one in Ruby (examples/centralrpclog). The plugin of 2010 sends none.
. "$(dirname "$0")/lib.sh"

# heard FILE NAME REGEX [REGEX]: one result: a line comes that matches both.
heard()
{
    heard_end=$(($(date +%s) + 30))
    until grep -E -e "$3" "$1" 2>/dev/null | grep -E -q -e "${4:-.}"; do
        if [ "$(date +%s)" -ge "$heard_end" ]; then
            mci_not_ok "$2" "no '$3' in:
$(tail -n 5 "$1" "$MC_SITE"/nodes/*/log)"
            return
        fi
    done
    mci_ok "$2"
}

# As it calls the daemon: the filter lacks what Ruby's 2.x looks for.
old_plugin()
{
    mkdir -p "$mci_dir/old/mcollective/audit"
    cat >"$mci_dir/old/mcollective/audit/centralrpclog.rb" <<'RUBY'
module MCollective
  module Audit
    class Centralrpclog < RPC::Audit
      def audit_request(request, _connection)
        message = Message.new(request, nil, :agent => 'centralrpclog', :type => :request,
                              :collective => Config.instance.main_collective,
                              :filter => {'agent' => 'centralrpclog'})
        message.encode!
        message.publish
      end
    end
  end
end
RUBY
}

# audited PROVIDER CALLER
audited()
{
    mc_site_init "$mci_dir/$1" activemq "$MC_ACTIVEMQ_PORT" "$1" || exit 1
    on='rpcaudit = 1
rpcauditprovider = Centralrpclog'
    MC_EXTRA="libdir = $MC_TOP/examples/centralrpclog
plugin.centralrpclog.logfile = $mci_dir/$1/by-ruby
$on"
    mc_node_start ruby alpha.example.net mixed 'os=linux' common
    MC_EXTRA="plugin.centralrpclog.activate_agent = 1
plugin.centralrpclog.logfile = $mci_dir/$1/by-ours
$on"
    mc_node_start ours beta.example.net mixed 'os=linux' common
    MC_EXTRA="libdir = $mci_dir/old
$on"
    mc_node_start ruby gamma.example.net mixed 'os=old' common
    MC_EXTRA=
    mc_client_cfg "$mci_dir/$1/client.cfg" mixed
    mc_fleet_wait ours "$mci_dir/$1/client.cfg" 3 60 || exit 1
    for make in ours ruby; do
        mc_mco $make "$mci_dir/$1/client.cfg" rpc rpcutil get_fact fact=$make >/dev/null 2>&1 </dev/null
        for node in alpha beta; do
            heard "$mci_dir/$1/by-ours" "$1: $make client, $node, our log" \
                "node=$node.example.net by=$2 reqid=[0-9a-f]{32}: reqtime=[0-9]+ caller=$3@.* agent=rpcutil action=get_fact data=\\{:fact=>\"$make\""
            heard "$mci_dir/$1/by-ruby" "$1: $make client, $node, Ruby's log" \
                "^$node.example.net \"[0-9a-f]{32}\" \"[0-9]+\" \"$3\"" \
                "\"rpcutil\" \"get_fact\" \\{:fact=>\"$make\""
        done
    done
    heard "$MC_SITE/nodes/ruby-gamma.example.net/log" \
        "$1: the plugin of 2010 fails in its own node" 'Audit failed - undefined method'
    if grep gamma "$mci_dir/$1/by-ours" "$mci_dir/$1/by-ruby"; then
        mci_not_ok "$1: and is in no log"
    else
        mci_ok "$1: and is in no log"
    fi
    mc_nodes_stop
}

mci_begin
old_plugin
mc_activemq_start || exit 1
audited psk "[a-z]+=[^ ]+" "uid=$(id -u)"
audited aes-marshal cert=server cert=user
mci_done
