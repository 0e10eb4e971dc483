# Real message brokers for the tests: ActiveMQ, RabbitMQ and nats-server.
#
# The idea: every broker lives in a temporary directory of its own, on loopback
# ports picked when it starts, with nothing read from /etc and nothing shared with
# a packaged service that may be running already.  It is ended by its own process
# id and its directory removed, so a test leaves nothing behind.  A start waits for
# the broker to speak its own protocol, never for a length of time.
#
#   . "$top/t/lib/broker.sh"
#   mc_activemq_start [tls|mtls] [PREFIX]
#   mc_rabbitmq_start "COLLECTIVE..." [tls|mtls] [PREFIX]
#   mc_nats_start [plain|tls|mtls|user|token|nkey|creds] [PREFIX]
#   mc_activemq_stop [PREFIX]   mc_rabbitmq_stop [PREFIX]   mc_nats_stop [PREFIX]
#   mc_broker_cleanup           stops all that are still up; for an EXIT trap
#
# A start sets and exports, with PREFIX MC_ACTIVEMQ, MC_RABBITMQ or MC_NATS unless
# another is given (which allows two of a kind):
#   PREFIX_HOST PREFIX_PORT PREFIX_PID PREFIX_DIR PREFIX_LOG
#   PREFIX_TLS_PORT   ActiveMQ and RabbitMQ started with tls or mtls
#   PREFIX_CERTS      the directory of mc_certs, when TLS is on
#   PREFIX_SEED PREFIX_NKEY   file with the seed, and public key (nats nkey)
#   PREFIX_CREDS      the credentials file (nats creds)
# and returns 1, with the end of the broker's log on stderr, when it cannot start.
# User and password of all of them are MC_BROKER_USER and MC_BROKER_PASSWORD; the
# token is MC_BROKER_TOKEN.
#
# Knobs: MC_PORT_BASE and MC_PORT_COUNT (where ports are picked),
# MC_BROKER_WAIT (seconds a broker may take to start).

MC_BROKER_USER=mcollective
MC_BROKER_PASSWORD=marionette
MC_BROKER_TOKEN=s3cr3t-t0ken
MC_BROKER_WAIT=${MC_BROKER_WAIT:-90}
_mcb_running=

# ---------------------------------------------------------------- small tools

# Print N distinct loopback ports nobody listens on.  The range lies below the
# kernel's ephemeral ports, and each caller begins at a place of its own, so two
# tests at once do not meet.
mc_port_pick()
{
    perl -MIO::Socket::INET -e '
        my ($want, $base, $count) = @ARGV;
        my ($at, @held) = (int(rand($count)));
        for (my $i = 0; $i < $count && @held < $want; $i++) {
            my $port = $base + ($at + $i) % $count;
            my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1",
                LocalPort => $port, Listen => 1) or next;
            push @held, $s;
        }
        exit 1 if @held < $want;
        print join(" ", map { $_->sockport } @held), "\n";
    ' "${1:-1}" "${MC_PORT_BASE:-21000}" "${MC_PORT_COUNT:-8000}"
}

# mc_port_wait KIND PORT PID SECONDS: wait until something on the port speaks
# (KIND tcp: accepts; stomp: answers CONNECT with CONNECTED; nats: sends INFO).
# Returns 1 when the time is over, 2 when the process PID has ended.
mc_port_wait()
{
    perl -MIO::Socket::INET -e '
        my ($kind, $port, $pid, $secs, $user, $pass) = @ARGV;
        my $end = time + $secs;
        $SIG{PIPE} = "IGNORE";
        while (time < $end) {
            open(my $st, "<", "/proc/$pid/stat") or exit 2;
            exit 2 if (<$st> // "") =~ /\) [ZX] /;
            my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1",
                PeerPort => $port, Timeout => 2);
            if ($s) {
                exit 0 if $kind eq "tcp";
                syswrite $s, "CONNECT\naccept-version:1.0\nhost:/\nlogin:$user\n"
                    . "passcode:$pass\n\n\0" if $kind eq "stomp";
                my ($in, $buf) = ("", "");
                vec($in, fileno($s), 1) = 1;
                if (select($in, undef, undef, 5)) {
                    sysread $s, $buf, 512;
                    exit 0 if $kind eq "stomp" && $buf =~ /^\s*CONNECTED/;
                    exit 0 if $kind eq "nats" && $buf =~ /^INFO /;
                }
            }
            select(undef, undef, undef, 0.05);
        }
        exit 1;
    ' "$1" "$2" "$3" "$4" "$MC_BROKER_USER" "$MC_BROKER_PASSWORD"
}

