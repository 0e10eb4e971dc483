/* Discovery from a file: one node name a line. */
#ifndef MC_CLIENT_FLATFILE_H
#define MC_CLIENT_FLATFILE_H

#include "client/call.h"

/* Read the names of a text into call->found, as far as the identity filters let them.
 * text: borrowed; blank lines and lines that begin with # are skipped.   name: of the
 * file, for errors.
 * Returns 0; MC_CLIENT_USAGE; -ENOMEM. Never blocks. */
int mc_flatfile_parse(struct mc_call *call, struct mc_bytes text, const char *name,
                      struct mc_error *error) MC_MUST_USE;

/* The same with the file that the call names.
 * Returns as mc_flatfile_parse(). Blocks on the disk. */
int mc_flatfile_read(struct mc_call *call, struct mc_error *error) MC_MUST_USE;

#endif
