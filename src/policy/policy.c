/* The policy seam and its first provider: none.
 *
 * Without rpcauthorization everything is allowed, as in the original. A provider that is
 * configured but not built in is an error at start, never a silent allow. */
#include "policy/policy.h"

#include "base/memory.h"
#include <errno.h>
#include <strings.h>

struct mc_policy
{
    const struct mc_policy_ops *ops;
    void *state;
};

static int none_allow(void *state, const struct mc_request *request,
                      const struct mc_rpc *rpc, struct mc_error *error)
{
    (void)state;
    (void)request;
    (void)rpc;
    (void)error;
    return 0;
}

static const struct mc_policy_ops none = {
    .name = "none",
    .allow = none_allow,
};

/* Providers by name; the list grows with policy/ folders. */
static const struct mc_policy_ops *const providers[] = {&none, NULL};

static const struct mc_policy_ops *find(const char *name)
{
    for (size_t i = 0; providers[i]; i++) {
        if (strcasecmp(providers[i]->name, name) == 0) {
            return providers[i];
        }
    }
    return NULL;
}

/* The provider that two settings ask for: switched off, or by name. */
static int chosen(const struct mc_config *config, const char *wanted,
                  const char *provider, const struct mc_policy_ops **ret_ops,
                  struct mc_error *error)
{
    const char *name = mc_config_text(config, provider);

    if (!mc_config_bool(config, wanted)) {
        *ret_ops = &none;
        return 0;
    }
    *ret_ops = find(name && *name ? name : "(empty)");
    if (!*ret_ops) {
        mc_error_set(
            error, "%s: %s is switched on, but there is no provider '%s' (known: none)",
            mc_config_path(config), wanted, name ? name : "");
        return -EINVAL;
    }
    return 0;
}

int mc_policy_open(const struct mc_config *config, struct mc_policy **ret_policy,
                   struct mc_error *error)
{
    const struct mc_policy_ops *ops = NULL;
    const struct mc_policy_ops *audit = NULL;
    int r = chosen(config, "rpcauthorization", "rpcauthprovider", &ops, error);

    if (r == 0) {
        r = chosen(config, "rpcaudit", "rpcauditprovider", &audit, error);
    }
    if (r != 0) {
        return r;
    }
    struct mc_policy *policy = mc_memory_new(sizeof(*policy));
    if (!policy) {
        return -ENOMEM;
    }
    policy->ops = ops;
    if (ops->state_size) {
        policy->state = mc_memory_new(ops->state_size);
        r = policy->state ? 0 : -ENOMEM;
    }
    if (r == 0 && ops->init) {
        r = ops->init(policy->state, config, error);
    }
    if (r != 0) {
        mc_policy_free(policy);
        return r;
    }
    *ret_policy = policy;
    return 0;
}

struct mc_policy *mc_policy_free(struct mc_policy *policy)
{
    if (policy) {
        if (policy->ops->deinit && policy->state) {
            policy->ops->deinit(policy->state);
        }
        mc_memory_free(policy->state);
    }
    return mc_memory_free(policy);
}

int mc_policy_allow(struct mc_policy *policy, const struct mc_request *request,
                    const struct mc_rpc *rpc, struct mc_error *error)
{
    return policy->ops->allow(policy->state, request, rpc, error);
}

int mc_policy_audit(struct mc_policy *policy, const struct mc_request *request,
                    const struct mc_rpc *rpc)
{
    return policy->ops->audit ? policy->ops->audit(policy->state, request, rpc) : 0;
}
