/* The one tree that every codec, DDL and agent speaks.
 *
 * A value lives in an arena and is immutable once it was handed on; containers are
 * filled while they are built. Hashes keep the order of their pairs, their keys may be
 * any value (Ruby), and look-ups take the last pair with that key. Strings know what
 * encoding their sender named, and compare equal whatever it was. Trees are acyclic:
 * decoders must refuse a link that would close a ring, and count shared parts as often
 * as they are reached (`nodes`), so that walking a tree is bounded by its weight.
 *
 * Builders take NULL items: they answer -ENOMEM then, so a chain of builders is
 * checked once, at its end. */
#ifndef MC_VALUE_VALUE_H
#define MC_VALUE_VALUE_H

#include "base/arena.h"
#include "marionette/value.h"

enum mc_encoding
{
    MC_ENCODING_UTF8,
    MC_ENCODING_ASCII,
    MC_ENCODING_BINARY,
};

/* Options of a Ruby regular expression, as Marshal numbers them. */
enum mc_regexp_options
{
    MC_REGEXP_IGNORECASE = 1,
    MC_REGEXP_EXTENDED = 2,
    MC_REGEXP_MULTILINE = 4, /* Ruby's m: the dot matches a newline */
};

struct mc_pair
{
    const struct mc_value *key;
    const struct mc_value *value;
};

struct mc_value
{
    enum mc_type type;
    enum mc_encoding encoding; /* MC_STRING, MC_SYMBOL */
    unsigned options;          /* MC_REGEXP */
    union
    {
        bool boolean;
        int64_t integer;
        double real;
        struct mc_bytes bytes; /* always with a NUL behind, outside of len */
        struct
        {
            const struct mc_value **items;
            size_t count;
            size_t room;
        } array;
        struct
        {
            struct mc_pair *pairs;
            size_t count;
            size_t room;
        } hash;
    };
};

/* Depth of nesting that decoders accept and walkers may rely on. */
#define MC_VALUE_DEPTH_MAX 64

/* New values.
 * arena: owns the result; texts and bytes are copied.
 * Returns the value, or NULL when the arena is full. Never blocks. */
struct mc_value *mc_value_nil(struct mc_arena *arena);
/* true or false; see mc_value_nil(). */
struct mc_value *mc_value_bool(struct mc_arena *arena, bool boolean);
/* An integer; see mc_value_nil(). */
struct mc_value *mc_value_int(struct mc_arena *arena, int64_t integer);
/* A floating point number; see mc_value_nil(). */
struct mc_value *mc_value_float(struct mc_arena *arena, double real);
/* A string of bytes: marked UTF-8 when it is, else binary; see mc_value_nil(). */
struct mc_value *mc_value_string(struct mc_arena *arena, struct mc_bytes bytes);
/* A string from a C string (NULL gives nil); see mc_value_nil(). */
struct mc_value *mc_value_text(struct mc_arena *arena, const char *text);
/* A string made with a format; see mc_value_nil(). */
struct mc_value *mc_value_format(struct mc_arena *arena, const char *format, ...)
    MC_PRINTF(2, 3);
/* A symbol from a C string; see mc_value_nil(). */
struct mc_value *mc_value_symbol(struct mc_arena *arena, const char *name);
/* A symbol from bytes; see mc_value_nil(). */
struct mc_value *mc_value_symbol_bytes(struct mc_arena *arena, struct mc_bytes name);
/* A pattern with mc_regexp_options; see mc_value_nil(). */
struct mc_value *mc_value_regexp(struct mc_arena *arena, struct mc_bytes pattern,
                                 unsigned options);
/* An empty array; see mc_value_nil(). */
struct mc_value *mc_value_array(struct mc_arena *arena);
/* An empty hash; see mc_value_nil(). */
struct mc_value *mc_value_hash(struct mc_arena *arena);

/* Append to an array.
 * arena: the one of the array.   array, item: NULL gives -ENOMEM.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_value_push(struct mc_arena *arena, struct mc_value *array,
                  const struct mc_value *item) MC_MUST_USE;

/* Append a pair to a hash, or replace the value of an equal key.
 * The search is linear: decoders of long hashes use mc_value_add().
 * arena: the one of the hash.   hash, key, value: NULL gives -ENOMEM.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_value_set(struct mc_arena *arena, struct mc_value *hash,
                 const struct mc_value *key, const struct mc_value *value) MC_MUST_USE;

/* Append a pair to a hash without looking for an equal key.
 * arena: the one of the hash.   hash, key, value: NULL gives -ENOMEM.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_value_add(struct mc_arena *arena, struct mc_value *hash,
                 const struct mc_value *key, const struct mc_value *value) MC_MUST_USE;

/* mc_value_set() with a Symbol key.
 * arena: the one of the hash.   name: copied.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_value_set_symbol(struct mc_arena *arena, struct mc_value *hash, const char *name,
                        const struct mc_value *value) MC_MUST_USE;

/* mc_value_set() with a String key.
 * arena: the one of the hash.   name: copied.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_value_set_text(struct mc_arena *arena, struct mc_value *hash, const char *name,
                      const struct mc_value *value) MC_MUST_USE;

/* The value of a key of any type.
 * hash: NULL or no hash gives NULL.   key: compared with mc_value_equal().
 * Returns a borrowed value or NULL. Never blocks. */
const struct mc_value *mc_value_get(const struct mc_value *hash,
                                    const struct mc_value *key);

/* The value of the Symbol key of that name.
 * hash: NULL or no hash gives NULL.
 * Returns a borrowed value or NULL. Never blocks. */
const struct mc_value *mc_value_get_symbol(const struct mc_value *hash,
                                           const char *name);

/* The value of the String key of that name.
 * hash: NULL or no hash gives NULL.
 * Returns a borrowed value or NULL. Never blocks. */
const struct mc_value *mc_value_get_text(const struct mc_value *hash, const char *name);

/* Whether two values are equal as Ruby's == says: numbers by value (1 == 1.0),
 * strings by bytes, hashes whatever their order; a Symbol never equals a String.
 * a, b: may be NULL (equal only to NULL).
 * Returns true or false. Never blocks. */
bool mc_value_equal(const struct mc_value *a, const struct mc_value *b);

/* A deep copy.
 * value: borrowed; NULL gives NULL.   arena: owns the copy.
 * Returns the copy, or NULL when the arena is full. Never blocks. */
struct mc_value *mc_value_copy(const struct mc_value *value, struct mc_arena *arena);

/* The words for a type: "a string", "an integer" … for messages.
 * Returns a constant text. Never blocks. */
const char *mc_type_name(enum mc_type type);

#endif
