/* A borrowed piece of memory: pointer and length, no ownership, any content.
 *
 * Everything that comes from a socket, file or child travels as mc_bytes until a
 * codec has looked at it. A mc_bytes is never NUL-terminated by promise. */
#ifndef MC_BASE_BYTES_H
#define MC_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mc_bytes
{
    const uint8_t *data;
    size_t len;
};

/* A string literal as bytes, without its NUL. */
#define MC_BYTES(literal) \
    ((struct mc_bytes){(const uint8_t *)("" literal), sizeof(literal) - 1})

/* Bytes from a pointer and a length.
 * data: borrowed.   len: in bytes.
 * Returns the pair. Never blocks. */
struct mc_bytes mc_bytes_make(const void *data, size_t len);

/* Bytes of a C string without its NUL; NULL gives no bytes.
 * text: borrowed.
 * Returns the pair. Never blocks. */
struct mc_bytes mc_bytes_text(const char *text);

/* Whether both hold the same bytes. Not for secrets: takes variable time.
 * a, b: borrowed.
 * Returns true when equal. Never blocks. */
bool mc_bytes_equal(struct mc_bytes a, struct mc_bytes b);

/* Whether both hold the same bytes, in time that depends on the length only.
 * a, b: borrowed; for digests and other secrets.
 * Returns true when equal. Never blocks. */
bool mc_bytes_equal_secret(struct mc_bytes a, struct mc_bytes b);

/* Order of two byte strings, byte by byte, the shorter first.
 * a, b: borrowed.
 * Returns <0, 0 or >0 as memcmp does. Never blocks. */
int mc_bytes_compare(struct mc_bytes a, struct mc_bytes b);

/* Whether the bytes are those of a C string.
 * a: borrowed.   text: C string.
 * Returns true when equal. Never blocks. */
bool mc_bytes_is(struct mc_bytes a, const char *text);

/* Whether the bytes begin with a C string.
 * a: borrowed.   prefix: C string.
 * Returns true when they do. Never blocks. */
bool mc_bytes_starts(struct mc_bytes a, const char *prefix);

/* The first place of a byte.
 * a: borrowed.   byte: what to find.
 * Returns its index, or a.len when there is none. Never blocks. */
size_t mc_bytes_find(struct mc_bytes a, uint8_t byte);

/* The part of the bytes from an index on; an index past the end gives no bytes.
 * a: borrowed, as is the result.   from: index.   len: at most this many bytes.
 * Returns the part. Never blocks. */
struct mc_bytes mc_bytes_slice(struct mc_bytes a, size_t from, size_t len);

/* Without blanks, tabs and line ends at both sides.
 * a: borrowed, as is the result.
 * Returns the part. Never blocks. */
struct mc_bytes mc_bytes_trim(struct mc_bytes a);

/* The last line that is not blank, without blanks around it: of what a program wrote that
 * failed, it mostly is the reason.
 * a: borrowed.
 * Returns a part of it, empty when there is none. Never blocks. */
struct mc_bytes mc_bytes_last_line(struct mc_bytes a);

/* Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, shortest form).
 * a: borrowed.
 * Returns true when they are. Never blocks. */
bool mc_bytes_utf8(struct mc_bytes a);

#endif
