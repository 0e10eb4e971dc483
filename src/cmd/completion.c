/* mco completion: the words that a shell may offer (commands.md 1.21). */
#include "cmd/command.h"

#include "client/call.h"
#include <stdlib.h>
#include <string.h>

/* One word, with -v also what it is. */
static void offer(struct mc_cmd *cmd, const char *word, const char *what)
{
    mc_out_text(&cmd->out, word);
    if (mc_cmd_verbose(cmd)) {
        mc_out_raw(&cmd->out, ":");
        mc_out_text(&cmd->out, what ? what : "");
    }
    mc_out_raw(&cmd->out, "\n");
}

static int applications(struct mc_cmd *cmd)
{
    for (size_t i = 0; mc_commands[i]; i++) {
        offer(cmd, mc_commands[i]->name, mc_commands[i]->summary);
    }
    return 0;
}

static int store(struct mc_cmd *cmd, struct mc_ddl_store **ret_ddls)
{
    int r = mc_cmd_open(cmd);

    return r ? r : mc_client__ddls(cmd->client, ret_ddls);
}

static int agents(struct mc_cmd *cmd)
{
    struct mc_ddl_store *ddls = NULL;
    const char *const *names = NULL;

    if (store(cmd, &ddls) || mc_ddl_list(ddls, MC_DDL_AGENT, cmd->arena, &names)) {
        return mc_cmd_fail(cmd);
    }
    for (size_t i = 0; names[i]; i++) {
        const struct mc_ddl *ddl = NULL;
        if (mc_ddl_find(ddls, MC_DDL_AGENT, names[i], &ddl, NULL) == 0) {
            offer(cmd, names[i], ddl->description);
        }
    }
    return 0;
}

struct word
{
    const char *name;
    const char *what;
};

static int by_name(const void *a, const void *b)
{
    const struct word *left = a;
    const struct word *right = b;

    return strcmp(left->name, right->name);
}

static int offer_sorted(struct mc_cmd *cmd, struct word *words, size_t count)
{
    if (count) {
        qsort(words, count, sizeof(*words), by_name);
    }
    for (size_t i = 0; i < count; i++) {
        offer(cmd, words[i].name, words[i].what);
    }
    return 0;
}

/* The DDL of --agent; an unknown agent is NULL and no error. Returns 0 or an outcome. */
static int find_agent(struct mc_cmd *cmd, const struct mc_ddl **ret_ddl)
{
    const char *agent = mc_options_text(&cmd->options, MC_OPT_completion_agent);
    struct mc_ddl_store *ddls = NULL;
    int r = store(cmd, &ddls);

    *ret_ddl = NULL;
    if (!r && mc_ddl_find(ddls, MC_DDL_AGENT, agent, ret_ddl, NULL) < 0) {
        r = MC_CLIENT_USAGE;
    }
    return r;
}

static int actions(struct mc_cmd *cmd)
{
    const struct mc_ddl *ddl = NULL;

    if (!mc_options_has(&cmd->options, MC_OPT_completion_agent)) {
        mc_out_raw(&cmd->err, "Please specify an agent\n");
        return 1;
    }
    if (find_agent(cmd, &ddl)) {
        return mc_cmd_fail(cmd);
    }
    size_t count = ddl ? ddl->actions_count : 0;
    struct word *words = mc_arena_array(cmd->arena, count + 1, sizeof(*words));
    for (size_t i = 0; words && i < count; i++) {
        words[i] = (struct word){ddl->actions[i].name, ddl->actions[i].description};
    }
    return words ? offer_sorted(cmd, words, count) : mc_cmd_fail(cmd);
}

static int inputs(struct mc_cmd *cmd)
{
    const char *name = mc_options_text(&cmd->options, MC_OPT_completion_action);
    const struct mc_ddl *ddl = NULL;

    if (!name || !mc_options_has(&cmd->options, MC_OPT_completion_agent)) {
        mc_out_raw(&cmd->err, "Please specify an agent and an action\n");
        return 1;
    }
    if (find_agent(cmd, &ddl)) {
        return mc_cmd_fail(cmd);
    }
    const struct mc_ddl_action *action = ddl ? mc_ddl_action_find(ddl, name) : NULL;
    size_t count = action ? action->inputs_count : 0;
    struct word *words = mc_arena_array(cmd->arena, count + 1, sizeof(*words));
    for (size_t i = 0; words && i < count; i++) {
        words[i] = (struct word){action->inputs[i].name, action->inputs[i].description};
    }
    return words ? offer_sorted(cmd, words, count) : mc_cmd_fail(cmd);
}

static int run(struct mc_cmd *cmd)
{
    static const struct
    {
        enum mc_option_id id;
        int (*list)(struct mc_cmd *cmd);
    } lists[] = {
        {MC_OPT_list_agents, agents},
        {MC_OPT_list_actions, actions},
        {MC_OPT_list_inputs, inputs},
        {MC_OPT_list_applications, applications},
    };
    static const char choices[] = "--list-[agents|actions|inputs|applications]";
    int (*list)(struct mc_cmd * cmd) = NULL;

    for (size_t i = 0; i < MC_COUNT(lists); i++) {
        if (!mc_options_has(&cmd->options, lists[i].id)) {
            continue;
        }
        if (list) {
            mc_out_printf(&cmd->err, "Please choose only one of %s\n", choices);
            return 1;
        }
        list = lists[i].list;
    }
    if (!list) {
        mc_out_printf(&cmd->err, "Please choose either %s\n", choices);
        return 1;
    }
    return list(cmd);
}

extern const struct mc_command mc_command_completion;
const struct mc_command mc_command_completion = {
    .name = "completion",
    .summary = "List what a shell can complete",
    .usage = "completion --list-applications\n"
             "completion --list-agents\n"
             "completion --list-actions --agent <agent>\n"
             "completion --list-inputs --agent <agent> --action <action>",
    .sections = MC_SECTION_APP | MC_SECTION_REQUIRED,
    .run = run,
};
