/* Inputs: every type and validation of spec 5.4, and the words of each refusal. */
#include "ddl/ddl-private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static int set_up(void **state)
{
    *state = mc_arena_new((size_t)4 * 1024 * 1024);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    *state = mc_arena_free(*state);
    return 0;
}

static struct mc_ddl_input input_of(struct mc_arena *arena, const char *type)
{
    return (struct mc_ddl_input){.name = "x",
                                 .symbol = true,
                                 .type = type,
                                 .default_value = mc_value_nil(arena)};
}

/* words: NULL when the value is good. */
static void check(const struct mc_ddl_input *input, const struct mc_value *value,
                  const char *words)
{
    struct mc_error error = {""};
    char wanted[600] = "";

    int r = mc_ddl_validate_input(input, value, &error);
    if (words) {
        (void)snprintf(wanted, sizeof(wanted), "Cannot validate input x: %s", words);
    }
    assert_string_equal(error.text, wanted);
    assert_int_equal(r, words ? MC_DDL_INVALID : 0);
}

static void test_types(void **state)
{
    struct mc_arena *arena = *state;
    const struct mc_value *values[] = {
        mc_value_int(arena, 1),      mc_value_float(arena, 1.0),
        mc_value_bool(arena, false), mc_value_text(arena, "1"),
        mc_value_nil(arena),         mc_value_array(arena),
        mc_value_hash(arena),        mc_value_symbol(arena, "a"),
    };
    static const struct
    {
        const char *type;
        const char *good; /* one letter for each value above */
        const char *words;
    } types[] = {
        {"integer", "y.......", "value should be a integer"},
        {"float", ".y......", "value should be a float"},
        {"number", "yy......", "value should be a number"},
        {"boolean", "..y.....", "value should be a boolean"},
        {"string", "...y....", "value should be a string"},
        {"array", ".....y..", "value should be a array"},
        {"hash", "......y.", "value should be a hash"},
        {"any", "yyyyyyyy", ""},
        {"puppet_tags", "........", "Unknown validator: 'puppet_tags'."},
        {"shellsafe", "...y....", "value should be a String"},
        {"ipv4address", "........", "value should be an ipv4 address"},
        {"ipv6address", "........", "value should be an ipv6 address"},
    };

    for (size_t i = 0; i < MC_COUNT(types); i++) {
        struct mc_ddl_input input = input_of(arena, types[i].type);
        for (size_t j = 0; j < MC_COUNT(values); j++) {
            check(&input, values[j], types[i].good[j] == 'y' ? NULL : types[i].words);
        }
    }
}

static void test_lists(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_ddl_input input = input_of(arena, "list");
    struct mc_value *list = mc_value_array(arena);

    assert_int_equal(mc_value_push(arena, list, mc_value_text(arena, "fast")), 0);
    assert_int_equal(mc_value_push(arena, list, mc_value_int(arena, 1)), 0);
    input.list = list;
    check(&input, mc_value_text(arena, "fast"), NULL);
    check(&input, mc_value_float(arena, 1.0), NULL);
    check(&input, mc_value_text(arena, "1"), "value should be one of fast, 1");
    check(&input, mc_value_symbol(arena, "fast"), "value should be one of fast, 1");
    check(&input, mc_value_nil(arena), "value should be one of fast, 1");
    for (int i = 0; i < 400; i++) {
        assert_int_equal(mc_value_push(arena, list, mc_value_int(arena, i)), 0);
    }
    struct mc_error error = {""};
    assert_int_equal(mc_ddl_validate_input(&input, mc_value_text(arena, "no"), &error),
                     MC_DDL_INVALID);
}

static void test_strings(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_ddl_input input = input_of(arena, "string");

    input.validation = mc_value_text(arena, "^[a-z\xc3\xa9]+$");
    input.maxlength = 5;
    check(&input, mc_value_text(arena, "abc"), NULL);
    check(&input, mc_value_text(arena, "caf\xc3\xa9s"), NULL); /* five characters */
    check(&input, mc_value_text(arena, "abcdef"),
          "Input string is longer than 5 character(s)");
    check(&input, mc_value_text(arena, "A b"), "value should match ^[a-z\xc3\xa9]+$");
    input.maxlength = 0;
    check(&input, mc_value_text(arena, "abcdefghijklmnop"), NULL);
    input.validation = mc_value_regexp(arena, MC_BYTES("^A/"), MC_REGEXP_IGNORECASE);
    check(&input, mc_value_text(arena, "xx\na/b"), NULL); /* ^ after a line end */
    check(&input, mc_value_text(arena, "b"), "value should match (?i-mx:^A/)");
    input.validation = mc_value_regexp(arena, MC_BYTES("x"), 0);
    check(&input, mc_value_text(arena, "b"), "value should match (?-mix:x)");
    input.validation = mc_value_symbol(arena, "shellsafe");
    check(&input, mc_value_text(arena, "a|b"), "value should not have | in it");
    input.validation = mc_value_symbol(arena, "ipv4address");
    check(&input, mc_value_text(arena, "10.0.0.1"), NULL);
    input.validation = mc_value_symbol(arena, "site_rule");
    check(&input, mc_value_text(arena, "b"), "Unknown validator: 'site_rule'.");
    input.validation = mc_value_int(arena, 5); /* accepts everything */
    check(&input, mc_value_text(arena, "b"), NULL);
    struct mc_value *class = mc_value_hash(arena);
    assert_int_equal(
        mc_value_set_symbol(arena, class, "class", mc_value_text(arena, "Integer")), 0);
    input.validation = class;
    check(&input, mc_value_text(arena, "b"), "value should be a Integer");
}

