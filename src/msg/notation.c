/* How people write facts and -W on a command line (spec 3.8).
 *
 * A fact is tried as `name=>v`, `name=<v`, `name OP v`, `name=/re/`, `name=v`, in that
 * order. Within one form the shortest name wins, so `a=b>c` is fact `a=b` > `c`. Only
 * blanks (0x20) around the operator are dropped. */
#include "msg/message.h"

#include <errno.h>
#include <string.h>

struct form
{
    const char *written;
    const char *operator;
};

struct parts
{
    struct mc_bytes name;
    struct mc_bytes value;
    const char *operator;
};

static const struct form arrow_right[] = {{"=>", ">="}, {NULL, NULL}};
static const struct form arrow_left[] = {{"=<", "<="}, {NULL, NULL}};
/* The longer ones first: `a<=3` is not `a<` with the value `=3`. */
static const struct form comparisons[] = {
    {"<=", "<="}, {">=", ">="}, {"<", "<"},   {">", ">"},
    {"!=", "!="}, {"==", "=="}, {"=~", "=~"}, {NULL, NULL},
};
static const struct form equals[] = {{"=", "=="}, {NULL, NULL}};

static size_t skip_blanks(struct mc_bytes text, size_t at)
{
    while (at < text.len && text.data[at] == ' ') {
        at++;
    }
    return at;
}

/* One of the operators, with a value behind it, right at this place. */
static bool operator_at(struct mc_bytes text, size_t at, const struct form *forms,
                        struct parts *parts)
{
    for (; forms->written; forms++) {
        struct mc_bytes rest = mc_bytes_slice(text, at, text.len);
        if (!mc_bytes_starts(rest, forms->written)) {
            continue;
        }
        size_t value = skip_blanks(text, at + strlen(forms->written));
        if (value < text.len) {
            parts->value = mc_bytes_slice(text, value, text.len);
            parts->operator= forms->operator;
            return true;
        }
    }
    return false;
}

/* `name OP value`; stop is a second byte, besides the blank, that no name holds. */
static bool split_at(struct mc_bytes text, const struct form *forms, char stop,
                     struct parts *parts)
{
    for (size_t end = 1; end <= text.len; end++) {
        uint8_t last = text.data[end - 1];
        if (last == ' ' || last == (uint8_t)stop) {
            return false;
        }
        if (operator_at(text, skip_blanks(text, end), forms, parts)) {
            parts->name = mc_bytes_slice(text, 0, end);
            return true;
        }
    }
    return false;
}

/* `name=/re/`: the value keeps its slashes, the name may hold blanks. */
static bool split_pattern(struct mc_bytes text, struct parts *parts)
{
    for (size_t end = 1; end < text.len; end++) {
        size_t at = skip_blanks(text, end);
        if (!operator_at(text, at, equals, parts)) {
            continue;
        }
        struct mc_bytes value = parts->value;
        if (value.len > 2 && value.data[0] == '/' && value.data[value.len - 1] == '/') {
            parts->name = mc_bytes_slice(text, 0, end);
            parts->operator= "=~";
            return true;
        }
    }
    return false;
}

static bool split_fact(struct mc_bytes text, struct parts *parts)
{
    return split_at(text, arrow_right, ' ', parts) ||
           split_at(text, arrow_left, ' ', parts) ||
           split_at(text, comparisons, ' ', parts) || split_pattern(text, parts) ||
           split_at(text, equals, '=', parts);
}

static bool has_fact(const struct mc_filter *filter, const struct parts *parts)
{
    for (size_t i = 0; i < filter->facts_count; i++) {
        const struct mc_fact_filter *fact = &filter->facts[i];
        if (mc_bytes_is(parts->name, fact->fact) &&
            mc_bytes_is(parts->value, fact->value) &&
            strcmp(parts->operator, fact->operator) == 0) {
            return true;
        }
    }
    return false;
}

static int add_fact(struct mc_filter *filter, struct mc_arena *arena,
                    const struct parts *parts)
{
    if (has_fact(filter, parts)) {
        return 0;
    }
    struct mc_fact_filter *facts =
        mc_arena_array(arena, filter->facts_count + 1, sizeof(*facts));
    struct mc_fact_filter fact = {
        .fact = mc_arena_text(arena, parts->name),
        .operator= parts->operator,
        .value = mc_arena_text(arena, parts->value),
    };
    if (!facts || !fact.fact || !fact.value) {
        return -ENOMEM;
    }
    if (filter->facts_count) {
        memcpy(facts, filter->facts, filter->facts_count * sizeof(*facts));
    }
    facts[filter->facts_count] = fact;
    filter->facts = facts;
    filter->facts_count++;
    return 0;
}

int mc_filter_add_fact(struct mc_filter *filter, struct mc_arena *arena,
                       const char *text)
{
    struct parts parts = {0};

    if (!split_fact(mc_bytes_text(text), &parts)) {
        return MC_MESSAGE_MALFORMED;
    }
    return add_fact(filter, arena, &parts);
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

int mc_filter_add_with(struct mc_filter *filter, struct mc_arena *arena,
                       const char *text)
{
    struct mc_bytes rest = mc_bytes_text(text);

    for (size_t at = 0; at < rest.len;) {
        size_t end = at;
        while (end < rest.len && !is_space(rest.data[end])) {
            end++;
        }
        if (end > at) {
            char *word = mc_arena_text(arena, mc_bytes_slice(rest, at, end - at));
            int r = word ? mc_filter_add_fact(filter, arena, word) : -ENOMEM;
            if (r == MC_MESSAGE_MALFORMED) {
                r = mc_filter_add_class(filter, arena, word);
            }
            if (r) {
                return r;
            }
        }
        at = end + 1;
    }
    return 0;
}
