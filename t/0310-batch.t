#!/bin/sh
# Batches: one request to some nodes at a time (collective.md 3.10, corner case 90).
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
for n in 1 2 3 4 5; do
    fleet_node "web$n" 'country=uk' 'apache'
done
fleet_wait || exit 1
{ cat "$FLEET_CONFIG"; echo 'direct_addressing = 0'; } >broadcast.cfg
{ cat "$FLEET_CONFIG"; echo 'default_batch_size = 3'; echo 'default_batch_sleep_time = 0.5'; } \
    >default.cfg

# How long the agents took, in milliseconds.
agent_ms()
{
    sed -n 's/.*in \([0-9.]*\) ms$/\1/p' "$1" | cut -d. -f1
}

test_case 'all answer, two at a time, with two pauses for five nodes' '
    exits 0 mco rpc rpcutil ping --dt 1 --batch 2 --batch-sleep 0.4 --sort -j >out &&
    is "$(grep -o "\"sender\":\"web[1-5]\"" out | sort -u | wc -l)" 5 &&
    exits 0 mco rpc rpcutil ping --dt 1 --batch 2 --batch-sleep 0.4 >out && cat out &&
    has out "Finished processing 5 / 5 hosts" && [ "$(agent_ms out)" -ge 800 ] &&
    [ "$(agent_ms out)" -lt 1200 ]'
test_case 'the bar counts over all batches' '
    is "$(tr "\r" "\n" <out | grep -c "^[0-5] / 5$")" 6'
test_case 'a percentage is rounded up: 30% of five are two' '
    exits 0 mco rpc rpcutil ping --dt 1 --batch 30% --batch-sleep 0.4 >out &&
    [ "$(agent_ms out)" -ge 800 ] && [ "$(agent_ms out)" -lt 1200 ]'
test_case 'no pause after the last batch' '
    exits 0 mco rpc rpcutil ping --dt 1 --batch 5 --batch-sleep 5 >out &&
    [ "$(agent_ms out)" -lt 1000 ]'
test_case 'a silent node costs its batch the time, not the others' '
    exits 0 mco rpc rpcutil ping -I gone -I web1 -I web2 --batch 1 --batch-sleep 0 -t 1 \
        >out; cat out; has out "Finished processing 2 / 3 hosts" && has out "gone"'
test_case 'the size and the pause of the configuration' '
    exits 0 "$MC_BIN/mco" rpc -c default.cfg rpcutil ping --dt 1 >out &&
    [ "$(agent_ms out)" -ge 500 ] && [ "$(agent_ms out)" -lt 900 ] &&
    exits 0 "$MC_BIN/mco" rpc -c default.cfg rpcutil ping --dt 1 --batch-sleep 0 >out &&
    [ "$(agent_ms out)" -lt 400 ]'
test_case 'a batch of nobody is an error' '
    for size in 0 0%; do
        exits 1 mco rpc rpcutil ping --batch $size 2>err &&
        has err "batch_size must be an integer or match a percentage string (e.g. '\''24%'\''" ||
            return 1
    done'
test_case 'so is what is no size' '
    exits 1 mco rpc rpcutil ping --batch x 2>err && has err "invalid argument: --batch x"'
test_case 'batches need direct addressing' '
    exits 1 "$MC_BIN/mco" rpc -c broadcast.cfg rpcutil ping --batch 2 2>err &&
    has err "Batched requests requires direct addressing"'
test_case 'batches need results' '
    exits 1 mco rpc rpcutil ping --batch 2 --nr 2>err &&
    has err "Cannot bypass result processing for batched requests" &&
    exits 0 "$MC_BIN/mco" rpc -c default.cfg rpcutil ping --nr >out && has out "Request sent"'

test_done
