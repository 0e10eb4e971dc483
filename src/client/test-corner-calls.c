/* The corner cases of calls in the suite of the original, each named by its number (spec
 * collective.md 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "client/test-fake.h"
#include <stdio.h>

#define SECOND_US 1000000

/* What goes to the connector, held up on its way (the linker's --wrap). */
static struct
{
    int64_t full_until_us;   /* the queue takes nothing before */
    const void *full_member; /* of this connector */
} watched;

int __real_mc_connector_publish(struct mc_connector *connector,
                                const struct mc_publish *publish);
int __wrap_mc_connector_publish(struct mc_connector *connector,
                                const struct mc_publish *publish);
int __wrap_mc_connector_publish(struct mc_connector *connector,
                                const struct mc_publish *publish)
{
    if (connector == watched.full_member &&
        mc_clock_monotonic_us() < watched.full_until_us) {
        return MC_CONNECTOR_FULL;
    }
    return __real_mc_connector_publish(connector, publish);
}

/* Data with Strings for keys is read by the names of the DDL, for its aggregates too;
 * there is no second form into which it would have to be turned. */
static void corner_case_71_string_keys_and_order_by_sender(void **state)
{
    struct fake fakes[] = {
        {.identity = "web2", .country = "uk", .manner = FAKE_STRINGS},
        {.identity = "db1", .country = "uk", .manner = FAKE_STRINGS},
        {.identity = "web1", .country = "de"},
    };
    static const char *const senders[] = {"db1", "web1", "web2"};
    static const char *const values[] = {"uk", "de", "uk"};
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "");
    bench_call(&bench);
    bench_name_nodes(&bench);
    mc_call_sort(bench.call);
    bench_run(&bench);
    for (size_t i = 0; i < 3; i++) {
        const struct mc_client_reply *reply = mc_call_reply(bench.call, i);
        assert_string_equal(reply->sender, senders[i]);
        assert_string_equal(mc_value_cstr(mc_value_get_name(reply->data, "value")),
                            values[i]);
        assert_null(mc_value_get_name(reply->data, "other"));
    }
    assert_string_equal(mc_call_aggregate(bench.call, 0)->lines[0], "uk = 2");
    assert_string_equal(mc_call_aggregate(bench.call, 0)->lines[1], "de = 1");
    bench_end(&bench);
}

static void corner_case_88_strangers_do_not_shorten_the_wait(void **state)
{
    struct fake fakes[] = {
        {.identity = "stranger", .country = "uk", .manner = FAKE_STRANGER},
        {.identity = "web1", .country = "uk"},
        {.identity = "web2", .country = "uk", .manner = FAKE_SILENT}};
    struct bench bench;
    size_t count = 0;

    (void)state;
    /* One is found and asked in a broadcast; the stranger answers it twice before. */
    bench_begin(&bench, fakes, 2, "direct_addressing = 0\n");
    bench_call(&bench);
    assert_int_equal(mc_call_limit(bench.call, "1", NULL), 0);
    mc_call_timeouts(bench.call, 30, -1, 0);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->discovered, 1);
    assert_int_equal(mc_call_stats(bench.call)->responses, 3);
    assert_true(mc_call_stats(bench.call)->agent_us < 15 * SECOND_US);
    bench_end(&bench);
    /* One that never answers is waited for, and named. */
    bench_begin(&bench, fakes, 3, "direct_addressing = 0\n");
    bench_call(&bench);
    assert_int_equal(mc_call_limit(bench.call, "2", NULL), 0);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_run(&bench);
    assert_true(mc_call_stats(bench.call)->agent_us >= SECOND_US);
    const char *const *names = mc_call_names(bench.call, MC_NODES_NO_RESPONSE, &count);
    assert_int_equal(count, 1);
    assert_string_equal(names[0], "web2");
    bench_end(&bench);
    /* Nobody in particular: all the time is waited. */
    bench_begin(&bench, fakes, 3, "");
    assert_int_equal(mc_call_new_ping(bench.client, &bench.call, NULL), 0);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_run(&bench);
    assert_true(mc_call_stats(bench.call)->agent_us >= SECOND_US);
    bench_end(&bench);
}

/* A client of the original sends and then receives, or does both at once (threaded) and
 * adds the time for sending. This one does both at once, and the time for replies begins
 * when all is sent, with and without --threaded. */
