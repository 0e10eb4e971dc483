/* Filters: reading what peers send, building what people type, all of spec 8.7. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "msg/message.h"
#include <string.h>

#define ARENA \
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20)

static const struct
{
    const char *text;
    const char *fact;
    const char *operator;
    const char *value;
} notations[] = {
    {"a=b", "a", "==", "b"},        {"a = b", "a", "==", "b"},
    {"a==b", "a", "==", "b"},       {"a=/b/", "a", "=~", "/b/"},
    {"a = /b/", "a", "=~", "/b/"},  {"a=~b", "a", "=~", "b"},
    {"a=~/b/", "a", "=~", "/b/"},   {"a=>3", "a", ">=", "3"},
    {"a=<3", "a", "<=", "3"},       {"a>=3", "a", ">=", "3"},
    {"a <= 3", "a", "<=", "3"},     {"a!=b", "a", "!=", "b"},
    {"a => 3", "a", ">=", "3"},     {"a  =<  3", "a", "<=", "3"},
    {"a > 3", "a", ">", "3"},       {"a < 3", "a", "<", "3"},
    {"a =~ /b/", "a", "=~", "/b/"}, {"a=b c", "a", "==", "b c"},
    {"a=b=c", "a", "==", "b=c"},    {"a=//", "a", "==", "//"},
    {"a=/b", "a", "==", "/b"},      {"a=b>c", "a=b", ">", "c"},
    {"x<=y=>z", "x<=y", ">=", "z"}, {"a=>", "a", "==", ">"},
};

static void facts_are_read_as_the_original_reads_them(struct mc_arena *arena)
{
    for (size_t i = 0; i < MC_COUNT(notations); i++) {
        struct mc_filter filter = {0};
        assert_int_equal(mc_filter_add_fact(&filter, arena, notations[i].text), 0);
        assert_int_equal(filter.facts_count, 1);
        assert_string_equal(filter.facts[0].fact, notations[i].fact);
        assert_string_equal(filter.facts[0].operator, notations[i].operator);
        assert_string_equal(filter.facts[0].value, notations[i].value);
    }
}

static void what_is_no_fact_is_refused(struct mc_arena *arena)
{
    static const char *const bad[] = {"",         "a", "a=", "=b",  "a b=c", " a=b",
                                      "/apache/", "=", "==", "a= ", " ",     "=~"};

    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        struct mc_filter filter = {0};
        assert_int_equal(mc_filter_add_fact(&filter, arena, bad[i]),
                         MC_MESSAGE_MALFORMED);
        assert_true(mc_filter_empty(&filter));
    }
}

static void corner_case_36_fact_texts(void **state)
{
    ARENA;

    (void)state;
    facts_are_read_as_the_original_reads_them(arena);
    what_is_no_fact_is_refused(arena);
}

static void with_splits_facts_and_classes(void **state)
{
    ARENA;
    struct mc_filter filter = {0};

    (void)state;
    assert_int_equal(
        mc_filter_add_with(&filter, arena, "  os=linux apache\t/web/ os=linux apache "),
        0);
    assert_int_equal(filter.facts_count, 1);
    assert_int_equal(filter.classes.count, 2);
    assert_string_equal(filter.classes.items[0].text, "apache");
    assert_null(filter.classes.items[0].pattern);
    assert_string_equal(filter.classes.items[1].text, "/web/");
    assert_string_equal(filter.classes.items[1].pattern, "web");
    assert_false(mc_filter_empty(&filter));
}

static void filters_go_round(void **state)
{
    ARENA;
    struct mc_filter filter = {0};
    struct mc_filter back = {0};
    const struct mc_value *value = NULL;

    (void)state;
    assert_int_equal(mc_filter_add_fact(&filter, arena, "a=/b/"), 0);
    assert_int_equal(mc_filter_add_class(&filter, arena, "/web\\/1/"), 0);
    assert_int_equal(mc_filter_add_agent(&filter, arena, "rpcutil"), 0);
    assert_int_equal(mc_filter_add_agent(&filter, arena, "rpcutil"), 0);
    assert_int_equal(mc_filter_add_identity(&filter, arena, "web1"), 0);
    assert_int_equal(mc_filter_add_identity(&filter, arena, "/^web/"), 0);
    assert_int_equal(mc_filter_to_value(&filter, arena, &value), 0);
    assert_int_equal(mc_filter_from_value(value, arena, &back), 0);
    assert_string_equal(back.facts[0].operator, "=~");
    assert_string_equal(back.facts[0].value, "/b/");
    assert_string_equal(back.classes.items[0].pattern, "web\\1");
    assert_int_equal(back.agents.count, 1);
    assert_int_equal(back.identities.count, 2);
    assert_string_equal(back.identities.items[1].pattern, "^web");
    assert_null(back.compound);
    assert_false(back.broken);
}

static struct mc_value *one_key(struct mc_arena *arena, const char *key,
                                const struct mc_value *entry)
{
    struct mc_value *hash = mc_value_hash(arena);
    struct mc_value *list = mc_value_array(arena);

    assert_int_equal(mc_value_push(arena, list, entry), 0);
    assert_int_equal(mc_value_set_text(arena, hash, key, list), 0);
    return hash;
}

static void identities_may_be_regexps(void **state)
{
    ARENA;
    const struct mc_value *regexp =
        mc_value_regexp(arena, MC_BYTES("^(n1|n/2)$"), MC_REGEXP_IGNORECASE);
    const struct mc_value *value = one_key(arena, "identity", regexp);
    struct mc_filter filter = {0};

    (void)state;
    assert_int_equal(mc_filter_from_value(value, arena, &filter), 0);
    assert_string_equal(filter.identities.items[0].pattern, "^(n1|n/2)$");
    assert_int_equal(filter.identities.items[0].options, MC_REGEXP_IGNORECASE);
    assert_int_equal(mc_filter_to_value(&filter, arena, &value), 0);
    value = mc_value_get_text(value, "identity");
    assert_true(mc_value_equal(value->array.items[0], regexp));
    /* In other lists it never matches. */
    value = one_key(arena, "cf_class", regexp);
    assert_int_equal(mc_filter_from_value(value, arena, &filter), 0);
    assert_true(filter.broken);
    assert_false(mc_filter_empty(&filter));
}

