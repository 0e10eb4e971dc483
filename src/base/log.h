/* The log of a program: file with rotation, syslog or console (spec 4.11).
 *
 * Library code does not write to it (except debug); the spine and cmd/ do, once for
 * one failure. A log that cannot be written (full disk) never stops the program: lines
 * are counted as lost and the count is written when writing works again. */
#ifndef MC_BASE_LOG_H
#define MC_BASE_LOG_H

#include "base/config.h"

struct mc_log;

enum mc_level
{
    MC_LEVEL_DEBUG,
    MC_LEVEL_INFO,
    MC_LEVEL_WARN,
    MC_LEVEL_ERROR,
    MC_LEVEL_FATAL,
};

/* Open the log that a configuration asks for (logger_type, logfile, loglevel, keeplogs,
 * max_log_size, logfacility).
 * config: borrowed for this call.   program: name for syslog; copied.
 * Returns 0 and a log owned by the caller; -errno with the words in error.
 * Blocks on the disk. */
int mc_log_open(const struct mc_config *config, const char *program,
                struct mc_log **ret_log, struct mc_error *error) MC_MUST_USE;

/* A log on standard error, used before there is a configuration and by tests.
 * level: lines below it are dropped.   program: copied.
 * Returns the log or NULL. Never blocks. */
struct mc_log *mc_log_console(enum mc_level level, const char *program);

/* Close.
 * log: may be NULL.
 * Returns NULL. Blocks on the disk. */
struct mc_log *mc_log_free(struct mc_log *log);

/* Write one line; line ends inside the text are written as \n, other control bytes
 * escaped, so that a peer cannot forge lines.
 * log: may be NULL (nothing happens).
 * Returns nothing. Blocks on the disk. */
void mc_log_write(struct mc_log *log, enum mc_level level, const char *format, ...)
    MC_PRINTF(3, 4);

/* Whether a level is written, to save the work of making a debug text.
 * log: may be NULL.
 * Returns true or false. Never blocks. */
bool mc_log_enabled(const struct mc_log *log, enum mc_level level);

/* The next level: debug, info, warn, error, fatal, debug … (signal USR2).
 * log: borrowed.
 * Returns the new level, which was also written to the log. Blocks on the disk. */
enum mc_level mc_log_cycle(struct mc_log *log);

/* Close and open the file again, level kept (signal WINCH).
 * log: borrowed.
 * Returns 0; -errno (the old file stays open). Blocks on the disk. */
int mc_log_reopen(struct mc_log *log) MC_MUST_USE;

#endif
