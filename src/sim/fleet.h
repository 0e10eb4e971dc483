/* Many invented nodes of the real code in one process.
 *
 * Only the metadata is made up: each node has its own identity, facts and classes, all
 * of them a function of a seed and of the node's number, so the same fleet comes back in
 * each run and on each machine. Everything else - connector, security, filters, agents,
 * replies - is what mcollectived runs. The nodes share a loop, a configuration and one
 * frozen set of DDLs. */
#ifndef MC_SIM_FLEET_H
#define MC_SIM_FLEET_H

#include "base/event.h"
#include "base/loop.h"
#include "ddl/ddl.h"
#include "value/value.h"

/* Nodes of one process at the most. */
#define MC_FLEET_NODES_MAX 100000

struct mc_fleet;

struct mc_fleet_spec
{
    struct mc_loop *loop;           /* outlives the fleet */
    const struct mc_config *config; /* outlives the fleet */
    struct mc_ddl_store *ddls;      /* outlives the fleet */
    const struct mc_sink *sink;     /* readers of the nodes' events; may be NULL */
    const char *prefix;             /* identities are PREFIX<number>; outlives it */
    unsigned first;                 /* number of the first node */
    unsigned count;                 /* how many, from 1 to MC_FLEET_NODES_MAX */
    uint64_t seed;
    void (*ready)(void *user); /* all nodes reached the broker, once; may be NULL */
    void *user;
};

/* What is made up about one node. */
struct mc_invented
{
    const char *identity;
    const struct mc_value *facts;   /* hash of texts */
    const struct mc_value *classes; /* array of texts */
};

/* Make up a node.
 * prefix, number: give the identity.   seed: chooses facts and classes.
 * arena: owns what *ret_node points to.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_sim_invent(const char *prefix, unsigned number, uint64_t seed,
                  struct mc_arena *arena, struct mc_invented *ret_node) MC_MUST_USE;

/* Start a fleet.
 * spec: copied.   error: what is wrong.
 * Returns 0 and a fleet owned by the caller; -EINVAL for settings; -errno. Blocks on the
 * disk; connecting goes on in the loop. */
int mc_fleet_new(const struct mc_fleet_spec *spec, struct mc_fleet **ret_fleet,
                 struct mc_error *error) MC_MUST_USE;

/* End all nodes.
 * fleet: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_fleet *mc_fleet_free(struct mc_fleet *fleet);

/* How many nodes are connected to the broker.
 * fleet: borrowed.
 * Returns the number. Never blocks. */
unsigned mc_fleet_connected(const struct mc_fleet *fleet);

/* Messages of all nodes, summed.
 * fleet: borrowed.   ret_replies: replies that were sent.   ret_total: messages received.
 * Returns nothing. Never blocks. */
void mc_fleet_stats(const struct mc_fleet *fleet, uint64_t *ret_replies,
                    uint64_t *ret_total);

#endif
