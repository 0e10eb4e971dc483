# A small fleet for tests and the demo: a real broker and real mcollectived processes.
#
#   . "$MC_TOP/t/lib/fleet.sh"
#   fleet_begin DIRECTORY            # starts nats-server, writes client.cfg
#   fleet_node NAME 'a=b c=d' 'class1 class2' ['extra = setting' ...]
#   fleet_wait                       # until all nodes are connected
#   fleet_log_wait NODE REGEX        # until its log has such a line
#   mco ...                          # the client of this fleet
#   fleet_end                        # for an EXIT trap
#
# FLEET_CONNECTOR (text of settings) replaces the nats settings when a test brings its
# own broker. Every process is ended by its own pid.

. "$MC_TOP/t/lib/broker.sh"

fleet_pids=
fleet_names=

fleet_begin()
{
    FLEET=$1
    FLEET_CONFIG=$FLEET/client.cfg
    export FLEET FLEET_CONFIG
    mkdir -p "$FLEET" || return 1
    if [ -z "${FLEET_CONNECTOR:-}" ]; then
        mc_nats_start "${FLEET_NATS:-plain}" || return 1
        FLEET_CONNECTOR="connector = nats
plugin.nats.servers = nats://127.0.0.1:$MC_NATS_PORT"
        FLEET_NATS_OURS=1
    fi
    fleet_settings >"$FLEET_CONFIG"
    printf 'identity = client.my.net\n' >>"$FLEET_CONFIG"
}

# What every program of the fleet shares.
fleet_settings()
{
    cat <<CFG
$FLEET_CONNECTOR
securityprovider = psk
plugin.psk = fleet-secret
${FLEET_EXTRA:-}
CFG
}

fleet_node()
{
    fleet_dir=$FLEET/$1
    fleet_name=$1
    fleet_facts=$2
    fleet_classes=$3
    shift 3
    mkdir -p "$fleet_dir"
    {
        fleet_settings
        cat <<CFG
identity = $fleet_name
logger_type = file
logfile = $fleet_dir/log
factsource = yaml
plugin.yaml = $fleet_dir/facts.yaml
classesfile = $fleet_dir/classes.txt
plugin.nrpe.conf_dir = $fleet_dir/nrpe.d
CFG
        for fleet_line in "$@"; do
            printf '%s\n' "$fleet_line"
        done
    } >"$fleet_dir/server.cfg"
    {
        echo ---
        for fleet_word in $fleet_facts; do
            printf '%s: %s\n' "${fleet_word%%=*}" "${fleet_word#*=}"
        done
    } >"$fleet_dir/facts.yaml"
    for fleet_word in $fleet_classes; do
        printf '%s\n' "$fleet_word"
    done >"$fleet_dir/classes.txt"
    fleet_start "$fleet_name"
}

# fleet_fact NODE NAME TEXT: one more fact, which may hold blanks; a node reads its facts
# again when their file changes.
fleet_fact()
{
    printf "%s: '%s'\n" "$2" "$3" >>"$FLEET/$1/facts.yaml"
}

# fleet_check NODE NAME LINE: one more check, with the line of a shell; a node sees it at
# its next request.
fleet_check()
{
    mkdir -p "$FLEET/$1/nrpe.d" &&
        printf 'command[%s]=%s\n' "$2" "$3" >>"$FLEET/$1/nrpe.d/checks.cfg"
}

# fleet_disks SICK: check_disks of all nodes so far with the real plugin; the disk of the
# node SICK is too full for its thresholds.
fleet_disks()
{
    for fleet_name in $fleet_names; do
        fleet_limit=1
        [ "$fleet_name" != "$1" ] || fleet_limit=100%
        fleet_check "$fleet_name" check_disks \
            "/usr/lib/nagios/plugins/check_disk -w $fleet_limit -c $fleet_limit -p /"
    done
}

# fleet_hardware NODE SERIAL: what the report scripts of examples/reports ask for.
fleet_hardware()
{
    fleet_fact "$1" serialnumber "$2"
    case $1 in
    db*)
        fleet_fact "$1" productname 'IBM System x3655 -[79855AG]-'
        fleet_fact "$1" processor0 'Dual-Core AMD Opteron(tm) Processor 2218'
        ;;
    *)
        fleet_fact "$1" productname 'IBM eServer BladeCenter HS20 -[8832M1X]-'
        fleet_fact "$1" processor0 'Intel(R) Xeon(R) CPU           L5420  @ 2.50GHz'
        ;;
    esac
    fleet_fact "$1" lsbdistdescription 'CentOS release 5.5 (Final)'
}

# Start the daemon of a node whose files are there (again).
fleet_start()
{
    : >"$FLEET/$1/log"
    "$MC_BIN/mcollectived" --config "$FLEET/$1/server.cfg" --no-daemonize \
        >"$FLEET/$1/out" 2>&1 </dev/null &
    fleet_pids="$fleet_pids $!"
    printf '%s\n' "$!" >"$FLEET/$1/pid"
    case " $fleet_names " in
    *" $1 "*) ;;
    *) fleet_names="$fleet_names $1" ;;
    esac
}

fleet_pid()
{
    cat "$FLEET/$1/pid"
}

