/* The discovery agent: "ping" is answered with "pong" (spec collective.md 3.3).
 *
 * It is no RPC agent; its payload is a plain String. Discovery works because the node
 * answers only when the request's filter matches. */
#include "agent/agent.h"

#include <errno.h>

extern const struct mc_agent_ops mc_agent_discovery;

static int answer(void *state, const struct mc_request *request, struct mc_arena *arena,
                  const struct mc_value **ret_payload)
{
    const char *body = mc_value_cstr(request->payload);
    bool ping = body && mc_value_is(request->payload, MC_STRING) &&
                mc_bytes_is(mc_bytes_text(body), "ping");
    const struct mc_value *payload =
        ping ? mc_value_text(arena, "pong")
             : mc_value_format(arena, "Unknown Request: %.200s",
                               body ? body : mc_type_name(request->payload->type));

    (void)state;
    if (!payload) {
        return -ENOMEM;
    }
    *ret_payload = payload;
    return 0;
}

const struct mc_agent_ops mc_agent_discovery = {
    .abi = MC_AGENT_ABI,
    .name = "discovery",
    .message = answer,
};
