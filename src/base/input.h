/* What is piped into a program: standard input that is a pipe, a socket or a file.
 *
 * An open pipe to which nobody writes is common (cron, ssh), so the first byte is waited
 * for with a limit. Whoever has begun to write may take his time. */
#ifndef MC_BASE_INPUT_H
#define MC_BASE_INPUT_H

#include "base/arena.h"

enum mc_input
{
    MC_INPUT_SILENT = 1, /* nothing came in time */
    MC_INPUT_ENDED = 2,  /* there is nothing to be read */
};

/* Whether something may be piped in: a pipe, a socket or a regular file. Ask it before
 * anything is opened, as a closed descriptor is soon another one.
 * fd: of standard input.
 * Returns true or false. Never blocks. */
bool mc_input_piped(int fd);

/* Wait for the first byte; nothing is read.
 * fd: borrowed.   timeout_ms: 0 only looks.
 * Returns 0 when there is something; MC_INPUT_SILENT; MC_INPUT_ENDED; -errno. Blocks for
 * at most the timeout. */
int mc_input_wait(int fd, unsigned timeout_ms) MC_MUST_USE;

/* Read everything up to the end.
 * fd: borrowed.   max_bytes: more is an error.   arena: owns the content.
 * Returns 0 and the content, a NUL behind it; -EFBIG; -ENOMEM; other -errno. Blocks until
 * the writer ends. */
int mc_input_read(int fd, size_t max_bytes, struct mc_arena *arena,
                  struct mc_bytes *ret_content) MC_MUST_USE;

#endif
