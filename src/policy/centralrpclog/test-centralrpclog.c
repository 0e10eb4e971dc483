/* The audit to the collective: what is sent, what waits, and what is lost aloud. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/record.h"
#include "policy/test-support.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct bench
{
    struct test_host host;
    struct mc_arena *arena;
    struct mc_loop *loop;
    struct mc_policy *policy;
    struct mc_request request;
    struct mc_rpc rpc;
    /* what the broker answers, and what came to it */
    int answer;
    bool refuses_hashes; /* -EINVAL for data that is a hash */
    size_t tried;
    size_t told;
    char collective[64];
    char agent[64];
    const struct mc_value *payload;
    size_t lost;
};

static int tell(void *user, const char *collective, const char *agent,
                const struct mc_value *payload, struct mc_error *error)
{
    struct bench *bench = (struct bench *)user;
    const struct mc_value *data = mc_value_get_symbol(payload, "data");

    bench->tried++;
    if (bench->answer != 0) {
        mc_error_set(error, "the broker of the test says no");
        return bench->answer;
    }
    if (bench->refuses_hashes && mc_value_is(data, MC_HASH)) {
        return -EINVAL;
    }
    bench->told++;
    (void)snprintf(bench->collective, sizeof(bench->collective), "%s", collective);
    (void)snprintf(bench->agent, sizeof(bench->agent), "%s", agent);
    bench->payload = mc_value_copy(payload, bench->arena);
    return 0;
}

static void lost(void *user, size_t records, const char *why)
{
    struct bench *bench = user;

    assert_true(why[0] != '\0');
    bench->lost += records;
}

static struct mc_loop *loop(void *user)
{
    struct bench *bench = user;

    return bench->loop;
}

static int set_up(void **state)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));
    struct mc_error error = {""};

    test_host_init(&bench->host, false);
    bench->host.ops.tell = tell;
    bench->host.ops.lost = lost;
    bench->host.ops.loop = loop;
    bench->host.host.user = bench;
    bench->arena = mc_arena_new(1 << 28);
    bench->loop = mc_loop_new();
    assert_int_equal(test_policy_open(&bench->host,
                                      "rpcaudit = 1\n"
                                      "rpcauditprovider = Centralrpclog\n"
                                      "collectives = mcollective, audit\n"
                                      "plugin.centralrpclog.collective = audit\n",
                                      "a.cfg", &bench->policy, &error),
                     0);
    bench->request = (struct mc_request){
        .id = "1234",
        .time_s = 1389179593,
        .caller = "uid=500",
        .sender = "desk",
        .agent = "package",
    };
    bench->rpc = (struct mc_rpc){
        .action = "status",
        .data = mc_value_hash(bench->arena),
    };
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    mc_policy_free(bench->policy);
    mc_loop_free(bench->loop);
    mc_arena_free(bench->arena);
    test_free(bench);
    return 0;
}

static int audit(struct bench *bench, struct mc_error *error)
{
    return mc_policy_audit(bench->policy, &bench->request, &bench->rpc, error);
}

/* The number at the front of the data, to know the order of records. */
static void number(struct bench *bench, int64_t n)
{
    struct mc_value *data = mc_value_hash(bench->arena);

    assert_int_equal(
        mc_value_set_symbol(bench->arena, data, "n", mc_value_int(bench->arena, n)), 0);
    bench->rpc.data = data;
}

static int64_t last_number(const struct bench *bench)
{
    const struct mc_value *data = mc_value_get_symbol(bench->payload, "data");

    return mc_value_get_symbol(data, "n")->integer;
}

static void a_record_is_sent_to_the_agent_at_once(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};
    struct mc_policy_record record;

    number(bench, 7);
    assert_int_equal(audit(bench, &error), 0);
    assert_int_equal(bench->told, 1);
    assert_string_equal(bench->collective, "audit");
    assert_string_equal(bench->agent, "centralrpclog");
    assert_int_equal(mc_policy_record_from_value(bench->payload, &record), 0);
    assert_string_equal(record.id, "1234");
    assert_int_equal(record.time_s, 1389179593);
    assert_string_equal(record.caller, "uid=500");
    assert_string_equal(record.sender, "desk");
    assert_string_equal(record.agent, "package");
    assert_string_equal(record.action, "status");
    assert_true(mc_value_equal(record.data, bench->rpc.data));
}

static void what_cannot_be_sent_waits_in_order(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};

    bench->answer = MC_POLICY_LATER;
    for (int i = 1; i <= 3; i++) {
        number(bench, i);
        assert_int_equal(audit(bench, &error), 0);
    }
    assert_int_equal(bench->tried, 1);
    bench->answer = 0;
    number(bench, 4);
    assert_int_equal(audit(bench, &error), 0);
    assert_int_equal(bench->told, 0);
    mc_policy_connected(bench->policy);
    assert_int_equal(mc_loop_once(bench->loop, 100), 0);
    assert_int_equal(bench->told, 4);
    assert_int_equal(last_number(bench), 4);
    number(bench, 5);
    assert_int_equal(audit(bench, &error), 0);
    assert_int_equal(bench->told, 5);
    assert_int_equal(bench->lost, 0);
}

static void a_slow_broker_is_tried_again_without_being_told(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};

    bench->answer = MC_POLICY_LATER;
    assert_int_equal(audit(bench, &error), 0);
    bench->answer = 0;
    for (int i = 0; i < 100 && bench->told == 0; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 100), 0);
    }
    assert_int_equal(bench->told, 1);
}

