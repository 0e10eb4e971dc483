/* What filters, policies and agents may ask of a node.
 *
 * Classes are read from their file at each question, as the original does: Puppet
 * replaces the file while we run. They live in an arena of the question. */
#include "node/node-private.h"

#include <string.h>

static const struct mc_value *node_facts(void *user)
{
    struct mc_node *node = user;

    return node->spec.facts ? node->spec.facts : mc_facts_get(node->facts);
}

static const char *node_identity(void *user)
{
    struct mc_node *node = user;

    return node->spec.identity ? node->spec.identity
                               : mc_config_identity(node->spec.config);
}

static const struct mc_value *node_classes(void *user, struct mc_arena *arena)
{
    struct mc_node *node = user;
    const struct mc_value *names = node->spec.classes;

    if (!names && mc_classes_read(mc_config_text(node->spec.config, "classesfile"),
                                  arena, &names) != 0) {
        return mc_value_array(arena);
    }
    return names;
}

static bool has_class(void *user, bool (*fits)(void *, const char *), void *fits_user)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    const struct mc_value *names = arena ? node_classes(user, arena) : NULL;

    for (size_t i = 0; i < mc_value_count(names); i++) {
        const char *name = mc_value_cstr(mc_value_item(names, i));
        if (name && fits(fits_user, name)) {
            return true;
        }
    }
    return false;
}

static bool has_agent(void *user, bool (*fits)(void *, const char *), void *fits_user)
{
    struct mc_node *node = user;
    const char *name = NULL;

    for (size_t i = 0; (name = mc_agents_name(node->agents, i, NULL)); i++) {
        if (fits(fits_user, name)) {
            return true;
        }
    }
    return false;
}

static const struct mc_host_ops host_ops = {
    .facts = node_facts,
    .has_class = has_class,
    .has_agent = has_agent,
    .identity = node_identity,
};

static bool has_fact(void *user, const struct mc_fact_filter *wanted)
{
    struct mc_error error;

    return mc_fact_match(node_facts(user), wanted, &error) == 0;
}

static void policy_warn(void *user, const char *text)
{
    struct mc_node *node = user;
    const struct mc_field fields[] = {MC_FIELD_STR("reason", text)};

    mc_event_emit(node->spec.sink, MC_EVENT_policy_doubtful, fields, MC_COUNT(fields));
}

static const struct mc_policy_host_ops policy_ops = {
    .has_fact = has_fact,
    .has_class = has_class,
    .warn = policy_warn,
};

static struct mc_loop *node_loop(void *user)
{
    struct mc_node *node = user;

    return node->spec.loop;
}

static const struct mc_config *node_config(void *user)
{
    struct mc_node *node = user;

    return node->spec.config;
}

static const struct mc_node_stats *node_stats(void *user)
{
    struct mc_node *node = user;

    return &node->stats;
}

static const char *node_agent(void *user, size_t index, const struct mc_ddl **ret_ddl)
{
    struct mc_node *node = user;

    return mc_agents_name(node->agents, index, ret_ddl);
}

static const char *security_name(void *user)
{
    struct mc_node *node = user;

    return mc_security_name(node->security);
}

static const char *connector_name(void *user)
{
    struct mc_node *node = user;

    return mc_connector_name(node->connector);
}

static const struct mc_node_ops node_ops = {
    .loop = node_loop,
    .config = node_config,
    .identity = node_identity,
    .facts = node_facts,
    .classes = node_classes,
    .stats = node_stats,
    .agent = node_agent,
    .security_name = security_name,
    .connector_name = connector_name,
};

void mc_node_host_init(struct mc_node *node)
{
    node->host = (struct mc_host){.ops = &host_ops, .user = node};
    node->policy_host = (struct mc_policy_host){.ops = &policy_ops, .user = node};
    node->agent_host = (struct mc_agent_host){.ops = &node_ops, .node = node};
}
