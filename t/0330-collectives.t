#!/bin/sh
# mco inventory of collectives (commands.md 1.11): the list and the graph.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
fleet_node web1.my.net 'country=uk' '' 'collectives = mcollective, uk_collective'
fleet_node web2.my.net 'country=uk' '' 'collectives = mcollective, uk_collective'
fleet_node web3.my.net 'country=de' '' 'collectives = mcollective, "odd'
fleet_wait || exit 1

cat >list <<'EOF'
   Collective                     Nodes
   ==========                     =====
   uk_collective                  2
   mcollective                    3

                     Total nodes: 3

EOF
cat >uk <<'EOF'
   Collective                     Nodes
   ==========                     =====
   mcollective                    2
   uk_collective                  2

                     Total nodes: 2

EOF
for option in --list-collectives --collectives --lc; do
    test_case "$option: the smallest first" "
        exits 0 mco inventory $option --dt 1 >out && grep -v odd out | same list -"
done
test_case 'filters apply' '
    exits 0 mco inventory --lc -F country=uk --dt 1 >out && same uk out'
for option in --collective-graph --collectives-map --cg --map; do
    test_case "$option: a graph in DOT" "
        exits 0 mco inventory $option map.dot --dt 1 --sort >out && cat map.dot &&
        printf 'Retrieving collective info....\nGraph of 3 nodes has been written to map.dot\n' |
            same - out && sort map.dot | uniq -c | sed 's/^ *//' >lines &&
        has lines '1 graph {' && has lines '1    subgraph \"uk_collective\" {' &&
        has lines '1       \"web2.my.net\" -- \"mcollective\"' &&
        has lines '1       \"web1.my.net\" -- \"uk_collective\"'"
done
test_case 'names cannot break out of their quotes' '
    has map.dot "\"web3.my.net\" -- \"\\\"odd\""'
if command -v dot >/dev/null; then
    test_case 'dot reads it' 'exits 0 dot -Tsvg map.dot -o map.svg'
fi
test_case 'a file that cannot be written' '
    exits 1 mco inventory --map gone/map.dot --dt 1 2>err && has err "Cannot write gone/map.dot"'
test_case 'the map wins over the list' '
    exits 0 mco inventory --lc --map both.dot --dt 1 >out && has out "Graph of 3 nodes"'
test_case 'nobody' '
    exits 1 mco inventory --lc -F country=xx --dt 1 >out && has out "Total nodes: 0"'

test_done
