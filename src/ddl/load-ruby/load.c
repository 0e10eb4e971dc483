/* Ruby .ddl files -> DDL. */
#include "ddl/load-ruby/ruby-private.h"

int mc_ddl_load_ruby(struct mc_bytes text, const char *path, enum mc_ddl_kind kind,
                     const char *name, struct mc_arena *arena, struct mc_ddl **ret_ddl,
                     struct mc_error *error)
{
    const struct mc_value *statements = NULL;
    int r = mc_ddl__ruby_evaluate(text, path, arena, &statements, error);

    return r == 0 ? mc_ddl__build(statements, path, kind, name, arena, ret_ddl, error)
                  : r;
}
