/* mco nettest, mc-nettest: what nodes can reach, a line each (the layout of the original's
 * nettest application). */
#include "cmd/command.h"

#include <math.h>
#include <string.h>

#define HOST_COLUMNS 40

/* Smallest, largest and sum of the times. */
struct times
{
    double min;
    double max;
    double sum;
    size_t count;
};

static void add_time(struct times *times, double rtt)
{
    times->min = times->count ? fmin(times->min, rtt) : rtt;
    times->max = times->count ? fmax(times->max, rtt) : rtt;
    times->sum += rtt;
    times->count++;
}

static void line(struct mc_cmd *cmd, const struct mc_client_reply *reply,
                 struct times *times)
{
    const char *status =
        mc_value_cstr(mc_value_get_name(reply->data, "connect_status"));
    const struct mc_value *rtt = mc_value_get_name(reply->data, "rtt");

    mc_out_left(&cmd->out, reply->sender, HOST_COLUMNS);
    if (reply->status) {
        mc_out_raw(&cmd->out, "  \t\t");
        mc_out_text(&cmd->out, reply->message);
    } else if (status) {
        mc_out_raw(&cmd->out, " status = ");
        mc_out_text(&cmd->out, status);
    } else {
        mc_out_printf(&cmd->out, " time = %.10g", mc_value_real(rtt, 0));
        add_time(times, mc_value_real(rtt, 0));
    }
    if (!reply->status && mc_cmd_verbose(cmd)) {
        mc_out_raw(&cmd->out, "\t\t");
        mc_out_text(&cmd->out, reply->message);
    }
    mc_out_raw(&cmd->out, "\n");
}

static int report(struct mc_cmd *cmd, bool ping)
{
    struct mc_report_options options = {
        .verbose = mc_cmd_verbose(cmd),
        .summarize = !ping,
        .caption = ping ? "ping Nettest results" : "connect Nettest results",
    };
    const struct mc_client_reply *reply;
    struct times times = {0};

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        line(cmd, reply, &times);
    }
    mc_out_raw(&cmd->out, "\n");
    if (times.count) {
        mc_out_printf(&cmd->out,
                      "Summary of RTT:\n\n   Min: %.3fms  Max: %.3fms  Average: "
                      "%.3fms\n\n\n",
                      times.min, times.max, times.sum / (double)times.count);
    }
    if (mc_call_stats(cmd->call)->discovered) {
        mc_report_statistics(&cmd->out, cmd->call, &options);
    }
    return mc_call_exit_code(cmd->call);
}

static int call(struct mc_cmd *cmd, bool ping)
{
    const char *const *words = cmd->options.words;

    if (mc_cmd_call(cmd, "nettest", words[0]) ||
        mc_call_input(cmd->call, "fqdn", words[1], &cmd->error) ||
        (!ping && mc_call_input(cmd->call, "port", words[2], &cmd->error)) ||
        mc_cmd_rpc(cmd, (struct mc_cmd_show){.progress = true})) {
        return mc_cmd_fail(cmd);
    }
    if (mc_options_has(&cmd->options, MC_OPT_json)) {
        return mc_report_json(&cmd->out, cmd->call) ? mc_cmd_fail(cmd)
                                                    : mc_call_exit_code(cmd->call);
    }
    return report(cmd, ping);
}

static int run(struct mc_cmd *cmd)
{
    const struct mc_options *options = &cmd->options;
    bool ping = options->words_count && strcmp(options->words[0], "ping") == 0;

    if (options->words_count < 2) {
        return mc_cmd_fail_with(cmd, "Please specify an action and optional arguments");
    }
    if (!ping && strcmp(options->words[0], "connect") != 0) {
        return mc_cmd_fail_with(cmd, "Action can only to be ping or connect");
    }
    if (options->words_count != (ping ? 2u : 3u)) {
        return mc_cmd_fail_with(cmd, ping ? "ping takes a host and nothing else"
                                          : "connect takes a host and a port");
    }
    if (mc_cmd_open(cmd)) {
        return mc_cmd_fail(cmd);
    }
    if (!mc_options_has(options, MC_OPT_nettest_yes) &&
        !mc_cmd_agreed_to(cmd, "perform network tests")) {
        return 1;
    }
    return call(cmd, ping);
}

extern const struct mc_command mc_command_nettest;
const struct mc_command mc_command_nettest = {
    .name = "nettest",
    .summary = "Test from nodes whether a host can be reached",
    .usage = "nettest [options] [filters] ping <host>\n"
             "nettest [options] [filters] connect <host> <port>",
    .sections = MC_SECTION_ALL,
    .run = run,
};
