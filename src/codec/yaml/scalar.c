/* Plain scalars. Each form that Psych knows is a row of one table, in Psych's order: a
 * recognizer that looks at the text alone, and a maker. The recognizers are written as
 * a walk over the text with a few skipping helpers, so that no regular expression runs
 * over what a peer sends. */
#include "codec/yaml/scalar.h"

#include "codec/number.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The longest number that is looked at as one; beyond, 2048 bits cannot be left. */
#define NUMBER_TEXT_MAX ((size_t)4096)

/* A walk over a text; `end` is where it stops. */
struct walk
{
    const char *at;
    const char *end;
};

static bool at_end(const struct walk *w)
{
    return w->at == w->end;
}

static bool among(char c, const char *set)
{
    return c != 0 && strchr(set, c) != NULL;
}

/* Skips one byte of the set; false when another one (or none) is there. */
static bool one(struct walk *w, const char *set)
{
    if (at_end(w) || !among(*w->at, set)) {
        return false;
    }
    w->at++;
    return true;
}

/* Skips bytes of the set; false unless at least `least` and at most `most`. */
static bool some(struct walk *w, const char *set, size_t least, size_t most)
{
    size_t count = 0;

    while (count < most && one(w, set)) {
        count++;
    }
    return count >= least;
}

#define DIGITS "0123456789"

