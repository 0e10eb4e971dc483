module MCollective
  # Checks of values: the stock ones, and those of files validator/NAME_validator.rb.
  module Validator
    UNSAFE = ["`", "$", ";", "|", "&&", ">", "<"].freeze
    TYPES = {
      :integer => [Integer], :float => [Float], :number => [Numeric],
      :string => [String], :boolean => [TrueClass, FalseClass]
    }.freeze

    class << self
      def validate(value, validation)
        case validation
        when *TYPES.keys, Class then typecheck(value, validation)
        when Regexp, String then regex(value, validation)
        when Symbol then public_send(validation, value)
        when Array then array(value, validation)
        end
      rescue StandardError => e
        raise ValidatorError, e.to_s
      end

      def typecheck(value, type)
        classes = type.is_a?(Class) ? [type] : TYPES.fetch(type, [])
        complain("value should be a #{type}") unless classes.any? { |one| value.is_a?(one) }
      end

      def regex(value, pattern)
        complain("value should match #{pattern}") unless value.match(pattern)
      end

      def array(value, list)
        complain("value should be one of #{list.join(', ')}") unless list.include?(value)
      end

      def length(value, max)
        complain("Input string is longer than #{max} character(s)") if max > 0 && value.size > max
      end

      def shellsafe(value)
        complain("value should be a String") unless value.is_a?(String)
        unsafe = UNSAFE.find { |text| value.include?(text) }
        complain("value should not have #{unsafe} in it") if unsafe
      end

      def ipv4address(value)
        complain("value should be an ipv4 address") unless address?(value, :ipv4?)
      end

      def ipv6address(value)
        complain("value should be an ipv6 address") unless address?(value, :ipv6?)
      end

      def load_validators(*) end

      def has_validator?(name)
        respond_to?(name) || !own(name).nil?
      end

      def [](name)
        own(name.to_s.sub(/Validator\z/, "")) || complain("Unknown validator: '#{name}'.")
      end

      def respond_to_missing?(*)
        false
      end

      def method_missing(name, *arguments)
        found = own(name) || complain("Unknown validator: '#{name}'.")
        found.validate(*arguments)
      end

      private

      def complain(text)
        raise ValidatorError, text
      end

      def address?(value, kind)
        require "ipaddr"
        IPAddr.new(value).public_send(kind)
      rescue StandardError
        false
      end

      # The class of a file of the node's folders, or nil.
      def own(name)
        constant = "#{name.to_s.capitalize}Validator"
        unless const_defined?(constant, false)
          return nil unless name.to_s =~ /\A\w+\z/ && PluginManager.find("validator").include?("#{name}_validator")

          require "mcollective/validator/#{name}_validator"
        end
        const_get(constant, false)
      end
    end
  end
end
