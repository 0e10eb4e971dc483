/* One request on its way through the steps of serve.c, and what is kept of it while it
 * waits for its action. */
#ifndef MC_NODE_EXCHANGE_PRIVATE_H
#define MC_NODE_EXCHANGE_PRIVATE_H

#include "node/node-private.h"

enum mc_step
{
    MC_STEP_OPEN,
    MC_STEP_FRESH,
    MC_STEP_MATCH,
    MC_STEP_ONCE,
    MC_STEP_CHECK,
    MC_STEP_ALLOW,
    MC_STEP_RUN,
    MC_STEP_SEAL,
    MC_STEPS,
};

struct mc_exchange
{
    struct mc_node *node;
    struct mc_arena *arena;
    struct mc_exchange *next;
    struct mc_exchange *previous;
    struct mc_request *request;
    struct mc_bytes body;
    const char *reply_to;
    bool direct; /* sent to this node by name */
    /* An early end of which the caller may hear once it is clear that the request is for
     * this node, new, and waits for an answer; NULL: none. ex->error has the words. */
    const char *early;
    enum mc_end early_end;
    const struct mc_ddl *ddl;
    const struct mc_ddl_action *action;
    struct mc_rpc rpc;
    const struct mc_value *payload; /* of the reply; NULL sends none */
    int64_t status;
    bool answered; /* the reply is with the connector */
    const char *verdict;
    struct mc_error error;
    enum mc_step at;
    bool in_step;         /* a step function is on the stack */
    bool ran;             /* the runner has called back */
    bool counted;         /* in node->exchanges and node->running */
    size_t counted_bytes; /* of node->running_bytes */
    struct mc_runner runner;
    void *handle; /* of the run */
    int64_t step_us[MC_STEPS];
    int64_t began_us;
};

/* Whether this request may run beside those that already do: everybody has a share, so
 * that no caller can starve the others or fill the machine's memory.
 * ex: its request is open.
 * Returns true or false. Never blocks. */
bool mc_exchange__affordable(const struct mc_exchange *ex);

/* Count it among those that run, with the memory it takes by now.
 * ex: affordable.
 * Returns nothing. Never blocks. */
void mc_exchange__count_in(struct mc_exchange *ex);

/* Count it no more; one that was never counted is fine.
 * Returns nothing. Never blocks. */
void mc_exchange__count_out(struct mc_exchange *ex);

/* Whether the caller of a request that came too late may be told: only while this node
 * can know that it neither served it nor told of it before.
 * age_s: beyond its ttl.
 * Returns true or false. Never blocks. */
bool mc_exchange__may_be_told(const struct mc_exchange *ex, int64_t age_s);

/* Whether a node may tell one more caller that his request came too late. Ids are not
 * signed, so that who holds a captured request can make new ones of it: the rate is
 * bounded.
 * Returns true, and counts; or false. Never blocks. */
bool mc_exchange__late_affordable(const struct mc_exchange *ex);

/* Whether a request was sent to this node by name, and its filter fits but for the agent
 * that it asks for, which is not here.
 * ex: its filter does not match.
 * Returns true or false. Never blocks. */
bool mc_exchange__only_agent_missing(struct mc_exchange *ex);

/* Count a message that ends without an answer; a verdict that is none of those changes
 * nothing.
 * Returns nothing. Never blocks. */
void mc_exchange__count_drop(const struct mc_exchange *ex);

/* Emit the one event of a message: verdict, who and what, timings of the steps it
 * reached.
 * ex: its verdict is set.
 * Returns nothing. Never blocks. */
void mc_exchange__report(const struct mc_exchange *ex);

#endif
