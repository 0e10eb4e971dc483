# A site of MCollective nodes and clients for the tests, of either make: the
# packaged Ruby programs or ours, from the very same configuration files.
#
# The idea: a site is one directory with the keys, the client configurations and a
# directory per node.  It is bound to one broker, one connector and one security
# provider.  A node is started in the foreground as a child and ended by its pid.
# Needs broker.sh loaded first.
#
#   mc_site_init DIR CONNECTOR PORT PROVIDER   PROVIDER: psk, ssl-marshal, ssl-yaml,
#                                              aes-marshal, aes-yaml
#   mc_client_cfg FILE COLLECTIVE [LINE...]
#   mc_node_start MAKE IDENTITY COLLECTIVES FACTS CLASSES    MAKE: ruby or ours
#   mc_fleet_wait MAKE CFG COUNT SECONDS
#   mc_mco MAKE CFG COMMAND [ARGUMENT...]
#   mc_nodes_stop
#
# FACTS and CLASSES are words: "country=uk cpus=2", "common apache".  The first of
# COLLECTIVES is the main one.  Set before use: MC_TOP, the root of the tree; and
# if wanted MC_CERTS, a directory of mc_certs (TLS both ways, MC_PORT being such a
# port), and MC_EXTRA, lines that go into every configuration of the site.

MC_BIN=${MC_BIN:-$MC_TOP/build/bin}
MC_RUBY_MCO=${MC_RUBY_MCO:-/usr/bin/mco}
MC_RUBY_DAEMON=${MC_RUBY_DAEMON:-/usr/sbin/mcollectived}
MC_MCO_LIMIT=${MC_MCO_LIMIT:-25}
MC_NODE_PIDS=

# What the caller's environment could change in either make.
unset MCOLLECTIVE_EXTRA_OPTS MCOLLECTIVE_PSK MCOLLECTIVE_SSL_PRIVATE \
    MCOLLECTIVE_SSL_PUBLIC MCOLLECTIVE_AES_PRIVATE MCOLLECTIVE_AES_PUBLIC STOMP_USER STOMP_PASSWORD STOMP_SERVER STOMP_PORT \
    MCOLLECTIVE_TIMEOUT MCOLLECTIVE_DTIMEOUT MCOLLECTIVE_ANON COLUMNS LINES

_mcr_key()
{
    openssl genrsa -out "$1.key" 2048 2>/dev/null &&
        openssl rsa -in "$1.key" -pubout -out "$2" 2>/dev/null
}

mc_site_init()
{
    MC_SITE=$1
    MC_CONNECTOR=$2
    MC_PORT=$3
    MC_PROVIDER=$4
    export MC_SITE MC_CONNECTOR MC_PORT MC_PROVIDER MC_TOP MC_BIN MC_RUBY_MCO
    mkdir -p "$MC_SITE/nodes" "$MC_SITE/keys/clients" "$MC_SITE/home" || return 1
    case $MC_PROVIDER in
    ssl-* | aes-*)
        _mcr_key "$MC_SITE/keys/server" "$MC_SITE/keys/server.pem" &&
            cp "$MC_SITE/keys/server.pem" "$MC_SITE/keys/clients" &&
            _mcr_key "$MC_SITE/keys/user" "$MC_SITE/keys/clients/user.pem"
        ;;
    esac
}

# The settings that every program of the site shares.
_mcr_common()
{
    _mcr_pool="plugin.$MC_CONNECTOR.pool"
    cat <<CFG
connector = $MC_CONNECTOR
$_mcr_pool.size = 1
$_mcr_pool.1.host = 127.0.0.1
$_mcr_pool.1.port = $MC_PORT
$_mcr_pool.1.user = $MC_BROKER_USER
$_mcr_pool.1.password = $MC_BROKER_PASSWORD
CFG
    [ -z "${MC_CERTS:-}" ] || cat <<CFG
$_mcr_pool.1.ssl = true
$_mcr_pool.1.ssl.ca = $MC_CERTS/ca.pem
$_mcr_pool.1.ssl.cert = $MC_CERTS/client.pem
$_mcr_pool.1.ssl.key = $MC_CERTS/client.key
CFG
    [ -z "${MC_EXTRA:-}" ] || printf '%s\n' "$MC_EXTRA"
    case $MC_PROVIDER in
    psk) printf 'securityprovider = psk\nplugin.psk = test-key-of-%s\n' "$MC_CONNECTOR" ;;
    ssl-*) printf 'securityprovider = ssl\nplugin.ssl_serializer = %s\nplugin.ssl_server_public = %s\n' \
        "${MC_PROVIDER#ssl-}" "$MC_SITE/keys/server.pem" ;;
    aes-*) printf 'securityprovider = aes_security\nplugin.aes.serializer = %s\n' \
        "${MC_PROVIDER#aes-}" ;;
    esac
}

