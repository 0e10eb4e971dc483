/* A fleet over the loop connector: all answer, a filter finds those it should, and the
 * same seed makes the same fleet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "connector/connector.h"
#include "security/security.h"
#include "sim/fleet.h"
#include <errno.h>
#include <string.h>

#define NODES 50

static const char settings[] = "connector = loop\n"
                               "securityprovider = psk\n"
                               "plugin.psk = secret\n"
                               "identity = client\n"
                               "loglevel = fatal\n";

struct site
{
    struct mc_arena *arena;
    struct mc_loop *loop;
    struct mc_config *config;
    struct mc_ddl_store *ddls;
    struct mc_security *security;
    struct mc_connector *connector;
    struct mc_fleet *fleet;
    const char *reply_to;
    unsigned ready;
    size_t replies;
};

static void on_ready(void *user)
{
    struct site *site = user;

    site->ready++;
}

static void on_message(void *user, const struct mc_delivery *delivery)
{
    struct site *site = user;
    struct mc_reply *reply = NULL;
    struct mc_error error;

    assert_int_equal(mc_security_open_reply(site->security, delivery->body, NULL,
                                            site->arena, &reply, &error),
                     0);
    site->replies++;
}

static void on_link(void *user, enum mc_link_state state, const char *text)
{
    (void)user;
    (void)state;
    (void)text;
}

static void open_client(struct site *site)
{
    struct mc_error error;
    const struct mc_target target = {.kind = MC_TARGET_REPLY,
                                     .collective = "mcollective",
                                     .agent = "rpcutil",
                                     .sequence = 1};
    const struct mc_connector_spec spec = {
        .loop = site->loop,
        .config = site->config,
        .role = MC_ROLE_CLIENT,
        .identity = "client",
        .events = {.message = on_message, .link = on_link, .user = site},
    };

    assert_int_equal(
        mc_security_open(site->config, MC_ROLE_CLIENT, &site->security, &error), 0);
    assert_int_equal(mc_connector_open(&spec, &site->connector, &error), 0);
    assert_int_equal(mc_connector_subscribe(site->connector, &target), 0);
    assert_int_equal(
        mc_connector_reply_name(site->connector, &target, site->arena, &site->reply_to),
        0);
}

static int set_up(void **state)
{
    static const char *const folders[] = {MC_SOURCE_ROOT "/plugins", NULL};
    struct site *site = test_calloc(1, sizeof(*site));
    struct mc_error error = {""};

    site->arena = mc_arena_new(1 << 24);
    site->loop = mc_loop_new();
    site->ddls = mc_ddl_store_new(folders);
    assert_int_equal(mc_config_parse(mc_bytes_text(settings), "test", MC_ROLE_NODE,
                                     NULL, NULL, &site->config, &error),
                     0);
    const struct mc_fleet_spec spec = {
        .loop = site->loop,
        .config = site->config,
        .ddls = site->ddls,
        .prefix = "sim",
        .first = 1,
        .count = NODES,
        .seed = 7,
        .ready = on_ready,
        .user = site,
    };
    assert_int_equal(mc_fleet_new(&spec, &site->fleet, &error), 0);
    open_client(site);
    *state = site;
    return 0;
}

static int tear_down(void **state)
{
    struct site *site = *state;

    mc_fleet_free(site->fleet);
    mc_connector_free(site->connector);
    mc_security_free(site->security);
    mc_ddl_store_free(site->ddls);
    mc_config_free(site->config);
    mc_loop_free(site->loop);
    mc_arena_free(site->arena);
    test_free(site);
    return 0;
}

static size_t ping(struct site *site, const char *fact)
{
    struct mc_request request = {
        .sender = "client",
        .collective = "mcollective",
        .agent = "rpcutil",
        .caller = "uid=0",
        .ttl_s = 60,
        .time_s = mc_clock_now_s(),
    };
    struct mc_error error;
    struct mc_bytes body;
    uint64_t replies = 0;
    uint64_t total = 0;
    uint64_t before = 0;

    mc_fleet_stats(site->fleet, &replies, &before);
    site->replies = 0;
    assert_int_equal(mc_request_new_id(site->arena, &request.id), 0);
    assert_int_equal(mc_rpc_to_value(site->arena, "rpcutil", "ping", "uid=0", NULL,
                                     true, &request.payload),
                     0);
    if (fact) {
        assert_int_equal(mc_filter_add_fact(&request.filter, site->arena, fact), 0);
    }
    assert_int_equal(
        mc_security_seal_request(site->security, &request, site->arena, &body, &error),
        0);
    const struct mc_publish publish = {
        .kind = MC_TARGET_BROADCAST,
        .collective = "mcollective",
        .agent = "rpcutil",
        .reply_to = site->reply_to,
        .ttl_s = 60,
        .body = body,
    };
    assert_int_equal(mc_connector_publish(site->connector, &publish), 0);
    for (int i = 0; i < 1000 && total < before + NODES; i++) {
        assert_int_equal(mc_loop_once(site->loop, 10), 0);
        mc_fleet_stats(site->fleet, &replies, &total);
    }
    assert_int_equal(total, before + NODES);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mc_loop_once(site->loop, 0), 0);
    }
    return site->replies;
}

static size_t invented_with(struct site *site, const char *fact, const char *word)
{
    size_t count = 0;

    for (unsigned i = 1; i <= NODES; i++) {
        struct mc_invented node;
        assert_int_equal(mc_sim_invent("sim", i, 7, site->arena, &node), 0);
        count += strcmp(mc_value_cstr(mc_value_get_text(node.facts, fact)), word) == 0;
    }
    return count;
}

static void test_all_nodes_answer(void **state)
{
    struct site *site = *state;

    assert_int_equal(ping(site, NULL), NODES);
    assert_int_equal(mc_fleet_connected(site->fleet), NODES);
    assert_int_equal(site->ready, 1);
}

static void test_a_filter_finds_the_invented_facts(void **state)
{
    struct site *site = *state;
    size_t databases = invented_with(site, "role", "db");

    assert_in_range(databases, 1, NODES - 1);
    assert_int_equal(ping(site, "role=db"), databases);
    assert_int_equal(ping(site, "role=nothing"), 0);
}

static void test_a_seed_makes_one_fleet(void **state)
{
    struct site *site = *state;
    struct mc_invented one;
    struct mc_invented same;
    size_t other = 0;

    for (unsigned i = 1; i <= NODES; i++) {
        struct mc_invented node;
        assert_int_equal(mc_sim_invent("sim", i, 7, site->arena, &one), 0);
        assert_int_equal(mc_sim_invent("sim", i, 7, site->arena, &same), 0);
        assert_int_equal(mc_sim_invent("sim", i, 8, site->arena, &node), 0);
        assert_true(mc_value_equal(one.facts, same.facts));
        assert_true(mc_value_equal(one.classes, same.classes));
        assert_string_equal(one.identity, same.identity);
        other += !mc_value_equal(one.facts, node.facts);
    }
    assert_in_range(other, NODES - 2, NODES);
}

static void test_a_fleet_has_a_size(void **state)
{
    struct site *site = *state;
    struct mc_fleet *fleet = NULL;
    struct mc_error error = {""};
    const struct mc_fleet_spec spec = {.loop = site->loop,
                                       .config = site->config,
                                       .ddls = site->ddls,
                                       .prefix = "sim"};

    assert_int_equal(mc_fleet_new(&spec, &fleet, &error), -EINVAL);
    assert_null(fleet);
    assert_non_null(strstr(error.text, "from 1 to"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_nodes_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_filter_finds_the_invented_facts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_seed_makes_one_fleet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_fleet_has_a_size, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
