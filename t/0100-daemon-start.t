#!/bin/sh
# The node as a program: help, configuration errors, pid file, detaching. Nothing here
# needs a broker: the address named is one that nobody listens on.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/broker.sh"

port=$(mc_port_pick 1)
cd "$tmp" || exit 1

# config NAME LINE...: a server.cfg that works, and more lines
config()
{
    config_file=$tmp/$1.cfg
    shift
    cat >"$config_file" <<CFG
connector = nats
plugin.nats.servers = nats://127.0.0.1:$port
plugin.psk = start-secret
identity = start.my.net
logger_type = file
logfile = $config_file.log
CFG
    for line in "$@"; do
        printf '%s\n' "$line" >>"$config_file"
    done
}

node()
{
    "$MC_BIN/mcollectived" "$@"
}

# The configuration of this machine, if it has one, must not be found.
without_etc()
{
    if [ -n "$(ls -d /etc/marionette /etc/puppetlabs/mcollective /etc/mcollective \
        2>/dev/null)" ]; then
        # shellcheck disable=SC2016 # for the inner shell
        unshare -rm sh -c '
            for d in /etc/marionette /etc/puppetlabs/mcollective /etc/mcollective; do
                [ ! -d "$d" ] || mount -t tmpfs none "$d" || exit 77
            done
            exec "$@"' sh "$@"
    else
        "$@"
    fi
}

# refuses NAME WORD...: the daemon says all of the words, and fails
refuses()
{
    refuses_file=$tmp/$1.cfg
    shift
    exits 1 node --config "$refuses_file" --no-daemonize 2>err || return 1
    for word in "$@"; do
        has err "$word" || return 1
    done
}

test_case '--help prints the options, exit 0' '
    exits 0 node --help >out && has out --config && has out --no-daemonize &&
    has out --pidfile'

test_case 'an unknown option is refused' '
    exits 1 node --frob 2>err && has err frob'

if without_etc true 2>/dev/null; then
    test_case 'without a configuration it says what to write' '
        exits 1 without_etc "$MC_BIN/mcollectived" 2>err &&
        has err "/etc/marionette/server.cfg" && has err "connector = nats" &&
        has err "plugin.psk"'
else
    test_skip 'without a configuration it says what to write' \
        'this machine has one and may not hide it'
fi

test_case 'a file that is not there is named' '
    exits 1 node --config "$tmp/nosuch.cfg" --no-daemonize 2>err &&
    has err "$tmp/nosuch.cfg" && has err "No such file"'

test_case 'an unknown key is named with file and line' '
    config unknown "" "# a comment" "frobnicate = 1"
    refuses unknown "$tmp/unknown.cfg:9" "Unknown config parameter" frobnicate'

test_case 'a number that is none is named with key, value and line' '
    config number "ttl = soon"
    refuses number "$tmp/number.cfg:7" "ttl" "soon"'

test_case 'a boolean that is none' '
    config boolean "direct_addressing = on"
    refuses boolean "$tmp/boolean.cfg:7" direct_addressing "on"'

test_case 'a relative libdir' '
    config libdir "libdir = plugins"
    refuses libdir "$tmp/libdir.cfg:7" libdir plugins'

test_case 'an identity with a blank' '
    config identity "identity = web 1"
    refuses identity "$tmp/identity.cfg" identity'

test_case 'an unknown log level, connector and security provider' '
    config level "loglevel = loud" && refuses level loglevel loud &&
    config connector "connector = pigeon" && refuses connector pigeon &&
    config security "securityprovider = trust" && refuses security trust'

test_case 'a log file that cannot be opened' '
    config logfile "logfile = $tmp/nosuch/log" && refuses logfile "$tmp/nosuch/log"'

test_case 'no psk: the error names the key' '
    config psk && sed -i "/^plugin.psk/d" psk.cfg && refuses psk plugin.psk'

test_case 'the value of a secret is in no error' '
    config secret "plugin.psk = hush-hush" "frobnicate = 1" &&
    refuses secret frobnicate && lacks err hush-hush'