mc_client_cfg()
{
    _mcr_file=$1
    {
        printf 'main_collective = %s\ncollectives = %s\n' "$2" "$2"
        shift 2
        printf 'logger_type = console\nloglevel = warn\ncolor = 0\n'
        printf 'connection_timeout = 10\n'
        _mcr_common
        case $MC_PROVIDER in
        ssl-*) printf 'plugin.ssl_client_private = %s\nplugin.ssl_client_public = %s\n' \
            "$MC_SITE/keys/user.key" "$MC_SITE/keys/clients/user.pem" ;;
        aes-*) printf 'plugin.aes.client_private = %s\nplugin.aes.client_public = %s\n' \
            "$MC_SITE/keys/user.key" "$MC_SITE/keys/clients/user.pem" ;;
        esac
        [ $# -eq 0 ] || printf '%s\n' "$@"
    } >"$_mcr_file"
}

# _mcr_server_cfg DIR IDENTITY COLLECTIVES: one node's server.cfg on stdout.
_mcr_server_cfg()
{
    printf 'main_collective = %s\ncollectives = %s\n' "${3%% *}" "$(echo "$3" | tr ' ' ,)"
    cat <<CFG
identity = $2
logger_type = file
logfile = $1/log
loglevel = info
daemonize = 0
registerinterval = 0
factsource = yaml
plugin.yaml = $1/facts.yaml
classesfile = $1/classes.txt
CFG
    _mcr_common
    case $MC_PROVIDER in
    ssl-*) printf 'plugin.ssl_server_private = %s\nplugin.ssl_client_cert_dir = %s\n' \
        "$MC_SITE/keys/server.key" "$MC_SITE/keys/clients" ;;
    aes-*) printf 'plugin.aes.server_private = %s\nplugin.aes.server_public = %s\nplugin.aes.client_cert_dir = %s\n' \
        "$MC_SITE/keys/server.key" "$MC_SITE/keys/server.pem" "$MC_SITE/keys/clients" ;;
    esac
}

# The command in front of a Ruby program.
mc_ruby_env()
{
    HOME=$MC_SITE/home RUBYOPT="-W0 -r$MC_TOP/t/lib/ruby-shim.rb" LC_ALL=C.UTF-8 \
        exec "$@"
}

mc_node_start()
{
    _mcr_dir=$MC_SITE/nodes/$1-$2
    mkdir -p "$_mcr_dir"
    _mcr_server_cfg "$_mcr_dir" "$2" "$3" >"$_mcr_dir/server.cfg"
    {
        echo ---
        for _mcr_v in $4; do
            printf '%s: %s\n' "${_mcr_v%%=*}" "${_mcr_v#*=}"
        done
    } >"$_mcr_dir/facts.yaml"
    for _mcr_v in $5; do
        echo "$_mcr_v"
    done >"$_mcr_dir/classes.txt"
    case $1 in
    ruby) mc_ruby_env "$MC_RUBY_DAEMON" --config "$_mcr_dir/server.cfg" \
        --no-daemonize >"$_mcr_dir/out" 2>&1 </dev/null & ;;
    ours) "$MC_BIN/mcollectived" --config "$_mcr_dir/server.cfg" \
        --no-daemonize >"$_mcr_dir/out" 2>&1 </dev/null & ;;
    esac
    MC_NODE_PIDS="$MC_NODE_PIDS $!"
}

mc_nodes_stop()
{
    for _mcr_v in $MC_NODE_PIDS; do
        kill -TERM "$_mcr_v" 2>/dev/null
    done
    for _mcr_v in $MC_NODE_PIDS; do
        mc_proc_end "$_mcr_v"
    done
    MC_NODE_PIDS=
}

# mc_mco MAKE CFG COMMAND [ARGUMENT...]: run a client, without a terminal.  Its exit
# code is the client's, or 124 after MC_MCO_LIMIT seconds.
mc_mco()
{
    _mcr_make=$1
    _mcr_cfg=$2
    _mcr_command=$3
    shift 3
    case $_mcr_make in
    ruby) (mc_ruby_env timeout "$MC_MCO_LIMIT" "$MC_RUBY_MCO" "$_mcr_command" \
        --config "$_mcr_cfg" "$@") </dev/null ;;
    ours) timeout "$MC_MCO_LIMIT" "$MC_BIN/mco" "$_mcr_command" \
        --config "$_mcr_cfg" "$@" </dev/null ;;
    esac
}

# mc_fleet_wait MAKE CFG COUNT SECONDS: until COUNT nodes answer a discovery.
# Returns 1 when the time is over, or as soon as a node of the site has ended.
mc_fleet_wait()
{
    _mcr_end=$(($(date +%s) + $4))
    while [ "$(mc_mco "$1" "$2" find --dt 1 2>/dev/null | wc -l)" -lt "$3" ]; do
        [ "$(date +%s)" -lt "$_mcr_end" ] || return 1
        for _mcr_v in $MC_NODE_PIDS; do
            kill -0 "$_mcr_v" 2>/dev/null || return 1
        done
    done
}
