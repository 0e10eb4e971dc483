#!/bin/sh
# Who may do what on a node, and the record of what was done: action policy files and the
# audit file, on real nodes. Callers are uid=N and, from a second configuration, user=NAME.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
FLEET_EXTRA="rpcauthorization = 1
rpcauthprovider = action_policy
rpcaudit = 1
rpcauditprovider = logfile
plugin.rpcaudit.logfile = $tmp/fleet/audit"
fleet_begin "$tmp/fleet" || exit 1
mkdir -p fleet "$FLEET/web1/policies" "$FLEET/web2/policies"
caller="uid=$(id -u)"
other="user=$(id -un)"
sed 's/^plugin.psk = .*/&\nplugin.psk.callertype = user/' "$FLEET_CONFIG" >"$FLEET/other.cfg"
zsh='zsh 0 4.2.6 3.el5 i386'
fleet_node_yum web1 'country=uk mem=1024' 'apache' "$zsh"
fleet_node web2 'country=de' '' 'rpcauditprovider = fail' \
    'plugin.actionpolicy.allow_unconfigured = 1'
fleet_wait || exit 1
cd "$tmp" || exit 1
policies=$FLEET/web1/policies
denied='You are not authorized to call this agent or action.'

# package ACTION [OPTION...]: ask web1 for zsh
package()
{
    package_action=$1
    shift
    "$MC_BIN/mco" rpc package "$package_action" package=zsh -I web1 --dt 1 --np \
        --config "$FLEET_CONFIG" "$@" >out 2>err
}

# refused [OPTION...]: status of zsh is status 1 with the words of the refusal
refused()
{
    package status -j "$@"
    matches out '"statuscode":1[,}]' && has out "\"statusmsg\":\"$denied\""
}

printf '# for the tests\nallow\t%s\tstatus\t*\t*\n' "$caller" >"$policies/package.policy"
printf 'allow\t*\t*\t*\t*\n' >"$policies/rpcutil.policy"

# --- row 23 ------------------------------------------------------------------

test_case 'the action that a policy allows works' '
    exits 0 package status -j && has out "\"statuscode\":0" && has out "4.2.6"'

test_case 'another action is refused with status 1, and is not run' '
    rm -f fleet/web1/calls
    package install -j; has out "\"statuscode\":1" && has out "\"statusmsg\":\"$denied\"" &&
    [ ! -e fleet/web1/calls ]'

test_case 'a person sees the refusal, the log of the node the reason' '
    exits 2 package install && has out "$denied" && lacks out "policies" &&
    fleet_log_wait web1 "verdict=denied.*caller=\"$caller\".*action=install.*status=1" &&
    has fleet/web1/log "$policies/package.policy: no rule allows it"'

test_case 'another caller is refused what the first one may' '
    refused --config fleet/other.cfg &&
    fleet_log_wait web1 "verdict=denied.* caller=\"$other\".*action=status" &&
    exits 0 package status'

test_case 'an agent without a policy is refused, or allowed when the node says so' '
    exits 0 mco rpc rpcutil ping -I web1 -j &&
    mv "$policies/rpcutil.policy" saved; mco rpc rpcutil ping -j --dt 1 >both
    mv saved "$policies/rpcutil.policy"
    has both "{\"agent\":\"rpcutil\"" && matches both "\"sender\":\"web1\",\"statuscode\":1" &&
    matches both "\"sender\":\"web2\",\"statuscode\":0"'

test_case 'discovery asks no policy' '
    exits 0 mco find --dt 1 >out && has out web1 && has out web2'

# --- rules -------------------------------------------------------------------

test_case 'a changed file holds for the next request' '
    printf "deny\t%s\tstatus\t*\t*\npolicy default allow\n" "$caller" \
        >"$policies/package.policy" && refused &&
    fleet_log_wait web1 "package.policy:1: this rule denies it"'

test_case 'a caller that is the beginning of another one is not meant' '
    printf "allow\t%s1 1%s %s\t*\t*\t*\n" "$caller" "$caller" "${caller%?}" \
        >"$policies/package.policy" && refused'

test_case 'groups, patterns of callers, facts and classes' '
    printf "ops uid=424242 %s\n" "$caller" >"$policies/groups" &&
    printf "allow\tops\tstatus\tcountry=uk mem>512\t/^apa/\n" \
        >"$policies/package.policy" && exits 0 package status -j &&
    printf "allow\tops\tstatus\tcountry=uk mem>2048\tapache\n" \
        >"$policies/package.policy" && refused &&
    printf "allow\tops\tstatus\tcountry=uk\tmysql\n" >"$policies/package.policy" &&
    refused &&
    printf "allow\t/^user=/\tstatus\t*\t*\n" >"$policies/package.policy" &&
    refused && exits 0 package status -j --config fleet/other.cfg'

test_case 'compound filters: facts, classes, data functions' '
    printf "allow\t*\t*\tcountry=uk and (apache or mysql) and not mem=5\n" \
        >"$policies/package.policy" && exits 0 package status -j &&
    printf "allow\t*\t*\tcountry=uk and not apache\n" >"$policies/package.policy" &&
    refused &&
    printf "allow\t*\t*\tfstat(\"%s\").type=file\n" "$policies/groups" \
        >"$policies/package.policy" && exits 0 package status -j &&
    printf "deny\t*\t*\tapache or mysql\t*\nallow\t*\t*\t*\t*\n" \
        >"$policies/package.policy" && refused'

