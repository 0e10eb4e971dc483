/* Turning a loop inside a call: each turn waits for at most what is left of the time. */
#include "host/wait.h"

#include "base/clock.h"
#include <errno.h>

int mc_host_wait(struct mc_loop *loop, const bool *done, int64_t end_us)
{
    while (!*done) {
        int64_t left_us = end_us - mc_clock_monotonic_us();
        if (left_us <= 0) {
            return -ETIMEDOUT;
        }
        /* Rounded up, so that the last part of a millisecond is no busy wait. */
        int r = mc_loop_once(loop, (unsigned)(left_us / 1000 + 1));
        if (r != 0) {
            return r;
        }
    }
    return 0;
}
