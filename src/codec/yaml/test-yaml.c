/* YAML: scalars as Psych reads them, hostile inputs, round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/codec.h"
#include "codec/test-support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each line: hex of a plain scalar, hex of Ruby's dump of what Psych read, or a -. */
static void plain_scalars_mean_what_psych_reads(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 24);
    struct mc_bytes golden = mc_codec_test_golden(arena, "plain-scalars.txt");
    int count = 0;

    (void)state;
    while (golden.len) {
        size_t end = mc_bytes_find(golden, '\n');
        struct mc_bytes line = mc_bytes_slice(golden, 0, end);
        size_t gap = mc_bytes_find(line, ' ');
        const char *want = mc_arena_text(arena, mc_bytes_slice(line, gap + 1, end));
        struct mc_bytes text = mc_codec_test_hex(
            arena, mc_arena_text(arena, mc_bytes_slice(line, 0, gap)));
        const char *yaml = mc_arena_printf(arena, "--- %.*s\n", (int)text.len,
                                           (const char *)text.data);
        const struct mc_value *value = NULL;
        struct mc_bytes bytes = {0};
        int r = mc_yaml_decode(mc_bytes_text(yaml), 0, arena, &value, NULL);
        if (r == 0) {
            assert_int_equal(mc_marshal_encode(value, arena, &bytes, NULL), 0);
        }
        if (*want == '-' ? r != MC_CODEC_REFUSED
                         : !mc_bytes_equal(bytes, mc_codec_test_hex(arena, want))) {
            fail_msg("%s is read differently (%d)", yaml, r);
        }
        golden = mc_bytes_slice(golden, end + 1, golden.len);
        count++;
    }
    assert_true(count > 150);
}

static void assert_golden(const char *name, mc_codec_decode_fn *fn, bool readable)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22);
    const char *marshal = mc_arena_printf(arena, "%s.marshal", name);
    const char *yaml = mc_arena_printf(arena, "%s.yaml", name);
    const struct mc_value *want = NULL;
    const struct mc_value *got = NULL;

    assert_int_equal(
        mc_marshal_decode(mc_codec_test_golden(arena, marshal), 0, arena, &want, NULL),
        0);
    int r = fn(mc_codec_test_golden(arena, yaml), 0, arena, &got, NULL);
    if (!readable) {
        assert_int_equal(r, MC_CODEC_REFUSED);
        return;
    }
    assert_int_equal(r, 0);
    if (!mc_value_equal(want, got)) {
        fail_msg("%s differs", name);
    }
}

static void what_psych_writes_is_read(void **state)
{
    static const char *const names[] = {"scalars", "texts",  "request", "reply",
                                        "filter",  "nested", "keys",    "binary"};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        assert_golden(names[i], mc_yaml_decode, true);
        assert_golden(names[i], mc_yaml_decode_facts, true);
    }
    assert_golden("patterns", mc_yaml_decode_facts, false);
}

static int decode(mc_codec_decode_fn *fn, struct mc_arena *arena, const char *text,
                  const struct mc_value **ret_value)
{
    struct mc_error error = {""};
    int r = fn(mc_bytes_text(text), 0, arena, ret_value, &error);

    if (r != 0 && error.text[0] == 0) {
        fail_msg("%s was refused without a word", text);
    }
    return r;
}