test_case 'a compound filter that is broken denies, and the log names file and line' '
    printf "#\ndeny\t*\t*\tapache and\nallow\t*\t*\t*\t*\n" \
        >"$policies/package.policy" && refused &&
    fleet_log_wait web1 "$policies/package.policy:2: this rule may deny it: " &&
    printf "#\nallow\t*\t*\t(apache\n" >"$policies/package.policy" && refused &&
    fleet_log_wait web1 "$policies/package.policy:2: this rule cannot allow it: "'

test_case 'a file that is bad denies, and the log names file and line' '
    printf "allow\t*\t*\t*\t*\n\nalow\t*\t*\t*\t*\n" >"$policies/package.policy" &&
    refused && fleet_log_wait web1 "$policies/package.policy:3: a line begins with"'

test_case 'a file for all to write is warned about' '
    printf "allow\t*\t*\t*\t*\n" >"$policies/package.policy" &&
    chmod 666 "$policies/package.policy" && exits 0 package status -j &&
    fleet_log_wait web1 "WARN.*package.policy can be written by everybody"'

# --- row 24 ------------------------------------------------------------------

test_case 'one record for each request that ran: caller, agent, action, data' '
    : >fleet/audit && chmod 644 "$policies/package.policy" &&
    exits 0 package status -j && cat fleet/audit && is "$(wc -l <fleet/audit)" 1 &&
    time="[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC" &&
    matches fleet/audit "^\[$time\] reqid=[0-9a-f]{32}: reqtime=[0-9]+ caller=$caller@client\.my\.net agent=package action=status data=\{:package=>\"zsh\", :process_results=>true\}\$"'

test_case 'what is denied or invalid is not recorded' '
    : >fleet/audit && printf "policy default deny\n" >"$policies/package.policy" &&
    refused && "$MC_BIN/mco" rpc rpcutil get_fact -I web1 --config "$FLEET_CONFIG" \
        </dev/null >out 2>&1; cat fleet/audit; [ ! -s fleet/audit ]'

test_case 'data cannot forge a record' '
    : >fleet/audit && fact=$(printf "a\n[2020-01-01 00:00:00 UTC] reqid=1: x") &&
    mco rpc rpcutil get_fact fact="$fact" -I web1 -j >out; cat fleet/audit
    is "$(wc -l <fleet/audit)" 1 &&
    has fleet/audit "data={:fact=>\"a\\n[2020-01-01 00:00:00 UTC] reqid=1: x\""'

test_case 'WINCH opens the audit again after it was moved away' '
    exits 0 mco rpc rpcutil ping -I web1 -j && mv fleet/audit audit.old &&
    kill -WINCH "$(fleet_pid web1)" && exits 0 fleet_until 10 test -e fleet/audit &&
    exits 0 mco rpc rpcutil ping -I web1 -j && is "$(wc -l <fleet/audit)" 1'

test_case 'a failing audit is an event, and the request runs' '
    exits 0 mco rpc rpcutil ping -I web2 -j && has fleet/web2/log \
        "ERROR -- : a request could not be audited, it runs: " &&
    matches fleet/web2/log "verdict=ok.*action=ping"'

test_case 'a provider that is not there: the node does not start and lists those that are' '
    sed "s/action_policy/rego/; s/^logger_type = .*/logger_type = console/" \
        fleet/web1/server.cfg >rego.cfg &&
    exits 1 "$MC_BIN/mcollectived" --no-daemonize --config rego.cfg 2>err; cat err
    has err "there is no provider '\''rego'\'' for rpcauthprovider" && has err "action_policy"'

# --- providers of single agents ------------------------------------------------

test_case 'an agent has its own provider, named in plugin.d: it replaces that of all' '
    mkdir -p fleet/web3/plugin.d fleet/web3/policies &&
    echo "rpcauthprovider = action_policy" >fleet/web3/plugin.d/package.cfg &&
    printf "allow\t*\tcount\t*\t*\n" >fleet/web3/policies/package.policy &&
    fleet_node web3 "country=us" "" "rpcauthorization = no" &&
    fleet_log_wait web3 "connected to the broker" && exits 0 mco rpc rpcutil ping -I web3 -j &&
    mco rpc package status package=zsh -I web3 -j >out; has out "\"statusmsg\":\"$denied\"" &&
    exits 0 mco rpc package count -I web3 -j >out && has out "\"statuscode\":0"
    result=$?; fleet_stop web3; [ $result = 0 ]'

test_case 'none as the provider of one agent frees it from the rules for all' '
    fleet_node web4 "country=us" "" "plugin.rpcutil.rpcauthprovider = none" &&
    fleet_log_wait web4 "connected to the broker" && exits 0 mco rpc rpcutil ping -I web4 -j &&
    mco rpc package count -I web4 -j >out; has out "\"statusmsg\":\"$denied\""
    result=$?; fleet_stop web4; [ $result = 0 ]'

test_case 'a provider of an agent that is not there: the node does not start' '
    sed "s/^logger_type = .*/logger_type = console/" fleet/web1/server.cfg >own.cfg &&
    echo "plugin.package.rpcauthprovider = rego" >>own.cfg &&
    exits 1 "$MC_BIN/mcollectived" --no-daemonize --config own.cfg 2>err; cat err
    has err "plugin.package.rpcauthprovider = rego: there is no such provider" &&
    has err "action_policy"'

test_case 'a group may have patterns of callers' '
    printf "ops /^%s\$/\n" "$caller" >"$policies/groups" &&
    printf "allow\tops\tstatus\t*\t*\n" >"$policies/package.policy" &&
    exits 0 package status -j && refused --config fleet/other.cfg &&
    printf "ops /(/\n" >"$policies/groups" && refused &&
    fleet_log_wait web1 "$policies/groups:1: "'

test_done
