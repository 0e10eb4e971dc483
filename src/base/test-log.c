/* The log: shape of the lines, escapes, rotation, a full disk, levels; and the event
 * reader that writes to it. */
#include <errno.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/event.h"
#include "base/file.h"
#include "base/log-private.h"
#include "base/regexp.h"

struct place
{
    char folder[64];
    char path[100];
};

static int place_make(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/mc-test-log-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->path, sizeof(place->path), "%s/log", place->folder);
    *state = place;
    return 0;
}

static int place_remove(void **state)
{
    struct place *place = *state;
    char name[120];

    (void)unlink(place->path);
    for (int i = 0; i < 10; i++) {
        (void)snprintf(name, sizeof(name), "%s.%d", place->path, i);
        (void)unlink(name);
    }
    assert_int_equal(rmdir(place->folder), 0);
    free(place);
    return 0;
}

static struct mc_log *log_with(const struct place *place, const char *more)
{
    char text[500];
    struct mc_config *config = NULL;
    struct mc_log *log = NULL;
    struct mc_error error = {{0}};

    (void)snprintf(text, sizeof(text), "logfile = %s\n%s", place->path, more);
    assert_int_equal(mc_config_parse(mc_bytes_text(text), "t", MC_ROLE_NODE, NULL, NULL,
                                     &config, &error),
                     0);
    if (mc_log_open(config, "test", &log, &error) != 0) {
        fail_msg("%s", error.text);
    }
    mc_config_free(config);
    return log;
}

/* The whole file, kept until the arena goes. */
static const char *content(struct mc_arena *arena, const char *path, const char *end)
{
    char name[120];
    struct mc_bytes text;

    (void)snprintf(name, sizeof(name), "%s%s", path, end);
    return mc_file_read(name, 1 << 20, arena, &text, NULL) == 0
               ? (const char *)text.data
               : NULL;
}

static bool like(const char *text, const char *pattern)
{
    bool found = text && mc_regexp_once(mc_bytes_text(pattern), 0, mc_bytes_text(text),
                                        NULL) == 0;
    if (!found) {
        print_message("# not like %s: %s\n", pattern, text ? text : "(none)");
    }
    return found;
}

static void lines_have_the_documented_shape(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct place *place = *state;
    struct mc_log *log = log_with(place, "");

    mc_log_write(log, MC_LEVEL_DEBUG, "%s", "unseen");
    mc_log_write(log, MC_LEVEL_WARN, "hello %d", 5);
    assert_false(mc_log_enabled(log, MC_LEVEL_DEBUG));
    mc_log_free(log);
    const char *text = content(arena, place->path, "");
    assert_true(
        like(text, "^# Logfile created on [-0-9]+ [0-9:]+ [-+][0-9]+ by mario"));
    assert_true(like(text, "\nW, \\[[0-9]+-[0-9]+-[0-9]+T[0-9:]+\\.[0-9]+[-+][0-9:]+"));
    assert_true(like(text, "[0-9]  #[0-9]+\\]  WARN -- : hello 5\n$"));
}

static void nobody_can_forge_a_line(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct place *place = *state;
    struct mc_log *log = log_with(place, "");

    mc_log_write(log, MC_LEVEL_INFO, "%s", "a\nb\x1b[31m\tc\x7f");
    mc_log_write(log, MC_LEVEL_INFO, "%s", "\xc3\xa4 \xc2\x9b 1 \xe2\x82\xac");
    mc_log_write(log, MC_LEVEL_INFO, "%s", "latin \xe4 \x9b");
    mc_log_free(log);
    const char *text = content(arena, place->path, "");
    assert_non_null(strstr(text, "-- : a\\nb\\x1b[31m\\tc\\x7f\n"));
    assert_non_null(strstr(text, "-- : \xc3\xa4 \\xc2\\x9b 1 \xe2\x82\xac\n"));
    assert_non_null(strstr(text, "-- : latin \\xe4 \\x9b\n"));
}

