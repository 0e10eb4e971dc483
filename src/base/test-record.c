/* Lines of a record file: whole, unforgeable, at the end, also after the file has gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/record.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place
{
    char folder[64];
    char path[96];
    char moved[96];
};

static int set_up(void **state)
{
    struct place *place = test_calloc(1, sizeof(*place));

    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/mc-record.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->path, sizeof(place->path), "%s/audit", place->folder);
    (void)snprintf(place->moved, sizeof(place->moved), "%s/audit.1", place->folder);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    (void)unlink(place->path);
    (void)unlink(place->moved);
    (void)rmdir(place->folder);
    test_free(place);
    return 0;
}

static void holds(const char *path, const char *wanted)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct mc_bytes content;

    assert_int_equal(mc_file_read(path, 1 << 16, arena, &content, NULL), 0);
    assert_string_equal((const char *)content.data, wanted);
}

static void lines_follow_each_other(void **state)
{
    const struct place *place = *state;
    struct mc_record *record = mc_record_new(place->path);

    assert_int_equal(mc_record_line(record, MC_BYTES("one")), 0);
    assert_null(mc_record_free(record));
    record = mc_record_new(place->path);
    assert_int_equal(mc_record_line(record, MC_BYTES("")), 0);
    assert_int_equal(mc_record_line(record, MC_BYTES("two")), 0);
    assert_string_equal(mc_record_path(record), place->path);
    mc_record_free(record);
    holds(place->path, "one\n\ntwo\n");
}

static void no_byte_ends_a_line(void **state)
{
    const struct place *place = *state;
    struct mc_record *record = mc_record_new(place->path);

    assert_int_equal(mc_record_line(record, MC_BYTES("a\nb\rc\td\x1b[2J\x7f")), 0);
    assert_int_equal(mc_record_line(record, MC_BYTES("next \xc2\x85 line \xc3\xa9")),
                     0);
    assert_int_equal(mc_record_line(record, MC_BYTES("latin \xe9")), 0);
    mc_record_free(record);
    holds(place->path, "a\\nb\\rc\\td\\x1b[2J\\x7f\n"
                       "next \\xc2\\x85 line \xc3\xa9\n"
                       "latin \\xe9\n");
}

static void a_file_that_was_moved_away_stays_until_reopen(void **state)
{
    const struct place *place = *state;
    struct mc_record *record = mc_record_new(place->path);

    assert_int_equal(mc_record_line(record, MC_BYTES("1")), 0);
    assert_int_equal(rename(place->path, place->moved), 0);
    assert_int_equal(mc_record_line(record, MC_BYTES("2")), 0);
    assert_int_equal(mc_record_reopen(record), 0);
    assert_int_equal(mc_record_line(record, MC_BYTES("3")), 0);
    mc_record_free(record);
    holds(place->moved, "1\n2\n");
    holds(place->path, "3\n");
}

static void what_cannot_be_written_is_said(void **state)
{
    const struct place *place = *state;
    struct mc_record *record = mc_record_new("/dev/full");

    assert_int_equal(mc_record_line(record, MC_BYTES("1")), -ENOSPC);
    mc_record_free(record);
    record = mc_record_new(place->folder);
    assert_int_equal(mc_record_line(record, MC_BYTES("1")), -EISDIR);
    assert_int_equal(mc_record_reopen(record), -EISDIR);
    mc_record_free(record);
    assert_null(mc_record_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_follow_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_byte_ends_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_was_moved_away_stays_until_reopen,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_said, set_up,
                                        tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
