/* JSON: as Ruby writes it, hostile inputs, round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/codec.h"
#include "codec/test-support.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void assert_written(const struct mc_value *value, mc_codec_encode_fn *fn,
                           struct mc_arena *arena, struct mc_bytes want)
{
    struct mc_bytes got;

    assert_int_equal(fn(value, arena, &got, NULL), 0);
    if (!mc_bytes_equal(got, want)) {
        fail_msg("%s\nis not\n%s", (const char *)got.data, (const char *)want.data);
    }
}

/* The dump and the JSON of one Ruby value: what one says, the other must. */
static void json_is_what_ruby_writes(void **state)
{
    static const char *const names[] = {"scalars", "texts",  "request", "reply",
                                        "filter",  "nested", "keys"};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22);
        const char *dump = mc_arena_printf(arena, "%s.marshal", names[i]);
        const char *json = mc_arena_printf(arena, "%s.json", names[i]);
        const char *pretty = mc_arena_printf(arena, "%s.pretty", names[i]);
        const struct mc_value *value = NULL;
        assert_int_equal(mc_marshal_decode(mc_codec_test_golden(arena, dump), 0, arena,
                                           &value, NULL),
                         0);
        assert_written(value, mc_json_encode, arena, mc_codec_test_golden(arena, json));
        assert_written(value, mc_json_encode_pretty, arena,
                       mc_codec_test_golden(arena, pretty));
    }
}

static void what_json_lacks_becomes_something_near(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct mc_value *object = mc_value_text(arena, "Time");
    const struct
    {
        const struct mc_value *value;
        const char *want;
    } rows[] = {
        {mc_value_float(arena, (double)NAN), "null"},
        {mc_value_float(arena, -HUGE_VAL), "null"},
        {mc_value_symbol(arena, "a\"b"), "\"a\\\"b\""},
        {mc_value_string(arena, MC_BYTES("a\xff\xc3")),
         "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
        {mc_value_string(arena, MC_BYTES("\x7f\0\x1f")), "\"\x7f\\u0000\\u001f\""},
        {mc_value_regexp(arena, MC_BYTES("a\\/"), MC_REGEXP_IGNORECASE),
         "\"(?i-mx:a\\\\/)\""},
        {object, "\"#<Time>\""},
    };

    (void)state;
    object->type = MC_OBJECT;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        assert_written(rows[i].value, mc_json_encode, arena,
                       mc_bytes_text(rows[i].want));
    }
}

static void bad_input_gets_its_answer(void **state)
{
    static const struct
    {
        int result;
        const char *text;
    } rows[] = {
        {0, "1"},
        {0, "\"a\\u0000b\""},
        {0, " [ ] "},
        {MC_CODEC_MALFORMED, ""},
        {MC_CODEC_MALFORMED, "nul"},
        {MC_CODEC_MALFORMED, "1 2"},
        {MC_CODEC_MALFORMED, "[1,]"},
        {MC_CODEC_MALFORMED, "{\"a\":"},
        {MC_CODEC_MALFORMED, "\"\\"},
        {MC_CODEC_MALFORMED, "\"\xff\""},
        {MC_CODEC_MALFORMED, "\"\\ud800\""},
        {MC_CODEC_MALFORMED, "[01]"},
        {MC_CODEC_MALFORMED, "[12345678901234567890123x]"},
        {MC_CODEC_MALFORMED, "]"},
        {MC_CODEC_MALFORMED, "{\"\\u0000\":1}"},
        {MC_CODEC_LIMIT, "1e999"},
    };
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const struct mc_value *value = NULL;
        struct mc_error error = {""};
        int r = mc_json_decode(mc_bytes_text(rows[i].text), 0, arena, &value, &error);
        if (r != rows[i].result || !value != (r != 0) || !error.text[0] != (r == 0)) {
            fail_msg("%s gave %d, not %d", rows[i].text, r, rows[i].result);
        }
    }
}

static void depth_is_limited(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    char text[2 * MC_VALUE_DEPTH_MAX + 2];
    const struct mc_value *value = NULL;

    (void)state;
    for (size_t depth = MC_VALUE_DEPTH_MAX; depth < MC_VALUE_DEPTH_MAX + 2; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', sizeof(text) - depth);
        size_t len = depth * 2 < sizeof(text) ? depth * 2 : sizeof(text);
        assert_int_equal(
            mc_json_decode(mc_bytes_make(text, len), 0, arena, &value, NULL),
            depth > MC_VALUE_DEPTH_MAX ? MC_CODEC_LIMIT : 0);
    }
}

static void big_integers_become_floats_and_the_last_key_wins(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    const struct mc_value *value = NULL;

    (void)state;
    assert_int_equal(
        mc_json_decode(MC_BYTES("[9223372036854775807,-9223372036854775808,"
                                "9223372036854775808,\"9223372036854775808\","
                                "{\"a\":1,\"b\":2,\"a\":3}]"),
                       0, arena, &value, NULL),
        0);
    assert_true(value->array.items[0]->integer == INT64_MAX);
    assert_true(value->array.items[1]->integer == INT64_MIN);
    assert_int_equal(value->array.items[2]->type, MC_FLOAT);
    assert_true(value->array.items[2]->real > 9.2e18);
    assert_string_equal(mc_value_cstr(value->array.items[3]), "9223372036854775808");
    assert_int_equal(value->array.items[4]->hash.count, 2);
    assert_int_equal(mc_value_get_text(value->array.items[4], "a")->integer, 3);
}

static void random_trees_survive(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
        const struct mc_value *tree = mc_codec_test_tree(arena, seed, true);
        const struct mc_value *back = NULL;
        struct mc_bytes bytes;
        assert_int_equal(mc_json_encode(tree, arena, &bytes, NULL), 0);
        assert_int_equal(mc_json_decode(bytes, 0, arena, &back, NULL), 0);
        assert_true(mc_value_equal(tree, back));
        assert_int_equal(mc_json_encode_pretty(tree, arena, &bytes, NULL), 0);
        assert_int_equal(mc_json_decode(bytes, 0, arena, &back, NULL), 0);
        assert_true(mc_value_equal(tree, back));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_what_ruby_writes),
        cmocka_unit_test(what_json_lacks_becomes_something_near),
        cmocka_unit_test(bad_input_gets_its_answer),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(big_integers_become_floats_and_the_last_key_wins),
        cmocka_unit_test(random_trees_survive),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
