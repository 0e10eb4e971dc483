/* Comparing one fact (spec collective.md 3.7).
 *
 * Facts are texts. Both sides all digits: compared as numbers of any length, base 10 (the
 * original reads a leading zero as octal and drops the message on "08"; spec section 7).
 * Both sides digits.digits: as floats. Anything else: byte by byte. */
#include "filter/match-private.h"

#include "base/regexp.h"
#include <stdlib.h>
#include <string.h>

static bool all_digits(struct mc_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.len > 0;
}

static bool decimal(struct mc_bytes text)
{
    size_t dot = mc_bytes_find(text, '.');

    return all_digits(mc_bytes_slice(text, 0, dot)) &&
           all_digits(mc_bytes_slice(text, dot + 1, SIZE_MAX));
}

static struct mc_bytes without_zeros(struct mc_bytes digits)
{
    while (digits.len > 1 && digits.data[0] == '0') {
        digits = mc_bytes_slice(digits, 1, SIZE_MAX);
    }
    return digits;
}

/* <0, 0 or >0: whole numbers of any length. */
static int compare_digits(struct mc_bytes a, struct mc_bytes b)
{
    a = without_zeros(a);
    b = without_zeros(b);
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    return mc_bytes_compare(a, b);
}

/* <0, 0 or >0: digits.digits, the fraction padded with zeros by thought. */
static int compare_decimals(struct mc_bytes a, struct mc_bytes b)
{
    size_t dot_a = mc_bytes_find(a, '.');
    size_t dot_b = mc_bytes_find(b, '.');
    int order =
        compare_digits(mc_bytes_slice(a, 0, dot_a), mc_bytes_slice(b, 0, dot_b));
    struct mc_bytes tail_a = mc_bytes_slice(a, dot_a + 1, SIZE_MAX);
    struct mc_bytes tail_b = mc_bytes_slice(b, dot_b + 1, SIZE_MAX);

    for (size_t i = 0; order == 0 && (i < tail_a.len || i < tail_b.len); i++) {
        int digit_a = i < tail_a.len ? tail_a.data[i] : '0';
        int digit_b = i < tail_b.len ? tail_b.data[i] : '0';
        order = digit_a - digit_b;
    }
    return order;
}

static int compare(struct mc_bytes fact, struct mc_bytes wanted)
{
    if (all_digits(fact) && all_digits(wanted)) {
        return compare_digits(fact, wanted);
    }
    if (decimal(fact) && decimal(wanted)) {
        return compare_decimals(fact, wanted);
    }
    return mc_bytes_compare(fact, wanted);
}

struct mc_bytes mc_fact__pattern(const char *value)
{
    struct mc_bytes pattern = mc_bytes_text(value);
    bool slashes = pattern.len >= 2 && pattern.data[0] == '/' &&
                   pattern.data[pattern.len - 1] == '/';

    return slashes ? mc_bytes_slice(pattern, 1, pattern.len - 2) : pattern;
}

static int match_pattern(struct mc_bytes fact, const char *value,
                         const struct mc_regexp *regexp, struct mc_error *error)
{
    int r = regexp ? mc_regexp_search(regexp, fact, 0, NULL)
                   : mc_regexp_once(mc_fact__pattern(value), 0, fact, error);

    if (r == MC_REGEXP_NO_MATCH) {
        return MC_FILTER_NO_MATCH;
    }
    return r > 0 ? MC_FILTER_ERROR : r;
}

static const struct
{
    const char *operator;
    bool less;
    bool equal;
    bool more;
} orders[] = {
    {"<=", true, true, false}, {">=", false, true, true}, {"<", true, false, false},
    {">", false, false, true}, {"!=", true, false, true},
};

static int match_text(struct mc_bytes fact, const struct mc_fact_filter *wanted,
                      const struct mc_regexp *regexp, struct mc_error *error)
{
    struct mc_bytes value = mc_bytes_text(wanted->value);

    if (strcmp(wanted->operator, "=~") == 0) {
        return match_pattern(fact, wanted->value, regexp, error);
    }
    if (strcmp(wanted->operator, "==") == 0) {
        return mc_bytes_equal(fact, value) ? 0 : MC_FILTER_NO_MATCH;
    }
    for (size_t i = 0; i < MC_COUNT(orders); i++) {
        if (strcmp(wanted->operator, orders[i].operator) == 0) {
            int order = compare(fact, value);
            bool fits = order < 0    ? orders[i].less
                        : order == 0 ? orders[i].equal
                                     : orders[i].more;
            return fits ? 0 : MC_FILTER_NO_MATCH;
        }
    }
    return MC_FILTER_NO_MATCH;
}

int mc_fact__match(const struct mc_value *facts, const struct mc_fact_filter *wanted,
                   const struct mc_regexp *regexp, struct mc_error *error)
{
    const struct mc_value *fact = mc_value_get_text(facts, wanted->fact);
    size_t count = mc_value_count(fact);

    if (mc_value_is(fact, MC_STRING)) {
        return match_text(fact->bytes, wanted, regexp, error);
    }
    for (size_t i = 0; i < count; i++) {
        const struct mc_value *item =
            fact->type == MC_HASH ? mc_value_key(fact, i) : mc_value_item(fact, i);
        int r = mc_value_is(item, MC_STRING)
                    ? match_text(item->bytes, wanted, regexp, error)
                    : MC_FILTER_NO_MATCH;
        if (r != MC_FILTER_NO_MATCH) {
            return r;
        }
    }
    return MC_FILTER_NO_MATCH;
}

int mc_fact_match(const struct mc_value *facts, const struct mc_fact_filter *wanted,
                  struct mc_error *error)
{
    return mc_fact__match(facts, wanted, NULL, error);
}
