/* Any bytes as a Ruby DDL, evaluated as always in a confined process, so that loops
 * and crashes of mruby end there; what loads is used. */
#include "ddl/fuzz-use.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum mc_ddl_kind kind =
        size ? (enum mc_ddl_kind)(data[size - 1] % MC_DDL_KINDS) : MC_DDL_AGENT;
    struct mc_arena *arena = mc_arena_new(MC_DDL_ARENA_BYTES_MAX);
    struct mc_ddl *ddl = NULL;
    struct mc_error error = {""};

    if (arena && mc_ddl_load_ruby(mc_bytes_make(data, size), "fuzz", kind, "fuzz",
                                  arena, &ddl, &error) == 0) {
        mc_ddl__fuzz_use(ddl);
    }
    mc_arena_free(arena);
    return 0;
}
