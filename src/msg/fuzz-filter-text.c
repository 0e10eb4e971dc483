/* What people write behind -W and -F: a filter made of it goes round unchanged. */
#include "msg/message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good) {
        abort();
    }
}

static void go_round(const struct mc_filter *filter, struct mc_arena *arena)
{
    const struct mc_value *one = NULL;
    const struct mc_value *two = NULL;
    struct mc_filter back = {0};

    check(mc_filter_to_value(filter, arena, &one) == 0);
    check(mc_filter_from_value(one, arena, &back) == 0);
    check(mc_filter_to_value(&back, arena, &two) == 0);
    check(mc_value_equal(one, two) && !back.broken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new((size_t)64 * 1024 * 1024);
    struct mc_filter filter = {0};

    if (!arena || size > 2048) {
        return 0;
    }
    char *text = mc_arena_text(arena, mc_bytes_make(data, size));
    check(text && mc_filter_add_with(&filter, arena, text) == 0);
    (void)!mc_filter_add_fact(&filter, arena, text);
    (void)!mc_filter_add_identity(&filter, arena, text);
    go_round(&filter, arena);
    return 0;
}