# mc_file_wait FILE REGEX PID SECONDS: wait until a line of FILE matches.
# Returns as mc_port_wait.
mc_file_wait()
{
    perl -e '
        my ($file, $re, $pid, $secs) = @ARGV;
        my $end = time + $secs;
        while (1) {
            my $gone = 1;
            if (open(my $st, "<", "/proc/$pid/stat")) {
                $gone = (<$st> // "") =~ /\) [ZX] /;
            }
            if (open(my $f, "<", $file)) {
                while (<$f>) { exit 0 if /$re/ }
            }
            exit 2 if $gone;
            exit 1 if time >= $end;
            select(undef, undef, undef, 0.05);
        }
    ' "$1" "$2" "$3" "$4"
}

# mc_proc_end PID [SECONDS]: end one process of ours: TERM, and KILL when it does
# not go within the time.  Its descendants (the Erlang VM has helpers in sessions of
# their own) get a moment to follow, then KILL.  Fine with a pid that is gone.
mc_proc_end()
{
    [ -n "${1:-}" ] || return 0
    perl -e '
        my ($root, $secs) = @ARGV;
        # pid => [parent, start time] of all that live; zombies do not.
        sub table {
            my %t;
            for my $file (glob "/proc/[0-9]*/stat") {
                open(my $f, "<", $file) or next;
                my ($pid, $rest) = (<$f> // "") =~ /^(\d+) \(.*\) (.*)$/s or next;
                my @v = split " ", $rest;
                $t{$pid} = [$v[1], $v[19]] if $v[0] !~ /[ZX]/;
            }
            return \%t;
        }
        # Those of the list that still live: same pid and same start time.
        sub alive {
            my ($list, $now) = (shift, table());
            return grep { $now->{$_} && $now->{$_}[1] == $list->{$_} } keys %$list;
        }
        sub end_all {
            my ($list, $limit) = @_;
            my $end = time + $limit;
            while (my @left = alive($list)) {
                if (time > $end) { kill "KILL", @left; $end = time + 5 }
                select(undef, undef, undef, 0.02);
            }
        }
        my $all = table();
        exit 0 if !$all->{$root};
        my %tree = ($root => $all->{$root}[1]);
        my $grown = 1;
        while ($grown) {
            $grown = 0;
            for my $pid (keys %$all) {
                next if $tree{$pid} || !$tree{$all->{$pid}[0]};
                $tree{$pid} = $all->{$pid}[1];
                $grown = 1;
            }
        }
        kill "TERM", $root;
        end_all({ $root => $tree{$root} }, $secs);
        end_all(\%tree, 2);
    ' "$1" "${2:-10}"
    wait "$1" 2>/dev/null
    return 0
}

_mcb_tmp()
{
    mktemp -d "${TMPDIR:-/tmp}/mc-$1.XXXXXX"
}

_mcb_set()
{
    eval "$1=\$2; export $1"
}

_mcb_get()
{
    eval "printf '%s' \"\${$1:-}\""
}

# _mcb_up KIND PREFIX DIR LOG PID PORT: the values every broker has.
_mcb_up()
{
    _mcb_set "$2_HOST" 127.0.0.1
    _mcb_set "$2_DIR" "$3"
    _mcb_set "$2_LOG" "$4"
    _mcb_set "$2_PID" "$5"
    _mcb_set "$2_PORT" "$6"
    _mcb_running="$_mcb_running $1:$2"
}

# _mcb_ready KIND PREFIX PROTOCOL PORT: wait for it, or say why not and stop it.
_mcb_ready()
{
    mc_port_wait "$3" "$4" "$(_mcb_get "$2_PID")" "$MC_BROKER_WAIT" && return 0
    {
        echo "broker: $1 does not answer on port $4; the end of its log:"
        tail -n 30 "$(_mcb_get "$2_LOG")"
    } >&2
    "mc_$1_stop" "$2"
    return 1
}

# _mcb_down KIND PREFIX [SECONDS]: the half of a stop that all share.
_mcb_down()
{
    _mcb_dir=$(_mcb_get "$2_DIR")
    mc_proc_end "$(_mcb_get "$2_PID")" "${3:-10}"
    [ -z "$_mcb_dir" ] || rm -rf "$_mcb_dir"
    for _mcb_v in HOST PORT PID DIR LOG TLS_PORT CERTS SEED NKEY CREDS; do
        unset "$2_$_mcb_v"
    done
    _mcb_left=
    for _mcb_v in $_mcb_running; do
        [ "$_mcb_v" = "$1:$2" ] || _mcb_left="$_mcb_left $_mcb_v"
    done
    _mcb_running=$_mcb_left
}

mc_broker_cleanup()
{
    for _mcb_each in $_mcb_running; do
        "mc_${_mcb_each%%:*}_stop" "${_mcb_each#*:}"
    done
}

# ---------------------------------------------------------------- certificates

# _mcb_cert DIR NAME CN EXTENSIONS: one certificate signed by DIR/ca.
_mcb_cert()
{
    openssl req -new -newkey rsa:2048 -nodes -subj "/CN=$3" \
        -keyout "$1/$2.key" -out "$1/$2.csr" 2>/dev/null &&
        printf '%s\n' "$4" >"$1/$2.ext" &&
        openssl x509 -req -in "$1/$2.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" \
            -set_serial "$5" -days 2 -extfile "$1/$2.ext" -out "$1/$2.pem" \
            2>/dev/null &&
        rm -f "$1/$2.csr" "$1/$2.ext"
}

# mc_certs DIR: a certificate authority, a server certificate for 127.0.0.1 and
# localhost, a client certificate, and an authority that signed none of them
# (other-ca.pem) for the tests that must refuse.  Valid for two days.
mc_certs()
{
    mkdir -p "$1" || return 1
    for _mcb_ca in ca other-ca; do
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 \
            -subj "/CN=Test authority $_mcb_ca" \
            -addext keyUsage=critical,keyCertSign,cRLSign \
            -keyout "$1/$_mcb_ca.key" -out "$1/$_mcb_ca.pem" 2>/dev/null || return 1
    done
    _mcb_cert "$1" server localhost \
        'subjectAltName=DNS:localhost,IP:127.0.0.1' 2 &&
        _mcb_cert "$1" client client.example.net \
            'extendedKeyUsage=clientAuth' 3
}

# ------------------------------------------------------------------- ActiveMQ

# The two Java stores of one mc_certs directory.
_mcb_java_stores()
{
    openssl pkcs12 -export -in "$1/server.pem" -inkey "$1/server.key" \
        -certfile "$1/ca.pem" -name server -passout pass:marionette \
        -out "$1/server.p12" &&
        keytool -importcert -noprompt -alias ca -file "$1/ca.pem" \
            -storetype PKCS12 -keystore "$1/trust.p12" \
            -storepass marionette >/dev/null 2>&1
}

# _mcb_activemq_xml DIR PORT TLS_PORT MODE: the broker's configuration on stdout.
_mcb_activemq_xml()
{
    _mcb_tls_context=
    _mcb_tls_connector=
    if [ -n "$4" ]; then
        _mcb_need=false
        [ "$4" = mtls ] && _mcb_need=true
        _mcb_tls_context="<sslContext><sslContext
            keyStore=\"file:$1/certs/server.p12\" keyStorePassword=\"marionette\"
            keyStoreType=\"PKCS12\" trustStore=\"file:$1/certs/trust.p12\"
            trustStorePassword=\"marionette\" trustStoreType=\"PKCS12\"/></sslContext>"
        _mcb_tls_connector="<transportConnector name=\"stomp+tls\" uri=\
\"stomp+nio+ssl://127.0.0.1:$3?transport.enabledProtocols=TLSv1.2,TLSv1.3&amp;needClientAuth=$_mcb_need\"/>"
    fi
    cat <<XML
<beans xmlns="http://www.springframework.org/schema/beans"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://www.springframework.org/schema/beans
    http://www.springframework.org/schema/beans/spring-beans.xsd
    http://activemq.apache.org/schema/core
    http://activemq.apache.org/schema/core/activemq-core.xsd">
  <broker xmlns="http://activemq.apache.org/schema/core" brokerName="test"
      useJmx="false" persistent="false" schedulerSupport="false"
      useShutdownHook="true" dataDirectory="$1/data">
    <destinationPolicy><policyMap><policyEntries>
      <policyEntry topic="&gt;" producerFlowControl="false"/>
      <policyEntry queue="&gt;" producerFlowControl="false"
        gcInactiveDestinations="true" inactiveTimeoutBeforeGC="300000"/>
    </policyEntries></policyMap></destinationPolicy>
    <plugins>
      <simpleAuthenticationPlugin><users>
        <authenticationUser username="$MC_BROKER_USER"
          password="$MC_BROKER_PASSWORD" groups="mcollective"/>
      </users></simpleAuthenticationPlugin>
      <statisticsBrokerPlugin/>
    </plugins>
    $_mcb_tls_context
    <systemUsage><systemUsage>
      <memoryUsage><memoryUsage limit="64 mb"/></memoryUsage>
      <storeUsage><storeUsage limit="64 mb"/></storeUsage>
      <tempUsage><tempUsage limit="64 mb"/></tempUsage>
    </systemUsage></systemUsage>
    <transportConnectors>
      <transportConnector name="stomp" uri="stomp+nio://127.0.0.1:$2"/>
      $_mcb_tls_connector
    </transportConnectors>
  </broker>
</beans>
XML
}

mc_activemq_start()
{
    _mcb_mode=${1:-}
    _mcb_prefix=${2:-MC_ACTIVEMQ}
    _mcb_dir=$(_mcb_tmp activemq) && _mcb_ports=$(mc_port_pick 2) || return 1
    _mcb_port=${_mcb_ports% *}
    _mcb_tls_port=${_mcb_ports#* }
    mkdir -p "$_mcb_dir/conf" "$_mcb_dir/data" "$_mcb_dir/tmp" "$_mcb_dir/lib/extra"
    # Debian's broker has these on no class path of its own; without XStream a
    # SUBSCRIBE with a transformation header cuts the connection.
    for _mcb_v in xstream xpp3 jettison; do
        [ ! -e "/usr/share/java/$_mcb_v.jar" ] ||
            ln -s "/usr/share/java/$_mcb_v.jar" "$_mcb_dir/lib/extra/"
    done
    if [ -n "$_mcb_mode" ]; then
        if ! mc_certs "$_mcb_dir/certs" || ! _mcb_java_stores "$_mcb_dir/certs"; then
            rm -rf "$_mcb_dir"
            return 1
        fi
    fi
    cat >"$_mcb_dir/conf/log4j.properties" <<CONF
log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d %p %c: %m%n
CONF
    _mcb_activemq_xml "$_mcb_dir" "$_mcb_port" "$_mcb_tls_port" "$_mcb_mode" \
        >"$_mcb_dir/conf/activemq.xml"
    java -Xms64m -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData \
        -Djava.awt.headless=true -Dlog4j.configuration="file:$_mcb_dir/conf/log4j.properties" \
        -Djava.io.tmpdir="$_mcb_dir/tmp" \
        -Dactivemq.home=/usr/share/activemq -Dactivemq.base="$_mcb_dir" \
        -Dactivemq.conf="$_mcb_dir/conf" -Dactivemq.data="$_mcb_dir/data" \
        -jar /usr/share/activemq/bin/activemq.jar \
        start "xbean:file:$_mcb_dir/conf/activemq.xml" \
        >"$_mcb_dir/log" 2>&1 </dev/null &
    _mcb_up activemq "$_mcb_prefix" "$_mcb_dir" "$_mcb_dir/log" $! "$_mcb_port"
    if [ -n "$_mcb_mode" ]; then
        _mcb_set "${_mcb_prefix}_TLS_PORT" "$_mcb_tls_port"
        _mcb_set "${_mcb_prefix}_CERTS" "$_mcb_dir/certs"
        # It listens a moment before or after the plain one: wait for both.
        _mcb_ready activemq "$_mcb_prefix" tcp "$_mcb_tls_port" || return 1
    fi
    _mcb_ready activemq "$_mcb_prefix" stomp "$_mcb_port"
}

mc_activemq_stop()
{
    _mcb_down activemq "${1:-MC_ACTIVEMQ}"
}

# ------------------------------------------------------------------- RabbitMQ

# _mcb_rabbitmq_conf DIR PORT AMQP_PORT TLS_PORT MODE: rabbitmq.conf on stdout.
_mcb_rabbitmq_conf()
{
    cat <<CONF
listeners.tcp.1 = 127.0.0.1:$3
stomp.listeners.tcp.1 = 127.0.0.1:$2
load_definitions = $1/definitions.json
log.console = true
log.console.level = info
log.file = false
vm_memory_high_watermark.absolute = 256MiB
disk_free_limit.absolute = 1MB
CONF
    [ -n "$5" ] || return 0
    cat <<CONF
stomp.listeners.ssl.1 = 127.0.0.1:$4
ssl_options.cacertfile = $1/certs/ca.pem
ssl_options.certfile = $1/certs/server.pem
ssl_options.keyfile = $1/certs/server.key
CONF
    if [ "$5" = mtls ]; then
        printf 'ssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true\n'
    else
        printf 'ssl_options.verify = verify_none\nssl_options.fail_if_no_peer_cert = false\n'
    fi
}

# _mcb_rabbitmq_definitions COLLECTIVE...: the user, and the exchanges that
# MCollective expects to find.
_mcb_rabbitmq_definitions()
{
    _mcb_exchange='{"vhost":"/","durable":true,"auto_delete":false,"internal":false,"arguments":{},'
    printf '{"vhosts":[{"name":"/"}],"users":[{"name":"%s","password":"%s","tags":"administrator"}],' \
        "$MC_BROKER_USER" "$MC_BROKER_PASSWORD"
    printf '"permissions":[{"user":"%s","vhost":"/","configure":".*","write":".*","read":".*"}],' \
        "$MC_BROKER_USER"
    printf '"exchanges":[%s"name":"mcollective_reply","type":"direct"}' "$_mcb_exchange"
    for _mcb_v; do
        printf ',%s"name":"%s_broadcast","type":"topic"}' "$_mcb_exchange" "$_mcb_v"
        printf ',%s"name":"%s_directed","type":"direct"}' "$_mcb_exchange" "$_mcb_v"
    done
    printf ']}\n'
}

# The Erlang port mapper is ours too: in the foreground, on its own port, so that
# it has a pid to end and no packaged one is used or left running.
mc_rabbitmq_start()
{
    _mcb_collectives=${1:-mcollective}
    _mcb_mode=${2:-}
    _mcb_prefix=${3:-MC_RABBITMQ}
    _mcb_dir=$(_mcb_tmp rabbitmq) && _mcb_ports=$(mc_port_pick 5) || return 1
    # shellcheck disable=SC2086 # a list of words
    set -- $_mcb_ports
    _mcb_port=$1
    _mcb_tls_port=$3
    mkdir -p "$_mcb_dir/mnesia" "$_mcb_dir/log"
    if [ -n "$_mcb_mode" ]; then
        mc_certs "$_mcb_dir/certs" || { rm -rf "$_mcb_dir"; return 1; }
    fi
    _mcb_rabbitmq_conf "$_mcb_dir" "$1" "$2" "$3" "$_mcb_mode" >"$_mcb_dir/rabbitmq.conf"
    # shellcheck disable=SC2086 # a list of words
    _mcb_rabbitmq_definitions $_mcb_collectives >"$_mcb_dir/definitions.json"
    printf '[rabbitmq_stomp].\n' >"$_mcb_dir/plugins"
    : >"$_mcb_dir/env"
    ERL_EPMD_ADDRESS=127.0.0.1 epmd -port "$5" >"$_mcb_dir/epmd.log" 2>&1 </dev/null &
    _mcb_set "${_mcb_prefix}_EPMD_PID" $!
    # RUNNING_UNDER_SYSTEMD makes the start script replace itself with the VM, so
    # that $! is the process to end.
    HOME=$_mcb_dir ERL_EPMD_PORT=$5 ERL_EPMD_ADDRESS=127.0.0.1 \
        RUNNING_UNDER_SYSTEMD=1 NOTIFY_SOCKET='' \
        RABBITMQ_NODENAME="mc-test-$1@localhost" RABBITMQ_DIST_PORT="$4" \
        RABBITMQ_CONF_ENV_FILE="$_mcb_dir/env" \
        RABBITMQ_CONFIG_FILE="$_mcb_dir/rabbitmq.conf" \
        RABBITMQ_ADVANCED_CONFIG_FILE="$_mcb_dir/none.config" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$_mcb_dir/plugins" \
        RABBITMQ_MNESIA_BASE="$_mcb_dir/mnesia" RABBITMQ_LOG_BASE="$_mcb_dir/log" \
        RABBITMQ_PID_FILE="$_mcb_dir/pid" RABBITMQ_LOGS=- \
        RABBITMQ_GENERATED_CONFIG_DIR="$_mcb_dir" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 +sbwt none +sbwtdcpu none \
+sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}" \
        /usr/lib/rabbitmq/bin/rabbitmq-server >"$_mcb_dir/broker.log" 2>&1 </dev/null &
    _mcb_up rabbitmq "$_mcb_prefix" "$_mcb_dir" "$_mcb_dir/broker.log" $! "$_mcb_port"
    if [ -n "$_mcb_mode" ]; then
        _mcb_set "${_mcb_prefix}_TLS_PORT" "$_mcb_tls_port"
        _mcb_set "${_mcb_prefix}_CERTS" "$_mcb_dir/certs"
        _mcb_ready rabbitmq "$_mcb_prefix" tcp "$_mcb_tls_port" || return 1
    fi
    _mcb_ready rabbitmq "$_mcb_prefix" stomp "$_mcb_port"
}

mc_rabbitmq_stop()
{
    _mcb_epmd=$(_mcb_get "${1:-MC_RABBITMQ}_EPMD_PID")
    _mcb_down rabbitmq "${1:-MC_RABBITMQ}" 15
    mc_proc_end "$_mcb_epmd"
    unset "${1:-MC_RABBITMQ}_EPMD_PID"
}

# ----------------------------------------------------------------- nats-server

# mc_nkey DIR KIND: a NATS key of an operator, account or user: writes
# DIR/KIND.seed and DIR/KIND.der, prints the public key.  The text form is base32 of
# a prefix for the kind, 32 key bytes and a CRC-16 (XMODEM).
mc_nkey()
{
    openssl genpkey -algorithm ed25519 -outform DER -out "$1/$2.der" 2>/dev/null &&
        openssl pkey -inform DER -in "$1/$2.der" -pubout -outform DER \
            -out "$1/$2.pub.der" 2>/dev/null || return 1
    perl -e '
        sub slurp { open(my $f, "<:raw", $_[0]) or die; local $/; <$f> }
        sub crc16 {
            my $crc = 0;
            for my $byte (unpack("C*", $_[0])) {
                $crc ^= $byte << 8;
                $crc = ($crc & 0x8000 ? ($crc << 1) ^ 0x1021 : $crc << 1) & 0xffff
                    for 1 .. 8;
            }
            return pack("v", $crc);
        }
        sub text {
            my $bits = unpack("B*", $_[0] . crc16($_[0]));
            $bits .= "0" x (-length($bits) % 5);
            my @letters = ("A" .. "Z", 2 .. 7);
            return join("", map { $letters[oct("0b$_")] } $bits =~ /(.{5})/g);
        }
        my ($file, $what) = ("$ARGV[0]/$ARGV[1]", $ARGV[1]);
        my %letter = (user => 20, account => 0, operator => 14);
        my ($kind, $seed) = ($letter{$what} << 3, 18 << 3);
        umask 077;
        open(my $out, ">", "$file.seed") or die;
        print $out text(pack("CC", $seed | ($kind >> 5), ($kind & 31) << 3)
            . substr(slurp("$file.der"), -32)), "\n";
        print text(pack("C", $kind) . substr(slurp("$file.pub.der"), -32)), "\n";
    ' "$1" "$2" && rm -f "$1/$2.pub.der"
}

# _mcb_base64url: standard input as base64 without padding, for a JWT.
_mcb_base64url()
{
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# _mcb_jwt DIR KIND SUBJECT SIGNER ISSUER: prints what SIGNER says of SUBJECT.
_mcb_jwt()
{
    {
        printf '{"typ":"JWT","alg":"ed25519-nkey"}' | _mcb_base64url
        printf .
        printf '{"jti":"%s","iat":%s,"iss":"%s","name":"%s","sub":"%s",' \
            "$2" "$(date +%s)" "$5" "$2" "$3" >"$1/claims"
        # Limits are given for an account: those it leaves out are zero.
        case $2 in
        account) printf '"nats":{"type":"account","version":2,"limits":{"subs":-1,
"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,
"leaf":-1}}}' ;;
        user) printf '"nats":{"type":"user","version":2,"subs":-1,"data":-1,
"payload":-1}}' ;;
        operator) printf '"nats":{"type":"operator","version":2}}' ;;
        esac >>"$1/claims"
        _mcb_base64url <"$1/claims"
    } >"$1/signed"
    cat "$1/signed"
    printf .
    openssl pkeyutl -sign -rawin -keyform DER -inkey "$1/$4.der" -in "$1/signed" |
        _mcb_base64url
    rm -f "$1/claims" "$1/signed"
}

