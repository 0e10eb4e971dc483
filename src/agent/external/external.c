/* Which external agents there are.
 *
 * A DDL alone says little: clients have many, and nodes those of agents that run
 * elsewhere. So a name is looked at closer when something to run stands beside it:
 * NAME.rb, or a file or folder NAME. Only then its DDL is read. */
#include "agent/external/external-private.h"

#include "base/file.h"
#include "base/memory.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* For names, settings, accounts and declarations of all agents. */
#define ARENA_BYTES ((size_t)32 * 1024 * 1024)
#define SETTINGS_BYTES_MAX ((size_t)64 * 1024)
#define PROVIDER "external"

#if defined(__x86_64__)
#define ARCH "amd64"
#elif defined(__aarch64__)
#define ARCH "arm64"
#elif defined(__i386__)
#define ARCH "386"
#elif defined(__arm__)
#define ARCH "arm"
#elif defined(__powerpc64__)
#define ARCH "ppc64le"
#elif defined(__s390x__)
#define ARCH "s390x"
#elif defined(__riscv)
#define ARCH "riscv64"
#else
#define ARCH "unknown"
#endif

enum
{
    NOT_HERE = 2, /* nothing that is to run on this node; no word about it */
};

struct mc_externals
{
    struct mc_externals_spec spec;
    struct mc_arena *arena;
    struct mc_external__agent *agents[MC_EXTERNALS_MAX];
    size_t count;
};

/* <folder>/[mcollective/]agent/NAME<ending>, the first that is there. */
static int find_file(const char *const *folders, const char *name, const char *ending,
                     struct mc_arena *arena, const char **ret_path)
{
    static const char *const middles[] = {"mcollective/agent", "agent"};

    for (; *folders; folders++) {
        for (size_t i = 0; i < MC_COUNT(middles); i++) {
            const char *path = mc_arena_printf(arena, "%s/%s/%s%s", *folders,
                                               middles[i], name, ending);
            if (!path) {
                return -ENOMEM;
            }
            if (access(path, F_OK) == 0) {
                *ret_path = path;
                return 0;
            }
        }
    }
    return -ENOENT;
}

/* Whether something stands beside the DDL of that name. */
static bool may_be_here(const char *const *folders, const char *name,
                        struct mc_arena *arena)
{
    const char *path = NULL;

    return find_file(folders, name, ".rb", arena, &path) == 0 ||
           find_file(folders, name, "", arena, &path) == 0;
}

