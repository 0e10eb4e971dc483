/* Calls against invented nodes on the client's own loop: no broker, no sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/test-fake.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void named_nodes_are_asked_by_name(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "");
    bench_call(&bench);
    bench_name_nodes(&bench);
    mc_call_sort(bench.call);
    bench_run(&bench);
    const struct mc_call_stats *stats = mc_call_stats(bench.call);
    assert_int_equal(stats->discovered, 3);
    assert_int_equal(stats->responses, 3);
    assert_int_equal(stats->ok, 3);
    assert_int_equal(stats->discovery_us, 0);
    assert_int_equal(strlen(stats->request_id), 32);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fakes[i].direct, 1);
        assert_int_equal(fakes[i].filter.identities.count, 0);
        assert_int_equal(fakes[i].filter.agents.count, 1);
        assert_true(fakes[i].respond);
    }
    const struct mc_client_reply *first = mc_call_reply(bench.call, 0);
    assert_string_equal(first->sender, "db1");
    assert_string_equal(mc_value_cstr(mc_value_get_name(first->data, "value")), "uk");
    assert_null(mc_call_reply(bench.call, 3));
    assert_int_equal(mc_call_exit_code(bench.call), 0);
    const struct mc_client_aggregate *sum = mc_call_aggregate(bench.call, 0);
    assert_string_equal(sum->display_as, "Value");
    assert_string_equal(sum->lines[0], "uk = 2");
    assert_string_equal(sum->lines[1], "de = 1");
    bench_end(&bench);
}

static void discovered_nodes_keep_the_filter(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;
    size_t count = 0;

    (void)state;
    bench_begin(&bench, fakes, 3, "discovery_timeout = 1\n");
    bench_call(&bench);
    assert_int_equal(
        mc_call_filter(bench.call, MC_SELECT_WITH, "country=uk apache", NULL), 0);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->discovered, 3);
    assert_true(mc_call_stats(bench.call)->discovery_us > 0);
    assert_int_equal(fakes[0].direct, 1);
    assert_int_equal(fakes[0].filter.facts_count, 1);
    assert_int_equal(fakes[0].filter.classes.count, 1);
    (void)mc_call_names(bench.call, MC_NODES_DISCOVERED, &count);
    assert_int_equal(count, 3);
    bench_end(&bench);
}

static void a_number_limits_discovery(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "");
    bench_call(&bench);
    assert_int_equal(mc_call_limit(bench.call, "2", NULL), 0);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->discovered, 2);
    assert_int_equal(mc_call_stats(bench.call)->responses, 2);
    assert_int_equal(fakes[0].requests + fakes[1].requests + fakes[2].requests, 2);
    assert_int_equal(fakes[0].direct + fakes[1].direct + fakes[2].direct, 2);
    bench_end(&bench);
}

/* -I web1 -C nosuch must not act on web1: the class is asked for as well. */
static void a_named_node_must_match_the_rest_of_the_filter(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "discovery_timeout = 1\n");
    bench_call(&bench);
    assert_int_equal(mc_call_filter(bench.call, MC_SELECT_IDENTITY, "web1", NULL), 0);
    assert_int_equal(mc_call_filter(bench.call, MC_SELECT_FACT, "country=de", NULL), 0);
    assert_int_equal(mc_call_discover(bench.call, NULL), 0);
    /* These fakes answer whatever the filter is: that they were asked is the point. */
    assert_int_equal(mc_call_stats(bench.call)->discovered, 3);
    assert_int_equal(fakes[0].filter.facts_count, 1);
    assert_int_equal(fakes[0].filter.identities.count, 1);
    bench_end(&bench);
}

static void a_pattern_that_nobody_can_compile_is_refused(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;
    static const struct
    {
        enum mc_select kind;
        const char *text;
    } rows[] = {
        {MC_SELECT_CLASS, "/a(/"},
        {MC_SELECT_IDENTITY, "/web[/"},
        {MC_SELECT_FACT, "country=/(/"},
        {MC_SELECT_WITH, "/(/ country=uk"},
    };

    (void)state;
    bench_begin(&bench, fakes, 3, "");
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_error error = {""};
        bench_call(&bench);
        assert_int_equal(mc_call_filter(bench.call, rows[i].kind, rows[i].text, &error),
                         MC_CLIENT_USAGE);
        assert_non_null(strstr(error.text, "pattern"));
        bench.call = mc_call_free(bench.call);
    }
    bench_end(&bench);
}

