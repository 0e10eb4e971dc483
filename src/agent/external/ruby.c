/* Agents of MCollective that are written in Ruby: served by a program of ours in Ruby,
 * ruby-host/host.rb of the plugin folders, which gives them the interface they know.
 *
 * Request and reply are Marshal, as messages of the original are. JSON would turn the
 * Symbols that agents answer with, and their clients look for, into Strings. */
#include "agent/external/external-private.h"

#include "base/file.h"
#include "codec/codec.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HOST "ruby-host/host.rb"
#define DEFAULT_COMMAND "ruby"

struct part
{
    const char *name;
    const struct mc_value *value;
};

static const struct mc_config *config_of(const struct mc_external__agent *agent)
{
    const struct mc_agent_host *host = agent->spec->host;

    return host->ops->config(host->node);
}

static int find_host(struct mc_external__agent *agent, struct mc_arena *arena,
                     struct mc_error *error)
{
    for (const char *const *folder = agent->spec->folders; *folder; folder++) {
        const char *path = mc_arena_printf(arena, "%s/" HOST, *folder);
        if (!path) {
            return -ENOMEM;
        }
        if (mc_file_readable(path)) {
            agent->script = path;
            return mc_external__trust(path, error);
        }
    }
    mc_error_set(error, "there is no " HOST " in the plugin folders");
    return MC_EXTERNAL__BAD;
}

int mc_external__find_ruby(struct mc_external__agent *agent, const char *file,
                           struct mc_arena *arena, struct mc_error *error)
{
    const struct mc_config *config = config_of(agent);
    const char *command = mc_config_plugin(config, "ruby.command", DEFAULT_COMMAND);
    struct mc_error code = *error;
    bool enabled = false;
    int r = mc_config_plugin_bool(config, "ruby.enabled", true, &enabled, error);

    if (r != 0) {
        return r;
    }
    if (!enabled) {
        mc_error_set(error, "%s; Ruby is switched off (plugin.ruby.enabled)",
                     code.text);
        return MC_EXTERNAL__BAD;
    }
    r = mc_child_find(command, arena, &agent->program);
    if (r == -ENOENT) {
        mc_error_set(error,
                     "%s; there is no program %s to run it (plugin.ruby.command)",
                     code.text, command);
        return MC_EXTERNAL__BAD;
    }
    r = r ? r : mc_external__trust(agent->program, error);
    r = r ? r : find_host(agent, arena, error);
    agent->kind = MC_EXTERNAL__RUBY;
    agent->file = file;
    return r;
}

static const struct mc_value *texts(struct mc_arena *arena, const char *const *list)
{
    struct mc_value *array = mc_value_array(arena);

    for (; *list; list++) {
        if (mc_value_push(arena, array, mc_value_text(arena, *list)) != 0) {
            return NULL;
        }
    }
    return array;
}

static const struct mc_value *setting(const struct mc_config *config, const char *key,
                                      enum mc_config_type type, struct mc_arena *arena)
{
    switch (type) {
    case MC_CONFIG_TEXT:
        return mc_value_text(arena, mc_config_text(config, key));
    case MC_CONFIG_INT:
        return mc_value_int(arena, mc_config_int(config, key));
    case MC_CONFIG_FLOAT:
        return mc_value_float(arena, mc_config_float(config, key));
    case MC_CONFIG_BOOL:
        return mc_value_bool(arena, mc_config_bool(config, key));
    case MC_CONFIG_LIST:
    case MC_CONFIG_PATHS:
    case MC_CONFIG_ACCUMULATE:
        return texts(arena, mc_config_list(config, key));
    case MC_CONFIG_DEPRECATED:
        break;
    }
    return mc_value_nil(arena);
}

/* All settings but those of plugins, in their types. */
static const struct mc_value *settings_of(const struct mc_config *config,
                                          struct mc_arena *arena)
{
    struct mc_value *hash = mc_value_hash(arena);
    enum mc_config_type type = MC_CONFIG_TEXT;
    const char *key = NULL;

    for (size_t i = 0; (key = mc_config_key(i, &type)); i++) {
        if (mc_value_set_text(arena, hash, key, setting(config, key, type, arena)) !=
            0) {
            return NULL;
        }
    }
    const struct mc_value *identity = mc_value_text(arena, mc_config_identity(config));
    return mc_value_set_text(arena, hash, "identity", identity) == 0 ? hash : NULL;
}

/* The settings of plugins. An agent that runs as we do could read our configuration
 * itself, so it gets all, as in the original; one with a user of its own gets its own. */
static const struct mc_value *plugins_of(const struct mc_external__agent *agent,
                                         struct mc_arena *arena)
{
    const struct mc_config *config = config_of(agent);
    struct mc_value *hash = mc_value_hash(arena);
    size_t len = strlen(agent->ops.name);
    const char *value = NULL;
    const char *key = NULL;

    for (size_t i = 0; (key = mc_config_plugin_key(config, i, &value)); i++) {
        bool own = strncmp(key, agent->ops.name, len) == 0 && key[len] == '.';
        if ((own || !agent->account) &&
            mc_value_set_text(arena, hash, key, mc_value_text(arena, value)) != 0) {
            return NULL;
        }
    }
    return hash;
}

/* Whether a provider of the node decides about its requests. */
static bool authorized(const struct mc_external__agent *agent)
{
    const struct mc_config *config = config_of(agent);
    char key[160];

    (void)snprintf(key, sizeof(key), "%s.rpcauthprovider", agent->ops.name);
    return mc_config_bool(config, "rpcauthorization") || mc_config_has(config, key);
}

