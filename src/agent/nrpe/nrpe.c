/* The nrpe agent: the checks that the files of NRPE define (spec commands.md 2.2; rows
 * 11, 14 and 20 of its section 6).
 *
 * Each check is a shell's child in a process group of its own. When its time is over the
 * group is killed at once, as the daemon of NRPE does it, so that an answer goes out
 * before the call itself is out of time. The files are read at the first request and
 * again when they were changed; what cannot be used in them is an event, once. */
#include "agent/agent.h"

#include "agent/package/line.h"
#include "host/nrpe/nrpe.h"
#include <errno.h>
#include <string.h>

extern const struct mc_agent_ops mc_agent_nrpe;

/* What is left of the time of a call for its answer. */
#define ANSWER_MS 500
/* Checks that run at the same time, without max_commands; of runallcommands. */
#define TOGETHER_MAX 200
#define ALL_TOGETHER 8

struct agent
{
    const struct mc_agent_host *host;
    struct mc_nrpe *nrpe; /* NULL before the first request */
    struct mc_package_line line;
    struct mc_package_line line_of_all;
};

struct check;
typedef void done_fn(struct check *check, const struct mc_nrpe_result *result);

/* One check of a call. */
struct check
{
    struct agent *agent;
    struct mc_agent_call *call;
    const char *name;
    const char *line;
    unsigned limit_ms; /* what it was given */
    struct mc_package_ticket ticket;
    struct mc_child *child;
    struct mc_timer *limit;
    done_fn *done;
    struct all *all; /* of runallcommands */
};

/* All checks of a call. */
struct all
{
    struct mc_agent_call *call;
    struct check *checks;
    size_t count;
    size_t left;
    bool over; /* begin nothing more */
    struct mc_value *commands;
};

static void check_release(struct check *check)
{
    check->child = mc_child_kill(check->child);
    check->limit = mc_timer_free(check->limit);
    mc_package_line_leave(&check->ticket);
}

/* Hand over how a child ended; NULL when the arena is full. */
static void check_judged(struct check *check, const struct mc_child_result *result)
{
    struct mc_nrpe_result told;
    int r = mc_nrpe_judge(check->name, result, check->limit_ms,
                          mc_agent_arena(check->call), &told);

    check_release(check);
    check->done(check, r == 0 ? &told : NULL);
}

static void child_done(void *user, const struct mc_child_result *result)
{
    struct check *check = user;

    check->child = NULL;
    check_judged(check, result);
}

static void limit_due(void *user)
{
    const struct mc_child_result late = {.end = MC_CHILD_TIMEOUT};

    check_judged(user, &late);
}

static int check_start(struct check *check)
{
    const struct mc_agent_host *host = check->agent->host;
    const struct mc_nrpe *nrpe = check->agent->nrpe;
    const char *const argv[] = {"/bin/sh", "-c", check->line, NULL};
    unsigned left_ms = mc_agent_time_left_ms(check->call);
    unsigned timeout_ms = nrpe->timeout_s * 1000;
    const struct mc_child_spec spec = {
        .argv = argv,
        .timeout_ms = timeout_ms + ANSWER_MS, /* ours comes first */
        .output_bytes_max = MC_NRPE_OUTPUT_BYTES_MAX,
        .account = nrpe->account,
    };

    left_ms = left_ms > ANSWER_MS ? left_ms - ANSWER_MS : 0;
    check->limit_ms = left_ms < timeout_ms ? left_ms : timeout_ms;
    check->limit = mc_timer_new(host->ops->loop(host->node), limit_due, check);
    if (!check->limit) {
        return -ENOMEM;
    }
    mc_timer_start(check->limit, check->limit_ms);
    return check->limit_ms ? mc_child_start(host->ops->loop(host->node), &spec,
                                            child_done, check, &check->child)
                           : 0;
}

static void check_begin(void *user)
{
    struct check *check = user;

    if (check->all && check->all->over) {
        return;
    }
    int r = check_start(check);
    if (r != 0) {
        const struct mc_child_result failed = {.end = MC_CHILD_NOT_STARTED, .code = -r};
        check_judged(check, &failed);
    }
}

/* --- the files --- */

static void doubtful(void *user, const char *text)
{
    const struct agent *agent = user;
    const struct mc_agent_host *host = agent->host;
    const struct mc_field fields[] = {MC_FIELD_STR("reason", text)};

    if (host->ops->sink) {
        mc_event_emit(host->ops->sink(host->node), MC_EVENT_nrpe_doubtful, fields,
                      MC_COUNT(fields));
    }
}

