/* Reading and writing open descriptors whole; used inside base only. */
#ifndef MC_BASE_FILE_PRIVATE_H
#define MC_BASE_FILE_PRIVATE_H

#include "base/arena.h"

/* Read to the end.
 * fd: borrowed.   max_bytes: more is an error.   arena: owns *ret_content, a NUL behind.
 * Returns 0; -EFBIG; -ENOMEM; other -errno. Blocks as the descriptor does. */
int mc_file__read_whole(int fd, size_t max_bytes, struct mc_arena *arena,
                        struct mc_bytes *ret_content) MC_MUST_USE;

/* Write everything.
 * fd: borrowed.
 * Returns 0; -errno. Blocks as the descriptor does. */
int mc_file__write_whole(int fd, struct mc_bytes content) MC_MUST_USE;

#endif
