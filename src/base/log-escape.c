/* What could end a line or steer a terminal is written as an escape: \n, \t, \r, and
 * \xHH for other control characters (those of Latin-1 in UTF-8 too) and for every byte
 * above ASCII of a text that is no UTF-8. */
#include "base/log-private.h"

#include <string.h>

/* Bytes of the character at the front that may be shown as they are, or 0. */
static size_t harmless(struct mc_bytes rest, bool utf8)
{
    uint8_t first = rest.data[0];

    if (first < 0x80) {
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    }
    /* U+0080 to U+009f are control characters too. */
    if (!utf8 || (first == 0xc2 && rest.len > 1 && rest.data[1] < 0xa0)) {
        return 0;
    }
    return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
}

size_t mc_log__escape(struct mc_bytes text, char *out)
{
    static const char hex[] = "0123456789abcdef";
    bool utf8 = mc_bytes_utf8(text);
    size_t used = 0;

    for (size_t at = 0; at < text.len;) {
        size_t len = harmless(mc_bytes_slice(text, at, text.len), utf8);
        uint8_t byte = text.data[at];
        if (len) {
            memcpy(out + used, text.data + at, len);
            used += len;
            at += len;
            continue;
        }
        out[used++] = '\\';
        if (byte == '\n' || byte == '\t' || byte == '\r') {
            out[used++] = byte == '\n' ? 'n' : byte == '\t' ? 't' : 'r';
        } else {
            out[used++] = 'x';
            out[used++] = hex[byte >> 4];
            out[used++] = hex[byte & 15];
        }
        at++;
    }
    return used;
}

struct mc_bytes mc_log__whole(struct mc_bytes text)
{
    struct mc_bytes cut = text;

    for (int i = 0; i < 4 && cut.len && !mc_bytes_utf8(cut); i++) {
        cut.len--;
    }
    return mc_bytes_utf8(cut) ? cut : text;
}
