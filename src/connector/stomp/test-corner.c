/* Corner cases 1 to 14 of the original's own tests (spec collective.md 6): the frames,
 * times and subscriptions of its two STOMP connectors, and how it comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "connector/activemq/activemq.h"
#include "connector/stomp/test-broker.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEYS MC_SOURCE_ROOT "/t/fixtures/security-aes/"
#define POOL "plugin.activemq.pool.size = 1\nplugin.activemq.pool.1.host = b1\n"
#define TLS POOL "plugin.activemq.pool.1.ssl = 1\n"
#define TLS_CA "plugin.activemq.pool.1.ssl.ca = " KEYS "ca.pem"
#define TLS_CERT "plugin.activemq.pool.1.ssl.cert = " KEYS "carol.pem\n"
#define TLS_KEY "plugin.activemq.pool.1.ssl.key = " KEYS "carol-private.pem\n"
#define TLS_FALLBACK "plugin.activemq.pool.1.ssl.fallback = 1\n"

static const struct mc_target broadcast = {
    .kind = MC_TARGET_BROADCAST, .collective = "mc", .agent = "rpcutil"};
static const struct mc_target direct = {.kind = MC_TARGET_DIRECT, .collective = "sub"};
static const struct mc_target replies = {
    .kind = MC_TARGET_REPLY, .collective = "mc", .agent = "rpcutil", .sequence = 3};

static struct mc_publish request(enum mc_target_kind kind, const char *node)
{
    return (struct mc_publish){.kind = kind,
                               .collective = "mc",
                               .agent = "rpcutil",
                               .identity = node,
                               .reply_to = "/queue/r",
                               .ttl_s = 60,
                               .body = MC_BYTES("hi")};
}

static int load(const char *text, const char *prefix, struct mc_arena *arena,
                struct mc_stomp_settings *settings, struct mc_error *error)
{
    const struct mc_stomp_defaults defaults = {
        .prefix = prefix, .vhost = "v", .port = 61613};
    struct mc_config *config = NULL;

    memset(error, 0, sizeof(*error));
    int r = mc_config_parse(mc_bytes_text(text), "test.cfg", MC_ROLE_NODE, NULL, NULL,
                            &config, error);
    if (r < 0) {
        fail_msg("%s", error->text);
    }
    r = mc_stomp_settings_load(config, &defaults, arena, settings, error);
    mc_config_free(config);
    return r;
}

/* The CONNECT of these settings. */
static void expect_connect(const char *text, const char *wanted)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_STOMP_SETTINGS_BYTES_MAX);
    struct mc_stomp_settings settings;
    struct mc_stomp_session session;
    struct mc_buffer out;
    struct mc_error error;

    assert_int_equal(load(text, "activemq", arena, &settings, &error), 0);
    mc_stomp_session_init(&session, &settings, 100);
    mc_buffer_init(&out, 1000);
    assert_int_equal(mc_stomp_session_open(&session, &settings.brokers[0], &out), 0);
    assert_string_equal((const char *)out.data, wanted);
    mc_buffer_deinit(&out);
    mc_stomp_session_deinit(&session);
}

static void corner_case_1_a_short_heartbeat_interval_is_raised(void **state)
{
    (void)state;
    expect_connect(POOL "plugin.activemq.heartbeat_interval = 1\n",
                   "CONNECT\naccept-version:1.1,1.0\nhost:v\n"
                   "heart-beat:30500,29500\n\n");
    expect_connect(POOL "plugin.activemq.heartbeat_interval = 1\n"
                        "plugin.activemq.stomp_1_0_fallback = 0\n",
                   "CONNECT\naccept-version:1.1\nhost:v\nheart-beat:30500,29500\n\n");
    expect_connect(POOL, "CONNECT\naccept-version:1.0\nhost:v\n\n");
}

