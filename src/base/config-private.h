/* How values are written in a configuration file; used inside base/config only. */
#ifndef MC_BASE_CONFIG_PRIVATE_H
#define MC_BASE_CONFIG_PRIVATE_H

#include "base/bytes.h"

/* The largest whole number a configuration may hold, either sign: seconds up to it
 * can be turned into microseconds without leaving 64 bits. */
#define MC_CONFIG__NUMBER_MAX INT64_C(1000000000000)

/* A whole number as Ruby writes it: sign, 0x 0b 0o 0d, leading 0 for octal, single
 * underscores between digits.
 * text: borrowed, blanks at both sides allowed.
 * Returns true and the number. Never blocks. */
bool mc_config__integer(struct mc_bytes text, int64_t *ret_number);

/* A decimal number with an optional fraction and exponent.
 * text: borrowed, blanks at both sides allowed.
 * Returns true and a finite number. Never blocks. */
bool mc_config__float(struct mc_bytes text, double *ret_number);

/* 1 yes y true t, or 0 no n false f, in any case.
 * text: borrowed, blanks at both sides allowed.
 * Returns true and the value. Never blocks. */
bool mc_config__bool(struct mc_bytes text, bool *ret_value);

#endif
