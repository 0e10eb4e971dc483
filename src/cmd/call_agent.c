/* mco call-agent: a text to an agent that speaks no RPC, and what it answers
 * (commands.md 1.19). */
#include "cmd/command.h"

#include "codec/inspect.h"

struct answers
{
    struct mc_cmd *cmd;
    size_t count;
};

static void answered(void *user, const struct mc_client_reply *reply)
{
    struct answers *answers = user;
    struct mc_cmd *cmd = answers->cmd;
    struct mc_buffer text;

    if (mc_cmd_quiet(cmd)) {
        mc_cmd_show_name(cmd, answers->count++, reply->sender);
        return;
    }
    mc_buffer_init(&text, MC_INSPECT_BYTES_MAX);
    mc_inspect_pretty(reply->data, &text);
    mc_out_text(&cmd->out, reply->sender);
    mc_out_raw(&cmd->out, ">\n");
    if (mc_buffer_failed(&text)) {
        mc_out_raw(&cmd->out, "(too large to be shown)");
    } else {
        mc_out_bytes(&cmd->out, mc_buffer_bytes(&text));
    }
    mc_out_raw(&cmd->out, "\n");
    mc_out_flush(&cmd->out);
    mc_buffer_deinit(&text);
}

static int run(struct mc_cmd *cmd)
{
    const char *agent = mc_options_text(&cmd->options, MC_OPT_call_agent);
    const char *text = mc_options_text(&cmd->options, MC_OPT_call_argument);
    struct answers answers = {.cmd = cmd};

    if (!agent || !text) {
        mc_out_raw(&cmd->out, "Please use either --agent or --argument\n");
        return 1;
    }
    cmd->reads_nodes = true;
    if (mc_cmd_open(cmd) || mc_cmd_message(cmd, agent, text)) {
        return mc_cmd_fail(cmd);
    }
    return mc_cmd_ask_first(cmd, answered, &answers, &answers.count,
                            "stomp call summary");
}

extern const struct mc_command mc_command_call_agent;
const struct mc_command mc_command_call_agent = {
    .name = "call-agent",
    .summary = "Send a text to an agent that speaks no RPC",
    .usage = "call-agent [options] [filters] --agent <agent> --argument <text>",
    .sections = MC_SECTION_ALL,
    .run = run,
};
