/* What columns are called: by the source of fields { [ … ] }. */
#include "report/inventory/inventory-private.h"

#include <string.h>

/* From the beginning of a line on, counted from 1. */
static struct mc_bytes from_line(struct mc_bytes text, int64_t line)
{
    while (line-- > 1 && text.len) {
        text = mc_bytes_slice(text, mc_bytes_find(text, '\n') + 1, SIZE_MAX);
    }
    return text;
}

/* Behind a text; nothing when it is not there. */
static struct mc_bytes behind(struct mc_bytes text, const char *word)
{
    while (text.len && !mc_bytes_starts(text, word)) {
        text = mc_bytes_slice(text, 1, SIZE_MAX);
    }
    return mc_bytes_slice(text, strlen(word), SIZE_MAX);
}

/* facts["x"] is x, everything else is as it stands, on one line. */
static struct mc_bytes name_of(struct mc_bytes source, struct mc_arena *arena)
{
    struct mc_bytes text = mc_bytes_trim(source);
    size_t end = mc_format_item_end(mc_bytes_slice(text, 6, SIZE_MAX)) + 6;

    if (mc_bytes_starts(text, "facts[") && end + 1 == text.len && end > 8) {
        struct mc_bytes key = mc_bytes_slice(text, 6, end - 6);
        uint8_t quote = key.data[0];
        if ((quote == '"' || quote == '\'') && key.data[key.len - 1] == quote) {
            return mc_bytes_slice(key, 1, key.len - 2);
        }
    }
    char *copy = mc_arena_text(arena, text);
    size_t len = 0;
    for (size_t i = 0; copy && i < text.len; i++) {
        bool blank = strchr(" \t\r\n", copy[i]) != NULL;
        if (!blank || (len && copy[len - 1] != ' ')) {
            copy[len++] = blank ? ' ' : copy[i];
        }
    }
    return mc_bytes_make(copy, copy ? len : 0);
}

const struct mc_bytes *mc_inventory__headings(struct mc_bytes text, int64_t line,
                                              struct mc_arena *arena, size_t *ret_count)
{
    struct mc_bytes rest = behind(behind(from_line(text, line), "fields"), "[");
    struct mc_bytes *names =
        mc_arena_array(arena, MC_INVENTORY_COLUMNS_MAX, sizeof(*names));
    size_t count = 0;

    while (names && rest.len && count < MC_INVENTORY_COLUMNS_MAX) {
        size_t end = mc_format_item_end(rest);
        struct mc_bytes one = mc_bytes_trim(mc_bytes_slice(rest, 0, end));
        if (one.len) {
            names[count++] = name_of(one, arena);
        }
        if (end >= rest.len || rest.data[end] != ',') {
            *ret_count = count;
            return end < rest.len && count ? names : NULL;
        }
        rest = mc_bytes_slice(rest, end + 1, SIZE_MAX);
    }
    return NULL;
}
