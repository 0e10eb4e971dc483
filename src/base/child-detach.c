/* A program that outlives us: nobody waits for it, nobody ends it.
 *
 * It is started twice removed, in a session of its own: the process between ends at
 * once and is waited for here, so init inherits the program and no zombie stays with us.
 * Between fork and exec only system calls are made, as the process may have threads.
 * Whatever fails is told through a pipe that exec closes. */
#include "base/child-private.h"

#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void report_and_end(int report, int failure)
{
    (void)!write(report, &failure, sizeof(failure));
    _exit(127);
}

static bool silent_ends(void)
{
    int null = open("/dev/null", O_RDWR);

    return null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 && dup2(null, 2) == 2;
}

/* In the process between: make the last one, and end. */
static _Noreturn void step_away(const char *const *argv, char *const *env, int report)
{
    mc_child__clean_signals();
    if (setsid() < 0) {
        report_and_end(report, errno);
    }
    pid_t pid = fork();
    if (pid != 0) {
        if (pid < 0) {
            report_and_end(report, errno);
        }
        _exit(0);
    }
    if (silent_ends() && syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) == 0 &&
        chdir("/") == 0) {
        (void)execvpe(argv[0], (char *const *)(uintptr_t)argv, env);
    }
    report_and_end(report, errno);
}

int mc_child_detach(const char *const *argv, const char *const *env)
{
    int report[2] = {-1, -1};
    sigset_t all;
    sigset_t before;
    char **whole = mc_child__env(env);
    int r = whole ? mc_child__pipe(&report[0], &report[1]) : -ENOMEM;

    if (r != 0) {
        mc_memory_free(whole);
        return r;
    }
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) {
        step_away(argv, whole, report[1]);
    }
    int failure = pid < 0 ? errno : 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    mc_child__close(&report[1]);
    if (pid > 0) {
        failure = mc_child__failure_of(report[0]);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    mc_child__close(&report[0]);
    mc_memory_free(whole);
    return -failure;
}