static void bad_input_gets_its_answer(void **state)
{
    static const struct
    {
        int strict;
        int facts;
        const char *text;
    } rows[] = {
        {0, 0, ""},
        {0, 0, "# nothing\n"},
        {MC_CODEC_REFUSED, 0, "- &a x\n- *a\n"},
        {MC_CODEC_REFUSED, MC_CODEC_MALFORMED, "- *a\n"},
        {MC_CODEC_REFUSED, MC_CODEC_REFUSED, "&a [*a]\n"},
        {MC_CODEC_REFUSED, MC_CODEC_REFUSED, "!ruby/object:Object {}\n"},
        {MC_CODEC_REFUSED, MC_CODEC_REFUSED, "- !ruby/hash:X {a: 1}\n"},
        {MC_CODEC_REFUSED, MC_CODEC_REFUSED, "!!set {a}\n"},
        {MC_CODEC_REFUSED, MC_CODEC_REFUSED, "!ruby/range 1..2\n"},
        {MC_CODEC_REFUSED, MC_CODEC_REFUSED, "a: 2001-02-03\n"},
        {MC_CODEC_REFUSED, MC_CODEC_REFUSED, "a: 2001-02-03 04:05:06\n"},
        {0, 0, "a: '2001-02-03'\n"},
        {0, MC_CODEC_REFUSED, "!ruby/regexp /a/i\n"},
        {MC_CODEC_MALFORMED, MC_CODEC_REFUSED, "!ruby/regexp a\n"},
        {MC_CODEC_MALFORMED, MC_CODEC_MALFORMED, "!binary '%'\n"},
        {MC_CODEC_MALFORMED, MC_CODEC_MALFORMED, "!!float x\n"},
        {MC_CODEC_MALFORMED, MC_CODEC_MALFORMED, "--- 1\n--- 2\n"},
        {MC_CODEC_MALFORMED, MC_CODEC_MALFORMED, "a: b: c\n"},
        {MC_CODEC_MALFORMED, MC_CODEC_MALFORMED, "a:\n\tb: 1\n"},
        {MC_CODEC_MALFORMED, MC_CODEC_MALFORMED, "[1"},
        {MC_CODEC_MALFORMED, MC_CODEC_MALFORMED, "\xff"},
        {MC_CODEC_MALFORMED, MC_CODEC_MALFORMED, "a: \x01\n"},
    };
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const struct mc_value *value = NULL;
        int strict = decode(mc_yaml_decode, arena, rows[i].text, &value);
        assert_true(strict == 0 || !value);
        int facts = decode(mc_yaml_decode_facts, arena, rows[i].text, &value);
        if (strict != rows[i].strict || facts != rows[i].facts) {
            fail_msg("%s gave %d and %d", rows[i].text, strict, facts);
        }
    }
}

static int decode_repeated(struct mc_arena *arena, const char *part, size_t times)
{
    size_t len = strlen(part);
    uint8_t *text = mc_arena_alloc(arena, len * times);
    const struct mc_value *value = NULL;

    for (size_t i = 0; i < len * times; i++) {
        text[i] = (uint8_t)part[i % len];
    }
    return mc_yaml_decode(mc_bytes_make(text, len * times), 0, arena, &value, NULL);
}

static void depth_and_expansion_are_limited(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22);
    char bomb[1200] = "a: &a [x, x, x, x]\n";
    size_t len = strlen(bomb);
    const struct mc_value *value = NULL;

    (void)state;
    assert_int_equal(decode_repeated(arena, "- ", MC_VALUE_DEPTH_MAX), 0);
    assert_int_equal(decode_repeated(arena, "- ", MC_VALUE_DEPTH_MAX + 1),
                     MC_CODEC_LIMIT);
    assert_int_equal(decode_repeated(arena, "[", 100000), MC_CODEC_LIMIT);
    assert_int_equal(decode_repeated(arena, "{a: ", 1000), MC_CODEC_LIMIT);
    for (char c = 'b'; c <= 't'; c++) {
        len += (size_t)snprintf(bomb + len, sizeof(bomb) - len,
                                "%c: &%c [*%c, *%c, *%c, *%c]\n", c, c, c - 1, c - 1,
                                c - 1, c - 1);
    }
    assert_int_equal(decode(mc_yaml_decode_facts, arena, bomb, &value), MC_CODEC_LIMIT);
}

static void an_alias_counts_with_the_depth_behind_it(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (int depth = 23; depth < 25; depth++) {
        char text[400];
        char marks[81];
        const struct mc_value *value = NULL;
        memset(marks, '[', 40);
        memset(marks + 40, ']', 40);
        marks[80] = 0;
        (void)snprintf(text, sizeof(text), "- &a %s\n- %.*s*a %.*s\n", marks, depth,
                       marks, depth, marks + 40);
        assert_int_equal(decode(mc_yaml_decode_facts, arena, text, &value),
                         1 + depth + 40 > MC_VALUE_DEPTH_MAX ? MC_CODEC_LIMIT : 0);
    }
}

/* Each as a value and as a key; what a YAML 1.1 reader may misread is quoted. */
static void strings_are_quoted_when_in_doubt(void **state)
{
    static const char *const rows[][2] = {
        {"plain text, here", "plain text, here"},
        {"a:b#c", "a:b#c"},
        {"", "\"\""},
        {"y", "\"y\""},
        {"N", "\"N\""},
        {"off", "\"off\""},
        {"Null", "\"Null\""},
        {"~", "\"~\""},
        {"<<", "!!str \"<<\""},
        {"=", "\"=\""},
        {"1", "\"1\""},
        {"0x1f", "\"0x1f\""},
        {"1_000", "\"1_000\""},
        {".5", "\".5\""},
        {"12345678e1234", "\"12345678e1234\""},
        {"2001-02-03", "\"2001-02-03\""},
        {":x", "\":x\""},
        {"a: b", "\"a: b\""},
        {"a:", "\"a:\""},
        {"a #b", "\"a #b\""},
        {" a", "\" a\""},
        {"a ", "\"a \""},
        {"- a", "\"- a\""},
        {"a\tb\"\\", "\"a\\tb\\\"\\\\\""},
        {"\xc2\x85\xe2\x80\xa8\x7f", "\"\\x85\\u2028\\x7F\""},
        {"gr\xc3\xbc", "\"gr\xc3\xbc\""},
        {"\xff", "!binary \"/w==\""},
    };
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_value *hash = mc_value_hash(arena);
        const struct mc_value *text = mc_value_text(arena, rows[i][0]);
        struct mc_bytes got;
        assert_int_equal(mc_value_set(arena, hash, text, text), 0);
        assert_int_equal(mc_yaml_encode(hash, arena, &got, NULL), 0);
        assert_string_equal(
            (const char *)got.data,
            mc_arena_printf(arena, "---\n%s: %s\n", rows[i][1], rows[i][1]));
    }
}

