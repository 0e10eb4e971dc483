module MCollective
  # What an agent is made of: its actions, the request and the reply.
  module RPC
    class Request
      attr_accessor :time, :action, :data, :sender, :agent, :uniqid, :caller, :ddl

      def initialize(message, ddl)
        body = message[:body]
        @time = message[:msgtime]
        @action = body[:action] || body["action"]
        @data = body[:data] || body["data"]
        @agent = body[:agent] || body["agent"]
        @sender = message[:senderid]
        @uniqid = message[:requestid]
        @caller = message[:callerid] || "unknown"
        @ddl = ddl
      end

      # A Symbol also finds the String of its name, unless the DDL has both.
      def compatible_key(key)
        return key if data.include?(key) || !key.is_a?(Symbol)

        inputs = (ddl && ddl.action_interface(action)[:input]) || {}
        !inputs.include?(key.to_s) && data.include?(key.to_s) ? key.to_s : key
      end

      def include?(key)
        data.is_a?(Hash) && data.include?(compatible_key(key))
      end

      def [](key)
        data.is_a?(Hash) ? data[compatible_key(key)] : nil
      end

      def fetch(key, default)
        data.is_a?(Hash) ? data.fetch(compatible_key(key), default) : nil
      end

      def should_respond?
        return false unless data.is_a?(Hash)

        key = [:process_results, "process_results"].find { |name| data.include?(name) }
        key ? data[key] : true
      end

      def validate!
        ddl.validate_rpc_request(action, data)
      end

      def to_hash
        {:agent => agent, :action => action, :data => data}
      end

      def to_json(*arguments)
        require "json"
        to_hash.merge(:sender => sender, :callerid => caller, :uniqid => uniqid).to_json(*arguments)
      end
    end

    class Reply
      ERRORS = {1 => RPCAborted, 2 => UnknownRPCAction, 3 => MissingRPCData, 4 => InvalidRPCData}.freeze

      attr_accessor :statuscode, :statusmsg, :data

      def initialize(action, ddl)
        @statuscode = 0
        @statusmsg = "OK"
        @data = {}
        (ddl.action_interface(action)[:output] || {}).each do |name, output|
          @data[name] = Marshal.load(Marshal.dump(output[:default]))
        end
      end

      def fail(message, code = 1)
        @statusmsg = message
        @statuscode = code
      end

      def fail!(message, code = 1)
        fail(message, code)
        raise ERRORS.fetch(code, UnknownRPCError), message
      end

      def [](key)
        @data[key]
      end

      def []=(key, value)
        @data[key] = value
      end

      def fetch(key, default)
        @data.fetch(key, default)
      end

      def to_hash
        {:statuscode => @statuscode, :statusmsg => @statusmsg, :data => @data}
      end
    end

    # What an exception means for the caller; what nobody meant is for the log as well.
    module Failure
      STATUSES = {RPCAborted => 1, UnknownRPCAction => 2, MissingRPCData => 3,
                  InvalidRPCData => 4, DDLValidationError => 4, Exception => 5}.freeze
      LINES_MAX = 20

      def self.status(error, what)
        status = STATUSES.find { |kind, _| error.is_a?(kind) }.last
        note(error, "#{what} failed: ") if status == 5
        status
      end

      def self.note(error, what = "")
        Log.error("#{what}#{error.class}: #{error.message}")
        Log.error((error.backtrace || []).first(LINES_MAX).join("\n\t"))
      end
    end

    # Agents are free in the names of their methods, so there is none here but those that
    # the original has.
    class Agent
      attr_accessor :reply, :request, :agent_name
      attr_reader :logger, :config, :timeout, :ddl, :meta

      class << self
        def action(name, &block)
          raise "Need to pass a body for the action" unless block

          define_method("#{name}_action", &block)
        end

        def actions
          public_instance_methods.map { |name| name.to_s[/\A(.+)_action\z/, 1] }.compact.sort
        end

        def activate_when(&block)
          define_singleton_method(:activate?, &block)
        end

        # Without a rule of its own the settings say.
        def activate?
          Config.instance.activate_fallback != false
        end

        def metadata(_data)
          Log.debug("Setting metadata in agents has been deprecated, the DDL counts")
        end

        # Where the node asks a provider of its own before the action, that one decides, as
        # the original's global one replaces an agent's. Else the class of that name does,
        # if the node has it. Else there is no agent, rather than an open one.
        def authorized_by(plugin)
          return if Config.instance.authorized

          name = plugin.to_s.split("_").map(&:capitalize).join
          begin
            PluginManager.loadclass("MCollective::Util::#{name}") unless Util.const_defined?(name, false)
          rescue LoadError
            raise "it is authorized by #{plugin}, which this node has not: set " \
                  "plugin.#{to_s.split('::').last.downcase}.rpcauthprovider"
          end
          define_method(:authorization_hook) { |request| Util.const_get(name).authorize(request) }
        end
      end

      def initialize
        @agent_name = self.class.to_s.split("::").last.downcase
        load_ddl
        @logger = Log.instance
        @config = Config.instance
        startup_hook
      end

      def load_ddl
        @ddl = DDL.new(@agent_name, :agent)
        @meta = @ddl.meta
        @timeout = @meta[:timeout] || 10
      end

      def handlemsg(message, connection)
        @request = Request.new(message, @ddl)
        @reply = Reply.new(@request.action, @ddl)
        begin
          authorization_hook(@request) if respond_to?(:authorization_hook)
          before_processing_hook(message, connection)
          action = "#{@request.action}_action"
          raise UnknownRPCAction, "Unknown action '#{@request.action}' for agent '#{@request.agent}'" unless respond_to?(action)

          send(action)
        rescue Exception => e
          @reply.fail(e.to_s, Failure.status(e, "#{@agent_name}##{@request.action}"))
        end
        after_processing_hook
        @request.should_respond? ? @reply.to_hash : nil
      end

      # For agents to replace.
      def startup_hook; end

      def before_processing_hook(message, connection); end

      def after_processing_hook; end

      private

      def audit_request(message, connection); end

      def validate(key, validation)
        raise MissingRPCData, "please supply a #{key} argument" unless @request.include?(key)

        Validator.validate(@request[key], validation)
      rescue ValidatorError => e
        raise InvalidRPCData, "Input #{key} did not pass validation: #{e.message}"
      end

      def shellescape(text)
        Util.shellescape(text)
      end

      # A Symbol for :stdout or :stderr names an output of the reply.
      def run(command, options = {})
        shell_options = {}
        [:stdout, :stderr].each do |stream|
          next unless options.include?(stream)

          target = options[stream]
          target = reply[target] = +"" if target.is_a?(Symbol)
          reply.fail!("#{stream} should support << while calling run(#{command})") unless target.respond_to?("<<")
          shell_options[stream] = target
        end
        [:stdin, :cwd, :environment, :timeout].each do |name|
          shell_options[name] = options[name] if options.include?(name)
        end
        shell = Shell.new(command, shell_options)
        shell.runcommand
        shell_options.values_at(:stdout, :stderr).grep(String).each(&:chomp!) if options[:chomp]
        shell.status.exitstatus
      end

      # The action is a command (doc/rfc/0008).
      def implemented_by(command, _type = :json)
        result = CommandAction.new(command, request).run
        reply.data.merge!(result[:data])
        reply.fail("Failed to run #{command}: #{result[:stderr]}", result[:status]) if result[:status] > 0
      rescue StandardError => e
        Log.warn("Unhandled #{e.class} exception during #{request.agent}##{request.action}: #{e}")
        reply.fail!("Unexpected failure calling #{command}: #{e.class}: #{e}")
      end
    end

    # A command that reads a request file and writes a reply file.
    class CommandAction
      def initialize(command, request)
        @name = command
        @request = request
        @path = command.start_with?("/") ? command : search(command)
      end

      def run
        raise RPCAborted, "Cannot execute #{self}" unless @path && File.executable?(@path)

        Config.instance.with_files("request.json", "reply.json") do |request_path, reply_path|
          File.write(request_path, @request.to_json)
          File.write(reply_path, "")
          shell = start(request_path, reply_path)
          shell.stderr.each_line { |line| Log.error("#{self}: #{line.chomp}") }
          shell.stdout.each_line { |line| Log.info("#{self}: #{line.chomp}") }
          {:status => shell.status.exitstatus || 1, :stderr => shell.stderr, :data => data(reply_path)}
        end
      end

      def to_s
        "#{@request.agent}##{@request.action} command: #{@name}"
      end

      private

      def search(command)
        Config.instance.libdir.each do |folder|
          ["mcollective/agent", "agent"].each do |middle|
            path = File.join(folder, middle, @request.agent, command)
            return path if File.exist?(path)
          end
        end
        nil
      end

      def start(request_path, reply_path)
        variables = {"MCOLLECTIVE_REQUEST_FILE" => request_path, "MCOLLECTIVE_REPLY_FILE" => reply_path}
        shell = Shell.new("#{@path} #{request_path} #{reply_path}", :environment => variables)
        shell.runcommand
        shell
      end

      # What is no JSON object counts as no data.
      def data(path)
        read = JSON.parse(File.read(path, :encoding => "UTF-8"))
        read.is_a?(Hash) ? read.each_with_object({}) { |(key, value), named| named[key.to_sym] = value } : {}
      rescue JSON::ParserError
        {}
      end
    end
  end
end
