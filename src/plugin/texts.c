/* What is said about a plugin: the metadata of its DDL, and the options of the command
 * before it. Every text that ends in a control file or a spec file is checked here, once;
 * the builders trust what they get. */
#include "plugin/plugin-private.h"

#include "base/file.h"
#include "base/paths.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PACKAGE_BYTES_MAX 100
#define TEXT_BYTES_MAX 500
#define DEPENDENCIES_MAX 100

/* --- what metadata says --- */

/* The first DDL of the plugin; what it says is copied. */
static int read_ddl(struct mc_plugin__reading *reading, struct mc_plugin_texts *texts)
{
    const char *const folders[] = {reading->plugin->root, NULL};
    struct mc_ddl_store *ddls = mc_ddl_store_new(folders);
    const char *const *names = NULL;
    const struct mc_ddl *ddl = NULL;
    struct mc_error why = {{0}};
    const char *kind = mc_ddl_kind_name(reading->kind);

    if (!ddls) {
        return -ENOMEM;
    }
    int r = mc_ddl_list(ddls, reading->kind, reading->arena, &names);
    if (!r && !names[0]) {
        r = mc_plugin__refuse(reading,
                              "cannot create package - No ddl file found in %s/%s",
                              reading->plugin->root, kind);
    }
    if (!r && mc_ddl_find(ddls, reading->kind, names[0], &ddl, &why)) {
        r = mc_plugin__refuse(reading,
                              "failed to load ddl file in plugin directory : %s/%s: %s",
                              reading->plugin->root, kind, why.text);
    }
    if (!r) {
        struct mc_arena *arena = reading->arena;
        *texts = (struct mc_plugin_texts){
            .name = mc_arena_strdup(arena, ddl->title),
            .description = mc_arena_strdup(arena, ddl->description),
            .author = mc_arena_strdup(arena, ddl->author),
            .license = mc_arena_strdup(arena, ddl->license),
            .version = mc_arena_strdup(arena, ddl->version),
            .url = mc_arena_strdup(arena, ddl->url),
        };
        reading->required_version = mc_arena_strdup(arena, ddl->required_version);
    }
    mc_ddl_store_free(ddls);
    return r;
}

static int check_line(struct mc_plugin__reading *reading, const char *what,
                      const char *text)
{
    if (!text) {
        return -ENOMEM;
    }
    if (!text[0] || !mc_plugin__line(text) || strlen(text) > TEXT_BYTES_MAX) {
        return mc_plugin__refuse(
            reading,
            "cannot create package - the %s has to be one line of 1 to %d "
            "bytes, without control characters",
            what, TEXT_BYTES_MAX);
    }
    return 0;
}

/* "My agent_x" is my-agent-x in names of packages. */
static int package_name(struct mc_plugin__reading *reading, const char *name,
                        const char **ret_name)
{
    char *plain = mc_arena_strdup(reading->arena, name);
    size_t len = 0;

    if (!plain) {
        return -ENOMEM;
    }
    for (const char *at = name; *at; at++) {
        bool gap = *at == ' ' || *at == '_';
        if (!gap || len == 0 || plain[len - 1] != '-') {
            plain[len++] = gap ? '-' : (char)tolower((unsigned char)*at);
        }
    }
    plain[len] = '\0';
    if (!isalnum((unsigned char)plain[0]) || !mc_plugin__plain(plain, "+.-") ||
        len > PACKAGE_BYTES_MAX) {
        return mc_plugin__refuse(
            reading,
            "cannot create package - '%s' is no name for a package: letters, "
            "digits and +.- only, at most %d; --name gives another",
            name, PACKAGE_BYTES_MAX);
    }
    *ret_name = plain;
    return 0;
}

static int check_version(struct mc_plugin__reading *reading, const char *what,
                         const char *text, const char *option)
{
    if (!isdigit((unsigned char)text[0]) || !mc_plugin__plain(text, ".+~") ||
        strlen(text) > PACKAGE_BYTES_MAX) {
        return mc_plugin__refuse(
            reading,
            "cannot create package - the %s '%s' has to begin with a digit, "
            "then letters, digits and .+~ only; %s gives another",
            what, text, option);
    }
    return 0;
}

/* Take what the options say before what the DDL says, and check all. */
int mc_plugin__read_texts(struct mc_plugin__reading *reading)
{
    const struct mc_plugin_texts *wish = &reading->wishes->texts;
    struct mc_plugin_texts *is = &reading->plugin->texts;
    int r = read_ddl(reading, is);

    if (r) {
        return r;
    }
    is->name = wish->name ? wish->name : is->name;
    is->description = wish->description ? wish->description : is->description;
    is->author = wish->author ? wish->author : is->author;
    is->license = wish->license ? wish->license : is->license;
    is->version = wish->version ? wish->version : is->version;
    is->url = wish->url ? wish->url : is->url;
    r = check_line(reading, "name", is->name);
    r = r ? r : check_line(reading, "description", is->description);
    r = r ? r : check_line(reading, "author", is->author);
    r = r ? r : check_line(reading, "license", is->license);
    r = r ? r : check_line(reading, "version", is->version);
    r = r ? r : check_line(reading, "url", is->url);
    r = r ? r : package_name(reading, is->name, &is->name);
    return r ? r : check_version(reading, "version", is->version, "--pluginversion");
}

