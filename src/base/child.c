/* Child processes on the loop.
 *
 * One child moves through: running, exited (a zombie on purpose), settled. It is
 * reaped only when it settles: while the zombie is there its process id, and so its
 * group's, cannot belong to somebody else, and a signal to the group is safe. The exit
 * is told by a pidfd on the loop; where there is none, a timer looks. No SIGCHLD
 * handler is needed, so several loops and libraries may live in one process.
 *
 * The end is: exited and both pipes at their end; or exited and a grandchild kept a
 * pipe open for DRAIN_MS; or, after KILL, GIVE_UP_MS without an exit (a process that
 * hangs in the kernel): then the child is left to a reaper on the loop and the caller
 * gets its answer. A loop that ends waits for what was left to it: a loop may live for
 * one question only, and nobody else would take the zombie away. Output is always read on, also what is dropped, so that a child
 * never waits for us. */
#include "base/child.h"

#include "base/child-private.h"
#include "base/clock.h"
#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DRAIN_MS 200
#define KILL_MS 2000
#define GIVE_UP_MS 1000
#define LOOK_MS 10
#define REAP_NOW_MS 20
#define REAP_LAST_MS 500
#define PIECE_BYTES ((size_t)65536)
#define PIECES_MAX 16
#define PATH_BYTES 4096

enum stage
{
    STAGE_RUNNING,
    STAGE_TERMINATED, /* TERM was sent */
    STAGE_KILLED,     /* KILL was sent */
};

struct output
{
    struct mc_child *child;
    int fd;
    struct mc_watch *watch;
    struct mc_buffer buffer;
    size_t lost;
};

struct mc_child
{
    struct mc_loop *loop;
    mc_child_fn *fn; /* NULL when nobody waits for it any more */
    void *user;
    pid_t pid;
    int start_errno;
    enum stage stage;
    bool exited;
    bool reaped_by_others;
    int pidfd;
    struct mc_watch *exit_watch;
    struct mc_timer *limit;
    struct mc_timer *look; /* looks for the exit; also tells that nothing started */
    struct mc_timer *drain;
    bool drained;
    int input_fd;
    struct mc_watch *input_watch;
    struct mc_buffer input;
    struct output out;
    struct output err;
    bool listed; /* left to the reaper, in the list of the loop */
    struct mc_child *next;
    struct mc_child *previous;
};

static void output_close(struct output *output)
{
    output->watch = mc_watch_free(output->watch);
    mc_child__close(&output->fd);
}

static void input_close(struct mc_child *child)
{
    child->input_watch = mc_watch_free(child->input_watch);
    mc_child__close(&child->input_fd);
}

static void unlist(struct mc_child *child)
{
    if (!child->listed) {
        return;
    }
    if (child->previous) {
        child->previous->next = child->next;
    } else {
        *mc_loop_slot(child->loop, MC_LOOP_SLOT_CHILDREN) = child->next;
    }
    if (child->next) {
        child->next->previous = child->previous;
    }
    child->listed = false;
}

static struct mc_child *child_free(struct mc_child *child)
{
    unlist(child);
    input_close(child);
    output_close(&child->out);
    output_close(&child->err);
    child->exit_watch = mc_watch_free(child->exit_watch);
    mc_child__close(&child->pidfd);
    child->limit = mc_timer_free(child->limit);
    child->look = mc_timer_free(child->look);
    child->drain = mc_timer_free(child->drain);
    mc_buffer_deinit(&child->input);
    mc_buffer_deinit(&child->out.buffer);
    mc_buffer_deinit(&child->err.buffer);
    return mc_memory_free(child);
}

/* To the whole group; it exists since before the exec, and as long as the zombie. */
static void signal_group(const struct mc_child *child, int signo)
{
    if (child->pid > 0 && !child->reaped_by_others) {
        (void)kill(-child->pid, signo);
    }
}

/* Whether the process has ended; it stays a zombie. */
static bool look_for_exit(struct mc_child *child)
{
    siginfo_t info = {0};

    if (child->exited) {
        return true;
    }
    int result = waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT);
    if (result != 0 && errno == ECHILD) {
        /* SIGCHLD is ignored in this process: its exit code is lost. */
        child->reaped_by_others = true;
        child->exited = true;
    } else if (result == 0 && info.si_pid == child->pid) {
        child->exited = true;
    }
    return child->exited;
}

