/* The heap, for what lives longer than one exchange. All memory comes back zeroed.
 *
 * These wrappers are the one place where the allocator is called, so that faults can
 * be injected here and nowhere else. */
#ifndef MC_BASE_MEMORY_H
#define MC_BASE_MEMORY_H

#include "base/bytes.h"

/* Zeroed heap memory.
 * len: in bytes.
 * Returns memory owned by the caller (mc_memory_free), or NULL. Never blocks. */
void *mc_memory_new(size_t len);

/* Zeroed heap memory for count items of size bytes; an overflow gives NULL.
 * count: items.   size: bytes of one item.
 * Returns memory owned by the caller, or NULL. Never blocks. */
void *mc_memory_array(size_t count, size_t size);

/* A longer or shorter piece with the same content; new bytes are zeroed.
 * memory: given up on success, still owned by the caller when NULL is returned.
 * old_len, new_len: in bytes.
 * Returns memory owned by the caller, or NULL. Never blocks. */
void *mc_memory_resize(void *memory, size_t old_len, size_t new_len);

/* Give memory back.
 * memory: may be NULL.
 * Returns NULL. Never blocks. */
void *mc_memory_free(void *memory);

/* A heap copy of a C string.
 * text: borrowed; NULL gives NULL.
 * Returns memory owned by the caller, or NULL. Never blocks. */
char *mc_memory_strdup(const char *text);

/* A heap copy of bytes, with a NUL behind it.
 * bytes: borrowed.
 * Returns memory owned by the caller, or NULL. Never blocks. */
char *mc_memory_copy(struct mc_bytes bytes);

/* Overwrite a secret so that the compiler cannot leave it out.
 * memory: may be NULL.   len: in bytes.
 * Returns nothing. Never blocks. */
void mc_memory_wipe(void *memory, size_t len);

#endif
