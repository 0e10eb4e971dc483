/* The spine, whole: a client's bytes in through the loop connector, psk, filter, DDL,
 * agents, and the reply's bytes out. Each case names the verdict that the request's one
 * event must carry, so nothing waits for a reply that must not come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "connector/connector.h"
#include "node/node.h"
#include "security/security.h"
#include <stdio.h>
#include <string.h>

static const char node_text[] = "connector = loop\n"
                                "securityprovider = psk\n"
                                "plugin.psk = secret\n"
                                "identity = web1\n"
                                "loglevel = fatal\n";

struct bench
{
    struct mc_arena *arena;
    struct mc_loop *loop;
    struct mc_config *config;
    struct mc_ddl_store *ddls;
    struct mc_security *security;
    struct mc_connector *connector;
    struct mc_node *node;
    struct mc_sink sink;
    char verdict[64];
    int64_t run_us;
    size_t events;
    struct mc_reply *reply;
    const char *reply_to;
    struct mc_ddl_store *unused; /* as the node has told, freed */
    size_t stopped;
};

static void on_event(void *user, const struct mc_event *event)
{
    struct bench *bench = user;

    if (event->id != MC_EVENT_request_done && event->id != MC_EVENT_message_dropped &&
        event->id != MC_EVENT_message_filtered) {
        return;
    }
    bench->events++;
    bench->run_us = 0;
    for (size_t i = 0; i < event->count; i++) {
        if (strcmp(event->fields[i].name, "verdict") == 0) {
            (void)snprintf(bench->verdict, sizeof(bench->verdict), "%s",
                           event->fields[i].text);
        }
        if (strcmp(event->fields[i].name, "run_us") == 0) {
            bench->run_us = event->fields[i].number;
        }
    }
}

static void on_reply(void *user, const struct mc_delivery *delivery)
{
    struct bench *bench = user;
    struct mc_error error;

    assert_int_equal(mc_security_open_reply(bench->security, delivery->body, NULL,
                                            bench->arena, &bench->reply, &error),
                     0);
}

static void on_link(void *user, enum mc_link_state state, const char *text)
{
    (void)user;
    (void)state;
    (void)text;
}

static struct mc_value *invented_facts(struct mc_arena *arena)
{
    struct mc_value *facts = mc_value_hash(arena);

    assert_int_equal(
        mc_value_set_text(arena, facts, "country", mc_value_text(arena, "uk")), 0);
    return facts;
}

static void on_ddls_unused(void *user, struct mc_ddl_store *ddls)
{
    struct bench *bench = user;

    bench->unused = ddls;
    mc_ddl_store_free(ddls);
}

/* A node with these facts in place of the one that is there. */
static void replace_node(struct bench *bench, const struct mc_value *facts)
{
    const struct mc_node_spec node = {
        .loop = bench->loop,
        .config = bench->config,
        .ddls = bench->ddls,
        .sink = &bench->sink,
        .facts = facts,
        .classes = mc_value_array(bench->arena),
        .on_ddls_unused = on_ddls_unused,
        .user = bench,
    };
    struct mc_error error = {""};

    mc_node_free(bench->node);
    assert_int_equal(mc_node_new(&node, &bench->node, &error), 0);
}