static void a_long_line_is_cut_between_characters(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct place *place = *state;
    struct mc_log *log = log_with(place, "");
    char big[20001];

    for (size_t i = 0; i < 20000; i += 2) {
        big[i] = (char)0xc3;
        big[i + 1] = (char)0xa4;
    }
    big[20000] = 0;
    mc_log_write(log, MC_LEVEL_INFO, "%s", big);
    mc_log_free(log);
    const char *text = content(arena, place->path, "");
    assert_true(strlen(text) < 9000 && strlen(text) > 8000);
    assert_true(mc_bytes_utf8(mc_bytes_text(text)));
    assert_null(strstr(text, "\\x"));
}

static void old_files_are_kept_by_number(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct place *place = *state;
    struct mc_log *log = log_with(place, "keeplogs = 3\nmax_log_size = 400\n");

    for (int i = 0; i < 60; i++) {
        mc_log_write(log, MC_LEVEL_INFO, "line %d", i);
    }
    mc_log_free(log);
    assert_non_null(strstr(content(arena, place->path, ""), "line 59\n"));
    assert_true(like(content(arena, place->path, ".0"), "^# Logfile created"));
    assert_non_null(content(arena, place->path, ".1"));
    assert_null(content(arena, place->path, ".2"));
    assert_true(strlen(content(arena, place->path, ".0")) < 600);
}

static void nothing_is_rotated_without_keeplogs(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct place *place = *state;
    struct mc_log *log = log_with(place, "keeplogs = 0\nmax_log_size = 100\n");

    for (int i = 0; i < 20; i++) {
        mc_log_write(log, MC_LEVEL_INFO, "line %d", i);
    }
    mc_log_free(log);
    assert_non_null(strstr(content(arena, place->path, ""), "line 0\n"));
    assert_null(content(arena, place->path, ".0"));
}

static void a_full_disk_is_counted_and_told(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct place *place = *state;

    assert_int_equal(symlink("/dev/full", place->path), 0);
    struct mc_log *log = log_with(place, "");
    for (int i = 0; i < 3; i++) {
        mc_log_write(log, MC_LEVEL_INFO, "lost %d", i);
    }
    assert_int_equal(unlink(place->path), 0);
    assert_int_equal(mc_log_reopen(log), 0);
    mc_log_write(log, MC_LEVEL_INFO, "again");
    mc_log_write(log, MC_LEVEL_INFO, "more");
    mc_log_free(log);
    const char *text = content(arena, place->path, "");
    assert_true(like(text, "ERROR -- : 3 log lines were lost: No space left on device\n"
                           "[^\n]* -- : again\n[^\n]* -- : more\n$"));
}

static void levels_go_round(void **state)
{
    static const enum mc_level order[] = {MC_LEVEL_WARN, MC_LEVEL_ERROR, MC_LEVEL_FATAL,
                                          MC_LEVEL_DEBUG, MC_LEVEL_INFO};
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct place *place = *state;
    struct mc_log *log = log_with(place, "");

    for (size_t i = 0; i < MC_COUNT(order); i++) {
        assert_int_equal(mc_log_cycle(log), order[i]);
        assert_int_equal(mc_log_reopen(log), 0);
        assert_true(mc_log_enabled(log, order[i]));
    }
    mc_log_free(log);
    assert_true(like(content(arena, place->path, ""),
                     "F, .* FATAL -- : Logging level is now FATAL\n"
                     "D, .* DEBUG -- : Logging level is now DEBUG\n"));
}

static void bad_settings_are_errors(void **state)
{
    static const char *const texts[] = {"loglevel = loud\n", "logger_type = paper\n",
                                        "logfile = /nowhere/at/all\n"};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        struct mc_config *config = NULL;
        struct mc_log *log = NULL;
        struct mc_error error = {{0}};
        assert_int_equal(mc_config_parse(mc_bytes_text(texts[i]), "t", MC_ROLE_NODE,
                                         NULL, NULL, &config, &error),
                         0);
        assert_true(mc_log_open(config, "test", &log, &error) < 0);
        assert_null(log);
        assert_true(strlen(error.text) > 0);
        mc_config_free(config);
    }
    mc_log_write(NULL, MC_LEVEL_INFO, "nothing happens");
    assert_false(mc_log_enabled(NULL, MC_LEVEL_FATAL));
}

