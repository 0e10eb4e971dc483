/* Walks the path from the root down, and then the path without links. Each part is
 * looked at before the next: what root alone can change stays as it was seen. */
#include "base/trust.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int check_part(const char *part, struct mc_error *error)
{
    struct stat about;

    if (lstat(part, &about) != 0) {
        int r = -errno;
        mc_error_set(error, "%s: %s", part, strerror(-r));
        return r;
    }
    if (about.st_uid != 0) {
        mc_error_set(error, "%s belongs to uid %u and not to root", part,
                     (unsigned)about.st_uid);
        return MC_TRUST_NOT;
    }
    bool shared = S_ISDIR(about.st_mode) && (about.st_mode & S_ISVTX);
    if (S_ISLNK(about.st_mode) || shared) {
        return 0;
    }
    if ((about.st_mode & S_IWOTH) || ((about.st_mode & S_IWGRP) && about.st_gid != 0)) {
        mc_error_set(error, "%s can be written by others than root (mode %04o)", part,
                     (unsigned)about.st_mode & 07777U);
        return MC_TRUST_NOT;
    }
    return 0;
}

/* Every prefix of the path that ends before a slash, and the whole. */
static int check_parts(const char *path, struct mc_error *error)
{
    char part[PATH_MAX];
    size_t len = strlen(path);
    int r = len > 0 && len < sizeof(part) && path[0] == '/' ? 0 : -EINVAL;

    for (size_t at = 1; r == 0 && at <= len; at++) {
        if (at == len || path[at] == '/') {
            memcpy(part, path, at);
            part[at] = '\0';
            r = check_part(part, error);
        }
    }
    return r;
}

int mc_trust_check(const char *path, struct mc_error *error)
{
    char plain[PATH_MAX];
    int r = check_parts(path, error);

    if (r != 0) {
        return r;
    }
    if (!realpath(path, plain)) {
        r = -errno;
        mc_error_set(error, "%s: %s", path, strerror(-r));
        return r;
    }
    return strcmp(path, plain) == 0 ? 0 : check_parts(plain, error);
}
