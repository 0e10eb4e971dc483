#!/bin/sh
# mco plugin info and package: real packages, made the same each time, that install and
# go again; and what must not become one (commands.md 1.21).
# shellcheck disable=SC2034 # used in the texts of cases
. "$(dirname "$0")/lib/tap.sh"
. "$MC_TOP/t/lib/fleet.sh"

test_at_end fleet_end
chmod 755 "$tmp" # a node that is root runs what root alone can change
umask 022
cd "$tmp" || exit 1
mco=$MC_BIN/mco
unset SOURCE_DATE_EPOCH

# new_plugin NAME: one with all kinds of files
new_plugin()
{
    mkdir -p "$1/agent" "$1/util" "$1/aggregate" "$1/.git"
    cat >"$1/agent/$1.ddl" <<EOF
requires :mcollective => "2.2.1"
metadata :name => "My $1_agent", :description => "Says hello to 100% of you",
         :author => "Ann Author <ann@example.net>", :license => "Apache-2.0",
         :version => "1.2", :url => "https://example.net/$1", :timeout => 7
action "say", :description => "Say it" do
  output :said, :description => "What was said", :display_as => "Said"
end
EOF
    printf '#!/bin/sh\necho hello\n' >"$1/agent/$1"
    chmod 700 "$1/agent/$1"
    echo '# helps' >"$1/util/help.rb"
    echo '# adds' >"$1/aggregate/add.rb"
    echo '# not ours' >"$1/.git/config"
    echo '# swap' >"$1/agent/.$1.swp"
    chmod 600 "$1/util/help.rb"
}
new_plugin hello

cat >info.txt <<'EOF'

         Plugin information : my-hello-agent
        --------------------------------------------
                Plugin Type : Agent
      Package Output Format : Deb
                    Version : 1.2
                   Revision : 1
                     Vendor : Ann Author <ann@example.net>
                     Author : Ann Author <ann@example.net>
                    License : Apache-2.0
                        URL : https://example.net/hello
        Identified Packages : common
                              agent
                              client
EOF
test_case 'info: what would be packaged' '
    exits 0 "$mco" plugin info hello --format deb >out && same info.txt out'
test_case 'info -v: with the files' '
    exits 0 "$mco" plugin info hello --format deb -v >out && has out "marionette-my-hello-agent-agent:" &&
    has out "   /usr/share/marionette/plugins/agent/hello" && lacks out ".git" && lacks out swp'
test_case 'info of an RPM, by other names' '
    exits 0 "$mco" plugin info hello --format rpmpackage --revision 3 --vendor Acme -n other >out &&
    has out "Package Output Format : RPM" && has out "Revision : 3" && has out "Vendor : Acme" &&
    has out "Plugin information : other"'
test_case 'a source tree with lib/mcollective; this folder when none is named' '
    mkdir -p tree/lib && cp -r hello tree/lib/mcollective && exits 0 "$mco" plugin info tree --format deb |
        same info.txt - && cd hello && exits 0 "$mco" plugin info --format deb | same ../info.txt -'
test_case 'one kind of plugin alone' '
    mkdir -p val/validator val/util && echo >val/util/u.rb &&
    sed "/^action/,\$d" hello/agent/hello.ddl >val/validator/even.ddl &&
    exits 0 "$mco" plugin info val --format deb >out && has out "Plugin Type : Validator" &&
    has out "Identified Packages : common" && has out "                              validator"'

# --- .deb ----------------------------------------------------------------------

if command -v dpkg-deb >/dev/null; then
    test_case 'deb: three packages' '
        exits 0 "$mco" plugin package hello --format deb --dependency debian::python3 \
            --dependency redhat::python39 >out && cat out &&
        is "$(cat out)" "Building packages for marionette-my-hello-agent plugin.
Created package : marionette-my-hello-agent-common_1.2-1_all.deb
Created package : marionette-my-hello-agent-agent_1.2-1_all.deb
Created package : marionette-my-hello-agent-client_1.2-1_all.deb
Completed building all packages for marionette-my-hello-agent plugin.
Removing build artifacts."'
    test_case 'deb: what they say' '
        deb=marionette-my-hello-agent-agent_1.2-1_all.deb &&
        is "$(dpkg-deb -f $deb)" "Package: marionette-my-hello-agent-agent
