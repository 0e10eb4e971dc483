/* Whom a child process may run as: user, group and further groups, looked up once.
 *
 * Looking up asks the name service, so it is done when settings are read and never
 * between fork and exec. */
#ifndef MC_BASE_ACCOUNT_H
#define MC_BASE_ACCOUNT_H

#include "base/arena.h"
#include <sys/types.h>

struct mc_account
{
    const char *name; /* the login name */
    const char *home;
    uid_t uid;
    gid_t gid;
    const gid_t *groups; /* gid among them */
    size_t groups_count;
};

/* Look up an account.
 * user: a name or a number; NULL: who we are.   group: a name or a number; NULL: the
 * login group of the user.   arena: owns *ret_account.
 * ret_account: NULL when nothing has to change for it, as it is what we are.
 * error: which name is unknown, or that only the superuser may do it.
 * Returns 0; -ENOENT for an unknown name; -EPERM when we are not root and would have to
 * change; -ENOMEM. Blocks on the name service. */
int mc_account_find(const char *user, const char *group, struct mc_arena *arena,
                    const struct mc_account **ret_account, struct mc_error *error)
    MC_MUST_USE;

#endif
