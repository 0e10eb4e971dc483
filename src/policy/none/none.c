/* The provider none: allows everything and records nothing, which is what a node does
 * that was told nothing about authorization and audit. */
#include "policy/policy.h"

extern const struct mc_policy_ops mc_policy_none;

static int none_allow(void *state, const struct mc_request *request,
                      const struct mc_rpc *rpc, struct mc_error *error)
{
    (void)state;
    (void)request;
    (void)rpc;
    (void)error;
    return 0;
}

static const struct mc_policy_allow_ops allow_ops = {.allow = none_allow};
static const struct mc_policy_audit_ops audit_ops = {.audit = none_allow};

const struct mc_policy_ops mc_policy_none = {
    .abi = MC_POLICY_ABI,
    .name = "none",
    .allow = &allow_ops,
    .audit = &audit_ops,
};
