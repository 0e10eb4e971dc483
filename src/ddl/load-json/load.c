/* Choria's JSON DDL -> DDL. */
#include "ddl/ddl-private.h"

int mc_ddl_load_json(struct mc_bytes text, const char *path, enum mc_ddl_kind kind,
                     const char *name, struct mc_arena *arena, struct mc_ddl **ret_ddl,
                     struct mc_error *error)
{
    (void)text;
    (void)kind;
    (void)name;
    (void)arena;
    (void)ret_ddl;
    mc_error_set(error, "%s: JSON files cannot be read yet", path);
    return MC_DDL_BROKEN;
}
