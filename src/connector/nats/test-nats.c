/* The nats connector with a real nats-server: logging in, TLS, a broker that is not
 * there, goes away and comes back, and one that says nothing. */
#include "base/clock.h"
#include "connector/nats/nkey.h"
#include "connector/nats/test-server.h"
#include "connector/nats/worker-private.h"
#include "connector/test-peers.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define CONFIG_BYTES 1024

static struct nats_server *server_or_skip(const char *settings)
{
    struct nats_server *server = nats_server_new(settings);

    if (!server) {
        print_message("# no nats-server on PATH\n");
        skip();
    }
    return server;
}

static void config_text(char (*ret)[CONFIG_BYTES], int port, const char *host,
                        const char *more)
{
    (void)snprintf(*ret, sizeof(*ret),
                   "connector = nats\ncollectives = mcollective\n"
                   "plugin.nats.servers = %s:%d\n"
                   "plugin.nats.max_reconnect_delay = 0.2\n%s",
                   host, port, more);
}

/* Connects with the settings and exchanges a message with itself. */
static void works_with(struct nats_server *server, const char *host, const char *more)
{
    struct mc_loop *loop = mc_loop_new();
    struct peer peer;
    char config[CONFIG_BYTES];

    config_text(&config, nats_server_port(server), host, more);
    peer_open(&peer, loop, config, "me");
    peer_settle(&peer);
    assert_int_equal(peer.links[MC_LINK_UP], 1);
    peer_close(&peer);
    mc_loop_free(loop);
}

/* Tries with the settings until the second refusal, and gives its text. */
static void fails_with(struct nats_server *server, const char *host, const char *more,
                       const char *words)
{
    struct mc_loop *loop = mc_loop_new();
    struct peer peer;
    char config[CONFIG_BYTES];
    int64_t end_us = mc_clock_monotonic_us() + (int64_t)20 * 1000000;

    config_text(&config, nats_server_port(server), host, more);
    peer_open(&peer, loop, config, "me");
    while (!strstr(peer.text, words) && mc_clock_monotonic_us() < end_us) {
        assert_int_equal(mc_loop_once(loop, 100), 0);
    }
    if (!strstr(peer.text, words)) {
        fail_msg("'%s' instead of '%s'", peer.text, words);
    }
    expect_within(loop, &peer.links[MC_LINK_RETRY], peer.links[MC_LINK_RETRY] + 1,
                  "the next attempt");
    assert_int_equal(peer.links[MC_LINK_UP], 0);
    peer_close(&peer);
    mc_loop_free(loop);
}

static void user_and_password(void **state)
{
    struct nats_server *server =
        server_or_skip("authorization { user: \"u\", password: \"geheim\" }\n");

    (void)state;
    nats_server_run(server);
    works_with(server, "nats://127.0.0.1",
               "plugin.nats.user = u\nplugin.nats.password = geheim\n");
    works_with(server, "nats://u:geheim@127.0.0.1", "");
    fails_with(server, "127.0.0.1", "plugin.nats.user = u\nplugin.nats.password = x\n",
               "Authorization Violation");
    nats_server_free(server);
}

static void wrong_password_is_an_error_each_time(void **state)
{
    struct nats_server *server =
        server_or_skip("authorization { user: \"u\", password: \"geheim\" }\n");
    struct mc_loop *loop = mc_loop_new();
    struct peer peer;
    char config[CONFIG_BYTES];

    (void)state;
    nats_server_run(server);
    config_text(&config, nats_server_port(server), "127.0.0.1",
                "plugin.nats.user = u\nplugin.nats.password = wrong\n");
    peer_open(&peer, loop, config, "me");
    expect_within(loop, &peer.links[MC_LINK_ERROR], 3, "errors");
    assert_non_null(strstr(peer.error_text, "Authorization Violation"));
    assert_null(strstr(peer.error_text, "wrong"));
    assert_true(peer.links[MC_LINK_RETRY] >= 2);
    peer_close(&peer);
    mc_loop_free(loop);
    nats_server_free(server);
}

static void token(void **state)
{
    struct nats_server *server = server_or_skip("authorization { token: \"t0\" }\n");

    (void)state;
    nats_server_run(server);
    works_with(server, "127.0.0.1", "plugin.nats.token = t0\n");
    nats_server_free(server);
}

