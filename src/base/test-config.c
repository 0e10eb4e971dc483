/* Configuration: every key, every way to write a value, and errors that name the
 * place. */
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
#include "base/config.h"
#include "base/memory.h"

static void count_warning(void *user, const char *text)
{
    unsigned *count = user;

    assert_non_null(strstr(text, "test.cfg:"));
    (*count)++;
}

static struct mc_config *good_as(const char *text, enum mc_role role)
{
    struct mc_config *config = NULL;
    struct mc_error error = {{0}};

    if (mc_config_parse(mc_bytes_text(text), "test.cfg", role, NULL, NULL, &config,
                        &error) != 0) {
        fail_msg("%s", error.text);
    }
    return config;
}

static struct mc_config *good(const char *text)
{
    return good_as(text, MC_ROLE_NODE);
}

static void bad_bytes(struct mc_bytes text, const char *words)
{
    struct mc_config *config = NULL;
    struct mc_error error = {{0}};

    assert_int_equal(
        mc_config_parse(text, "test.cfg", MC_ROLE_NODE, NULL, NULL, &config, &error),
        -EINVAL);
    assert_null(config);
    if (!strstr(error.text, words)) {
        fail_msg("'%s' not in '%s'", words, error.text);
    }
}

static void bad(const char *text, const char *words)
{
    bad_bytes(mc_bytes_text(text), words);
}

static void defaults_are_those_of_the_table(void **state)
{
    struct mc_config *config = good("");

    (void)state;
    assert_string_equal(mc_config_text(config, "main_collective"), "mcollective");
    assert_string_equal(mc_config_list(config, "collectives")[0], "mcollective");
    assert_null(mc_config_list(config, "collectives")[1]);
    assert_string_equal(mc_config_text(config, "connector"), "activemq");
    assert_string_equal(mc_config_text(config, "securityprovider"), "psk");
    assert_string_equal(mc_config_text(config, "factsource"), "native");
    assert_int_equal(mc_config_int(config, "ttl"), 60);
    assert_int_equal(mc_config_int(config, "max_log_size"), 2097152);
    assert_true(mc_config_bool(config, "direct_addressing"));
    assert_false(mc_config_bool(config, "daemonize"));
    assert_true(mc_config_float(config, "default_batch_sleep_time") == 1.0);
    assert_null(mc_config_text(config, "logfile"));
    assert_null(mc_config_list(config, "libdir")[0]);
    assert_false(mc_config_has(config, "ttl"));
    assert_true(strlen(mc_config_identity(config)) > 0);
    mc_config_free(config);
}

static void every_declared_key_is_accepted(void **state)
{
    static const char *const sample[] = {
        [MC_CONFIG_TEXT] = "word",    [MC_CONFIG_INT] = "7",
        [MC_CONFIG_FLOAT] = "1.5",    [MC_CONFIG_BOOL] = "y",
        [MC_CONFIG_LIST] = "a, b",    [MC_CONFIG_PATHS] = "/a:/b",
        [MC_CONFIG_ACCUMULATE] = "x", [MC_CONFIG_DEPRECATED] = "old"};
    enum mc_config_type type = MC_CONFIG_TEXT;
    size_t count = 0;

    (void)state;
    for (const char *key; (key = mc_config_key(count, &type)); count++) {
        char line[200];
        (void)snprintf(line, sizeof(line), "%s = %s\n", key, sample[type]);
        struct mc_config *config = good(line);
        assert_true(mc_config_has(config, key));
        mc_config_free(config);
    }
    assert_true(count >= 46);
}

static void the_main_collective_is_one_of_the_collectives(void **state)
{
    struct mc_config *config = good("main_collective = uk\n");
    struct mc_error error = {""};

    (void)state;
    assert_string_equal(mc_config_list(config, "collectives")[0], "uk");
    mc_config_free(config);
    assert_int_equal(
        mc_config_parse(MC_BYTES("main_collective = uk\ncollectives = a, b"),
                        "test.cfg", MC_ROLE_NODE, NULL, NULL, &config, &error),
        -EINVAL);
    assert_string_equal(error.text,
                        "test.cfg: main_collective = uk is not in collectives");
}

