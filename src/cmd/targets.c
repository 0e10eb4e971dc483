/* Which nodes a call goes to and in what portions, from the options; see command.h. */
#include "cmd/command.h"

#include <math.h>
#include <stdlib.h>

int mc_cmd_method(struct mc_cmd *cmd)
{
    const char *method = mc_options_text(&cmd->options, MC_OPT_method);
    const char *option = mc_options_text(&cmd->options, MC_OPT_method_option);
    const char *nodes = mc_options_text(&cmd->options, MC_OPT_nodes);

    if (nodes && (method || option)) {
        mc_error_set(&cmd->error,
                     "Cannot mix --disc-method, --disc-option and --nodes");
        return MC_CLIENT_USAGE;
    }
    if (nodes) {
        return mc_call_method(cmd->call, "flatfile", &nodes, 1, &cmd->error);
    }
    if (!method) {
        return 0;
    }
    return mc_call_method(cmd->call, method, &option, option ? 1 : 0, &cmd->error);
}

int mc_cmd_batch(struct mc_cmd *cmd)
{
    const char *size = mc_options_text(&cmd->options, MC_OPT_batch);
    const char *pause = mc_options_text(&cmd->options, MC_OPT_batch_sleep);
    double pause_ms = pause ? strtod(pause, NULL) * 1000 : -1;

    if (!size && !pause) {
        return 0;
    }
    return mc_call_batch(cmd->call, size, pause_ms < 1e12 ? llround(pause_ms) : -1,
                         &cmd->error);
}
