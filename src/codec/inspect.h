/* Values as Ruby's inspect writes them, and pretty-printed as its pp does
 * (commands.md 1.6). */
#ifndef MC_CODEC_INSPECT_H
#define MC_CODEC_INSPECT_H

#include "base/buffer.h"
#include "value/value.h"

/* Columns that a pretty-printed line may have. */
#define MC_INSPECT_COLUMNS 79
/* One value as text at the most, in bytes. */
#define MC_INSPECT_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* On one line: {:a=>"text", "b"=>[1, 2.0, nil]}.
 * value: NULL is nil.   out: appended to.
 * Returns nothing; ask mc_buffer_failed(). Never blocks. */
void mc_inspect(const struct mc_value *value, struct mc_buffer *out);

/* Broken into lines that have at most MC_INSPECT_COLUMNS characters where possible; no
 * line end behind the last one.
 * value: NULL is nil.   out: appended to, as if it were empty.
 * Returns nothing; ask mc_buffer_failed(). Never blocks. */
void mc_inspect_pretty(const struct mc_value *value, struct mc_buffer *out);

/* The text of a value as a person would write it: strings and symbols as they are,
 * numbers in digits, nil as nothing, everything else as mc_inspect().
 * value: NULL is nil.   out: appended to.
 * Returns nothing; ask mc_buffer_failed(). Never blocks. */
void mc_inspect_plain(const struct mc_value *value, struct mc_buffer *out);

/* The same as a text of its own.
 * arena: owns the result.
 * Returns the text; NULL without memory. Never blocks. */
const char *mc_inspect_text(const struct mc_value *value, struct mc_arena *arena);

#endif