static void lines_are_read_as_the_original_does(void **state)
{
    struct mc_config *config =
        good("\xef\xbb\xbf# comment\n\n   \nttl=61\r\nidentity  =  web1.x \t\n"
             "plugin.psk = a # b = c\nno value\nempty =\nttl = 62\n"
             "pluginXfoo.bar = odd\nplugin.a==b");

    (void)state;
    assert_int_equal(mc_config_int(config, "ttl"), 62);
    assert_string_equal(mc_config_identity(config), "web1.x");
    assert_string_equal(mc_config_plugin(config, "psk", NULL), "a # b = c");
    assert_string_equal(mc_config_plugin(config, "foo.bar", NULL), "odd");
    assert_string_equal(mc_config_plugin(config, "a", NULL), "=b");
    assert_string_equal(mc_config_plugin(config, "none", "here"), "here");
    assert_true(mc_config_has(config, "psk"));
    assert_false(mc_config_has(config, "none"));
    mc_config_free(config);
}

static void errors_name_the_place(void **state)
{
    (void)state;
    bad("ttl = 1\nfoo = 2\n", "test.cfg:2: Unknown config parameter 'foo'");
    bad(" # a = b\n", "Unknown config parameter '# a'");
    bad("plugin. = b\n", "Unknown config parameter 'plugin.'");
    bad("\n\nttl = x1\n", "test.cfg:3: Could not parse value for configuration option "
                          "'ttl' with value 'x1'");
    bad("daemonize = on\n", "'daemonize' with value 'on'");
    bad("libdir = /a:b\n", "not absolute");
    bad("identity = a b\n", "identity 'a b'");
    bad("identity = a/b\n", "identity");
    bad("collectives = ,\n", "empty");
    bad_bytes(MC_BYTES("ttl = 1\0\n"), "test.cfg:1: a NUL byte");
}

static void numbers_are_rubys(void **state)
{
    static const struct
    {
        const char *text;
        int64_t number;
        bool good;
    } cases[] = {
        {"0", 0, true},       {"10", 10, true},   {" 10 ", 10, true},
        {"0x1F", 31, true},   {"0b101", 5, true}, {"0o17", 15, true},
        {"010", 8, true},     {"0d9", 9, true},   {"1_000", 1000, true},
        {"-5", -5, true},     {"+5", 5, true},    {"0_7", 7, true},
        {"1__0", 0, false},   {"1_", 0, false},   {"_1", 0, false},
        {"08", 0, false},     {"0x", 0, false},   {"1.5", 0, false},
        {"", 0, false},       {"-", 0, false},    {"1 2", 0, false},
        {"0b2", 0, false},    {"1e3", 0, false},  {"99999999999999999999", 0, false},
        {"-0x10", -16, true}, {"0x_1", 0, false},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        int64_t number = 0;
        bool ok = mc_config__integer(mc_bytes_text(cases[i].text), &number);
        if (ok != cases[i].good || number != cases[i].number) {
            fail_msg("%s: %d %lld", cases[i].text, ok, (long long)number);
        }
    }
}

static void fractions(void **state)
{
    static const char *const bad_numbers[] = {
        "", ".", "1.", ".5", "1e", "inf", "nan", "0x1", "1.5x", "1__0", "1e999"};
    double number = 0;

    (void)state;
    for (size_t i = 0; i < MC_COUNT(bad_numbers); i++) {
        assert_false(mc_config__float(mc_bytes_text(bad_numbers[i]), &number));
    }
    assert_true(mc_config__float(mc_bytes_text("1_0.25e-1"), &number));
    assert_true(number > 1.02499 && number < 1.02501);
    assert_true(mc_config__float(mc_bytes_text("-3"), &number));
    assert_true(number == -3.0);
}

