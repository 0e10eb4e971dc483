/* The package agent (spec commands.md 2.1; row 10 of its section 6).
 *
 * A call is a plan: a short list of stages, each one child process and what to do with
 * its output. A call whose plan changes the system waits until the one before it has
 * ended, so that two requests never meet at the package manager's lock; of questions
 * some run at once. Every child has to end a moment before the call is out of time:
 * then it gets TERM and the caller an answer, whereas an abort from outside kills, which
 * a package manager at work does not survive unharmed. Nothing blocks, nothing passes a
 * shell. */
#include "agent/agent.h"

#include "agent/package/job-private.h"
#include <errno.h>
#include <string.h>

extern const struct mc_agent_ops mc_agent_package;

/* What one child may print; a full upgrade list of a large machine is well below. */
#define OUTPUT_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define COMMAND_TIMEOUT_MS (170 * 1000)
/* TERM, two seconds, KILL, and the answer. */
#define ENDING_MS 5000
/* A change that cannot have as much is not begun. */
#define CHANGE_MIN_MS 15000
/* Children that ask at the same time. */
#define QUESTIONS_MAX 8

void mc_package__finish(struct mc_package__job *job)
{
    mc_package_line_leave(&job->ticket);
    mc_agent_finish(job->call);
}

static void aborted(void *user)
{
    struct mc_package__job *job = user;

    job->child = mc_child_kill(job->child);
    mc_package_line_leave(&job->ticket);
}

static void child_done(void *user, const struct mc_child_result *result)
{
    struct mc_package__job *job = user;

    job->child = NULL;
    job->stage(job, result);
}

/* What a child may take, so that it has ended before the call is out of time. */
static unsigned time_for(const struct mc_package__job *job)
{
    unsigned left_ms = mc_agent_time_left_ms(job->call);

    left_ms = left_ms > ENDING_MS ? left_ms - ENDING_MS : 1;
    return left_ms < COMMAND_TIMEOUT_MS ? left_ms : COMMAND_TIMEOUT_MS;
}

/* Start one command of the plan. A failure ends the call. */
static void run(struct mc_package__job *job, enum mc_package_command command,
                mc_package__stage_fn *stage)
{
    static const char *const env[] = {"DEBIAN_FRONTEND=noninteractive", "LC_ALL=C",
                                      NULL};
    const char *argv[MC_PACKAGE_ARGS_MAX];
    const struct mc_agent_host *host = job->package->host;
    int r = mc_package_argv(job->package->provider, command, job->name, job->version,
                            job->mode, mc_agent_arena(job->call), argv);
    const struct mc_child_spec spec = {
        .argv = argv,
        .env = env,
        .timeout_ms = time_for(job),
        .output_bytes_max = OUTPUT_BYTES_MAX,
        .merge_errors = command != MC_PACKAGE_QUERY && command != MC_PACKAGE_LIST,
    };

    job->stage = stage;
    if (r == 0) {
        r = mc_child_start(host->ops->loop(host->node), &spec, child_done, job,
                           &job->child);
    }
    if (r != 0) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s cannot do this: %s",
                      job->package->provider->name, strerror(-r));
        mc_package__finish(job);
    }
}

static void change_done(struct mc_package__job *job,
                        const struct mc_child_result *result)
{
    job->said = mc_arena_text(mc_agent_arena(job->call), result->output);
    mc_agent_set_text(job->call, "output", job->said);
    if (mc_package__ended_well(job, result, 0)) {
        run(job, MC_PACKAGE_QUERY, mc_package__changed_told);
    } else {
        mc_package__finish(job);
    }
}

/* Before a change: is there anything to do? An install of what is there, an update or
 * a removal of what is not, are successes that do nothing. */
static void change_wanted(struct mc_package__job *job,
                          const struct mc_child_result *result)
{
    struct mc_package_about about;

    if (!mc_package__read_about(job, result, &about)) {
        mc_package__finish(job);
        return;
    }
    bool other_version =
        job->version && *job->version && strcmp(job->version, about.ensure) != 0;
    bool nothing = job->change == MC_PACKAGE_INSTALL ? about.present && !other_version
                   : job->change == MC_PACKAGE_PURGE ? false
                                                     : !about.present;
    if (nothing) {
        mc_package__set_properties(job, &about);
        mc_package__finish(job);
        return;
    }
    if (time_for(job) < CHANGE_MIN_MS) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED,
                      "no time was left after waiting for other changes");
        mc_package__finish(job);
        return;
    }
    run(job, job->change, change_done);
}

