/* The agents of this process and the runner over them.
 *
 * An agent that cannot be loaded is skipped with one event; the others go on. A run that
 * passes its time limit is aborted: its children are ended and the caller is told,
 * where the original stays silent. */
#include "node/runner.h"

#include "agent/external/external.h"
#include "base/memory.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct loaded
{
    const struct mc_agent_ops *ops;
    const struct mc_ddl *ddl;
    void *state;
    bool external; /* the state is not ours */
};

/* One action that is running. */
struct job
{
    struct mc_agents *agents;
    struct job *next;
    struct job *previous;
    struct mc_agent_call *call; /* NULL once it has ended */
    struct mc_timer *timer;
    unsigned timeout_ms;
    bool cancelled;
    bool out_of_time;
    mc_agent_done_fn *done;
    void *user;
};

struct mc_agents
{
    struct mc_agent_host host;
    struct loaded *items;
    size_t count;
    struct mc_externals *externals; /* own the states of theirs */
    struct job *jobs;
    void (*idle)(void *user); /* the last job has ended; may be NULL */
    void *idle_user;
};

static void tell(const struct mc_sink *sink, enum mc_event_id id, const char *name,
                 const char *reason)
{
    const struct mc_field fields[] = {
        MC_FIELD_STR("agent", name),
        MC_FIELD_STR("reason", reason),
    };

    mc_event_emit(sink, id, fields, reason ? MC_COUNT(fields) : 1);
}

static void tell_loaded(const struct mc_sink *sink, const struct loaded *item)
{
    tell(sink, MC_EVENT_agent_loaded, item->ops->name, NULL);
    if (item->ddl && item->ddl->warning) {
        tell(sink, MC_EVENT_agent_doubtful, item->ops->name, item->ddl->warning);
    }
}

/* Whether an agent shall be loaded: plugin.NAME.activate_agent says so, else
 * activate_agents; an optional one needs the former. Those without RPC are part of how a
 * node works and cannot be switched off. Returns 0; 1; -EINVAL with error. */
static int activated(const struct mc_config *config, const struct mc_agent_ops *ops,
                     struct mc_error *error)
{
    if (ops->message && !ops->optional) {
        return 0;
    }
    return mc_agent_activated(
        config, ops->name, !ops->optional && mc_config_bool(config, "activate_agents"),
        error);
}

/* Whether nobody needs to hear that an agent is not here: nobody has asked for it. */
static bool unasked(const struct mc_config *config, const struct mc_agent_ops *ops)
{
    char key[128];

    (void)snprintf(key, sizeof(key), "%s.activate_agent", ops->name);
    return ops->optional && !mc_config_has(config, key);
}

/* Load one agent into the next free place. Returns 0, or the reason in error. */
static int load(struct mc_agents *agents, struct mc_ddl_store *ddls,
                const struct mc_agent_ops *ops, struct mc_error *error)
{
    struct loaded *item = &agents->items[agents->count];
    const struct mc_config *config = agents->host.ops->config(agents->host.node);
    const struct mc_ddl *ddl = NULL;
    int r = activated(config, ops, error);

    if (r == 0 && !ops->message) {
        r = mc_ddl_find(ddls, MC_DDL_AGENT, ops->name, &ddl, error);
    }
    if (r != 0) {
        return r;
    }
    void *state = mc_memory_new(ops->state_size);
    if (!state) {
        return -ENOMEM;
    }
    r = ops->init ? ops->init(state, &agents->host, error) : 0;
    if (r != 0) {
        if (ops->deinit) {
            ops->deinit(state);
        }
        mc_memory_free(state);
        return r;
    }
    *item = (struct loaded){.ops = ops, .ddl = ddl, .state = state};
    agents->count++;
    return 0;
}

