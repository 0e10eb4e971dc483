/* mco iptables, mc-iptables: block addresses on many nodes (the layout of the original's
 * iptables application). */
#include "cmd/command.h"

#include <string.h>

#define HOST_COLUMNS 40

static bool is_query(const char *action)
{
    return strcmp(action, "isblocked") == 0;
}

static void line(struct mc_cmd *cmd, const struct mc_client_reply *reply, bool query)
{
    const char *output = mc_value_cstr(mc_value_get_name(reply->data, "output"));
    const struct mc_value *blocked = mc_value_get_name(reply->data, "blocked");
    const char *text = reply->message;

    if (!reply->status && query && !mc_cmd_verbose(cmd)) {
        text = mc_value_boolean(blocked, false) ? "true" : "false";
    } else if (!reply->status && !mc_cmd_verbose(cmd)) {
        return;
    } else if (!reply->status && output) {
        text = output;
    }
    mc_out_right(&cmd->out, reply->sender, HOST_COLUMNS);
    mc_out_raw(&cmd->out, ":  ");
    mc_out_text(&cmd->out, text);
    mc_out_raw(&cmd->out, "\n");
}

static int report(struct mc_cmd *cmd, bool query)
{
    struct mc_report_options options = {.verbose = mc_cmd_verbose(cmd),
                                        .summarize = true};
    const struct mc_client_reply *reply;

    if (mc_options_has(&cmd->options, MC_OPT_json)) {
        return mc_report_json(&cmd->out, cmd->call) ? mc_cmd_fail(cmd)
                                                    : mc_call_exit_code(cmd->call);
    }
    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        line(cmd, reply, query);
    }
    mc_out_raw(&cmd->out, "\n");
    if (mc_call_stats(cmd->call)->discovered) {
        mc_report_statistics(&cmd->out, cmd->call, &options);
    }
    return mc_call_exit_code(cmd->call);
}

static int run(struct mc_cmd *cmd)
{
    const char *const *words = cmd->options.words;
    size_t count = cmd->options.words_count;

    if (!count || (strcmp(words[0], "block") != 0 && strcmp(words[0], "unblock") != 0 &&
                   !is_query(words[0]))) {
        return mc_cmd_fail_with(cmd,
                                "Command should be one of block, unblock or isblocked");
    }
    if (count != 2) {
        return mc_cmd_fail_with(cmd, "Please provide an IP address");
    }
    if (mc_cmd_open(cmd) || mc_cmd_call(cmd, "iptables", words[0]) ||
        mc_call_input(cmd->call, "ipaddr", words[1], &cmd->error) ||
        mc_cmd_rpc(cmd, (struct mc_cmd_show){.progress = true})) {
        return mc_cmd_fail(cmd);
    }
    return report(cmd, is_query(words[0]));
}

extern const struct mc_command mc_command_iptables;
const struct mc_command mc_command_iptables = {
    .name = "iptables",
    .summary = "Block addresses in the packet filter of nodes",
    .usage = "iptables [options] [filters] <block|unblock|isblocked> <address>",
    .sections = MC_SECTION_ALL,
    .run = run,
};
