/* The connector that a configuration names.
 *
 * The framework does what is the same for every broker: it finds the provider, owns
 * its state, and refuses targets that are incomplete or belong to a collective that is
 * not configured, so that no provider has to. Everything else is passed on. */
#include "connector/connector.h"

#include "base/buffer.h"
#include "base/memory.h"
#include <errno.h>
#include <string.h>
#include <strings.h>

#define KNOWN_NAMES_BYTES_MAX 512

struct mc_connector
{
    const struct mc_connector_ops *ops;
    struct mc_connector_spec spec;
    void *state;
};

static const struct mc_connector_ops *find(const char *name)
{
    for (const struct mc_connector_ops *const *each = mc_connector_providers; *each;
         each++) {
        if (strcasecmp((*each)->name, name) == 0) {
            return *each;
        }
    }
    return NULL;
}

static int unknown(const char *name, struct mc_error *error)
{
    struct mc_buffer names;

    mc_buffer_init(&names, KNOWN_NAMES_BYTES_MAX);
    for (const struct mc_connector_ops *const *each = mc_connector_providers; *each;
         each++) {
        mc_buffer_printf(&names, "%s%s", names.len ? ", " : "", (*each)->name);
    }
    mc_error_set(error, "connector: '%s' is not known; there are: %.*s", name,
                 (int)names.len, names.data ? (const char *)names.data : "");
    mc_buffer_deinit(&names);
    return -EINVAL;
}

int mc_connector_open(const struct mc_connector_spec *spec,
                      struct mc_connector **ret_connector, struct mc_error *error)
{
    const char *name = mc_config_text(spec->config, "connector");
    const struct mc_connector_ops *ops = name ? find(name) : NULL;

    if (!ops) {
        return unknown(name ? name : "", error);
    }
    if (ops->abi != MC_CONNECTOR_ABI) {
        mc_error_set(error, "connector %s: made for interface %u, this is %u",
                     ops->name, ops->abi, (unsigned)MC_CONNECTOR_ABI);
        return -EINVAL;
    }
    struct mc_connector *connector = mc_memory_new(sizeof(*connector));
    if (!connector) {
        return -ENOMEM;
    }
    connector->ops = ops;
    connector->spec = *spec;
    connector->state = mc_memory_new(ops->state_size ? ops->state_size : 1);
    int r = connector->state ? ops->init(connector->state, &connector->spec, error)
                             : -ENOMEM;
    if (r < 0) {
        mc_connector_free(connector);
        return r;
    }
    *ret_connector = connector;
    return 0;
}

struct mc_connector *mc_connector_free(struct mc_connector *connector)
{
    if (!connector) {
        return NULL;
    }
    if (connector->state) {
        connector->ops->deinit(connector->state);
    }
    mc_memory_free(connector->state);
    return mc_memory_free(connector);
}

const char *mc_connector_name(const struct mc_connector *connector)
{
    return connector->ops->name;
}

static bool filled(const char *text)
{
    return text && *text;
}

static bool configured(const struct mc_connector *connector, const char *collective)
{
    if (!filled(collective)) {
        return false;
    }
    for (const char *const *each =
             mc_config_list(connector->spec.config, "collectives");
         *each; each++) {
        if (strcmp(*each, collective) == 0) {
            return true;
        }
    }
    return false;
}

static bool target_ok(const struct mc_connector *connector,
                      const struct mc_target *target)
{
    switch (target->kind) {
    case MC_TARGET_BROADCAST:
    case MC_TARGET_REPLY:
        return configured(connector, target->collective) && filled(target->agent);
    case MC_TARGET_DIRECT:
        return configured(connector, target->collective);
    }
    return false; /* a kind that is none */
}

int mc_connector_subscribe(struct mc_connector *connector,
                           const struct mc_target *target)
{
    if (!target_ok(connector, target)) {
        return -EINVAL;
    }
    return connector->ops->subscribe(connector->state, target);
}

int mc_connector_unsubscribe(struct mc_connector *connector,
                             const struct mc_target *target)
{
    if (!target_ok(connector, target)) {
        return 0; /* never subscribed to, hence unknown */
    }
    return connector->ops->unsubscribe(connector->state, target);
}

int mc_connector_reply_name(struct mc_connector *connector,
                            const struct mc_target *target, struct mc_arena *arena,
                            const char **ret_name)
{
    return connector->ops->reply_name(connector->state, target, arena, ret_name);
}

static bool publish_ok(const struct mc_connector *connector,
                       const struct mc_publish *publish)
{
    switch (publish->kind) {
    case MC_TARGET_BROADCAST:
        return configured(connector, publish->collective) && filled(publish->agent);
    case MC_TARGET_DIRECT:
        return configured(connector, publish->collective) && filled(publish->agent) &&
               filled(publish->identity);
    case MC_TARGET_REPLY:
        return filled(publish->reply_to);
    }
    return false;
}

int mc_connector_publish(struct mc_connector *connector,
                         const struct mc_publish *publish)
{
    if (!publish_ok(connector, publish)) {
        return -EINVAL;
    }
    return connector->ops->publish(connector->state, publish);
}

size_t mc_connector_unsent(const struct mc_connector *connector)
{
    return connector->ops->unsent(connector->state);
}

void mc_connector_finish(struct mc_connector *connector, unsigned timeout_ms)
{
    if (connector->ops->finish) {
        connector->ops->finish(connector->state, timeout_ms);
    }
}

bool mc_connector_subject_direct(const char *subject, const char *identity)
{
    static const char kind[] = ".node.";
    size_t len = subject ? strlen(subject) : 0;
    size_t tail = strlen(identity) + sizeof(kind) - 1;

    return len > tail && strcmp(subject + len - strlen(identity), identity) == 0 &&
           strncmp(subject + len - tail, kind, sizeof(kind) - 1) == 0;
}
