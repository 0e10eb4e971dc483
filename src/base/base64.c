/* Base64 over a table; what Ruby's encode64 and a strict decoder agree on. */
#include "base/base64.h"

#include "base/buffer.h"
#include <errno.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int mc_base64_encode(struct mc_bytes in, size_t line, struct mc_arena *arena,
                     struct mc_bytes *ret_text)
{
    size_t chars = (in.len + 2) / 3 * 4;
    size_t lines = line ? (chars + line - 1) / line : 0;
    char *out = in.len > SIZE_MAX / 2 ? NULL : mc_arena_alloc(arena, chars + lines + 1);
    size_t used = 0;
    size_t column = 0;

    if (!out) {
        return -ENOMEM;
    }
    for (size_t at = 0; at < in.len; at += 3) {
        size_t left = in.len - at;
        uint32_t bits = (uint32_t)in.data[at] << 16;
        bits |= left > 1 ? (uint32_t)in.data[at + 1] << 8 : 0;
        bits |= left > 2 ? (uint32_t)in.data[at + 2] : 0;
        for (size_t i = 0; i < 4; i++) {
            out[used++] = i <= left ? alphabet[(bits >> (18 - 6 * i)) & 63] : '=';
            column++;
            if (line && column == line) {
                out[used++] = '\n';
                column = 0;
            }
        }
    }
    if (line && column) {
        out[used++] = '\n';
    }
    *ret_text = mc_bytes_make(out, used);
    return 0;
}

/* The six bits of a character, -1 for one outside the alphabet. */
static int bits_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int mc_base64_decode(struct mc_bytes in, struct mc_arena *arena,
                     struct mc_bytes *ret_bytes)
{
    uint8_t *out = mc_arena_alloc(arena, in.len / 4 * 3 + 4);
    size_t used = 0;
    uint32_t held = 0;
    unsigned count = 0;

    if (!out) {
        return -ENOMEM;
    }
    if (in.len == 0) {
        return MC_BASE64_INVALID;
    }
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.data[i];
        int bits = bits_of(c);
        if (bits < 0) {
            if (c == '=' || c == ' ' || (c >= '\t' && c <= '\r')) {
                continue;
            }
            return MC_BASE64_INVALID;
        }
        held = (held << 6) | (uint32_t)bits;
        count++;
        if (count % 4 != 1) {
            unsigned spare = count % 4 == 2 ? 4 : count % 4 == 3 ? 2 : 0;
            out[used++] = (uint8_t)(held >> spare);
        }
    }
    *ret_bytes = mc_bytes_make(out, used);
    return 0;
}