static void nkey(void **state)
{
    struct nats_server *server = server_or_skip("include \"./nkey.conf\"\n");
    char more[160];

    (void)state;
    assert_int_equal(
        nats_server_shell(server,
                          ". \"$2/t/lib/broker.sh\" && key=$(mc_nkey \"$1\" user) && "
                          "printf 'authorization { users: [ { nkey: \"%s\" } ] "
                          "}\\n' \"$key\" >\"$1/nkey.conf\""),
        0);
    nats_server_run(server);
    (void)snprintf(more, sizeof(more), "plugin.nats.nkey = %s/user.seed\n",
                   nats_server_folder(server));
    works_with(server, "127.0.0.1", more);
    nats_server_free(server);
}

static void server_comes_up_later(void **state)
{
    struct nats_server *server = server_or_skip("");
    struct mc_loop *loop = mc_loop_new();
    struct peer peer;
    char config[CONFIG_BYTES];

    (void)state;
    config_text(&config, nats_server_port(server), "127.0.0.1", "");
    peer_open(&peer, loop, config, "me");
    subscribe_agent(&peer, "mcollective", "discovery");
    publish_broadcast(&peer, "mcollective", "discovery", NULL, MC_BYTES("early"));
    expect_within(loop, &peer.links[MC_LINK_RETRY], 3, "attempts");
    assert_non_null(strstr(peer.text, "next attempt in"));
    assert_true(mc_connector_unsent(peer.connector) > 0);
    nats_server_run(server);
    expect_within(loop, &peer.messages, 1, "the message that waited");
    peer_close(&peer);
    mc_loop_free(loop);
    nats_server_free(server);
}

static void server_restarts(void **state)
{
    struct nats_server *server = server_or_skip("");
    struct mc_loop *loop = mc_loop_new();
    struct peer peer;
    char config[CONFIG_BYTES];

    (void)state;
    nats_server_run(server);
    config_text(&config, nats_server_port(server), "127.0.0.1", "");
    peer_open(&peer, loop, config, "me");
    subscribe_agent(&peer, "mcollective", "discovery");
    peer_settle(&peer);
    nats_server_stop(server);
    expect_within(loop, &peer.links[MC_LINK_DOWN], 1, "link down");
    nats_server_run(server);
    expect_within(loop, &peer.links[MC_LINK_UP], 2, "link up again");
    publish_broadcast(&peer, "mcollective", "discovery", NULL, MC_BYTES("again"));
    expect_within(loop, &peer.messages, 1, "subscribed again");
    peer_close(&peer);
    mc_loop_free(loop);
    nats_server_free(server);
}

static void gives_up_when_told_to(void **state)
{
    struct mc_loop *loop = mc_loop_new();
    struct peer peer;
    char config[CONFIG_BYTES];

    (void)state;
    config_text(&config, 1, "127.0.0.1", "plugin.nats.max_reconnect_attempts = 3\n");
    peer_open(&peer, loop, config, "me");
    expect_within(loop, &peer.links[MC_LINK_DEAD], 1, "given up");
    assert_int_equal(peer.links[MC_LINK_RETRY], 2);
    peer_close(&peer);
    mc_loop_free(loop);
}

static void second_server_is_tried(void **state)
{
    struct nats_server *server = server_or_skip("");

    (void)state;
    nats_server_run(server);
    works_with(server, "nats://127.0.0.1:1, nats://127.0.0.1", "");
    nats_server_free(server);
}

static void tls_is_verified(void **state)
{
    struct nats_server *server = server_or_skip(
        "tls { cert_file: \"%/certs/server.pem\", key_file: \"%/certs/server.key\", "
        "ca_file: \"%/certs/ca.pem\", verify: true }\n");
    const char *folder = NULL;
    char good[512];
    char wrong[512];
    char without[128];

    (void)state;
    folder = nats_server_folder(server);
    assert_int_equal(
        nats_server_shell(server, ". \"$2/t/lib/broker.sh\" && mc_certs \"$1/certs\""),
        0);
    nats_server_run(server);
    (void)snprintf(good, sizeof(good),
                   "plugin.nats.tls.ca = %s/certs/ca.pem\n"
                   "plugin.nats.tls.cert = %s/certs/client.pem\n"
                   "plugin.nats.tls.key = %s/certs/client.key\n",
                   folder, folder, folder);
    (void)snprintf(wrong, sizeof(wrong),
                   "plugin.nats.tls.ca = %s/certs/other-ca.pem\n"
                   "plugin.nats.tls.cert = %s/certs/client.pem\n"
                   "plugin.nats.tls.key = %s/certs/client.key\n",
                   folder, folder, folder);
    (void)snprintf(without, sizeof(without), "plugin.nats.tls.ca = %s/certs/ca.pem\n",
                   folder);
    works_with(server, "tls://localhost", good);
    works_with(server, "tls://127.0.0.1", good);
    fails_with(server, "tls://localhost", wrong, "local issuer certificate");
    fails_with(server, "tls://127.1", good, "mismatch");
    fails_with(server, "tls://localhost", without, "client certificate");
    nats_server_free(server);
}

