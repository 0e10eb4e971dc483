/* The builder's own state; build.c and entity.c share it. */
#ifndef MC_DDL_BUILD_PRIVATE_H
#define MC_DDL_BUILD_PRIVATE_H

#include "ddl/ddl-private.h"

/* How deep blocks may nest: action, summarize, and room for nonsense. */
#define MC_DDL_SCOPES_MAX 8

/* An action while it grows. */
struct mc_ddl__draft
{
    struct mc_ddl_action action;
    struct mc_ddl_input *inputs;
    size_t inputs_room;
    struct mc_ddl_output *outputs;
    size_t outputs_room;
    struct mc_ddl_aggregate *aggregates;
    size_t aggregates_room;
};

struct mc_ddl__builder
{
    struct mc_arena *arena;
    const char *path;
    struct mc_ddl *ddl;
    struct mc_error *error;
    int64_t line;     /* of the statement at hand */
    const char *verb; /* its name */
    unsigned scopes[MC_DDL_SCOPES_MAX];
    size_t depth;
    struct mc_ddl__draft **drafts;
    size_t drafts_count;
    size_t drafts_room;
    struct mc_ddl__draft *current; /* set in every scope but the top one */
    struct mc_value *capabilities;
};

/* Refuse the statement at hand with file, line and its name.
 * Returns MC_DDL_BROKEN. Never blocks. */
int mc_ddl__broken(struct mc_ddl__builder *b, const char *format, ...) MC_PRINTF(2, 3);

/* An argument of a statement.
 * args: array or NULL.
 * Returns a borrowed value, or NULL past the end. Never blocks. */
const struct mc_value *mc_ddl__arg(const struct mc_value *args, size_t index);

/* What a file without metadata has.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_ddl__default_metadata(struct mc_ddl__builder *b) MC_MUST_USE;

/* The statement metadata.
 * args: its arguments.
 * Returns 0; MC_DDL_BROKEN; -ENOMEM. Never blocks. */
int mc_ddl__take_metadata(struct mc_ddl__builder *b, const struct mc_value *args);
/* The statement input; see mc_ddl__take_metadata(). */
int mc_ddl__take_input(struct mc_ddl__builder *b, const struct mc_value *args);
/* The statement output; see mc_ddl__take_metadata(). */
int mc_ddl__take_output(struct mc_ddl__builder *b, const struct mc_value *args);
/* The statement aggregate; see mc_ddl__take_metadata(). */
int mc_ddl__take_aggregate(struct mc_ddl__builder *b, const struct mc_value *args);

#endif
