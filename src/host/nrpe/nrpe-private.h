/* Shared by the files that read what NRPE is told: the reader of files, and the parser,
 * which does no I/O and hands includes back. */
#ifndef MC_HOST_NRPE_NRPE_PRIVATE_H
#define MC_HOST_NRPE_NRPE_PRIVATE_H

#include "host/nrpe/nrpe.h"

enum mc_nrpe__include
{
    MC_NRPE__FILE,
    MC_NRPE__FOLDER,
};

struct mc_nrpe__reader
{
    struct mc_arena *arena;
    struct mc_nrpe *nrpe; /* being filled */
    struct mc_nrpe_command *commands;
    size_t room;
    const char *user;  /* nrpe_user */
    const char *group; /* nrpe_group */
    mc_nrpe_doubt_fn *doubt;
    void *doubt_user;
    /* What a line includes. Returns 0; -ENOMEM. */
    int (*include)(struct mc_nrpe__reader *reader, enum mc_nrpe__include kind,
                   const char *path);
    void *include_user;
};

/* What holds when no file says otherwise.
 * Returns nothing. Never blocks. */
void mc_nrpe__defaults(struct mc_nrpe *nrpe);

/* Tell of what cannot be used.
 * Returns nothing. Blocks as long as the listener does. */
void mc_nrpe__doubt(const struct mc_nrpe__reader *reader, const char *format, ...)
    MC_PRINTF(2, 3);

/* Read the text of one file.
 * name: of the file, for doubts.
 * Returns 0; -ENOMEM; what include() returned. Blocks as include() does. */
int mc_nrpe__parse(struct mc_nrpe__reader *reader, struct mc_bytes text,
                   const char *name) MC_MUST_USE;

#endif
