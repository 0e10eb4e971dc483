/* The parts of mco plugin. */
#ifndef MC_CMD_PLUGIN_H
#define MC_CMD_PLUGIN_H

#include "cmd/command.h"

/* Explain one plugin, or list all.
 * name: "fact" or "data/fact"; NULL lists.
 * Returns the exit code. Blocks on the disk. */
int mc_cmd_plugin_doc(struct mc_cmd *cmd, const char *name);

#endif
