/* Corner cases 15 to 18, 20, 21 and 23 of the original's own tests (spec collective.md
 * 6): what a request carries, to whom it goes, and what is found wrong before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/test-fake.h"
#include "connector/activemq/activemq.h"
#include <string.h>

/* Discovery pings and `mco ping` have the ttl that was asked for as well; in the original
 * they have the configured one (spec 2.6 and section 7, doc/guide/migrating.md). */
static void corner_case_15_the_ttl_that_was_asked_for(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "ttl = 33\n");
    bench_call(&bench);
    assert_int_equal(mc_call_limit(bench.call, "3", NULL), 0);
    bench_run(&bench);
    assert_int_equal(fakes[0].ttl_s, 33);
    assert_int_equal(fakes[0].ping_ttl_s, 33);
    bench_call(&bench);
    assert_int_equal(mc_call_limit(bench.call, "3", NULL), 0);
    mc_call_timeouts(bench.call, 0, -1, 7);
    bench_run(&bench);
    assert_int_equal(fakes[0].ttl_s, 7);
    assert_int_equal(fakes[0].ping_ttl_s, 7);
    bench.call = mc_call_free(bench.call);
    assert_int_equal(mc_call_new_ping(bench.client, &bench.call, NULL), 0);
    mc_call_timeouts(bench.call, 1, -1, 9);
    bench_run(&bench);
    assert_int_equal(fakes[0].ping_ttl_s, 9);
    bench_end(&bench);
}

static void corner_case_16_direct_requests_have_hosts_and_no_filter(void **state)
{
    static const char *const hosts[] = {"web1", "db1"};
    struct fake fakes[] = THREE;
    struct bench bench;
    struct mc_error error = {{0}};

    (void)state;
    bench_begin(&bench, fakes, 3, "");
    bench_call(&bench);
    assert_int_equal(mc_call_filter(bench.call, MC_SELECT_FACT, "country=uk", NULL), 0);
    assert_int_equal(mc_call_nodes(bench.call, hosts, 2, NULL), 0);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->responses, 2);
    assert_int_equal(fakes[0].direct, 1);
    assert_int_equal(fakes[1].direct, 0);
    const struct mc_filter *filter = &fakes[0].filter;
    assert_int_equal(filter->facts_count, 0);
    assert_int_equal(filter->identities.count, 0);
    assert_int_equal(filter->agents.count, 1);
    assert_string_equal(filter->agents.items[0].text, "rpcutil");
    /* To no hosts nothing is sent at all, also not to everybody. */
    bench_call(&bench);
    assert_int_equal(mc_call_nodes(bench.call, NULL, 0, NULL), 0);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->discovered, 0);
    assert_int_equal(mc_call_exit_code(bench.call), 4); /* nothing was discovered */
    assert_int_equal(fakes[0].requests + fakes[1].requests + fakes[2].requests, 2);
    bench_end(&bench);
    /* Without direct addressing. */
    bench_begin(&bench, fakes, 3, "direct_addressing = 0\n");
    bench_call(&bench);
    assert_int_equal(mc_call_nodes(bench.call, hosts, 2, NULL), 0);
    assert_int_equal(mc_call_run(bench.call, &error), MC_CLIENT_USAGE);
    assert_non_null(strstr(error.text, "direct_addressing"));
    bench_call(&bench);
    bench_name_nodes(&bench);
    bench_run(&bench);
    assert_int_equal(fakes[0].direct, 1); /* of the call before */
    assert_int_equal(fakes[0].filter.identities.count, 3);
    bench_end(&bench);
}

static void corner_case_17_few_nodes_are_asked_by_name(void **state)
{
    static const struct
    {
        const char *settings;
        size_t direct;
    } rows[] = {
        {"discovery_timeout = 1\ndirect_addressing_threshold = 2\n", 0},
        {"discovery_timeout = 1\ndirect_addressing_threshold = 3\n", 1},
        {"discovery_timeout = 1\ndirect_addressing_threshold = 3\n"
         "direct_addressing = 0\n",
         0},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct fake fakes[] = THREE;
        struct bench bench;
        bench_begin(&bench, fakes, 3, rows[i].settings);
        bench_call(&bench);
        bench_run(&bench);
        assert_int_equal(mc_call_stats(bench.call)->responses, 3);
        assert_int_equal(fakes[0].requests, 1);
        assert_int_equal(fakes[0].direct, rows[i].direct);
        bench_end(&bench);
    }
}

/* An id is made for each call, and is the same in all its messages. */
static void corner_case_18_a_request_keeps_its_id(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;
    char before[64] = "";

    (void)state;
    bench_begin(&bench, fakes, 3, "default_batch_size = 1\n");
    for (int i = 0; i < 2; i++) {
        bench_call(&bench);
        assert_int_equal(mc_call_batch(bench.call, NULL, 0, NULL), 0);
        bench_name_nodes(&bench);
        bench_run(&bench);
        assert_string_equal(fakes[0].id, mc_call_stats(bench.call)->request_id);
        assert_string_equal(fakes[1].id, fakes[0].id);
        assert_string_equal(fakes[2].id, fakes[0].id);
        assert_int_equal(strspn(fakes[0].id, "0123456789abcdef"), 32);
        assert_string_not_equal(fakes[0].id, before);
        (void)memcpy(before, fakes[0].id, sizeof(before));
    }
    bench_end(&bench);
}

