/* The text of -S -> tokens (spec collective.md 3.6).
 *
 * The original finds words by rules that grew over time; what people type for it must
 * mean the same here. Blanks around a comparison belong to it, quotes and backslashes
 * are taken away, a pattern may hold blanks and parentheses. What the original takes
 * for a bad token is one here. Beyond it, blanks may also stand around operators of two
 * characters. */
#include "filter/compound/compound-private.h"

#include <errno.h>
#include <string.h>

int mc_scan_init(struct mc_scan *scan, const char *text, struct mc_arena *arena)
{
    size_t len = strlen(text);

    /* A text is never longer than its source; a function has five of them, each with an
     * end, which its own operator, dot, quotes and parentheses pay for but one. */
    *scan = (struct mc_scan){.text = text, .out = mc_arena_alloc(arena, 3 * len + 8)};
    return scan->out ? 0 : -ENOMEM;
}

static bool blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool compares(char byte)
{
    return byte == '=' || byte == '<' || byte == '>';
}

static bool quotes(char byte)
{
    return byte == '\'' || byte == '"';
}

static bool ends(char byte)
{
    return byte == '\0' || byte == ')' || blank(byte);
}

static bool word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

static char peek(const struct mc_scan *scan)
{
    return scan->text[scan->at];
}

static void take(struct mc_scan *scan)
{
    *scan->out++ = scan->text[scan->at++];
}

static void skip_blanks(struct mc_scan *scan)
{
    while (blank(peek(scan))) {
        scan->at++;
    }
}

/* A quoted part without its quotes. Returns false when it does not end. */
static bool quoted(struct mc_scan *scan)
{
    char quote = scan->text[scan->at++];

    while (peek(scan) && peek(scan) != quote) {
        if (peek(scan) == '\\' && scan->text[scan->at + 1]) {
            scan->at++;
        }
        take(scan);
    }
    if (!peek(scan)) {
        return false;
    }
    scan->at++;
    return true;
}

/* A pattern with its slashes, unchanged. Returns false when it does not end. */
static bool pattern(struct mc_scan *scan)
{
    take(scan);
    while (peek(scan) && peek(scan) != '/') {
        if (peek(scan) == '\\' && scan->text[scan->at + 1]) {
            take(scan);
        }
        take(scan);
    }
    if (!peek(scan)) {
        return false;
    }
    take(scan);
    return true;
}

/* A class given as pattern. All its slashes go on the node, so none can be escaped; and
 * a pattern cannot be compared. */
static bool class_pattern(struct mc_scan *scan)
{
    bool open = false;

    while (peek(scan) && !blank(peek(scan)) && (open || peek(scan) != ')')) {
        if (peek(scan) == '/') {
            open = !open;
        } else if (!open && compares(peek(scan))) {
            return false;
        }
        take(scan);
    }
    return !open;
}

/* The right side of a comparison. */
static bool value(struct mc_scan *scan)
{
    const char *from = scan->out;
    bool odd = false;

    while (compares(peek(scan)) || peek(scan) == '~') {
        take(scan);
    }
    if (peek(scan) == '/') {
        return pattern(scan);
    }
    while (!ends(peek(scan))) {
        char byte = peek(scan);
        if (byte == '(' || (quotes(byte) && !quoted(scan))) {
            return false;
        }
        if (!quotes(byte)) {
            odd = odd != (byte == '/');
            take(scan);
        }
    }
    return scan->out > from && !odd;
}

/* The operator of a statement, one or two characters, and the blanks around it. */
static bool statement_rest(struct mc_scan *scan)
{
    bool ordered = peek(scan) != '=';

    take(scan);
    if (ordered && peek(scan) == '=') {
        take(scan);
    }
    skip_blanks(scan);
    return value(scan);
}

/* 'a', 'b' with quotes of one kind. Returns false when it is something else.
 * ret_from, ret_to: what is between the first and the last quote. */
static bool param_list(const char *text, size_t len, size_t *ret_from, size_t *ret_to)
{
    size_t at = strspn(text, " \t");
    char quote = text[at];

    *ret_from = at + 1;
    for (;;) {
        if (at >= len || !quotes(quote) || text[at] != quote) {
            return false;
        }
        const char *end = memchr(text + at + 1, quote, len - at - 1);
        if (!end) {
            return false;
        }
        *ret_to = (size_t)(end - text);
        at = *ret_to + 1 + strspn(end + 1, " \t");
        if (at >= len) {
            return at == len;
        }
        if (text[at] != ',') {
            return false;
        }
        at += 1 + strspn(text + at + 1, " \t");
    }
}

/* From the opening parenthesis to behind the closing one, the first that comes. */
static bool function_params(struct mc_scan *scan, struct mc_token *token)
{
    const char *text = scan->text + scan->at + 1;
    size_t len = strcspn(text, ")");
    size_t from = 0;
    size_t to = 0;

    if (!text[len]) {
        token->reason = "the ) of this data function is missing";
        scan->at += len + 1;
        return false;
    }
    scan->at += len + 2;
    if (strspn(text, " \t") >= len) {
        return true;
    }
    if (!param_list(text, len, &from, &to)) {
        token->reason = "a data function is written f('x').y=1, with no ) in 'x'";
        return false;
    }
    token->params = scan->out;
    memcpy(scan->out, text + from, to - from);
    scan->out += to - from;
    *scan->out++ = '\0';
    return true;
}

