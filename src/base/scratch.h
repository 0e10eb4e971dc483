/* A private folder in which files are exchanged with a child that is not trusted.
 *
 * The child may own the folder and everything in it. So files are made and read below
 * the descriptor that the folder had at its beginning, links are never followed, and
 * only a regular file of the right owner and size is read: whatever the child puts in
 * its place cannot make us read or write something else, or wait. */
#ifndef MC_BASE_SCRATCH_H
#define MC_BASE_SCRATCH_H

#include "base/arena.h"

/* Files and folders that are removed at the end; what is beyond stays. */
#define MC_SCRATCH_ENTRIES_MAX 20000

struct mc_account;
struct mc_scratch;

/* Make an empty folder below TMPDIR or /tmp that only its owner can enter.
 * owner: whose it is, or NULL for ours; outlives the result.   ret_scratch: owned by the
 * caller.   error: what failed.
 * Returns 0; -ENOMEM; -errno. Blocks on the disk. */
int mc_scratch_new(const struct mc_account *owner, struct mc_scratch **ret_scratch,
                   struct mc_error *error) MC_MUST_USE;

/* Remove it with all that is in it.
 * scratch: may be NULL.
 * Returns true when nothing was left behind. Blocks on the disk. */
bool mc_scratch_remove(struct mc_scratch *scratch);

/* Its path.
 * scratch: owns the result.
 * Returns an absolute path. Never blocks. */
const char *mc_scratch_path(const struct mc_scratch *scratch);

/* Make a file of the owner, readable for nobody else.
 * name: without a slash, not there yet.   content: borrowed.   error: what failed.
 * Returns 0; -errno. Blocks on the disk. */
int mc_scratch_write(struct mc_scratch *scratch, const char *name,
                     struct mc_bytes content, struct mc_error *error) MC_MUST_USE;

/* Read a file that the child was to write.
 * name: without a slash.   max_bytes: a longer one is an error.   arena: owns the
 * content.   error: what is wrong with it.
 * Returns 0 and the content, a NUL behind it; -ENOENT; -EFBIG; -EINVAL when it is no
 * regular file of the owner; other -errno. Blocks on the disk. */
int mc_scratch_read(const struct mc_scratch *scratch, const char *name,
                    size_t max_bytes, struct mc_arena *arena,
                    struct mc_bytes *ret_content, struct mc_error *error) MC_MUST_USE;

#endif
