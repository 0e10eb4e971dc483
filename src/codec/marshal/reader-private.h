/* The reader of Marshal, shared by the files of this folder only. */
#ifndef MC_CODEC_MARSHAL_READER_PRIVATE_H
#define MC_CODEC_MARSHAL_READER_PRIVATE_H

#include "base/cursor.h"
#include "codec/codec.h"

struct mc_marshal_part
{
    struct mc_value *value;
    size_t weight;
    unsigned height; /* 0 for a scalar, 1 for a container of scalars */
    bool open;
};

struct mc_marshal_reader
{
    struct mc_cursor cursor;
    struct mc_arena *arena;
    struct mc_error *error;
    bool opaque;
    size_t nodes;
    struct mc_value **symbols;
    size_t symbol_count;
    size_t symbol_room;
    struct mc_marshal_part *objects;
    size_t object_count;
    size_t object_room;
};

/* One value while it is read. */
struct mc_marshal_frame
{
    unsigned depth;
    bool attributes; /* an I stood before it, and its pairs are still to come */
    uint8_t type;
    struct mc_value *value;
    unsigned height;
};

typedef int mc_marshal_read_fn(struct mc_marshal_reader *r,
                               struct mc_marshal_frame *frame);

/* Outcomes with their words and the place in the input.
 * r: gets the words.   what: words.
 * Returns MC_CODEC_MALFORMED. Never blocks. */
int mc_marshal__malformed(struct mc_marshal_reader *r, const char *what);
/* Returns MC_CODEC_LIMIT; see mc_marshal__malformed(). */
int mc_marshal__limit(struct mc_marshal_reader *r, const char *what);
/* Returns MC_CODEC_REFUSED; name: of the class, from the peer, any bytes; see
 * mc_marshal__malformed(). */
int mc_marshal__refused(struct mc_marshal_reader *r, const char *what,
                        struct mc_bytes name);
/* The result for a builder's answer: a full arena is a limit.
 * value: NULL when the arena was full.
 * Returns 0; MC_CODEC_LIMIT. Never blocks. */
int mc_marshal__made(struct mc_marshal_reader *r, const struct mc_value *value);

/* "w-long": one byte for small numbers, else a count of little-endian bytes.
 * r: moves on; its cursor's sticky error is checked later.
 * Returns the number, within 33 bits. Never blocks. */
int64_t mc_marshal__long(struct mc_marshal_reader *r);

/* A count of things of which each takes at least `size` bytes.
 * r: moves on.
 * Returns 0; MC_CODEC_MALFORMED. Never blocks. */
int mc_marshal__count(struct mc_marshal_reader *r, size_t size, size_t *ret_count);

/* A length and so many bytes.
 * r: moves on.   ret_bytes: borrowed from the input.
 * Returns 0; MC_CODEC_MALFORMED. Never blocks. */
int mc_marshal__bytes(struct mc_marshal_reader *r, struct mc_bytes *ret_bytes);

/* Count values, those behind a link too.
 * count: how many more.
 * Returns 0; MC_CODEC_LIMIT. Never blocks. */
int mc_marshal__add_nodes(struct mc_marshal_reader *r, size_t count);

/* The next object number; its entry is open.
 * Returns 0; MC_CODEC_LIMIT. Never blocks. */
int mc_marshal__take_number(struct mc_marshal_reader *r, size_t *ret_number);

/* Read what stands behind the type byte of a scalar.
 * r: moves on.   frame: gets the value.
 * Returns 0; MC_CODEC_MALFORMED; MC_CODEC_LIMIT. Never blocks. */
mc_marshal_read_fn mc_marshal__constant;
/* See mc_marshal__constant(). */
mc_marshal_read_fn mc_marshal__fixnum;
/* See mc_marshal__constant(). */
mc_marshal_read_fn mc_marshal__bignum;
/* See mc_marshal__constant(). */
mc_marshal_read_fn mc_marshal__float;
/* See mc_marshal__constant(). */
mc_marshal_read_fn mc_marshal__string;
/* See mc_marshal__constant(). */
mc_marshal_read_fn mc_marshal__regexp;
/* See mc_marshal__constant(). */
mc_marshal_read_fn mc_marshal__symbol;
/* See mc_marshal__constant(). */
mc_marshal_read_fn mc_marshal__symbol_link;

/* A table with twice the room; the old one stays in the arena.
 * count, size: of the old items.
 * Returns it, or NULL when the arena is full. Never blocks. */
void *mc_marshal__grow(struct mc_marshal_reader *r, const void *items, size_t count,
                       size_t size);

/* The room of a table at first. */
#define MC_MARSHAL_FIRST_ROOM ((size_t)32)

#endif
