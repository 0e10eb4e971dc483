/* Running an action: the seam where the privilege boundary will be.
 *
 * The spine hands a checked and allowed request to a runner and is called back with the
 * result; it does not know whether the agents live in this process. What crosses is
 * plain data: names, the request, its inputs, a time limit. */
#ifndef MC_NODE_RUNNER_H
#define MC_NODE_RUNNER_H

#include "agent/agent.h"
#include "base/event.h"

struct mc_run
{
    const char *agent;
    const struct mc_ddl_action *action;
    const struct mc_request *request;
    const struct mc_rpc *rpc;
    struct mc_arena *arena; /* of the exchange; what it holds lives until done */
    unsigned timeout_ms;    /* 0: none */
    mc_agent_done_fn *done; /* exactly once, unless start fails or it is cancelled */
    void *user;
};

struct mc_runner_ops
{
    /* Begin to run. *ret_handle names the run for cancel until done is called, which may
     * be before this returns. run is borrowed for the call, what it points to until
     * done.
     * Returns 0; -ENOENT when the agent is not here; -ENOMEM. Never blocks. */
    int (*start)(void *state, const struct mc_run *run, void **ret_handle);
    /* End a run; done is not called any more. Never blocks. */
    void (*cancel)(void *state, void *handle);
};

struct mc_runner
{
    const struct mc_runner_ops *ops;
    void *state;
};

/* --- agents in this process --- */

struct mc_agents;

/* Load every agent that has a DDL and is active (spec collective.md 4.3): the built-in
 * ones, then the external ones.
 * host, ddls, sink: outlive the result; events say what was loaded or skipped.
 * folders: with external agents, or NULL for none; outlive the result.
 * Returns the agents owned by the caller, or NULL without memory. Blocks on the disk, and
 * as mc_externals_new() does. */
struct mc_agents *mc_agents_new(const struct mc_agent_host *host,
                                struct mc_ddl_store *ddls, const char *const *folders,
                                const struct mc_sink *sink);

/* End them; open calls are aborted before.
 * agents: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_agents *mc_agents_free(struct mc_agents *agents);

/* End every call that is open; each is answered.
 * agents: borrowed.   message: what the callers are told.
 * Returns nothing. Never blocks. */
void mc_agents_abort(struct mc_agents *agents, const char *message);

/* Whether a call is open.
 * Returns true or false. Never blocks. */
bool mc_agents_busy(const struct mc_agents *agents);

/* Be told when the last open call has ended.
 * fn: called with user each time none is left, but not by mc_agents_free(); it must not
 * end the agents itself. NULL for nothing.
 * Returns nothing. Never blocks. */
void mc_agents_on_idle(struct mc_agents *agents, void (*fn)(void *user), void *user);

/* The loaded agents in load order.
 * index: from 0.   ret_ddl: NULL for an agent without one; may be NULL.
 * Returns the name, or NULL past the end. Never blocks. */
const char *mc_agents_name(const struct mc_agents *agents, size_t index,
                           const struct mc_ddl **ret_ddl);

/* Find a loaded agent.
 * ret_ddl: as above.
 * Returns 0; -ENOENT. Never blocks. */
int mc_agents_find(const struct mc_agents *agents, const char *name,
                   const struct mc_ddl **ret_ddl) MC_MUST_USE;

/* Hand a payload to an agent that does not speak RPC.
 * ret_payload: NULL when there is nothing to answer.
 * Returns 0; -ENOENT when there is no such agent; another -errno when it failed. Blocks
 * as the agent does. */
int mc_agents_message(struct mc_agents *agents, const struct mc_request *request,
                      struct mc_arena *arena, const struct mc_value **ret_payload)
    MC_MUST_USE;

/* Let all agents open their files again.
 * error: which one could not.
 * Returns 0; -errno. Blocks on the disk. */
int mc_agents_reopen(struct mc_agents *agents, struct mc_error *error) MC_MUST_USE;

/* The runner over these agents.
 * agents: outlives it.
 * Returns it by value. Never blocks. */
struct mc_runner mc_agents_runner(struct mc_agents *agents);

#endif
