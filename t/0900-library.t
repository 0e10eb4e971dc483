#!/bin/sh
# The public library as somebody else meets it: installed, found by pkg-config, compiled
# against with nothing else, and giving the same data as mco rpc -j.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
build=$(cd "$MC_BIN/.." && pwd)
root=$tmp/root
cd "$tmp" || exit 1

test_case 'meson install puts programs, library, headers, manuals and DDLs in their places' '
    DESTDIR=$root meson install -C "$build" --no-rebuild >install.log 2>&1 || { cat install.log; exit 1; }
    find root >files
    for file in bin/mco bin/mc-rpc bin/mc-package sbin/mcollectived include/marionette/client.h \
        include/marionette/value.h libmarionette.so pkgconfig/marionette.pc \
        share/marionette/plugins/agent/rpcutil.ddl; do
        grep -q "/$file\$" files || { echo "no $file in"; cat files; exit 1; }
    done'

test_case 'the installed program runs' '
    mco=$(find "$root" -path "*/bin/mco" | head -n 1) &&
    exits 1 "$mco" --version >out && matches out "[0-9]+\.[0-9]+"'

pc=$(dirname "$(find "$root" -name marionette.pc)")
library=$(find "$root" -name 'libmarionette.so' | head -n 1)
PKG_CONFIG_LIBDIR=$pc
PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
sanitize=
[ -z "$library" ] || ! ldd "$library" | grep -q libasan || sanitize=-fsanitize=address,undefined

test_case 'only what the headers declare leaves the library' '
    nm -D --defined-only "$library" | awk "{ print \$3 }" | sed "s/@.*//" | sort >symbols &&
    grep -v "^MARIONETTE_\|^LIBMARIONETTE" symbols | while read -r symbol; do
        grep -q -h -w "$symbol" "$MC_TOP"/include/marionette/*.h ||
            { echo "$symbol is in no header"; exit 1; }
    done'

test_case 'a program compiles with what pkg-config says, as C and with all warnings' '
    cp "$MC_TOP/t/fixtures/library-client.c" . &&
    ${CC:-cc} -std=c17 -Wall -Wextra -Werror $sanitize $(pkg-config --cflags marionette) \
        library-client.c -o client $(pkg-config --libs marionette)'

test_case 'each header stands alone, in C99 and in C++' '
    for header in client end value error; do
        echo "#include <marionette/$header.h>" >one.c
        ${CC:-cc} -std=c99 -pedantic -Werror -fsyntax-only $(pkg-config --cflags marionette) one.c ||
            exit 1
        if command -v g++ >/dev/null; then
            g++ -x c++ -Werror -fsyntax-only $(pkg-config --cflags marionette) one.c || exit 1
        fi
    done'

fleet_begin "$tmp/fleet" || exit 1
echo "libdir = $MC_TOP/plugins" >>"$FLEET_CONFIG"
fleet_node web1 'country=uk' 'apache'
fleet_node web2 'country=de' ''
fleet_wait || exit 1
LD_LIBRARY_PATH=$(dirname "$library")
export LD_LIBRARY_PATH

# agrees CODE AGENT ACTION [name=value...]: library and -j give the same of both nodes
agrees()
{
    agrees_code=$1
    shift
    exits "$agrees_code" mco rpc "$@" -I web1 -I web2 -j >j.out || return 1
    exits "$agrees_code" ./client "$FLEET_CONFIG" "$@" -- web1 web2 >l.out || return 1
    sed 's/^\[//; s/\]$//; s/},{"agent"/}\n{"agent"/g' j.out | sort >j.lines
    sort l.out | diff j.lines - && is "$(wc -l <j.lines)" 2
}

test_case 'get_fact: equal to -j' 'agrees 0 rpcutil get_fact fact=country'
test_case 'lists and hashes: equal to -j' 'agrees 0 rpcutil get_facts facts=country,size'
test_case 'agent_inventory: equal to -j' 'agrees 0 rpcutil agent_inventory'
test_case 'a failure has its status and message' '
    agrees 2 rpcutil get_config_item item=nosuch && has l.out "\"statuscode\":1"'

test_case 'each node has its end, also those of which there is no reply' '
    cp "$FLEET_CONFIG" loose.cfg && echo "libdir = $MC_TOP/t/interop/loose" >>loose.cfg &&
    exits 2 ./client loose.cfg rpcutil get_fact "fact=no good" -- web1 web2 >out 2>err
    cat out err; is "$(grep -c ",\"end\":\"invalid\"}\$" out)" 2 &&
    has err "web2: invalid, 2 in all: Cannot validate input fact" &&
    exits 4 ./client "$FLEET_CONFIG" rpcutil ping -- gone.my.net 2>err &&
    is "$(cat err)" "gone.my.net: no answer, 1 in all: "'

test_case 'errors come back, nothing is printed' '
    exits 12 ./client "$FLEET_CONFIG" nosuch frob -- web1 >out 2>err &&
    is "$(cat out)" "" && has err "nosuch" && is "$(wc -l <err)" 1 &&
    exits 11 ./client "$FLEET_CONFIG" rpcutil frob -- web1 >out 2>err && is "$(wc -l <err)" 1 &&
    { ./client "$tmp/nosuch.cfg" rpcutil ping -- web1 >out 2>err; [ $? -ge 10 ]; } &&
    has err nosuch.cfg'

test_case 'no broker is an outcome of its own' '
    port=$(mc_port_pick 1) && sed "s|127.0.0.1:[0-9]*|127.0.0.1:$port|" "$FLEET_CONFIG" >down.cfg &&
    echo "connection_timeout = 1" >>down.cfg &&
    exits 13 ./client down.cfg rpcutil ping -- web1 2>err && has err "127.0.0.1:$port"'

test_case 'a silent node: code 4' '
    exits 4 ./client "$FLEET_CONFIG" rpcutil ping -- gone.my.net >out && is "$(cat out)" ""'

test_done
