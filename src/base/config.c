/* A configuration: the table of declared keys plus the free plugin keys.
 *
 * One line goes through take_line(): declared keys are checked and converted at once
 * (so every error can name its line), plugin keys are kept as text with their place.
 * Everything lives in one arena with a maximum; files, lines, items and plugin keys
 * are counted, so that no file can make us use more. Values of plugin keys may be
 * secrets and appear in no error. After loading nothing changes any more. */
#include "base/config.h"

#include "base/config-private.h"
#include "base/file.h"
#include "base/memory.h"
#include <assert.h>
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

enum kind
{
    KIND_TEXT = MC_CONFIG_TEXT,
    KIND_INT = MC_CONFIG_INT,
    KIND_FLOAT = MC_CONFIG_FLOAT,
    KIND_BOOL = MC_CONFIG_BOOL,
    KIND_LIST = MC_CONFIG_LIST,
    KIND_PATHS = MC_CONFIG_PATHS,
    KIND_ACCUMULATE = MC_CONFIG_ACCUMULATE,
    KIND_DEPRECATED = MC_CONFIG_DEPRECATED,
    KIND_NAME, /* a text for everybody else */
};

enum key
{
#define MC_CONFIG_KEY(key, type, fallback, meaning) KEY_##key,
#include "base/config.tbl.h"
#undef MC_CONFIG_KEY
    KEY_COUNT
};

static const struct
{
    const char *name;
    const char *fallback;
    enum kind kind;
} keys[KEY_COUNT] = {
#define MC_CONFIG_KEY(key, type, fallback, meaning) {#key, fallback, KIND_##type},
#include "base/config.tbl.h"
#undef MC_CONFIG_KEY
};

struct value
{
    bool set;
    bool flag;
    const char *text;
    int64_t number;
    double real;
    const char **items; /* NULL-terminated */
    size_t count;
    size_t room;
};

struct plugin
{
    const char *key;
    const char *value;
    const char *file;
    unsigned line;
};

