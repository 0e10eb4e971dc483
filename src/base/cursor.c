/* Bounds-checked reading with a sticky error. */
#include "base/cursor.h"

struct mc_cursor mc_cursor_make(struct mc_bytes bytes)
{
    return (struct mc_cursor){.bytes = bytes};
}

size_t mc_cursor_left(const struct mc_cursor *cursor)
{
    return cursor->failed ? 0 : cursor->bytes.len - cursor->at;
}

void mc_cursor_fail(struct mc_cursor *cursor)
{
    cursor->failed = true;
}

uint8_t mc_cursor_peek(const struct mc_cursor *cursor)
{
    return mc_cursor_left(cursor) ? cursor->bytes.data[cursor->at] : 0;
}

uint8_t mc_cursor_byte(struct mc_cursor *cursor)
{
    struct mc_bytes one = mc_cursor_take(cursor, 1);

    return one.len ? one.data[0] : 0;
}

struct mc_bytes mc_cursor_take(struct mc_cursor *cursor, size_t len)
{
    if (len > mc_cursor_left(cursor)) {
        cursor->failed = true;
        return mc_bytes_make(NULL, 0);
    }
    struct mc_bytes taken = mc_bytes_slice(cursor->bytes, cursor->at, len);
    cursor->at += len;
    return taken;
}

struct mc_bytes mc_cursor_until(struct mc_cursor *cursor, uint8_t stop)
{
    struct mc_bytes rest =
        mc_bytes_slice(cursor->bytes, cursor->at, mc_cursor_left(cursor));
    size_t len = mc_bytes_find(rest, stop);

    if (cursor->failed || len == rest.len) {
        cursor->failed = true;
        return mc_bytes_make(NULL, 0);
    }
    cursor->at += len + 1;
    return mc_bytes_slice(rest, 0, len);
}