static void a_full_queue_refuses_and_counts(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};

    bench->answer = MC_POLICY_LATER;
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(audit(bench, &error), 0);
    }
    assert_int_equal(audit(bench, &error), -ENOBUFS);
    assert_int_equal(audit(bench, &error), -ENOBUFS);
    assert_non_null(strstr(error.text, "10000 records wait"));
    assert_non_null(strstr(error.text, "lost so far: 2"));
    bench->answer = 0;
    mc_policy_connected(bench->policy);
    assert_int_equal(mc_loop_once(bench->loop, 100), 0);
    assert_int_equal(bench->told, 10000);
    assert_int_equal(audit(bench, &error), 0);
}

static void large_records_fill_the_queue_by_their_bytes(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};
    struct mc_value *data = mc_value_hash(bench->arena);
    static char text[100000];
    size_t taken = 0;

    memset(text, 'x', sizeof(text) - 1);
    assert_int_equal(
        mc_value_set_symbol(bench->arena, data, "a", mc_value_text(bench->arena, text)),
        0);
    bench->rpc.data = data;
    bench->answer = MC_POLICY_LATER;
    while (taken < 1000 && audit(bench, &error) == 0) {
        taken++;
    }
    assert_in_range(taken, 100, 335);
}

static void data_that_is_too_large_becomes_words(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};
    struct mc_value *data = mc_value_hash(bench->arena);
    char *text = mc_arena_alloc(bench->arena, 1 << 20);

    memset(text, 'x', (1 << 20) - 1);
    assert_int_equal(
        mc_value_set_symbol(bench->arena, data, "a", mc_value_text(bench->arena, text)),
        0);
    bench->rpc.data = data;
    assert_int_equal(audit(bench, &error), 0);
    assert_int_equal(bench->told, 1);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(bench->payload, "data")),
                        "(too large for a record)");
}

/* Nobody hides from the audit by data that cannot be sent. */
static void data_that_cannot_be_sent_becomes_a_text(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};

    number(bench, 5);
    bench->refuses_hashes = true;
    assert_int_equal(audit(bench, &error), 0);
    assert_int_equal(bench->told, 1);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(bench->payload, "data")),
                        "{:n=>5}");
}

static void what_can_never_be_sent_is_an_error(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};

    bench->answer = -EMSGSIZE;
    assert_int_equal(audit(bench, &error), -EMSGSIZE);
    assert_non_null(strstr(error.text, "says no"));
    bench->answer = MC_POLICY_LATER;
    assert_int_equal(audit(bench, &error), 0);
    bench->answer = -EMSGSIZE;
    mc_policy_connected(bench->policy);
    assert_int_equal(mc_loop_once(bench->loop, 100), 0);
    assert_int_equal(bench->lost, 1);
}

static void what_still_waits_at_the_end_is_lost_aloud(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};

    bench->answer = MC_POLICY_LATER;
    assert_int_equal(audit(bench, &error), 0);
    assert_int_equal(audit(bench, &error), 0);
    bench->policy = mc_policy_free(bench->policy);
    assert_int_equal(bench->lost, 2);
}

static void a_collective_that_is_not_ours_is_an_error(void **state)
{
    struct bench *bench = *state;
    struct mc_policy *policy = NULL;
    struct mc_error error = {""};

    assert_int_equal(test_policy_open(&bench->host,
                                      "rpcaudit = 1\n"
                                      "rpcauditprovider = centralrpclog\n"
                                      "plugin.centralrpclog.collective = audit\n",
                                      "a.cfg", &policy, &error),
                     -EINVAL);
    assert_non_null(strstr(error.text, "'audit' is none of collectives"));
}

static void a_record_needs_all_its_parts(void **state)
{
    struct bench *bench = *state;
    static const char *const parts[] = {"agent",  "action", "caller",
                                        "sender", "uniqid", "time"};
    struct mc_error error = {""};
    struct mc_policy_record record;

    assert_int_equal(audit(bench, &error), 0);
    for (size_t i = 0; i < MC_COUNT(parts); i++) {
        struct mc_value *copy = mc_value_copy(bench->payload, bench->arena);
        assert_int_equal(mc_value_set_symbol(bench->arena, copy, parts[i],
                                             mc_value_nil(bench->arena)),
                         0);
        assert_int_equal(mc_policy_record_from_value(copy, &record),
                         MC_MESSAGE_MALFORMED);
    }
    assert_int_equal(
        mc_policy_record_from_value(mc_value_text(bench->arena, "x"), &record),
        MC_MESSAGE_MALFORMED);
    assert_int_equal(mc_policy_record_from_value(NULL, &record), MC_MESSAGE_MALFORMED);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROW(a_record_is_sent_to_the_agent_at_once),
        ROW(what_cannot_be_sent_waits_in_order),
        ROW(a_slow_broker_is_tried_again_without_being_told),
        ROW(a_full_queue_refuses_and_counts),
        ROW(large_records_fill_the_queue_by_their_bytes),
        ROW(data_that_is_too_large_becomes_words),
        ROW(data_that_cannot_be_sent_becomes_a_text),
        ROW(what_can_never_be_sent_is_an_error),
        ROW(what_still_waits_at_the_end_is_lost_aloud),
        ROW(a_collective_that_is_not_ours_is_an_error),
        ROW(a_record_needs_all_its_parts),
    };
#undef ROW

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
