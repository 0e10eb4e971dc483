/* The corner cases of the configuration in the suite of the original, each named by its
 * number (spec collective.md 6). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/config-private.h"

static void keep_warning(void *user, const char *text)
{
    struct mc_error *kept = user;

    mc_error_set(kept, "%s", text);
}

static struct mc_config *good(const char *text, struct mc_error *warning)
{
    struct mc_config *config = NULL;
    struct mc_error error = {""};
    int r = mc_config_parse(mc_bytes_text(text), "a.cfg", MC_ROLE_NODE, keep_warning,
                            warning, &config, &error);

    assert_string_equal(error.text, "");
    assert_int_equal(r, 0);
    return config;
}

static void bad(struct mc_bytes text, const char *words)
{
    struct mc_config *config = NULL;
    struct mc_error error = {""};

    assert_int_equal(
        mc_config_parse(text, "a.cfg", MC_ROLE_NODE, NULL, NULL, &config, &error),
        -EINVAL);
    if (!strstr(error.text, words)) {
        fail_msg("'%s' not in '%s'", words, error.text);
    }
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[200];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void plugin_files(void)
{
    static const char *const names[] = {"plugin.d/one.cfg", "plugin.d/two.conf",
                                        "plugin.d/.three.cfg", "plugin.d/fo-ur.cfg",
                                        "a.cfg"};
    char folder[] = "/tmp/mc-test-config-XXXXXX";
    char path[200];
    struct mc_config *config = NULL;
    struct mc_error error = {""};

    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/plugin.d", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        write_file(folder, names[i],
                   i + 1 < MC_COUNT(names) ? "setting = theirs\n"
                                           : "plugin.one.setting = ours\n"
                                             "plugin.one.other = ours\n"
                                             "plugin.two.setting = ours\n");
    }
    (void)snprintf(path, sizeof(path), "%s/a.cfg", folder);
    assert_int_equal(mc_config_load(path, MC_ROLE_NODE, NULL, NULL, &config, &error),
                     0);
    assert_string_equal(mc_config_plugin(config, "one.setting", NULL), "theirs");
    assert_string_equal(mc_config_plugin(config, "one.other", NULL), "ours");
    assert_string_equal(mc_config_plugin(config, "two.setting", NULL), "ours");
    assert_null(mc_config_plugin(config, ".three.setting", NULL));
    assert_null(mc_config_plugin(config, "three.setting", NULL));
    assert_null(mc_config_plugin(config, "fo-ur.setting", NULL));
    mc_config_free(config);
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    (void)snprintf(path, sizeof(path), "%s/plugin.d", folder);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void corner_case_63_identities_keys_and_values(void **state)
{
    static const char *const identities[] = {"a/b", "a\\b", "a b", "a\tb", "/", "a:b"};
    struct mc_error warning = {""};
    char line[100];

    (void)state;
    for (size_t i = 0; i < MC_COUNT(identities); i++) {
        (void)snprintf(line, sizeof(line), "identity = %s\n", identities[i]);
        bad(mc_bytes_text(line), "identity");
    }
    bad(MC_BYTES("identity = a\0b\n"), "NUL");
    bad(MC_BYTES("libdir = relative/path\n"), "not absolute");
    bad(MC_BYTES("libdir = /a:b\n"), "not absolute");
    bad(MC_BYTES("registerinterval = 1x\n"), "'registerinterval' with value '1x'");
    bad(MC_BYTES("ttl = 1.5\n"), "'ttl' with value '1.5'");
    struct mc_config *config = good("\t ttl \t= 7\ndefault_discovery_options = one\n"
                                    "default_discovery_options = two\n",
                                    &warning);
    assert_int_equal(mc_config_int(config, "ttl"), 7);
    assert_true(mc_config_bool(config, "direct_addressing"));
    const char *const *options = mc_config_list(config, "default_discovery_options");
    assert_string_equal(options[0], "one");
    assert_string_equal(options[1], "two");
    assert_null(options[2]);
    assert_string_equal(warning.text, "");
    mc_config_free(config);
    mc_config_free(good("topicprefix = /topic/mcollective\n", &warning));
    assert_non_null(strstr(warning.text, "a.cfg:1: "));
    assert_non_null(strstr(warning.text, "topicprefix"));
    plugin_files();
}

static void corner_case_40_words_for_yes_and_no(void **state)
{
    static const char *const yes[] = {"1", "y",    "yes",  "Y",   "YES",
                                      "t", "true", "TRUE", " y ", "T"};
    static const char *const no[] = {"0", "n",     "no",    "N",   "NO",
                                     "f", "false", "FALSE", " n ", "F"};
    static const char *const neither[] = {"yep",   "nope", "yess", "noway",
                                          "rspec", "YES!", "NO?",  "on",
                                          "off",   "",     "2",    "tr"};
    char line[64];
    bool flag = false;

    (void)state;
    for (size_t i = 0; i < MC_COUNT(yes); i++) {
        assert_true(mc_config__bool(mc_bytes_text(yes[i]), &flag) && flag);
        assert_true(mc_config__bool(mc_bytes_text(no[i]), &flag) && !flag);
    }
    for (size_t i = 0; i < MC_COUNT(neither); i++) {
        assert_false(mc_config__bool(mc_bytes_text(neither[i]), &flag));
        if (*neither[i]) {
            (void)snprintf(line, sizeof(line), "daemonize = %s\n", neither[i]);
            bad(mc_bytes_text(line), neither[i]);
        }
    }
}

/* Look in this order for files of a folder; wanted: index of the one that is found, or
 * below 0 when none can be read: then the first place is named. */
