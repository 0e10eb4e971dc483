/* mco filemgr, mc-filemgr: touch, remove and look at a file on many nodes
 * (commands.md 1.18). */
#include "cmd/command.h"

#include <string.h>

#define HOST_COLUMNS 40

static const char *action_of(const struct mc_cmd *cmd)
{
    static const char *const actions[] = {"touch", "status", "remove"};
    const char *word = cmd->options.words_count ? cmd->options.words[0] : "touch";

    for (size_t i = 0; i < MC_COUNT(actions); i++) {
        if (strcmp(actions[i], word) == 0) {
            return actions[i];
        }
    }
    return NULL;
}

/* A line for each node. */
static void short_status(struct mc_cmd *cmd)
{
    const struct mc_client_reply *reply;
    struct mc_report_options options = {.verbose = mc_cmd_verbose(cmd)};

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        const char *text = mc_value_cstr(mc_value_get_name(reply->data, "output"));
        mc_out_left(&cmd->out, reply->sender, HOST_COLUMNS);
        mc_out_raw(&cmd->out, ": ");
        mc_out_text(&cmd->out, text ? text : reply->message);
        mc_out_raw(&cmd->out, "\n");
    }
    mc_out_raw(&cmd->out, "\n");
    if (mc_call_stats(cmd->call)->discovered) {
        mc_report_statistics(&cmd->out, cmd->call, &options);
    }
}

static int run(struct mc_cmd *cmd)
{
    const struct mc_options *options = &cmd->options;
    const char *file = mc_options_text(options, MC_OPT_file);
    const char *action = action_of(cmd);

    if (!file || !*file) {
        return mc_cmd_fail_with(cmd, "The file option is mandatory: --file FILE");
    }
    if (!action || options->words_count > 1) {
        return mc_cmd_fail_with(cmd,
                                "Valid commands are 'touch', 'status', and 'remove'");
    }
    if (mc_cmd_open(cmd) || mc_cmd_call(cmd, "filemgr", action) ||
        mc_call_input(cmd->call, "file", file, &cmd->error) ||
        mc_cmd_rpc(cmd, (struct mc_cmd_show){.progress = true})) {
        return mc_cmd_fail(cmd);
    }
    if (strcmp(action, "status") == 0 && !mc_options_has(options, MC_OPT_details) &&
        !mc_options_has(options, MC_OPT_json)) {
        short_status(cmd);
    } else if (mc_cmd_print(cmd, NULL)) {
        return mc_cmd_fail(cmd);
    }
    return mc_call_exit_code(cmd->call);
}

extern const struct mc_command mc_command_filemgr;
const struct mc_command mc_command_filemgr = {
    .name = "filemgr",
    .summary = "Touch, remove and look at a file",
    .usage = "filemgr [options] [filters] --file FILE [touch|remove|status]",
    .sections = MC_SECTION_ALL,
    .run = run,
};
