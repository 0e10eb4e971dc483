/* One call of an external agent.
 *
 * A call that is aborted (time over, node stopping) loses its process group at once and
 * its folder with it; the framework tells the caller. All else ends in ended(), which
 * reads the reply, and finishes the call exactly once. */
#include "agent/external/external-private.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* The framework's limit ends a call; the child's own comes later, as a second guard. */
#define LATER_MS 2000

struct run
{
    struct mc_external__job job;
    struct mc_agent_call *call;
    struct mc_child *child;
    const char *command; /* as its author wrote it, for messages */
};

static const char *command_of(const struct mc_external__agent *agent,
                              const char *action)
{
    for (size_t i = 0; i < agent->commands_count; i++) {
        if (strcmp(agent->commands[i].action, action) == 0) {
            return agent->commands[i].command;
        }
    }
    return agent->ops.name;
}

static void refuse(struct run *run, const struct mc_error *reason)
{
    const struct mc_external__agent *agent = run->job.agent;
    const char *text =
        mc_arena_printf(run->job.arena, "Cannot run %s#%s command: %s: %s",
                        agent->ops.name, run->job.action, run->command, reason->text);

    mc_agent_fail_text(run->call, MC_STATUS_ABORTED, text);
    mc_agent_finish(run->call);
}

/* What a program that failed says about it, without the line end behind. */
static const char *complaint(struct mc_arena *arena,
                             const struct mc_child_result *result)
{
    const char *text = mc_arena_text(arena, mc_bytes_trim(result->errors));

    return text && *text ? text : "it said nothing on standard error";
}

static void set_data(struct run *run, const struct mc_value *data)
{
    for (size_t i = 0; i < mc_value_count(data); i++) {
        const struct mc_pair *pair = &data->hash.pairs[i];
        mc_agent_set(run->call, mc_value_cstr(pair->key), pair->value);
    }
}

static void note_bad_reply(const struct run *run, const struct mc_error *reason)
{
    const struct mc_field fields[] = {
        MC_FIELD_STR("agent", run->job.agent->ops.name),
        MC_FIELD_STR("action", run->job.action),
        MC_FIELD_STR("reason", reason->text),
    };

    mc_event_emit(run->job.agent->spec->sink, MC_EVENT_external_reply, fields,
                  MC_COUNT(fields));
}

static void fail(struct run *run, int64_t status, const char *text)
{
    mc_agent_fail_text(run->call, status, text);
}

/* Choria: the exit code must be 0, then the reply tells everything. */
static void take_choria(struct run *run, const struct mc_child_result *result, int r,
                        const struct mc_external__reply *reply,
                        const struct mc_error *reason)
{
    struct mc_arena *arena = run->job.arena;
    const char *action = run->job.action;

    if (result->code != 0) {
        fail(run, MC_STATUS_ABORTED,
             mc_arena_printf(
                 arena, "Could not call external agent %s#%s: exit status %d: %s",
                 run->command, action, result->code, complaint(arena, result)));
    } else if (r != 0) {
        fail(run, MC_STATUS_ABORTED,
             mc_arena_printf(arena, "Could not call external agent %s#%s: %s",
                             run->command, action, reason->text));
    } else {
        set_data(run, reply->data);
        if (reply->status != MC_STATUS_OK) {
            fail(run, reply->status,
                 reply->message && *reply->message ? reply->message
                                                   : "the agent gave no reason");
        }
    }
}

/* MCollective: what is no JSON counts as no data, and the exit code is the status
 * (spec collective.md 4.4, corner case 72). What is no file at all is foul play. */
static void take_declared(struct run *run, const struct mc_child_result *result, int r,
                          const struct mc_external__reply *reply,
                          const struct mc_error *reason)
{
    struct mc_arena *arena = run->job.arena;

    if (r == 0) {
        set_data(run, reply->data);
    }
    if (result->code != 0) {
        fail(run, result->code,
             mc_arena_printf(arena, "Failed to run %s: %s", run->command,
                             complaint(arena, result)));
    } else if (r < 0) {
        fail(run, MC_STATUS_ABORTED,
             mc_arena_printf(arena, "Did not receive data from %s: %s", run->command,
                             reason->text));
    }
}

/* Ruby: our own program tells everything, unless the agent has killed it. */
static void take_ruby(struct run *run, const struct mc_child_result *result, int r,
                      const struct mc_external__reply *reply,
                      const struct mc_error *reason)
{
    struct mc_arena *arena = run->job.arena;

    if (result->code != 0) {
        fail(run, MC_STATUS_UNKNOWN_ERROR,
             mc_arena_printf(arena, "The Ruby of %s#%s ended with exit status %d: %s",
                             run->command, run->job.action, result->code,
                             complaint(arena, result)));
    } else if (r != 0) {
        fail(run, MC_STATUS_UNKNOWN_ERROR, reason->text);
    } else {
        set_data(run, reply->data);
        fail(run, reply->status, reply->message);
    }
}

