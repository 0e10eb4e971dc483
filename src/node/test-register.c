/* Registration, heard by a listener on the same loop as any node with the agent would
 * hear it: what is in it, where it goes, when it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "connector/connector.h"
#include "node/node.h"
#include "security/security.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COMMON                   \
    "connector = loop\n"         \
    "identity = web1\n"          \
    "collectives = main,other\n" \
    "loglevel = fatal\n"
#define PSK "securityprovider = psk\nplugin.psk = secret\n"
#define KEYS MC_SOURCE_ROOT "/t/fixtures/security-ssl/"
/* The node that listens knows the registering node as one of its callers. */
#define SSL                                                   \
    "securityprovider = ssl\n"                                \
    "plugin.ssl_server_private = " KEYS "alice-private.pem\n" \
    "plugin.ssl_server_public = " KEYS "clients/alice.pem\n"  \
    "plugin.ssl_client_cert_dir = " KEYS "clients\n"

struct bench
{
    struct mc_arena *arena;
    struct mc_loop *loop;
    struct mc_config *config;
    struct mc_ddl_store *ddls;
    struct mc_security *security;
    struct mc_connector *listener;
    struct mc_node *node;
    struct mc_sink sink;
    size_t got;
    struct mc_request *request;
    size_t sent;
    size_t elsewhere;
    size_t failed;
};

static void on_event(void *user, const struct mc_event *event)
{
    struct bench *bench = user;

    bench->sent += event->id == MC_EVENT_registration_sent;
    bench->elsewhere += event->id == MC_EVENT_registration_elsewhere;
    bench->failed += event->id == MC_EVENT_registration_failed;
}

static void on_message(void *user, const struct mc_delivery *delivery)
{
    struct bench *bench = user;
    struct mc_error error = {""};

    int r = mc_security_open_request(bench->security, delivery->body, bench->arena,
                                     &bench->request, &error);
    if (r) {
        print_error("%s\n", error.text);
    }
    assert_int_equal(r, 0);
    assert_non_null(delivery->reply_to);
    bench->got++;
}

static void on_link(void *user, enum mc_link_state state, const char *text)
{
    (void)user;
    (void)state;
    (void)text;
}

static struct mc_value *facts_of(struct mc_arena *arena)
{
    struct mc_value *facts = mc_value_hash(arena);

    assert_int_equal(
        mc_value_set_text(arena, facts, "country", mc_value_text(arena, "uk")), 0);
    return facts;
}

static int begin(struct bench *bench, const char *settings, const char *collective,
                 struct mc_error *error)
{
    static const char *const folders[] = {MC_SOURCE_ROOT "/plugins", NULL};

    *bench = (struct bench){.arena = mc_arena_new(1 << 26), .loop = mc_loop_new()};
    bench->sink = (struct mc_sink){.fn = on_event, .user = bench};
    const char *text = mc_arena_printf(bench->arena, COMMON "%s", settings);
    assert_int_equal(mc_config_parse(mc_bytes_text(text), "test", MC_ROLE_NODE, NULL,
                                     NULL, &bench->config, error),
                     0);
    bench->ddls = mc_ddl_store_new(folders);
    assert_int_equal(
        mc_security_open(bench->config, MC_ROLE_NODE, &bench->security, error), 0);
    const struct mc_connector_spec spec = {
        .loop = bench->loop,
        .config = bench->config,
        .role = MC_ROLE_NODE,
        .identity = "listener",
        .events = {.message = on_message, .link = on_link, .user = bench},
    };
    const struct mc_target target = {
        .kind = MC_TARGET_BROADCAST, .collective = collective, .agent = "registration"};
    assert_int_equal(mc_connector_open(&spec, &bench->listener, error), 0);
    assert_int_equal(mc_connector_subscribe(bench->listener, &target), 0);
    struct mc_value *classes = mc_value_array(bench->arena);
    assert_int_equal(
        mc_value_push(bench->arena, classes, mc_value_text(bench->arena, "apache")), 0);
    const struct mc_node_spec node = {
        .loop = bench->loop,
        .config = bench->config,
        .ddls = bench->ddls,
        .sink = &bench->sink,
        .facts = facts_of(bench->arena),
        .classes = classes,
    };
    return mc_node_new(&node, &bench->node, error);
}

static void end(struct bench *bench)
{
    mc_node_free(bench->node);
    mc_connector_free(bench->listener);
    mc_security_free(bench->security);
    mc_ddl_store_free(bench->ddls);
    mc_config_free(bench->config);
    mc_loop_free(bench->loop);
    mc_arena_free(bench->arena);
}

static void listen_for(struct bench *bench, size_t count)
{
    int64_t until_us = mc_clock_monotonic_us() + 10 * 1000 * 1000;

    while (bench->got < count && mc_clock_monotonic_us() < until_us) {
        assert_int_equal(mc_loop_once(bench->loop, 100), 0);
    }
    assert_int_equal(bench->got, count);
}

/* Turns of the loop in which all that is due happens. */
static void settle(struct bench *bench)
{
    for (int i = 0; i < 20; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 0), 0);
    }
}

static bool holds(const struct mc_value *array, const char *text)
{
    for (size_t i = 0; i < mc_value_count(array); i++) {
        const char *item = mc_value_cstr(mc_value_item(array, i));
        if (item && strcmp(item, text) == 0) {
            return true;
        }
    }
    return false;
}

