/* Requests that are not run but told so, once and to those who may know (doc/rfc/0009),
 * and the counters of what is dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "node/node-private.h"
#include "node/test-bench.h"

static uint64_t drops(const struct bench *bench, enum mc_drop drop)
{
    return mc_node_stats(bench->node)->drops[drop];
}

static void expect_end(struct bench *bench, const struct mc_request *request,
                       const char *verdict, int64_t status, enum mc_end end)
{
    struct mc_result result;

    bench_expect(bench, request, verdict, status);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_int_equal(mc_result_end(&result), end);
    assert_string_equal(result.outcome ? result.outcome : "answered", mc_end_name(end));
}

/* The node has been there for long when the request was made. */
static struct mc_request late_request(struct bench *bench, int64_t late_s)
{
    struct mc_request request = bench_request(bench, "rpcutil");

    bench->node->stats.started_s -= 100000;
    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    request.time_s -= 60 + late_s;
    return request;
}

static void a_late_request_is_told_of_once(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = late_request(bench, 10);

    expect_end(bench, &request, "expired", 5, MC_END_EXPIRED);
    assert_int_equal(drops(bench, MC_DROP_expired), 0);
    assert_int_equal(mc_node_stats(bench->node)->ttlexpired, 1);
    bench_expect(bench, &request, "replayed", -1);
    assert_int_equal(drops(bench, MC_DROP_replayed), 1);
}

/* Served in time, captured, and sent again when the ttl is over: after two seconds of the
 * clock, which nothing here can turn. */
static void a_served_request_is_not_told_of_later(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = late_request(bench, 0);

    request.time_s = mc_clock_now_s();
    request.ttl_s = 1;
    bench_expect(bench, &request, "ok", 0);
    int64_t served_s = mc_clock_now_s();
    while (mc_clock_now_s() < served_s + 2) {
        assert_int_equal(mc_loop_once(bench->loop, 10), 0);
    }
    bench_expect(bench, &request, "replayed", -1);
    assert_int_equal(mc_node_stats(bench->node)->ttlexpired, 1);
}

static void a_request_that_is_much_too_late_is_silent(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = late_request(bench, MC_NODE_LATE_S + 2);

    bench_expect(bench, &request, "expired", -1);
    assert_int_equal(drops(bench, MC_DROP_expired), 1);
    request = late_request(bench, 10);
    bench->node->stats.started_s = mc_clock_now_s();
    bench_expect(bench, &request, "expired", -1);
    request = late_request(bench, 10);
    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, false);
    bench_expect(bench, &request, "expired", -1);
    request = late_request(bench, 10);
    assert_int_equal(mc_filter_add_fact(&request.filter, bench->arena, "country=de"),
                     0);
    bench_expect(bench, &request, "expired", -1);
    assert_int_equal(drops(bench, MC_DROP_expired), 4);
    assert_int_equal(mc_node_stats(bench->node)->filtered, 0);
}

/* Ids are not signed: who changes them gets so many answers and no more. */
static void late_requests_are_answered_at_a_bounded_rate(void **state)
{
    struct bench *bench = *state;
    uint64_t told = 0;

    for (unsigned i = 0; i < 2 * MC_NODE_LATE_PER_MINUTE_MAX + 5; i++) {
        struct mc_request request = late_request(bench, 10);
        bench_send(bench, "rpcutil", bench_sealed(bench, &request));
        told += bench->reply != NULL;
    }
    /* A minute of the clock may have ended in between. */
    assert_in_range(told, MC_NODE_LATE_PER_MINUTE_MAX, 2 * MC_NODE_LATE_PER_MINUTE_MAX);
    assert_int_equal(drops(bench, MC_DROP_expired),
                     2 * MC_NODE_LATE_PER_MINUTE_MAX + 5 - told);
}

