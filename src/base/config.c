/* A configuration: the table of declared keys plus the free plugin keys.
 *
 * One line goes through take_line(): declared keys are checked and converted at once
 * (so every error can name its line), plugin keys are kept as text with their place.
 * Everything lives in one arena with a maximum; files, lines, items and plugin keys
 * are counted, so that no file can make us use more. Values of plugin keys may be
 * secrets and appear in no error. After loading nothing changes any more. */
#include "base/config-private.h"

#include "base/file.h"
#include "base/memory.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)
#define LINE_BYTES_MAX ((size_t)1 << 16)
#define ARENA_BYTES_MAX ((size_t)16 << 20)
#define ITEMS_MAX ((size_t)1024)
#define PLUGIN_KEYS_MAX ((size_t)4096)
#define PLUGIN_FILES_MAX 256

/* What is being read, for errors and warnings. */
struct place
{
    struct mc_config *config;
    const char *file;
    unsigned line;
    const char *prefix; /* of plugin.d: "name."; NULL for the main file */
    mc_config_warn_fn *warn;
    void *user;
    struct mc_error *error;
};

static void warn_about(const struct place *place, const char *what, const char *key)
{
    struct mc_error text;

    if (place->warn) {
        mc_error_set(&text, "%s:%u: %s%s%s%s", place->file, place->line, what,
                     key ? " '" : "", key ? key : "", key ? "'" : "");
        place->warn(place->user, text.text);
    }
}

static int bad_value(const struct place *place, const char *key, const char *text,
                     const char *why)
{
    mc_error_set(place->error,
                 "%s:%u: Could not parse value for configuration option '%s' with "
                 "value '%.100s': %s",
                 place->file, place->line, key, text, why);
    return -EINVAL;
}

/* Room for one more item and the NULL at the end; doubled, as an arena frees nothing. */
static int list_add(struct mc_arena *arena, struct mc_config__value *value,
                    const char *item)
{
    if (value->count + 2 > value->room) {
        size_t room = value->room ? value->room * 2 : 8;
        const char **items = mc_arena_array(arena, room, sizeof(*items));
        if (!items) {
            return -ENOMEM;
        }
        if (value->count) {
            memcpy(items, value->items, value->count * sizeof(*items));
        }
        value->items = items;
        value->room = room;
    }
    value->items[value->count++] = item;
    value->items[value->count] = NULL;
    return 0;
}

static int list_split(const struct place *place, size_t key, struct mc_bytes text,
                      char mark)
{
    struct mc_arena *arena = place->config->arena;
    struct mc_config__value *value = &place->config->values[key];
    struct mc_bytes rest = text;

    while (rest.len) {
        size_t len = mc_bytes_find(rest, (uint8_t)mark);
        char *item = mc_arena_text(arena, mc_bytes_trim(mc_bytes_slice(rest, 0, len)));
        rest = mc_bytes_slice(rest, len + 1, rest.len);
        if (!item) {
            return -ENOMEM;
        }
        if (!*item) {
            continue;
        }
        if (value->count >= ITEMS_MAX) {
            return bad_value(place, mc_config__keys[key].name, item, "too many items");
        }
        if (mc_config__keys[key].kind == MC_CONFIG__PATHS && item[0] != '/') {
            return bad_value(place, mc_config__keys[key].name, item,
                             "the path is not absolute");
        }
        int result = list_add(arena, value, item);
        if (result < 0) {
            return result;
        }
    }
    return 0;
}

static int assign_list(const struct place *place, size_t key, struct mc_bytes text)
{
    struct mc_config__value *value = &place->config->values[key];

    if (mc_config__keys[key].kind == MC_CONFIG__LIST) {
        value->count = 0;
        value->room = 0;
        value->items = NULL;
        return list_split(place, key, text, ',');
    }
    if (mc_config__keys[key].kind == MC_CONFIG__PATHS) {
        return list_split(place, key, text, ':');
    }
    if (value->count >= ITEMS_MAX) {
        return bad_value(place, mc_config__keys[key].name, "", "too many lines");
    }
    return list_add(place->config->arena, value, value->text);
}

static void lower_case(char *text)
{
    for (; *text; text++) {
        *text = (char)(*text >= 'A' && *text <= 'Z' ? *text | 0x20 : *text);
    }
}

