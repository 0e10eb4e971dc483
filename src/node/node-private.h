/* What the parts of a node share. */
#ifndef MC_NODE_NODE_PRIVATE_H
#define MC_NODE_NODE_PRIVATE_H

#include "connector/connector.h"
#include "filter/data.h"
#include "filter/filter.h"
#include "node/node.h"
#include "node/runner.h"
#include "policy/policy.h"
#include "security/security.h"

struct mc_drain;
struct mc_exchange;
struct mc_register;

struct mc_node
{
    struct mc_node_spec spec;
    struct mc_security *security;
    struct mc_connector *connector;
    struct mc_policy *policy;
    struct mc_facts *facts; /* NULL when the spec invents them */
    struct mc_agents *agents;
    struct mc_runner runner;
    struct mc_seen *seen;             /* NULL when replays are allowed */
    struct mc_register *registration; /* NULL when it is off */
    struct mc_drain *drain;
    struct mc_host host;
    struct mc_policy_host policy_host;
    struct mc_data_host data_host;
    struct mc_agent_host agent_host;
    struct mc_node_stats stats;
    struct mc_exchange *exchanges; /* requests that wait for an action to end */
    size_t running;
    size_t running_bytes;
    int64_t ttl_s;
    bool classes_failed; /* the classes file could not be read the last time */
    int64_t late_minute; /* the clock's, in which late_answers were given */
    unsigned late_answers;
    bool connected;
    bool stopping; /* takes no new requests */
};

/* Take one message from the broker through all steps.
 * node: borrowed.   delivery: borrowed for the call.
 * Returns nothing; every message ends in one event and one counter. Never blocks. */
void mc_node_serve(struct mc_node *node, const struct mc_delivery *delivery);

/* End every request that is under way, without an answer.
 * node: borrowed.
 * Returns nothing. Never blocks. */
void mc_node_serve_stop(struct mc_node *node);

/* Make the host callbacks of a node (filter, data plugins, policy and agents).
 * node: its host, data_host, policy_host and agent_host are set.
 * Returns nothing. Never blocks. */
void mc_node_host_init(struct mc_node *node);

/* What waits for actions to end.
 * node: outlives the result.
 * Returns it, owned by the caller, or NULL without memory. Never blocks. */
struct mc_drain *mc_drain_new(struct mc_node *node);

/* End it with the agents that it holds; no exchange must be open.
 * drain: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_drain *mc_drain_free(struct mc_drain *drain);

/* Take over agents that are not the node's any more; they go when no call is open.
 * agents: taken when it returns 0.   ddls: what they were loaded from; given back to the
 * owner of the node when nothing uses it.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_drain_retire(struct mc_drain *drain, struct mc_agents *agents,
                    struct mc_ddl_store *ddls) MC_MUST_USE;

/* End every call that is open, of the retired agents and the node's; each is answered.
 * Returns nothing. Never blocks. */
void mc_drain_abort(struct mc_drain *drain);

/* A request is not under way any more: a soft stop may be complete.
 * Returns nothing. Never blocks. */
void mc_drain_ended(struct mc_drain *drain);

/* Send a request of the node itself that nobody answers, to all who have an agent.
 * payload: borrowed.   arena: for the message; owned by the caller.   error: what went
 * wrong.
 * Returns 0; MC_CONNECTOR_FULL; MC_CONNECTOR_TOO_LARGE; -errno. Never blocks. */
int mc_node_tell(struct mc_node *node, const char *collective, const char *agent,
                 const struct mc_value *payload, struct mc_arena *arena,
                 struct mc_error *error) MC_MUST_USE;

/* Begin to register a node, when its settings ask for it.
 * node: complete, outlives the result.   ret_register: owned by the caller; untouched
 * when registration is off.   error: the setting that is wrong.
 * Returns 0; -EINVAL for settings; -ENOMEM; -EIO without random bytes. Never blocks. */
int mc_register_new(struct mc_node *node, struct mc_register **ret_register,
                    struct mc_error *error) MC_MUST_USE;

/* The broker was reached: what fell due meanwhile is sent from the loop.
 * reg: may be NULL.
 * Returns nothing. Never blocks. */
void mc_register_connected(struct mc_register *reg);

/* End it.
 * reg: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_register *mc_register_free(struct mc_register *reg);

#endif
