/* The parts below the link that need no socket: settings, pool, heartbeats, queue, the
 * conversation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connector/stomp/pool.h"
#include "connector/stomp/session.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define S ((int64_t)1000000)

static const struct mc_stomp_defaults defaults = {
    .prefix = "activemq", .vhost = "mcollective", .port = 61613};
static const struct mc_stomp_defaults single = {
    .prefix = "stomp", .vhost = "mcollective", .port = 6163, .single = true};

#define POOL "plugin.activemq.pool.size = 1\nplugin.activemq.pool.1.host = b1\n"

static int load(const char *text, const struct mc_stomp_defaults *which,
                struct mc_arena *arena, struct mc_stomp_settings *settings,
                struct mc_error *error)
{
    struct mc_config *config = NULL;

    memset(error, 0, sizeof(*error));
    int r = mc_config_parse(mc_bytes_text(text), "test.cfg", MC_ROLE_NODE, NULL, NULL,
                            &config, error);
    if (r < 0) {
        fail_msg("%s", error->text);
    }
    r = mc_stomp_settings_load(config, which, arena, settings, error);
    mc_config_free(config);
    return r;
}

static void settings_have_the_defaults_of_the_spec(void **state)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_STOMP_SETTINGS_BYTES_MAX);
    struct mc_stomp_settings settings;
    struct mc_error error;

    (void)state;
    assert_int_equal(load(POOL, &defaults, arena, &settings, &error), 0);
    assert_int_equal(settings.broker_count, 1);
    assert_string_equal(settings.brokers[0].host, "b1");
    assert_int_equal(settings.brokers[0].port, 61613);
    assert_string_equal(settings.brokers[0].user, "");
    assert_string_equal(settings.brokers[0].password, "");
    assert_false(settings.brokers[0].tls.enabled);
    assert_string_equal(settings.vhost, "mcollective");
    assert_true(settings.initial_delay_s > 0.0099 && settings.initial_delay_s < 0.0101);
    assert_true(settings.max_delay_s > 29.9 && settings.max_delay_s < 30.1);
    assert_true(settings.exponential);
    assert_int_equal(settings.multiplier, 2);
    assert_int_equal(settings.attempts_max, 0);
    assert_int_equal(settings.connect_timeout_ms, 30000);
    assert_int_equal(settings.heartbeat_s, 0);
    assert_true(settings.fallback_1_0);
    assert_int_equal(settings.hbread_fails_max, 2);
    assert_int_equal(settings.priority, 0);
    assert_false(settings.base64 || settings.randomize || settings.agents_multiplex ||
                 settings.use_reply_exchange);
    assert_null(settings.notice);
}

static void wrong_settings_are_named(void **state)
{
    static const struct
    {
        const char *text;
        const char *error;
    } tries[] = {
        {"",
         "plugin.activemq.pool.size is not set; write plugin.activemq.pool.size = 1"},
        {"plugin.activemq.pool.size = 0\n", "activemq.pool.size"},
        {"plugin.activemq.pool.size = 65\n", "activemq.pool.size"},
        {"plugin.activemq.pool.size = many\n", "activemq.pool.size"},
        {"plugin.activemq.pool.size = 1\n", "plugin.activemq.pool.1.host is not set"},
        {POOL "plugin.activemq.pool.size = 2\n",
         "plugin.activemq.pool.2.host is not set"},
        {POOL "plugin.activemq.pool.1.port = 65536\n", "activemq.pool.1.port"},
        {POOL "plugin.activemq.pool.1.ssl = on\n", "activemq.pool.1.ssl"},
        {POOL "plugin.activemq.pool.1.ssl = 1\n", "activemq.pool.1.ssl: ca is not set"},
        {POOL "plugin.activemq.pool.1.ssl = 1\nplugin.activemq.pool.1.ssl.ca = /no/x\n"
              "plugin.activemq.pool.1.ssl.key = /no/x\n",
         "activemq.pool.1.ssl: cert is not set"},
        {POOL "plugin.activemq.pool.1.ssl = 1\n"
              "plugin.activemq.pool.1.ssl.ca = /no/ca.pem\n"
              "plugin.activemq.pool.1.ssl.cert = /no/c.pem\n"
              "plugin.activemq.pool.1.ssl.key = /no/k.pem\n",
         "/no/c.pem: No such file"},
        {POOL "plugin.activemq.initial_reconnect_delay = soon\n",
         "activemq.initial_reconnect_delay"},
        {POOL "plugin.activemq.back_off_multiplier = 1.5\n",
         "activemq.back_off_multiplier"},
        {POOL "plugin.activemq.heartbeat_interval = -1\n",
         "activemq.heartbeat_interval"},
        {POOL "plugin.activemq.base64 = maybe\n", "activemq.base64"},
        {POOL "plugin.activemq.connect_timeout = 0\n", "activemq.connect_timeout"},
    };
    struct mc_stomp_settings settings;
    struct mc_error error;

    (void)state;
    for (size_t i = 0; i < MC_COUNT(tries); i++) {
        struct mc_arena *arena = mc_arena_new(MC_STOMP_SETTINGS_BYTES_MAX);
        int r = load(tries[i].text, &defaults, arena, &settings, &error);
        if (r != -EINVAL || !strstr(error.text, tries[i].error)) {
            fail_msg("%zu: %d %s", i, r, error.text);
        }
        mc_arena_free(arena);
    }
}

static void a_0_4_8_configuration_is_a_pool_of_one(void **state)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_STOMP_SETTINGS_BYTES_MAX);
    struct mc_stomp_settings settings;
    struct mc_error error;

    (void)state;
    assert_int_equal(load("", &single, arena, &settings, &error), -EINVAL);
    assert_non_null(strstr(error.text, "or plugin.stomp.host = <your broker>"));
    assert_int_equal(load("plugin.stomp.host = old\nplugin.stomp.user = u\n"
                          "plugin.stomp.password = p\n",
                          &single, arena, &settings, &error),
                     0);
    assert_int_equal(settings.broker_count, 1);
    assert_string_equal(settings.brokers[0].host, "old");
    assert_int_equal(settings.brokers[0].port, 6163);
    assert_string_equal(settings.brokers[0].password, "p");
    assert_int_equal(setenv("STOMP_SERVER", "env", 1), 0);
    assert_int_equal(setenv("STOMP_PORT", "6000", 1), 0);
    assert_int_equal(
        load("plugin.stomp.host = old\n", &single, arena, &settings, &error), 0);
    assert_string_equal(settings.brokers[0].host, "env");
    assert_int_equal(settings.brokers[0].port, 6000);
    assert_int_equal(setenv("STOMP_PORT", "6000x", 1), 0);
    assert_int_equal(
        load("plugin.stomp.host = old\n", &single, arena, &settings, &error), -EINVAL);
    assert_non_null(strstr(error.text, "STOMP_PORT"));
    (void)unsetenv("STOMP_SERVER");
    (void)unsetenv("STOMP_PORT");
}

/* In a session of its own, where there is no terminal. */
static int ask_without_terminal(const char *text, const char *error_text)
{
    struct mc_arena *arena = mc_arena_new(MC_STOMP_SETTINGS_BYTES_MAX);
    struct mc_stomp_settings settings;
    struct mc_config *config = NULL;
    struct mc_error error = {{0}};

    if (setsid() < 0 ||
        mc_config_parse(mc_bytes_text(text), "t", MC_ROLE_CLIENT, NULL, NULL, &config,
                        &error) < 0 ||
        mc_stomp_settings_load(config, &defaults, arena, &settings, &error) < 0) {
        return 2;
    }
    int r = mc_stomp_settings_ask(config, &defaults, arena, &settings, &error);
    mc_config_free(config);
    mc_arena_free(arena);
    return error_text ? r != -EINVAL || !strstr(error.text, error_text) : r != 0;
}

