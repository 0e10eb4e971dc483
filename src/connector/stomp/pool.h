/* Which broker is tried next, and after how long (spec collective.md 1.9). No I/O. */
#ifndef MC_CONNECTOR_STOMP_POOL_H
#define MC_CONNECTOR_STOMP_POOL_H

#include "connector/stomp/settings.h"

enum
{
    MC_STOMP_POOL_EXHAUSTED = 1, /* max_reconnect_attempts failures in a row */
};

/* Embedded by its user; the fields are the pool's own. */
struct mc_stomp_pool
{
    const struct mc_stomp_settings *settings;
    size_t at; /* the broker in use */
    unsigned failures;
    double delay_s;
};

/* Begin with the first broker.
 * settings: outlive the pool.
 * Returns nothing. Never blocks. */
void mc_stomp_pool_init(struct mc_stomp_pool *pool,
                        const struct mc_stomp_settings *settings);

/* The broker in use.
 * pool: borrowed.
 * Returns a broker of the settings. Never blocks. */
const struct mc_stomp_broker *mc_stomp_pool_broker(const struct mc_stomp_pool *pool);

/* The broker in use failed: go on to the next one.
 * ret_delay_ms: how long to wait before it is tried.
 * Returns 0; MC_STOMP_POOL_EXHAUSTED. Never blocks. */
int mc_stomp_pool_failed(struct mc_stomp_pool *pool, uint64_t *ret_delay_ms)
    MC_MUST_USE;

/* The broker in use works: delays and the count of failures begin anew.
 * Returns nothing. Never blocks. */
void mc_stomp_pool_good(struct mc_stomp_pool *pool);

#endif
