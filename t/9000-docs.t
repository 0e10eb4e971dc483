#!/bin/sh
# The documentation is true: the tables of the man pages are those of the source, every
# page renders, the links between the pages lead somewhere, and the marked examples of the
# README and the guides print what they say, against the fleet of the demo.
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
cd "$MC_TOP" || exit 1

# A relative link is a file.
links_lead_somewhere()
{
    for page in README.md doc/guide/*.md doc/rfc/*.md examples/*/README.md; do
        grep -o ']([^)#]*' "$page" | sed 's/^](//' | grep -v '^[a-z]*:' |
            while IFS= read -r link; do
                [ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
            done
    done >"$tmp/links"
    [ ! -s "$tmp/links" ] || { cat "$tmp/links"; false; }
}

pages_render()
{
    for page in doc/man/*.[1-8]; do
        "$@" "$page" 2>&1
    done >"$tmp/lint"
    [ ! -s "$tmp/lint" ] || { cat "$tmp/lint"; false; }
}

# README has the DDL of the example, and the guide too.
ddl_is_the_example()
{
    for page in README.md doc/guide/add-an-agent.md; do
        sed -n '/^metadata :name => "disk"/,/^end$/p' "$page" |
            same examples/disk/disk.ddl - || return 1
    done
}

# What the program itself says of its options, beside the pages: each command's own stand in
# its page, the shared ones in mco.1.
options_are_described()
{
    "$MC_BIN/mco" completion --list-applications >"$tmp/commands" && [ -s "$tmp/commands" ] || return 1
    while read -r command; do
        "$MC_BIN/mco" help "$command" | grep '^    ' |
            grep -o -e '--[a-z][a-z_-]*' | sort -u >"$tmp/has"
        for page in "doc/man/mco-$command.1" doc/man/mco.1; do
            sed -n 's/^\.It Fl//p' "$page" | sed 's/\\-/-/g' | grep -o -e '-[a-z][a-z_-]*[a-z]' |
                sed 's/^-*/--/' | sort -u
        done >"$tmp/said"
        sort -u "$tmp/said" | comm -23 "$tmp/has" - >"$tmp/lost"
        [ -s "$tmp/has" ] && [ ! -s "$tmp/lost" ] || { echo "$command:"; cat "$tmp/lost"; return 1; }
    done <"$tmp/commands"
}

library_example_compiles()
{
    sed -n '/^\.Bd -literal/,/^\.Ed/p' doc/man/libmarionette.3 | sed '1d;$d; s/\\en/\\n/' \
        >"$tmp/example.c"
    [ -s "$tmp/example.c" ] &&
        ${CC:-cc} -std=c17 -Wall -Wextra -Werror -fsyntax-only -Iinclude "$tmp/example.c"
}

# What an installed program needs of the tree.
install_is_whole()
{
    DESTDIR=$tmp/root meson install -C "${MC_BUILD:-$MC_TOP/build}" --no-rebuild --quiet &&
        find "$tmp/root" -type f >"$tmp/installed" &&
        for file in bin/mco sbin/mcollectived plugins/agent/rpcutil.ddl man1/mco.1 \
            marionette/client.h; do
            has "$tmp/installed" "/$file" || return 1
        done &&
        find "$tmp/root" -type l -path '*/bin/mc-*' >"$tmp/links" && [ -s "$tmp/links" ] &&
        while read -r name; do
            page=$(find "$tmp/root" -name "$(basename "$name").1") && [ -n "$page" ] && [ -s "$page" ] ||
                { echo "$name has no page"; return 1; }
        done <"$tmp/links"
}

# Each of the fleet is as in tools/demo.sh.
start_fleet()
{
    fleet_begin "$tmp/fleet" || return 1
    for n in 1 2 3 4; do
        fleet_node "web$n.acme.net" \
            'customer=acme environment=production country=uk role=web' 'apache common'
    done
    fleet_node db1.acme.net \
        'customer=acme environment=production country=uk role=db' 'mysql::master common'
    fleet_node db2.acme.net \
        'customer=acme environment=production country=uk role=db' 'mysql::slave common'
    fleet_node dev1.acme.net \
        'customer=acme environment=development country=uk role=dev' \
        'mysql::master apache common'
    for n in 1 2 3; do
        fleet_node "web$n.globex.net" \
            'customer=globex environment=production country=de role=web' 'nginx common'
    done
    fleet_node web4.globex.net \
        'customer=globex environment=prodution country=de role=web' 'nginx common'
    fleet_node db1.globex.net \
        'customer=globex environment=production country=de role=db' 'common'
    n=0
    for name in $fleet_names; do
        n=$((n + 1))
        fleet_hardware "$name" "$(printf 'KK%04dH' "$n")"
    done
    fleet_disks dev1.acme.net
    fleet_wait
}

# The examples of one page; its own nodes and the fleet share a broker, not a secret.
examples_hold()
{
    mkdir -p "$tmp/$(basename "$1")" &&
        ln -s "$MC_TOP/examples" "$tmp/$(basename "$1")/examples" || return 1
    MC_DOCS_PORT=$MC_NATS_PORT MCOLLECTIVE_EXTRA_OPTS="--config $FLEET_CONFIG" \
        PATH="$MC_BIN:$PATH" tools/check-docs "$1" "$tmp/$(basename "$1")"
}

test_case 'the tables of the man pages are those of the source' 'tools/man-tables --check'
if command -v mandoc >/dev/null; then
    test_case 'man pages are without a warning' 'pages_render mandoc -T lint -W warning'
elif command -v groff >/dev/null; then
    test_case 'man pages render' 'pages_render groff -mdoc -T ascii -z'
else
    test_skip 'man pages are without a warning' 'neither mandoc nor groff is here'
fi
test_case 'every option of every command is in a page' options_are_described
test_case 'links lead somewhere' links_lead_somewhere
test_case 'the DDL of the README is the one of the example' ddl_is_the_example
test_case 'the example of an agent compiles' '
    ${CC:-cc} -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only \
        -Isrc -Iinclude examples/disk/disk.c'
test_case 'the example of the library compiles' library_example_compiles
test_case 'an installation has programs, DDL files, pages and headers' install_is_whole

start_fleet || { echo "Bail out! the fleet did not start"; exit 1; }
for page in README.md doc/guide/*.md; do
    if grep -q '^<!-- run' "$page"; then
        test_case "the examples of $page" "examples_hold $page"
    fi
done
test_done
