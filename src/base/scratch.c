/* The folder is known by its descriptor; its path is used once more at the end, when it
 * is empty, and rmdir() follows no link. */
#include "base/scratch.h"

#include "base/account.h"
#include "base/file-private.h"
#include "base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 16

struct mc_scratch
{
    const struct mc_account *owner;
    int fd;
    char path[256];
};

static int give(int fd, const struct mc_account *owner)
{
    return owner && fchown(fd, owner->uid, owner->gid) != 0 ? -errno : 0;
}

int mc_scratch_new(const struct mc_account *owner, struct mc_scratch **ret_scratch,
                   struct mc_error *error)
{
    struct mc_scratch *scratch = mc_memory_new(sizeof(*scratch));
    const char *base = getenv("TMPDIR");
    int r = 0;

    if (!scratch) {
        return -ENOMEM;
    }
    scratch->owner = owner;
    scratch->fd = -1;
    int len = snprintf(scratch->path, sizeof(scratch->path), "%s/marionette-XXXXXX",
                       base && base[0] == '/' ? base : "/tmp");
    if (len < 0 || (size_t)len >= sizeof(scratch->path)) {
        r = -ENAMETOOLONG;
    } else if (!mkdtemp(scratch->path)) {
        r = -errno;
    } else {
        scratch->fd =
            open(scratch->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = scratch->fd < 0 ? -errno : give(scratch->fd, owner);
        if (r != 0) {
            (void)rmdir(scratch->path);
        }
    }
    if (r != 0) {
        mc_error_set(error, "%s: no folder for the exchange of files: %s",
                     scratch->path, strerror(-r));
        if (scratch->fd >= 0) {
            (void)close(scratch->fd);
        }
        mc_memory_free(scratch);
        return r;
    }
    *ret_scratch = scratch;
    return 0;
}

/* Empty an open folder, which is closed. Returns false when something stays. */
static bool empty(int fd, unsigned depth, unsigned *left)
{
    DIR *folder = fdopendir(fd);
    struct dirent *item = NULL;
    bool gone = folder != NULL;

    if (!folder) {
        (void)close(fd);
        return false;
    }
    while ((item = readdir(folder)) != NULL) {
        const char *name = item->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
            continue;
        }
        if (*left == 0) {
            gone = false;
            break;
        }
        --*left;
        if (unlinkat(dirfd(folder), name, 0) == 0) {
            continue;
        }
        int below = depth < DEPTH_MAX
                        ? openat(dirfd(folder), name,
                                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                        : -1;
        gone = below >= 0 && empty(below, depth + 1, left) &&
               unlinkat(dirfd(folder), name, AT_REMOVEDIR) == 0 && gone;
    }
    (void)closedir(folder);
    return gone;
}

bool mc_scratch_remove(struct mc_scratch *scratch)
{
    unsigned left = MC_SCRATCH_ENTRIES_MAX;

    if (!scratch) {
        return true;
    }
    bool gone = empty(scratch->fd, 0, &left) && rmdir(scratch->path) == 0;
    mc_memory_free(scratch);
    return gone;
}

const char *mc_scratch_path(const struct mc_scratch *scratch)
{
    return scratch->path;
}

int mc_scratch_write(struct mc_scratch *scratch, const char *name,
                     struct mc_bytes content, struct mc_error *error)
{
    int fd = openat(scratch->fd, name,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int r = fd < 0 ? -errno : mc_file__write_whole(fd, content);

    if (r == 0) {
        r = give(fd, scratch->owner);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (r != 0) {
        mc_error_set(error, "%s/%s: %s", scratch->path, name, strerror(-r));
    }
    return r;
}

int mc_scratch_read(const struct mc_scratch *scratch, const char *name,
                    size_t max_bytes, struct mc_arena *arena,
                    struct mc_bytes *ret_content, struct mc_error *error)
{
    uid_t owner = scratch->owner ? scratch->owner->uid : geteuid();
    struct stat about;
    int fd = openat(scratch->fd, name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    /* ELOOP: a link stands there; ENXIO: a socket. */
    int r = fd >= 0 ? 0 : errno == ELOOP || errno == ENXIO ? -EINVAL : -errno;
    if (r == 0 && (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) ||
                   about.st_uid != owner || about.st_nlink != 1)) {
        r = -EINVAL;
    }
    if (r == 0) {
        r = (uint64_t)about.st_size > max_bytes
                ? -EFBIG
                : mc_file__read_whole(fd, max_bytes, arena, ret_content);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (r == -EINVAL) {
        mc_error_set(error, "%s is not a regular file of its own", name);
    } else if (r == -EFBIG) {
        mc_error_set(error, "%s is longer than %zu bytes", name, max_bytes);
    } else if (r != 0) {
        mc_error_set(error, "%s: %s", name, strerror(-r));
    }
    return r;
}
