module MCollective
  # The description of an agent or another plugin, as its own code sees it. The node has
  # read it before, and has checked the inputs of each request against it.
  module DDL
    def self.new(name, type = :agent, loadddl = true)
      Description.new(name, type, loadddl)
    end

    def self.load_and_cache(*arguments)
      new(*arguments)
    end

    class Description
      attr_reader :meta, :entities, :pluginname, :plugintype, :requirements

      def initialize(name, type = :agent, loadddl = true)
        @pluginname = name
        @plugintype = type.to_sym
        @entities = {}
        @meta = {}
        @requirements = {}
        @usage = ""
        loadddlfile if loadddl
      end

      def findddlfile(name = @pluginname, type = @plugintype)
        known = Config.instance.ddl_of(name) if type.to_sym == :agent
        return known if known && known.end_with?(".ddl")

        places = Config.instance.libdir.flat_map do |folder|
          ["#{folder}/mcollective/#{type}/#{name}.ddl", "#{folder}/#{type}/#{name}.ddl"]
        end
        places.find { |path| File.exist?(path) } || false
      end

      def loadddlfile
        path = findddlfile
        raise "Can't find DDL for #{plugintype} plugin '#{pluginname}'" unless path

        instance_eval(File.read(path, :encoding => "UTF-8"), path, 1)
      end

      def metadata(meta)
        @meta = meta
      end

      def requires(requirement)
        @requirements.merge!(requirement)
      end

      def action(name, properties, &block)
        entity(name, properties, :action => name, :display => :failed, &block)
      end

      def dataquery(properties, &block)
        entity(:data, properties, :display => :failed, &block)
      end

      def discovery(&block)
        entity(:discovery, {}, :capabilities => [], &block)
      end

      def capabilities(list)
        current[:capabilities] = [list].flatten
      end

      def display(preference)
        current[:display] = preference
      end

      def input(name, properties)
        current[:input][name] = properties
      end

      def output(name, properties)
        current[:output][name] = properties
      end

      def aggregate(function, format = {})
        (current[:aggregate] ||= []) << function.merge(format)
      end

      # Aggregates are the client's.
      def summarize; end

      def usage(text = nil)
        text ? @usage = text : @usage
      end

      def action_interface(name)
        @entities[name] || {}
      end

      def dataquery_interface
        @entities[:data] || {}
      end

      def actions
        @entities.keys
      end

      def validate_rpc_request(action, arguments)
        raise DDLValidationError, "Attempted to call action #{action} for #{pluginname} but it's not declared in the DDL" unless actions.include?(action)

        inputs = action_interface(action)[:input]
        inputs.each do |key, input|
          given = [key, key.to_s].find { |name| arguments.include?(name) }
          raise DDLValidationError, "Action #{action} needs a #{key} argument" unless given || input[:optional]

          validate_input_argument(inputs, key, arguments[given]) if given
        end
        true
      end

      def validate_input_argument(inputs, key, value)
        input = inputs[key]
        case input[:type]
        when :string
          Validator.validate(value, :string)
          Validator.length(value, input[:maxlength].to_i)
          Validator.validate(value, input[:validation])
        when :list then Validator.validate(value, input[:list])
        else Validator.validate(value, input[:type])
        end
        true
      rescue StandardError => e
        raise DDLValidationError, "Cannot validate input #{key}: #{e}"
      end

      private

      def current
        @current || raise("#{pluginname}.ddl: this belongs into an action")
      end

      def entity(name, properties, more)
        @current = @entities[name] ||= {:input => {}, :output => {}}.merge(properties).merge(more)
        yield if block_given?
      ensure
        @current = nil
      end
    end
  end
end
