#!/bin/sh
# mco ssh and mc-ssh: a real sshd on the loopback interface with keys of our own, found
# under the names of nodes; where only the command line matters, a stand-in for ssh that
# records it.
# shellcheck disable=SC2016,SC2034 # texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

sshd_pid=
run_made=
clean_up()
{
    tmux -S "$tmp/tmux" kill-server 2>/dev/null
    [ -z "$sshd_pid" ] || mc_proc_end "$sshd_pid"
    [ -z "$run_made" ] || rmdir /run/sshd
    fleet_end
}
test_at_end clean_up
fleet_begin "$tmp/fleet" || exit 1
cd "$tmp" || exit 1
fleet_node db1.acme.net 'environment=development customer=acme' 'mysql::master'
fleet_node db2.acme.net 'environment=production customer=acme' 'mysql::master'
fleet_node web1.acme.net 'environment=production customer=acme' 'apache'
fleet_node 7 'environment=odd' ''
fleet_node -V 'environment=odd' ''
fleet_wait || exit 1

# A stand-in for ssh: each word of its command line in a line.
mkdir recorder
cat >recorder/ssh <<END
#!/bin/sh
printf '<%s>\n' "\$@" >"$tmp/ssh.words"
env >"$tmp/ssh.env"
cat >"$tmp/ssh.input"
exit 23
END
chmod +x recorder/ssh

# recorded WORD...: mc-ssh with the stand-in
recorded()
{
    rm -f ssh.words
    PATH="$tmp/recorder:$PATH" "$MC_BIN/mc-ssh" -c "$FLEET_CONFIG" --dt 1 "$@"
}
acme='-F customer=acme'
menu='1. db1.acme.net
2. db2.acme.net
3. web1.acme.net
4. Exit'

test_case 'recording stand-in: one match, no menu, options behind the host, its exit code' '
    exits 23 recorded -W "environment=development customer=acme mysql::master" \
        -- -l root -o "ProxyCommand=nc \$HOME %h; *" uptime -v >out && cat out &&
    is "$(cat out)" "Running: ssh db1.acme.net -l root -o ProxyCommand=nc \$HOME %h; * uptime -v" &&
    printf "<%s>\n" db1.acme.net -l root -o "ProxyCommand=nc \$HOME %h; *" uptime -v |
        same - ssh.words'
test_case 'recording stand-in: our secrets are not in its environment' '
    MCOLLECTIVE_PSK=fleet-secret STOMP_PASSWORD=hush LC_TIME=C && export MCOLLECTIVE_PSK STOMP_PASSWORD LC_TIME &&
    exits 23 recorded -F environment=development >out &&
    has ssh.env "LC_TIME=C" && lacks ssh.env fleet-secret && lacks ssh.env hush'
test_case 'recording stand-in: the menu is sorted; a number, what follows is left for ssh' '
    { printf "2\nsent to ssh\n" | exits 23 recorded $acme >out; } && cat out &&
    is "$(cat out)" "$menu
Running: ssh db2.acme.net" && is "$(cat ssh.words)" "<db2.acme.net>" &&
    is "$(cat ssh.input)" "sent to ssh"'
test_case 'recording stand-in: a name' '
    { echo "  web1.acme.net " | exits 23 recorded $acme >out; } &&
    is "$(cat ssh.words)" "<web1.acme.net>"'
test_case 'recording stand-in: wrong answers are asked again' '
    { printf "0\n5\n2x\n-1\n99999999999999999999\nnosuch\n\n%04000d\n3\n" 3 |
        exits 23 recorded $acme >out; } && cat out &&
    is "$(grep -c "^Please answer with a number up to 4 or a name$" out)" 8 &&
    is "$(cat ssh.words)" "<web1.acme.net>"'
test_case 'Exit by number or word, and the end of input: no ssh' '
    for answer in 4 Exit exit; do
        { echo "$answer" | exits 0 recorded $acme >out; } && is "$(cat out)" "$menu" &&
        [ ! -e ssh.words ] || exit 1
    done
    exits 0 recorded $acme </dev/null >out && is "$(cat out)" "$menu" && [ ! -e ssh.words ]'
test_case 'nobody' '
    exits 1 recorded -F customer=nosuch --dt 1 >out && is "$(cat out)" "No hosts discovered" &&
    [ ! -e ssh.words ]'
test_case 'a name that is an option of ssh is not given to it; a name of digits is a name' '
    { printf "%s\n" -V | exits 1 recorded -F environment=odd >out 2>err; } && cat out err &&
    is "$(sed -n 1p out)" "1. -V" && has err "'\''-V'\'' cannot be the name of a host; ssh was not started" &&
    [ ! -e ssh.words ] &&
    exits 1 recorded -I=-oProxyCommand=touch --dt 1 2>err && [ ! -e ssh.words ] &&
    for name in "a b" "a;b" "a\$(b)" "u@h" "ssh://h" ""; do
        exits 1 recorded -I "$name" --dt 1 >out 2>err && [ ! -e ssh.words ] || { cat out err; exit 1; }
    done &&
    { echo 7 | exits 23 recorded -F environment=odd >out; } && is "$(cat ssh.words)" "<7>"'
