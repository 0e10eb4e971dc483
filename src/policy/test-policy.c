/* Which providers a configuration gets, and what every one of them keeps to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/test-support.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct mc_request request = {
    .id = "1", .caller = "uid=0", .sender = "here", .agent = "rpcutil"};
static const struct mc_rpc rpc = {.action = "ping"};

static void without_settings_all_is_allowed(void **state)
{
    struct mc_policy *policy = NULL;
    struct mc_error error = {""};

    (void)state;
    assert_int_equal(
        test_policy_open(NULL, "identity = a\n", "node.cfg", &policy, &error), 0);
    assert_non_null(policy);
    assert_int_equal(mc_policy_allow(policy, &request, &rpc, &error), 0);
    assert_int_equal(mc_policy_audit(policy, &request, &rpc, &error), 0);
    assert_int_equal(mc_policy_reopen(policy, &error), 0);
    assert_null(mc_policy_free(policy));
    assert_null(mc_policy_free(NULL));
}

/* Switched on, but by whom it is unknown: no node starts that allows everything. */
static void an_unknown_provider_is_an_error_that_names_it(void **state)
{
    static const char *const rows[][4] = {
        {"rpcauthorization = 1\nrpcauthprovider = rego\n", "rpcauthorization", "'rego'",
         "action_policy"},
        {"rpcauthorization = yes\n", "rpcauthorization", "''", "rpcauthprovider"},
        {"rpcaudit = 1\nrpcauditprovider = Central\n", "rpcaudit", "'central'",
         "logfile"},
        {"rpcauthorization = 1\nrpcauthprovider = logfile\n", "rpcauthorization",
         "'logfile'", "action_policy"},
        {"rpcaudit = 1\nrpcauditprovider = action_policy\n", "rpcaudit",
         "'action_policy'", "logfile"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_policy *policy = NULL;
        struct mc_error error = {""};
        assert_int_equal(
            test_policy_open(NULL, rows[i][0], "node.cfg", &policy, &error), -EINVAL);
        assert_null(policy);
        assert_non_null(strstr(error.text, "node.cfg"));
        for (size_t part = 1; part < MC_COUNT(rows[i]); part++) {
            if (!strstr(error.text, rows[i][part])) {
                fail_msg("no %s: %s", rows[i][part], error.text);
            }
        }
    }
}

static void a_provider_that_is_not_switched_on_is_not_asked_for(void **state)
{
    struct mc_policy *policy = NULL;
    struct mc_error error = {""};

    (void)state;
    assert_int_equal(test_policy_open(NULL,
                                      "rpcauthorization = 0\nrpcauthprovider = nobody\n"
                                      "rpcaudit = no\nrpcauditprovider = nobody\n",
                                      "node.cfg", &policy, &error),
                     0);
    mc_policy_free(policy);
}

static void names_are_read_in_any_case(void **state)
{
    static const char *const names[] = {"None",          "action_policy",
                                        "Action_Policy", "actionpolicy",
                                        "ActionPolicy",  "FAIL"};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        char text[128];
        struct mc_policy *policy = NULL;
        struct mc_error error = {""};
        (void)snprintf(text, sizeof(text),
                       "rpcauthorization = 1\nrpcauthprovider = %s\n", names[i]);
        assert_int_equal(test_policy_open(NULL, text, "/x/a.cfg", &policy, &error), 0);
        mc_policy_free(policy);
    }
}

static void each_use_has_its_own_provider(void **state)
{
    struct mc_policy *policy = NULL;
    struct mc_error error = {""};

    (void)state;
    assert_int_equal(test_policy_open(NULL,
                                      "rpcauthorization = 1\nrpcauthprovider = fail\n",
                                      "a.cfg", &policy, &error),
                     0);
    assert_int_equal(mc_policy_allow(policy, &request, &rpc, &error), MC_POLICY_DENIED);
    assert_int_equal(mc_policy_audit(policy, &request, &rpc, &error), 0);
    mc_policy_free(policy);
    assert_int_equal(test_policy_open(NULL, "rpcaudit = 1\nrpcauditprovider = fail\n",
                                      "a.cfg", &policy, &error),
                     0);
    assert_int_equal(mc_policy_allow(policy, &request, &rpc, &error), 0);
    assert_int_equal(mc_policy_audit(policy, &request, &rpc, &error), -EIO);
    assert_non_null(strstr(error.text, "fail"));
    assert_int_equal(mc_policy_reopen(policy, &error), -EIO);
    mc_policy_free(policy);
}

