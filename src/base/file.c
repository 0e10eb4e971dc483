/* Small files, read and written whole. What a file holds is counted while reading: its size as the
 * file system tells it is a hint only (files below /proc have none). */
#include "base/file.h"

#include "base/buffer.h"
#include "base/file-private.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, size_t max_bytes, struct mc_buffer *buffer)
{
    uint8_t piece[16384];

    for (;;) {
        ssize_t got = read(fd, piece, sizeof(piece));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? -errno : 0;
        }
        if ((size_t)got > max_bytes - buffer->len) {
            return -EFBIG;
        }
        mc_buffer_append(buffer, mc_bytes_make(piece, (size_t)got));
        if (mc_buffer_failed(buffer)) {
            return -ENOMEM;
        }
    }
}

int mc_file__read_whole(int fd, size_t max_bytes, struct mc_arena *arena,
                        struct mc_bytes *ret_content)
{
    struct mc_buffer buffer;

    mc_buffer_init(&buffer, max_bytes);
    int result = read_all(fd, max_bytes, &buffer);
    if (result == 0) {
        result = mc_buffer_copy(&buffer, arena, ret_content);
    }
    mc_buffer_deinit(&buffer);
    return result;
}

static int read_open(int fd, size_t max_bytes, struct mc_arena *arena,
                     struct mc_bytes *ret_content)
{
    struct stat about;

    if (fstat(fd, &about) != 0) {
        return -errno;
    }
    if (S_ISDIR(about.st_mode)) {
        return -EISDIR;
    }
    if (!S_ISREG(about.st_mode) && !S_ISCHR(about.st_mode)) {
        return -EINVAL;
    }
    return mc_file__read_whole(fd, max_bytes, arena, ret_content);
}

int mc_file_read(const char *path, size_t max_bytes, struct mc_arena *arena,
                 struct mc_bytes *ret_content, struct mc_error *error)
{
    /* Opening a pipe without a writer would wait, were it not for O_NONBLOCK. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int result = fd < 0 ? -errno : read_open(fd, max_bytes, arena, ret_content);

    if (fd >= 0) {
        (void)close(fd);
    }
    if (result == -EFBIG) {
        mc_error_set(error, "%s: longer than %zu bytes", path, max_bytes);
    } else if (result == -EINVAL) {
        mc_error_set(error, "%s: not a file", path);
    } else if (result < 0) {
        mc_error_set(error, "%s: %s", path, strerror(-result));
    }
    return result;
}

bool mc_file_readable(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, R_OK) == 0;
}

int mc_file__write_whole(int fd, struct mc_bytes content)
{
    while (content.len > 0) {
        ssize_t put = write(fd, content.data, content.len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return put < 0 ? -errno : -EIO;
        }
        content = mc_bytes_slice(content, (size_t)put, content.len - (size_t)put);
    }
    return 0;
}

/* Under a name of its own first; a link does not replace what is there. */
int mc_file_create(const char *path, struct mc_bytes content, struct mc_error *error)
{
    char fresh[4096];
    int len = snprintf(fresh, sizeof(fresh), "%s.XXXXXX", path);

    if (len < 0 || (size_t)len >= sizeof(fresh)) {
        mc_error_set(error, "%s: %s", path, strerror(ENAMETOOLONG));
        return -ENAMETOOLONG;
    }
    int fd = mkostemp(fresh, O_CLOEXEC);
    int result = fd < 0 ? -errno : mc_file__write_whole(fd, content);

    if (fd >= 0) {
        if (result == 0 && (fchmod(fd, 0644) != 0 || fsync(fd) != 0)) {
            result = -errno;
        }
        (void)close(fd);
        if (result == 0 && link(fresh, path) != 0) {
            result = -errno;
        }
        (void)unlink(fresh);
    }
    if (result < 0) {
        mc_error_set(error, "%s: %s", path, strerror(-result));
    }
    return result;
}

int mc_file_poke(const char *path, struct mc_bytes content, struct mc_error *error)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int result = fd < 0 ? -errno : 0;

    if (fd >= 0) {
        ssize_t put = write(fd, content.data, content.len);
        result = put < 0 ? -errno : (size_t)put == content.len ? 0 : -EIO;
        (void)close(fd);
    }
    if (result != 0) {
        mc_error_set(error, "%s: %s", path, strerror(-result));
    }
    return result;
}