static void a_limit_without_direct_addressing_is_a_pattern(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "direct_addressing = 0\n");
    bench_call(&bench);
    assert_int_equal(mc_call_limit(bench.call, "1", NULL), 0);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_run(&bench);
    assert_int_equal(fakes[2].direct, 0);
    assert_int_equal(fakes[2].filter.identities.count, 1);
    assert_string_equal(fakes[2].filter.identities.items[0].pattern, "^(web1)$");
    bench_end(&bench);
}

static void a_percentage_is_cut_but_never_to_nobody(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "rpclimitmethod = random\ndiscovery_timeout = 1\n");
    bench_call(&bench);
    assert_int_equal(mc_call_limit(bench.call, "10%", NULL), 0);
    mc_call_limit_seed(bench.call, 5);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->discovered, 3);
    assert_int_equal(mc_call_stats(bench.call)->responses, 1);
    bench_end(&bench);
}

static void silent_and_failing_nodes_are_told_apart(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;
    size_t count = 0;

    (void)state;
    fakes[0].manner = FAKE_SILENT;
    fakes[1].manner = FAKE_FAILING;
    bench_begin(&bench, fakes, 3, "");
    bench_call(&bench);
    bench_name_nodes(&bench);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_run(&bench);
    const struct mc_call_stats *stats = mc_call_stats(bench.call);
    assert_int_equal(stats->responses, 2);
    assert_int_equal(stats->failed, 1);
    const char *const *names = mc_call_names(bench.call, MC_NODES_NO_RESPONSE, &count);
    assert_int_equal(count, 1);
    assert_string_equal(names[0], "web1");
    assert_int_equal(mc_call_exit_code(bench.call), 2);
    bench_end(&bench);
}

static void bad_replies_are_dropped(void **state)
{
    struct fake fakes[] = {
        {.identity = "web1", .country = "uk", .manner = FAKE_GARBAGE},
        {.identity = "web2", .country = "uk", .manner = FAKE_FORGED},
        {.identity = "web3", .country = "uk", .manner = FAKE_NO_RPC},
        {.identity = "web4", .country = "uk"},
    };
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 4, "");
    bench_call(&bench);
    bench_name_nodes(&bench);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->responses, 1);
    assert_int_equal(mc_call_stats(bench.call)->dropped, 3);
    assert_non_null(strstr(bench.notices, "was dropped"));
    bench_end(&bench);
}

/* What nodes do, and how the client puts it. */
static const struct
{
    const char *identity;
    enum fake_manner manner;
    struct mc_result result;
    enum mc_end end;
    const char *reason;
} many_ends[] = {
    {"a", FAKE_GOOD, {0}, MC_END_ANSWERED, NULL},
    {"b", FAKE_FAILING, {0}, MC_END_ANSWERED, "it went wrong"},
    {"c", FAKE_SILENT, {0}, MC_END_NO_ANSWER, NULL},
    {"d", FAKE_NO_RPC, {0}, MC_END_UNREADABLE, "it is no RPC reply"},
    {"e", FAKE_GARBAGE, {0}, MC_END_NO_ANSWER, NULL},
    /* of the original: status and words tell */
    {"f",
     FAKE_TELLING,
     {1, MC_REFUSAL_TEXT, NULL, NULL},
     MC_END_REFUSED,
     MC_REFUSAL_TEXT},
    {"g",
     FAKE_TELLING,
     {4, "no such input", NULL, NULL},
     MC_END_INVALID,
     "no such input"},
    {"h", FAKE_TELLING, {5, "oops", NULL, NULL}, MC_END_ANSWERED, "oops"},
    /* of this program: it says so */
    {"i",
     FAKE_TELLING,
     {4, "of the agent", NULL, "answered"},
     MC_END_ANSWERED,
     "of the agent"},
    {"j",
     FAKE_TELLING,
     {5, "too slow", NULL, "timed out"},
     MC_END_TIMED_OUT,
     "too slow"},
    {"k",
     FAKE_TELLING,
     {5, "none", NULL, "agent missing"},
     MC_END_AGENT_MISSING,
     "none"},
    {"l", FAKE_TELLING, {5, "late", NULL, "expired"}, MC_END_EXPIRED, "late"},
    {"m", FAKE_TELLING, {5, "busy now", NULL, "busy"}, MC_END_BUSY, "busy now"},
    /* what no node can know, or no client */
    {"n", FAKE_TELLING, {5, "me not", NULL, "no answer"}, MC_END_ANSWERED, "me not"},
    {"o", FAKE_TELLING, {4, "new", NULL, "of the future"}, MC_END_INVALID, "new"},
};

