/* Tokens -> wire form (spec collective.md 3.6).
 *
 * Which token may follow which is a table; that parentheses are balanced is counted. A
 * bad token is reported before a bad order, and that before a missing parenthesis,
 * wherever they stand, so one pass notes the first of each kind. */
#include "filter/compound/compound-private.h"

#include <errno.h>
#include <string.h>

/* How much of a text a message shows. */
#define SHOWN_BYTES 80

struct parse
{
    const char *text;
    struct mc_arena *arena;
    struct mc_value *list;
    enum mc_token_kind last; /* MC_TOKEN_END: it begins */
    size_t depth;
    size_t opened; /* where depth became 1 */
    bool disordered;
    struct mc_error order;
    bool unbalanced;
    struct mc_error balance;
};

static int shown(size_t len)
{
    return len < SHOWN_BYTES ? (int)len : SHOWN_BYTES;
}

/* In characters: what continues one in UTF-8 does not count. */
static size_t column(const char *text, size_t at)
{
    size_t count = 1;

    for (size_t i = 0; i < at; i++) {
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    }
    return count;
}

static void complain(const struct parse *parse, const char *what, size_t from,
                     size_t len, struct mc_error *error)
{
    if (len) {
        mc_error_set(error,
                     "%s found while parsing -S input %.*s: '%.*s' at column %zu", what,
                     SHOWN_BYTES, parse->text, shown(len), parse->text + from,
                     column(parse->text, from));
    } else {
        mc_error_set(error, "%s found while parsing -S input %.*s: it ends too early",
                     what, SHOWN_BYTES, parse->text);
    }
}

static void complain_token(const struct parse *parse, const struct mc_token *token,
                           struct mc_error *error)
{
    struct mc_error words = {{0}};

    complain(parse, "Malformed token(s)", token->from, token->len, &words);
    mc_error_set(error, "%s%s%s", words.text, token->reason ? ": " : "",
                 token->reason ? token->reason : "");
}

static bool begins_operand(enum mc_token_kind kind)
{
    return kind == MC_TOKEN_STATEMENT || kind == MC_TOKEN_FUNCTION ||
           kind == MC_TOKEN_NOT || kind == MC_TOKEN_OPEN;
}

static bool ends_operand(enum mc_token_kind kind)
{
    return kind == MC_TOKEN_STATEMENT || kind == MC_TOKEN_FUNCTION ||
           kind == MC_TOKEN_CLOSE;
}

/* An operand follows an operator or the beginning; everything else an operand. */
static void check_order(struct parse *parse, const struct mc_token *token)
{
    bool first = token->from == 0 || parse->last != MC_TOKEN_END;
    bool good = first && begins_operand(token->kind) != ends_operand(parse->last);

    if (!good && !parse->disordered) {
        parse->disordered = true;
        complain(parse, "Parse errors", token->from, token->len, &parse->order);
    }
}

static void check_balance(struct parse *parse, const struct mc_token *token)
{
    size_t from = token->from;
    bool good = true;

    if (token->kind == MC_TOKEN_OPEN) {
        parse->opened = parse->depth++ ? parse->opened : from;
    } else if (token->kind == MC_TOKEN_CLOSE) {
        good = parse->depth > 0;
        parse->depth -= good;
    } else if (token->kind == MC_TOKEN_END) {
        good = parse->depth == 0;
        from = parse->opened;
    }
    if (!good && !parse->unbalanced) {
        parse->unbalanced = true;
        complain(parse, "Missing parenthesis", from, 1, &parse->balance);
    }
}

/* The keys in the order in which the original sends them. */
static struct mc_value *function_value(struct parse *parse,
                                       const struct mc_token *token)
{
    struct mc_arena *arena = parse->arena;
    struct mc_value *hash = mc_value_hash(arena);
    const struct mc_value *wanted =
        token->pattern ? mc_value_regexp(arena, mc_bytes_text(token->value), 0)
                       : mc_value_text(arena, token->value);
    int r = mc_value_set_text(arena, hash, "r_compare", wanted);

    r = r ? r
          : mc_value_set_text(arena, hash, "operator",
                              mc_value_text(arena, token->operator));
    r = r || !token->output ? r
                            : mc_value_set_text(arena, hash, "value",
                                                mc_value_text(arena, token->output));
    r = r ? r
          : mc_value_set_text(arena, hash, "name", mc_value_text(arena, token->name));
    r = r ? r
          : mc_value_set_text(arena, hash, "params",
                              mc_value_text(arena, token->params));
    return r ? NULL : hash;
}

static int add(struct parse *parse, const struct mc_token *token)
{
    static const char *const names[] = {
        [MC_TOKEN_STATEMENT] = "statement",
        [MC_TOKEN_FUNCTION] = "fstatement",
        [MC_TOKEN_AND] = "and",
        [MC_TOKEN_OR] = "or",
        [MC_TOKEN_NOT] = "not",
        [MC_TOKEN_OPEN] = "(",
        [MC_TOKEN_CLOSE] = ")",
    };
    const char *name = names[token->kind];
    struct mc_value *item = mc_value_hash(parse->arena);
    const struct mc_value *value = NULL;

    if (token->kind == MC_TOKEN_FUNCTION) {
        value = function_value(parse, token);
    } else {
        value = mc_value_text(parse->arena,
                              token->kind == MC_TOKEN_STATEMENT ? token->text : name);
    }
    int r = mc_value_set_text(parse->arena, item, name, value);
    return r ? r : mc_value_push(parse->arena, parse->list, item);
}

/* All tokens. Returns 0; MC_COMPOUND_BAD; -ENOMEM. */
static int read_tokens(struct parse *parse, struct mc_scan *scan,
                       struct mc_error *error)
{
    for (;;) {
        struct mc_token token;
        mc_scan_next(scan, &token);
        if (token.kind == MC_TOKEN_BAD) {
            complain_token(parse, &token, error);
            return MC_COMPOUND_BAD;
        }
        check_order(parse, &token);
        check_balance(parse, &token);
        if (token.kind == MC_TOKEN_END) {
            return 0;
        }
        int r = add(parse, &token);
        if (r) {
            return r;
        }
        parse->last = token.kind;
    }
}

int mc_compound_parse(const char *text, struct mc_arena *arena,
                      struct mc_value **ret_list, struct mc_error *error)
{
    struct parse parse = {.text = text, .arena = arena, .list = mc_value_array(arena)};
    struct mc_scan scan;

    if (strlen(text) > MC_COMPOUND_TEXT_BYTES_MAX) {
        mc_error_set(error, "the -S input is longer than %zu bytes",
                     MC_COMPOUND_TEXT_BYTES_MAX);
        return MC_COMPOUND_BAD;
    }
    int r = parse.list ? mc_scan_init(&scan, text, arena) : -ENOMEM;
    r = r ? r : read_tokens(&parse, &scan, error);
    if (!r && (parse.disordered || parse.unbalanced)) {
        mc_error_set(error, "%s",
                     parse.disordered ? parse.order.text : parse.balance.text);
        r = MC_COMPOUND_BAD;
    }
    if (!r) {
        *ret_list = parse.list;
    }
    return r;
}