struct mc_config
{
    struct mc_arena *arena;
    enum mc_role role;
    const char *path;
    const char *folder;
    struct value values[KEY_COUNT];
    struct plugin *plugins;
    size_t plugin_count;
    size_t plugin_room;
};

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
static int list_add(struct mc_arena *arena, struct value *value, const char *item)
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
    struct value *value = &place->config->values[key];
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
            return bad_value(place, keys[key].name, item, "too many items");
        }
        if (keys[key].kind == KIND_PATHS && item[0] != '/') {
            return bad_value(place, keys[key].name, item, "the path is not absolute");
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
    struct value *value = &place->config->values[key];

    if (keys[key].kind == KIND_LIST) {
        value->count = 0;
        value->room = 0;
        value->items = NULL;
        return list_split(place, key, text, ',');
    }
    if (keys[key].kind == KIND_PATHS) {
        return list_split(place, key, text, ':');
    }
    if (value->count >= ITEMS_MAX) {
        return bad_value(place, keys[key].name, "", "too many lines");
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
    struct value *value = &place->config->values[key];
    char *copy = mc_arena_text(place->config->arena, text);
    const char *name = keys[key].name;

    if (!copy) {
        return -ENOMEM;
    }
    value->text = copy;
    switch (keys[key].kind) {
    case KIND_TEXT:
        return 0;
    case KIND_NAME:
        lower_case(copy);
        return 0;
    case KIND_INT:
        return mc_config__integer(text, &value->number)
                   ? 0
                   : bad_value(place, name, copy, "not a whole number");
    case KIND_FLOAT:
        return mc_config__float(text, &value->real)
                   ? 0
                   : bad_value(place, name, copy, "not a number");
    case KIND_BOOL:
        return mc_config__bool(text, &value->flag)
                   ? 0
                   : bad_value(place, name, copy, "neither yes nor no");
    case KIND_LIST:
    case KIND_PATHS:
    case KIND_ACCUMULATE:
        return assign_list(place, key, text);
    case KIND_DEPRECATED:
        warn_about(place, "obsolete and ignored, please remove it:", name);
        return 0;
    }
    return -EINVAL;
}

static struct plugin *plugin_find(const struct mc_config *config, const char *key)
{
    for (size_t i = 0; i < config->plugin_count; i++) {
        if (strcmp(config->plugins[i].key, key) == 0) {
            return &config->plugins[i];
        }
    }
    return NULL;
}

static struct plugin *plugin_add(const struct place *place, const char *key)
{
    struct mc_config *config = place->config;

    if (config->plugin_count == config->plugin_room) {
        size_t room = config->plugin_room ? config->plugin_room * 2 : 32;
        struct plugin *grown = mc_arena_array(config->arena, room, sizeof(*grown));
        if (!grown) {
            return NULL;
        }
        if (config->plugin_count) {
            memcpy(grown, config->plugins, config->plugin_count * sizeof(*grown));
        }
        config->plugins = grown;
        config->plugin_room = room;
    }
    struct plugin *plugin = &config->plugins[config->plugin_count++];
    plugin->key = key;
    return plugin;
}

static int plugin_set(const struct place *place, const char *key, struct mc_bytes text)
{
    struct plugin *plugin = plugin_find(place->config, key);

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

static size_t key_find(const char *name)
{
    size_t key = 0;

    while (key < KEY_COUNT && strcmp(keys[key].name, name) != 0) {
        key++;
    }
    return key;
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
    size_t number = key_find(key);
    if (number < KEY_COUNT) {
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
    struct value *identity = &config->values[KEY_identity];

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

/* Defaults that depend on other keys. */
static int derive(const struct place *place)
{
    struct mc_config *config = place->config;
    struct value *collectives = &config->values[KEY_collectives];
    struct value *main_collective = &config->values[KEY_main_collective];
    struct value *facts = &config->values[KEY_factsource];

    if (collectives->count == 0) {
        mc_error_set(place->error, "%s: collectives: the list is empty", place->file);
        return -EINVAL;
    }
    if (!main_collective->text) {
        main_collective->text = collectives->items[0];
    }
    if (!facts->set && plugin_find(config, "yaml")) {
        facts->text = "yaml";
    }
    /* What was named last is searched first; a path named twice counts once, there. */
    struct value *paths = &config->values[KEY_libdir];
    struct value order = {.set = paths->set, .text = paths->text};
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
    for (size_t key = 0; complete && key < KEY_COUNT; key++) {
        if (keys[key].fallback) {
            complete = assign(&place, key, mc_bytes_text(keys[key].fallback)) == 0;
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

int mc_config_find(enum mc_role role, struct mc_arena *arena, const char **ret_path)
{
    static const char *const node[] = {"/etc/marionette/server.cfg",
                                       "/etc/puppetlabs/mcollective/server.cfg",
                                       "/etc/mcollective/server.cfg"};
    static const char *const client[] = {"/etc/marionette/client.cfg",
                                         "/etc/puppetlabs/mcollective/client.cfg",
                                         "/etc/mcollective/client.cfg"};
    const char *const *places = role == MC_ROLE_NODE ? node : client;
    const char *home = role == MC_ROLE_CLIENT ? getenv("HOME") : NULL;
    const char *first = places[0];

    if (home && *home) {
        first = mc_arena_printf(arena, "%s/.mcollective", home);
        if (!first) {
            return -ENOMEM;
        }
    }
    *ret_path = first;
    if (mc_file_readable(first)) {
        return 0;
    }
    for (size_t i = 0; i < MC_COUNT(node); i++) {
        if (mc_file_readable(places[i])) {
            *ret_path = places[i];
            return 0;
        }
    }
    return -ENOENT;
}

static const struct value *value_of(const struct mc_config *config, const char *key,
                                    unsigned kinds)
{
    size_t number = key_find(key);

    assert(number < KEY_COUNT);
    assert(kinds & (1u << keys[number].kind));
    return &config->values[number];
}

const char *mc_config_text(const struct mc_config *config, const char *key)
{
    return value_of(config, key,
                    1u << KIND_TEXT | 1u << KIND_NAME | 1u << KIND_DEPRECATED)
        ->text;
}

int64_t mc_config_int(const struct mc_config *config, const char *key)
{
    return value_of(config, key, 1u << KIND_INT)->number;
}

double mc_config_float(const struct mc_config *config, const char *key)
{
    return value_of(config, key, 1u << KIND_FLOAT)->real;
}

bool mc_config_bool(const struct mc_config *config, const char *key)
{
    return value_of(config, key, 1u << KIND_BOOL)->flag;
}

const char *const *mc_config_list(const struct mc_config *config, const char *key)
{
    static const char *const none[] = {NULL};
    const struct value *value = value_of(
        config, key, 1u << KIND_LIST | 1u << KIND_PATHS | 1u << KIND_ACCUMULATE);

    return value->items ? (const char *const *)value->items : none;
}

bool mc_config_has(const struct mc_config *config, const char *key)
{
    size_t number = key_find(key);

    return number < KEY_COUNT ? config->values[number].set
                              : plugin_find(config, key) != NULL;
}

const char *mc_config_plugin(const struct mc_config *config, const char *key,
                             const char *fallback)
{
    const struct plugin *plugin = plugin_find(config, key);

    return plugin ? plugin->value : fallback;
}

static int bad_plugin(const struct plugin *plugin, const char *why,
                      struct mc_error *error)
{
    mc_error_set(error, "%s:%u: plugin.%s: %s", plugin->file, plugin->line, plugin->key,
                 why);
    return -EINVAL;
}

int mc_config_plugin_bool(const struct mc_config *config, const char *key,
                          bool fallback, bool *ret_value, struct mc_error *error)
{
    const struct plugin *plugin = plugin_find(config, key);
    bool value = fallback;

    if (plugin && !mc_config__bool(mc_bytes_text(plugin->value), &value)) {
        return bad_plugin(plugin, "neither yes nor no", error);
    }
    *ret_value = value;
    return 0;
}

int mc_config_plugin_int(const struct mc_config *config, const char *key,
                         int64_t fallback, int64_t min, int64_t max, int64_t *ret_value,
                         struct mc_error *error)
{
    const struct plugin *plugin = plugin_find(config, key);
    int64_t value = fallback;

    if (plugin && !mc_config__integer(mc_bytes_text(plugin->value), &value)) {
        return bad_plugin(plugin, "not a whole number", error);
    }
    if (plugin && (value < min || value > max)) {
        (void)bad_plugin(plugin, "", error);
        mc_error_set(error, "%s:%u: plugin.%s: %lld is not within %lld and %lld",
                     plugin->file, plugin->line, key, (long long)value, (long long)min,
                     (long long)max);
        return -EINVAL;
    }
    *ret_value = value;
    return 0;
}

int mc_config_plugin_float(const struct mc_config *config, const char *key,
                           double fallback, double *ret_value, struct mc_error *error)
{
    const struct plugin *plugin = plugin_find(config, key);
    double value = fallback;

    if (plugin &&
        (!mc_config__float(mc_bytes_text(plugin->value), &value) || value < 0.0)) {
        return bad_plugin(plugin, "not a number of 0 or more", error);
    }
    *ret_value = value;
    return 0;
}

const char *mc_config_path(const struct mc_config *config)
{
    return config->path;
}

const char *mc_config_folder(const struct mc_config *config)
{
    return config->folder;
}

const char *mc_config_identity(const struct mc_config *config)
{
    return config->values[KEY_identity].text;
}

enum mc_role mc_config_role(const struct mc_config *config)
{
    return config->role;
}

const char *mc_config_key(size_t index, enum mc_config_type *ret_type)
{
    if (index >= KEY_COUNT) {
        return NULL;
    }
    *ret_type = keys[index].kind == KIND_NAME ? MC_CONFIG_TEXT
                                              : (enum mc_config_type)keys[index].kind;
    return keys[index].name;
}
