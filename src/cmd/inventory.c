/* mco inventory NODE: what one node is, has and did (commands.md 1.11). */
#include "cmd/command.h"

#include "cmd/collectives.h"
#include "cmd/script.h"

#include "codec/inspect.h"
#include <stdlib.h>
#include <string.h>

#define TITLE_COLUMNS 29
#define WORDS_IN_ROW 3

/* Ask the one node. Returns its reply or NULL; *ret_code is the exit code then. */
static const struct mc_client_reply *ask(struct mc_cmd *cmd, const char *node,
                                         const char *action, int *ret_code)
{
    const struct mc_client_reply *reply;

    cmd->no_filters = true;
    if (mc_cmd_call(cmd, "rpcutil", action) ||
        mc_call_filter(cmd->call, MC_SELECT_IDENTITY, node, &cmd->error) ||
        mc_cmd_rpc(cmd, (struct mc_cmd_show){0})) {
        *ret_code = mc_cmd_fail(cmd);
        return NULL;
    }
    reply = mc_call_reply(cmd->call, 0);
    *ret_code = reply && reply->status ? mc_call_exit_code(cmd->call) : 1;
    if (!reply) {
        mc_out_text(&cmd->err, "Did not receive any results from node ");
        mc_out_text(&cmd->err, node);
        mc_out_raw(&cmd->err, "\n");
    } else if (reply->status) {
        bool stats = strcmp(action, "daemon_stats") == 0;
        mc_out_printf(&cmd->err, "Failed to retrieve %s %s ", action,
                      stats ? "from" : "for");
        mc_out_text(&cmd->err, node);
        mc_out_raw(&cmd->err, ": ");
        mc_out_text(&cmd->err, reply->message);
        mc_out_raw(&cmd->err, "\n");
        reply = NULL;
    }
    return reply;
}

/* What was measured, in its order; unit goes behind the value. */
static const struct
{
    const char *title;
    const char *name;
    const char *unit;
} figures[] = {
    {"Version", "version", ""},
    {"Start Time", "starttime", ""},
    {"Config File", "configfile", ""},
    {"Collectives", "collectives", ""},
    {"Main Collective", "main_collective", ""},
    {"Process ID", "pid", ""},
    {"Total Messages", "total", ""},
    {"Messages Passed Filters", "passed", ""},
    {"Messages Filtered", "filtered", ""},
    {"Expired Messages", "ttlexpired", ""},
    {"Replies Sent", "replies", ""},
    {"Total Processor Time", "utime", " seconds"},
    {"System Time", "stime", " seconds"},
};

static const char *joined(struct mc_cmd *cmd, const struct mc_value *list)
{
    const char *text = "";

    for (size_t i = 0; i < mc_value_count(list) && text; i++) {
        const char *item = mc_inspect_text(mc_value_item(list, i), cmd->arena);
        text = mc_arena_printf(cmd->arena, "%s%s%s", text, i ? ", " : "",
                               item ? item : "");
    }
    return text ? text : "";
}

/* The value of one figure; both replies are looked at. */
static const char *figure(struct mc_cmd *cmd, const struct mc_value *stats,
                          const struct mc_value *data, const char *name)
{
    const struct mc_value *times = mc_value_get_name(stats, "times");
    const struct mc_value *value = mc_value_get_name(stats, name);
    char when[32];

    value = value ? value : mc_value_get_name(data, name);
    value = value ? value : mc_value_get_name(times, name);
    if (strcmp(name, "starttime") == 0) {
        mc_report_time(mc_value_integer(value, 0), when);
        const char *text = mc_arena_strdup(cmd->arena, when);
        return text ? text : "";
    }
    if (mc_value_is(value, MC_ARRAY)) {
        return joined(cmd, value);
    }
    const char *text = mc_inspect_text(value, cmd->arena);
    return text ? text : "";
}

/* What a node of this program dropped without an answer; the original does not say. */
static void dropped(struct mc_cmd *cmd, const struct mc_value *stats)
{
    const struct mc_value *drops = mc_value_get_name(stats, "dropped");
    const char *before = " (";
    int64_t total = 0;

    if (!mc_value_is(drops, MC_HASH)) {
        return;
    }
    for (size_t i = 0; i < mc_value_count(drops); i++) {
        (void)!__builtin_add_overflow(
            total, mc_value_integer(mc_value_item(drops, i), 0), &total);
    }
    mc_out_right(&cmd->out, "Messages Dropped", TITLE_COLUMNS);
    mc_out_printf(&cmd->out, ": %lld", (long long)total);
    for (size_t i = 0; i < mc_value_count(drops); i++) {
        const char *name = mc_inspect_text(mc_value_key(drops, i), cmd->arena);
        mc_out_raw(&cmd->out, before);
        mc_out_text(&cmd->out, name ? name : "");
        mc_out_printf(&cmd->out, " %lld",
                      (long long)mc_value_integer(mc_value_item(drops, i), 0));
        before = ", ";
    }
    mc_out_raw(&cmd->out, *before == ',' ? ")\n" : "\n");
}

