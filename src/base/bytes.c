/* Borrowed bytes: comparing and cutting, nothing that allocates. */
#include "base/bytes.h"

#include <openssl/crypto.h>
#include <string.h>

struct mc_bytes mc_bytes_make(const void *data, size_t len)
{
    return (struct mc_bytes){data, len};
}

struct mc_bytes mc_bytes_text(const char *text)
{
    return mc_bytes_make(text, text ? strlen(text) : 0);
}

bool mc_bytes_equal(struct mc_bytes a, struct mc_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool mc_bytes_equal_secret(struct mc_bytes a, struct mc_bytes b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0);
}

int mc_bytes_compare(struct mc_bytes a, struct mc_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool mc_bytes_is(struct mc_bytes a, const char *text)
{
    return mc_bytes_equal(a, mc_bytes_text(text));
}

bool mc_bytes_starts(struct mc_bytes a, const char *prefix)
{
    struct mc_bytes b = mc_bytes_text(prefix);

    return a.len >= b.len && mc_bytes_equal(mc_bytes_slice(a, 0, b.len), b);
}

size_t mc_bytes_find(struct mc_bytes a, uint8_t byte)
{
    const uint8_t *place = a.len ? memchr(a.data, byte, a.len) : NULL;

    return place ? (size_t)(place - a.data) : a.len;
}

struct mc_bytes mc_bytes_slice(struct mc_bytes a, size_t from, size_t len)
{
    if (from >= a.len) {
        return mc_bytes_make(a.data ? a.data + a.len : NULL, 0);
    }
    size_t left = a.len - from;
    return mc_bytes_make(a.data + from, len < left ? len : left);
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

struct mc_bytes mc_bytes_trim(struct mc_bytes a)
{
    while (a.len && is_blank(a.data[0])) {
        a.data++;
        a.len--;
    }
    while (a.len && is_blank(a.data[a.len - 1])) {
        a.len--;
    }
    return a;
}

struct mc_bytes mc_bytes_last_line(struct mc_bytes a)
{
    a = mc_bytes_trim(a);
    size_t from = a.len;

    while (from > 0 && a.data[from - 1] != '\n') {
        from--;
    }
    return mc_bytes_trim(mc_bytes_slice(a, from, a.len - from));
}

/* How many continuation bytes follow a first byte, and the smallest code point that may
 * be written in this length (RFC 3629 section 3); -1 for a byte that cannot begin. */
static int utf8_tail(uint8_t first, uint32_t *ret_code, uint32_t *ret_least)
{
    static const struct
    {
        uint8_t mask;
        uint8_t mark;
        int tail;
        uint32_t least;
    } forms[] = {
        {0x80, 0x00, 0, 0},
        {0xe0, 0xc0, 1, 0x80},
        {0xf0, 0xe0, 2, 0x800},
        {0xf8, 0xf0, 3, 0x10000},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if ((first & forms[i].mask) == forms[i].mark) {
            *ret_code = (uint32_t)(first & (uint8_t)~forms[i].mask);
            *ret_least = forms[i].least;
            return forms[i].tail;
        }
    }
    return -1;
}

bool mc_bytes_utf8(struct mc_bytes a)
{
    size_t at = 0;

    while (at < a.len) {
        uint32_t code = 0;
        uint32_t least = 0;
        int tail = utf8_tail(a.data[at++], &code, &least);
        if (tail < 0 || (size_t)tail > a.len - at) {
            return false;
        }
        for (int i = 0; i < tail; i++) {
            uint8_t byte = a.data[at++];
            if ((byte & 0xc0) != 0x80) {
                return false;
            }
            code = (code << 6) | (byte & 0x3fu);
        }
        if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
            return false;
        }
    }
    return true;
}
