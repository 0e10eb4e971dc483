/* controller: what signals do, by a request (spec commands.md 1.19).
 *
 * The original answers such requests below its agents, where no rule and no audit sees
 * them. Here they are actions of an agent that runs only where
 * plugin.controller.activate_agent says so; and to end a node needs
 * plugin.controller.allow_exit besides. */
#include "agent/agent.h"

#include <errno.h>
#include <string.h>

extern const struct mc_agent_ops mc_agent_controller;

struct controller
{
    bool allow_exit;
};

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct controller *controller = state;

    return mc_config_plugin_bool(host->ops->config(host->node), "controller.allow_exit",
                                 false, &controller->allow_exit, error);
}

static void stats(void *state, struct mc_agent_call *call)
{
    const struct mc_agent_host *host = mc_agent_call_host(call);
    const struct mc_node_stats *counted = host->ops->stats(host->node);
    const struct
    {
        const char *output;
        uint64_t number;
    } numbers[] = {
        {"total", counted->total},           {"replies", counted->replies},
        {"validated", counted->validated},   {"unvalidated", counted->unvalidated},
        {"filtered", counted->filtered},     {"passed", counted->passed},
        {"ttlexpired", counted->ttlexpired}, {"replayed", counted->replayed},
        {"dropped", counted->dropped},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(numbers); i++) {
        mc_agent_set_int(call, numbers[i].output, (int64_t)numbers[i].number);
    }
    mc_agent_finish(call);
}

/* This call goes on with the agents that are there now, which a reload lets finish.
 * Returns whether it was done; if not, the call has its failure. */
static bool reload(struct mc_agent_call *call)
{
    const struct mc_agent_host *host = mc_agent_call_host(call);
    int r = host->ops->reload(host->node);

    if (r != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "The agents could not be loaded again: %s",
                      r == -ENOTSUP ? "this node cannot do that" : strerror(-r));
    }
    return r == 0;
}

static void reload_agents(void *state, struct mc_agent_call *call)
{
    (void)state;
    if (reload(call)) {
        mc_agent_set_text(call, "output", "reloaded all agents");
    }
    mc_agent_finish(call);
}

static bool is_loaded(const struct mc_agent_call *call, const char *wanted)
{
    const struct mc_agent_host *host = mc_agent_call_host(call);
    const char *name = NULL;

    for (size_t i = 0; (name = host->ops->agent(host->node, i, NULL)); i++) {
        if (strcmp(name, wanted) == 0) {
            return true;
        }
    }
    return false;
}

/* Agents share what was read of their descriptions, so all are loaded. */
static void reload_agent(void *state, struct mc_agent_call *call)
{
    const char *name = mc_agent_input_text(call, "agent", "");

    (void)state;
    if (!reload(call)) {
        mc_agent_finish(call);
        return;
    }
    if (is_loaded(call, name)) {
        mc_agent_set(call, "output",
                     mc_value_format(mc_agent_arena(call), "reloaded %s agent", name));
    } else {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "there is no agent %s here, or it could not be loaded: see the "
                      "log of the node",
                      name);
    }
    mc_agent_finish(call);
}

static void end(void *state, struct mc_agent_call *call)
{
    const struct controller *controller = state;
    const struct mc_agent_host *host = mc_agent_call_host(call);

    if (!controller->allow_exit) {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "this node does not end on request: plugin.controller.allow_exit "
                      "is not set");
    } else if (host->ops->stop(host->node) != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "this node cannot be ended on request");
    } else {
        mc_agent_set_text(call, "output", "exiting after request to controller");
    }
    mc_agent_finish(call);
}

static const struct mc_agent_action actions[] = {
    {"stats", stats},
    {"reload_agents", reload_agents},
    {"reload_agent", reload_agent},
    {"exit", end},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_controller = {
    .abi = MC_AGENT_ABI,
    .name = "controller",
    .optional = true,
    .state_size = sizeof(struct controller),
    .init = init,
    .actions = actions,
};
