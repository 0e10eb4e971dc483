/* mco facts: which values a fact has, and how often (commands.md 1.12). */
#include "cmd/command.h"

#include "codec/inspect.h"
#include <stdlib.h>
#include <string.h>

#define VALUE_COLUMNS 40

/* One node and its value. */
struct row
{
    const char *value;
    const char *node;
};

static int by_value(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;
    int order = strcmp(left->value, right->value);

    return order ? order : strcmp(left->node, right->node);
}

/* The nodes that have a value, sorted by it. */
static struct row *make_rows(struct mc_cmd *cmd, size_t *ret_count)
{
    size_t all = mc_call_stats(cmd->call)->responses;
    struct row *rows = mc_arena_array(cmd->arena, all + 1, sizeof(*rows));
    const struct mc_client_reply *reply;
    size_t count = 0;

    for (size_t i = 0; rows && count < all && (reply = mc_call_reply(cmd->call, i));
         i++) {
        const struct mc_value *value = mc_value_get_name(reply->data, "value");
        const char *text = mc_inspect_text(value, cmd->arena);
        if (text && !mc_value_is(value, MC_NIL)) {
            rows[count++] = (struct row){.value = text, .node = reply->sender};
        }
    }
    if (count) {
        qsort(rows, count, sizeof(*rows), by_value);
    }
    *ret_count = count;
    return rows;
}

static void print_value(struct mc_cmd *cmd, const struct row *rows, size_t count,
                        size_t width)
{
    mc_out_blanks(&cmd->out, 8);
    mc_out_left(&cmd->out, rows[0].value, width);
    mc_out_printf(&cmd->out, " found %zu times\n", count);
    if (!mc_cmd_verbose(cmd)) {
        return;
    }
    mc_out_raw(&cmd->out, "\n");
    for (size_t i = 0; i < count; i++) {
        mc_out_blanks(&cmd->out, 12);
        mc_out_text(&cmd->out, rows[i].node);
        mc_out_raw(&cmd->out, "\n");
    }
    mc_out_raw(&cmd->out, "\n");
}

static void report(struct mc_cmd *cmd, const char *fact)
{
    size_t count = 0;
    struct row *rows = make_rows(cmd, &count);
    size_t width = VALUE_COLUMNS;

    mc_out_raw(&cmd->out, count ? "Report for fact: " : "No values found for fact ");
    mc_out_text(&cmd->out, fact);
    mc_out_raw(&cmd->out, count ? "\n\n" : "\n");
    for (size_t i = 0; i < count; i++) {
        size_t len = mc_text_width(mc_bytes_text(rows[i].value));
        width = len > width ? len : width;
    }
    for (size_t from = 0, to = 0; from < count; from = to) {
        while (to < count && strcmp(rows[to].value, rows[from].value) == 0) {
            to++;
        }
        print_value(cmd, rows + from, to - from, width);
    }
}

static int run(struct mc_cmd *cmd)
{
    struct mc_report_options options = {.verbose = mc_cmd_verbose(cmd)};

    if (!cmd->options.words_count) {
        return mc_cmd_fail_with(cmd, "Please specify a fact to report for");
    }
    const char *fact = cmd->options.words[0];
    if (mc_cmd_open(cmd) || mc_cmd_call(cmd, "rpcutil", "get_fact") ||
        mc_call_input(cmd->call, "fact", fact, &cmd->error) ||
        mc_cmd_rpc(cmd, (struct mc_cmd_show){0})) {
        return mc_cmd_fail(cmd);
    }
    report(cmd, fact);
    if (!mc_options_has(&cmd->options, MC_OPT_json)) {
        mc_report_statistics(&cmd->out, cmd->call, &options);
    }
    return mc_call_exit_code(cmd->call);
}

extern const struct mc_command mc_command_facts;
const struct mc_command mc_command_facts = {
    .name = "facts",
    .summary = "Show which values a fact has, and how often",
    .usage = "facts [options] [filters] <fact>",
    .sections = MC_SECTION_ALL,
    .run = run,
};
