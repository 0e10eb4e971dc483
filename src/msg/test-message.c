/* Callerids, identities, requestids, and the RPC parts of requests and replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "msg/message.h"
#include <string.h>

#define ARENA \
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20)

static void corner_case_26_callerids_are_checked_over_the_whole_text(void **state)
{
    static const char *const good[] = {"uid=0",           "cert=foo-bar", "a_1=x",
                                       "uid=foo.bar.123", "user=..",      "A=-"};
    static const char *const bad[] = {
        "",
        "foo-bar",
        "foo=bar=baz",
        "foo=bar\\baz",
        "foo=bar/baz",
        "foo=bar|baz",
        "uid=0\n",
        "uid=0\nx",
        "x\nuid=0",
        "uid=",
        "=0",
        "u.d=0",
        "uid=0 ",
        " uid=0",
        "u-d=0",
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(good); i++) {
        assert_true(mc_caller_valid(good[i]));
    }
    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        assert_false(mc_caller_valid(bad[i]));
    }
    assert_false(mc_caller_valid(NULL));
}

static void identities_are_checked_over_the_whole_text(void **state)
{
    (void)state;
    assert_true(mc_identity_valid("web-1.my_net"));
    assert_false(mc_identity_valid(""));
    assert_false(mc_identity_valid(NULL));
    assert_false(mc_identity_valid("web 1"));
    assert_false(mc_identity_valid("web1\n"));
    assert_false(mc_identity_valid("a/b"));
    assert_false(mc_identity_valid("a\\b"));
}

static void ids_are_random_hex(void **state)
{
    ARENA;
    const char *one = NULL;
    const char *two = NULL;

    (void)state;
    assert_int_equal(mc_request_new_id(arena, &one), 0);
    assert_int_equal(mc_request_new_id(arena, &two), 0);
    assert_int_equal(strlen(one), 32);
    assert_int_equal(strspn(one, "0123456789abcdef"), 32);
    assert_string_not_equal(one, two);
}

static const struct mc_value *rpc(struct mc_arena *arena, struct mc_value *data)
{
    struct mc_value *payload = mc_value_hash(arena);

    assert_int_equal(
        mc_value_set_symbol(arena, payload, "action", mc_value_text(arena, "ping")), 0);
    if (data) {
        assert_int_equal(mc_value_set_symbol(arena, payload, "data", data), 0);
    }
    return payload;
}

static bool responds(struct mc_arena *arena, const char *key, struct mc_value *flag)
{
    struct mc_value *data = mc_value_hash(arena);
    struct mc_rpc part = {0};

    assert_int_equal(mc_value_set_text(arena, data, key, flag), 0);
    assert_int_equal(mc_rpc_from_value(rpc(arena, data), &part), 0);
    assert_ptr_equal(part.data, data);
    return part.respond;
}

static void only_nil_and_false_suppress_replies(void **state)
{
    ARENA;
    const char *key = "process_results";
    struct mc_rpc part = {0};

    (void)state;
    assert_true(responds(arena, key, mc_value_bool(arena, true)));
    assert_true(responds(arena, key, mc_value_text(arena, "false")));
    assert_true(responds(arena, "other", mc_value_nil(arena)));
    assert_false(responds(arena, key, mc_value_bool(arena, false)));
    assert_false(responds(arena, key, mc_value_nil(arena)));
    assert_int_equal(mc_rpc_from_value(rpc(arena, NULL), &part), 0);
    assert_false(part.respond);
    assert_null(part.data);
    assert_int_equal(mc_rpc_from_value(rpc(arena, mc_value_text(arena, "text")), &part),
                     0);
    assert_false(part.respond);
}

/* An RPC request whose keys are all Symbols or all Strings. */
static const struct mc_value *spelled(struct mc_arena *arena, bool symbols,
                                      const struct mc_value *data)
{
    int (*const set)(struct mc_arena *, struct mc_value *, const char *,
                     const struct mc_value *) =
        symbols ? mc_value_set_symbol : mc_value_set_text;
    struct mc_value *payload = mc_value_hash(arena);

    assert_int_equal(set(arena, payload, "action", mc_value_text(arena, "ping")), 0);
    assert_int_equal(set(arena, payload, "data", data), 0);
    return payload;
}

