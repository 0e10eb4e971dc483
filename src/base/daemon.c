/* The background and the pid file.
 *
 * The line between daemon and starter is a pipe: one READY byte, or the text of a
 * failure, or the end of file when the daemon died without a word. The pid file comes
 * into being complete: it is written under another name and linked to its own, which
 * fails when there is one already; so nobody ever reads half a number. A stale file is
 * taken away under a lock on it, so that of two starters one wins. */
#include "base/daemon.h"

#include "base/bytes.h"
#include "base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY '\x06'
#define PID_BYTES_MAX ((size_t)32)
#define TRIES_MAX 50
#define LOCK_WAIT_MS 10

static int wait_for(int fd, int64_t end_us)
{
    struct pollfd line = {.fd = fd, .events = POLLIN};

    for (;;) {
        int64_t left_ms = (end_us - mc_clock_monotonic_us()) / 1000;
        int count = poll(&line, 1, left_ms > 0 ? (int)left_ms : 0);
        if (count > 0) {
            return 0;
        }
        if (count == 0 || errno != EINTR) {
            return count == 0 ? -ETIMEDOUT : -errno;
        }
    }
}

/* What the daemon says until it closes the line. */
static int hear(int fd, unsigned wait_ms, struct mc_error *error)
{
    int64_t end_us = mc_clock_monotonic_us() + (int64_t)wait_ms * 1000;
    char text[MC_ERROR_TEXT_BYTES] = "";
    size_t used = 0;

    while (used + 1 < sizeof(text)) {
        if (wait_for(fd, end_us) < 0) {
            mc_error_set(error, "the daemon was not ready within %u ms", wait_ms);
            return MC_DAEMON_FAILED;
        }
        ssize_t got = read(fd, text + used, sizeof(text) - 1 - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        used += (size_t)got;
        if (text[0] == READY) {
            return MC_DAEMON_STARTED;
        }
    }
    text[used] = 0;
    mc_error_set(error, "%s", used ? text : "the daemon ended before it was ready");
    return MC_DAEMON_FAILED;
}

static void say(struct mc_daemon *daemon, const void *data, size_t len)
{
    if (daemon->fd < 0) {
        return;
    }
    /* A pipe takes this much without waiting. When the starter is gone nobody is left
     * to hear it: SIGPIPE must not end the daemon for that. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;
    (void)sigaction(SIGPIPE, &ignore, &before);
    ssize_t ignored = write(daemon->fd, data, len);
    (void)ignored;
    (void)sigaction(SIGPIPE, &before, NULL);
    (void)close(daemon->fd);
    daemon->fd = -1;
}

void mc_daemon_ready(struct mc_daemon *daemon)
{
    const char byte = READY;

    say(daemon, &byte, 1);
}

void mc_daemon_failed(struct mc_daemon *daemon, const char *text)
{
    say(daemon, text, strnlen(text, MC_ERROR_TEXT_BYTES - 1));
}

static int nowhere(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        return -errno;
    }
    for (int i = 0; i < 3; i++) {
        /* dup2() onto itself would leave the close-on-exec mark. */
        int result = fd == i ? fcntl(fd, F_SETFD, 0) : dup2(fd, i);
        if (result < 0) {
            return -errno;
        }
    }
    if (fd > 2) {
        (void)close(fd);
    }
    return 0;
}

/* In the process between starter and daemon: the new session, and the second fork, so
 * that the daemon leads no session and never gets a terminal. */
static void second_fork(struct mc_daemon *daemon)
{
    char text[80];

    (void)setsid();
    pid_t pid = fork();
    if (pid == 0) {
        return;
    }
    if (pid < 0) {
        (void)snprintf(text, sizeof(text), "fork: %s", strerror(errno));
        mc_daemon_failed(daemon, text);
    }
    _exit(0);
}

static int settle_daemon(struct mc_daemon *daemon, const char *folder)
{
    struct mc_error text;
    int result = chdir(folder) == 0 ? 0 : -errno;

    if (result < 0) {
        mc_error_set(&text, "%s: %s", folder, strerror(-result));
        mc_daemon_failed(daemon, text.text);
        return result;
    }
    result = nowhere();
    if (result < 0) {
        mc_error_set(&text, "/dev/null: %s", strerror(-result));
        mc_daemon_failed(daemon, text.text);
    }
    return result;
}

int mc_daemon_detach(const char *folder, unsigned wait_ms, struct mc_daemon *ret_daemon,
                     struct mc_error *error)
{
    int line[2];

