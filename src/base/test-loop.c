/* The loop: timers, watches, one turn and many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/loop.h"
#include <signal.h>
#include <unistd.h>

struct world
{
    struct mc_loop *loop;
    struct mc_timer *timer;
    struct mc_watch *watch;
    unsigned called;
    int signo;
    char got[8];
};

static int set_up(void **state)
{
    struct world *world = test_calloc(1, sizeof(*world));

    world->loop = mc_loop_new();
    assert_non_null(world->loop);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    mc_timer_free(world->timer);
    mc_watch_free(world->watch);
    mc_loop_free(world->loop);
    test_free(world);
    return 0;
}

static void count(void *user)
{
    struct world *world = user;

    world->called++;
}

static void count_and_stop(void *user)
{
    struct world *world = user;

    world->called++;
    mc_loop_stop(world->loop);
}

static void free_itself(void *user)
{
    struct world *world = user;

    world->called++;
    world->timer = mc_timer_free(world->timer);
}

static void one_turn_waits_no_longer_than_told(void **state)
{
    struct world *world = *state;
    int64_t began_us = mc_clock_monotonic_us();

    assert_int_equal(mc_loop_once(world->loop, 20), 0);
    assert_in_range(mc_clock_monotonic_us() - began_us, 15000, 10000000);
    world->timer = mc_timer_new(world->loop, count, world);
    assert_non_null(world->timer);
    mc_timer_start(world->timer, 0);
    assert_int_equal(mc_loop_once(world->loop, 60000), 0);
    assert_int_equal(world->called, 1);
    assert_int_equal(mc_loop_once(world->loop, 0), 0);
    assert_int_equal(world->called, 1);
}

/* The time that a turn did not use up is not to be found by the next one. */
static void a_turn_that_ended_early_does_not_end_a_later_run(void **state)
{
    struct world *world = *state;

    world->timer = mc_timer_new(world->loop, count, world);
    assert_non_null(world->timer);
    for (int i = 0; i < 10; i++) {
        mc_timer_start(world->timer, 0);
        assert_int_equal(mc_loop_once(world->loop, 30), 0);
    }
    assert_int_equal(world->called, 10);
    mc_timer_free(world->timer);
    world->timer = mc_timer_new(world->loop, count_and_stop, world);
    assert_non_null(world->timer);
    mc_timer_start(world->timer, 120);
    assert_int_equal(mc_loop_run(world->loop), 0);
    assert_int_equal(world->called, 11);
}

static void a_timer_may_free_itself(void **state)
{
    struct world *world = *state;

    world->timer = mc_timer_new(world->loop, free_itself, world);
    assert_non_null(world->timer);
    mc_timer_start(world->timer, 1);
    assert_int_equal(mc_loop_run(world->loop), 0); /* nothing is left to wait for */
    assert_int_equal(world->called, 1);
    assert_null(world->timer);
}

static void a_stopped_timer_is_silent(void **state)
{
    struct world *world = *state;

    world->timer = mc_timer_new(world->loop, count, world);
    assert_non_null(world->timer);
    mc_timer_start(world->timer, 1);
    mc_timer_stop(world->timer);
    mc_timer_stop(NULL);
    assert_int_equal(mc_loop_run(world->loop), 0);
    assert_int_equal(world->called, 0);
}

static void readable(void *user, int fd, unsigned events)
{
    struct world *world = user;

    assert_int_equal(events, MC_WATCH_READ);
    assert_int_equal(read(fd, world->got, sizeof(world->got)), 2);
    world->watch = mc_watch_free(world->watch);
}

static void a_watch_tells_what_is_ready_and_may_free_itself(void **state)
{
    struct world *world = *state;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    world->watch = mc_watch_new(world->loop, ends[0], MC_WATCH_READ, readable, world);
    assert_non_null(world->watch);
    assert_int_equal(write(ends[1], "hi", 2), 2);
    assert_int_equal(mc_loop_run(world->loop), 0);
    assert_string_equal(world->got, "hi");
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
}

static void signalled(void *user, int signo)
{
    struct world *world = user;

    world->signo = signo;
    mc_loop_stop(world->loop);
}

static void signals_come_on_the_loop(void **state)
{
    struct world *world = *state;

    world->watch = mc_watch_signal(world->loop, SIGUSR1, signalled, world);
    assert_non_null(world->watch);
    assert_int_equal(raise(SIGUSR1), 0);
    assert_int_equal(world->signo, 0);
    assert_int_equal(mc_loop_run(world->loop), 0);
    assert_int_equal(world->signo, SIGUSR1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_turn_waits_no_longer_than_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_turn_that_ended_early_does_not_end_a_later_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timer_may_free_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stopped_timer_is_silent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_watch_tells_what_is_ready_and_may_free_itself,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(signals_come_on_the_loop, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
