# A Ruby node takes part in the audit to the collective (doc/rfc/0007): below its libdir
# as mcollective/audit/centralrpclog.rb, with rpcauditprovider = Centralrpclog.
module MCollective
  module Audit
    class Centralrpclog < RPC::Audit
      def audit_request(request, _connection)
        config = Config.instance
        collective = config.pluginconf['centralrpclog.collective'] || config.main_collective
        record = { :agent => request.agent, :action => request.action,
                   :caller => request.caller, :sender => request.sender,
                   :uniqid => request.uniqid, :time => request.time,
                   :data => request.data }
        message = Message.new(record, nil, :type => :request, :agent => 'centralrpclog',
                              :collective => collective,
                              :filter => Util.empty_filter.merge('agent' => ['centralrpclog']))
        message.encode!
        message.publish
      rescue StandardError => e
        Log.error("A record of the audit was not sent: #{e}")
      end
    end
  end
end
