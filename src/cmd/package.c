/* mco package: packages on many nodes, one line a node and a count of the versions
 * (commands.md 1.13, the layout of the first release). */
#include "cmd/command.h"

#include "codec/inspect.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_COLUMNS 40

struct verb
{
    const char *name;
    bool package; /* needs one */
    bool asks;    /* changes something: unfiltered only after a question */
};

static const struct verb verbs[] = {
    {"install", true, true},        {"update", true, true},
    {"uninstall", true, true},      {"purge", true, true},
    {"status", true, false},        {"count", false, false},
    {"md5", false, false},          {"refresh", false, true},
    {"yum_clean", false, true},     {"yum_checkupdates", false, false},
    {"apt_update", false, true},    {"apt_checkupdates", false, false},
    {"checkupdates", false, false},
};

static const struct verb *find_verb(const char *word)
{
    for (size_t i = 0; i < MC_COUNT(verbs); i++) {
        if (strcmp(verbs[i].name, word) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

/* The verb and the package, in either order. */
static const struct verb *what(const struct mc_cmd *cmd, const char **ret_package)
{
    const struct mc_options *options = &cmd->options;
    const char *first = options->words_count ? options->words[0] : NULL;
    const char *second = options->words_count > 1 ? options->words[1] : NULL;
    const struct verb *verb = first ? find_verb(first) : NULL;

    *ret_package = second;
    if (!verb && second) {
        verb = find_verb(second);
        *ret_package = first;
    }
    return verb;
}

/* version-release when the manager knows both, else the whole version. */
static const char *version_of(struct mc_cmd *cmd, const struct mc_value *data)
{
    const char *version = mc_value_cstr(mc_value_get_name(data, "version"));
    const char *release = mc_value_cstr(mc_value_get_name(data, "release"));
    const char *whole = mc_value_cstr(mc_value_get_name(data, "ensure"));
    const char *text = whole;

    if (version && release && version[0] && release[0]) {
        text = mc_arena_printf(cmd->arena, "%s-%s", version, release);
    }
    return text ? text : "unknown";
}

static int by_text(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

/* The line of one node. Returns its version, NULL when the node failed. */
static const char *line(struct mc_cmd *cmd, const struct mc_client_reply *reply,
                        const char *package)
{
    mc_out_left(&cmd->out, reply->sender, HOST_COLUMNS);
    if (reply->status) {
        mc_out_raw(&cmd->out, " error = ");
        mc_out_text(&cmd->out, reply->message);
        mc_out_raw(&cmd->out, "\n");
        return NULL;
    }
    if (!package) {
        const char *output =
            mc_inspect_text(mc_value_get_name(reply->data, "output"), cmd->arena);
        mc_out_raw(&cmd->out, " ");
        mc_out_text(&cmd->out, output);
        mc_out_raw(&cmd->out, "\n");
        return output;
    }
    const char *name = mc_value_cstr(mc_value_get_name(reply->data, "name"));
    const char *version = version_of(cmd, reply->data);
    mc_out_raw(&cmd->out, " version = ");
    mc_out_text(&cmd->out, name ? name : package);
    mc_out_raw(&cmd->out, "-");
    mc_out_text(&cmd->out, version);
    mc_out_raw(&cmd->out, "\n");
    return version;
}

/* "2 * 4.2.6, 1 * absent" */
static void count_versions(struct mc_cmd *cmd, const char **versions, size_t count)
{
    if (count) {
        qsort(versions, count, sizeof(*versions), by_text);
    }
    for (size_t from = 0, to = 0; from < count; from = to) {
        while (to < count && strcmp(versions[to], versions[from]) == 0) {
            to++;
        }
        mc_out_printf(&cmd->out, "%s%zu * ", from ? ", " : "", to - from);
        mc_out_text(&cmd->out, versions[from]);
    }
}

static int report(struct mc_cmd *cmd, const char *package)
{
    const struct mc_call_stats *stats = mc_call_stats(cmd->call);
    const struct mc_client_reply *reply;
    const char **versions =
        mc_arena_array(cmd->arena, stats->responses + 1, sizeof(*versions));
    size_t count = 0;

    if (!versions) {
        return mc_cmd_fail(cmd);
    }
    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        const char *version = line(cmd, reply, package);
        if (version && package) {
            versions[count++] = version;
        }
    }
    mc_out_raw(&cmd->out, "\n---- package agent summary ----\n");
    mc_out_printf(&cmd->out, "           Nodes: %zu / %zu\n", stats->discovered,
                  stats->responses);
    if (package) {
        mc_out_raw(&cmd->out, "        Versions: ");
        count_versions(cmd, versions, count);
        mc_out_raw(&cmd->out, "\n");
    }
    mc_out_printf(&cmd->out, "    Elapsed Time: %.2f s\n\n",
                  (double)stats->agent_us / 1e6);
    mc_report_silent(&cmd->out, cmd->call);
    mc_report_ends(&cmd->out, cmd->call, mc_cmd_verbose(cmd));
    return mc_call_exit_code(cmd->call);
}

static int call(struct mc_cmd *cmd, const struct verb *verb, const char *package)
{
    const char *version = mc_options_text(&cmd->options, MC_OPT_version);
    struct mc_cmd_show show = {.progress = true};

    if (mc_cmd_call(cmd, "package", verb->name) ||
        (verb->package && mc_call_input(cmd->call, "package", package, &cmd->error)) ||
        (version && mc_call_input(cmd->call, "version", version, &cmd->error)) ||
        mc_cmd_rpc(cmd, show)) {
        return mc_cmd_fail(cmd);
    }
    if (mc_options_has(&cmd->options, MC_OPT_json)) {
        return mc_report_json(&cmd->out, cmd->call) ? mc_cmd_fail(cmd)
                                                    : mc_call_exit_code(cmd->call);
    }
    if (!mc_call_stats(cmd->call)->discovered) {
        return mc_call_exit_code(cmd->call);
    }
    return report(cmd, verb->package ? package : NULL);
}

static int run(struct mc_cmd *cmd)
{
    const char *package = NULL;
    const struct verb *verb = what(cmd, &package);

    if (!cmd->options.words_count || (verb && verb->package && !package)) {
        return mc_cmd_fail_with(cmd, "Please specify a package and action");
    }
    if (!verb) {
        return mc_cmd_fail_with(
            cmd, "Action has to be install, update, uninstall, purge or status");
    }
    if (mc_cmd_open(cmd)) {
        return mc_cmd_fail(cmd);
    }
    if (verb->asks && !mc_options_has(&cmd->options, MC_OPT_yes) &&
        !mc_cmd_agreed(cmd, "packages")) {
        return 1;
    }
    return call(cmd, verb, package);
}

extern const struct mc_command mc_command_package;
const struct mc_command mc_command_package = {
    .name = "package",
    .summary = "Install, update, remove and ask about packages",
    .usage = "package [options] [filters] <action> <package>\n"
             "package [options] [filters] <package> <action>",
    .sections = MC_SECTION_ALL,
    .run = run,
};