static int set_up(void **state)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));
    struct mc_error error = {""};
    static const char *const folders[] = {MC_SOURCE_ROOT "/plugins", NULL};

    bench->arena = mc_arena_new(1 << 26);
    bench->loop = mc_loop_new();
    bench->sink = (struct mc_sink){.fn = on_event, .user = bench};
    assert_int_equal(mc_config_parse(mc_bytes_text(node_text), "test", MC_ROLE_NODE,
                                     NULL, NULL, &bench->config, &error),
                     0);
    bench->ddls = mc_ddl_store_new(folders);
    assert_int_equal(
        mc_security_open(bench->config, MC_ROLE_CLIENT, &bench->security, &error), 0);
    const struct mc_connector_spec spec = {
        .loop = bench->loop,
        .config = bench->config,
        .role = MC_ROLE_CLIENT,
        .identity = "client",
        .events = {.message = on_reply, .link = on_link, .user = bench},
    };
    assert_int_equal(mc_connector_open(&spec, &bench->connector, &error), 0);
    const struct mc_target target = {
        .kind = MC_TARGET_REPLY,
        .collective = "mcollective",
        .agent = "rpcutil",
        .sequence = 1,
    };
    assert_int_equal(mc_connector_subscribe(bench->connector, &target), 0);
    assert_int_equal(mc_connector_reply_name(bench->connector, &target, bench->arena,
                                             &bench->reply_to),
                     0);
    replace_node(bench, invented_facts(bench->arena));
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    mc_node_free(bench->node);
    mc_connector_free(bench->connector);
    mc_security_free(bench->security);
    mc_ddl_store_free(bench->ddls);
    mc_config_free(bench->config);
    mc_loop_free(bench->loop);
    mc_arena_free(bench->arena);
    test_free(bench);
    return 0;
}

static struct mc_request request_to(struct bench *bench, const char *agent)
{
    struct mc_request request = {
        .sender = "client",
        .collective = "mcollective",
        .agent = agent,
        .caller = "uid=0",
        .ttl_s = 60,
        .time_s = mc_clock_now_s(),
        .reply_to = bench->reply_to,
    };

    assert_int_equal(mc_request_new_id(bench->arena, &request.id), 0);
    return request;
}

static const struct mc_value *rpc(struct bench *bench, const char *agent,
                                  const char *action, const char *input,
                                  const char *text, bool respond)
{
    struct mc_value *data = mc_value_hash(bench->arena);
    const struct mc_value *payload = NULL;

    if (input) {
        assert_int_equal(mc_value_set_symbol(bench->arena, data, input,
                                             mc_value_text(bench->arena, text)),
                         0);
    }
    assert_int_equal(
        mc_rpc_to_value(bench->arena, agent, action, "uid=0", data, respond, &payload),
        0);
    return payload;
}

static void send_bytes(struct bench *bench, const char *agent, struct mc_bytes body)
{
    const struct mc_publish publish = {
        .kind = MC_TARGET_BROADCAST,
        .collective = "mcollective",
        .agent = agent,
        .reply_to = bench->reply_to,
        .ttl_s = 60,
        .body = body,
    };
    size_t before = bench->events;

    bench->reply = NULL;
    bench->verdict[0] = 0;
    assert_int_equal(mc_connector_publish(bench->connector, &publish), 0);
    for (int i = 0; i < 1000 && bench->events == before; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 10), 0);
    }
    assert_int_equal(bench->events, before + 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 0), 0);
    }
}

static struct mc_bytes sealed(struct bench *bench, const struct mc_request *request)
{
    struct mc_bytes body;
    struct mc_error error;

    assert_int_equal(
        mc_security_seal_request(bench->security, request, bench->arena, &body, &error),
        0);
    return body;
}

static void expect(struct bench *bench, const struct mc_request *request,
                   const char *verdict, int64_t status)
{
    struct mc_result result;

    send_bytes(bench, request->agent, sealed(bench, request));
    assert_string_equal(bench->verdict, verdict);
    if (status < 0) {
        assert_null(bench->reply);
        return;
    }
    assert_non_null(bench->reply);
    assert_string_equal(bench->reply->id, request->id);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_int_equal(result.status, status);
}

