/* Filters against an invented host: fact vectors of spec collective.md 8.7, names,
 * patterns, the identity rule, hostile patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "filter/filter.h"
#include <string.h>

struct world
{
    struct mc_arena *arena;
    struct mc_value *facts;
    const char *const *classes;
    const char *const *agents;
    unsigned asked;      /* for classes */
    int64_t each_cpu_us; /* what a question for a class costs */
};

static const struct mc_value *facts(void *user)
{
    struct world *world = user;

    return world->facts;
}

static bool any(const char *const *names, bool (*fits)(void *, const char *),
                void *fits_user)
{
    for (size_t i = 0; names[i]; i++) {
        if (fits(fits_user, names[i])) {
            return true;
        }
    }
    return false;
}

static bool has_class(void *user, bool (*fits)(void *, const char *), void *fits_user)
{
    struct world *world = user;
    int64_t end_us = mc_clock_cpu_us() + world->each_cpu_us;

    world->asked++;
    while (mc_clock_cpu_us() < end_us) {
    }
    return any(world->classes, fits, fits_user);
}

static bool has_agent(void *user, bool (*fits)(void *, const char *), void *fits_user)
{
    struct world *world = user;

    return any(world->agents, fits, fits_user);
}

static const char *identity(void *user)
{
    (void)user;
    return "web1.my.net";
}

static const struct mc_host_ops ops = {facts, has_class, has_agent, identity, NULL};

static struct mc_value *list(struct mc_arena *arena, const char *a, const char *b)
{
    struct mc_value *array = mc_value_array(arena);

    assert_int_equal(mc_value_push(arena, array, mc_value_text(arena, a)), 0);
    assert_int_equal(mc_value_push(arena, array, mc_value_text(arena, b)), 0);
    return array;
}

static int set_up(void **state)
{
    static const char *const classes[] = {"apache", "mysql::master", NULL};
    static const char *const agents[] = {"discovery", "rpcutil", NULL};
    static struct world world;
    struct mc_arena *arena = mc_arena_new(1 << 22);
    struct mc_value *os = mc_value_hash(arena);

    world = (struct world){arena, mc_value_hash(arena), classes, agents, 0, 0};
    const char *const texts[][2] = {
        {"country", "uk"},  {"mem", "1024"}, {"empty", ""},
        {"hundred", "100"}, {"b", "b"},
    };
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        assert_int_equal(mc_value_set_text(arena, world.facts, texts[i][0],
                                           mc_value_text(arena, texts[i][1])),
                         0);
    }
    assert_int_equal(
        mc_value_set_text(arena, os, "family", mc_value_text(arena, "Debian")), 0);
    assert_int_equal(mc_value_set_text(arena, world.facts, "os", os), 0);
    assert_int_equal(
        mc_value_set_text(arena, world.facts, "roles", list(arena, "web", "db")), 0);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    mc_arena_free(world->arena);
    return 0;
}

static int match(struct world *world, const struct mc_filter *filter)
{
    const struct mc_host host = {&ops, world};
    struct mc_error error;

    return mc_filter_match(filter, &host, &error);
}

static void comparing_facts_as_the_vectors_say(void **state)
{
    struct world *world = *state;
    static const struct
    {
        const char *fact;
        const char *operator;
        const char *value;
        int result;
    } rows[] = {
        {"10", ">", "9", 0},
        {"10", ">", "9.5", MC_FILTER_NO_MATCH},
        {"10.0", ">", "9.5", 0},
        {"100", ">", "9.5", MC_FILTER_NO_MATCH},
        {"1.10", ">", "1.9", MC_FILTER_NO_MATCH},
        {"-5", "<", "3", 0},
        {"1", "!=", "01", MC_FILTER_NO_MATCH},
        {"uk", "=~", "/^u/", 0},
        {"uk", "=~", "^u$", MC_FILTER_NO_MATCH},
        {"5", "<", "abc", 0},
        {"08", "<=", "8", 0},
        {"b", ">", "a", 0},
        {"a", "!=", "b", 0},
        {"a", "==", "a", 0},
        {"a", "==", "A", MC_FILTER_NO_MATCH},
        {"uk", "=~", "/(/", MC_FILTER_ERROR},
        {"99999999999999999999", ">", "9999999999", 0},
        {"a", "like", "a", MC_FILTER_NO_MATCH},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_value *hash = mc_value_hash(world->arena);
        struct mc_fact_filter wanted = {"f", rows[i].operator, rows[i].value };
        struct mc_error error;
        assert_int_equal(mc_value_set_text(world->arena, hash, "f",
                                           mc_value_text(world->arena, rows[i].fact)),
                         0);
        if (mc_fact_match(hash, &wanted, &error) != rows[i].result) {
            fail_msg("%s %s %s", rows[i].fact, rows[i].operator, rows[i].value);
        }
    }
}

