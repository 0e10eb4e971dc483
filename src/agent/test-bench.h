/* For the tests of agents: a loop, the DDL of the tree, and calls that are waited for. */
#ifndef MC_AGENT_TEST_BENCH_H
#define MC_AGENT_TEST_BENCH_H

#include "agent/agent.h"

struct bench
{
    const struct mc_agent_ops *ops;
    struct mc_arena *arena;
    struct mc_loop *loop;
    struct mc_config *config;
    struct mc_ddl_store *ddls;
    const struct mc_ddl *ddl;
    struct mc_agent_host host;
    void *state;
    unsigned timeout_ms; /* of the calls; 0: none */
    /* How the last call ended. */
    bool ended;
    int64_t status;
    char message[512];
    const struct mc_value *data;
};

/* A bench for an agent of the tree.
 * settings: text of a configuration.
 * Returns it; fails the test when something is missing. Blocks on the disk. */
struct bench *bench_new(const struct mc_agent_ops *ops, const char *settings);

/* End a bench.
 * Returns nothing. Never blocks. */
void bench_free(struct bench *bench);

/* Begin a call.
 * data: inputs, or NULL.
 * Returns the call, NULL when it has ended already. Never blocks. */
struct mc_agent_call *bench_begin(struct bench *bench, const char *action,
                                  struct mc_value *data);

/* Run a call to its end; name and value: one input of it, or NULL.
 * Returns nothing; how it ended is in the bench. Blocks. */
void bench_call(struct bench *bench, const char *action, const char *name,
                const char *value);

/* Inputs: one more text.
 * data: NULL makes a new hash.
 * Returns the hash. Never blocks. */
struct mc_value *bench_input(struct bench *bench, struct mc_value *data,
                             const char *name, const char *value);

/* An output of the last call as text, "(nil)" when there is none.
 * Returns a borrowed text. Never blocks. */
const char *bench_output(const struct bench *bench, const char *name);

#endif