/* What each action does: the first command, and whether it changes the system. */
static const struct plan
{
    const char *action;
    enum mc_package_command first;
    mc_package__stage_fn *stage;
    enum mc_package_command change;
    bool named;       /* needs a package */
    bool exclusive;   /* one at a time */
    const char *only; /* prefix of the provider's programs, or NULL */
} plans[] = {
    {"status", MC_PACKAGE_QUERY, mc_package__status_told, 0, true, false, NULL},
    {"install", MC_PACKAGE_QUERY, change_wanted, MC_PACKAGE_INSTALL, true, true, NULL},
    {"update", MC_PACKAGE_QUERY, change_wanted, MC_PACKAGE_UPDATE, true, true, NULL},
    {"uninstall", MC_PACKAGE_QUERY, change_wanted, MC_PACKAGE_UNINSTALL, true, true,
     NULL},
    {"purge", MC_PACKAGE_QUERY, change_wanted, MC_PACKAGE_PURGE, true, true, NULL},
    {"count", MC_PACKAGE_LIST, mc_package__listed, 0, false, false, NULL},
    {"md5", MC_PACKAGE_LIST, mc_package__digested, 0, false, false, NULL},
    {"refresh", MC_PACKAGE_REFRESH, mc_package__command_done, 0, false, true, NULL},
    {"apt_update", MC_PACKAGE_REFRESH, mc_package__command_done, 0, false, true,
     "apt-get"},
    {"yum_clean", MC_PACKAGE_CLEAN, mc_package__command_done, 0, false, true, "yum"},
    {"checkupdates", MC_PACKAGE_OUTDATED, mc_package__outdated_listed, 0, false, false,
     NULL},
    {"apt_checkupdates", MC_PACKAGE_OUTDATED, mc_package__outdated_listed, 0, false,
     false, "apt-get"},
    {"yum_checkupdates", MC_PACKAGE_OUTDATED, mc_package__outdated_listed, 0, false,
     false, "yum"},
};

static const struct plan *plan_of(const struct mc_package__job *job)
{
    const char *action = mc_agent_action_name(job->call);
    size_t i = 0;

    /* Every action of this agent is in the table, the first stands for itself. */
    for (i = MC_COUNT(plans) - 1; i > 0; i--) {
        if (strcmp(plans[i].action, action) == 0) {
            break;
        }
    }
    return &plans[i];
}

static void plan_begin(void *user)
{
    struct mc_package__job *job = user;
    const struct plan *plan = plan_of(job);

    run(job, plan->first, plan->stage);
}

/* Whether a call cannot be served; then it has its failure. */
static bool refused(struct mc_package__job *job, const struct plan *plan)
{
    const struct mc_package_provider *provider = job->package->provider;

    if (!provider) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED,
                      "no package manager was found on this node (apt, dnf, yum, apk)");
    } else if (plan->only && strcmp(provider->needs[0], plan->only) != 0) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "Cannot find %s on this node",
                      plan->only);
    } else if (plan->named && !mc_package_name_valid(job->name)) {
        mc_agent_fail(job->call, MC_STATUS_INVALID_DATA,
                      "'%.90s' cannot be the name of a package",
                      job->name ? job->name : "");
    } else if (job->version && *job->version && !mc_package_name_valid(job->version)) {
        mc_agent_fail(job->call, MC_STATUS_INVALID_DATA,
                      "'%.90s' cannot be a package version", job->version);
    } else {
        return false;
    }
    return true;
}

static void begin(void *state, struct mc_agent_call *call)
{
    struct mc_package__agent *package = state;
    struct mc_package__job *job = mc_arena_alloc(mc_agent_arena(call), sizeof(*job));

    if (!job) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
        mc_agent_finish(call);
        return;
    }
    *job = (struct mc_package__job){
        .package = package,
        .call = call,
        .name = mc_agent_input_text(call, "package", NULL),
        .version = mc_agent_input_text(call, "version", NULL),
        .mode = mc_agent_input_text(call, "mode", "all"),
    };
    const struct plan *plan = plan_of(job);
    job->change = plan->change;
    if (refused(job, plan)) {
        mc_agent_finish(call);
        return;
    }
    mc_agent_on_abort(call, aborted, job);
    mc_package_line_enter(plan->exclusive ? &package->changes : &package->questions,
                          &job->ticket, plan_begin, job);
}

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct mc_package__agent *package = state;
    const char *wanted =
        mc_config_plugin(host->ops->config(host->node), "package.provider", NULL);

    package->host = host;
    package->changes.room = 1;
    package->questions.room = QUESTIONS_MAX;
    return mc_package_choose(wanted, &package->provider, error);
}

static const struct mc_agent_action actions[] = {
    {"status", begin},
    {"install", begin},
    {"update", begin},
    {"uninstall", begin},
    {"purge", begin},
    {"count", begin},
    {"md5", begin},
    {"refresh", begin},
    {"apt_update", begin},
    {"yum_clean", begin},
    {"checkupdates", begin},
    {"apt_checkupdates", begin},
    {"yum_checkupdates", begin},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_package = {
    .abi = MC_AGENT_ABI,
    .name = "package",
    .state_size = sizeof(struct mc_package__agent),
    .init = init,
    .actions = actions,
};
