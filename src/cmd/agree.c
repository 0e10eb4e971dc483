/* The question before something is changed on all nodes (commands.md 1.13, 1.14). */
#include "cmd/command.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool filtered(const struct mc_cmd *cmd)
{
    static const enum mc_option_id filters[] = {
        MC_OPT_with,       MC_OPT_with_fact,     MC_OPT_with_class, MC_OPT_select,
        MC_OPT_with_agent, MC_OPT_with_identity, MC_OPT_nodes,
    };

    for (size_t i = 0; i < MC_COUNT(filters); i++) {
        if (mc_options_has(&cmd->options, filters[i])) {
            return true;
        }
    }
    return false;
}

bool mc_cmd_agreed_to(struct mc_cmd *cmd, const char *what)
{
    char answer[16];

    if (filtered(cmd)) {
        return true;
    }
    mc_out_printf(&cmd->out, "Do you really want to %s unfiltered? (y/n): ", what);
    mc_out_flush(&cmd->out);
    if (!fgets(answer, sizeof(answer), stdin)) {
        mc_out_raw(&cmd->out, "\n");
        return false;
    }
    answer[strcspn(answer, "\r\n")] = '\0';
    return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}

bool mc_cmd_agreed(struct mc_cmd *cmd, const char *things)
{
    const char *what = mc_arena_printf(cmd->arena, "operate on %s", things);

    return what && mc_cmd_agreed_to(cmd, what);
}
