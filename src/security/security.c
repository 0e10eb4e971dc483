/* Finding the provider that a configuration names, and calling it.
 *
 * The state of a provider may hold secrets: it is wiped before it is given back. */
#include "security/security.h"

#include "base/buffer.h"
#include "base/memory.h"
#include <errno.h>
#include <strings.h>

struct mc_security
{
    const struct mc_security_ops *ops;
    void *state;
};

/* All provider names, for the one who mistyped his. */
#define NAMES_BYTES_MAX 256

static const struct mc_security_ops *find(const char *name)
{
    for (size_t i = 0; mc_security_providers[i]; i++) {
        const struct mc_security_ops *ops = mc_security_providers[i];
        if (strcasecmp(ops->name, name) == 0 && ops->abi == MC_SECURITY_ABI) {
            return ops;
        }
    }
    return NULL;
}

static void unknown(const char *name, struct mc_error *error)
{
    struct mc_buffer names;

    mc_buffer_init(&names, NAMES_BYTES_MAX);
    for (size_t i = 0; mc_security_providers[i]; i++) {
        mc_buffer_printf(&names, "%s%s", i ? ", " : "", mc_security_providers[i]->name);
    }
    mc_buffer_byte(&names, 0);
    mc_error_set(error, "securityprovider = %s: no such provider, there are: %s", name,
                 mc_buffer_failed(&names) ? "?"
                                          : (const char *)mc_buffer_bytes(&names).data);
    mc_buffer_deinit(&names);
}

int mc_security_open(const struct mc_config *config, enum mc_role role,
                     struct mc_security **ret_security, struct mc_error *error)
{
    const char *name = mc_config_text(config, "securityprovider");
    const struct mc_security_ops *ops = find(name ? name : "");

    if (!ops) {
        unknown(name ? name : "", error);
        return -EINVAL;
    }
    struct mc_security *security = mc_memory_new(sizeof(*security));
    if (!security) {
        return -ENOMEM;
    }
    security->ops = ops;
    security->state = mc_memory_new(ops->state_size ? ops->state_size : 1);
    int r = security->state ? ops->init(security->state, config, role, error) : -ENOMEM;
    if (r) {
        mc_security_free(security);
        return r;
    }
    *ret_security = security;
    return 0;
}

struct mc_security *mc_security_free(struct mc_security *security)
{
    if (!security) {
        return NULL;
    }
    if (security->state) {
        security->ops->deinit(security->state);
        mc_memory_wipe(security->state, security->ops->state_size);
        mc_memory_free(security->state);
    }
    return mc_memory_free(security);
}

const char *mc_security_caller(const struct mc_security *security)
{
    return security->ops->caller(security->state);
}

const char *mc_security_name(const struct mc_security *security)
{
    return security->ops->name;
}

int mc_security_open_request(struct mc_security *security, struct mc_bytes in,
                             struct mc_arena *arena, struct mc_request **ret_request,
                             struct mc_error *error)
{
    return security->ops->open_request(security->state, in, arena, ret_request, error);
}

/* What every provider refuses to seal: a request that no node would open. */
static bool can_seal(const char *sender, const char *id, const char *agent,
                     struct mc_error *error)
{
    if (mc_identity_valid(sender) && id && *id && agent && *agent) {
        return true;
    }
    mc_error_set(error, "a message needs a sender, a request id and an agent");
    return false;
}

static bool caller_ok(const char *caller, struct mc_error *error)
{
    if (mc_caller_valid(caller)) {
        return true;
    }
    mc_error_set(error, "the callerid '%s' is malformed", caller ? caller : "");
    return false;
}

int mc_security_seal_request(struct mc_security *security,
                             const struct mc_request *request, struct mc_arena *arena,
                             struct mc_bytes *ret_bytes, struct mc_error *error)
{
    if (!can_seal(request->sender, request->id, request->agent, error) ||
        !caller_ok(request->caller, error)) {
        return -EINVAL;
    }
    return security->ops->seal_request(security->state, request, arena, ret_bytes,
                                       error);
}

int mc_security_open_reply(struct mc_security *security, struct mc_bytes in,
                           const char *expected_id, struct mc_arena *arena,
                           struct mc_reply **ret_reply, struct mc_error *error)
{
    return security->ops->open_reply(security->state, in, expected_id, arena, ret_reply,
                                     error);
}

int mc_security_seal_reply(struct mc_security *security, const struct mc_reply *reply,
                           const struct mc_request *request, struct mc_arena *arena,
                           struct mc_bytes *ret_bytes, struct mc_error *error)
{
    if (!can_seal(reply->sender, reply->id, reply->agent, error) ||
        !caller_ok(request->caller, error)) {
        return -EINVAL;
    }
    return security->ops->seal_reply(security->state, reply, request, arena, ret_bytes,
                                     error);
}
