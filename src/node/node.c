/* The life of a node: open everything, subscribe, later close in reverse.
 *
 * Order as in the original (spec collective.md 4.3): connect, direct queues, agents.
 * Subscriptions are remembered by the connector, so nothing here waits for the broker. */
#include "node/node-private.h"

#include "agent/external/external.h"
#include "base/clock.h"
#include "base/memory.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void on_message(void *user, const struct mc_delivery *delivery)
{
    mc_node_serve(user, delivery);
}

static void on_link(void *user, enum mc_link_state state, const char *text)
{
    static const enum mc_event_id events[] = {
        [MC_LINK_UP] = MC_EVENT_connector_up,
        [MC_LINK_DOWN] = MC_EVENT_connector_down,
        [MC_LINK_RETRY] = MC_EVENT_connector_retry,
        [MC_LINK_ERROR] = MC_EVENT_connector_error,
        [MC_LINK_DEAD] = MC_EVENT_connector_error,
        [MC_LINK_DROPPED] = MC_EVENT_message_dropped,
    };
    struct mc_node *node = user;
    const struct mc_field fields[] = {
        MC_FIELD_STR("connector",
                     node->connector ? mc_connector_name(node->connector) : "?"),
        MC_FIELD_STR("reason", text),
    };

    node->connected =
        state == MC_LINK_UP ||
        (node->connected && state != MC_LINK_DOWN && state != MC_LINK_DEAD);
    if (state == MC_LINK_DROPPED) {
        node->stats.total++;
        node->stats.dropped++;
        node->stats.drops[MC_DROP_not_taken]++;
    }
    mc_event_emit(node->spec.sink, events[state], fields, text ? 2 : 1);
    if (state == MC_LINK_UP) {
        mc_register_connected(node->registration);
        mc_policy_connected(node->policy);
    }
    if (state == MC_LINK_DEAD && node->spec.on_dead) {
        node->spec.on_dead(node->spec.user, text);
    }
}

/* Subscribe in every collective: the direct queue, or one agent's broadcasts. */
static int subscribe(struct mc_node *node, enum mc_target_kind kind, const char *agent,
                     bool on)
{
    const char *const *collectives = mc_config_list(node->spec.config, "collectives");
    int r = 0;

    for (size_t i = 0; r == 0 && collectives[i]; i++) {
        const struct mc_target target = {
            .kind = kind,
            .collective = collectives[i],
            .agent = agent,
        };
        r = on ? mc_connector_subscribe(node->connector, &target)
               : mc_connector_unsubscribe(node->connector, &target);
    }
    return r;
}

static int subscribe_agents(struct mc_node *node)
{
    const char *name = NULL;
    int r = 0;

    for (size_t i = 0; r == 0 && (name = mc_agents_name(node->agents, i, NULL)); i++) {
        r = subscribe(node, MC_TARGET_BROADCAST, name, true);
    }
    return r;
}

static int load_agents(struct mc_node *node)
{
    node->agents = mc_agents_new(&node->agent_host, node->spec.ddls, node->spec.folders,
                                 node->spec.sink);
    if (!node->agents) {
        return -ENOMEM;
    }
    node->runner = mc_agents_runner(node->agents);
    return subscribe_agents(node);
}

/* Leave the broadcasts of agents that are not there any more. */
static void unsubscribe_lost(struct mc_node *node, const struct mc_agents *kept)
{
    const struct mc_ddl *ddl = NULL;
    const char *name = NULL;

    for (size_t i = 0; (name = mc_agents_name(node->agents, i, NULL)); i++) {
        if (mc_agents_find(kept, name, &ddl) != 0) {
            (void)subscribe(node, MC_TARGET_BROADCAST, name, false);
        }
    }
}

/* Read the DDLs of all agents into the store. A Ruby DDL is read by a forked process, and
 * a fork is safest while there is one thread, before the connector starts its own. What
 * is wrong with one is told when its agent is loaded. */
static void read_ddls(struct mc_node *node)
{
    for (size_t i = 0; mc_agent_providers[i]; i++) {
        const struct mc_ddl *ddl = NULL;
        if (!mc_agent_providers[i]->message) {
            (void)!mc_ddl_find(node->spec.ddls, MC_DDL_AGENT,
                               mc_agent_providers[i]->name, &ddl, NULL);
        }
    }
    if (node->spec.folders) {
        mc_externals_read_ddls(node->spec.ddls, node->spec.folders);
    }
}

/* plugin.<provider>.allow_replay switches the memory of served requests off. */
static int open_seen(struct mc_node *node, struct mc_error *error)
{
    char key[128];
    bool allow = false;

    (void)snprintf(key, sizeof(key), "%s.allow_replay",
                   mc_security_name(node->security));
    int r = mc_config_plugin_bool(node->spec.config, key, false, &allow, error);
    if (r == 0 && !allow) {
        node->seen = mc_seen_new();
        r = node->seen ? 0 : -ENOMEM;
    }
    return r;
}

