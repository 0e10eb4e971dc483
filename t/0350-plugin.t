#!/bin/sh
# mco plugin doc: what the DDL files of this machine say (commands.md 1.21); and the
# graph of mco ping (1.9).
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
mkdir -p lib/agent lib/data lib/aggregate
cat >lib/agent/echo.ddl <<'EOF'
requires :mcollective => "2.2.1"
metadata :name => "echo", :description => "Says what it was told", :author => "The authors",
         :license => "Apache-2.0", :version => "1.2", :url => "https://example.net",
         :timeout => 7
action "say", :description => "Say it" do
  input :word, :prompt => "Word", :description => "What to say", :type => :string,
        :validation => '^\w+$', :optional => false, :maxlength => 30, :default => "hello"
  input :how, :prompt => "How", :description => "In which way", :type => :list,
        :list => ["loud", "low"], :optional => true
  output :said, :description => "What was said", :display_as => "Said", :default => "?"
end
action "hush", :description => "Say nothing" do
  output :state, :description => "Whether it is quiet", :display_as => "State"
end
EOF
sed 's/"echo"/"summary"/' lib/agent/echo.ddl >lib/agent/summary.ddl
echo 'this is no DDL' >lib/agent/broken.ddl
{ cat "$FLEET_CONFIG"; echo "libdir = $tmp/lib"; } >client.cfg
for n in 1 2 3; do
    fleet_node "web$n" '' ''
done
fleet_wait || exit 1

plugin()
{
    "$MC_BIN/mco" plugin -c client.cfg "$@"
}

test_case 'the list, by type' '
    exits 0 plugin doc >out && cat out && exits 0 plugin list | same out - &&
    grep ":\$" out | tr "\n" " " >titles &&
    is "$(cat titles)" "Please specify a plugin. Available plugins are: Agents: Aggregate: Connectors: Data Queries: Discovery Methods: Validator Plugins: Plugin Load Errors: " &&
    matches out "^  echo                      Says what it was told\$" &&
    matches out "^  stdin                     Takes the names" &&
    matches out "^  fact                      "'
test_case 'a file that cannot be read is named at the end' '
    sed -n "/^Plugin Load Errors:/,\$p" out >errors && has errors "agent/broken"'

cat >echo.txt <<'EOF'
echo
====

Says what it was told

      Author: The authors
     Version: 1.2
     License: Apache-2.0
     Timeout: 7
   Home Page: https://example.net

   Requires MCollective 2.2.1 or newer

ACTIONS:
========
   hush, say

   hush action:
   ------------
       Say nothing

       INPUT:
          This action does not have any inputs

       OUTPUT:
           state:
              Description: Whether it is quiet
               Display As: State

   say action:
   -----------
       Say it

       INPUT:
           how:
              Description: In which way
                   Prompt: How
                     Type: list
                 Optional: true
             Valid Values: loud, low

           word:
              Description: What to say
                   Prompt: Word
                     Type: string
                 Optional: false
               Validation: ^\w+$
                   Length: 30
            Default Value: hello


       OUTPUT:
           said:
              Description: What was said
               Display As: Said
            Default Value: ?

EOF
test_case 'an agent' 'exits 0 plugin doc echo >out && same echo.txt out'
test_case 'by its type' 'exits 0 plugin doc agent/echo >out && same echo.txt out'
test_case 'a data query, by its short name' '
    exits 0 plugin doc data/fact >out && has out "QUERY FUNCTION INPUT:" &&
    has out "QUERY FUNCTION OUTPUT:" && lacks out "Optional:"'
test_case 'a discovery method' '
    exits 0 plugin doc stdin >out && has out "Takes the names of nodes from standard input" &&
    has out "DISCOVERY METHOD CAPABILITIES:" &&
    has out "      Filter based on mcollective identity"'
test_case 'a name of two types' '
    exits 1 plugin doc summary 2>err &&
    has err "Duplicate plugin name found, please specify a full path like agent/rpcutil" &&
    exits 0 plugin doc agent/summary >out && has out "ACTIONS:"'
test_case 'none of that name' '
    exits 1 plugin doc nosuch 2>err &&
    has err "Could not find a plugin named '\''nosuch'\'' in any supported plugin type" &&
    exits 1 plugin doc agent/nosuch 2>err &&
    has err "Could not find a '\''agent'\'' plugin named '\''nosuch'\''"'
test_case 'the usage of an aggregate function is moved in' '
    exits 0 plugin doc aggregate/average >out && lacks out "USAGE"'
test_case 'nothing to do, and nothing known' '
    exits 1 plugin 2>err &&
    is "$(cat err)" "No action specified, please run '\''mco help plugin'\'' for help" &&
    exits 1 plugin frob 2>err &&
    is "$(cat err)" "Invalid action frob, please run '\''mco help plugin'\'' for help."'

# --- beside the original ------------------------------------------------------

# What the original prints; it warns of its own templates on standard error. Its way of
# writing a regular expression, (?-mix:.), is the one difference.
original()
{
    /usr/bin/mco plugin doc -c ruby.cfg "$1" 2>/dev/null |
        sed 's/Validation: (?-mix:\(.*\))$/Validation: \/\1\//' >theirs
    [ -s theirs ] || { echo "the original says nothing about $1"; return 1; }
}
mkdir -p rubylib/mcollective/agent
cp lib/agent/echo.ddl rubylib/mcollective/agent
vendor=/usr/lib/ruby/vendor_ruby
printf '%s\n' "libdir = $tmp/rubylib:$vendor" 'connector = activemq' 'logger_type = console' \
    'loglevel = error' 'securityprovider = psk' 'plugin.psk = x' >ruby.cfg
{ cat "$FLEET_CONFIG"; echo "libdir = $vendor:$tmp/rubylib"; } >both.cfg
if [ -e "$vendor/mcollective/application/plugin.rb" ] && original agent/echo >out; then
    for one in agent/echo agent/rpcutil data/agent data/fact data/fstat discovery/mc \
        discovery/flatfile discovery/stdin aggregate/average aggregate/sum \
        aggregate/summary validator/length validator/shellsafe connector/activemq; do
        test_case "$one as the original explains it" "
            original $one && exits 0 '$MC_BIN/mco' plugin doc $one -c both.cfg >ours &&
            same theirs ours"
    done
else
    test_skip 'as the original explains it' 'the original is not here'
fi

test_case 'mco ping --graph draws one bar for each 50 ms' '
    exits 0 mco ping --graph -t 1 >out && cat out &&
    matches out "^3 replies max: [0-9.]+ min: [0-9.]+ avg: [0-9.]+ .*▇"'
test_case 'without it there is no bar, unless it is configured' '
    exits 0 mco ping -t 1 >out && lacks out "▇" &&
    { cat "$FLEET_CONFIG"; echo "plugin.rpc.graph = 1"; } >graph.cfg &&
    exits 0 "$MC_BIN/mco" ping -c graph.cfg -t 1 >out && has out "▇"'

test_done
