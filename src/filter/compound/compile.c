/* A list from the network -> items in the order of evaluation (spec collective.md 3.6).
 *
 * not binds before and, and before or. Operators wait on a stack until what they bind to
 * is complete, so neither depth nor count needs recursion. Everything about a list that
 * can be wrong is found here. */
#include "filter/compound/compound-private.h"

#include "base/clock.h"
#include "base/memory.h"
#include "filter/match-private.h"
#include <errno.h>
#include <string.h>

/* Memory of a compiled list: its items and the parts of its statements. */
#define COMPOUND_BYTES_MAX MC_ARENA_EXCHANGE_BYTES

struct compile
{
    struct mc_compound *compound;
    enum mc_token_kind *waiting;
    size_t waiting_count;
    size_t patterns;
    bool complete; /* an operand has just ended */
    int64_t end_us;
    struct mc_error *error;
};

static int bad(struct compile *compile, const char *why)
{
    mc_error_set(compile->error, "bad compound filter: %s", why);
    return MC_FILTER_ERROR;
}

static int add_regexp(struct compile *compile, struct mc_bytes pattern,
                      unsigned options, struct mc_compound_item *item)
{
    if (++compile->patterns > MC_COMPOUND_PATTERNS_MAX) {
        return bad(compile, "too many patterns");
    }
    if (mc_clock_cpu_us() >= compile->end_us) {
        return bad(compile, "its patterns take too much effort");
    }
    int r = mc_regexp_new(pattern, options, &item->regexp, compile->error);
    return r > 0 ? MC_FILTER_ERROR : r;
}

static int read_statement(struct compile *compile, const struct mc_value *value,
                          struct mc_compound_item *item)
{
    const char *text = mc_value_is(value, MC_STRING) ? mc_value_cstr(value) : NULL;

    if (!text) {
        return bad(compile, "a statement is no text");
    }
    int r = mc_compound_statement(text, compile->compound->arena, &item->statement,
                                  compile->error);
    if (r) {
        return r > 0 ? MC_FILTER_ERROR : r;
    }
    const struct mc_fact_filter *fact = &item->statement.fact;
    if (fact->fact) {
        return strcmp(fact->operator, "=~") == 0
                   ? add_regexp(compile, mc_fact__pattern(fact->value), 0, item)
                   : 0;
    }
    const char *pattern = item->statement.class.pattern;
    return pattern ? add_regexp(compile, mc_bytes_text(pattern), 0, item) : 0;
}

static const char *text_of(const struct mc_value *function, const char *name)
{
    const struct mc_value *value = mc_value_get_text(function, name);

    return mc_value_is(value, MC_STRING) ? mc_value_cstr(value) : NULL;
}

/* The name of an operator without the blanks around it, or NULL. */
static const char *operator_named(const char *text)
{
    static const char *const all[] = {"==", "!=", "<=", ">=", "<", ">", "=~", "!=~"};
    struct mc_bytes wanted = mc_bytes_trim(mc_bytes_text(text));

    if (mc_bytes_is(wanted, "=")) {
        return all[0];
    }
    for (size_t i = 0; i < MC_COUNT(all); i++) {
        if (mc_bytes_is(wanted, all[i])) {
            return all[i];
        }
    }
    return NULL;
}

static int read_function(struct compile *compile, const struct mc_value *value,
                         struct mc_compound_item *item)
{
    item->name = text_of(value, "name");
    item->operator= operator_named(text_of(value, "operator"));
    item->output = text_of(value, "value");
    item->params = mc_value_get_text(value, "params");
    item->wanted = mc_value_get_text(value, "r_compare");
    if (!item->name || !item->operator) {
        return bad(compile, "a data function has no name or no operator");
    }
    if (strcmp(item->operator, "=~") != 0 && strcmp(item->operator, "!=~") != 0) {
        return 0;
    }
    bool regexp = mc_value_is(item->wanted, MC_REGEXP);
    if (!regexp && !mc_value_is(item->wanted, MC_STRING)) {
        return bad(compile, "a data function is compared with no pattern");
    }
    return add_regexp(compile, item->wanted->bytes, regexp ? item->wanted->options : 0,
                      item);
}

static int operand(struct compile *compile, enum mc_token_kind kind,
                   const struct mc_value *value)
{
    struct mc_compound *compound = compile->compound;
    struct mc_compound_item *item = &compound->items[compound->count];

    if (compile->complete) {
        return bad(compile, "two terms without and or or between them");
    }
    compile->complete = true;
    item->kind = kind;
    compound->count++;
    return kind == MC_TOKEN_STATEMENT ? read_statement(compile, value, item)
                                      : read_function(compile, value, item);
}

static void wait(struct compile *compile, enum mc_token_kind kind)
{
    compile->waiting[compile->waiting_count++] = kind;
}