/* Whether a request to an agent is allowed by a configuration. */
static bool may(const char *text, const char *agent)
{
    struct mc_policy *policy = NULL;
    struct mc_error error = {""};
    struct mc_request asked = request;

    asked.agent = agent;
    assert_int_equal(test_policy_open(NULL, text, "/x/a.cfg", &policy, &error), 0);
    int r = mc_policy_allow(policy, &asked, &rpc, &error);
    mc_policy_free(policy);
    return r == 0;
}

static void an_agent_may_have_a_provider_of_its_own(void **state)
{
    static const char strict[] = "rpcauthorization = 1\n"
                                 "rpcauthprovider = fail\n"
                                 "plugin.rpcutil.rpcauthprovider = None\n"
                                 "plugin.a.b.rpcauthprovider = none\n";
    static const char loose[] = "plugin.package.rpcauthprovider = fail\n"
                                "plugin.service.rpcauthprovider = none\n";

    (void)state;
    assert_true(may(strict, "rpcutil"));
    assert_true(may(strict, "a.b"));
    assert_false(may(strict, "package"));
    assert_false(may(strict, "rpcutil2"));
    assert_false(may(strict, "b"));
    assert_true(may(loose, "rpcutil"));
    assert_true(may(loose, "service"));
    assert_false(may(loose, "package"));
}

static void an_unknown_provider_of_an_agent_is_an_error(void **state)
{
    static const char *const values[] = {"rego", "logfile", "all"};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(values); i++) {
        char text[128];
        struct mc_policy *policy = NULL;
        struct mc_error error = {""};
        (void)snprintf(text, sizeof(text), "plugin.package.rpcauthprovider = %s\n",
                       values[i]);
        assert_int_equal(test_policy_open(NULL, text, "node.cfg", &policy, &error),
                         -EINVAL);
        assert_null(policy);
        assert_non_null(strstr(error.text, "node.cfg: plugin.package.rpcauthprovider"));
        assert_non_null(strstr(error.text, "action_policy"));
    }
}

/* What every provider keeps to: a use or two, a name in lower case that finds it, and
 * no answer without a reason. */
static void check_provider(const struct mc_policy_ops *ops)
{
    char text[256];
    struct test_host host;
    struct mc_policy *policy = NULL;
    struct mc_error error = {""};

    test_host_init(&host, false);
    assert_int_equal(ops->abi, MC_POLICY_ABI);
    assert_true(ops->allow || ops->audit);
    for (const char *at = ops->name; *at; at++) {
        assert_true(islower((unsigned char)*at) || *at == '_');
    }
    (void)snprintf(text, sizeof(text),
                   "rpcauthorization = %d\nrpcauthprovider = %s\n"
                   "rpcaudit = %d\nrpcauditprovider = %s\n"
                   "plugin.rpcaudit.logfile = /nonexistent/audit\n",
                   ops->allow != NULL, ops->name, ops->audit != NULL, ops->name);
    assert_int_equal(
        test_policy_open(&host, text, "/nonexistent/a.cfg", &policy, &error), 0);
    int r = mc_policy_allow(policy, &request, &rpc, &error);
    assert_true(r == 0 || (r == MC_POLICY_DENIED && error.text[0]));
    error.text[0] = '\0';
    r = mc_policy_audit(policy, &request, &rpc, &error);
    assert_true(r == 0 || (r < 0 && error.text[0]));
    mc_policy_free(policy);
}

static void every_provider_keeps_to_the_rules(void **state)
{
    (void)state;
    for (size_t i = 0; mc_policy_providers[i]; i++) {
        check_provider(mc_policy_providers[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_settings_all_is_allowed),
        cmocka_unit_test(an_unknown_provider_is_an_error_that_names_it),
        cmocka_unit_test(a_provider_that_is_not_switched_on_is_not_asked_for),
        cmocka_unit_test(names_are_read_in_any_case),
        cmocka_unit_test(each_use_has_its_own_provider),
        cmocka_unit_test(an_agent_may_have_a_provider_of_its_own),
        cmocka_unit_test(an_unknown_provider_of_an_agent_is_an_error),
        cmocka_unit_test(every_provider_keeps_to_the_rules),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
