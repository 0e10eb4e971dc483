/* Values: builders, look-ups, equality as Ruby's ==, copies, full arenas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "value/value.h"
#include <errno.h>

static struct mc_value *sample(struct mc_arena *arena)
{
    struct mc_value *hash = mc_value_hash(arena);
    struct mc_value *list = mc_value_array(arena);

    for (int i = 0; i < 40; i++) {
        assert_int_equal(mc_value_push(arena, list, mc_value_int(arena, i)), 0);
    }
    assert_int_equal(mc_value_set_symbol(arena, hash, "list", list), 0);
    assert_int_equal(
        mc_value_set_text(arena, hash, "list", mc_value_text(arena, "text")), 0);
    return hash;
}

static void symbols_are_no_strings(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct mc_value *hash = sample(arena);

    (void)state;
    assert_int_equal(mc_value_get_symbol(hash, "list")->type, MC_ARRAY);
    assert_string_equal(mc_value_cstr(mc_value_get_text(hash, "list")), "text");
    assert_int_equal(mc_value_get_name(hash, "list")->type, MC_ARRAY);
    assert_null(mc_value_get_name(hash, "other"));
    assert_null(mc_value_get_name(NULL, "other"));
    assert_false(
        mc_value_equal(mc_value_symbol(arena, "a"), mc_value_text(arena, "a")));
}

static void set_replaces_and_numbers_compare(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct mc_value *hash = sample(arena);

    (void)state;
    assert_int_equal(mc_value_set_text(arena, hash, "list", mc_value_int(arena, 1)), 0);
    assert_int_equal(hash->hash.count, 2);
    assert_true(mc_value_equal(mc_value_int(arena, 1), mc_value_float(arena, 1.0)));
    assert_false(mc_value_equal(mc_value_int(arena, 1), mc_value_text(arena, "1")));
}

static void copies_are_equal_and_apart(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *one = mc_arena_new(1 << 20);
    struct mc_arena *two = mc_arena_new(1 << 20);
    struct mc_value *copy = mc_value_copy(sample(two), one);

    (void)state;
    assert_true(mc_value_equal(copy, sample(two)));
    mc_arena_free(two);
    assert_int_equal(mc_value_get_symbol(copy, "list")->array.items[39]->integer, 39);
}

static void a_full_arena_is_an_answer(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(400);
    struct mc_value *list = mc_value_array(arena);
    int r = 0;

    (void)state;
    for (int i = 0; r == 0 && i < 100; i++) {
        r = mc_value_push(arena, list, mc_value_int(arena, i));
    }
    assert_int_equal(r, -ENOMEM);
}

static void a_text_with_a_nul_is_no_c_string(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);

    (void)state;
    assert_null(mc_value_cstr(mc_value_string(arena, MC_BYTES("a\0b"))));
    assert_string_equal(mc_value_cstr(mc_value_string(arena, MC_BYTES(""))), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_are_no_strings),
        cmocka_unit_test(set_replaces_and_numbers_compare),
        cmocka_unit_test(copies_are_equal_and_apart),
        cmocka_unit_test(a_full_arena_is_an_answer),
        cmocka_unit_test(a_text_with_a_nul_is_no_c_string),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