static void test_bad_pattern(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_ddl_input input = input_of(arena, "string");
    struct mc_error error = {""};

    input.validation = mc_value_text(arena, "(");
    assert_int_equal(mc_ddl_validate_input(&input, mc_value_text(arena, "a"), &error),
                     MC_DDL_INVALID);
    assert_non_null(
        strstr(error.text, "Cannot validate input x: invalid regular expression"));
}

/* The original looks for new validator files every five minutes; these are part of the
 * program, so a name that is unknown stays so. */
static void corner_case_82_shellsafe_types_and_unknown_validators(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_ddl_input input = input_of(arena, "shellsafe");
    static const char *const unsafe[] = {"`", "$", ";", "|", "&&", ">", "<"};
    static const struct
    {
        const char *type;
        const char *words;
    } types[] = {
        {"integer", "value should be a integer"},
        {"float", "value should be a float"},
        {"number", "value should be a number"},
        {"string", "value should be a string"},
        {"boolean", "value should be a boolean"},
    };

    check(&input, mc_value_text(arena, "a & b \\ 'c' \"d\"\n"), NULL);
    for (size_t i = 0; i < MC_COUNT(unsafe); i++) {
        const char *words =
            mc_arena_printf(arena, "value should not have %s in it", unsafe[i]);
        check(&input, mc_value_format(arena, "a%sb", unsafe[i]), words);
    }
    check(&input, mc_value_string(arena, MC_BYTES("a\0;b")),
          "value should not have ; in it");
    check(&input, mc_value_int(arena, 1), "value should be a String");
    for (size_t i = 0; i < MC_COUNT(types); i++) {
        input = input_of(arena, types[i].type);
        check(&input, mc_value_symbol(arena, "1"), types[i].words);
    }
    input = input_of(arena, "nosuch");
    check(&input, mc_value_text(arena, "x"), "Unknown validator: 'nosuch'.");
    input = input_of(arena, "string");
    input.validation = mc_value_symbol(arena, "nosuch");
    check(&input, mc_value_text(arena, "x"), "Unknown validator: 'nosuch'.");
}

static void test_addresses(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_ddl_input four = input_of(arena, "ipv4address");
    struct mc_ddl_input six = input_of(arena, "ipv6address");
    static const char *const only_four[] = {"1.2.3.4", "1.2.3.4/24",
                                            "1.2.3.4/255.255.0.0"};
    static const char *const only_six[] = {"::1", "fe80::1%eth0", "fe80::/10", "[::1]",
                                           "::ffff:1.2.3.4"};
    static const char *const neither[] = {
        "",        "1.2.3",    "1.2.3.256", "1.2.3.4/33", "1.2.3.4/255.0.255.0",
        "host",    "1.2.3.4 ", "::1/129",   "fe80::1%",   ":::1",
        "12345::", "1.2.3.4/", "[1.2.3.4]"};

    for (size_t i = 0; i < MC_COUNT(only_four); i++) {
        check(&four, mc_value_text(arena, only_four[i]), NULL);
        check(&six, mc_value_text(arena, only_four[i]),
              "value should be an ipv6 address");
    }
    for (size_t i = 0; i < MC_COUNT(only_six); i++) {
        check(&six, mc_value_text(arena, only_six[i]), NULL);
        check(&four, mc_value_text(arena, only_six[i]),
              "value should be an ipv4 address");
    }
    for (size_t i = 0; i < MC_COUNT(neither); i++) {
        check(&four, mc_value_text(arena, neither[i]),
              "value should be an ipv4 address");
        check(&six, mc_value_text(arena, neither[i]),
              "value should be an ipv6 address");
    }
}

