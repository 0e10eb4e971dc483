/* mco puppetcommander: a service that runs Puppet on all nodes in the course of an
 * interval, one after the other (commands.md 1.17, rows 34 and 54). What it does, and why
 * a node had no run, is its log. */
#include "cmd/runs.h"

#include "base/file.h"
#include "codec/codec.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS_DEFAULT "/etc/marionette/puppetcommander.cfg"
#define SETTINGS_BYTES_MAX ((size_t)64 * 1024)
#define INTERVAL_DEFAULT_MIN 30
#define CONCURRENCY_DEFAULT 4
#define MINUTES_MAX (7 * 24 * 60)

struct plan
{
    double interval_min;
    unsigned concurrency;
    bool randomize;
    const char *logfile;
    const char *path; /* of the settings, NULL without */
};

/* A number of the settings, above 0 and no more than max. */
static int number(struct mc_cmd *cmd, const struct mc_value *settings, const char *name,
                  unsigned max, double *number)
{
    const struct mc_value *value = mc_value_get_name(settings, name);
    double given = mc_value_is(value, MC_INT) ? (double)mc_value_integer(value, 0)
                                              : mc_value_real(value, 0);

    if (!value) {
        return 0;
    }
    if (!(given > 0) || given > max) {
        mc_error_set(&cmd->error, "%s has to be a number above 0, at most %u", name,
                     max);
        return MC_CLIENT_USAGE;
    }
    *number = given;
    return 0;
}

/* The filter of the settings: options as on a command line, or what -W takes. */
static int filter(struct mc_cmd *cmd, const struct mc_value *settings)
{
    const struct mc_value *value = mc_value_get_name(settings, "filter");
    const char *text = mc_value_cstr(value);

    if (!value || mc_value_is(value, MC_NIL) || (text && !*text)) {
        return 0;
    }
    if (!text) {
        mc_error_set(&cmd->error, "filter has to be a text, such as -C webserver");
        return MC_CLIENT_USAGE;
    }
    const char *const words[] = {"--with", text};
    return text[0] == '-' ? mc_options_parse_text(&cmd->options, text, &cmd->error)
                          : mc_options_parse(&cmd->options, words, 2, &cmd->error);
}

static int take(struct mc_cmd *cmd, const struct mc_value *settings, struct plan *plan)
{
    static const char *const known[] = {"filter",      "randomize", "interval",
                                        "concurrency", "logfile",   "daemonize"};

    for (size_t i = 0; i < mc_value_count(settings); i++) {
        const char *key = mc_value_cstr(mc_value_key(settings, i));
        size_t k = 0;
        key = key && *key == ':' ? key + 1 : key;
        while (key && k < MC_COUNT(known) && strcmp(known[k], key) != 0) {
            k++;
        }
        if (!key || k == MC_COUNT(known)) {
            mc_error_set(&cmd->error, "unknown setting '%.60s'", key ? key : "");
            return MC_CLIENT_USAGE;
        }
    }
    const struct mc_value *shuffle = mc_value_get_name(settings, "randomize");
    plan->randomize = mc_value_boolean(shuffle, false);
    plan->logfile = mc_value_cstr(mc_value_get_name(settings, "logfile"));
    if (shuffle && !mc_value_is(shuffle, MC_BOOL)) {
        mc_error_set(&cmd->error, "randomize has to be true or false");
        return MC_CLIENT_USAGE;
    }
    double concurrency = plan->concurrency;
    int r = number(cmd, settings, "interval", MINUTES_MAX, &plan->interval_min);
    r = r ? r : number(cmd, settings, "concurrency", UINT16_MAX, &concurrency);
    plan->concurrency = (unsigned)concurrency;
    return r ? r : filter(cmd, settings);
}

static int read_settings(struct mc_cmd *cmd, const char *path, struct plan *plan)
{
    const struct mc_value *settings = NULL;
    struct mc_bytes text;
    int r = mc_file_read(path, SETTINGS_BYTES_MAX, cmd->arena, &text, &cmd->error);

    if (r != 0) {
        return r;
    }
    plan->path = path;
    r = mc_yaml_decode(text, 0, cmd->arena, &settings, &cmd->error);
    if (r == 0 && !mc_value_is(settings, MC_HASH)) {
        mc_error_set(&cmd->error, "it holds no settings");
        r = MC_CLIENT_USAGE;
    }
    r = r ? r : take(cmd, settings, plan);
    if (r != 0) {
        mc_error_prefix(&cmd->error, "%s: ", path);
    }
    return r;
}

