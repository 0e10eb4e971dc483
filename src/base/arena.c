/* Arena: a chain of blocks, filled from the front.
 *
 * The first block is small, later ones grow, so that a ping costs one malloc and a
 * large inventory a handful. An allocation larger than a block gets its own. `used` is
 * what callers asked for; the cap is on that sum plus the block heads, so the cap bounds
 * real memory. With MC_SANITIZED each allocation is its own block. */
#include "base/arena.h"

#include "base/memory.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ALIGNMENT ((size_t)16)
#define FIRST_BLOCK_BYTES ((size_t)4000)
#define LAST_BLOCK_BYTES ((size_t)256 * 1024)

struct block
{
    struct block *next;
    size_t size;
    size_t used;
    _Alignas(16) uint8_t data[];
};

struct mc_arena
{
    struct block *blocks; /* the newest first */
    size_t max;
    size_t used;     /* asked for, rounded */
    size_t reserved; /* taken from the heap */
    size_t next_size;
    bool secret;
};

struct mc_arena *mc_arena_new(size_t max_bytes)
{
    struct mc_arena *arena = mc_memory_new(sizeof(*arena));

    if (arena) {
        arena->max = max_bytes;
        arena->next_size = FIRST_BLOCK_BYTES;
    }
    return arena;
}

struct mc_arena *mc_arena_new_secret(size_t max_bytes)
{
    struct mc_arena *arena = mc_arena_new(max_bytes);

    if (arena) {
        arena->secret = true;
    }
    return arena;
}

struct mc_arena *mc_arena_free(struct mc_arena *arena)
{
    if (!arena) {
        return NULL;
    }
    while (arena->blocks) {
        struct block *block = arena->blocks;
        arena->blocks = block->next;
        if (arena->secret) {
            mc_memory_wipe(block->data, block->used);
        }
        mc_memory_free(block);
    }
    return mc_memory_free(arena);
}

void mc_arena_cleanup(struct mc_arena **arena)
{
    *arena = mc_arena_free(*arena);
}

static struct block *add_block(struct mc_arena *arena, size_t len)
{
    size_t size = len;

#ifndef MC_SANITIZED
    size_t left = arena->max - arena->used;
    size_t wanted = arena->next_size < left ? arena->next_size : left;
    if (len < wanted) {
        size = wanted;
    }
    if (arena->next_size < LAST_BLOCK_BYTES) {
        arena->next_size *= 2;
    }
#endif
    struct block *block = mc_memory_new(sizeof(*block) + size);
    if (block) {
        block->size = size;
        block->next = arena->blocks;
        arena->blocks = block;
        arena->reserved += sizeof(*block) + size;
    }
    return block;
}

void *mc_arena_alloc(struct mc_arena *arena, size_t len)
{
    size_t rounded = 0;

    if (__builtin_add_overflow(len ? len : 1, ALIGNMENT - 1, &rounded)) {
        return NULL;
    }
    rounded &= ~(ALIGNMENT - 1);
#ifdef MC_SANITIZED
    size_t taken = len ? len : 1;
#else
    size_t taken = rounded;
#endif
    if (rounded > arena->max - arena->used) {
        return NULL;
    }
    struct block *block = arena->blocks;
    if (!block || taken > block->size - block->used) {
        block = add_block(arena, taken);
        if (!block) {
            return NULL;
        }
    }
    void *memory = block->data + block->used;
    block->used += taken;
    arena->used += rounded;
    return memory;
}

void *mc_arena_array(struct mc_arena *arena, size_t count, size_t size)
{
    size_t len = 0;

    if (__builtin_mul_overflow(count, size, &len)) {
        return NULL;
    }
    return mc_arena_alloc(arena, len);
}

char *mc_arena_text(struct mc_arena *arena, struct mc_bytes bytes)
{
    size_t len = 0;

    if (__builtin_add_overflow(bytes.len, 1, &len)) {
        return NULL;
    }
    char *copy = mc_arena_alloc(arena, len);
    if (copy && bytes.len) {
        memcpy(copy, bytes.data, bytes.len);
    }
    return copy;
}

char *mc_arena_strdup(struct mc_arena *arena, const char *text)
{
    return text ? mc_arena_text(arena, mc_bytes_text(text)) : NULL;
}

char *mc_arena_printf(struct mc_arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        return NULL;
    }
    char *text = mc_arena_alloc(arena, (size_t)len + 1);
    if (text) {
        va_start(args, format);
        (void)vsnprintf(text, (size_t)len + 1, format, args);
        va_end(args);
    }
    return text;
}

size_t mc_arena_used(const struct mc_arena *arena)
{
    return arena->used;
}