/* Standard error of the test is exchanged for a file while the lines are written. */
static void the_console_has_its_own_shape(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct place *place = *state;
    int saved = dup(STDERR_FILENO);

    assert_true(saved >= 0);
    assert_non_null(freopen(place->path, "ab", stderr));
    struct mc_log *log = mc_log_console(MC_LEVEL_INFO, "test");
    mc_log_write(log, MC_LEVEL_ERROR, "plain");
    mc_log_free(log);
    log = log_with(place, "logger_type = console\ncolor = 1\n");
    mc_log_write(log, MC_LEVEL_WARN, "coloured");
    mc_log_free(log);
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(close(saved), 0);
    const char *text = content(arena, place->path, "");
    assert_true(like(text, "^error [0-9]+/[0-9]+/[0-9]+ [0-9:]+: plain\n"));
    assert_true(like(text, "\x1b\\[33mwarn\x1b\\[0m [0-9/]+ [0-9:]+: coloured\n$"));
}

static void count_event(void *user, const struct mc_event *event)
{
    unsigned *count = user;

    assert_int_equal(event->id, MC_EVENT_request_done);
    (*count)++;
}

static void events_become_lines(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 20);
    struct place *place = *state;
    struct mc_log *log = log_with(place, "");
    unsigned count = 0;
    const struct mc_sink last = {count_event, &count, NULL};
    const struct mc_sink first = {mc_event_to_log, log, &last};
    const struct mc_field fields[] = {
        MC_FIELD_STR("agent", "rpcutil"), MC_FIELD_STR("caller", "a \"b\""),
        MC_FIELD_STR("none", NULL), MC_FIELD_NUM("bytes", -3), MC_FIELD_US("took", 15)};

    mc_event_emit(&first, MC_EVENT_request_done, fields, MC_COUNT(fields));
    mc_event_emit(&first, MC_EVENT_request_done, NULL, 0);
    mc_event_emit(NULL, MC_EVENT_request_done, NULL, 0);
    mc_log_free(log);
    assert_int_equal(count, 2);
    assert_true(like(content(arena, place->path, ""),
                     " INFO -- : request finished: agent=rpcutil caller=\"a "
                     "\\\\\"b\\\\\"\" none=\"\" bytes=-3 took=15us\n"
                     "[^\n]* -- : request finished\n$"));
    assert_string_equal(mc_event_name(MC_EVENT_message_dropped), "message_dropped");
    assert_int_equal(mc_event_level(MC_EVENT_message_dropped), MC_LEVEL_WARN);
}

/* What is said before the configuration is read goes to the console. */
static void corner_case_101_levels_facilities_and_the_console(void **state)
{
    struct place *place = *state;
    int facility = 0;

    levels_go_round(state);
    assert_int_equal(unlink(place->path), 0);
    the_console_has_its_own_shape(state);
    assert_true(mc_log__facility("local3", &facility));
    assert_int_equal(facility, LOG_LOCAL3);
    assert_false(mc_log__facility("local8", &facility));
    assert_int_equal(facility, LOG_USER);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(lines_have_the_documented_shape),
        WITH_PLACE(nobody_can_forge_a_line),
        WITH_PLACE(a_long_line_is_cut_between_characters),
        WITH_PLACE(old_files_are_kept_by_number),
        WITH_PLACE(nothing_is_rotated_without_keeplogs),
        WITH_PLACE(a_full_disk_is_counted_and_told),
        cmocka_unit_test(bad_settings_are_errors),
        WITH_PLACE(corner_case_101_levels_facilities_and_the_console),
        WITH_PLACE(events_become_lines),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