static void lists_and_paths(void **state)
{
    struct mc_config *config =
        good("collectives = a , b,c\ncollectives = eu, us\nlibdir = /one:/two\n"
             "libdir = /one\ndefault_discovery_options = x, y\n"
             "default_discovery_options = z\nsecurityprovider = SSL\n");
    (void)state;
    const char *const *list = mc_config_list(config, "collectives");
    assert_string_equal(list[0], "eu");
    assert_string_equal(list[1], "us");
    assert_null(list[2]);
    assert_string_equal(mc_config_text(config, "main_collective"), "eu");
    list = mc_config_list(config, "libdir");
    assert_string_equal(list[0], "/one");
    assert_string_equal(list[1], "/two");
    assert_null(list[2]);
    list = mc_config_list(config, "default_discovery_options");
    assert_string_equal(list[0], "x, y");
    assert_string_equal(list[1], "z");
    assert_null(list[2]);
    assert_string_equal(mc_config_text(config, "securityprovider"), "ssl");
    mc_config_free(config);
}

static void fact_source_follows_plugin_yaml(void **state)
{
    struct mc_config *config = good("plugin.yaml = /etc/f.yaml\n");

    (void)state;
    assert_string_equal(mc_config_text(config, "factsource"), "yaml");
    mc_config_free(config);
    config = good("plugin.yaml = /etc/f.yaml\nfactsource = Facter\n");
    assert_string_equal(mc_config_text(config, "factsource"), "facter");
    mc_config_free(config);
}

/* What a node of release 0.4.8 was configured with. */
static void a_file_of_2010_loads(void **state)
{
    static const char text[] =
        "topicprefix = /topic/mcollective\ntopicsep = .\n"
        "libdir = /usr/libexec/mcollective\nlogfile = /var/log/mcollective.log\n"
        "loglevel = info\ndaemonize = 1\nsecurityprovider = psk\n"
        "plugin.psk = unset\nconnector = stomp\nplugin.stomp.host = stomp.example\n"
        "plugin.stomp.port = 6163\nplugin.stomp.user = mcollective\n"
        "plugin.stomp.password = secret\nfactsource = yaml\n"
        "plugin.yaml = /etc/mcollective/facts.yaml\n";
    struct mc_config *config = NULL;
    struct mc_error error;
    unsigned warnings = 0;

    (void)state;
    assert_int_equal(mc_config_parse(mc_bytes_text(text), "test.cfg", MC_ROLE_NODE,
                                     count_warning, &warnings, &config, &error),
                     0);
    assert_int_equal(warnings, 2);
    assert_string_equal(mc_config_text(config, "topicprefix"), "/topic/mcollective");
    assert_string_equal(mc_config_text(config, "connector"), "stomp");
    assert_string_equal(mc_config_plugin(config, "stomp.host", NULL), "stomp.example");
    assert_true(mc_config_bool(config, "daemonize"));
    mc_config_free(config);
}

static void plugin_values_are_checked_when_asked_for(void **state)
{
    struct mc_config *config =
        good("plugin.size = 3\nplugin.word = secret\nplugin.f = 0.5\nplugin.b = No\n"
             "plugin.n = -1\n");
    struct mc_error error = {{0}};
    int64_t number = 9;
    double real = 9;
    bool flag = true;

    (void)state;
    assert_int_equal(mc_config_plugin_int(config, "size", 1, 1, 9, &number, &error), 0);
    assert_int_equal(number, 3);
    assert_int_equal(mc_config_plugin_int(config, "size", 1, 5, 9, &number, &error),
                     -EINVAL);
    assert_non_null(strstr(error.text, "test.cfg:1: plugin.size"));
    assert_int_equal(mc_config_plugin_int(config, "word", 1, 5, 9, &number, &error),
                     -EINVAL);
    assert_null(strstr(error.text, "secret"));
    assert_int_equal(number, 3);
    assert_int_equal(mc_config_plugin_int(config, "none", 7, 5, 9, &number, &error), 0);
    assert_int_equal(number, 7);
    assert_int_equal(mc_config_plugin_float(config, "f", 1, &real, &error), 0);
    assert_true(real == 0.5);
    assert_int_equal(mc_config_plugin_float(config, "n", 1, &real, &error), -EINVAL);
    assert_int_equal(mc_config_plugin_bool(config, "b", true, &flag, &error), 0);
    assert_false(flag);
    assert_int_equal(mc_config_plugin_bool(config, "word", true, &flag, &error),
                     -EINVAL);
    mc_config_free(config);
}

