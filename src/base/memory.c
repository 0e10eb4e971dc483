/* The heap behind one small door. */
#include "base/memory.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

void *mc_memory_new(size_t len)
{
    return calloc(1, len ? len : 1);
}

void *mc_memory_array(size_t count, size_t size)
{
    size_t len = 0;

    if (__builtin_mul_overflow(count, size, &len)) {
        return NULL;
    }
    return mc_memory_new(len);
}

void *mc_memory_resize(void *memory, size_t old_len, size_t new_len)
{
    uint8_t *resized = realloc(memory, new_len ? new_len : 1);

    if (resized && new_len > old_len) {
        memset(resized + old_len, 0, new_len - old_len);
    }
    return resized;
}

void *mc_memory_free(void *memory)
{
    free(memory);
    return NULL;
}

char *mc_memory_strdup(const char *text)
{
    return text ? mc_memory_copy(mc_bytes_text(text)) : NULL;
}

char *mc_memory_copy(struct mc_bytes bytes)
{
    size_t len = 0;

    if (__builtin_add_overflow(bytes.len, 1, &len)) {
        return NULL;
    }
    char *copy = mc_memory_new(len);
    if (copy && bytes.len) {
        memcpy(copy, bytes.data, bytes.len);
    }
    return copy;
}

void mc_memory_wipe(void *memory, size_t len)
{
    if (memory) {
        OPENSSL_cleanse(memory, len);
    }
}
