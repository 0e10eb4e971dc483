/* One node as a system service: log, signals, pid file, life and end.
 *
 * This layer is thin on purpose: later the node's network half and its running half
 * become processes of their own, and this is the parent that supervises them. */
#ifndef MC_DAEMON_DAEMON_H
#define MC_DAEMON_DAEMON_H

#include "base/error.h"
#include <stdbool.h>

struct mc_daemon_options
{
    const char *config_path; /* NULL searches the usual places */
    const char *pid_path;    /* NULL: none */
    bool has_daemonize;      /* the command line said so, it wins over the file */
    bool daemonize;
};

/* Run a node until a signal ends it (TERM, INT, HUP); USR1 loads the agents again, USR2
 * changes the log level, WINCH opens the log file again (spec collective.md 4.12).
 * options: borrowed.   error: what keeps it from starting.
 * Returns 0 after an orderly end; -errno when it could not start. Blocks. */
int mc_daemon_run(const struct mc_daemon_options *options, struct mc_error *error)
    MC_MUST_USE;

#endif