static void corner_case_20_bad_requests_are_refused_bad_replies_told(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct mc_request *request = NULL;
    struct mc_error error = {{0}};

    (void)state;
    fakes[0].manner = FAKE_GARBAGE;
    bench_begin(&bench, fakes, 3, "");
    assert_int_equal(mc_security_open_request(fakes[0].security,
                                              MC_BYTES("\x04\x08{\xff rubbish"), arena,
                                              &request, &error),
                     MC_SECURITY_MALFORMED);
    assert_string_not_equal(error.text, "");
    assert_null(request);
    bench_call(&bench);
    bench_name_nodes(&bench);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->responses, 2);
    assert_int_equal(mc_call_stats(bench.call)->dropped, 1);
    /* The name is that of the header: nothing was found inside. */
    assert_non_null(strstr(bench.notices, "a reply of web1 was dropped: "));
    bench_end(&bench);
}

static void assert_reply_to(enum mc_target_kind kind, const char *wanted)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(65536);
    const struct mc_stomp_settings settings = {0};
    const struct mc_stomp_self self = {.identity = "me", .settings = &settings};
    const struct mc_publish publish = {.kind = kind,
                                       .collective = "mcollective",
                                       .agent = "rpcutil",
                                       .identity = "web1",
                                       .reply_to = "/queue/custom"};
    struct mc_stomp_send send;

    assert_int_equal(mc_activemq_send(&self, &publish, 1, arena, &send), 0);
    for (size_t i = 0; i < send.count; i++) {
        const char *value = send.headers[i].value;
        if (strcmp(send.headers[i].name, "reply-to") == 0) {
            assert_int_equal(value == NULL, wanted == NULL);
            assert_string_equal(value ? value : "", wanted ? wanted : "");
        }
    }
}

/* Here neither can be said in the wrong place: a reply has no field for where answers to
 * it go, and who opens a request is not asked for an id. */
static void corner_case_21_reply_targets_are_of_requests_ids_of_replies(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct mc_reply *reply = NULL;
    struct mc_bytes bytes = {0};

    (void)state;
    assert_reply_to(MC_TARGET_BROADCAST, "/queue/custom");
    assert_reply_to(MC_TARGET_DIRECT, "/queue/custom");
    assert_reply_to(MC_TARGET_REPLY, NULL);
    bench_begin(&bench, fakes, 3, "");
    bench_call(&bench);
    assert_int_equal(mc_call_no_results(bench.call, "custom"), 0);
    bench_run(&bench);
    for (int i = 0; i < 10 && !fakes[0].requests; i++) {
        assert_int_equal(mc_loop_once(bench.client->loop, 0), 0);
    }
    assert_string_equal(fakes[0].reply_to, "custom");
    const struct mc_reply sent = {.sender = "web1", .id = "an id", .agent = "rpcutil"};
    const struct mc_request request = {.caller = "uid=0"};
    assert_int_equal(
        mc_security_seal_reply(fakes[0].security, &sent, &request, arena, &bytes, NULL),
        0);
    assert_int_equal(mc_security_open_reply(fakes[0].security, bytes, "another", arena,
                                            &reply, NULL),
                     MC_SECURITY_NOT_OURS);
    assert_int_equal(
        mc_security_open_reply(fakes[0].security, bytes, "an id", arena, &reply, NULL),
        0);
    bench_end(&bench);
}

static void corner_case_23_data_functions_are_checked_before_sending(void **state)
{
    static const struct
    {
        const char *text;
        const char *error; /* NULL: it is good */
    } rows[] = {
        {"fstat('/etc/hosts').md5=/baa/", NULL},
        {"apache and not agent('rpcutil').version=1", NULL},
        {"fstat('/etc/hosts').nosuch=1", "'fstat()' does not return a 'nosuch' value"},
        {"fstat('/etc/hosts')=1", "does not return"},
        {"apache or fstat('/etc/hosts').nosuch=1", "does not return a 'nosuch' value"},
        {"nosuch('x').y=1", "nosuch"},
        {"agent('a b').version=1", "query"},
        {"agent('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa').version=1", "query"},
        {"agent().version=1", "query"},
    };
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "");
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_error error = {{0}};
        bench_call(&bench);
        int r = mc_call_filter(bench.call, MC_SELECT_COMPOUND, rows[i].text, &error);
        if (r != (rows[i].error ? MC_CLIENT_USAGE : 0) ||
            !strstr(error.text, rows[i].error ? rows[i].error : "")) {
            fail_msg("%s gave %d: %s", rows[i].text, r, error.text);
        }
    }
    assert_int_equal(fakes[0].requests, 0);
    assert_int_equal(fakes[0].ping_ttl_s, 0);
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_15_the_ttl_that_was_asked_for),
        cmocka_unit_test(corner_case_16_direct_requests_have_hosts_and_no_filter),
        cmocka_unit_test(corner_case_17_few_nodes_are_asked_by_name),
        cmocka_unit_test(corner_case_18_a_request_keeps_its_id),
        cmocka_unit_test(corner_case_20_bad_requests_are_refused_bad_replies_told),
        cmocka_unit_test(corner_case_21_reply_targets_are_of_requests_ids_of_replies),
        cmocka_unit_test(corner_case_23_data_functions_are_checked_before_sending),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
