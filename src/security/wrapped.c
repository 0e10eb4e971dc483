/* Payload and times, wrapped and unwrapped. */
#include "security/wrapped.h"

#include "security/envelope.h"
#include <errno.h>

int mc_wrapped_make(const struct mc_wrapped_names *names,
                    const struct mc_request *request, struct mc_arena *arena,
                    const struct mc_value **ret_body)
{
    struct mc_value *body = mc_value_hash(arena);
    const struct mc_value *payload =
        request->payload ? request->payload : mc_value_nil(arena);
    int r = mc_value_set_symbol(arena, body, names->payload, payload);

    if (r == 0 && request->ttl_s >= 0) {
        r = mc_value_set_symbol(arena, body, names->ttl,
                                mc_value_int(arena, request->ttl_s));
    }
    if (r == 0) {
        r = mc_value_set_symbol(arena, body, names->time,
                                mc_value_int(arena, request->time_s));
    }
    if (r == 0) {
        *ret_body = body;
    }
    return r;
}

/* One of the secure copies. */
static int secure_copy(const struct mc_value *body, const char *name, bool enforce,
                       int64_t *seconds, struct mc_error *error)
{
    const struct mc_value *copy = mc_value_get_symbol(body, name);

    if (!copy && !enforce) {
        return 0;
    }
    if (!copy || copy->type != MC_INT || copy->integer < 0 ||
        copy->integer > MC_ENVELOPE_SECONDS_MAX) {
        mc_error_set(error, "the signed body holds no well-formed :%s", name);
        return MC_SECURITY_MALFORMED;
    }
    if (enforce && copy->integer != *seconds) {
        mc_error_set(error, "the envelope differs from the signed :%s", name);
        return MC_SECURITY_FORGED;
    }
    *seconds = copy->integer;
    return 0;
}

int mc_wrapped_open(const struct mc_wrapped_names *names, bool enforce,
                    const struct mc_value *body, struct mc_request *request,
                    struct mc_error *error)
{
    if (!mc_value_is(body, MC_HASH)) {
        if (enforce) {
            mc_error_set(error, "the signed body holds neither ttl nor time");
            return MC_SECURITY_MALFORMED;
        }
        request->payload = body;
        return 0;
    }
    int r = secure_copy(body, names->ttl, enforce, &request->ttl_s, error);
    if (r == 0) {
        r = secure_copy(body, names->time, enforce, &request->time_s, error);
    }
    if (r == 0) {
        const struct mc_value *inside = mc_value_get_symbol(body, names->payload);
        request->payload = inside ? inside : body;
    }
    return r;
}
