/* Policy files: who may do what, and that nothing that is doubtful allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/test-support.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct bench
{
    char folder[64];   /* of the configuration */
    char policies[80]; /* below it */
    struct test_host host;
    struct mc_policy *policy;
    struct mc_error error; /* of the last denial */
};

static void reopen(struct bench *bench, const char *settings)
{
    char path[96];
    char text[512];

    (void)snprintf(path, sizeof(path), "%s/server.cfg", bench->folder);
    (void)snprintf(text, sizeof(text),
                   "rpcauthorization = 1\nrpcauthprovider = action_policy\n%s",
                   settings);
    bench->policy = mc_policy_free(bench->policy);
    assert_int_equal(
        test_policy_open(&bench->host, text, path, &bench->policy, &bench->error), 0);
}

static int set_up(void **state)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));

    test_folder(bench->folder);
    (void)snprintf(bench->policies, sizeof(bench->policies), "%s/policies",
                   bench->folder);
    assert_int_equal(mkdir(bench->policies, 0755), 0);
    test_host_init(&bench->host, true);
    reopen(bench, "");
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    mc_policy_free(bench->policy);
    test_folder_remove(bench->folder);
    test_free(bench);
    return 0;
}

static bool asks(struct bench *bench, const char *agent, const char *caller,
                 const char *action)
{
    const struct mc_request request = {
        .id = "1", .agent = agent, .caller = caller, .sender = "here"};
    const struct mc_rpc rpc = {.action = action};

    bench->error.text[0] = '\0';
    int r = mc_policy_allow(bench->policy, &request, &rpc, &bench->error);
    assert_true(r == 0 || (r == MC_POLICY_DENIED && bench->error.text[0]));
    return r == 0;
}

static bool may(struct bench *bench, const char *caller, const char *action)
{
    return asks(bench, "package", caller, action);
}

static void write_policy(struct bench *bench, const char *content)
{
    test_file(bench->policies, "package.policy", content);
}

/* The policy, what uid=1 asks, the answer, and what the reason must hold. */
struct row
{
    const char *policy;
    const char *action;
    bool allowed;
    const char *reason;
};

static void check_rows(struct bench *bench, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        write_policy(bench, row->policy);
        if (may(bench, "uid=1", row->action) != row->allowed) {
            fail_msg("%s: %s: %s", row->policy, row->action, bench->error.text);
        }
        if (row->reason && !strstr(bench->error.text, row->reason)) {
            fail_msg("%s: no '%s': %s", row->policy, row->reason, bench->error.text);
        }
    }
}

static void the_first_rule_that_matches_decides(void **state)
{
    static const struct row rows[] = {
        {"", "status", false, "package.policy: no rule allows it"},
        {"policy default allow\n", "status", true, NULL},
        {"policy\tdefault  deny\n", "status", false, "no rule"},
        {"\npolicy default sure\n", "status", false,
         "package.policy:2: this default is neither allow nor deny, so it denies"},
        {"policy default sure\npolicy default deny\n", "status", false, "no rule"},
        {"policy default sure\npolicy default allow\n", "status", true, NULL},
        {"allow\tuid=1\tstatus\t*\t*\n", "status", true, NULL},
        {"allow\tuid=1\tstatus\t*\t*\n", "install", false, "no rule"},
        {"allow\tuid=1\tstatus\t*\t*", "status", true, NULL},
        {"allow\tuid=1\tstatus\t*\t*\r\n", "status", true, NULL},
        {"allow\t\t*\t\t\t*\t*\t\t*\t\n", "status", true, NULL},
        {"# all\n\n  # of them\nallow\t*\t*\t*\t*\n", "status", true, NULL},
        {"allow\t*\tinstall status\t*\t*\n", "status", true, NULL},
        {"allow\t*\tinstall,status\t*\t*\n", "status", false, "no rule"},
        {"allow\t*\tstat\t*\t*\n", "status", false, "no rule"},
        {"deny\tuid=1\t*\t*\t*\nallow\t*\t*\t*\t*\n", "status", false,
         "package.policy:1: this rule denies it"},
        {"allow\t*\tstatus\t*\t*\n\ndeny\t*\t*\t*\t*\n", "install", false,
         "package.policy:3: this rule denies it"},
        {"deny\t*\t*\t*\t*\npolicy default allow\n", "status", false, ":1: "},
        {"policy default deny\ndeny\tuid=9\t*\t*\t*\npolicy default allow\n", "status",
         true, NULL},
        {"allow\t*\t*\tcountry=de\t*\tapache\n", "status", false, "no rule"},
        {"allow\t*\t*\t*\tnobody\tapache\n", "status", true, NULL},
    };

    check_rows(*state, rows, MC_COUNT(rows));
}

