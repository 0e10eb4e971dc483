#!/bin/sh
# Speed and memory, as one table: ours, the Ruby original measured in the same run where
# its packages are installed, the ratio, and the target where there is one.
#
#   ./dev bench [PART...]     parts: path filter memory client fleet sim stream checks (all)
#
# This is no test: a busy machine gives worse figures, so the load is printed with them,
# and a target that is missed is a word in the table, not an exit code. Figures of Ruby
# in brackets are not from this run: doc/guide/benchmarks.md says where they come from.
#
# Knobs: BENCH_NODES (200), BENCH_ROUNDS (10), BENCH_SIM (1000), BENCH_RUNS (30),
# BENCH_PEERS (12, nodes of each make side by side), BENCH_RUBY=no leaves Ruby out.
set -u
MC_TOP=$(cd "$(dirname "$0")/.." && pwd)
MC_BUILD=${MC_BUILD:-$MC_TOP/build}
MC_BIN=$MC_BUILD/bin
export MC_TOP MC_BUILD MC_BIN
. "$MC_TOP/t/lib/fleet.sh"
. "$MC_TOP/t/lib/ruby.sh"

nodes=${BENCH_NODES:-200}
rounds=${BENCH_ROUNDS:-10}
runs=${BENCH_RUNS:-30}
peers=${BENCH_PEERS:-12}
sims=${BENCH_SIM:-1000}
dir=$(mktemp -d "${TMPDIR:-/tmp}/marionette-bench.XXXXXX") || exit 1
rows=$dir/rows
: >"$rows"
sim_pids=
check_pids=

bench_end()
{
    trap - EXIT INT TERM HUP
    for pid in $sim_pids $check_pids; do
        mc_proc_end "$pid"
    done
    mc_nodes_stop
    fleet_end
    mc_broker_cleanup
    rm -rf "$dir"
    exit "${1:-0}"
}
trap 'bench_end 1' EXIT
trap 'bench_end 130' INT
trap 'bench_end 143' TERM HUP

say()
{
    printf '%s\n' "bench: $*" >&2
}

# row FIGURE UNIT OURS [RUBY [LIMIT]]: - is "not measured"; RUBY in brackets is quoted
# and gives no ratio; LIMIT is the most that ours may be.
row()
{
    printf '%s|%s|%s|%s|%s\n' "$1" "$2" "${3:--}" "${4:--}" "${5:--}" >>"$rows"
}

