/* The primitives of the Marshal reader: numbers, counts, tables, words for failures. */
#include "codec/marshal/reader-private.h"

#include <string.h>

int mc_marshal__malformed(struct mc_marshal_reader *r, const char *what)
{
    mc_error_set(r->error, "Marshal: %s at byte %zu", what, r->cursor.at);
    return MC_CODEC_MALFORMED;
}

int mc_marshal__limit(struct mc_marshal_reader *r, const char *what)
{
    mc_error_set(r->error, "Marshal: %s at byte %zu", what, r->cursor.at);
    return MC_CODEC_LIMIT;
}

/* The name comes from the peer: only its printable letters reach the error text. */
int mc_marshal__refused(struct mc_marshal_reader *r, const char *what,
                        struct mc_bytes name)
{
    char text[80];
    size_t len = name.len < sizeof(text) - 1 ? name.len : sizeof(text) - 1;

    for (size_t i = 0; i < len; i++) {
        bool printable = name.data[i] > 0x20 && name.data[i] < 0x7f;
        text[i] = printable ? (char)name.data[i] : '?';
    }
    text[len] = 0;
    mc_error_set(r->error, "Marshal: %s %s refused at byte %zu", what, text,
                 r->cursor.at);
    return MC_CODEC_REFUSED;
}

/* Result for a builder's answer: a full arena is a limit. */
int mc_marshal__made(struct mc_marshal_reader *r, const struct mc_value *value)
{
    return value ? 0 : mc_marshal__limit(r, "out of memory");
}

/* "w-long": one byte for small numbers, else a count of little-endian bytes. */
int64_t mc_marshal__long(struct mc_marshal_reader *r)
{
    int8_t first = (int8_t)mc_cursor_byte(&r->cursor);

    if (first == 0) {
        return 0;
    }
    if (first > 4) {
        return first - 5;
    }
    if (first < -4) {
        return first + 5;
    }
    int len = first < 0 ? -first : first;
    uint64_t number = first < 0 ? UINT64_MAX : 0;
    for (int i = 0; i < len; i++) {
        number &= ~(UINT64_C(0xff) << (8 * i));
        number |= (uint64_t)mc_cursor_byte(&r->cursor) << (8 * i);
    }
    return (int64_t)number;
}

/* A count of things of which each takes at least `size` bytes. */
int mc_marshal__count(struct mc_marshal_reader *r, size_t size, size_t *ret_count)
{
    int64_t count = mc_marshal__long(r);

    if (r->cursor.failed || count < 0 ||
        (uint64_t)count > mc_cursor_left(&r->cursor) / size) {
        return mc_marshal__malformed(r, "a count that the bytes left cannot hold");
    }
    *ret_count = (size_t)count;
    return 0;
}

int mc_marshal__bytes(struct mc_marshal_reader *r, struct mc_bytes *ret_bytes)
{
    size_t len = 0;
    int result = mc_marshal__count(r, 1, &len);

    if (result == 0) {
        *ret_bytes = mc_cursor_take(&r->cursor, len);
    }
    return result;
}

int mc_marshal__add_nodes(struct mc_marshal_reader *r, size_t count)
{
    if (count > MC_CODEC_VALUES_MAX - r->nodes) {
        return mc_marshal__limit(r, "too many values");
    }
    r->nodes += count;
    return 0;
}

/* Twice the room for a table; returns NULL when the arena is full. */
void *mc_marshal__grow(struct mc_marshal_reader *r, const void *items, size_t count,
                       size_t size)
{
    void *bigger =
        mc_arena_array(r->arena, count ? count * 2 : MC_MARSHAL_FIRST_ROOM, size);

    if (bigger && count) {
        memcpy(bigger, items, count * size);
    }
    return bigger;
}

int mc_marshal__take_number(struct mc_marshal_reader *r, size_t *ret_number)
{
    if (r->object_count == r->object_room) {
        struct mc_marshal_part *objects =
            mc_marshal__grow(r, r->objects, r->object_count, sizeof(*objects));
        if (!objects) {
            return mc_marshal__limit(r, "out of memory");
        }
        r->objects = objects;
        r->object_room = r->object_count ? r->object_count * 2 : MC_MARSHAL_FIRST_ROOM;
    }
    r->objects[r->object_count] = (struct mc_marshal_part){.open = true};
    *ret_number = r->object_count++;
    return 0;
}
