module MCollective
  # The log of the node: it keeps what we print, standard output at level info and
  # standard error at level error, and each line says what it was.
  module Log
    ERRORS = [:warn, :error, :fatal].freeze
    LEVELS = [:debug, :info, *ERRORS].freeze

    class << self
      attr_accessor :wants_debug

      LEVELS.each do |level|
        define_method(level) { |message| log(level, message) }
      end

      def log(level, message)
        raise "Unknown log level" unless LEVELS.include?(level)
        return if level == :debug && !wants_debug

        stream = ERRORS.include?(level) ? $stderr : $stdout
        message.to_s.each_line { |line| stream.puts(level == :info ? line : "#{level}: #{line}") }
      end

      def instance
        self
      end

      def logger
        self
      end

      def configure(*) end

      def cycle_level(*) end

      def reopen(*) end
    end
  end
end
