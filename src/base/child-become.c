/* A child that runs as somebody else.
 *
 * Between fork and exec only system calls are made, no library function that could take
 * a lock, for the process may have threads. Whatever fails is told through a pipe that
 * exec closes, so the caller hears of it as of any start that failed. Groups go first,
 * the user last; after that there is no way back. */
#include "base/child-private.h"

#include "base/account.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where there are two kinds of these calls, the old one takes ids of 16 bits only: 65536
 * would be root. */
#ifdef SYS_setresuid32
#define SET_GROUPS SYS_setgroups32
#define SET_GID SYS_setresgid32
#define SET_UID SYS_setresuid32
#else
#define SET_GROUPS SYS_setgroups
#define SET_GID SYS_setresgid
#define SET_UID SYS_setresuid
#endif

static bool drop_rights(const struct mc_account *account)
{
    return syscall(SET_GROUPS, account->groups_count, account->groups) == 0 &&
           syscall(SET_GID, account->gid, account->gid, account->gid) == 0 &&
           syscall(SET_UID, account->uid, account->uid, account->uid) == 0;
}

static bool place_ends(const struct mc_child__ends *ends)
{
    int in = ends->in >= 0 ? ends->in : open("/dev/null", O_RDONLY);

    return in >= 0 && dup2(in, 0) == 0 && dup2(ends->out, 1) == 1 &&
           dup2(ends->err >= 0 ? ends->err : ends->out, 2) == 2;
}

void mc_child__clean_signals(void)
{
    const struct sigaction fresh = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int number = 1; number < NSIG; number++) {
        (void)sigaction(number, &fresh, NULL);
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const struct mc_child_spec *spec,
                             const struct mc_child__ends *ends, char *const *env,
                             int report)
{
    mc_child__clean_signals();
    if (setpgid(0, 0) == 0 && place_ends(ends) &&
        syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) == 0 &&
        drop_rights(spec->account) && chdir(spec->folder ? spec->folder : "/") == 0) {
        (void)execve(spec->argv[0], (char *const *)(uintptr_t)spec->argv, env);
    }
    int failure = errno;
    (void)!write(report, &failure, sizeof(failure));
    _exit(127);
}

int mc_child__failure_of(int report)
{
    int failure = 0;
    ssize_t got = 0;

    do {
        got = read(report, &failure, sizeof(failure));
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof(failure) && failure > 0 ? failure : 0;
}

int mc_child__spawn_as(const struct mc_child_spec *spec,
                       const struct mc_child__ends *ends, char *const *env,
                       pid_t *ret_pid)
{
    int report[2] = {-1, -1};
    sigset_t all;
    sigset_t before;
    int r = mc_child__pipe(&report[0], &report[1]);

    if (r != 0) {
        return -r;
    }
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) {
        become(spec, ends, env, report[1]);
    }
    int failure = pid < 0 ? errno : 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    mc_child__close(&report[1]);
    if (pid > 0) {
        failure = mc_child__failure_of(report[0]);
        while (failure && waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    mc_child__close(&report[0]);
    if (failure == 0) {
        *ret_pid = pid;
    }
    return failure;
}
