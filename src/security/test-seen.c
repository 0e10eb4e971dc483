/* The memory of served requests, on a clock that the test turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "security/security.h"
#include <malloc.h>
#include <stdio.h>

static int open_seen(void **state)
{
    *state = mc_seen_new();
    return *state ? 0 : -1;
}

static int close_seen(void **state)
{
    return mc_seen_free(*state) ? -1 : 0;
}

/* Note the id made of a number. */
static int note(struct mc_seen *seen, const char *caller, unsigned number,
                int64_t now_s, int64_t until_s)
{
    char id[32];

    (void)snprintf(id, sizeof(id), "%u", number);
    return mc_seen_check(seen, caller, id, now_s, until_s);
}

static void a_request_is_served_once(void **state)
{
    struct mc_seen *seen = *state;

    assert_int_equal(mc_seen_check(seen, "uid=0", "a", 100, 160), 0);
    assert_int_equal(mc_seen_check(seen, "uid=0", "a", 100, 160), MC_SEEN_REPLAY);
    assert_int_equal(mc_seen_check(seen, "uid=0", "b", 100, 160), 0);
    assert_int_equal(mc_seen_check(seen, "uid=1", "a", 100, 160), 0);
    /* Caller and id stay apart. */
    assert_int_equal(mc_seen_check(seen, "uid=0a", "", 100, 160), 0);
    assert_int_equal(mc_seen_check(seen, "uid=", "0a", 100, 160), 0);
}

static void it_is_remembered_through_its_last_second(void **state)
{
    struct mc_seen *seen = *state;

    assert_int_equal(mc_seen_check(seen, "uid=0", "a", 100, 160), 0);
    assert_int_equal(mc_seen_check(seen, "uid=0", "a", 160, 160), MC_SEEN_REPLAY);
    assert_int_equal(mc_seen_check(seen, "uid=0", "a", 161, 221), 0);
    assert_int_equal(mc_seen_check(seen, "uid=0", "a", 221, 300), MC_SEEN_REPLAY);
}

static void a_clock_that_goes_back_forgets_nothing(void **state)
{
    struct mc_seen *seen = *state;

    assert_int_equal(mc_seen_check(seen, "uid=0", "a", 1000, 1060), 0);
    assert_int_equal(mc_seen_check(seen, "uid=0", "a", 10, 70), MC_SEEN_REPLAY);
    assert_int_equal(mc_seen_check(seen, "uid=0", "b", 10, 70), 0);
    assert_int_equal(mc_seen_check(seen, "uid=0", "a", 1000, 1060), MC_SEEN_REPLAY);
}

static void many_are_kept_apart(void **state)
{
    struct mc_seen *seen = *state;

    for (unsigned i = 0; i < 20000; i++) {
        assert_int_equal(note(seen, i % 2 ? "uid=1" : "uid=2", i, 100, 160), 0);
    }
    for (unsigned i = 0; i < 20000; i++) {
        assert_int_equal(note(seen, i % 2 ? "uid=1" : "uid=2", i, 130, 190),
                         MC_SEEN_REPLAY);
    }
}

static void a_caller_cannot_have_too_many(void **state)
{
    struct mc_seen *seen = *state;

    assert_int_equal(note(seen, "uid=1", 7, 100, 5000), 0);
    for (unsigned i = 0; i < MC_SEEN_IDS_PER_CALLER_MAX; i++) {
        assert_int_equal(note(seen, "uid=0", i, 100, i % 4 ? 160 : 1000), 0);
    }
    assert_int_equal(note(seen, "uid=0", 5, 100, 160), MC_SEEN_REPLAY);
    /* One more: the quarter that would live longest is forgotten, of this caller. */
    assert_int_equal(note(seen, "uid=0", 1000000, 100, 160), 0);
    assert_int_equal(note(seen, "uid=0", 1000000, 100, 160), MC_SEEN_REPLAY);
    assert_int_equal(note(seen, "uid=0", 5, 100, 160), MC_SEEN_REPLAY);
    assert_int_equal(note(seen, "uid=0", 4, 100, 160), 0);
    assert_int_equal(note(seen, "uid=1", 7, 100, 5000), MC_SEEN_REPLAY);
}

/* A captured message can be sent with other callers and times (psk): whoever does so
 * is not to shut the others out. */
static void a_flood_of_long_lives_shuts_nobody_out(void **state)
{
    struct mc_seen *seen = *state;
    char caller[32];

    assert_int_equal(note(seen, "uid=0", 1, 100, 160), 0);
    for (unsigned i = 0; i < 2 * MC_SEEN_CALLERS_MAX; i++) {
        (void)snprintf(caller, sizeof(caller), "uid=x%u", i);
        assert_int_equal(note(seen, caller, 1, 100, 86400), 0);
    }
    for (unsigned i = 0; i < MC_SEEN_IDS_PER_CALLER_MAX + 1; i++) {
        assert_int_equal(note(seen, "uid=0", 1000 + i, 100, 86400), 0);
    }
    assert_int_equal(note(seen, "uid=new", 1, 101, 161), 0);
    assert_int_equal(note(seen, "uid=0", 2, 101, 161), 0);
    /* What lives short, as requests do, was not forgotten. */
    assert_int_equal(note(seen, "uid=0", 1, 101, 160), MC_SEEN_REPLAY);
    assert_int_equal(note(seen, "uid=0", 2, 101, 161), MC_SEEN_REPLAY);
}