Source: marionette-my-hello-agent
Version: 1.2-1
Architecture: all
Maintainer: Ann Author <ann@example.net>
Installed-Size: 1
Depends: marionette, python3, marionette-my-hello-agent-common (= 1.2-1)
Section: admin
Priority: optional
Homepage: https://example.net/hello
Description: Says hello to 100% of you
 Agent plugin for my-hello-agent."'
    test_case 'deb: what is in them, with modes and owner' '
        dpkg-deb -c marionette-my-hello-agent-common_1.2-1_all.deb >out && cat out &&
        matches out "^-rw-r--r-- root/root .* ./usr/share/marionette/plugins/agent/hello.ddl\$" &&
        matches out "^-rw-r--r-- root/root .* ./usr/share/marionette/plugins/util/help.rb\$" &&
        matches out "^drwxr-xr-x root/root .* ./usr/share/marionette/plugins/util/\$" &&
        lacks out .git && lacks out aggregate && lacks out swp &&
        dpkg-deb -c marionette-my-hello-agent-agent_1.2-1_all.deb >out &&
        matches out "^-rwxr-xr-x root/root .* ./usr/share/marionette/plugins/agent/hello\$" &&
        lacks out ddl &&
        dpkg-deb -c marionette-my-hello-agent-client_1.2-1_all.deb >out && has out aggregate/add.rb'
    test_case 'deb: md5sums are those of the files' '
        for deb in *.deb; do
            rm -rf root && dpkg-deb -R "$deb" root &&
            (cd root && [ -s DEBIAN/md5sums ] && md5sum --quiet -c DEBIAN/md5sums &&
                is "$(wc -l <DEBIAN/md5sums)" "$(find usr -type f | wc -l)") || exit 1
        done'
    test_case 'deb: the same bytes each time, and another umask changes nothing' '
        sha256sum *.deb >sums && (umask 077 &&
            exits 0 "$mco" plugin package hello --format deb --dependency debian::python3 >out) &&
        sha256sum --quiet -c sums'
    test_case 'deb: SOURCE_DATE_EPOCH is their time' '
        SOURCE_DATE_EPOCH=1262304000 exits 0 "$mco" plugin package hello --format deb --revision 2 >out &&
        dpkg-deb -c marionette-my-hello-agent-agent_1.2-2_all.deb >out && cat out &&
        lacks out "$(date +%Y-)" && has out "2010-01-01 00:00"'
    test_case 'deb: for nodes of the original' '
        exits 0 "$mco" plugin package hello --format deb --mcname mcollective >out &&
        has out "mcollective-my-hello-agent-common_1.2-1_all.deb" &&
        dpkg-deb -f mcollective-my-hello-agent-common_1.2-1_all.deb Depends >depends &&
        is "$(cat depends)" "mcollective-common (>= 2.2.1)" &&
        dpkg-deb -c mcollective-my-hello-agent-common_1.2-1_all.deb |
            grep -q " ./usr/share/mcollective/plugins/mcollective/agent/hello.ddl\$"'
    test_case 'deb: another path, another version of what is needed' '
        exits 0 "$mco" plugin package hello --format deb --pluginpath /opt/plugins/ --mcversion 0.2 >out &&
        dpkg-deb -c marionette-my-hello-agent-agent_1.2-1_all.deb | grep -q " ./opt/plugins/agent/hello\$" &&
        is "$(dpkg-deb -f marionette-my-hello-agent-common_1.2-1_all.deb Depends)" "marionette (>= 0.2)"'
    test_case 'deb: a program for one processor' '
        new_plugin elf && cp "$(command -v env)" elf/agent/elf && exits 0 "$mco" plugin package elf --format deb >out &&
        has out "marionette-my-elf-agent-agent_1.2-1_$(dpkg --print-architecture).deb" &&
        has out "marionette-my-elf-agent-common_1.2-1_all.deb"'
    test_case 'deb: scripts, and what they were put together in' '
        printf "#!/bin/sh\necho 100%% done\n" >post.sh &&
        exits 0 "$mco" plugin package hello --format deb --postinstall post.sh --keep-artifacts >out &&
        kept=$(sed -n "s/^Build artifacts saved - //p" out) && has out "Keeping build artifacts." &&
        has "$kept/marionette-my-hello-agent-agent/DEBIAN/postinst" "echo 100% done" &&
        [ -x "$kept/marionette-my-hello-agent-agent/DEBIAN/postinst" ]; code=$?; rm -rf "$kept"; is $code 0'
    test_case 'deb: nothing is left in TMPDIR' '
        mkdir -p "with blank" && TMPDIR="$tmp/with blank" exits 0 "$mco" plugin package hello --format deb >out &&
        is "$(ls "with blank")" ""'
    if [ "$(id -u)" -eq 0 ]; then
        # dpkg with a database and a root of its own; the package that all need is made up.
        test_case 'deb: installed and removed again' '
            root=$tmp/target && mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info" need/DEBIAN &&
            : >"$root/var/lib/dpkg/status" && : >"$root/var/lib/dpkg/available" &&
            printf "Package: marionette\nVersion: 0.2\nArchitecture: all\nMaintainer: x\nDescription: x\n" \
                >need/DEBIAN/control && dpkg-deb --build need need.deb &&
            exits 0 "$mco" plugin package hello --format deb --revision 9 >out &&
            { dpkg --root="$root" -i marionette-my-hello-agent-agent_1.2-9_all.deb; [ $? -ne 0 ]; } &&
            dpkg --root="$root" -i need.deb marionette-my-hello-agent-*_1.2-9_all.deb &&
            [ -x "$root/usr/share/marionette/plugins/agent/hello" ] &&
            same hello/agent/hello.ddl "$root/usr/share/marionette/plugins/agent/hello.ddl" &&
            dpkg --root="$root" --verify marionette-my-hello-agent-agent >verify &&
            is "$(cat verify)" "" &&
            dpkg --root="$root" -r marionette-my-hello-agent-agent marionette-my-hello-agent-client \
                marionette-my-hello-agent-common && [ ! -e "$root/usr/share/marionette" ]'
    else
        test_skip 'deb: installed and removed again' 'only root can'
    fi
    if command -v lintian >/dev/null; then
        test_case 'deb: lintian finds no error' '
            rm -f *.deb && exits 0 "$mco" plugin package hello --format deb >out &&
            lintian --allow-root --fail-on error *.deb'
    else
        test_skip 'deb: lintian finds no error' 'lintian is not here'
    fi
    if command -v python3 >/dev/null; then
        fleet_begin "$tmp/fleet" || exit 1
        path=$tmp/unpacked/usr/share/marionette/plugins
        echo "libdir = $path" >>"$FLEET_CONFIG"
        "$mco" plugin generate agent greet actions=say --author Ann --license MIT -c "$FLEET_CONFIG" \
            --pluginversion 1.0 --url https://example.net --description 'Greets' >out &&
            "$mco" plugin package greet --format deb >out &&
            for deb in marionette-greet-*.deb; do dpkg-deb -x "$deb" unpacked; done
        fleet_node web1 '' '' "libdir = $path"
        fleet_wait || exit 1
        test_case 'deb: a node answers with what was unpacked' '
            exits 0 mco rpc greet say message=hi -I web1 >out && has out "Message: hi"'
    fi
    test_case 'deb: a tool that fails is quoted' '
        mkdir -p bin && printf "#!/bin/sh\necho oh no >&2\nexit 3\n" >bin/dpkg-deb && chmod 755 bin/dpkg-deb &&
        PATH=$tmp/bin:$PATH exits 1 "$mco" plugin package hello --format deb >out 2>err &&
        has err "dpkg-deb failed with exit code 3: oh no" && lacks out Completed'
