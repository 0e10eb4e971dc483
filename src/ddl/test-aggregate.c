/* Aggregates: each function over a handful of replies, and how each may fail. */
#include "ddl/aggregate-private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

/* Run one function over the output :v; lines are joined with "|". */
static const struct mc_aggregate_result *run(struct mc_arena *arena,
                                             const struct mc_ddl_aggregate *declared,
                                             const struct mc_value *const *values,
                                             size_t count, char *joined, size_t room)
{
    struct mc_ddl_output *outputs = mc_arena_array(arena, 1, sizeof(*outputs));
    struct mc_ddl_action action = {.name = "a",
                                   .outputs = outputs,
                                   .outputs_count = 1,
                                   .aggregates = declared,
                                   .aggregates_count = 1};
    const struct mc_aggregate_result *results = NULL;
    size_t results_count = 0;

    outputs[0] = (struct mc_ddl_output){
        .name = "v", .symbol = true, .description = "V", .display_as = "Vee"};
    struct mc_aggregates *aggregates = mc_aggregates_new(&action, arena);
    assert_non_null(aggregates);
    for (size_t i = 0; i < count; i++) {
        struct mc_value *data = mc_value_hash(arena);
        if (values[i]) {
            assert_int_equal(mc_value_set_symbol(arena, data, "v", values[i]), 0);
        }
        assert_int_equal(mc_aggregates_add(aggregates, data), 0);
    }
    assert_int_equal(mc_aggregates_finish(aggregates, &results, &results_count), 0);
    assert_int_equal(results_count, 1);
    assert_string_equal(results[0].display_as, "Vee");
    joined[0] = 0;
    for (const char *const *line = results[0].lines; *line; line++) {
        strncat(joined, line == results[0].lines ? "" : "|", room - strlen(joined) - 1);
        strncat(joined, *line, room - strlen(joined) - 1);
    }
    return &results[0];
}

static void check(struct mc_arena *arena, const struct mc_ddl_aggregate *declared,
                  const struct mc_value *const *values, size_t count, const char *lines,
                  const char *failure)
{
    char joined[2000];
    const struct mc_aggregate_result *result =
        run(arena, declared, values, count, joined, sizeof(joined));

    if (failure) {
        assert_non_null(result->failure);
        assert_string_equal(result->failure, failure);
    } else {
        assert_null(result->failure);
    }
    assert_string_equal(joined, lines);
}

static void test_summary(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_ddl_aggregate summary = {.function = "summary", .output = "v"};
    struct mc_value *array = mc_value_array(arena);
    const struct mc_value *values[] = {
        mc_value_text(arena, "bb"), mc_value_text(arena, "a"),
        mc_value_text(arena, "a"),  mc_value_int(arena, 12345),
        mc_value_nil(arena),        NULL,
        mc_value_bool(arena, true), array,
    };

    assert_int_equal(mc_value_push(arena, array, mc_value_text(arena, "a")), 0);
    assert_int_equal(mc_value_push(arena, array, mc_value_text(arena, "bb")), 0);
    check(arena, &summary, values, MC_COUNT(values),
          "    a = 3|   bb = 2|12345 = 1| true = 1", NULL);
    check(arena, &summary, values, 0, "", NULL);
    summary.format = "%s: %d hosts";
    check(arena, &summary, values, 2, "a: 1 hosts|bb: 1 hosts", NULL);
    summary.format = "%s %s %s";
    check(arena, &summary, values, 2, "", "exception raised while summarizing");
}

static void test_numbers(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_ddl_aggregate sum = {.function = "sum", .output = "v"};
    struct mc_ddl_aggregate average = {.function = "average", .output = "v"};
    const struct mc_value *whole[] = {mc_value_int(arena, 3), mc_value_int(arena, 4)};
    const struct mc_value *minus[] = {mc_value_int(arena, -3), mc_value_int(arena, -4)};
    const struct mc_value *real[] = {mc_value_int(arena, 3),
                                     mc_value_float(arena, 4.5)};
    const struct mc_value *large[] = {mc_value_int(arena, INT64_MAX),
                                      mc_value_int(arena, INT64_MAX)};
    const struct mc_value *bad[] = {mc_value_int(arena, 3), mc_value_text(arena, "4")};

    check(arena, &sum, whole, 2, "Sum of v: 7.000000", NULL);
    check(arena, &sum, real, 2, "Sum of v: 7.500000", NULL);
    check(arena, &sum, large, 2, "Sum of v: 18446744073709551616.000000", NULL);
    check(arena, &sum, NULL, 0, "Sum of v: 0.000000", NULL);
    check(arena, &average, whole, 2, "Average of v: 3.000000", NULL);
    check(arena, &average, minus, 2, "Average of v: -4.000000", NULL);
    check(arena, &average, real, 2, "Average of v: 3.750000", NULL);
    check(arena, &average, NULL, 0, "", "exception raised while summarizing");
    check(arena, &sum, bad, 2, "", "exception raised while processing result data");
    average.format = "Average: %0.2f";
    check(arena, &average, real, 2, "Average: 3.75", NULL);
    average.format = "Average: %d";
    check(arena, &average, real, 2, "Average: 3", NULL);
}

