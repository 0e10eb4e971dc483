/* mco nrpe: one check on many nodes, problems only; called as mc-nrpe in the form of the
 * first release, whose exit code is that of a check (commands.md 1.16). */
#include "cmd/checks.h"

#include "value/value.h"

#define HOST_COLUMNS 40

/* A text in the columns of a host; the lines below its first one stand below it. */
static void output(struct mc_out *out, struct mc_bytes text)
{
    size_t end = mc_bytes_find(text, '\n');
    struct mc_bytes first = mc_bytes_slice(text, 0, end);
    size_t width = mc_text_width(first);

    mc_out_raw(out, "    ");
    mc_out_bytes(out, first);
    mc_out_blanks(out, width < HOST_COLUMNS ? HOST_COLUMNS - width : 0);
    while (end < text.len) {
        text = mc_bytes_slice(text, end + 1, text.len);
        end = mc_bytes_find(text, '\n');
        mc_out_raw(out, "\n    ");
        mc_out_bytes(out, mc_bytes_slice(text, 0, end));
    }
    mc_out_raw(out, "\n\n");
}

static void host(struct mc_cmd *cmd, const struct mc_client_reply *reply)
{
    const struct mc_value *text = mc_value_get_name(reply->data, "output");

    mc_out_left(&cmd->out, reply->sender, HOST_COLUMNS);
    mc_out_raw(&cmd->out, " status=");
    mc_out_text(&cmd->out, reply->message);
    mc_out_raw(&cmd->out, "\n");
    if (mc_value_is(text, MC_STRING)) {
        output(&cmd->out, text->bytes);
    }
}

static void counts(struct mc_cmd *cmd, const size_t by_state[4])
{
    mc_out_raw(&cmd->out, mc_cmd_verbose(cmd) ? "Nagios Statusses:\n" : "");
    for (size_t i = 0; i < 4; i++) {
        mc_out_right(&cmd->out, mc_nrpe_state_name((enum mc_nrpe_state)i), 16);
        mc_out_printf(&cmd->out, ": %zu\n", by_state[i]);
    }
}

/* The highest state that was seen: UNKNOWN above CRITICAL. */
static int exit_code(const size_t by_state[4])
{
    int code = MC_NRPE_UNKNOWN;

    while (code > 0 && !by_state[code]) {
        code--;
    }
    return code;
}

static int report(struct mc_cmd *cmd)
{
    const char *caption =
        mc_arena_printf(cmd->arena, "%s NRPE results", cmd->options.words[0]);
    struct mc_report_options options = {.verbose = mc_cmd_verbose(cmd),
                                        .summarize = !cmd->first_release,
                                        .caption = caption};
    const struct mc_client_reply *reply;
    size_t by_state[4];

    mc_out_raw(&cmd->out, cmd->first_release ? "\n" : "");
    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        if (options.verbose || mc_checks_state(reply) != MC_NRPE_OK) {
            host(cmd, reply);
        }
    }
    mc_report_statistics(&cmd->out, cmd->call, &options);
    if (!cmd->first_release) {
        return mc_call_exit_code(cmd->call);
    }
    mc_checks_count(cmd->call, by_state);
    counts(cmd, by_state);
    return exit_code(by_state);
}

static int no_check(struct mc_cmd *cmd)
{
    if (!cmd->first_release) {
        return mc_cmd_fail_with(cmd, "Please specify a check name");
    }
    mc_out_raw(&cmd->out, "UNKNOWN: NRPE command not specified\n");
    return MC_NRPE_UNKNOWN;
}

static int run(struct mc_cmd *cmd)
{
    struct mc_cmd_show show = {.progress = true};

    if (!cmd->options.words_count) {
        return no_check(cmd);
    }
    if (mc_checks_call(cmd) || mc_cmd_rpc(cmd, show)) {
        (void)mc_cmd_fail(cmd);
        return cmd->first_release ? MC_NRPE_UNKNOWN : 1;
    }
    if (mc_options_has(&cmd->options, MC_OPT_json)) {
        return mc_report_json(&cmd->out, cmd->call) ? mc_cmd_fail(cmd)
                                                    : mc_call_exit_code(cmd->call);
    }
    if (!mc_call_stats(cmd->call)->discovered) {
        return cmd->first_release ? MC_NRPE_UNKNOWN : mc_call_exit_code(cmd->call);
    }
    return report(cmd);
}

extern const struct mc_command mc_command_nrpe;
const struct mc_command mc_command_nrpe = {
    .name = "nrpe",
    .summary = "Run a check of NRPE on many machines",
    .usage = "nrpe [options] [filters] <check> [arguments]",
    .sections = MC_SECTION_ALL,
    .run = run,
};
