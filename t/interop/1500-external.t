#!/bin/sh
# One agent of shell commands (examples/agent-shell), the same files on a node of each
# make, asked by a client of each make: the answers are alike. The agent in Python runs on
# ours alone, and the Ruby client knows no difference.
# shellcheck disable=SC2034,SC2154 # used in the texts of cases; set by tap.sh
. "$(dirname "$0")/tap.sh"

chmod 755 "$tmp"
mkdir -p "$tmp/lib" "$tmp/folder" || exit 1
cp -r "$MC_TOP/examples/agent-shell/mcollective" "$MC_TOP/examples/agent-python/mcollective" \
    "$tmp/lib/" && chmod -R go-w "$tmp/lib" || exit 1
echo 12345 >"$tmp/folder/large" && : >"$tmp/folder/empty"
mc_activemq_start || exit 1
MC_EXTRA="libdir = $tmp/lib"
mc_site_init "$tmp/site" activemq "$MC_ACTIVEMQ_PORT" ssl-marshal || exit 1
mc_client_cfg "$tmp/client.cfg" mcollective
mc_node_start ours ours.my.net mcollective 'country=uk' ''
mc_node_start ruby ruby.my.net mcollective 'country=de' ''
mc_fleet_wait ours "$tmp/client.cfg" 2 30 || {
    tail -n 5 "$tmp"/site/nodes/*/log "$tmp"/site/nodes/*/out
    exit 1
}
cd "$tmp" || exit 1

# ask CLIENT ACTION INPUT: the reply of each node, without its name, as lines of JSON.
ask()
{
    for node in ours ruby; do
        mc_mco "$1" client.cfg rpc room "$2" "$3" -I $node.my.net --dt 2 -j >$node.json 2>err
        # A line end behind the message is the original's, and what our client calls
        # the end of a request is a guess there (doc/rfc/0009).
        perl -MJSON::PP -e '
            my ($reply) = @{ decode_json(join "", <>) };
            delete @$reply{qw(sender end)};
            $reply->{statusmsg} =~ s/\s+\z//;
            print JSON::PP->new->canonical->pretty->encode($reply)' $node.json >$node.form
        cat $node.json err
    done
    [ -s ours.form ]
}

for make in ruby ours; do
    test_case "$make client: both makes of node run the command and give its data" '
        ask $make largest path='"$tmp"'/folder && same ruby.form ours.form &&
        matches ours.form "\"name\" : \"large\"" && matches ours.form "\"bytes\" : 6" &&
        matches ours.form "\"statuscode\" : 0"'

    test_case "$make client: both give its exit code and its words, and the defaults" '
        ask $make largest path=/no/such && same ruby.form ours.form &&
        matches ours.form "\"statuscode\" : 4" && has ours.form "/no/such is no folder" &&
        matches ours.form "\"bytes\" : 0"'

    test_case "$make client: numbers are numbers" '
        ask $make free path='"$tmp"' && matches ours.form "\"used\" : [0-9]+" &&
        sed "s/: [0-9]*/: N/" ruby.form >ruby.plain && sed "s/: [0-9]*/: N/" ours.form >ours.plain &&
        same ruby.plain ours.plain'

    test_case "$make client: the agent in Python on our node" '
        mc_mco $make client.cfg rpc pressure processes name=mcollectived --dt 2 >out; cat out &&
        has out "ours.my.net" && lacks out "ruby.my.net" && matches out "Processes: [1-9]"'
done

test_done
