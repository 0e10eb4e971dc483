/* Small files, read whole and with a limit. */
#ifndef MC_BASE_FILE_H
#define MC_BASE_FILE_H

#include "base/arena.h"

/* Read a file: a regular one or a device, never a pipe, so that nothing can make us
 * wait for ever.
 * path: the file.   max_bytes: a longer one is an error.   arena: owns the content.
 * error: names the path and the reason.
 * Returns 0 and the content, a NUL behind it; -EFBIG when it is too long; -EINVAL when
 * it is no file; -ENOENT, -EACCES and other -errno. Blocks on the disk. */
int mc_file_read(const char *path, size_t max_bytes, struct mc_arena *arena,
                 struct mc_bytes *ret_content, struct mc_error *error) MC_MUST_USE;

/* Whether a regular file can be read.
 * path: the file.
 * Returns true or false. Blocks on the disk. */
bool mc_file_readable(const char *path);

/* Make a file that is not there yet. Others see it whole or not at all.
 * path: the file, in a folder that is there.   content: borrowed.
 * error: names the path and the reason.
 * Returns 0; -EEXIST, and then nothing has changed; other -errno. Blocks on the disk. */
int mc_file_create(const char *path, struct mc_bytes content, struct mc_error *error)
    MC_MUST_USE;

/* Write into a file that is there, with one call of the system, as the files of the
 * kernel below /proc and /sys want it; a regular file keeps what lies behind.
 * path: the file.   content: borrowed.   error: names the path and the reason.
 * Returns 0; -ENOENT; -EIO when only a part was taken; other -errno, the kernel's opinion
 * of the content among them (-EINVAL). Blocks on the disk. */
int mc_file_poke(const char *path, struct mc_bytes content, struct mc_error *error)
    MC_MUST_USE;

#endif
