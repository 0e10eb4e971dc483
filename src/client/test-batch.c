/* Requests that go out in batches, against invented nodes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/test-fake.h"

/* One id, all by name, a pause between batches and none at the end. */
static void batches_are_one_request(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    fakes[0].manner = FAKE_TWICE;
    bench_begin(&bench, fakes, 3, "default_batch_sleep_time = 100\n");
    bench_call(&bench);
    assert_int_equal(mc_call_batch(bench.call, "60%", 400, NULL), 0);
    bench_name_nodes(&bench);
    bench_run(&bench);
    const struct mc_call_stats *stats = mc_call_stats(bench.call);
    assert_int_equal(stats->ok, 4);
    assert_in_range(stats->agent_us, 400000, 799999);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fakes[i].direct, 1);
        assert_string_equal(fakes[i].id, stats->request_id);
    }
    bench_end(&bench);
}

static void a_silent_batch_does_not_stop_the_next(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;
    size_t count;

    (void)state;
    fakes[0].manner = FAKE_SILENT;
    bench_begin(&bench, fakes, 3,
                "default_batch_size = 1\ndefault_batch_sleep_time = 0\n");
    bench_call(&bench);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_name_nodes(&bench);
    bench_run(&bench);
    const struct mc_call_stats *stats = mc_call_stats(bench.call);
    assert_int_equal(stats->responses, 2);
    assert_true(stats->agent_us >= 1000000);
    const char *const *missing =
        mc_call_names(bench.call, MC_NODES_NO_RESPONSE, &count);
    assert_int_equal(count, 1);
    assert_string_equal(missing[0], "web1");
    bench_end(&bench);
}

static void batch_sizes_are_checked(void **state)
{
    static const char *const bad[] = {"0", "0%", "", "x", "5x", "%", "-1", "5%%"};
    struct bench bench;
    struct mc_error error = {{0}};

    (void)state;
    bench_begin(&bench, NULL, 0, "direct_addressing = 0\n");
    bench_call(&bench);
    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        assert_int_equal(mc_call_batch(bench.call, bad[i], -1, &error),
                         MC_CLIENT_USAGE);
    }
    assert_string_equal(error.text, "batch_size must be an integer or match a "
                                    "percentage string (e.g. '24%'");
    assert_int_equal(mc_call_batch(bench.call, "2", -1, &error), 0);
    assert_int_equal(mc_call_run(bench.call, &error), MC_CLIENT_USAGE);
    assert_string_equal(error.text, "Batched requests requires direct addressing");
    bench_end(&bench);
    bench_begin(&bench, NULL, 0, "");
    bench_call(&bench);
    assert_int_equal(mc_call_batch(bench.call, "2", -1, &error), 0);
    assert_int_equal(mc_call_no_results(bench.call, NULL), 0);
    assert_int_equal(mc_call_run(bench.call, &error), MC_CLIENT_USAGE);
    assert_string_equal(error.text,
                        "Cannot bypass result processing for batched requests");
    bench_end(&bench);
}

/* The last batch is waited for to the end of its time, and not a pause longer. */
static void no_pause_follows_the_last_batch(void)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    fakes[2].manner = FAKE_SILENT;
    bench_begin(&bench, fakes, 3, "");
    bench_call(&bench);
    assert_int_equal(mc_call_batch(bench.call, "2", 500, NULL), 0);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_name_nodes(&bench);
    bench_run(&bench);
    assert_in_range(mc_call_stats(bench.call)->agent_us, 1500000, 1999999);
    bench_end(&bench);
}

static void corner_case_90_batches(void **state)
{
    batches_are_one_request(state);
    no_pause_follows_the_last_batch();
    batch_sizes_are_checked(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_batch_does_not_stop_the_next),
        cmocka_unit_test(corner_case_90_batches),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("client-batch", tests, NULL, NULL);
}
