/* mco controller: counters of daemons, agents loaded again, daemons ended
 * (commands.md 1.19), by the agent controller. */
#include "cmd/command.h"

#include "codec/inspect.h"
#include <string.h>

struct answers
{
    struct mc_cmd *cmd;
    const char *action;
    size_t count;
};

static long long figure(const struct mc_client_reply *reply, const char *name)
{
    return mc_value_integer(mc_value_get_name(reply->data, name), 0);
}

static void counters(struct mc_cmd *cmd, const struct mc_client_reply *reply)
{
    mc_out_printf(&cmd->out,
                  "total=%lld replies=%lld valid=%lld invalid=%lld filtered=%lld "
                  "passed=%lld\n",
                  figure(reply, "total"), figure(reply, "replies"),
                  figure(reply, "validated"), figure(reply, "unvalidated"),
                  figure(reply, "filtered"), figure(reply, "passed"));
}

static void answered(void *user, const struct mc_client_reply *reply)
{
    struct answers *answers = user;
    struct mc_cmd *cmd = answers->cmd;
    const char *output = mc_value_cstr(mc_value_get_name(reply->data, "output"));
    bool ends = strcmp(answers->action, "exit") == 0;

    if (ends && !reply->status && mc_cmd_quiet(cmd)) {
        mc_cmd_show_name(cmd, answers->count++, reply->sender);
        return;
    }
    mc_out_raw(&cmd->out, answers->count ? "\n" : "");
    answers->count = 0;
    if (ends && !reply->status) {
        mc_out_text(&cmd->out, reply->sender);
        mc_out_raw(&cmd->out, ">\n\"");
        mc_out_text(&cmd->out, output ? output : "");
        mc_out_raw(&cmd->out, "\"\n");
    } else {
        mc_out_right(&cmd->out, reply->sender, 30);
        mc_out_raw(&cmd->out, "> ");
        if (!reply->status && strcmp(answers->action, "stats") == 0) {
            counters(cmd, reply);
        } else {
            mc_out_text(&cmd->out, reply->status ? reply->message
                                   : output      ? output
                                                 : "");
            mc_out_raw(&cmd->out, "\n");
        }
    }
    mc_out_flush(&cmd->out);
}

static int call(struct mc_cmd *cmd, const char *action, const char *agent)
{
    struct answers answers = {.cmd = cmd, .action = action};

    cmd->reads_nodes = true;
    if (mc_cmd_open(cmd) || mc_cmd_call(cmd, "controller", action)) {
        return mc_cmd_fail(cmd);
    }
    if (agent && (mc_call_input(cmd->call, "agent", agent, &cmd->error) ||
                  mc_call_filter(cmd->call, MC_SELECT_AGENT, agent, &cmd->error))) {
        return mc_cmd_fail(cmd);
    }
    return mc_cmd_ask_first(cmd, answered, &answers, &answers.count,
                            "mcollectived controller summary");
}

static int run(struct mc_cmd *cmd)
{
    const struct mc_options *options = &cmd->options;
    static const char *const actions[] = {"stats", "reload_agents", "reload_agent",
                                          "exit"};
    const char *word = options->words_count ? options->words[0] : NULL;
    const char *agent = mc_options_text(options, MC_OPT_controller_argument);
    size_t i = 0;

    if (!word) {
        mc_out_raw(&cmd->err, "Please specify a command and optional arguments\n");
        return 1;
    }
    while (i < MC_COUNT(actions) && strcmp(actions[i], word) != 0) {
        i++;
    }
    if (i == MC_COUNT(actions) || options->words_count > 1) {
        return mc_cmd_fail_with(
            cmd, "Command has to be stats, reload_agents, reload_agent or exit");
    }
    bool one = strcmp(word, "reload_agent") == 0;
    if (one && !agent) {
        mc_out_raw(&cmd->out, "Please specify an agent to relaod with --argument\n");
        return 1;
    }
    return call(cmd, word, one ? agent : NULL);
}

extern const struct mc_command mc_command_controller;
const struct mc_command mc_command_controller = {
    .name = "controller",
    .summary = "Ask daemons for their counters, load their agents again, end them",
    .usage = "controller [options] [filters] stats\n"
             "controller [options] [filters] reload_agents\n"
             "controller [options] [filters] reload_agent --argument <agent>\n"
             "controller [options] [filters] exit",
    .sections = MC_SECTION_ALL,
    .run = run,
};
