# The interoperability matrix: both makes of client against both makes of node.
#
# The idea: four hosts with fixed facts and classes exist three times, as fleets in
# collectives of their own: `rubies` (all packaged Ruby), `ours` (all ours) and
# `mixed` (alpha and gamma Ruby, beta and delta ours: the same processes, through a
# second collective).  So one table of cases (t/interop/cases) with one set of
# expected results holds for every pair of client and fleet, and a difference is a
# difference between the makes.  All cases of a provider are independent: they run
# some at a time, and are reported in order afterwards.
#
# A missing program of ours is a failure of every case that needs it, unless
# MC_INTEROP_ONLY=control asks for the Ruby pair alone.
#
# Knobs: MC_INTEROP_ONLY=control; MC_INTEROP_JOBS (cases at a time),
# MC_INTEROP_DT (seconds of discovery), MC_INTEROP_CASES (regex of case names),
# MC_INTEROP_KEEP=1 (leave the temporary directory, and say where it is).

MC_TOP=$(cd "$(dirname "$0")/../.." && pwd)
MC_INTEROP_JOBS=${MC_INTEROP_JOBS:-8}
MC_INTEROP_DT=${MC_INTEROP_DT:-1}
MC_INTEROP_CASES=${MC_INTEROP_CASES:-.}
export MC_TOP MC_INTEROP_DT
MC_COLLECTIVES='rubies ours mixed'
. "$MC_TOP/t/lib/broker.sh"
. "$MC_TOP/t/lib/ruby.sh"

mci_count=0
mci_failed=0
mci_xargs=

# ------------------------------------------------------------------------- TAP

mci_ok()
{
    mci_count=$((mci_count + 1))
    echo "ok $mci_count - $1"
}

# mci_not_ok NAME [TEXT]
mci_not_ok()
{
    mci_count=$((mci_count + 1))
    mci_failed=$((mci_failed + 1))
    echo "not ok $mci_count - $1"
    [ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/#   /'
}

mci_done()
{
    echo "1..$mci_count"
    [ "$mci_failed" -eq 0 ]
}

mci_cleanup()
{
    trap '' HUP INT TERM PIPE
    mc_proc_end "$mci_xargs" 1
    mc_nodes_stop
    mc_broker_cleanup
    [ -z "${mci_dir:-}" ] || [ -n "${MC_INTEROP_KEEP:-}" ] || rm -rf "$mci_dir"
    mci_dir=
}

# To be called once, first: the place for all files, and the end of everything.
mci_begin()
{
    trap mci_cleanup EXIT
    trap 'exit 1' HUP INT TERM PIPE
    mci_dir=$(mktemp -d "${TMPDIR:-/tmp}/mc-interop.XXXXXX") || exit 1
    [ -z "${MC_INTEROP_KEEP:-}" ] || echo "# kept: $mci_dir"
}

# ---------------------------------------------------------------------- fleets

# mci_host NAME: sets its facts and classes.
mci_host()
{
    case $1 in
    alpha)
        mci_facts='os=linux country=uk cpus=2 release=1.5 rack=r1'
        mci_classes='common apache'
        ;;
    beta)
        mci_facts='os=linux country=de cpus=4 release=2.5'
        mci_classes='common apache mysql::server'
        ;;
    gamma)
        mci_facts='os=linux country=uk cpus=16 release=10.25 rack=r2'
        mci_classes='common mysql::server'
        ;;
    delta)
        mci_facts='os=linux country=fr cpus=8 release=0.75'
        mci_classes='common'
        ;;
    esac
}

# mci_start MAKE COLLECTIVE HOSTS_ALSO_IN_MIXED
mci_start()
{
    for mci_h in alpha beta gamma delta; do
        mci_host "$mci_h"
        mci_in=$2
        case " $3 " in *" $mci_h "*) mci_in="$2 mixed" ;; esac
        mc_node_start "$1" "$mci_h.example.net" "$mci_in" "$mci_facts" "$mci_classes"
    done
}

mci_client_cfgs()
{
    for mci_f in $MC_COLLECTIVES; do
        mc_client_cfg "$MC_SITE/client-$mci_f.cfg" "$mci_f"
        mc_client_cfg "$MC_SITE/broadcast-$mci_f.cfg" "$mci_f" \
            'direct_addressing_threshold = 0'
        mc_client_cfg "$MC_SITE/loose-$mci_f.cfg" "$mci_f" \
            "libdir = $MC_TOP/t/interop/loose"
        mc_client_cfg "$MC_SITE/target-$mci_f.cfg" nowhere "collectives = nowhere,$mci_f"
        # The first broker of the pool is a port where nobody listens.
        mci_pool="plugin.$MC_CONNECTOR.pool"
        mc_client_cfg "$MC_SITE/failover-$mci_f.cfg" "$mci_f" "$mci_pool.size = 2" \
            "$mci_pool.1.port = 1" "$mci_pool.2.host = 127.0.0.1" \
            "$mci_pool.2.port = $MC_PORT" "$mci_pool.2.user = $MC_BROKER_USER" \
            "$mci_pool.2.password = $MC_BROKER_PASSWORD"
    done
}