static int assign(const struct place *place, size_t key, struct mc_bytes text)
{
    struct mc_config__value *value = &place->config->values[key];
    char *copy = mc_arena_text(place->config->arena, text);
    const char *name = mc_config__keys[key].name;

    if (!copy) {
        return -ENOMEM;
    }
    value->text = copy;
    switch (mc_config__keys[key].kind) {
    case MC_CONFIG__TEXT:
        return 0;
    case MC_CONFIG__NAME:
        lower_case(copy);
        return 0;
    case MC_CONFIG__INT:
        return mc_config__integer(text, &value->number)
                   ? 0
                   : bad_value(place, name, copy, "not a whole number");
    case MC_CONFIG__FLOAT:
        return mc_config__float(text, &value->real)
                   ? 0
                   : bad_value(place, name, copy, "not a number");
    case MC_CONFIG__BOOL:
        return mc_config__bool(text, &value->flag)
                   ? 0
                   : bad_value(place, name, copy, "neither yes nor no");
    case MC_CONFIG__LIST:
    case MC_CONFIG__PATHS:
    case MC_CONFIG__ACCUMULATE:
        return assign_list(place, key, text);
    case MC_CONFIG__DEPRECATED:
        warn_about(place, "obsolete and ignored, please remove it:", name);
        return 0;
    }
    return -EINVAL;
}

static struct mc_config__plugin *plugin_add(const struct place *place, const char *key)
{
    struct mc_config *config = place->config;

    if (config->plugin_count == config->plugin_room) {
        size_t room = config->plugin_room ? config->plugin_room * 2 : 32;
        struct mc_config__plugin *grown =
            mc_arena_array(config->arena, room, sizeof(*grown));
        if (!grown) {
            return NULL;
        }
        if (config->plugin_count) {
            memcpy(grown, config->plugins, config->plugin_count * sizeof(*grown));
        }
        config->plugins = grown;
        config->plugin_room = room;
    }
    struct mc_config__plugin *plugin = &config->plugins[config->plugin_count++];
    plugin->key = key;
    return plugin;
}

static int plugin_set(const struct place *place, const char *key, struct mc_bytes text)
{
    struct mc_config__plugin *plugin = mc_config__find_plugin(place->config, key);

    if (!plugin && place->config->plugin_count >= PLUGIN_KEYS_MAX) {
        mc_error_set(place->error, "%s:%u: more than %zu plugin keys", place->file,
                     place->line, PLUGIN_KEYS_MAX);
        return -EINVAL;
    }
    char *value = mc_arena_text(place->config->arena, text);
    plugin = plugin || !value ? plugin : plugin_add(place, key);
    if (!plugin || !value) {
        return -ENOMEM;
    }
    plugin->value = value;
    plugin->file = place->file;
    plugin->line = place->line;
    return 0;
}

static int take_pair(const struct place *place, struct mc_bytes name,
                     struct mc_bytes text)
{
    struct mc_arena *arena = place->config->arena;
    const char *prefix = place->prefix ? place->prefix : "";
    char *key = mc_arena_printf(arena, "%s%.*s", prefix, (int)name.len,
                                (const char *)name.data);

    if (!key) {
        return -ENOMEM;
    }
    if (place->prefix) {
        return plugin_set(place, key, text);
    }
    size_t number = mc_config__find_key(key);
    if (number < MC_CONFIG__KEY_COUNT) {
        int result = assign(place, number, text);
        place->config->values[number].set |= result == 0;
        return result;
    }
    /* The character behind "plugin" may be any: the original asks for "plugin.". */
    if (mc_bytes_starts(name, "plugin") && name.len > strlen("plugin") + 1) {
        return plugin_set(place, key + strlen("plugin") + 1, text);
    }
    mc_error_set(place->error, "%s:%u: Unknown config parameter '%.200s'", place->file,
                 place->line, key);
    return -EINVAL;
}

/* White space at the end never counts; at the front it does (see the spec on '#'). */
static struct mc_bytes trim_end(struct mc_bytes line)
{
    while (line.len && isspace(line.data[line.len - 1])) {
        line.len--;
    }
    return line;
}

