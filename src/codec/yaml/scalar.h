/* What a plain YAML scalar means to Ruby's Psych (YAML 1.1 with its own additions). */
#ifndef MC_CODEC_YAML_SCALAR_H
#define MC_CODEC_YAML_SCALAR_H

#include "codec/codec.h"

/* The value of an unquoted scalar: nil, boolean, number, symbol or string.
 * text: borrowed.   arena: owns *ret_value.   error: why not.
 * Returns 0; MC_CODEC_REFUSED (a date or time); MC_CODEC_LIMIT (a number too big, or
 * the arena is full). Never blocks. */
int mc_yaml_scalar(struct mc_bytes text, struct mc_arena *arena,
                   struct mc_value **ret_value, struct mc_error *error) MC_MUST_USE;

/* Whether a text may be written without quotes as a plain scalar that reads back as
 * the same string, by any YAML 1.1 reader; answers no when in doubt.
 * text: borrowed.
 * Returns true when plain is safe. Never blocks. */
bool mc_yaml_plain_safe(struct mc_bytes text);

/* Whether the letters alone fit in a plain scalar, whatever they would be read as.
 * text: borrowed.
 * Returns true when no letter has a meaning in YAML there. Never blocks. */
bool mc_yaml_plain_letters(struct mc_bytes text);

#endif
