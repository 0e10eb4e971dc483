#!/bin/sh
# The agents puppet and puppetd over a real Puppet 7: its settings, its locks, and whole
# runs of `puppet agent` with a catalog that lies on the disk, so that no server is needed.
# shellcheck disable=SC2034 # used in the texts of cases
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
MC_BIN=${MC_BIN:-$top/build/bin}
. "$top/t/lib/tap.sh"
MC_TOP=$top
puppet_version=$(puppet --version 2>/dev/null)
case ${puppet_version%%.*} in
'' | [0-6])
    echo "1..0 # SKIP no Puppet 7 or later here (package puppet-agent)"
    exit 0
    ;;
esac
. "$MC_TOP/t/lib/fleet.sh"
test_at_end fleet_end
cd "$tmp" || exit 1

# --- a Puppet of our own: keys, and a catalog for the node ---

mkdir -p ssl/certs ssl/private_keys var/client_data/catalog || exit 1
cat >puppet.conf <<END
[main]
vardir = $tmp/var
confdir = $tmp
rundir = $tmp/run
publicdir = $tmp/public
ssldir = $tmp/ssl
certname = node.my.net
server = localhost
serverport = 1
certificate_revocation = false
[agent]
use_cached_catalog = true
pluginsync = false
report = false
END
{
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ssl/certs/ca.pem \
        -subj /CN=ca -days 2 &&
        openssl req -newkey rsa:2048 -nodes -keyout ssl/private_keys/node.my.net.pem \
            -out node.csr -subj /CN=node.my.net &&
        openssl x509 -req -in node.csr -CA ssl/certs/ca.pem -CAkey ca.key -CAcreateserial \
            -out ssl/certs/node.my.net.pem -days 2
} >keys.out 2>&1 || { cat keys.out; exit 1; }

# catalog MANIFEST: what the node is to become.
catalog()
{
    printf '%s\n' "$1" >site.pp
    puppet catalog compile node.my.net --config "$tmp/puppet.conf" --manifest "$tmp/site.pp" \
        --render-as json --log_level=crit 2>catalog.err |
        sed -n '/^{/,$p' >var/client_data/catalog/node.my.net.json
    [ -s var/client_data/catalog/node.my.net.json ] || { cat catalog.err; return 1; }
}

fleet_begin "$tmp/fleet" || exit 1
fleet_node node.my.net 'kind=real' '' "plugin.puppet.config = $tmp/puppet.conf" \
    "plugin.puppet.command = puppet agent --config $tmp/puppet.conf" \
    "plugin.puppetd.puppetd = puppet agent --config $tmp/puppet.conf" \
    "plugin.puppet.resource_command = puppet resource --config $tmp/puppet.conf" \
    'plugin.puppet.resource_type_whitelist = file'
fleet_wait || exit 1

# Where Puppet says that its files are is where we look for them.
places_agree()
{
    puppet config print --section agent "$@" agent_disabled_lockfile >place 2>print.err &&
        place=$(cat place) && mkdir -p "$(dirname "$place")"
}

status_is()
{
    mco rpc puppet status -I node.my.net -j >status.json && grep -q "\"status\":\"$1\"" status.json
}

test_case 'puppet agent --disable: we tell its reason' '
    puppet agent --config "$tmp/puppet.conf" --disable "it'\''s \"moved\"" >out 2>&1 &&
    exits 0 mco rpc puppet status -I node.my.net -j >out && cat out &&
    has out "\"status\":\"disabled\"" && has out "it'\''s \\\"moved\\\"" &&
    exits 2 mco rpc puppet runonce -I node.my.net --np >out && has out "Puppet is disabled:"'
test_case 'what we enable, Puppet sees enabled; what we disable, disabled' '
    places_agree --config "$tmp/puppet.conf" && test -e "$place" &&
    exits 0 mco puppet enable -I node.my.net --np >out && test ! -e "$place" &&
    exits 0 mco puppet disable "for the move" -I node.my.net --np >out && test -e "$place" &&
    { puppet agent --config "$tmp/puppet.conf" --onetime --no-daemonize --verbose --color=false >out 2>&1; true; } &&
    cat out && has out "administratively disabled (Reason: '\''for the move'\'')" &&
    exits 0 mco puppet enable -I node.my.net --np >out'
catalog "file { '$tmp/motd': content => 'hello' } notify { 'a message': }" || exit 1
test_case 'a run by the agent puppet changes what it should' '
    exits 0 mco puppet runonce --force -I node.my.net --np >out &&
    fleet_until 60 status_is "applying a catalog" &&
    fleet_until 60 grep -q last_run: public/last_run_summary.yaml && fleet_until 60 status_is stopped &&
    is "$(cat motd)" hello'
test_case 'and its figures, types and resources' '
    exits 0 mco rpc puppet last_run_summary -I node.my.net -j >out && cat out &&
    has out "\"changed_resources\":2" && has out "\"failed_resources\":0" && has out "\"File\":1" &&
    exits 0 mco find --dt 1 -S "resource('\''file[$tmp/motd]'\'').managed=true" >out &&
    exits 0 mco find --dt 1 -S "puppet().changed_resources=2 and puppet().enabled=true" >out'
catalog "file { '$tmp/none/motd': content => 'hello' }" || exit 1
test_case 'runall waits for a run and tells what failed' '
    exits 2 mco puppet runall 2 -F kind=real --dt 1 >out && cat out &&
    has out "Initiated a Puppet run on 1 nodes." && has out "node.my.net: 1 resource failed"'
catalog "file { '$tmp/motd2': content => 'hello' }" || exit 1
test_case 'mc-puppetd: a run, the last one is known' '
    exits 0 mco puppetd runonce -f -I node.my.net --np >out &&
    fleet_until 60 test -e motd2 && fleet_until 60 status_is stopped &&
    exits 0 mco puppetd status -I node.my.net --np >out && cat out &&
    matches out "Enabled, not running, last run [0-9]{1,2} seconds ago"'
test_case 'a resource through puppet resource' '
    exits 0 mco puppet resource file "$tmp/made" ensure=present content=abc -I node.my.net --np >out &&
    cat out && has out "Changed = 1" && is "$(cat made)" abc &&
    exits 2 mco puppet resource file "$tmp/none/made" ensure=present -I node.my.net --np >out && cat out &&
    has out "Puppet could not manage" && exits 2 mco puppet resource exec /bin/true -I node.my.net --np >out &&
    has out "is not allowed on this node" &&
    exits 2 mco puppet resource file "$tmp/motd2" ensure=absent -I node.my.net --np >out &&
    has out "Puppet is managing the resource" && is "$(cat motd2)" hello'
fleet_node other '' '' # as the package has it
fleet_wait || exit 1
test_case 'without settings we look where the package has its files' '
    places_agree --config /nonexistent && [ ! -e "$place" ] &&
    { [ ! -w "$(dirname "$place")" ] ||
        { echo "{\"disabled_message\":\"a test\"}" >"$place" &&
            { exits 0 mco rpc puppet status -I other -j >out; r=$?; rm "$place"; cat out; [ $r = 0 ]; } &&
            has out "a test"; }; }'
test_done