static void every_verdict_of_an_rpc_request(void **state)
{
    struct bench *bench = *state;
    static const struct
    {
        const char *action;
        const char *input;
        const char *text;
        bool respond;
        const char *verdict;
        int64_t status;
    } rows[] = {
        {"ping", NULL, NULL, true, "ok", 0},
        {"ping", NULL, NULL, false, "ok", -1},
        {"get_fact", "fact", "country", true, "ok", 0},
        {"get_fact", "fact", "no such fact!", true, "invalid", 4},
        {"get_fact", NULL, NULL, true, "invalid", 4},
        {"no_such_action", NULL, NULL, true, "invalid", 4},
        {"no_such_action", NULL, NULL, false, "invalid", -1},
        {"get_config_item", "item", "plugin.psk", true, "failed", 1},
        {"get_config_item", "item", "identity", true, "ok", 0},
        {"inventory", NULL, NULL, true, "ok", 0},
        {"daemon_stats", NULL, NULL, true, "ok", 0},
        {"agent_inventory", NULL, NULL, true, "ok", 0},
        {"collective_info", NULL, NULL, true, "ok", 0},
        {"get_facts", "facts", "country, nothing", true, "ok", 0},
        {"get_data", "source", "fact", true, "ok", 0},
        {"get_data", "source", "system", true, "failed", 5},
        {"get_data", "source", "agent", true, "failed", 5},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_request request = request_to(bench, "rpcutil");
        request.payload = rpc(bench, "rpcutil", rows[i].action, rows[i].input,
                              rows[i].text, rows[i].respond);
        expect(bench, &request, rows[i].verdict, rows[i].status);
    }
    assert_true(mc_node_stats(bench->node)->replies > 0);
}

static void the_fact_comes_back(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = request_to(bench, "rpcutil");
    struct mc_result result;

    request.payload = rpc(bench, "rpcutil", "get_fact", "fact", "country", true);
    expect(bench, &request, "ok", 0);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_string_equal(mc_value_cstr(mc_value_get_name(result.data, "value")), "uk");
    assert_string_equal(bench->reply->sender, "web1");
    assert_true(bench->run_us > 0);
}

static void discovery_answers_pong(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = request_to(bench, "discovery");

    request.payload = mc_value_text(bench->arena, "ping");
    send_bytes(bench, "discovery", sealed(bench, &request));
    assert_string_equal(bench->verdict, "answered");
    assert_non_null(bench->reply);
    assert_string_equal(mc_value_cstr(bench->reply->payload), "pong");
}

static void a_filter_that_does_not_match_is_silent(void **state)
{
    struct bench *bench = *state;
    uint64_t filtered = mc_node_stats(bench->node)->filtered;
    struct mc_request request = request_to(bench, "rpcutil");

    request.payload = rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    assert_int_equal(mc_filter_add_fact(&request.filter, bench->arena, "country=de"),
                     0);
    expect(bench, &request, "filtered", -1);
    assert_int_equal(mc_node_stats(bench->node)->filtered, filtered + 1);
}

static void an_old_request_expires(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = request_to(bench, "rpcutil");

    request.payload = rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    request.time_s -= 70;
    expect(bench, &request, "expired", -1);
    assert_int_equal(mc_node_stats(bench->node)->ttlexpired, 1);
    request.time_s = 0;
    expect(bench, &request, "expired", -1);
}

static void a_request_is_served_once(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = request_to(bench, "rpcutil");

    request.payload = rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    expect(bench, &request, "ok", 0);
    expect(bench, &request, "replayed", -1);
    assert_int_equal(mc_node_stats(bench->node)->replayed, 1);
    request.caller = "uid=1";
    expect(bench, &request, "ok", 0);
}

static void a_life_that_never_ends_is_refused(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = request_to(bench, "rpcutil");

    request.payload = rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    request.ttl_s = 1000000000;
    expect(bench, &request, "too_long_lived", -1);
}

static void a_changed_body_is_forged(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = request_to(bench, "rpcutil");
    uint64_t before = mc_node_stats(bench->node)->unvalidated;

    request.payload = rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    struct mc_bytes body = sealed(bench, &request);
    char *copy = mc_arena_text(bench->arena, body);
    uint8_t *place = memmem(copy, body.len, "rpcutil", 7);
    assert_non_null(place);
    place[0] = 'X';
    send_bytes(bench, "rpcutil", mc_bytes_make(copy, body.len));
    assert_string_equal(bench->verdict, "forged");
    assert_null(bench->reply);
    assert_int_equal(mc_node_stats(bench->node)->unvalidated, before + 1);
}