static const char *value(const struct mc_stomp_send *send, const char *name)
{
    for (size_t i = 0; i < send->count; i++) {
        if (strcmp(send->headers[i].name, name) == 0) {
            return send->headers[i].value;
        }
    }
    return NULL;
}

static struct mc_stomp_send sent_by_activemq(unsigned priority,
                                             const struct mc_publish *publish,
                                             struct mc_arena *arena)
{
    struct mc_stomp_settings settings = {.priority = priority};
    const struct mc_stomp_self self = {
        .identity = "me", .pid = 42, .settings = &settings};
    struct mc_stomp_send send;

    assert_int_equal(mc_activemq_send(&self, publish, 1368557431, arena, &send), 0);
    return send;
}

static void corner_case_2_a_priority_of_zero_is_no_header(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(65536);
    const struct mc_publish publish = request(MC_TARGET_BROADCAST, NULL);
    struct mc_stomp_send send = sent_by_activemq(0, &publish, arena);

    (void)state;
    assert_null(value(&send, "priority"));
    send = sent_by_activemq(9, &publish, arena);
    assert_string_equal(value(&send, "priority"), "9");
}

static void corner_case_3_messages_outlive_their_ttl_by_ten_seconds(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(65536);
    struct mc_publish publish = request(MC_TARGET_BROADCAST, NULL);

    (void)state;
    publish.ttl_s = 100;
    struct mc_stomp_send send = sent_by_activemq(0, &publish, arena);
    assert_string_equal(value(&send, "timestamp"), "1368557431000");
    assert_string_equal(value(&send, "expires"), "1368557541000");
}

static void corner_case_4_each_host_has_its_own_frame(void **state)
{
    static const char *const hosts[] = {"n2", "n3"};
    struct bed bed;
    char frame[256];

    (void)state;
    bed_open(&bed, "activemq", "");
    come_up(&bed);
    for (size_t i = 0; i < MC_COUNT(hosts); i++) {
        struct mc_publish publish = request(MC_TARGET_DIRECT, hosts[i]);
        assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    }
    for (size_t i = 0; i < MC_COUNT(hosts); i++) {
        int len = snprintf(frame, sizeof(frame),
                           "SEND\ntimestamp:#\nexpires:#\nreply-to:/queue/r\n"
                           "mc_identity:%s\nmc_sender:n1.example.net\n"
                           "destination:/queue/mc.nodes\ncontent-length:2\n\nhi",
                           hosts[i]);
        expect(&bed, frame, (size_t)len + 1);
    }
    assert_int_equal(bed.broker.in.len, 0);
    bed_close(&bed);
}

static void corner_case_5_the_selector_belongs_to_the_subscription(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(65536);
    const struct mc_stomp_settings settings = {0};
    const struct mc_stomp_self self = {
        .identity = "me", .pid = 42, .settings = &settings};
    struct mc_publish publish = request(MC_TARGET_DIRECT, "n2");
    struct mc_stomp_subscription made;
    struct mc_stomp_send send = sent_by_activemq(0, &publish, arena);

    (void)state;
    assert_int_equal(mc_activemq_subscription(&self, &direct, arena, &made), 0);
    assert_string_equal(made.destination, "/queue/sub.nodes");
    assert_string_equal(made.selector, "mc_identity = 'me'");
    assert_string_equal(made.id, "sub_directed_to_identity");
    assert_string_equal(value(&send, "destination"), "/queue/mc.nodes");
    assert_null(value(&send, "selector"));
    assert_null(value(&send, "id"));
}

