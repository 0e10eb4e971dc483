/* The steps of client/runs, done; see runs.h. */
#include "cmd/runs.h"

#include "base/clock.h"
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* A node that is there answers at once. */
#define STATUS_S 5
/* So many calls in a row may fail because no broker can be reached. */
#define FAILURES_MAX 60
#define AGAIN_MS 1000

static const char *agent_of(const struct mc_cmd_runs *runs)
{
    return runs->spec.form == MC_RUNS_FIRST ? "puppetd" : "puppet";
}

static void say(struct mc_cmd_runs *runs, const char *text)
{
    bool first = runs->spec.form == MC_RUNS_FIRST;
    time_t now = (time_t)mc_clock_now_s();
    struct mc_cmd *cmd = runs->cmd;
    struct tm parts;
    char when[64] = "";
    char line[1200];

    if (localtime_r(&now, &parts)) {
        (void)strftime(when, sizeof(when),
                       first ? "%a %b %d %H:%M:%S %z %Y" : "%Y-%m-%d %H:%M:%S", &parts);
    }
    (void)snprintf(line, sizeof(line), "%s%s %s", when, first ? ">" : ":", text);
    if (!runs->log || mc_record_line(runs->log, mc_bytes_text(line)) != 0) {
        mc_out_text(&cmd->out, line);
        mc_out_raw(&cmd->out, "\n");
        mc_out_flush(&cmd->out);
    }
}

void mc_cmd_runs_say(struct mc_cmd_runs *runs, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    say(runs, text);
}

static void said(void *user, const char *text)
{
    say(user, text);
}

static void ended(void *user, const char *host, enum mc_runs_end end)
{
    struct mc_cmd_runs *runs = user;

    if (runs->done && end == MC_RUNS_ENDED &&
        mc_record_line(runs->done, mc_bytes_text(host)) != 0) {
        mc_cmd_runs_say(runs, "%s cannot be written", mc_record_path(runs->done));
    }
}

int mc_cmd_runs_call(struct mc_cmd *cmd, const char *agent, const char *action,
                     const char *const *names, size_t count, unsigned reply_s,
                     struct mc_call **ret_call)
{
    const char *target = mc_options_text(&cmd->options, MC_OPT_target);
    struct mc_call *call = NULL;
    int r = mc_call_new(cmd->client, agent, action, &call, &cmd->error);

    if (r == 0) {
        mc_call_timeouts(call, reply_s, -1,
                         mc_options_number(&cmd->options, MC_OPT_ttl, 0));
        r = mc_call_nodes(call, names, count, &cmd->error);
    }
    if (r == 0 && target) {
        r = mc_call_collective(call, target, &cmd->error);
    }
    if (r != 0) {
        mc_call_free(call);
        return r;
    }
    *ret_call = call;
    return 0;
}

/* Whether a failure may pass: then it was told once, and time goes by. */
static bool passing(struct mc_cmd_runs *runs, int r)
{
    if (r != MC_CLIENT_BROKER || runs->failures >= FAILURES_MAX) {
        return false;
    }
    if (runs->failures++ == 0) {
        mc_cmd_runs_say(runs, "The nodes cannot be reached, trying again: %s",
                        runs->cmd->error.text);
    }
    return true;
}

/* true, 1 or "1": one is what puppet answers, the others what puppetd does. */
static bool yes(const struct mc_value *data, const char *name)
{
    const struct mc_value *value = mc_value_get_name(data, name);
    const char *text = mc_value_cstr(value);

    return text ? strcmp(text, "1") == 0 || strcmp(text, "true") == 0
                : mc_value_boolean(value, mc_value_integer(value, 0) != 0);
}

static void status_told(void *user, const struct mc_client_reply *reply)
{
    struct mc_cmd_runs *runs = user;
    bool first = runs->spec.form == MC_RUNS_FIRST;
    const char *why = mc_value_cstr(mc_value_get_name(reply->data, "disable_message"));
    const struct mc_runs_status status = {
        .running = yes(reply->data, first ? "running" : "applying"),
        .disabled = !yes(reply->data, "enabled"),
        .lastrun_s = mc_value_integer(mc_value_get_name(reply->data, "lastrun"), 0),
        .words = why ? why : "",
    };

    if (reply->status == 0) {
        mc_runs_told(runs->machine, reply->sender, &status, mc_clock_monotonic_us());
    }
}

static int ask(struct mc_cmd_runs *runs, const struct mc_runs_step *step)
{
    unsigned wait_s = mc_options_number(&runs->cmd->options, MC_OPT_timeout, STATUS_S);
    struct mc_call *call = NULL;
    int r = mc_cmd_runs_call(runs->cmd, agent_of(runs), "status", step->hosts,
                             step->count, wait_s, &call);

    if (r == 0) {
        mc_call_on_reply(call, status_told, runs);
        mc_call_forget_replies(call);
        r = mc_call_run(call, &runs->cmd->error);
        mc_call_free(call);
    }
    if (r == 0) {
        runs->failures = 0;
        mc_runs_asked(runs->machine, mc_clock_monotonic_us());
    } else if (passing(runs, r)) {
        mc_runs_unasked(runs->machine, mc_clock_monotonic_us());
        r = 0;
    }
    return r;
}

