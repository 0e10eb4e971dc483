/* The provider action_policy: one file of rules for each agent, below the folder of the
 * configuration (collective.md 4.7).
 *
 * Files are read on every request: whoever changes one need tell nobody. What cannot be
 * read or understood denies, and the reason names file and line. */
#include "policy/action_policy/rules.h"

#include "base/file.h"
#include "base/memory.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX ((size_t)256 * 1024)
/* Two files, their rules, and the words of one decision. */
#define ARENA_BYTES_MAX ((size_t)8 * 1024 * 1024)

extern const struct mc_policy_ops mc_policy_action_policy;

struct action_policy
{
    const struct mc_policy_host *host;
    char *folder;
    char *default_name;
    bool allow_unconfigured;
    bool enable_default;
};

/* The plugin's own idea of a boolean: on with a 1 in front, or a y anywhere. */
static bool switched_on(const struct mc_config *config, const char *key)
{
    const char *text = mc_config_plugin(config, key, "n");

    return text[0] == '1' || strpbrk(text, "yY");
}

static int action_policy_init(void *state, const struct mc_config *config,
                              const struct mc_policy_host *host, struct mc_error *error)
{
    struct action_policy *policy = state;
    const char *name = mc_config_plugin(config, "actionpolicy.default_name", "default");

    if (!mc_identity_valid(name)) {
        mc_error_set(error,
                     "%s: plugin.actionpolicy.default_name '%s': letters, digits, _, . "
                     "and - only",
                     mc_config_path(config), name);
        return -EINVAL;
    }
    policy->host = host;
    policy->folder = mc_memory_strdup(mc_config_folder(config));
    policy->default_name = mc_memory_strdup(name);
    policy->allow_unconfigured = switched_on(config, "actionpolicy.allow_unconfigured");
    policy->enable_default = switched_on(config, "actionpolicy.enable_default");
    return policy->folder && policy->default_name ? 0 : -ENOMEM;
}

static void action_policy_deinit(void *state)
{
    struct action_policy *policy = state;

    policy->folder = mc_memory_free(policy->folder);
    policy->default_name = mc_memory_free(policy->default_name);
}

/* A file that everybody can write to says what everybody wants. */
static void look_at_mode(const struct action_policy *policy, const char *path)
{
    struct stat about;
    struct mc_error text = {""};

    if (stat(path, &about) == 0 && (about.st_mode & S_IWOTH)) {
        mc_error_set(&text, "%s can be written by everybody", path);
        policy->host->ops->warn(policy->host->user, text.text);
    }
}

/* Read a file of the policies folder.
 * Returns 0; -ENOENT without error when it is not there; -errno. */
static int read_file(const struct action_policy *policy, const char *name,
                     const char *suffix, struct mc_arena *arena, const char **ret_path,
                     struct mc_bytes *ret_content, struct mc_error *error)
{
    const char *path =
        mc_arena_printf(arena, "%s/policies/%s%s", policy->folder, name, suffix);

    if (!path) {
        mc_error_set(error, "out of memory");
        return -ENOMEM;
    }
    *ret_path = path;
    int r = mc_file_read(path, FILE_BYTES_MAX, arena, ret_content, error);
    if (r == 0) {
        look_at_mode(policy, path);
    }
    return r;
}

/* The policy of an agent, or the default one. */
static int read_policy(const struct action_policy *policy, const char *agent,
                       struct mc_arena *arena, const char **ret_path,
                       struct mc_bytes *ret_content, struct mc_error *error)
{
    int r = read_file(policy, agent, ".policy", arena, ret_path, ret_content, error);

    if (r == -ENOENT && policy->enable_default) {
        r = read_file(policy, policy->default_name, ".policy", arena, ret_path,
                      ret_content, error);
    }
    return r;
}

/* The groups of the caller, when a rule asks for one. Without a file there are none. */
static int read_groups(const struct action_policy *policy, const char *caller,
                       struct mc_arena *arena, struct mc_action_groups *ret_groups,
                       struct mc_error *error)
{
    const char *path = NULL;
    struct mc_bytes content;
    int r = read_file(policy, "groups", "", arena, &path, &content, error);

    if (r != 0) {
        return r == -ENOENT ? 0 : r;
    }
    return mc_action_groups_of(content, path, caller, arena, ret_groups, error);
}

static int decide(const struct action_policy *policy, const struct mc_request *request,
                  const struct mc_rpc *rpc, struct mc_arena *arena,
                  struct mc_error *error)
{
    const char *path = NULL;
    struct mc_bytes content;
    struct mc_action_policy rules;
    struct mc_action_groups groups = {0};
    int r = read_policy(policy, request->agent, arena, &path, &content, error);

    if (r == -ENOENT && policy->allow_unconfigured) {
        return 0;
    }
    if (r == 0) {
        r = mc_action_policy_parse(content, path, policy->allow_unconfigured, arena,
                                   &rules, error);
    }
    if (r == 0 && rules.wants_groups) {
        r = read_groups(policy, request->caller, arena, &groups, error);
    }
    if (r != 0) {
        return r;
    }
    const struct mc_action_question question = {
        .caller = request->caller,
        .action = rpc->action,
        .groups = &groups,
        .host = policy->host,
        .arena = arena,
    };
    return mc_action_policy_decide(&rules, &question, error);
}

static int action_policy_allow(void *state, const struct mc_request *request,
                               const struct mc_rpc *rpc, struct mc_error *error)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(ARENA_BYTES_MAX);
    struct mc_error reason = {"out of memory"};

    /* The name becomes a path; no agent has another one. */
    if (!mc_identity_valid(request->agent)) {
        mc_error_set(error, "the name of the agent is none");
        return MC_POLICY_DENIED;
    }
    if (arena && decide(state, request, rpc, arena, &reason) == 0) {
        return 0;
    }
    mc_error_set(error, "%s", reason.text);
    return MC_POLICY_DENIED;
}

static const struct mc_policy_allow_ops allow_ops = {
    .state_size = sizeof(struct action_policy),
    .init = action_policy_init,
    .deinit = action_policy_deinit,
    .allow = action_policy_allow,
};

const struct mc_policy_ops mc_policy_action_policy = {
    .abi = MC_POLICY_ABI,
    .name = "action_policy",
    .also = "actionpolicy",
    .allow = &allow_ops,
};