/* The original searches the caller in the whole field. */
static void callers_are_whole_words(void **state)
{
    struct bench *bench = *state;

    write_policy(bench, "allow\tuid=12 cert=bob.x /^cert=ops[0-9]$/\t*\t*\t*\n");
    assert_true(may(bench, "uid=12", "status"));
    assert_false(may(bench, "uid=1", "status"));
    assert_false(may(bench, "uid=2", "status"));
    assert_false(may(bench, "uid=123", "status"));
    assert_true(may(bench, "cert=bob.x", "status"));
    assert_false(may(bench, "cert=bob-x", "status"));
    assert_true(may(bench, "cert=ops7", "status"));
    assert_false(may(bench, "cert=ops77", "status"));
    write_policy(bench, "allow\t* uid=5\t*\t*\t*\n");
    assert_false(may(bench, "uid=1", "status"));
}

static void groups_stand_for_their_members(void **state)
{
    struct bench *bench = *state;

    test_file(bench->policies, "groups",
              "# who is who\n"
              "ops uid=9\n"
              "db.admins-1 uid=3 uid=4\n"
              "empty\n"
              "ops uid=1 uid=2\n"
              "all ops\n");
    write_policy(bench, "allow\tops uid=8\t*\t*\t*\nallow\tdb.admins-1\tstatus\t*\t*\n"
                        "allow\tall empty\tinstall\t*\t*\n");
    assert_true(may(bench, "uid=1", "install"));
    assert_true(may(bench, "uid=8", "install"));
    assert_true(may(bench, "uid=4", "status"));
    assert_false(may(bench, "uid=4", "install"));
    assert_false(may(bench, "uid=9", "install"));
    assert_false(may(bench, "uid=10", "install"));
    test_file(bench->policies, "groups", "ops! uid=1\n");
    assert_false(may(bench, "uid=8", "install"));
    assert_non_null(strstr(bench->error.text, "policies/groups:1: "));
    test_file(bench->policies, "groups", NULL);
    assert_false(may(bench, "uid=1", "install"));
    assert_true(may(bench, "uid=8", "install"));
}

static void patterns_are_members_of_groups(void **state)
{
    struct bench *bench = *state;

    test_file(bench->policies, "groups", "ops /^cert=ops[0-9]$/ uid=9\n");
    write_policy(bench, "allow\tops\t*\t*\t*\n");
    assert_true(may(bench, "cert=ops1", "status"));
    assert_true(may(bench, "uid=9", "status"));
    assert_false(may(bench, "cert=ops77", "status"));
    assert_false(may(bench, "uid=99", "status"));
    test_file(bench->policies, "groups", "dev uid=9\nops uid=9 /cert=(/\n");
    assert_false(may(bench, "uid=9", "status"));
    assert_non_null(strstr(bench->error.text, "policies/groups:2: "));
    test_file(bench->policies, "groups", NULL);
}

/* The node has country=uk, mem=1024, apache, db::server. */
static void facts_and_classes_must_all_match(void **state)
{
    static const struct row rows[] = {
        {"allow\t*\t*\tcountry=uk\t*\n", "a", true, NULL},
        {"allow\t*\t*\tcountry==uk\t*\n", "a", true, NULL},
        {"allow\t*\t*\tcountry=de\t*\n", "a", false, NULL},
        {"allow\t*\t*\tcountry!=de\t*\n", "a", true, NULL},
        {"allow\t*\t*\tnothere!=de\t*\n", "a", false, NULL},
        {"allow\t*\t*\tcountry=uk mem=1024\t*\n", "a", true, NULL},
        {"allow\t*\t*\tcountry=uk mem=1025\t*\n", "a", false, NULL},
        {"allow\t*\t*\tmem>512\t*\n", "a", true, NULL},
        {"allow\t*\t*\tmem<=1024\t*\n", "a", true, NULL},
        {"allow\t*\t*\tmem>=1025\t*\n", "a", false, NULL},
        {"allow\t*\t*\tmem<1024\t*\n", "a", false, NULL},
        {"allow\t*\t*\tcountry=/uk/\t*\n", "a", false, NULL},
        {"allow\t*\t*\tcountry\t*\n", "a", false, NULL},
        {"allow\t*\t*\tcountry=\t*\n", "a", false, NULL},
        {"allow\t*\t*\t=uk\t*\n", "a", false, NULL},
        {"allow\t*\t*\tcountry='||true||'\t*\n", "a", false, NULL},
        {"allow\t*\t*\t*\tapache\n", "a", true, NULL},
        {"allow\t*\t*\t*\tapache db::server\n", "a", true, NULL},
        {"allow\t*\t*\t*\tapache mysql\n", "a", false, NULL},
        {"allow\t*\t*\t*\tapach\n", "a", false, NULL},
        {"allow\t*\t*\t*\t/^db::/\n", "a", true, NULL},
        {"allow\t*\t*\t*\t/^b::/\n", "a", false, NULL},
        {"allow\t*\t*\t*\tcountry=uk\n", "a", false, NULL},
        {"allow\t*\t*\tcountry=uk\tapache\n", "a", true, NULL},
        {"allow\t*\t*\tcountry=uk\tmysql\n", "a", false, NULL},
        /* Four fields: one word of either kind; * is what the original documents. */
        {"allow\t*\t*\t*\n", "a", true, NULL},
        {"deny\t*\t*\t*\npolicy default allow\n", "a", false, ":1:"},
        {"allow\t*\t*\tcountry=uk\n", "a", true, NULL},
        {"allow\t*\t*\tcountry=de\n", "a", false, NULL},
        {"allow\t*\t*\tapache\n", "a", true, NULL},
        {"allow\t*\t*\t/^apa/\n", "a", true, NULL},
        {"allow\t*\t*\tmysql\n", "a", false, NULL},
    };

    check_rows(*state, rows, MC_COUNT(rows));
}

