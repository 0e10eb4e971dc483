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

#include "agent/package/line.h"
#include "agent/package/provider.h"
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
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

struct job;

struct package
{
    const struct mc_agent_host *host;
    const struct mc_package_provider *provider; /* NULL: none was found */
    struct mc_package_line changes;
    struct mc_package_line questions;
};

typedef void stage_fn(struct job *job, const struct mc_child_result *result);

struct job
{
    struct package *package;
    struct mc_agent_call *call;
    struct mc_package_ticket ticket;
    struct mc_child *child;
    const char *name;
    const char *version;
    const char *mode;
    enum mc_package_command change; /* what to run between the two questions */
    stage_fn *stage;
    const char *said; /* output of the change */
};

static void finish(struct job *job)
{
    mc_package_line_leave(&job->ticket);
    mc_agent_finish(job->call);
}

static void aborted(void *user)
{
    struct job *job = user;

    job->child = mc_child_kill(job->child);
    mc_package_line_leave(&job->ticket);
}

static void child_done(void *user, const struct mc_child_result *result)
{
    struct job *job = user;

    job->child = NULL;
    job->stage(job, result);
}

/* What a child may take, so that it has ended before the call is out of time. */
static unsigned time_for(const struct job *job)
{
    unsigned left_ms = mc_agent_time_left_ms(job->call);

    left_ms = left_ms > ENDING_MS ? left_ms - ENDING_MS : 1;
    return left_ms < COMMAND_TIMEOUT_MS ? left_ms : COMMAND_TIMEOUT_MS;
}

/* Start one command of the plan. A failure ends the call. */
static void run(struct job *job, enum mc_package_command command, stage_fn *stage)
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
        finish(job);
    }
}

/* The last line that is not blank: with package managers that is the reason. */
static struct mc_bytes last_line(struct mc_bytes text)
{
    struct mc_bytes line;
    struct mc_bytes last = mc_bytes_make("", 0);

    while (mc_package_line(&text, &line)) {
        last = mc_bytes_trim(line).len ? mc_bytes_trim(line) : last;
    }
    return last;
}

/* Whether a child ended well; else the call has its failure. */
static bool ended_well(struct job *job, const struct mc_child_result *result,
                       int other_code)
{
    struct mc_bytes reason = last_line(result->output);
    const char *name = job->package->provider->name;

    switch (result->end) {
    case MC_CHILD_EXITED:
        if (result->code == 0 || (other_code && result->code == other_code)) {
            return true;
        }
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s: %.*s (exit code %d)", name,
                      (int)(reason.len > 300 ? 300 : reason.len), reason.data,
                      result->code);
        return false;
    case MC_CHILD_SIGNALLED:
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s was ended by signal %d", name,
                      result->code);
        return false;
    case MC_CHILD_TIMEOUT:
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s did not end in time", name);
        return false;
    case MC_CHILD_NOT_STARTED:
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s could not be started: %s", name,
                      strerror(result->code));
        return false;
    }
    return false;
}

static void set_properties(struct job *job, const struct mc_package_about *about)
{
    struct mc_agent_call *call = job->call;
    struct mc_arena *arena = mc_agent_arena(call);
    struct mc_value *properties = mc_value_hash(arena);
    const struct
    {
        const char *output;
        const char *text;
    } rows[] = {
        {"name", job->name},
        {"ensure", about->ensure},
        {"version", about->version},
        {"release", about->release},
        {"epoch", about->epoch},
        {"arch", about->arch},
        {"provider", job->package->provider->name},
    };
    int r = 0;

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        bool known = rows[i].text && *rows[i].text;
        mc_agent_set_text(call, rows[i].output, known ? rows[i].text : NULL);
        if (known && r == 0) {
            r = mc_value_set_symbol(arena, properties, rows[i].output,
                                    mc_value_text(arena, rows[i].text));
        }
    }
    mc_agent_set(call, "properties", r == 0 ? properties : NULL);
}

/* Read the answer to a question about the package. Returns false when the call failed. */
static bool read_about(struct job *job, const struct mc_child_result *result,
                       struct mc_package_about *ret_about)
{
    const struct mc_package_provider *provider = job->package->provider;
    /* An unknown package makes the question exit with 1: an answer, not a failure. */
    bool asked = ended_well(job, result, 1);
    int r = asked ? provider->about(result->output, result->code,
                                    mc_agent_arena(job->call), ret_about)
                  : 0;