/* The table as the files are now; the one before stays when memory is short. Returns
 * NULL when there is none. */
static const struct mc_nrpe *table(struct agent *agent)
{
    const struct mc_agent_host *host = agent->host;
    struct mc_nrpe *nrpe = NULL;

    if (agent->nrpe && !mc_nrpe_changed(agent->nrpe)) {
        return agent->nrpe;
    }
    if (mc_nrpe_read(host->ops->config(host->node), doubtful, agent, &nrpe) == 0) {
        mc_nrpe_free(agent->nrpe);
        agent->nrpe = nrpe;
        unsigned most = nrpe->together ? nrpe->together : TOGETHER_MAX;
        agent->line.room = most < TOGETHER_MAX ? most : TOGETHER_MAX;
        agent->line_of_all.room = most < ALL_TOGETHER ? most : ALL_TOGETHER;
    }
    return agent->nrpe;
}

/* A check of the table; which may be another one when the check begins. Returns 0;
 * MC_NRPE_REFUSED; -ENOMEM. */
static int check_make(struct check *check, const struct mc_nrpe_command *command,
                      const char *args, struct mc_error *error)
{
    return mc_nrpe_line(check->agent->nrpe, command, args, mc_agent_arena(check->call),
                        &check->line, error);
}

/* --- runcommand --- */

/* Outputs and status of a call as a check ended. The name of the command is set when all
 * is well: whoever is shown a problem has asked for it by name. */
static void tell(struct mc_agent_call *call, const char *name,
                 const struct mc_nrpe_result *result)
{
    struct mc_arena *arena = mc_agent_arena(call);
    enum mc_nrpe_state state = mc_nrpe_state(result->code);
    struct mc_bytes output;
    struct mc_bytes perfdata;

    if (mc_nrpe_split(result->output, arena, &output, &perfdata) != 0) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
        return;
    }
    mc_agent_set_int(call, "exitcode", result->code);
    mc_agent_set(call, "output", mc_value_string(arena, output));
    mc_agent_set(call, "perfdata", mc_value_string(arena, perfdata));
    if (state == MC_NRPE_OK) {
        mc_agent_set_text(call, "command", name);
    } else {
        mc_agent_fail(call, MC_STATUS_ABORTED, "%s", mc_nrpe_state_name(state));
    }
}

static void one_done(struct check *check, const struct mc_nrpe_result *result)
{
    if (result) {
        tell(check->call, check->name, result);
    } else {
        mc_agent_fail(check->call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
    }
    mc_agent_finish(check->call);
}

static void one_aborted(void *user)
{
    check_release(user);
}

/* A call that ends without a child: with the words, and state UNKNOWN. */
static void end_unknown(struct mc_agent_call *call, const char *name, const char *words,
                        const char *what)
{
    struct mc_nrpe_result result;

    if (mc_nrpe_unknown(mc_agent_arena(call), &result, "%s: %s", words, what) == 0) {
        tell(call, name, &result);
    } else {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
    }
    mc_agent_finish(call);
}

/* Whether no check can be run at all; then the call has ended. */
static bool out_of_order(struct agent *agent, struct mc_agent_call *call,
                         const char *name)
{
    const struct mc_nrpe *nrpe = table(agent);

    if (!nrpe) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
        mc_agent_finish(call);
        return true;
    }
    if (nrpe->unusable) {
        end_unknown(call, name, "no check can be run", nrpe->unusable);
        return true;
    }
    return false;
}

static void run_command(void *state, struct mc_agent_call *call)
{
    struct agent *agent = state;
    struct check *check = mc_arena_alloc(mc_agent_arena(call), sizeof(*check));
    const char *name = mc_agent_input_text(call, "command", "");
    struct mc_error error = {"not enough memory"};

    if (out_of_order(agent, call, name)) {
        return;
    }
    const struct mc_nrpe_command *command = mc_nrpe_find(agent->nrpe, name);
    if (!command) {
        end_unknown(call, name, "No such command", name);
        return;
    }
    int r = -ENOMEM;
    if (check) {
        *check = (struct check){
            .agent = agent, .call = call, .name = name, .done = one_done};
        r = check_make(check, command, mc_agent_input_text(call, "args", ""), &error);
    }
    if (r != 0) {
        mc_agent_fail(call, r < 0 ? MC_STATUS_UNKNOWN_ERROR : MC_STATUS_INVALID_DATA,
                      "%s", error.text);
        mc_agent_finish(call);
        return;
    }
    mc_agent_on_abort(call, one_aborted, check);
    mc_package_line_enter(&agent->line, &check->ticket, check_begin, check);
}

