/* One statement taken apart as nodes do it (spec collective.md 3.6).
 *
 * The text is cut at every occurrence of the operator and two parts are kept: a=b=c
 * compares with b. That is what nodes of the original make of it. */
#include "filter/compound/compound-private.h"

#include <errno.h>
#include <string.h>

static int read_class(const char *text, struct mc_arena *arena,
                      struct mc_compound_statement *ret_statement)
{
    struct mc_name_filter class = {.text = text};
    size_t len = 0;

    if (text[0] == '/') {
        char *pattern = mc_arena_alloc(arena, strlen(text) + 1);
        if (!pattern) {
            return -ENOMEM;
        }
        for (const char *at = text; *at; at++) {
            if (*at != '/') {
                pattern[len++] = *at;
            }
        }
        class.pattern = pattern;
    }
    *ret_statement = (struct mc_compound_statement){.class = class};
    return 0;
}

/* The operator that begins there. */
static const char *operator_at(const char *text)
{
    static const char *const all[] = {">=", "<=", "=", "<"};

    for (size_t i = 0; i < MC_COUNT(all); i++) {
        if (strncmp(text, all[i], strlen(all[i])) == 0) {
            return all[i];
        }
    }
    return ">";
}

int mc_compound_statement(const char *text, struct mc_arena *arena,
                          struct mc_compound_statement *ret_statement,
                          struct mc_error *error)
{
    size_t name_len = strcspn(text, "=<>");

    if (text[0] == '/' || !text[name_len]) {
        return read_class(text, arena, ret_statement);
    }
    const char *operator= operator_at(text + name_len);
    size_t step = strlen(operator);
    const char *value = text + name_len + step;
    const char *rest = value;
    while (strncmp(rest, operator, step) == 0) {
        rest += step;
    }
    if (!*rest) {
        mc_error_set(error, "the statement '%.80s' compares with nothing", text);
        return MC_COMPOUND_BAD;
    }
    const char *end = strstr(value, operator);
    size_t len = end ? (size_t)(end - value) : strlen(value);
    struct mc_fact_filter fact = {
        .fact = mc_arena_text(arena, mc_bytes_make(text, name_len)),
        .operator= strcmp(operator, "=") == 0 ? "==" : operator,
        .value = mc_arena_text(arena, mc_bytes_make(value, len)),
    };
    if (!fact.fact || !fact.value) {
        return -ENOMEM;
    }
    if (fact.value[0] == '/') {
        fact.operator= "=~";
    }
    *ret_statement = (struct mc_compound_statement){.fact = fact};
    return 0;
}

int mc_compound_check(const struct mc_value *list, struct mc_error *error)
{
    for (size_t i = 0; i < mc_value_count(list); i++) {
        const char *text =
            mc_value_cstr(mc_value_get_text(mc_value_item(list, i), "statement"));
        size_t at = text && text[0] != '/' ? strcspn(text, "=<>") : 0;
        if (!text || text[0] == '/' || !text[at]) {
            continue;
        }
        size_t behind = at + strlen(operator_at(text + at));
        if ((at && text[at - 1] == '!') || strchr("=~<>", text[behind])) {
            mc_error_set(
                error,
                "nodes misread '%.80s' in -S: write fact=value, fact=/re/, < > "
                "<= or >=, with 'not' in front to negate",
                text);
            return MC_COMPOUND_BAD;
        }
    }
    return 0;
}
