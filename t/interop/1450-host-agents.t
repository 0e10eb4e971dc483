#!/bin/sh
# The packaged Ruby client, with our DDL files, before a node of ours: the process,
# service and sysctl agents and the data functions of the same names.
# shellcheck disable=SC2016,SC2034,SC2154 # used in the texts of cases; set by tap.sh
. "$(dirname "$0")/tap.sh"

mc_activemq_start || exit 1
mc_site_init "$tmp/site" activemq "$MC_ACTIVEMQ_PORT" psk || exit 1
mkdir -p "$tmp/lib/mcollective/agent" "$tmp/lib/mcollective/data" "$tmp/scripts"
for plugin in agent/process agent/service agent/sysctl data/process_data \
    data/service_data data/sysctl_data data/package_data; do
    cp "$MC_TOP/plugins/$plugin.ddl" "$tmp/lib/mcollective/$plugin.ddl" || exit 1
done
cat >"$tmp/scripts/web" <<'END'
#!/bin/sh
case $1 in
start | restart) : >"$0.runs" ;;
stop) rm -f "$0.runs" ;;
status) [ -e "$0.runs" ] || exit 3 ;;
esac
END
chmod +x "$tmp/scripts/web"
mc_client_cfg "$tmp/client.cfg" mcollective "libdir = $tmp/lib"
MC_EXTRA="plugin.service.provider = init
plugin.service.folder = $tmp/scripts"
mc_node_start ours web1 mcollective 'country=uk' 'apache'
MC_EXTRA=
mc_fleet_wait ours "$tmp/client.cfg" 1 30 || {
    tail -n 5 "$tmp"/site/nodes/*/log "$tmp"/site/nodes/*/out
    exit 1
}
cd "$tmp" || exit 1

# asks CODE WORD...: exit code, and the output in the file out
asks()
{
    asks_code=$1
    shift
    exits "$asks_code" mc_mco "$make" client.cfg "$@" >out 2>&1
    asks_result=$?
    cat out
    return $asks_result
}

for make in ruby ours; do
    test_case "$make client: a service starts, tells its state, and stops" '
        asks 0 rpc service start service=web -I web1 -j && matches out "\"status\": ?\"running\"" &&
        asks 0 rpc service status service=web -I web1 && has out "Service Status: running" &&
        has out "Summary of Service Status:" && matches out "running = 1" &&
        asks 0 rpc service stop service=web -I web1 -j && matches out "\"status\": ?\"stopped\""'
    test_case "$make client: what cannot be done has its sentence" '
        asks 2 rpc service start service=nosuch -I web1 &&
        has out "No service called '\''nosuch'\'' is known here" &&
        ! asks 0 rpc service start "service=-x" -I web1 && has out "service"'
    test_case "$make client: processes with the keys that clients read" '
        asks 0 rpc process list "pattern=mcollectived.*web1" -I web1 -j &&
        for key in pid uid username cmdline state vsize rss tty_nr; do
            matches out "\"$key\":" || exit 1
        done'
    test_case "$make client: a kernel parameter" '
        asks 0 rpc sysctl get name=kernel.ostype -I web1 && has out "Value: Linux"'
    test_case "$make client: data functions in filters and alone" '
        asks 0 find --dt 2 -S "process('\''mcollectived'\'').exists=true and service('\''web'\'').status=stopped" &&
        is "$(cat out)" web1 &&
        asks 0 find --dt 2 -S "sysctl('\''kernel.ostype'\'').value=Linux and package('\''no-such'\'').installed=false" &&
        is "$(cat out)" web1 &&
        asks 0 rpc rpcutil get_data source=service query=web -I web1 -j &&
        matches out "\"status\": ?\"stopped\""'
done
test_done
