/* Random numbers that repeat for a seed exactly as the original's do.
 *
 * Mersenne Twister 19937 (Matsumoto and Nishimura 1998) with the plain 32-bit
 * initialiser, and numbers below a bound by masking and trying again
 * (spec collective.md 3.10). Not for secrets. */
#ifndef MC_CLIENT_RANDOM_H
#define MC_CLIENT_RANDOM_H

#include "base/error.h"
#include <stdint.h>

#define MC_RANDOM_WORDS 624

struct mc_random
{
    uint32_t state[MC_RANDOM_WORDS];
    unsigned used;
};

/* Begin a sequence.
 * random: embedded in the caller.   seed: its lower 32 bits; below 0 takes one from the
 * system.
 * Returns 0; -EIO without system randomness. Never blocks. */
int mc_random_init(struct mc_random *random, int64_t seed) MC_MUST_USE;

/* The next number from 0 to bound - 1.
 * bound: at least 1.
 * Returns the number. Never blocks. */
uint32_t mc_random_below(struct mc_random *random, uint32_t bound);

#endif
