/* Ruby's meaning of patterns, bytes that are no text, and limits of effort. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/regexp.h"

static void patterns_mean_what_ruby_means(void **state)
{
    static const struct
    {
        const char *pattern;
        unsigned options;
        const char *text;
        int result;
    } cases[] = {
        {"", 0, "", 0},
        {"b", 0, "abc", 0},
        {"d", 0, "abc", MC_REGEXP_NO_MATCH},
        {"^b$", 0, "a\nb\nc", 0},
        {"\\Ab", 0, "a\nb", MC_REGEXP_NO_MATCH},
        {"a\\Z", 0, "a\n", 0},
        {"a\\z", 0, "a\n", MC_REGEXP_NO_MATCH},
        {"a.b", 0, "a\nb", MC_REGEXP_NO_MATCH},
        {"a.b", 4, "a\nb", 0},
        {"(?m)a.b", 0, "a\nb", 0},
        {"ABC", 0, "abc", MC_REGEXP_NO_MATCH},
        {"ABC", 1, "abc", 0},
        {"a b # c", 2, "ab", 0},
        {"^\\h+$", 0, "12aF", 0},
        {"\\h", 0, " xyz", MC_REGEXP_NO_MATCH},
        {"^.$", 0, "\xc3\xa4", 0},
        {"^.$", 0, "\xe4", 0},
        {"^..$", 0, "\xc3\xa4", MC_REGEXP_NO_MATCH},
        {"\\u00e4", 0, "\xc3\xa4", 0},
        {"\xc3\x84", 1, "\xc3\xa4", 0},
        {"\\w", 0, "\xc3\xa4", MC_REGEXP_NO_MATCH},
        {"\\d", 0, "\xd9\xa3", MC_REGEXP_NO_MATCH},
        {"\\p{Alpha}", 0, "\xc3\xa4", 0},
        {"[[:upper:]]", 0, "aB", 0},
        {"^\\xe4$", 0, "\xe4", MC_REGEXP_INVALID},
        {"(?<year>\\d+)-\\k<year>", 0, "7-7", 0},
        {"(?!a)b(?<=b)", 0, "ab", 0},
        {"(a|b", 0, "a", MC_REGEXP_INVALID},
        {"*", 0, "a", MC_REGEXP_INVALID},
        {"[", 0, "a", MC_REGEXP_INVALID},
        {"(?<a>\\g<a>)", 0, "a", MC_REGEXP_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct mc_error error = {{0}};
        int result = mc_regexp_once(mc_bytes_text(cases[i].pattern), cases[i].options,
                                    mc_bytes_text(cases[i].text), &error);
        if (result != cases[i].result) {
            fail_msg("case %zu: /%s/ on '%s' is %d: %s", i, cases[i].pattern,
                     cases[i].text, result, error.text);
        }
        assert_true((result == MC_REGEXP_INVALID) == (strlen(error.text) > 0));
    }
}

static void groups_tell_where(void **state)
{
    struct mc_regexp *regexp = NULL;
    struct mc_regexp_match match;

    (void)state;
    assert_int_equal(mc_regexp_new(MC_BYTES("(\\w+)=(x)?(\\d+)"), 0, &regexp, NULL), 0);
    assert_int_equal(mc_regexp_search(regexp, MC_BYTES("a=1, bc=22"), 3, &match), 0);
    assert_int_equal(match.count, 4);
    assert_int_equal(match.group[0].from, 5);
    assert_int_equal(match.group[0].to, 10);
    assert_int_equal(match.group[1].to, 7);
    assert_false(match.group[2].set);
    assert_int_equal(match.group[3].from, 8);
    assert_int_equal(mc_regexp_search(regexp, MC_BYTES("a=1"), 3, &match),
                     MC_REGEXP_NO_MATCH);
    assert_int_equal(mc_regexp_search(regexp, MC_BYTES("a=1"), 99, &match),
                     MC_REGEXP_NO_MATCH);
    assert_int_equal(match.count, 4);
    assert_int_equal(mc_regexp_search(regexp, mc_bytes_make(NULL, 0), 0, NULL),
                     MC_REGEXP_NO_MATCH);
    mc_regexp_free(regexp);
    mc_regexp_free(NULL);
}

static void more_groups_than_asked_for_are_left_out(void **state)
{
    char pattern[3 * 40 + 1] = "";
    struct mc_regexp *regexp = NULL;
    struct mc_regexp_match match;

    (void)state;
    for (size_t i = 0; i < 40; i++) {
        (void)snprintf(pattern + i * 3, sizeof(pattern) - i * 3, "(a)");
    }
    assert_int_equal(mc_regexp_new(mc_bytes_text(pattern), 0, &regexp, NULL), 0);
    char text[41] = "";
    memset(text, 'a', 40);
    assert_int_equal(mc_regexp_search(regexp, mc_bytes_text(text), 0, &match), 0);
    assert_int_equal(match.count, MC_REGEXP_GROUPS_MAX);
    mc_regexp_free(regexp);
}

static void bytes_that_are_no_text_are_searched_as_bytes(void **state)
{
    (void)state;
    assert_int_equal(mc_regexp_once(MC_BYTES("b\\xffc"), 0,
                                    MC_BYTES("a\0b\xff"
                                             "c"),
                                    NULL),
                     0);
    assert_int_equal(
        mc_regexp_once(MC_BYTES("\xff"), 0, MC_BYTES("\xc3\xa4\xff"), NULL), 0);
    assert_int_equal(mc_regexp_once(MC_BYTES("a\0b"), 0, MC_BYTES("xa\0b"), NULL), 0);
    assert_int_equal(mc_regexp_once(MC_BYTES("\\u4e2d"), 0, MC_BYTES("\xff"), NULL),
                     MC_REGEXP_NO_MATCH);
}

static void hostile_patterns_run_out_of_effort(void **state)
{
    static const char *const patterns[] = {"^(a+)+$", "^(a|aa)+$", "(.*)*b\\1c",
                                           "^(?:a?){40}a{40}$", "(x+x+)+y|(a*)*b"};
    size_t len = (size_t)1 << 20;
    char *text = mc_memory_new(len);

    (void)state;
    assert_non_null(text);
    memset(text, 'a', len);
    for (size_t i = 0; i < MC_COUNT(patterns); i++) {
        struct mc_bytes pattern = mc_bytes_text(patterns[i]);
        int result = mc_regexp_once(pattern, 0, mc_bytes_make(text, len), NULL);
        assert_true(result == MC_REGEXP_EFFORT || result == MC_REGEXP_NO_MATCH ||
                    result == 0);
        text[40] = '!';
        result = mc_regexp_once(pattern, 0, mc_bytes_make(text, 41), NULL);
        assert_true(result == MC_REGEXP_EFFORT || result == MC_REGEXP_NO_MATCH);
        text[40] = 'a';
    }
    text[60] = '!';
    assert_int_equal(
        mc_regexp_once(MC_BYTES("^(a+)+$"), 0, mc_bytes_make(text, 61), NULL),
        MC_REGEXP_EFFORT);
    mc_memory_free(text);
}

static void hostile_patterns_compile_or_do_not(void **state)
{
    char deep[MC_REGEXP_PATTERN_BYTES_MAX + 2];
    struct mc_error error = {{0}};

    (void)state;
    memset(deep, 'a', sizeof(deep));
    assert_int_equal(
        mc_regexp_once(mc_bytes_make(deep, sizeof(deep)), 0, MC_BYTES("a"), &error),
        MC_REGEXP_INVALID);
    assert_non_null(strstr(error.text, "longer"));
    memset(deep, '(', MC_REGEXP_PATTERN_BYTES_MAX / 2);
    memset(deep + MC_REGEXP_PATTERN_BYTES_MAX / 2, ')',
           MC_REGEXP_PATTERN_BYTES_MAX / 2);
    int result = mc_regexp_once(mc_bytes_make(deep, MC_REGEXP_PATTERN_BYTES_MAX), 0,
                                MC_BYTES("a"), &error);
    assert_true(result == 0 || result == MC_REGEXP_INVALID);
    result = mc_regexp_once(MC_BYTES("(((a{1000}){1000}){1000}){1000}"), 0,
                            MC_BYTES("a"), &error);
    assert_true(result == MC_REGEXP_INVALID || result == MC_REGEXP_NO_MATCH ||
                result == MC_REGEXP_EFFORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_mean_what_ruby_means),
        cmocka_unit_test(groups_tell_where),
        cmocka_unit_test(more_groups_than_asked_for_are_left_out),
        cmocka_unit_test(bytes_that_are_no_text_are_searched_as_bytes),
        cmocka_unit_test(hostile_patterns_run_out_of_effort),
        cmocka_unit_test(hostile_patterns_compile_or_do_not),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
