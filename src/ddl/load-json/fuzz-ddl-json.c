/* Any bytes as a JSON DDL, for both kinds of plugin that have more than metadata;
 * what loads is used: values checked, outputs filled, aggregates run. */
#include "ddl/fuzz-use.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum mc_ddl_kind kinds[] = {MC_DDL_AGENT, MC_DDL_DATA};

    for (size_t i = 0; i < MC_COUNT(kinds); i++) {
        struct mc_arena *arena = mc_arena_new(MC_DDL_ARENA_BYTES_MAX);
        struct mc_ddl *ddl = NULL;
        struct mc_error error = {""};
        if (arena && mc_ddl_load_json(mc_bytes_make(data, size), "fuzz", kinds[i],
                                      "fuzz", arena, &ddl, &error) == 0) {
            mc_ddl__fuzz_use(ddl);
        }
        mc_arena_free(arena);
    }
    return 0;
}
