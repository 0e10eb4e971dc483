/* Making a peer's text harmless; used inside base only. */
#ifndef MC_BASE_LOG_PRIVATE_H
#define MC_BASE_LOG_PRIVATE_H

#include "base/bytes.h"

/* Copy text with everything that is no ordinary character escaped.
 * out: has room for four times text.len.
 * Returns the bytes written. Never blocks. */
size_t mc_log__escape(struct mc_bytes text, char *out);

/* Leave out the last piece of a text that was cut, which may be half a character.
 * Returns the front of it, borrowed; all of it when it is no UTF-8 anyway. Never
 * blocks. */
struct mc_bytes mc_log__whole(struct mc_bytes text);

/* The number of a syslog facility; one that nobody knows is "user".
 * name: "daemon", "local0" ...
 * Returns whether it is known. Never blocks. */
bool mc_log__facility(const char *name, int *ret_number);

#endif