/* Take the zombie away and translate its status. */
static void reap(const struct mc_child *child, struct mc_child_result *result)
{
    int status = 0;

    if (child->pid <= 0 || child->reaped_by_others ||
        waitpid(child->pid, &status, WNOHANG) != child->pid) {
        result->end = MC_CHILD_NOT_STARTED;
        result->code = child->pid > 0 ? ECHILD : child->start_errno;
    } else if (WIFSIGNALED(status)) {
        result->end = MC_CHILD_SIGNALLED;
        result->code = WTERMSIG(status);
    } else {
        result->end = MC_CHILD_EXITED;
        result->code = WEXITSTATUS(status);
    }
}

/* Look for the end of a killed child for a while. */
static bool gone_before(struct mc_child *child, int64_t end_us)
{
    struct pollfd ended = {.fd = child->pidfd, .events = POLLIN};

    while (!look_for_exit(child) && mc_clock_monotonic_us() < end_us) {
        (void)poll(&ended, child->pidfd >= 0 ? 1 : 0, 1);
    }
    return child->exited;
}

/* The loop ends: the last chance for those that were left to it. */
static void end_left(struct mc_loop *loop)
{
    void **first = mc_loop_slot(loop, MC_LOOP_SLOT_CHILDREN);
    int64_t end_us = mc_clock_monotonic_us() + (int64_t)REAP_LAST_MS * 1000;
    struct mc_child_result ignored;

    while (*first) {
        struct mc_child *child = *first;
        if (gone_before(child, end_us)) {
            reap(child, &ignored);
        }
        child_free(child);
    }
}

static void list(struct mc_child *child)
{
    void **first = mc_loop_slot(child->loop, MC_LOOP_SLOT_CHILDREN);

    if (child->listed) {
        return;
    }
    child->listed = true;
    child->next = *first;
    if (child->next) {
        child->next->previous = child;
    }
    *first = child;
    mc_loop_on_end(child->loop, end_left);
}

/* Nobody asks any more: wait for the exit only. */
static void leave_to_reaper(struct mc_child *child)
{
    list(child);
    child->fn = NULL;
    input_close(child);
    output_close(&child->out);
    output_close(&child->err);
    mc_timer_stop(child->limit);
    mc_timer_stop(child->drain);
    if (!child->exit_watch) {
        mc_timer_start(child->look, LOOK_MS);
    }
}

static void finish(struct mc_child *child)
{
    struct mc_child_result result = {0};
    bool left = child->pid > 0 && !child->exited;
    mc_child_fn *fn = child->fn;
    void *user = child->user;

    if (child->stage != STAGE_RUNNING) {
        signal_group(child, SIGKILL); /* whoever of the group is left */
    }
    if (!left) {
        reap(child, &result);
    }
    if (child->stage != STAGE_RUNNING) {
        result.end = MC_CHILD_TIMEOUT;
    }
    result.output = mc_buffer_bytes(&child->out.buffer);
    result.errors = mc_buffer_bytes(&child->err.buffer);
    result.output_lost_bytes = child->out.lost + child->err.lost;
    if (left) {
        leave_to_reaper(child);
    } else {
        input_close(child);
        output_close(&child->out);
        output_close(&child->err);
        child->exit_watch = mc_watch_free(child->exit_watch);
        mc_timer_stop(child->limit);
        mc_timer_stop(child->look);
        mc_timer_stop(child->drain);
    }
    if (fn) {
        fn(user, &result);
    }
    if (!left) {
        child_free(child);
    }
}

/* Every callback ends with this call, as the child may be gone afterwards. */
static void settle(struct mc_child *child)
{
    bool closed = child->out.fd < 0 && child->err.fd < 0;

    if (child->exited && (closed || child->drained || !child->fn)) {
        finish(child);
    }
}

static void output_keep(struct output *output, struct mc_bytes piece)
{
    size_t room = output->buffer.max - output->buffer.len;
    struct mc_bytes kept = mc_bytes_slice(piece, 0, room);

    mc_buffer_append(&output->buffer, kept);
    output->lost +=
        mc_buffer_failed(&output->buffer) ? piece.len : piece.len - kept.len;
}