else
    test_skip 'deb' 'dpkg-deb is not here'
fi
test_case 'deb: without the tool' '
    PATH=/nonexistent exits 1 "$mco" plugin package hello --format deb >out 2>err &&
    has err "Cannot build package. '\''dpkg-deb'\'' is not present on the system."'

# --- .rpm ----------------------------------------------------------------------

if command -v rpmbuild >/dev/null; then
    printf '#!/bin/sh\necho 100%% %%{name} %%(touch pwned)\n' >post.sh
    test_case 'rpm: three packages' '
        exits 0 "$mco" plugin package hello --format rpm --dependency redhat::python39 \
            --postinstall post.sh --description "%{name} %(touch $tmp/pwned) 100%" >out && cat out &&
        has out "Created package : marionette-my-hello-agent-agent-1.2-1.noarch.rpm" &&
        ls *.rpm | wc -l | grep -q "^3\$" && [ ! -e pwned ]'
    test_case 'rpm: what they say' '
        rpm=marionette-my-hello-agent-agent-1.2-1.noarch.rpm &&
        rpm -qp --qf "%{SUMMARY}|%{LICENSE}|%{URL}|%{PACKAGER}\n" $rpm >out &&
        is "$(cat out)" "%{name} %(touch $tmp/pwned) 100%|Apache-2.0|https://example.net/hello|Ann Author <ann@example.net>" &&
        rpm -qpR $rpm >out && has out "marionette-my-hello-agent-common = 1.2-1" && has out python39 &&
        rpm -qp --scripts $rpm >out && has out "echo 100% %{name} %(touch pwned)"'
    test_case 'rpm: what is in them' '
        rpm -qplv marionette-my-hello-agent-agent-1.2-1.noarch.rpm >out &&
        matches out "^-rwxr-xr-x .* root +root .* /usr/share/marionette/plugins/agent/hello\$" &&
        rpm -qpl marionette-my-hello-agent-common-1.2-1.noarch.rpm | sort >out &&
        is "$(cat out)" "/usr/share/marionette/plugins/agent/hello.ddl