static void odd_entries_break_a_filter(void **state)
{
    ARENA;
    struct mc_value *fact = mc_value_hash(arena);
    struct mc_filter filter = {0};

    (void)state;
    assert_int_equal(
        mc_value_set_symbol(arena, fact, "fact", mc_value_text(arena, "a")), 0);
    assert_int_equal(
        mc_value_set_symbol(arena, fact, "value", mc_value_text(arena, "b")), 0);
    assert_int_equal(mc_filter_from_value(one_key(arena, "fact", fact), arena, &filter),
                     0);
    assert_true(filter.broken);
    assert_int_equal(filter.facts_count, 0);
    assert_int_equal(
        mc_value_set_text(arena, fact, "operator", mc_value_text(arena, "==")), 0);
    assert_int_equal(mc_filter_from_value(one_key(arena, "fact", fact), arena, &filter),
                     0);
    assert_true(filter.broken);
    assert_int_equal(
        mc_value_set_symbol(arena, fact, "operator", mc_value_text(arena, "==")), 0);
    assert_int_equal(mc_filter_from_value(one_key(arena, "fact", fact), arena, &filter),
                     0);
    assert_false(filter.broken);
    assert_int_equal(
        mc_filter_from_value(one_key(arena, "agent", mc_value_int(arena, 1)), arena,
                             &filter),
        0);
    assert_true(filter.broken);
}

static void wrong_shapes_are_malformed(void **state)
{
    static const char *const keys[] = {"fact",     "cf_class", "agent",
                                       "identity", "compound", "my_puppet_class"};
    ARENA;
    struct mc_filter filter = {0};

    (void)state;
    assert_int_equal(mc_filter_from_value(NULL, arena, &filter), MC_MESSAGE_MALFORMED);
    assert_int_equal(mc_filter_from_value(mc_value_nil(arena), arena, &filter),
                     MC_MESSAGE_MALFORMED);
    for (size_t i = 0; i < MC_COUNT(keys); i++) {
        struct mc_value *hash = mc_value_hash(arena);
        assert_int_equal(
            mc_value_set_text(arena, hash, keys[i], mc_value_text(arena, "x")), 0);
        assert_int_equal(mc_filter_from_value(hash, arena, &filter),
                         MC_MESSAGE_MALFORMED);
    }
    assert_int_equal(
        mc_filter_from_value(one_key(arena, "compound", mc_value_hash(arena)), arena,
                             &filter),
        MC_MESSAGE_MALFORMED);
}

static void unknown_keys_do_not_count(void **state)
{
    ARENA;
    struct mc_value *hash = mc_value_hash(arena);
    struct mc_filter filter = {0};

    (void)state;
    assert_int_equal(mc_value_set_text(arena, hash, "collective",
                                       mc_value_text(arena, "mcollective")),
                     0);
    assert_int_equal(mc_filter_from_value(hash, arena, &filter), 0);
    assert_true(mc_filter_empty(&filter));
}

static void compound_lists_are_kept(void **state)
{
    ARENA;
    struct mc_value *value = one_key(arena, "compound", mc_value_array(arena));
    struct mc_filter filter = {0};

    (void)state;
    assert_int_equal(mc_filter_from_value(value, arena, &filter), 0);
    assert_non_null(filter.compound);
    assert_int_equal(filter.compound->array.count, 1);
    assert_false(mc_filter_empty(&filter));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_36_fact_texts),
        cmocka_unit_test(with_splits_facts_and_classes),
        cmocka_unit_test(filters_go_round),
        cmocka_unit_test(identities_may_be_regexps),
        cmocka_unit_test(odd_entries_break_a_filter),
        cmocka_unit_test(wrong_shapes_are_malformed),
        cmocka_unit_test(unknown_keys_do_not_count),
        cmocka_unit_test(compound_lists_are_kept),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
