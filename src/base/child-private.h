/* Starting a child; used inside base/child only. */
#ifndef MC_BASE_CHILD_PRIVATE_H
#define MC_BASE_CHILD_PRIVATE_H

#include "base/child.h"
#include <sys/types.h>

/* The ends of the pipes that the child gets; -1 for none: then its input is empty and
 * its errors go to its output. */
struct mc_child__ends
{
    int in;
    int out;
    int err;
};

/* Close a descriptor and forget it.
 * fd: -1 does nothing; -1 afterwards.
 * Returns nothing. Never blocks. */
void mc_child__close(int *fd);

/* write() without SIGPIPE, whatever the process has set for it.
 * fd: a pipe.   data: borrowed, len bytes of it.
 * Returns as write() does, with errno. Blocks as the descriptor does. */
ssize_t mc_child__write(int fd, const void *data, size_t len);

/* A pipe, closed on exec, whose ends are never 0, 1 or 2, which the child replaces.
 * Returns 0 and both ends, owned by the caller; -errno. Never blocks. */
int mc_child__pipe(int *ret_read, int *ret_write) MC_MUST_USE;

/* Start the program.
 * spec: argv is not empty.   ends: borrowed; out is a descriptor.
 * Returns 0 and the pid; else an errno, of exec too. Never blocks. */
int mc_child__spawn(const struct mc_child_spec *spec, const struct mc_child__ends *ends,
                    pid_t *ret_pid) MC_MUST_USE;

/* Start the program as somebody else: fork, as posix_spawn() cannot change users.
 * spec: has an account; argv[0] is a path.   ends: as above.   env: of the program.
 * Returns as mc_child__spawn(). Blocks until the program is executed. */
int mc_child__spawn_as(const struct mc_child_spec *spec,
                       const struct mc_child__ends *ends, char *const *env,
                       pid_t *ret_pid) MC_MUST_USE;

/* Our environment, without what is private, with additions.
 * more: the additions, NULL-terminated, may be NULL; the texts are borrowed.
 * Returns an array to give back with mc_memory_free(), or NULL. Never blocks. */
char **mc_child__env(const char *const *more);

/* Default signals, none blocked: in a child, between fork and exec.
 * Returns nothing. Never blocks. */
void mc_child__clean_signals(void);

/* What a child reports before exec.
 * report: the end of a pipe to read from.
 * Returns an errno, or 0 when exec went well. Blocks until the child has executed. */
int mc_child__failure_of(int report);

#endif
