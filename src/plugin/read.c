/* What would be packaged: the folder's files sorted into parts, and its metadata made fit
 * for package names and control files.
 *
 * Every text that ends in a control file or spec file is checked here, once, and every
 * file name too; the builders trust what they get. */
#include "plugin/plugin-private.h"

#include "base/child.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/paths.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PACKAGE_BYTES_MAX 100
#define TEXT_BYTES_MAX 500
#define DEPENDENCIES_MAX 100
#define ELF_MAGIC "\177ELF"

/* The kinds of plugins that are packaged, with the folder each lies in. An agent is also
 * what has only an application. */
static const enum mc_ddl_kind standard_kinds[] = {
    MC_DDL_DATA, MC_DDL_DISCOVERY, MC_DDL_VALIDATOR, MC_DDL_AGGREGATE, MC_DDL_CONNECTOR,
};

/* The plugin while it is read. */
struct reading
{
    const struct mc_plugin_wishes *wishes;
    struct mc_arena *arena;
    struct mc_plugin *plugin;
    enum mc_ddl_kind kind;
    const char *required_version; /* of MCollective, or NULL */
    const struct mc_folder_file *files;
    size_t files_count;
    struct mc_error *error;
};

static int refuse(struct reading *reading, const char *format, ...) MC_PRINTF(2, 3);
static int refuse(struct reading *reading, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    mc_error_vset(reading->error, format, args);
    va_end(args);
    return MC_PLUGIN_REFUSED;
}

/* Whether a path lies in a folder: agent/x in "agent". */
static bool lies_in(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    return strncmp(path, folder, len) == 0 && path[len] == '/';
}

static bool has_folder(const struct reading *reading, const char *folder)
{
    for (size_t i = 0; i < reading->files_count; i++) {
        if (lies_in(reading->files[i].path, folder)) {
            return true;
        }
    }
    return false;
}

static bool is_ddl(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot && !strchr(dot, '/') &&
           (strcmp(dot, ".ddl") == 0 || strcmp(dot, ".json") == 0);
}

/* --- which files --- */

/* The plugin's folder, or lib/mcollective in it where a source tree has that. */
static int find_root(struct reading *reading)
{
    const char *folder = reading->wishes->folder;
    const char *below = mc_arena_printf(reading->arena, "%s/lib/mcollective", folder);
    struct mc_error unused;
    size_t count = 0;
    const struct mc_folder_file *files = NULL;

    if (!below) {
        return -ENOMEM;
    }
    int r = mc_folder_files(below, MC_PLUGIN_FILES_MAX, reading->arena, &files, &count,
                            &unused);
    reading->plugin->root = below;
    if (r == -ENOENT || r == -ENOTDIR) {
        reading->plugin->root = folder;
        r = mc_folder_files(folder, MC_PLUGIN_FILES_MAX, reading->arena, &files, &count,
                            reading->error);
    }
    if (r) {
        return r == -ENOMEM ? r : MC_PLUGIN_REFUSED;
    }
    reading->files = files;
    reading->files_count = count;
    return 0;
}

static int find_kind(struct reading *reading)
{
    const char *found = NULL;

    if (has_folder(reading, "agent") || has_folder(reading, "application")) {
        reading->kind = MC_DDL_AGENT;
        reading->plugin->type = "Agent";
        return 0;
    }
    for (size_t i = 0; i < MC_COUNT(standard_kinds); i++) {
        const char *folder = mc_ddl_kind_name(standard_kinds[i]);
        if (!has_folder(reading, folder)) {
            continue;
        }
        if (found) {
            return refuse(reading, "more than one plugin type detected in directory");
        }
        found = folder;
        reading->kind = standard_kinds[i];
    }
    if (!found) {
        return refuse(reading, "no plugins detected in directory");
    }
    char *title = mc_arena_strdup(reading->arena, found);
    if (!title) {
        return -ENOMEM;
    }
    title[0] = (char)toupper((unsigned char)title[0]);
    reading->plugin->type = title;
    return 0;
}

/* The path of a file goes into lists that tools read, so it is made of few characters. */
static int check_file(struct reading *reading, const struct mc_folder_file *file)
{
    if (!mc_plugin__plain(file->path, "/._+-@~=,")) {
        return refuse(reading,
                      "cannot create package - the file name '%s' has other characters "
                      "than letters, digits and ._+-@~=,",
                      file->path);
    }
    if (file->size_bytes > MC_PLUGIN_FILE_BYTES_MAX) {
        return refuse(reading, "cannot create package - %s is longer than %zu bytes",
                      file->path, MC_PLUGIN_FILE_BYTES_MAX);
    }
    return 0;
}

