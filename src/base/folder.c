/* Folders; see folder.h. fts(3) walks, sorted, without following links and without
 * changing the working directory. */
#include "base/folder.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MODE 0755

int mc_folder_make(const char *path, struct mc_error *error)
{
    if (mkdir(path, FOLDER_MODE) != 0 || chmod(path, FOLDER_MODE) != 0) {
        int result = -errno;
        mc_error_set(error, "%s: %s", path, strerror(-result));
        return result;
    }
    return 0;
}

int mc_folder_make_all(const char *base, const char *path, struct mc_error *error)
{
    char whole[4096];
    int len = snprintf(whole, sizeof(whole), "%s/%s", base, path);

    if (len < 0 || (size_t)len >= sizeof(whole)) {
        mc_error_set(error, "%s: %s", path, strerror(ENAMETOOLONG));
        return -ENAMETOOLONG;
    }
    for (char *at = whole + strlen(base) + 1; *at;) {
        at += strcspn(at, "/");
        char kept = *at;
        *at = '\0';
        int r = mc_folder_make(whole, error);
        if (r && r != -EEXIST) {
            return r;
        }
        *at = kept;
        at += strspn(at, "/");
    }
    return 0;
}

int mc_folder_temporary(const char *prefix, struct mc_arena *arena,
                        const char **ret_path, struct mc_error *error)
{
    const char *parent = getenv("TMPDIR");
    char *path = mc_arena_printf(arena, "%s/%s.XXXXXX",
                                 parent && parent[0] == '/' ? parent : "/tmp", prefix);

    if (!path) {
        return -ENOMEM;
    }
    if (!mkdtemp(path)) {
        int result = -errno;
        mc_error_set(error, "%s: %s", path, strerror(-result));
        return result;
    }
    *ret_path = path;
    return 0;
}

/* A walk, and what it has found. */
struct listing
{
    size_t base_len; /* of the folder's path with its slash, in bytes */
    size_t max_files;
    struct mc_arena *arena;
    struct mc_folder_file *files;
    size_t count;
    size_t room;
    struct mc_error *error;
};

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int by_path(const void *a, const void *b)
{
    const struct mc_folder_file *left = a;
    const struct mc_folder_file *right = b;

    return strcmp(left->path, right->path);
}

static int refuse(struct listing *listing, const FTSENT *entry, int result,
                  const char *why)
{
    mc_error_set(listing->error, "%s: %s", entry->fts_path, why);
    return result;
}

static int grow(struct listing *listing)
{
    size_t room = listing->room ? listing->room * 2 : 32;
    struct mc_folder_file *files =
        mc_arena_array(listing->arena, room, sizeof(*listing->files));

    if (!files) {
        return -ENOMEM;
    }
    if (listing->count) {
        memcpy(files, listing->files, listing->count * sizeof(*files));
    }
    listing->files = files;
    listing->room = room;
    return 0;
}

static int add_file(struct listing *listing, const FTSENT *entry)
{
    const char *below = entry->fts_path + listing->base_len;

    if (listing->count >= listing->max_files) {
        return refuse(listing, entry, -EFBIG, "there are too many files");
    }
    if (strlen(below) > MC_FOLDER_PATH_BYTES_MAX) {
        return refuse(listing, entry, -EFBIG, "the path is too long");
    }
    int r = listing->count < listing->room ? 0 : grow(listing);
    const char *path = r ? NULL : mc_arena_strdup(listing->arena, below);
    if (!path) {
        return -ENOMEM;
    }
    listing->files[listing->count++] = (struct mc_folder_file){
        .path = path,
        .executable = (entry->fts_statp->st_mode & S_IXUSR) != 0,
        .size_bytes = (uint64_t)entry->fts_statp->st_size,
        .changed_s = entry->fts_statp->st_mtime,
    };
    return 0;
}

static int take(struct listing *listing, FTS *walk, FTSENT *entry)
{
    if (entry->fts_level > 0 && entry->fts_name[0] == '.') {
        (void)fts_set(walk, entry, FTS_SKIP);
        return 0;
    }
    switch (entry->fts_info) {
    case FTS_D:
        return entry->fts_level > MC_FOLDER_DEPTH_MAX
                   ? refuse(listing, entry, -EFBIG, "the folders go too deep")
                   : 0;
    case FTS_DP:
        return 0;
    case FTS_F:
        return entry->fts_level ? add_file(listing, entry)
                                : refuse(listing, entry, -ENOTDIR, strerror(ENOTDIR));
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return refuse(listing, entry, -entry->fts_errno, strerror(entry->fts_errno));
    default:
        return refuse(listing, entry, -EINVAL, "neither a file nor a folder");
    }
}

/* A walk of one path; its copy is for the type of fts_open(). Returns NULL with errno. */
static FTS *walk_open(struct mc_arena *arena, const char *path, FTS **ret_walk)
{
    char *copy = mc_arena_strdup(arena, path);
    char *const paths[] = {copy, NULL};

    errno = ENOMEM;
    *ret_walk =
        copy ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, by_name)
             : NULL;
    return *ret_walk;
}

int mc_folder_files(const char *path, size_t max_files, struct mc_arena *arena,
                    const struct mc_folder_file **ret_files, size_t *ret_count,
                    struct mc_error *error)
{
    size_t len = strlen(path);
    struct listing listing = {
        .base_len = len + (len == 0 || path[len - 1] != '/'),
        .max_files = max_files,
        .arena = arena,
        .error = error,
    };
    FTS *walk = NULL;
    int r = walk_open(arena, path, &walk) ? 0 : -errno;

    while (!r) {
        errno = 0; /* fts_read() leaves it so at the end */
        FTSENT *entry = fts_read(walk);
        if (!entry) {
            r = -errno;
            break;
        }
        r = take(&listing, walk, entry);
    }
    if (walk) {
        (void)fts_close(walk);
    }
    if (r) {
        return r;
    }
    if (listing.count) {
        qsort(listing.files, listing.count, sizeof(*listing.files), by_path);
    }
    *ret_files = listing.files;
    *ret_count = listing.count;
    return 0;
}

int mc_folder_remove(const char *path)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(1 << 16);
    FTS *walk = NULL;
    FTSENT *entry = NULL;
    int result = 0;

    if (!path) {
        return 0;
    }
    if (!arena || !walk_open(arena, path, &walk)) {
        return -errno;
    }
    while ((entry = fts_read(walk)) != NULL) {
        if (entry->fts_info == FTS_D) {
            continue;
        }
        int r = entry->fts_info == FTS_DP ? rmdir(entry->fts_accpath)
                                          : unlink(entry->fts_accpath);
        result = r != 0 && !result ? -errno : result;
    }
    (void)fts_close(walk);
    return result;
}
