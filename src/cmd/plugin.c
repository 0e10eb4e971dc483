/* mco plugin: explain plugins, begin new ones, package finished ones (commands.md
 * 1.21). */
#include "cmd/plugin.h"

#include "plugin/plugin.h"
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 128
#define INFO_COLUMNS 30

static const char *text_of(struct mc_cmd *cmd, enum mc_option_id id)
{
    return mc_options_text(&cmd->options, id);
}

static const char *word_of(struct mc_cmd *cmd, size_t index)
{
    return index < cmd->options.words_count ? cmd->options.words[index] : NULL;
}

/* What the options say about the plugin. */
static struct mc_plugin_texts texts_of(struct mc_cmd *cmd)
{
    return (struct mc_plugin_texts){
        .name = text_of(cmd, MC_OPT_plugin_name),
        .description = text_of(cmd, MC_OPT_plugin_description),
        .author = text_of(cmd, MC_OPT_author),
        .license = text_of(cmd, MC_OPT_license),
        .version = text_of(cmd, MC_OPT_plugin_version),
        .url = text_of(cmd, MC_OPT_url),
    };
}

/* --- generate --- */

/* "a,b" as a list. Returns NULL when there are too many, with the words said. */
static const char *const *split(struct mc_cmd *cmd, const char *text)
{
    const char **list = mc_arena_array(cmd->arena, WORDS_MAX + 1, sizeof(*list));
    struct mc_bytes rest = mc_bytes_text(text);

    for (size_t count = 0; list && rest.len; count++) {
        size_t end = mc_bytes_find(rest, ',');
        if (count == WORDS_MAX) {
            mc_error_set(&cmd->error, "more than %d words in a list", WORDS_MAX);
            return NULL;
        }
        list[count] = mc_arena_text(cmd->arena, mc_bytes_slice(rest, 0, end));
        if (!list[count]) {
            return NULL;
        }
        rest = mc_bytes_slice(rest, end + 1, rest.len);
    }
    return list;
}

/* The words after "generate agent": a name, then actions= or outputs=. Returns 0 or
 * MC_PLUGIN_REFUSED. */
static int read_words(struct mc_cmd *cmd, struct mc_plugin_skeleton *skeleton)
{
    bool agent = skeleton->kind == MC_DDL_AGENT;
    const char *list = text_of(cmd, agent ? MC_OPT_actions : MC_OPT_outputs);

    for (size_t i = 2; i < cmd->options.words_count; i++) {
        const char *word = word_of(cmd, i);
        const char *key = agent ? "actions=" : "outputs=";
        if (strncmp(word, key, strlen(key)) == 0 && word[strlen(key)]) {
            list = word + strlen(key);
        } else if (i == 2 && !strchr(word, '=')) {
            skeleton->name = skeleton->name ? skeleton->name : word;
        } else {
            mc_error_set(&cmd->error, "Could not parse --arg '%s'", word);
            return MC_PLUGIN_REFUSED;
        }
    }
    skeleton->words = split(cmd, list ? list : "");
    return skeleton->words ? 0 : MC_PLUGIN_REFUSED;
}

/* What plugin.metadata.* of the configuration says where the options are silent; there
 * need not be a configuration. Returns 0 or an outcome. */
static int read_config(struct mc_cmd *cmd, struct mc_plugin_skeleton *skeleton)
{
    struct mc_plugin_texts *texts = &skeleton->texts;
    const struct
    {
        const char *key;
        const char **text;
    } settings[] = {
        {"metadata.description", &texts->description},
        {"metadata.author", &texts->author},
        {"metadata.license", &texts->license},
        {"metadata.version", &texts->version},
        {"metadata.url", &texts->url},
    };
    int r = mc_cmd_open(cmd);

    if (r) {
        return cmd->no_config ? 0 : r;
    }
    for (size_t i = 0; i < MC_COUNT(settings); i++) {
        if (!*settings[i].text) {
            *settings[i].text = mc_client_setting(cmd->client, settings[i].key);
        }
    }
    const char *timeout = mc_client_setting(cmd->client, "metadata.timeout");
    if (!skeleton->timeout_s && timeout) {
        struct mc_options number = {
            .command = "plugin", .sections = MC_SECTION_APP, .arena = cmd->arena};
        const char *const args[] = {"--timeout", timeout};
        r = mc_options_parse(&number, args, MC_COUNT(args), &cmd->error);
        skeleton->timeout_s = mc_options_number(&number, MC_OPT_plugin_timeout, 0);
        mc_error_prefix(&cmd->error, "%s", r ? "plugin.metadata.timeout: " : "");
    }
    return r;
}

