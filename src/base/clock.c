/* Clocks. */
#include "base/clock.h"

#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec now = {0};

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t mc_clock_now_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t mc_clock_now_s(void)
{
    return mc_clock_now_us() / 1000000;
}

int64_t mc_clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t mc_clock_cpu_us(void)
{
    return read_us(CLOCK_THREAD_CPUTIME_ID);
}
