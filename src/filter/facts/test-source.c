/* Fact sources: files that change, break or vanish, a made-up facter, the built-in
 * probes; every leaf a String. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/loop.h"
#include "filter/filter.h"
#include <stdio.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct bench
{
    char folder[64];
    char one[96];
    char two[96];
    struct mc_loop *loop;
    struct mc_config *config;
    struct mc_facts *facts;
    struct mc_sink sink;
    size_t failures;
};

static void on_event(void *user, const struct mc_event *event)
{
    struct bench *bench = user;

    bench->failures += event->id == MC_EVENT_facts_failed;
}

static void put(const char *path, const char *text, time_t when)
{
    const struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int set_up(void **state)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));

    (void)snprintf(bench->folder, sizeof(bench->folder), "/tmp/mc-facts.XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    (void)snprintf(bench->one, sizeof(bench->one), "%s/one", bench->folder);
    (void)snprintf(bench->two, sizeof(bench->two), "%s/two", bench->folder);
    bench->sink = (struct mc_sink){.fn = on_event, .user = bench};
    bench->loop = mc_loop_new();
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    mc_facts_free(bench->facts);
    mc_config_free(bench->config);
    mc_loop_free(bench->loop);
    (void)unlink(bench->one);
    (void)unlink(bench->two);
    (void)rmdir(bench->folder);
    test_free(bench);
    return 0;
}

static int open_facts(struct bench *bench, const char *settings, struct mc_error *error)
{
    assert_int_equal(mc_config_parse(mc_bytes_text(settings), "test", MC_ROLE_NODE,
                                     NULL, NULL, &bench->config, error),
                     0);
    return mc_facts_open(bench->config, bench->loop, &bench->sink, &bench->facts,
                         error);
}

static void open_yaml(struct bench *bench)
{
    char settings[400];
    struct mc_error error = {""};

    (void)snprintf(settings, sizeof(settings),
                   "factsource = yaml\nplugin.yaml = %s:%s\n", bench->one, bench->two);
    assert_int_equal(open_facts(bench, settings, &error), 0);
}

static const char *fact(struct bench *bench, const char *name)
{
    const char *text =
        mc_value_cstr(mc_value_get_text(mc_facts_get(bench->facts), name));

    return text ? text : "(nil)";
}

static void later_files_win(void **state)
{
    struct bench *bench = *state;

    put(bench->one, "country: uk\nmem: 1024\n", 100);
    put(bench->two, "country: de\n", 100);
    open_yaml(bench);
    assert_string_equal(fact(bench, "country"), "de");
    assert_string_equal(fact(bench, "mem"), "1024");
    assert_int_equal(bench->failures, 0);
}

/* The text at a key of a fact that is a hash. */
static const char *inside(const struct mc_value *facts, const char *name,
                          const char *key)
{
    return mc_value_cstr(mc_value_get_text(mc_value_get_text(facts, name), key));
}

static void corner_case_45_facts_are_texts_and_the_last_good_ones_stay(void **state)
{
    struct bench *bench = *state;

    put(bench->one,
        "country: uk\nmem: 1024\nload: 0.5\nok: true\nnone: ~\n:sym: :bol\n"
        "7: number\nlist: [1, two, [3]]\nos:\n  family: Debian\n  5: x\n  '5': y\n  "
        ":a: 1\n",
        100);
    put(bench->two, "{}\n", 100);
    open_yaml(bench);
    assert_int_equal(bench->failures, 0);
    const struct mc_value *facts = mc_facts_get(bench->facts);
    static const char *const pairs[][2] = {
        {"country", "uk"}, {"mem", "1024"}, {"load", "0.5"}, {"ok", "true"},
        {"none", ""},      {"sym", "bol"},  {"7", "number"},
    };
    for (size_t i = 0; i < MC_COUNT(pairs); i++) {
        assert_string_equal(fact(bench, pairs[i][0]), pairs[i][1]);
    }
    /* Without a name all are there, each under one text. */
    assert_int_equal(mc_value_count(facts), MC_COUNT(pairs) + 2);
    assert_int_equal(mc_value_count(mc_value_get_text(facts, "os")), 3);
    assert_string_equal(inside(facts, "os", "family"), "Debian");
    assert_string_equal(inside(facts, "os", "5"), "y");
    assert_string_equal(inside(facts, "os", "a"), "1");
    const struct mc_value *list = mc_value_get_text(facts, "list");
    assert_string_equal(mc_value_cstr(mc_value_item(list, 0)), "1");
    assert_string_equal(mc_value_cstr(mc_value_item(mc_value_item(list, 2), 0)), "3");
    /* No facts at all are an error. */
    put(bench->one, "{}\n", 200);
    assert_string_equal(fact(bench, "country"), "uk");
    assert_int_equal(bench->failures, 1);
    assert_int_equal(mc_value_count(mc_facts_get(bench->facts)), MC_COUNT(pairs) + 2);
    put(bench->one, "country: fr\n", 300);
    assert_string_equal(fact(bench, "country"), "fr");
}

