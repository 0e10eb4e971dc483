/* mco find: the names of nodes, one a line and nothing else, so that other tools can
 * read them (commands.md 1.10). */
#include "cmd/command.h"

/* Print the names. Returns how many. */
static size_t print_names(struct mc_cmd *cmd)
{
    size_t count = 0;
    const char *const *names = mc_cmd_sorted_names(cmd, &count);

    for (size_t i = 0; names && i < count; i++) {
        mc_out_text(&cmd->out, names[i]);
        mc_out_raw(&cmd->out, "\n");
    }
    return names ? count : 0;
}

static int run(struct mc_cmd *cmd)
{
    bool verbose = mc_cmd_verbose(cmd);

    cmd->reads_nodes = true;
    if (mc_cmd_open(cmd) || mc_cmd_call(cmd, NULL, NULL) ||
        mc_call_filter(cmd->call, MC_SELECT_AGENT, "rpcutil", &cmd->error)) {
        return mc_cmd_fail(cmd);
    }
    if (verbose) {
        mc_cmd_show_discovery(cmd);
    }
    if (mc_call_discover(cmd->call, &cmd->error)) {
        return mc_cmd_fail(cmd);
    }
    mc_out_raw(&cmd->err, verbose ? "\n" : "");
    size_t count = print_names(cmd);
    if (verbose) {
        double seconds = (double)mc_call_stats(cmd->call)->discovery_us / 1e6;
        mc_out_flush(&cmd->out);
        mc_out_printf(&cmd->err,
                      "\nDiscovered %zu nodes in %.2f seconds using the %s discovery "
                      "plugin\n",
                      count, seconds, mc_call_method_name(cmd->call));
    }
    return count ? 0 : 1;
}

extern const struct mc_command mc_command_find;
const struct mc_command mc_command_find = {
    .name = "find",
    .summary = "List the nodes that match a filter",
    .usage = "find [options] [filters]",
    .sections = MC_SECTION_ALL,
    .run = run,
};
