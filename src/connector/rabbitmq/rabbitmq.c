/* RabbitMQ: exchanges that the administrator has made, and replies on a queue that the
 * broker makes for the connection, or on a reply exchange (spec collective.md 1.6). */
#include "connector/stomp/link.h"

#include <errno.h>
#include <inttypes.h>

/* How much longer than its ttl the broker keeps a message (spec 1.6). */
#define GRACE_S 10

extern const struct mc_connector_ops mc_connector_rabbitmq;

static const char *exchange(const struct mc_stomp_self *self, const char *collective,
                            const char *agent, struct mc_arena *arena)
{
    return self->settings->agents_multiplex
               ? mc_arena_printf(arena, "/exchange/%s_broadcast", collective)
               : mc_arena_printf(arena, "/exchange/%s_broadcast/%s", collective, agent);
}

static int rabbitmq_reply_name(const struct mc_stomp_self *self,
                               const struct mc_target *target, struct mc_arena *arena,
                               const char **ret_name)
{
    const char *name =
        self->settings->use_reply_exchange
            ? mc_arena_printf(arena, "/exchange/mcollective_reply/%s_%d_%u",
                              self->identity, self->pid, target->sequence)
            : mc_arena_printf(arena, "/temp-queue/mcollective_reply_%s", target->agent);

    if (!name) {
        return -ENOMEM;
    }
    *ret_name = name;
    return 0;
}

static int rabbitmq_subscription(const struct mc_stomp_self *self,
                                 const struct mc_target *target, struct mc_arena *arena,
                                 struct mc_stomp_subscription *ret)
{
    struct mc_stomp_subscription made = {0};

    switch (target->kind) {
    case MC_TARGET_BROADCAST:
        made.destination = exchange(self, target->collective, target->agent, arena);
        made.id = self->settings->agents_multiplex
                      ? mc_arena_printf(arena, "%s_broadcast", target->collective)
                      : mc_arena_printf(arena, "%s_broadcast_%s", target->collective,
                                        target->agent);
        break;
    case MC_TARGET_DIRECT:
        made.destination = mc_arena_printf(arena, "/exchange/%s_directed/%s",
                                           target->collective, self->identity);
        made.id = mc_arena_printf(arena, "%s_%s_directed_to_identity",
                                  target->collective, self->identity);
        break;
    case MC_TARGET_REPLY:
        if (!self->settings->use_reply_exchange) {
            return MC_STOMP_NOTHING; /* the broker subscribes us by itself */
        }
        if (rabbitmq_reply_name(self, target, arena, &made.destination) < 0) {
            return -ENOMEM;
        }
        /* The number keeps two calls of one agent apart; ids are our own affair. */
        made.id = mc_arena_printf(arena, "mcollective_%s_replies_%u", target->agent,
                                  target->sequence);
        break;
    }
    if (!made.destination || !made.id) {
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
        return exchange(self, publish->collective, publish->agent, arena);
    case MC_TARGET_DIRECT:
        return mc_arena_printf(arena, "/exchange/%s_directed/%s", publish->collective,
                               publish->identity);
    case MC_TARGET_REPLY:
        return publish->reply_to;
    }
    return NULL;
}

static int rabbitmq_send(const struct mc_stomp_self *self,
                         const struct mc_publish *publish, int64_t now_s,
                         struct mc_arena *arena, struct mc_stomp_send *ret_send)
{
    bool reply = publish->kind == MC_TARGET_REPLY;
    const char *expiration =
        mc_arena_printf(arena, "%" PRId64 "000", publish->ttl_s + GRACE_S);
    const char *to = destination(self, publish, arena);

    (void)now_s;
    if (!expiration || !to) {
        return -ENOMEM;
    }
    *ret_send = (struct mc_stomp_send){
        .headers = {{"reply-to", reply ? NULL : publish->reply_to},
                    {"expiration", expiration},
                    {"mc_sender", self->identity},
                    {"destination", to}},
        .count = 4,
    };
    return 0;
}

static const struct mc_stomp_dialect dialect = {
    .defaults = {.prefix = "rabbitmq", .vhost = "/", .port = 61613},
    .direct = "_directed/",
    .subscription = rabbitmq_subscription,
    .reply_name = rabbitmq_reply_name,
    .send = rabbitmq_send,
};

static int rabbitmq_init(void *state, const struct mc_connector_spec *spec,
                         struct mc_error *error)
{
    return mc_stomp_link_init(state, &dialect, spec, error);
}

const struct mc_connector_ops mc_connector_rabbitmq = {
    MC_STOMP_LINK_SLOTS,
    .name = "rabbitmq",
    .init = rabbitmq_init,
};