static int open_parts(struct mc_node *node, struct mc_error *error)
{
    const struct mc_config *config = node->spec.config;
    int r = mc_security_open(config, MC_ROLE_NODE, &node->security, error);

    if (r == 0) {
        r = open_seen(node, error);
    }
    if (r == 0) {
        r = mc_policy_open(config, &node->policy_host, &node->policy, error);
    }
    if (r == 0 && !node->spec.facts) {
        r = mc_facts_open(config, node->spec.loop, node->spec.sink, &node->facts,
                          error);
    }
    if (r != 0) {
        return r;
    }
    read_ddls(node);
    const struct mc_connector_spec spec = {
        .loop = node->spec.loop,
        .config = config,
        .role = MC_ROLE_NODE,
        .identity = node->agent_host.ops->identity(node),
        .events = {.message = on_message, .link = on_link, .user = node},
    };
    return mc_connector_open(&spec, &node->connector, error);
}

int mc_node_new(const struct mc_node_spec *spec, struct mc_node **ret_node,
                struct mc_error *error)
{
    struct mc_node *node = mc_memory_new(sizeof(*node));

    if (!node) {
        return -ENOMEM;
    }
    node->spec = *spec;
    node->stats.started_s = mc_clock_now_s();
    node->ttl_s = mc_config_int(spec->config, "ttl");
    mc_node_host_init(node);
    node->drain = mc_drain_new(node);
    int r = node->drain ? open_parts(node, error) : -ENOMEM;
    if (r == 0 && mc_config_bool(spec->config, "direct_addressing")) {
        r = subscribe(node, MC_TARGET_DIRECT, NULL, true);
    }
    if (r == 0) {
        r = load_agents(node);
    }
    if (r == 0) {
        r = mc_register_new(node, &node->registration, error);
    }
    if (r != 0) {
        mc_node_free(node);
        return r < 0 ? r : -EINVAL;
    }
    *ret_node = node;
    return 0;
}

void mc_node_finish(struct mc_node *node, unsigned timeout_ms)
{
    if (node) {
        node->stopping = true;
        mc_drain_abort(node->drain);
        mc_connector_finish(node->connector, timeout_ms);
    }
}

struct mc_node *mc_node_free(struct mc_node *node)
{
    if (!node) {
        return NULL;
    }
    if (node->agents) {
        mc_node_serve_stop(node);
    }
    node->registration = mc_register_free(node->registration);
    node->connector = mc_connector_free(node->connector);
    node->drain = mc_drain_free(node->drain);
    node->agents = mc_agents_free(node->agents);
    node->facts = mc_facts_free(node->facts);
    node->policy = mc_policy_free(node->policy);
    node->seen = mc_seen_free(node->seen);
    node->security = mc_security_free(node->security);
    return mc_memory_free(node);
}

/* The new agents stand before the old ones go: a reload that fails changes nothing, and
 * no broadcast is missed. Subscribing to all afterwards repairs what a connector forgot
 * that has one destination for all agents. */
int mc_node_reload(struct mc_node *node, struct mc_ddl_store *ddls)
{
    struct mc_ddl_store *store = ddls ? ddls : node->spec.ddls;
    struct mc_agents *agents =
        mc_agents_new(&node->agent_host, store, node->spec.folders, node->spec.sink);

    if (!agents) {
        return -ENOMEM;
    }
    if (mc_drain_retire(node->drain, node->agents, node->spec.ddls) != 0) {
        mc_agents_free(agents);
        return -ENOMEM;
    }
    unsubscribe_lost(node, agents);
    node->agents = agents;
    node->runner = mc_agents_runner(agents);
    node->spec.ddls = store;
    if (subscribe_agents(node) != 0) {
        const struct mc_field fields[] = {
            MC_FIELD_STR("connector", mc_connector_name(node->connector)),
            MC_FIELD_STR("reason", "not enough memory to subscribe"),
        };
        mc_event_emit(node->spec.sink, MC_EVENT_connector_error, fields,
                      MC_COUNT(fields));
    }
    return 0;
}

int mc_node_reopen(struct mc_node *node, struct mc_error *error)
{
    int audit = mc_policy_reopen(node->policy, error);
    int agents = mc_agents_reopen(node->agents, error);

    return audit ? audit : agents;
}

bool mc_node_connected(const struct mc_node *node)
{
    return node->connected;
}

const struct mc_node_stats *mc_node_stats(const struct mc_node *node)
{
    return &node->stats;
}
