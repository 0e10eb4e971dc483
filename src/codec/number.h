/* Numbers as text, shared by the codecs: floats as Ruby prints them, big integers.
 *
 * The programs never set LC_NUMERIC, so the decimal point is always a point. */
#ifndef MC_CODEC_NUMBER_H
#define MC_CODEC_NUMBER_H

#include "value/value.h"

/* The longest text of a float: sign, 17 digits, point, zeros or exponent, NUL. */
#define MC_NUMBER_FLOAT_BYTES 48
/* The largest magnitude of a big integer in bytes (2048 bits): the conversions are
 * quadratic, so what a peer may ask for is bounded here. */
#define MC_NUMBER_BIG_BYTES ((size_t)256)

/* A float as Ruby's Marshal writes it: inf, -inf, nan, -0, 1.5, 1e2.
 * real: any float.   ret_text: NUL-terminated.
 * Returns nothing. Never blocks. */
void mc_number_marshal(double real, char ret_text[MC_NUMBER_FLOAT_BYTES]);

/* A float as Ruby's Float#to_s writes it: 1.0, 1.0e+20, 1.0e-05; NaN and infinities
 * are NaN, Infinity, -Infinity.
 * real: any float.   ret_text: NUL-terminated.
 * Returns nothing. Never blocks. */
void mc_number_text(double real, char ret_text[MC_NUMBER_FLOAT_BYTES]);

/* An integer value: MC_INT when it fits, else MC_BIGINT.
 * magnitude: little-endian, borrowed; what is beyond MC_NUMBER_BIG_BYTES significant
 * bytes is the caller's to refuse.   arena: owns the result.
 * Returns the value, or NULL when the arena is full. Never blocks. */
struct mc_value *mc_number_integer(struct mc_bytes magnitude, bool negative,
                                   struct mc_arena *arena);

/* The little-endian magnitude of digits, without leading zero bytes.
 * digits: at least one, nothing else.   base: 2 to 16.
 * ret_magnitude: filled from its front.
 * Returns 0; -EINVAL when it is no such text; -E2BIG when the number needs more than
 * MC_NUMBER_BIG_BYTES. Never blocks. */
int mc_number_digits(struct mc_bytes digits, unsigned base,
                     uint8_t ret_magnitude[MC_NUMBER_BIG_BYTES], size_t *ret_len)
    MC_MUST_USE;

#endif