static bool built_in(const char *name)
{
    for (size_t i = 0; mc_agent_providers[i]; i++) {
        if (strcmp(mc_agent_providers[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Choria: NAME beside the DDL, or NAME/NAME-linux_ARCH. */
static int find_program(struct mc_external__agent *agent, struct mc_arena *arena,
                        struct mc_error *error)
{
    const char *path = agent->ddl->path;
    const char *name = agent->ops.name;
    const char *slash = strrchr(path, '/');
    int len = slash ? (int)(slash - path) : 0;
    const char *plain = mc_arena_printf(arena, "%.*s/%s", len, path, name);
    const char *special =
        mc_arena_printf(arena, "%.*s/%s/%s-linux_" ARCH, len, path, name, name);

    if (!plain || !special) {
        return -ENOMEM;
    }
    agent->program = mc_file_readable(plain) ? plain : special;
    if (!mc_child_available(agent->program)) {
        mc_error_set(error, "%s is no program that can be run", agent->program);
        return MC_EXTERNAL__BAD;
    }
    return 0;
}

static int read_declarations(struct mc_external__agent *agent, const char *path,
                             struct mc_arena *arena, struct mc_error *error)
{
    struct mc_bytes text = {NULL, 0};
    int r = mc_external__trust(path, error);

    if (r == 0) {
        r = mc_file_read(path, MC_DECLARED_FILE_BYTES_MAX, arena, &text, error);
    }
    if (r != 0) {
        return r;
    }
    r = mc_declared_read(text, path, agent->ops.name, arena, &agent->commands,
                         &agent->commands_count, error);
    return r == MC_DECLARED_CODE ? mc_external__find_ruby(agent, path, arena, error)
                                 : r;
}

/* What is to be run for it: decides the kind. */
static int find_kind(struct mc_external__agent *agent, struct mc_arena *arena,
                     struct mc_error *error)
{
    const char *provider =
        mc_value_cstr(mc_value_get_symbol(agent->ddl->metadata, "provider"));
    const char *path = NULL;

    if (provider && strcmp(provider, PROVIDER) == 0) {
        agent->kind = MC_EXTERNAL__CHORIA;
        return find_program(agent, arena, error);
    }
    agent->kind = MC_EXTERNAL__DECLARED;
    int r = find_file(agent->spec->folders, agent->ops.name, ".rb", arena, &path);
    if (r == 0) {
        return read_declarations(agent, path, arena, error);
    }
    if (r == -ENOENT &&
        find_file(agent->spec->folders, agent->ops.name, "", arena, &path) == 0 &&
        mc_child_available(path)) {
        mc_error_set(error,
                     "%s is a program, but the DDL does not say provider: external",
                     path);
        return MC_EXTERNAL__BAD;
    }
    return r == -ENOENT ? NOT_HERE : r;
}

/* plugin.NAME.user and .group, else plugin.external.user and .group. */
static int find_account(struct mc_external__agent *agent, struct mc_arena *arena,
                        struct mc_error *error)
{
    const struct mc_agent_host *host = agent->spec->host;
    const struct mc_config *config = host->ops->config(host->node);
    char user[160];
    char group[160];

    (void)snprintf(user, sizeof(user), "%s.user", agent->ops.name);
    (void)snprintf(group, sizeof(group), "%s.group", agent->ops.name);
    if (mc_config_has(config, user) || mc_config_has(config, group)) {
        return mc_account_find(mc_config_plugin(config, user, NULL),
                               mc_config_plugin(config, group, NULL), arena,
                               &agent->account, error);
    }
    return mc_account_find(mc_config_plugin(config, "external.user", NULL),
                           mc_config_plugin(config, "external.group", NULL), arena,
                           &agent->account, error);
}

/* plugin.NAME.key = value, as lines without what they have in common. */
static int collect_settings(struct mc_external__agent *agent, struct mc_arena *arena)
{
    const struct mc_agent_host *host = agent->spec->host;
    const struct mc_config *config = host->ops->config(host->node);
    size_t len = strlen(agent->ops.name);
    struct mc_buffer lines;
    const char *value = NULL;
    const char *key = NULL;

    mc_buffer_init(&lines, SETTINGS_BYTES_MAX);
    for (size_t i = 0; (key = mc_config_plugin_key(config, i, &value)); i++) {
        if (strncmp(key, agent->ops.name, len) == 0 && key[len] == '.') {
            mc_buffer_printf(&lines, "%s = %s\n", key + len + 1, value);
        }
    }
    int r = mc_buffer_copy(&lines, arena, &agent->settings);
    mc_buffer_deinit(&lines);
    return r;
}

/* The actions that the framework finds: those that the DDL declares and that have a
 * command; what has a command and no place in the DDL can never be asked for. */
static int make_actions(struct mc_external__agent *agent, struct mc_arena *arena)
{
    const struct mc_ddl *ddl = agent->ddl;
    struct mc_agent_action *actions =
        mc_arena_array(arena, ddl->actions_count + 1, sizeof(*actions));
    size_t count = 0;

    if (!actions) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < ddl->actions_count; i++) {
        const char *name = ddl->actions[i].name;
        bool there = agent->kind != MC_EXTERNAL__DECLARED;
        for (size_t c = 0; c < agent->commands_count; c++) {
            there = there || strcmp(agent->commands[c].action, name) == 0;
        }
        if (there) {
            actions[count++] = (struct mc_agent_action){name, mc_external__run};
        }
    }
    agent->ops.actions = actions;
    return 0;
}

/* Whether the settings let it be here. One in Ruby may have a rule of its own in place
 * of activate_agents, so only plugin.NAME.activate_agent keeps it away unasked. */
static int find_wanted(struct mc_external__agent *agent, const struct mc_config *config,
                       struct mc_error *error)
{
    bool fallback = mc_config_bool(config, "activate_agents");
    char key[160];

    (void)snprintf(key, sizeof(key), "%s.activate_agent", agent->ops.name);
    agent->wanted = fallback || mc_config_has(config, key);
    return mc_agent_activated(config, agent->ops.name,
                              fallback || agent->kind == MC_EXTERNAL__RUBY, error);
}

static int load(struct mc_externals *externals, const char *name,
                struct mc_external__agent **ret_agent, struct mc_error *error)
{
    const struct mc_externals_spec *spec = &externals->spec;
    const struct mc_config *config = spec->host->ops->config(spec->host->node);
    struct mc_arena *arena = externals->arena;
    struct mc_external__agent *agent = mc_arena_alloc(arena, sizeof(*agent));

    if (!agent) {
        return -ENOMEM;
    }
    agent->ops = (struct mc_agent_ops){.abi = MC_AGENT_ABI, .name = name};
    agent->spec = spec;
    int r = mc_ddl_find(spec->ddls, MC_DDL_AGENT, name, &agent->ddl, error);
    r = r ? r : find_kind(agent, arena, error);
    r = r ? r : find_wanted(agent, config, error);
    r = r ? r : mc_external__trust(agent->ddl->path, error);
    if (r == 0 && agent->kind == MC_EXTERNAL__CHORIA) {
        r = mc_external__trust(agent->program, error);
    }
    r = r ? r : find_account(agent, arena, error);
    r = r ? r : collect_settings(agent, arena);
    r = r ? r : make_actions(agent, arena);
    if (r == 0) {
        agent->active = agent->kind == MC_EXTERNAL__DECLARED; /* others are asked */
        *ret_agent = agent;
    }
    return r;
}

/* What an operator put there in vain; a mere folder is nothing to run. */
static void tell_overshadowed(struct mc_externals *externals, const char *name)
{
    const char *const *folders = externals->spec.folders;
    const char *path = NULL;
    struct mc_error error;
    bool there = find_file(folders, name, ".rb", externals->arena, &path) == 0 ||
                 (find_file(folders, name, "", externals->arena, &path) == 0 &&
                  mc_child_available(path));

    if (there) {
        mc_error_set(&error, "%s is not used: the built-in agent has its name", path);
        mc_agent_skipped(externals->spec.sink, name, error.text);
    }
}

static void load_named(struct mc_externals *externals, const char *name)
{
    const struct mc_sink *sink = externals->spec.sink;
    struct mc_error error = {"not enough memory"};

    if (built_in(name)) {
        tell_overshadowed(externals, name);
        return;
    }
    if (externals->count == MC_EXTERNALS_MAX) {
        mc_agent_skipped(sink, name, "there are too many agents");
        return;
    }
    int r = load(externals, name, &externals->agents[externals->count], &error);
    if (r == 0) {
        externals->count++;
    } else if (r != NOT_HERE) {
        mc_agent_skipped(sink, name, error.text);
    }
}

/* Those that do not want to be active leave the list. */
static void drop_inactive(struct mc_externals *externals)
{
    size_t kept = 0;

    for (size_t i = 0; i < externals->count; i++) {
        if (externals->agents[i]->active) {
            externals->agents[kept++] = externals->agents[i];
        }
    }
    externals->count = kept;
}

struct mc_externals *mc_externals_new(const struct mc_externals_spec *spec)
{
    struct mc_externals *externals = mc_memory_new(sizeof(*externals));
    const char *const *names = NULL;

    if (!externals) {
        return NULL;
    }
    externals->spec = *spec;
    externals->arena = mc_arena_new(ARENA_BYTES);
    if (!externals->arena ||
        mc_ddl_list(spec->ddls, MC_DDL_AGENT, externals->arena, &names) != 0) {
        return mc_externals_free(externals);
    }
    for (; *names; names++) {
        if (may_be_here(spec->folders, *names, externals->arena)) {
            load_named(externals, *names);
        }
    }
    if (externals->count > 0) {
        mc_external__activate(externals->agents, externals->count,
                              MC_EXTERNAL_ACTIVATION_MS);
        drop_inactive(externals);
    }
    return externals;
}

struct mc_externals *mc_externals_free(struct mc_externals *externals)
{
    if (!externals) {
        return NULL;
    }
    mc_arena_free(externals->arena);
    return mc_memory_free(externals);
}

const struct mc_agent_ops *mc_externals_item(const struct mc_externals *externals,
                                             size_t index,
                                             const struct mc_ddl **ret_ddl,
                                             void **ret_state)
{
    if (!externals || index >= externals->count) {
        return NULL;
    }
    *ret_ddl = externals->agents[index]->ddl;
    *ret_state = externals->agents[index];
    return &externals->agents[index]->ops;
}

void mc_externals_read_ddls(struct mc_ddl_store *ddls, const char *const *folders)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(ARENA_BYTES);
    const char *const *names = NULL;
    const struct mc_ddl *ddl = NULL;

    if (!arena || mc_ddl_list(ddls, MC_DDL_AGENT, arena, &names) != 0) {
        return;
    }
    for (; *names; names++) {
        if (may_be_here(folders, *names, arena) && !built_in(*names)) {
            (void)!mc_ddl_find(ddls, MC_DDL_AGENT, *names, &ddl, NULL);
        }
    }
}
