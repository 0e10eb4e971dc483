/* Ruby's String#% for the formats of aggregates.
 *
 * Formats come from DDL files and data from peers, so each conversion is taken apart
 * here and width and precision are limited; what is known to be harmless reaches
 * snprintf with a format of our own. */
#include "ddl/ddl-private.h"

#include "base/buffer.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH_MAX 500
#define PRECISION_MAX 60
#define FORMATTED_BYTES_MAX ((size_t)256 * 1024)
/* A double of full size with the longest precision. */
#define NUMBER_BYTES_MAX 400

struct directive
{
    bool left;
    bool zero;
    bool plus;
    bool blank;
    int width;
    int precision; /* -1 when none was given */
    char letter;
};

/* A decimal number below a limit; false when it is larger. */
static bool read_count(const char **at, int limit, int *count)
{
    while (**at >= '0' && **at <= '9') {
        *count = *count * 10 + (**at - '0');
        if (*count > limit) {
            return false;
        }
        (*at)++;
    }
    return true;
}

static bool read_directive(const char **at, struct directive *d)
{
    *d = (struct directive){.precision = -1};
    for (; **at && strchr("-0+ ", **at); (*at)++) {
        d->left = d->left || **at == '-';
        d->zero = d->zero || **at == '0';
        d->plus = d->plus || **at == '+';
        d->blank = d->blank || **at == ' ';
    }
    if (!read_count(at, WIDTH_MAX, &d->width)) {
        return false;
    }
    if (**at == '.') {
        (*at)++;
        d->precision = 0;
        if (!read_count(at, PRECISION_MAX, &d->precision)) {
            return false;
        }
    }
    d->letter = **at;
    *at += **at != 0;
    return d->letter != 0;
}

static size_t count_characters(struct mc_bytes text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        count += (text.data[i] & 0xc0) != 0x80;
    }
    return count;
}

/* The text with blanks up to the width. */
static void put_padded(struct mc_buffer *out, const struct directive *d,
                       struct mc_bytes text)
{
    size_t len = count_characters(text);
    size_t blanks = (size_t)d->width > len ? (size_t)d->width - len : 0;

    if (d->left) {
        mc_buffer_append(out, text);
    }
    for (size_t i = 0; i < blanks; i++) {
        mc_buffer_byte(out, ' ');
    }
    if (!d->left) {
        mc_buffer_append(out, text);
    }
}

/* Sign and digits; zeros go between them. */
static void put_number(struct mc_buffer *out, const struct directive *d, bool negative,
                       const char *digits)
{
    char text[NUMBER_BYTES_MAX + WIDTH_MAX];
    const char *sign = negative ? "-" : (d->plus ? "+" : (d->blank ? " " : ""));
    size_t len = strlen(sign) + strlen(digits);
    size_t zeros = 0;

    if (d->zero && !d->left && (size_t)d->width > len) {
        zeros = (size_t)d->width - len;
    }
    size_t at = strlen(sign);
    (void)snprintf(text, sizeof(text), "%s", sign);
    while (zeros-- > 0 && at + 1 < sizeof(text)) {
        text[at++] = '0';
    }
    (void)snprintf(text + at, sizeof(text) - at, "%s", digits);
    put_padded(out, d, mc_bytes_text(text));
}

static bool to_double(const struct mc_value *value, double *ret_real)
{
    const char *text = mc_value_cstr(value);
    char *end = NULL;

    if (mc_value_is(value, MC_INT)) {
        *ret_real = (double)value->integer;
    } else if (mc_value_is(value, MC_FLOAT)) {
        *ret_real = value->real;
    } else if (mc_value_is(value, MC_BIGINT)) {
        *ret_real = strtod((const char *)value->bytes.data, NULL);
    } else if (mc_value_is(value, MC_STRING) && text && *text) {
        *ret_real = strtod(text, &end);
        return *end == 0;
    } else {
        return false;
    }
    return true;
}

