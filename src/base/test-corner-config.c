/* The corner case of the configuration in the suite of the original, by its number (spec
 * collective.md 6). */
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

#include "base/config.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_63_identities_keys_and_values),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("base-corner-config", tests, NULL, NULL);
}
