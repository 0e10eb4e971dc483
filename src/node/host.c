/* What filters, policies and agents may ask of a node.
 *
 * Classes are read from their file at each question, as the original does: Puppet
 * replaces the file while we run. They live in an arena of the question. */
#include "node/node-private.h"

#include "base/clock.h"
#include "filter/compound.h"
#include <errno.h>
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

/* The classes for a filter. A file that cannot be read is told once, until it can be:
 * filters come from the network. */
static const struct mc_value *filter_classes(struct mc_node *node,
                                             struct mc_arena *arena)
{
    const char *path = mc_config_text(node->spec.config, "classesfile");
    const struct mc_value *names = node->spec.classes;
    int r = names ? 0 : mc_classes_read(path, arena, &names);
    const struct mc_field fields[] = {
        MC_FIELD_STR("file", path ? path : ""),
        MC_FIELD_STR("reason", strerror(-r)),
    };

    if (r && !node->classes_failed) {
        mc_event_emit(node->spec.sink, MC_EVENT_classes_failed, fields,
                      MC_COUNT(fields));
    }
    node->classes_failed = r != 0;
    return names;
}

static bool has_class(void *user, bool (*fits)(void *, const char *), void *fits_user)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    const struct mc_value *names = arena ? filter_classes(user, arena) : NULL;

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

static const struct mc_value *data_agent(void *user, const char *wanted)
{
    struct mc_node *node = user;
    const struct mc_ddl *ddl = NULL;
    const char *name = NULL;

    for (size_t i = 0; (name = mc_agents_name(node->agents, i, &ddl)); i++) {
        if (strcmp(name, wanted) == 0) {
            return ddl ? ddl->metadata : NULL;
        }
    }
    return NULL;
}

static bool data_collective(void *user, const char *wanted)
{
    struct mc_node *node = user;
    const char *const *all = mc_config_list(node->spec.config, "collectives");

    while (*all && strcmp(*all, wanted) != 0) {
        all++;
    }
    return *all != NULL;
}

/* The interface of a plugin that is in the table, or NULL. Other names are not looked
 * for on the disk: they come from the network. */
static const struct mc_ddl_action *data_interface(struct mc_node *node,
                                                  const char *name)
{
    char file[MC_DATA_NAME_BYTES];
    const struct mc_ddl *ddl = NULL;
    const char *known = mc_data_file_name(name, file) ? mc_data_name(0) : NULL;

    for (size_t i = 0; known && strcmp(known, file) != 0;) {
        known = mc_data_name(++i);
    }
    if (!known || mc_ddl_find(node->spec.ddls, MC_DDL_DATA, file, &ddl, NULL) != 0) {
        return NULL;
    }
    return mc_ddl_action_find(ddl, "data");
}

/* The time that the DDL of a plugin allows. */
static unsigned data_timeout(void *user, const char *file)
{
    struct mc_node *node = user;
    const struct mc_ddl *ddl = NULL;
    bool known = mc_ddl_find(node->spec.ddls, MC_DDL_DATA, file, &ddl, NULL) == 0;
    double limit_s = known ? ddl->timeout_s : 0;

    /* A DDL without a time, or with nonsense, gets the usual one. */
    return limit_s > 0 && limit_s < 3600 ? (unsigned)(limit_s * 1000)
                                         : MC_DATA_TIMEOUT_MS;
}

/* Whether the DDL takes that argument (4.9). */
static bool data_takes(const struct mc_ddl_action *interface,
                       const struct mc_value *argument)
{
    const struct mc_ddl_input *input = mc_ddl_input_find(interface, "query");

    if (mc_value_is(argument, MC_NIL) || !argument) {
        return !input || input->optional;
    }
    return input && mc_ddl_validate_input(input, argument, NULL) == 0;
}

/* Plugins take texts; a client may have made a number or boolean of one. */
static const char *data_text(const struct mc_value *argument, struct mc_arena *arena)
{
    switch (mc_value_type(argument)) {
    case MC_INT:
        return mc_arena_printf(arena, "%lld", (long long)argument->integer);
    case MC_FLOAT:
        return mc_arena_printf(arena, "%g", argument->real);
    case MC_BOOL:
        return argument->boolean ? "true" : "false";
    case MC_NIL:
    case MC_BIGINT:
    case MC_STRING:
    case MC_SYMBOL:
    case MC_ARRAY:
    case MC_HASH:
    case MC_REGEXP:
    case MC_OBJECT:
        break;
    }
    return mc_value_cstr(argument);
}

