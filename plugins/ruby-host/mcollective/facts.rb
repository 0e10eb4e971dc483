module MCollective
  # The facts that the node had when it started us.
  module Facts
    class << self
      def get_facts
        @facts ||= read
      end

      def get_fact(name = nil)
        name.nil? ? get_facts : get_facts[name]
      end

      alias [] get_fact

      def has_fact?(name, value = nil)
        value.nil? ? get_facts.include?(name) : get_fact(name) == value
      end

      private

      def read
        require "json"
        JSON.parse(File.read(ENV["CHORIA_EXTERNAL_FACTS"], :encoding => "UTF-8"))
      rescue StandardError => e
        Log.error("Failed to load facts: #{e.class}: #{e}")
        {}
      end
    end
  end

  PluginManager << {:type => "facts_plugin", :class => Facts}
end
