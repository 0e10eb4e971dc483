/* Finding the providers that a configuration names, and calling them.
 *
 * Without rpcauthorization everything is allowed, and without rpcaudit nothing is
 * recorded, as in the original: the provider none does both. An agent may have a provider
 * of its own, plugin.AGENT.rpcauthprovider, which replaces the one for all. */
#include "policy/policy.h"

#include "base/buffer.h"
#include "base/memory.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Who decides. */
struct judge
{
    const struct mc_policy_allow_ops *ops;
    void *state;
};

/* Who decides about one agent in place of the one for all. */
struct own
{
    struct own *next;
    struct judge judge;
    char agent[];
};

struct mc_policy
{
    struct mc_policy_host host;
    struct judge judge;
    struct own *own;
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
/* How the setting ends by which an agent names its own provider. */
#define OWN_PROVIDER ".rpcauthprovider"

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

/* The names of all providers for a use, for the one who mistyped his. */
static const char *names_of(enum use use, char ret_names[NAMES_BYTES_MAX])
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
    (void)snprintf(
        ret_names, NAMES_BYTES_MAX, "%s",
        mc_buffer_failed(&names) ? "?" : (const char *)mc_buffer_bytes(&names).data);
    mc_buffer_deinit(&names);
    return ret_names;
}

/* The provider that two settings ask for: switched off, or by name. */
static int chosen(const struct mc_config *config, enum use use,
                  const struct mc_policy_ops **ret_ops, struct mc_error *error)
{
    const char *name = "none";
    char names[NAMES_BYTES_MAX];

    if (mc_config_bool(config, settings[use].wanted)) {
        name = mc_config_text(config, settings[use].provider);
    }
    *ret_ops = find(name ? name : "", use);
    if (!*ret_ops) {
        mc_error_set(
            error,
            "%s: %s is switched on, but there is no provider '%s' for %s (there "
            "are: %s)",
            mc_config_path(config), settings[use].wanted, name ? name : "",
            settings[use].provider, names_of(use, names));
        return -EINVAL;
    }
    return 0;
}

static void *state_new(size_t size)
{
    return mc_memory_new(size ? size : 1);
}

/* A provider that decides, with its state. Returns 0; -EINVAL with error; -errno. */
static int open_judge(const struct mc_policy *policy, const struct mc_config *config,
                      const struct mc_policy_allow_ops *ops, struct judge *ret_judge,
                      struct mc_error *error)
{
    ret_judge->state = state_new(ops->state_size);
    if (!ret_judge->state) {
        return -ENOMEM;
    }
    ret_judge->ops = ops;
    return ops->init ? ops->init(ret_judge->state, config, &policy->host, error) : 0;
}

static void close_judge(struct judge *judge)
{
    if (judge->ops && judge->ops->deinit) {
        judge->ops->deinit(judge->state);
    }
    judge->state = mc_memory_free(judge->state);
}

static int open_allow(struct mc_policy *policy, const struct mc_config *config,
                      struct mc_error *error)
{
    const struct mc_policy_ops *ops = NULL;
    int r = chosen(config, USE_ALLOW, &ops, error);

    return r ? r : open_judge(policy, config, ops->allow, &policy->judge, error);
}

/* The agent that plugin.AGENT.rpcauthprovider names, in key. Returns its length, 0 for
 * another key. */
static size_t agent_of(const char *key)
{
    const char *end = strrchr(key, '.');

    return end && strcmp(end, OWN_PROVIDER) == 0 ? (size_t)(end - key) : 0;
}

/* One agent's own provider; it counts whether or not rpcauthorization is on, as in the
 * original (collective.md 4.7). */
static int open_own(struct mc_policy *policy, const struct mc_config *config,
                    const char *key, const char *name, struct mc_error *error)
{
    const struct mc_policy_ops *ops = find(name, USE_ALLOW);
    size_t len = agent_of(key);
    char names[NAMES_BYTES_MAX];

    if (!ops) {
        mc_error_set(error,
                     "%s: plugin.%s = %s: there is no such provider (there are: %s)",
                     mc_config_path(config), key, name, names_of(USE_ALLOW, names));
        return -EINVAL;
    }
    struct own *own = mc_memory_new(sizeof(*own) + len + 1);
    if (!own) {
        return -ENOMEM;
    }
    memcpy(own->agent, key, len);
    own->next = policy->own;
    policy->own = own;
    return open_judge(policy, config, ops->allow, &own->judge, error);
}

static int open_owns(struct mc_policy *policy, const struct mc_config *config,
                     struct mc_error *error)
{
    const char *key = NULL;
    const char *name = NULL;
    int r = 0;

    for (size_t i = 0; r == 0 && (key = mc_config_plugin_key(config, i, &name)); i++) {
        r = agent_of(key) ? open_own(policy, config, key, name, error) : 0;
    }
    return r;
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
        r = open_owns(policy, config, error);
    }
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
    close_judge(&policy->judge);
    while (policy->own) {
        struct own *gone = policy->own;
        policy->own = gone->next;
        close_judge(&gone->judge);
        mc_memory_free(gone);
    }
    mc_memory_free(policy->audit_state);
    return mc_memory_free(policy);
}

int mc_policy_allow(struct mc_policy *policy, const struct mc_request *request,
                    const struct mc_rpc *rpc, struct mc_error *error)
{
    const struct judge *judge = &policy->judge;

    for (const struct own *own = policy->own; own; own = own->next) {
        if (strcmp(own->agent, request->agent) == 0) {
            judge = &own->judge;
            break;
        }
    }
    return judge->ops->allow(judge->state, request, rpc, error);
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