static void the_list_of_agents_comes_at_once(void **state)
{
    static const struct
    {
        const char *settings;
        const char *caller;
    } rows[] = {
        {PSK "registerinterval = 300\n", "uid="},
        {SSL "registerinterval = 300\n", "cert=alice"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct bench bench;
        struct mc_error error = {""};
        assert_int_equal(begin(&bench, rows[i].settings, "main", &error), 0);
        listen_for(&bench, 1);
        const struct mc_request *request = bench.request;
        assert_string_equal(request->sender, "web1");
        assert_string_equal(request->agent, "registration");
        assert_string_equal(request->collective, "main");
        assert_int_equal(request->ttl_s, 60);
        assert_in_range(request->time_s, mc_clock_now_s() - 20, mc_clock_now_s());
        assert_true(mc_bytes_starts(mc_bytes_text(request->caller), rows[i].caller));
        assert_int_equal(request->filter.agents.count, 1);
        assert_string_equal(request->filter.agents.items[0].text, "registration");
        assert_true(mc_value_is(request->payload, MC_ARRAY));
        assert_string_equal(mc_value_cstr(mc_value_item(request->payload, 0)),
                            "discovery");
        assert_true(holds(request->payload, "rpcutil"));
        settle(&bench);
        assert_int_equal(bench.got, 1);
        assert_int_equal(bench.sent, 1);
        end(&bench);
    }
}

static void metadata_has_symbols_for_keys(void **state)
{
    struct bench bench;
    struct mc_error error = {""};

    (void)state;
    assert_int_equal(begin(&bench,
                           PSK "registerinterval = 300\nregistration = Meta\n"
                               "registration_splay = 0\n",
                           "main", &error),
                     0);
    listen_for(&bench, 1);
    const struct mc_value *body = bench.request->payload;
    assert_true(mc_value_is(body, MC_HASH));
    assert_true(holds(mc_value_get_symbol(body, "agentlist"), "rpcutil"));
    assert_true(holds(mc_value_get_symbol(body, "classes"), "apache"));
    assert_true(holds(mc_value_get_symbol(body, "collectives"), "main"));
    assert_true(holds(mc_value_get_symbol(body, "collectives"), "other"));
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(body, "identity")), "web1");
    assert_string_equal(
        mc_value_cstr(mc_value_get_text(mc_value_get_symbol(body, "facts"), "country")),
        "uk");
    assert_int_equal(body->hash.count, 5);
    end(&bench);
}

static void it_comes_again(void **state)
{
    struct bench bench;
    struct mc_error error = {""};

    (void)state;
    /* A random whole number of seconds below 1 is 0. */
    assert_int_equal(begin(&bench, PSK "registerinterval = 1\nregistration_splay = 1\n",
                           "main", &error),
                     0);
    int64_t began_us = mc_clock_monotonic_us();
    listen_for(&bench, 2);
    assert_in_range(mc_clock_monotonic_us() - began_us, 900 * 1000, 5 * 1000 * 1000);
    end(&bench);
}

static void the_collective_can_be_chosen(void **state)
{
    struct bench bench;
    struct mc_error error = {""};

    (void)state;
    assert_int_equal(
        begin(&bench, PSK "registerinterval = 9\nregistration_collective = other\n",
              "other", &error),
        0);
    listen_for(&bench, 1);
    assert_string_equal(bench.request->collective, "other");
    assert_int_equal(bench.elsewhere, 0);
    end(&bench);
    assert_int_equal(begin(&bench,
                           PSK "registerinterval = 9\nregistration_collective = moon\n",
                           "main", &error),
                     0);
    listen_for(&bench, 1);
    assert_string_equal(bench.request->collective, "main");
    assert_int_equal(bench.elsewhere, 1);
    end(&bench);
}

static void it_is_off_unless_asked_for(void **state)
{
    struct bench bench;
    struct mc_error error = {""};

    (void)state;
    assert_int_equal(begin(&bench, PSK "registration = unheard_of\n", "main", &error),
                     0);
    settle(&bench);
    assert_int_equal(bench.got, 0);
    end(&bench);
}

static void wrong_settings_are_named(void **state)
{
    static const struct
    {
        const char *settings;
        const char *words;
    } rows[] = {
        {PSK "registerinterval = 9\nregistration = puppet\n", "agentlist, meta"},
        {PSK "registerinterval = -1\n", "registerinterval"},
        {PSK "registerinterval = 99999999999\n", "registerinterval"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct bench bench;
        struct mc_error error = {""};
        assert_int_equal(begin(&bench, rows[i].settings, "main", &error), -EINVAL);
        assert_non_null(strstr(error.text, rows[i].words));
        assert_null(bench.node);
        end(&bench);
    }
}

/* Of three nodes with a splay of up to 100000 seconds none is likely to register at
 * once: once in 10 to the power of 15. */
static void splay_only_when_set(void)
{
    size_t got = 0;

    for (int i = 0; i < 3; i++) {
        struct bench bench;
        struct mc_error error = {""};
        assert_int_equal(
            begin(&bench, PSK "registerinterval = 100000\nregistration_splay = 1\n",
                  "main", &error),
            0);
        settle(&bench);
        got += bench.got;
        end(&bench);
        assert_int_equal(
            begin(&bench, PSK "registerinterval = 100000\n", "main", &error), 0);
        settle(&bench);
        assert_int_equal(bench.got, 1);
        end(&bench);
    }
    assert_true(got < 3);
}

/* Plugins of the original may have nothing to say, and then nothing is sent; those here
 * always have. */
static void corner_case_98_interval_collective_and_splay(void **state)
{
    it_is_off_unless_asked_for(state);
    the_collective_can_be_chosen(state);
    splay_only_when_set();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_of_agents_comes_at_once),
        cmocka_unit_test(metadata_has_symbols_for_keys),
        cmocka_unit_test(it_comes_again),
        cmocka_unit_test(corner_case_98_interval_collective_and_splay),
        cmocka_unit_test(wrong_settings_are_named),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
