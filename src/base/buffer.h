/* A growing piece of heap memory with a maximum, to build output in.
 *
 * The error is sticky: after the first append that does not fit every later one is
 * a no-op, and the end result is asked for once, with mc_buffer_failed(). */
#ifndef MC_BASE_BUFFER_H
#define MC_BASE_BUFFER_H

#include "base/bytes.h"
#include "base/error.h"

struct mc_arena;

struct mc_buffer
{
    uint8_t *data;
    size_t len;
    size_t size;
    size_t max;
    bool failed;
};

/* Begin an empty buffer; nothing is allocated yet.
 * buffer: embedded in the caller.   max_bytes: it never becomes longer.
 * Returns nothing. Never blocks. */
void mc_buffer_init(struct mc_buffer *buffer, size_t max_bytes);

/* Give back its memory; the buffer is empty afterwards and may be used again.
 * buffer: may be NULL or already given back.
 * Returns nothing. Never blocks. */
void mc_buffer_deinit(struct mc_buffer *buffer);

/* Append bytes, one byte, a C string, or a formatted text.
 * buffer: marked as failed when it would pass its maximum or memory is short.
 * Returns nothing; ask mc_buffer_failed() at the end. Never blocks. */
void mc_buffer_append(struct mc_buffer *buffer, struct mc_bytes bytes);
/* One byte; see mc_buffer_append(). */
void mc_buffer_byte(struct mc_buffer *buffer, uint8_t byte);
/* A C string without its NUL; see mc_buffer_append(). */
void mc_buffer_text(struct mc_buffer *buffer, const char *text);
/* A formatted text; see mc_buffer_append(). */
void mc_buffer_printf(struct mc_buffer *buffer, const char *format, ...)
    MC_PRINTF(2, 3);

/* Remove bytes at the front, for streams.
 * buffer: keeps the rest.   len: in bytes, at most buffer->len.
 * Returns nothing. Never blocks. */
void mc_buffer_drop(struct mc_buffer *buffer, size_t len);

/* Whether an append did not fit.
 * buffer: borrowed.
 * Returns true after a failure. Never blocks. */
bool mc_buffer_failed(const struct mc_buffer *buffer);

/* The content.
 * buffer: owns it; valid until the next change.
 * Returns borrowed bytes. Never blocks. */
struct mc_bytes mc_buffer_bytes(const struct mc_buffer *buffer);

/* Copy the content to an arena, with a NUL behind it.
 * buffer: unchanged.   arena: owns *ret_bytes.
 * Returns 0; -ENOMEM when the buffer had failed or the arena is full. Never blocks. */
int mc_buffer_copy(const struct mc_buffer *buffer, struct mc_arena *arena,
                   struct mc_bytes *ret_bytes) MC_MUST_USE;

#endif