static void test_requests(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_ddl_input inputs[] = {input_of(arena, "integer"),
                                    input_of(arena, "integer"),
                                    input_of(arena, "boolean")};
    struct mc_ddl_action action = {.name = "a", .inputs = inputs, .inputs_count = 3};
    struct mc_value *data = mc_value_hash(arena);
    struct mc_error error = {""};

    inputs[1].name = "y";
    inputs[1].optional = true;
    inputs[2].name = "z";
    inputs[2].optional = true;
    assert_int_equal(mc_ddl_validate(&action, NULL, &error), MC_DDL_INVALID);
    assert_string_equal(error.text, "Action a needs a x argument");
    assert_int_equal(mc_value_set_text(arena, data, "x", mc_value_int(arena, 1)), 0);
    assert_int_equal(
        mc_value_set_symbol(arena, data, "process_results", mc_value_nil(arena)), 0);
    assert_int_equal(mc_ddl_validate(&action, data, NULL), 0);
    assert_int_equal(mc_value_set_symbol(arena, data, "y", mc_value_nil(arena)), 0);
    assert_int_equal(mc_ddl_validate(&action, data, &error), MC_DDL_INVALID);
    assert_string_equal(error.text,
                        "Cannot validate input y: value should be a integer");
}

/* Both spellings declared: a String is then not taken for the Symbol. */
static void test_both_spellings(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_ddl_input inputs[] = {input_of(arena, "integer"),
                                    input_of(arena, "string")};
    struct mc_ddl_action action = {.name = "a", .inputs = inputs, .inputs_count = 2};
    struct mc_value *data = mc_value_hash(arena);

    inputs[0].optional = true;
    inputs[1].symbol = false;
    assert_int_equal(mc_value_set_text(arena, data, "x", mc_value_text(arena, "t")), 0);
    assert_int_equal(mc_ddl_validate(&action, data, NULL), 0);
}

static void corner_case_81_words_for_booleans_and_plain_numbers(void **state)
{
    struct mc_arena *arena = *state;
    static const struct
    {
        const char *type;
        const char *text;
        enum mc_type got;
        const char *back; /* the text of the value, or the words of the refusal */
    } words[] = {
        {"boolean", "TRUE", MC_BOOL, "true"},
        {"boolean", "t", MC_BOOL, "true"},
        {"boolean", "yEs", MC_BOOL, "true"},
        {"boolean", "y", MC_BOOL, "true"},
        {"boolean", "1", MC_BOOL, "true"},
        {"boolean", "False", MC_BOOL, "false"},
        {"boolean", "f", MC_BOOL, "false"},
        {"boolean", "No", MC_BOOL, "false"},
        {"boolean", "N", MC_BOOL, "false"},
        {"boolean", "0", MC_BOOL, "false"},
        {"boolean", "yep", MC_NIL, "yep does not look like a boolean argument"},
        {"boolean", "on", MC_NIL, "on does not look like a boolean argument"},
        {"boolean", "", MC_NIL, " does not look like a boolean argument"},
        {"integer", "010", MC_INT, "10"},
        {"number", "1.50", MC_FLOAT, "1.5"},
        {"float", "7", MC_INT, "7"},
        {"number", "99999999999999999999", MC_BIGINT, "99999999999999999999"},
        {"number", "-1", MC_NIL, "-1 does not look like a number"},
        {"number", "1e5", MC_NIL, "1e5 does not look like a number"},
        {"number", "0x10", MC_NIL, "0x10 does not look like a number"},
        {"number", "1.", MC_NIL, "1. does not look like a number"},
        {"number", ".5", MC_NIL, ".5 does not look like a number"},
        {"number", "", MC_NIL, " does not look like a number"},
        {"string", "5", MC_STRING, "5"},
        {"list", "true", MC_STRING, "true"},
    };

    for (size_t i = 0; i < MC_COUNT(words); i++) {
        struct mc_ddl_input input = input_of(arena, words[i].type);
        const struct mc_value *value = NULL;
        struct mc_error error = {""};
        int r = mc_ddl_convert(&input, words[i].text, arena, &value, &error);
        if (words[i].got == MC_NIL) {
            assert_int_equal(r, MC_DDL_INVALID);
            assert_string_equal(error.text, words[i].back);
            continue;
        }
        assert_int_equal(r, 0);
        assert_int_equal(value->type, words[i].got);
        assert_string_equal(mc_ddl__text(value, arena), words[i].back);
    }
}

static void test_float_texts(void **state)
{
    struct mc_arena *arena = *state;
    static const struct
    {
        double real;
        const char *text;
    } floats[] = {
        {1, "1.0"},
        {0.1, "0.1"},
        {-2.5, "-2.5"},
        {1e15, "1000000000000000.0"},
        {1e16, "1.0e+16"},
        {1.5e20, "1.5e+20"},
        {1e-4, "0.0001"},
        {1.25e-5, "1.25e-05"},
        {0, "0.0"},
        {100, "100.0"},
        {123456.789, "123456.789"},
    };

    for (size_t i = 0; i < MC_COUNT(floats); i++) {
        assert_string_equal(mc_ddl__float_text(floats[i].real, arena), floats[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_bad_pattern),
        cmocka_unit_test(corner_case_82_shellsafe_types_and_unknown_validators),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_both_spellings),
        cmocka_unit_test(corner_case_81_words_for_booleans_and_plain_numbers),
        cmocka_unit_test(test_float_texts),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("ddl-validate", tests, set_up, tear_down);
}