static void a_missing_agent_is_told_to_who_names_the_node(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = bench_request(bench, "nosuch");

    bench->direct = true;
    request.payload = bench_rpc(bench, "nosuch", "ping", NULL, NULL, true);
    assert_int_equal(mc_filter_add_agent(&request.filter, bench->arena, "nosuch"), 0);
    expect_end(bench, &request, "no_agent", 5, MC_END_AGENT_MISSING);
    bench_expect(bench, &request, "replayed", -1);
    request.filter = (struct mc_filter){0};
    assert_int_equal(mc_request_new_id(bench->arena, &request.id), 0);
    expect_end(bench, &request, "no_agent", 5, MC_END_AGENT_MISSING);
    assert_int_equal(drops(bench, MC_DROP_no_agent), 0);
    request.payload = bench_rpc(bench, "nosuch", "ping", NULL, NULL, false);
    assert_int_equal(mc_request_new_id(bench->arena, &request.id), 0);
    bench_expect(bench, &request, "no_agent", -1);
    assert_int_equal(drops(bench, MC_DROP_no_agent), 1);
}

static void a_missing_agent_is_silent_for_others(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = bench_request(bench, "nosuch");

    /* A broadcast, on the subject of an agent that is here. */
    request.payload = bench_rpc(bench, "nosuch", "ping", NULL, NULL, true);
    struct mc_bytes body = bench_sealed(bench, &request);
    bench_send(bench, "rpcutil", body);
    assert_string_equal(bench->verdict, "no_agent");
    assert_null(bench->reply);
    assert_int_equal(mc_filter_add_agent(&request.filter, bench->arena, "nosuch"), 0);
    bench_send(bench, "rpcutil", bench_sealed(bench, &request));
    assert_string_equal(bench->verdict, "filtered");
    assert_null(bench->reply);
    /* By name, but the filter means another node, too. */
    bench->direct = true;
    assert_int_equal(mc_filter_add_agent(&request.filter, bench->arena, "nothere"), 0);
    bench_expect(bench, &request, "filtered", -1);
    request = bench_request(bench, "rpcutil");
    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    assert_int_equal(mc_filter_add_agent(&request.filter, bench->arena, "nothere"), 0);
    bench_expect(bench, &request, "filtered", -1);
}

static void what_cannot_be_read_is_told_when_it_may_be(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = bench_request(bench, "rpcutil");
    struct mc_value *payload = mc_value_hash(bench->arena);

    request.payload = payload;
    bench_expect(bench, &request, "malformed", -1);
    assert_int_equal(drops(bench, MC_DROP_malformed), 1);
    assert_int_equal(
        mc_value_set_symbol(bench->arena, payload, "data", mc_value_hash(bench->arena)),
        0);
    assert_int_equal(mc_request_new_id(bench->arena, &request.id), 0);
    expect_end(bench, &request, "malformed", 4, MC_END_INVALID);
    assert_int_equal(drops(bench, MC_DROP_malformed), 1);
    request = bench_request(bench, "rpcutil");
    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    assert_int_equal(mc_filter_add_class(&request.filter, bench->arena, "/[ab/"), 0);
    bench_expect(bench, &request, "bad_filter", -1);
    bench->direct = true;
    assert_int_equal(mc_request_new_id(bench->arena, &request.id), 0);
    expect_end(bench, &request, "bad_filter", 4, MC_END_INVALID);
    assert_int_equal(drops(bench, MC_DROP_bad_filter), 1);
}

static void a_busy_node_says_so(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = bench_request(bench, "rpcutil");

    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    bench->node->running += MC_NODE_RUNNING_MAX;
    expect_end(bench, &request, "busy", 5, MC_END_BUSY);
    bench->node->running -= MC_NODE_RUNNING_MAX;
}

static void answers_carry_their_end(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = bench_request(bench, "rpcutil");
    struct mc_result result;

    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    expect_end(bench, &request, "ok", 0, MC_END_ANSWERED);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_null(result.outcome);
    request = bench_request(bench, "rpcutil");
    request.payload = bench_rpc(bench, "rpcutil", "get_data", "source", "system", true);
    expect_end(bench, &request, "failed", 5, MC_END_ANSWERED);
    request = bench_request(bench, "rpcutil");
    request.payload = bench_rpc(bench, "rpcutil", "nosuch", NULL, NULL, true);
    expect_end(bench, &request, "invalid", 4, MC_END_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_late_request_is_told_of_once, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_served_request_is_not_told_of_later,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_request_that_is_much_too_late_is_silent,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(late_requests_are_answered_at_a_bounded_rate,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_missing_agent_is_told_to_who_names_the_node,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_missing_agent_is_silent_for_others,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_told_when_it_may_be,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_busy_node_says_so, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(answers_carry_their_end, bench_set_up,
                                        bench_tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