static void compound_texts_go_to_the_node(void **state)
{
    struct bench *bench = *state;
    static const char *const texts[] = {
        "country=uk and apache",
        "not apache",
        "!apache",
        "(apache)",
        "(apache",
        "apache)",
        "fstat('/etc/hosts').md5=/a/",
        "apache mysql",
    };

    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        char text[128];
        (void)snprintf(text, sizeof(text), "allow\t*\t*\t%s\n", texts[i]);
        write_policy(bench, text);
        bench->host.compound_answer = 0;
        assert_true(may(bench, "uid=1", "status"));
        assert_string_equal(bench->host.compound, texts[i]);
        bench->host.compound_answer = MC_POLICY_NO_MATCH;
        assert_false(may(bench, "uid=1", "status"));
    }
    write_policy(bench, "allow\t*\t*\t*\tapache or mysql\n");
    bench->host.compound_answer = 0;
    assert_true(may(bench, "uid=1", "status"));
    assert_string_equal(bench->host.compound, "apache or mysql");
}

/* What cannot be evaluated does not allow, and does not pass by a rule that denies. */
static void what_is_unknown_denies(void **state)
{
    struct bench *bench = *state;
    static const char allow[] = "\nallow\t*\t*\tnot apache\n";
    static const char deny[] = "deny\tuid=1\t*\tnot apache\nallow\t*\t*\t*\t*\n";

    for (int round = 0; round < 2; round++) {
        bench->host.compound_answer = MC_POLICY_UNKNOWN;
        write_policy(bench, allow);
        assert_false(may(bench, "uid=1", "status"));
        assert_non_null(strstr(bench->error.text, "package.policy:2: "));
        assert_non_null(
            strstr(bench->error.text, round ? "compound filters cannot" : "who knows"));
        write_policy(bench, deny);
        assert_false(may(bench, "uid=1", "status"));
        assert_non_null(strstr(bench->error.text, "package.policy:1: "));
        assert_true(may(bench, "uid=2", "status"));
        test_host_init(&bench->host, false);
        reopen(bench, "");
    }
    write_policy(bench, "allow\t*\t*\tnot apache\nallow\t*\t*\t*\t*\n");
    assert_true(may(bench, "uid=1", "status"));
}

static void a_bad_file_denies_and_names_the_line(void **state)
{
    static const struct row rows[] = {
        {"allow\t*\t*\t*\t*\nalow\t*\t*\t*\t*\n", "a", false, "package.policy:2: "},
        {"allow * * * *\n", "a", false, "package.policy:1: a rule has 4 or 5 fields"},
        {"#\nallow\t*\t*\n", "a", false, "package.policy:2: "},
        {"policy default allow\nallow\n", "a", false, "package.policy:2: "},
        {"policy default allow\ndeny: uid=9\n", "a", false, "package.policy:2: "},
        {"policy default allow\n deny\tuid=9\t*\t*\t*\n", "a", false,
         "package.policy:2: "},
        {"policy\n", "a", false, "package.policy:1: expected: policy default"},
        {"policy default\n", "a", false, "package.policy:1: "},
        {"policy defaults allow\n", "a", false, "package.policy:1: "},
        {"allow\t*\t*\t*\t*\nallow\t/(/\t*\t*\t*\n", "a", false, "package.policy:2: "},
        {"allow\t*\t*\t*\t*\nallow\t*\t*\t*\t/[/\n", "a", false, "package.policy:2: "},
        {"allow\t*\t \t*\t*\n", "a", false, "package.policy:1: a field of blanks"},
    };
    struct bench *bench = *state;
    char *large = NULL;

    check_rows(bench, rows, MC_COUNT(rows));
    large = test_calloc(1, 300 * 1024);
    memset(large, '\n', 300 * 1024 - 1);
    write_policy(bench, large);
    test_free(large);
    assert_false(may(bench, "uid=1", "a"));
    assert_non_null(strstr(bench->error.text, "package.policy: longer than"));
}

