/* What the commands of the first release share: one line for discovery, answers as they
 * come, names side by side (commands.md 1.20). */
#include "cmd/command.h"

static void counting(void *user, const char *method, unsigned seconds)
{
    struct mc_cmd *cmd = user;

    (void)method;
    mc_out_printf(
        &cmd->out,
        "Determining the amount of hosts matching filter for %u seconds .... ",
        seconds);
    mc_out_flush(&cmd->out);
}

static void counted(void *user, size_t count)
{
    struct mc_cmd *cmd = user;

    mc_out_printf(&cmd->out, "%zu\n\n", count);
    mc_out_flush(&cmd->out);
}

static void show_counting(struct mc_cmd *cmd)
{
    mc_call_on_discovering(cmd->call, counting, cmd);
    mc_call_on_found(cmd->call, counted, cmd);
}

/* Discover, and say so when there is nobody. */
static int somebody(struct mc_cmd *cmd)
{
    size_t count = 0;
    int r = mc_call_discover(cmd->call, &cmd->error);

    (void)mc_call_names(cmd->call, MC_NODES_DISCOVERED, &count);
    if (!r && !count) {
        mc_error_set(&cmd->error, "No matching clients found");
        return MC_CLIENT_USAGE;
    }
    return r;
}

void mc_cmd_show_name(struct mc_cmd *cmd, size_t index, const char *name)
{
    mc_out_raw(&cmd->out, index % 4 == 0 && index ? "\n" : "");
    mc_out_left(&cmd->out, name, 30);
    mc_out_flush(&cmd->out);
}

int mc_cmd_ask_first(struct mc_cmd *cmd, mc_reply_fn *fn, void *user,
                     const size_t *names, const char *caption)
{
    bool json = mc_options_has(&cmd->options, MC_OPT_json);

    if (!json) {
        show_counting(cmd);
        mc_call_forget_replies(cmd->call);
        mc_call_on_reply(cmd->call, fn, user);
    }
    if (somebody(cmd) || mc_call_run(cmd->call, &cmd->error) ||
        (json && mc_report_json(&cmd->out, cmd->call))) {
        return mc_cmd_fail(cmd);
    }
    if (!json) {
        mc_out_raw(&cmd->out, *names ? "\n" : "");
        mc_report_discovered(&cmd->out, cmd->call, mc_cmd_quiet(cmd) ? NULL : caption);
    }
    return mc_call_exit_code(cmd->call);
}
