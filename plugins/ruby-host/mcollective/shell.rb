module MCollective
  # Runs a command by the shell. Its output goes through files, so that a program that
  # the command leaves in the background does not keep us waiting.
  class Shell
    KILL_AFTER_SECONDS = 2

    attr_reader :environment, :command, :status, :stdout, :stderr, :stdin, :cwd, :timeout

    def initialize(command, options = {})
      @command = command
      @environment = {"LC_ALL" => "C"}
      @stdout = +""
      @stderr = +""
      @cwd = Dir.tmpdir
      options.each { |name, value| take(name.to_s, value) }
    end

    def runcommand
      Config.instance.with_files("in", "out", "err") do |input, output, errors|
        File.binwrite(input, stdin.to_s)
        @status = wait(start(:in => input, :out => [output, "w"], :err => [errors, "w"], :chdir => cwd))
        relay(output, stdout)
        relay(errors, stderr)
      end
      @status
    end

    private

    def take(name, value)
      case name
      when "stdout", "stderr"
        raise "#{name} should support <<" unless value.respond_to?("<<")

        instance_variable_set("@#{name}", value)
      when "stdin"
        raise "stdin should be a String" unless value.is_a?(String)

        @stdin = value
      when "cwd"
        raise "Directory #{value} does not exist" unless File.directory?(value)

        @cwd = value
      when "environment" then @environment = value ? @environment.merge(value).reject { |_, item| item.nil? } : {}
      when "timeout" then @timeout = checked_timeout(value)
      end
    end

    def checked_timeout(value)
      return value if value == :on_thread_exit || (value.is_a?(Integer) && value > 0)

      raise "timeout should be a positive integer or the symbol :on_thread_exit symbol"
    end

    # A command that is not there ends with a status, not with an exception.
    def start(streams)
      variables = environment.each_with_object({}) { |(name, value), texts| texts[name.to_s] = value.to_s }
      ::Process.spawn(variables, command, streams)
    rescue Errno::ENOENT, Errno::EACCES
      ::Process.spawn(variables, "/bin/sh", "-c", command, streams)
    end

    def wait(pid)
      guard = timeout.is_a?(Integer) ? Thread.new { stop(pid) } : nil
      status = ::Process.wait2(pid).last
      status.signaled? ? ended_with(128 + status.termsig) : status
    ensure
      guard.kill if guard
    end

    # Agents know a signal by the exit status of the shell that the original has between.
    def ended_with(code)
      ::Process.wait2(::Process.spawn("exit #{code}")).last
    end

    def stop(pid)
      sleep timeout
      ::Process.kill("TERM", pid)
      sleep KILL_AFTER_SECONDS
      ::Process.kill("KILL", pid)
    rescue Errno::ESRCH
      nil
    end

    def relay(path, text)
      File.open(path, "r:UTF-8") { |file| file.each_line { |line| text << line } }
    end
  end
end
