/* Confined work: results come back, and nothing that it does reaches the caller. */
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define OUTPUT_BYTES_MAX ((size_t)256 * 1024)

static int run(mc_confine_fn *fn, void *user, struct mc_arena *arena,
               struct mc_bytes *ret_output, struct mc_error *error)
{
    const struct mc_confine_spec spec = {.fn = fn,
                                         .user = user,
                                         .cpu_ms = 200,
                                         .wall_ms = 60000,
                                         .output_bytes_max = OUTPUT_BYTES_MAX};

    int r = mc_confine_run(&spec, arena, ret_output, error);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie is left */
    assert_int_equal(errno, ECHILD);
    return r;
}

static void work_long(void *user, struct mc_buffer *out)
{
    (void)user;
    for (size_t i = 0; i < OUTPUT_BYTES_MAX; i++) {
        mc_buffer_byte(out, (uint8_t)i);
    }
}

static void work_nothing(void *user, struct mc_buffer *out)
{
    (void)user;
    (void)out;
}

static void work_too_long(void *user, struct mc_buffer *out)
{
    work_long(user, out);
    mc_buffer_byte(out, 0);
}

static void work_forever(void *user, struct mc_buffer *out)
{
    volatile int *number = user;

    while (*number < 5) {
        *number = 1;
    }
    mc_buffer_byte(out, 1);
}

static void work_stuck(void *user, struct mc_buffer *out)
{
    (void)user;
    (void)pause();
    mc_buffer_byte(out, 1);
}

static void work_crash(void *user, struct mc_buffer *out)
{
    (void)user;
    (void)out;
    (void)raise(SIGSEGV);
}

static void work_outside(void *user, struct mc_buffer *out)
{
    int *fd = user;

    mc_buffer_byte(out, write(*fd, "x", 1) < 0 ? 'y' : 'n');
#ifndef MC_SANITIZED
    mc_buffer_byte(out, open("/dev/null", O_RDONLY | O_CLOEXEC) < 0 ? 'y' : 'n');
#else
    mc_buffer_byte(out, 'y');
#endif
}

static void test_gives_results(void **state)
{
    struct mc_arena *arena = mc_arena_new(OUTPUT_BYTES_MAX * 4);
    struct mc_bytes output = {NULL, 1};

    (void)state;
    assert_int_equal(run(work_nothing, NULL, arena, &output, NULL), 0);
    assert_int_equal(output.len, 0);
    assert_int_equal(run(work_long, NULL, arena, &output, NULL), 0);
    assert_int_equal(output.len, OUTPUT_BYTES_MAX);
    assert_int_equal(output.data[1000], 1000 % 256);
    mc_arena_free(arena);
}

static void test_ends_at_limits(void **state)
{
    struct mc_arena *arena = mc_arena_new(OUTPUT_BYTES_MAX);
    struct mc_bytes output = {NULL, 0};
    struct mc_error error = {""};
    int number = 0;

    (void)state;
    assert_int_equal(run(work_too_long, NULL, arena, &output, &error),
                     MC_CONFINE_FAILED);
    assert_string_equal(error.text, "its process gave no result");
    assert_int_equal(run(work_forever, &number, arena, &output, &error),
                     MC_CONFINE_TIME);
    assert_string_equal(error.text, "it takes too long");
    assert_int_equal(number, 0); /* the loop ran on a copy */
    const struct mc_confine_spec stuck = {
        .fn = work_stuck, .cpu_ms = 200, .wall_ms = 20, .output_bytes_max = 10};
    assert_int_equal(mc_confine_run(&stuck, arena, &output, &error), MC_CONFINE_TIME);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    mc_arena_free(arena);
}

static void test_survives_a_crash(void **state)
{
    struct mc_arena *arena = mc_arena_new(OUTPUT_BYTES_MAX);
    struct mc_bytes output = {NULL, 0};
    struct mc_error error = {""};

    (void)state;
    assert_int_equal(run(work_crash, NULL, arena, &output, &error), MC_CONFINE_FAILED);
    assert_non_null(strstr(error.text, "its process "));
    mc_arena_free(arena);
}

static void test_has_nothing_outside(void **state)
{
    struct mc_arena *arena = mc_arena_new(OUTPUT_BYTES_MAX);
    struct mc_bytes output = {NULL, 0};
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    int high = dup2(ends[1], 100);
    assert_int_equal(run(work_outside, &high, arena, &output, NULL), 0);
    assert_int_equal(output.len, 2);
    assert_memory_equal(output.data, "yy", 2);
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(high);
    mc_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_results),
        cmocka_unit_test(test_ends_at_limits),
        cmocka_unit_test(test_survives_a_crash),
        cmocka_unit_test(test_has_nothing_outside),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("base-confine", tests, NULL, NULL);
}
