#!/bin/sh
# mco completion, and the completion of a real bash and zsh on a terminal (commands.md 1.21).
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

cd "$tmp" || exit 1
printf 'connector = nats\nplugin.psk = x\n' >client.cfg
mco()
{
    mco_command=$1
    shift
    "$MC_BIN/mco" "$mco_command" --config client.cfg "$@"
}

test_case 'applications' '
    exits 0 mco completion --list-applications >out && has out rpc && has out completion &&
    sort out | same out - && exits 0 mco completion --list-applications -v >out &&
    has out "ping:Ping all nodes"'
test_case 'agents' '
    exits 0 mco completion --list-agents >out && has out rpcutil && has out package &&
    exits 0 mco completion --list-agents -v >out && has out "rpcutil:Questions"'
test_case 'actions, sorted' '
    exits 0 mco completion --list-actions --agent rpcutil >out && sort out | same out - &&
    has out get_fact && exits 0 mco completion --list-actions --agent rpcutil -v >out &&
    matches out "^inventory:Describe a node"'
test_case 'inputs' '
    is "$(mco completion --list-inputs --agent rpcutil --action get_fact)" fact'
test_case 'what is not known is nothing, silently' '
    exits 0 mco completion --list-actions --agent nosuch >out 2>err && is "$(cat out err)" "" &&
    exits 0 mco completion --list-inputs --agent rpcutil --action nosuch >out 2>err &&
    is "$(cat out err)" ""'
test_case 'exactly one list' '
    exits 1 mco completion 2>err &&
    is "$(cat err)" "Please choose either --list-[agents|actions|inputs|applications]" &&
    exits 1 mco completion --list-agents --list-inputs 2>err &&
    is "$(cat err)" "Please choose only one of --list-[agents|actions|inputs|applications]"'
test_case 'lists that need an agent or an action' '
    exits 1 mco completion --list-actions 2>err && has err "Please specify an agent" &&
    exits 1 mco completion --list-inputs --agent rpcutil 2>err && has err "an action"'

# An agent whose DDL names an action like a command of a shell.
mkdir -p lib/agent
cat >lib/agent/odd.ddl <<'EOF'
metadata :name => "odd", :description => "$(touch pwned)", :author => "a", :license => "l",
         :version => "1", :url => "u", :timeout => 5
action "do_it", :description => "`touch pwned`"
action "do_$(touch pwned)", :description => "d"
action "do_more", :description => "d"
EOF
{ cat client.cfg; echo "libdir = $tmp/lib"; } >odd.cfg

# --- real shells on a terminal ------------------------------------------------

# shell_start NAME COMMAND: a shell on a terminal of its own; its prompt is "ready>".
shell_start()
{
    screen=$tmp/$1.tmux
    tmux -S "$screen" -f /dev/null new-session -d -x 110 -y 40 "$2" && shows '^ready>$'
}

bash_start()
{
    printf '%s\n' "PS1='ready>'" "PATH=$MC_BIN:\$PATH" "cd '$tmp'" \
        "bind 'set bell-style none'" ". '$MC_TOP/etc/completion/mco.bash'" >rc
    tabs='Tab Tab' # the second one lists
    shell_start bash "bash --noprofile --rcfile '$tmp/rc' -i"
}

# The completion is found by its name, as where it is installed.
zsh_start()
{
    mkdir -p functions && ln -sf "$MC_TOP/etc/completion/_mco" functions/_mco
    printf '%s\n' "PS1='ready>'" "PATH=$MC_BIN:\$PATH" "cd '$tmp'" 'unsetopt beep' \
        "fpath=('$tmp/functions' \$fpath)" 'autoload -Uz compinit && compinit -u -D' >.zshrc
    tabs=Tab
    shell_start zsh "env ZDOTDIR='$tmp' zsh --no-globalrcs -i"
}

# shows REGEX: wait until a line of the screen matches
shows()
{
    # shellcheck disable=SC2016 # for the inner shell
    fleet_until 20 sh -c 'tmux -S "$1" capture-pane -p | sed "s/ *\$//" | grep -E -q -e "$2"' \
        sh "$screen" "$1" || { tmux -S "$screen" capture-pane -p; false; }
}

# completes TYPED SHOWN: on an empty line, what is typed and Tab; then it is taken away
# again
completes()
{
    # shellcheck disable=SC2086 # keys are words
    tmux -S "$screen" send-keys -l "$1" && tmux -S "$screen" send-keys $tabs &&
        shows "$2"
    completes_code=$?
    tmux -S "$screen" send-keys C-u C-l && shows '^ready>$' && [ "$completes_code" -eq 0 ]
}

# What both shells do.
cases()
{
    test_case "$1: a command" 'completes "mco inv" "^ready>mco inventory"'
    test_case "$1: all commands" 'completes "mco " "completion.*|facts"'
    test_case "$1: an agent" 'completes "mco rpc -c client.cfg rpcu" "client.cfg rpcutil"'
    test_case "$1: an action" '
        completes "mco rpc -c client.cfg rpcutil get_fact" "^get_fact +(get_facts|--)"'
    test_case "$1: an input, with its sign and no blank" '
        completes "mco rpc -c client.cfg rpcutil get_fact f" "get_fact fact=\$"'
    test_case "$1: an option" 'completes "mco ping --gr" "^ready>mco ping --graph"'
    test_case "$1: the values of an option" '
        completes "mco rpc --display " "all +failed +ok|ok +failed +all"'
    test_case "$1: what plugin does, and with what" '
        completes "mco plugin gen" "^ready>mco plugin generate" &&
        completes "mco plugin generate a" "generate agent" &&
        mkdir -p folder && completes "mco plugin package fol" "package folder" &&
        completes "mco plugin generate agent x --language r" "language ruby"'
    test_case "$1: nothing that a DDL says is run" '
        rm -f pwned && completes "mco rpc -c odd.cfg odd do_" "do_more" &&
        completes "mco rpc -c odd.cfg od" "odd.cfg odd" && [ ! -e pwned ]'
    test_case "$1: nothing on the line is run" '
        rm -f pwned && completes "mco rpc \$(touch pwned) " "ready>mco rpc" &&
        completes "mco \$(touch pwned)x rpc " "ready>mco" &&
        completes "mco rpc rpcutil -c \$(touch pwned) get_f" "ready>mco rpc" &&
        [ ! -e pwned ]'
}

if command -v tmux >/dev/null && command -v bash >/dev/null && bash_start; then
    test_at_end "tmux -S '$screen' kill-server 2>/dev/null"
    cases bash
else
    test_skip 'bash completes' 'bash or tmux is not here'
fi
if command -v tmux >/dev/null && command -v zsh >/dev/null && zsh_start; then
    test_at_end "tmux -S '$screen' kill-server 2>/dev/null"
    cases zsh
    test_case 'zsh: what words mean' '
        completes "mco rpc -c client.cfg rpcutil " "^daemon_stats +-- Tell what"'
else
    test_skip 'zsh completes' 'zsh or tmux is not here'
fi

test_done
