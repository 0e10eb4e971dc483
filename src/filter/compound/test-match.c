/* Lists from the network against an invented host: what the original answers (spec
 * collective.md 8.6), hostile lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "codec/codec.h"
#include "filter/compound.h"
#include "filter/data.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DROPPED MC_FILTER_ERROR
#define FALSE MC_FILTER_NO_MATCH

struct world
{
    struct mc_arena *arena;
    struct mc_value *facts;
    unsigned asked; /* for data */
};

static const struct mc_value *facts(void *user)
{
    struct world *world = user;

    return world->facts;
}

static bool has_class(void *user, bool (*fits)(void *, const char *), void *fits_user)
{
    (void)user;
    return fits(fits_user, "common") || fits(fits_user, "apache");
}

static bool has_agent(void *user, bool (*fits)(void *, const char *), void *fits_user)
{
    (void)user;
    return fits(fits_user, "rpcutil");
}

static const char *identity(void *user)
{
    (void)user;
    return "web1.my.net";
}

/* A plugin "x" with an output of every kind; "broken" fails. */
static int data(void *user, const char *name, const struct mc_value *argument,
                struct mc_arena *arena, const struct mc_value **ret_outputs,
                struct mc_error *error)
{
    struct world *world = user;
    struct mc_value *outputs = mc_value_hash(arena);
    const struct
    {
        const char *output;
        const struct mc_value *value;
    } rows[] = {
        {"text", mc_value_text(arena, "apple")},
        {"digits", mc_value_text(arena, "10")},
        {"ten", mc_value_int(arena, 10)},
        {"fifty", mc_value_int(arena, 50)},
        {"half", mc_value_float(arena, 0.5)},
        {"yes", mc_value_bool(arena, true)},
        {"no", mc_value_bool(arena, false)},
        {"nil", mc_value_nil(arena)},
        {"list", mc_value_array(arena)},
        {"arg", argument ? argument : mc_value_nil(arena)},
    };

    world->asked++;
    if (strcmp(name, "broken") == 0) {
        mc_error_set(error, "no answer");
        return MC_DATA_FAILED;
    }
    if (strcmp(name, "x") != 0) {
        return MC_DATA_UNKNOWN;
    }
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        int r = mc_value_set_symbol(arena, outputs, rows[i].output, rows[i].value);
        assert_int_equal(r, 0);
    }
    *ret_outputs = outputs;
    return 0;
}

static const struct mc_host_ops ops = {facts, has_class, has_agent, identity, data};

static int set_up(void **state)
{
    static struct world world;
    static const char *const rows[][2] = {
        {"mem", "1024"}, {"country", "uk"}, {"empty", ""}, {"slash", "/x"}};

    world = (struct world){.arena = mc_arena_new((size_t)64 * 1024 * 1024)};
    world.facts = mc_value_hash(world.arena);
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        assert_int_equal(mc_value_set_text(world.arena, world.facts, rows[i][0],
                                           mc_value_text(world.arena, rows[i][1])),
                         0);
    }
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    mc_arena_free(world->arena);
    return 0;
}

/* Through a whole filter, as a node does. */
static int match_lists(struct world *world, const struct mc_value *lists)
{
    const struct mc_host host = {&ops, world};
    const struct mc_filter filter = {.compound = lists};
    struct mc_error error;

    return mc_filter_match(&filter, &host, &error);
}

static int match_list(struct world *world, const struct mc_value *list)
{
    struct mc_value *lists = mc_value_array(world->arena);

    assert_int_equal(mc_value_push(world->arena, lists, list), 0);
    return match_lists(world, lists);
}

static int match(struct world *world, const char *text)
{
    struct mc_value *list = NULL;
    struct mc_error error = {""};

    if (mc_compound_parse(text, world->arena, &list, &error) != 0) {
        fail_msg("%s: %s", text, error.text);
    }
    return match_list(world, list);
}

static int match_json(struct world *world, const char *json)
{
    const struct mc_value *list = NULL;
    struct mc_error error;

    assert_int_equal(
        mc_json_decode(mc_bytes_text(json), 0, world->arena, &list, &error), 0);
    return match_list(world, list);
}

