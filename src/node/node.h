/* A node: one identity in the collective, answering requests.
 *
 * Everything hangs off struct mc_node, so any number of nodes may share a process, a loop
 * and one DDL store. A node never blocks and never exits; its end is mc_node_free(). */
#ifndef MC_NODE_NODE_H
#define MC_NODE_NODE_H

#include "agent/agent.h"
#include "base/event.h"
#include "base/loop.h"

/* Requests that run at the same time: all, and those of one caller (house rule 19). */
#define MC_NODE_RUNNING_MAX 1024
#define MC_NODE_RUNNING_PER_CALLER_MAX 256
/* Memory of requests that run at the same time: all, and those of one caller. */
#define MC_NODE_RUNNING_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define MC_NODE_RUNNING_BYTES_PER_CALLER_MAX ((size_t)96 * 1024 * 1024)
/* A request that would live longer than this cannot be remembered against replays. */
#define MC_NODE_LIFE_MAX_S (24 * 3600)

/* Times that the agents may be loaded again while an action runs from before. */
#define MC_NODE_RETIRED_MAX 8

/* For how long after its ttl a request is still answered with "expired", and remembered
 * so that nobody can have that answer a second time; and how many of those answers a
 * node gives in a minute, whatever comes (doc/rfc/0009). */
#define MC_NODE_LATE_S 300
#define MC_NODE_LATE_PER_MINUTE_MAX 60

struct mc_node;
struct mc_runner;

struct mc_node_spec
{
    struct mc_loop *loop;           /* outlives the node */
    const struct mc_config *config; /* outlives the node */
    struct mc_ddl_store *ddls;      /* outlives the node, may be shared */
    const struct mc_sink *sink;     /* readers of its events; outlives the node */
    const char *const *folders;     /* with external agents, or NULL for none;
                                     * NULL-terminated, outlives the node */
    const char *identity;           /* NULL: as configured; outlives the node */

    /* Invented metadata of simulated nodes; NULL: this machine's. Outlive the node. */
    const struct mc_value *facts;
    const struct mc_value *classes;

    /* The connector has given up for good; NULL: nothing happens. Called on the loop. */
    void (*on_dead)(void *user, const char *text);
    /* A store that mc_node_reload() has replaced is not used any more; NULL: nothing
     * happens. Called on the loop, or by mc_node_free(). */
    void (*on_ddls_unused)(void *user, struct mc_ddl_store *ddls);
    /* The agent controller was asked to load the agents again: returns as
     * mc_node_reload(), which it calls. NULL: the node cannot do that. */
    int (*on_reload)(void *user);
    /* It was asked to end the node: calls mc_node_soft_stop(). NULL: it cannot. */
    void (*on_stop)(void *user);
    void *user;
};

/* Start a node: security, connector, facts, agents, subscriptions.
 * spec: copied.   error: the setting or file that is wrong.
 * Returns 0 and a node owned by the caller; -EINVAL for settings; -errno. Blocks on the
 * disk; connecting goes on in the loop. */
int mc_node_new(const struct mc_node_spec *spec, struct mc_node **ret_node,
                struct mc_error *error) MC_MUST_USE;

/* Take no more requests, and wait for the actions that run. New requests are refused with
 * an answer that says why, discovery finds the node no more.
 * node: borrowed.   timeout_ms: ends what still runs then, and answers it; 0 waits for as
 * long as the actions may take.   done: called once, on the loop, when nothing runs.
 * Returns nothing. Never blocks. */
void mc_node_soft_stop(struct mc_node *node, unsigned timeout_ms,
                       void (*done)(void *user), void *user);

/* Before the end of the program: what still runs is ended, and its callers told; what was
 * answered is sent, and the broker hears that we go. New requests are refused.
 * node: may be NULL.
 * Returns nothing. Blocks for at most timeout_ms; runs the loop. */
void mc_node_finish(struct mc_node *node, unsigned timeout_ms);

/* End a node: running actions are ended, nothing more is answered.
 * node: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_node *mc_node_free(struct mc_node *node);

/* Load the agents again, as at start (signal USR1). Running actions go on with the old
 * agents, which end when the last of them does.
 * node: borrowed.   ddls: a new store that outlives the node, or NULL to keep the old
 * one. Which one is not used any more is told by on_ddls_unused() of the spec.
 * Returns 0; -ENOMEM, and then nothing has changed. Blocks on the disk. */
int mc_node_reload(struct mc_node *node, struct mc_ddl_store *ddls) MC_MUST_USE;

/* Open the files again that the node writes beside the log: the audit, and those of
 * agents (signal WINCH).
 * node: borrowed.   error: file and reason.
 * Returns 0; -errno, and then the old file is used on. Blocks on the disk. */
int mc_node_reopen(struct mc_node *node, struct mc_error *error) MC_MUST_USE;

/* Whether the broker has been reached and the subscriptions were made.
 * node: borrowed.
 * Returns true or false. Never blocks. */
bool mc_node_connected(const struct mc_node *node);

/* Counters, for agents and tests.
 * node: owns the result.
 * Returns them. Never blocks. */
const struct mc_node_stats *mc_node_stats(const struct mc_node *node);

#endif
