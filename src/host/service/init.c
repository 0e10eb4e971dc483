/* Init scripts: <folder>/<name> with start, stop, restart, status, which answer with the
 * exit codes of the Linux Standard Base; what starts with the machine is a link in
 * rc2.d and its like beside the folder, changed by the tool of the distribution. */
#include "host/service/job-private.h"

#include "base/child.h"
#include <errno.h>
#include <glob.h>
#include <string.h>

#define OUTPUT_BYTES_MAX ((size_t)64 * 1024)
#define ARGS_MAX 4
/* A child that is over its time gets TERM, and KILL two seconds later. */
#define GRACE_MS 4000

struct init
{
    struct mc_service_job *job;
    struct mc_child *child;
    const char *script;
    void (*done)(struct init *init, const struct mc_child_result *result);
};

/* Who knows which services start with the machine; %n is the name. */
static const struct tool
{
    const char *const enable[ARGS_MAX];
    const char *const disable[ARGS_MAX];
} tools[] = {
    {{"update-rc.d", "%n", "enable", NULL}, {"update-rc.d", "%n", "disable", NULL}},
    {{"chkconfig", "%n", "on", NULL}, {"chkconfig", "%n", "off", NULL}},
    {{"rc-update", "add", "%n", NULL}, {"rc-update", "del", "%n", NULL}},
};

static void child_done(void *user, const struct mc_child_result *result)
{
    struct init *init = user;

    init->child = NULL;
    init->done(init, result);
}

static void run(struct init *init, const char *const *argv,
                void (*done)(struct init *init, const struct mc_child_result *result))
{
    static const char *const env[] = {"LC_ALL=C", NULL};
    struct mc_service_job *job = init->job;
    const struct mc_child_spec spec = {
        .argv = argv,
        .env = env,
        .timeout_ms = job->timeout_ms,
        .output_bytes_max = OUTPUT_BYTES_MAX,
        .merge_errors = true,
    };

    init->done = done;
    int r = mc_child_start(job->loop, &spec, child_done, init, &init->child);
    if (r != 0) {
        mc_service__end_change(job, "%s cannot be run: %s", argv[0], strerror(-r));
    }
}

/* Whether a child came to an end of its own; else the job has its failure. */
static bool ended(struct init *init, const struct mc_child_result *result)
{
    struct mc_service_job *job = init->job;

    switch (result->end) {
    case MC_CHILD_EXITED:
        return true;
    case MC_CHILD_SIGNALLED:
        mc_service__end_change(job, "its script was ended by signal %d", result->code);
        break;
    case MC_CHILD_TIMEOUT:
        mc_service__end(job, MC_SERVICE_TIMEOUT,
                        "The script of '%s' did not end in time", job->name);
        break;
    case MC_CHILD_NOT_STARTED:
        mc_service__end_change(job, "its script could not be run: %s",
                               strerror(result->code));
        break;
    }
    return false;
}

/* Whether a link starts the service with the machine: /etc/rc3.d/S01ssh. */
static bool starts_alone(const struct mc_service_job *job)
{
    const char *pattern = mc_arena_printf(job->arena, "%s/../rc[2345].d/S[0-9][0-9]%s",
                                          job->manager.folder, job->name);
    glob_t found = {0};
    bool any = pattern && glob(pattern, GLOB_NOSORT, NULL, &found) == 0;

    globfree(&found);
    return any;
}

static void status_told(struct init *init, const struct mc_child_result *result)
{
    struct mc_service_state *state = &init->job->result.state;

    if (!ended(init, result)) {
        return;
    }
    /* LSB: 0 runs, 1 and 2 dead, 3 stopped, 4 unknown. */
    if (result->code > 3) {
        mc_service__end_change(
            init->job, "its script answered status with exit code %d", result->code);
        return;
    }
    state->known = true;
    state->running = result->code == 0;
    state->enabled = starts_alone(init->job) ? "enabled" : "disabled";
    mc_service__end(init->job, MC_SERVICE_DONE, "%s", "");
}

static void ask_status(struct init *init)
{
    const char *const argv[] = {init->script, "status", NULL};

    run(init, argv, status_told);
}

static void settled(struct mc_service_job *job, void *state)
{
    (void)job;
    ask_status(state);
}

static void changed(struct init *init, const struct mc_child_result *result)
{
    struct mc_service_job *job = init->job;
    struct mc_bytes words = mc_bytes_last_line(result->output);

    if (!ended(init, result)) {
        return;
    }
    if (result->code != 0 && words.len == 0) {
        mc_service__end_change(job, "exit code %d of its script", result->code);
        return;
    }
    if (result->code != 0) {
        mc_service__end_change(job, "%.*s (exit code %d)",
                               (int)(words.len < 300 ? words.len : 300),
                               (const char *)words.data, result->code);
        return;
    }
    mc_service__settle(job);
}

static void change_links(struct init *init)
{
    struct mc_service_job *job = init->job;
    const char *argv[ARGS_MAX] = {NULL};
    const char *const *words = NULL;

    for (size_t i = 0; !words && i < MC_COUNT(tools); i++) {
        if (mc_child_available(tools[i].enable[0])) {
            words = job->verb == MC_SERVICE_ENABLE ? tools[i].enable : tools[i].disable;
        }
    }
    if (!words) {
        mc_service__end_change(
            job, "none of update-rc.d, chkconfig, rc-update is on this machine");
        return;
    }
    for (size_t i = 0; words[i]; i++) {
        argv[i] = strcmp(words[i], "%n") == 0 ? job->name : words[i];
    }
    run(init, argv, changed);
}

static void begin(struct mc_service_job *job, void *state)
{
    struct init *init = state;

    init->job = job;
    init->script = mc_arena_printf(job->arena, "%s/%s", job->manager.folder, job->name);
    if (!init->script || !mc_child_available(init->script)) {
        mc_service__end_unknown(job);
        return;
    }
    const char *const argv[] = {init->script, mc_service__verb(job->verb), NULL};
    switch (job->verb) {
    case MC_SERVICE_STATUS:
        ask_status(init);
        break;
    case MC_SERVICE_START:
    case MC_SERVICE_STOP:
    case MC_SERVICE_RESTART:
        run(init, argv, changed);
        break;
    case MC_SERVICE_ENABLE:
    case MC_SERVICE_DISABLE:
        change_links(init);
        break;
    }
}

static void deinit(void *state)
{
    struct init *init = state;

    init->child = mc_child_kill(init->child);
}

const struct mc_service_ops mc_service__init = {
    .name = "init",
    .state_size = sizeof(struct init),
    .grace_ms = GRACE_MS,
    .begin = begin,
    .settled = settled,
    .deinit = deinit,
};