static void corner_case_6_replies_go_where_the_request_says(void **state)
{
    struct bed bed;
    struct mc_publish publish = request(MC_TARGET_REPLY, NULL);
    struct mc_target target = broadcast;

    (void)state;
    bed_open(&bed, "activemq", "");
    come_up(&bed);
    publish.reply_to = "/queue/of the: client ";
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed, "SEND\ntimestamp:#\nexpires:#\nmc_sender:n1.example.net\n"
                 "destination:/queue/of the: client \ncontent-length:2\n\nhi\0");
    publish.reply_to = NULL;
    assert_int_equal(mc_connector_publish(bed.connector, &publish), -EINVAL);
    publish = request(MC_TARGET_BROADCAST, NULL);
    publish.collective = "elsewhere";
    assert_int_equal(mc_connector_publish(bed.connector, &publish), -EINVAL);
    target.collective = "elsewhere";
    assert_int_equal(mc_connector_subscribe(bed.connector, &target), -EINVAL);
    /* A type that is none. */
    publish = request((enum mc_target_kind)99, "n2");
    assert_int_equal(mc_connector_publish(bed.connector, &publish), -EINVAL);
    target = (struct mc_target){
        .kind = (enum mc_target_kind)99, .collective = "mc", .agent = "rpcutil"};
    assert_int_equal(mc_connector_subscribe(bed.connector, &target), -EINVAL);
    assert_int_equal(bed.broker.in.len, 0);
    bed_close(&bed);
}

/* A subscription and where it would be sent to, by the settings. */
static void expect_names(bool multiplex, const struct mc_target *target,
                         const char *wanted)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(65536);
    const struct mc_stomp_settings settings = {.agents_multiplex = multiplex};
    const struct mc_stomp_self self = {
        .identity = "me", .pid = 42, .settings = &settings};
    struct mc_stomp_subscription made;

    assert_int_equal(mc_activemq_subscription(&self, target, arena, &made), 0);
    assert_string_equal(made.destination, wanted);
}

static void corner_case_7_multiplexing_changes_broadcasts_only(void **state)
{
    (void)state;
    expect_names(false, &broadcast, "/topic/mc.rpcutil.agent");
    expect_names(true, &broadcast, "/topic/mc.agents");
    for (int multiplex = 0; multiplex < 2; multiplex++) {
        expect_names(multiplex, &direct, "/queue/sub.nodes");
        /* Identity, process and number of the request. */
        expect_names(multiplex, &replies, "/queue/mc.reply.me_42.3");
    }
}

/* Nobody but the broker can tell here that a subscription is there already; its error
 * is told and the link lives on. */
static void corner_case_8_a_known_subscription_is_not_made_again(void **state)
{
    struct bed bed;
    const struct mc_publish publish = request(MC_TARGET_REPLY, NULL);

    (void)state;
    bed_open(&bed, "activemq", "");
    come_up(&bed);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mc_connector_subscribe(bed.connector, &broadcast), 0);
    }
    EXPECT(&bed, "SUBSCRIBE\ndestination:/topic/mc.rpcutil.agent\n\n\0");
    SAY(&bed, "ERROR\nmessage:already subscribed\n\n\0");
    expect_log(&bed, "\nERROR already subscribed\n");
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed, "SEND\ntimestamp:#\nexpires:#\nmc_sender:n1.example.net\n"
                 "destination:/queue/r\ncontent-length:2\n\nhi\0");
    assert_int_equal(bed.broker.in.len, 0);
    assert_null(strstr((const char *)bed.log.data, "DOWN"));
    bed_close(&bed);
}

/* Both connectors tell it in the same way; how loudly is for who listens to decide. The
 * end of the connection, where the original has no frame, is told in another. */
static void corner_case_9_other_frames_are_told_apart_from_none(void **state)
{
    static const char *const names[] = {"activemq", "rabbitmq"};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        struct bed bed;
        bed_open(&bed, names[i], "");
        expect_accepted(&bed, 1);
        SAY(&bed, "CONNECTED\nversion:1.0\n\n\0");
        expect_log(&bed, "\nUP ");
        SAY(&bed, "RECEIPT\nreceipt-id:1\n\n\0CONNECTED\nversion:1.0\n\n\0");
        expect_log(&bed, "\nERROR the broker sent a frame nobody asked for\n");
        SAY(&bed, "ERROR\nmessage:Processing error\n\n\0");
        expect_log(&bed, "\nERROR Processing error\n");
        assert_null(strstr((const char *)bed.log.data, "DOWN"));
        assert_int_equal(bed.messages, 0);
        broker_close(&bed.broker);
        expect_log(&bed, "\nDOWN broker ");
        bed_close(&bed);
    }
}