static int take_line(const struct place *place, struct mc_bytes line)
{
    struct mc_bytes rest = trim_end(line);

    if (rest.len == 0 || rest.data[0] == '#') {
        return 0;
    }
    if (rest.len > LINE_BYTES_MAX || mc_bytes_find(rest, 0) < rest.len) {
        mc_error_set(place->error, "%s:%u: %s", place->file, place->line,
                     rest.len > LINE_BYTES_MAX ? "the line is too long"
                                               : "a NUL byte; this is no text");
        return -EINVAL;
    }
    /* At least one byte of key: a '=' in the first column belongs to the key. */
    size_t equals = 1 + mc_bytes_find(mc_bytes_slice(rest, 1, rest.len), '=');
    struct mc_bytes key = mc_bytes_trim(mc_bytes_slice(rest, 0, equals));
    struct mc_bytes text = mc_bytes_trim(mc_bytes_slice(rest, equals + 1, rest.len));
    if (equals >= rest.len || text.len == 0) {
        warn_about(place, "a line without a value is ignored", NULL);
        return 0;
    }
    return take_pair(place, key, text);
}

static int take_text(struct place *place, struct mc_bytes text)
{
    struct mc_bytes rest = text;
    int result = 0;

    if (mc_bytes_starts(rest, "\xef\xbb\xbf")) {
        rest = mc_bytes_slice(rest, 3, rest.len);
    }
    while (result == 0 && rest.len) {
        size_t len = mc_bytes_find(rest, '\n');
        place->line++;
        result = take_line(place, mc_bytes_slice(rest, 0, len));
        rest = mc_bytes_slice(rest, len + 1, rest.len);
    }
    if (result == -ENOMEM) {
        mc_error_set(place->error, "%s:%u: the configuration is too large", place->file,
                     place->line);
    }
    return result;
}

static int take_file(struct place *place)
{
    struct mc_bytes text;
    int result = mc_file_read(place->file, FILE_BYTES_MAX, place->config->arena, &text,
                              place->error);

    if (result == -EFBIG || result == -EISDIR) {
        result = -EINVAL;
    }
    return result < 0 ? result : take_text(place, text);
}

static int plugin_file_wanted(const struct dirent *entry)
{
    const char *name = entry->d_name;
    size_t base = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                               "0123456789_");

    return base > 0 && strcmp(name + base, ".cfg") == 0;
}

static int take_plugin_file(const struct place *main_file, const char *folder,
                            const char *name)
{
    struct mc_arena *arena = main_file->config->arena;
    struct place place = *main_file;

    place.line = 0;
    place.file = mc_arena_printf(arena, "%s/%s", folder, name);
    place.prefix =
        mc_arena_printf(arena, "%.*s.", (int)(strlen(name) - strlen(".cfg")), name);
    if (!place.file || !place.prefix) {
        return -ENOMEM;
    }
    return take_file(&place);
}

/* <folder>/plugin.d/<name>.cfg in the order of their names; no such folder is fine. */
static int take_plugin_folder(const struct place *place)
{
    struct mc_config *config = place->config;
    struct dirent **names = NULL;
    char *folder = mc_arena_printf(config->arena, "%s/plugin.d", config->folder);
    int result = folder ? 0 : -ENOMEM;
    int count = folder ? scandir(folder, &names, plugin_file_wanted, alphasort) : 0;

    if (count < 0 && errno != ENOENT && errno != ENOTDIR) {
        result = -errno;
        mc_error_set(place->error, "%s: %s", folder, strerror(errno));
    }
    if (count > PLUGIN_FILES_MAX) {
        result = -EINVAL;
        mc_error_set(place->error, "%s: more than %d files", folder, PLUGIN_FILES_MAX);
    }
    for (int i = 0; i < count; i++) {
        if (result == 0) {
            result = take_plugin_file(place, folder, names[i]->d_name);
        }
        free(names[i]);
    }
    free(names);
    return result;
}

static int check_identity(const struct place *place)
{
    struct mc_config *config = place->config;
    struct mc_config__value *identity = &config->values[MC_CONFIG__KEY_identity];

    if (!identity->text) {
        char name[256] = {0};
        (void)gethostname(name, sizeof(name) - 1);
        identity->text = mc_arena_strdup(config->arena, name);
    }
    if (!identity->text) {
        return -ENOMEM;
    }
    size_t good = strspn(identity->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "abcdefghijklmnopqrstuvwxyz0123456789_.-");
    if (good == 0 || identity->text[good]) {
        mc_error_set(place->error,
                     "%s: identity '%.100s': only letters, digits, '_', '.' and '-' "
                     "are allowed, at least one",
                     place->file, identity->text);
        return -EINVAL;
    }
    return 0;
}

