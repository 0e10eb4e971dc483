/* The connector of 0.4.8 configurations (connector = stomp): one plugin.stomp.host, or a
 * pool. The destinations are those of ActiveMQ, the brokers 0.4.8 was used with. */
#include "connector/activemq/activemq.h"

extern const struct mc_connector_ops mc_connector_stomp;

static const struct mc_stomp_dialect dialect = {
    .defaults = {.prefix = "stomp",
                 .vhost = "mcollective",
                 .port = 6163,
                 .single = true},
    .direct = "/queue/",
    .subscription = mc_activemq_subscription,
    .reply_name = mc_activemq_reply_name,
    .send = mc_activemq_send,
};

static int stomp_init(void *state, const struct mc_connector_spec *spec,
                      struct mc_error *error)
{
    return mc_stomp_link_init(state, &dialect, spec, error);
}

const struct mc_connector_ops mc_connector_stomp = {
    MC_STOMP_LINK_SLOTS,
    .name = "stomp",
    .init = stomp_init,
};