static void every_node_comes_to_one_end(void **state)
{
    struct fake fakes[MC_COUNT(many_ends)] = {0};
    size_t sum = 0;
    struct bench bench;

    (void)state;
    for (size_t i = 0; i < MC_COUNT(many_ends); i++) {
        fakes[i] = (struct fake){.identity = many_ends[i].identity,
                                 .country = "uk",
                                 .manner = many_ends[i].manner,
                                 .result = many_ends[i].result};
    }
    bench_begin(&bench, fakes, MC_COUNT(many_ends), "");
    bench_call(&bench);
    bench_name_nodes(&bench);
    mc_call_timeouts(bench.call, 1, 0, 0);
    bench_run(&bench);
    for (size_t i = 0; i < MC_COUNT(many_ends); i++) {
        const struct mc_client_end *end = mc_call_end(bench.call, i);
        assert_non_null(end);
        assert_string_equal(end->node, many_ends[i].identity);
        assert_string_equal(mc_end_name(end->end), mc_end_name(many_ends[i].end));
        assert_string_equal(end->reason ? end->reason : "",
                            many_ends[i].reason ? many_ends[i].reason : "");
    }
    assert_null(mc_call_end(bench.call, MC_COUNT(many_ends)));
    for (unsigned i = 0; i < MC_END_COUNT; i++) {
        sum += mc_call_stats(bench.call)->ends[i];
    }
    assert_int_equal(sum, MC_COUNT(many_ends));
    assert_int_equal(mc_call_stats(bench.call)->ends[MC_END_ANSWERED], 5);
    assert_int_equal(mc_call_stats(bench.call)->ends[MC_END_NO_ANSWER], 2);
    bench_end(&bench);
}

/* What a node says may be long; the cut leaves whole characters. */
static void long_reasons_are_cut(void **state)
{
    struct fake fakes[] = {
        {.identity = "web1", .country = "uk", .manner = FAKE_TELLING},
    };
    char words[1000];
    struct bench bench;

    (void)state;
    memset(words, 'x', sizeof(words));
    memcpy(words + MC_END_REASON_BYTES_MAX - 2, "\xe2\x82\xac", 3);
    words[sizeof(words) - 1] = '\0';
    fakes[0].result = (struct mc_result){.status = 1, .message = words};
    bench_begin(&bench, fakes, 1, "");
    bench_call(&bench);
    bench_name_nodes(&bench);
    bench_run(&bench);
    const struct mc_client_end *end_of = mc_call_end(bench.call, 0);
    assert_int_equal(strlen(end_of->reason), MC_END_REASON_BYTES_MAX - 2);
    bench_end(&bench);
}

static void nobody_at_all(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    fakes[0].manner = fakes[1].manner = fakes[2].manner = FAKE_DEAD;
    bench_begin(&bench, fakes, 3, "discovery_timeout = 1\n");
    bench_call(&bench);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->discovered, 0);
    assert_int_equal(fakes[0].requests, 0);
    assert_int_equal(mc_call_exit_code(bench.call), 1);
    bench_call(&bench);
    bench_name_nodes(&bench);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_run(&bench);
    assert_int_equal(mc_call_exit_code(bench.call), 4);
    bench_end(&bench);
}

static void a_mute_call_waits_for_nobody(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "");
    bench_call(&bench);
    assert_int_equal(mc_call_no_results(bench.call, NULL), 0);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->responses, 0);
    assert_non_null(mc_call_stats(bench.call)->request_id);
    bench_end(&bench);
}

static void ping(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "");
    assert_int_equal(mc_call_new_ping(bench.client, &bench.call, NULL), 0);
    mc_call_timeouts(bench.call, 1, -1, 0);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->responses, 3);
    assert_int_equal(mc_call_exit_code(bench.call), 0);
    bench_end(&bench);
}

