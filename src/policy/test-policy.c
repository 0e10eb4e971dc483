/* Which policy a configuration gets, and what the built-in one does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/policy.h"
#include <errno.h>
#include <string.h>

/* Open the policy of a configuration. */
static int open_policy(const char *text, struct mc_policy **ret_policy,
                       struct mc_error *error)
{
    struct mc_config *config = NULL;

    assert_int_equal(mc_config_parse(mc_bytes_text(text), "node.cfg", MC_ROLE_NODE,
                                     NULL, NULL, &config, error),
                     0);
    int r = mc_policy_open(config, ret_policy, error);
    mc_config_free(config);
    return r;
}

static void without_settings_all_is_allowed(void **state)
{
    const struct mc_request request = {.caller = "uid=0", .agent = "rpcutil"};
    const struct mc_rpc rpc = {.action = "ping"};
    struct mc_policy *policy = NULL;
    struct mc_error error = {""};

    (void)state;
    assert_int_equal(open_policy("identity = a\n", &policy, &error), 0);
    assert_non_null(policy);
    assert_int_equal(mc_policy_allow(policy, &request, &rpc, &error), 0);
    assert_int_equal(mc_policy_audit(policy, &request, &rpc), 0);
    assert_null(mc_policy_free(policy));
    assert_null(mc_policy_free(NULL));
}

/* Switched on, but by whom it is unknown: no node starts that allows everything. */
static void an_unknown_provider_is_an_error_that_names_it(void **state)
{
    static const struct
    {
        const char *text;
        const char *setting;
        const char *name;
    } rows[] = {
        {"rpcauthorization = 1\nrpcauthprovider = action_policy\n", "rpcauthorization",
         "'action_policy'"},
        {"rpcauthorization = yes\n", "rpcauthorization", "''"},
        {"rpcaudit = 1\nrpcauditprovider = Central\n", "rpcaudit", "'central'"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_policy *policy = NULL;
        struct mc_error error = {""};
        assert_int_equal(open_policy(rows[i].text, &policy, &error), -EINVAL);
        assert_null(policy);
        assert_non_null(strstr(error.text, "node.cfg"));
        assert_non_null(strstr(error.text, rows[i].setting));
        if (!strstr(error.text, rows[i].name)) {
            fail_msg("%s", error.text);
        }
    }
}

static void a_provider_that_is_not_switched_on_is_not_asked_for(void **state)
{
    struct mc_policy *policy = NULL;
    struct mc_error error = {""};

    (void)state;
    assert_int_equal(open_policy("rpcauthorization = 0\nrpcauthprovider = nobody\n"
                                 "rpcaudit = no\nrpcauditprovider = nobody\n",
                                 &policy, &error),
                     0);
    mc_policy_free(policy);
    assert_int_equal(
        open_policy("rpcauthorization = 1\nrpcauthprovider = None\n", &policy, &error),
        0);
    mc_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_settings_all_is_allowed),
        cmocka_unit_test(an_unknown_provider_is_an_error_that_names_it),
        cmocka_unit_test(a_provider_that_is_not_switched_on_is_not_asked_for),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
