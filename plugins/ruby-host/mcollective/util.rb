module MCollective
  # Small helpers of the original that agents use.
  module Util
    class << self
      # A name, or a pattern between slashes.
      def matches?(wanted, found)
        wanted = Regexp.new(wanted.delete("/")) if wanted.is_a?(String) && wanted.start_with?("/")
        wanted.is_a?(Regexp) ? found.any? { |name| name =~ wanted } : found.include?(wanted)
      end
      private :matches?

      def has_agent?(agent)
        matches?(agent, PluginManager.find("agent", "ddl"))
      end

      def has_cf_class?(name)
        matches?(name, File.readlines(Config.instance.classesfile).map(&:chomp))
      rescue SystemCallError => e
        Log.warn("Parsing classes file '#{Config.instance.classesfile}' failed: #{e.class}: #{e}")
        false
      end

      def has_identity?(identity)
        matches?(identity, [Config.instance.identity])
      end

      def get_fact(fact)
        Facts.get_fact(fact)
      end

      def has_fact?(name, value, operator)
        fact = Facts[name]
        found = case fact
                when nil then []
                when Array then fact
                when Hash then fact.keys
                else [fact]
                end
        found.any? { |item| compares?(item.to_s, value, operator) }
      end

      # Two texts; as numbers where both are such.
      def compares?(fact, value, operator)
        return !fact.match(Regexp.new(value[%r{\A/(.+)/\z}, 1] || value)).nil? if operator == "=~"
        return fact == value if operator == "=="
        return false unless %w[<= >= < > !=].include?(operator)

        [[/\A\d+\z/, :Integer], [/\A\d+\.\d+\z/, :Float]].each do |form, convert|
          fact, value = send(convert, fact), send(convert, value) if [fact, value].all? { |t| t.is_a?(String) && t =~ form }
        end
        fact.public_send(operator, value)
      end
      private :compares?

      def empty_filter
        {"fact" => [], "cf_class" => [], "agent" => [], "identity" => [], "compound" => []}
      end

      def empty_filter?(filter)
        filter == empty_filter || filter == {}
      end

      def loadclass(name)
        PluginManager.loadclass(name)
      end

      def parse_fact_string(text)
        forms = [[/\A([^ ]+?) *=> *(.+)/, ">="], [/\A([^ ]+?) *=< *(.+)/, "<="]]
        forms.each { |form, operator| return pair($1, $2, operator) if text =~ form }
        return pair($1, $3, $2) if text =~ /\A([^ ]+?) *(<=|>=|<|>|!=|==|=~) *(.+)/
        return pair($1, "/#{$2}/", "=~") if text =~ %r{\A(.+?) *= */(.+)/\z}
        return pair($1, $2, "==") if text =~ /\A([^= ]+?) *= *(.+)/

        raise "Could not parse fact #{text} it does not appear to be in a valid format"
      end

      def pair(fact, value, operator)
        {:fact => fact, :value => value, :operator => operator}
      end
      private :pair

      def shellescape(text)
        require "shellwords"
        Shellwords.escape(text)
      end

      def windows?
        false
      end

      def color(_code)
        ""
      end

      def colorize(_code, message)
        message.to_s
      end

      def ruby_version
        RUBY_VERSION
      end

      def mcollective_version
        VERSION
      end

      def command_in_path?(command)
        ENV["PATH"].to_s.split(File::PATH_SEPARATOR).any? { |folder| File.exist?(File.join(folder, command)) }
      end

      # -1, 0 or 1, piece by piece: a dash comes first, a dot next, then numbers and words.
      def versioncmp(left, right)
        pieces = [left, right].map { |version| version.scan(/[-.]|\d+|[^-.\d]+/) }
        pieces.first.zip(pieces.last).each do |one, other|
          break if other.nil?

          order = compare_pieces(one, other)
          return order unless order.zero?
        end
        left <=> right
      end

      def compare_pieces(one, other)
        return 0 if one == other

        ["-", "."].each do |mark|
          return -1 if one == mark
          return 1 if other == mark
        end
        numbers = [one, other].all? { |piece| piece =~ /\A\d+\z/ }
        return one.to_i <=> other.to_i if numbers && [one, other].none? { |piece| piece.start_with?("0") }

        one.upcase <=> other.upcase
      end
      private :compare_pieces

      def absolute_path?(path, separator = File::SEPARATOR, *)
        path.start_with?(separator)
      end

      def str_to_bool(value)
        case value.to_s.strip
        when /\A(1|yes|true|y|t)\z/i then true
        when /\A(0|no|false|n|f)\z/i then false
        else raise "Cannot convert string value '#{value.to_s.strip}' into a boolean."
        end
      end

      def templatepath(name)
        path = File.join(Config.instance.configdir, name)
        File.exist?(path) ? path : File.join("/etc/mcollective", name)
      end

      def field_size(elements, min_size = 40)
        [elements.map(&:length).max, min_size].max
      end

      def field_number(field_size, max_size = 90)
        [max_size / field_size, 1].max
      end
    end
  end
end
