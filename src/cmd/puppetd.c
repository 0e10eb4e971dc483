/* mco puppetd, mc-puppetd: Puppet in the manner of the first release (commands.md 1.17,
 * rows 35 to 39), by the agent puppetd. */
#include "cmd/runs.h"

#include <stdlib.h>
#include <string.h>

#define HOST_COLUMNS 40

static bool yes(const struct mc_client_reply *reply, const char *name)
{
    return mc_value_integer(mc_value_get_name(reply->data, name), 0) == 1;
}

static void show_status(struct mc_cmd *cmd)
{
    const struct mc_client_reply *reply;

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        const char *text = mc_value_cstr(mc_value_get_name(reply->data, "output"));
        mc_out_left(&cmd->out, reply->sender, HOST_COLUMNS);
        mc_out_raw(&cmd->out, " ");
        mc_out_text(&cmd->out, reply->status ? reply->message : text);
        mc_out_raw(&cmd->out, "\n");
    }
    mc_report_silent(&cmd->out, cmd->call);
}

static void show_count(struct mc_cmd *cmd)
{
    const struct mc_report_options options = {.verbose = mc_cmd_verbose(cmd)};
    const struct mc_client_reply *reply;
    size_t running = 0;
    size_t enabled = 0;
    size_t disabled = 0;

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        running += !reply->status && yes(reply, "running");
        enabled += !reply->status && yes(reply, "enabled");
        disabled += !reply->status && !yes(reply, "enabled");
    }
    mc_out_printf(&cmd->out,
                  "\nNodes currently doing puppet runs: %zu\n"
                  "          Nodes currently enabled: %zu\n"
                  "         Nodes currently disabled: %zu\n",
                  running, enabled, disabled);
    mc_report_statistics(&cmd->out, cmd->call, &options);
}

static int call(struct mc_cmd *cmd, const char *action, void (*show)(struct mc_cmd *))
{
    const struct mc_cmd_show shown = {.progress = true};
    bool force = strcmp(action, "runonce") == 0 &&
                 mc_options_has(&cmd->options, MC_OPT_puppetd_force);

    if (mc_cmd_call(cmd, "puppetd", action) ||
        (force && mc_call_input(cmd->call, "forcerun", "true", &cmd->error)) ||
        mc_cmd_rpc(cmd, shown)) {
        return mc_cmd_fail(cmd);
    }
    bool any = mc_call_stats(cmd->call)->discovered > 0;
    if (!show || mc_options_has(&cmd->options, MC_OPT_json)) {
        return mc_cmd_print(cmd, NULL) ? mc_cmd_fail(cmd)
                                       : mc_call_exit_code(cmd->call);
    }
    if (any) {
        show(cmd);
    }
    return mc_call_exit_code(cmd->call);
}

static int discovering(struct mc_cmd_runs *runs)
{
    mc_cmd_runs_say(runs, "Discovering hosts to run");
    return mc_cmd_call(runs->cmd, "puppetd", "status");
}

static int found(struct mc_cmd_runs *runs, size_t count)
{
    mc_cmd_runs_say(runs, "Found %zu hosts", count);
    return 0;
}

static int runall(struct mc_cmd *cmd, const char *word)
{
    struct mc_cmd_runs runs = {
        .cmd = cmd,
        .spec = {.form = MC_RUNS_FIRST,
                 .limit = word ? strtoul(word, NULL, 10) : 0,
                 .inclusive = mc_options_has(&cmd->options, MC_OPT_puppetd_inclusive)},
        .discovering = discovering,
        .found = found,
    };

    if (!word) {
        mc_out_raw(&cmd->err, "Please specify a maximum concurrency\n");
        return 1;
    }
    if (!runs.spec.limit || word[strspn(word, "0123456789")]) {
        mc_out_raw(&cmd->err, "Concurrency is 0, not running any nodes\n");
        return 1;
    }
    mc_cmd_runs_say(&runs, "Running all machines with a concurrency of %zu",
                    runs.spec.limit);
    if (mc_cmd_runs_play(&runs)) {
        return mc_cmd_fail(cmd);
    }
    return !runs.figures.hosts                            ? 1
           : runs.figures.refused || runs.figures.skipped ? 2
                                                          : 0;
}

static int run(struct mc_cmd *cmd)
{
    static const struct
    {
        const char *word;
        const char *action;
        void (*show)(struct mc_cmd *cmd);
    } verbs[] = {
        {"enable", "enable", NULL},      {"disable", "disable", NULL},
        {"runonce", "runonce", NULL},    {"status", "status", show_status},
        {"count", "status", show_count}, {"summary", "last_run_summary", NULL},
        {"runall", NULL, NULL},
    };
    const struct mc_options *options = &cmd->options;
    const char *word = options->words_count ? options->words[0] : NULL;
    size_t i = 0;

    if (!word) {
        mc_out_raw(&cmd->err, "Please specify a command\n");
        return 1;
    }
    while (i < MC_COUNT(verbs) && strcmp(verbs[i].word, word) != 0) {
        i++;
    }
    if (i == MC_COUNT(verbs)) {
        return mc_cmd_fail_with(cmd,
                                "Command has to be enable, disable, runonce, status, "
                                "count, summary or runall");
    }
    if (mc_cmd_open(cmd)) {
        return mc_cmd_fail(cmd);
    }
    return verbs[i].action
               ? call(cmd, verbs[i].action, verbs[i].show)
               : runall(cmd, options->words_count > 1 ? options->words[1] : NULL);
}

extern const struct mc_command mc_command_puppetd;
const struct mc_command mc_command_puppetd = {
    .name = "puppetd",
    .summary = "Run Puppet and ask about it, as the first release did",
    .usage = "puppetd [options] [filters] status|count|summary\n"
             "puppetd [options] [filters] enable|disable|runonce\n"
             "puppetd [options] [filters] runall <concurrency>",
    .sections = MC_SECTION_ALL,
    .run = run,
};