static void corner_case_46_files_are_missing_bad_or_newer(void **state)
{
    struct bench *bench = *state;

    put(bench->two, "{ this is: [not yaml\n", 100);
    open_yaml(bench);
    /* Each file, and that there are no facts. */
    assert_int_equal(bench->failures, 3);
    assert_int_equal(mc_value_count(mc_facts_get(bench->facts)), 0);
    assert_int_equal(bench->failures, 3);
    put(bench->one, "country: uk\n", 200);
    assert_string_equal(fact(bench, "country"), "uk");
    assert_int_equal(bench->failures, 4);
    /* A newer time is read at once, the same one not before its time. */
    put(bench->one, "country: de\n", 200);
    assert_string_equal(fact(bench, "country"), "uk");
    put(bench->two, "country: fr\n", 300);
    assert_string_equal(fact(bench, "country"), "fr");
    put(bench->two, "- no hash\n", 400);
    assert_string_equal(fact(bench, "country"), "de");
    assert_int_equal(bench->failures, 5);
}

static void native_facts_name_the_machine(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};
    static const char *const names[] = {
        "operatingsystem", "osfamily",       "kernel",     "architecture",
        "processorcount",  "memorysize",     "virtual",    "uptime",
        "timezone",        "hostname",       "fqdn",       "os",
        "memory",          "uptime_seconds", "networking", "processors",
        "kernelrelease",   "interfaces",
    };

    assert_int_equal(open_facts(bench, "loglevel = info\n", &error), 0);
    const struct mc_value *facts = mc_facts_get(bench->facts);
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        if (!mc_value_get_text(facts, names[i])) {
            fail_msg("no fact %s", names[i]);
        }
    }
    assert_string_equal(fact(bench, "kernel"), "Linux");
    assert_int_equal(bench->failures, 0);
}

static void facter_runs_as_a_child(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};
    char settings[300];

    put(bench->one, "#!/bin/sh\necho '{\"country\": \"uk\", \"os\": {\"n\": 5}}'\n",
        100);
    assert_int_equal(chmod(bench->one, 0755), 0);
    (void)snprintf(settings, sizeof(settings),
                   "factsource = facter\nplugin.facter.command = %s\n", bench->one);
    assert_int_equal(open_facts(bench, settings, &error), 0);
    assert_string_equal(fact(bench, "country"), "(nil)");
    for (int i = 0; i < 500 && strcmp(fact(bench, "country"), "uk") != 0; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 20), 0);
    }
    assert_string_equal(fact(bench, "country"), "uk");
}

static void a_facter_that_fails_is_one_event(void **state)
{
    struct bench *bench = *state;
    struct mc_error error = {""};

    assert_int_equal(
        open_facts(bench, "factsource = facter\nplugin.facter.command = /nonexistent\n",
                   &error),
        0);
    for (int i = 0; i < 500 && !bench->failures; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 20), 0);
    }
    assert_int_equal(bench->failures, 1);
}

static void an_unknown_source_is_an_error(void **state)
{
    struct mc_error error = {""};

    assert_int_not_equal(open_facts(*state, "factsource = oracle\n", &error), 0);
    assert_non_null(strstr(error.text, "oracle"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(later_files_win, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            corner_case_45_facts_are_texts_and_the_last_good_ones_stay, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(corner_case_46_files_are_missing_bad_or_newer,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(native_facts_name_the_machine, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(facter_runs_as_a_child, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_facter_that_fails_is_one_event, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_source_is_an_error, set_up,
                                        tear_down),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
