/* mco help: what commands there are, and the options of one (commands.md 1.21). */
#include "cmd/command.h"

static void list(struct mc_cmd *cmd)
{
    mc_out_raw(&cmd->out, "The Marionette Collective version " MC_VERSION "\n\n");
    for (size_t i = 0; mc_commands[i]; i++) {
        mc_out_raw(&cmd->out, "  ");
        mc_out_left(&cmd->out, mc_commands[i]->name, 15);
        mc_out_printf(&cmd->out, " %s\n", mc_commands[i]->summary);
    }
    mc_out_raw(&cmd->out, "\n");
}

static int run(struct mc_cmd *cmd)
{
    if (!cmd->options.words_count) {
        list(cmd);
        return 0;
    }
    const struct mc_command *command = mc_command_named(cmd->options.words[0]);
    if (!command) {
        return mc_cmd_fail_with(cmd, "there is no command '%s'", cmd->options.words[0]);
    }
    cmd->command = command;
    cmd->options.command = command->name;
    cmd->options.sections = command->sections;
    mc_cmd_help(cmd);
    return 0;
}

extern const struct mc_command mc_command_help;
const struct mc_command mc_command_help = {
    .name = "help",
    .summary = "List the commands, or explain one",
    .usage = "help [<command>]",
    .sections = MC_SECTION_REQUIRED,
    .run = run,
};