# mci_up FLEET MAKE: wait for it; its failure is a result of its own, shown with the
# logs of that make, and is remembered so that no case waits for it in vain.
mci_up()
{
    if mc_fleet_wait ruby "$MC_SITE/client-$1.cfg" 4 30; then
        mci_ok "$mci_label: the fleet $1 is up"
        mci_fleets="$mci_fleets $1"
        return 0
    fi
    mci_not_ok "$mci_label: the fleet $1 is up" \
        "$(tail -n 5 "$MC_SITE/nodes/$2"-*/log "$MC_SITE/nodes/$2"-*/out 2>&1)"
    return 1
}

# ----------------------------------------------------------------------- cases

# The hosts that begin a line of the output, sorted, on one line.
mci_hosts()
{
    sed -n 's/^\([a-z]*\)\.example\.net.*/\1/p' "$1" | sort | tr '\n' ' ' | sed 's/ $//'
}

mci_trim()
{
    mci_t=${1#"${1%%[! ]*}"}
    mci_t=${mci_t%"${mci_t##*[! ]}"}
}

# mci_each_case COMMAND...: COMMAND with name, cfg, code, expected, arguments added.
mci_each_case()
{
    while IFS=@ read -r mci_n mci_c mci_x mci_e mci_a <&3; do
        case $mci_n in '' | '#'*) continue ;; esac
        mci_trim "$mci_n" && mci_n=$mci_t
        mci_trim "$mci_c" && mci_c=$mci_t
        mci_trim "$mci_x" && mci_x=$mci_t
        mci_trim "$mci_e" && mci_e=$mci_t
        mci_trim "$mci_a" && mci_a=$mci_t
        printf '%s\n' "$mci_n" | grep -Eq "$MC_INTEROP_CASES" || continue
        "$@" "$mci_n" "$mci_c" "$mci_x" "$mci_e" "$mci_a"
    done 3<"$MC_TOP/t/interop/cases"
}

# One job line for xargs: three words, and the arguments in a file of their own.
mci_plan()
{
    printf '%s\n' "$7" >"$MC_SITE/out/$3.args"
    case " $mci_fleets " in
    *" $2 "*) echo "$1 $2 $3 $4" ;;
    esac
}

# mci_judge CLIENT FLEET NAME CFG CODE EXPECTED ARGUMENTS
mci_judge()
{
    mci_name="$mci_label: $1 client, fleet $2: $3"
    mci_base=$MC_SITE/out/$1-$2-$3
    case " $mci_fleets " in
    *" $2 "*) ;;
    *)
        mci_not_ok "$mci_name" "the fleet $2 is not up"
        return
        ;;
    esac
    mci_why=
    mci_code=$(cat "$mci_base.code" 2>/dev/null)
    [ "$mci_code" = "$5" ] || mci_why="exit code '$mci_code', expected $5"
    case $6 in
    -) ;;
    =) mci_why="$mci_why$(perl "$MC_TOP/t/interop/normalise" <"$mci_base.out" |
        diff -u "$MC_TOP/t/interop/expect/$3" - 2>&1)" ;;
    *)
        mci_got=$(mci_hosts "$mci_base.out")
        [ "$mci_got" = "$6" ] || mci_why="$mci_why
hosts '$mci_got', expected '$6'"
        ;;
    esac
    if [ -z "$mci_why" ]; then
        mci_ok "$mci_name"
    else
        mci_not_ok "$mci_name" "mco $7
$mci_why
$(head -n 8 "$mci_base.err" 2>/dev/null)"
    fi
}

# Whether our own programs are there to be tried.
mci_have()
{
    [ -x "$MC_BIN/mco" ] && [ -x "$MC_BIN/mcollectived" ]
}

# mci_pairs COMMAND: COMMAND CLIENT FLEET ... for every pair and case.
mci_pairs()
{
    mci_each_case "$1" ruby rubies # the control: proves the harness
    [ "${MC_INTEROP_ONLY:-}" != control ] || return 0
    mci_each_case "$1" ruby ours
    mci_each_case "$1" ours rubies
    mci_each_case "$1" ruby mixed
    mci_each_case "$1" ours mixed
}

# mci_provider CONNECTOR PORT PROVIDER [LABEL]: start the daemons, run the table,
# report.  LABEL names the site in the results when the provider does not.
mci_provider()
{
    mci_label=${4:-$3}
    mc_site_init "$mci_dir/$mci_label" "$1" "$2" "$3" || exit 1
    mkdir -p "$MC_SITE/out"
    mci_client_cfgs
    mci_fleets=
    mci_start ruby rubies 'alpha gamma'
    mci_up rubies ruby
    if [ "${MC_INTEROP_ONLY:-}" != control ]; then
        if mci_have; then
            mci_start ours ours 'beta delta'
            mci_up ours ours && mci_up mixed ours
        else
            mci_not_ok "$mci_label: our programs are in $MC_BIN"
        fi
    fi
    mci_pairs mci_plan >"$MC_SITE/jobs"
    # In the background, so that a signal to us is heard at once.
    xargs -P "$MC_INTEROP_JOBS" -L 1 sh "$MC_TOP/t/interop/run-case" \
        <"$MC_SITE/jobs" &
    mci_xargs=$!
    wait "$mci_xargs"
    mci_xargs=
    mci_pairs mci_judge
    mc_nodes_stop
}
