/* mco pgrep, mc-pgrep: processes, a line each, in the form of the first release
 * (commands.md 1.15). */
#include "cmd/processes.h"

#include "base/text.h"
#include <string.h>

/* "12.5MB": without zeros at the end. */
static void print_size(struct mc_cmd *cmd, double bytes)
{
    char text[MC_TEXT_SIZE_BYTES];

    mc_text_size(bytes, "", text);
    char *point = strchr(text, '.');
    char *unit = text + strcspn(text, "BKMGT");
    char *end = unit;
    while (point && end > point && (end[-1] == '0' || end[-1] == '.')) {
        end--;
        if (end == point) {
            break;
        }
    }
    memmove(end, unit, strlen(unit) + 1);
    mc_out_text(&cmd->out, text);
}

static void short_line(struct mc_cmd *cmd, const struct mc_value *process)
{
    mc_out_printf(&cmd->out, "%5.0f ", mc_processes_number(process, "pid"));
    mc_out_left(&cmd->out, mc_processes_cell(cmd->arena, process, MC_PROCESSES_USER),
                MC_PROCESSES_USER_COLUMNS);
    mc_out_raw(&cmd->out, "  ");
    print_size(cmd, mc_processes_number(process, "vsize"));
    mc_out_raw(&cmd->out, "  ");
    mc_out_text(&cmd->out,
                mc_processes_cell(cmd->arena, process, MC_PROCESSES_COMMAND));
    mc_out_raw(&cmd->out, "\n");
}

static void short_report(struct mc_cmd *cmd)
{
    const struct mc_client_reply *reply;
    size_t hosts = 0;
    size_t processes = 0;
    double rss = 0;
    double vsize = 0;

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        const struct mc_value *list = mc_processes_list(reply);
        if (reply->status) {
            mc_processes_failed(cmd, reply);
        }
        if (!mc_value_count(list)) {
            continue;
        }
        hosts++;
        mc_out_text(&cmd->out, reply->sender);
        mc_out_raw(&cmd->out, "\n");
        for (size_t k = 0; k < mc_value_count(list); k++) {
            const struct mc_value *process = mc_value_item(list, k);
            short_line(cmd, process);
            processes++;
            rss += mc_processes_number(process, "rss") * 1024;
            vsize += mc_processes_number(process, "vsize");
        }
        mc_out_raw(&cmd->out, "\n");
    }
    mc_out_raw(&cmd->out, "   ---- process list stats ----\n");
    mc_out_printf(&cmd->out, "        Matched hosts: %zu\n", hosts);
    mc_out_printf(&cmd->out, "    Matched processes: %zu\n", processes);
    mc_out_raw(&cmd->out, "        Resident Size: ");
    print_size(cmd, rss);
    mc_out_raw(&cmd->out, "\n         Virtual Size: ");
    print_size(cmd, vsize);
    mc_out_raw(&cmd->out, "\n\n");
}

static int run_short(struct mc_cmd *cmd)
{
    const struct mc_options *options = &cmd->options;

    if (mc_cmd_open(cmd) ||
        mc_processes_call(cmd, options->words_count ? options->words[0] : NULL)) {
        return mc_cmd_fail(cmd);
    }
    if (mc_options_has(options, MC_OPT_json)) {
        return mc_report_json(&cmd->out, cmd->call) ? mc_cmd_fail(cmd)
                                                    : mc_call_exit_code(cmd->call);
    }
    if (mc_call_stats(cmd->call)->discovered) {
        short_report(cmd);
        mc_report_silent(&cmd->out, cmd->call);
    }
    return mc_call_exit_code(cmd->call);
}

extern const struct mc_command mc_command_pgrep;
const struct mc_command mc_command_pgrep = {
    .name = "pgrep",
    .summary = "Find processes, one line each",
    .usage = "pgrep [options] [filters] [pattern]",
    .sections = MC_SECTION_ALL,
    .run = run_short,
};
