/* Requests that a node sends of itself: registrations, and the audit to the collective.
 *
 * The message is as good as any request: its id and time are new, its caller is ours. It
 * names a place for replies, as every request does, that nobody reads. */
#include "node/node-private.h"

#include "base/clock.h"
#include <errno.h>

static int make_request(struct mc_node *node, const char *collective, const char *agent,
                        struct mc_arena *arena, struct mc_request *request)
{
    const struct mc_target nobody = {
        .kind = MC_TARGET_REPLY,
        .collective = collective,
        .agent = agent,
    };

    *request = (struct mc_request){
        .sender = node->agent_host.ops->identity(node),
        .collective = collective,
        .agent = agent,
        .caller = mc_security_caller(node->security),
        .ttl_s = node->ttl_s,
        .time_s = mc_clock_now_s(),
    };
    int r = mc_request_new_id(arena, &request->id);
    if (r == 0) {
        r = mc_filter_add_agent(&request->filter, arena, agent);
    }
    return r ? r
             : mc_connector_reply_name(node->connector, &nobody, arena,
                                       &request->reply_to);
}

int mc_node_tell(struct mc_node *node, const char *collective, const char *agent,
                 const struct mc_value *payload, struct mc_arena *arena,
                 struct mc_error *error)
{
    struct mc_request request;
    struct mc_bytes body = {0};
    int r = make_request(node, collective, agent, arena, &request);

    request.payload = payload;
    if (r == 0) {
        r = mc_security_seal_request(node->security, &request, arena, &body, error);
    }
    if (r != 0) {
        return r;
    }
    const struct mc_publish publish = {
        .kind = MC_TARGET_BROADCAST,
        .collective = collective,
        .agent = agent,
        .reply_to = request.reply_to,
        .ttl_s = node->ttl_s,
        .body = body,
    };
    r = mc_connector_publish(node->connector, &publish);
    if (r > 0) {
        mc_error_set(error, r == MC_CONNECTOR_FULL
                                ? "too much waits to be sent to the broker already"
                                : "it is too large for the broker");
    }
    return r;
}