/* Programs, behind the built-in agents. */
static int add_externals(struct mc_agents *agents, struct mc_ddl_store *ddls,
                         const char *const *folders, const struct mc_sink *sink)
{
    const struct mc_externals_spec spec = {&agents->host, ddls, folders, sink};
    struct loaded next = {.external = true};

    agents->externals = mc_externals_new(&spec);
    if (!agents->externals) {
        return -ENOMEM;
    }
    for (size_t i = 0;
         (next.ops = mc_externals_item(agents->externals, i, &next.ddl, &next.state));
         i++) {
        agents->items[agents->count++] = next;
        tell_loaded(sink, &next);
    }
    return 0;
}

struct mc_agents *mc_agents_new(const struct mc_agent_host *host,
                                struct mc_ddl_store *ddls, const char *const *folders,
                                const struct mc_sink *sink)
{
    struct mc_agents *agents = mc_memory_new(sizeof(*agents));
    size_t known = 0;

    while (mc_agent_providers[known]) {
        known++;
    }
    struct loaded *items =
        agents ? mc_memory_array(known + MC_EXTERNALS_MAX, sizeof(*items)) : NULL;
    if (!items) {
        return mc_memory_free(agents);
    }
    agents->host = *host;
    agents->items = items;
    for (size_t i = 0; i < known; i++) {
        const struct mc_agent_ops *ops = mc_agent_providers[i];
        struct mc_error error = {"not enough memory"};
        if (ops->abi != MC_AGENT_ABI) {
            mc_error_set(&error, "made for another version");
        } else if (load(agents, ddls, ops, &error) == 0) {
            tell_loaded(sink, &agents->items[agents->count - 1]);
            continue;
        }
        if (!unasked(host->ops->config(host->node), ops)) {
            mc_agent_skipped(sink, ops->name, error.text);
        }
    }
    if (folders && add_externals(agents, ddls, folders, sink) != 0) {
        return mc_agents_free(agents);
    }
    return agents;
}

static void job_unlink(struct job *job)
{
    struct job **place = job->previous ? &job->previous->next : &job->agents->jobs;

    *place = job->next;
    if (job->next) {
        job->next->previous = job->previous;
    }
    job->timer = mc_timer_free(job->timer);
}

struct mc_agents *mc_agents_free(struct mc_agents *agents)
{
    if (!agents) {
        return NULL;
    }
    agents->idle = NULL;
    mc_agents_abort(agents, "The node stopped while the action was running");
    for (size_t i = 0; i < agents->count; i++) {
        struct loaded *item = &agents->items[i];
        if (item->ops->deinit) {
            item->ops->deinit(item->state);
        }
        if (!item->external) {
            mc_memory_free(item->state);
        }
    }
    mc_externals_free(agents->externals);
    mc_memory_free(agents->items);
    return mc_memory_free(agents);
}

void mc_agents_abort(struct mc_agents *agents, const char *message)
{
    while (agents->jobs) {
        mc_agent_abort(agents->jobs->call, MC_STATUS_ABORTED, message);
    }
}

bool mc_agents_busy(const struct mc_agents *agents)
{
    return agents->jobs != NULL;
}

void mc_agents_on_idle(struct mc_agents *agents, void (*fn)(void *user), void *user)
{
    agents->idle = fn;
    agents->idle_user = user;
}

const char *mc_agents_name(const struct mc_agents *agents, size_t index,
                           const struct mc_ddl **ret_ddl)
{
    if (!agents || index >= agents->count) {
        return NULL;
    }
    if (ret_ddl) {
        *ret_ddl = agents->items[index].ddl;
    }
    return agents->items[index].ops->name;
}

static struct loaded *find(const struct mc_agents *agents, const char *name)
{
    for (size_t i = 0; i < agents->count; i++) {
        if (strcmp(agents->items[i].ops->name, name) == 0) {
            return &agents->items[i];
        }
    }
    return NULL;
}