static void created(struct mc_cmd *cmd, const char *what, const char *path)
{
    mc_out_printf(&cmd->out, "Created %s : ", what);
    mc_out_text(&cmd->out, path);
    mc_out_raw(&cmd->out, "\n");
}

static int generate(struct mc_cmd *cmd)
{
    const char *kind = word_of(cmd, 1);
    bool agent = kind && strcmp(kind, "agent") == 0;
    struct mc_plugin_skeleton skeleton = {
        .kind = agent ? MC_DDL_AGENT : MC_DDL_DATA,
        .name = text_of(cmd, MC_OPT_plugin_name),
        .language = text_of(cmd, MC_OPT_language),
        .texts = texts_of(cmd),
        .timeout_s = mc_options_number(&cmd->options, MC_OPT_plugin_timeout, 0),
    };
    struct mc_plugin_made made;

    if (!kind) {
        return mc_cmd_fail_with(cmd, "undefined plugin type. cannot generate plugin. "
                                     "valid types are 'agent' and 'data'");
    }
    if (!agent && strcmp(kind, "data") != 0) {
        return mc_cmd_fail_with(cmd, "invalid plugin type. cannot generate plugin '%s'",
                                kind);
    }
    if (read_words(cmd, &skeleton) || read_config(cmd, &skeleton)) {
        return mc_cmd_fail(cmd);
    }
    if (!skeleton.name) {
        mc_out_raw(&cmd->out, "No plugin name specified. Using 'new_plugin'\n");
        skeleton.name = "new_plugin";
    }
    skeleton.texts.name = skeleton.name;
    if (mc_plugin_generate(&skeleton, cmd->arena, &made, &cmd->error)) {
        return mc_cmd_fail(cmd);
    }
    created(cmd, "plugin directory", made.folder);
    created(cmd, "DDL file", made.ddl);
    created(cmd, agent ? "Agent file" : "Data file", made.code);
    if (made.note) {
        mc_out_printf(&cmd->out, "%s\n", made.note);
    }
    return 0;
}

/* --- info and package --- */

static int read_plugin(struct mc_cmd *cmd, const struct mc_plugin **ret_plugin)
{
    const char *folder = word_of(cmd, 1);
    const char *revision = text_of(cmd, MC_OPT_revision);
    const char **dependencies =
        mc_arena_array(cmd->arena, cmd->options.given_count + 1, sizeof(*dependencies));
    struct mc_plugin_wishes wishes = {
        .folder = folder ? folder : ".",
        .format = text_of(cmd, MC_OPT_format),
        .texts = texts_of(cmd),
        .revision = revision ? revision : text_of(cmd, MC_OPT_iteration),
        .vendor = text_of(cmd, MC_OPT_vendor),
        .pluginpath = text_of(cmd, MC_OPT_pluginpath),
        .mcname = text_of(cmd, MC_OPT_mcname),
        .mcversion = text_of(cmd, MC_OPT_mcversion),
        .preinstall = text_of(cmd, MC_OPT_preinstall),
        .postinstall = text_of(cmd, MC_OPT_postinstall),
        .dependencies = dependencies,
    };

    for (size_t i = 0, count = 0; dependencies && i < cmd->options.given_count; i++) {
        if (cmd->options.given[i].id == MC_OPT_dependency) {
            dependencies[count++] = cmd->options.given[i].value;
        }
    }
    return dependencies ? mc_plugin_read(&wishes, cmd->arena, ret_plugin, &cmd->error)
                        : -1;
}

static void fact(struct mc_cmd *cmd, const char *title, const char *text)
{
    mc_out_right(&cmd->out, title, INFO_COLUMNS);
    mc_out_text(&cmd->out, text);
    mc_out_raw(&cmd->out, "\n");
}

