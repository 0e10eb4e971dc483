/* Lines at the end of a file.
 *
 * The file is open between two lines, and opened again when asked; one that could not
 * be opened is tried again by the next line. O_APPEND and a single write keep the lines
 * of several programs apart. A pipe without a reader is an error, never a wait. */
#include "base/record.h"

#include "base/log-private.h"
#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct mc_record
{
    char *path;
    int fd;
    bool broken; /* the last write ended inside a line */
};

struct mc_record *mc_record_new(const char *path)
{
    struct mc_record *record = mc_memory_new(sizeof(*record));

    if (!record) {
        return NULL;
    }
    record->fd = -1;
    record->path = mc_memory_strdup(path);
    return record->path ? record : mc_record_free(record);
}

struct mc_record *mc_record_free(struct mc_record *record)
{
    if (record) {
        if (record->fd >= 0) {
            (void)close(record->fd);
        }
        mc_memory_free(record->path);
    }
    return mc_memory_free(record);
}

int mc_record_reopen(struct mc_record *record)
{
    int fd =
        open(record->path,
             O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);

    if (fd < 0) {
        return -errno;
    }
    if (record->fd >= 0) {
        (void)close(record->fd);
    }
    record->fd = fd;
    record->broken = false;
    return 0;
}

/* One write for all of it; what is missing afterwards is not tried again, as another
 * program may have written meanwhile. */
static int put(struct mc_record *record, const char *data, size_t len)
{
    ssize_t done = 0;

    do {
        done = write(record->fd, data, len);
    } while (done < 0 && errno == EINTR);
    if (done < 0) {
        return -errno;
    }
    record->broken = (size_t)done < len;
    return record->broken ? -ENOSPC : 0;
}

int mc_record_line(struct mc_record *record, struct mc_bytes line)
{
    int r = record->fd < 0 ? mc_record_reopen(record) : 0;

    if (r != 0) {
        return r;
    }
    char *text = mc_memory_array(line.len + 1, 4);
    if (!text) {
        return -ENOMEM;
    }
    /* A line that was left unfinished is ended first. */
    size_t from = record->broken ? 0 : 1;
    text[0] = '\n';
    size_t len = 1 + mc_log__escape(line, text + 1);
    text[len++] = '\n';
    r = put(record, text + from, len - from);
    mc_memory_free(text);
    return r;
}

const char *mc_record_path(const struct mc_record *record)
{
    return record->path;
}
