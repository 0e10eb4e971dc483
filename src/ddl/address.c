/* IPv4 and IPv6 addresses as Ruby's IPAddr reads them: a prefix length or a mask may
 * follow a slash, an IPv6 address may stand in brackets and name a zone. */
#include "ddl/ddl-private.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_BYTES_MAX 128

static bool is_prefix(const char *text, long most)
{
    size_t len = strspn(text, "0123456789");

    return len > 0 && len <= 3 && text[len] == 0 && strtol(text, NULL, 10) <= most;
}

/* Ones first, then zeros. */
static bool is_mask(int family, const char *text, size_t bytes)
{
    uint8_t mask[16] = {0};
    bool ended = false;

    if (inet_pton(family, text, mask) != 1) {
        return false;
    }
    for (size_t bit = 0; bit < bytes * 8; bit++) {
        bool one = (mask[bit / 8] >> (7 - bit % 8)) & 1;
        if (one && ended) {
            return false;
        }
        ended = ended || !one;
    }
    return true;
}

/* Cut the text at a byte; returns what is behind it, or NULL. */
static char *cut(char *text, char byte)
{
    char *place = strchr(text, byte);

    if (place) {
        *place++ = 0;
    }
    return place;
}

bool mc_ddl__is_address(struct mc_bytes text, bool six)
{
    char copy[ADDRESS_BYTES_MAX + 1];
    uint8_t address[16];
    int family = six ? AF_INET6 : AF_INET;
    size_t bytes = six ? 16 : 4;
    char *start = copy;

    if (text.len == 0 || text.len > ADDRESS_BYTES_MAX ||
        memchr(text.data, 0, text.len)) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = 0;
    const char *range = cut(copy, '/');
    size_t len = strlen(copy);
    if (six && len > 2 && copy[0] == '[' && copy[len - 1] == ']') {
        copy[len - 1] = 0;
        start++;
    }
    const char *zone = six ? cut(start, '%') : NULL;
    if ((zone && !*zone) || inet_pton(family, start, address) != 1) {
        return false;
    }
    return !range || is_prefix(range, six ? 128 : 32) || is_mask(family, range, bytes);
}