static void hostile_files_end_with_an_error(void **state)
{
    size_t len = (size_t)3 << 20;
    char *text = mc_memory_new(len);
    size_t used = 0;

    (void)state;
    assert_non_null(text);
    memset(text, 'a', 100000);
    bad_bytes(mc_bytes_make(text, 100000), "too long");
    memset(text, 'a', len);
    bad_bytes(mc_bytes_make(text, len), "too long");
    for (unsigned i = 0; used + 40 < len; i++) {
        used += (size_t)snprintf(text + used, len - used, "plugin.%u = 1\n", i);
    }
    bad_bytes(mc_bytes_make(text, used), "plugin keys");
    for (used = 0; used + 40 < len;) {
        used += (size_t)snprintf(text + used, len - used,
                                 "default_discovery_options = 1\n");
    }
    bad_bytes(mc_bytes_make(text, used), "too many");
    mc_memory_free(text);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[300];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static int load(const char *folder, const char *name, struct mc_config **ret_config,
                struct mc_error *error)
{
    char path[300];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return mc_config_load(path, MC_ROLE_NODE, NULL, NULL, ret_config, error);
}

static void plugin_folder_overrides(void **state)
{
    char folder[] = "/tmp/mc-test-config-XXXXXX";
    char inner[300];
    struct mc_config *config = NULL;
    struct mc_error error = {{0}};

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(inner, sizeof(inner), "%s/plugin.d", folder);
    write_file(folder, "a.cfg", "plugin.puppet.command = x\nplugin.keep = 1\n");
    assert_int_equal(load(folder, "a.cfg", &config, &error), 0);
    assert_string_equal(mc_config_folder(config), folder);
    config = mc_config_free(config);
    assert_int_equal(mkdir(inner, 0700), 0);
    write_file(inner, "puppet.cfg", "# c\ncommand = y\nsplay = no\n");
    write_file(inner, "not-this.cfg", "bad");
    write_file(inner, "nor.this.cfg", "bad = 1");
    assert_int_equal(load(folder, "a.cfg", &config, &error), 0);
    assert_string_equal(mc_config_plugin(config, "puppet.command", NULL), "y");
    assert_string_equal(mc_config_plugin(config, "puppet.splay", NULL), "no");
    assert_string_equal(mc_config_plugin(config, "keep", NULL), "1");
    assert_false(mc_config_has(config, "nor.this.bad"));
    config = mc_config_free(config);
    assert_int_equal(load(folder, "none.cfg", &config, &error), -ENOENT);
    assert_non_null(strstr(error.text, "none.cfg"));
    assert_int_equal(load(folder, "plugin.d", &config, &error), -EINVAL);
    (void)snprintf(inner, sizeof(inner), "%s/fifo", folder);
    assert_int_equal(mkfifo(inner, 0600), 0);
    assert_int_equal(load(folder, "fifo", &config, &error), -EINVAL);
    assert_int_equal(
        mc_config_load("/dev/zero", MC_ROLE_NODE, NULL, NULL, &config, &error),
        -EINVAL);
    assert_non_null(strstr(error.text, "longer than"));
    assert_null(config);
    const char *const names[] = {"plugin.d/puppet.cfg", "plugin.d/not-this.cfg",
                                 "plugin.d/nor.this.cfg", "a.cfg", "fifo"};
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)snprintf(inner, sizeof(inner), "%s/%s", folder, names[i]);
        assert_int_equal(unlink(inner), 0);
    }
    (void)snprintf(inner, sizeof(inner), "%s/plugin.d", folder);
    assert_int_equal(rmdir(inner), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_table),
        cmocka_unit_test(every_declared_key_is_accepted),
        cmocka_unit_test(the_main_collective_is_one_of_the_collectives),
        cmocka_unit_test(lines_are_read_as_the_original_does),
        cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(numbers_are_rubys),
        cmocka_unit_test(fractions),
        cmocka_unit_test(lists_and_paths),
        cmocka_unit_test(fact_source_follows_plugin_yaml),
        cmocka_unit_test(a_file_of_2010_loads),
        cmocka_unit_test(plugin_values_are_checked_when_asked_for),
        cmocka_unit_test(hostile_files_end_with_an_error),
        cmocka_unit_test(plugin_folder_overrides),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
