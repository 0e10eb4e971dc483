/* Floats by the shortest digits that read back as the same float, laid out as Ruby
 * does; big integers by schoolbook conversion between base 256 and base 10^9. */
#include "codec/number.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* d1 d2 d3 ... times 10 to the (point - len): 0.d1d2d3 * 10^point. */
struct digits
{
    char text[18];
    int len;
    int point;
};

/* Every decimal of up to 15 digits survives the way through a normal float, so 15 is
 * where the search begins; below DBL_MIN there are fewer digits. */
static void shortest(double magnitude, struct digits *ret_digits)
{
    char text[40];
    int precision = magnitude < DBL_MIN ? 1 : 15;

    for (;; precision++) {
        (void)snprintf(text, sizeof(text), "%.*e", precision - 1, magnitude);
        double back = strtod(text, NULL);
        if (precision >= 17 || (back >= magnitude && back <= magnitude)) {
            break;
        }
    }
    char *exponent = strchr(text, 'e');
    *ret_digits = (struct digits){0};
    for (const char *p = text; p < exponent; p++) {
        if (*p != '.') {
            ret_digits->text[ret_digits->len++] = *p;
        }
    }
    while (ret_digits->len > 1 && ret_digits->text[ret_digits->len - 1] == '0') {
        ret_digits->text[--ret_digits->len] = 0;
    }
    ret_digits->point = (int)strtol(exponent + 1, NULL, 10) + 1;
}

/* d.ddde<exponent> by a format for the exponent; `dot` forces ".0" behind one digit. */
static void write_scientific(char *text, const struct digits *digits, bool dot,
                             bool ruby_sign)
{
    size_t room = MC_NUMBER_FLOAT_BYTES - 1;
    const char *rest = digits->len > 1 ? digits->text + 1 : dot ? "0" : "";
    const char *point = *rest ? "." : "";

    if (ruby_sign) {
        (void)snprintf(text, room, "%c%s%se%+03d", digits->text[0], point, rest,
                       digits->point - 1);
    } else {
        (void)snprintf(text, room, "%c%s%se%d", digits->text[0], point, rest,
                       digits->point - 1);
    }
}

/* Without exponent; `dot` forces ".0" behind a whole number. point is -3 to 17 here. */
static void write_plain(char *text, const struct digits *digits, bool dot)
{
    static const char zeros[] = "0000000000000000";
    size_t room = MC_NUMBER_FLOAT_BYTES - 1;

    if (digits->point <= 0) {
        (void)snprintf(text, room, "0.%.*s%s", -digits->point, zeros, digits->text);
    } else if (digits->point >= digits->len) {
        (void)snprintf(text, room, "%s%.*s%s", digits->text,
                       digits->point - digits->len, zeros, dot ? ".0" : "");
    } else {
        (void)snprintf(text, room, "%.*s.%s", digits->point, digits->text,
                       digits->text + digits->point);
    }
}

void mc_number_marshal(double real, char ret_text[MC_NUMBER_FLOAT_BYTES])
{
    struct digits digits;
    char *text = ret_text;

    if (isnan(real)) {
        (void)snprintf(ret_text, MC_NUMBER_FLOAT_BYTES, "nan");
        return;
    }
    if (signbit(real)) {
        *text++ = '-';
    }
    if (isinf(real) || fpclassify(real) == FP_ZERO) {
        (void)snprintf(text, MC_NUMBER_FLOAT_BYTES - 1, isinf(real) ? "inf" : "0");
        return;
    }
    shortest(fabs(real), &digits);
    if (digits.point < -3 || digits.point > digits.len) {
        write_scientific(text, &digits, false, false);
    } else {
        write_plain(text, &digits, false);
    }
}

