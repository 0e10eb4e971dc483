/* Registration: what a node tells of itself, at start and then at every interval, as a
 * request to the agent "registration" that nobody answers (spec collective.md 3.4).
 *
 * One is sent at a time and the next is timed from it. While the broker is away none is
 * made: they would be old when they arrive. The one that fell due meanwhile is sent when
 * the broker is back. */
#include "node/node-private.h"

#include "base/clock.h"
#include "base/memory.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define AGENT "registration"
/* An interval at the most, a year. */
#define INTERVAL_MAX_S (INT64_C(366) * 24 * 3600)

typedef int body_fn(struct mc_node *node, struct mc_arena *arena,
                    const struct mc_value **ret_body);

struct mc_register
{
    struct mc_node *node;
    struct mc_timer *timer;
    body_fn *body;
    const char *collective;
    uint64_t interval_ms;
    bool owed; /* it fell due while the broker was away */
};

static int agent_names(struct mc_node *node, struct mc_arena *arena,
                       const struct mc_value **ret_names)
{
    struct mc_value *names = mc_value_array(arena);
    const char *name = NULL;
    int r = names ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && (name = mc_agents_name(node->agents, i, NULL)); i++) {
        r = mc_value_push(arena, names, mc_value_text(arena, name));
    }
    if (r == 0) {
        *ret_names = names;
    }
    return r;
}

static const struct mc_value *collectives_of(struct mc_node *node,
                                             struct mc_arena *arena)
{
    const char *const *names = mc_config_list(node->spec.config, "collectives");
    struct mc_value *array = mc_value_array(arena);

    for (size_t i = 0; array && names[i]; i++) {
        if (mc_value_push(arena, array, mc_value_text(arena, names[i])) != 0) {
            return NULL;
        }
    }
    return array;
}

static int metadata(struct mc_node *node, struct mc_arena *arena,
                    const struct mc_value **ret_body)
{
    const struct mc_node_ops *ops = node->agent_host.ops;
    const struct mc_value *agents = NULL;
    struct mc_value *body = mc_value_hash(arena);
    int r = body ? agent_names(node, arena, &agents) : -ENOMEM;
    const struct
    {
        const char *name;
        const struct mc_value *value;
    } parts[] = {
        {"agentlist", agents},
        {"facts", ops->facts(node)},
        {"classes", ops->classes(node, arena)},
        {"identity", mc_value_text(arena, ops->identity(node))},
        {"collectives", collectives_of(node, arena)},
    };

    for (size_t i = 0; r == 0 && i < MC_COUNT(parts); i++) {
        r = parts[i].value
                ? mc_value_set_symbol(arena, body, parts[i].name, parts[i].value)
                : -ENOMEM;
    }
    if (r == 0) {
        *ret_body = body;
    }
    return r;
}

static const struct
{
    const char *name;
    body_fn *body;
} plugins[] = {
    {"agentlist", agent_names},
    {"meta", metadata},
};

static void report(const struct mc_register *reg, enum mc_event_id id, const char *text)
{
    const struct mc_field fields[] = {
        MC_FIELD_STR("collective", reg->collective),
        MC_FIELD_STR("reason", text),
    };

    mc_event_emit(reg->node->spec.sink, id, fields, text ? 2 : 1);
}

static int send_registration(struct mc_register *reg, struct mc_arena *arena,
                             struct mc_error *error)
{
    const struct mc_value *body = NULL;
    int r = reg->body(reg->node, arena, &body);

    return r ? r : mc_node_tell(reg->node, reg->collective, AGENT, body, arena, error);
}

static void on_due(void *user)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    struct mc_register *reg = user;
    struct mc_error error = {""};

    reg->owed = !reg->node->connected;
    if (reg->owed) {
        return;
    }
    int r = arena ? send_registration(reg, arena, &error) : -ENOMEM;
    if (r == 0) {
        report(reg, MC_EVENT_registration_sent, NULL);
    } else {
        report(reg, MC_EVENT_registration_failed,
               error.text[0] ? error.text : strerror(r < 0 ? -r : EIO));
    }
    mc_timer_start(reg->timer, reg->interval_ms);
}

/* registration_collective when it is one of ours, else the main one. */
static void choose_collective(struct mc_register *reg)
{
    const struct mc_config *config = reg->node->spec.config;
    const char *const *ours = mc_config_list(config, "collectives");
    const char *wanted = mc_config_text(config, "registration_collective");

    reg->collective = mc_config_text(config, "main_collective");
    if (!wanted || !*wanted) {
        return;
    }
    for (size_t i = 0; ours[i]; i++) {
        if (strcmp(ours[i], wanted) == 0) {
            reg->collective = wanted;
            return;
        }
    }
    report(reg, MC_EVENT_registration_elsewhere,
           "registration_collective is none of collectives");
}

static int choose_plugin(struct mc_register *reg, struct mc_error *error)
{
    const char *name = mc_config_text(reg->node->spec.config, "registration");

    for (size_t i = 0; i < MC_COUNT(plugins); i++) {
        if (strcmp(plugins[i].name, name) == 0) {
            reg->body = plugins[i].body;
            return 0;
        }
    }
    mc_error_set(error, "registration = %s: there is no such plugin; known are %s, %s",
                 name, plugins[0].name, plugins[1].name);
    return -EINVAL;
}

/* Whole seconds below the interval, so that nodes started together part. */
static int splay(struct mc_register *reg, uint64_t *ret_delay_ms)
{
    uint64_t random = 0;

    if (!mc_config_bool(reg->node->spec.config, "registration_splay")) {
        *ret_delay_ms = 0;
        return 0;
    }
    if (getentropy(&random, sizeof(random)) != 0) {
        return -EIO;
    }
    *ret_delay_ms = random % (reg->interval_ms / 1000) * 1000;
    return 0;
}

int mc_register_new(struct mc_node *node, struct mc_register **ret_register,
                    struct mc_error *error)
{
    int64_t interval_s = mc_config_int(node->spec.config, "registerinterval");
    uint64_t delay_ms = 0;

    if (interval_s == 0) {
        return 0;
    }
    if (interval_s < 0 || interval_s > INTERVAL_MAX_S) {
        mc_error_set(error,
                     "registerinterval = %lld: it must be 0 or a number of seconds, "
                     "at most a year",
                     (long long)interval_s);
        return -EINVAL;
    }
    struct mc_register *reg = mc_memory_new(sizeof(*reg));
    if (!reg) {
        return -ENOMEM;
    }
    reg->node = node;
    reg->interval_ms = (uint64_t)interval_s * 1000;
    reg->timer = mc_timer_new(node->spec.loop, on_due, reg);
    int r = reg->timer ? choose_plugin(reg, error) : -ENOMEM;
    if (r == 0) {
        r = splay(reg, &delay_ms);
    }
    if (r) {
        mc_register_free(reg);
        return r;
    }
    choose_collective(reg);
    mc_timer_start(reg->timer, delay_ms);
    *ret_register = reg;
    return 0;
}

void mc_register_connected(struct mc_register *reg)
{
    if (reg && reg->owed) {
        reg->owed = false;
        mc_timer_start(reg->timer, 0);
    }
}

struct mc_register *mc_register_free(struct mc_register *reg)
{
    if (reg) {
        mc_timer_free(reg->timer);
    }
    return mc_memory_free(reg);
}
