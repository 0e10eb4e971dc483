/* A node and a client on one loop, for tests: requests go in as bytes, each ends in one
 * event, and the reply comes out opened. */
#ifndef MC_NODE_TEST_BENCH_H
#define MC_NODE_TEST_BENCH_H

#include "connector/connector.h"
#include "node/node.h"
#include "security/security.h"

struct bench
{
    struct mc_arena *arena;
    struct mc_loop *loop;
    struct mc_config *config;
    struct mc_ddl_store *ddls;
    struct mc_security *security;
    struct mc_connector *connector;
    struct mc_node *node;
    struct mc_sink sink;
    char verdict[64];
    char reason[512];       /* of that verdict, may be empty */
    enum mc_event_id ended; /* which event told it */
    int64_t run_us;
    size_t events;
    struct mc_reply *reply;
    const char *reply_to;
    struct mc_ddl_store *unused; /* as the node has told, freed */
    size_t stopped;
    bool direct;     /* send to the node by name */
    char told[4096]; /* the other events, a line each: name, agent, reason */
};

/* A node that is fully set up.
 * more: lines to add to its configuration.   path: what the configuration is called;
 * its folder is where policies are.   folder: of DDLs that come first, or NULL.
 * Returns it, for bench_free(); failures assert. */
struct bench *bench_new(const char *more, const char *path, const char *folder);

/* Give it back.
 * Returns nothing. */
void bench_free(struct bench *bench);

/* bench_new() and bench_free() for cmocka.
 * Returns 0. */
int bench_set_up(void **state);
/* The end of bench_set_up(). */
int bench_tear_down(void **state);

/* The one fact that nodes here have: country is uk.
 * Returns a hash of the arena. */
struct mc_value *bench_facts(struct mc_arena *arena);

/* A node with these facts in place of the one that is there.
 * Returns nothing. */
void bench_replace_node(struct bench *bench, const struct mc_value *facts);

/* A request without a payload.
 * Returns it by value; what it points to is the bench's. */
struct mc_request bench_request(struct bench *bench, const char *agent);

/* The payload of an RPC request with at most one input.
 * input: its name, or NULL.
 * Returns it, of the bench's arena. */
const struct mc_value *bench_rpc(struct bench *bench, const char *agent,
                                 const char *action, const char *input,
                                 const char *text, bool respond);

/* The bytes of a request.
 * Returns them, of the bench's arena. */
struct mc_bytes bench_sealed(struct bench *bench, const struct mc_request *request);

/* Broadcast bytes to an agent, or send them to the node, and wait for the event that ends them: bench->verdict,
 * bench->reply.
 * Returns nothing. */
void bench_send(struct bench *bench, const char *agent, struct mc_bytes body);

/* Send a request that must end so.
 * status: of the reply; below 0: there must be none.
 * Returns nothing. */
void bench_expect(struct bench *bench, const struct mc_request *request,
                  const char *verdict, int64_t status);

#endif
