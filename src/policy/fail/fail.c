/* The fail provider: denies every request, and fails to record any. For tests of what
 * happens above a provider that says no, and to shut a node off without stopping it. */
#include "policy/policy.h"

#include <errno.h>

extern const struct mc_policy_ops mc_policy_fail;

static int fail_allow(void *state, const struct mc_request *request,
                      const struct mc_rpc *rpc, struct mc_error *error)
{
    (void)state;
    (void)request;
    (void)rpc;
    mc_error_set(error, "rpcauthprovider = fail denies every request");
    return MC_POLICY_DENIED;
}

static int fail_audit(void *state, const struct mc_request *request,
                      const struct mc_rpc *rpc, struct mc_error *error)
{
    (void)state;
    (void)request;
    (void)rpc;
    mc_error_set(error, "rpcauditprovider = fail records nothing");
    return -EIO;
}

static int fail_reopen(void *state, struct mc_error *error)
{
    (void)state;
    mc_error_set(error, "rpcauditprovider = fail has no file");
    return -EIO;
}

static const struct mc_policy_allow_ops allow_ops = {.allow = fail_allow};
static const struct mc_policy_audit_ops audit_ops = {
    .audit = fail_audit,
    .reopen = fail_reopen,
};

const struct mc_policy_ops mc_policy_fail = {
    .abi = MC_POLICY_ABI,
    .name = "fail",
    .allow = &allow_ops,
    .audit = &audit_ops,
};