/* Read what is there, a bounded part of it, so that others on the loop have a turn. */
static void output_read(struct output *output)
{
    uint8_t piece[PIECE_BYTES];

    for (int i = 0; i < PIECES_MAX && output->fd >= 0; i++) {
        ssize_t got = read(output->fd, piece, sizeof(piece));
        if (got > 0) {
            output_keep(output, mc_bytes_make(piece, (size_t)got));
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            output_close(output);
        } else if (errno == EAGAIN) {
            break;
        }
    }
}

static void output_ready(void *user, int fd, unsigned events)
{
    struct output *output = user;

    (void)fd;
    (void)events;
    output_read(output);
    settle(output->child);
}

static void drain_over(void *user)
{
    struct mc_child *child = user;

    child->drained = true;
    settle(child);
}

static void exit_seen(struct mc_child *child)
{
    child->exit_watch = mc_watch_free(child->exit_watch);
    input_close(child);
    output_read(&child->out);
    output_read(&child->err);
    /* After TERM the rest of the group has until KILL, which bounds it as well. */
    if (child->stage != STAGE_TERMINATED) {
        mc_timer_start(child->drain, DRAIN_MS);
    }
    if (child->stage == STAGE_RUNNING) {
        mc_timer_stop(child->limit);
    }
    settle(child);
}

static void exit_ready(void *user, int fd, unsigned events)
{
    struct mc_child *child = user;

    (void)fd;
    (void)events;
    if (look_for_exit(child)) {
        exit_seen(child);
    }
}

static void look_due(void *user)
{
    struct mc_child *child = user;

    if (child->pid <= 0) {
        finish(child);
    } else if (look_for_exit(child)) {
        exit_seen(child);
    } else {
        mc_timer_start(child->look, LOOK_MS);
    }
}

static void limit_due(void *user)
{
    struct mc_child *child = user;

    switch (child->stage) {
    case STAGE_RUNNING:
        child->stage = STAGE_TERMINATED;
        signal_group(child, SIGTERM);
        mc_timer_start(child->limit, KILL_MS);
        return;
    case STAGE_TERMINATED:
        child->stage = STAGE_KILLED;
        signal_group(child, SIGKILL);
        mc_timer_start(child->exited ? child->drain : child->limit,
                       child->exited ? DRAIN_MS : GIVE_UP_MS);
        return;
    case STAGE_KILLED:
        finish(child);
        return;
    }
}

static void input_ready(void *user, int fd, unsigned events)
{
    struct mc_child *child = user;

    (void)events;
    ssize_t count = mc_child__write(fd, child->input.data, child->input.len);
    if (count > 0) {
        mc_buffer_drop(&child->input, (size_t)count);
    }
    bool failed = count < 0 && errno != EAGAIN && errno != EINTR;
    if (failed || child->input.len == 0) {
        input_close(child);
    }
}

static int pipes_make(struct mc_child *child, bool merge, struct mc_child__ends *ends)
{
    int result = 0;

    if (child->input.len) {
        result = mc_child__pipe(&ends->in, &child->input_fd);
    }
    if (result == 0) {
        result = mc_child__pipe(&child->out.fd, &ends->out);
    }
    if (result == 0 && !merge) {
        result = mc_child__pipe(&child->err.fd, &ends->err);
    }
    const int ours[] = {child->input_fd, child->out.fd, child->err.fd};
    for (size_t i = 0; result == 0 && i < MC_COUNT(ours); i++) {
        if (ours[i] >= 0 && fcntl(ours[i], F_SETFL, O_NONBLOCK) != 0) {
            result = -errno;
        }
    }
    return result;
}

static int output_watch(struct mc_child *child, struct output *output)
{
    if (output->fd >= 0) {
        output->watch =
            mc_watch_new(child->loop, output->fd, MC_WATCH_READ, output_ready, output);
        return output->watch ? 0 : -ENOMEM;
    }
    return 0;
}

/* Wait for what a running child does. */
static int watches_make(struct mc_child *child)
{
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    if (child->pidfd >= 0) {
        child->exit_watch =
            mc_watch_new(child->loop, child->pidfd, MC_WATCH_READ, exit_ready, child);
    }
    if (!child->exit_watch) {
        mc_timer_start(child->look, LOOK_MS);
    }
    if (output_watch(child, &child->out) < 0 || output_watch(child, &child->err) < 0) {
        return -ENOMEM;
    }
    if (child->input_fd >= 0) {
        child->input_watch = mc_watch_new(child->loop, child->input_fd, MC_WATCH_WRITE,
                                          input_ready, child);
        return child->input_watch ? 0 : -ENOMEM;
    }
    return 0;
}

