/* Whether nobody but the superuser can change a file. */
#ifndef MC_BASE_TRUST_H
#define MC_BASE_TRUST_H

#include "base/error.h"

enum
{
    MC_TRUST_NOT = 1,
};

/* Check a file that is to be executed or believed with all rights: it, every folder on
 * the way to it and every link among them belong to root, and nobody else may write
 * there; folders in which only owners remove (sticky, as /tmp) may be written by all.
 * path: absolute; what a link points to is checked as well.
 * error: which part is wrong, and why.
 * Returns 0; MC_TRUST_NOT; -ENOENT; other -errno. Blocks on the disk. */
int mc_trust_check(const char *path, struct mc_error *error) MC_MUST_USE;

#endif