/usr/share/marionette/plugins/util/help.rb"'
    if [ "$(id -u)" -eq 0 ]; then
        # A root of its own, in which there is nothing: neither the scripts' shell nor
        # what the packages need, except each other.
        test_case 'rpm: installed and removed again' '
            root=$tmp/rpmroot && mkdir -p "$root" && rpm --root "$root" --initdb &&
            { rpm --root "$root" -i --noscripts marionette-my-hello-agent-agent-1.2-1.noarch.rpm 2>err; [ $? -ne 0 ]; } &&
            has err "marionette-my-hello-agent-common = 1.2-1 is needed" &&
            rpm --root "$root" -i --noscripts --nodeps marionette-my-hello-agent-*.noarch.rpm &&
            [ -x "$root/usr/share/marionette/plugins/agent/hello" ] &&
            rpm --root "$root" -V --nodeps marionette-my-hello-agent-agent &&
            rpm --root "$root" -e --noscripts --nodeps marionette-my-hello-agent-agent &&
            [ ! -e "$root/usr/share/marionette/plugins/agent/hello" ] &&
            [ -e "$root/usr/share/marionette/plugins/agent/hello.ddl" ]'
    else
        test_skip 'rpm: installed and removed again' 'only root can'
    fi
    test_case 'rpm: the same bytes each time' '
        sha256sum *.rpm >sums && exits 0 "$mco" plugin package hello --format rpm --dependency redhat::python39 \
            --postinstall post.sh --description "%{name} %(touch $tmp/pwned) 100%" >out &&
        sha256sum --quiet -c sums'
else
    test_skip 'rpm' 'rpmbuild is not here'
fi

# --- what is refused -------------------------------------------------------------

# refused TEXT OPTION...: no package, and the words
refused()
{
    refused_text=$1
    shift
    rm -f ./*.deb
    exits 1 "$mco" plugin package --format deb "$@" >out 2>err && has err "$refused_text" &&
        is "$(echo ./*.deb)" './*.deb'
}

newline='
'
test_case 'folders that are no plugin' '
    mkdir -p empty two/data two/validator && touch two/data/x two/validator/y &&
    refused "no plugins detected in directory" empty &&
    refused "more than one plugin type detected in directory" two &&
    refused "nosuch: No such file or directory" nosuch && refused "Not a directory" post.sh'
test_case 'no DDL, and one that cannot be read' '
    mkdir -p noddl/agent && touch noddl/agent/x &&
    refused "cannot create package - No ddl file found in noddl/agent" noddl &&
    echo "metadata :name" >noddl/agent/x.ddl &&
    refused "failed to load ddl file in plugin directory : noddl/agent" noddl'
test_case 'a new plugin, before it was edited' '
    "$mco" plugin generate agent fresh actions=a -c /dev/null >out &&
    refused "the version '\''%VERSION%'\'' has to begin with a digit" fresh'
test_case 'names' '
    for name in ../x a/b "a;b" "\$(id)" "a b|c" -x "" "é"; do
        refused "cannot create package - " hello --name "$name" || exit 1
    done'
test_case 'versions and revisions' '
    for version in ../1 "1;id" "1 2" v1 "1-1" "1/2" "1${newline}2"; do
        refused "cannot create package - " hello --pluginversion "$version" &&
        refused "cannot create package - " hello --revision "$version" || exit 1
    done'
test_case 'metadata of several lines, which would be fields of their own' '
    for key in description author license url vendor; do
        refused "has to be one line" hello --$key "x${newline}Depends: evil" || exit 1
    done'
test_case 'dependencies' '
    for name in "a (>= 1)" "a, b" "\$(id)" "debian::-x"; do
        refused "is no dependency" hello --dependency "$name" || exit 1
    done'
test_case 'paths' '
    for path in relative /a/../b "/a b" "/a;b"; do
        refused "has to be absolute" hello --pluginpath "$path" || exit 1
    done'
test_case 'scripts that are not there, or no scripts' '
    refused "pre-install script '\''nosuch'\'' not found." hello --preinstall nosuch &&
    echo "echo" >plain && refused "has to begin with a line like #!/bin/sh" hello --postinstall plain'
test_case 'an unknown format' '
    exits 1 "$mco" plugin package hello --format zip 2>err &&
    has err "the format '\''zip'\'' is not one of deb, rpm and ospackage"'
test_case 'files with names that lists cannot hold, links, pipes' '
    new_plugin odd && touch "odd/util/a b" && refused "the file name '\''util/a b'\''" odd &&
    rm "odd/util/a b" && touch "odd/util/a${newline}b" && refused "the file name" odd &&
    rm odd/util/a* && ln -s /etc/passwd odd/util/link && refused "neither a file nor a folder" odd &&
    rm odd/util/link && mkfifo odd/util/pipe && refused "neither a file nor a folder" odd'
test_case 'a file that is too long' '
    new_plugin big && truncate -s 33M big/util/big && refused "is longer than" big'

test_done
