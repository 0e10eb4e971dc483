/* Kernel parameters in a folder of our own, and one of the real kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/sysctl/sysctl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static struct mc_arena *arena;

static void write_file(const char *name, const char *text)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    char path[128];

    (void)state;
    (void)snprintf(folder, sizeof(folder), "%s", "/tmp/mc-sysctl.XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/vm", folder);
    assert_int_equal(mkdir(path, 0755), 0);
    write_file("vm/swappiness", "60\n");
    write_file("secret", "x\n");
    arena = mc_arena_new(1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"vm/swappiness", "secret", "vm", ""};
    char path[128];

    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        assert_int_equal(remove(path), 0);
    }
    mc_arena_free(arena);
    return 0;
}

static void read_and_write(void **state)
{
    const char *value = NULL;
    struct mc_error error = {""};

    (void)state;
    assert_int_equal(mc_sysctl_get(folder, "vm.swappiness", arena, &value, &error), 0);
    assert_string_equal(value, "60");
    assert_int_equal(mc_sysctl_set(folder, "vm.swappiness", "10", arena, &error), 0);
    assert_int_equal(mc_sysctl_get(folder, "vm.swappiness", arena, &value, &error), 0);
    assert_string_equal(value, "10");
}

static void unknown_ones(void **state)
{
    static const char *const names[] = {"vm.nosuch", "vm", "vm.swappiness.more"};
    const char *value = "kept";
    struct mc_error error = {""};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        assert_int_equal(mc_sysctl_get(folder, names[i], arena, &value, &error),
                         MC_SYSCTL_UNKNOWN);
        assert_non_null(strstr(error.text, names[i]));
        assert_string_equal(value, "kept");
    }
}

static void names_that_lead_elsewhere(void **state)
{
    static const char *const names[] = {
        "..",  "vm/../secret", "../secret", "vm..secret", "",  ".secret",
        "vm.", "/etc/passwd",  "a b",       "vm.*",       NULL};
    const char *value = "kept";
    struct mc_error error = {""};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        assert_false(mc_sysctl_name_valid(names[i]));
        assert_int_equal(mc_sysctl_get(folder, names[i], arena, &value, &error),
                         MC_SYSCTL_REFUSED);
    }
    assert_string_equal(value, "kept");
}

static void values_that_are_none(void **state)
{
    static const char *const values[] = {"", "1\n2", "1\r"};
    struct mc_error error = {""};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(values); i++) {
        assert_int_equal(
            mc_sysctl_set(folder, "vm.swappiness", values[i], arena, &error),
            MC_SYSCTL_REFUSED);
    }
}

static void of_this_kernel(void **state)
{
    const char *value = NULL;
    struct mc_error error = {""};

    (void)state;
    assert_int_equal(
        mc_sysctl_get(MC_SYSCTL_FOLDER, "kernel.ostype", arena, &value, &error), 0);
    assert_string_equal(value, "Linux");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(read_and_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_that_lead_elsewhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_this_kernel, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
