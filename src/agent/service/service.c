/* The service agent (spec commands.md 1.14, 2.4; row 12).
 *
 * An action is a job of host/service: this file turns inputs into one and its result
 * into outputs. Starting what runs and stopping what does not are successes, as in the
 * first release. */
#include "agent/agent.h"

#include "host/service/service.h"
#include <errno.h>
#include <string.h>

extern const struct mc_agent_ops mc_agent_service;

/* A job ends so long before the call is out of time, so that the caller gets its words. */
#define ENDING_MS 6000
#define JOB_MAX_MS (50 * 1000)

struct agent
{
    const struct mc_agent_host *host;
    struct mc_service_manager manager;
};

struct call
{
    struct mc_agent_call *call;
    struct mc_service_job *job;
};

static const struct
{
    const char *action;
    enum mc_service_verb verb;
} verbs[] = {
    {"status", MC_SERVICE_STATUS}, {"start", MC_SERVICE_START},
    {"stop", MC_SERVICE_STOP},     {"restart", MC_SERVICE_RESTART},
    {"enable", MC_SERVICE_ENABLE}, {"disable", MC_SERVICE_DISABLE},
};

/* Outputs that the manager does not tell stay as the DDL has them. */
static void set_outputs(struct mc_agent_call *call,
                        const struct mc_service_state *state)
{
    const struct
    {
        const char *output;
        const char *text;
    } rows[] = {
        {"status", mc_service_word(state)},
        {"state", state->active},
        {"substate", state->sub},
        {"enabled", state->enabled},
        {"description", state->description},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        if (rows[i].text[0]) {
            mc_agent_set_text(call, rows[i].output, rows[i].text);
        }
    }
    if (state->pid) {
        mc_agent_set_int(call, "pid", state->pid);
    }
}

static void ended(void *user, const struct mc_service_result *result)
{
    struct call *each = user;

    each->job = NULL;
    set_outputs(each->call, &result->state);
    if (result->end != MC_SERVICE_DONE) {
        mc_agent_fail(each->call, MC_STATUS_ABORTED, "%s", result->words);
    }
    mc_agent_finish(each->call);
}

static void aborted(void *user)
{
    struct call *each = user;

    each->job = mc_service_cancel(each->job);
}

static unsigned time_for(const struct mc_agent_call *call)
{
    unsigned left_ms = mc_agent_time_left_ms(call);

    left_ms = left_ms > 2 * ENDING_MS ? left_ms - ENDING_MS : left_ms / 2 + 1;
    return left_ms < JOB_MAX_MS ? left_ms : JOB_MAX_MS;
}

static enum mc_service_verb verb_of(const struct mc_agent_call *call)
{
    const char *action = mc_agent_action_name(call);

    for (size_t i = 1; i < MC_COUNT(verbs); i++) {
        if (strcmp(verbs[i].action, action) == 0) {
            return verbs[i].verb;
        }
    }
    return MC_SERVICE_STATUS;
}

static void begin(void *state, struct mc_agent_call *call)
{
    const struct agent *agent = state;
    const char *name = mc_agent_input_text(call, "service", "");
    struct call *each = mc_arena_alloc(mc_agent_arena(call), sizeof(*each));
    const struct mc_service_spec spec = {
        .manager = agent->manager,
        .verb = verb_of(call),
        .name = name,
        .timeout_ms = time_for(call),
    };

    if (!mc_service_name_valid(name)) {
        mc_agent_fail(call, MC_STATUS_INVALID_DATA,
                      "'%.90s' cannot be the name of a service", name);
        mc_agent_finish(call);
        return;
    }
    if (each) {
        *each = (struct call){.call = call};
        /* Before the job begins: its end comes later, from the loop. */
        mc_agent_on_abort(call, aborted, each);
    }
    if (!each || mc_service_begin(agent->host->ops->loop(agent->host->node), &spec,
                                  ended, each, &each->job) != 0) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
        mc_agent_finish(call);
    }
}

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct agent *agent = state;

    (void)error;
    agent->host = host;
    agent->manager = mc_service_choose(host->ops->config(host->node));
    return 0;
}

static const struct mc_agent_action actions[] = {
    {"status", begin}, {"start", begin},   {"stop", begin}, {"restart", begin},
    {"enable", begin}, {"disable", begin}, {NULL, NULL},
};

const struct mc_agent_ops mc_agent_service = {
    .abi = MC_AGENT_ABI,
    .name = "service",
    .state_size = sizeof(struct agent),
    .init = init,
    .actions = actions,
};
