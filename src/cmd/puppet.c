/* mco puppet: Puppet on many nodes (commands.md 1.17), by the agent puppet. */
#include "cmd/runs.h"

#include <string.h>

#define INDENT 3

struct verb
{
    const char *word;
    const char *action; /* NULL: runall */
    void (*show)(struct mc_cmd *cmd);
};

/* How many of the kept replies have an output that says so. */
static size_t count_of(struct mc_cmd *cmd, const char *output, bool wanted)
{
    const struct mc_client_reply *reply;
    size_t count = 0;

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        const struct mc_value *value = mc_value_get_name(reply->data, output);
        count += !reply->status && mc_value_boolean(value, !wanted) == wanted;
    }
    return count;
}

static size_t stopped(struct mc_cmd *cmd)
{
    const struct mc_client_reply *reply;
    size_t count = 0;

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        count += !reply->status &&
                 !mc_value_boolean(mc_value_get_name(reply->data, "applying"), false);
    }
    return count;
}

static void show_count(struct mc_cmd *cmd)
{
    const struct mc_call_stats *stats = mc_call_stats(cmd->call);
    char text[96];

    mc_out_printf(&cmd->out,
                  "Total Puppet nodes: %zu\n\n"
                  "          Nodes currently enabled: %zu\n"
                  "         Nodes currently disabled: %zu\n\n"
                  "Nodes currently doing puppet runs: %zu\n"
                  "          Nodes currently stopped: %zu\n\n"
                  "       Nodes with daemons started: %zu\n"
                  "    Nodes without daemons started: %zu\n"
                  "       Daemons started but idling: %zu\n\n",
                  stats->ok, count_of(cmd, "enabled", true),
                  count_of(cmd, "enabled", false), count_of(cmd, "applying", true),
                  stopped(cmd), count_of(cmd, "daemon_present", true),
                  count_of(cmd, "daemon_present", false),
                  count_of(cmd, "idling", true));
    if (stats->failed) {
        (void)snprintf(text, sizeof(text), "Failed to retrieve status of %zu node%s",
                       stats->failed, stats->failed == 1 ? "" : "s");
        mc_out_paint(&cmd->out, MC_PAINT_RED, text);
        mc_out_raw(&cmd->out, "\n");
    }
    mc_report_silent(&cmd->out, cmd->call);
}

static void show_status(struct mc_cmd *cmd)
{
    const struct mc_report_options options = {.verbose = mc_cmd_verbose(cmd),
                                              .summarize = true};
    const struct mc_client_reply *reply;
    size_t width = 0;

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        size_t len = strlen(reply->sender) + INDENT;
        width = len > width ? len : width;
    }
    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        const char *text = mc_value_cstr(mc_value_get_name(reply->data, "message"));
        mc_out_right(&cmd->out, reply->sender, width);
        mc_out_raw(&cmd->out, ": ");
        if (reply->status) {
            mc_out_paint(&cmd->out, MC_PAINT_RED, reply->message);
        } else {
            mc_out_text(&cmd->out, text);
        }
        mc_out_raw(&cmd->out, "\n");
    }
    mc_out_raw(&cmd->out, "\n");
    mc_report_statistics(&cmd->out, cmd->call, &options);
}

static void show_summary(struct mc_cmd *cmd)
{
    const struct mc_report_options options = {.verbose = mc_cmd_verbose(cmd)};

    mc_cmd_puppet_graphs(cmd);
    mc_report_statistics(&cmd->out, cmd->call, &options);
}

static const struct verb verbs[] = {
    {"count", "status", show_count},
    {"enable", "enable", NULL},
    {"disable", "disable", NULL},
    {"runonce", "runonce", NULL},
    {"runall", NULL, NULL},
    {"status", "status", show_status},
    {"summary", "last_run_summary", show_summary},
    {"resource", "resource", NULL},
};