struct truth
{
    const char *text;
    int wanted;
};

static void check_all(struct world *world, const struct truth *truths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int r = match(world, truths[i].text);
        if (r != truths[i].wanted) {
            fail_msg("%s gave %d, not %d", truths[i].text, r, truths[i].wanted);
        }
    }
}

static void logic(void **state)
{
    static const struct truth truths[] = {
        {"apache", 0},
        {"nope", FALSE},
        {"apache or apache and nope", 0},
        {"(apache or apache) and nope", FALSE},
        {"nope and nope or apache", 0},
        {"not nope", 0},
        {"not not apache", 0},
        {"!!nope", FALSE},
        {"not nope and nope", FALSE},
        {"not (nope and nope)", 0},
        {"not apache or apache", 0},
        {"apache and not (nope or not apache) and mem=1024", 0},
        {"((((apache))))", 0},
        {"/apa/ and !/nope/", 0},
    };

    check_all(*state, truths, MC_COUNT(truths));
}

static void facts_in_statements(void **state)
{
    static const struct truth truths[] = {
        {"country=uk", 0},       {"country=u", FALSE}, {"country=/u/", 0},
        {"country=/^x/", FALSE}, {"mem>1000", 0},      {"mem>=1024", 0},
        {"mem<1024", FALSE},     {"mem<=1024", 0},     {"country=uk=c", 0},
        {"country==uk", FALSE},  {"empty==uk", 0},     {"country=~uk", FALSE},
        {"country!=de", FALSE},  {"nosuch=x", FALSE},  {"not nosuch=x", 0},
        {"mem>1000>5000", 0},    {"slash=/x=y/", 0},   {"country=/(/", DROPPED},
        {"a==", DROPPED},
    };

    check_all(*state, truths, MC_COUNT(truths));
}

static void corner_case_51_what_cannot_be_compared_is_false(void **state)
{
    static const struct truth truths[] = {
        {"x('a').text>aaa", FALSE},     {"x('a').text<zzz", FALSE},
        {"x('a').text>=apple", FALSE},  {"x('a').text<=apple", FALSE},
        {"not x('a').text<aaa", 0},     {"x('a').digits>5", FALSE},
        {"x('a').yes>true", FALSE},     {"x('a').yes<=true", FALSE},
        {"x('a').nil=1", FALSE},        {"x('a').nil!=1", FALSE},
        {"not x('a').nil=1", 0},        {"x('`a`').text=apple", FALSE},
        {"not x('`a`').text=apple", 0}, {"x('a').ten=/1/", FALSE},
        {"x('a').ten!=/9/", FALSE},     {"x('a').yes=/t/", FALSE},
        {"x('a').text=/pp/", 0},        {"x('a').text=/zz/", FALSE},
        {"x('a').text!=/pp/", FALSE},   {"x('a').text!=/zz/", 0},
    };

    check_all(*state, truths, MC_COUNT(truths));
}

static void corner_case_52_the_right_side_takes_the_type_of_the_left(void **state)
{
    static const struct truth truths[] = {
        {"x('a').text=apple", 0},
        {"x('a').text!=apple", FALSE},
        {"x('a').digits=10", 0},
        {"x('a').digits=0xa", FALSE},
        {"x('a').ten=0xa", 0},
        {"x('a').ten=0b1010", 0},
        {"x('a').ten=0o12", 0},
        {"x('a').ten=012", 0},
        {"x('a').ten=1_0", 0},
        {"x('a').ten=10.0", 0},
        {"x('a').ten=1e1", 0},
        {"x('a').ten!=11", 0},
        {"x('a').ten>9", 0},
        {"x('a').ten>=10", 0},
        {"x('a').ten<10", FALSE},
        {"x('a').ten<=10", 0},
        {"x('a').ten<-1", FALSE},
        {"x('a').ten>-0x1", 0},
        {"x('a').ten<99999999999999999999", 0},
        {"x('a').ten=09", FALSE},
        {"x('a').ten=\" 10 \"", 0},
        {"x('a').ten=abc", DROPPED},
        {"x('a').ten>1x2", DROPPED},
        {"x('a').ten=1__0", DROPPED},
        {"x('a').ten=1.", DROPPED},
        {"x('a').ten=0x", DROPPED},
        {"x('a').ten=-", DROPPED},
        {"x('a').fifty=0.5e2", 0},
        {"x('a').half=0.5", 0},
        {"x('a').half<0.5e2", 0},
        {"x('a').half>1", FALSE},
        {"x('a').yes=true", 0},
        {"x('a').yes=false", FALSE},
        {"x('a').yes!=false", 0},
        {"x('a').no=false", 0},
        {"x('a').yes=1", DROPPED},
        {"x('a').list=1", FALSE},
        {"x('a').list!=1", 0},
        {"x('a').list>1", DROPPED},
    };

    check_all(*state, truths, MC_COUNT(truths));
}