struct comparison
{
    const char *fact;
    const char *operator;
    const char *value;
    int result;
};

/* Of the facts of the world. */
static void compare_all(struct world *world, const struct comparison *rows,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct mc_fact_filter wanted = {rows[i].fact, rows[i].operator, rows[i].value };
        struct mc_error error;
        int r = mc_fact_match(world->facts, &wanted, &error);
        if (r != rows[i].result) {
            fail_msg("%s %s %s: %d", rows[i].fact, rows[i].operator, rows[i].value, r);
        }
    }
}

static void corner_case_37_patterns_need_no_slashes(void **state)
{
    static const struct comparison rows[] = {
        {"country", "=~", "uk", 0},
        {"country", "=~", "/uk/", 0},
        {"country", "=~", "k", 0},
        {"country", "=~", "/k/", 0},
        {"country", "=~", "bar", MC_FILTER_NO_MATCH},
        {"country", "=~", "/bar/", MC_FILTER_NO_MATCH},
        {"empty", "==", "", 0},
        {"nothing", "==", "", MC_FILTER_NO_MATCH},
        {"nothing", "!=", "x", MC_FILTER_NO_MATCH},
        {"nothing", "=~", ".*", MC_FILTER_NO_MATCH},
    };

    compare_all(*state, rows, MC_COUNT(rows));
}

static void corner_case_38_numbers_and_texts_have_an_order(void **state)
{
    static const struct comparison rows[] = {
        {"hundred", ">", "2", 0},
        {"hundred", ">=", "100", 0},
        {"hundred", "<=", "100", 0},
        {"hundred", "<", "2", MC_FILTER_NO_MATCH},
        {"hundred", "<", "100", MC_FILTER_NO_MATCH},
        {"hundred", "!=", "100", MC_FILTER_NO_MATCH},
        {"hundred", "!=", "2", 0},
        {"b", ">", "a", 0},
        {"b", ">=", "b", 0},
        {"b", "<=", "c", 0},
        {"b", "<", "a", MC_FILTER_NO_MATCH},
        {"b", ">", "b", MC_FILTER_NO_MATCH},
        {"b", "!=", "b", MC_FILTER_NO_MATCH},
        {"b", "!=", "a", 0},
    };

    compare_all(*state, rows, MC_COUNT(rows));
}

static void corner_case_39_lists_match_by_element_hashes_by_key(void **state)
{
    static const struct comparison rows[] = {
        {"roles", "==", "db", 0},
        {"roles", "==", "web", 0},
        {"roles", "=~", "/^d/", 0},
        {"roles", "==", "mail", MC_FILTER_NO_MATCH},
        {"os", "==", "family", 0},
        {"os", "=~", "fam", 0},
        {"os", "==", "Debian", MC_FILTER_NO_MATCH},
        {"os.family", "==", "Debian", MC_FILTER_NO_MATCH},
    };

    compare_all(*state, rows, MC_COUNT(rows));
}

typedef int add_fn(struct mc_filter *, struct mc_arena *, const char *);

static void names_and_patterns(void **state)
{
    struct world *world = *state;
    static const struct
    {
        add_fn *add;
        const char *first;
        const char *second;
        int result;
    } rows[] = {
        {mc_filter_add_class, "apache", NULL, 0},
        {mc_filter_add_class, "Apache", NULL, MC_FILTER_NO_MATCH},
        {mc_filter_add_class, "/my.*master/", "apache", 0},
        {mc_filter_add_class, "apache", "nope", MC_FILTER_NO_MATCH},
        {mc_filter_add_class, "/(/", NULL, MC_FILTER_ERROR},
        {mc_filter_add_agent, "rpcutil", NULL, 0},
        {mc_filter_add_agent, "mcollective", NULL, 0},
        {mc_filter_add_agent, "package", NULL, MC_FILTER_NO_MATCH},
        {mc_filter_add_identity, "web1.my.net", NULL, 0},
        {mc_filter_add_identity, "web1", NULL, MC_FILTER_NO_MATCH},
        {mc_filter_add_identity, "/^web/", NULL, 0},
        {mc_filter_add_fact, "country=uk", "mem>=1024", 0},
        {mc_filter_add_fact, "country=uk", "mem>1024", MC_FILTER_NO_MATCH},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_filter filter = {0};
        assert_int_equal(rows[i].add(&filter, world->arena, rows[i].first), 0);
        if (rows[i].second) {
            assert_int_equal(rows[i].add(&filter, world->arena, rows[i].second), 0);
        }
        if (match(world, &filter) != rows[i].result) {
            fail_msg("row %zu: %s", i, rows[i].first);
        }
    }
}

