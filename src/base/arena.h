/* The memory of one exchange: many small allocations, dropped together.
 *
 * An arena has a maximum; reaching it is an outcome (NULL), never a crash, because
 * peers decide how much we decode. All memory comes back zeroed. In sanitizer builds
 * every allocation is a malloc of its own, so that ASan sees overruns inside. Secret
 * arenas are wiped before they are given back. Parsers allocate only here and free
 * nothing. */
#ifndef MC_BASE_ARENA_H
#define MC_BASE_ARENA_H

#include "base/bytes.h"
#include "base/error.h"

struct mc_arena;

/* What one exchange (request or reply) may use at the most, in bytes. */
#define MC_ARENA_EXCHANGE_BYTES ((size_t)64 * 1024 * 1024)

/* A new arena.
 * max_bytes: cap on the sum of all allocations.
 * Returns the arena, owned by the caller, or NULL without memory. Never blocks. */
struct mc_arena *mc_arena_new(size_t max_bytes);

/* The same for secrets: every block is wiped when it is given back.
 * max_bytes: cap on the sum of all allocations.
 * Returns the arena, owned by the caller, or NULL without memory. Never blocks. */
struct mc_arena *mc_arena_new_secret(size_t max_bytes);

/* Give back the arena and all that was allocated in it.
 * arena: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_arena *mc_arena_free(struct mc_arena *arena);

/* For MC_CLEANUP(mc_arena_cleanup) on a struct mc_arena pointer.
 * arena: address of the variable.
 * Returns nothing. Never blocks. */
void mc_arena_cleanup(struct mc_arena **arena);

/* Zeroed memory, aligned for any type.
 * arena: owns the result.   len: in bytes; 0 gives a valid pointer.
 * Returns the memory, or NULL when the cap or the machine is exhausted. Never blocks. */
void *mc_arena_alloc(struct mc_arena *arena, size_t len);

/* Zeroed memory for count items; a product that overflows gives NULL.
 * arena: owns the result.   count: items.   size: bytes of one item.
 * Returns the memory or NULL. Never blocks. */
void *mc_arena_array(struct mc_arena *arena, size_t count, size_t size);

/* A copy of some bytes with a NUL behind them.
 * arena: owns the result.   bytes: borrowed; may hold NULs.
 * Returns the copy or NULL. Never blocks. */
char *mc_arena_text(struct mc_arena *arena, struct mc_bytes bytes);

/* A copy of a C string.
 * arena: owns the result.   text: borrowed; NULL gives NULL.
 * Returns the copy or NULL. Never blocks. */
char *mc_arena_strdup(struct mc_arena *arena, const char *text);

/* A text made with a format.
 * arena: owns the result.
 * Returns the text or NULL. Never blocks. */
char *mc_arena_printf(struct mc_arena *arena, const char *format, ...) MC_PRINTF(2, 3);

/* How much has been allocated: the high-water mark, as nothing is freed singly.
 * arena: borrowed.
 * Returns bytes. Never blocks. */
size_t mc_arena_used(const struct mc_arena *arena);

#endif
