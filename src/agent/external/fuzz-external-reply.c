/* Fuzz target: what programs of agents write into their reply files, in all its forms. */
#include "agent/external/external-private.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A reply that is taken has names for keys; one that is not has its reason. */
static void check(int r, const struct mc_external__reply *reply,
                  const struct mc_error *error)
{
    if (r != 0 && error->text[0] == '\0') {
        abort();
    }
    for (size_t i = 0; r == 0 && i < mc_value_count(reply->data); i++) {
        if (!mc_value_cstr(reply->data->hash.pairs[i].key)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_arena *arena = mc_arena_new(1 << 24);
    struct mc_bytes in = mc_bytes_make(data, size);
    bool active = false;

    for (int kind = 0; arena && kind <= MC_EXTERNAL__DECLARED; kind++) {
        struct mc_external__reply reply = {0};
        struct mc_error error = {""};
        int r = mc_external__read_reply((enum mc_external__kind)kind, in, arena, &reply,
                                        &error);
        check(r, &reply, &error);
    }
    if (arena) {
        struct mc_external__reply reply = {0};
        struct mc_error error = {""};
        int r = mc_external__read_ruby(in, arena, &reply, &error);
        check(r, &reply, &error);
        (void)!mc_external__read_activation(in, arena, &active, NULL);
        (void)!mc_external__read_ruby_activation(in, arena, &active, NULL);
    }
    mc_arena_free(arena);
    return 0;
}