static void merge_keys_fill_in(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    const struct mc_value *value = NULL;
    const struct mc_value *want = NULL;

    (void)state;
    assert_int_equal(decode(mc_yaml_decode_facts, arena,
                            "b: &b {x: 1, y: 2}\n"
                            "o:\n  x: 0\n  <<: *b\n  y: 3\n"
                            "l:\n  <<: [{x: 1}, {x: 2, z: 3}]\n",
                            &value),
                     0);
    assert_int_equal(decode(mc_json_decode, arena,
                            "{\"b\":{\"x\":1,\"y\":2},\"o\":{\"x\":1,\"y\":3},"
                            "\"l\":{\"x\":1,\"z\":3}}",
                            &want),
                     0);
    assert_true(mc_value_equal(value, want));
}

/* Specification 8.5, in the form that is written here. */
static void a_request_is_written_in_block_style(void **state)
{
    static const char want[] = "---\n"
                               ":agent: package\n"
                               ":action: status\n"
                               ":caller: cert=alice\n"
                               ":data:\n"
                               "  :package: zsh\n"
                               "  :process_results: true\n";
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    const struct mc_value *value = NULL;
    struct mc_value *outer = mc_value_hash(arena);
    struct mc_bytes got;

    (void)state;
    assert_int_equal(mc_marshal_decode(mc_codec_test_golden(arena, "request.marshal"),
                                       0, arena, &value, NULL),
                     0);
    assert_int_equal(mc_yaml_encode(value, arena, &got, NULL), 0);
    assert_string_equal((const char *)got.data, want);
    assert_int_equal(
        mc_value_set_symbol(arena, outer, "body", mc_value_text(arena, "a\n b\n")), 0);
    assert_int_equal(
        mc_value_set_symbol(arena, outer, "id", mc_value_text(arena, "12345678e1234")),
        0);
    assert_int_equal(mc_yaml_encode(outer, arena, &got, NULL), 0);
    assert_string_equal((const char *)got.data,
                        "---\n:body: |\n  a\n   b\n:id: \"12345678e1234\"\n");
}

static void a_full_arena_is_a_limit(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *bytes = mc_arena_new(1 << 20);
    struct mc_bytes in = mc_codec_test_golden(bytes, "filter.yaml");

    (void)state;
    for (size_t room = 0; room < 6000; room += 16) {
        MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(room);
        const struct mc_value *value = NULL;
        int r = mc_yaml_decode(in, 0, arena, &value, NULL);
        assert_true(r == MC_CODEC_LIMIT || (r == 0 && room > 1000));
    }
}

static void random_trees_survive(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
        const struct mc_value *tree = mc_codec_test_tree(arena, seed, false);
        const struct mc_value *back = NULL;
        struct mc_error error = {""};
        struct mc_bytes bytes;
        assert_int_equal(mc_yaml_encode(tree, arena, &bytes, NULL), 0);
        int r = mc_yaml_decode(bytes, 0, arena, &back, &error);
        if (r != 0 || !mc_value_equal(tree, back)) {
            fail_msg("seed %d: %d %s\n%s", (int)seed, r, error.text,
                     (const char *)bytes.data);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_scalars_mean_what_psych_reads),
        cmocka_unit_test(what_psych_writes_is_read),
        cmocka_unit_test(bad_input_gets_its_answer),
        cmocka_unit_test(depth_and_expansion_are_limited),
        cmocka_unit_test(an_alias_counts_with_the_depth_behind_it),
        cmocka_unit_test(strings_are_quoted_when_in_doubt),
        cmocka_unit_test(merge_keys_fill_in),
        cmocka_unit_test(a_request_is_written_in_block_style),
        cmocka_unit_test(a_full_arena_is_a_limit),
        cmocka_unit_test(random_trees_survive),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
