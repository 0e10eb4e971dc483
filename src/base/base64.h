/* Base64 as Ruby's encode64 writes it: 60 characters a line, every line ended by \n
 * (RFC 2045 style; spec collective.md 1.7, 2.8). */
#ifndef MC_BASE_BASE64_H
#define MC_BASE_BASE64_H

#include "base/arena.h"

enum
{
    MC_BASE64_INVALID = 1,
};

/* Encode.
 * in: borrowed.   line: characters a line (60 for Ruby's form), 0 for no line ends.
 * arena: owns *ret_text.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_base64_encode(struct mc_bytes in, size_t line, struct mc_arena *arena,
                     struct mc_bytes *ret_text) MC_MUST_USE;

/* Decode; only A-Z a-z 0-9 + / = and white space, at least one such character.
 * in: borrowed.   arena: owns *ret_bytes.
 * Returns 0; MC_BASE64_INVALID; -ENOMEM. Never blocks. */
int mc_base64_decode(struct mc_bytes in, struct mc_arena *arena,
                     struct mc_bytes *ret_bytes) MC_MUST_USE;

#endif
