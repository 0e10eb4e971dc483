#!/bin/sh
# The format language against perl itself: the same pictures and values to both, as many
# as MC_FORMAT_COUNT says, other ones each time.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"

make=$MC_TOP/t/fixtures/format/make-cases.pl
program=${MC_BUILD:-$MC_TOP/build}/test-report_format
seed=${MC_FORMAT_SEED:-$$}
count=${MC_FORMAT_COUNT:-3000}

test_case 'the named cases are what perl makes of them today' '
    perl "$make" >"$tmp/named" && same "$MC_TOP/t/fixtures/format/cases" "$tmp/named"'
test_case "seed $seed: $count invented pictures print as in perl" '
    perl "$make" "$seed" "$count" >"$tmp/cases" &&
    MC_FORMAT_CASES=$tmp/cases exits 0 "$program" && [ "$(wc -l <"$tmp/cases")" -gt "$count" ]'
test_done
