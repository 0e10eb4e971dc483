/* Walks the path from the root down as the kernel does, through every link on the way.
 * Each part is looked at before the next: what root alone can change stays as it was
 * seen. */
#include "base/trust.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As many as the kernel follows in one path. */
#define LINKS_MAX 40

struct walk
{
    char done[PATH_MAX]; /* looked at, without links; empty is the root */
    char rest[PATH_MAX]; /* still to go from there */
    unsigned links;
};

/* ret_link: whether it is one. */
static int check_part(const char *part, bool *ret_link, struct mc_error *error)
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
    *ret_link = S_ISLNK(about.st_mode);
    bool shared = S_ISDIR(about.st_mode) && (about.st_mode & S_ISVTX);
    if (*ret_link || shared) {
        return 0;
    }
    if ((about.st_mode & S_IWOTH) || ((about.st_mode & S_IWGRP) && about.st_gid != 0)) {
        mc_error_set(error, "%s can be written by others than root (mode %04o)", part,
                     (unsigned)about.st_mode & 07777U);
        return MC_TRUST_NOT;
    }
    return 0;
}

static void go_up(struct walk *walk)
{
    char *slash = strrchr(walk->done, '/');

    if (slash) {
        *slash = '\0';
    }
}

/* Go on where a link points to. Returns 0; -errno. */
static int follow(struct walk *walk)
{
    char target[PATH_MAX];
    char rest[PATH_MAX];
    ssize_t got = readlink(walk->done, target, sizeof(target) - 1);

    if (got < 0) {
        return -errno;
    }
    if (++walk->links > LINKS_MAX) {
        return -ELOOP;
    }
    target[got] = '\0';
    int len = snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest);
    if (len < 0 || (size_t)len >= sizeof(rest)) {
        return -ENAMETOOLONG;
    }
    memcpy(walk->rest, rest, (size_t)len + 1);
    if (target[0] == '/') {
        walk->done[0] = '\0';
    } else {
        go_up(walk);
    }
    return 0;
}

/* Move the first name of the rest behind what is done. Returns 0; -ENAMETOOLONG. */
static int take_name(struct walk *walk, bool *ret_new)
{
    char *name = walk->rest + strspn(walk->rest, "/");
    size_t len = strcspn(name, "/");
    size_t done = strlen(walk->done);
    bool up = len == 2 && memcmp(name, "..", 2) == 0;

    *ret_new = len > 0 && !up && !(len == 1 && name[0] == '.');
    if (done + 1 + len >= sizeof(walk->done)) {
        return -ENAMETOOLONG;
    }
    if (up) {
        go_up(walk);
    } else if (*ret_new) {
        walk->done[done] = '/';
        memcpy(walk->done + done + 1, name, len);
        walk->done[done + 1 + len] = '\0';
    }
    memmove(walk->rest, name + len, strlen(name + len) + 1);
    return 0;
}

int mc_trust_check(const char *path, struct mc_error *error)
{
    struct walk walk = {.links = 0};
    size_t len = strlen(path);
    int r = 0;

    if (path[0] != '/' || len >= sizeof(walk.rest)) {
        return -EINVAL;
    }
    memcpy(walk.rest, path, len + 1);
    while (r == 0 && walk.rest[0]) {
        bool new = false;
        bool link = false;
        r = take_name(&walk, &new);
        if (r == 0 && new) {
            r = check_part(walk.done, &link, error);
            if (r != 0) {
                return r;
            }
        }
        r = r == 0 && link ? follow(&walk) : r;
    }
    if (r != 0) {
        mc_error_set(error, "%s: %s", path, strerror(-r));
    }
    return r;
}