# _mcb_nats_jwt DIR: an operator, an account and a user with a credentials file:
# DIR/user.creds; for the server DIR/operator.jwt and DIR/account.jwt.
_mcb_nats_jwt()
{
    _mcb_o=$(mc_nkey "$1" operator) && _mcb_a=$(mc_nkey "$1" account) &&
        _mcb_u=$(mc_nkey "$1" user) || return 1
    _mcb_jwt "$1" operator "$_mcb_o" operator "$_mcb_o" >"$1/operator.jwt"
    _mcb_jwt "$1" account "$_mcb_a" operator "$_mcb_o" >"$1/account.jwt"
    {
        printf -- '-----BEGIN NATS USER JWT-----\n'
        _mcb_jwt "$1" user "$_mcb_u" account "$_mcb_a"
        printf -- '\n------END NATS USER JWT------\n\n'
        printf -- '-----BEGIN USER NKEY SEED-----\n'
        cat "$1/user.seed"
        printf -- '------END USER NKEY SEED------\n'
    } >"$1/user.creds"
    chmod 600 "$1/user.creds"
    echo "$_mcb_a"
}

# _mcb_nats_conf DIR PORT MODE [NKEY]: the server's configuration on stdout.
_mcb_nats_conf()
{
    printf 'listen: "127.0.0.1:%s"\nlog_file: "%s/log"\n' "$2" "$1"
    case $3 in
    plain) ;;
    tls | mtls)
        _mcb_v=false
        [ "$3" = mtls ] && _mcb_v=true
        cat <<CONF
