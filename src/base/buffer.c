/* Growing output with a maximum and a sticky error. */
#include "base/buffer.h"

#include "base/arena.h"
#include "base/memory.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_BYTES ((size_t)256)

void mc_buffer_init(struct mc_buffer *buffer, size_t max_bytes)
{
    *buffer = (struct mc_buffer){.max = max_bytes};
}

void mc_buffer_deinit(struct mc_buffer *buffer)
{
    if (buffer) {
        mc_memory_free(buffer->data);
        mc_buffer_init(buffer, buffer->max);
    }
}

/* Room for len more bytes and a NUL behind them. */
static bool reserve(struct mc_buffer *buffer, size_t len)
{
    if (buffer->failed || len > buffer->max - buffer->len) {
        buffer->failed = true;
        return false;
    }
    size_t needed = buffer->len + len + 1;
    if (needed <= buffer->size) {
        return true;
    }
    size_t size = buffer->size ? buffer->size : FIRST_BYTES;
    while (size < needed) {
        size *= 2;
    }
    uint8_t *data = mc_memory_resize(buffer->data, buffer->size, size);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->size = size;
    return true;
}

void mc_buffer_append(struct mc_buffer *buffer, struct mc_bytes bytes)
{
    if (bytes.len && reserve(buffer, bytes.len)) {
        memcpy(buffer->data + buffer->len, bytes.data, bytes.len);
        buffer->len += bytes.len;
        buffer->data[buffer->len] = 0;
    }
}

void mc_buffer_byte(struct mc_buffer *buffer, uint8_t byte)
{
    mc_buffer_append(buffer, mc_bytes_make(&byte, 1));
}

void mc_buffer_text(struct mc_buffer *buffer, const char *text)
{
    mc_buffer_append(buffer, mc_bytes_text(text));
}

void mc_buffer_printf(struct mc_buffer *buffer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        buffer->failed = true;
        return;
    }
    if (reserve(buffer, (size_t)len)) {
        va_start(args, format);
        (void)vsnprintf((char *)buffer->data + buffer->len, (size_t)len + 1, format,
                        args);
        va_end(args);
        buffer->len += (size_t)len;
    }
}

void mc_buffer_drop(struct mc_buffer *buffer, size_t len)
{
    size_t drop = len < buffer->len ? len : buffer->len;

    if (drop) {
        memmove(buffer->data, buffer->data + drop, buffer->len - drop);
        buffer->len -= drop;
    }
}

bool mc_buffer_failed(const struct mc_buffer *buffer)
{
    return buffer->failed;
}

struct mc_bytes mc_buffer_bytes(const struct mc_buffer *buffer)
{
    return mc_bytes_make(buffer->data, buffer->len);
}

int mc_buffer_copy(const struct mc_buffer *buffer, struct mc_arena *arena,
                   struct mc_bytes *ret_bytes)
{
    char *copy = buffer->failed ? NULL : mc_arena_text(arena, mc_buffer_bytes(buffer));

    if (!copy) {
        return -ENOMEM;
    }
    *ret_bytes = mc_bytes_make(copy, buffer->len);
    return 0;
}