    if (pipe2(line, O_CLOEXEC) != 0) {
        int result = -errno;
        mc_error_set(error, "pipe: %s", strerror(-result));
        return result;
    }
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        int result = -errno;
        mc_error_set(error, "fork: %s", strerror(-result));
        (void)close(line[0]);
        (void)close(line[1]);
        return result;
    }
    if (pid > 0) {
        (void)close(line[1]);
        int result = hear(line[0], wait_ms, error);
        (void)close(line[0]);
        (void)waitpid(pid, NULL, 0); /* it only forks */
        return result;
    }
    (void)close(line[0]);
    /* Not one of the three that are about to become /dev/null. */
    struct mc_daemon daemon = {.fd = fcntl(line[1], F_DUPFD_CLOEXEC, 3)};
    (void)close(line[1]);
    second_fork(&daemon);
    int result = settle_daemon(&daemon, folder);
    if (result == 0) {
        *ret_daemon = daemon;
    }
    return result;
}

/* The number a pid file holds, 0 when it is none. */
static pid_t pid_parse(struct mc_bytes text)
{
    struct mc_bytes digits = mc_bytes_trim(text);
    int64_t number = 0;

    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9' || number > INT_MAX) {
            return 0;
        }
        number = number * 10 + (digits.data[i] - '0');
    }
    return number > INT_MAX ? 0 : (pid_t)number;
}

static pid_t pid_read(int fd)
{
    char text[PID_BYTES_MAX + 1];
    ssize_t got = pread(fd, text, sizeof(text), 0);

    return got <= 0 || (size_t)got > PID_BYTES_MAX
               ? 0
               : pid_parse(mc_bytes_make(text, (size_t)got));
}

static bool pid_alive(pid_t pid)
{
    return pid > 0 && pid != getpid() && (kill(pid, 0) == 0 || errno == EPERM);
}

/* Write our number under another name and link it to its own. */
static int pidfile_link(const char *path)
{
    char name[PATH_MAX];
    char text[PID_BYTES_MAX];
    int result = 0;

    int used = snprintf(name, sizeof(name), "%s.%ld", path, (long)getpid());
    if (used < 0 || (size_t)used >= sizeof(name)) {
        return -ENAMETOOLONG;
    }
    int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    (void)unlink(name);
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        return -errno;
    }
    ssize_t done = write(fd, text, (size_t)len);
    if (done != len) {
        result = done < 0 ? -errno : -ENOSPC;
    } else if (link(name, path) != 0) {
        result = -errno;
    }
    (void)close(fd);
    (void)unlink(name);
    return result;
}

/* Look at the file that is there, and take it away when nobody alive is named in it.
 * Returns 0 when it is worth another try; MC_DAEMON_RUNNING; -errno. */
static int pidfile_clear(const char *path, struct mc_error *error)
{
    struct stat opened;
    struct stat named;
    int result = 0;

    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        /* A link to nowhere is stale as well. */
        return errno == ENOENT && (unlink(path) == 0 || errno == ENOENT) ? 0 : -errno;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)poll(NULL, 0, LOCK_WAIT_MS); /* somebody else is clearing it */
    } else if (fstat(fd, &opened) != 0) {
        result = -errno;
    } else if (!S_ISREG(opened.st_mode)) {
        result = S_ISDIR(opened.st_mode) ? -EISDIR : -EINVAL;
    } else if (stat(path, &named) == 0 && named.st_ino == opened.st_ino &&
               named.st_dev == opened.st_dev) {
        pid_t pid = pid_read(fd);
        if (pid_alive(pid)) {
            mc_error_set(error, "%s: process %ld is running already", path, (long)pid);
            result = MC_DAEMON_RUNNING;
        } else if (unlink(path) != 0) {
            result = -errno;
        }
    }
    (void)close(fd);
    return result;
}

int mc_daemon_pidfile_create(const char *path, struct mc_error *error)
{
    int result = -EEXIST;

    for (int i = 0; i < TRIES_MAX && result == -EEXIST; i++) {
        result = pidfile_link(path);
        if (result == -EEXIST) {
            int cleared = pidfile_clear(path, error);
            result = cleared ? cleared : -EEXIST;
        }
    }
    if (result < 0) {
        mc_error_set(error, "%s: %s", path, strerror(-result));
    }
    return result;
}

void mc_daemon_pidfile_remove(const char *path)
{
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;

    if (fd < 0) {
        return;
    }
    if (pid_read(fd) == getpid()) {
        (void)unlink(path);
    }
    (void)close(fd);
}
