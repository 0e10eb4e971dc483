/* mco service: services on many nodes; only those in another state than the wanted one
 * are shown (commands.md 1.14, the layout of the first release). */
#include "cmd/command.h"

#include <string.h>

#define HOST_COLUMNS 40

static const struct verb
{
    const char *name;
    const char *wanted; /* state in which a node is not worth a line */
    const char *output; /* that says it */
} verbs[] = {
    {"start", "running", "status"},   {"stop", "stopped", "status"},
    {"restart", "running", "status"}, {"status", NULL, "status"},
    {"enable", "enabled", "enabled"}, {"disable", "disabled", "enabled"},
};

static const struct verb *find_verb(const char *word)
{
    for (size_t i = 0; i < MC_COUNT(verbs); i++) {
        if (strcmp(verbs[i].name, word) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

/* How many nodes are in which state. */
struct sums
{
    size_t started;
    size_t stopped;
    size_t unknown;
    size_t errors;
};

static const char *state_of(const struct mc_client_reply *reply, const char *output)
{
    const char *text = mc_value_cstr(mc_value_get_name(reply->data, output));

    return text ? text : "unknown";
}

static void count(struct sums *sums, const struct mc_client_reply *reply)
{
    const char *status = state_of(reply, "status");

    if (reply->status) {
        sums->errors++;
    } else if (strcmp(status, "running") == 0) {
        sums->started++;
    } else if (strcmp(status, "stopped") == 0) {
        sums->stopped++;
    } else {
        sums->unknown++;
    }
}

static void line(struct mc_cmd *cmd, const struct mc_client_reply *reply,
                 const struct verb *verb)
{
    bool verbose = mc_cmd_verbose(cmd);
    const char *state = state_of(reply, verb->output);

    if (!reply->status && !verbose && verb->wanted &&
        strcmp(state, verb->wanted) == 0) {
        return;
    }
    mc_out_left(&cmd->out, reply->sender, HOST_COLUMNS);
    if (reply->status) {
        mc_out_raw(&cmd->out, " error = ");
        mc_out_text(&cmd->out, reply->message);
        mc_out_raw(&cmd->out, "\n");
        return;
    }
    mc_out_printf(&cmd->out, " %s=", verb->output);
    mc_out_text(&cmd->out, state);
    mc_out_raw(&cmd->out, "\n");
    if (verbose) {
        mc_out_raw(&cmd->out, "\t\t");
        mc_out_text(&cmd->out, reply->message);
        mc_out_raw(&cmd->out, "\n");
    }
}

static void sum(struct mc_cmd *cmd, const char *name, size_t number)
{
    if (number) {
        mc_out_printf(&cmd->out, "%s=%zu ", name, number);
    }
}

static int report(struct mc_cmd *cmd, const struct verb *verb)
{
    const struct mc_call_stats *stats = mc_call_stats(cmd->call);
    const struct mc_client_reply *reply;
    struct sums sums = {0};

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        line(cmd, reply, verb);
        count(&sums, reply);
    }
    mc_out_raw(&cmd->out, "\n---- service agent summary ----\n");
    mc_out_printf(&cmd->out, "           Nodes: %zu / %zu\n", stats->discovered,
                  stats->responses);
    mc_out_raw(&cmd->out, "        Statuses: ");
    sum(cmd, "started", sums.started);
    sum(cmd, "stopped", sums.stopped);
    sum(cmd, "unknown", sums.unknown);
    sum(cmd, "errors", sums.errors);
    mc_out_printf(&cmd->out, "\n    Elapsed Time: %.2f s\n\n",
                  (double)stats->agent_us / 1e6);
    mc_report_silent(&cmd->out, cmd->call);
    return mc_call_exit_code(cmd->call);
}

static int call(struct mc_cmd *cmd, const struct verb *verb, const char *service)
{
    struct mc_cmd_show show = {.progress = true};

    if (mc_cmd_call(cmd, "service", verb->name) ||
        mc_call_input(cmd->call, "service", service, &cmd->error) ||
        mc_cmd_rpc(cmd, show)) {
        return mc_cmd_fail(cmd);
    }
    if (mc_options_has(&cmd->options, MC_OPT_json)) {
        return mc_report_json(&cmd->out, cmd->call) ? mc_cmd_fail(cmd)
                                                    : mc_call_exit_code(cmd->call);
    }
    if (!mc_call_stats(cmd->call)->discovered) {
        return mc_call_exit_code(cmd->call);
    }
    return report(cmd, verb);
}

/* Service and action stand in either order. */
static int run(struct mc_cmd *cmd)
{
    const struct mc_options *options = &cmd->options;

    if (options->words_count < 2) {
        return mc_cmd_fail_with(cmd, "Please specify service name and action");
    }
    const struct verb *verb = find_verb(options->words[0]);
    const char *service = options->words[verb ? 1 : 0];
    verb = verb ? verb : find_verb(options->words[1]);
    if (!verb) {
        return mc_cmd_fail_with(cmd, "Action has to be one of start, stop, restart or "
                                     "status, or enable or disable");
    }
    if (mc_cmd_open(cmd)) {
        return mc_cmd_fail(cmd);
    }
    if (strcmp(verb->name, "status") != 0 &&
        !mc_options_has(options, MC_OPT_service_yes) &&
        !mc_cmd_agreed(cmd, "services")) {
        return 1;
    }
    return call(cmd, verb, service);
}

extern const struct mc_command mc_command_service;
const struct mc_command mc_command_service = {
    .name = "service",
    .summary = "Start, stop, enable and ask about services",
    .usage = "service [options] [filters] <service> <action>\n"
             "service [options] [filters] <action> <service>",
    .sections = MC_SECTION_ALL,
    .run = run,
};
