/* An output of a data plugin against the right side of a function (spec collective.md
 * 3.6, steps 2 to 7).
 *
 * The left side says how the right one is read: a text stays one, a number wants a Ruby
 * literal (0x, 0b, 0o, a leading 0, _), a boolean true or false. What cannot be read
 * drops the message. */
#include "filter/compound/compound-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 64

struct number
{
    bool whole; /* integer is exact, real its approximation */
    int64_t integer;
    double real;
};

/* <0, 0, >0; NONE: not equal and in no order. */
enum
{
    NONE = 2,
};

static int answer(bool yes)
{
    return yes ? 0 : MC_FILTER_NO_MATCH;
}

static int by_order(const char *operator, int order)
{
    switch (operator[0]) {
    case '=':
        return answer(order == 0);
    case '!':
        return answer(order != 0);
    case '<':
        return answer(order == -1 || (order == 0 && operator[1]));
    default:
        return answer(order == 1 || (order == 0 && operator[1]));
    }
}

static int digit_value(char byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    if (byte >= 'a' && byte <= 'f') {
        return byte - 'a' + 10;
    }
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : 16;
}

/* Cut the prefix that names a base off. */
static int base_of(const char **text)
{
    static const struct
    {
        char letter;
        int base;
    } bases[] = {{'x', 16}, {'b', 2}, {'o', 8}, {'d', 10}};
    const char *at = *text;

    if (at[0] != '0' || !at[1]) {
        return 10;
    }
    for (size_t i = 0; i < MC_COUNT(bases); i++) {
        if ((at[1] | 0x20) == bases[i].letter) {
            *text = at + 2;
            return bases[i].base;
        }
    }
    *text = at + 1 + (at[1] == '_');
    return 8;
}

static bool read_integer(const char *text, struct number *ret_number)
{
    bool negative = text[0] == '-';
    struct number number = {.whole = true};
    const char *at = text + (negative || text[0] == '+');
    int base = base_of(&at);
    bool digit = false;

    for (; *at; at++) {
        int value = digit_value(*at);
        if (*at == '_' && digit) {
            digit = false;
            continue;
        }
        if (value >= base) {
            return false;
        }
        digit = true;
        number.real = number.real * base + value;
        if (__builtin_mul_overflow(number.integer, base, &number.integer) ||
            __builtin_add_overflow(number.integer, value, &number.integer)) {
            number.whole = false;
        }
    }
    if (negative) {
        number.integer = number.whole ? -number.integer : 0;
        number.real = -number.real;
    }
    *ret_number = number;
    return digit;
}

/* Digits with single underscores between them; those go. Returns where they end. */
static const char *float_digits(const char *at, char **out, bool *ret_any)
{
    bool digit = false;

    while ((*at >= '0' && *at <= '9') ||
           (digit && *at == '_' && at[1] >= '0' && at[1] <= '9')) {
        digit = *at != '_';
        if (digit) {
            *(*out)++ = *at;
        }
        at++;
        *ret_any = true;
    }
    return at;
}

static bool read_float(const char *text, struct number *ret_number)
{
    char plain[NUMBER_BYTES + 1] = "";
    char *out = plain;
    const char *at = text;
    bool any = false;
    bool more = true;

    if (*at == '-' || *at == '+') {
        *out++ = *at++;
    }
    at = float_digits(at, &out, &any);
    if (*at == '.') {
        *out++ = *at++;
        more = false;
        at = float_digits(at, &out, &more);
    }
    if ((any || more) && (*at == 'e' || *at == 'E')) {
        *out++ = *at++;
        if (*at == '-' || *at == '+') {
            *out++ = *at++;
        }
        bool exponent = false;
        at = float_digits(at, &out, &exponent);
        more = more && exponent;
    }
    if (*at || !more || (!any && text[strspn(text, "+-")] != '.')) {
        return false;
    }
    *ret_number = (struct number){.real = strtod(plain, NULL)};
    return true;
}

/* Read the right side as a number. Returns false when it is none. */
static bool read_number(const struct mc_value *value, struct number *ret_number)
{
    char text[NUMBER_BYTES + 1] = "";
    struct mc_bytes trimmed = mc_bytes_trim(value->bytes);

    if (trimmed.len == 0 || trimmed.len >= NUMBER_BYTES ||
        mc_bytes_find(trimmed, '\0') < trimmed.len) {
        return false;
    }
    memcpy(text, trimmed.data, trimmed.len);
    return read_integer(text, ret_number) || read_float(text, ret_number);
}

