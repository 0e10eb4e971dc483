/* Child processes: never a shell, never blocking the loop, always with a time limit.
 *
 * The child runs in its own process group with a clean signal state; at the time limit
 * the whole group gets TERM, two seconds later KILL. Output is collected up to a
 * maximum, what is beyond is counted and dropped. No zombie stays. */
#ifndef MC_BASE_CHILD_H
#define MC_BASE_CHILD_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/loop.h"

struct mc_account;
struct mc_child;

enum mc_child_end
{
    MC_CHILD_EXITED,    /* code holds the exit code */
    MC_CHILD_SIGNALLED, /* code holds the signal number */
    MC_CHILD_TIMEOUT,
    MC_CHILD_NOT_STARTED, /* code holds the errno of exec, fork or pipe; ECHILD when
                           * the process ignores SIGCHLD, which loses exit codes */
};

struct mc_child_result
{
    enum mc_child_end end;
    int code;
    struct mc_bytes output;   /* standard output, borrowed for the call */
    struct mc_bytes errors;   /* standard error, borrowed for the call */
    size_t output_lost_bytes; /* what did not fit, of both */
};

/* Called once when the child has ended and its output was read. */
typedef void mc_child_fn(void *user, const struct mc_child_result *result);

struct mc_child_spec
{
    const char *const *argv; /* NULL-terminated; argv[0] is searched on PATH */
    const char *const *env;  /* NULL-terminated "A=b" additions to our environment,
                              * which is given on without the keys and passwords */
    const char *folder;      /* working directory, or NULL for / */
    struct mc_bytes input;   /* given to standard input, copied */
    unsigned timeout_ms;     /* from the start */
    size_t output_bytes_max; /* for each of the two streams */
    bool merge_errors;       /* standard error into output */
    /* Whom it runs as, or NULL for who we are; outlives the start. argv[0] is a path
     * then. The rights are dropped before the folder is entered. */
    const struct mc_account *account;
};

/* Start a child.
 * loop: outlives it.   spec: borrowed for the call.
 * fn, user: called exactly once, on the loop, also when it could not be started.
 * Returns 0 and a handle, valid until fn is called; -errno when not even the bookkeeping
 * worked (fn is not called then). Never blocks. */
int mc_child_start(struct mc_loop *loop, const struct mc_child_spec *spec,
                   mc_child_fn *fn, void *user, struct mc_child **ret_child)
    MC_MUST_USE;

/* End it now, with its whole group; fn is not called any more.
 * child: may be NULL.
 * Returns NULL. Looks for the end of the killed process for some milliseconds at most;
 * what hangs in the kernel longer is reaped later, on the loop. */
struct mc_child *mc_child_kill(struct mc_child *child);

/* The process id, for status texts.
 * child: running.
 * Returns the pid. Never blocks. */
int mc_child_pid(const struct mc_child *child);

/* Start a program that outlives us: in a session of its own, without input or output,
 * inherited by init, never waited for and never ended by us.
 * argv: NULL-terminated; argv[0] is searched on PATH.   env: as in the spec.
 * Returns 0; -errno, that of exec too. Blocks until the program is executed. */
int mc_child_detach(const char *const *argv, const char *const *env) MC_MUST_USE;

/* Become another program, with its terminal and its place among the processes: default
 * signals, the environment without our keys and passwords, no descriptor but the first
 * three.
 * argv: NULL-terminated, not empty; argv[0] is searched on PATH.
 * Returns only when that failed: -ENOENT, -EACCES and other -errno; -ENOMEM. Never
 * blocks. */
int mc_child_replace(const char *const *argv) MC_MUST_USE;

/* Where a program is that can be run: an absolute path as it is, or searched on PATH.
 * name: e.g. "ruby".   arena: owns *ret_path.
 * Returns 0; -ENOENT; -ENOMEM. Blocks on the disk. */
int mc_child_find(const char *name, struct mc_arena *arena, const char **ret_path)
    MC_MUST_USE;

/* Whether a program can be found and run: absolute path, or searched on PATH.
 * name: e.g. "dpkg-query".
 * Returns true or false. Blocks on the disk. */
bool mc_child_available(const char *name);

#endif