/* Nothing is read while there is no connection; the original asks again each second,
 * here the timer of the next attempt is the only thing that is waited for. */
static void corner_case_10_receiving_goes_on_after_a_reconnect(void **state)
{
    struct bed bed;

    (void)state;
    bed_open(&bed, "activemq", "plugin.activemq.initial_reconnect_delay = 0.3\n");
    come_up(&bed);
    int64_t lost_us = mc_clock_monotonic_us();
    broker_close(&bed.broker);
    expect_log(&bed, "in 0.30 s\n");
    expect_accepted(&bed, 2);
    assert_true(mc_clock_monotonic_us() - lost_us >= 290000);
    expect(&bed, CONNECT_1_0, sizeof(CONNECT_1_0));
    SAY(&bed, "CONNECTED\n\n\0MESSAGE\nmc_sender:x\n\nhi\0");
    expect_log(&bed, "\nMESSAGE - - x\n");
    bed_close(&bed);
}

static void expect_delays(bool exponential, const uint64_t *delays_s, size_t count)
{
    static const struct mc_stomp_broker brokers[3];
    const struct mc_stomp_settings settings = {.brokers = brokers,
                                               .broker_count = 3,
                                               .initial_delay_s = 5,
                                               .max_delay_s = 30,
                                               .exponential = exponential,
                                               .multiplier = 2};
    struct mc_stomp_pool pool;
    uint64_t delay_ms = 0;

    mc_stomp_pool_init(&pool, &settings);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < count; i++) {
            size_t at = (round * count + i) % 3;
            assert_ptr_equal(mc_stomp_pool_broker(&pool), &brokers[at]);
            assert_int_equal(mc_stomp_pool_failed(&pool, &delay_ms), 0);
            assert_int_equal(delay_ms, delays_s[i] * 1000);
        }
        mc_stomp_pool_good(&pool);
    }
}

/* The original has a second sequence for odd frames, which never begins anew. Here there
 * is one, it begins anew once a connection has held, and without growth the first delay
 * stays: no delay at all would ask a broken broker as fast as the machine can. */
static void corner_case_11_delays_grow_to_the_cap_and_begin_anew(void **state)
{
    static const uint64_t growing_s[] = {5, 10, 20, 30, 30};
    static const uint64_t even_s[] = {5, 5, 5};

    (void)state;
    expect_delays(true, growing_s, MC_COUNT(growing_s));
    expect_delays(false, even_s, MC_COUNT(even_s));
}

/* error: NULL when the settings are good, verified or not. */
static void expect_tls(const char *text, bool verify, const char *error_text)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_STOMP_SETTINGS_BYTES_MAX);
    struct mc_stomp_settings settings;
    struct mc_error error;
    int r = load(text, "activemq", arena, &settings, &error);

    if (error_text) {
        assert_int_equal(r, -EINVAL);
        if (!strstr(error.text, error_text)) {
            fail_msg("'%s' does not hold '%s'", error.text, error_text);
        }
        return;
    }
    if (r) {
        fail_msg("%s", error.text);
    }
    assert_true(settings.brokers[0].tls.enabled);
    assert_int_equal(settings.brokers[0].tls.verify, verify);
    assert_int_equal(settings.notice == NULL, verify);
}

