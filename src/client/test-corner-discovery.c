/* The corner cases of discovery in the suite of the original, each named by its number
 * (spec collective.md 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "client/test-fake.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND_US 1000000

/* Reply targets that were unsubscribed, seen on the way (the linker's --wrap). */
static struct
{
    unsigned unsubscribed;
} watched;

int __real_mc_connector_unsubscribe(struct mc_connector *connector,
                                    const struct mc_target *target);
int __wrap_mc_connector_unsubscribe(struct mc_connector *connector,
                                    const struct mc_target *target);
int __wrap_mc_connector_unsubscribe(struct mc_connector *connector,
                                    const struct mc_target *target)
{
    watched.unsubscribed += target->kind == MC_TARGET_REPLY;
    return __real_mc_connector_unsubscribe(connector, target);
}

static void expect_error(struct bench *bench, const char *words)
{
    struct mc_error error = {{0}};

    assert_int_equal(mc_call_run(bench->call, &error), MC_CLIENT_USAGE);
    assert_string_equal(error.text, words);
}

static void filter(struct bench *bench, enum mc_select kind, const char *text)
{
    struct mc_error error = {{0}};
    int r = mc_call_filter(bench->call, kind, text, &error);

    assert_string_equal(error.text, "");
    assert_int_equal(r, 0);
}

static void method(struct bench *bench, const char *name, const char *option)
{
    assert_int_equal(mc_call_method(bench->call, name, &option, option ? 1 : 0, NULL),
                     0);
}

