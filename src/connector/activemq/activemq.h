/* Destinations and headers of ActiveMQ (spec collective.md 1.3, 1.4, 1.5); shared with
 * the connector of 0.4.8 configurations. */
#ifndef MC_CONNECTOR_ACTIVEMQ_ACTIVEMQ_H
#define MC_CONNECTOR_ACTIVEMQ_ACTIVEMQ_H

#include "connector/stomp/link.h"

/* See struct mc_stomp_dialect. */
int mc_activemq_subscription(const struct mc_stomp_self *self,
                             const struct mc_target *target, struct mc_arena *arena,
                             struct mc_stomp_subscription *ret) MC_MUST_USE;
/* See struct mc_stomp_dialect. */
int mc_activemq_reply_name(const struct mc_stomp_self *self,
                           const struct mc_target *target, struct mc_arena *arena,
                           const char **ret_name) MC_MUST_USE;
/* See struct mc_stomp_dialect. */
int mc_activemq_send(const struct mc_stomp_self *self, const struct mc_publish *publish,
                     int64_t now_s, struct mc_arena *arena,
                     struct mc_stomp_send *ret_send) MC_MUST_USE;

#endif
