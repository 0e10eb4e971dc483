/* How a child comes into being: pipes, environment, and posix_spawn(), which starts it
 * without copying our memory and tells a failed exec as a return value. What concerns
 * descriptors and signals only is here as well. */
#include "base/child-private.h"

#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#define ENV_MAX ((size_t)16384)

void mc_child__close(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

/* write() on a pipe that nobody reads raises SIGPIPE: hold it back and take it away,
 * whatever the process has set for it. */
ssize_t mc_child__write(int fd, const void *data, size_t len)
{
    static const struct timespec now = {0, 0};
    sigset_t pipe_only;
    sigset_t before;
    sigset_t waiting;

    (void)sigemptyset(&pipe_only);
    (void)sigaddset(&pipe_only, SIGPIPE);
    (void)sigpending(&waiting);
    (void)pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    ssize_t count = write(fd, data, len);
    int kept_errno = errno;
    if (count < 0 && kept_errno == EPIPE && !sigismember(&waiting, SIGPIPE)) {
        (void)sigtimedwait(&pipe_only, NULL, &now);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = kept_errno;
    return count;
}

static size_t env_count(const char *const *env)
{
    size_t count = 0;

    while (env && env[count] && count < ENV_MAX) {
        count++;
    }
    return count;
}

/* Whether one of the additions sets the same name. */
static bool env_replaced(const char *entry, const char *const *additions, size_t count)
{
    size_t name = strcspn(entry, "=") + 1;

    for (size_t i = 0; additions && i < count; i++) {
        if (strncmp(entry, additions[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* What the environment may tell us alone: keys, passwords, and where they lie
 * (spec collective.md 4.2). A package's install script is not to read them. */
static bool env_private(const char *entry)
{
    static const char *const names[] = {"MCOLLECTIVE_",
                                        "STOMP_USER=", "STOMP_PASSWORD="};

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        if (strncmp(entry, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

char **mc_child__env(const char *const *more)
{
    const char *const *ours = (const char *const *)environ;
    size_t count = env_count(ours);
    size_t added = env_count(more);
    const char **env = mc_memory_array(count + added + 1, sizeof(*env));
    size_t used = 0;

    for (size_t i = 0; env && i < count; i++) {
        if (!env_private(ours[i]) && !env_replaced(ours[i], more, added)) {
            env[used++] = ours[i];
        }
    }
    for (size_t i = 0; env && more && i < added; i++) {
        env[used++] = more[i];
    }
    return (char **)(uintptr_t)env;
}

int mc_child__pipe(int *ret_read, int *ret_write)
{
    int low[2];
    int result = 0;

    if (pipe2(low, O_CLOEXEC) != 0) {
        return -errno;
    }
    int high_read = fcntl(low[0], F_DUPFD_CLOEXEC, 3);
    int high_write = fcntl(low[1], F_DUPFD_CLOEXEC, 3);
    if (high_read < 0 || high_write < 0) {
        result = -errno;
        mc_child__close(&high_read);
        mc_child__close(&high_write);
    } else {
        *ret_read = high_read;
        *ret_write = high_write;
    }
    mc_child__close(&low[0]);
    mc_child__close(&low[1]);
    return result;
}

/* What the child does between its start and exec; all of it in the C library. */
static int actions_fill(posix_spawn_file_actions_t *actions,
                        const struct mc_child__ends *ends, const char *folder)
{
    int result =
        ends->in >= 0
            ? posix_spawn_file_actions_adddup2(actions, ends->in, 0)
            : posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (result == 0) {
        result = posix_spawn_file_actions_adddup2(actions, ends->out, 1);
    }
    if (result == 0) {
        int err = ends->err >= 0 ? ends->err : ends->out;
        result = posix_spawn_file_actions_adddup2(actions, err, 2);
    }
    if (result == 0) {
        result = posix_spawn_file_actions_addchdir_np(actions, folder);
    }
#ifdef MC_HAVE_SPAWN_CLOSEFROM
    /* Ours are all close-on-exec; those of libraries may not be. */
    if (result == 0) {
        result = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    }
#endif
    return result;
}

/* Its own group, default signals, nothing blocked. */
static int attributes_fill(posix_spawnattr_t *attributes)
{
    sigset_t all;
    sigset_t none;

    (void)sigfillset(&all);
    (void)sigemptyset(&none);
    (void)posix_spawnattr_setpgroup(attributes, 0);
    (void)posix_spawnattr_setsigdefault(attributes, &all);
    (void)posix_spawnattr_setsigmask(attributes, &none);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
                                                    POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSIGMASK);
}

int mc_child__spawn(const struct mc_child_spec *spec, const struct mc_child__ends *ends,
                    pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char **env = mc_child__env(spec->env);

    if (env && spec->account) {
        int r = mc_child__spawn_as(spec, ends, env, ret_pid);
        mc_memory_free(env);
        return r;
    }
    if (!env || posix_spawn_file_actions_init(&actions) != 0) {
        mc_memory_free(env);
        return ENOMEM;
    }
    int result = posix_spawnattr_init(&attributes);
    if (result == 0) {
        result = attributes_fill(&attributes);
        if (result == 0) {
            result = actions_fill(&actions, ends, spec->folder ? spec->folder : "/");
        }
        if (result == 0) {
            result = posix_spawnp(ret_pid, spec->argv[0], &actions, &attributes,
                                  (char *const *)(uintptr_t)spec->argv, env);
        }
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    mc_memory_free(env);
    return result;
}

int mc_child_replace(const char *const *argv)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;
    char **env = mc_child__env(NULL);

    if (!env) {
        return -ENOMEM;
    }
    for (int i = 1; i < NSIG; i++) {
        (void)sigaction(i, &standard, NULL);
    }
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
    /* Ours are all close-on-exec; those of libraries may not be. */
    (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    (void)execvpe(argv[0], (char *const *)(uintptr_t)argv, env);
    int result = -errno;
    mc_memory_free(env);
    return result;
}
