/* Fuzz target: the Ruby files of agents whose actions are commands. */
#include "agent/external/declared.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_arena *arena = mc_arena_new(1 << 22);
    const struct mc_declared *items = NULL;
    struct mc_error error = {""};
    size_t count = 0;

    if (arena) {
        int r = mc_declared_read(mc_bytes_make(data, size), "f", "echo", arena, &items,
                                 &count, &error);
        for (size_t i = 0; r == 0 && i < count; i++) {
            if (!*items[i].action || !*items[i].command) {
                abort();
            }
        }
        if (r > 0 && error.text[0] == '\0') {
            abort();
        }
    }
    mc_arena_free(arena);
    return 0;
}