static void corner_case_68_both_spellings_of_body_and_data(void **state)
{
    ARENA;
    const char *key = "process_results";

    (void)state;
    for (int symbols = 0; symbols < 4; symbols++) {
        struct mc_value *data = mc_value_hash(arena);
        struct mc_rpc part = {0};
        const struct mc_value *no = mc_value_bool(arena, false);
        int r = symbols & 2 ? mc_value_set_symbol(arena, data, key, no)
                            : mc_value_set_text(arena, data, key, no);
        assert_int_equal(r, 0);
        assert_int_equal(mc_rpc_from_value(spelled(arena, symbols & 1, data), &part),
                         0);
        assert_string_equal(part.action, "ping");
        assert_ptr_equal(part.data, data);
        assert_false(part.respond);
    }
    const struct mc_value *odd[] = {mc_value_text(arena, "x"), mc_value_nil(arena),
                                    mc_value_array(arena)};
    for (size_t i = 0; i < MC_COUNT(odd); i++) {
        struct mc_rpc part = {0};
        assert_int_equal(mc_rpc_from_value(spelled(arena, true, odd[i]), &part), 0);
        assert_null(part.data);
        assert_false(part.respond);
        assert_null(mc_value_get_name(part.data, "x"));
    }
}

static void actions_are_strings(void **state)
{
    ARENA;
    struct mc_value *payload = mc_value_hash(arena);
    struct mc_rpc part = {.action = "untouched"};

    (void)state;
    assert_int_equal(mc_rpc_from_value(NULL, &part), MC_MESSAGE_MALFORMED);
    assert_int_equal(mc_rpc_from_value(payload, &part), MC_MESSAGE_MALFORMED);
    assert_int_equal(
        mc_value_set_symbol(arena, payload, "action", mc_value_symbol(arena, "ping")),
        0);
    assert_int_equal(mc_rpc_from_value(payload, &part), MC_MESSAGE_MALFORMED);
    assert_int_equal(
        mc_value_set_symbol(arena, payload, "action",
                            mc_value_string(arena, mc_bytes_make("pi\0ng", 5))),
        0);
    assert_int_equal(mc_rpc_from_value(payload, &part), MC_MESSAGE_MALFORMED);
    assert_string_equal(part.action, "untouched");
}

static void rpc_parts_go_round(void **state)
{
    ARENA;
    struct mc_value *data = mc_value_hash(arena);
    const struct mc_value *payload = NULL;
    struct mc_rpc part = {0};

    (void)state;
    assert_int_equal(
        mc_value_set_symbol(arena, data, "fact", mc_value_text(arena, "os")), 0);
    assert_int_equal(
        mc_rpc_to_value(arena, "rpcutil", "get_fact", "uid=0", data, false, &payload),
        0);
    assert_int_equal(mc_rpc_from_value(payload, &part), 0);
    assert_string_equal(part.action, "get_fact");
    assert_false(part.respond);
    assert_int_equal(part.data->hash.count, 2);
    assert_int_equal(data->hash.count, 1);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(payload, "caller")), "uid=0");
    /* What the inputs say already is not overruled. */
    assert_int_equal(
        mc_value_set_symbol(arena, data, "process_results", mc_value_bool(arena, true)),
        0);
    assert_int_equal(mc_rpc_to_value(arena, "a", "b", "c=d", data, false, &payload), 0);
    assert_int_equal(mc_rpc_from_value(payload, &part), 0);
    assert_true(part.respond);
    assert_int_equal(part.data->hash.count, 2);
    assert_int_equal(mc_rpc_to_value(arena, "a", "b", "c=d", NULL, true, &payload), 0);
    assert_int_equal(mc_rpc_from_value(payload, &part), 0);
    assert_true(part.respond);
}

static void results_go_round(void **state)
{
    ARENA;
    struct mc_result result = {.status = 5, .message = "broken", .data = NULL};
    const struct mc_value *payload = NULL;
    struct mc_value *odd = mc_value_hash(arena);
    struct mc_result back = {0};

    (void)state;
    assert_int_equal(mc_result_to_value(arena, &result, &payload), 0);
    assert_int_equal(mc_result_from_value(payload, &back), 0);
    assert_int_equal(back.status, 5);
    assert_string_equal(back.message, "broken");
    assert_int_equal(back.data->hash.count, 0);
    /* String keys are read, a missing text is an empty one. */
    assert_int_equal(
        mc_value_set_text(arena, odd, "statuscode", mc_value_int(arena, 77)), 0);
    assert_int_equal(mc_result_from_value(odd, &back), 0);
    assert_int_equal(back.status, 77);
    assert_string_equal(back.message, "");
    assert_null(back.data);
    assert_int_equal(mc_result_from_value(mc_value_text(arena, "pong"), &back),
                     MC_MESSAGE_MALFORMED);
    assert_int_equal(mc_result_from_value(mc_value_hash(arena), &back),
                     MC_MESSAGE_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_26_callerids_are_checked_over_the_whole_text),
        cmocka_unit_test(identities_are_checked_over_the_whole_text),
        cmocka_unit_test(ids_are_random_hex),
        cmocka_unit_test(only_nil_and_false_suppress_replies),
        cmocka_unit_test(corner_case_68_both_spellings_of_body_and_data),
        cmocka_unit_test(actions_are_strings),
        cmocka_unit_test(rpc_parts_go_round),
        cmocka_unit_test(results_go_round),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