static bool word_is(struct walk w, const char *const *words)
{
    size_t len = (size_t)(w.end - w.at);

    for (; *words; words++) {
        if (strlen(*words) == len && strncasecmp(w.at, *words, len) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_nil(struct walk w)
{
    static const char *const words[] = {"~", "null", "", NULL};

    return word_is(w, words);
}

static bool is_true(struct walk w)
{
    static const char *const words[] = {"yes", "true", "on", NULL};

    return word_is(w, words);
}

static bool is_false(struct walk w)
{
    static const char *const words[] = {"no", "false", "off", NULL};

    return word_is(w, words);
}

static bool is_infinite(struct walk w)
{
    static const char *const words[] = {".inf", "+.inf", "-.inf", NULL};

    return word_is(w, words);
}

static bool is_nan(struct walk w)
{
    static const char *const words[] = {".nan", NULL};

    return word_is(w, words);
}

/* One or two digits of which the two make at most `most`. */
static bool up_to(struct walk *w, int most)
{
    const char *from = w->at;

    if (!some(w, DIGITS, 1, 2)) {
        return false;
    }
    return w->at - from == 1 || (from[0] - '0') * 10 + from[1] - '0' <= most;
}

/* yyyy-m-d; Psych looks at the numbers here, but not in front of a time of day. */
static bool is_date(struct walk w)
{
    return some(&w, DIGITS, 4, 4) && one(&w, "-") && up_to(&w, 12) && one(&w, "-") &&
           up_to(&w, 31) && at_end(&w);
}

static bool zone(struct walk *w)
{
    (void)some(w, " \t", 0, SIZE_MAX);
    if (at_end(w) || one(w, "Z")) {
        return at_end(w);
    }
    if (!one(w, "-+") || !some(w, DIGITS, 1, 2)) {
        return false;
    }
    (void)one(w, ":");
    return at_end(w) || (some(w, DIGITS, 2, 2) && at_end(w));
}

static bool is_time(struct walk w)
{
    (void)one(&w, "-");
    if (!some(&w, DIGITS, 4, 4) || !one(&w, "-") || !some(&w, DIGITS, 1, 2) ||
        !one(&w, "-") || !some(&w, DIGITS, 1, 2) ||
        (!one(&w, "Tt") && !some(&w, " \t", 1, SIZE_MAX))) {
        return false;
    }
    if (!some(&w, DIGITS, 1, 2) || !one(&w, ":") || !some(&w, DIGITS, 2, 2) ||
        !one(&w, ":") || !some(&w, DIGITS, 2, 2)) {
        return false;
    }
    if (one(&w, ".")) {
        (void)some(&w, DIGITS, 0, SIZE_MAX);
    }
    return zone(&w);
}

static bool is_symbol(struct walk w)
{
    return one(&w, ":") && !at_end(&w);
}

/* 1:30 or 1:30:00, base 60; one or two groups behind the first. */
static bool sexagesimal(struct walk *w)
{
    size_t groups = 0;

    (void)one(w, "-+");
    if (!one(w, DIGITS)) {
        return false;
    }
    (void)some(w, DIGITS "_", 0, SIZE_MAX);
    for (; groups < 2 && one(w, ":"); groups++) {
        const char *from = w->at;
        if (!some(w, DIGITS, 1, 2) || (w->at - from == 2 && *from > '5')) {
            return false;
        }
    }
    return groups > 0;
}

static bool is_clock(struct walk w)
{
    return sexagesimal(&w) && at_end(&w);
}

static bool is_fine_clock(struct walk w)
{
    return sexagesimal(&w) && one(&w, ".") && some(&w, DIGITS "_", 0, SIZE_MAX) &&
           at_end(&w);
}

/* Psych wants a point, a digit somewhere, and a sign in the exponent. */
static bool is_float(struct walk w)
{
    bool digits = false;

    (void)one(&w, "-+");
    if (one(&w, DIGITS)) {
        digits = true;
        (void)some(&w, DIGITS "_,", 0, SIZE_MAX);
    }
    if (!one(&w, ".")) {
        return false;
    }
    digits = some(&w, DIGITS, 1, SIZE_MAX) || digits;
    if (one(&w, "eE") && (!one(&w, "-+") || !some(&w, DIGITS, 1, SIZE_MAX))) {
        return false;
    }
    return digits && at_end(&w);
}

/* Decimal digits, each but the first with at most one separator before it. */
static bool decimal(struct walk w)
{
    if (!one(&w, DIGITS)) {
        return false;
    }
    while (!at_end(&w)) {
        (void)one(&w, "_,");
        if (!one(&w, DIGITS)) {
            return false;
        }
    }
    return true;
}

/* The base of an integer, or 0; leaves the walk at its digits. */
static unsigned integer_base(struct walk *w)
{
    (void)one(w, "-+");
    if (at_end(w) || *w->at != '0') {
        return decimal(*w) ? 10 : 0;
    }
    struct walk rest = *w;
    (void)one(&rest, "0");
    unsigned base = one(&rest, "b") ? 2 : one(&rest, "x") ? 16 : 8;
    const char *digits = base == 2    ? "01_,"
                         : base == 16 ? "0123456789abcdefABCDEF_,"
                                      : "01234567_,";
    struct walk check = rest;
    *w = base == 8 ? *w : rest;
    return some(&check, digits, base != 8, SIZE_MAX) && at_end(&check) ? base : 0;
}

static bool is_integer(struct walk w)
{
    return integer_base(&w) != 0;
}

/* One value to be made. */
struct making
{
    struct mc_bytes text;
    struct mc_arena *arena;
    struct mc_error *error;
    struct mc_value *value;
};

static int made(struct making *m, struct mc_value *value)
{
    m->value = value;
    if (!value) {
        mc_error_set(m->error, "out of memory");
        return MC_CODEC_LIMIT;
    }
    return 0;
}

static int make_nil(struct making *m)
{
    return made(m, mc_value_nil(m->arena));
}

static int make_true(struct making *m)
{
    return made(m, mc_value_bool(m->arena, true));
}

static int make_false(struct making *m)
{
    return made(m, mc_value_bool(m->arena, false));
}

static int make_infinite(struct making *m)
{
    bool negative = m->text.data[0] == '-';

    return made(m, mc_value_float(m->arena, negative ? -HUGE_VAL : HUGE_VAL));
}

static int make_nan(struct making *m)
{
    return made(m, mc_value_float(m->arena, (double)NAN));
}

static int make_string(struct making *m)
{
    return made(m, mc_value_string(m->arena, m->text));
}

static int refuse_time(struct making *m)
{
    mc_error_set(m->error, "a date or time (%.*s) is refused; quote it",
                 (int)(m->text.len < 40 ? m->text.len : 40),
                 (const char *)m->text.data);
    return MC_CODEC_REFUSED;
}

/* :name, or :"name" up to the last such quote. */
static int make_symbol(struct making *m)
{
    struct mc_bytes name = mc_bytes_slice(m->text, 1, m->text.len);
    uint8_t quote = name.data[0];

    for (size_t i = name.len - 1; (quote == '"' || quote == '\'') && i > 0; i--) {
        if (name.data[i] == quote) {
            name = mc_bytes_slice(name, 1, i - 1);
            break;
        }
    }
    if (name.len && name.data[0] == ':' && name.data != m->text.data + 1) {
        name = mc_bytes_slice(name, 1, name.len);
    }
    return made(m, mc_value_symbol_bytes(m->arena, name));
}

/* The number without separators, in a buffer; NULL when it is too long. */
static const char *bare(struct making *m)
{
    char *text = m->text.len > NUMBER_TEXT_MAX
                     ? NULL
                     : mc_arena_alloc(m->arena, m->text.len + 1);
    size_t len = 0;

    for (size_t i = 0; text && i < m->text.len; i++) {
        if (m->text.data[i] != '_' && m->text.data[i] != ',') {
            text[len++] = (char)m->text.data[i];
        }
    }
    if (!text) {
        mc_error_set(m->error, "a number that is too long");
    }
    return text;
}

static int make_float(struct making *m)
{
    const char *text = bare(m);

    return text ? made(m, mc_value_float(m->arena, strtod(text, NULL)))
                : MC_CODEC_LIMIT;
}

static int make_integer(struct making *m)
{
    uint8_t magnitude[MC_NUMBER_BIG_BYTES];
    size_t len = 0;
    const char *text = bare(m);

    if (!text) {
        return MC_CODEC_LIMIT;
    }
    struct walk w = {text, text + strlen(text)};
    unsigned base = integer_base(&w);
    struct mc_bytes digits = mc_bytes_make(w.at, (size_t)(w.end - w.at));
    int r = base ? mc_number_digits(digits, base, magnitude, &len) : -EINVAL;
    if (r == -E2BIG) {
        mc_error_set(m->error, "a very big integer");
        return MC_CODEC_LIMIT;
    }
    if (r < 0) {
        return make_string(m); /* 0x_ and the like */
    }
    return made(
        m, mc_number_integer(mc_bytes_make(magnitude, len), *text == '-', m->arena));
}

/* Psych counts the first group as hours, however many groups there are, and gives
 * the sign to that group alone. */
static int make_clock(struct making *m)
{
    static const double weights[] = {3600, 60, 1};
    const char *text = bare(m);
    double sum = 0;

    for (size_t i = 0; text && i < MC_COUNT(weights); i++) {
        char *end = NULL;
        sum += strtod(text, &end) * weights[i];
        if (*end != ':') {
            break;
        }
        text = end + 1;
    }
    if (!text || fabs(sum) > 9e15) {
        mc_error_set(m->error, "a number that is too big");
        return MC_CODEC_LIMIT;
    }
    bool whole = mc_bytes_find(m->text, '.') == m->text.len;
    return made(m, whole ? mc_value_int(m->arena, (int64_t)sum)
                         : mc_value_float(m->arena, sum));
}

/* In Psych's order. */
static const struct form
{
    bool (*is)(struct walk walk);
    int (*make)(struct making *m);
} forms[] = {
    {is_nil, make_nil},          {is_true, make_true},     {is_false, make_false},
    {is_time, refuse_time},      {is_date, refuse_time},   {is_infinite, make_infinite},
    {is_nan, make_nan},          {is_symbol, make_symbol}, {is_clock, make_clock},
    {is_fine_clock, make_clock}, {is_float, make_float},   {is_integer, make_integer},
};

static struct walk walk_of(struct mc_bytes text)
{
    const char *at = text.len ? (const char *)text.data : "";

    return (struct walk){at, at + text.len};
}

int mc_yaml_scalar(struct mc_bytes text, struct mc_arena *arena,
                   struct mc_value **ret_value, struct mc_error *error)
{
    struct making m = {.text = text, .arena = arena, .error = error};
    int (*make)(struct making *) = make_string;

    for (size_t i = 0; i < MC_COUNT(forms) && mc_bytes_find(text, '\n') == text.len;
         i++) {
        if (forms[i].is(walk_of(text))) {
            make = forms[i].make;
            break;
        }
    }
    int r = make(&m);
    if (r == 0) {
        *ret_value = m.value;
    }
    return r;
}

bool mc_yaml_plain_letters(struct mc_bytes text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_./@+=,;~!$%^()'\"\\- :#";

    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];
        char after = i + 1 < text.len ? (char)text.data[i + 1] : ' ';
        if (!among(c, letters) || (c == ':' && after == ' ') ||
            (after == '#' && c == ' ')) {
            return false;
        }
    }
    return text.len && text.data[0] != ' ' && text.data[0] != '#' &&
           text.data[text.len - 1] != ' ';
}

/* Only texts that begin with a letter: no number, date or special value but the words
 * below does, in any YAML version. */
bool mc_yaml_plain_safe(struct mc_bytes text)
{
    static const char *const words[] = {"y",  "n",   "yes",  "no",  "true", "false",
                                        "on", "off", "null", "nan", "inf",  NULL};
    uint8_t lower = text.len ? text.data[0] | 0x20 : 0;

    return lower >= 'a' && lower <= 'z' && mc_yaml_plain_letters(text) &&
           !word_is(walk_of(text), words);
}
