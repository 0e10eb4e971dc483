# Packages: which are missing, and how to get only those.  Sourced by ./dev.
#
# Invariants: nothing missing means no call to apt at all; a service that comes
# with a package is not started; what was put in place to prevent that is
# harmless even when this process is killed before it can take it away.
# shellcheck shell=sh

# The packages of the named sections of a list file, one per line.
pkg_list() # file section...
{
    pkg_file=$1
    shift
    awk -v want=" $* " '
        { sub(/#.*/, ""); gsub(/[ \t]+/, " "); sub(/^ /, ""); sub(/ $/, "") }
        /^\[.*\]$/ { on = index(want, " " substr($0, 2, length($0) - 2) " "); next }
        on && $0 != "" { n = split($0, p, " "); for (i = 1; i <= n; i++) print p[i] }
    ' "$pkg_file"
}

# Reads wanted packages, prints those of which no alternative is installed.
pkg_missing()
{
    command -v dpkg-query >/dev/null 2>&1 || { sort -u; return; }
    {
        # shellcheck disable=SC2016 # the format is dpkg-query's, not the shell's
        dpkg-query -W -f '+${Package} ${db:Status-Status}\n' 2>/dev/null
        cat
    } | awk '
        /^\+/ { if ($2 == "installed") have[substr($1, 2)] = 1; next }
        NF && !seen[$1]++ {
            n = split($1, alt, "|"); ok = 0
            for (i = 1; i <= n; i++) if (alt[i] in have) ok = 1
            if (!ok) print $1
        }'
}

pkg_as_root()
{
    if [ "$(id -u)" = 0 ]; then
        env "$@"
    else
        sudo env "$@"
    fi
}

# The first alternative that apt can install; the first one when it knows none.
pkg_choose() # a|b|c
{
    for pkg_alt in $(printf '%s' "$1" | tr '|' ' '); do
        if apt-cache show --no-all-versions "$pkg_alt" >/dev/null 2>&1; then
            printf '%s\n' "$pkg_alt"
            return
        fi
    done
    printf '%s\n' "${1%%|*}"
}

pkg_policy=/usr/sbin/policy-rc.d

# Services must not start on a developer's machine because a test wants their
# programs.  A policy that exists already is the machine's owner's: leave it.
# Ours refuses only while this process lives, so a left-over one refuses nothing.
pkg_policy_on()
{
    pkg_policy_ours=no
    if [ -e "$pkg_policy" ] && ! grep -q '^# marionette-dev$' "$pkg_policy"; then
        return 0
    fi
    pkg_policy_ours=yes
    # shellcheck disable=SC2016 # $1 and $2 are for the inner shell
    pkg_as_root sh -c '
        umask 022
        printf "#!/bin/sh\n# marionette-dev\n[ -d /proc/%s ] && exit 101\nexit 0\n" \
            "$2" >"$1.new" && chmod 755 "$1.new" && mv "$1.new" "$1"
    ' sh "$pkg_policy" "$$"
}

pkg_policy_off()
{
    [ "${pkg_policy_ours:-no}" = yes ] || return 0
    pkg_policy_ours=no
    pkg_as_root rm -f "$pkg_policy"
}

pkg_install() # package...
{
    echo "dev: installing: $*"
    pkg_as_root DEBIAN_FRONTEND=noninteractive apt-get -qq \
        -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 update ||
        echo "dev: apt-get update failed; trying with the lists at hand" >&2
    pkg_names=
    for pkg_one in "$@"; do
        pkg_names="$pkg_names $(pkg_choose "$pkg_one")"
    done
    trap 'pkg_policy_off' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    pkg_policy_on || return 1
    pkg_result=0
    # shellcheck disable=SC2086 # a list of package names
    pkg_as_root DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
        -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 \
        --no-install-recommends install $pkg_names >&2 </dev/null || pkg_result=1
    pkg_policy_off
    trap - EXIT INT TERM
    return $pkg_result
}

# Reads wanted packages and makes them present, or says why it cannot.
pkg_need()
{
    pkg_gone=$(pkg_missing)
    [ -n "$pkg_gone" ] || return 0
    # shellcheck disable=SC2086 # a list of package names
    set -- $pkg_gone
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "dev: this machine has no apt; install what these stand for: $*" >&2
        return 1
    fi
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
        echo "dev: not root and no sudo; as root run: apt-get install $*" >&2
        return 1
    fi
    pkg_install "$@" || {
        echo "dev: could not install: $*" >&2
        return 1
    }
}