struct stopping
{
    struct mc_client *client;
};

static void stop_it(void *user, const struct mc_client_reply *reply)
{
    struct stopping *stopping = user;

    (void)reply;
    mc_client_stop(stopping->client);
}

static void a_call_can_be_stopped(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;
    struct mc_error error = {{0}};

    (void)state;
    bench_begin(&bench, fakes, 3, "");
    assert_int_equal(mc_call_new_ping(bench.client, &bench.call, NULL), 0);
    struct stopping stopping = {.client = bench.client};
    mc_call_on_reply(bench.call, stop_it, &stopping);
    assert_int_equal(mc_call_run(bench.call, &error), MC_CLIENT_STOPPED);
    bench_end(&bench);
}

/* A call that is stopped between two batches has not sent to everybody. */
static void who_was_never_asked_is_not_sent(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "");
    struct stopping stopping = {.client = bench.client};
    bench_call(&bench);
    bench_name_nodes(&bench);
    assert_int_equal(mc_call_batch(bench.call, "1", 0, NULL), 0);
    mc_call_on_reply(bench.call, stop_it, &stopping);
    assert_int_equal(mc_call_run(bench.call, NULL), MC_CLIENT_STOPPED);
    assert_int_equal(mc_call_stats(bench.call)->ends[MC_END_ANSWERED], 1);
    assert_int_equal(mc_call_stats(bench.call)->ends[MC_END_NOT_SENT], 2);
    bench_end(&bench);
}

static void mistakes_are_found_before_anything_is_sent(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;
    struct mc_error error = {{0}};
    struct mc_call *call = NULL;

    (void)state;
    bench_begin(&bench, fakes, 3, "collectives = mcollective, uk\n");
    assert_int_equal(mc_call_new(bench.client, "nosuch", "x", &call, &error),
                     MC_CLIENT_NO_DDL);
    assert_string_equal(error.text, "Can't find DDL for agent plugin 'nosuch'");
    assert_int_equal(mc_call_new(bench.client, "rpcutil", "nosuch", &call, &error),
                     MC_CLIENT_USAGE);
    assert_int_equal(
        mc_call_new(bench.client, "rpcutil", "get_fact", &bench.call, &error), 0);
    assert_int_equal(mc_call_run(bench.call, &error), MC_CLIENT_USAGE);
    assert_string_equal(error.text, "Action get_fact needs a fact argument");
    assert_int_equal(mc_call_run(bench.call, &error), MC_CLIENT_USAGE);
    assert_string_equal(error.text, "a call runs once; make another one");
    assert_int_equal(mc_call_filter(bench.call, MC_SELECT_FACT, "x", &error),
                     MC_CLIENT_USAGE);
    assert_string_equal(
        error.text,
        "Could not parse fact x it does not appear to be in a valid format");
    assert_int_equal(mc_call_collective(bench.call, "x", &error), MC_CLIENT_USAGE);
    assert_string_equal(
        error.text, "Unknown collective 'x' known collectives are 'mcollective, uk'");
    assert_int_equal(mc_call_limit(bench.call, "x", &error), MC_CLIENT_USAGE);
    assert_string_equal(error.text, "Invalid limit specified: x valid limits are "
                                    "/^d+%*$/");
    assert_int_equal(mc_call_method(bench.call, "nosuch", NULL, 0, &error),
                     MC_CLIENT_USAGE);
    assert_string_equal(error.text, "Unknown discovery method nosuch");
    assert_int_equal(fakes[0].requests, 0);
    bench_end(&bench);
}

/* The connector's "full" and the client's "usage" have the same number. */
static void a_name_that_cannot_be_sent_to_is_no_slow_broker(void **state)
{
    char name[2048] = "";
    struct fake fakes[] = THREE;
    struct bench bench;
    struct mc_error error = {{0}};

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    bench_begin(&bench, fakes, 3, "");
    bench_call(&bench);
    assert_int_equal(mc_call_filter(bench.call, MC_SELECT_IDENTITY, name, NULL), 0);
    assert_int_equal(mc_call_run(bench.call, &error), MC_CLIENT_USAGE);
    assert_memory_equal(error.text, "the connector cannot send to a node called 'aaa",
                        47);
    assert_string_equal(bench.notices, "");
    bench_end(&bench);
}