/* The original finds nothing where both match; here any one is enough (spec section 7,
 * doc/guide/migrating.md). */
static void corner_case_24_identities_are_alternatives(void **state)
{
    static const struct
    {
        const char *first;
        const char *second;
        int result;
    } rows[] = {
        {"web1.my.net", "db1", 0},
        {"db1", "web1.my.net", 0},
        {"db1", "/^web/", 0},
        {"web1.my.net", "/web/", 0},
        {"/web/", "/my.net/", 0},
        {"db1", "db2", MC_FILTER_NO_MATCH},
        {"web1", "/^db/", MC_FILTER_NO_MATCH},
    };
    struct world *world = *state;

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_filter filter = {0};
        assert_int_equal(mc_filter_add_identity(&filter, world->arena, rows[i].first),
                         0);
        assert_int_equal(mc_filter_add_identity(&filter, world->arena, rows[i].second),
                         0);
        if (match(world, &filter) != rows[i].result) {
            fail_msg("%s %s", rows[i].first, rows[i].second);
        }
    }
}

static void an_empty_filter_matches_a_broken_one_never(void **state)
{
    struct mc_filter filter = {0};

    assert_int_equal(match(*state, &filter), 0);
    filter.broken = true;
    assert_int_equal(match(*state, &filter), MC_FILTER_NO_MATCH);
}

static void an_endless_pattern_is_an_error_not_a_hang(void **state)
{
    struct world *world = *state;
    struct mc_filter filter = {0};
    struct mc_value *text = NULL;
    char many[4000];

    memset(many, 'a', sizeof(many) - 1);
    many[sizeof(many) - 1] = 0;
    text = mc_value_text(world->arena, many);
    assert_int_equal(mc_value_set_text(world->arena, world->facts, "many", text), 0);
    assert_int_equal(
        mc_filter_add_fact(&filter, world->arena, "many=/^(a|a|aa)+(a|aa)+$b/"), 0);
    assert_int_equal(match(world, &filter), MC_FILTER_ERROR);
}

/* Each entry is cheap enough by itself, but a peer may send any number of them. */
static void many_entries_do_not_hold_the_node_up(void **state)
{
    struct world *world = *state;
    const unsigned count = 100000;
    struct mc_name_filter *items =
        mc_arena_array(world->arena, count, sizeof(struct mc_name_filter));

    assert_non_null(items);
    for (unsigned i = 0; i < count; i++) {
        items[i] = (struct mc_name_filter){.text = "/a/", .pattern = "a"};
    }
    const struct mc_filter filter = {.classes = {items, count}};
    world->each_cpu_us = 1000;
    assert_int_equal(match(world, &filter), MC_FILTER_ERROR);
    assert_in_range(world->asked, 1, MC_FILTER_EFFORT_US / 1000);
}

/* One entry, but many names on which its pattern is expensive. */
static void many_names_do_not_hold_the_node_up(void **state)
{
    struct world *world = *state;
    const size_t count = 200000;
    const char **names = mc_arena_array(world->arena, count + 1, sizeof(*names));
    struct mc_filter filter = {0};

    assert_non_null(names);
    for (size_t i = 0; i < count; i++) {
        names[i] = "aaaaaaaaa";
    }
    world->classes = names;
    assert_int_equal(
        mc_filter_add_class(&filter, world->arena, "/^(a|a|aa)+(a|aa)+$b/"), 0);
    int64_t began_us = mc_clock_cpu_us();
    assert_int_equal(match(world, &filter), MC_FILTER_ERROR);
    assert_in_range(mc_clock_cpu_us() - began_us, 1, (int64_t)20 * MC_FILTER_EFFORT_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comparing_facts_as_the_vectors_say, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(corner_case_24_identities_are_alternatives,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(corner_case_37_patterns_need_no_slashes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(corner_case_38_numbers_and_texts_have_an_order,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            corner_case_39_lists_match_by_element_hashes_by_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_and_patterns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_filter_matches_a_broken_one_never,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_endless_pattern_is_an_error_not_a_hang,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_entries_do_not_hold_the_node_up, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(many_names_do_not_hold_the_node_up, set_up,
                                        tear_down),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
