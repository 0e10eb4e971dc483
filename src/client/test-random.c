/* Random picks repeat exactly as the original's (collective.md 3.10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/random.h"
#include <string.h>

/* The original's own vector: nodes "1" to "10" sorted, seed 5, three picks. */
static void the_vector_of_the_original(void **state)
{
    const char *nodes[] = {"1", "10", "2", "3", "4", "5", "6", "7", "8", "9"};
    const char *const expected[] = {"3", "7", "8"};
    size_t count = 10;
    struct mc_random random;

    (void)state;
    assert_int_equal(mc_random_init(&random, 5), 0);
    for (size_t i = 0; i < 3; i++) {
        uint32_t at = mc_random_below(&random, (uint32_t)count);
        assert_true(at < count);
        assert_string_equal(nodes[at], expected[i]);
        memmove(&nodes[at], &nodes[at + 1], (count - at - 1) * sizeof(*nodes));
        count--;
    }
}

/* The 10000th number of the algorithm with its authors' seed 5489. */
static void ten_thousand_numbers(void **state)
{
    struct mc_random random;
    uint32_t last = 0;

    (void)state;
    assert_int_equal(mc_random_init(&random, 5489), 0);
    for (unsigned i = 0; i < 10000; i++) {
        last = mc_random_below(&random, UINT32_MAX);
    }
    assert_int_equal(last, UINT32_C(4123659995));
}

static void bounds_are_kept(void **state)
{
    struct mc_random random;

    (void)state;
    assert_int_equal(mc_random_init(&random, -1), 0);
    assert_int_equal(mc_random_below(&random, 1), 0);
    for (uint32_t bound = 2; bound < 300; bound++) {
        assert_true(mc_random_below(&random, bound) < bound);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vector_of_the_original),
        cmocka_unit_test(ten_thousand_numbers),
        cmocka_unit_test(bounds_are_kept),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