/* --- runallcommands --- */

static void all_finish(struct all *all)
{
    mc_agent_set(all->call, "commands", all->commands);
    mc_agent_finish(all->call);
}

static struct mc_value *entry(struct mc_arena *arena,
                              const struct mc_nrpe_result *result)
{
    struct mc_value *hash = mc_value_hash(arena);
    struct mc_value *code =
        mc_value_int(arena, result ? result->code : MC_NRPE_UNKNOWN);
    struct mc_value *output =
        mc_value_string(arena, result ? result->output : mc_bytes_text(""));

    if (!hash || mc_value_set_symbol(arena, hash, "exitcode", code) != 0 ||
        mc_value_set_symbol(arena, hash, "output", output) != 0) {
        return NULL;
    }
    return hash;
}

static void all_done(struct check *check, const struct mc_nrpe_result *result)
{
    struct all *all = check->all;
    struct mc_arena *arena = mc_agent_arena(all->call);

    if (all->commands && mc_value_set_text(arena, all->commands, check->name,
                                           entry(arena, result)) != 0) {
        all->commands = NULL; /* the framework says that memory is short */
    }
    if (--all->left == 0) {
        all_finish(all);
    }
}

static void all_aborted(void *user)
{
    struct all *all = user;

    all->over = true;
    for (size_t i = 0; i < all->count; i++) {
        check_release(&all->checks[i]);
    }
}

/* The checks, each name once. Returns 0; -ENOMEM. */
static int all_make(struct all *all, struct agent *agent)
{
    const struct mc_nrpe *nrpe = agent->nrpe;
    struct mc_arena *arena = mc_agent_arena(all->call);

    all->checks = mc_arena_array(arena, nrpe->commands_count + 1, sizeof(*all->checks));
    all->commands = mc_value_hash(arena);
    for (size_t i = 0; all->checks && i < nrpe->commands_count; i++) {
        const struct mc_nrpe_command *command = &nrpe->commands[i];
        if (mc_nrpe_find(nrpe, command->name) != command) {
            continue;
        }
        struct check *check = &all->checks[all->count];
        *check = (struct check){
            .agent = agent,
            .call = all->call,
            .name = mc_arena_strdup(arena, command->name),
            .done = all_done,
            .all = all,
        };
        int r = check->name ? check_make(check, command, "", NULL) : -ENOMEM;
        if (r < 0) {
            return r;
        }
        all->count += r == 0;
    }
    all->left = all->count;
    return all->checks && all->commands ? 0 : -ENOMEM;
}

static void run_all(void *state, struct mc_agent_call *call)
{
    struct agent *agent = state;
    struct all *all = mc_arena_alloc(mc_agent_arena(call), sizeof(*all));

    if (out_of_order(agent, call, "")) {
        return;
    }
    if (all) {
        all->call = call;
    }
    if (!all || all_make(all, agent) != 0) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
        mc_agent_finish(call);
        return;
    }
    if (all->count == 0) {
        all_finish(all);
        return;
    }
    mc_agent_on_abort(call, all_aborted, all);
    /* The last one may end the call, and its arena, before this returns. */
    size_t count = all->count;
    struct check *checks = all->checks;
    for (size_t i = 0; i < count; i++) {
        mc_package_line_enter(&agent->line_of_all, &checks[i].ticket, check_begin,
                              &checks[i]);
    }
}

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct agent *agent = state;

    (void)error;
    agent->host = host;
    agent->line.room = TOGETHER_MAX;
    agent->line_of_all.room = ALL_TOGETHER;
    return 0;
}

static void deinit(void *state)
{
    struct agent *agent = state;

    agent->nrpe = mc_nrpe_free(agent->nrpe);
}

static const struct mc_agent_action actions[] = {
    {"runcommand", run_command},
    {"runallcommands", run_all},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_nrpe = {
    .abi = MC_AGENT_ABI,
    .name = "nrpe",
    .state_size = sizeof(struct agent),
    .init = init,
    .deinit = deinit,
    .actions = actions,
};
