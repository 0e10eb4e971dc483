/* mco inventory --script: report scripts before the fleet. */
#ifndef MC_CMD_SCRIPT_H
#define MC_CMD_SCRIPT_H

#include "cmd/command.h"

/* Run a report script over the nodes that the filters match.
 * path: of the script.
 * Returns the exit code. Blocks. */
int mc_script_run(struct mc_cmd *cmd, const char *path);

#endif
