/* Numbers and booleans of a configuration file, read by hand: the C library would take
 * more than Ruby does (blanks, "inf", hexadecimal fractions) or less (underscores). */
#include "base/config-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FLOAT_BYTES_MAX 64

static unsigned digit_value(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - (unsigned)'0';
    }
    byte |= 0x20;
    if (byte >= 'a' && byte <= 'f') {
        return byte - (unsigned)'a' + 10;
    }
    return 99;
}

/* Take the prefix away and tell the base: "0x1f" is "1f" and 16, "017" is "17" and 8. */
static unsigned take_base(struct mc_bytes *text)
{
    static const struct
    {
        char letter;
        unsigned base;
    } forms[] = {{'x', 16}, {'b', 2}, {'o', 8}, {'d', 10}};

    if (text->len < 2 || text->data[0] != '0') {
        return 10;
    }
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if ((text->data[1] | 0x20) == forms[i].letter) {
            *text = mc_bytes_slice(*text, 2, text->len);
            return forms[i].base;
        }
    }
    *text = mc_bytes_slice(*text, text->data[1] == '_' ? 2 : 1, text->len);
    return 8;
}

static bool take_sign(struct mc_bytes *text)
{
    if (text->len == 0 || (text->data[0] != '-' && text->data[0] != '+')) {
        return false;
    }
    bool negative = text->data[0] == '-';
    *text = mc_bytes_slice(*text, 1, text->len);
    return negative;
}

bool mc_config__integer(struct mc_bytes text, int64_t *ret_number)
{
    struct mc_bytes rest = mc_bytes_trim(text);
    bool negative = take_sign(&rest);
    unsigned base = take_base(&rest);
    int64_t number = 0;
    bool digit = false;

    for (size_t i = 0; i < rest.len; i++) {
        if (rest.data[i] == '_' && digit) {
            digit = false;
            continue;
        }
        unsigned value = digit_value(rest.data[i]);
        digit = value < base;
        number = number * base + value;
        if (!digit || number > MC_CONFIG__NUMBER_MAX) {
            return false;
        }
    }
    if (!digit) {
        return false;
    }
    *ret_number = negative ? -number : number;
    return true;
}

/* Copy digits to out, single underscores between them dropped.
 * Returns how many bytes of the text were taken, 0 when there is no digit. */
static size_t take_digits(struct mc_bytes text, char *out, size_t *used)
{
    size_t at = 0;
    bool digit = false;

    for (; at < text.len; at++) {
        if (text.data[at] >= '0' && text.data[at] <= '9') {
            out[(*used)++] = (char)text.data[at];
            digit = true;
        } else if (text.data[at] == '_' && digit) {
            digit = false;
        } else {
            break;
        }
    }
    return digit ? at : 0;
}

/* A point with digits, or an exponent with digits, when the text goes on with one. */
static bool take_part(struct mc_bytes *text, char mark, char *out, size_t *used)
{
    if (text->len == 0 || (text->data[0] | 0x20) != (mark | 0x20)) {
        return true;
    }
    out[(*used)++] = mark;
    *text = mc_bytes_slice(*text, 1, text->len);
    if (mark == 'e') {
        out[(*used)++] = take_sign(text) ? '-' : '+';
    }
    size_t taken = take_digits(*text, out, used);
    *text = mc_bytes_slice(*text, taken, text->len);
    return taken > 0;
}

bool mc_config__float(struct mc_bytes text, double *ret_number)
{
    struct mc_bytes rest = mc_bytes_trim(text);
    char plain[FLOAT_BYTES_MAX + 4] = {0};
    size_t used = 0;

    if (rest.len > FLOAT_BYTES_MAX) {
        return false;
    }
    plain[used++] = take_sign(&rest) ? '-' : '+';
    size_t taken = take_digits(rest, plain, &used);
    rest = mc_bytes_slice(rest, taken, rest.len);
    if (taken == 0 || !take_part(&rest, '.', plain, &used) ||
        !take_part(&rest, 'e', plain, &used) || rest.len) {
        return false;
    }
    double number = strtod(plain, NULL);
    if (!isfinite(number)) {
        return false;
    }
    *ret_number = number;
    return true;
}

bool mc_config__bool(struct mc_bytes text, bool *ret_value)
{
    static const char *const words[][2] = {
        {"0", "1"}, {"no", "yes"}, {"false", "true"}, {"n", "y"}, {"f", "t"}};
    struct mc_bytes word = mc_bytes_trim(text);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        for (size_t value = 0; value < 2; value++) {
            const char *wanted = words[i][value];
            if (word.len == strlen(wanted) &&
                strncasecmp((const char *)word.data, wanted, word.len) == 0) {
                *ret_value = value == 1;
                return true;
            }
        }
    }
    return false;
}