    if (r != 0) {
        mc_agent_fail(job->call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
    }
    return asked && r == 0;
}

static void status_told(struct job *job, const struct mc_child_result *result)
{
    struct mc_package_about about;

    if (read_about(job, result, &about)) {
        set_properties(job, &about);
        mc_agent_set_text(job->call, "output", about.ensure);
    }
    finish(job);
}

/* After a change: what is there now? A package that should be there and is not is a
 * failure whatever the manager said. */
static void changed_told(struct job *job, const struct mc_child_result *result)
{
    struct mc_package_about about;
    bool wanted = job->change == MC_PACKAGE_INSTALL || job->change == MC_PACKAGE_UPDATE;

    if (read_about(job, result, &about)) {
        set_properties(job, &about);
        mc_agent_set_text(job->call, "output", job->said);
        if (about.present != wanted) {
            mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s is %s after the command",
                          job->name, about.present ? "still there" : "still absent");
        }
    }
    finish(job);
}

static void change_done(struct job *job, const struct mc_child_result *result)
{
    job->said = mc_arena_text(mc_agent_arena(job->call), result->output);
    mc_agent_set_text(job->call, "output", job->said);
    if (ended_well(job, result, 0)) {
        run(job, MC_PACKAGE_QUERY, changed_told);
    } else {
        finish(job);
    }
}

/* Before a change: is there anything to do? An install of what is there, an update or
 * a removal of what is not, are successes that do nothing. */
static void change_wanted(struct job *job, const struct mc_child_result *result)
{
    struct mc_package_about about;

    if (!read_about(job, result, &about)) {
        finish(job);
        return;
    }
    bool other_version =
        job->version && *job->version && strcmp(job->version, about.ensure) != 0;
    bool nothing = job->change == MC_PACKAGE_INSTALL ? about.present && !other_version
                   : job->change == MC_PACKAGE_PURGE ? false
                                                     : !about.present;
    if (nothing) {
        set_properties(job, &about);
        finish(job);
        return;
    }
    if (time_for(job) < CHANGE_MIN_MS) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED,
                      "no time was left after waiting for other changes");
        finish(job);
        return;
    }
    run(job, job->change, change_done);
}

static void listed(struct job *job, const struct mc_child_result *result)
{
    struct mc_bytes text = result->output;
    struct mc_bytes line;
    int64_t count = 0;

    mc_agent_set_int(job->call, "exitcode", result->code);
    while (mc_package_line(&text, &line)) {
        count += job->package->provider->installed(line);
    }
    if (ended_well(job, result, 0)) {
        mc_agent_set(
            job->call, "output",
            mc_value_format(mc_agent_arena(job->call), "%lld", (long long)count));
    }
    finish(job);
}

/* Digest of the list; managers print it sorted by name (dpkg) or not (rpm), so the
 * digest is made over sums of lines, which is the same in any order. */
static void digested(struct job *job, const struct mc_child_result *result)
{
    struct mc_bytes text = result->output;
    struct mc_bytes line;
    uint8_t sum[16] = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    char hex[33];

    mc_agent_set_int(job->call, "exitcode", result->code);
    while (mc_package_line(&text, &line)) {
        bool counts = job->package->provider->installed(line);
        if (counts && EVP_Digest(line.data, line.len, digest, NULL, EVP_md5(), NULL)) {
            unsigned carry = 0;
            for (size_t i = 0; i < sizeof(sum); i++) {
                carry += (unsigned)sum[i] + digest[i];
                sum[i] = (uint8_t)carry;
                carry >>= 8;
            }
        }
    }
    for (size_t i = 0; i < sizeof(sum); i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    }
    if (ended_well(job, result, 0)) {
        mc_agent_set_text(job->call, "output", hex);
    }
    finish(job);
}

static void command_done(struct job *job, const struct mc_child_result *result)
{
    mc_agent_set_text(job->call, "output",
                      mc_arena_text(mc_agent_arena(job->call), result->output));
    mc_agent_set_int(job->call, "exitcode", result->code);
    (void)ended_well(job, result, 0);
    finish(job);
}

static int add_update(struct mc_arena *arena, struct mc_value *list,
                      struct mc_bytes name, struct mc_bytes version,
                      struct mc_bytes repo)
{
    struct mc_value *update = mc_value_hash(arena);
    int r = mc_value_set_symbol(arena, update, "package", mc_value_string(arena, name));

    r = r ? r
          : mc_value_set_symbol(arena, update, "version",
                                mc_value_string(arena, version));
    r = r ? r
          : mc_value_set_symbol(arena, update, "repo", mc_value_string(arena, repo));
    return r ? r : mc_value_push(arena, list, update);
}