static void put_ddl(const char *folder, const char *name, const char *text)
{
    char path[120];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

#define OUT "output :x, :description => 'd', :display_as => 'X'\n"
#define IN "input :query, :prompt => 'p', :description => 'd', "

static const struct
{
    const char *name;
    const char *text;
} data_ddls[] = {
    {"int_data.ddl",
     "dataquery :description => 'd' do\n" IN ":type => :integer\n" OUT "end"},
    {"none_data.ddl", "dataquery :description => 'd' do\n" OUT "end"},
    {"free_data.ddl", "dataquery :description => 'd' do\n" IN
                      ":type => :boolean, :optional => true\n" OUT "end"},
    {"bare_data.ddl", "dataquery :description => 'd' do\n" IN ":type => :boolean\nend"},
    {"empty_data.ddl", "usage 'nothing'"},
};

/* The argument that goes out for the one function of the filter. */
static const struct mc_value *argument_of(const struct bench *bench)
{
    const struct mc_value *list = mc_value_item(bench->call->filter.compound, 0);
    const struct mc_value *function =
        mc_value_get_text(mc_value_item(list, 0), "fstatement");

    return mc_value_get_text(function, "params");
}

static void corner_case_55_arguments_of_data_functions(void **state)
{
    static const struct
    {
        const char *text;
        const char *words; /* NULL: accepted */
        enum mc_type type; /* of the argument that is sent */
    } rows[] = {
        {"int('12').x=1", NULL, MC_INT},
        /* What cannot be converted stays what it was, and is refused as that. */
        {"int('12b').x=1", "value should be a integer", MC_NIL},
        {"int().x=1", "value should be a integer", MC_NIL},
        {"none('1').x=1", "No data plugin argument was declared", MC_NIL},
        {"none().x=1", NULL, MC_NIL},
        {"free().x=1", NULL, MC_NIL},
        {"free('yes').x=1", NULL, MC_BOOL},
        {"free('maybe').x=1", "value should be a boolean", MC_NIL},
        {"bare('1').x=1", "does not return a 'x' value", MC_NIL},
        {"empty().x=1", "No dataquery has been defined", MC_NIL},
        {"nosuch().x=1", "Can't find DDL for data plugin 'nosuch_data'", MC_NIL},
    };
    char folder[] = "/tmp/marionette-data-XXXXXX";
    char inner[100];
    char more[100];
    struct bench bench;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(inner, sizeof(inner), "%s/data", folder);
    assert_int_equal(mkdir(inner, 0700), 0);
    for (size_t i = 0; i < MC_COUNT(data_ddls); i++) {
        put_ddl(inner, data_ddls[i].name, data_ddls[i].text);
    }
    (void)snprintf(more, sizeof(more), "libdir = %s\n", folder);
    bench_begin(&bench, NULL, 0, more);
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_error error = {""};
        bench_call(&bench);
        int r = mc_call_filter(bench.call, MC_SELECT_COMPOUND, rows[i].text, &error);
        assert_int_equal(r, rows[i].words ? MC_CLIENT_USAGE : 0);
        if (!strstr(error.text, rows[i].words ? rows[i].words : "")) {
            fail_msg("%s: %s", rows[i].text, error.text);
        }
        if (r == 0) {
            assert_int_equal(mc_value_type(argument_of(&bench)), rows[i].type);
        }
    }
    bench_end(&bench);
    for (size_t i = 0; i < MC_COUNT(data_ddls); i++) {
        char path[130];
        (void)snprintf(path, sizeof(path), "%s/%s", inner, data_ddls[i].name);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(inner), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void times_of_discovery(void)
{
    struct bench bench;

    bench_begin(&bench, NULL, 0, "");
    bench_call(&bench);
    assert_int_equal(mc_call__discovery_s(bench.call), MC_CLIENT_DISCOVERY_S);
    filter(&bench, MC_SELECT_COMPOUND, "fstat('/a').size>1 and not fact('b').value=1");
    filter(&bench, MC_SELECT_COMPOUND, "fstat('/c').size>1");
    assert_int_equal(mc_call__discovery_s(bench.call), MC_CLIENT_DISCOVERY_S + 3);
    mc_call_timeouts(bench.call, 0, 7, 0);
    assert_int_equal(mc_call__discovery_s(bench.call), 7 + 3);
    bench_end(&bench);
    bench_begin(&bench, NULL, 0, "discovery_timeout = 4\n");
    bench_call(&bench);
    assert_int_equal(mc_call__discovery_s(bench.call), 4);
    bench_end(&bench);
}

static void what_methods_can(void)
{
    static const char *const names[] = {"flatfile", "stdin"};
    static const char *const limits[] = {"x", "1.5", "-1", "10%x", ""};
    struct bench bench;
    char words[100];

    bench_begin(&bench, NULL, 0, "");
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        bench_call(&bench);
        method(&bench, names[i], NULL);
        filter(&bench, MC_SELECT_CLASS, "apache");
        (void)snprintf(words, sizeof(words),
                       "Cannot use class filters while using the '%s' discovery method",
                       names[i]);
        expect_error(&bench, words);
        bench_call(&bench);
        method(&bench, names[i], NULL);
        filter(&bench, MC_SELECT_FACT, "a=b");
        (void)snprintf(words, sizeof(words),
                       "Cannot use fact filters while using the '%s' discovery method",
                       names[i]);
        expect_error(&bench, words);
    }
    for (size_t i = 0; i < MC_COUNT(limits); i++) {
        assert_int_equal(mc_call_limit(bench.call, limits[i], NULL), MC_CLIENT_USAGE);
    }
    bench_call(&bench);
    method(&bench, "flatfile", "/no/such/file");
    filter(&bench, MC_SELECT_COMPOUND, "apache");
    assert_int_equal(mc_call__method(bench.call), MC_METHOD_MC);
    bench_end(&bench);
    bench_begin(&bench, NULL, 0, "direct_addressing = 0\n");
    bench_call(&bench);
    method(&bench, "flatfile", "/no/such/file");
    expect_error(&bench, "The flatfile discovery method needs direct_addressing");
    bench_end(&bench);
}

static void corner_case_83_times_limits_and_capabilities(void **state)
{
    (void)state;
    times_of_discovery();
    what_methods_can();
}

/* The names that a list gives to a call with these identity filters, or its error. */
static const char *found(struct bench *bench, const char *const *identities,
                         struct mc_error *ret_text)
{
    struct mc_error error = {""};
    size_t count = 0;

    for (; *identities; identities++) {
        filter(bench, MC_SELECT_IDENTITY, *identities);
    }
    *ret_text = (struct mc_error){""};
    if (mc_call_discover(bench->call, &error) != 0) {
        *ret_text = error;
        return ret_text->text;
    }
    const char *const *names = mc_call_names(bench->call, MC_NODES_DISCOVERED, &count);
    for (size_t i = 0; i < count; i++) {
        struct mc_error before = *ret_text;
        mc_error_set(ret_text, "%s%s ", before.text, names[i]);
    }
    return ret_text->text;
}

static void flatfiles(void)
{
    static const struct
    {
        const char *text;
        const char *identities[3];
        const char *names;
    } rows[] = {
        {"# all\n\n  web1 \n\tdb1\r\nweb2\n", {NULL}, "web1 db1 web2 "},
        {"web1\ndb1\nweb2\n", {"web1", NULL}, "web1 "},
        {"web1\ndb1\nweb2\n", {"/web/", NULL}, "web1 web2 "},
        /* Any identity is enough; the original forgets what was found before a regex. */
        {"web1\ndb1\nweb2\n", {"db1", "/2$/", NULL}, "db1 web2 "},
        {"web1\ndb1\n", {"/1/", "/web/", NULL}, "web1 db1 "},
        {"web1\n", {"nosuch", NULL}, ""},
    };
    struct mc_error text;
    struct bench bench;

    bench_begin(&bench, NULL, 0, "");
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        char path[] = "/tmp/marionette-nodes-XXXXXX";
        int fd = mkstemp(path);
        size_t len = strlen(rows[i].text);
        assert_int_equal(write(fd, rows[i].text, len), len);
        assert_int_equal(close(fd), 0);
        bench_call(&bench);
        method(&bench, "flatfile", path);
        assert_string_equal(found(&bench, rows[i].identities, &text), rows[i].names);
        assert_int_equal(unlink(path), 0);
    }
    bench_end(&bench);
}

