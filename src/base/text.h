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

/* Room for mc_text_size(). */
#define MC_TEXT_SIZE_BYTES 40

/* A number of bytes for people: "12.500 MB", the largest unit that fits; "0 B" for none
 * (spec commands.md 1.15).
 * bytes: how many.   blank: between number and unit.   ret_text: NUL-terminated.
 * Returns nothing. Never blocks. */
void mc_text_size(double bytes, const char *blank, char ret_text[MC_TEXT_SIZE_BYTES]);

#endif
