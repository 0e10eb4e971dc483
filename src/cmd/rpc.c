/* mco rpc: any action of any agent that has a DDL (commands.md 1.8). */
#include "cmd/command.h"

#include <string.h>

/* Agent and action, from options or words. Returns how many words they used; -1 when
 * something is missing. */
static int what(const struct mc_cmd *cmd, const char **ret_agent,
                const char **ret_action)
{
    const struct mc_options *options = &cmd->options;
    size_t used = 0;
    const char *agent = mc_options_text(options, MC_OPT_agent);
    const char *action = mc_options_text(options, MC_OPT_action);

    if (!agent && used < options->words_count) {
        agent = options->words[used++];
    }
    if (!action && used < options->words_count) {
        action = options->words[used++];
    }
    if (!agent || !action) {
        return -1;
    }
    *ret_agent = agent;
    *ret_action = action;
    return (int)used;
}

static int inputs(struct mc_cmd *cmd, size_t from)
{
    const struct mc_options *options = &cmd->options;
    int r = 0;

    for (size_t i = 0; !r && i < options->given_count; i++) {
        if (options->given[i].id == MC_OPT_argument) {
            r = mc_cmd_input(cmd, options->given[i].value);
        }
    }
    for (size_t i = from; !r && i < options->words_count; i++) {
        r = mc_cmd_input(cmd, options->words[i]);
    }
    return r;
}

static bool is_pair(const char *word)
{
    const char *equals = word[0] ? strchr(word + 1, '=') : NULL;

    return equals && equals[1];
}

/* Whether all inputs are pairs; says which one is not. */
static bool pairs_only(struct mc_cmd *cmd, size_t from)
{
    const struct mc_options *options = &cmd->options;
    const char *tail = " should be of the form key=val\n";
    const char *bad = NULL;

    for (size_t i = from; !bad && i < options->words_count; i++) {
        bad = is_pair(options->words[i]) ? NULL : options->words[i];
        tail = bad ? "\n" : tail;
    }
    bool word = bad != NULL;
    for (size_t i = 0; !bad && i < options->given_count; i++) {
        const struct mc_given *given = &options->given[i];
        bad =
            given->id != MC_OPT_argument || is_pair(given->value) ? NULL : given->value;
    }
    if (bad) {
        mc_out_raw(&cmd->err, word ? "Could not parse --arg "
                                   : "Validation of arguments failed: Could not parse "
                                     "--arg ");
        mc_out_text(&cmd->err, bad);
        mc_out_raw(&cmd->err, tail);
    }
    return !bad;
}

static bool mute(const struct mc_cmd *cmd)
{
    return mc_options_has(&cmd->options, MC_OPT_no_results) ||
           mc_options_has(&cmd->options, MC_OPT_reply_to);
}

static int fire(struct mc_cmd *cmd)
{
    const char *reply_to = mc_options_text(&cmd->options, MC_OPT_reply_to);

    if (mc_call_no_results(cmd->call, reply_to) ||
        mc_call_run(cmd->call, &cmd->error)) {
        return mc_cmd_fail(cmd);
    }
    mc_out_printf(&cmd->out, "Request sent with id: %s",
                  mc_call_stats(cmd->call)->request_id);
    if (reply_to) {
        mc_out_raw(&cmd->out, " replies to ");
        mc_out_text(&cmd->out, reply_to);
    }
    mc_out_raw(&cmd->out, "\n");
    return 0;
}

static int ask(struct mc_cmd *cmd)
{
    const char *agent = NULL;
    const char *action = NULL;
    int used = what(cmd, &agent, &action);

    if (used < 0) {
        mc_out_text(&cmd->err, "No agent, action and arguments specified\n");
        return 1;
    }
    if (!pairs_only(cmd, (size_t)used)) {
        return 1;
    }
    if (mc_cmd_open(cmd) || mc_cmd_call(cmd, agent, action) ||
        inputs(cmd, (size_t)used)) {
        return mc_cmd_fail(cmd);
    }
    if (mute(cmd)) {
        return fire(cmd);
    }
    if (cmd->json_lines && mc_report_json_request(&cmd->out, agent, action)) {
        return mc_cmd_fail(cmd);
    }
    struct mc_cmd_show show = {.discovery = true, .progress = true};
    const char *caption =
        mc_arena_printf(cmd->arena, "%s#%s call stats", agent, action);
    if (mc_cmd_rpc(cmd, show) || mc_cmd_print(cmd, caption)) {
        return mc_cmd_fail(cmd);
    }
    return mc_call_exit_code(cmd->call);
}

/* JSON into a pipe begins at once and ends whatever happens: the next mco in the pipe
 * knows from it that nodes will come, and that these are none when all goes wrong. */
static int run(struct mc_cmd *cmd)
{
    bool json = mc_options_has(&cmd->options, MC_OPT_json);

    cmd->reads_nodes = true;
    cmd->json_lines = mc_options_has(&cmd->options, MC_OPT_json_lines) && !mute(cmd);
    if (cmd->json_lines && json) {
        return mc_cmd_fail_with(cmd, "Cannot mix --json and --jsonl");
    }
    cmd->json_open = json && !mute(cmd) && !cmd->out.terminal;
    if (cmd->json_open) {
        mc_report_json_begin(&cmd->out);
        mc_out_flush(&cmd->out);
    }
    int code = ask(cmd);
    if (cmd->json_open) {
        mc_report_json_end(&cmd->out);
    }
    return code;
}

extern const struct mc_command mc_command_rpc;
const struct mc_command mc_command_rpc = {
    .name = "rpc",
    .summary = "Call any action of any agent",
    .usage = "rpc [options] [filters] --agent <agent> --action <action> "
             "[--argument <key=val> --argument ...]\n"
             "rpc [options] [filters] <agent> <action> [<key=val> <key=val> ...]",
    .sections = MC_SECTION_ALL,
    .run = run,
};