static void callers_are_bounded(void **state)
{
    struct mc_seen *seen = *state;
    char caller[32];

    for (unsigned i = 0; i < MC_SEEN_CALLERS_MAX; i++) {
        (void)snprintf(caller, sizeof(caller), "uid=%u", i);
        assert_int_equal(note(seen, caller, 1, 100, i % 2 ? 160 : 1000), 0);
    }
    assert_int_equal(note(seen, "uid=7", 2, 100, 160), 0);
    assert_int_equal(note(seen, "uid=x", 1, 100, 160), 0);
    assert_int_equal(note(seen, "uid=x", 1, 100, 160), MC_SEEN_REPLAY);
    assert_int_equal(note(seen, "uid=7", 1, 100, 160), MC_SEEN_REPLAY);
    assert_int_equal(note(seen, "uid=8", 1, 100, 160), 0);
}

/* 0 where another heap than the C library's is used: sanitizers, valgrind. */
static size_t heap_bytes(void)
{
#ifdef MC_SANITIZED
    return 0;
#else
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
#endif
}

static void all_together_are_bounded(void **state)
{
    struct mc_seen *seen = *state;
    size_t before = heap_bytes();
    bool known = before > 0;
    char caller[32];

    for (unsigned i = 0; i < MC_SEEN_IDS_MAX; i++) {
        (void)snprintf(caller, sizeof(caller), "uid=%u", i % 8);
        assert_int_equal(note(seen, caller, i, 100, i % 8 ? 160 : 150), 0);
    }
    if (known) {
        assert_in_range(heap_bytes() - before, MC_SEEN_IDS_MAX * 32,
                        (size_t)MC_SEEN_IDS_MAX * 40);
    }
    /* One more, when all are of about one age: all are forgotten, memory stays. */
    assert_int_equal(note(seen, "uid=0", MC_SEEN_IDS_MAX, 100, 160), 0);
    assert_int_equal(note(seen, "uid=0", MC_SEEN_IDS_MAX, 100, 160), MC_SEEN_REPLAY);
    /* A minute later all is over and the memory is given back. */
    assert_int_equal(note(seen, "uid=0", 1, 161, 221), 0);
    assert_int_equal(note(seen, "uid=0", 1, 161, 221), MC_SEEN_REPLAY);
    if (known) {
        assert_in_range(heap_bytes() - before, 0, 64 * 1024);
    }
}

static void a_sweep_keeps_what_is_alive(void **state)
{
    struct mc_seen *seen = *state;
    char caller[32];

    for (unsigned i = 0; i < 3000; i++) {
        (void)snprintf(caller, sizeof(caller), "uid=%u", i % 50);
        assert_int_equal(note(seen, caller, i, 100, i % 3 ? 110 : 500), 0);
    }
    assert_int_equal(note(seen, "uid=x", 1, 200, 260), 0);
    for (unsigned i = 0; i < 3000; i++) {
        (void)snprintf(caller, sizeof(caller), "uid=%u", i % 50);
        assert_int_equal(note(seen, caller, i, 201, 500), i % 3 ? 0 : MC_SEEN_REPLAY);
    }
}

/* When callers vanish the others move up; each keeps its own count. */
static void counts_stay_with_their_callers(void **state)
{
    struct mc_seen *seen = *state;

    assert_int_equal(note(seen, "uid=a", 0, 100, 110), 0);
    assert_int_equal(note(seen, "uid=b", 0, 100, 5000), 0);
    for (unsigned i = 1; i < MC_SEEN_IDS_PER_CALLER_MAX; i++) {
        assert_int_equal(note(seen, "uid=b", i, 100, 200), 0);
    }
    /* uid=a goes, uid=b moves up; one more of its own forgets the longest one. */
    assert_int_equal(note(seen, "uid=c", 0, 170, 9000), 0);
    assert_int_equal(note(seen, "uid=b", 1000000, 170, 171), 0);
    assert_int_equal(note(seen, "uid=b", 0, 170, 171), 0);
    assert_int_equal(note(seen, "uid=c", 0, 300, 9000), MC_SEEN_REPLAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_is_served_once, open_seen,
                                        close_seen),
        cmocka_unit_test_setup_teardown(it_is_remembered_through_its_last_second,
                                        open_seen, close_seen),
        cmocka_unit_test_setup_teardown(a_clock_that_goes_back_forgets_nothing,
                                        open_seen, close_seen),
        cmocka_unit_test_setup_teardown(many_are_kept_apart, open_seen, close_seen),
        cmocka_unit_test_setup_teardown(a_caller_cannot_have_too_many, open_seen,
                                        close_seen),
        cmocka_unit_test_setup_teardown(a_flood_of_long_lives_shuts_nobody_out,
                                        open_seen, close_seen),
        cmocka_unit_test_setup_teardown(callers_are_bounded, open_seen, close_seen),
        cmocka_unit_test_setup_teardown(all_together_are_bounded, open_seen,
                                        close_seen),
        cmocka_unit_test_setup_teardown(counts_stay_with_their_callers, open_seen,
                                        close_seen),
        cmocka_unit_test_setup_teardown(a_sweep_keeps_what_is_alive, open_seen,
                                        close_seen),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
