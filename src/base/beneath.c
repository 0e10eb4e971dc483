/* Places below allowed folders; see beneath.h. The walk opens each folder with O_PATH and
 * O_NOFOLLOW, so it needs neither the right to read the folders nor openat2(). */
#include "base/beneath.h"

#include "base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER (O_PATH | O_DIRECTORY | O_CLOEXEC)
/* What a step of a digest reads. */
#define PIECE_BYTES ((size_t)256 * 1024)

struct mc_beneath_digest
{
    int fd;
    EVP_MD_CTX *context;
    uint8_t *piece;
};

/* --- paths --- */

static bool is_dots(const char *word, size_t len)
{
    return (len == 1 && word[0] == '.') ||
           (len == 2 && word[0] == '.' && word[1] == '.');
}

/* A copy with single slashes and none at the end ("" for "/").
 * Returns 0; MC_BENEATH_OUTSIDE; -ENOMEM. */
static int tidy(const char *path, struct mc_arena *arena, char **ret_tidy,
                struct mc_error *error)
{
    char *copy = mc_arena_strdup(arena, path);
    char *to = copy;

    if (!copy) {
        mc_error_set(error, "not enough memory");
        return -ENOMEM;
    }
    if (path[0] != '/') {
        mc_error_set(error, "'%.250s' is no absolute path", path);
        return MC_BENEATH_OUTSIDE;
    }
    for (const char *from = path; *from;) {
        from += strspn(from, "/");
        size_t len = strcspn(from, "/");
        if (is_dots(from, len)) {
            mc_error_set(error, "'%.250s' is no plain path: it holds '%.*s'", path,
                         (int)len, from);
            return MC_BENEATH_OUTSIDE;
        }
        if (len) {
            *to++ = '/';
            memcpy(to, from, len);
            to += len;
        }
        from += len;
    }
    *to = '\0';
    *ret_tidy = copy;
    return 0;
}

/* Where the name in a tidy path begins, and the folder that it is in. */
static const char *split(struct mc_arena *arena, const char *path,
                         const char **ret_folder)
{
    const char *slash = strrchr(path, '/');

    *ret_folder =
        !slash || slash == path
            ? "/"
            : mc_arena_text(arena, mc_bytes_make(path, (size_t)(slash - path)));
    return slash ? slash + 1 : ".";
}

/* What of a path lies below a root: "" for the root itself, NULL when it is elsewhere. */
static const char *rest_of(const char *root, const char *path)
{
    size_t len = strlen(root);

    if (strncmp(root, path, len) != 0 || (path[len] && path[len] != '/')) {
        return NULL;
    }
    return path + len + (path[len] == '/');
}

/* One step down. Returns a descriptor in place of folder, which is closed; -errno. */
static int step(int folder, const char *name)
{
    struct stat about;
    int next = openat(folder, name, FOLDER | O_NOFOLLOW);
    int result = next < 0 ? -errno : next;

    if (result == -ENOTDIR && fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(about.st_mode)) {
        result = -ELOOP;
    }
    (void)close(folder);
    return result;
}

/* From a root to the folder of the last name of rest. Returns 0; -errno. */
static int walk(const char *root, const char *rest, struct mc_arena *arena,
                struct mc_beneath *ret_place)
{
    int folder = open(*root ? root : "/", FOLDER);

    if (folder < 0) {
        return -errno;
    }
    for (size_t len = strcspn(rest, "/"); rest[len]; len = strcspn(rest, "/")) {
        char *name = mc_arena_text(arena, mc_bytes_make(rest, len));
        if (!name) {
            (void)close(folder);
            return -ENOMEM;
        }
        folder = step(folder, name);
        if (folder < 0) {
            return folder;
        }
        rest += len + 1;
    }
    *ret_place = (struct mc_beneath){.folder = folder, .name = rest};
    return 0;
}

/* The root itself: the folder that it is in is trusted as it is. */
static int root_itself(const char *root, struct mc_arena *arena,
                       struct mc_beneath *ret_place)
{
    const char *folder = NULL;
    const char *name = split(arena, root, &folder);
    int fd = folder ? open(folder, FOLDER) : -1;

    if (!folder) {
        return -ENOMEM;
    }
    if (fd < 0) {
        return -errno;
    }
    *ret_place = (struct mc_beneath){.folder = fd, .name = name};
    return 0;
}

int mc_beneath_reach(const char *const *roots, const char *path, struct mc_arena *arena,
                     struct mc_beneath *ret_place, struct mc_error *error)
{
    char *wanted = NULL;
    int r = tidy(path, arena, &wanted, error);

    if (r != 0) {
        return r;
    }
    for (size_t i = 0; roots[i]; i++) {
        struct mc_error ignored = {""};
        char *root = NULL;
        r = tidy(roots[i], arena, &root, &ignored);
        const char *rest = r == 0 ? rest_of(root, wanted) : NULL;
        if (!rest) {
            continue;
        }
        r = *rest ? walk(root, rest, arena, ret_place)
                  : root_itself(root, arena, ret_place);
        if (r == -ELOOP) {
            mc_error_set(error, "'%.250s' leads through a symbolic link", path);
        } else if (r != 0) {
            mc_error_set(error, "%.250s: %s", path, strerror(-r));
        }
        return r;
    }
    mc_error_set(error, "'%.250s' is not in a folder that is allowed", path);
    return MC_BENEATH_OUTSIDE;
}

