#!/bin/sh
# Our nodes register with a Ruby daemon that has an agent for it: over ActiveMQ, sealed
# by psk and by aes_security, the list of agents and the metadata.
. "$(dirname "$0")/lib.sh"

# The agent writes what it hears, one line a message.
agent()
{
    mkdir -p "$mci_dir/lib/mcollective/agent"
    cat >"$mci_dir/lib/mcollective/agent/registration.rb" <<RUBY
module MCollective
  module Agent
    class Registration
      attr_reader :timeout, :meta

      def initialize
        @timeout = 5
        @meta = {:license => 'x', :author => 'x', :url => 'x'}
      end

      def handlemsg(msg, _connection)
        File.open('$mci_dir/heard', 'a') do |file|
          file.puts([msg[:senderid], msg[:callerid], msg[:body].inspect].join(' '))
        end
        nil
      end
    end
  end
end
RUBY
}

# heard NAME REGEX: one result: a line comes that matches.
heard()
{
    heard_end=$(($(date +%s) + 30))
    until grep -E -q -e "$2" "$mci_dir/heard"; do
        if [ "$(date +%s)" -ge "$heard_end" ]; then
            mci_not_ok "$mci_label: $1" "no '$2' in:
$(tail -n 5 "$mci_dir/heard" "$MC_SITE"/nodes/*/log)"
            return
        fi
    done
    mci_ok "$mci_label: $1"
}

# registers PROVIDER CALLER
registers()
{
    mci_label=$1
    : >"$mci_dir/heard"
    mc_site_init "$mci_dir/$1" activemq "$MC_ACTIVEMQ_PORT" "$1" || exit 1
    MC_EXTRA="libdir = $mci_dir/lib"
    mc_node_start ruby receiver.example.net mixed 'os=linux' common
    MC_EXTRA='registerinterval = 1'
    mc_node_start ours alpha.example.net mixed 'os=linux country=uk' common
    MC_EXTRA='registerinterval = 1
registration = meta'
    mc_node_start ours beta.example.net mixed 'os=linux country=de' 'common apache'
    MC_EXTRA=
    heard 'agentlist' "^alpha.example.net $2 \\[.*\"rpcutil\""
    heard 'meta: agents' "^beta.example.net $2 \\{.*:agentlist=>\\[.*\"rpcutil\""
    heard 'meta: facts' '^beta.*:facts=>\{.*"country"=>"de"'
    heard 'meta: classes' '^beta.*:classes=>\["common", "apache"\]'
    heard 'meta: identity' '^beta.*:identity=>"beta.example.net"'
    heard 'meta: collectives' '^beta.*:collectives=>\["mixed"\]'
    mc_nodes_stop
}

mci_begin
agent
mc_activemq_start || exit 1
registers psk "uid=$(id -u)"
registers aes-marshal cert=server
mci_done