test_case 'plugin.d overrides the main file, and its errors name it' '
    mkdir -p d/plugin.d && config plugin && mv plugin.cfg d/plugin.cfg &&
    printf "%s\n" "servers = pigeon://127.0.0.1:1" >d/plugin.d/nats.cfg &&
    exits 1 node --config d/plugin.cfg --no-daemonize 2>err &&
    has err plugin.nats.servers && lacks err pigeon'

# --- detaching -------------------------------------------------------------

test_case 'detached: exit 0 with the node running and a pid file, gone at the end' '
    config detached "daemonize = yes"
    exits 0 node --config detached.cfg --pidfile "$tmp/pid" && pid=$(cat pid) &&
    kill -0 "$pid" && is "$(readlink "/proc/$pid/cwd")" /tmp &&
    is "$(readlink "/proc/$pid/fd/0")" /dev/null &&
    mc_file_wait detached.cfg.log "node started" "$pid" 20 &&
    mc_proc_end "$pid" && [ ! -e pid ] && has detached.cfg.log "node stopping"'

test_case 'detached without a pid file works' '
    config nopid "daemonize = yes" && exits 0 node --config nopid.cfg &&
    mc_file_wait nopid.cfg.log "node started.* pid=" $$ 20 &&
    pid=$(sed -n "s/.*node started.* pid=\([0-9]*\).*/\1/p" nopid.cfg.log) &&
    kill -0 "$pid" && mc_proc_end "$pid"'

test_case 'a relative pid file and config are those of the folder it was started in' '
    config relative && exits 0 node --config relative.cfg --daemonize -p relative.pid &&
    pid=$(cat relative.pid) && kill -0 "$pid" && mc_proc_end "$pid" &&
    [ ! -e relative.pid ]'

test_case 'corner case 64: pid files of the living are respected, others replaced' '
    config live && echo $$ >live.pid &&
    exits 1 node --config live.cfg --daemonize -p "$tmp/live.pid" 2>err &&
    has err live.pid && has err "running" && is "$(cat live.pid)" $$ || exit 1
    sh -c "echo \$\$" >stale.pid; : >empty.pid; echo rubbish >rubbish.pid
    for file in stale empty rubbish; do
        config $file && exits 0 node --config $file.cfg --daemonize -p "$tmp/$file.pid" &&
        pid=$(cat $file.pid) && kill -0 "$pid" && mc_proc_end "$pid" || exit 1
    done
    mkdir without && config without/unasked &&
    exits 0 node --config without/unasked.cfg --daemonize &&
    log=without/unasked.cfg.log && mc_file_wait $log "node started.* pid=" $$ 20 &&
    pid=$(sed -n "s/.*node started.* pid=\([0-9]*\).*/\1/p" $log) &&
    is "$(find without -name "*pid*")" "" && mc_proc_end "$pid"'

test_case 'a pid file that cannot be written fails with its name' '
    config nowhere &&
    exits 1 node --config nowhere.cfg --daemonize -p "$tmp/nosuch/pid" 2>err &&
    has err "$tmp/nosuch/pid"'

test_case 'a detached start that fails is told on the terminal, exit 1' '
    config broken "connector = pigeon" &&
    exits 1 node --config broken.cfg --daemonize -p "$tmp/broken.pid" 2>err &&
    has err pigeon && [ ! -e broken.pid ]'

test_case 'in the foreground no pid file is written; TERM ends it with 0' '
    config front
    "$MC_BIN/mcollectived" --config front.cfg --no-daemonize \
        --pidfile "$tmp/front.pid" &
    pid=$!
    mc_file_wait front.cfg.log "node started" $pid 20 && [ ! -e front.pid ] &&
    kill -TERM $pid && exits 0 wait $pid'

test_case 'the log has the entries of the original' '
    matches front.cfg.log "^# Logfile created on .* by marionette/" &&
    matches front.cfg.log "^I, \[....-..-..T..:..:..\.......[+-]..:..  #[0-9]+\]  INFO -- : "'

test_done
