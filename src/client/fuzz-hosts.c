/* Any bytes as a list of node names: names that are valid, or an error. */
#include "client/hosts.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct mc_names *names, int r, const struct mc_error *error)
{
    assert(r <= 0 || strlen(error->text) > 0);
    for (size_t i = 0; r == 0 && i < names->count; i++) {
        assert(mc_identity_valid(names->items[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_bytes text = mc_bytes_make(data, size);

    for (int i = 0; i < 4; i++) {
        struct mc_arena *arena = mc_arena_new((size_t)64 * 1024 * 1024);
        struct mc_names names = {0};
        struct mc_error error = {{0}};
        int r = i < 3 ? mc_hosts_parse(text, (enum mc_hosts_format)i, "fuzz", arena,
                                       &names, &error)
                      : mc_hosts_parse_answer(text, arena, &names, &error);
        look_at(&names, r, &error);
        mc_arena_free(arena);
    }
    return 0;
}
