/* Round robin over the pool with a growing delay. */
#include "connector/stomp/pool.h"

#include <openssl/rand.h>

/* A delay of 0 in the settings must not make us ask without a pause. */
#define DELAY_S_MIN 0.01

void mc_stomp_pool_init(struct mc_stomp_pool *pool,
                        const struct mc_stomp_settings *settings)
{
    *pool = (struct mc_stomp_pool){.settings = settings};
    mc_stomp_pool_good(pool);
}

const struct mc_stomp_broker *mc_stomp_pool_broker(const struct mc_stomp_pool *pool)
{
    return &pool->settings->brokers[pool->at];
}

/* Any of the others, or the next one. */
static size_t other(const struct mc_stomp_pool *pool)
{
    size_t count = pool->settings->broker_count;
    size_t step = 1;
    uint32_t random = 0;

    if (pool->settings->randomize && count > 2 &&
        RAND_bytes((unsigned char *)&random, sizeof(random)) == 1) {
        step += random % (count - 1);
    }
    return (pool->at + step) % count;
}

int mc_stomp_pool_failed(struct mc_stomp_pool *pool, uint64_t *ret_delay_ms)
{
    const struct mc_stomp_settings *settings = pool->settings;
    double delay_s = pool->delay_s;

    pool->failures++;
    if (settings->attempts_max && pool->failures >= settings->attempts_max) {
        return MC_STOMP_POOL_EXHAUSTED;
    }
    pool->at = other(pool);
    if (delay_s > settings->max_delay_s) {
        delay_s = settings->max_delay_s;
    }
    if (delay_s < DELAY_S_MIN) {
        delay_s = DELAY_S_MIN;
    }
    if (settings->exponential) {
        pool->delay_s = delay_s * settings->multiplier;
    }
    *ret_delay_ms = (uint64_t)(delay_s * 1000);
    return 0;
}

void mc_stomp_pool_good(struct mc_stomp_pool *pool)
{
    pool->failures = 0;
    pool->delay_s = pool->settings->initial_delay_s;
}