fleet_wait()
{
    for fleet_name in $fleet_names; do
        mc_file_wait "$FLEET/$fleet_name/log" 'connected to the broker' \
            "$(fleet_pid "$fleet_name")" 30 || {
            echo "node $fleet_name did not start:" >&2
            cat "$FLEET/$fleet_name/out" "$FLEET/$fleet_name/log" >&2
            return 1
        }
    done
}

# fleet_log_wait NODE REGEX [TIMES [SECONDS]]: wait until as many lines of the log match.
fleet_log_wait()
{
    fleet_file_wait "$FLEET/$1/log" "$2" "${3:-1}" "${4:-20}" "$(fleet_pid "$1")"
}

# fleet_log_count NODE REGEX: how many lines match now.
fleet_log_count()
{
    grep -E -c -e "$2" "$FLEET/$1/log"
    return 0
}

# fleet_file_wait FILE REGEX TIMES SECONDS [PID]: wait until as many lines match. Gives
# up, and shows the file, when the time is over or the process has ended.
fleet_file_wait()
{
    perl -e '
        my ($file, $re, $times, $secs, $pid) = @ARGV;
        my $end = time + $secs;
        while (1) {
            my $gone = 0;
            if ($pid) {
                $gone = 1;
                if (open(my $st, "<", "/proc/$pid/stat")) {
                    $gone = (<$st> // "") =~ /\) [ZX] /;
                }
            }
            if (open(my $f, "<", $file)) {
                my $found = 0;
                while (<$f>) { exit 0 if /$re/ && ++$found >= $times }
            }
            exit 2 if $gone;
            exit 1 if time >= $end;
            select(undef, undef, undef, 0.02);
        }
    ' "$@" && return 0
    echo "no '$2' ($3 times) in $1:"
    cat "$1"
    return 1
}

# fleet_until SECONDS COMMAND...: run the command until it succeeds.
fleet_until()
{
    fleet_end_s=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt "$fleet_end_s" ] || return 1
    done
}

fleet_stop()
{
    mc_proc_end "$(fleet_pid "$1")"
}

# The fleet's own nats-server ends, and comes back on the same port. To be called
# outside of a test case: the process id lives in a variable.
fleet_broker_stop()
{
    mc_proc_end "$MC_NATS_PID"
}

fleet_broker_start()
{
    nats-server -c "$MC_NATS_DIR/nats.conf" >>"$MC_NATS_DIR/out" 2>&1 </dev/null &
    MC_NATS_PID=$!
    mc_port_wait nats "$MC_NATS_PORT" "$MC_NATS_PID" "$MC_BROKER_WAIT"
}

mco()
{
    mco_command=$1
    shift
    "$MC_BIN/mco" "$mco_command" --config "$FLEET_CONFIG" "$@"
}

fleet_end()
{
    for fleet_pid in $fleet_pids; do
        kill -TERM "$fleet_pid" 2>/dev/null
    done
    for fleet_pid in $fleet_pids; do
        mc_proc_end "$fleet_pid"
    done
    fleet_pids=
    fleet_names=
    [ -z "${FLEET_NATS_OURS:-}" ] || mc_nats_stop
    FLEET_NATS_OURS=
}

# fleet_node_yum NAME FACTS CLASSES PACKAGE...: a node whose package manager is
# t/lib/fake-yum; it offers zsh and has the packages, lines of fake-rpm's db.
fleet_node_yum()
{
    mkdir -p "$FLEET/$1/bin"
    ln -sf "$MC_TOP/t/lib/fake-rpm" "$FLEET/$1/bin/rpm"
    ln -sf "$MC_TOP/t/lib/fake-yum" "$FLEET/$1/bin/yum"
    echo 'zsh 0 4.2.6 3.el5 i386' >"$FLEET/$1/offer"
    fleet_yum_name=$1
    fleet_yum_facts=$2
    fleet_yum_classes=$3
    shift 3
    : >"$FLEET/$fleet_yum_name/db"
    for fleet_line in "$@"; do
        printf '%s\n' "$fleet_line" >>"$FLEET/$fleet_yum_name/db"
    done
    fleet_path=$PATH
    PATH=$FLEET/$fleet_yum_name/bin:$PATH
    fleet_node "$fleet_yum_name" "$fleet_yum_facts" "$fleet_yum_classes" \
        'plugin.package.provider = yum'
    PATH=$fleet_path
}

# fleet_node_puppet NAME FACTS CLASSES [SETTING...]: a node with a stand-in for Puppet,
# t/lib/fake-puppet; its state is in $FLEET/NAME/state.
fleet_node_puppet()
{
    fleet_here=$FLEET/$1
    mkdir -p "$fleet_here/bin" "$fleet_here/state"
    ln -sf "$MC_TOP/t/lib/fake-puppet" "$fleet_here/bin/puppet"
    fleet_puppet_name=$1
    fleet_puppet_facts=$2
    fleet_puppet_classes=$3
    shift 3
    fleet_node "$fleet_puppet_name" "$fleet_puppet_facts" "$fleet_puppet_classes" \
        "plugin.puppet.statedir = $fleet_here/state" \
        "plugin.puppet.publicdir = $fleet_here/state" \
        "plugin.puppet.rundir = $fleet_here/state" \
        "plugin.puppet.command = $fleet_here/bin/puppet agent" \
        "plugin.puppet.resource_command = $fleet_here/bin/puppet resource" \
        "plugin.puppetd.puppetd = $fleet_here/bin/puppet agent" "$@"
}
