/* Shared by the data plugins. */
#ifndef MC_FILTER_DATA_DATA_PRIVATE_H
#define MC_FILTER_DATA_DATA_PRIVATE_H

#include "filter/data.h"

/* One answer that is being made; r keeps the first -ENOMEM. */
struct mc_data_answer
{
    const struct mc_data_host *host;
    struct mc_arena *arena;
    struct mc_value *outputs;
    struct mc_error *error;
    int r;
};

/* Set an output.
 * answer: keeps the failure.   value: NULL is taken as no memory.
 * Returns 0; -ENOMEM, also when an earlier call failed. Never blocks. */
int mc_data_set(struct mc_data_answer *answer, const char *output,
                const struct mc_value *value);

/* The fstat plugin: what a file is.
 * query: its path.
 * Returns 0; MC_DATA_FAILED without a path; -ENOMEM. Blocks on the disk. */
int mc_data_fstat(struct mc_data_answer *answer, const char *query);

#endif