/* Whichever of the two is not set follows from the other; both must agree. */
static int check_collectives(const struct place *place,
                             struct mc_config__value *collectives,
                             struct mc_config__value *main_collective)
{
    if (!main_collective->text) {
        main_collective->text = collectives->items[0];
    }
    if (!collectives->set) {
        collectives->items[0] = main_collective->text;
    }
    for (size_t i = 0; i < collectives->count; i++) {
        if (strcmp(collectives->items[i], main_collective->text) == 0) {
            return 0;
        }
    }
    mc_error_set(place->error, "%s: main_collective = %.100s is not in collectives",
                 place->file, main_collective->text);
    return -EINVAL;
}

/* Defaults that depend on other keys. */
static int derive(const struct place *place)
{
    struct mc_config *config = place->config;
    struct mc_config__value *collectives = &config->values[MC_CONFIG__KEY_collectives];
    struct mc_config__value *main_collective =
        &config->values[MC_CONFIG__KEY_main_collective];
    struct mc_config__value *facts = &config->values[MC_CONFIG__KEY_factsource];

    if (collectives->count == 0) {
        mc_error_set(place->error, "%s: collectives: the list is empty", place->file);
        return -EINVAL;
    }
    int r = check_collectives(place, collectives, main_collective);
    if (r < 0) {
        return r;
    }
    if (!facts->set && mc_config__find_plugin(config, "yaml")) {
        facts->text = "yaml";
    }
    /* What was named last is searched first; a path named twice counts once, there. */
    struct mc_config__value *paths = &config->values[MC_CONFIG__KEY_libdir];
    struct mc_config__value order = {.set = paths->set, .text = paths->text};
    for (size_t i = paths->count; i > 0; i--) {
        bool known = false;
        for (size_t k = 0; k < order.count; k++) {
            known |= strcmp(order.items[k], paths->items[i - 1]) == 0;
        }
        if (!known && list_add(config->arena, &order, paths->items[i - 1]) < 0) {
            return -ENOMEM;
        }
    }
    *paths = order;
    return check_identity(place);
}

static int config_new(const char *path, enum mc_role role,
                      struct mc_config **ret_config)
{
    struct mc_config *config = mc_memory_new(sizeof(*config));

    if (!config) {
        return -ENOMEM;
    }
    config->role = role;
    config->arena = mc_arena_new_secret(ARENA_BYTES_MAX);
    if (!config->arena) {
        mc_config_free(config);
        return -ENOMEM;
    }
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 1;
    config->path = mc_arena_strdup(config->arena, path);
    config->folder =
        slash == path
            ? "/"
            : mc_arena_text(config->arena, mc_bytes_make(slash ? path : ".", len));
    bool complete = config->path && config->folder;
    struct place place = {.config = config, .file = "table"};
    for (size_t key = 0; complete && key < MC_CONFIG__KEY_COUNT; key++) {
        if (mc_config__keys[key].fallback) {
            complete =
                assign(&place, key, mc_bytes_text(mc_config__keys[key].fallback)) == 0;
        }
    }
    if (!complete) {
        mc_config_free(config);
        return -ENOMEM;
    }
    *ret_config = config;
    return 0;
}

static int config_make(const struct mc_bytes *text, const char *path, enum mc_role role,
                       mc_config_warn_fn *warn, void *user,
                       struct mc_config **ret_config, struct mc_error *error)
{
    struct mc_config *config = NULL;
    int result = config_new(path, role, &config);

    if (result < 0) {
        mc_error_set(error, "%s: %s", path, strerror(-result));
        return result;
    }
    struct place place = {.config = config,
                          .file = config->path,
                          .warn = warn,
                          .user = user,
                          .error = error};
    result = text ? take_text(&place, *text) : take_file(&place);
    if (result == 0 && !text) {
        result = take_plugin_folder(&place);
    }
    if (result == 0) {
        result = derive(&place);
    }
    if (result < 0) {
        mc_config_free(config);
        return result;
    }
    *ret_config = config;
    return 0;
}

int mc_config_load(const char *path, enum mc_role role, mc_config_warn_fn *warn,
                   void *user, struct mc_config **ret_config, struct mc_error *error)
{
    return config_make(NULL, path, role, warn, user, ret_config, error);
}

int mc_config_parse(struct mc_bytes text, const char *name, enum mc_role role,
                    mc_config_warn_fn *warn, void *user, struct mc_config **ret_config,
                    struct mc_error *error)
{
    return config_make(&text, name, role, warn, user, ret_config, error);
}

struct mc_config *mc_config_free(struct mc_config *config)
{
    if (config) {
        mc_arena_free(config->arena);
    }
    return mc_memory_free(config);
}