tls {
    cert_file: "$1/certs/server.pem"
    key_file: "$1/certs/server.key"
    ca_file: "$1/certs/ca.pem"
    verify: $_mcb_v
}
CONF
        ;;
    user) printf 'authorization { user: "%s", password: "%s" }\n' \
        "$MC_BROKER_USER" "$MC_BROKER_PASSWORD" ;;
    token) printf 'authorization { token: "%s" }\n' "$MC_BROKER_TOKEN" ;;
    creds) printf 'operator: "%s/operator.jwt"\nresolver: MEMORY\nresolver_preload: { %s: "%s" }\n' \
        "$1" "$4" "$(cat "$1/account.jwt")" ;;
    nkey) printf 'authorization { users: [ { nkey: "%s" } ] }\n' "$4" ;;
    *)
        echo "broker: unknown nats mode '$3'" >&2
        return 1
        ;;
    esac
}

mc_nats_start()
{
    _mcb_mode=${1:-plain}
    _mcb_prefix=${2:-MC_NATS}
    _mcb_nkey=
    _mcb_dir=$(_mcb_tmp nats) && _mcb_port=$(mc_port_pick 1) || return 1
    case $_mcb_mode in
    tls | mtls) mc_certs "$_mcb_dir/certs" || _mcb_mode= ;;
    nkey) _mcb_nkey=$(mc_nkey "$_mcb_dir" user) || _mcb_mode= ;;
    creds) _mcb_nkey=$(_mcb_nats_jwt "$_mcb_dir") || _mcb_mode= ;;
    esac
    _mcb_nats_conf "$_mcb_dir" "$_mcb_port" "$_mcb_mode" "$_mcb_nkey" \
        >"$_mcb_dir/nats.conf" || { rm -rf "$_mcb_dir"; return 1; }
    nats-server -c "$_mcb_dir/nats.conf" >"$_mcb_dir/out" 2>&1 </dev/null &
    _mcb_up nats "$_mcb_prefix" "$_mcb_dir" "$_mcb_dir/log" $! "$_mcb_port"
    case $_mcb_mode in
    tls | mtls) _mcb_set "${_mcb_prefix}_CERTS" "$_mcb_dir/certs" ;;
    nkey)
        _mcb_set "${_mcb_prefix}_SEED" "$_mcb_dir/user.seed"
        _mcb_set "${_mcb_prefix}_NKEY" "$_mcb_nkey"
        ;;
    creds) _mcb_set "${_mcb_prefix}_CREDS" "$_mcb_dir/user.creds" ;;
    esac
    _mcb_ready nats "$_mcb_prefix" nats "$_mcb_port"
}

mc_nats_stop()
{
    _mcb_down nats "${1:-MC_NATS}"
}
