/* Run one function in a process of its own and take its bytes.
 *
 * For work that may loop, crash or eat memory on bad input, in code that is not ours.
 * The process is a fork: it sees what the caller saw, has one pipe and nothing else,
 * opens no files, starts no processes, and is ended at its limits. All memory that the
 * work used goes with it. Whatever it does, the caller gets bytes or a reason. */
#ifndef MC_BASE_CONFINE_H
#define MC_BASE_CONFINE_H

#include "base/arena.h"
#include "base/buffer.h"

enum
{
    MC_CONFINE_TIME = 1,   /* ended at a time limit */
    MC_CONFINE_FAILED = 2, /* crashed, or wrote nothing or too much */
};

/* The work, called in the new process: append the result to out. It must not touch
 * descriptors, and its changes of memory are lost. */
typedef void mc_confine_fn(void *user, struct mc_buffer *out);

struct mc_confine_spec
{
    mc_confine_fn *fn;
    void *user;
    unsigned cpu_ms;         /* processor time that it may use */
    unsigned wall_ms;        /* real time that it may take */
    size_t output_bytes_max; /* what it may append */
};

/* Run and wait.
 * spec: borrowed.   arena: owns *ret_output.
 * ret_output: all that fn appended, from a process that may have been taken over by
 * its input: parse it as foreign bytes.   error: why there is none.
 * Returns 0; MC_CONFINE_TIME; MC_CONFINE_FAILED; -ENOMEM; -errno of fork or pipe.
 * Blocks until the work is done, at most wall_ms. */
int mc_confine_run(const struct mc_confine_spec *spec, struct mc_arena *arena,
                   struct mc_bytes *ret_output, struct mc_error *error) MC_MUST_USE;

#endif
