/* What a loaded configuration is asked for, the table of its keys, and where its file
 * is looked for. */
#include "base/config-private.h"

#include "base/file.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct mc_config__key_about mc_config__keys[MC_CONFIG__KEY_COUNT] = {
#define MC_CONFIG_KEY(key, type, fallback, meaning) \
    {#key, fallback, meaning, MC_CONFIG__##type},
#include "base/config.tbl.h"
#undef MC_CONFIG_KEY
};

size_t mc_config__find_key(const char *name)
{
    size_t key = 0;

    while (key < MC_CONFIG__KEY_COUNT && strcmp(mc_config__keys[key].name, name) != 0) {
        key++;
    }
    return key;
}

struct mc_config__plugin *mc_config__find_plugin(const struct mc_config *config,
                                                 const char *key)
{
    for (size_t i = 0; i < config->plugin_count; i++) {
        if (strcmp(config->plugins[i].key, key) == 0) {
            return &config->plugins[i];
        }
    }
    return NULL;
}

static const struct mc_config__value *value_of(const struct mc_config *config,
                                               const char *key, unsigned kinds)
{
    size_t number = mc_config__find_key(key);

    assert(number < MC_CONFIG__KEY_COUNT);
    assert(kinds & (1u << mc_config__keys[number].kind));
    return &config->values[number];
}

const char *mc_config_text(const struct mc_config *config, const char *key)
{
    return value_of(config, key,
                    1u << MC_CONFIG__TEXT | 1u << MC_CONFIG__NAME |
                        1u << MC_CONFIG__DEPRECATED)
        ->text;
}

int64_t mc_config_int(const struct mc_config *config, const char *key)
{
    return value_of(config, key, 1u << MC_CONFIG__INT)->number;
}

double mc_config_float(const struct mc_config *config, const char *key)
{
    return value_of(config, key, 1u << MC_CONFIG__FLOAT)->real;
}

bool mc_config_bool(const struct mc_config *config, const char *key)
{
    return value_of(config, key, 1u << MC_CONFIG__BOOL)->flag;
}

const char *const *mc_config_list(const struct mc_config *config, const char *key)
{
    static const char *const none[] = {NULL};
    const struct mc_config__value *value = value_of(
        config, key,
        1u << MC_CONFIG__LIST | 1u << MC_CONFIG__PATHS | 1u << MC_CONFIG__ACCUMULATE);

    return value->items ? (const char *const *)value->items : none;
}

bool mc_config_has(const struct mc_config *config, const char *key)
{
    size_t number = mc_config__find_key(key);

    return number < MC_CONFIG__KEY_COUNT ? config->values[number].set
                                         : mc_config__find_plugin(config, key) != NULL;
}

const char *mc_config_plugin(const struct mc_config *config, const char *key,
                             const char *fallback)
{
    const struct mc_config__plugin *plugin = mc_config__find_plugin(config, key);

    return plugin ? plugin->value : fallback;
}

const char *mc_config_plugin_key(const struct mc_config *config, size_t index,
                                 const char **ret_value)
{
    if (index >= config->plugin_count) {
        return NULL;
    }
    *ret_value = config->plugins[index].value;
    return config->plugins[index].key;
}

static int bad_plugin(const struct mc_config__plugin *plugin, const char *why,
                      struct mc_error *error)
{
    mc_error_set(error, "%s:%u: plugin.%s: %s", plugin->file, plugin->line, plugin->key,
                 why);
    return -EINVAL;
}

int mc_config_plugin_bool(const struct mc_config *config, const char *key,
                          bool fallback, bool *ret_value, struct mc_error *error)
{
    const struct mc_config__plugin *plugin = mc_config__find_plugin(config, key);
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
    const struct mc_config__plugin *plugin = mc_config__find_plugin(config, key);
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
    const struct mc_config__plugin *plugin = mc_config__find_plugin(config, key);
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
    return config->values[MC_CONFIG__KEY_identity].text;
}

enum mc_role mc_config_role(const struct mc_config *config)
{
    return config->role;
}

const char *mc_config_key(size_t index, enum mc_config_type *ret_type)
{
    if (index >= MC_CONFIG__KEY_COUNT) {
        return NULL;
    }
    *ret_type = mc_config__keys[index].kind == MC_CONFIG__NAME
                    ? MC_CONFIG_TEXT
                    : (enum mc_config_type)mc_config__keys[index].kind;
    return mc_config__keys[index].name;
}

const char *const *mc_config__places(enum mc_role role)
{
    static const char *const node[] = {"/etc/marionette/server.cfg",
                                       "/etc/puppetlabs/mcollective/server.cfg",
                                       "/etc/mcollective/server.cfg", NULL};
    static const char *const client[] = {"/etc/marionette/client.cfg",
                                         "/etc/puppetlabs/mcollective/client.cfg",
                                         "/etc/mcollective/client.cfg", NULL};

    return role == MC_ROLE_NODE ? node : client;
}

int mc_config__find(const char *home, const char *const *places, struct mc_arena *arena,
                    const char **ret_path)
{
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
    for (; *places; places++) {
        if (mc_file_readable(*places)) {
            *ret_path = *places;
            return 0;
        }
    }
    return -ENOENT;
}

int mc_config_find(enum mc_role role, struct mc_arena *arena, const char **ret_path)
{
    const char *home = role == MC_ROLE_CLIENT ? getenv("HOME") : NULL;

    return mc_config__find(home, mc_config__places(role), arena, ret_path);
}
