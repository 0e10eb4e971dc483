/* Parts of the rpcutil agent. */
#ifndef MC_AGENT_RPCUTIL_RPCUTIL_H
#define MC_AGENT_RPCUTIL_RPCUTIL_H

#include "agent/agent.h"

enum
{
    MC_RPCUTIL_UNKNOWN_ITEM = 1,
};

/* A configuration item as its native type. Only declared keys are answered, never a
 * plugin key: those hold passwords (a deliberate difference, spec 4.10 and section 7).
 * host: borrowed.   item: key name.   arena: owns *ret_value.
 * Returns 0; MC_RPCUTIL_UNKNOWN_ITEM; -ENOMEM. Never blocks. */
int mc_rpcutil_config_item(const struct mc_agent_host *host, const char *item,
                           struct mc_arena *arena, const struct mc_value **ret_value)
    MC_MUST_USE;

/* An array of Strings.
 * texts: ended by NULL, copied.
 * Returns it, owned by the arena, or NULL without memory. Never blocks. */
struct mc_value *mc_rpcutil_texts(struct mc_arena *arena, const char *const *texts);

#endif