/* Which of the files belong to a part. */
typedef bool belongs_fn(const struct reading *reading, const char *path);

static bool in_common(const struct reading *reading, const char *path)
{
    if (reading->kind != MC_DDL_AGENT) {
        return lies_in(path, "util");
    }
    return (lies_in(path, "agent") && is_ddl(path)) || lies_in(path, "data") ||
           lies_in(path, "util") || lies_in(path, "validator");
}

static bool in_agent(const struct reading *reading, const char *path)
{
    (void)reading;
    return lies_in(path, "agent") && !is_ddl(path);
}

static bool in_client(const struct reading *reading, const char *path)
{
    (void)reading;
    return lies_in(path, "application") || lies_in(path, "aggregate");
}

static bool in_kind(const struct reading *reading, const char *path)
{
    return lies_in(path, mc_ddl_kind_name(reading->kind));
}

/* Whether a file of a part is a program of one processor. */
static int find_binary(struct reading *reading, struct mc_plugin_part *part)
{
    for (size_t i = 0; i < part->files_count && !part->binary; i++) {
        MC_CLEANUP(mc_arena_cleanup)
        struct mc_arena *scratch = mc_arena_new(2 * MC_PLUGIN_FILE_BYTES_MAX);
        struct mc_bytes content = {NULL, 0};
        const char *path =
            scratch ? mc_arena_printf(scratch, "%s/%s", reading->plugin->root,
                                      part->files[i].source)
                    : NULL;
        int r = path ? mc_file_read(path, MC_PLUGIN_FILE_BYTES_MAX, scratch, &content,
                                    reading->error)
                     : -ENOMEM;
        if (r) {
            return r == -ENOMEM ? r : MC_PLUGIN_REFUSED;
        }
        part->binary = mc_bytes_starts(content, ELF_MAGIC);
        reading->plugin->binary |= part->binary;
    }
    return 0;
}

/* Add a part unless it has no files. */
static int add_part(struct reading *reading, const char *type, belongs_fn *belongs,
                    const char *description)
{
    struct mc_plugin *plugin = reading->plugin;
    struct mc_plugin_part part = {.type = type, .description = description};

    part.files =
        mc_arena_array(reading->arena, reading->files_count + 1, sizeof(*part.files));
    if (!part.files || !description) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < reading->files_count; i++) {
        const struct mc_folder_file *file = &reading->files[i];
        if (!belongs(reading, file->path)) {
            continue;
        }
        int r = check_file(reading, file);
        if (r) {
            return r;
        }
        part.files[part.files_count++] =
            (struct mc_plugin_file){file->path, file->executable};
        if (file->changed_s > plugin->changed_s) {
            plugin->changed_s = file->changed_s;
        }
    }
    if (part.files_count) {
        part.needs_common =
            plugin->parts_count > 0 && strcmp(plugin->parts[0].type, "common") == 0;
        plugin->parts[plugin->parts_count++] = part;
        return find_binary(reading, &plugin->parts[plugin->parts_count - 1]);
    }
    return 0;
}

static int find_parts(struct reading *reading)
{
    const char *name = reading->plugin->texts.name;
    const char *kind = mc_ddl_kind_name(reading->kind);
    struct mc_arena *arena = reading->arena;

    if (reading->kind == MC_DDL_AGENT) {
        int r = add_part(reading, "common", in_common,
                         mc_arena_printf(arena, "Common libraries for %s", name));
        r = r ? r
              : add_part(reading, "agent", in_agent,
                         mc_arena_printf(arena, "Agent plugin for %s", name));
        return r ? r
                 : add_part(reading, "client", in_client,
                            mc_arena_printf(arena, "Client plugin for %s", name));
    }
    int r = add_part(
        reading, "common", in_common,
        mc_arena_printf(arena, "Common libraries for %s %s plugin", name, kind));
    return r ? r
             : add_part(reading, kind, in_kind,
                        mc_arena_printf(arena,
                                        "%s %s plugin for the Marionette Collective",
                                        name, kind));
}

/* --- what metadata says --- */

