/* Characters of UTF-8 text. Bytes that are no UTF-8 count as one character each. */
#include "base/text.h"

#include <stdio.h>

size_t mc_text_character(struct mc_bytes bytes, uint32_t *ret_code)
{
    uint8_t first = bytes.data[0];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t code = len == 1 ? first : first & (0x7fu >> len);

    if (len > bytes.len || !mc_bytes_utf8(mc_bytes_slice(bytes, 0, len))) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        code = code << 6 | (bytes.data[i] & 0x3fu);
    }
    *ret_code = code;
    return len;
}

size_t mc_text_width(struct mc_bytes text)
{
    size_t width = 0;

    while (text.len) {
        uint32_t code;
        size_t len = mc_text_character(text, &code);
        text = mc_bytes_slice(text, len ? len : 1, text.len);
        width++;
    }
    return width;
}

void mc_text_size(double bytes, const char *blank, char ret_text[MC_TEXT_SIZE_BYTES])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    size_t unit = 0;

    while (bytes >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
        bytes /= 1024;
        unit++;
    }
    (void)snprintf(ret_text, MC_TEXT_SIZE_BYTES, "%.*f%s%s", bytes > 0 ? 3 : 0,
                   bytes > 0 ? bytes : 0, blank, units[unit]);
}
