/* A broker in memory, one for each loop: subjects, subscriptions, a queue.
 *
 * It hangs off the loop (mc_loop_slot), so connectors that share a loop reach each
 * other and those of another loop do not. What is published waits in the queue until
 * the loop comes round, so nothing is ever delivered inside a publish. Callbacks may
 * subscribe, publish, unsubscribe and leave, also the last one. */
#ifndef MC_CONNECTOR_LOOP_HUB_H
#define MC_CONNECTOR_LOOP_HUB_H

#include "connector/connector.h"

struct mc_hub;
struct mc_hub_subscription;

/* One connector; embedded in its state. */
struct mc_hub_member
{
    struct mc_hub *hub;
    struct mc_hub_subscription *subscriptions;
    size_t unsent_bytes; /* what this member has in the queue */
    const char *name;    /* shown to receivers as the sender */
    /* Called on the loop with each message. */
    void (*message)(void *user, const struct mc_delivery *delivery);
    void *user;
};

/* Join the hub of a loop, which is made when there is none.
 * member: embedded in the caller, name, message and user filled in; stays at its
 * address until mc_hub_leave().   loop: outlives the membership.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_hub_join(struct mc_hub_member *member, struct mc_loop *loop) MC_MUST_USE;

/* Leave; what this member published before is still delivered to the others.
 * member: may be one that never joined.
 * Returns nothing. Never blocks. */
void mc_hub_leave(struct mc_hub_member *member);

/* Subscribe; twice the same is once.
 * subject: copied.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_hub_subscribe(struct mc_hub_member *member, const char *subject) MC_MUST_USE;

/* Forget a subscription; unknown ones are ignored.
 * subject: borrowed.
 * Returns nothing. Never blocks. */
void mc_hub_unsubscribe(struct mc_hub_member *member, const char *subject);

/* Put a message into the queue.
 * subject, body: copied.   reply_to: copied; may be NULL.
 * Returns 0; MC_CONNECTOR_FULL; MC_CONNECTOR_TOO_LARGE; -ENOMEM. Never blocks. */
int mc_hub_publish(struct mc_hub_member *member, const char *subject,
                   const char *reply_to, struct mc_bytes body) MC_MUST_USE;

#endif