static bool put_float(struct mc_buffer *out, const struct directive *d,
                      const struct mc_value *value)
{
    char digits[NUMBER_BYTES_MAX];
    int precision = d->precision < 0 ? 6 : d->precision;
    double real = 0;

    if (!to_double(value, &real)) {
        return false;
    }
    double size = fabs(real);
    if (!isfinite(real)) {
        (void)snprintf(digits, sizeof(digits), "%s", isnan(real) ? "NaN" : "Inf");
    } else if (d->letter == 'f') {
        (void)snprintf(digits, sizeof(digits), "%.*f", precision, size);
    } else if (d->letter == 'e') {
        (void)snprintf(digits, sizeof(digits), "%.*e", precision, size);
    } else {
        (void)snprintf(digits, sizeof(digits), "%.*g", precision, size);
    }
    put_number(out, d, signbit(real) != 0 && !isnan(real), digits);
    return true;
}

/* Ruby's Integer(): floats are cut down, strings must be whole numbers. */
static bool to_integer(const struct mc_value *value, int64_t *ret_integer)
{
    double real = 0;

    if (mc_value_is(value, MC_INT)) {
        *ret_integer = value->integer;
        return true;
    }
    if (mc_value_is(value, MC_STRING)) {
        const char *text = mc_value_cstr(value);
        char *end = NULL;
        errno = 0;
        *ret_integer = text && *text ? strtoll(text, &end, 10) : 0;
        return end && *end == 0 && errno == 0;
    }
    if (!to_double(value, &real) || !(real > -9e18 && real < 9e18)) {
        return false;
    }
    *ret_integer = (int64_t)floor(real);
    return true;
}

static bool put_integer(struct mc_buffer *out, const struct directive *d,
                        const struct mc_value *value)
{
    char digits[NUMBER_BYTES_MAX];
    int64_t integer = 0;

    if (!to_integer(value, &integer)) {
        return false;
    }
    bool negative = integer < 0;
    unsigned long long size =
        negative ? 0 - (unsigned long long)integer : (unsigned long long)integer;
    int precision = d->precision < 0 ? 1 : d->precision;
    if (d->letter == 'x') {
        (void)snprintf(digits, sizeof(digits), "%.*llx", precision, size);
    } else if (d->letter == 'o') {
        (void)snprintf(digits, sizeof(digits), "%.*llo", precision, size);
    } else {
        (void)snprintf(digits, sizeof(digits), "%.*llu", precision, size);
    }
    put_number(out, d, negative, digits);
    return true;
}

static bool put_string(struct mc_buffer *out, const struct directive *d,
                       const struct mc_value *value, struct mc_arena *arena)
{
    const char *words = mc_ddl__text(value, arena);

    if (!words) {
        return false;
    }
    struct mc_bytes text = mc_bytes_text(words);
    size_t keep = 0;
    for (int left = d->precision; d->precision >= 0 && keep < text.len; keep++) {
        if ((text.data[keep] & 0xc0) != 0x80 && left-- == 0) {
            text.len = keep;
        }
    }
    put_padded(out, d, text);
    return true;
}

static bool put_directive(struct mc_buffer *out, const struct directive *d,
                          const struct mc_value *value, struct mc_arena *arena)
{
    if (d->letter == 's') {
        return put_string(out, d, value, arena);
    }
    return strchr("fge", d->letter) ? put_float(out, d, value)
                                    : put_integer(out, d, value);
}

static int put_all(struct mc_buffer *out, const char *at,
                   const struct mc_value *const *args, size_t count,
                   struct mc_arena *arena)
{
    size_t used = 0;
    struct directive d;

    while (*at) {
        if (*at != '%') {
            mc_buffer_byte(out, (uint8_t)*at++);
            continue;
        }
        at++;
        if (!read_directive(&at, &d)) {
            return MC_DDL_INVALID;
        }
        if (d.letter == '%') {
            mc_buffer_byte(out, '%');
        } else if (!strchr("sdiufegxo", d.letter) || used >= count ||
                   !put_directive(out, &d, args[used++], arena)) {
            return MC_DDL_INVALID;
        }
    }
    return mc_buffer_failed(out) ? MC_DDL_INVALID : 0;
}

int mc_ddl__format(const char *format, const struct mc_value *const *args, size_t count,
                   struct mc_arena *arena, const char **ret_text)
{
    struct mc_buffer out;
    struct mc_bytes bytes = {NULL, 0};

    mc_buffer_init(&out, FORMATTED_BYTES_MAX);
    int r = put_all(&out, format, args, count, arena);
    if (r == 0) {
        r = mc_buffer_copy(&out, arena, &bytes);
    }
    mc_buffer_deinit(&out);
    if (r == 0) {
        *ret_text = (const char *)bytes.data;
    }
    return r;
}
