# What the interop tests with cases of their own begin with: TAP as in t/lib/tap.sh,
# brokers and nodes of both makes, which end with the test. MC_TOP is the checkout, one
# folder further up than tap.sh looks for it.
# shellcheck disable=SC2034 # for the test
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
MC_BIN=${MC_BIN:-$top/build/bin}
. "$top/t/lib/tap.sh"
MC_TOP=$top
. "$MC_TOP/t/lib/broker.sh"
. "$MC_TOP/t/lib/ruby.sh"
test_at_end 'mc_nodes_stop; mc_broker_cleanup'
