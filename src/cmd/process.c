/* mco process: the processes of many nodes as tables (commands.md 1.15). */
#include "cmd/processes.h"

#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GAP 5

static const char *const field_names[] = {"PID", "USER", "VSZ",  "COMMAND",
                                          "TTY", "RSS",  "STATE"};

/* The columns of a table. */
struct columns
{
    enum mc_processes_field fields[MC_PROCESSES_FIELDS];
    size_t width[MC_PROCESSES_FIELDS];
    size_t count;
};

static int add_field(struct mc_cmd *cmd, struct columns *columns, const char *name)
{
    for (size_t i = 0; i < MC_PROCESSES_FIELDS; i++) {
        if (strcasecmp(field_names[i], name) == 0) {
            if (columns->count < MC_PROCESSES_FIELDS) {
                columns->width[columns->count] = strlen(name);
                columns->fields[columns->count++] = (enum mc_processes_field)i;
            }
            return 0;
        }
    }
    mc_error_set(
        &cmd->error,
        "'%.40s' specified as process field. Valid options are PID, USER, VSZ, "
        "COMMAND, TTY, RSS, STATE",
        name);
    return -1;
}

/* The fields of the option, else those of the configuration, else the usual ones. */
static int read_fields(struct mc_cmd *cmd, struct columns *columns)
{
    const char *text = mc_options_text(&cmd->options, MC_OPT_fields);
    const char *rest = text ? text : mc_client_setting(cmd->client, "process.fields");

    for (rest = rest && *rest ? rest : "pid,user,vsz,command"; *rest;) {
        size_t len = strcspn(rest, ", ");
        const char *name = mc_arena_text(cmd->arena, mc_bytes_make(rest, len));
        if (!name || (len && add_field(cmd, columns, name) != 0)) {
            return -1;
        }
        rest += len + (rest[len] != '\0');
    }
    return 0;
}

static void measure(struct mc_cmd *cmd, struct columns *columns)
{
    const struct mc_client_reply *reply;

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        const struct mc_value *list = mc_processes_list(reply);
        for (size_t k = 0; k < mc_value_count(list) * columns->count; k++) {
            size_t column = k % columns->count;
            const char *text =
                mc_processes_cell(cmd->arena, mc_value_item(list, k / columns->count),
                                  columns->fields[column]);
            size_t width = mc_text_width(mc_bytes_text(text));
            if (width > columns->width[column]) {
                columns->width[column] = width;
            }
        }
    }
}

static void table(struct mc_cmd *cmd, const struct columns *columns,
                  const struct mc_client_reply *reply)
{
    const struct mc_value *list = mc_processes_list(reply);

    mc_out_raw(&cmd->out, "   ");
    mc_out_text(&cmd->out, reply->sender);
    mc_out_raw(&cmd->out, "\n\n");
    for (size_t row = 0; row <= mc_value_count(list); row++) {
        const struct mc_value *process = row ? mc_value_item(list, row - 1) : NULL;
        for (size_t i = 0; i < columns->count; i++) {
            mc_out_blanks(&cmd->out, GAP);
            mc_out_left(&cmd->out,
                        row ? mc_processes_cell(cmd->arena, process, columns->fields[i])
                            : field_names[columns->fields[i]],
                        columns->width[i]);
        }
        mc_out_raw(&cmd->out, "\n");
    }
    mc_out_raw(&cmd->out, "\n");
}

static void list_report(struct mc_cmd *cmd, struct columns *columns)
{
    struct mc_report_options options = {.verbose = mc_cmd_verbose(cmd),
                                        .summarize = true,
                                        .caption = "list Process results"};
    const struct mc_client_reply *reply;
    bool silent = mc_options_has(&cmd->options, MC_OPT_silent);

    measure(cmd, columns);
    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        if (reply->status) {
            mc_processes_failed(cmd, reply);
        }
    }
    for (size_t i = 0; !silent && (reply = mc_call_reply(cmd->call, i)); i++) {
        if (mc_value_count(mc_processes_list(reply))) {
            table(cmd, columns, reply);
        }
    }
    mc_out_raw(&cmd->out, "\n");
    mc_report_statistics(&cmd->out, cmd->call, &options);
}

static int run_list(struct mc_cmd *cmd)
{
    const struct mc_options *options = &cmd->options;
    struct columns columns = {.count = 0};

    if (!options->words_count) {
        return mc_cmd_fail_with(cmd, "Please provide an action");
    }
    if (strcmp(options->words[0], "list") != 0) {
        return mc_cmd_fail_with(cmd, "Invalid action. Valid action is 'list'");
    }
    if (mc_cmd_open(cmd) || read_fields(cmd, &columns) ||
        mc_processes_call(cmd, options->words_count > 1 ? options->words[1] : NULL)) {
        return mc_cmd_fail(cmd);
    }
    if (mc_options_has(options, MC_OPT_json)) {
        return mc_report_json(&cmd->out, cmd->call) ? mc_cmd_fail(cmd)
                                                    : mc_call_exit_code(cmd->call);
    }
    if (mc_call_stats(cmd->call)->discovered) {
        list_report(cmd, &columns);
    }
    return mc_call_exit_code(cmd->call);
}

extern const struct mc_command mc_command_process;
const struct mc_command mc_command_process = {
    .name = "process",
    .summary = "List the processes of many machines",
    .usage = "process [options] [filters] list [pattern]",
    .sections = MC_SECTION_ALL,
    .run = run_list,
};