static void test_boolean_summary(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_value *titles = mc_value_hash(arena);
    const struct mc_value *values[] = {mc_value_bool(arena, true), mc_value_nil(arena),
                                       mc_value_bool(arena, false),
                                       mc_value_bool(arena, true)};
    struct mc_ddl_aggregate summary = {
        .function = "boolean_summary", .output = "v", .options = titles};

    assert_int_equal(
        mc_value_set_symbol(arena, titles, "true", mc_value_text(arena, "on")), 0);
    check(arena, &summary, values, 4, "   on = 2|false = 1", NULL);
}

static void test_nagios_states(void **state)
{
    struct mc_arena *arena = *state;
    const struct mc_value *values[] = {mc_value_int(arena, 0), mc_value_int(arena, 0),
                                       mc_value_int(arena, 2)};
    struct mc_ddl_aggregate nagios = {.function = "nagios_states", .output = "v"};

    check(arena, &nagios, values, 3,
          "        OK : 2|  CRITICAL : 1|   UNKNOWN : 0|   WARNING : 0", NULL);
}

static void test_process_summary(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_value *list = mc_value_array(arena);
    struct mc_value *process = mc_value_hash(arena);
    const struct mc_value *values[] = {list, mc_value_array(arena), list};
    struct mc_ddl_aggregate summary = {.function = "process_summary", .output = "v"};

    assert_int_equal(
        mc_value_set_symbol(arena, process, "rss", mc_value_int(arena, 1536)), 0);
    assert_int_equal(mc_value_push(arena, list, process), 0);
    check(arena, &summary, values, 3,
          "        Matched hosts: 2|    Matched Processes: 2|        Resident Size: "
          "3.000 MB|         Virtual Size: 0 B",
          NULL);
}

static void corner_case_95_a_failure_stays_with_its_function(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_ddl_output outputs[] = {
        {.name = "b", .symbol = true, .display_as = "B"},
        {.name = "a", .symbol = true, .display_as = "A"},
    };
    struct mc_ddl_aggregate declared[] = {
        {.function = "sum", .output = "b"},
        {.function = "unknown", .output = "b"},
        {.function = "sum", .output = "zz"},
        {.function = "summary", .output = "a", .format = "%s %s %s"},
        {.function = "sum", .output = "a"},
    };
    struct mc_ddl_action action = {.name = "a",
                                   .outputs = outputs,
                                   .outputs_count = 2,
                                   .aggregates = declared,
                                   .aggregates_count = MC_COUNT(declared)};
    struct mc_aggregates *aggregates = mc_aggregates_new(&action, arena);
    const struct mc_aggregate_result *results = NULL;
    size_t count = 0;
    struct mc_value *data = mc_value_hash(arena);

    assert_int_equal(mc_value_set_text(arena, data, "a", mc_value_int(arena, 5)), 0);
    assert_int_equal(mc_aggregates_add(aggregates, data), 0);
    assert_int_equal(mc_aggregates_finish(aggregates, &results, &count), 0);
    assert_int_equal(count, 5);
    assert_string_equal(results[0].output, "a");
    assert_string_equal(results[0].failure, "exception raised while summarizing");
    assert_null(results[0].lines[0]);
    assert_string_equal(results[1].output, "a");
    assert_null(results[1].failure);
    assert_int_equal(results[1].value->integer, 5);
    assert_string_equal(results[1].lines[0], "Sum of a: 5.000000");
    assert_string_equal(results[2].failure,
                        "exception raised while processing result data");
    assert_null(results[2].lines[0]);
    assert_string_equal(results[3].failure,
                        "exception raised while processing startup hook");
    assert_string_equal(results[4].failure, "unspecified output 'zz' for the action");
}

/* The original prints nothing for a number that is nil and for a count of nils; a nil
 * among numbers stops its function there as here. */
static void corner_case_96_widths_of_other_keys_and_nil(void **state)
{
    struct mc_arena *arena = *state;
    struct mc_ddl_aggregate summary = {.function = "summary", .output = "v"};
    struct mc_ddl_aggregate sum = {.function = "sum", .output = "v"};
    struct mc_value *list = mc_value_array(arena);
    const struct mc_value *keys[] = {
        mc_value_int(arena, 1234567), mc_value_symbol(arena, "ab"),
        mc_value_symbol(arena, "ab"), mc_value_float(arena, 1.5),
        mc_value_float(arena, 1.5),   mc_value_float(arena, 1.5),
    };
    const struct mc_value *nils[] = {list};
    const struct mc_value *numbers[] = {mc_value_int(arena, 1), mc_value_nil(arena)};

    check(arena, &summary, keys, MC_COUNT(keys), "    1.5 = 3|     ab = 2|1234567 = 1",
          NULL);
    assert_int_equal(mc_value_push(arena, list, mc_value_text(arena, "a")), 0);
    assert_int_equal(mc_value_push(arena, list, mc_value_nil(arena)), 0);
    check(arena, &summary, nils, 1, "", NULL);
    check(arena, &sum, numbers, 2, "", "exception raised while processing result data");
}

