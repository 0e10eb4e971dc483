/* What mco process and mco pgrep share: the call, and what a process looks like in a
 * line (commands.md 1.15).
 *
 * What a process is called was written by the process: it is shown by the door for
 * foreign text, cut to the width of its column. */
#ifndef MC_CMD_PROCESSES_H
#define MC_CMD_PROCESSES_H

#include "cmd/command.h"

/* Of a user's name. */
#define MC_PROCESSES_USER_COLUMNS 10

enum mc_processes_field
{
    MC_PROCESSES_PID,
    MC_PROCESSES_USER,
    MC_PROCESSES_VSZ,
    MC_PROCESSES_COMMAND,
    MC_PROCESSES_TTY,
    MC_PROCESSES_RSS,
    MC_PROCESSES_STATE,
    MC_PROCESSES_FIELDS,
};

/* Ask the nodes for their processes, as the options say.
 * pattern: NULL for all.
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Blocks. */
int mc_processes_call(struct mc_cmd *cmd, const char *pattern) MC_MUST_USE;

/* The processes of a reply.
 * Returns a borrowed array; NULL when the reply holds none. Never blocks. */
const struct mc_value *mc_processes_list(const struct mc_client_reply *reply);

/* A number of a process ("vsize").
 * Returns it, 0 when there is none. Never blocks. */
double mc_processes_number(const struct mc_value *process, const char *name);

/* What stands in a column.
 * arena: owns the text.
 * Returns it, empty also when memory is short. Never blocks. */
const char *mc_processes_cell(struct mc_arena *arena, const struct mc_value *process,
                              enum mc_processes_field field);

/* The line of a node that failed.
 * Returns nothing. Blocks when the stream does. */
void mc_processes_failed(struct mc_cmd *cmd, const struct mc_client_reply *reply);

#endif