static void corner_case_53_unknown_outputs_and_unknown_plugins(void **state)
{
    static const struct truth truths[] = {
        {"x('a').zork=1", FALSE},
        {"not x('a').zork=1", 0},
        {"apache and not x('a').zork=1", 0},
        {"x('a')=1", FALSE},
        {"x('a')!=1", 0},
        {"x('a')>1", DROPPED},
        {"nosuch('x').y=1", FALSE},
        {"not nosuch('x').y=1", FALSE},
        {"apache or nosuch('x').y=1", FALSE},
        {"apache or not nosuch('x').y=1", FALSE},
        {"broken('x').y=1", DROPPED},
        {"apache or broken('x').y=1", DROPPED},
    };

    check_all(*state, truths, MC_COUNT(truths));
}

static void params_reach_the_plugin(void **state)
{
    static const struct truth truths[] = {
        {"x('web').arg=web", 0},
        {"x().arg=web", FALSE},
    };

    check_all(*state, truths, MC_COUNT(truths));
}

static void lists_are_anded(void **state)
{
    struct world *world = *state;
    struct mc_value *lists = mc_value_array(world->arena);
    struct mc_value *list = NULL;
    static const char *const texts[] = {"apache", "mem=1024", "nope"};
    static const int wanted[] = {0, 0, FALSE};

    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        assert_int_equal(mc_compound_parse(texts[i], world->arena, &list, NULL), 0);
        assert_int_equal(mc_value_push(world->arena, lists, list), 0);
        assert_int_equal(match_lists(world, lists), wanted[i]);
    }
}

static void the_other_kinds_must_match_too(void **state)
{
    struct world *world = *state;
    const struct mc_host host = {&ops, world};
    struct mc_filter filter = {0};
    struct mc_value *list = NULL;
    struct mc_error error;

    assert_int_equal(mc_compound_parse("apache", world->arena, &list, NULL), 0);
    assert_int_equal(mc_filter_add_compound(&filter, world->arena, list), 0);
    assert_int_equal(mc_filter_add_compound(&filter, world->arena, list), 0);
    assert_int_equal(mc_value_count(filter.compound), 1);
    assert_int_equal(mc_filter_match(&filter, &host, &error), 0);
    assert_int_equal(mc_filter_add_class(&filter, world->arena, "nope"), 0);
    assert_int_equal(mc_filter_match(&filter, &host, &error), FALSE);
}

