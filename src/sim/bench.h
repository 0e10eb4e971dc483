/* What ./dev bench measures with: a bare client, without DDL, display and discovery. */
#ifndef MC_SIM_BENCH_H
#define MC_SIM_BENCH_H

#include "connector/connector.h"
#include "security/security.h"

struct mc_bench
{
    struct mc_arena *arena;
    struct mc_config *config;
    struct mc_loop *loop;
    struct mc_security *security;
    struct mc_connector *connector;
    struct mc_timer *timer;
    const char *reply_to;
    bool up;
    bool late;        /* a round ran into its time limit */
    const char *id;   /* of the request that is out; NULL takes every reply unopened */
    size_t expected;  /* replies of the round */
    size_t replies;   /* of this round, so far */
    size_t bad;       /* replies that could not be opened */
    int64_t last_us;  /* monotonic time of the last reply */
    int64_t first_us; /* and of the first one */
    struct mc_bytes reply; /* the last one, when it shall be kept */
    bool keep;
};

/* Open the client end on a loop.
 * bench: its config is loaded and its loop made; zero otherwise.
 * Returns 0; <0 with the words in error. Blocks on the disk. */
int mc_bench_open(struct mc_bench *bench, struct mc_error *error) MC_MUST_USE;

/* Close what mc_bench_open() opened, and loop and config.
 * bench: may be half open.
 * Returns nothing. Never blocks for long. */
void mc_bench_close(struct mc_bench *bench);

/* The bytes of a ping of the rpcutil agent.
 * fact: NULL, or a comparison that nodes must fit.   arena: owns the results.
 * ret_id: the id of the request.
 * Returns 0; <0 with the words in error. Never blocks. */
int mc_bench_request(struct mc_bench *bench, const char *fact, struct mc_arena *arena,
                     struct mc_bytes *ret_body, const char **ret_id,
                     struct mc_error *error) MC_MUST_USE;

/* Publish to all nodes.
 * Returns 0; otherwise as mc_connector_publish(). Never blocks. */
int mc_bench_publish(struct mc_bench *bench, struct mc_bytes body) MC_MUST_USE;

/* Run the loop until as many replies as expected are there, or for at most ms.
 * Returns nothing; bench->late tells. Blocks for at most ms. */
void mc_bench_wait(struct mc_bench *bench, unsigned ms);

/* mc-bench round: broadcasts to a fleet.   Returns an exit code. */
int mc_bench_round(const char *config_path, size_t nodes, size_t rounds);

/* mc-bench ping: broadcast pings to a fleet, one after the other, for some seconds.
 * seconds: 1 to 600.
 * Returns an exit code. Blocks until they are over. */
int mc_bench_ping(const char *config_path, size_t nodes, size_t seconds);

/* mc-bench path: the request path of one node, and replies at one client, without a
 * broker.   Returns an exit code. */
int mc_bench_path(size_t messages);

/* mc-bench filter: a compound filter of six terms against so many invented hosts.
 * Returns an exit code. */
int mc_bench_filter(size_t count);

/* mc-bench memory: how much memory a command has had at its peak, in kB. What it
 * writes is dropped.
 * argv: NULL-terminated.
 * Returns an exit code. Blocks until the command has ended, two minutes at most. */
int mc_bench_memory(const char *const *argv);

#endif
