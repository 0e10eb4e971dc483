# What agents of many years ago expect of Ruby, and newer ones lack.

class File
  class << self
    alias exists? exist? unless method_defined?(:exists?)
  end
end

class Dir
  class << self
    alias exists? exist? unless method_defined?(:exists?)
  end
end

Fixnum = Integer unless RUBY_VERSION < "2.4" || (RUBY_VERSION < "3.2" && Object.const_defined?(:Fixnum))
Bignum = Integer unless RUBY_VERSION < "2.4" || (RUBY_VERSION < "3.2" && Object.const_defined?(:Bignum))

class Object
  %w[taint untaint trust untrust].each do |name|
    define_method(name) { self } unless method_defined?(name)
  end
end
