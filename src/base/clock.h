/* Time: the wall clock for what peers see, the monotonic clock for durations. */
#ifndef MC_BASE_CLOCK_H
#define MC_BASE_CLOCK_H

#include <stdint.h>

/* Seconds since the epoch, UTC.
 * Returns seconds. Never blocks. */
int64_t mc_clock_now_s(void);

/* Microseconds since the epoch, UTC.
 * Returns microseconds. Never blocks. */
int64_t mc_clock_now_us(void);

/* Microseconds of a clock that never jumps; only differences mean something.
 * Returns microseconds. Never blocks. */
int64_t mc_clock_monotonic_us(void);

/* Microseconds that this thread has computed, to limit work by what it costs: what
 * other processes do meanwhile does not count; only differences mean something.
 * Returns microseconds. Never blocks. */
int64_t mc_clock_cpu_us(void);

#endif
