/* ActiveMQ: topics for broadcasts, one queue with selectors for direct requests, a queue
 * for each call's replies. */
#include "connector/activemq/activemq.h"

#include <errno.h>
#include <inttypes.h>

/* How much longer than its ttl the broker keeps a message (spec 1.4). */
#define GRACE_S 10

extern const struct mc_connector_ops mc_connector_activemq;

static const char *topic(const struct mc_stomp_self *self, const char *collective,
                         const char *agent, struct mc_arena *arena)
{
    return self->settings->agents_multiplex
               ? mc_arena_printf(arena, "/topic/%s.agents", collective)
               : mc_arena_printf(arena, "/topic/%s.%s.agent", collective, agent);
}

int mc_activemq_reply_name(const struct mc_stomp_self *self,
                           const struct mc_target *target, struct mc_arena *arena,
                           const char **ret_name)
{
    const char *name =
        mc_arena_printf(arena, "/queue/%s.reply.%s_%d.%u", target->collective,
                        self->identity, self->pid, target->sequence);

    if (!name) {
        return -ENOMEM;
    }
    *ret_name = name;
    return 0;
}

int mc_activemq_subscription(const struct mc_stomp_self *self,
                             const struct mc_target *target, struct mc_arena *arena,
                             struct mc_stomp_subscription *ret)
{
    struct mc_stomp_subscription made = {0};

    switch (target->kind) {
    case MC_TARGET_BROADCAST:
        made.destination = topic(self, target->collective, target->agent, arena);
        made.id = made.destination;
        break;
    case MC_TARGET_DIRECT:
        made.destination =
            mc_arena_printf(arena, "/queue/%s.nodes", target->collective);
        made.selector = mc_arena_printf(arena, "mc_identity = '%s'", self->identity);
        made.id = mc_arena_printf(arena, "%s_directed_to_identity", target->collective);
        break;
    case MC_TARGET_REPLY:
        if (mc_activemq_reply_name(self, target, arena, &made.destination) < 0) {
            return -ENOMEM;
        }
        made.id = made.destination;
        break;
    }
    if (!made.destination || !made.id ||
        (target->kind == MC_TARGET_DIRECT && !made.selector)) {
        return -ENOMEM;
    }
    *ret = made;
    return 0;
}

static const char *destination(const struct mc_stomp_self *self,
                               const struct mc_publish *publish, struct mc_arena *arena)
{
    switch (publish->kind) {
    case MC_TARGET_BROADCAST:
        return topic(self, publish->collective, publish->agent, arena);
    case MC_TARGET_DIRECT:
        return mc_arena_printf(arena, "/queue/%s.nodes", publish->collective);
    case MC_TARGET_REPLY:
        return publish->reply_to;
    }
    return NULL;
}

int mc_activemq_send(const struct mc_stomp_self *self, const struct mc_publish *publish,
                     int64_t now_s, struct mc_arena *arena,
                     struct mc_stomp_send *ret_send)
{
    unsigned priority = self->settings->priority;
    bool reply = publish->kind == MC_TARGET_REPLY;
    const char *number = mc_arena_printf(arena, "%u", priority);
    const char *timestamp = mc_arena_printf(arena, "%" PRId64 "000", now_s);
    const char *expires =
        mc_arena_printf(arena, "%" PRId64 "000", now_s + publish->ttl_s + GRACE_S);
    const char *to = destination(self, publish, arena);

    if (!number || !timestamp || !expires || !to) {
        return -ENOMEM;
    }
    *ret_send = (struct mc_stomp_send){
        .headers = {{"priority", priority ? number : NULL},
                    {"timestamp", timestamp},
                    {"expires", expires},
                    {"reply-to", reply ? NULL : publish->reply_to},
                    {"mc_identity",
                     publish->kind == MC_TARGET_DIRECT ? publish->identity : NULL},
                    {"mc_sender", self->identity},
                    {"destination", to}},
        .count = 7,
    };
    return 0;
}

static const struct mc_stomp_dialect dialect = {
    .defaults = {.prefix = "activemq", .vhost = "mcollective", .port = 61613},
    .direct = "/queue/",
    .subscription = mc_activemq_subscription,
    .reply_name = mc_activemq_reply_name,
    .send = mc_activemq_send,
};

static int activemq_init(void *state, const struct mc_connector_spec *spec,
                         struct mc_error *error)
{
    return mc_stomp_link_init(state, &dialect, spec, error);
}

const struct mc_connector_ops mc_connector_activemq = {
    MC_STOMP_LINK_SLOTS,
    .name = "activemq",
    .init = activemq_init,
};
