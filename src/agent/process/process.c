/* The process agent: the processes of the node (spec commands.md 1.15, 2.6; row 12).
 *
 * A walk over all processes is cut in slices of some milliseconds: between two of them
 * the loop serves others. What the reply may hold is limited in processes and, by
 * host/process, in bytes of each command. */
#include "agent/agent.h"

#include "base/clock.h"
#include "base/regexp.h"
#include "host/process/process.h"
#include <errno.h>
#include <string.h>

extern const struct mc_agent_ops mc_agent_process;

/* How long the walk goes on before others have a turn. */
#define SLICE_US 5000
#define PROCESSES_MAX 5000

struct job
{
    struct mc_agent_call *call;
    struct mc_timer *turn;
    struct mc_processes *processes;
    struct mc_regexp *regexp;
    const char *user; /* only of this one, or NULL */
    bool zombies;     /* only these */
    struct mc_value *list;
};

static void release(void *user)
{
    struct job *job = user;

    job->turn = mc_timer_free(job->turn);
    job->processes = mc_processes_free(job->processes);
    job->regexp = mc_regexp_free(job->regexp);
}

static void finish(struct job *job)
{
    struct mc_agent_call *call = job->call;

    release(job);
    mc_agent_finish(call);
}

/* One entry as the clients of the original read it: rss in KB, which they multiply by
 * 1024, vsize in bytes. */
static struct mc_value *entry(struct mc_arena *arena, const struct mc_process *process)
{
    struct mc_value *hash = mc_value_hash(arena);
    const struct
    {
        const char *key;
        struct mc_value *value;
    } rows[] = {
        {"pid", mc_value_int(arena, process->pid)},
        {"ppid", mc_value_int(arena, process->ppid)},
        {"uid", mc_value_int(arena, process->uid)},
        {"gid", mc_value_int(arena, process->gid)},
        {"username", mc_value_text(arena, process->user)},
        {"comm", mc_value_text(arena, process->name)},
        {"cmdline", mc_value_string(arena, process->command)},
        {"state", mc_value_string(arena, mc_bytes_make(&process->state, 1))},
        {"vsize", mc_value_int(arena, process->vsize_bytes)},
        {"rss", mc_value_int(arena, process->rss_kb)},
        {"tty_nr", mc_value_int(arena, process->tty)},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        if (mc_value_set_symbol(arena, hash, rows[i].key, rows[i].value) != 0) {
            return NULL;
        }
    }
    return hash;
}

/* Whether a process is wanted. Returns 0; MC_REGEXP_NO_MATCH; MC_REGEXP_EFFORT; -ENOMEM. */
static int wanted(const struct job *job, const struct mc_process *process)
{
    if ((job->zombies && process->state != 'Z') ||
        (job->user && strcmp(process->user, job->user) != 0)) {
        return MC_REGEXP_NO_MATCH;
    }
    return mc_regexp_search(job->regexp, process->command, 0, NULL);
}

/* Take one process. Returns whether the walk goes on; else the call has its outcome. */
static bool take(struct job *job, const struct mc_process *process)
{
    struct mc_arena *arena = mc_agent_arena(job->call);
    int r = wanted(job, process);

    if (r == MC_REGEXP_NO_MATCH) {
        return true;
    }
    if (r == MC_REGEXP_EFFORT) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED,
                      "the pattern takes too much effort");
    } else if (r == 0 && mc_value_count(job->list) >= PROCESSES_MAX) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED,
                      "more than %d processes fit; give a narrower pattern",
                      PROCESSES_MAX);
    } else if (r != 0 || mc_value_push(arena, job->list, entry(arena, process)) != 0) {
        mc_agent_fail(job->call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
    } else {
        return true;
    }
    return false;
}

static void slice(void *user)
{
    struct job *job = user;
    int64_t end_us = mc_clock_monotonic_us() + SLICE_US;
    struct mc_process process;

    while (mc_processes_next(job->processes, &process) == 0) {
        if (!take(job, &process)) {
            finish(job);
            return;
        }
        if (mc_clock_monotonic_us() >= end_us) {
            mc_timer_start(job->turn, 0);
            return;
        }
    }
    mc_agent_set(job->call, "pslist", job->list);
    finish(job);
}

/* What the walk needs. Returns whether all is there; else the call has its failure. */
static bool prepare(struct job *job)
{
    const struct mc_agent_host *host = mc_agent_call_host(job->call);
    const char *pattern = mc_agent_input_text(job->call, "pattern", ".");
    struct mc_error error = {"not enough memory"};

    int r =
        mc_regexp_new(mc_bytes_text(*pattern ? pattern : "."), 0, &job->regexp, &error);
    if (r == MC_REGEXP_INVALID) {
        mc_agent_fail(job->call, MC_STATUS_INVALID_DATA, "'%s' is no pattern: %s",
                      pattern, error.text);
        return false;
    }
    r = r ? r : mc_processes_new(&job->processes, &error);
    job->turn = mc_timer_new(host->ops->loop(host->node), slice, job);
    job->list = mc_value_array(mc_agent_arena(job->call));
    if (r != 0 || !job->turn || !job->list) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s", error.text);
        return false;
    }
    return true;
}

static void list(void *state, struct mc_agent_call *call)
{
    struct job *job = mc_arena_alloc(mc_agent_arena(call), sizeof(*job));
    const struct mc_value *zombies = mc_agent_input(call, "just_zombies");
    const char *user = mc_agent_input_text(call, "user", NULL);

    (void)state;
    if (!job) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
        mc_agent_finish(call);
        return;
    }
    *job = (struct job){
        .call = call,
        .user = user && *user ? user : NULL,
        .zombies = mc_value_is(zombies, MC_BOOL) && zombies->boolean,
    };
    if (!prepare(job)) {
        finish(job);
        return;
    }
    mc_agent_on_abort(call, release, job);
    mc_timer_start(job->turn, 0);
}

static const struct mc_agent_action actions[] = {
    {"list", list},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_process = {
    .abi = MC_AGENT_ABI,
    .name = "process",
    .actions = actions,
};
