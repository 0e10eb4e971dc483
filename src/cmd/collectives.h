/* Which collectives there are and who is in them (commands.md 1.11). */
#ifndef MC_CMD_COLLECTIVES_H
#define MC_CMD_COLLECTIVES_H

#include "cmd/command.h"

/* Ask all nodes and print each collective with the number of its nodes.
 * Returns the exit code. Blocks. */
int mc_collectives_list(struct mc_cmd *cmd);

/* Ask all nodes and write the graph of collectives and nodes in DOT.
 * path: the file, replaced.
 * Returns the exit code. Blocks. */
int mc_collectives_map(struct mc_cmd *cmd, const char *path);

#endif