static void without_a_file_settings_decide(void **state)
{
    static const struct
    {
        const char *value;
        bool on;
    } rows[] = {{"1", true},  {"y", true},     {"yes", true}, {"Y", true},
                {"n", false}, {"true", false}, {"0", false},  {"01", false},
                {"1x", true}, {"surely", true}};
    struct bench *bench = *state;
    char text[128];

    assert_false(may(bench, "uid=1", "status"));
    assert_non_null(strstr(bench->error.text, "policies/package.policy: "));
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        (void)snprintf(text, sizeof(text),
                       "plugin.actionpolicy.allow_unconfigured = %s\n", rows[i].value);
        reopen(bench, text);
        assert_int_equal(may(bench, "uid=1", "status"), rows[i].on);
    }
    /* It is also what a file begins with that says no default. */
    reopen(bench, "plugin.actionpolicy.allow_unconfigured = 1\n");
    write_policy(bench, "deny\t*\tinstall\t*\t*\n");
    assert_true(may(bench, "uid=1", "status"));
    assert_false(may(bench, "uid=1", "install"));
}

static void the_default_file_serves_agents_without_one(void **state)
{
    struct bench *bench = *state;

    test_file(bench->policies, "default.policy", "allow\t*\tstatus\t*\t*\n");
    test_file(bench->policies, "other.policy", "allow\t*\tping\t*\t*\n");
    assert_false(asks(bench, "service", "uid=1", "status"));
    reopen(bench, "plugin.actionpolicy.enable_default = 1\n");
    assert_true(asks(bench, "service", "uid=1", "status"));
    write_policy(bench, "deny\t*\t*\t*\t*\n");
    assert_false(may(bench, "uid=1", "status"));
    reopen(bench, "plugin.actionpolicy.enable_default = 1\n"
                  "plugin.actionpolicy.default_name = other\n");
    assert_true(asks(bench, "service", "uid=1", "ping"));
    assert_false(asks(bench, "service", "uid=1", "status"));
}

static void paths_stay_in_their_folder(void **state)
{
    struct bench *bench = *state;
    struct mc_policy *policy = NULL;
    struct mc_error error = {""};

    test_file(bench->folder, "evil.policy", "allow\t*\t*\t*\t*\n");
    assert_false(asks(bench, "../evil", "uid=1", "status"));
    assert_int_equal(
        test_policy_open(&bench->host,
                         "rpcauthorization = 1\nrpcauthprovider = action_policy\n"
                         "plugin.actionpolicy.default_name = ../evil\n",
                         "/x/server.cfg", &policy, &error),
        -EINVAL);
    assert_non_null(strstr(error.text, "default_name '../evil'"));
}

static void a_file_for_all_to_write_is_warned_about(void **state)
{
    struct bench *bench = *state;
    char path[128];

    write_policy(bench, "allow\t*\t*\t*\t*\n");
    (void)snprintf(path, sizeof(path), "%s/package.policy", bench->policies);
    assert_int_equal(chmod(path, 0644), 0);
    assert_true(may(bench, "uid=1", "status"));
    assert_int_equal(bench->host.warnings, 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_true(may(bench, "uid=1", "status"));
    assert_int_equal(bench->host.warnings, 1);
    assert_non_null(strstr(bench->host.warning, path));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_first_rule_that_matches_decides),
        CASE(callers_are_whole_words),
        CASE(groups_stand_for_their_members),
        CASE(patterns_are_members_of_groups),
        CASE(facts_and_classes_must_all_match),
        CASE(compound_texts_go_to_the_node),
        CASE(what_is_unknown_denies),
        CASE(a_bad_file_denies_and_names_the_line),
        CASE(without_a_file_settings_decide),
        CASE(the_default_file_serves_agents_without_one),
        CASE(paths_stay_in_their_folder),
        CASE(a_file_for_all_to_write_is_warned_about),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
