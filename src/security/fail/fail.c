/* The fail provider: opens, and then refuses everything. For tests of what happens
 * above a provider that says no, and to shut a node off without stopping it. */
#include "security/security.h"

#include <errno.h>

extern const struct mc_security_ops mc_security_fail;

static int fail_init(void *state, const struct mc_config *config, enum mc_role role,
                     struct mc_error *error)
{
    (void)state;
    (void)config;
    (void)role;
    (void)error;
    return 0;
}

static void fail_deinit(void *state)
{
    (void)state;
}

static const char *fail_caller(const void *state)
{
    (void)state;
    return "fail=fail";
}

static int refuse(struct mc_error *error, int r)
{
    mc_error_set(error, "securityprovider = fail refuses every message");
    return r;
}

static int fail_open_request(void *state, struct mc_bytes in, struct mc_arena *arena,
                             struct mc_request **ret_request, struct mc_error *error)
{
    (void)state;
    (void)in;
    (void)arena;
    (void)ret_request;
    return refuse(error, MC_SECURITY_FORGED);
}

static int fail_seal_request(void *state, const struct mc_request *request,
                             struct mc_arena *arena, struct mc_bytes *ret_bytes,
                             struct mc_error *error)
{
    (void)state;
    (void)request;
    (void)arena;
    (void)ret_bytes;
    return refuse(error, -EINVAL);
}

static int fail_open_reply(void *state, struct mc_bytes in, const char *expected_id,
                           struct mc_arena *arena, struct mc_reply **ret_reply,
                           struct mc_error *error)
{
    (void)state;
    (void)in;
    (void)expected_id;
    (void)arena;
    (void)ret_reply;
    return refuse(error, MC_SECURITY_FORGED);
}

static int fail_seal_reply(void *state, const struct mc_reply *reply,
                           const struct mc_request *request, struct mc_arena *arena,
                           struct mc_bytes *ret_bytes, struct mc_error *error)
{
    (void)state;
    (void)reply;
    (void)request;
    (void)arena;
    (void)ret_bytes;
    return refuse(error, -EINVAL);
}

const struct mc_security_ops mc_security_fail = {
    .abi = MC_SECURITY_ABI,
    .name = "fail",
    .init = fail_init,
    .deinit = fail_deinit,
    .caller = fail_caller,
    .open_request = fail_open_request,
    .seal_request = fail_seal_request,
    .open_reply = fail_open_reply,
    .seal_reply = fail_seal_reply,
};
