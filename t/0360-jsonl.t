#!/bin/sh
# mco rpc --jsonl: a record a line, as it arrives (doc/rfc/0006).
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
for n in 1 2 3; do
    fleet_node "web$n" "rank=$n" ''
done
fleet_wait || exit 1

# fields FILE EXPRESSION: for each line, decoded to %$_, what the expression says
fields()
{
    perl -MJSON::PP -e '
        my ($file, $expression) = @ARGV;
        open my $in, "<", $file or die;
        while (my $line = <$in>) {
            $_ = decode_json($line);
            my $text = eval $expression;
            die $@ if $@;
            print "$text " if defined $text;
        }' "$1" "$2"
}

test_case 'each line is an object: the request, the replies, the figures' '
    exits 0 mco rpc rpcutil get_fact fact=rank --dt 1 --jsonl >out 2>err && cat out err &&
    is "$(wc -l <out)" 5 && is "$(cat err)" "" &&
    is "$(head -n 1 out)" "{\"request\":{\"agent\":\"rpcutil\",\"action\":\"get_fact\"}}" &&
    is "$(fields out "\$_->{sender}" | tr " " "\n" | sort | tr "\n" " " | sed "s/^ //")" "web1 web2 web3 " &&
    is "$(fields out "exists \$_->{summary} ? \"\$_->{summary}{discovered}/\$_->{summary}{ok}\" : undef")" "3/3 " &&
    tail -n 1 out | grep -q "^{\"summary\":{\"requestid\":\"[0-9a-f]\{32\}\""'
test_case 'a reply is the same as with -j' '
    mco rpc rpcutil get_fact fact=rank -I web2 -j >array && sed -n "s/^\[\(.*\)\]\$/\1/p" array >one &&
    mco rpc rpcutil get_fact fact=rank -I web2 --jsonl | sed -n 2p | same one -'
test_case 'who is silent is in the figures, and the exit code is the same' '
    exits 2 mco rpc rpcutil get_config_item item=nosuch -I web1 -I gone -t 3 --jsonl >out &&
    has out "\"noresponse\":[\"gone\"]" && has out "\"failed\":1" && has out "\"statuscode\":1"'
test_case 'a reply is there before the silent ones are given up' '
    mkfifo stream && { mco rpc rpcutil ping -I web1 -I gone -t 20 --jsonl >stream 2>/dev/null & } &&
    pid=$! && exec 9<stream && read -r first <&9 && read -r second <&9 && exec 9<&- &&
    kill -0 $pid && kill $pid && echo "$second" >line && has line "\"sender\":\"web1\""'
test_case 'the next mco reads it' '
    mco rpc rpcutil ping -F rank=/[13]/ --dt 1 --jsonl |
        exits 0 mco rpc rpcutil ping --jsonl >out &&
    is "$(fields out "\$_->{sender}" | tr " " "\n" | sort | tr "\n" " " | sed "s/^ //")" "web1 web3 "'
test_case 'an error leaves a stream without figures' '
    exits 1 mco rpc rpcutil ping --nodes gone --jsonl >out 2>err && lacks out summary &&
    has err "Cannot read the discovery file gone"'
test_case 'one form of JSON only' '
    exits 1 mco rpc rpcutil ping -j --jsonl 2>err && has err "Cannot mix --json and --jsonl"'

test_done
