/* Files that somebody else names, within folders that we allow.
 *
 * A path is walked folder by folder from an allowed one, and no symbolic link is followed
 * below that: neither ".." nor a link, also one that comes while we are on our way, leads
 * out. Everything is done with the folder that was reached, never again by the path. */
#ifndef MC_BASE_BENEATH_H
#define MC_BASE_BENEATH_H

#include "base/arena.h"
#include <sys/stat.h>

/* Of a file's MD5 as text. */
#define MC_BENEATH_MD5_BYTES 33

enum
{
    MC_BENEATH_OUTSIDE =
        1,               /* no allowed folder holds it, or the path is no plain one */
    MC_BENEATH_MORE = 2, /* the file goes on */
};

/* A place: there may be a file of that name or not. */
struct mc_beneath
{
    int folder;       /* open, owned */
    const char *name; /* in the folder, without a slash; "." for / itself */
};

struct mc_beneath_digest;

/* Reach the place that a path names.
 * roots: absolute paths, NULL-terminated. A folder allows itself and all below, anything
 * else itself alone; links on the way to a root are followed, as whoever allowed it meant
 * that.   path: of anybody.   arena: owns the name.   error: names the path and why.
 * Returns 0; MC_BENEATH_OUTSIDE; -ENOENT, -ENOTDIR, -EACCES, -ELOOP for a folder on the
 * way that is a link; -ENOMEM; other -errno. Blocks on the disk. */
int mc_beneath_reach(const char *const *roots, const char *path, struct mc_arena *arena,
                     struct mc_beneath *ret_place, struct mc_error *error) MC_MUST_USE;

/* Leave a place.
 * place: may be empty.
 * Returns nothing. Never blocks. */
void mc_beneath_leave(struct mc_beneath *place);

/* What lies there, a link itself.
 * Returns 0; -ENOENT; other -errno. Blocks on the disk. */
int mc_beneath_look(const struct mc_beneath *place, struct stat *ret_about) MC_MUST_USE;

/* Make an empty file, mode 0644 less the umask, or set the times of what is there to now.
 * Returns 0; -ELOOP for a symbolic link; other -errno. Blocks on the disk. */
int mc_beneath_touch(const struct mc_beneath *place) MC_MUST_USE;

/* Remove what is there unless it is a folder; of a link, the link.
 * Returns 0; -ENOENT; -EISDIR; other -errno. Blocks on the disk. */
int mc_beneath_remove(const struct mc_beneath *place) MC_MUST_USE;

/* The names in the folder that is there, sorted, without "." and "..".
 * names_max: more are left out.   arena: owns *ret_names.
 * Returns 0; -ENOTDIR; -ENOMEM; other -errno. Blocks on the disk. */
int mc_beneath_names(const struct mc_beneath *place, size_t names_max,
                     struct mc_arena *arena, const char *const **ret_names,
                     size_t *ret_count) MC_MUST_USE;

/* Begin to compute the MD5 of the regular file that is there.
 * Returns 0; -EINVAL when it is none; -ENOTSUP when MD5 is not to be had; other -errno.
 * Blocks on the disk. */
int mc_beneath_digest_new(const struct mc_beneath *place,
                          struct mc_beneath_digest **ret_digest) MC_MUST_USE;

/* Go on with one piece of the file.
 * ret_text: set with the outcome 0.
 * Returns 0 at the end; MC_BENEATH_MORE; -errno. Blocks on the disk. */
int mc_beneath_digest_step(struct mc_beneath_digest *digest,
                           char ret_text[MC_BENEATH_MD5_BYTES]) MC_MUST_USE;

/* End it.
 * digest: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_beneath_digest *mc_beneath_digest_free(struct mc_beneath_digest *digest);

#endif