/* What is wrong in any way drops the message; an empty list is false. */
static void lists_of_any_shape(void **state)
{
    static const struct truth lists[] = {
        {"[]", FALSE},
        {"[{\"statement\":\"apache\"}]", 0},
        {"[{\"statement\":\"apache\"},{\"and\":\"and\"}]", DROPPED},
        {"[{\"and\":\"and\"},{\"statement\":\"apache\"}]", DROPPED},
        {"[{\"statement\":\"apache\"},{\"statement\":\"apache\"}]", DROPPED},
        {"[{\"statement\":\"apache\"},{\"not\":\"not\"},{\"statement\":\"a\"}]",
         DROPPED},
        {"[{\"not\":\"not\"}]", DROPPED},
        {"[{\"(\":\"(\"},{\")\":\")\"}]", DROPPED},
        {"[{\"(\":\"(\"},{\"statement\":\"apache\"}]", DROPPED},
        {"[{\"statement\":\"apache\"},{\")\":\")\"}]", DROPPED},
        {"[{\"statement\":\"apache\"},{\")\":\")\"},{\"(\":\"(\"}]", DROPPED},
        {"[{\"statement\":\"a\"},{\"or\":\"\"},{\")\":\")\"}]", DROPPED},
        {"[{\"(\":1},{\"statement\":\"a\"},{\"or\":\"\"},{\")\":\")\"}]", DROPPED},
        {"[{\"system\":\"true\"}]", DROPPED},
        {"[{}]", DROPPED},
        {"[[]]", DROPPED},
        {"[null]", DROPPED},
        {"[\"apache\"]", DROPPED},
        {"[{\"statement\":\"apache\",\"and\":\"and\"}]", DROPPED},
        {"[{\"statement\":5}]", DROPPED},
        {"[{\"statement\":null}]", DROPPED},
        {"[{\"statement\":\"a=\"}]", DROPPED},
        {"[{\"statement\":\"=\"}]", DROPPED},
        {"[{\"statement\":\"=uk\"}]", FALSE},
        {"[{\"statement\":\"/(/\"}]", DROPPED},
        {"[{\"statement\":\"\"}]", FALSE},
        {"[{\"statement\":\"a\\u0000b\"}]", DROPPED},
        {"[{\"fstatement\":\"x\"}]", DROPPED},
        {"[{\"fstatement\":{}}]", DROPPED},
        {"[{\"fstatement\":{\"name\":\"x\"}}]", DROPPED},
        {"[{\"fstatement\":{\"name\":\"x\",\"operator\":\"eval\"}}]", DROPPED},
        {"[{\"fstatement\":{\"name\":5,\"operator\":\"==\"}}]", DROPPED},
        {"[{\"fstatement\":{\"name\":\"x\",\"operator\":\"=~\"}}]", DROPPED},
        {"[{\"fstatement\":{\"name\":\"x\",\"operator\":\"=~\",\"value\":\"text\","
         "\"r_compare\":\"^app\"}}]",
         0},
        {"[{\"fstatement\":{\"name\":\"x\",\"operator\":\" = \",\"value\":\"ten\","
         "\"r_compare\":10}}]",
         0},
        {"[{\"fstatement\":{\"name\":\"x\",\"operator\":\"<\",\"value\":\"ten\","
         "\"r_compare\":10.5}}]",
         0},
        {"[{\"fstatement\":{\"name\":\"x\",\"operator\":\"==\",\"value\":\"ten\","
         "\"r_compare\":null}}]",
         FALSE},
        {"[{\"fstatement\":{\"name\":\"x\",\"operator\":\"==\",\"value\":\"digits\","
         "\"r_compare\":10}}]",
         0},
        {"[{\"fstatement\":{\"name\":\"x\",\"operator\":\"==\",\"value\":\"yes\","
         "\"r_compare\":true}}]",
         0},
        {"[{\"fstatement\":{\"name\":\"x\",\"operator\":\"==\",\"value\":\"yes\","
         "\"r_compare\":[]}}]",
         FALSE},
        {"[{\"fstatement\":{\"name\":\"system\",\"operator\":\"==\",\"value\":\"to_s\","
         "\"params\":\"true\",\"r_compare\":\"true\"}}]",
         FALSE},
    };
    struct world *world = *state;

    for (size_t i = 0; i < MC_COUNT(lists); i++) {
        int r = match_json(world, lists[i].text);
        if (r != lists[i].wanted) {
            fail_msg("%s gave %d, not %d", lists[i].text, r, lists[i].wanted);
        }
    }
}

static struct mc_value *item(struct mc_arena *arena, const char *key, const char *value)
{
    struct mc_value *hash = mc_value_hash(arena);

    assert_int_equal(mc_value_set_text(arena, hash, key, mc_value_text(arena, value)),
                     0);
    return hash;
}

