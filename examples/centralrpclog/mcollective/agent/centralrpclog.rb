# A Ruby node keeps the log of the audit to the collective (doc/rfc/0007): below its
# libdir as mcollective/agent/centralrpclog.rb.
module MCollective
  module Agent
    class Centralrpclog
      attr_reader :timeout, :meta

      def initialize
        @timeout = 5
        @meta = { :license => 'Apache-2.0', :author => 'The Marionette authors',
                  :url => 'https://example.net/marionette' }
        @path = Config.instance.pluginconf['centralrpclog.logfile'] ||
                '/var/log/mcollective-rpcaudit.log'
      end

      # Never answers.
      def handlemsg(msg, _connection)
        record = msg[:body]
        words = %i[uniqid time caller sender agent action].map { |key| record[key].to_s.inspect }
        line = [msg[:senderid], *words, record[:data].inspect].join(' ')
        File.open(@path, 'a') { |file| file.puts(line) }
        nil
      end
    end
  end
end
