/* YAML: scalars as Psych reads them, hostile inputs, round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/codec.h"
#include "codec/test-support.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

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
            fail_msg("seed %d: %d %s\n%s", (int)seed, r, error.text, bytes.data);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_trees_survive),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