static void prompts_need_a_terminal(void **state)
{
    static const char *const tries[][2] = {
        {POOL, NULL},
        {POOL "plugin.activemq.prompt_user = 1\nplugin.activemq.prompt_password = 1\n"
              "plugin.activemq.pool.1.user = u\nplugin.activemq.pool.1.password = p\n",
         NULL},
        {POOL "plugin.activemq.prompt_user = 1\n",
         "plugin.activemq.prompt_user is set, but there is no terminal"},
        {POOL "plugin.activemq.prompt_password = 1\n",
         "plugin.activemq.prompt_password is set, but there is no terminal"},
        {POOL "plugin.activemq.prompt_user = maybe\n", "activemq.prompt_user"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(tries); i++) {
        int status = 0;
        pid_t pid = fork();
        if (pid == 0) {
            _exit(ask_without_terminal(tries[i][0], tries[i][1]));
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    }
}

static void attempts_are_counted(void **state)
{
    static const struct mc_stomp_broker broker;
    const struct mc_stomp_settings settings = {
        .brokers = &broker, .broker_count = 1, .attempts_max = 2};
    struct mc_stomp_pool pool;
    uint64_t delay_ms = 0;

    (void)state;
    mc_stomp_pool_init(&pool, &settings);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(mc_stomp_pool_failed(&pool, &delay_ms), 0);
        mc_stomp_pool_good(&pool);
    }
    assert_int_equal(mc_stomp_pool_failed(&pool, &delay_ms), 0);
    assert_int_equal(mc_stomp_pool_failed(&pool, &delay_ms), MC_STOMP_POOL_EXHAUSTED);
}

static void a_random_pool_visits_every_broker(void **state)
{
    static const struct mc_stomp_broker brokers[5];
    const struct mc_stomp_settings settings = {
        .brokers = brokers, .broker_count = 5, .randomize = true};
    struct mc_stomp_pool pool;
    unsigned seen = 0;
    uint64_t delay_ms = 0;

    (void)state;
    mc_stomp_pool_init(&pool, &settings);
    for (int i = 0; i < 1000; i++) {
        const struct mc_stomp_broker *before = mc_stomp_pool_broker(&pool);
        assert_int_equal(mc_stomp_pool_failed(&pool, &delay_ms), 0);
        assert_ptr_not_equal(mc_stomp_pool_broker(&pool), before);
        seen |= 1u << (mc_stomp_pool_broker(&pool) - brokers);
    }
    assert_int_equal(seen, 31);
}

static void a_delay_of_zero_is_no_endless_storm(void **state)
{
    static const struct mc_stomp_broker broker;
    const struct mc_stomp_settings settings = {.brokers = &broker,
                                               .broker_count = 1,
                                               .max_delay_s = 30,
                                               .exponential = true,
                                               .multiplier = 2};
    struct mc_stomp_pool pool;
    uint64_t delay_ms = 0;

    (void)state;
    mc_stomp_pool_init(&pool, &settings);
    assert_int_equal(mc_stomp_pool_failed(&pool, &delay_ms), 0);
    assert_int_equal(delay_ms, 10);
    assert_int_equal(mc_stomp_pool_failed(&pool, &delay_ms), 0);
    assert_int_equal(delay_ms, 20);
}

static void heartbeats_keep_the_period(void **state)
{
    struct mc_stomp_beats beats;
    int64_t next_us = 0;

    (void)state;
    /* Ours: 30500 sent, 29500 wanted; the server sends 40000 and wants 10000. */
    mc_stomp_beats_init(&beats, 30, "40000,10000", 2, 0);
    assert_int_equal(beats.send_us, 30500000);
    assert_int_equal(beats.receive_us, 40000000);
    assert_int_equal(mc_stomp_beats_due(&beats, 0, &next_us), 0);
    assert_int_equal(next_us, 24400000); /* 80 % */
    mc_stomp_beats_sent(&beats, 10 * S);
    assert_int_equal(mc_stomp_beats_due(&beats, 24400000, &next_us), 0);
    assert_int_equal(next_us, 10 * S);
    assert_int_equal(mc_stomp_beats_due(&beats, 34400000, &next_us),
                     MC_STOMP_BEAT_SEND);
    assert_int_equal(mc_stomp_beats_due(&beats, 34400001, &next_us), 0);
}

static void silence_is_counted(void **state)
{
    struct mc_stomp_beats beats;
    int64_t next_us = 0;

    (void)state;
    mc_stomp_beats_init(&beats, 30, "29500,0", 2, 0);
    assert_int_equal(beats.send_us, 0);
    assert_int_equal(beats.receive_us, 29500000);
    mc_stomp_beats_received(&beats, 20 * S);
    assert_int_equal(mc_stomp_beats_due(&beats, 30 * S, &next_us), 0);
    assert_int_equal(mc_stomp_beats_due(&beats, 60 * S, &next_us), 0); /* one */
    mc_stomp_beats_received(&beats, 61 * S);
    assert_int_equal(mc_stomp_beats_due(&beats, 90 * S, &next_us), 0);
    assert_int_equal(mc_stomp_beats_due(&beats, 120 * S, &next_us), 0); /* one */
    assert_int_equal(mc_stomp_beats_due(&beats, 150 * S, &next_us), MC_STOMP_BEAT_LOST);
    /* 0 fails: never. */
    mc_stomp_beats_init(&beats, 30, "29500,0", 0, 0);
    for (int i = 1; i < 100; i++) {
        assert_int_equal(mc_stomp_beats_due(&beats, i * 30 * S, &next_us), 0);
    }
}

static void odd_heartbeat_headers_mean_none(void **state)
{
    static const char *const headers[] = {
        NULL, "",    "x",     "1",
        ",",  "0,0", "-1,-1", "99999999999999999999,99999999999999999999"};
    struct mc_stomp_beats beats;
    int64_t next_us = 1;

    (void)state;
    for (size_t i = 0; i < MC_COUNT(headers); i++) {
        mc_stomp_beats_init(&beats, 30, headers[i], 2, 0);
        assert_int_equal(mc_stomp_beats_due(&beats, 1000 * S, &next_us), 0);
        assert_int_equal(next_us, 0);
    }
    mc_stomp_beats_init(&beats, 0, "1,1", 2, 0);
    assert_int_equal(mc_stomp_beats_due(&beats, 1000 * S, &next_us), 0);
    assert_int_equal(next_us, 0);
}

static void the_queue_keeps_what_was_not_taken(void **state)
{
    const struct mc_stomp_send send = {.headers = {{"destination", "/q"}, {"no", NULL}},
                                       .count = 2};
    static const char *const bodies[] = {"one", "two", "three"};
    struct mc_stomp_queue queue;

    (void)state;
    mc_stomp_queue_init(&queue, 100000);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mc_stomp_queue_add(&queue, &send, mc_bytes_text(bodies[i]), 0),
                         0);
    }
    for (uint64_t end = 100; end <= 300; end += 100) {
        assert_non_null(mc_stomp_queue_peek(&queue));
        mc_stomp_queue_written(&queue, end);
    }
    assert_null(mc_stomp_queue_peek(&queue));
    assert_int_equal(queue.unwritten_bytes, 0);
    mc_stomp_queue_taken(&queue, 150); /* the second was cut in the middle */
    mc_stomp_queue_rewind(&queue);
    for (size_t i = 1; i < 3; i++) {
        const struct mc_stomp_item *item = mc_stomp_queue_peek(&queue);
        assert_true(mc_bytes_is(item->body, bodies[i]));
        assert_string_equal(item->send.headers[0].value, "/q");
        assert_null(item->send.headers[1].value);
        mc_stomp_queue_written(&queue, 100 * i);
    }
    mc_stomp_queue_taken(&queue, 1000);
    assert_int_equal(queue.bytes, 0);
    assert_int_equal(
        mc_stomp_queue_add(&queue, &send, mc_bytes_make(bodies, 100000), 0),
        MC_STOMP_QUEUE_FULL);
    mc_stomp_queue_deinit(&queue);
}

