#!/bin/sh
# A node that stops, or loads its agents again, while an action runs. The action is the
# installation of a package that goes on when the test opens a gate.
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1

# gated NAME [SETTING...]: a node whose package manager says "begun" and waits.
gated()
{
    mkdir -p "$FLEET/$1/bin"
    mkfifo "$FLEET/$1/gate"
    ln -sf "$MC_TOP/t/lib/fake-rpm" "$FLEET/$1/bin/rpm"
    ln -sf "$MC_TOP/t/lib/fake-yum" "$FLEET/$1/bin/yum-real"
    cat >"$FLEET/$1/bin/yum" <<'SH'
#!/bin/sh
here=$(dirname "$0")/..
echo begun >>"$here/begun"
read -r line <"$here/gate"
exec "$here/bin/yum-real" "$@"
SH
    chmod +x "$FLEET/$1/bin/yum"
    : >"$FLEET/$1/db"
    : >"$FLEET/$1/begun"
    echo 'zsh 0 4.2.6 3.el5 i386' >"$FLEET/$1/offer"
    gated_path=$PATH
    PATH=$FLEET/$1/bin:$PATH
    gated_name=$1
    shift
    fleet_node "$gated_name" '' '' 'plugin.package.provider = yum' "$@"
    PATH=$gated_path
    fleet_log_wait "$gated_name" 'connected to the broker' 1 30
}

# install NAME: ask for zsh in the background, until the package manager runs.
install()
{
    mco rpc package install package=zsh -I "$1" --dt 1 -j >"$1.answer" 2>"$1.err" &
    install_pid=$!
    fleet_file_wait "$FLEET/$1/begun" begun 1 20
}

open_gate()
{
    echo go >"$FLEET/$1/gate"
}

ends_well()
{
    exits 0 wait "$(fleet_pid "$1")"
}

test_case 'TERM with soft_shutdown waits for the action, refuses others, and ends' '
    gated soft "soft_shutdown = yes" "soft_shutdown_timeout = 100" && install soft &&
    kill -TERM "$(fleet_pid soft)" &&
    fleet_log_wait soft "waiting for running actions: running=1 limit_ms=100000" &&
    exits 2 mco rpc rpcutil ping -I soft -j >out && has out "\"statuscode\":1" &&
    has out "The node is stopping and takes no more requests" &&
    fleet_log_wait soft "request finished: verdict=stopping.*agent=rpcutil" &&
    mco ping -t 1 >out; lacks out soft && open_gate soft && exits 0 wait $install_pid &&
    has soft.answer "\"statuscode\":0" && has soft.answer "4.2.6" &&
    ends_well soft && has fleet/soft/log "node stopping" && has fleet/soft/db zsh &&
    lacks fleet/soft/log "timeout reached"'

test_case 'without a limit it waits as long as the action takes' '
    gated endless "soft_shutdown = 1" && install endless && kill -INT "$(fleet_pid endless)" &&
    fleet_log_wait endless "waiting for running actions: running=1 limit_ms=0" &&
    open_gate endless && exits 0 wait $install_pid && ends_well endless'

test_case 'an idle node stops softly at once' '
    gated idle "soft_shutdown = y" && kill -TERM "$(fleet_pid idle)" && ends_well idle &&
    has fleet/idle/log "waiting for running actions: running=0"'

test_case 'a second TERM ends at once, and the caller is told' '
    gated twice "soft_shutdown = 1" && install twice && kill -TERM "$(fleet_pid twice)" &&
    fleet_log_wait twice "waiting for running actions" && kill -TERM "$(fleet_pid twice)" &&
    ends_well twice && has fleet/twice/log "stopping at once on signal TERM" &&
    exits 2 wait $install_pid && has twice.answer "\"statuscode\":1" &&
    has twice.answer "The node stopped while the action was running"'

test_case 'after soft_shutdown_timeout the action is ended, and the caller is told' '
    gated late "soft_shutdown = 1" "soft_shutdown_timeout = 1" && install late &&
    kill -TERM "$(fleet_pid late)" && ends_well late &&
    has fleet/late/log "WARN -- : soft_shutdown_timeout reached" &&
    exits 2 wait $install_pid &&
    has late.answer "The node stopped while the action was running"'

