/* Mersenne Twister 19937, from the description of its authors; see random.h. */
#include "client/random.h"

#include <errno.h>
#include <sys/random.h>

#define MIDDLE 397u
#define MATRIX UINT32_C(0x9908b0df)
#define UPPER UINT32_C(0x80000000)
#define LOWER UINT32_C(0x7fffffff)

int mc_random_init(struct mc_random *random, int64_t seed)
{
    uint32_t word = (uint32_t)seed;

    if (seed < 0 && getrandom(&word, sizeof(word), 0) != (ssize_t)sizeof(word)) {
        return -EIO;
    }
    random->state[0] = word;
    for (uint32_t i = 1; i < MC_RANDOM_WORDS; i++) {
        word = UINT32_C(1812433253) * (word ^ (word >> 30)) + i;
        random->state[i] = word;
    }
    random->used = MC_RANDOM_WORDS;
    return 0;
}

static void refill(struct mc_random *random)
{
    uint32_t *state = random->state;

    for (unsigned i = 0; i < MC_RANDOM_WORDS; i++) {
        uint32_t mixed =
            (state[i] & UPPER) | (state[(i + 1) % MC_RANDOM_WORDS] & LOWER);
        state[i] = state[(i + MIDDLE) % MC_RANDOM_WORDS] ^ (mixed >> 1) ^
                   (mixed & 1 ? MATRIX : 0);
    }
    random->used = 0;
}

static uint32_t next(struct mc_random *random)
{
    if (random->used >= MC_RANDOM_WORDS) {
        refill(random);
    }
    uint32_t word = random->state[random->used++];
    word ^= word >> 11;
    word ^= (word << 7) & UINT32_C(0x9d2c5680);
    word ^= (word << 15) & UINT32_C(0xefc60000);
    return word ^ (word >> 18);
}

uint32_t mc_random_below(struct mc_random *random, uint32_t bound)
{
    uint32_t limit = bound - 1;
    uint32_t mask = limit;

    for (unsigned shift = 1; shift < 32; shift *= 2) {
        mask |= mask >> shift;
    }
    if (!limit) {
        return 0;
    }
    for (;;) {
        uint32_t word = next(random) & mask;
        if (word <= limit) {
            return word;
        }
    }
}
