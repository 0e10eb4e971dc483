/* The log of a collective's audit: takes the records that nodes send with the audit
 * provider centralrpclog, and writes each as a line of a file (doc/rfc/0007).
 *
 * It is no RPC agent and never answers, so it needs neither a policy nor an audit of its
 * own. It runs only where plugin.centralrpclog.activate_agent says so. */
#include "agent/agent.h"

#include "policy/record.h"
#include <errno.h>

extern const struct mc_agent_ops mc_agent_centralrpclog;

#define DEFAULT_PATH "/var/log/mcollective-rpcaudit.log"

struct central
{
    struct mc_record *file;
};

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct central *central = state;
    const char *path =
        mc_config_plugin(host->ops->config(host->node),
                         MC_POLICY_CENTRAL_AGENT ".logfile", DEFAULT_PATH);

    if (path[0] != '/') {
        mc_error_set(error, "plugin.centralrpclog.logfile '%s': must begin with /",
                     path);
        return -EINVAL;
    }
    central->file = mc_record_new(path);
    return central->file ? 0 : -ENOMEM;
}

static void deinit(void *state)
{
    struct central *central = state;

    central->file = mc_record_free(central->file);
}

static int take(void *state, const struct mc_request *request, struct mc_arena *arena,
                const struct mc_value **ret_payload)
{
    struct central *central = state;
    struct mc_policy_record record;

    (void)arena;
    *ret_payload = NULL;
    if (mc_policy_record_from_value(request->payload, &record) != 0) {
        return -EBADMSG;
    }
    record.node = request->sender;
    record.by = request->caller;
    return mc_policy_record_write(&record, central->file);
}

static int reopen(void *state)
{
    struct central *central = state;

    return mc_record_reopen(central->file);
}

const struct mc_agent_ops mc_agent_centralrpclog = {
    .abi = MC_AGENT_ABI,
    .name = MC_POLICY_CENTRAL_AGENT,
    .optional = true,
    .state_size = sizeof(struct central),
    .init = init,
    .deinit = deinit,
    .message = take,
    .reopen = reopen,
};
