/* Authorization and audit: who may ask what of this node, and the record of it.
 *
 * This is the seam: the spine asks one policy before it runs an action and tells one
 * audit what will run. Built-in providers: none (allows everything, as the original
 * without rpcauthorization). A configured provider that does not exist is an error at
 * start, never a silent allow. */
#ifndef MC_POLICY_POLICY_H
#define MC_POLICY_POLICY_H

#include "base/config.h"
#include "msg/message.h"

enum
{
    MC_POLICY_DENIED = 1,
};

struct mc_policy;

struct mc_policy_ops
{
    const char *name;  /* value of rpcauthprovider or rpcauditprovider, lower case */
    size_t state_size; /* allocated zeroed by the framework, for each of the two uses */
    /* Returns 0; -EINVAL with error; -errno. May be NULL. Blocks on the disk. */
    int (*init)(void *state, const struct mc_config *config, struct mc_error *error);
    /* Give back what init took, also after it failed. May be NULL. */
    void (*deinit)(void *state);
    /* May this caller run this action? Returns 0; MC_POLICY_DENIED with the reason. */
    int (*allow)(void *state, const struct mc_request *request,
                 const struct mc_rpc *rpc, struct mc_error *error);
    /* Record a request that will run. A failure is logged by the caller of this slot,
     * the request goes on. May be NULL. Returns 0; -errno. */
    int (*audit)(void *state, const struct mc_request *request,
                 const struct mc_rpc *rpc);
};

/* The policy and audit that a configuration asks for (rpcauthorization,
 * rpcauthprovider, rpcaudit, rpcauditprovider).
 * Returns 0 and a policy owned by the caller; -EINVAL for an unknown provider; -errno.
 * Blocks on the disk. */
int mc_policy_open(const struct mc_config *config, struct mc_policy **ret_policy,
                   struct mc_error *error) MC_MUST_USE;

/* Close.
 * policy: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_policy *mc_policy_free(struct mc_policy *policy);

/* See struct mc_policy_ops. */
int mc_policy_allow(struct mc_policy *policy, const struct mc_request *request,
                    const struct mc_rpc *rpc, struct mc_error *error) MC_MUST_USE;
/* See struct mc_policy_ops. */
int mc_policy_audit(struct mc_policy *policy, const struct mc_request *request,
                    const struct mc_rpc *rpc) MC_MUST_USE;

#endif
