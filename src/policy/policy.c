/* Finding the providers that a configuration names, and calling them.
 *
 * Without rpcauthorization everything is allowed, and without rpcaudit nothing is
 * recorded, as in the original: the provider none does both. */
#include "policy/policy.h"

#include "base/buffer.h"
#include "base/memory.h"
#include <errno.h>
#include <string.h>
#include <strings.h>

struct mc_policy
{
    struct mc_policy_host host;
    const struct mc_policy_allow_ops *allow;
    void *allow_state;
    const struct mc_policy_audit_ops *audit;
    void *audit_state;
};

/* The two uses of a provider, and the settings that choose it. */
enum use
{
    USE_ALLOW,
    USE_AUDIT,
};

static const struct
{
    const char *wanted;
    const char *provider;
} settings[] = {
    [USE_ALLOW] = {"rpcauthorization", "rpcauthprovider"},
    [USE_AUDIT] = {"rpcaudit", "rpcauditprovider"},
};

/* All provider names, for the one who mistyped his. */
#define NAMES_BYTES_MAX 256

static bool offers(const struct mc_policy_ops *ops, enum use use)
{
    return ops->abi == MC_POLICY_ABI &&
           (use == USE_ALLOW ? ops->allow != NULL : ops->audit != NULL);
}

static const struct mc_policy_ops *find(const char *name, enum use use)
{
    for (size_t i = 0; mc_policy_providers[i]; i++) {
        const struct mc_policy_ops *ops = mc_policy_providers[i];
        if (offers(ops, use) && (strcasecmp(ops->name, name) == 0 ||
                                 (ops->also && strcasecmp(ops->also, name) == 0))) {
            return ops;
        }
    }
    return NULL;
}

static void unknown(const struct mc_config *config, enum use use, const char *name,
                    struct mc_error *error)
{
    struct mc_buffer names;

    mc_buffer_init(&names, NAMES_BYTES_MAX);
    for (size_t i = 0; mc_policy_providers[i]; i++) {
        if (offers(mc_policy_providers[i], use)) {
            mc_buffer_printf(&names, "%s%s", names.len ? ", " : "",
                             mc_policy_providers[i]->name);
        }
    }
    mc_buffer_byte(&names, 0);
    mc_error_set(
        error,
        "%s: %s is switched on, but there is no provider '%s' for %s (there "
        "are: %s)",
        mc_config_path(config), settings[use].wanted, name, settings[use].provider,
        mc_buffer_failed(&names) ? "?" : (const char *)mc_buffer_bytes(&names).data);
    mc_buffer_deinit(&names);
}

/* The provider that two settings ask for: switched off, or by name. */
static int chosen(const struct mc_config *config, enum use use,
                  const struct mc_policy_ops **ret_ops, struct mc_error *error)
{
    const char *name = "none";

    if (mc_config_bool(config, settings[use].wanted)) {
        name = mc_config_text(config, settings[use].provider);
    }
    *ret_ops = find(name ? name : "", use);
    if (!*ret_ops) {
        unknown(config, use, name ? name : "", error);
        return -EINVAL;
    }
    return 0;
}

static void *state_new(size_t size)
{
    return mc_memory_new(size ? size : 1);
}

static int open_allow(struct mc_policy *policy, const struct mc_config *config,
                      struct mc_error *error)
{
    const struct mc_policy_ops *ops = NULL;
    int r = chosen(config, USE_ALLOW, &ops, error);

    if (r != 0) {
        return r;
    }
    policy->allow_state = state_new(ops->allow->state_size);
    if (!policy->allow_state) {
        return -ENOMEM;
    }
    policy->allow = ops->allow;
    return ops->allow->init
               ? ops->allow->init(policy->allow_state, config, &policy->host, error)
               : 0;
}

static int open_audit(struct mc_policy *policy, const struct mc_config *config,
                      struct mc_error *error)
{
    const struct mc_policy_ops *ops = NULL;
    int r = chosen(config, USE_AUDIT, &ops, error);

    if (r != 0) {
        return r;
    }
    policy->audit_state = state_new(ops->audit->state_size);
    if (!policy->audit_state) {
        return -ENOMEM;
    }
    policy->audit = ops->audit;
    return ops->audit->init
               ? ops->audit->init(policy->audit_state, config, &policy->host, error)
               : 0;
}

int mc_policy_open(const struct mc_config *config, const struct mc_policy_host *host,
                   struct mc_policy **ret_policy, struct mc_error *error)
{
    struct mc_policy *policy = mc_memory_new(sizeof(*policy));

    if (!policy) {
        return -ENOMEM;
    }
    policy->host = *host;
    int r = open_allow(policy, config, error);
    if (r == 0) {
        r = open_audit(policy, config, error);
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
    if (!policy) {
        return NULL;
    }
    if (policy->audit && policy->audit->deinit) {
        policy->audit->deinit(policy->audit_state);
    }
    if (policy->allow && policy->allow->deinit) {
        policy->allow->deinit(policy->allow_state);
    }
    mc_memory_free(policy->audit_state);
    mc_memory_free(policy->allow_state);
    return mc_memory_free(policy);
}

int mc_policy_allow(struct mc_policy *policy, const struct mc_request *request,
                    const struct mc_rpc *rpc, struct mc_error *error)
{
    return policy->allow->allow(policy->allow_state, request, rpc, error);
}

int mc_policy_audit(struct mc_policy *policy, const struct mc_request *request,
                    const struct mc_rpc *rpc, struct mc_error *error)
{
    return policy->audit->audit(policy->audit_state, request, rpc, error);
}

void mc_policy_connected(struct mc_policy *policy)
{
    if (policy->audit->connected) {
        policy->audit->connected(policy->audit_state);
    }
}

int mc_policy_reopen(struct mc_policy *policy, struct mc_error *error)
{
    return policy->audit->reopen ? policy->audit->reopen(policy->audit_state, error)
                                 : 0;
}