int mc_agents_find(const struct mc_agents *agents, const char *name,
                   const struct mc_ddl **ret_ddl)
{
    const struct loaded *item = find(agents, name);

    if (!item) {
        return -ENOENT;
    }
    *ret_ddl = item->ddl;
    return 0;
}

int mc_agents_message(struct mc_agents *agents, const struct mc_request *request,
                      struct mc_arena *arena, const struct mc_value **ret_payload)
{
    struct loaded *item = find(agents, request->agent);

    if (!item || !item->ops->message) {
        return -ENOENT;
    }
    return item->ops->message(item->state, request, arena, ret_payload);
}

int mc_agents_reopen(struct mc_agents *agents, struct mc_error *error)
{
    int result = 0;

    for (size_t i = 0; i < agents->count; i++) {
        const struct loaded *item = &agents->items[i];
        int r = item->ops->reopen ? item->ops->reopen(item->state) : 0;
        if (r != 0) {
            mc_error_set(error, "agent %s: %s", item->ops->name, strerror(-r));
            result = r;
        }
    }
    return result;
}

static void job_done(void *user, const struct mc_result *result)
{
    struct job *job = user;
    struct mc_agents *agents = job->agents; /* the job goes with its exchange */
    struct mc_result told = *result;

    job_unlink(job);
    if (job->out_of_time) {
        told.outcome = mc_end_name(MC_END_TIMED_OUT);
    }
    if (!job->cancelled) {
        job->done(job->user, &told);
    }
    if (!agents->jobs && agents->idle) {
        agents->idle(agents->idle_user);
    }
}

static void job_timeout(void *user)
{
    struct job *job = user;
    char text[96];

    (void)snprintf(text, sizeof(text), "The action did not finish within %g seconds",
                   job->timeout_ms / 1000.0);
    job->out_of_time = true;
    mc_agent_abort(job->call, MC_STATUS_UNKNOWN_ERROR, text);
}

/* A job that is linked, with its time running; NULL without memory. */
static struct job *job_begin(struct mc_agents *agents, const struct mc_run *run)
{
    struct job *job = mc_arena_alloc(run->arena, sizeof(*job));

    if (!job) {
        return NULL;
    }
    *job = (struct job){
        .agents = agents,
        .next = agents->jobs,
        .done = run->done,
        .user = run->user,
        .timeout_ms = run->timeout_ms,
    };
    job->timer =
        mc_timer_new(agents->host.ops->loop(agents->host.node), job_timeout, job);
    if (!job->timer) {
        return NULL;
    }
    if (agents->jobs) {
        agents->jobs->previous = job;
    }
    agents->jobs = job;
    if (run->timeout_ms) {
        mc_timer_start(job->timer, run->timeout_ms);
    }
    return job;
}

static int run_start(void *state, const struct mc_run *run, void **ret_handle)
{
    struct mc_agents *agents = state;
    const struct loaded *item = find(agents, run->agent);
    struct job *job = item ? job_begin(agents, run) : NULL;

    if (!job) {
        return item ? -ENOMEM : -ENOENT;
    }
    const struct mc_agent_call_spec spec = {
        .ops = item->ops,
        .state = item->state,
        .host = &agents->host,
        .action = run->action,
        .request = run->request,
        .rpc = run->rpc,
        .arena = run->arena,
        .timeout_ms = run->timeout_ms,
        .done = job_done,
        .user = job,
    };
    *ret_handle = job;
    int r = mc_agent_run(&spec, &job->call);
    if (r != 0) {
        job_unlink(job);
    }
    return r;
}

static void run_cancel(void *state, void *handle)
{
    struct job *job = handle;

    (void)state;
    job->cancelled = true;
    mc_agent_abort(job->call, MC_STATUS_ABORTED, "cancelled");
}

static const struct mc_runner_ops runner_ops = {
    .start = run_start,
    .cancel = run_cancel,
};

struct mc_runner mc_agents_runner(struct mc_agents *agents)
{
    return (struct mc_runner){.ops = &runner_ops, .state = agents};
}