/* A conversation: what comes in, the outcome, what goes out. */
static void step(struct mc_stomp_session *session, struct mc_bytes in, int outcome,
                 const char *out)
{
    struct mc_buffer buffer;
    struct mc_error error = {{0}};
    size_t used = 0;

    mc_buffer_init(&buffer, 10000);
    int r = mc_stomp_session_input(session, in, 0, &buffer, &used, &error);
    assert_int_equal(r, outcome);
    mc_buffer_byte(&buffer, 0);
    assert_string_equal((const char *)buffer.data, out);
    mc_buffer_deinit(&buffer);
}

static void a_conversation(void **state)
{
    struct mc_stomp_settings settings = {.vhost = "v", .heartbeat_s = 30};
    const struct mc_stomp_broker broker = {.host = "b", .user = "", .password = ""};
    const struct mc_stomp_subscription subscription = {"/topic/x", NULL, "the-id"};
    struct mc_stomp_session session;
    struct mc_buffer out;

    (void)state;
    mc_stomp_session_init(&session, &settings, 100);
    mc_buffer_init(&out, 10000);
    assert_int_equal(mc_stomp_session_subscribe(&session, &subscription, &out), 0);
    assert_int_equal(out.len, 0);
    assert_int_equal(mc_stomp_session_open(&session, &broker, &out), 0);
    assert_string_equal(
        (const char *)out.data,
        "CONNECT\naccept-version:1.1\nhost:v\nheart-beat:30500,29500\n\n");
    mc_buffer_deinit(&out);
    step(&session, MC_BYTES("\n\nRECEIPT\n\n\0"), 0, "");
    step(&session, MC_BYTES("MESSAGE\n\n\0"), MC_STOMP_UNEXPECTED, "");
    step(&session, MC_BYTES("ERROR\nmessage:no\n\n\0"), MC_STOMP_ERROR, "");
    step(&session, MC_BYTES("CONNECTED\nversion:1.1\n\n\0"), MC_STOMP_UP,
         "SUBSCRIBE\ndestination:/topic/x\nid:the-id\n\n");
    step(&session, MC_BYTES("CONNECTED\nversion:1.1\n\n\0"), MC_STOMP_UNEXPECTED, "");
    step(&session, MC_BYTES("MESSAGE\n\nhi\0"), MC_STOMP_MESSAGE, "");
    assert_true(mc_bytes_is(session.parser.frame.body, "hi"));
    mc_stomp_session_close(&session);
    assert_int_equal(mc_stomp_session_open(&session, &broker, &out), 0);
    mc_buffer_deinit(&out);
    /* Only 1.0 though heartbeats were demanded; and a version nobody asked for. */
    step(&session, MC_BYTES("CONNECTED\n\n\0"), -EPROTO, "");
    assert_int_equal(mc_stomp_session_open(&session, &broker, &out), 0);
    step(&session, MC_BYTES("CONNECTED\nversion:1.2\n\n\0"), -EPROTO, "");
    mc_buffer_deinit(&out);
    mc_stomp_session_deinit(&session);
}