/* The first DDL of the plugin; what it says is copied. */
static int read_ddl(struct reading *reading, struct mc_plugin_texts *texts)
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
        r = refuse(reading, "cannot create package - No ddl file found in %s/%s",
                   reading->plugin->root, kind);
    }
    if (!r && mc_ddl_find(ddls, reading->kind, names[0], &ddl, &why)) {
        r = refuse(reading, "failed to load ddl file in plugin directory : %s/%s: %s",
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

static int check_line(struct reading *reading, const char *what, const char *text)
{
    if (!text) {
        return -ENOMEM;
    }
    if (!text[0] || !mc_plugin__line(text) || strlen(text) > TEXT_BYTES_MAX) {
        return refuse(reading,
                      "cannot create package - the %s has to be one line of 1 to %d "
                      "bytes, without control characters",
                      what, TEXT_BYTES_MAX);
    }
    return 0;
}

/* "My agent_x" is my-agent-x in names of packages. */
static int package_name(struct reading *reading, const char *name,
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
        return refuse(reading,
                      "cannot create package - '%s' is no name for a package: letters, "
                      "digits and +.- only, at most %d; --name gives another",
                      name, PACKAGE_BYTES_MAX);
    }
    *ret_name = plain;
    return 0;
}

static int check_version(struct reading *reading, const char *what, const char *text,
                         const char *option)
{
    if (!isdigit((unsigned char)text[0]) || !mc_plugin__plain(text, ".+~") ||
        strlen(text) > PACKAGE_BYTES_MAX) {
        return refuse(reading,
                      "cannot create package - the %s '%s' has to begin with a digit, "
                      "then letters, digits and .+~ only; %s gives another",
                      what, text, option);
    }
    return 0;
}

/* Take what the options say before what the DDL says, and check all. */
static int read_texts(struct reading *reading)
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

static int find_format(struct reading *reading)
{
    static const struct
    {
        const char *name;
        enum mc_plugin_format format;
    } formats[] = {
        {"deb", MC_PLUGIN_DEB},
        {"debpackage", MC_PLUGIN_DEB},
        {"rpm", MC_PLUGIN_RPM},
        {"rpmpackage", MC_PLUGIN_RPM},
    };
    const char *wish = reading->wishes->format;

    for (size_t i = 0; wish && i < MC_COUNT(formats); i++) {
        if (strcmp(wish, formats[i].name) == 0) {
            reading->plugin->format = formats[i].format;
            return 0;
        }
    }
    if (wish && strcmp(wish, "ospackage") != 0) {
        return refuse(reading, "the format '%s' is not one of deb, rpm and ospackage",
                      wish);
    }
    if (mc_file_readable("/etc/redhat-release")) {
        reading->plugin->format = MC_PLUGIN_RPM;
    } else if (mc_file_readable("/etc/debian_version")) {
        reading->plugin->format = MC_PLUGIN_DEB;
    } else {
        return refuse(reading, "cannot identify operating system; --format deb or rpm "
                               "says which packages to build");
    }
    return 0;
}

/* A dependency of the other format (redhat::x) is left out, its own loses the prefix. */
static int find_dependencies(struct reading *reading)
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
            return refuse(reading, "cannot create package - '%s' is no dependency",
                          wish[i]);
        }
        kept[count++] = name;
    }
    reading->plugin->dependencies = kept;
    return 0;
}

/* A script that dpkg or rpm runs as root has to be one. */
static int check_script(struct reading *reading, const char *what, const char *path)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *scratch = mc_arena_new(2 * MC_PLUGIN_FILE_BYTES_MAX);
    struct mc_bytes content = {NULL, 0};

    if (!path) {
        return 0;
    }
    if (!mc_file_readable(path)) {
        return refuse(reading, "%s script '%s' not found.", what, path);
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
               : refuse(reading, "%s script '%s' has to begin with a line %s#!/bin/sh",
                        what, path, rpm ? "" : "like ");
}

/* Where plugins of the program go that the packages are for. */
static int find_pluginpath(struct reading *reading, bool ours)
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
        return refuse(reading,
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

static int read_wishes(struct reading *reading)
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

/* Packages of the same content are the same bytes: their time is that of the newest file
 * unless SOURCE_DATE_EPOCH names one. */
static void find_time(struct mc_plugin *plugin)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");

    if (text && text[0] && strlen(text) <= 12 &&
        strspn(text, "0123456789") == strlen(text)) {
        plugin->changed_s = strtoll(text, NULL, 10);
    }
}

int mc_plugin_read(const struct mc_plugin_wishes *wishes, struct mc_arena *arena,
                   const struct mc_plugin **ret_plugin, struct mc_error *error)
{
    struct mc_plugin *plugin = mc_arena_alloc(arena, sizeof(*plugin));
    struct reading reading = {
        .wishes = wishes, .arena = arena, .plugin = plugin, .error = error};

    if (!plugin) {
        return -ENOMEM;
    }
    int r = find_format(&reading);
    r = r ? r : find_root(&reading);
    r = r ? r : find_kind(&reading);
    r = r ? r : read_texts(&reading);
    r = r ? r : read_wishes(&reading);
    r = r ? r : find_parts(&reading);
    if (r) {
        return r;
    }
    find_time(plugin);
    *ret_plugin = plugin;
    return 0;
}
