/* A STOMP connector but for its names: pool, stream, session and queue put together.
 *
 * The providers (activemq, rabbitmq, stomp) embed a link as their state and differ by a
 * dialect: how destinations are called and which headers a SEND carries. */
#ifndef MC_CONNECTOR_STOMP_LINK_H
#define MC_CONNECTOR_STOMP_LINK_H

#include "connector/connector.h"
#include "connector/stomp/pool.h"
#include "connector/stomp/session.h"

enum
{
    MC_STOMP_NOTHING = 1, /* there is nothing to subscribe to */
};

/* Who we are, for destinations. */
struct mc_stomp_self
{
    const char *identity;
    int pid;
    const struct mc_stomp_settings *settings;
};

struct mc_stomp_dialect
{
    struct mc_stomp_defaults defaults;

    /* What is in the destination of a request to one node, and of no broadcast. */
    const char *direct;

    /* The subscription for a target; texts in arena.
     * Returns 0; MC_STOMP_NOTHING; -ENOMEM. */
    int (*subscription)(const struct mc_stomp_self *self,
                        const struct mc_target *target, struct mc_arena *arena,
                        struct mc_stomp_subscription *ret);

    /* What requests carry as reply-to; in arena.
     * Returns 0; -ENOMEM. */
    int (*reply_name)(const struct mc_stomp_self *self, const struct mc_target *target,
                      struct mc_arena *arena, const char **ret_name);

    /* The headers of a SEND; texts in arena. now_s: seconds since the epoch.
     * Returns 0; -ENOMEM. */
    int (*send)(const struct mc_stomp_self *self, const struct mc_publish *publish,
                int64_t now_s, struct mc_arena *arena, struct mc_stomp_send *ret_send);
};

/* The state of a provider; the fields are the link's own. */
struct mc_stomp_link
{
    const struct mc_stomp_dialect *dialect;
    const struct mc_connector_spec *spec;
    struct mc_arena *arena; /* of the settings, wiped */
    struct mc_stomp_settings settings;
    struct mc_stomp_self self;
    struct mc_stomp_pool pool;
    struct mc_stomp_session session;
    struct mc_stomp_queue queue;
    struct mc_stream *stream;
    struct mc_timer *retry;    /* the next attempt */
    struct mc_timer *patience; /* for CONNECTED */
    struct mc_timer *beat;
    uint64_t written; /* bytes of this connection */
    int64_t up_us;    /* when it came up, monotonic */
    bool up;
    bool finishing; /* the end is ours: nothing is said about it */
    bool said_notice;
    bool *gone; /* set by deinit inside one of our callbacks */
};

/* The slots of struct mc_connector_ops; see connector.h. */
int mc_stomp_link_init(struct mc_stomp_link *link,
                       const struct mc_stomp_dialect *dialect,
                       const struct mc_connector_spec *spec, struct mc_error *error)
    MC_MUST_USE;
/* See struct mc_connector_ops. */
void mc_stomp_link_deinit(void *state);
/* See struct mc_connector_ops. */
int mc_stomp_link_subscribe(void *state, const struct mc_target *target) MC_MUST_USE;
/* See struct mc_connector_ops. */
int mc_stomp_link_unsubscribe(void *state, const struct mc_target *target) MC_MUST_USE;
/* See struct mc_connector_ops. */
int mc_stomp_link_reply_name(void *state, const struct mc_target *target,
                             struct mc_arena *arena, const char **ret_name) MC_MUST_USE;
/* See struct mc_connector_ops. */
int mc_stomp_link_publish(void *state, const struct mc_publish *publish) MC_MUST_USE;
/* See struct mc_connector_ops. */
size_t mc_stomp_link_unsent(const void *state);
/* See struct mc_connector_ops. */
void mc_stomp_link_finish(void *state, unsigned timeout_ms);

/* The slots that are the same for every STOMP provider. */
#define MC_STOMP_LINK_SLOTS                                                           \
    .abi = MC_CONNECTOR_ABI, .state_size = sizeof(struct mc_stomp_link),              \
    .deinit = mc_stomp_link_deinit, .subscribe = mc_stomp_link_subscribe,             \
    .unsubscribe = mc_stomp_link_unsubscribe, .reply_name = mc_stomp_link_reply_name, \
    .publish = mc_stomp_link_publish, .unsent = mc_stomp_link_unsent,                 \
    .finish = mc_stomp_link_finish

#endif