/* Discover with a text on standard input. */
static const char *piped(struct bench *bench, const char *text, const char *format,
                         struct mc_error *ret_text)
{
    static const char *const nobody[] = {NULL};
    int saved = dup(STDIN_FILENO);
    int ends[2];

    assert_true(saved >= 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    bench_call(bench);
    method(bench, "stdin", format);
    const char *names = found(bench, nobody, ret_text);
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(saved), 0);
    assert_int_equal(close(ends[0]), 0);
    return names;
}

static void pipes(void)
{
    static const char json[] = "[{\"sender\":\"web1\"},{\"sender\":\"db1\"}]";
    static const char rule[] = "Identities can only match /^[\\w\\.\\-]+$/";
    struct mc_error text;
    struct bench bench;

    bench_begin(&bench, NULL, 0, "");
    assert_string_equal(piped(&bench, json, NULL, &text), "web1 db1 ");
    assert_string_equal(piped(&bench, json, "auto", &text), "web1 db1 ");
    assert_string_equal(piped(&bench, json, "json", &text), "web1 db1 ");
    assert_non_null(strstr(piped(&bench, json, "text", &text), rule));
    /* The original does not strip these lines, and then refuses the names. */
    assert_string_equal(piped(&bench, "web1\n db1 \n", NULL, &text), "web1 db1 ");
    assert_string_equal(piped(&bench, "web1\n", "Text", &text), "web1 ");
    assert_non_null(strstr(piped(&bench, "web1\n", "json", &text), "STDIN: "));
    assert_non_null(
        strstr(piped(&bench, " \n\t\n", NULL, &text), "contained only whitespace"));
    assert_non_null(
        strstr(piped(&bench, "", NULL, &text), "contained only whitespace"));
    assert_non_null(
        strstr(piped(&bench, "web1", "yaml", &text), "only knows the types"));
    bench_end(&bench);
}

static void corner_case_84_lists_from_files_and_pipes(void **state)
{
    (void)state;
    flatfiles();
    pipes();
}

static void corner_case_86_a_limit_ends_discovery_early(void **state)
{
    struct fake fakes[] = {{.identity = "web1", .country = "uk"},
                           {.identity = "web1", .country = "uk"},
                           {.identity = "web2", .country = "uk"}};
    struct bench bench;
    size_t count = 0;

    (void)state;
    bench_begin(&bench, fakes, 3, "discovery_timeout = 30\n");
    bench_call(&bench);
    watched.unsubscribed = 0;
    assert_int_equal(mc_call_limit(bench.call, "2", NULL), 0);
    assert_int_equal(mc_call_discover(bench.call, NULL), 0);
    assert_true(mc_call_stats(bench.call)->discovery_us < 15 * SECOND_US);
    assert_int_equal(watched.unsubscribed, 1);
    const char *const *names = mc_call_names(bench.call, MC_NODES_DISCOVERED, &count);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "web1");
    assert_string_equal(names[1], "web1");
    bench_end(&bench);
}

