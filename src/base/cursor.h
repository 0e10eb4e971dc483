/* Reading foreign bytes: a position with a sticky error.
 *
 * After the first read past the end every read gives zero or nothing; the parser
 * checks once at its end. No read can leave the bounds. */
#ifndef MC_BASE_CURSOR_H
#define MC_BASE_CURSOR_H

#include "base/bytes.h"

struct mc_cursor
{
    struct mc_bytes bytes;
    size_t at;
    bool failed;
};

/* Begin at the first byte.
 * bytes: borrowed for the life of the cursor.
 * Returns the cursor. Never blocks. */
struct mc_cursor mc_cursor_make(struct mc_bytes bytes);

/* The next byte; 0 and the sticky error at the end.
 * cursor: moves on.
 * Returns the byte. Never blocks. */
uint8_t mc_cursor_byte(struct mc_cursor *cursor);

/* The next byte without moving; 0 at the end, without an error.
 * cursor: unchanged.
 * Returns the byte. Never blocks. */
uint8_t mc_cursor_peek(const struct mc_cursor *cursor);

/* The next len bytes; no bytes and the sticky error when there are fewer.
 * cursor: moves on.   len: in bytes.
 * Returns borrowed bytes. Never blocks. */
struct mc_bytes mc_cursor_take(struct mc_cursor *cursor, size_t len);

/* Bytes up to a stop byte, which is consumed but not given; without one the error.
 * cursor: moves on.   stop: the byte that ends.
 * Returns borrowed bytes. Never blocks. */
struct mc_bytes mc_cursor_until(struct mc_cursor *cursor, uint8_t stop);

/* How many bytes are left; 0 after an error.
 * cursor: borrowed.
 * Returns bytes. Never blocks. */
size_t mc_cursor_left(const struct mc_cursor *cursor);

/* Set the error by hand, when what was read is wrong.
 * cursor: failed from now on.
 * Returns nothing. Never blocks. */
void mc_cursor_fail(struct mc_cursor *cursor);

#endif