/* The original's table, then the packages with their files. */
static int info(struct mc_cmd *cmd)
{
    const struct mc_plugin *plugin = NULL;

    if (read_plugin(cmd, &plugin)) {
        return mc_cmd_fail(cmd);
    }
    mc_out_raw(&cmd->out, "\n");
    fact(cmd, "Plugin information : ", plugin->texts.name);
    fact(cmd, "----------------------", "----------------------");
    fact(cmd, "Plugin Type : ", plugin->type);
    fact(cmd,
         "Package Output Format : ", plugin->format == MC_PLUGIN_DEB ? "Deb" : "RPM");
    fact(cmd, "Version : ", plugin->texts.version);
    fact(cmd, "Revision : ", plugin->revision);
    fact(cmd, "Vendor : ", plugin->vendor);
    if (plugin->postinstall) {
        fact(cmd, "Post Install Script : ", plugin->postinstall);
    }
    fact(cmd, "Author : ", plugin->texts.author);
    fact(cmd, "License : ", plugin->texts.license);
    fact(cmd, "URL : ", plugin->texts.url);
    for (size_t i = 0; i < plugin->parts_count; i++) {
        fact(cmd, i ? " " : "Identified Packages : ", plugin->parts[i].type);
    }
    for (size_t i = 0; mc_cmd_verbose(cmd) && i < plugin->parts_count; i++) {
        const struct mc_plugin_part *part = &plugin->parts[i];
        mc_out_printf(&cmd->out, "\n%s-%s:\n", plugin->package, part->type);
        for (size_t k = 0; k < part->files_count; k++) {
            mc_out_printf(&cmd->out, "   %s/%s\n", plugin->pluginpath,
                          part->files[k].source);
        }
    }
    return 0;
}

static void built(void *user, const char *name)
{
    created(user, "package", name);
}

static int package(struct mc_cmd *cmd)
{
    char here[PATH_MAX];
    const struct mc_plugin *plugin = NULL;
    const char *kept = NULL;
    const struct mc_plugin_build build = {
        .into = getcwd(here, sizeof(here)),
        .keep = mc_options_has(&cmd->options, MC_OPT_keep_artifacts),
        .built = built,
        .user = cmd,
    };

    if (!build.into) {
        return mc_cmd_fail_with(cmd, "the current folder cannot be found");
    }
    if (mc_options_has(&cmd->options, MC_OPT_iteration)) {
        mc_out_raw(&cmd->err, "Warning. The --iteration flag has been deprecated. "
                              "Please use --revision instead.\n");
    }
    if (read_plugin(cmd, &plugin)) {
        return mc_cmd_fail(cmd);
    }
    mc_out_printf(&cmd->out, "Building packages for %s plugin.\n", plugin->package);
    int r = mc_plugin_package(plugin, &build, cmd->arena, &kept, &cmd->error);
    if (!r) {
        mc_out_printf(&cmd->out, "Completed building all packages for %s plugin.\n",
                      plugin->package);
    }
    if (kept) {
        mc_out_printf(&cmd->out,
                      "Keeping build artifacts.\nBuild artifacts saved - %s\n", kept);
    } else {
        mc_out_raw(&cmd->out, "Removing build artifacts.\n");
    }
    return r ? mc_cmd_fail(cmd) : 0;
}

static int doc(struct mc_cmd *cmd)
{
    return mc_cmd_plugin_doc(cmd, word_of(cmd, 1));
}

static int list(struct mc_cmd *cmd)
{
    return mc_cmd_plugin_doc(cmd, NULL);
}

static int run(struct mc_cmd *cmd)
{
    static const struct
    {
        const char *name;
        int (*run)(struct mc_cmd *cmd);
    } verbs[] = {
        {"doc", doc},   {"generate", generate}, {"info", info},
        {"list", list}, {"package", package},
    };
    const char *verb = word_of(cmd, 0);

    for (size_t i = 0; verb && i < MC_COUNT(verbs); i++) {
        if (strcmp(verbs[i].name, verb) == 0) {
            return verbs[i].run(cmd);
        }
    }
    if (verb) {
        mc_out_raw(&cmd->err, "Invalid action ");
        mc_out_text(&cmd->err, verb);
        mc_out_raw(&cmd->err, ", please run 'mco help plugin' for help.\n");
    } else {
        mc_out_raw(&cmd->err,
                   "No action specified, please run 'mco help plugin' for help\n");
    }
    return 1;
}

extern const struct mc_command mc_command_plugin;
const struct mc_command mc_command_plugin = {
    .name = "plugin",
    .summary = "Explain, begin and package plugins",
    .usage = "plugin list\n"
             "plugin doc [<plugin>]\n"
             "plugin doc <type>/<plugin>\n"
             "plugin generate agent <name> [actions=<action>,<action>]\n"
             "plugin generate data <name> outputs=<output>,<output>\n"
             "plugin info [<directory>]\n"
             "plugin package [options] [<directory>]",
    .sections = MC_SECTION_APP | MC_SECTION_REQUIRED,
    .run = run,
};