static void corner_case_89_time_for_sending(void **state)
{
    struct fake fakes[] = {
        {.identity = "web1", .country = "uk", .manner = FAKE_SILENT}};
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 1, "publish_timeout = 3\nthreaded = 1\n");
    bench_call(&bench);
    assert_int_equal(bench.call->publish_s, 3);
    mc_call_publish_timeout(bench.call, 0);
    assert_int_equal(bench.call->publish_s, 3);
    mc_call_publish_timeout(bench.call, 5);
    assert_int_equal(bench.call->publish_s, 5);
    /* The queue is full for longer than the replies have. */
    assert_int_equal(mc_client__connect(bench.client, NULL), 0);
    watched.full_member = bench.client->connector;
    watched.full_until_us = mc_clock_monotonic_us() + 3 * SECOND_US / 2;
    bench_name_nodes(&bench);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_run(&bench);
    assert_int_equal(fakes[0].requests, 1);
    assert_string_equal(bench.notices, "");
    assert_true(mc_call_stats(bench.call)->agent_us >= 5 * SECOND_US / 2 - 100000);
    /* And for longer than the sending may take. */
    bench_call(&bench);
    bench_name_nodes(&bench);
    mc_call_publish_timeout(bench.call, 1);
    mc_call_timeouts(bench.call, 1, -1, 0);
    watched.full_until_us = INT64_MAX;
    bench_run(&bench);
    watched.full_member = NULL;
    assert_int_equal(fakes[0].requests, 1);
    assert_string_equal(bench.notices,
                        "only 0 of 1 requests could be sent within 1 seconds\n");
    bench_end(&bench);
}

static void percentages(struct bench *bench, const char *limit, size_t wanted)
{
    bench_call(bench);
    bench_name_nodes(bench);
    assert_int_equal(mc_call_limit(bench->call, limit, NULL), 0);
    bench_run(bench);
    assert_int_equal(mc_call_stats(bench->call)->responses, wanted);
}

static void corner_case_91_limits_and_the_vector_of_the_seed(void **state)
{
    static const char *const bad[] = {"x", "1.1", "%", "10%x", "1 0", "-1", "", "0"};
    static const char *const picked[] = {"3", "7", "8"};
    struct fake fakes[10] = {0};
    char names[10][4];
    struct bench bench;

    (void)state;
    for (size_t i = 0; i < MC_COUNT(fakes); i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%zu", i + 1);
        fakes[i] = (struct fake){.identity = names[i], .country = "uk"};
    }
    bench_begin(&bench, fakes, MC_COUNT(fakes), "rpclimitmethod = random\n");
    percentages(&bench, "10%", 1);
    percentages(&bench, "39%", 3);
    percentages(&bench, "1%", 1);
    percentages(&bench, "100%", 10);
    percentages(&bench, "4", 4);
    percentages(&bench, "400", 10);
    bench_call(&bench);
    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        assert_int_equal(mc_call_limit(bench.call, bad[i], NULL), MC_CLIENT_USAGE);
    }
    bench_name_nodes(&bench);
    assert_int_equal(mc_call_limit(bench.call, "3", NULL), 0);
    mc_call_limit_seed(bench.call, 5);
    mc_call_sort(bench.call);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->responses, 3);
    for (size_t i = 0; i < MC_COUNT(picked); i++) {
        assert_string_equal(mc_call_reply(bench.call, i)->sender, picked[i]);
    }
    bench_end(&bench);
}

static void corner_case_97_silent_and_unexpected_nodes(void **state)
{
    struct fake fakes[] = {
        {.identity = "web1", .country = "uk", .manner = FAKE_ONCE},
        {.identity = "web2", .country = "uk", .manner = FAKE_SILENT},
        {.identity = "web3", .country = "uk"},
        {.identity = "stranger", .country = "uk", .manner = FAKE_STRANGER},
        {.identity = "web4", .country = "uk"}};
    static const char *const named[] = {"web1", "web1", "web2", "web3"};
    struct bench bench;
    size_t count = 0;

    (void)state;
    /* Named twice and answered once is answered: names are subtracted, not counted. */
    bench_begin(&bench, fakes, 4, "");
    bench_call(&bench);
    assert_int_equal(mc_call_nodes(bench.call, named, 4, NULL), 0);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->discovered, 4);
    assert_int_equal(mc_call_stats(bench.call)->responses, 2);
    const char *const *names = mc_call_names(bench.call, MC_NODES_NO_RESPONSE, &count);
    assert_int_equal(count, 1);
    assert_string_equal(names[0], "web2");
    (void)mc_call_names(bench.call, MC_NODES_UNEXPECTED, &count);
    assert_int_equal(count, 0);
    bench_end(&bench);
    /* A stranger that answers twice stands there twice. */
    bench_begin(&bench, &fakes[3], 2, "direct_addressing = 0\n");
    bench_call(&bench);
    assert_int_equal(mc_call_limit(bench.call, "1", NULL), 0);
    bench_run(&bench);
    names = mc_call_names(bench.call, MC_NODES_UNEXPECTED, &count);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "stranger");
    assert_string_equal(names[1], "stranger");
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_71_string_keys_and_order_by_sender),
        cmocka_unit_test(corner_case_88_strangers_do_not_shorten_the_wait),
        cmocka_unit_test(corner_case_89_time_for_sending),
        cmocka_unit_test(corner_case_91_limits_and_the_vector_of_the_seed),
        cmocka_unit_test(corner_case_97_silent_and_unexpected_nodes),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("client-corner-calls", tests, NULL, NULL);
}