# Nothing is paused and resumed here as the original does it before it stops: a node that
# stops softly refuses, and one that does not is not made to refuse.
test_case 'corner case 61: a soft_shutdown_timeout of 0 or less cancels the soft stop' '
    gated zero "soft_shutdown = 1" "soft_shutdown_timeout = 0" && install zero &&
    kill -TERM "$(fleet_pid zero)" && ends_well zero &&
    has fleet/zero/log "WARN -- : soft_shutdown_timeout has been set to '\''0'\''. soft_shutdown_timeout must be > 0" &&
    has fleet/zero/log "WARN -- : Shutting down normally." &&
    lacks fleet/zero/log "waiting for running" && exits 2 wait $install_pid &&
    gated below "soft_shutdown = 1" "soft_shutdown_timeout = -5" &&
    kill -TERM "$(fleet_pid below)" && ends_well below &&
    has fleet/below/log "has been set to '\''-5'\''" &&
    is "$(fleet_log_count below "WARN -- : ")" 2'

test_case 'without soft_shutdown TERM ends the action, and the caller is told' '
    gated hard && install hard && kill -TERM "$(fleet_pid hard)" && ends_well hard &&
    lacks fleet/hard/log "waiting for running" && exits 2 wait $install_pid &&
    has hard.answer "The node stopped while the action was running"'

test_case 'USR1 leaves the package manager alone, and the new agents serve meanwhile' '
    gated again && install again && kill -USR1 "$(fleet_pid again)" &&
    fleet_log_wait again "agent loaded: agent=package" 2 &&
    exits 0 mco rpc rpcutil ping -I again -j &&
    exits 0 mco rpc package status package=zsh -I again -j >out && lacks out "4.2.6" &&
    lacks fleet/again/db zsh && open_gate again && exits 0 wait $install_pid &&
    has again.answer "4.2.6" && has fleet/again/db zsh &&
    fleet_log_wait again "request finished: verdict=ok.*action=install" &&
    kill -TERM "$(fleet_pid again)" && ends_well again'

test_case 'USR1 and then a soft stop: the old agents are waited for' '
    gated both "soft_shutdown = 1" && install both && kill -USR1 "$(fleet_pid both)" &&
    fleet_log_wait both "agent loaded: agent=package" 2 && kill -TERM "$(fleet_pid both)" &&
    fleet_log_wait both "waiting for running actions: running=1" && open_gate both &&
    exits 0 wait $install_pid && has both.answer "4.2.6" && ends_well both'

# The agent is taken away while its program runs: what the program answers still fits the
# DDL that it was called under.
test_case 'USR1 lets the program of an external agent finish that is there no more' '
    mkdir lib && cp -r "$MC_TOP/examples/agent-shell/mcollective" lib/ && mkfifo lib/gate &&
    printf "%s\n" "#!/bin/sh" "echo begun >>$tmp/lib/begun" "read -r line <$tmp/lib/gate" \
        "echo \"{\\\"megabytes\\\": 42}\" >\"\$2\"" >lib/mcollective/agent/room/free.sh &&
    : >lib/begun && cp fleet/client.cfg lib.cfg && echo "libdir = $tmp/clientlib" >>lib.cfg &&
    mkdir -p clientlib/agent && cp lib/mcollective/agent/room.ddl clientlib/agent/ &&
    fleet_node outside "" "" "libdir = $tmp/lib" && fleet_log_wait outside "connected to" &&
    { "$MC_BIN/mco" rpc room free path=/ --config lib.cfg -I outside -j >room 2>room.err & } &&
    room_pid=$! && fleet_file_wait lib/begun begun 1 20 && rm -r lib/mcollective &&
    kill -USR1 "$(fleet_pid outside)" && fleet_log_wait outside "agent loaded: agent=rpcutil" 2 &&
    "$MC_BIN/mco" rpc room free path=/ --config lib.cfg -I outside -j -t 1 >gone 2>&1
    lacks gone "\"statuscode\":0" && echo go >lib/gate && exits 0 wait $room_pid &&
    cat room room.err && has room "\"megabytes\":42" && has room "\"used\":null" &&
    kill -TERM "$(fleet_pid outside)" && ends_well outside'

test_done
