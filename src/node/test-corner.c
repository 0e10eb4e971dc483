/* Corner cases 22, 25, 41 and 43 of the original's own tests (spec collective.md 6): what
 * a node counts, tells and listens to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node/test-bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct mc_request ping(struct bench *bench)
{
    struct mc_request request = bench_request(bench, "rpcutil");

    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    return request;
}

static void corner_case_22_an_expired_request_is_told_in_full(void **state)
{
    struct bench *bench = *state;
    struct mc_request request = ping(bench);
    char made[64];
    struct tm utc;

    request.caller = "uid=500";
    request.time_s -= 70;
    bench_expect(bench, &request, "expired", -1);
    time_t when = (time_t)request.time_s;
    assert_non_null(gmtime_r(&when, &utc));
    assert_true(strftime(made, sizeof(made), "at %Y-%m-%d %H:%M:%S UTC", &utc) > 0);
    const char *const words[] = {"uid=500@client", made, " 7", " seconds old",
                                 "ttl is 60"};
    for (size_t i = 0; i < MC_COUNT(words); i++) {
        if (!strstr(bench->reason, words[i])) {
            fail_msg("'%s' does not hold '%s'", bench->reason, words[i]);
        }
    }
    assert_int_equal(mc_node_stats(bench->node)->ttlexpired, 1);
    assert_int_equal(mc_node_stats(bench->node)->passed, 0);
    assert_int_equal(mc_node_stats(bench->node)->filtered, 0);
    /* No time at all. */
    request = ping(bench);
    request.time_s = 0;
    bench_expect(bench, &request, "expired", -1);
    assert_int_equal(mc_node_stats(bench->node)->ttlexpired, 2);
}

static void corner_case_25_an_empty_filter_counts_as_passed(void **state)
{
    struct bench *bench = *state;
    const struct mc_node_stats *stats = mc_node_stats(bench->node);
    struct mc_request request = ping(bench);

    bench_expect(bench, &request, "ok", 0);
    assert_int_equal(stats->passed, 1);
    assert_int_equal(stats->filtered, 0);
    request = ping(bench);
    assert_int_equal(mc_filter_add_fact(&request.filter, bench->arena, "country=fr"),
                     0);
    bench_expect(bench, &request, "filtered", -1);
    assert_int_equal(stats->passed, 1);
    assert_int_equal(stats->filtered, 1);
}

static void expect_class(struct bench *bench, const char *text, bool fits)
{
    struct mc_request request = ping(bench);

    assert_int_equal(mc_filter_add_class(&request.filter, bench->arena, text), 0);
    bench_expect(bench, &request, fits ? "ok" : "filtered", fits ? 0 : -1);
}

static void put_classes(const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs("apache\nweb::1\r\nmysql/server\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* How often the log was told that the classes file cannot be read. */
static size_t complaints(const struct bench *bench)
{
    size_t count = 0;

    for (const char *at = bench->told; (at = strstr(at, "classes_failed ")); at++) {
        count++;
    }
    return count;
}

/* A node with the classes of its file. */
static void read_classes(struct bench *bench)
{
    const struct mc_node_spec node = {
        .loop = bench->loop,
        .config = bench->config,
        .ddls = bench->ddls,
        .sink = &bench->sink,
        .facts = bench_facts(bench->arena),
    };

    mc_node_free(bench->node);
    assert_int_equal(mc_node_new(&node, &bench->node, NULL), 0);
}

/* Told once until the file can be read again: each filter would be a line else. */
static void corner_case_41_classes_of_a_file(void **state)
{
    char path[] = "/tmp/mc-test-classes-XXXXXX";
    char settings[128];
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    put_classes(path);
    (void)snprintf(settings, sizeof(settings), "classesfile = %s\n", path);
    struct bench *bench = bench_new(settings, "test", NULL);
    read_classes(bench);
    expect_class(bench, "apache", true);
    expect_class(bench, "web::1", true);
    expect_class(bench, "apach", false);
    expect_class(bench, "/^apa/", true);
    expect_class(bench, "/ap/ac/he/", true);
    expect_class(bench, "/nope/", false);
    /* No slash is left of the pattern: this one can never be found. */
    expect_class(bench, "/mysql/server/", false);
    assert_int_equal(complaints(bench), 0);
    assert_int_equal(unlink(path), 0);
    expect_class(bench, "apache", false);
    expect_class(bench, "/a/", false);
    assert_int_equal(complaints(bench), 1);
    put_classes(path);
    expect_class(bench, "apache", true);
    assert_int_equal(unlink(path), 0);
    /* Something is there, but no file. */
    assert_int_equal(mkdir(path, 0700), 0);
    expect_class(bench, "apache", false);
    assert_int_equal(complaints(bench), 2);
    assert_int_equal(rmdir(path), 0);
    bench_free(bench);
}

/* Whether the node takes what is sent there. */
static bool listens(struct bench *bench, enum mc_target_kind kind,
                    const char *collective)
{
    struct mc_request request = ping(bench);
    const struct mc_publish publish = {
        .kind = kind,
        .collective = collective,
        .agent = "rpcutil",
        .identity = "web1",
        .reply_to = bench->reply_to,
        .ttl_s = 60,
        .body = bench_sealed(bench, &request),
    };
    size_t before = bench->events;

    assert_int_equal(mc_connector_publish(bench->connector, &publish), 0);
    for (int i = 0; i < 10 && bench->events == before; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 0), 0);
    }
    return bench->events > before;
}

/* Without a collective the original subscribes in all of them, which is what every agent
 * and the node's own queue get here; what is not configured is refused. */
static void corner_case_43_agents_listen_in_every_collective(void **state)
{
    static const char *const collectives[] = {"mcollective", "fr"};
    static const struct mc_target bad[] = {
        {.kind = MC_TARGET_BROADCAST, .collective = "de", .agent = "rpcutil"},
        {.kind = MC_TARGET_BROADCAST, .collective = NULL, .agent = "rpcutil"},
        {.kind = (enum mc_target_kind)99, .collective = "fr", .agent = "rpcutil"},
    };

    (void)state;
    for (int direct = 0; direct < 2; direct++) {
        struct bench *bench =
            bench_new(direct ? "collectives = mcollective, fr\n"
                             : "collectives = mcollective, fr\ndirect_addressing = 0\n",
                      "test", NULL);
        for (size_t i = 0; i < MC_COUNT(collectives); i++) {
            assert_true(listens(bench, MC_TARGET_BROADCAST, collectives[i]));
            assert_int_equal(listens(bench, MC_TARGET_DIRECT, collectives[i]), direct);
        }
        for (size_t i = 0; i < MC_COUNT(bad); i++) {
            assert_true(mc_connector_subscribe(bench->connector, &bad[i]) < 0);
        }
        bench_free(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            corner_case_22_an_expired_request_is_told_in_full, bench_set_up,
            bench_tear_down),
        cmocka_unit_test_setup_teardown(corner_case_25_an_empty_filter_counts_as_passed,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test(corner_case_41_classes_of_a_file),
        cmocka_unit_test(corner_case_43_agents_listen_in_every_collective),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
