/* A forked worker with limits.
 *
 * The result travels behind its length, so that a complete one is known without
 * waiting for the process, which is then killed in any case: no process outlives the
 * call. Signals are blocked around the fork, because the handlers of the caller must
 * not run in the child. */
#include "base/confine.h"

#include "base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIPE_FD 3

static void write_all(int fd, struct mc_bytes bytes)
{
    while (bytes.len) {
        ssize_t done = write(fd, bytes.data, bytes.len);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return;
        }
        bytes = mc_bytes_slice(bytes, (size_t)done, bytes.len - (size_t)done);
    }
}

static void limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit limits = {most, most};

    (void)setrlimit(what, &limits);
}

/* Leave nothing but the pipe, and the clock running. Sanitizers keep what their
 * reports need. */
static void drop_everything(int fd, unsigned cpu_ms)
{
    struct itimerval timer = {
        .it_value = {.tv_sec = cpu_ms / 1000, .tv_usec = (cpu_ms % 1000) * 1000}};
    sigset_t none;

    for (int number = 1; number < NSIG; number++) {
        (void)signal(number, SIG_DFL);
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fd != PIPE_FD) {
        (void)dup2(fd, PIPE_FD);
    }
    (void)close_range(PIPE_FD + 1, ~0U, 0);
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
#ifndef MC_SANITIZED
    (void)close(STDERR_FILENO);
    limit(RLIMIT_NOFILE, 0);
    limit(RLIMIT_NPROC, 0);
#endif
    (void)setitimer(ITIMER_PROF, &timer, NULL);
}

static _Noreturn void work(const struct mc_confine_spec *spec, int fd)
{
    struct mc_buffer out;
    uint64_t len = 0;

    drop_everything(fd, spec->cpu_ms);
    mc_buffer_init(&out, spec->output_bytes_max);
    spec->fn(spec->user, &out);
    if (!mc_buffer_failed(&out)) {
        len = out.len;
        write_all(PIPE_FD, mc_bytes_make(&len, sizeof(len)));
        write_all(PIPE_FD, mc_buffer_bytes(&out));
    }
    _exit(0);
}

/* Whether length and content are all there. */
static bool complete(const struct mc_buffer *got)
{
    uint64_t len = 0;

    if (got->len < sizeof(len)) {
        return false;
    }
    memcpy(&len, got->data, sizeof(len));
    return len == got->len - sizeof(len);
}

/* Read until the result is complete, the pipe ends, or the time is over. */
static int collect(const struct mc_confine_spec *spec, int fd, struct mc_buffer *got)
{
    int64_t end_us = mc_clock_monotonic_us() + (int64_t)spec->wall_ms * 1000;
    uint8_t piece[16384];

    while (!complete(got)) {
        int64_t left_ms = (end_us - mc_clock_monotonic_us() + 999) / 1000;
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int ready = left_ms > 0 ? poll(&wait, 1, (int)left_ms) : 0;
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            return ready < 0 ? -errno : MC_CONFINE_TIME;
        }
        ssize_t count = read(fd, piece, sizeof(piece));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return MC_CONFINE_FAILED;
        }
        mc_buffer_append(got, mc_bytes_make(piece, (size_t)count));
        if (mc_buffer_failed(got)) {
            return MC_CONFINE_FAILED;
        }
    }
    return 0;
}

/* Why a process ended that gave no result. At the end of the pipe it is ending by
 * itself, so its own status is worth waiting for, but not for ever. */
static int explain(pid_t pid, int result, struct mc_error *error)
{
    int status = 0;
    pid_t gone = 0;

    for (int i = 0; result == MC_CONFINE_FAILED && gone == 0 && i < 1000; i++) {
        struct timespec moment = {.tv_nsec = 1000 * 1000};
        gone = waitpid(pid, &status, WNOHANG);
        if (gone == 0) {
            (void)nanosleep(&moment, NULL);
        }
    }
    if (gone <= 0) {
        (void)kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    if (gone > 0 && WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        result = number == SIGPROF ? MC_CONFINE_TIME : result;
        mc_error_set(error, "its process was ended by signal %d (%s)", number,
                     strsignal(number));
    } else if (result == MC_CONFINE_FAILED) {
        mc_error_set(error, "its process gave no result");
    }
    if (result == MC_CONFINE_TIME) {
        mc_error_set(error, "it takes too long");
    }
    return result;
}

static int finish(const struct mc_confine_spec *spec, pid_t pid, int fd,
                  struct mc_arena *arena, struct mc_bytes *ret_output,
                  struct mc_error *error)
{
    struct mc_buffer got;
    struct mc_bytes all = {NULL, 0};

    mc_buffer_init(&got, spec->output_bytes_max + sizeof(uint64_t));
    int r = collect(spec, fd, &got);
    r = explain(pid, r, error);
    if (r == 0) {
        r = mc_buffer_copy(&got, arena, &all);
    }
    mc_buffer_deinit(&got);
    if (r == 0) {
        *ret_output = mc_bytes_slice(all, sizeof(uint64_t), all.len);
    }
    return r;
}

int mc_confine_run(const struct mc_confine_spec *spec, struct mc_arena *arena,
                   struct mc_bytes *ret_output, struct mc_error *error)
{
    int ends[2];
    sigset_t all;
    sigset_t before;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -errno;
    }
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) {
        work(spec, ends[1]);
    }
    int failure = pid < 0 ? -errno : 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)close(ends[1]);
    if (pid > 0) {
        failure = finish(spec, pid, ends[0], arena, ret_output, error);
    } else {
        mc_error_set(error, "no process could be started: %s", strerror(-failure));
    }
    (void)close(ends[0]);
    return failure;
}