/* Read and judge the reply file.
 * Returns 0; MC_EXTERNAL__BAD for its content; <0 for a file that is none. */
static int read_reply(struct run *run, struct mc_external__reply *ret_reply,
                      struct mc_error *error)
{
    struct mc_bytes text = {NULL, 0};
    const struct mc_external__agent *agent = run->job.agent;
    int r = mc_scratch_read(run->job.scratch, mc_external__reply_file(agent),
                            MC_EXTERNAL_REPLY_BYTES_MAX, run->job.arena, &text, error);

    if (r == -ENOENT) {
        return MC_EXTERNAL__BAD;
    }
    if (r == 0 && agent->kind == MC_EXTERNAL__RUBY) {
        return mc_external__read_ruby(text, run->job.arena, ret_reply, error);
    }
    return r ? r
             : mc_external__read_reply(agent->kind, text, run->job.arena, ret_reply,
                                       error);
}

typedef void take_fn(struct run *run, const struct mc_child_result *result, int r,
                     const struct mc_external__reply *reply,
                     const struct mc_error *reason);

static take_fn *const takers[] = {
    [MC_EXTERNAL__CHORIA] = take_choria,
    [MC_EXTERNAL__DECLARED] = take_declared,
    [MC_EXTERNAL__RUBY] = take_ruby,
};

static void ended(void *user, const struct mc_child_result *result)
{
    struct run *run = user;
    struct mc_external__reply reply = {0};
    struct mc_error reason = {""};

    run->child = NULL;
    mc_external__log_output(&run->job, result);
    if (mc_external__ended_badly(result, &reason)) {
        mc_external__clean(&run->job);
        refuse(run, &reason);
        return;
    }
    int r = read_reply(run, &reply, &reason);
    mc_external__clean(&run->job);
    if (r != 0 && result->code == 0) {
        note_bad_reply(run, &reason);
    }
    takers[run->job.agent->kind](run, result, r, &reply, &reason);
    mc_agent_finish(run->call);
}

static void aborted(void *user)
{
    struct run *run = user;

    run->child = mc_child_kill(run->child);
    mc_external__clean(&run->job);
}

/* Find the program anew for each call: scripts are replaced without a reload. */
static int find_program(struct run *run, struct mc_error *error)
{
    const struct mc_external__agent *agent = run->job.agent;

    if (agent->kind == MC_EXTERNAL__CHORIA) {
        run->job.program = agent->program;
        run->job.protocol = MC_EXTERNAL__REQUEST_PROTOCOL;
    } else if (agent->kind == MC_EXTERNAL__RUBY) {
        run->job.program = agent->program;
        run->job.script = agent->script;
        int r = mc_external__trust(agent->script, error);
        r = r ? r : mc_external__trust(agent->file, error);
        if (r != 0) {
            return r;
        }
    } else {
        int r =
            mc_external__find_command(agent->spec->folders, agent->ops.name,
                                      run->command, run->job.arena, &run->job.program);
        if (r != 0) {
            mc_error_set(error, r == -ENOENT ? "there is no such program"
                                             : "not enough memory");
            return r;
        }
    }
    return mc_external__trust(run->job.program, error);
}

static int make_request(struct run *run, struct mc_error *error)
{
    const struct mc_external__agent *agent = run->job.agent;

    return agent->kind == MC_EXTERNAL__RUBY
               ? mc_external__make_ruby(agent, run->call, run->job.arena,
                                        &run->job.request, error)
               : mc_external__make_request(agent->kind, run->call, run->job.arena,
                                           &run->job.request, error);
}

static void begin(struct run *run)
{
    const struct mc_agent_host *host = mc_agent_call_host(run->call);
    struct mc_error reason = {"not enough memory"};
    int r = find_program(run, &reason);

    if (r == 0) {
        r = make_request(run, &reason);
    }
    if (r == 0) {
        r = mc_external__start(&run->job, host->ops->loop(host->node), ended, run,
                               &run->child, &reason);
    }
    if (r != 0) {
        refuse(run, &reason);
        return;
    }
    mc_agent_on_abort(run->call, aborted, run);
}

void mc_external__run(void *state, struct mc_agent_call *call)
{
    const struct mc_external__agent *agent = state;
    struct run *run = mc_arena_alloc(mc_agent_arena(call), sizeof(*run));
    unsigned left_ms = mc_agent_time_left_ms(call);

    if (!run) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
        mc_agent_finish(call);
        return;
    }
    *run = (struct run){
        .job = {.agent = agent,
                .action = mc_agent_action_name(call),
                .timeout_ms =
                    left_ms < UINT_MAX - LATER_MS ? left_ms + LATER_MS : UINT_MAX,
                .arena = mc_agent_arena(call)},
        .call = call,
        .command = command_of(agent, mc_agent_action_name(call)),
    };
    begin(run);
}