static void corner_case_12_each_file_of_verified_tls_is_needed(void **state)
{
    (void)state;
    expect_tls(TLS TLS_CA "\n" TLS_CERT TLS_KEY, true, NULL);
    expect_tls(TLS TLS_CA ", " KEYS "clients/../ca.pem\n" TLS_CERT TLS_KEY, true, NULL);
    expect_tls(TLS TLS_CA ", /no/other.pem\n" TLS_CERT TLS_KEY, false,
               "/no/other.pem: No such file");
    expect_tls(TLS "plugin.activemq.pool.1.ssl.ca = /no/ca.pem," KEYS
                   "ca.pem\n" TLS_CERT TLS_KEY,
               false, "/no/ca.pem: No such file");
    expect_tls(TLS TLS_CERT TLS_KEY, false, "ca is not set");
    expect_tls(TLS TLS_CA "\n" TLS_KEY, false, "cert is not set");
    expect_tls(TLS TLS_CA "\n" TLS_CERT, false, "key is not set");
    expect_tls(TLS TLS_CA ", /no/other.pem\n" TLS_CERT TLS_KEY TLS_FALLBACK, false,
               NULL);
    expect_tls(TLS TLS_CA "\n" TLS_CERT TLS_FALLBACK, false, NULL);
    expect_tls(TLS TLS_FALLBACK, false, NULL);
}

static void set_environment(const char *const (*pairs)[2], size_t count, bool set)
{
    for (size_t i = 0; i < count; i++) {
        int r = set ? setenv(pairs[i][0], pairs[i][1], 1) : unsetenv(pairs[i][0]);
        assert_int_equal(r, 0);
    }
}

#define RABBIT "plugin.rabbitmq.pool.size = 2\nplugin.rabbitmq.pool.1.host = b1\n"

static void corner_case_13_the_environment_wins(void **state)
{
    static const char *const pairs[][2] = {
        {"STOMP_USER", "env-user"},
        {"STOMP_PASSWORD", "env-word"},
        {"MCOLLECTIVE_ACTIVEMQ_POOL1_SSL_KEY", KEYS "carol-private.pem"},
        {"MCOLLECTIVE_ACTIVEMQ_POOL1_SSL_CERT", KEYS "carol.pem"},
        {"MCOLLECTIVE_RABBITMQ_POOL2_SSL_CERT", "/no/env.pem"},
    };
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_STOMP_SETTINGS_BYTES_MAX);
    struct mc_stomp_settings settings;
    struct mc_error error;
    const char *text = TLS TLS_CA "\nplugin.activemq.pool.1.user = u\n"
                                  "plugin.activemq.pool.1.password = p\n"
                                  "plugin.activemq.pool.1.ssl.key = /no/file.key\n"
                                  "plugin.activemq.pool.1.ssl.cert = /no/file.pem\n";

    (void)state;
    set_environment(pairs, MC_COUNT(pairs), true);
    assert_int_equal(load(text, "activemq", arena, &settings, &error), 0);
    assert_string_equal(settings.brokers[0].user, "env-user");
    assert_string_equal(settings.brokers[0].password, "env-word");
    assert_string_equal(settings.brokers[0].tls.key, KEYS "carol-private.pem");
    assert_string_equal(settings.brokers[0].tls.cert, KEYS "carol.pem");
    text = RABBIT "plugin.rabbitmq.pool.2.host = b2\nplugin.rabbitmq.pool.2.ssl = 1\n"
                  "plugin.rabbitmq.pool.2.ssl.ca = " KEYS "ca.pem\n"
                  "plugin.rabbitmq.pool.2.ssl.key = " KEYS "carol-private.pem\n";
    assert_int_equal(load(text, "rabbitmq", arena, &settings, &error), -EINVAL);
    assert_non_null(strstr(error.text, "/no/env.pem"));
    set_environment(pairs, MC_COUNT(pairs), false);
    /* Where nothing is set there is the default, or an error that names the key. */
    assert_int_equal(load(POOL, "activemq", arena, &settings, &error), 0);
    assert_int_equal(settings.brokers[0].port, 61613);
    assert_string_equal(settings.brokers[0].user, "");
    assert_int_equal(load(RABBIT, "rabbitmq", arena, &settings, &error), -EINVAL);
    assert_non_null(strstr(error.text, "plugin.rabbitmq.pool.2.host is not set"));
}