static void rubbish_is_counted_and_dropped(void **state)
{
    struct bench *bench = *state;
    uint64_t before = mc_node_stats(bench->node)->dropped;

    send_bytes(bench, "rpcutil", MC_BYTES("\x04\x08rubbish"));
    assert_string_equal(bench->verdict, "malformed");
    send_bytes(bench, "rpcutil", MC_BYTES(""));
    assert_string_equal(bench->verdict, "malformed");
    assert_int_equal(mc_node_stats(bench->node)->dropped, before + 2);
}

/* Send a question whose action is a child process, and wait until that runs. */
static void begin_count(struct bench *bench)
{
    struct mc_request request = request_to(bench, "package");
    uint64_t passed = mc_node_stats(bench->node)->passed;

    bench->reply = NULL;
    bench->verdict[0] = 0;
    request.payload = rpc(bench, "package", "count", NULL, NULL, true);
    const struct mc_publish publish = {
        .kind = MC_TARGET_BROADCAST,
        .collective = "mcollective",
        .agent = "package",
        .reply_to = bench->reply_to,
        .ttl_s = 60,
        .body = sealed(bench, &request),
    };
    assert_int_equal(mc_connector_publish(bench->connector, &publish), 0);
    for (int i = 0; i < 1000 && mc_node_stats(bench->node)->passed == passed; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 0), 0);
    }
    assert_int_equal(mc_node_stats(bench->node)->passed, passed + 1);
    assert_string_equal(bench->verdict, "");
}

static void until_answered(struct bench *bench)
{
    for (int i = 0; i < 1000 && !bench->reply; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 10), 0);
    }
    assert_non_null(bench->reply);
}

static void expect_ping(struct bench *bench, const char *verdict, int64_t status)
{
    struct mc_request request = request_to(bench, "rpcutil");

    request.payload = rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    expect(bench, &request, verdict, status);
}

static struct mc_ddl_store *new_ddls(void)
{
    static const char *const folders[] = {MC_SOURCE_ROOT "/plugins", NULL};
    struct mc_ddl_store *ddls = mc_ddl_store_new(folders);

    assert_non_null(ddls);
    return ddls;
}

/* A request that waits for an action when the agents are loaded again is answered by the
 * old agents, while the new ones answer others. The DDLs of the old ones live as long. */
static void a_reload_lets_what_runs_finish(void **state)
{
    struct bench *bench = *state;
    struct mc_ddl_store *first = bench->ddls;
    struct mc_result result;

    begin_count(bench);
    bench->ddls = new_ddls();
    assert_int_equal(mc_node_reload(bench->node, bench->ddls), 0);
    assert_int_equal(mc_node_reload(bench->node, NULL), 0);
    assert_string_equal(bench->verdict, "");
    assert_null(bench->unused);
    until_answered(bench);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_string_equal(result.message, "OK");
    for (int i = 0; i < 100 && !bench->unused; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 0), 0);
    }
    assert_ptr_equal(bench->unused, first);
    expect_ping(bench, "ok", 0);
}

/* Who loads them again and again does not pile up what waits for one action. */
static void too_many_reloads_end_what_runs_with_an_answer(void **state)
{
    struct bench *bench = *state;
    struct mc_result result;

    begin_count(bench);
    for (int i = 0; i < MC_NODE_RETIRED_MAX; i++) {
        assert_int_equal(mc_node_reload(bench->node, NULL), 0);
    }
    assert_string_equal(bench->verdict, "");
    assert_int_equal(mc_node_reload(bench->node, NULL), 0);
    until_answered(bench);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_int_equal(result.status, MC_STATUS_ABORTED);
    assert_non_null(strstr(result.message, "loaded again too often"));
    assert_null(bench->unused);
    expect_ping(bench, "ok", 0);
}

static void on_stopped(void *user)
{
    struct bench *bench = user;

    bench->stopped++;
}