/* Settings, and options that go before them. */
static int make_plan(struct mc_cmd *cmd, struct plan *plan)
{
    const struct mc_options *options = &cmd->options;
    const char *path = mc_options_text(options, MC_OPT_commander_settings);
    const char *logfile = mc_options_text(options, MC_OPT_commander_logfile);
    const char *interval = mc_options_text(options, MC_OPT_commander_interval);
    int r = 0;

    if (path || mc_file_readable(SETTINGS_DEFAULT)) {
        r = read_settings(cmd, path ? path : SETTINGS_DEFAULT, plan);
    }
    plan->interval_min = interval ? strtod(interval, NULL) : plan->interval_min;
    plan->concurrency =
        mc_options_number(options, MC_OPT_commander_concurrency, plan->concurrency);
    plan->logfile = logfile ? logfile : plan->logfile;
    plan->randomize =
        plan->randomize || mc_options_has(options, MC_OPT_commander_randomize);
    if (r == 0 && (!(plan->interval_min > 0) || plan->interval_min > MINUTES_MAX ||
                   !plan->concurrency)) {
        mc_error_set(&cmd->error,
                     "Interval and concurrency have to be greater than 0, and "
                     "the interval at most a week");
        r = MC_CLIENT_USAGE;
    }
    return r;
}

static int discovering(struct mc_cmd_runs *runs)
{
    return mc_cmd_call(runs->cmd, "puppet", "status");
}

static int found(struct mc_cmd_runs *runs, size_t count)
{
    int64_t seconds = runs->spec.interval_us / 1000000;

    if (count) {
        mc_cmd_runs_say(runs, "Found %zu nodes: one every %.1f seconds%s", count,
                        (double)seconds / (double)count,
                        runs->dry ? ", as a dry run" : "");
    } else {
        mc_cmd_runs_say(runs, "Found no nodes, looking again in %lld seconds",
                        (long long)seconds);
    }
    return 0;
}

static int run(struct mc_cmd *cmd)
{
    struct plan plan = {.interval_min = INTERVAL_DEFAULT_MIN,
                        .concurrency = CONCURRENCY_DEFAULT};

    if (cmd->options.words_count) {
        return mc_cmd_fail_with(cmd, "It takes no words, only options and filters");
    }
    if (make_plan(cmd, &plan) || mc_cmd_open(cmd)) {
        return mc_cmd_fail(cmd);
    }
    struct mc_cmd_runs runs = {
        .cmd = cmd,
        .spec = {.form = MC_RUNS_SPREAD,
                 .limit = plan.concurrency,
                 .interval_us = (int64_t)(plan.interval_min * 60 * 1e6),
                 .shuffle = plan.randomize,
                 .seed = -1},
        .dry = mc_options_has(&cmd->options, MC_OPT_commander_dry),
        .once = mc_options_has(&cmd->options, MC_OPT_commander_once),
        .log = plan.logfile ? mc_record_new(plan.logfile) : NULL,
        .discovering = discovering,
        .found = found,
    };
    mc_cmd_runs_say(&runs, "All nodes have a run every %g minutes, %u at a time, %s",
                    plan.interval_min, plan.concurrency,
                    plan.randomize ? "shuffled" : "in the order of their names");
    int r = mc_cmd_runs_play(&runs);
    mc_record_free(runs.log);
    return r ? mc_cmd_fail(cmd) : runs.figures.refused ? 2 : 0;
}

extern const struct mc_command mc_command_puppetcommander;
const struct mc_command mc_command_puppetcommander = {
    .name = "puppetcommander",
    .summary = "Run Puppet on all nodes, spread over an interval, again and again",
    .usage = "puppetcommander [options] [filters]",
    .sections = MC_SECTION_ALL,
    .run = run,
};