static int start_inputs(struct mc_cmd_runs *runs, struct mc_call *call)
{
    bool first = runs->spec.form == MC_RUNS_FIRST;
    int r =
        mc_call_input(call, first ? "forcerun" : "force", "true", &runs->cmd->error);

    return r || runs->spec.form != MC_RUNS_LATER
               ? r
               : mc_cmd_puppet_choices(runs->cmd, call);
}

/* What the node said to its start. */
static void start_told(struct mc_cmd_runs *runs, const struct mc_client_reply *reply)
{
    const char *words = reply ? reply->message : NULL;

    if (reply && reply->status == 0 && runs->spec.form != MC_RUNS_FIRST) {
        const char *text = mc_value_cstr(mc_value_get_name(reply->data, "summary"));
        words = text && *text ? text : words;
    }
    mc_runs_started(runs->machine, reply && reply->status == 0, words,
                    mc_clock_monotonic_us());
}

static int start(struct mc_cmd_runs *runs, const char *host)
{
    struct mc_call *call = NULL;

    if (runs->dry) {
        mc_runs_started(runs->machine, true, "a dry run, nothing was done",
                        mc_clock_monotonic_us());
        return 0;
    }
    int r = mc_cmd_runs_call(runs->cmd, agent_of(runs), "runonce", &host, 1, 0, &call);
    r = r ? r : start_inputs(runs, call);
    r = r ? r : mc_call_run(call, &runs->cmd->error);
    if (r == 0) {
        start_told(runs, mc_call_reply(call, 0));
    } else if (passing(runs, r)) {
        mc_runs_started(runs->machine, false, runs->cmd->error.text,
                        mc_clock_monotonic_us());
        r = 0;
    }
    mc_call_free(call);
    return r;
}

static int discover(struct mc_cmd_runs *runs)
{
    size_t count = 0;
    int r = runs->discovering(runs);

    r = r ? r : mc_call_discover(runs->cmd->call, &runs->cmd->error);
    if (r != 0) {
        if (passing(runs, r)) {
            (void)poll(NULL, 0, AGAIN_MS);
            return 0;
        }
        return r;
    }
    runs->failures = 0;
    const char *const *names =
        mc_call_names(runs->cmd->call, MC_NODES_DISCOVERED, &count);
    r = mc_runs_hosts(runs->machine, names, count, mc_clock_monotonic_us());
    for (size_t i = 0; r == 0 && runs->left_out && runs->left_out[i]; i++) {
        (void)mc_runs_leave_out(runs->machine, runs->left_out[i]);
    }
    return r || !runs->found ? r : runs->found(runs, count);
}

static int do_step(struct mc_cmd_runs *runs, const struct mc_runs_step *step)
{
    int64_t left_us = step->until_us - mc_clock_monotonic_us();

    switch (step->what) {
    case MC_RUNS_DISCOVER:
        return discover(runs);
    case MC_RUNS_ASK:
        return ask(runs, step);
    case MC_RUNS_START:
        return start(runs, step->host);
    case MC_RUNS_WAIT:
        left_us = left_us > 1000000000 ? 1000000000 : left_us;
        (void)poll(NULL, 0, left_us > 0 ? (int)(left_us / 1000 + 1) : 0);
        return 0;
    case MC_RUNS_DONE:
        return 0;
    }
    return 0;
}

int mc_cmd_runs_play(struct mc_cmd_runs *runs)
{
    struct mc_runs_step step = {.what = MC_RUNS_WAIT};
    bool discovered = false;
    int r = 0;

    runs->spec.say = said;
    runs->spec.ended = ended;
    runs->spec.user = runs;
    runs->machine = mc_runs_new(&runs->spec);
    r = runs->machine ? 0 : -ENOMEM;
    while (r == 0 && step.what != MC_RUNS_DONE) {
        step = mc_runs_next(runs->machine, mc_clock_monotonic_us());
        bool again = step.what == MC_RUNS_DISCOVER && discovered && runs->once;
        struct mc_runs_figures figures = mc_runs_figures(runs->machine);
        /* The last turn of a round is over when all have had one. */
        if (again ||
            (runs->once && discovered && step.what == MC_RUNS_WAIT &&
             figures.started + figures.skipped + figures.refused >= figures.hosts)) {
            break;
        }
        r = do_step(runs, &step);
        discovered = discovered || (step.what == MC_RUNS_DISCOVER && !runs->failures);
    }
    if (runs->machine) {
        runs->figures = mc_runs_figures(runs->machine);
    }
    runs->machine = mc_runs_free(runs->machine);
    return r;
}