static int by_text(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

/* The texts of a list, sorted. */
static const char **sorted(struct mc_cmd *cmd, const struct mc_value *list)
{
    size_t count = mc_value_count(list);
    const char **texts = mc_arena_array(cmd->arena, count + 1, sizeof(*texts));

    for (size_t i = 0; texts && i < count; i++) {
        const char *text = mc_inspect_text(mc_value_item(list, i), cmd->arena);
        texts[i] = text ? text : "";
    }
    if (texts && count) {
        qsort(texts, count, sizeof(*texts), by_text);
    }
    return texts;
}

static void words(struct mc_cmd *cmd, const struct mc_value *list, const char *title,
                  const char *suffix, const char *none)
{
    size_t count = mc_value_is(list, MC_ARRAY) ? mc_value_count(list) : 0;
    const char **texts = sorted(cmd, list);

    mc_out_printf(&cmd->out, "\n   %s:\n", title);
    for (size_t row = 0; texts && row < count; row += WORDS_IN_ROW) {
        mc_out_raw(&cmd->out, "     ");
        for (size_t i = row; i < row + WORDS_IN_ROW; i++) {
            const char *text = i < count ? texts[i] : "";
            const char *cut = strstr(text, suffix);
            size_t len = cut && *suffix ? (size_t)(cut - text) : strlen(text);
            const char *word = mc_arena_text(cmd->arena, mc_bytes_make(text, len));
            mc_out_raw(&cmd->out, " ");
            mc_out_left(&cmd->out, word, 15);
        }
        mc_out_raw(&cmd->out, "\n");
    }
    mc_out_printf(&cmd->out, "%s%s%s", count ? "" : "      No ", count ? "" : none,
                  count ? "" : "\n");
}

static void classes(struct mc_cmd *cmd, const struct mc_value *list)
{
    const char **texts = sorted(cmd, list);
    size_t count = mc_value_is(list, MC_ARRAY) ? mc_value_count(list) : 0;

    mc_out_raw(&cmd->out, "\n   Configuration Management Classes:\n");
    if (texts && count) {
        mc_report_grid(&cmd->out, texts, count);
    } else {
        mc_out_raw(&cmd->out, "      No classes applied\n");
    }
}

static int by_key(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(left[0], right[0]);
}

static void facts(struct mc_cmd *cmd, const struct mc_value *hash)
{
    size_t count = mc_value_is(hash, MC_HASH) ? mc_value_count(hash) : 0;
    const char *(*pairs)[2] = mc_arena_array(cmd->arena, count + 1, sizeof(*pairs));

    mc_out_raw(&cmd->out, "\n   Facts:\n");
    for (size_t i = 0; pairs && i < count; i++) {
        const char *name = mc_inspect_text(mc_value_key(hash, i), cmd->arena);
        const char *text = mc_inspect_text(mc_value_item(hash, i), cmd->arena);
        pairs[i][0] = name ? name : "";
        pairs[i][1] = text ? text : "";
    }
    if (pairs && count) {
        qsort(pairs, count, sizeof(*pairs), by_key);
    } else {
        mc_out_raw(&cmd->out, "      No facts known\n");
    }
    for (size_t i = 0; pairs && i < count; i++) {
        mc_out_raw(&cmd->out, "      ");
        mc_out_text(&cmd->out, pairs[i][0]);
        mc_out_raw(&cmd->out, " => ");
        mc_out_text(&cmd->out, pairs[i][1]);
        mc_out_raw(&cmd->out, "\n");
    }
}

static void show(struct mc_cmd *cmd, const struct mc_value *stats,
                 const struct mc_client_reply *reply)
{
    const struct mc_value *data = reply->data;

    mc_out_raw(&cmd->out, "Inventory for ");
    mc_out_text(&cmd->out, reply->sender);
    mc_out_raw(&cmd->out, ":\n\n   Server Statistics:\n");
    for (size_t i = 0; i < MC_COUNT(figures); i++) {
        mc_out_right(&cmd->out, figures[i].title, TITLE_COLUMNS);
        mc_out_raw(&cmd->out, ": ");
        mc_out_text(&cmd->out, figure(cmd, stats, data, figures[i].name));
        mc_out_printf(&cmd->out, "%s\n", figures[i].unit);
    }
    dropped(cmd, stats);
    words(cmd, mc_value_get_name(data, "agents"), "Agents", "", "agents installed");
    words(cmd, mc_value_get_name(data, "data_plugins"), "Data Plugins", "_data",
          "data plugins installed");
    classes(cmd, mc_value_get_name(data, "classes"));
    facts(cmd, mc_value_get_name(data, "facts"));
}

static int run(struct mc_cmd *cmd)
{
    const char *script = mc_options_text(&cmd->options, MC_OPT_script);
    int code = 0;

    if (script) {
        return mc_script_run(cmd, script);
    }
    const char *map = mc_options_text(&cmd->options, MC_OPT_collective_graph);
    if (map) {
        return mc_collectives_map(cmd, map);
    }
    if (mc_options_has(&cmd->options, MC_OPT_list_collectives)) {
        return mc_collectives_list(cmd);
    }
    if (!cmd->options.words_count) {
        return mc_cmd_fail_with(cmd, "Need to specify either a node name, script to "
                                     "run or other options");
    }
    const char *node = cmd->options.words[0];
    if (mc_cmd_open(cmd)) {
        return mc_cmd_fail(cmd);
    }
    const struct mc_client_reply *reply = ask(cmd, node, "daemon_stats", &code);
    if (!reply) {
        return code;
    }
    const struct mc_value *stats = mc_value_copy(reply->data, cmd->arena);
    reply = ask(cmd, node, "inventory", &code);
    if (!reply) {
        return code;
    }
    show(cmd, stats, reply);
    return mc_call_exit_code(cmd->call);
}

extern const struct mc_command mc_command_inventory;
const struct mc_command mc_command_inventory = {
    .name = "inventory",
    .summary = "Show what one node is, has and did",
    .usage = "inventory [options] <node>\n"
             "inventory [options] [filters] --script <file>\n"
             "inventory [options] [filters] --list-collectives\n"
             "inventory [options] [filters] --collective-graph <file>",
    .sections = MC_SECTION_ALL,
    .run = run,
};