static unsigned threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    unsigned count = 0;

    assert_non_null(folder);
    while (readdir(folder)) {
        count++;
    }
    closedir(folder);
    return count;
}

/* The settings know nothing of TLS, so the loop takes the connection over, sees by its
 * first byte what it is, and gives it back to a thread. */
static void tls_on_demand_goes_to_a_thread(void **state)
{
    struct nats_server *server = server_or_skip(
        "tls { cert_file: \"%/certs/server.pem\", key_file: \"%/certs/server.key\" "
        "}\n");
    struct mc_loop *loop = mc_loop_new();
    struct peer peer;
    char config[CONFIG_BYTES];
    char authority[512];
    char long_text[20000];

    (void)state;
    assert_int_equal(
        nats_server_shell(server, ". \"$2/t/lib/broker.sh\" && mc_certs \"$1/certs\""),
        0);
    nats_server_run(server);
    (void)snprintf(authority, sizeof(authority), "%s/certs/ca.pem",
                   nats_server_folder(server));
    assert_int_equal(setenv("SSL_CERT_FILE", authority, 1), 0);
    config_text(&config, nats_server_port(server), "127.0.0.1", "");
    peer_open(&peer, loop, config, "me");
    subscribe_agent(&peer, "mcollective", "discovery");
    peer_settle(&peer);
    memset(long_text, 'x', sizeof(long_text));
    peer.expected = mc_bytes_make(long_text, sizeof(long_text));
    for (unsigned i = 1; i <= 20; i++) {
        publish_broadcast(&peer, "mcollective", "discovery", NULL, peer.expected);
        expect_within(loop, &peer.messages, i, "messages over TLS");
    }
    assert_false(peer.differed);
    assert_int_equal(peer.links[MC_LINK_UP], 1);
    assert_int_equal(peer.links[MC_LINK_DOWN], 0);
    unsigned before = threads();
    peer_close(&peer);
    for (int i = 0; i < 500 && threads() == before; i++) {
        assert_int_equal(mc_loop_once(loop, 10), 0);
    }
    assert_int_equal(threads(), before - 1);
    assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
    mc_loop_free(loop);
    nats_server_free(server);
}

static void count_up(void *user, enum mc_link_state link, const char *text)
{
    unsigned *ups = user;

    (void)text;
    *ups += link == MC_LINK_UP;
}

/* A thread that still ran, or a last call of the library that was still to come, took
 * things down together with OpenSSL when the program ended, and crashed it. */
static void nothing_runs_on_after_finish(void **state)
{
    struct nats_server *server = server_or_skip("");
    struct mc_loop *loop = mc_loop_new();
    struct mc_config *config = NULL;
    struct mc_nats_settings *settings = NULL;
    struct mc_nats_worker *worker = NULL;
    unsigned ups = 0;
    struct mc_connector_spec spec = {
        .loop = loop, .identity = "me", .events = {.link = count_up, .user = &ups}};
    char text[CONFIG_BYTES];

    (void)state;
    nats_server_run(server);
    config_text(&text, nats_server_port(server), "127.0.0.1", "");
    assert_int_equal(mc_config_parse(mc_bytes_text(text), "test", MC_ROLE_CLIENT, NULL,
                                     NULL, &config, NULL),
                     0);
    spec.config = config;
    assert_int_equal(mc_nats_settings_new(&spec, &settings, NULL), 0);
    assert_int_equal(mc_nats_worker_new(&spec, settings, &worker), 0);
    expect_within(loop, &ups, 1, "a connection");
    mc_nats_worker_finish(worker, 20000);
    assert_true(worker->done);
    assert_false(worker->joinable);
    assert_int_equal(worker->refs, 1);
    mc_nats_worker_free(worker);
    mc_config_free(config);
    mc_loop_free(loop);
    nats_server_free(server);
}

