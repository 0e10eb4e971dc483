/* The discovery methods that ask no node: flatfile, stdin, external; and their table. */
#ifndef MC_CLIENT_METHOD_H
#define MC_CLIENT_METHOD_H

#include "client/call.h"

/* Seconds that a discovery program may take when nothing is configured. */
#define MC_METHOD_EXTERNAL_S 10u

/* Take method and options from the configuration.
 * Returns 0; MC_CLIENT_USAGE for an unknown method; -ENOMEM. Never blocks. */
int mc_method_default(struct mc_call *call, struct mc_error *error) MC_MUST_USE;

/* The time of a method when nobody says another, in seconds.
 * Returns seconds. Never blocks. */
unsigned mc_method_seconds(enum mc_method method);

/* Read the list of nodes into call->found; not for the mc method.
 * Returns 0; MC_CLIENT_USAGE; MC_CLIENT_STOPPED; -errno. Blocks on the disk, the pipe or
 * the program. */
int mc_method_read(struct mc_call *call, struct mc_error *error) MC_MUST_USE;

/* Run the discovery program that the options name and read its answer into names.
 * Returns 0; MC_CLIENT_USAGE; MC_CLIENT_STOPPED; -errno. Blocks for at most the discovery
 * time. */
int mc_external_read(struct mc_call *call, struct mc_names *names,
                     struct mc_error *error) MC_MUST_USE;

#endif