/* count times the item before, the item in the middle, count times the item behind. */
static int match_pile(struct world *world, size_t count, const char *before,
                      const char *behind)
{
    struct mc_value *list = mc_value_array(world->arena);
    const struct mc_value *first = item(world->arena, before, before);
    const struct mc_value *middle = item(world->arena, "statement", "apache");
    const struct mc_value *last = behind ? item(world->arena, behind, behind) : NULL;
    int r = 0;

    for (size_t i = 0; i < count; i++) {
        r |= mc_value_push(world->arena, list, first);
    }
    r |= mc_value_push(world->arena, list, middle);
    for (size_t i = 0; last && i < count; i++) {
        r |= mc_value_push(world->arena, list, last);
    }
    assert_int_equal(r, 0);
    return match_list(world, list);
}

static void deep_and_long_lists_are_bounded(void **state)
{
    struct world *world = *state;

    assert_int_equal(match_pile(world, 10000, "(", ")"), 0);
    assert_int_equal(match_pile(world, 10000, "not", NULL), 0);
    assert_int_equal(match_pile(world, 10001, "not", NULL), FALSE);
    assert_int_equal(match_pile(world, MC_COMPOUND_ITEMS_MAX, "not", NULL), DROPPED);
}

/* Terms joined by "or". */
static int match_terms(struct world *world, size_t count, const char *term)
{
    struct mc_value *list = mc_value_array(world->arena);
    const struct mc_value *statement = item(world->arena, "statement", term);
    const struct mc_value * or = item(world->arena, "or", "or");
    int r = 0;

    for (size_t i = 0; i < count; i++) {
        r |= i ? mc_value_push(world->arena, list, or) : 0;
        r |= mc_value_push(world->arena, list, statement);
    }
    assert_int_equal(r, 0);
    return match_list(world, list);
}

static void patterns_are_bounded(void **state)
{
    struct world *world = *state;

    assert_int_equal(match_terms(world, 1000, "country=/u/"), 0);
    assert_int_equal(match_terms(world, MC_COMPOUND_PATTERNS_MAX + 1, "/a/"), DROPPED);
}

/* Many cheap terms are fine, costly ones end. */
static void effort_is_bounded(void **state)
{
    struct world *world = *state;
    char text[512];
    char many[65];

    memset(many, 'a', sizeof(many) - 1);
    many[60] = '!';
    many[61] = '\0';
    assert_int_equal(mc_value_set_text(world->arena, world->facts, "many",
                                       mc_value_text(world->arena, many)),
                     0);
    (void)snprintf(text, sizeof(text), "many=/^(a+)+$/");
    int64_t began_us = mc_clock_cpu_us();
    assert_int_equal(match_terms(world, 900, text), DROPPED);
    assert_true(mc_clock_cpu_us() - began_us < 20 * MC_FILTER_EFFORT_US);
    assert_int_equal(match_terms(world, 10000, "country=uk"), 0);
}

/* Plugins that wait for others take no time of the processor. */
static void waiting_is_bounded(void **state)
{
    struct world *world = *state;
    const struct mc_host host = {&ops, world};
    struct mc_compound *compound = NULL;
    struct mc_value *list = NULL;
    struct mc_error error;
    int64_t now_us = mc_clock_monotonic_us();

    assert_int_equal(
        mc_compound_parse("x().ten=10 and country=uk", world->arena, &list, &error), 0);
    assert_int_equal(mc_compound_compile(list, INT64_MAX, &compound, &error), 0);
    assert_int_equal(mc_compound_match(compound, &host, INT64_MAX, now_us, &error),
                     DROPPED);
    assert_string_equal(
        error.text,
        "the data plugins of the filter take too long: no time is left for x");
    assert_int_equal(world->asked, 0);
    assert_int_equal(mc_compound_match(compound, &host, INT64_MAX, INT64_MAX, &error),
                     0);
    assert_int_equal(world->asked, 1);
    mc_compound_free(compound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(logic, set_up, tear_down),
        cmocka_unit_test_setup_teardown(facts_in_statements, set_up, tear_down),
        cmocka_unit_test_setup_teardown(corner_case_51_what_cannot_be_compared_is_false,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            corner_case_52_the_right_side_takes_the_type_of_the_left, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            corner_case_53_unknown_outputs_and_unknown_plugins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(params_reach_the_plugin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_are_anded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_other_kinds_must_match_too, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lists_of_any_shape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deep_and_long_lists_are_bounded, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(patterns_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(effort_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waiting_is_bounded, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
