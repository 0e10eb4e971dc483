/* Characters of UTF-8 text. */
#ifndef MC_BASE_TEXT_H
#define MC_BASE_TEXT_H

#include "base/bytes.h"

/* How many characters a text has; bytes that are no UTF-8 count one each.
 * Returns characters. Never blocks. */
size_t mc_text_width(struct mc_bytes text);

/* The length of the well-formed UTF-8 character at the beginning of some bytes.
 * bytes: not empty.   ret_code: its code point.
 * Returns 1 to 4; 0 when there is none. Never blocks. */
size_t mc_text_character(struct mc_bytes bytes, uint32_t *ret_code);

#endif
