/* What would be packaged: the folder's files sorted into parts; see texts.c for the words
 * and plugin.h for the rules. Every file name is checked here, once. */
#include "plugin/plugin-private.h"

#include "base/file.h"
#include "base/folder.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ELF_MAGIC "\177ELF"

/* The kinds of plugins that are packaged, with the folder each lies in. An agent is also
 * what has only an application. */
static const enum mc_ddl_kind standard_kinds[] = {
    MC_DDL_DATA, MC_DDL_DISCOVERY, MC_DDL_VALIDATOR, MC_DDL_AGGREGATE, MC_DDL_CONNECTOR,
};

int mc_plugin__refuse(struct mc_plugin__reading *reading, const char *format, ...)
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

static bool has_folder(const struct mc_plugin__reading *reading, const char *folder)
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
static int find_root(struct mc_plugin__reading *reading)
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

static int find_kind(struct mc_plugin__reading *reading)
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
            return mc_plugin__refuse(reading,
                                     "more than one plugin type detected in directory");
        }
        found = folder;
        reading->kind = standard_kinds[i];
    }
    if (!found) {
        return mc_plugin__refuse(reading, "no plugins detected in directory");
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
static int check_file(struct mc_plugin__reading *reading,
                      const struct mc_folder_file *file)
{
    if (!mc_plugin__plain(file->path, "/._+-@~=,")) {
        return mc_plugin__refuse(
            reading,
            "cannot create package - the file name '%s' has other characters "
            "than letters, digits and ._+-@~=,",
            file->path);
    }
    if (file->size_bytes > MC_PLUGIN_FILE_BYTES_MAX) {
        return mc_plugin__refuse(reading,
                                 "cannot create package - %s is longer than %zu bytes",
                                 file->path, MC_PLUGIN_FILE_BYTES_MAX);
    }
    return 0;
}

/* Which of the files belong to a part. */
typedef bool belongs_fn(const struct mc_plugin__reading *reading, const char *path);

static bool in_common(const struct mc_plugin__reading *reading, const char *path)
{
    if (reading->kind != MC_DDL_AGENT) {
        return lies_in(path, "util");
    }
    return (lies_in(path, "agent") && is_ddl(path)) || lies_in(path, "data") ||
           lies_in(path, "util") || lies_in(path, "validator");
}

static bool in_agent(const struct mc_plugin__reading *reading, const char *path)
{
    (void)reading;
    return lies_in(path, "agent") && !is_ddl(path);
}

static bool in_client(const struct mc_plugin__reading *reading, const char *path)
{
    (void)reading;
    return lies_in(path, "application") || lies_in(path, "aggregate");
}

static bool in_kind(const struct mc_plugin__reading *reading, const char *path)
{
    return lies_in(path, mc_ddl_kind_name(reading->kind));
}

/* Whether a file of a part is a program of one processor. */
static int find_binary(struct mc_plugin__reading *reading, struct mc_plugin_part *part)
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
static int add_part(struct mc_plugin__reading *reading, const char *type,
                    belongs_fn *belongs, const char *description)
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

static int find_parts(struct mc_plugin__reading *reading)
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

/* --- all of it --- */

static int find_format(struct mc_plugin__reading *reading)
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
        return mc_plugin__refuse(
            reading, "the format '%s' is not one of deb, rpm and ospackage", wish);
    }
    if (mc_file_readable("/etc/redhat-release")) {
        reading->plugin->format = MC_PLUGIN_RPM;
    } else if (mc_file_readable("/etc/debian_version")) {
        reading->plugin->format = MC_PLUGIN_DEB;
    } else {
        return mc_plugin__refuse(
            reading, "cannot identify operating system; --format deb or rpm "
                     "says which packages to build");
    }
    return 0;
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
    struct mc_plugin__reading reading = {
        .wishes = wishes, .arena = arena, .plugin = plugin, .error = error};

    if (!plugin) {
        return -ENOMEM;
    }
    int r = find_format(&reading);
    r = r ? r : find_root(&reading);
    r = r ? r : find_kind(&reading);
    r = r ? r : mc_plugin__read_texts(&reading);
    r = r ? r : mc_plugin__read_wishes(&reading);
    r = r ? r : find_parts(&reading);
    if (r) {
        return r;
    }
    find_time(plugin);
    *ret_plugin = plugin;
    return 0;
}