static void a_limit_of_zero_percent_is_not_everybody(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 3, "discovery_timeout = 1\n");
    bench_call(&bench);
    assert_int_equal(mc_call_limit(bench.call, "0%", NULL), 0);
    bench_run(&bench);
    assert_int_equal(mc_call_stats(bench.call)->responses, 1);
    assert_int_equal(fakes[0].requests + fakes[1].requests + fakes[2].requests, 1);
    bench_end(&bench);
}

struct outage
{
    struct bench *bench;
    struct mc_timer *begins;
    struct mc_timer *ends;
    size_t asked; /* when it ended */
};

static void outage_begins(void *user)
{
    struct outage *outage = user;

    outage->bench->client->up = false;
    mc_timer_start(outage->ends, 50);
}

static void outage_ends(void *user)
{
    struct outage *outage = user;

    outage->asked = outage->bench->fakes[0].requests;
    outage->bench->client->up = true;
    mc_client__wake(outage->bench->client);
}

/* Between two calls nobody runs the loop: the request went to a connection that had
 * ended, and was lost. */
static void a_link_lost_between_calls_is_waited_for(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;
    struct outage outage = {.bench = &bench};

    (void)state;
    bench_begin(&bench, fakes, 3, "");
    bench_call(&bench);
    bench_name_nodes(&bench);
    bench_run(&bench);
    assert_int_equal(fakes[0].requests, 1);
    outage.begins = mc_timer_new(bench.client->loop, outage_begins, &outage);
    outage.ends = mc_timer_new(bench.client->loop, outage_ends, &outage);
    mc_timer_start(outage.begins, 0);
    bench_call(&bench);
    bench_name_nodes(&bench);
    bench_run(&bench);
    assert_int_equal(outage.asked, 1);
    assert_int_equal(mc_call_stats(bench.call)->responses, 3);
    mc_timer_free(outage.begins);
    mc_timer_free(outage.ends);
    bench_end(&bench);
}

static void a_file_can_name_the_nodes(void **state)
{
    struct fake fakes[] = THREE;
    struct bench bench;
    char path[] = "/tmp/marionette-nodes-XXXXXX";
    const char *option = path;

    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    (void)fputs("# all of them\n\nweb1\n  db1 \n", file);
    (void)fclose(file);
    bench_begin(&bench, fakes, 3, "");
    bench_call(&bench);
    assert_int_equal(mc_call_method(bench.call, "flatfile", &option, 1, NULL), 0);
    bench_run(&bench);
    (void)unlink(path);
    assert_int_equal(mc_call_stats(bench.call)->responses, 2);
    assert_int_equal(fakes[0].direct, 1);
    assert_int_equal(fakes[1].requests, 0);
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_nodes_are_asked_by_name),
        cmocka_unit_test(a_named_node_must_match_the_rest_of_the_filter),
        cmocka_unit_test(a_pattern_that_nobody_can_compile_is_refused),
        cmocka_unit_test(discovered_nodes_keep_the_filter),
        cmocka_unit_test(a_number_limits_discovery),
        cmocka_unit_test(a_limit_without_direct_addressing_is_a_pattern),
        cmocka_unit_test(a_percentage_is_cut_but_never_to_nobody),
        cmocka_unit_test(silent_and_failing_nodes_are_told_apart),
        cmocka_unit_test(bad_replies_are_dropped),
        cmocka_unit_test(every_node_comes_to_one_end),
        cmocka_unit_test(long_reasons_are_cut),
        cmocka_unit_test(who_was_never_asked_is_not_sent),
        cmocka_unit_test(nobody_at_all),
        cmocka_unit_test(a_mute_call_waits_for_nobody),
        cmocka_unit_test(ping),
        cmocka_unit_test(a_call_can_be_stopped),
        cmocka_unit_test(mistakes_are_found_before_anything_is_sent),
        cmocka_unit_test(a_file_can_name_the_nodes),
        cmocka_unit_test(a_link_lost_between_calls_is_waited_for),
        cmocka_unit_test(a_name_that_cannot_be_sent_to_is_no_slow_broker),
        cmocka_unit_test(a_limit_of_zero_percent_is_not_everybody),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