static void outdated_listed(struct job *job, const struct mc_child_result *result)
{
    const struct mc_package_provider *provider = job->package->provider;
    struct mc_arena *arena = mc_agent_arena(job->call);
    struct mc_value *list = mc_value_array(arena);
    struct mc_bytes text = result->output;
    struct mc_bytes line;
    struct mc_bytes name;
    struct mc_bytes version;
    struct mc_bytes repo;

    mc_agent_set_text(job->call, "output", mc_arena_text(arena, result->output));
    mc_agent_set_int(job->call, "exitcode", result->code);
    mc_agent_set_text(job->call, "package_manager", provider->name);
    while (mc_package_line(&text, &line)) {
        if (mc_bytes_starts(line, "Obsoleting Packages")) {
            break;
        }
        if (provider->outdated(line, &name, &version, &repo) &&
            add_update(arena, list, name, version, repo) != 0) {
            list = NULL;
            break;
        }
    }
    if (ended_well(job, result, provider->outdated_exit)) {
        mc_agent_set(job->call, "outdated_packages", list);
    }
    finish(job);
}

/* What each action does: the first command, and whether it changes the system. */
static const struct plan
{
    const char *action;
    enum mc_package_command first;
    stage_fn *stage;
    enum mc_package_command change;
    bool named;       /* needs a package */
    bool exclusive;   /* one at a time */
    const char *only; /* prefix of the provider's programs, or NULL */
} plans[] = {
    {"status", MC_PACKAGE_QUERY, status_told, 0, true, false, NULL},
    {"install", MC_PACKAGE_QUERY, change_wanted, MC_PACKAGE_INSTALL, true, true, NULL},
    {"update", MC_PACKAGE_QUERY, change_wanted, MC_PACKAGE_UPDATE, true, true, NULL},
    {"uninstall", MC_PACKAGE_QUERY, change_wanted, MC_PACKAGE_UNINSTALL, true, true,
     NULL},
    {"purge", MC_PACKAGE_QUERY, change_wanted, MC_PACKAGE_PURGE, true, true, NULL},
    {"count", MC_PACKAGE_LIST, listed, 0, false, false, NULL},
    {"md5", MC_PACKAGE_LIST, digested, 0, false, false, NULL},
    {"refresh", MC_PACKAGE_REFRESH, command_done, 0, false, true, NULL},
    {"apt_update", MC_PACKAGE_REFRESH, command_done, 0, false, true, "apt-get"},
    {"yum_clean", MC_PACKAGE_CLEAN, command_done, 0, false, true, "yum"},
    {"checkupdates", MC_PACKAGE_OUTDATED, outdated_listed, 0, false, false, NULL},
    {"apt_checkupdates", MC_PACKAGE_OUTDATED, outdated_listed, 0, false, false,
     "apt-get"},
    {"yum_checkupdates", MC_PACKAGE_OUTDATED, outdated_listed, 0, false, false, "yum"},
};

static const struct plan *plan_of(const struct job *job)
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
    struct job *job = user;
    const struct plan *plan = plan_of(job);

    run(job, plan->first, plan->stage);
}

/* Whether a call cannot be served; then it has its failure. */
static bool refused(struct job *job, const struct plan *plan)
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
    struct package *package = state;
    struct job *job = mc_arena_alloc(mc_agent_arena(call), sizeof(*job));

    if (!job) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
        mc_agent_finish(call);
        return;
    }
    *job = (struct job){
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

static bool complete(const struct mc_package_provider *provider)
{
    for (size_t i = 0; provider->needs[i]; i++) {
        if (!mc_child_available(provider->needs[i])) {
            return false;
        }
    }
    return true;
}

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct package *package = state;
    const struct mc_package_provider *const *all = mc_package_providers();
    const char *wanted =
        mc_config_plugin(host->ops->config(host->node), "package.provider", NULL);

    package->host = host;
    package->changes.room = 1;
    package->questions.room = QUESTIONS_MAX;
    for (size_t i = 0; all[i] && !package->provider; i++) {
        bool fits = wanted ? strcmp(all[i]->name, wanted) == 0 : complete(all[i]);
        package->provider = fits ? all[i] : NULL;
    }
    /* "puppet" is what most configurations of the original hold: choose by ourselves. */
    if (wanted && !package->provider && strcmp(wanted, "puppet") != 0) {
        mc_error_set(error,
                     "plugin.package.provider = %s is not known (apt, dnf, yum, "
                     "apk)",
                     wanted);
        return -EINVAL;
    }
    for (size_t i = 0; all[i] && !package->provider; i++) {
        package->provider = complete(all[i]) ? all[i] : NULL;
    }
    return 0;
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
    .state_size = sizeof(struct package),
    .init = init,
    .actions = actions,
};
