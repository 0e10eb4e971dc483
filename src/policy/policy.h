/* Authorization and audit: who may ask what of this node, and the record of it.
 *
 * This is the seam: the spine asks one provider before it runs an action and tells one
 * provider what will run. The two may differ, and each has a state of its own: a
 * provider folder offers one of the two uses, or both. Providers ask the node through
 * callbacks, so that a simulated node can invent itself. A configured provider that does
 * not exist is an error at start, never a silent allow. */
#ifndef MC_POLICY_POLICY_H
#define MC_POLICY_POLICY_H

#include "base/config.h"
#include "base/loop.h"
#include "msg/message.h"

#define MC_POLICY_ABI 2

enum
{
    MC_POLICY_DENIED = 1,
};

/* What a callback of struct mc_policy_host_ops answers when it is not 0. */
enum
{
    MC_POLICY_NO_MATCH = 1,
    MC_POLICY_UNKNOWN = 2,
    MC_POLICY_LATER = 3,
};

/* What a policy asks of the node. */
struct mc_policy_host_ops
{
    /* Whether a fact compares so (collective.md 3.7). A fact that is not there never
     * does. Blocks as the facts do. */
    bool (*has_fact)(void *user, const struct mc_fact_filter *wanted);
    /* Whether one class of the node fits. Blocks on the disk. */
    bool (*has_class)(void *user, bool (*fits)(void *, const char *), void *fits_user);
    /* Whether a compound text (collective.md 3.6) holds. May be NULL: none can be
     * evaluated. Returns 0; MC_POLICY_NO_MATCH; MC_POLICY_UNKNOWN with the reason in
     * error. */
    int (*compound)(void *user, const char *text, struct mc_error *error);
    /* Something is odd that does not decide the request. */
    void (*warn)(void *user, const char *text);
    /* Send a payload to an agent as a request that nobody answers. Returns 0;
     * MC_POLICY_LATER while the broker is away or slow; -errno with error, and then it can
     * never be sent. Never blocks. May be NULL: nothing can be sent from here. */
    int (*tell)(void *user, const char *collective, const char *agent,
                const struct mc_value *payload, struct mc_error *error);
    /* Records of the audit are lost. NULL only together with tell. */
    void (*lost)(void *user, size_t records, const char *why);
    /* The loop of the node. NULL only together with tell. */
    struct mc_loop *(*loop)(void *user);
};

struct mc_policy_host
{
    const struct mc_policy_host_ops *ops;
    void *user;
};

/* Deciding about requests. */
struct mc_policy_allow_ops
{
    size_t state_size; /* allocated zeroed by the framework */
    /* Read the settings. host: outlives the state. Returns 0; -EINVAL with error;
     * -errno. May be NULL. Blocks on the disk. */
    int (*init)(void *state, const struct mc_config *config,
                const struct mc_policy_host *host, struct mc_error *error);
    /* Give back what init took, also after it failed. May be NULL. */
    void (*deinit)(void *state);
    /* May this caller run this action? Returns 0; MC_POLICY_DENIED with the reason for
     * the log of the node, which the caller never sees. What cannot be decided is
     * denied. Blocks on the disk. */
    int (*allow)(void *state, const struct mc_request *request,
                 const struct mc_rpc *rpc, struct mc_error *error);
};

/* Recording requests. */
struct mc_policy_audit_ops
{
    size_t state_size; /* allocated zeroed by the framework */
    /* As in struct mc_policy_allow_ops. */
    int (*init)(void *state, const struct mc_config *config,
                const struct mc_policy_host *host, struct mc_error *error);
    /* Give back what init took, also after it failed. May be NULL. */
    void (*deinit)(void *state);
    /* Record a request that will run. The request goes on after a failure. Returns 0;
     * -errno with error. Blocks on the disk. */
    int (*audit)(void *state, const struct mc_request *request,
                 const struct mc_rpc *rpc, struct mc_error *error);
    /* Open files again that somebody has moved away. May be NULL. Returns 0; -errno with
     * error, and then goes on with the old ones. Blocks on the disk. */
    int (*reopen)(void *state, struct mc_error *error);
    /* The broker can be reached (again). May be NULL. Never blocks. */
    void (*connected)(void *state);
};

/* One provider folder. */
struct mc_policy_ops
{
    unsigned abi;     /* MC_POLICY_ABI */
    const char *name; /* of rpcauthprovider or rpcauditprovider, lower case */
    const char *also; /* another name for it, or NULL */
    const struct mc_policy_allow_ops *allow; /* NULL: does not decide */
    const struct mc_policy_audit_ops *audit; /* NULL: does not record */
};

/* All providers, ended by NULL; made from the folders below policy/. */
extern const struct mc_policy_ops *const mc_policy_providers[];

struct mc_policy;

/* The policy and audit that a configuration asks for (rpcauthorization,
 * rpcauthprovider, rpcaudit, rpcauditprovider, plugin.AGENT.rpcauthprovider).
 * config: borrowed for this call.   host: copied; its ops outlive the policy.
 * error: the setting that is wrong.
 * Returns 0 and a policy owned by the caller; -EINVAL for an unknown provider or a bad
 * setting; -errno. Blocks on the disk. */
int mc_policy_open(const struct mc_config *config, const struct mc_policy_host *host,
                   struct mc_policy **ret_policy, struct mc_error *error) MC_MUST_USE;

/* Close.
 * policy: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_policy *mc_policy_free(struct mc_policy *policy);

/* May this caller run this action?
 * request, rpc: borrowed.   error: the reason, for the log of the node.
 * Returns 0; MC_POLICY_DENIED. Blocks on the disk. */
int mc_policy_allow(struct mc_policy *policy, const struct mc_request *request,
                    const struct mc_rpc *rpc, struct mc_error *error) MC_MUST_USE;

/* Record a request that will run.
 * request, rpc: borrowed.   error: what went wrong.
 * Returns 0; -errno. Blocks on the disk. */
int mc_policy_audit(struct mc_policy *policy, const struct mc_request *request,
                    const struct mc_rpc *rpc, struct mc_error *error) MC_MUST_USE;

/* The broker can be reached (again): the audit may send what waits.
 * policy: borrowed.
 * Returns nothing. Never blocks. */
void mc_policy_connected(struct mc_policy *policy);

/* Open the file of the audit again (signal WINCH).
 * policy: borrowed.   error: what went wrong.
 * Returns 0; -errno, and then the old file is used on. Blocks on the disk. */
int mc_policy_reopen(struct mc_policy *policy, struct mc_error *error) MC_MUST_USE;

#endif
