/* Going to the background, and the pid file (spec collective.md 4.1).
 *
 * The process that the user started waits until the daemon says whether it came up, so
 * that its exit code is honest and the reason of a failure reaches the terminal. */
#ifndef MC_BASE_DAEMON_H
#define MC_BASE_DAEMON_H

#include "base/error.h"

enum
{
    MC_DAEMON_STARTED = 1, /* we are the starting process; the daemon is ready */
    MC_DAEMON_FAILED = 2,  /* we are the starting process; the daemon is not */
    MC_DAEMON_RUNNING = 3, /* the pid file names a process that is alive */
};

/* Where the spec lets a daemon stand, and how long a starter may wait for it. */
#define MC_DAEMON_FOLDER "/tmp"
#define MC_DAEMON_WAIT_MS 30000u

/* The daemon's end of the line to the starting process. */
struct mc_daemon
{
    int fd;
};

/* Go to the background: fork, new session, fork, change folder, standard input, output
 * and error to /dev/null. Call it before there is a loop, a thread or a child, and
 * with all paths made absolute; buffered output is flushed.
 * folder: where the daemon stands.   wait_ms: how long the starting process waits.
 * ret_daemon: filled in the daemon only; say mc_daemon_ready() or mc_daemon_failed().
 * Returns twice. In the daemon: 0; or -errno, already told to the starting process: end
 * at once. In the starting process: MC_DAEMON_STARTED: end with success;
 * MC_DAEMON_FAILED, the reason in error: end with failure; -errno when it could not
 * fork. Blocks for wait_ms at most. */
int mc_daemon_detach(const char *folder, unsigned wait_ms, struct mc_daemon *ret_daemon,
                     struct mc_error *error) MC_MUST_USE;

/* Tell the starting process that all is well; it ends with success.
 * daemon: its line is closed; a second call does nothing.
 * Returns nothing. Never blocks. */
void mc_daemon_ready(struct mc_daemon *daemon);

/* Tell the starting process why not; it ends with failure.
 * daemon: its line is closed; nothing happens after mc_daemon_ready().
 * text: the reason, borrowed; what is longer than a struct mc_error is cut.
 * Returns nothing. Never blocks. */
void mc_daemon_failed(struct mc_daemon *daemon, const char *text);

/* Write our process id to a file that nobody else owns. A file that names no live
 * process, or nothing at all, is replaced; so is one that names us, left by an earlier
 * start in a container.
 * path: made absolute by the caller.   error: the reason, with the path.
 * Returns 0; MC_DAEMON_RUNNING; -errno. Blocks on the disk. */
int mc_daemon_pidfile_create(const char *path, struct mc_error *error) MC_MUST_USE;

/* Remove the file if it still names us.
 * path: as given to mc_daemon_pidfile_create(); NULL does nothing.
 * Returns nothing. Blocks on the disk. */
void mc_daemon_pidfile_remove(const char *path);

#endif
