# The part of the original's Ruby interface that agents use, made anew. Files below have
# the names of the original's, so that an agent that requires one of them gets ours even
# where the original is installed.

module MCollective
  VERSION = "2.12.5".freeze

  def self.version
    VERSION
  end

  module Agent; end
end

$LOAD_PATH.unshift(__dir__)
require "mcollective/compat"
require "mcollective/exceptions"
require "mcollective/log"
require "mcollective/config"
require "mcollective/pluginmanager"
require "mcollective/facts"
require "mcollective/util"
require "mcollective/cache"
require "mcollective/shell"
require "mcollective/validator"
require "mcollective/ddl"
require "mcollective/rpc"

# What has no place here must not be fetched from the original either.
%w[agent agents aggregate application applications client connector data discovery logger
   matcher message monkey_patches optionparser registration runner runnerstats security
   ssl translatable].each { |name| $LOADED_FEATURES << "mcollective/#{name}.rb" }
%w[actionrunner agent audit client helpers progress reply request result stats].each do |name|
  $LOADED_FEATURES << "mcollective/rpc/#{name}.rb"
end