static void find(const char *home, char (*paths)[300], size_t count, int wanted)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(65536);
    const char *places[5] = {NULL};
    const char *found = NULL;
    size_t first = home && *home ? 1 : 0;

    for (size_t i = first; i < count; i++) {
        places[i - first] = paths[i];
    }
    assert_int_equal(mc_config__find(home, places, arena, &found),
                     wanted < 0 ? -ENOENT : 0);
    assert_string_equal(found, paths[wanted < 0 ? 0 : wanted]);
}

static void assert_places(enum mc_role role, const char *file)
{
    static const char *const folders[] = {
        "/etc/marionette", "/etc/puppetlabs/mcollective", "/etc/mcollective"};
    const char *const *places = mc_config__places(role);
    char path[300];

    for (size_t i = 0; i < MC_COUNT(folders); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folders[i], file);
        assert_string_equal(places[i], path);
    }
    assert_null(places[MC_COUNT(folders)]);
}

/* A client's ~/.mcollective, then the folder of this program, and then, as in the
 * original, those of Puppet and of the original. */
static void corner_case_44_the_first_file_that_can_be_read(void **state)
{
    static const char *const names[] = {".mcollective", "one.cfg", "two.cfg",
                                        "three.cfg"};
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(65536);
    char folder[] = "/tmp/mc-test-config-XXXXXX";
    const char *found = NULL;
    char paths[4][300];

    (void)state;
    assert_places(MC_ROLE_CLIENT, "client.cfg");
    assert_places(MC_ROLE_NODE, "server.cfg");
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, names[i]);
    }
    find(folder, paths, 4, -1);
    find(NULL, paths + 1, 3, -1);
    find("", paths + 1, 3, -1);
    for (int i = 3; i >= 0; i--) {
        write_file(folder, names[i], "");
        find(folder, paths, 4, i);
        find(NULL, paths + 1, 3, i > 0 ? i - 1 : 0);
    }
    /* The home of a client is that of the environment, a node has none. */
    assert_int_equal(setenv("HOME", folder, 1), 0);
    assert_int_equal(mc_config_find(MC_ROLE_CLIENT, arena, &found), 0);
    assert_string_equal(found, paths[0]);
    assert_in_range(-mc_config_find(MC_ROLE_NODE, arena, &found), 0, ENOENT);
    assert_string_not_equal(found, paths[0]);
    assert_int_equal(unsetenv("HOME"), 0);
    assert_in_range(-mc_config_find(MC_ROLE_CLIENT, arena, &found), 0, ENOENT);
    assert_string_not_equal(found, paths[0]);
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        assert_int_equal(unlink(paths[i]), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_40_words_for_yes_and_no),
        cmocka_unit_test(corner_case_44_the_first_file_that_can_be_read),
        cmocka_unit_test(corner_case_63_identities_keys_and_values),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("base-corner-config", tests, NULL, NULL);
}