void mc_beneath_leave(struct mc_beneath *place)
{
    if (place->name) {
        (void)close(place->folder);
    }
    *place = (struct mc_beneath){0};
}

/* --- what is there --- */

int mc_beneath_look(const struct mc_beneath *place, struct stat *ret_about)
{
    struct stat about;

    if (fstatat(place->folder, place->name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
        return -errno;
    }
    *ret_about = about;
    return 0;
}

static int set_times(const struct mc_beneath *place)
{
    struct stat about = {0};
    int r = mc_beneath_look(place, &about);

    if (r == 0 && S_ISLNK(about.st_mode)) {
        return -ELOOP;
    }
    if (r == 0 &&
        utimensat(place->folder, place->name, NULL, AT_SYMLINK_NOFOLLOW) != 0) {
        r = -errno;
    }
    return r;
}

int mc_beneath_touch(const struct mc_beneath *place)
{
    int fd = openat(place->folder, place->name,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

    if (fd < 0) {
        return errno == EEXIST ? set_times(place) : -errno;
    }
    (void)close(fd);
    return 0;
}

int mc_beneath_remove(const struct mc_beneath *place)
{
    return unlinkat(place->folder, place->name, 0) == 0 ? 0 : -errno;
}

static int by_text(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

static int read_names(DIR *dir, size_t names_max, struct mc_arena *arena,
                      const char **names, size_t *ret_count)
{
    struct dirent *entry;
    size_t count = 0;

    errno = 0;
    while (count < names_max && (entry = readdir(dir))) {
        if (!is_dots(entry->d_name, strlen(entry->d_name))) {
            names[count] = mc_arena_strdup(arena, entry->d_name);
            if (!names[count++]) {
                return -ENOMEM;
            }
        }
        errno = 0;
    }
    if (errno) {
        return -errno;
    }
    qsort(names, count, sizeof(*names), by_text);
    *ret_count = count;
    return 0;
}

int mc_beneath_names(const struct mc_beneath *place, size_t names_max,
                     struct mc_arena *arena, const char *const **ret_names,
                     size_t *ret_count)
{
    const char **names = mc_arena_array(arena, names_max + 1, sizeof(*names));
    int fd = openat(place->folder, place->name,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int result = !names ? -ENOMEM : fd < 0 ? -errno : 0;
    DIR *dir = result == 0 ? fdopendir(fd) : NULL;

    if (!dir) {
        result = result ? result : -errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return result;
    }
    result = read_names(dir, names_max, arena, names, ret_count);
    (void)closedir(dir);
    if (result == 0) {
        *ret_names = names;
    }
    return result;
}

/* --- digests --- */

struct mc_beneath_digest *mc_beneath_digest_free(struct mc_beneath_digest *digest)
{
    if (digest) {
        if (digest->fd >= 0) {
            (void)close(digest->fd);
        }
        EVP_MD_CTX_free(digest->context);
        mc_memory_free(digest->piece);
        mc_memory_free(digest);
    }
    return NULL;
}

int mc_beneath_digest_new(const struct mc_beneath *place,
                          struct mc_beneath_digest **ret_digest)
{
    struct mc_beneath_digest *digest = mc_memory_new(sizeof(*digest));
    struct stat about = {0};

    if (!digest) {
        return -ENOMEM;
    }
    /* Opening a pipe without a writer would wait, were it not for O_NONBLOCK. */
    *digest = (struct mc_beneath_digest){
        .fd = openat(place->folder, place->name,
                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC),
    };
    int result = digest->fd < 0 || fstat(digest->fd, &about) != 0 ? -errno : 0;
    if (result == 0 && !S_ISREG(about.st_mode)) {
        result = -EINVAL;
    }
    if (result == 0) {
        digest->context = EVP_MD_CTX_new();
        digest->piece = mc_memory_new(PIECE_BYTES);
        result = !digest->context || !digest->piece ? -ENOMEM : 0;
    }
    if (result == 0 && EVP_DigestInit_ex(digest->context, EVP_md5(), NULL) != 1) {
        result = -ENOTSUP;
    }
    if (result != 0) {
        mc_beneath_digest_free(digest);
        return result;
    }
    *ret_digest = digest;
    return 0;
}

int mc_beneath_digest_step(struct mc_beneath_digest *digest,
                           char ret_text[MC_BENEATH_MD5_BYTES])
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned sum_len = 0;
    ssize_t got = read(digest->fd, digest->piece, PIECE_BYTES);

    if (got < 0) {
        return errno == EINTR ? MC_BENEATH_MORE : -errno;
    }
    if (got > 0) {
        return EVP_DigestUpdate(digest->context, digest->piece, (size_t)got) == 1
                   ? MC_BENEATH_MORE
                   : -EIO;
    }
    if (EVP_DigestFinal_ex(digest->context, sum, &sum_len) != 1 ||
        (size_t)sum_len * 2 >= MC_BENEATH_MD5_BYTES) {
        return -EIO;
    }
    for (unsigned i = 0; i < sum_len; i++) {
        (void)snprintf(ret_text + (size_t)i * 2, 3, "%02x", sum[i]);
    }
    return 0;
}
