/* The filemgr agent in a folder of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/test-bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct mc_agent_ops mc_agent_filemgr;

struct world
{
    struct bench *bench;
    char top[64];
    char path[2][128];
};

static const char *path_of(struct world *world, int which, const char *name)
{
    (void)snprintf(world->path[which], sizeof(world->path[which]), "%s/%s", world->top,
                   name);
    return world->path[which];
}

static int set_up(void **state)
{
    struct world *world = test_calloc(1, sizeof(*world));
    char text[300];

    (void)snprintf(world->top, sizeof(world->top), "%s", "/tmp/mc-filemgr.XXXXXX");
    assert_non_null(mkdtemp(world->top));
    assert_int_equal(mkdir(path_of(world, 0, "open"), 0755), 0);
    assert_int_equal(mkdir(path_of(world, 0, "open/two words"), 0755), 0);
    FILE *file = fopen(path_of(world, 0, "open/file"), "w");
    assert_non_null(file);
    assert_true(fputs("abc", file) >= 0);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(text, sizeof(text),
                   "plugin.filemgr.touch_file = %s/default\n"
                   "plugin.filemgr.allow = /nosuch ,, %s/open/two words , %s/open\n",
                   world->top, world->top, world->top);
    world->bench = bench_new(&mc_agent_filemgr, text);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {
        "open/two words/x", "open/two words", "open/link", "open/file",
        "default",          "open",           ""};
    struct world *world = *state;

    bench_free(world->bench);
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)remove(path_of(world, 0, names[i]));
    }
    assert_int_equal(access(world->top, F_OK), -1);
    test_free(world);
    return 0;
}

static int64_t number(const struct bench *bench, const char *name)
{
    return mc_value_integer(mc_value_get_name(bench->data, name), -1);
}

static void status_of_a_file(void **state)
{
    struct world *world = *state;
    struct bench *bench = world->bench;
    const char *path = path_of(world, 0, "open/file");

    bench_call(bench, "status", "file", path);
    assert_int_equal(bench->status, 0);
    assert_string_equal(bench_output(bench, "name"), path);
    assert_string_equal(bench_output(bench, "output"), "present");
    assert_int_equal(number(bench, "present"), 1);
    assert_int_equal(number(bench, "size"), 3);
    assert_string_equal(bench_output(bench, "mode"), "100644");
    assert_string_equal(bench_output(bench, "type"), "file");
    assert_string_equal(bench_output(bench, "md5"), "900150983cd24fb0d6963f7d28e17f72");
    assert_true(number(bench, "mtime_seconds") > 1000000000);
    assert_int_equal(strlen(bench_output(bench, "mtime")),
                     strlen("2010-11-17 00:29:17 +0000"));
    assert_int_equal(number(bench, "uid"), getuid());
}

static void not_there(void **state)
{
    struct world *world = *state;
    struct bench *bench = world->bench;
    char wanted[256];

    bench_call(bench, "status", NULL, NULL);
    (void)snprintf(wanted, sizeof(wanted), "%s does not exist",
                   path_of(world, 0, "default"));
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
    assert_string_equal(bench->message, wanted);
    assert_string_equal(bench_output(bench, "output"), "not present");
    assert_string_equal(bench_output(bench, "mode"), "0000");
    assert_string_equal(bench_output(bench, "type"), "unknown");
    assert_int_equal(number(bench, "md5"), 0);
    bench_call(bench, "remove", "file", path_of(world, 0, "open/file/x"));
    (void)snprintf(wanted, sizeof(wanted),
                   "Could not remove file '%s' - it is not present", world->path[0]);
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
    assert_string_equal(bench->message, wanted);
}

static void touch_and_remove(void **state)
{
    static const char *const names[] = {"", "open/two words/x"};
    struct world *world = *state;
    struct bench *bench = world->bench;

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        const char *path = path_of(world, 0, *names[i] ? names[i] : "default");
        const char *name = *names[i] ? "file" : NULL;
        bench_call(bench, "touch", name, path);
        assert_int_equal(bench->status, 0);
        assert_int_equal(access(path, F_OK), 0);
        bench_call(bench, "remove", name, path);
        assert_int_equal(bench->status, 0);
        assert_int_equal(access(path, F_OK), -1);
    }
    bench_call(bench, "remove", "file", path_of(world, 0, "open"));
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
    assert_non_null(strstr(bench->message, "Is a directory"));
}

/* One sentence, and nothing has happened. */
static void refused(void **state)
{
    static const char *const names[] = {"secret", "open/../secret", "open/link/secret",
                                        "default/../secret", "opened"};
    static const char *const verbs[] = {"touch", "remove", "status"};
    struct world *world = *state;
    struct bench *bench = world->bench;

    assert_int_equal(symlink(world->top, path_of(world, 0, "open/link")), 0);
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        for (size_t k = 0; k < MC_COUNT(verbs); k++) {
            bench_call(bench, verbs[k], "file", path_of(world, 0, names[i]));
            assert_int_equal(bench->status, MC_STATUS_ABORTED);
            assert_true(strstr(bench->message, "plugin.filemgr.allow names those") ||
                        strstr(bench->message, "leads through a symbolic link"));
            assert_string_equal(bench_output(bench, "output"), "(nil)");
        }
    }
    assert_int_equal(access(path_of(world, 0, "secret"), F_OK), -1);
    bench_call(bench, "touch", "file", path_of(world, 0, "open/link"));
    assert_non_null(strstr(bench->message, "it is a symbolic link"));
    bench_call(bench, "status", "file", path_of(world, 0, "open/link"));
    assert_string_equal(bench_output(bench, "type"), "symlink");
    bench_call(bench, "status", "file", "open/file");
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
}

static void names_of_a_folder(void **state)
{
    struct world *world = *state;
    struct bench *bench = world->bench;
    struct mc_value *data = bench_input(bench, NULL, "file", path_of(world, 0, "open"));

    assert_int_equal(mc_value_set_symbol(bench->arena, data, "dirlist",
                                         mc_value_bool(bench->arena, true)),
                     0);
    (void)bench_begin(bench, "status", data);
    assert_true(bench->ended);
    const struct mc_value *list = mc_value_get_name(bench->data, "dir_listing");
    assert_int_equal(mc_value_count(list), 2);
    assert_string_equal(mc_value_cstr(mc_value_item(list, 1)), "two words");
    assert_int_equal(number(bench, "md5"), 0);
    assert_string_equal(bench_output(bench, "type"), "directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(status_of_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(touch_and_remove, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_of_a_folder, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
