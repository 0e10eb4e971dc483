/* The payload of a request with its ttl and time beside it, inside what the sender's
 * key covers (spec collective.md 2.8, 2.9): whoever alters those of the envelope is found
 * out. */
#ifndef MC_SECURITY_WRAPPED_H
#define MC_SECURITY_WRAPPED_H

#include "security/security.h"

/* The Symbol keys of one provider. */
struct mc_wrapped_names
{
    const char *payload;
    const char *ttl;
    const char *time;
};

/* Wrap the payload of a request with its times.
 * request: borrowed.   arena: owns *ret_body.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_wrapped_make(const struct mc_wrapped_names *names,
                    const struct mc_request *request, struct mc_arena *arena,
                    const struct mc_value **ret_body) MC_MUST_USE;

/* Take the payload and the times out of a body whose sender was proved.
 * enforce: whether the times must be there and equal those of the envelope; without it
 * a missing one is fine and one that differs still wins: it is the one that was proved.
 * body: borrowed by the request.   request: with the times of the envelope; those of the
 * body and the payload are put into it.
 * Returns 0; MC_SECURITY_MALFORMED; MC_SECURITY_FORGED. Never blocks. */
int mc_wrapped_open(const struct mc_wrapped_names *names, bool enforce,
                    const struct mc_value *body, struct mc_request *request,
                    struct mc_error *error) MC_MUST_USE;

#endif
