module MCollective
  # Code that agents share, in the folders of the node. Of the plugins that a daemon has
  # there are the facts; connectors and security are the node's own.
  module PluginManager
    @plugins = {}

    class << self
      def <<(plugin)
        raise "Plugin #{plugin[:type]} already loaded" if @plugins.include?(plugin[:type])

        @plugins[plugin[:type]] = plugin[:class]
      end

      def [](type)
        plugin = @plugins.fetch(type) { raise "No plugin #{type} defined" }
        return plugin unless plugin.is_a?(String)

        @plugins[type] = Object.const_get(plugin).new
      end

      def include?(type)
        @plugins.include?(type)
      end

      def delete(type)
        @plugins.delete(type)
      end

      def pluginlist
        @plugins.keys.sort
      end

      def grep(regex)
        @plugins.keys.grep(regex)
      end

      def loadclass(name, squash_failures = false)
        load "#{name.gsub('::', '/').downcase}.rb"
      rescue Exception => e
        Log.error("Failed to load #{name}: #{e}")
        raise unless squash_failures
      end

      # The names of files of a type in all folders.
      def find(type, extension = "rb")
        extension = ".#{extension.sub(/\A\./, '')}"
        Config.instance.libdir.flat_map do |folder|
          Dir.glob("#{folder}/mcollective/#{type}/*#{extension}").map { |path| File.basename(path, extension) }
        end.sort.uniq
      end

      def find_and_load(type, extension = "rb")
        names = find(type, extension)
        names = names.select { |name| yield(name) } if block_given?
        names.each { |name| loadclass("MCollective::#{type.capitalize}::#{name.capitalize}", true) }
      end
    end
  end
end
