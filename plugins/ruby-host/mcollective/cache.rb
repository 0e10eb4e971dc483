module MCollective
  # Values that are kept for a while: here, for the time of one request.
  module Cache
    @caches = {}

    class << self
      def setup(name, ttl = 300)
        @caches[name] ||= {:lock => Mutex.new, :ttl => Float(ttl), :items => {}}
        true
      end

      def has_cache?(name)
        @caches.include?(name)
      end
      alias check_cache! has_cache?

      def delete!(name)
        cache(name)
        @caches.delete(name)
        true
      end

      def write(name, key, value)
        cache(name)[:items][key] = [value, now]
        value
      end

      def read(name, key)
        raise "Cache for item '#{key}' on cache '#{name}' has expired" unless ttl(name, key) > 0

        cache(name)[:items][key].first
      end

      def ttl(name, key)
        item = cache(name)[:items].fetch(key) { raise "No item called '#{key}' for cache '#{name}'" }
        cache(name)[:ttl] - (now - item.last)
      end

      def synchronize(name, &block)
        cache(name)[:lock].synchronize(&block)
      end

      def invalidate!(name, key)
        cache(name)[:items].delete(key) ? true : false
      end

      private

      def cache(name)
        @caches.fetch(name) { raise "No cache called '#{name}'" }
      end

      def now
        ::Process.clock_gettime(::Process::CLOCK_MONOTONIC)
      end
    end
  end
end