static void test_formats(void **state)
{
    struct mc_arena *arena = *state;
    static const struct
    {
        const char *format;
        const char *text; /* NULL: refused */
    } formats[] = {
        {"%s", "-42"},
        {"%6d|", "   -42|"},
        {"%-6d|", "-42   |"},
        {"%06d", "-00042"},
        {"%f", "-42.000000"},
        {"%0.2f", "-42.00"},
        {"%10.1f", "     -42.0"},
        {"%.1s", "-"},
        {"100%%", "100%"},
        {"%x", "-2a"},
        {"%e", "-4.200000e+01"},
        {"%.4d", "-0042"},
        {"%n", NULL},
        {"%", NULL},
        {"%s %s", NULL},
        {"%501d", NULL},
        {"%.61f", NULL},
        {"%<a>d", NULL},
        {"%*d", NULL},
        {"%99999999999999999999d", NULL},
    };
    const struct mc_value *number = mc_value_int(arena, -42);
    const struct mc_value *text = mc_value_text(arena, "\xc3\xa9");
    const char *got = NULL;

    for (size_t i = 0; i < MC_COUNT(formats); i++) {
        got = NULL;
        int r = mc_ddl__format(formats[i].format, &number, 1, arena, &got);
        assert_int_equal(r, formats[i].text ? 0 : MC_DDL_INVALID);
        if (formats[i].text) {
            assert_string_equal(got, formats[i].text);
        }
    }
    assert_int_equal(mc_ddl__format("%3s", &text, 1, arena, &got), 0);
    assert_string_equal(got, "  \xc3\xa9");
    assert_int_equal(mc_ddl__format("%d", &text, 1, arena, &got), MC_DDL_INVALID);
    assert_int_equal(mc_ddl__format("%f", &text, 1, arena, &got), MC_DDL_INVALID);
}

/* One long answer used to end the whole call for want of memory. */
static void a_long_value_disables_its_aggregate_only(void **state)
{
    struct mc_arena *arena = *state;
    char *text = mc_arena_alloc(arena, MC_DDL_AGGREGATE_TEXT_BYTES_MAX + 2);

    assert_non_null(text);
    memset(text, 'a', MC_DDL_AGGREGATE_TEXT_BYTES_MAX + 1);
    const struct mc_value *values[] = {mc_value_text(arena, "x"),
                                       mc_value_text(arena, text),
                                       mc_value_text(arena, "x")};
    static const char *const functions[] = {"summary", "boolean_summary"};
    for (size_t i = 0; i < 2; i++) {
        struct mc_ddl_aggregate one = {.function = functions[i], .output = "v"};
        check(arena, &one, values, 3, "",
              "exception raised while processing result data");
    }
}

/* The same few answers of a large fleet cost no memory each. */
static void known_values_cost_no_memory(void **state)
{
    struct mc_arena *arena = *state;
    char *text = mc_arena_alloc(arena, 1000);
    struct mc_ddl_aggregate declared = {.function = "summary", .output = "v"};
    struct mc_ddl_output output = {.name = "v", .symbol = true, .display_as = "V"};
    struct mc_ddl_action action = {.name = "a",
                                   .outputs = &output,
                                   .outputs_count = 1,
                                   .aggregates = &declared,
                                   .aggregates_count = 1};

    assert_non_null(text);
    memset(text, 'a', 999);
    struct mc_value *data = mc_value_hash(arena);
    assert_int_equal(mc_value_set_symbol(arena, data, "v", mc_value_text(arena, text)),
                     0);
    struct mc_aggregates *aggregates = mc_aggregates_new(&action, arena);
    assert_non_null(aggregates);
    assert_int_equal(mc_aggregates_add(aggregates, data), 0);
    size_t used = mc_arena_used(arena);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(mc_aggregates_add(aggregates, data), 0);
    }
    assert_int_equal(mc_arena_used(arena), used);
}

/* Links let a small message hold a long text a million times. */
static void a_text_in_many_places_takes_no_time(void **state)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new((size_t)16 * 1024 * 1024);
    struct mc_value *list = mc_value_array(arena);
    char *text = mc_arena_alloc(arena, (size_t)1024 * 1024 + 1);

    (void)state;
    assert_non_null(text);
    memset(text, 'a', (size_t)1024 * 1024);
    const struct mc_value *one = mc_value_text(arena, text);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(mc_value_push(arena, list, one), 0);
    }
    assert_null(mc_ddl__text(list, arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_boolean_summary),
        cmocka_unit_test(test_nagios_states),
        cmocka_unit_test(test_process_summary),
        cmocka_unit_test(corner_case_95_a_failure_stays_with_its_function),
        cmocka_unit_test(corner_case_96_widths_of_other_keys_and_nil),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(a_long_value_disables_its_aggregate_only),
        cmocka_unit_test(known_values_cost_no_memory),
        cmocka_unit_test(a_text_in_many_places_takes_no_time),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("ddl-aggregate", tests, set_up, tear_down);
}
