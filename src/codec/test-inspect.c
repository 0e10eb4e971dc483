/* Values as Ruby prints them, compared with what Ruby itself printed (the fixtures say
 * how they were made). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "codec/codec.h"
#include "codec/inspect.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define FIXTURES MC_SOURCE_ROOT "/t/fixtures/inspect"

static struct mc_bytes load(struct mc_arena *arena, const char *name, const char *kind)
{
    char path[512];
    struct mc_bytes content;

    (void)snprintf(path, sizeof(path), "%s/%s.%s", FIXTURES, name, kind);
    assert_int_equal(mc_file_read(path, 1 << 20, arena, &content, NULL), 0);
    return content;
}

static void compare(const char *name)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22);
    struct mc_bytes expected = load(arena, name, "pp");
    const struct mc_value *value;
    struct mc_buffer out;
    struct mc_bytes text;

    assert_int_equal(
        mc_marshal_decode(load(arena, name, "marshal"), 0, arena, &value, NULL), 0);
    mc_buffer_init(&out, MC_INSPECT_BYTES_MAX);
    mc_inspect_pretty(value, &out);
    mc_buffer_byte(&out, '\n');
    assert_int_equal(mc_buffer_copy(&out, arena, &text), 0);
    if (!mc_bytes_equal(text, expected)) {
        print_error("%s: expected\n%s\ngot\n%s\n", name, (const char *)expected.data,
                    (const char *)text.data);
    }
    assert_true(mc_bytes_equal(text, expected));
    mc_buffer_deinit(&out);
}

static void like_ruby(void **state)
{
    DIR *folder = opendir(FIXTURES);
    size_t count = 0;

    (void)state;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char name[256];
        size_t len = strcspn(entry->d_name, ".");
        if (strcmp(entry->d_name + len, ".pp") != 0) {
            continue;
        }
        (void)snprintf(name, sizeof(name), "%.*s", (int)len, entry->d_name);
        compare(name);
        count++;
    }
    (void)closedir(folder);
    assert_true(count >= 15);
}

/* The widest values: one that is too large for the buffer says so. */
static void too_large_is_no_crash(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 22);
    struct mc_value *list = mc_value_array(arena);
    struct mc_buffer out;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(mc_value_push(arena, list, mc_value_int(arena, i)), 0);
    }
    mc_buffer_init(&out, 64);
    mc_inspect_pretty(list, &out);
    assert_true(mc_buffer_failed(&out));
    mc_buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_ruby),
        cmocka_unit_test(too_large_is_no_crash),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
