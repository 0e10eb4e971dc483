/* check-mc-nrpe: one check on many nodes as a single check of a monitoring system
 * (commands.md 4.5): a line with performance data, the nodes in trouble below it, and an
 * exit code from 0 to 3. Nothing else is written to standard output. */
#include "cmd/checks.h"

/* The nodes in a state, on one line. silent: with those that did not answer. */
static void list(struct mc_cmd *cmd, enum mc_nrpe_state state)
{
    const struct mc_client_reply *reply;
    size_t count = 0;
    const char *const *silent = mc_call_names(cmd->call, MC_NODES_NO_RESPONSE, &count);

    mc_out_printf(&cmd->out, "%s:\n  ", mc_nrpe_state_name(state));
    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        if (mc_checks_state(reply) == state) {
            mc_out_printf(&cmd->out, " %s", reply->sender);
        }
    }
    for (size_t i = 0; state == MC_NRPE_UNKNOWN && i < count; i++) {
        mc_out_printf(&cmd->out, " %s", silent[i]);
    }
    mc_out_raw(&cmd->out, "\n");
}

static void report(struct mc_cmd *cmd, const size_t counts[4])
{
    static const enum mc_nrpe_state order[] = {MC_NRPE_CRITICAL, MC_NRPE_WARNING,
                                               MC_NRPE_UNKNOWN};
    const struct mc_call_stats *stats = mc_call_stats(cmd->call);

    mc_out_text(&cmd->out, cmd->options.words[0]);
    mc_out_printf(&cmd->out,
                  ": OK: %zu WARNING: %zu CRITICAL: %zu UNKNOWN: %zu"
                  "|total=%zu ok=%zu warn=%zu crit=%zu unknown=%zu checktime=%f\n",
                  counts[MC_NRPE_OK], counts[MC_NRPE_WARNING], counts[MC_NRPE_CRITICAL],
                  counts[MC_NRPE_UNKNOWN], stats->responses, counts[MC_NRPE_OK],
                  counts[MC_NRPE_WARNING], counts[MC_NRPE_CRITICAL],
                  counts[MC_NRPE_UNKNOWN], (double)stats->agent_us / 1e6);
    for (size_t i = 0; i < MC_COUNT(order); i++) {
        if (counts[order[i]]) {
            list(cmd, order[i]);
        }
    }
}

/* One machine in a critical state is worse than many of which nothing is known. */
static int exit_code(const size_t counts[4])
{
    return counts[MC_NRPE_CRITICAL]  ? MC_NRPE_CRITICAL
           : counts[MC_NRPE_UNKNOWN] ? MC_NRPE_UNKNOWN
           : counts[MC_NRPE_WARNING] ? MC_NRPE_WARNING
                                     : MC_NRPE_OK;
}

static int run(struct mc_cmd *cmd)
{
    size_t counts[4];

    if (!cmd->options.words_count) {
        return mc_cmd_fail_with(cmd, "NRPE command not specified");
    }
    if (mc_checks_call(cmd)) {
        return mc_cmd_fail(cmd);
    }
    mc_call_sort(cmd->call);
    if (mc_call_run(cmd->call, &cmd->error)) {
        return mc_cmd_fail(cmd);
    }
    if (!mc_call_stats(cmd->call)->discovered) {
        mc_out_text(&cmd->out, cmd->options.words[0]);
        mc_out_raw(&cmd->out, ": UNKNOWN: did not discovery any nodes\n");
        return MC_NRPE_UNKNOWN;
    }
    mc_checks_count(cmd->call, counts);
    report(cmd, counts);
    return exit_code(counts);
}

extern const struct mc_command mc_command_check_mc_nrpe;
const struct mc_command mc_command_check_mc_nrpe = {
    .name = "check-mc-nrpe",
    .summary = "Run a check of NRPE on many machines, for a monitoring system",
    .usage = "check-mc-nrpe [options] [filters] <check> [arguments]",
    .sections = MC_SECTION_COMMON | MC_SECTION_FILTER | MC_SECTION_REQUIRED,
    .monitor = true,
    .run = run,
};