table()
{
    awk -F'|' '
        BEGIN {
            format = "%-63s %10s %13s %6s %7s  %s\n"
            printf format, "figure", "ours", "Ruby", "ratio", "target", ""
        }
        function with(value, unit) { return value == "-" ? "-" : value " " unit }
        {
            ratio = "-"
            if ($3 + 0 > 0 && $4 + 0 > 0) ratio = sprintf("%.1f", $4 / $3)
            verdict = ""
            if ($5 != "-") verdict = $3 == "-" ? "not measured" : $3 + 0 <= $5 + 0 ? "ok" : "MISSED"
            ruby = $4 ~ /^\(/ || $4 == "-" ? $4 : with($4, $2)
            limit = $5 == "-" ? "-" : "<= " $5
            printf format, $1, with($3, $2), ruby, ratio, limit, verdict
        }' "$rows"
}

machine()
{
    printf '%s cores, %s, load %s, %s\n' "$(nproc)" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
        "$(cut -d' ' -f1-3 /proc/loadavg)" "$(uname -sr)"
}

# --- small measures ---------------------------------------------------------

# Private memory of a process in MB: what would be free if it ended.
uss()
{
    awk '/^Private_/ { kb += $2 } END { printf "%.2f", kb / 1024 }' "/proc/$1/smaps_rollup"
}

# The part of it that is not the text of files that nobody else uses just now.
own()
{
    awk '/^Private_Dirty:/ { printf "%.2f", $2 / 1024 }' "/proc/$1/smaps_rollup"
}

rss()
{
    awk '/^Rss:/ { printf "%.2f", $2 / 1024 }' "/proc/$1/smaps_rollup"
}

# figure FILE NAME: a value that mc-bench printed.
figure()
{
    sed -n "s/^$2 //p" "$1"
}

# figure_ms FILE NAME: microseconds as milliseconds.
figure_ms()
{
    awk -v name="$2" '$1 == name { printf "%.1f", $2 / 1000 }' "$1"
}

# Broadcast rounds to a fleet of COUNT nodes: round CONFIG COUNT, figures in $dir/round.
round()
{
    : >"$dir/round"
    "$MC_BIN/mc-bench" round "$1" "$2" "$rounds" >"$dir/round"
}

# wall RUNS COMMAND...: the median wall time of a process in ms.
wall()
{
    perl -MTime::HiRes=time -e '
        my ($runs, @command) = @ARGV;
        my @took;
        for (1 .. $runs) {
            my $began = time;
            my $pid = fork // die;
            if (!$pid) {
                open STDIN, "<", "/dev/null";
                open STDOUT, ">", "/dev/null";
                exec @command or exit 127;
            }
            waitpid $pid, 0;
            if ($?) { warn "bench: $command[0]: exit code ", $? >> 8, "\n"; exit 1 }
            push @took, (time - $began) * 1000;
        }
        @took = sort { $a <=> $b } @took;
        printf "%.1f", $took[$#took / 2];
    ' "$@"
}

names() # count
{
    name_i=1
    while [ "$name_i" -le "$1" ]; do
        printf -- '-I n%s ' "$name_i"
        name_i=$((name_i + 1))
    done
}

# Nodes n1, n2 ... of the fleet that was begun.
grow() # count
{
    grow_i=1
    while [ "$grow_i" -le "$1" ]; do
        fleet_node "n$grow_i" 'country=uk role=web' 'common'
        grow_i=$((grow_i + 1))
    done
    fleet_wait
}

has_activemq()
{
    [ -f /usr/share/activemq/bin/activemq.jar ] && command -v java >/dev/null &&
        command -v keytool >/dev/null
}

has_ruby()
{
    [ "${BENCH_RUBY:-yes}" != no ] && [ -x "$MC_RUBY_DAEMON" ] && [ -x "$MC_RUBY_MCO" ] &&
        has_activemq
}

activemq_settings() # port certs
{
    cat <<CFG
connector = activemq
plugin.activemq.pool.size = 1
plugin.activemq.pool.1.host = 127.0.0.1
plugin.activemq.pool.1.port = $1
plugin.activemq.pool.1.user = $MC_BROKER_USER
plugin.activemq.pool.1.password = $MC_BROKER_PASSWORD
CFG
    [ -z "${2:-}" ] || cat <<CFG
plugin.activemq.pool.1.ssl = true
plugin.activemq.pool.1.ssl.ca = $2/ca.pem
plugin.activemq.pool.1.ssl.cert = $2/client.pem
plugin.activemq.pool.1.ssl.key = $2/client.key
CFG
}

# --- the parts --------------------------------------------------------------

part_path()
{
    say "the path of a request, in one process without a broker"
    "$MC_BIN/mc-bench" path 20000 >"$dir/path" || return 1
    row 'requests decoded, filtered, run and answered by one node' '/s' \
        "$(figure "$dir/path" served_per_s)"
    row 'requests that a filter turns away' '/s' "$(figure "$dir/path" filtered_per_s)"
    row 'replies verified and decoded by one client' '/s' \
        "$(figure "$dir/path" opened_per_s)"
    row 'arena of an answered request' B "$(figure "$dir/path" served_arena_bytes)"
    row 'arena of a filtered request' B "$(figure "$dir/path" filtered_arena_bytes)"
    row 'arena of a reply at the client' B "$(figure "$dir/path" opened_arena_bytes)"
}

part_filter()
{
    say "a compound filter against invented hosts"
    "$MC_BIN/mc-bench" filter 10000 >"$dir/filter" || return 1
    row 'six terms of -S tried on 10000 hosts' ms "$(figure_ms "$dir/filter" filter_us)" - 50
}

# One node of ours after it has answered some requests: ours_memory WHAT RUBY.
ours_memory()
{
    grow 1 || return 1
    round "$FLEET_CONFIG" 1 || return 1
    row "a node's private memory (USS), $1" MB "$(uss "$(fleet_pid n1)")" "${2:--}" 4
    row "  of which no page of a file" MB "$(own "$(fleet_pid n1)")"
    ours_rss=$(rss "$(fleet_pid n1)")
    fleet_end
}

memory_nats_tls()
{
    mc_nats_start tls || return 1
    FLEET_CONNECTOR="connector = nats
plugin.nats.servers = tls://127.0.0.1:$MC_NATS_PORT
plugin.nats.tls.ca = $MC_NATS_CERTS/ca.pem"
    fleet_begin "$dir/memory-nats" && ours_memory 'TLS to nats'
    mc_nats_stop
}

memory_ruby_tls()
{
    MC_CERTS=$MC_ACTIVEMQ_CERTS
    mc_site_init "$dir/memory-ruby" activemq "$MC_ACTIVEMQ_TLS_PORT" psk || return 1
    mc_client_cfg "$dir/memory-ruby/client.cfg" mcollective
    mc_node_start ruby n1 mcollective 'country=uk role=web' common
    ruby_uss='' ruby_rss=''
    if mc_fleet_wait ruby "$dir/memory-ruby/client.cfg" 1 60 &&
        round "$dir/memory-ruby/client.cfg" 1; then
        ruby_uss=$(uss "${MC_NODE_PIDS##* }")
        ruby_rss=$(rss "${MC_NODE_PIDS##* }")
    fi
    mc_nodes_stop
    MC_CERTS=
}

part_memory()
{
    say "the memory of an idle node behind TLS"
    memory_nats_tls
    has_activemq || return 0
    mc_activemq_start tls || return 1
    ruby_uss='(17.8 MB)' ruby_rss='(27.8 MB)'
    ! has_ruby || memory_ruby_tls
    FLEET_CONNECTOR=$(activemq_settings "$MC_ACTIVEMQ_TLS_PORT" "$MC_ACTIVEMQ_CERTS")
    fleet_begin "$dir/memory-activemq" &&
        ours_memory 'TLS to ActiveMQ' "$ruby_uss" &&
        row 'its resident memory (RSS)' MB "$ours_rss" "$ruby_rss"
    mc_activemq_stop
}

# Client and broadcasts of both makes side by side, on one ActiveMQ, few nodes.
peers_ruby()
{
    mc_site_init "$dir/peers-ruby" activemq "$MC_ACTIVEMQ_PORT" psk || return 1
    mc_client_cfg "$dir/peers-ruby/client.cfg" mcollective 'direct_addressing = 1'
    peer_i=1
    while [ "$peer_i" -le "$peers" ]; do
        mc_node_start ruby "n$peer_i" mcollective 'country=uk role=web' common
        peer_i=$((peer_i + 1))
    done
    ruby_wall='' ruby_last=''
    if mc_fleet_wait ruby "$dir/peers-ruby/client.cfg" "$peers" 90; then
        round "$dir/peers-ruby/client.cfg" "$peers"
        ruby_last=$(figure_ms "$dir/round" last_median_us)
        # shellcheck disable=SC2046 # a list of words
        ruby_wall=$(
            HOME=$MC_SITE/home RUBYOPT="-W0 -r$MC_TOP/t/lib/ruby-shim.rb" LC_ALL=C.UTF-8
            export HOME RUBYOPT LC_ALL
            wall 10 "$MC_RUBY_MCO" rpc rpcutil ping \
                --config "$dir/peers-ruby/client.cfg" $(names "$peers")
        )
    fi
    mc_nodes_stop
}

peers_activemq()
{
    ruby_wall='(300 ms)' ruby_last=-
    ! has_ruby || peers_ruby
    FLEET_CONNECTOR=$(activemq_settings "$MC_ACTIVEMQ_PORT")
    fleet_begin "$dir/peers" && grow "$peers" || return 1
    round "$FLEET_CONFIG" "$peers"
    row "broadcast to $peers nodes over ActiveMQ: last reply after" ms \
        "$(figure_ms "$dir/round" last_median_us)" "$ruby_last"
    # shellcheck disable=SC2046 # a list of words
    row "mco rpc, $peers nodes by -I over ActiveMQ: whole process" ms \
        "$(wall "$runs" "$MC_BIN/mco" rpc rpcutil ping --config "$FLEET_CONFIG" \
            $(names "$peers"))" "$ruby_wall"
    fleet_end
}

part_client()
{
    say "the client as a whole process"
    FLEET_CONNECTOR=
    fleet_begin "$dir/client" && grow "$peers" || return 1
    # shellcheck disable=SC2046 # a list of words
    client_wall=$(wall "$runs" "$MC_BIN/mco" rpc rpcutil ping --config "$FLEET_CONFIG" \
        $(names "$peers"))
    fleet_end
    ruby_wall='(300 ms)'
    if has_activemq; then
        mc_activemq_start || return 1
        peers_activemq
        fleet_end
        mc_activemq_stop
    fi
    row "mco rpc, $peers nodes by -I over nats: whole process" ms "$client_wall" \
        "$ruby_wall" 30
}

fleet_rounds() # words about the broker; quoted Ruby figure; target
{
    grow "$nodes" || return 1
    round "$FLEET_CONFIG" "$nodes" || return 1
    row "broadcast to $nodes nodes over $1: last reply after, median" ms \
        "$(figure_ms "$dir/round" last_median_us)" "$2" "$3"
    row "  the best of $rounds rounds" ms "$(figure_ms "$dir/round" last_best_us)"
    row "  first reply after, median" ms "$(figure_ms "$dir/round" first_median_us)"
    fleet_end
}

part_fleet()
{
    say "$nodes nodes, each a process"
    FLEET_CONNECTOR=
    fleet_begin "$dir/fleet" && fleet_rounds nats '(240-370 ms)' 30
    fleet_end
    has_activemq || return 0
    mc_activemq_start || return 1
    FLEET_CONNECTOR=$(activemq_settings "$MC_ACTIVEMQ_PORT")
    fleet_begin "$dir/fleet-activemq" && fleet_rounds ActiveMQ '(240-370 ms)' -
    fleet_end
    mc_activemq_stop
}

sim_settings()
{
    {
        fleet_settings
        printf 'logger_type = console\nloglevel = warn\n'
    } >"$dir/sim.cfg"
}

# sim_start FIRST COUNT: invented nodes in one process; its pid is added to $sim_pids.
sim_start()
{
    "$MC_BIN/mc-sim" --config "$dir/sim.cfg" --nodes "$2" --first "$1" \
        >"$dir/sim.$1" 2>&1 </dev/null &
    sim_pids="$sim_pids $!"
}

# sim_wait FIRST PID: they have reached the broker.
sim_wait()
{
    mc_file_wait "$dir/sim.$1" 'are connected' "$2" 120 && return 0
    tail -n 3 "$dir/sim.$1" >&2
    return 1
}

sim_stop()
{
    for pid in $sim_pids; do
        mc_proc_end "$pid"
    done
    sim_pids=
    fleet_end
}

part_sim()
{
    half=$((sims / 2))
    say "$sims nodes in two processes"
    FLEET_CONNECTOR=
    fleet_begin "$dir/sim" && sim_settings || return 1
    sim_start 1 "$half"
    sim_start $((half + 1)) "$half"
    # shellcheck disable=SC2086 # a list of words
    set -- $sim_pids
    if sim_wait 1 "$1" && sim_wait $((half + 1)) "$2" &&
        round "$FLEET_CONFIG" $((half * 2)); then
        row "broadcast to $sims nodes in 2 processes: last reply after" ms \
            "$(figure_ms "$dir/round" last_median_us)"
        row "  private memory of a node there" kB "$(awk '/^Private_/ { kb += $2 }
            END { printf "%.0f", kb / '"$half"' }' "/proc/$1/smaps_rollup")"
        row "  threads of a process" '' "$(sed -n 's/^Threads:[^0-9]*//p' "/proc/$1/status")"
    fi
    sim_stop
}

# peak FORMAT: the peak of an mco that writes what all nodes say about themselves.
peak()
{
    "$MC_BIN/mc-bench" memory "$MC_BIN/mco" rpc rpcutil inventory "$1" --dt 5 \
        --config "$FLEET_CONFIG" | sed -n 's/^peak_kb //p'
}

# Ten times the nodes: lines of JSON are written as replies come, so only the list of
# names may grow.
part_stream()
{
    say "one client, $sims nodes and then ten times as many"
    FLEET_CONNECTOR=
    fleet_begin "$dir/stream" && sim_settings || return 1
    sim_start 1 "$sims"
    if sim_wait 1 "${sim_pids##* }"; then
        row "peak of mco --jsonl, replies of $sims nodes" kB "$(peak --jsonl)"
        row "  of mco -j" kB "$(peak -j)"
        sim_start $((sims + 1)) $((sims * 9))
        sim_wait $((sims + 1)) "${sim_pids##* }" &&
            row "  of mco --jsonl, replies of $((sims * 10)) nodes" kB "$(peak --jsonl)" &&
            row "  of mco -j" kB "$(peak -j)"
    fi
    sim_stop
}

# pings WORDS LIMIT: pings for five seconds to the one node of the fleet; LIMIT is the most
# that 99 of 100 may take, in ms.
pings()
{
    : >"$dir/pings"
    "$MC_BIN/mc-bench" ping "$FLEET_CONFIG" 1 5 >"$dir/pings" || return 1
    row "ping of a node $1: median" ms "$(figure_ms "$dir/pings" median_us)"
    row "  99 of 100 within" ms "$(figure_ms "$dir/pings" p99_us)" - "$2"
    row "  all $(figure "$dir/pings" pings) within" ms "$(figure_ms "$dir/pings" worst_us)"
}

# checks_begin COUNT: as many clients, each with a check that runs a plugin every
# second until the file "stop" is there; waits until all of them have begun.
checks_begin()
{
    check_pids=
    fleet_check n1 work "echo >>$dir/begun; while [ ! -e $dir/stop ]; do $plugin -w 9000 -c 9000 >/dev/null; sleep 1; done; $plugin -w 9000 -c 9000"
    check_i=0
    while [ "$check_i" -lt "$1" ]; do
        check_i=$((check_i + 1))
        "$MC_BIN/mco" rpc nrpe runcommand command=work -I n1 --np -t 40 \
            --config "$FLEET_CONFIG" >"$dir/check.$check_i" 2>&1 </dev/null &
        check_pids="$check_pids $!"
    done
    perl -e '
        my ($file, $count) = @ARGV;
        for (1 .. 1500) {
            exit 0 if (-s $file // 0) >= $count;
            select undef, undef, undef, 0.02;
        }
        exit 1' "$dir/begun" "$1"
}

# checks_end: every check was well to its end, or words about it.
checks_end()
{
    : >"$dir/stop"
    for pid in $check_pids; do
        wait "$pid" || say "a check failed: exit code $?"
    done
    check_pids=
}

# A copy of the DDL with more time than the five seconds of the original.
part_checks()
{
    say "pings of a node that runs 50 checks"
    plugin=/usr/lib/nagios/plugins/check_load
    [ -x $plugin ] || { say "monitoring-plugins-basic is not installed"; return 1; }
    mkdir -p "$dir/lib/mcollective/agent" &&
        sed 's/\(:timeout *=> \)5$/\140/' "$MC_TOP/plugins/agent/nrpe.ddl" \
            >"$dir/lib/mcollective/agent/nrpe.ddl" || return 1
    FLEET_CONNECTOR=
    FLEET_EXTRA="libdir = $dir/lib"
    fleet_begin "$dir/checks" && grow 1 && pings 'that has nothing else to do' - &&
        checks_begin 50 && pings 'with 50 checks running' 20
    checks_result=$?
    FLEET_EXTRA=
    checks_end
    fleet_end
    return $checks_result
}

[ $# -gt 0 ] || set -- path filter memory client fleet sim stream checks
machine
for part; do
    case $part in
    path | filter | memory | client | fleet | sim | stream | checks)
        "part_$part" || say "$part: not all of it could be measured"
        ;;
    *)
        echo "bench: no part '$part'; there are: path filter memory client fleet sim stream checks" >&2
        bench_end 100
        ;;
    esac
done
table
machine
bench_end 0
