/* Lists of node names: they grow in an arena and end with a NULL. */
#include "client/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_FIRST 16

int mc_names__add(struct mc_names *names, struct mc_arena *arena, const char *name)
{
    if (names->count >= MC_CALL_NODES_MAX) {
        return -E2BIG;
    }
    if (names->count + 1 >= names->room) {
        size_t room = names->room ? names->room * 2 : NAMES_FIRST;
        const char **items = mc_arena_array(arena, room, sizeof(*items));
        if (!items) {
            return -ENOMEM;
        }
        if (names->count) {
            memcpy(items, names->items, names->count * sizeof(*items));
        }
        names->items = items;
        names->room = room;
    }
    names->items[names->count++] = name;
    return 0;
}

static int by_text(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

void mc_names__sort(struct mc_names *names)
{
    if (names->count) {
        qsort(names->items, names->count, sizeof(*names->items), by_text);
    }
}