static void until_stopped(struct bench *bench)
{
    for (int i = 0; i < 1000 && !bench->stopped; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 10), 0);
    }
    assert_int_equal(bench->stopped, 1);
}

static void a_soft_stop_waits_and_refuses(void **state)
{
    struct bench *bench = *state;
    struct mc_result result;
    struct mc_request ping = request_to(bench, "discovery");

    begin_count(bench);
    mc_node_soft_stop(bench->node, 0, on_stopped, bench);
    expect_ping(bench, "stopping", MC_STATUS_ABORTED);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_non_null(strstr(result.message, "The node is stopping"));
    ping.payload = mc_value_text(bench->arena, "ping");
    send_bytes(bench, "discovery", sealed(bench, &ping));
    assert_string_equal(bench->verdict, "stopping");
    assert_null(bench->reply);
    assert_int_equal(bench->stopped, 0);
    until_answered(bench);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_string_equal(result.message, "OK");
    until_stopped(bench);
}

static void a_soft_stop_waits_for_agents_of_before_a_reload(void **state)
{
    struct bench *bench = *state;

    begin_count(bench);
    assert_int_equal(mc_node_reload(bench->node, NULL), 0);
    mc_node_soft_stop(bench->node, 0, on_stopped, bench);
    until_answered(bench);
    assert_string_equal(bench->verdict, "ok");
    until_stopped(bench);
}

static void a_soft_stop_that_is_late_ends_and_answers(void **state)
{
    struct bench *bench = *state;
    struct mc_result result;

    begin_count(bench);
    mc_node_soft_stop(bench->node, 1, on_stopped, bench);
    until_answered(bench);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_int_equal(result.status, MC_STATUS_ABORTED);
    assert_non_null(strstr(result.message, "The node stopped"));
    until_stopped(bench);
}

static void a_soft_stop_of_an_idle_node_is_over_at_once(void **state)
{
    struct bench *bench = *state;

    mc_node_soft_stop(bench->node, 60000, on_stopped, bench);
    assert_int_equal(bench->stopped, 0);
    assert_int_equal(mc_loop_once(bench->loop, 0), 0);
    until_stopped(bench);
}

static void the_end_answers_what_still_runs(void **state)
{
    struct bench *bench = *state;
    struct mc_result result;

    begin_count(bench);
    mc_node_finish(bench->node, 100);
    until_answered(bench);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_int_equal(result.status, MC_STATUS_ABORTED);
}

/* The caller of an answer that the broker would not take hears that, not silence. */
static void an_answer_that_is_too_large_is_said_so(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = request_to(bench, "rpcutil");
    struct mc_value *facts = invented_facts(bench->arena);
    struct mc_value *huge = mc_value_array(bench->arena);
    struct mc_value *text = NULL;
    char *megabyte = mc_arena_alloc(bench->arena, 1 << 20);

    memset(megabyte, 'x', (1 << 20) - 1);
    text = mc_value_text(bench->arena, megabyte);
    for (int i = 0; i < 17; i++) {
        assert_int_equal(mc_value_push(bench->arena, huge, text), 0);
    }
    assert_int_equal(mc_value_set_text(bench->arena, facts, "huge", huge), 0);
    replace_node(bench, facts);
    request.payload = rpc(bench, "rpcutil", "inventory", NULL, NULL, true);
    expect(bench, &request, "answer_too_large", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_verdict_of_an_rpc_request, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_fact_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(discovery_answers_pong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_filter_that_does_not_match_is_silent, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_old_request_expires, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_request_is_served_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_life_that_never_ends_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_changed_body_is_forged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reload_lets_what_runs_finish, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(too_many_reloads_end_what_runs_with_an_answer,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_soft_stop_waits_and_refuses, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_soft_stop_waits_for_agents_of_before_a_reload,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_soft_stop_that_is_late_ends_and_answers,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_soft_stop_of_an_idle_node_is_over_at_once,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_end_answers_what_still_runs, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(rubbish_is_counted_and_dropped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_answer_that_is_too_large_is_said_so, set_up,
                                        tear_down),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