static void many_subscriptions_are_remembered(void **state)
{
    struct mc_stomp_settings settings = {.vhost = "v"};
    struct mc_stomp_session session;
    struct mc_buffer out;
    char name[32];

    (void)state;
    mc_stomp_session_init(&session, &settings, 100);
    mc_buffer_init(&out, 1000);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++) {
            (void)snprintf(name, sizeof(name), "/topic/%d", i);
            const struct mc_stomp_subscription one = {name, i % 2 ? "s" : NULL, name};
            assert_int_equal(mc_stomp_session_subscribe(&session, &one, &out), 0);
        }
        assert_int_equal(session.count, 100);
    }
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "/topic/%d", i);
        const struct mc_stomp_subscription one = {name, NULL, name};
        assert_int_equal(mc_stomp_session_unsubscribe(&session, &one, &out), 0);
    }
    assert_int_equal(session.count, 50);
    assert_int_equal(out.len, 0);
    mc_stomp_session_deinit(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_have_the_defaults_of_the_spec),
        cmocka_unit_test(wrong_settings_are_named),
        cmocka_unit_test(a_0_4_8_configuration_is_a_pool_of_one),
        cmocka_unit_test(prompts_need_a_terminal),
        cmocka_unit_test(attempts_are_counted),
        cmocka_unit_test(a_random_pool_visits_every_broker),
        cmocka_unit_test(a_delay_of_zero_is_no_endless_storm),
        cmocka_unit_test(heartbeats_keep_the_period),
        cmocka_unit_test(silence_is_counted),
        cmocka_unit_test(odd_heartbeat_headers_mean_none),
        cmocka_unit_test(the_queue_keeps_what_was_not_taken),
        cmocka_unit_test(a_conversation),
        cmocka_unit_test(many_subscriptions_are_remembered),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