/* --- what the options say --- */

/* A dependency of the other format (redhat::x) is left out, its own loses the prefix. */
static int find_dependencies(struct mc_plugin__reading *reading)
{
    const char *const *wish = reading->wishes->dependencies;
    const char *own =
        reading->plugin->format == MC_PLUGIN_DEB ? "debian::" : "redhat::";
    const char **kept =
        mc_arena_array(reading->arena, DEPENDENCIES_MAX + 1, sizeof(*kept));
    size_t count = 0;

    if (!kept) {
        return -ENOMEM;
    }
    for (size_t i = 0; wish && wish[i]; i++) {
        const char *colons = strstr(wish[i], "::");
        bool foreign = colons && strncmp(wish[i], own, strlen(own)) != 0;
        const char *name = colons ? colons + 2 : wish[i];
        if (foreign) {
            continue;
        }
        if (!isalnum((unsigned char)name[0]) || !mc_plugin__plain(name, "+._-") ||
            strlen(name) > PACKAGE_BYTES_MAX || count >= DEPENDENCIES_MAX) {
            return mc_plugin__refuse(
                reading, "cannot create package - '%s' is no dependency", wish[i]);
        }
        kept[count++] = name;
    }
    reading->plugin->dependencies = kept;
    return 0;
}

/* A script that dpkg or rpm runs as root has to be one. */
static int check_script(struct mc_plugin__reading *reading, const char *what,
                        const char *path)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *scratch = mc_arena_new(2 * MC_PLUGIN_FILE_BYTES_MAX);
    struct mc_bytes content = {NULL, 0};

    if (!path) {
        return 0;
    }
    if (!mc_file_readable(path)) {
        return mc_plugin__refuse(reading, "%s script '%s' not found.", what, path);
    }
    if (!scratch) {
        return -ENOMEM;
    }
    int r =
        mc_file_read(path, MC_PLUGIN_FILE_BYTES_MAX, scratch, &content, reading->error);
    if (r) {
        return r == -ENOMEM ? r : MC_PLUGIN_REFUSED;
    }
    bool rpm = reading->plugin->format == MC_PLUGIN_RPM;
    return mc_bytes_starts(content, rpm ? "#!/bin/sh\n" : "#!/")
               ? 0
               : mc_plugin__refuse(
                     reading, "%s script '%s' has to begin with a line %s#!/bin/sh",
                     what, path, rpm ? "" : "like ");
}

/* Where plugins of the program go that the packages are for. */
static int find_pluginpath(struct mc_plugin__reading *reading, bool ours)
{
    const char *wish = reading->wishes->pluginpath;
    const char *path = wish;

    if (!path) {
        path = ours ? mc_paths_packaged_plugins()
               : reading->plugin->format == MC_PLUGIN_DEB
                   ? "/usr/share/mcollective/plugins/mcollective"
                   : "/usr/libexec/mcollective/mcollective";
    }
    char *copy = mc_arena_strdup(reading->arena, path);
    if (!copy) {
        return -ENOMEM;
    }
    if (copy[0] != '/' || !mc_plugin__plain(copy, "/._+-") || strstr(copy, "/..")) {
        return mc_plugin__refuse(
            reading,
            "cannot create package - the path '%s' has to be absolute, "
            "without '..', of letters, digits and ._+-",
            path);
    }
    for (size_t len = strlen(copy); len > 1 && copy[len - 1] == '/'; len--) {
        copy[len - 1] = '\0';
    }
    reading->plugin->pluginpath = copy;
    return 0;
}

int mc_plugin__read_wishes(struct mc_plugin__reading *reading)
{
    const struct mc_plugin_wishes *wish = reading->wishes;
    struct mc_plugin *plugin = reading->plugin;
    const char *mcname = wish->mcname ? wish->mcname : "marionette";
    bool ours = strcmp(mcname, "marionette") == 0;

    plugin->revision = wish->revision ? wish->revision : "1";
    plugin->vendor = wish->vendor ? wish->vendor : plugin->texts.author;
    /* What the DDL requires is a release of MCollective. Of this program each release
     * will do: whatever it reads, which it just did, its nodes and clients read too. */
    plugin->mcversion =
        wish->mcversion || ours ? wish->mcversion : reading->required_version;
    plugin->preinstall = wish->preinstall;
    plugin->postinstall = wish->postinstall;
    int r = package_name(reading, mcname, &mcname);
    plugin->package =
        mc_arena_printf(reading->arena, "%s-%s", mcname, plugin->texts.name);
    plugin->requirement =
        mc_arena_printf(reading->arena, "%s%s", mcname, ours ? "" : "-common");
    if (!plugin->package || !plugin->requirement) {
        return -ENOMEM;
    }
    r = r ? r : check_version(reading, "revision", plugin->revision, "--revision");
    r = r ? r : check_line(reading, "vendor", plugin->vendor);
    if (!r && plugin->mcversion) {
        r = check_version(reading, "version", plugin->mcversion, "--mcversion");
    }
    r = r ? r : check_script(reading, "pre-install", plugin->preinstall);
    r = r ? r : check_script(reading, "post-install", plugin->postinstall);
    r = r ? r : find_dependencies(reading);
    return r ? r : find_pluginpath(reading, ours);
}
