/* What is piped into a program; see input.h. */
#include "base/input.h"

#include "base/buffer.h"
#include "base/clock.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

bool mc_input_piped(int fd)
{
    struct stat about;

    return fstat(fd, &about) == 0 &&
           (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode) ||
            S_ISREG(about.st_mode));
}

int mc_input_wait(int fd, unsigned timeout_ms)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    int64_t deadline_us = mc_clock_monotonic_us() + (int64_t)timeout_ms * 1000;
    int waiting = 0;
    int ready;

    do {
        int64_t left_ms = (deadline_us - mc_clock_monotonic_us() + 999) / 1000;
        left_ms = left_ms > 0 ? left_ms : 0;
        ready = poll(&entry, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) {
        return -errno;
    }
    if (ready == 0) {
        return MC_INPUT_SILENT;
    }
    /* At its end a descriptor is ready too, with nothing in it. */
    bool some = ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 0;
    return some ? 0 : MC_INPUT_ENDED;
}

static int read_all(int fd, size_t max_bytes, struct mc_buffer *buffer)
{
    uint8_t piece[16384];

    for (;;) {
        ssize_t got = read(fd, piece, sizeof(piece));
        if (got < 0 && errno == EAGAIN) {
            int r = mc_input_wait(fd, INT_MAX);
            if (r < 0) {
                return r;
            }
            continue;
        }
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

int mc_input_read(int fd, size_t max_bytes, struct mc_arena *arena,
                  struct mc_bytes *ret_content)
{
    struct mc_buffer buffer;

    mc_buffer_init(&buffer, max_bytes);
    int r = read_all(fd, max_bytes, &buffer);
    if (r == 0) {
        r = mc_buffer_copy(&buffer, arena, ret_content);
    }
    mc_buffer_deinit(&buffer);
    return r;
}