static const struct verb *find_verb(const char *word)
{
    for (size_t i = 0; i < MC_COUNT(verbs); i++) {
        if (strcmp(verbs[i].word, word) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

/* A switch with two forms: the one that came last counts. */
static int add_switch(struct mc_cmd *cmd, struct mc_call *call, enum mc_option_id on,
                      enum mc_option_id off, const char *input)
{
    const char *value = NULL;

    for (size_t i = 0; i < cmd->options.given_count; i++) {
        value = cmd->options.given[i].id == on    ? "true"
                : cmd->options.given[i].id == off ? "false"
                                                  : value;
    }
    return value ? mc_call_input(call, input, value, &cmd->error) : 0;
}

static int add_tags(struct mc_cmd *cmd, struct mc_call *call)
{
    const char *tags = NULL;

    for (size_t i = 0; i < cmd->options.given_count; i++) {
        if (cmd->options.given[i].id == MC_OPT_puppet_tags) {
            tags = mc_arena_printf(cmd->arena, "%s%s%s", tags ? tags : "",
                                   tags ? "," : "", cmd->options.given[i].value);
        }
    }
    return tags ? mc_call_input(call, "tags", tags, &cmd->error) : 0;
}

int mc_cmd_puppet_choices(struct mc_cmd *cmd, struct mc_call *call)
{
    static const struct
    {
        enum mc_option_id on;
        enum mc_option_id off;
        const char *input;
    } switches[] = {
        {MC_OPT_puppet_noop, MC_OPT_puppet_no_noop, "noop"},
        {MC_OPT_puppet_splay, MC_OPT_puppet_no_splay, "splay"},
        {MC_OPT_puppet_cached, MC_OPT_puppet_no_cached, "use_cached_catalog"},
        {MC_OPT_puppet_schedules, MC_OPT_COUNT, "ignoreschedules"},
    };
    static const struct
    {
        enum mc_option_id id;
        const char *input;
    } texts[] = {
        {MC_OPT_puppet_server, "server"},
        {MC_OPT_puppet_environment, "environment"},
        {MC_OPT_puppet_splaylimit, "splaylimit"},
    };
    int r = add_tags(cmd, call);

    for (size_t i = 0; r == 0 && i < MC_COUNT(switches); i++) {
        r = add_switch(cmd, call, switches[i].on, switches[i].off, switches[i].input);
    }
    for (size_t i = 0; r == 0 && i < MC_COUNT(texts); i++) {
        const char *text = mc_options_text(&cmd->options, texts[i].id);
        r = text ? mc_call_input(call, texts[i].input, text, &cmd->error) : 0;
    }
    return r;
}

/* What the action needs from the command line. */
static int add_inputs(struct mc_cmd *cmd, const struct verb *verb)
{
    const struct mc_options *options = &cmd->options;
    int r = 0;

    if (strcmp(verb->word, "disable") == 0 && options->words_count > 1) {
        return mc_call_input(cmd->call, "message", options->words[1], &cmd->error);
    }
    if (strcmp(verb->word, "resource") == 0) {
        r = mc_call_input(cmd->call, "type", options->words[1], &cmd->error);
        r = r ? r : mc_call_input(cmd->call, "name", options->words[2], &cmd->error);
        for (size_t i = 3; r == 0 && i < options->words_count; i++) {
            r = mc_cmd_input(cmd, options->words[i]);
        }
        return r;
    }
    if (strcmp(verb->word, "runonce") == 0) {
        bool force = mc_options_has(options, MC_OPT_puppet_force);
        r = force ? mc_call_input(cmd->call, "force", "true", &cmd->error) : 0;
        return r ? r : mc_cmd_puppet_choices(cmd, cmd->call);
    }
    return 0;
}

/* Words and options that do not go together. */
static const char *wrong(const struct mc_cmd *cmd, const struct verb *verb)
{
    const struct mc_options *options = &cmd->options;
    bool force = mc_options_has(options, MC_OPT_puppet_force) ||
                 (verb && strcmp(verb->word, "runall") == 0);

    if (!options->words_count) {
        return "Please specify a command.";
    }
    if (!verb) {
        return "Action must be count, enable, disable, runonce, runall, status, "
               "summary or "
               "resource";
    }
    if (force && mc_options_has(options, MC_OPT_puppet_splay)) {
        return "Cannot set splay when forcing runs";
    }
    if (force && mc_options_has(options, MC_OPT_puppet_splaylimit)) {
        return "Cannot set splaylimit when forcing runs";
    }
    if (strcmp(verb->word, "resource") == 0 && options->words_count < 3) {
        return "Please specify a resource type and name";
    }
    return NULL;
}

static int call(struct mc_cmd *cmd, const struct verb *verb)
{
    const struct mc_cmd_show shown = {.progress = true};

    if (mc_cmd_call(cmd, "puppet", verb->action) || add_inputs(cmd, verb) ||
        mc_cmd_rpc(cmd, shown)) {
        return mc_cmd_fail(cmd);
    }
    bool any = mc_call_stats(cmd->call)->discovered > 0;
    if (!verb->show || mc_options_has(&cmd->options, MC_OPT_json)) {
        return mc_cmd_print(cmd, NULL) ? mc_cmd_fail(cmd)
                                       : mc_call_exit_code(cmd->call);
    }
    if (any) {
        verb->show(cmd);
    }
    return mc_call_exit_code(cmd->call);
}

static int run(struct mc_cmd *cmd)
{
    const struct mc_options *options = &cmd->options;
    const struct verb *verb =
        options->words_count ? find_verb(options->words[0]) : NULL;
    const char *words = wrong(cmd, verb);

    if (words) {
        return mc_cmd_fail_with(cmd, "%s", words);
    }
    if (!verb->action) {
        return mc_cmd_puppet_runall(cmd, options->words_count > 1 ? options->words[1]
                                                                  : NULL);
    }
    if (mc_cmd_open(cmd)) {
        return mc_cmd_fail(cmd);
    }
    return call(cmd, verb);
}

extern const struct mc_command mc_command_puppet;
const struct mc_command mc_command_puppet = {
    .name = "puppet",
    .summary = "Run Puppet, ask what it does and did, let it run or not",
    .usage = "puppet [options] [filters] count|status|summary\n"
             "puppet [options] [filters] enable\n"
             "puppet [options] [filters] disable [message]\n"
             "puppet [options] [filters] runonce\n"
             "puppet [options] [filters] runall <concurrency>\n"
             "puppet [options] [filters] resource <type> <name> [property=value ...]",
    .sections = MC_SECTION_ALL,
    .run = run,
};
