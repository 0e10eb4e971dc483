# Serves one agent that is written in Ruby, once: the node starts this program for each
# request, and once when it loads the agent (doc/rfc/0008-external-agents.md).
#
#   host.rb REQUEST REPLY
#
# Both files are Ruby's Marshal, as messages between nodes and clients of the original
# are: so Symbols, Strings of bytes and nested hashes reach the client as the agent made
# them. What has no place in a message is refused with its name, or becomes text.

require_relative "mcollective"

module MCollective
  module Host
    # What is deeper is a ring, or nothing that the other side would take.
    DEPTH_MAX = 60
    FILES_MAX = 5000
    INTEGERS = (-(2**63)..2**63 - 1).freeze

    # A value as it may be sent: plain Ruby, without singletons, rings and foreign classes.
    def self.plain(value, where, depth = 0)
      raise ArgumentError, "#{where} is nested too deeply" if depth > DEPTH_MAX

      case value
      when nil, true, false, Float then value
      when Integer then INTEGERS.cover?(value) ? value : value.to_s
      when Symbol then value
      when String then String.new(value, :encoding => value.encoding)
      when Regexp then Regexp.new(value.source, value.options)
      when Array then value.map { |item| plain(item, where, depth + 1) }
      when Hash then value.each_with_object({}) do |(key, item), plain|
        plain[plain(key, where, depth + 1)] = plain(item, "#{where}[#{key.inspect}]", depth + 1)
      end
      else text(value, where)
      end
    end

    # Times and paths are read as text everywhere; of others nobody knows what they mean.
    def self.text(value, where)
      names = value.class.ancestors.map(&:to_s)
      texts = %w[Time Date Pathname URI::Generic IPAddr Exception]

      return value.to_s unless (names & texts).empty?

      raise ArgumentError, "#{where} is a #{value.class}, which cannot be sent"
    end

    # Whoever may change a file that root runs is root. The node has looked at the agent
    # itself; here is what it may load besides.
    def self.trust(folders)
      files = folders.flat_map do |folder|
        Dir.glob(["#{folder}/*.{rb,so}", "#{folder}/{mcollective,agent,util}/**/*.{rb,so}"])
      end
      raise SecurityError, "there are more than #{FILES_MAX} files in libdir" if files.size > FILES_MAX

      (files + files.map { |file| File.dirname(file) }).uniq.each do |path|
        about = File.stat(path)
        next if about.uid.zero? && (about.mode & 0o022).zero?

        raise SecurityError, "#{path} can be changed by others than root"
      end
    end

    # The class of an agent: Foo of foo.rb, or another spelling of it.
    def self.agent_class(request)
      load request[:file]
      known = Agent.constants.find { |name| name.to_s == request[:agent].capitalize } ||
              Agent.constants.find { |name| name.to_s.casecmp(request[:agent]).zero? }
      raise LoadError, "#{request[:file]} has no class MCollective::Agent::#{request[:agent].capitalize}" unless known

      found = Agent.const_get(known)
      return found if found.is_a?(Class) && found <= RPC::Agent

      raise LoadError, "MCollective::Agent::#{known} is no RPC::Agent"
    end

    # Whether the agent is to be active, and who says so: its own rule, or the settings.
    def self.activation(request)
      found = agent_class(request)
      active = found.activate? ? true : false
      agent = found.new if active
      limit = agent.ddl.meta[:timeout] || 10 if agent
      if agent && agent.timeout != limit
        Log.warn("it sets a timeout of #{agent.timeout} seconds; the #{limit} of its DDL count")
      end
      {:active => active, :reason => "it does not want to be active on this node"}
    rescue Exception => e
      RPC::Failure.note(e)
      {:active => false, :reason => "its Ruby fails: #{e.message} (#{e.class})"}
    end

    def self.message(request)
      {:senderid => request[:sender], :requestid => request[:uniqid],
       :callerid => request[:caller], :msgtime => request[:time],
       :agent => request[:agent], :collective => request[:collective],
       :body => {:agent => request[:agent], :action => request[:action],
                 :caller => request[:caller], :data => request[:data]}}
    end

    # Inputs get the keys that the DDL declares: a Symbol, unless it declares the String.
    def self.declared_keys(data, ddl, action)
      inputs = ddl.action_interface(action)[:input] || {}
      data.each_with_object({}) do |(key, value), named|
        key = key.to_sym if key.is_a?(String) && (inputs.include?(key.to_sym) || !inputs.include?(key))
        named[key] = value
      end
    end

    # An activation rule may load what the actions need: it has run before, as in a daemon,
    # whatever it says now.
    def self.serve(request)
      found = agent_class(request)
      begin
        found.activate?
      rescue Exception => e
        Log.debug("its activation rule fails: #{e.class}: #{e}")
      end
      agent = found.new
      request[:data] = declared_keys(request[:data], agent.ddl, request[:action])
      answer = agent.handlemsg(message(request), nil) || agent.reply.to_hash
      checked(answer)
    rescue Exception => e
      RPC::Failure.note(e)
      {:statuscode => 5, :statusmsg => "#{e.message} (#{e.class})", :data => {}}
    end

    def self.checked(answer)
      data = answer[:data]
      raise ArgumentError, "the data of the reply is a #{data.class} and not a Hash" unless data.is_a?(Hash)

      named = data.each_with_object({}) do |(key, value), all|
        key = key.to_s unless key.is_a?(Symbol) || key.is_a?(String)
        all[plain(key, "a key")] = plain(value, "reply[#{key.inspect}]")
      end
      code = answer[:statuscode]
      {:statuscode => code.is_a?(Integer) ? code : 5, :statusmsg => answer[:statusmsg].to_s, :data => named}
    end

    def self.run(request_path, reply_path)
      $stdout.sync = $stderr.sync = true
      Encoding.default_external = Encoding::UTF_8
      request = Marshal.load(File.binread(request_path))
      Config.instance.take(request, File.dirname(reply_path))
      Dir.chdir("/") # the folder we are in is removed; what an agent starts may live on
      begin
        trust(request[:libdir]) if request[:strict]
      rescue SystemCallError, SecurityError => e
        answer = {:active => false, :reason => e.message,
                  :statuscode => 1, :statusmsg => e.message, :data => {}}
      end
      answer ||= request[:action] ? serve(request) : activation(request)
      File.binwrite(reply_path, Marshal.dump(answer))
    end
  end
end

MCollective::Host.run(ARGV[0], ARGV[1])
# Threads that the agent left behind, and what it wanted done at the exit of a daemon that
# lives on, do not keep the caller waiting.
$stdout.flush
$stderr.flush
exit!(0)