/* What a RabbitMQ link of these settings does with replies. */
static void replies_of_rabbitmq(bool exchange)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(65536);
    struct bed bed;
    char wanted[256];
    const char *name = NULL;
    struct mc_publish publish = request(MC_TARGET_BROADCAST, NULL);

    bed_open(&bed, "rabbitmq",
             exchange ? "plugin.rabbitmq.use_reply_exchange = 1\n" : "");
    expect_accepted(&bed, 1);
    EXPECT(&bed, "CONNECT\naccept-version:1.0\nhost:/\nlogin:me\n"
                 "passcode:secret:1\n\n\0");
    SAY(&bed, "CONNECTED\nversion:1.0\n\n\0");
    expect_log(&bed, "\nUP ");
    assert_int_equal(mc_connector_subscribe(bed.connector, &replies), 0);
    assert_int_equal(mc_connector_reply_name(bed.connector, &replies, arena, &name), 0);
    int len = snprintf(wanted, sizeof(wanted),
                       "SUBSCRIBE\ndestination:/exchange/mcollective_reply/"
                       "n1.example.net_%d_3\n\n",
                       (int)getpid());
    if (exchange) {
        expect(&bed, wanted, (size_t)len + 1);
        assert_non_null(strstr(wanted, name));
    } else {
        assert_string_equal(name, "/temp-queue/mcollective_reply_rpcutil");
    }
    /* The target that the caller chose, whatever the mode; ttl 60. */
    publish.reply_to = "/topic/custom";
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed,
           "SEND\nreply-to:/topic/custom\nexpiration:70000\n"
           "mc_sender:n1.example.net\ndestination:/exchange/mc_broadcast/rpcutil\n"
           "content-length:2\n\nhi\0");
    publish = request(MC_TARGET_DIRECT, NULL);
    assert_int_equal(mc_connector_publish(bed.connector, &publish), -EINVAL);
    publish.identity = "";
    assert_int_equal(mc_connector_publish(bed.connector, &publish), -EINVAL);
    publish = request(MC_TARGET_REPLY, NULL);
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed, "SEND\nexpiration:70000\nmc_sender:n1.example.net\n"
                 "destination:/queue/r\ncontent-length:2\n\nhi\0");
    bed_close(&bed);
}

/* A reply has no id here at all; the original has an empty one, which it never sends. */
static void corner_case_14_rabbitmq_has_relative_times_and_its_own_replies(void **state)
{
    (void)state;
    replies_of_rabbitmq(false);
    replies_of_rabbitmq(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_1_a_short_heartbeat_interval_is_raised),
        cmocka_unit_test(corner_case_2_a_priority_of_zero_is_no_header),
        cmocka_unit_test(corner_case_3_messages_outlive_their_ttl_by_ten_seconds),
        cmocka_unit_test(corner_case_4_each_host_has_its_own_frame),
        cmocka_unit_test(corner_case_5_the_selector_belongs_to_the_subscription),
        cmocka_unit_test(corner_case_6_replies_go_where_the_request_says),
        cmocka_unit_test(corner_case_7_multiplexing_changes_broadcasts_only),
        cmocka_unit_test(corner_case_8_a_known_subscription_is_not_made_again),
        cmocka_unit_test(corner_case_9_other_frames_are_told_apart_from_none),
        cmocka_unit_test(corner_case_10_receiving_goes_on_after_a_reconnect),
        cmocka_unit_test(corner_case_11_delays_grow_to_the_cap_and_begin_anew),
        cmocka_unit_test(corner_case_12_each_file_of_verified_tls_is_needed),
        cmocka_unit_test(corner_case_13_the_environment_wins),
        cmocka_unit_test(
            corner_case_14_rabbitmq_has_relative_times_and_its_own_replies),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