/* The server says at once, on the reply target, that nobody hears a subject. That is no
 * message, and what comes together with it is not to wait for the next reading. */
static void nobody_there_holds_up_no_reply(void **state)
{
    struct nats_server *server = server_or_skip("");
    struct mc_loop *loop = mc_loop_new();
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(4096);
    struct mc_target target = {
        .kind = MC_TARGET_REPLY, .collective = "mcollective", .agent = "rpcutil"};
    struct mc_publish publish = {.kind = MC_TARGET_DIRECT,
                                 .collective = "mcollective",
                                 .agent = "rpcutil",
                                 .identity = "gone",
                                 .ttl_s = 60,
                                 .body = MC_BYTES("ping")};
    struct peer peer;
    char config[CONFIG_BYTES];

    (void)state;
    nats_server_run(server);
    config_text(&config, nats_server_port(server), "127.0.0.1", "");
    peer_open(&peer, loop, config, "me");
    assert_int_equal(mc_connector_subscribe(peer.connector, &target), 0);
    assert_int_equal(
        mc_connector_reply_name(peer.connector, &target, arena, &publish.reply_to), 0);
    peer_settle(&peer);
    /* Once the server's own first ping may bring the next reading. */
    for (unsigned i = 1; i <= 3; i++) {
        publish.kind = MC_TARGET_DIRECT;
        assert_int_equal(mc_connector_publish(peer.connector, &publish), 0);
        publish.kind = MC_TARGET_REPLY;
        assert_int_equal(mc_connector_publish(peer.connector, &publish), 0);
        expect_within(loop, &peer.messages, i, "the reply");
    }
    peer_close(&peer);
    mc_loop_free(loop);
    nats_server_free(server);
}

static void bad_settings_are_named(void **state)
{
    const struct
    {
        const char *config;
        const char *words;
    } cases[] = {
        {"", "plugin.nats.servers"},
        {"plugin.nats.servers = ,\n", "plugin.nats.servers"},
        {"plugin.nats.servers = http://x\n", "plugin.nats.servers"},
        {"plugin.nats.servers = nats://\n", "plugin.nats.servers"},
        {"plugin.nats.servers = x\nplugin.nats.tls.ca = /nowhere\n",
         "plugin.nats.tls.ca"},
        {"plugin.nats.servers = x\nplugin.nats.tls.key = /nowhere\n"
         "plugin.nats.tls.ca = /dev/null\n",
         "plugin.nats.tls."},
        {"plugin.nats.servers = x\nplugin.nats.nkey = /nowhere\n", "plugin.nats.nkey"},
        {"plugin.nats.servers = x\nplugin.nats.nkey = /dev/null\n", "plugin.nats.nkey"},
        {"plugin.nats.servers = x\nplugin.nats.connect_timeout = 0\n",
         "plugin.nats.connect_timeout"},
    };
    struct mc_loop *loop = mc_loop_new();

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        char config[CONFIG_BYTES];
        struct mc_error error = {.text = ""};
        struct peer peer;

        (void)snprintf(config, sizeof(config), "connector = nats\n%s", cases[i].config);
        assert_int_equal(peer_try(&peer, loop, config, "me", &error), -EINVAL);
        if (!strstr(error.text, cases[i].words)) {
            fail_msg("'%s' instead of '%s'", error.text, cases[i].words);
        }
    }
    mc_loop_free(loop);
}

static void subjects_cannot_be_forged(void **state)
{
    const char *const bad[] = {"a b", "a\r\nPUB x 0", "a.>", "a.*", "a..b", ".a", "a."};
    struct mc_loop *loop = mc_loop_new();
    struct peer peer;
    char config[CONFIG_BYTES];

    (void)state;
    config_text(&config, 1, "127.0.0.1", "");
    peer_open(&peer, loop, config, "me");
    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        struct mc_publish publish = {.kind = MC_TARGET_REPLY, .reply_to = bad[i]};
        assert_int_equal(mc_connector_publish(peer.connector, &publish), -EINVAL);
        publish = (struct mc_publish){.kind = MC_TARGET_DIRECT,
                                      .collective = "mcollective",
                                      .agent = "x",
                                      .identity = bad[i]};
        assert_int_equal(mc_connector_publish(peer.connector, &publish), -EINVAL);
    }
    peer_close(&peer);
    mc_loop_free(loop);
}