/* The name of an output behind a dot, if there is one. */
static bool function_output(struct mc_scan *scan, struct mc_token *token)
{
    if (peek(scan) != '.') {
        return true;
    }
    scan->at++;
    token->output = scan->out;
    while (word_byte(peek(scan))) {
        take(scan);
    }
    bool good = scan->out > token->output;
    *scan->out++ = '\0';
    return good;
}

static const struct
{
    const char *written;
    const char *exact;   /* how it is sent; NULL: only for patterns */
    const char *pattern; /* the same for a pattern, or NULL */
} operators[] = {
    {"!=~", NULL, "!=~"}, {"!=", "!=", "!=~"}, {">=", ">=", NULL},
    {"<=", "<=", NULL},   {"=~", NULL, "=~"},  {"==", "==", "=~"},
    {"=", "==", "=~"},    {"<", "<", NULL},    {">", ">", NULL},
};

/* The comparison of a function. A right side between slashes is a pattern, also when it
 * was quoted. */
static bool function_rest(struct mc_scan *scan, struct mc_token *token)
{
    size_t op = 0;

    skip_blanks(scan);
    while (op < MC_COUNT(operators) &&
           strncmp(scan->text + scan->at, operators[op].written,
                   strlen(operators[op].written)) != 0) {
        op++;
    }
    if (op == MC_COUNT(operators)) {
        token->reason = "a data function needs a comparison like .output=value";
        return false;
    }
    scan->at += strlen(operators[op].written);
    skip_blanks(scan);
    char *from = scan->out;
    if (compares(peek(scan)) || peek(scan) == '~') {
        token->reason = "there is no such operator";
        return false;
    }
    if (!value(scan)) {
        return false;
    }
    size_t len = (size_t)(scan->out - from);
    *scan->out++ = '\0';
    token->pattern = len > 1 && from[0] == '/' && from[len - 1] == '/';
    if (token->pattern) {
        from[len - 1] = '\0';
        from++;
    }
    token->value = from;
    token->operator= token->pattern ? operators[op].pattern : operators[op].exact;
    if (!token->operator) {
        token->reason = token->pattern ? "a pattern cannot be ordered"
                                       : "this needs a pattern like /web/";
    }
    return token->operator!= NULL;
}

static bool function(struct mc_scan *scan, struct mc_token *token)
{
    bool good = scan->out > token->text;

    for (const char *at = token->text; at < scan->out; at++) {
        good = good && word_byte(*at);
    }
    token->kind = MC_TOKEN_FUNCTION;
    token->name = token->text;
    *scan->out++ = '\0';
    return function_params(scan, token) && good && function_output(scan, token) &&
           function_rest(scan, token);
}

/* A class, a fact compared with something, or a function. */
static bool word(struct mc_scan *scan, struct mc_token *token)
{
    bool odd = false;

    token->kind = MC_TOKEN_STATEMENT;
    if (peek(scan) == '/') {
        return class_pattern(scan);
    }
    while (!ends(peek(scan)) && !compares(peek(scan))) {
        char byte = peek(scan);
        if (byte == '(') {
            return function(scan, token);
        }
        if (quotes(byte) && !quoted(scan)) {
            return false;
        }
        if (!quotes(byte)) {
            odd = odd != (byte == '/');
            take(scan);
        }
    }
    bool good = scan->out > token->text && !odd;
    size_t next = scan->at + strspn(scan->text + scan->at, " \t\r\n");
    if (compares(scan->text[next])) {
        scan->at = next;
        return statement_rest(scan) && good;
    }
    return good;
}

/* A word that is an operator only with something behind it (andy, nothing). */
static bool keyword(struct mc_scan *scan, const char *name)
{
    size_t len = strlen(name);
    const char *text = scan->text + scan->at;

    if (strncmp(text, name, len) != 0 || (!blank(text[len]) && text[len] != '(')) {
        return false;
    }
    scan->at += len;
    return true;
}

static const struct
{
    const char *text;
    enum mc_token_kind kind;
} signs[] = {
    {"(", MC_TOKEN_OPEN},
    {")", MC_TOKEN_CLOSE},
    {"!", MC_TOKEN_NOT},
};

static const struct
{
    const char *text;
    enum mc_token_kind kind;
} keywords[] = {
    {"and", MC_TOKEN_AND},
    {"or", MC_TOKEN_OR},
    {"not", MC_TOKEN_NOT},
};

static enum mc_token_kind simple(struct mc_scan *scan)
{
    for (size_t i = 0; i < MC_COUNT(signs); i++) {
        if (peek(scan) == signs[i].text[0]) {
            scan->at++;
            return signs[i].kind;
        }
    }
    for (size_t i = 0; i < MC_COUNT(keywords); i++) {
        if (keyword(scan, keywords[i].text)) {
            return keywords[i].kind;
        }
    }
    return MC_TOKEN_END;
}

void mc_scan_next(struct mc_scan *scan, struct mc_token *ret_token)
{
    struct mc_token token = {.kind = MC_TOKEN_END};

    skip_blanks(scan);
    token.from = scan->at;
    token.text = scan->out;
    if (peek(scan)) {
        token.kind = simple(scan);
    }
    if (token.kind == MC_TOKEN_END && peek(scan)) {
        if (!word(scan, &token)) {
            token.kind = MC_TOKEN_BAD;
            while (peek(scan) && !blank(peek(scan))) {
                scan->at++;
            }
        }
        *scan->out++ = '\0';
    }
    token.len = scan->at - token.from;
    *ret_token = token;
}