static bool number_of(const struct mc_value *value, struct number *ret_number)
{
    if (mc_value_is(value, MC_INT)) {
        *ret_number = (struct number){
            .whole = true, .integer = value->integer, .real = (double)value->integer};
        return true;
    }
    *ret_number = (struct number){.real = mc_value_real(value, 0)};
    return mc_value_is(value, MC_FLOAT);
}

static int order_numbers(const struct number *a, const struct number *b)
{
    if (a->whole && b->whole) {
        return (a->integer > b->integer) - (a->integer < b->integer);
    }
    if (a->real < b->real) {
        return -1;
    }
    return a->real > b->real ? 1 : (a->real >= b->real ? 0 : NONE);
}

static int unreadable(const char *what, struct mc_error *error)
{
    mc_error_set(error, "a data function is compared with an invalid %s value", what);
    return MC_FILTER_ERROR;
}

/* Things of different kinds are not equal, and in no order. */
static int different(const struct mc_compound_item *item, struct mc_error *error)
{
    if (strpbrk(item->operator, "<>")) {
        mc_error_set(error, "a data function compares what has no order");
        return MC_FILTER_ERROR;
    }
    return by_order(item->operator, NONE);
}

static int compare_number(const struct mc_compound_item *item,
                          const struct mc_value *left, struct mc_error *error)
{
    struct number a;
    struct number b;

    (void)number_of(left, &a);
    if (mc_value_is(item->wanted, MC_STRING)) {
        if (!read_number(item->wanted, &b)) {
            return unreadable("numeric", error);
        }
    } else if (!number_of(item->wanted, &b)) {
        return different(item, error);
    }
    return by_order(item->operator, order_numbers(&a, &b));
}

static int compare_bool(const struct mc_compound_item *item,
                        const struct mc_value *left, struct mc_error *error)
{
    const struct mc_value *wanted = item->wanted;
    bool right = false;

    if (mc_value_is(wanted, MC_BOOL)) {
        right = wanted->boolean;
    } else if (mc_value_is(wanted, MC_STRING)) {
        struct mc_bytes text = mc_bytes_trim(wanted->bytes);
        right = mc_bytes_is(text, "true");
        if (!right && !mc_bytes_is(text, "false")) {
            return unreadable("boolean", error);
        }
    } else {
        return different(item, error);
    }
    return by_order(item->operator, left->boolean == right ? 0 : NONE);
}

/* The right side as text, as Ruby's to_s makes one of numbers and booleans. */
static int compare_text(const struct mc_compound_item *item,
                        const struct mc_value *left)
{
    const struct mc_value *wanted = item->wanted;
    char text[NUMBER_BYTES] = "";
    struct mc_bytes right = {NULL, 0};

    if (mc_value_is(wanted, MC_STRING)) {
        right = wanted->bytes;
    } else if (mc_value_is(wanted, MC_INT) || mc_value_is(wanted, MC_BOOL)) {
        (void)snprintf(text, sizeof(text), "%lld",
                       (long long)mc_value_integer(wanted, 0));
        right = mc_bytes_text(mc_value_is(wanted, MC_INT) ? text
                              : wanted->boolean           ? "true"
                                                          : "false");
    }
    return by_order(item->operator, mc_bytes_equal(left->bytes, right) ? 0 : NONE);
}

static int search(const struct mc_compound_item *item, const struct mc_value *left,
                  struct mc_error *error)
{
    if (!mc_value_is(left, MC_STRING)) {
        return MC_FILTER_NO_MATCH;
    }
    int r = mc_regexp_search(item->regexp, left->bytes, 0, NULL);
    if (r != 0 && r != MC_REGEXP_NO_MATCH) {
        mc_error_set(error, "the filter takes too much effort at a pattern");
        return r < 0 ? r : MC_FILTER_ERROR;
    }
    return answer((r == 0) == (item->operator[0] == '='));
}

int mc_compound__compare(const struct mc_compound_item *item,
                         const struct mc_value *left, struct mc_error *error)
{
    bool text = mc_value_is(left, MC_STRING);

    if (mc_value_is(left, MC_NIL) || !left) {
        return MC_FILTER_NO_MATCH;
    }
    if ((text || mc_value_is(left, MC_BOOL)) && strpbrk(item->operator, "<>")) {
        return MC_FILTER_NO_MATCH;
    }
    if (item->regexp) {
        return search(item, left, error);
    }
    if (text) {
        return compare_text(item, left);
    }
    if (mc_value_is(left, MC_BOOL)) {
        return compare_bool(item, left, error);
    }
    return mc_value_is(left, MC_INT) || mc_value_is(left, MC_FLOAT)
               ? compare_number(item, left, error)
               : different(item, error);
}
