/* States of replies and the call of a check; see checks.h. */
#include "cmd/checks.h"

#include "value/value.h"

enum mc_nrpe_state mc_checks_state(const struct mc_client_reply *reply)
{
    const struct mc_value *code = mc_value_get_name(reply->data, "exitcode");

    return reply->status <= 1 && mc_value_is(code, MC_INT)
               ? mc_nrpe_state(code->integer)
               : MC_NRPE_UNKNOWN;
}

void mc_checks_count(const struct mc_call *call, size_t ret_counts[4])
{
    const struct mc_client_reply *reply;
    size_t silent = 0;

    (void)mc_call_names(call, MC_NODES_NO_RESPONSE, &silent);
    for (size_t i = 0; i < 4; i++) {
        ret_counts[i] = i == MC_NRPE_UNKNOWN ? silent : 0;
    }
    for (size_t i = 0; (reply = mc_call_reply(call, i)); i++) {
        ret_counts[mc_checks_state(reply)]++;
    }
}

int mc_checks_call(struct mc_cmd *cmd)
{
    const struct mc_options *options = &cmd->options;
    int r = mc_cmd_open(cmd);

    r = r ? r : mc_cmd_call(cmd, "nrpe", "runcommand");
    r = r ? r : mc_call_input(cmd->call, "command", options->words[0], &cmd->error);
    if (!r && options->words_count > 1) {
        r = mc_call_input(cmd->call, "args", options->words[1], &cmd->error);
    }
    return r;
}