static unsigned strength(enum mc_token_kind kind)
{
    return kind == MC_TOKEN_NOT   ? 3
           : kind == MC_TOKEN_AND ? 2
           : kind == MC_TOKEN_OR  ? 1
                                  : 0;
}

/* Operators that bind at least so strongly stop waiting. */
static void settle(struct compile *compile, unsigned least)
{
    struct mc_compound *compound = compile->compound;

    while (compile->waiting_count &&
           strength(compile->waiting[compile->waiting_count - 1]) >= least) {
        compound->items[compound->count++].kind =
            compile->waiting[--compile->waiting_count];
    }
}

static int close_group(struct compile *compile)
{
    settle(compile, 1);
    if (!compile->complete || !compile->waiting_count) {
        return bad(compile, "a parenthesis closes what was not opened");
    }
    compile->waiting_count--;
    return 0;
}

static int one(struct compile *compile, enum mc_token_kind kind,
               const struct mc_value *value)
{
    switch (kind) {
    case MC_TOKEN_STATEMENT:
    case MC_TOKEN_FUNCTION:
        return operand(compile, kind, value);
    case MC_TOKEN_AND:
    case MC_TOKEN_OR:
        if (!compile->complete) {
            return bad(compile, "and or or without a term in front");
        }
        compile->complete = false;
        settle(compile, strength(kind));
        wait(compile, kind);
        return 0;
    case MC_TOKEN_NOT:
    case MC_TOKEN_OPEN:
        if (compile->complete) {
            return bad(compile, "two terms without and or or between them");
        }
        wait(compile, kind);
        return 0;
    case MC_TOKEN_CLOSE:
        return close_group(compile);
    case MC_TOKEN_END:
    case MC_TOKEN_BAD:
        break;
    }
    return bad(compile, "an unknown kind of item");
}

static enum mc_token_kind kind_named(const char *name)
{
    static const struct
    {
        const char *name;
        enum mc_token_kind kind;
    } kinds[] = {
        {"statement", MC_TOKEN_STATEMENT},
        {"fstatement", MC_TOKEN_FUNCTION},
        {"and", MC_TOKEN_AND},
        {"or", MC_TOKEN_OR},
        {"not", MC_TOKEN_NOT},
        {"(", MC_TOKEN_OPEN},
        {")", MC_TOKEN_CLOSE},
    };

    for (size_t i = 0; name && i < MC_COUNT(kinds); i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            return kinds[i].kind;
        }
    }
    return MC_TOKEN_BAD;
}

static int all(struct compile *compile, const struct mc_value *list)
{
    size_t count = mc_value_count(list);

    for (size_t i = 0; i < count; i++) {
        const struct mc_value *item = mc_value_item(list, i);
        bool pair = mc_value_is(item, MC_HASH) && mc_value_count(item) == 1;
        const struct mc_value *key = pair ? mc_value_key(item, 0) : NULL;
        int r = one(compile,
                    kind_named(mc_value_is(key, MC_STRING) ? mc_value_cstr(key) : NULL),
                    mc_value_item(item, 0));
        if (r) {
            return r;
        }
    }
    settle(compile, 1);
    if (count && (!compile->complete || compile->waiting_count)) {
        return bad(compile, "it ends too early");
    }
    return 0;
}

static int room(struct compile *compile, size_t count)
{
    struct mc_compound *compound = compile->compound;

    compound->arena = mc_arena_new(COMPOUND_BYTES_MAX);
    if (!compound->arena) {
        return -ENOMEM;
    }
    compound->items = mc_arena_array(compound->arena, count, sizeof(*compound->items));
    compound->truth = mc_arena_array(compound->arena, count, sizeof(*compound->truth));
    compile->waiting =
        mc_arena_array(compound->arena, count, sizeof(*compile->waiting));
    return compound->items && compound->truth && compile->waiting ? 0 : -ENOMEM;
}

int mc_compound_compile(const struct mc_value *list, int64_t end_us,
                        struct mc_compound **ret_compound, struct mc_error *error)
{
    struct compile compile = {.end_us = end_us, .error = error};
    size_t count = mc_value_count(list);

    if (!mc_value_is(list, MC_ARRAY) || count > MC_COMPOUND_ITEMS_MAX) {
        return bad(&compile, "it is no list, or too long");
    }
    compile.compound = mc_memory_new(sizeof(*compile.compound));
    if (!compile.compound) {
        return -ENOMEM;
    }
    int r = room(&compile, count);
    r = r ? r : all(&compile, list);
    if (r) {
        mc_compound_free(compile.compound);
        return r;
    }
    *ret_compound = compile.compound;
    return 0;
}

struct mc_compound *mc_compound_free(struct mc_compound *compound)
{
    if (!compound) {
        return NULL;
    }
    for (size_t i = 0; i < compound->count; i++) {
        mc_regexp_free(compound->items[i].regexp);
    }
    compound->arena = mc_arena_free(compound->arena);
    return mc_memory_free(compound);
}
