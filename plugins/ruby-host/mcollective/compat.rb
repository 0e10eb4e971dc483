# What agents take for granted: libraries that the original had always loaded, gems, and
# what Ruby had many years ago. All of it is loaded when it is used, and not before: most
# requests need none of it, and each one starts a Ruby of its own.

{
  "base64" => %w[Base64], "benchmark" => %w[Benchmark], "date" => %w[Date DateTime],
  "digest" => %w[Digest], "erb" => %w[ERB], "etc" => %w[Etc], "fileutils" => %w[FileUtils],
  "forwardable" => %w[Forwardable], "ipaddr" => %w[IPAddr], "json" => %w[JSON],
  "open3" => %w[Open3], "openssl" => %w[OpenSSL], "optparse" => %w[OptionParser],
  "pathname" => %w[Pathname], "rbconfig" => %w[RbConfig], "rubygems" => %w[Gem],
  "set" => %w[Set], "shellwords" => %w[Shellwords], "singleton" => %w[Singleton],
  "socket" => %w[Socket TCPSocket TCPServer UDPSocket UNIXSocket SocketError],
  "stringio" => %w[StringIO], "tempfile" => %w[Tempfile], "thwait" => %w[ThreadsWait],
  "timeout" => %w[Timeout], "uri" => %w[URI], "yaml" => %w[YAML Psych]
}.each do |library, constants|
  constants.each { |name| Object.autoload(name, library) unless Object.const_defined?(name) }
end

module Kernel
  plain = instance_method(:require)

  # A library that is not there may be that of a gem.
  define_method(:require) do |path|
    begin
      plain.bind(self).call(path)
    rescue LoadError
      raise unless plain.bind(self).call("rubygems")

      require(path)
    end
  end
  private :require

  private

  def gem(*arguments)
    require "rubygems"
    gem(*arguments)
  end
end

class Object
  # The library brings better ones for each class.
  def to_json(*arguments)
    Object.send(:remove_method, :to_json)
    require "json"
    to_json(*arguments)
  end

  %w[taint untaint trust untrust].each do |name|
    define_method(name) { self } unless method_defined?(name)
  end
end

class Dir
  class << self
    %w[tmpdir mktmpdir].each do |name|
      define_method(name) do |*arguments, &block|
        require "tmpdir"
        public_send(name, *arguments, &block)
      end
    end
    alias exists? exist? unless method_defined?(:exists?)
  end
end

class File
  class << self
    alias exists? exist? unless method_defined?(:exists?)
  end
end

%w[Fixnum Bignum].each { |name| Object.const_set(name, Integer) unless Object.const_defined?(name) }

# What is forked may live longer than we do: it must not die of our pipes.
module MCollective
  module Forked
    def _fork
      pid = super
      [$stdout, $stderr].each { |stream| stream.reopen(File::NULL, "w") } if pid.zero?
      pid
    end
  end
end
Process.singleton_class.prepend(MCollective::Forked) if Process.respond_to?(:_fork)
