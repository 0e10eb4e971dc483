/* Versions: the vectors of spec 8.8 and one long order. */
#include "ddl/ddl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Each is lower than every one behind it. */
static const char *const order[] = {
    "0002",   "1",   "1.06",  "1.1-3",  "1.1-4", "1.1-5", "1.1.6", "1.1.a",
    "1.1a",   "1.2", "1.2.8", "1.2.10", "1.5",   "2.3",   "2.3.0", "2.3.1",
    "2.3a.1", "2.4", "2.4b",  "2.40.2", "3.0",   "3.1",
};

static void corner_case_42_mixed_versions_have_an_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(order); i++) {
        for (size_t j = 0; j < MC_COUNT(order); j++) {
            int got = mc_ddl_compare_versions(order[i], order[j]);
            if ((got > 0) - (got < 0) != (i > j) - (i < j)) {
                print_message("%s and %s: %d\n", order[i], order[j], got);
                fail();
            }
        }
    }
}

static void test_vectors(void **state)
{
    (void)state;
    assert_true(mc_ddl_compare_versions("2.12.5", "2.2.1") > 0);
    assert_true(mc_ddl_compare_versions("2.12.5", "2.12.5-1") < 0);
    assert_true(mc_ddl_compare_versions("2.0.0", "2.0") > 0);
    assert_true(mc_ddl_compare_versions("1.06", "1.5") < 0);
    assert_true(mc_ddl_compare_versions("1.1.6.1", "1.1.6") > 0);
    assert_true(mc_ddl_compare_versions("2.4b", "2.4C") < 0);
    assert_true(mc_ddl_compare_versions("99999999999999999999", "9") > 0);
    assert_true(mc_ddl_compare_versions("", "") == 0);
    assert_true(mc_ddl_compare_versions("", "1") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_42_mixed_versions_have_an_order),
        cmocka_unit_test(test_vectors),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("ddl-versions", tests, NULL, NULL);
}
