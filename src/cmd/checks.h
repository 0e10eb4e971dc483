/* What the commands about checks of NRPE share (commands.md 1.16, 4.5). */
#ifndef MC_CMD_CHECKS_H
#define MC_CMD_CHECKS_H

#include "cmd/command.h"
#include "host/nrpe/nrpe.h"

/* The state that a node is in: what its exit code says, or UNKNOWN when the request was
 * not carried out there or gave none.
 * Returns the state. Never blocks. */
enum mc_nrpe_state mc_checks_state(const struct mc_client_reply *reply);

/* How many nodes are in each state; those that did not answer are UNKNOWN.
 * call: has run.   ret_counts: by state.
 * Returns nothing. Never blocks. */
void mc_checks_count(const struct mc_call *call, size_t ret_counts[4]);

/* Open the client and make the call of a check into cmd->call, from the words of the
 * options: its name, and perhaps its arguments.
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Blocks on the disk. */
int mc_checks_call(struct mc_cmd *cmd) MC_MUST_USE;

#endif
