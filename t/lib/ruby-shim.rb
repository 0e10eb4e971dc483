# Lets the packaged Ruby programs of MCollective 2.12.5 run on the Ruby of today.
# Load it with RUBYOPT=-r/path/to/ruby-shim.rb.  It changes calls, never data:
#
# - Psych 4 (Ruby 3.1) takes the permitted classes, symbols and aliases of
#   YAML.safe_load as keywords only; 2.12.5 gives them by position, so the yaml
#   serializer and the yaml fact source fail without this;
# - Ruby 3.2 dropped File.exists? and Dir.exists?;
# - Ruby 3 freezes Process::Status, so the systemu library cannot hang its guard thread
#   there, and every command that an agent runs fails after it ran. The thread ends by
#   itself when there is nothing left to guard; a finished one stands for it.

module MarionetteShim
  # The old positional form of YAML.safe_load on top of the keyword form.
  module SafeLoad
    def safe_load(yaml, *old, **keywords)
      names = [:permitted_classes, :permitted_symbols, :aliases, :filename]
      super(yaml, **names.zip(old).to_h.compact, **keywords)
    end
  end
end

require 'yaml'
YAML.singleton_class.prepend(MarionetteShim::SafeLoad)

[File, Dir].each do |store|
  next if store.respond_to?(:exists?)
  store.define_singleton_method(:exists?) { |path| exist?(path) }
end

unless Process::Status.method_defined?(:thread)
  Process::Status.define_method(:thread) { Thread.new {} }
end
