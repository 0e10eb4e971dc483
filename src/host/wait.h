/* Waiting inside a call, for the few questions that have to be answered before it ends.
 *
 * What the providers below this folder do is asynchronous: it belongs on a loop. Data
 * plugins (filter/data) answer inside a step of the node; they run the question on a
 * loop of their own, with an end. */
#ifndef MC_HOST_WAIT_H
#define MC_HOST_WAIT_H

#include "base/loop.h"

/* Turn a loop until something has happened or the time is over.
 * loop: of the caller alone.   done: set by a callback of the loop.
 * end_us: on the monotonic clock.
 * Returns 0 when it happened; -ETIMEDOUT; -EIO when the loop fails. Blocks up to then. */
int mc_host_wait(struct mc_loop *loop, const bool *done, int64_t end_us) MC_MUST_USE;

#endif
