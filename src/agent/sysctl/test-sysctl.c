/* The sysctl agent over parameters of our own making. */
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

extern const struct mc_agent_ops mc_agent_sysctl;

static const char *const files[] = {"vm/swappiness", "vm/locked", "vmware"};

struct world
{
    struct bench *bench;
    char folder[64];
};

static void path_of(const struct world *world, const char *name, char ret_path[128])
{
    (void)snprintf(ret_path, 128, "%s/%s", world->folder, name);
}

static int set_up(void **state)
{
    struct world *world = test_calloc(1, sizeof(*world));
    char text[256];
    char path[128];

    (void)snprintf(world->folder, sizeof(world->folder), "%s", "/tmp/mc-sysctl.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    path_of(world, "vm", path);
    assert_int_equal(mkdir(path, 0755), 0);
    for (size_t i = 0; i < MC_COUNT(files); i++) {
        path_of(world, files[i], path);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fputs("60\n", file) >= 0);
        assert_int_equal(fclose(file), 0);
    }
    (void)snprintf(text, sizeof(text),
                   "plugin.sysctl.folder = %s\nplugin.sysctl.allow = a.b, vm.s* , "
                   "vm.swappiness,net.*\n",
                   world->folder);
    world->bench = bench_new(&mc_agent_sysctl, text);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    char path[128];

    bench_free(world->bench);
    for (size_t i = 0; i < MC_COUNT(files); i++) {
        path_of(world, files[i], path);
        assert_int_equal(unlink(path), 0);
    }
    path_of(world, "vm", path);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(world->folder), 0);
    test_free(world);
    return 0;
}

static void change(struct bench *bench, const char *name, const char *value)
{
    struct mc_value *data = bench_input(bench, NULL, "name", name);

    (void)bench_begin(bench, "set", bench_input(bench, data, "value", value));
    assert_true(bench->ended);
}

static void read_one(void **state)
{
    struct bench *bench = ((struct world *)*state)->bench;

    bench_call(bench, "get", "name", "vm.swappiness");
    assert_int_equal(bench->status, 0);
    assert_string_equal(bench_output(bench, "value"), "60");
    bench_call(bench, "get", "name", "vm.nosuch");
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
    assert_string_equal(bench->message, "this kernel has no parameter 'vm.nosuch'");
    bench_call(bench, "get", "name", "../passwd");
    assert_int_equal(bench->status, MC_STATUS_INVALID_DATA);
    assert_string_equal(bench->message,
                        "'../passwd' cannot be the name of a kernel parameter");
}

static void set_what_is_allowed(void **state)
{
    struct bench *bench = ((struct world *)*state)->bench;

    change(bench, "vm.swappiness", "10");
    assert_int_equal(bench->status, 0);
    assert_string_equal(bench_output(bench, "previous"), "60");
    assert_string_equal(bench_output(bench, "value"), "10");
}

/* "vm.s*" is no form of the list: it allows nothing. */
static void and_nothing_else(void **state)
{
    static const char *const names[] = {"vm.locked", "vmware"};
    struct bench *bench = ((struct world *)*state)->bench;

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        change(bench, names[i], "1");
        assert_int_equal(bench->status, MC_STATUS_ABORTED);
        assert_non_null(strstr(bench->message, "plugin.sysctl.allow does not name it"));
        assert_string_equal(bench_output(bench, "value"), "60");
    }
    change(bench, "net.nosuch", "1");
    assert_string_equal(bench->message, "this kernel has no parameter 'net.nosuch'");
    change(bench, "vm.swappiness", "1\n2");
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(read_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(set_what_is_allowed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(and_nothing_else, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
