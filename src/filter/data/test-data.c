/* Data plugins about this machine: real processes and parameters; packages from managers
 * of our own making on PATH, as they answer, fail and hang. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "filter/data.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char fake_query[] = "#!/bin/sh\n"
                                 "for last; do :; done\n"
                                 "case $last in\n"
                                 "zsh) echo 'install ok installed|5.9-4|amd64';;\n"
                                 "hangs) exec sleep 600;;\n"
                                 "broken) exit 3;;\n"
                                 "*) echo unknown >&2; exit 1;;\n"
                                 "esac\n";

struct world
{
    struct mc_arena *arena;
    struct mc_config *config;
    unsigned timeout_ms;
    char folder[64];
    struct mc_data_host host;
};

static const struct mc_config *config(void *user)
{
    return ((struct world *)user)->config;
}

static unsigned timeout_ms(void *user, const char *name)
{
    (void)name;
    return ((struct world *)user)->timeout_ms;
}

static void program(const struct world *world, const char *name, const char *text)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", world->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0755), 0);
}

static int set_up(void **state)
{
    struct world *world = test_calloc(1, sizeof(*world));
    struct mc_error error = {""};
    char path[256];

    (void)snprintf(world->folder, sizeof(world->folder), "%s", "/tmp/mc-data.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    program(world, "dpkg-query", fake_query);
    program(world, "apt-get", "#!/bin/sh\n");
    (void)snprintf(path, sizeof(path), "%s:/usr/bin:/bin", world->folder);
    assert_int_equal(setenv("PATH", path, 1), 0);
    assert_int_equal(mc_config_parse(MC_BYTES("plugin.package.provider = apt\n"), "t",
                                     MC_ROLE_NODE, NULL, NULL, &world->config, &error),
                     0);
    world->arena = mc_arena_new(1 << 20);
    world->timeout_ms = 60000; /* more than the limit of the table */
    world->host = (struct mc_data_host){
        .config = config,
        .timeout_ms = timeout_ms,
        .user = world,
    };
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"dpkg-query", "apt-get", ""};
    char path[128];

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", world->folder, names[i]);
        assert_int_equal(remove(path), 0);
    }
    mc_config_free(world->config);
    mc_arena_free(world->arena);
    test_free(world);
    return 0;
}

static const struct mc_value *ask(struct world *world, const char *name,
                                  const char *query, const char *output)
{
    const struct mc_value *outputs = NULL;
    struct mc_error error = {""};

    int r = mc_data_query(name, query, &world->host, world->arena, &outputs, &error);
    if (r != 0) {
        print_message("# %s: %s\n", query, error.text);
    }
    assert_int_equal(r, 0);
    return mc_value_get_symbol(outputs, output);
}

static void fails(struct world *world, const char *name, const char *query,
                  const char *words)
{
    const struct mc_value *outputs = NULL;
    struct mc_error error = {""};

    assert_int_equal(
        mc_data_query(name, query, &world->host, world->arena, &outputs, &error),
        MC_DATA_FAILED);
    assert_null(outputs);
    if (!strstr(error.text, words)) {
        fail_msg("%s: %s", query, error.text);
    }
}

static void process(void **state)
{
    assert_true(ask(*state, "process", "filter_data", "exists")->boolean);
    assert_true(ask(*state, "process", "test.filter.[d]ata", "exists")->boolean);
    assert_false(ask(*state, "process", "^no such process$", "exists")->boolean);
    fails(*state, "process", "(", "invalid regular expression");
    fails(*state, "process", "", "needs a pattern");
    fails(*state, "process", NULL, "needs a pattern");
}

static void process_is_bounded(void **state)
{
    struct world *world = *state;

    world->timeout_ms = 0;
    fails(world, "process", "^no such process$",
          "Data plugin process_data timed out on query '^no such process$'");
}

static void package(void **state)
{
    assert_string_equal(mc_value_cstr(ask(*state, "package", "zsh", "status")),
                        "5.9-4");
    assert_true(ask(*state, "package", "zsh", "installed")->boolean);
    assert_string_equal(mc_value_cstr(ask(*state, "Package_data", "csh", "status")),
                        "absent");
    assert_false(ask(*state, "package", "csh", "installed")->boolean);
    fails(*state, "package", "broken", "apt failed (exit code 3)");
    fails(*state, "package", "-x", "cannot be the name of a package");
    fails(*state, "package", "a*", "cannot be the name of a package");
    fails(*state, "package", NULL, "cannot be the name of a package");
}

static void package_is_bounded(void **state)
{
    struct world *world = *state;
    int64_t began_us = mc_clock_monotonic_us();

    world->timeout_ms = 200;
    fails(world, "package", "hangs",
          "Data plugin package_data timed out on query 'hangs'");
    int64_t took_ms = (mc_clock_monotonic_us() - began_us) / 1000;
    assert_in_range(took_ms, 200, 1500);
}

static void sysctl(void **state)
{
    assert_string_equal(mc_value_cstr(ask(*state, "sysctl", "kernel.ostype", "value")),
                        "Linux");
    assert_true(mc_value_is(ask(*state, "sysctl", "kernel.pid_max", "value"), MC_INT));
    assert_string_equal(mc_value_cstr(ask(*state, "sysctl", "no.such", "value")), "");
    fails(*state, "sysctl", "../version", "cannot be the name");
    fails(*state, "sysctl", "kernel/ostype", "cannot be the name");
    fails(*state, "sysctl", NULL, "cannot be the name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(process, set_up, tear_down),
        cmocka_unit_test_setup_teardown(process_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(package, set_up, tear_down),
        cmocka_unit_test_setup_teardown(package_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sysctl, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