static struct mc_child *child_new(struct mc_loop *loop,
                                  const struct mc_child_spec *spec)
{
    struct mc_child *child = mc_memory_new(sizeof(*child));

    if (!child) {
        return NULL;
    }
    child->loop = loop;
    child->pid = -1;
    child->pidfd = -1;
    child->input_fd = -1;
    child->out.fd = -1;
    child->err.fd = -1;
    child->out.child = child;
    child->err.child = child;
    mc_buffer_init(&child->out.buffer, spec->output_bytes_max);
    mc_buffer_init(&child->err.buffer, spec->output_bytes_max);
    mc_buffer_init(&child->input, spec->input.len);
    mc_buffer_append(&child->input, spec->input);
    child->limit = mc_timer_new(loop, limit_due, child);
    child->look = mc_timer_new(loop, look_due, child);
    child->drain = mc_timer_new(loop, drain_over, child);
    if (!child->limit || !child->look || !child->drain ||
        mc_buffer_failed(&child->input)) {
        return child_free(child);
    }
    return child;
}

int mc_child_start(struct mc_loop *loop, const struct mc_child_spec *spec,
                   mc_child_fn *fn, void *user, struct mc_child **ret_child)
{
    struct mc_child__ends ends = {-1, -1, -1};
    struct mc_child *child = child_new(loop, spec);

    if (!child) {
        return -ENOMEM;
    }
    child->fn = fn;
    child->user = user;
    int result = spec->argv && spec->argv[0] ? 0 : -EINVAL;
    result = result < 0 ? result : pipes_make(child, spec->merge_errors, &ends);
    pid_t pid = -1;
    child->start_errno = result < 0 ? -result : mc_child__spawn(spec, &ends, &pid);
    mc_child__close(&ends.in);
    mc_child__close(&ends.out);
    mc_child__close(&ends.err);
    if (child->start_errno) {
        mc_timer_start(child->look, 0);
    } else {
        child->pid = pid;
        if (watches_make(child) < 0) {
            mc_child_kill(child);
            return -ENOMEM;
        }
        mc_timer_start(child->limit, spec->timeout_ms);
    }
    *ret_child = child;
    return 0;
}

struct mc_child *mc_child_kill(struct mc_child *child)
{
    struct mc_child_result ignored;

    if (!child) {
        return NULL;
    }
    signal_group(child, SIGKILL);
    leave_to_reaper(child);
    /* It is usually gone at once, so that hardly ever anything is left on the loop. */
    int64_t end_us = mc_clock_monotonic_us() + (int64_t)REAP_NOW_MS * 1000;
    if (child->pid <= 0 || gone_before(child, end_us)) {
        reap(child, &ignored);
        return child_free(child);
    }
    return NULL;
}

int mc_child_pid(const struct mc_child *child)
{
    return child->pid;
}

static bool runnable(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, X_OK) == 0;
}

/* The first of that name on PATH, or the path that it is. */
static bool find_runnable(const char *name, char ret_path[PATH_BYTES])
{
    const char *path = getenv("PATH");
    char candidate[PATH_BYTES];

    if (strchr(name, '/')) {
        size_t len = strlen(name);
        if (len >= PATH_BYTES || !runnable(name)) {
            return false;
        }
        memcpy(ret_path, name, len + 1);
        return true;
    }
    if (!path || !*path) {
        path = "/usr/local/bin:/usr/bin:/bin";
    }
    for (;; path++) {
        size_t len = strcspn(path, ":");
        int used = snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)len,
                            len ? path : ".", name);
        if (*name && used > 0 && (size_t)used < sizeof(candidate) &&
            runnable(candidate)) {
            memcpy(ret_path, candidate, (size_t)used + 1);
            return true;
        }
        path += len;
        if (!*path) {
            return false;
        }
    }
}

int mc_child_find(const char *name, struct mc_arena *arena, const char **ret_path)
{
    char path[PATH_BYTES];

    if (!find_runnable(name, path)) {
        return -ENOENT;
    }
    const char *copy = mc_arena_strdup(arena, path);
    if (!copy) {
        return -ENOMEM;
    }
    *ret_path = copy;
    return 0;
}

bool mc_child_available(const char *name)
{
    char path[PATH_BYTES];

    return find_runnable(name, path);
}