void mc_number_text(double real, char ret_text[MC_NUMBER_FLOAT_BYTES])
{
    struct digits digits;
    char *text = ret_text;

    if (isnan(real)) {
        (void)snprintf(ret_text, MC_NUMBER_FLOAT_BYTES, "NaN");
        return;
    }
    if (signbit(real)) {
        *text++ = '-';
    }
    if (isinf(real) || fpclassify(real) == FP_ZERO) {
        (void)snprintf(text, MC_NUMBER_FLOAT_BYTES - 1,
                       isinf(real) ? "Infinity" : "0.0");
        return;
    }
    shortest(fabs(real), &digits);
    if (digits.point < -3 || digits.point > DBL_DIG) {
        write_scientific(text, &digits, true, true);
    } else {
        write_plain(text, &digits, true);
    }
}

#define BILLION ((uint64_t)1000 * 1000 * 1000)

/* Divides the magnitude by 10^9 in place and gives the rest. */
static uint32_t divide(uint8_t *magnitude, size_t len)
{
    uint64_t rest = 0;

    for (size_t i = len; i > 0; i--) {
        uint64_t part = rest << 8 | magnitude[i - 1];
        magnitude[i - 1] = (uint8_t)(part / BILLION);
        rest = part % BILLION;
    }
    return (uint32_t)rest;
}

/* The decimal text of a magnitude; at most MC_NUMBER_BIG_BYTES of it are read. */
static struct mc_value *big_integer(struct mc_bytes magnitude, bool negative,
                                    struct mc_arena *arena)
{
    uint8_t work[MC_NUMBER_BIG_BYTES] = {0};
    char text[MC_NUMBER_BIG_BYTES * 3];
    char *at = text + sizeof(text);
    size_t len = magnitude.len < sizeof(work) ? magnitude.len : sizeof(work);

    memcpy(work, magnitude.data, len);
    while (len) {
        uint32_t rest = divide(work, len);
        while (len && work[len - 1] == 0) {
            len--;
        }
        for (int i = 0; i < 9 && (len || rest); i++) {
            *--at = (char)('0' + rest % 10);
            rest /= 10;
        }
    }
    if (negative) {
        *--at = '-';
    }
    struct mc_value *value =
        mc_value_string(arena, mc_bytes_make(at, (size_t)(text + sizeof(text) - at)));
    if (value) {
        value->type = MC_BIGINT;
    }
    return value;
}

struct mc_value *mc_number_integer(struct mc_bytes magnitude, bool negative,
                                   struct mc_arena *arena)
{
    struct mc_bytes bytes = magnitude;
    uint64_t number = 0;

    while (bytes.len && bytes.data[bytes.len - 1] == 0) {
        bytes.len--;
    }
    if (bytes.len > 8) {
        return big_integer(bytes, negative, arena);
    }
    for (size_t i = bytes.len; i > 0; i--) {
        number = number << 8 | bytes.data[i - 1];
    }
    if (number > (uint64_t)INT64_MAX + negative) {
        return big_integer(bytes, negative, arena);
    }
    return mc_value_int(arena, (int64_t)(negative ? 0 - number : number));
}

static unsigned digit_of(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - (unsigned)'0';
    }
    uint8_t lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - (unsigned)'a' + 10 : 99;
}

int mc_number_digits(struct mc_bytes digits, unsigned base,
                     uint8_t ret_magnitude[MC_NUMBER_BIG_BYTES], size_t *ret_len)
{
    uint8_t work[MC_NUMBER_BIG_BYTES] = {0};
    size_t len = 0;

    for (size_t i = 0; i < digits.len; i++) {
        unsigned carry = digit_of(digits.data[i]);
        if (carry >= base) {
            return -EINVAL;
        }
        for (size_t k = 0; k < len; k++) {
            carry += work[k] * base;
            work[k] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry && len == sizeof(work)) {
            return -E2BIG;
        }
        if (carry) {
            work[len++] = (uint8_t)carry;
        }
    }
    if (digits.len == 0) {
        return -EINVAL;
    }
    memcpy(ret_magnitude, work, len);
    *ret_len = len;
    return 0;
}