static void corner_case_87_names_need_no_discovery(void **state)
{
    static const struct
    {
        const char *settings;
        const char *method;
        const char *identity;
        bool searched;
        bool direct;
    } rows[] = {
        {"", "mc", "web1", false, true},
        {"", "mc", "/web1/", true, false},
        {"", "flatfile", "web1", true, true},
        {"direct_addressing = 0\n", "mc", "web1", false, false},
        {"direct_addressing = 0\n", "mc", "/web1/", true, false},
    };
    char path[] = "/tmp/marionette-nodes-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_int_equal(write(fd, "web1\n", 5), 5);
    assert_int_equal(close(fd), 0);
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct fake fakes[] = {{.identity = "web1", .country = "uk"}};
        struct bench bench;
        bench_begin(&bench, fakes, 1, rows[i].settings);
        bench_call(&bench);
        method(&bench, rows[i].method, strcmp(rows[i].method, "mc") == 0 ? NULL : path);
        filter(&bench, MC_SELECT_IDENTITY, rows[i].identity);
        assert_int_equal(mc_call_limit(bench.call, "1", NULL), 0);
        assert_int_equal(mc_call_discover(bench.call, NULL), 0);
        assert_int_equal(mc_call_stats(bench.call)->discovered, 1);
        assert_int_equal(mc_call_stats(bench.call)->discovery_us > 0, rows[i].searched);
        assert_int_equal(bench.call->forced_direct, rows[i].direct);
        bench_end(&bench);
    }
    assert_int_equal(unlink(path), 0);
}

static int64_t waited_us(struct bench *bench, int discovery_s)
{
    struct mc_ddl fast = *bench->call->ddl;

    fast.timeout_s = 0.25;
    bench->call->ddl = &fast;
    bench_name_nodes(bench);
    mc_call_timeouts(bench->call, 0, discovery_s, 0);
    bench_run(bench);
    return mc_call_stats(bench->call)->agent_us;
}

static void corner_case_92_discovery_time_and_method_options(void **state)
{
    struct fake fakes[] = {
        {.identity = "web1", .country = "uk", .manner = FAKE_SILENT}};
    struct bench bench;

    (void)state;
    bench_begin(&bench, fakes, 1,
                "default_discovery_method = flatfile\n"
                "default_discovery_options = /the/configured\n");
    bench_call(&bench);
    method(&bench, "mc", NULL);
    int64_t without_us = waited_us(&bench, 0);
    bench_call(&bench);
    method(&bench, "mc", NULL);
    int64_t with_us = waited_us(&bench, 1);
    assert_in_range(without_us, SECOND_US / 4, SECOND_US - 1);
    assert_in_range(with_us, 5 * SECOND_US / 4, 3 * SECOND_US);
    bench_call(&bench);
    assert_int_equal(bench.call->method, MC_METHOD_FLATFILE);
    assert_int_equal(bench.call->method_options_count, 1);
    assert_string_equal(bench.call->method_options[0], "/the/configured");
    method(&bench, "stdin", NULL);
    assert_int_equal(bench.call->method, MC_METHOD_STDIN);
    assert_int_equal(bench.call->method_options_count, 0);
    method(&bench, "flatfile", "/mine");
    assert_string_equal(bench.call->method_options[0], "/mine");
    bench_end(&bench);
}

static void corner_case_93_filters_are_kept_once(void **state)
{
    static const struct
    {
        enum mc_select kind;
        const char *text;
    } rows[] = {
        {MC_SELECT_FACT, "country=uk"},      {MC_SELECT_CLASS, "apache"},
        {MC_SELECT_CLASS, "/apache/"},       {MC_SELECT_AGENT, "package"},
        {MC_SELECT_IDENTITY, "web1"},        {MC_SELECT_WITH, "country=uk apache"},
        {MC_SELECT_COMPOUND, "a and not b"},
    };
    struct bench bench;

    (void)state;
    bench_begin(&bench, NULL, 0, "");
    bench_call(&bench);
    for (size_t i = 0; i < 2 * MC_COUNT(rows); i++) {
        filter(&bench, rows[i % MC_COUNT(rows)].kind, rows[i % MC_COUNT(rows)].text);
    }
    const struct mc_filter *kept = &bench.call->filter;
    assert_int_equal(kept->facts_count, 1);
    assert_int_equal(kept->classes.count, 2);
    assert_int_equal(kept->agents.count, 1);
    assert_int_equal(kept->identities.count, 1);
    assert_int_equal(mc_value_count(kept->compound), 1);
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_55_arguments_of_data_functions),
        cmocka_unit_test(corner_case_83_times_limits_and_capabilities),
        cmocka_unit_test(corner_case_84_lists_from_files_and_pipes),
        cmocka_unit_test(corner_case_86_a_limit_ends_discovery_early),
        cmocka_unit_test(corner_case_87_names_need_no_discovery),
        cmocka_unit_test(corner_case_92_discovery_time_and_method_options),
        cmocka_unit_test(corner_case_93_filters_are_kept_once),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("client-corner-discovery", tests, NULL, NULL);
}