static int listener(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

/* Accepts one connection, says something, then nothing more: the next attempt must
 * come, and the loop must not wait. */
static void stalls_after(const char *greeting, const char *more)
{
    struct mc_loop *loop = mc_loop_new();
    struct peer peer;
    char config[CONFIG_BYTES];
    char all[CONFIG_BYTES / 2];
    int port = 0;
    int fd = listener(&port);

    (void)snprintf(all, sizeof(all), "plugin.nats.connect_timeout = 0.2\n%s", more);
    config_text(&config, port, "127.0.0.1", all);
    peer_open(&peer, loop, config, "me");
    int first = accept(fd, NULL, NULL);
    assert_int_equal(send(first, greeting, strlen(greeting), MSG_NOSIGNAL),
                     strlen(greeting));
    expect_within(loop, &peer.links[MC_LINK_RETRY], 1, "a stalled attempt ends");
    int second = accept(fd, NULL, NULL);
    assert_true(second >= 0);
    peer_close(&peer);
    mc_loop_free(loop);
    close(first);
    close(second);
    close(fd);
}

/* A thread that is cancelled inside the library leaves behind what that had allocated,
 * and a stack that AddressSanitizer believes to be in use. */
static void skip_when_sanitized(void)
{
#ifdef MC_SANITIZED
    print_message("# cancels a thread, which sanitizers cannot follow\n");
    skip();
#endif
}

#define INFO(tls)                                                              \
    "INFO {\"server_id\":\"x\",\"version\":\"2.9.0\",\"max_payload\":1048576," \
    "\"tls_required\":" tls "}\r\n"

static void silent_server_is_left(void **state)
{
    (void)state;
    stalls_after("", "");
    stalls_after("INFO {", "");
}

static void server_silent_after_its_greeting_is_left(void **state)
{
    (void)state;
    skip_when_sanitized();
    stalls_after(INFO("false"), "");
}

static void server_silent_in_the_handshake_is_left(void **state)
{
    (void)state;
    skip_when_sanitized();
    stalls_after(INFO("true"), "");
}

static void nkey_is_derived(void **state)
{
    /* A pair made by mc_nkey of t/lib/broker.sh, which nats-server accepts. */
    char public[MC_NKEY_PUBLIC_LETTERS + 1];
    struct mc_error error = {.text = ""};

    (void)state;
    assert_int_equal(
        mc_nkey_public(
            MC_BYTES(
                "-----\nSUACXI6AEY4DVHB5MMLTGJT27Y6CCOXMAB7VYUEKOW5CQKD2TX3YSGFBQQ\n"),
            &public, &error),
        0);
    assert_string_equal(public,
                        "UBAZAHX4QAOPTDZABY47UKT6PM4EJ2GKYKCLK7IJ4HXEBFDYCXS7OHX2");
    assert_int_equal(
        mc_nkey_public(
            MC_BYTES("SUACXI6AEY4DVHB5MMLTGJT27Y6CCOXMAB7VYUEKOW5CQKD2TX3YSGFCQQ\n"),
            &public, &error),
        -EINVAL);
    assert_int_equal(mc_nkey_public(MC_BYTES(""), &public, &error), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_and_password),
        cmocka_unit_test(wrong_password_is_an_error_each_time),
        cmocka_unit_test(token),
        cmocka_unit_test(nkey),
        cmocka_unit_test(nkey_is_derived),
        cmocka_unit_test(server_comes_up_later),
        cmocka_unit_test(server_restarts),
        cmocka_unit_test(gives_up_when_told_to),
        cmocka_unit_test(second_server_is_tried),
        cmocka_unit_test(tls_is_verified),
        cmocka_unit_test(tls_on_demand_goes_to_a_thread),
        cmocka_unit_test(nothing_runs_on_after_finish),
        cmocka_unit_test(nobody_there_holds_up_no_reply),
        cmocka_unit_test(bad_settings_are_named),
        cmocka_unit_test(subjects_cannot_be_forged),
        cmocka_unit_test(silent_server_is_left),
        cmocka_unit_test(server_silent_after_its_greeting_is_left),
        cmocka_unit_test(server_silent_in_the_handshake_is_left),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("nats", tests, NULL, NULL);
}
