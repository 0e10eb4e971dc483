require "singleton"

module MCollective
  # The settings of the node, as it told them.
  class Config
    include Singleton

    attr_accessor :mode
    attr_reader :pluginconf, :configured, :configfile, :configdir, :libdir,
                :activate_fallback, :authorized

    def initialize
      @mode = :server
      @configured = false
      @pluginconf = {}
      @libdir = []
      @settings = {}
    end

    # From the request of the node, which lies in a folder that is ours alone.
    def take(request, folder)
      @folder = folder
      @settings = request[:settings]
      @pluginconf = request[:plugins]
      @libdir = request[:libdir]
      @configfile = request[:configfile]
      @configdir = File.dirname(@configfile)
      @authorized = request[:authorized]
      @activate_fallback = request[:wanted]
      @ddl_file = request[:ddl]
      @agent = request[:agent]
      @configured = true
      Log.wants_debug = @settings["loglevel"] == "debug"
      # Ours before theirs; theirs before what is installed.
      $LOAD_PATH.insert(1, *(@libdir - $LOAD_PATH))
    end

    # The paths of new files in the folder of the request, while the block runs.
    def with_files(*names)
      @files = (@files || 0) + 1
      paths = names.map { |name| File.join(@folder, "#{@files}-#{name}") }
      yield(*paths)
    ensure
      paths.each { |path| File.unlink(path) if File.exist?(path) }
    end

    # The DDL that the node found for the agent itself.
    def ddl_of(name)
      name == @agent ? @ddl_file : nil
    end

    # Errors show it to callers, who must not see what it holds.
    def inspect
      to_s
    end

    def loadconfig(*) end

    def respond_to_missing?(name, _all = false)
      @settings.include?(name.to_s)
    end

    def method_missing(name, *arguments)
      return @settings[name.to_s] if arguments.empty? && @settings.include?(name.to_s)

      super
    end
  end
end
