/* Reading what is piped in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/input.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void an_open_pipe_is_silent_and_a_closed_one_at_its_end(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_true(mc_input_piped(ends[0]));
    assert_int_equal(mc_input_wait(ends[0], 20), MC_INPUT_SILENT);
    assert_int_equal(write(ends[1], "a\n", 2), 2);
    assert_int_equal(mc_input_wait(ends[0], 20), 0);
    assert_int_equal(close(ends[1]), 0);
    struct mc_arena *arena = mc_arena_new(1 << 16);
    struct mc_bytes text;
    assert_int_equal(mc_input_read(ends[0], 2, arena, &text), 0);
    assert_int_equal(text.len, 2);
    assert_string_equal((const char *)text.data, "a\n");
    assert_int_equal(mc_input_wait(ends[0], 20), MC_INPUT_ENDED);
    mc_arena_free(arena);
    assert_int_equal(close(ends[0]), 0);
}

static void too_much_is_an_error(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "abc", 3), 3);
    assert_int_equal(close(ends[1]), 0);
    struct mc_arena *arena = mc_arena_new(1 << 16);
    struct mc_bytes text;
    assert_int_equal(mc_input_read(ends[0], 2, arena, &text), -EFBIG);
    mc_arena_free(arena);
    assert_int_equal(close(ends[0]), 0);
}

static void devices_and_closed_descriptors_are_not_piped(void **state)
{
    int fd = open("/dev/null", O_RDONLY);

    (void)state;
    assert_false(mc_input_piped(fd));
    assert_int_equal(mc_input_wait(fd, 0), MC_INPUT_ENDED);
    assert_int_equal(close(fd), 0);
    assert_false(mc_input_piped(fd));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_pipe_is_silent_and_a_closed_one_at_its_end),
        cmocka_unit_test(too_much_is_an_error),
        cmocka_unit_test(devices_and_closed_descriptors_are_not_piped),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
