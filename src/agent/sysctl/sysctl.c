/* The sysctl agent: reads kernel parameters, and writes those that the configuration of
 * the node allows (none without it). Reading or writing one is a call of the system that
 * does not wait. */
#include "agent/agent.h"

#include "host/sysctl/sysctl.h"
#include <string.h>

extern const struct mc_agent_ops mc_agent_sysctl;

struct agent
{
    const char *folder;
    const char *allow; /* names, separated by commas or blanks; "a.*" for all below a */
};

/* Whether a word of the list means a name: the same, or "a.*" and it begins with "a.". */
static bool means(struct mc_bytes word, const char *name)
{
    size_t len = strlen(name);

    if (word.len >= 3 && memcmp(word.data + word.len - 2, ".*", 2) == 0) {
        return len >= word.len && memcmp(name, word.data, word.len - 1) == 0;
    }
    return len == word.len && memcmp(name, word.data, len) == 0;
}

static bool allowed(const struct agent *agent, const char *name)
{
    const char *rest = agent->allow;

    while (*rest) {
        size_t len = strcspn(rest, ", \t");
        if (len && means(mc_bytes_make(rest, len), name)) {
            return true;
        }
        rest += len + (rest[len] != '\0');
    }
    return false;
}

/* Read the parameter into an output. Returns whether that went well; else the call has
 * its failure. */
static bool tell(const struct agent *agent, struct mc_agent_call *call,
                 const char *name, const char *output)
{
    struct mc_error error = {""};
    const char *value = NULL;
    int r = mc_sysctl_get(agent->folder, name, mc_agent_arena(call), &value, &error);

    if (r != 0) {
        mc_agent_fail(call,
                      mc_sysctl_name_valid(name) ? MC_STATUS_ABORTED
                                                 : MC_STATUS_INVALID_DATA,
                      "%s", error.text);
        return false;
    }
    mc_agent_set_text(call, output, value);
    return true;
}

static void get(void *state, struct mc_agent_call *call)
{
    const char *name = mc_agent_input_text(call, "name", "");

    mc_agent_set_text(call, "name", name);
    (void)tell(state, call, name, "value");
    mc_agent_finish(call);
}

static void change(const struct agent *agent, struct mc_agent_call *call,
                   const char *name)
{
    const char *value = mc_agent_input_text(call, "value", "");
    struct mc_error error = {""};

    if (!tell(agent, call, name, "previous")) {
        return;
    }
    if (!allowed(agent, name)) {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "'%s' may not be set here: plugin.sysctl.allow does not name it",
                      name);
    } else if (mc_sysctl_set(agent->folder, name, value, mc_agent_arena(call),
                             &error) != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "%s", error.text);
    }
    /* What the kernel made of it, also when it did not take it. */
    struct mc_arena *arena = mc_agent_arena(call);
    const char *now = NULL;
    if (mc_sysctl_get(agent->folder, name, arena, &now, &error) == 0) {
        mc_agent_set_text(call, "value", now);
    }
}

static void set(void *state, struct mc_agent_call *call)
{
    const char *name = mc_agent_input_text(call, "name", "");

    mc_agent_set_text(call, "name", name);
    change(state, call, name);
    mc_agent_finish(call);
}

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct agent *agent = state;
    const struct mc_config *config = host->ops->config(host->node);

    (void)error;
    agent->allow = mc_config_plugin(config, "sysctl.allow", "");
    agent->folder = mc_config_plugin(config, "sysctl.folder", MC_SYSCTL_FOLDER);
    return 0;
}

static const struct mc_agent_action actions[] = {
    {"get", get},
    {"set", set},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_sysctl = {
    .abi = MC_AGENT_ABI,
    .name = "sysctl",
    .state_size = sizeof(struct agent),
    .init = init,
    .actions = actions,
};