static int encode(const struct part *parts, size_t count, struct mc_value *hash,
                  struct mc_arena *arena)
{
    int r = hash ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < count; i++) {
        r = mc_value_set_symbol(arena, hash, parts[i].name, parts[i].value);
    }
    return r;
}

/* What an activation question and a request have in common. */
static int add_node(const struct mc_external__agent *agent, struct mc_value *hash,
                    struct mc_arena *arena)
{
    const struct mc_config *config = config_of(agent);
    const struct part parts[] = {
        {"agent", mc_value_text(arena, agent->ops.name)},
        {"file", mc_value_text(arena, agent->file)},
        {"ddl", mc_value_text(arena, agent->ddl->path)},
        {"libdir", texts(arena, agent->spec->folders)},
        {"configfile", mc_value_text(arena, mc_config_path(config))},
        {"settings", settings_of(config, arena)},
        {"plugins", plugins_of(agent, arena)},
        {"authorized", mc_value_bool(arena, authorized(agent))},
        {"wanted", mc_value_bool(arena, agent->wanted)},
        {"strict", mc_value_bool(arena, geteuid() == 0)},
    };

    return encode(parts, MC_COUNT(parts), hash, arena);
}

static int add_request(const struct mc_agent_call *call, struct mc_value *hash,
                       struct mc_arena *arena)
{
    const struct mc_request *request = mc_agent_request(call);
    const struct part parts[] = {
        {"action", mc_value_text(arena, mc_agent_action_name(call))},
        {"sender", mc_value_text(arena, request->sender)},
        {"caller", mc_value_text(arena, request->caller)},
        {"uniqid", mc_value_text(arena, request->id)},
        {"collective", mc_value_text(arena, request->collective)},
        {"time", mc_value_int(arena, request->time_s)},
        {"data", mc_agent_inputs(call)},
    };

    return encode(parts, MC_COUNT(parts), hash, arena);
}

int mc_external__make_ruby(const struct mc_external__agent *agent,
                           const struct mc_agent_call *call, struct mc_arena *arena,
                           struct mc_bytes *ret_bytes, struct mc_error *error)
{
    struct mc_value *hash = mc_value_hash(arena);
    int r = add_node(agent, hash, arena);

    if (r == 0 && call) {
        r = add_request(call, hash, arena);
    }
    if (r == 0) {
        r = mc_marshal_encode(hash, arena, ret_bytes, error);
    }
    return r > 0 ? MC_EXTERNAL__BAD : r;
}

static int decode(struct mc_bytes in, struct mc_arena *arena,
                  const struct mc_value **ret_hash, struct mc_error *error)
{
    const struct mc_value *hash = NULL;
    struct mc_error words = {"it is empty"};

    if (in.len == 0 || mc_marshal_decode(in, 0, arena, &hash, &words) != 0) {
        mc_error_set(error, "the reply of its Ruby cannot be read: %s", words.text);
        return MC_EXTERNAL__BAD;
    }
    if (!mc_value_is(hash, MC_HASH)) {
        mc_error_set(error, "the reply of its Ruby is %s and not a hash",
                     mc_type_name(hash->type));
        return MC_EXTERNAL__BAD;
    }
    *ret_hash = hash;
    return 0;
}

/* Keys must be names: whatever else the other side takes them for. */
static bool names_only(const struct mc_value *data)
{
    for (size_t i = 0; i < data->hash.count; i++) {
        if (!mc_value_cstr(data->hash.pairs[i].key)) {
            return false;
        }
    }
    return true;
}

int mc_external__read_ruby(struct mc_bytes in, struct mc_arena *arena,
                           struct mc_external__reply *ret_reply, struct mc_error *error)
{
    const struct mc_value *hash = NULL;
    int r = decode(in, arena, &hash, error);
    const struct mc_value *status = mc_value_get_symbol(hash, "statuscode");
    const char *message = mc_value_cstr(mc_value_get_symbol(hash, "statusmsg"));
    const struct mc_value *data = mc_value_get_symbol(hash, "data");

    if (r != 0) {
        return r;
    }
    if (!mc_value_is(status, MC_INT) || !message || !mc_value_is(data, MC_HASH) ||
        data->hash.count > MC_EXTERNAL_KEYS_MAX || !names_only(data)) {
        mc_error_set(error,
                     "the reply of its Ruby has no status, message or data, or more "
                     "than %d keys, or keys that are no names",
                     MC_EXTERNAL_KEYS_MAX);
        return MC_EXTERNAL__BAD;
    }
    *ret_reply = (struct mc_external__reply){status->integer, message, data};
    return 0;
}

int mc_external__read_ruby_activation(struct mc_bytes in, struct mc_arena *arena,
                                      bool *ret_active, struct mc_error *error)
{
    const struct mc_value *hash = NULL;
    int r = decode(in, arena, &hash, error);
    const struct mc_value *active = mc_value_get_symbol(hash, "active");
    const char *reason = mc_value_cstr(mc_value_get_symbol(hash, "reason"));

    if (r != 0) {
        return r;
    }
    *ret_active = mc_value_is(active, MC_BOOL) && active->boolean;
    if (!*ret_active) {
        mc_error_set(error, "%s", reason ? reason : "it gives no reason");
    }
    return 0;
}
