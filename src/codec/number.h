/* Numbers as text, shared by the codecs: floats as Ruby prints them, big integers.
 *
 * The programs never set LC_NUMERIC, so the decimal point is always a point. */
#ifndef MC_CODEC_NUMBER_H
#define MC_CODEC_NUMBER_H

#include "base/arena.h"

/* The longest text of a float: sign, 17 digits, point, zeros or exponent, NUL. */
#define MC_NUMBER_FLOAT_BYTES 48
/* The largest magnitude of a big integer in bytes (2048 bits) and in decimal digits:
 * the conversions are quadratic, so what a peer may ask for is bounded here. */
#define MC_NUMBER_BIG_BYTES ((size_t)256)
#define MC_NUMBER_BIG_DIGITS ((size_t)617)

/* A float as Ruby's Marshal writes it: inf, -inf, nan, -0, 1.5, 1e2.
 * real: any float.   ret_text: NUL-terminated.
 * Returns nothing. Never blocks. */
void mc_number_marshal(double real, char ret_text[MC_NUMBER_FLOAT_BYTES]);

/* A float as Ruby's Float#to_s writes it: 1.0, 1.0e+20, 1.0e-05; NaN and infinities
 * are NaN, Infinity, -Infinity.
 * real: any float.   ret_text: NUL-terminated.
 * Returns nothing. Never blocks. */
void mc_number_text(double real, char ret_text[MC_NUMBER_FLOAT_BYTES]);

/* The decimal text of a little-endian magnitude.
 * magnitude: borrowed, at most MC_NUMBER_BIG_BYTES.   arena: owns *ret_text.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_number_from_bytes(struct mc_bytes magnitude, bool negative,
                         struct mc_arena *arena, struct mc_bytes *ret_text) MC_MUST_USE;

/* The little-endian magnitude of a decimal text, without leading zero bytes.
 * text: an optional - and digits.   ret_magnitude: filled from its front.
 * Returns 0; -EINVAL when it is no such text or has more than MC_NUMBER_BIG_DIGITS
 * digits. Never blocks. */
int mc_number_to_bytes(struct mc_bytes text, uint8_t ret_magnitude[MC_NUMBER_BIG_BYTES],
                       size_t *ret_len, bool *ret_negative) MC_MUST_USE;

#endif
