/* The policy seam and its first provider: none.
 *
 * Without rpcauthorization everything is allowed, as in the original. A provider that is
 * configured but not built in is an error at start, never a silent allow. */
#include "policy/policy.h"

#include "base/memory.h"
#include <errno.h>
#include <strings.h>

/* One provider that is open; the one that decides and the one that records may differ,
 * and each has a state of its own. */
struct part
{
    const struct mc_policy_ops *ops;
    void *state;
};

struct mc_policy
{
    struct part allow;
    struct part audit;
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

static int part_open(struct part *part, const struct mc_policy_ops *ops,
                     const struct mc_config *config, struct mc_error *error)
{
    part->state = mc_memory_new(ops->state_size);
    if (!part->state) {
        return -ENOMEM;
    }
    part->ops = ops;
    return ops->init ? ops->init(part->state, config, error) : 0;
}

static void part_close(struct part *part)
{
    if (part->ops && part->ops->deinit) {
        part->ops->deinit(part->state);
    }
    part->state = mc_memory_free(part->state);
}

int mc_policy_open(const struct mc_config *config, struct mc_policy **ret_policy,
                   struct mc_error *error)
{
    const struct mc_policy_ops *allow = NULL;
    const struct mc_policy_ops *audit = NULL;
    int r = chosen(config, "rpcauthorization", "rpcauthprovider", &allow, error);

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
    r = part_open(&policy->allow, allow, config, error);
    if (r == 0) {
        r = part_open(&policy->audit, audit, config, error);
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
        part_close(&policy->audit);
        part_close(&policy->allow);
    }
    return mc_memory_free(policy);
}

int mc_policy_allow(struct mc_policy *policy, const struct mc_request *request,
                    const struct mc_rpc *rpc, struct mc_error *error)
{
    struct part *part = &policy->allow;

    return part->ops->allow(part->state, request, rpc, error);
}

int mc_policy_audit(struct mc_policy *policy, const struct mc_request *request,
                    const struct mc_rpc *rpc)
{
    struct part *part = &policy->audit;

    return part->ops->audit ? part->ops->audit(part->state, request, rpc) : 0;
}
