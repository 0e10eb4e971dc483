/* What the parts of a node share. */
#ifndef MC_NODE_NODE_PRIVATE_H
#define MC_NODE_NODE_PRIVATE_H

#include "connector/connector.h"
#include "filter/filter.h"
#include "node/node.h"
#include "node/runner.h"
#include "policy/policy.h"
#include "security/security.h"

struct mc_exchange;

struct mc_node
{
    struct mc_node_spec spec;
    struct mc_security *security;
    struct mc_connector *connector;
    struct mc_policy *policy;
    struct mc_facts *facts; /* NULL when the spec invents them */
    struct mc_agents *agents;
    struct mc_runner runner;
    struct mc_seen *seen; /* NULL when replays are allowed */
    struct mc_host host;
    struct mc_agent_host agent_host;
    struct mc_node_stats stats;
    struct mc_exchange *exchanges; /* requests that wait for an action to end */
    size_t running;
    size_t running_bytes;
    int64_t ttl_s;
    bool connected;
};

/* Take one message from the broker through all steps.
 * node: borrowed.   delivery: borrowed for the call.
 * Returns nothing; every message ends in one event and one counter. Never blocks. */
void mc_node_serve(struct mc_node *node, const struct mc_delivery *delivery);

/* End every request that is under way, without an answer.
 * node: borrowed.
 * Returns nothing. Never blocks. */
void mc_node_serve_stop(struct mc_node *node);

/* Make the host callbacks of a node (filter and agents).
 * node: its host and agent_host are set.
 * Returns nothing. Never blocks. */
void mc_node_host_init(struct mc_node *node);

#endif
