# Test cases of shell scripts, reported as TAP.
#
#   . "$(dirname "$0")/lib/tap.sh"
#   test_case 'a name that says what broke' 'shell text, true when it holds'
#   test_skip 'a name' 'why it cannot run here'
#   test_at_end 'shell text, run when the script ends, however it ends'
#   test_done
#
# The text of a case runs in this shell with its output kept aside; it is shown, as
# comments, only when the case fails.

tap_count=0
tap_failed=0
tap_dir=$(mktemp -d "${TMPDIR:-/tmp}/marionette-t.XXXXXX") || exit 1
MC_TOP=$(cd "$(dirname "$0")/.." && pwd)
MC_BIN=${MC_BIN:-$MC_TOP/build/bin}
export MC_TOP MC_BIN
LC_ALL=C.UTF-8
export LC_ALL

tap_end=
test_at_end()
{
    tap_end="$1
$tap_end"
}
tap_finish()
{
    trap - EXIT
    eval "$tap_end"
    rm -rf "$tap_dir"
}
trap tap_finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Directory for the files of a script; gone when it ends.
export tmp="$tap_dir"

test_case()
{
    tap_count=$((tap_count + 1))
    if (eval "$2") >"$tap_dir/case.out" 2>&1 </dev/null; then
        echo "ok $tap_count - $1"
    else
        echo "not ok $tap_count - $1"
        sed -e 's/^/# /' -e '$a\' "$tap_dir/case.out"
        tap_failed=$((tap_failed + 1))
    fi
}

test_skip()
{
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

test_done()
{
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ]
    exit
}

# same EXPECTED_FILE ACTUAL_FILE: equal, or a diff
same()
{
    diff -u "$1" "$2"
}

# has FILE TEXT: a line that holds the text, else the file is shown
has()
{
    grep -F -q -e "$2" "$1" || { echo "no '$2' in:"; cat "$1"; false; }
}

# lacks FILE TEXT
lacks()
{
    ! grep -F -q -e "$2" "$1" || { echo "found '$2' in:"; cat "$1"; false; }
}

# matches FILE REGEX: a line matches the extended regular expression
matches()
{
    grep -E -q -e "$2" "$1" || { echo "nothing like '$2' in:"; cat "$1"; false; }
}

# is TEXT EXPECTED
is()
{
    [ "$1" = "$2" ] || { printf "got:    '%s'\nwanted: '%s'\n" "$1" "$2"; false; }
}

# exits CODE COMMAND...: the command's exit code is that one
exits()
{
    exits_wanted=$1
    shift
    "$@"
    exits_code=$?
    [ "$exits_code" -eq "$exits_wanted" ] ||
        { echo "exit code $exits_code, wanted $exits_wanted: $*" >&2; false; }
}
