/* The spine, whole: a client's bytes in through the loop connector, psk, filter, DDL,
 * agents, and the reply's bytes out. Each case names the verdict that the request's one
 * event must carry, so nothing waits for a reply that must not come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "node/test-bench.h"
#include <stdio.h>
#include <string.h>

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
        struct mc_request request = bench_request(bench, "rpcutil");
        request.payload = bench_rpc(bench, "rpcutil", rows[i].action, rows[i].input,
                                    rows[i].text, rows[i].respond);
        bench_expect(bench, &request, rows[i].verdict, rows[i].status);
    }
    assert_true(mc_node_stats(bench->node)->replies > 0);
}

static void the_fact_comes_back(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = bench_request(bench, "rpcutil");
    struct mc_result result;

    request.payload = bench_rpc(bench, "rpcutil", "get_fact", "fact", "country", true);
    bench_expect(bench, &request, "ok", 0);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_string_equal(mc_value_cstr(mc_value_get_name(result.data, "value")), "uk");
    assert_string_equal(bench->reply->sender, "web1");
    assert_true(bench->run_us > 0);
}

static void discovery_answers_pong(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = bench_request(bench, "discovery");

    request.payload = mc_value_text(bench->arena, "ping");
    bench_send(bench, "discovery", bench_sealed(bench, &request));
    assert_string_equal(bench->verdict, "answered");
    assert_non_null(bench->reply);
    assert_string_equal(mc_value_cstr(bench->reply->payload), "pong");
}

static void a_filter_that_does_not_match_is_silent(void **state)
{
    struct bench *bench = *state;
    uint64_t filtered = mc_node_stats(bench->node)->filtered;
    struct mc_request request = bench_request(bench, "rpcutil");

    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    assert_int_equal(mc_filter_add_fact(&request.filter, bench->arena, "country=de"),
                     0);
    bench_expect(bench, &request, "filtered", -1);
    assert_int_equal(mc_node_stats(bench->node)->filtered, filtered + 1);
}

static void an_old_request_expires(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = bench_request(bench, "rpcutil");

    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    request.time_s -= 70;
    bench_expect(bench, &request, "expired", -1);
    assert_int_equal(mc_node_stats(bench->node)->ttlexpired, 1);
    request.time_s = 0;
    bench_expect(bench, &request, "expired", -1);
}

static void a_request_is_served_once(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = bench_request(bench, "rpcutil");

    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    bench_expect(bench, &request, "ok", 0);
    bench_expect(bench, &request, "replayed", -1);
    assert_int_equal(mc_node_stats(bench->node)->replayed, 1);
    request.caller = "uid=1";
    bench_expect(bench, &request, "ok", 0);
}

static void a_life_that_never_ends_is_refused(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = bench_request(bench, "rpcutil");

    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    request.ttl_s = 1000000000;
    bench_expect(bench, &request, "too_long_lived", -1);
}

static void a_changed_body_is_forged(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = bench_request(bench, "rpcutil");
    uint64_t before = mc_node_stats(bench->node)->unvalidated;

    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    struct mc_bytes body = bench_sealed(bench, &request);
    char *copy = mc_arena_text(bench->arena, body);
    uint8_t *place = memmem(copy, body.len, "rpcutil", 7);
    assert_non_null(place);
    place[0] = 'X';
    bench_send(bench, "rpcutil", mc_bytes_make(copy, body.len));
    assert_string_equal(bench->verdict, "forged");
    assert_null(bench->reply);
    assert_int_equal(mc_node_stats(bench->node)->unvalidated, before + 1);
}

static void rubbish_is_counted_and_dropped(void **state)
{
    struct bench *bench = *state;
    uint64_t before = mc_node_stats(bench->node)->dropped;

    bench_send(bench, "rpcutil", MC_BYTES("\x04\x08rubbish"));
    assert_string_equal(bench->verdict, "malformed");
    bench_send(bench, "rpcutil", MC_BYTES(""));
    assert_string_equal(bench->verdict, "malformed");
    assert_int_equal(mc_node_stats(bench->node)->dropped, before + 2);
}

/* Send a question whose action is a child process, and wait until that runs. */
static void begin_count(struct bench *bench)
{
    struct mc_request request = bench_request(bench, "package");
    uint64_t passed = mc_node_stats(bench->node)->passed;

    bench->reply = NULL;
    bench->verdict[0] = 0;
    request.payload = bench_rpc(bench, "package", "count", NULL, NULL, true);
    const struct mc_publish publish = {
        .kind = MC_TARGET_BROADCAST,
        .collective = "mcollective",
        .agent = "package",
        .reply_to = bench->reply_to,
        .ttl_s = 60,
        .body = bench_sealed(bench, &request),
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
    struct mc_request request = bench_request(bench, "rpcutil");

    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    bench_expect(bench, &request, verdict, status);
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
    assert_int_equal(mc_node_reload(bench->node, NULL), 0);
    assert_int_equal(mc_node_reload(bench->node, bench->ddls), 0);
    assert_int_equal(mc_node_reload(bench->node, NULL), 0);
    assert_string_equal(bench->verdict, "");
    /* The agents in between go at once, the DDLs that they share do not. */
    assert_int_equal(mc_loop_once(bench->loop, 0), 0);
    assert_true(bench->reply || !bench->unused);
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
    struct mc_request ping = bench_request(bench, "discovery");

    begin_count(bench);
    mc_node_soft_stop(bench->node, 0, on_stopped, bench);
    expect_ping(bench, "stopping", MC_STATUS_ABORTED);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_non_null(strstr(result.message, "The node is stopping"));
    ping.payload = mc_value_text(bench->arena, "ping");
    bench_send(bench, "discovery", bench_sealed(bench, &ping));
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
    struct mc_request request = bench_request(bench, "rpcutil");
    struct mc_value *facts = bench_facts(bench->arena);
    struct mc_value *huge = mc_value_array(bench->arena);
    struct mc_value *text = NULL;
    char *megabyte = mc_arena_alloc(bench->arena, 1 << 20);

    memset(megabyte, 'x', (1 << 20) - 1);
    text = mc_value_text(bench->arena, megabyte);
    for (int i = 0; i < 17; i++) {
        assert_int_equal(mc_value_push(bench->arena, huge, text), 0);
    }
    assert_int_equal(mc_value_set_text(bench->arena, facts, "huge", huge), 0);
    bench_replace_node(bench, facts);
    request.payload = bench_rpc(bench, "rpcutil", "inventory", NULL, NULL, true);
    bench_expect(bench, &request, "answer_too_large", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_verdict_of_an_rpc_request, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(the_fact_comes_back, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(discovery_answers_pong, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_filter_that_does_not_match_is_silent,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(an_old_request_expires, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_request_is_served_once, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_life_that_never_ends_is_refused, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_changed_body_is_forged, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_reload_lets_what_runs_finish, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(too_many_reloads_end_what_runs_with_an_answer,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_soft_stop_waits_and_refuses, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_soft_stop_waits_for_agents_of_before_a_reload,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_soft_stop_that_is_late_ends_and_answers,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_soft_stop_of_an_idle_node_is_over_at_once,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(the_end_answers_what_still_runs, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(rubbish_is_counted_and_dropped, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(an_answer_that_is_too_large_is_said_so,
                                        bench_set_up, bench_tear_down),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
