/* Reading what nodes answered: an immutable tree of values.
 *
 * Values are owned by the call or reply that gave them out. Functions accept NULL and
 * answer as for nil, so look-ups can be chained. */
#ifndef MARIONETTE_VALUE_H
#define MARIONETTE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MC_PUBLIC __attribute__((visibility("default")))
#else
#define MC_PUBLIC
#endif

enum mc_type
{
    MC_NIL,
    MC_BOOL,
    MC_INT,    /* fits int64_t */
    MC_BIGINT, /* an integer that does not; as decimal text */
    MC_FLOAT,
    MC_STRING,
    MC_SYMBOL,
    MC_ARRAY,
    MC_HASH,
    MC_REGEXP,
    MC_OBJECT, /* an object of a foreign class, kept opaque; its class name */
};

struct mc_value;

/* What a value is.
 * value: may be NULL.
 * Returns its type, MC_NIL for NULL. Never blocks. */
MC_PUBLIC enum mc_type mc_value_type(const struct mc_value *value);

/* Whether the value is of that type; false for NULL.
 * value: may be NULL.   type: wanted.
 * Returns true or false. Never blocks. */
MC_PUBLIC bool mc_value_is(const struct mc_value *value, enum mc_type type);

/* The text of a String or Symbol that holds no NUL.
 * value: may be NULL; owns the result.
 * Returns a borrowed C string, or NULL for anything else. Never blocks. */
MC_PUBLIC const char *mc_value_cstr(const struct mc_value *value);

/* An integer.
 * value: may be NULL.   fallback: for anything that is no MC_INT.
 * Returns the number. Never blocks. */
MC_PUBLIC int64_t mc_value_integer(const struct mc_value *value, int64_t fallback);

/* A number as double, also of an integer.
 * value: may be NULL.   fallback: for anything that is no number.
 * Returns the number. Never blocks. */
MC_PUBLIC double mc_value_real(const struct mc_value *value, double fallback);

/* A boolean.
 * value: may be NULL.   fallback: for anything that is no MC_BOOL.
 * Returns it. Never blocks. */
MC_PUBLIC bool mc_value_boolean(const struct mc_value *value, bool fallback);

/* How many items an array or pairs a hash has.
 * value: may be NULL.
 * Returns the count, 0 for anything else. Never blocks. */
MC_PUBLIC size_t mc_value_count(const struct mc_value *value);

/* An item of an array, or the value of a pair of a hash, by position.
 * value: owns the result.   index: from 0.
 * Returns a borrowed value, NULL past the end. Never blocks. */
MC_PUBLIC const struct mc_value *mc_value_item(const struct mc_value *value,
                                               size_t index);

/* The key of a pair of a hash, by position.
 * value: owns the result.   index: from 0.
 * Returns a borrowed value, NULL past the end. Never blocks. */
MC_PUBLIC const struct mc_value *mc_value_key(const struct mc_value *value,
                                              size_t index);

/* The value of the Symbol key of that name in a hash, else of the String key.
 * hash: may be NULL; owns the result.   name: C string.
 * Returns a borrowed value or NULL. Never blocks. */
MC_PUBLIC const struct mc_value *mc_value_get_name(const struct mc_value *hash,
                                                   const char *name);

#endif
