/* Accounts of the system. A number that has no entry is taken as it is when it is a
 * group; a user needs an entry, as its groups and its home come from there. */
#include "base/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTRY_BYTES 16384
#define GROUPS_MAX 1024

/* A number that is nothing else; false for a name. */
static bool number_of(const char *text, unsigned *ret_number)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (errno != 0 || *end || number >= (unsigned)-1) {
        return false;
    }
    *ret_number = (unsigned)number;
    return true;
}

static int find_user(const char *user, struct mc_arena *arena,
                     struct mc_account *account, struct mc_error *error)
{
    char *text = mc_arena_alloc(arena, ENTRY_BYTES);
    struct passwd entry;
    struct passwd *found = NULL;
    unsigned number = 0;

    if (!text) {
        return -ENOMEM;
    }
    if (!user || number_of(user, &number)) {
        (void)getpwuid_r(user ? number : geteuid(), &entry, text, ENTRY_BYTES, &found);
    } else {
        (void)getpwnam_r(user, &entry, text, ENTRY_BYTES, &found);
    }
    if (!found) {
        mc_error_set(error, "there is no user %s", user ? user : "of our own id");
        return -ENOENT;
    }
    account->name = found->pw_name;
    account->home = found->pw_dir;
    account->uid = found->pw_uid;
    account->gid = found->pw_gid;
    return 0;
}

static int find_group(const char *group, struct mc_arena *arena,
                      struct mc_account *account, struct mc_error *error)
{
    char *text = mc_arena_alloc(arena, ENTRY_BYTES);
    struct group entry;
    struct group *found = NULL;
    unsigned number = 0;

    if (!text) {
        return -ENOMEM;
    }
    if (number_of(group, &number)) {
        account->gid = number;
        return 0;
    }
    (void)getgrnam_r(group, &entry, text, ENTRY_BYTES, &found);
    if (!found) {
        mc_error_set(error, "there is no group %s", group);
        return -ENOENT;
    }
    account->gid = found->gr_gid;
    return 0;
}

static int find_groups(struct mc_arena *arena, struct mc_account *account)
{
    int count = GROUPS_MAX;
    gid_t *groups = mc_arena_array(arena, GROUPS_MAX, sizeof(*groups));

    if (!groups) {
        return -ENOMEM;
    }
    if (getgrouplist(account->name, account->gid, groups, &count) < 0) {
        groups[0] = account->gid;
        count = 1;
    }
    account->groups = groups;
    account->groups_count = (size_t)count;
    return 0;
}

int mc_account_find(const char *user, const char *group, struct mc_arena *arena,
                    const struct mc_account **ret_account, struct mc_error *error)
{
    struct mc_account *account = mc_arena_alloc(arena, sizeof(*account));

    if (!account) {
        return -ENOMEM;
    }
    if (!user && !group) {
        *ret_account = NULL;
        return 0;
    }
    int r = find_user(user, arena, account, error);
    if (r == 0 && group) {
        r = find_group(group, arena, account, error);
    }
    if (r == 0) {
        r = find_groups(arena, account);
    }
    if (r != 0) {
        return r;
    }
    bool same = account->uid == geteuid() && account->gid == getegid();
    if (!same && geteuid() != 0) {
        mc_error_set(error,
                     "only a node that runs as root can run it as user %s, group %u",
                     account->name, (unsigned)account->gid);
        return -EPERM;
    }
    *ret_account = same ? NULL : account;
    return 0;
}
