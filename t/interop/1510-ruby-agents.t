#!/bin/sh
# One agent in Ruby that uses all of the interface (t/fixtures/ruby-agents), the same files
# on a node of each make, asked by the Ruby client: what it prints, Symbols and all, is
# the same.
# shellcheck disable=SC2034,SC2154 # used in the texts of cases; set by tap.sh
. "$(dirname "$0")/tap.sh"

chmod 755 "$tmp"
mkdir -p "$tmp/lib" || exit 1
cp -r "$MC_TOP/t/fixtures/ruby-agents/mcollective" "$tmp/lib/" && chmod -R go-w "$tmp/lib" || exit 1
mc_activemq_start || exit 1
MC_EXTRA="libdir = $tmp/lib
plugin.surface.limit = 7"
mc_site_init "$tmp/site" activemq "$MC_ACTIVEMQ_PORT" psk || exit 1
mc_client_cfg "$tmp/client.cfg" mcollective
mc_node_start ours ours.my.net mcollective 'country=uk cpus=2' 'common'
mc_node_start ruby ruby.my.net mcollective 'country=uk cpus=2' 'common'
mc_fleet_wait ours "$tmp/client.cfg" 2 30 || {
    tail -n 5 "$tmp"/site/nodes/*/log "$tmp"/site/nodes/*/out
    exit 1
}
cd "$tmp" || exit 1

# Asks each node from Ruby, and prints replies as Ruby writes them: nothing is lost.
cat >ask.rb <<'RB'
require "mcollective"
require "pp"
include MCollective::RPC
client = rpcclient("surface", :options => MCollective::Util.default_options.merge(:config => ARGV[0]))
client.progress = false
ARGF.class # the rest of the arguments are nodes
File.readlines(ARGV[1], :chomp => true).each do |line|
  action, text, number = line.split(" ", 3)
  inputs = {}
  inputs[:text] = text if text
  inputs[:number] = Integer(number) if number
  %w[ours ruby].each do |node|
    replies = client.custom_request(action, inputs, ["#{node}.my.net"], {"identity" => ["#{node}.my.net"]})
    File.open("#{node}.form", "a") do |file|
      file.puts("--- #{line}")
      replies.each { |reply| PP.pp([reply[:statuscode], reply[:statusmsg].strip, reply[:data]], file, 100) }
    end
  end
end
RB
cat >asked <<'TEXT'
request hello 5
request after
types
defaults
failing fail
failing fail1
failing aborted
failing unknown
failing missing
failing invalid
failing other
failing far
failing words
failing raise
failing exit
failing notimplemented
failing ddl
failing rpcaborted
failing statusmsg
failing whole
missing
validating maybe
validating four
validating odd
validating no;
validating no
addresses 127.0.0.1
addresses nowhere
running
shell
utilities
loading
logging
external
method
named
odd nan
TEXT
(mc_ruby_env ruby ask.rb client.cfg asked) >out 2>err
cat err

test_case 'both makes of node have the agent' '
    is "$(grep -c "^\[" ours.form)" 37 && is "$(grep -c "^\[" ruby.form)" 37'

# One name for what each node has of its own.
for node in ours ruby; do
    sed "s/$node\.my\.net/NODE/g" $node.form >$node.plain
done
while read -r line; do
    test_case "the same answer to: $line" '
        for node in ours ruby; do
            awk -v head="--- $line" "/^--- /{on = \$0 == head} on" $node.plain >$node.one
        done
        [ "$(wc -l <ours.one)" -gt 1 ] && same ruby.one ours.one'
done <asked

test_done