test_case 'no ssh on the path' '
    mkdir -p empty && exits 1 env PATH="$tmp/empty" "$MC_BIN/mc-ssh" -c "$FLEET_CONFIG" -I db1.acme.net >out 2>err &&
    has err "ssh could not be started: No such file or directory"'

# --- a real sshd -------------------------------------------------------------------

sshd=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)
sshd_start()
{
    if [ "$(id -u)" = 0 ] && [ ! -d /run/sshd ]; then
        mkdir -m 755 /run/sshd && run_made=1 || return 1
    fi
    ssh-keygen -q -t ed25519 -N '' -f host_key && ssh-keygen -q -t ed25519 -N '' -f key ||
        return 1
    port=$(mc_port_pick 1)
    cat >sshd_config <<END
ListenAddress 127.0.0.1
Port $port
HostKey $tmp/host_key
AuthorizedKeysFile $tmp/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PrintMotd no
PermitRootLogin yes
ForceCommand $tmp/login
END
    # Whom the host takes for itself, and the real shell, with a prompt that is known.
    cat >login <<'END'
#!/bin/sh
[ -z "$SSH_ORIGINAL_COMMAND" ] || exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
ENV= PS1='$ ' exec /bin/sh -i
END
    chmod +x login
    cat >ssh_config <<END
Host *
    HostName 127.0.0.1
    Port $port
    User $(id -un)
    IdentityFile $tmp/key
    IdentitiesOnly yes
    HostKeyAlias all
    UserKnownHostsFile $tmp/known
    StrictHostKeyChecking yes
    LogLevel ERROR
Host db2.acme.net
    SetEnv LC_NODE=second
END
    echo "all $(cat host_key.pub)" >known
    "$sshd" -D -e -f "$tmp/sshd_config" >sshd.log 2>&1 &
    sshd_pid=$!
    mc_file_wait sshd.log 'Server listening' "$sshd_pid" 20 || { cat sshd.log; return 1; }
}
shows()
{
    fleet_until 20 sh -c 'tmux -S "$1" capture-pane -p | sed "s/ *\$//" | grep -E -q -e "$2"' \
        sh "$tmp/tmux" "$1" || { tmux -S "$tmp/tmux" capture-pane -p; false; }
}

if [ -n "$sshd" ] && command -v tmux >/dev/null && sshd_start; then
    test_case 'sshd: a command runs there, its output and exit code are ours' '
        exits 42 "$MC_BIN/mc-ssh" -c "$FLEET_CONFIG" -W "environment=development customer=acme mysql::master" \
            -- -F "$tmp/ssh_config" "echo \$SSH_CONNECTION; exit 42" >out 2>err </dev/null; cat out err sshd.log
        is "$(sed -n 1p out)" "Running: ssh db1.acme.net -F $tmp/ssh_config echo \$SSH_CONNECTION; exit 42" &&
        matches out "^127.0.0.1 [0-9]+ 127.0.0.1 $port\$"'
    test_case 'sshd: what ssh says itself: 255' '
        exits 255 mco ssh -I db1.acme.net -- -F "$tmp/ssh_config" -o PubkeyAuthentication=no \
            -o BatchMode=yes true </dev/null >out 2>err; cat err; has err "Permission denied"'
    # The transcript of the first release; the line of the last login is sshd'\''s own and
    # depends on the records of this machine.
    cat >mc-ssh-here <<END
#!/bin/sh
exec "$MC_BIN/mc-ssh" -c "$FLEET_CONFIG" --dt 1 "\$@" -- -F "$tmp/ssh_config"
END
    chmod +x mc-ssh-here
    tmux -S tmux -f /dev/null new-session -d -x 100 -y 30 'ENV= PS1="ready> " exec /bin/sh -i'
    test_case 'sshd: the transcript of the first release, on a terminal' '
        shows "^ready>$" &&
        tmux -S tmux send-keys "./mc-ssh-here -W \"environment=development customer=acme mysql::master\"" Enter &&
        shows "^[\$]$" && tmux -S tmux capture-pane -p | sed -e "s/ *\$//" -e /^\$/d -e "/^Last login: /d" >out &&
        cat out && printf "%s\n" \
            "ready> ./mc-ssh-here -W \"environment=development customer=acme mysql::master\"" \
            "Running: ssh db1.acme.net -F $tmp/ssh_config" "$" | same - out &&
        tmux -S tmux send-keys "exit 9" Enter && shows "^ready>$" &&
        tmux -S tmux send-keys "echo code \$?" Enter && shows "^code 9$"'
    test_case 'sshd: the menu on a terminal, the second, and a resize and Ctrl-C reach the shell there' '
        tmux -S tmux send-keys "clear; ./mc-ssh-here -F customer=acme" Enter && shows "^4. Exit$" &&
        tmux -S tmux send-keys 2 Enter && shows "^Running: ssh db2.acme.net" && shows "^[\$]$" &&
        tmux -S tmux send-keys "cat" Enter && tmux -S tmux send-keys C-c && shows "^\^C" &&
        tmux -S tmux send-keys "tty && stty size" Enter && shows "^[0-9]+ 100$" &&
        tmux -S tmux send-keys "exit 5" Enter && shows "^ready>$" &&
        tmux -S tmux send-keys "echo code \$?" Enter && shows "^code 5$"'
else
    test_skip 'mc-ssh to a real sshd' 'sshd or tmux is not here, or sshd does not start'
fi
test_done