static int node_data(void *user, const char *name, const struct mc_value *argument,
                     struct mc_arena *arena, const struct mc_value **ret_outputs,
                     struct mc_error *error)
{
    struct mc_node *node = user;
    const struct mc_ddl_action *interface = data_interface(node, name);
    const char *query = data_text(argument, arena);

    if (!interface || !data_takes(interface, argument) ||
        (argument && !mc_value_is(argument, MC_NIL) && !query)) {
        return MC_DATA_UNKNOWN;
    }
    return mc_data_query(name, query, &node->data_host, arena, ret_outputs, error);
}

static const struct mc_host_ops host_ops = {
    .facts = node_facts,
    .has_class = has_class,
    .has_agent = has_agent,
    .identity = node_identity,
    .data = node_data,
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

/* The text of a rule as a filter: parsed as a client does it, which refuses what nodes
 * would read in another way than it looks. Returns 0; MC_FILTER_ERROR; -ENOMEM. */
static int compile_rule(const char *text, struct mc_arena *arena, int64_t end_us,
                        struct mc_compound **ret_compound, struct mc_error *error)
{
    struct mc_value *list = NULL;

    if (mc_compound_parse(text, arena, &list, error) != 0 ||
        mc_compound_check(list, error) != 0) {
        return MC_FILTER_ERROR;
    }
    return mc_compound_compile(list, end_us, ret_compound, error);
}

static int policy_compound(void *user, const char *text, struct mc_error *error)
{
    struct mc_node *node = user;
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    int64_t end_us = mc_clock_cpu_us() + MC_FILTER_EFFORT_US;
    int64_t wait_end_us = mc_clock_monotonic_us() + MC_FILTER_WAIT_US;
    struct mc_compound *compound = NULL;

    mc_error_set(error, "out of memory");
    int r = arena ? compile_rule(text, arena, end_us, &compound, error) : -ENOMEM;
    if (r == 0) {
        r = mc_compound_match(compound, &node->host, end_us, wait_end_us, error);
    }
    mc_compound_free(compound);
    if (r == 0) {
        error->text[0] = '\0';
        return 0;
    }
    return r == MC_FILTER_NO_MATCH ? MC_POLICY_NO_MATCH : MC_POLICY_UNKNOWN;
}

static int policy_tell(void *user, const char *collective, const char *agent,
                       const struct mc_value *payload, struct mc_error *error)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    struct mc_node *node = user;

    if (!arena) {
        return -ENOMEM;
    }
    if (!node->connected) {
        return MC_POLICY_LATER;
    }
    int r = mc_node_tell(node, collective, agent, payload, arena, error);
    if (r == MC_CONNECTOR_FULL) {
        return MC_POLICY_LATER;
    }
    return r > 0 ? -EMSGSIZE : r;
}

static void policy_lost(void *user, size_t records, const char *why)
{
    struct mc_node *node = user;
    const struct mc_field fields[] = {
        MC_FIELD_NUM("records", records),
        MC_FIELD_STR("reason", why),
    };

    mc_event_emit(node->spec.sink, MC_EVENT_audit_lost, fields, MC_COUNT(fields));
}

static struct mc_loop *node_loop(void *user)
{
    struct mc_node *node = user;

    return node->spec.loop;
}

static const struct mc_policy_host_ops policy_ops = {
    .has_fact = has_fact,
    .has_class = has_class,
    .compound = policy_compound,
    .warn = policy_warn,
    .tell = policy_tell,
    .lost = policy_lost,
    .loop = node_loop,
};

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

static const struct mc_data_host *node_data_host(void *user)
{
    struct mc_node *node = user;

    return &node->data_host;
}

static int node_reload(void *user)
{
    struct mc_node *node = user;

    return node->spec.on_reload ? node->spec.on_reload(node->spec.user) : -ENOTSUP;
}

static const struct mc_sink *node_sink(void *user)
{
    return ((struct mc_node *)user)->spec.sink;
}

static int node_stop(void *user)
{
    struct mc_node *node = user;

    if (!node->spec.on_stop) {
        return -ENOTSUP;
    }
    node->spec.on_stop(node->spec.user);
    return 0;
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
    .data = node_data_host,
    .reload = node_reload,
    .sink = node_sink,
    .stop = node_stop,
};

void mc_node_host_init(struct mc_node *node)
{
    node->host = (struct mc_host){.ops = &host_ops, .user = node};
    node->policy_host = (struct mc_policy_host){.ops = &policy_ops, .user = node};
    node->data_host = (struct mc_data_host){
        .facts = node_facts,
        .agent = data_agent,
        .collective = data_collective,
        .config = node_config,
        .timeout_ms = data_timeout,
        .user = node,
    };
    node->agent_host = (struct mc_agent_host){.ops = &node_ops, .node = node};
}
