/* A tokenizer for the few forms of Ruby that a declaration needs, and one function for
 * each thing that may stand there.
 *
 * Errors are sticky: after the first wrong token the reader hands out ends of the file
 * only, every loop ends at them, and the error is looked at once. */
#include "agent/external/declared.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define MODULES_MAX 4
#define SHOWN_BYTES 40
#define TEXT_BYTES_MAX 1024

enum token
{
    TOKEN_END,
    TOKEN_LINE, /* a line end or ; */
    TOKEN_WORD,
    TOKEN_STRING,
    TOKEN_SYMBOL,
    TOKEN_COLONS, /* :: */
    TOKEN_OTHER,  /* one byte: < { } ( ) , */
};

struct reader
{
    struct mc_bytes text;
    size_t at;
    unsigned line;
    const char *path;
    const char *agent;
    struct mc_arena *arena;
    struct mc_error *error;
    int result; /* sticky */
    enum token token;
    unsigned token_line;
    struct mc_bytes word; /* of the token; a string: what it stands for */
    struct mc_declared *items;
    size_t count;
};

static int peek(const struct reader *reader)
{
    return reader->at < reader->text.len ? reader->text.data[reader->at] : -1;
}

static bool word_byte(int byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

static void fail(struct reader *reader, int result)
{
    if (reader->result == 0) {
        reader->result = result;
    }
    reader->token = TOKEN_END;
}

/* What stands there is code of its author, not a declaration. */
static void refuse(struct reader *reader)
{
    struct mc_bytes shown = mc_bytes_slice(reader->word, 0, SHOWN_BYTES);

    if (reader->result == 0 && reader->token == TOKEN_END) {
        mc_error_set(reader->error, "%s:%u: the file ends before its declarations do",
                     reader->path, reader->token_line);
    } else if (reader->result == 0 && reader->token == TOKEN_LINE) {
        mc_error_set(reader->error, "%s:%u: the line ends before its declaration does",
                     reader->path, reader->token_line);
    } else if (reader->result == 0) {
        mc_error_set(reader->error,
                     "%s:%u: '%.*s' is Ruby code and not a declaration "
                     "(action … do implemented_by … end)",
                     reader->path, reader->token_line, (int)shown.len,
                     shown.len ? (const char *)shown.data : "");
    }
    fail(reader, MC_DECLARED_CODE);
}

static void skip_blanks(struct reader *reader)
{
    for (int byte = peek(reader); byte == ' ' || byte == '\t' || byte == '\r';
         byte = peek(reader)) {
        reader->at++;
    }
    if (peek(reader) == '#') {
        while (peek(reader) >= 0 && peek(reader) != '\n') {
            reader->at++;
        }
    }
}

/* A string without interpolation. Only a quote and a backslash may be escaped, and they
 * stand for themselves in both kinds of quotes. */
static void read_string(struct reader *reader, int quote)
{
    char text[TEXT_BYTES_MAX];
    size_t len = 0;
    int byte = peek(reader);

    for (; byte >= ' ' && byte != quote && len < sizeof(text); byte = peek(reader)) {
        reader->at++;
        if (byte == '\\') {
            byte = peek(reader);
            if (byte != quote && byte != '\\') {
                break;
            }
            reader->at++;
        } else if (byte == '#' && quote == '"' && peek(reader) == '{') {
            break;
        }
        text[len++] = (char)byte;
    }
    const char *copy = mc_arena_text(reader->arena, mc_bytes_make(text, len));
    reader->word = mc_bytes_make(copy, copy ? len : 0);
    reader->token = TOKEN_STRING;
    if (!copy) {
        fail(reader, -ENOMEM);
    } else if (peek(reader) != quote) {
        refuse(reader);
    } else {
        reader->at++;
    }
}

static void read_word(struct reader *reader, enum token token)
{
    size_t from = reader->at;

    while (word_byte(peek(reader))) {
        reader->at++;
    }
    reader->word = mc_bytes_slice(reader->text, from, reader->at - from);
    reader->token = token;
}

static void next(struct reader *reader)
{
    if (reader->result != 0) {
        return;
    }
    skip_blanks(reader);
    int byte = peek(reader);
    size_t from = reader->at;
    reader->token_line = reader->line;
    reader->word = mc_bytes_slice(reader->text, from, 1);
    if (byte < 0) {
        reader->token = TOKEN_END;
    } else if (word_byte(byte)) {
        read_word(reader, TOKEN_WORD);
    } else if (byte == '"' || byte == '\'') {
        reader->at++;
        read_string(reader, byte);
    } else {
        reader->at++;
        reader->token = byte == '\n' || byte == ';' ? TOKEN_LINE : TOKEN_OTHER;
        reader->line += byte == '\n';
        if (byte == ':' && peek(reader) == ':') {
            reader->at++;
            reader->token = TOKEN_COLONS;
        } else if (byte == ':' && word_byte(peek(reader))) {
            read_word(reader, TOKEN_SYMBOL);
        }
    }
}

static bool is(const struct reader *reader, enum token token, const char *word)
{
    return reader->result == 0 && reader->token == token &&
           mc_bytes_is(reader->word, word);
}

/* Go past a token that must be there. */
static void expect(struct reader *reader, enum token token, const char *word)
{
    if (is(reader, token, word)) {
        next(reader);
    } else {
        refuse(reader);
    }
}

/* Go past a token that may be there. */
static bool accept(struct reader *reader, enum token token, const char *word)
{
    bool there = is(reader, token, word);

    if (there) {
        next(reader);
    }
    return there;
}

static void lines(struct reader *reader)
{
    while (reader->result == 0 && reader->token == TOKEN_LINE) {
        next(reader);
    }
}

static void line_end(struct reader *reader)
{
    if (reader->token != TOKEN_LINE) {
        refuse(reader);
    }
    lines(reader);
}

/* A constant such as RPC::Agent, given back as its text. */
static const char *constant(struct reader *reader)
{
    const char *name = "";

    do {
        if (reader->token != TOKEN_WORD || reader->result != 0) {
            refuse(reader);
            return "";
        }
        const char *part = mc_arena_text(reader->arena, reader->word);
        name =
            part && *name ? mc_arena_printf(reader->arena, "%s::%s", name, part) : part;
        if (!name) {
            fail(reader, -ENOMEM);
            return "";
        }
        next(reader);
        if (reader->token != TOKEN_COLONS) {
            return name;
        }
        next(reader);
    } while (reader->result == 0);
    return "";
}

/* A string that holds no NUL, or a symbol where that may be. */
static const char *text_of(struct reader *reader, bool symbol)
{
    bool fits =
        reader->token == TOKEN_STRING || (symbol && reader->token == TOKEN_SYMBOL);

    if (!fits || reader->word.len == 0) {
        refuse(reader);
        return "";
    }
    const char *text = mc_arena_text(reader->arena, reader->word);
    if (!text) {
        fail(reader, -ENOMEM);
        return "";
    }
    next(reader);
    return text;
}

/* implemented_by "command" [, :json] */
static const char *implementation(struct reader *reader)
{
    expect(reader, TOKEN_WORD, "implemented_by");
    bool open = accept(reader, TOKEN_OTHER, "(");
    const char *command = text_of(reader, false);
    if (accept(reader, TOKEN_OTHER, ",")) {
        expect(reader, TOKEN_SYMBOL, "json");
    }
    if (open) {
        expect(reader, TOKEN_OTHER, ")");
    }
    return command;
}

static void keep(struct reader *reader, const char *action, const char *command)
{
    size_t i = 0;

    while (i < reader->count && strcmp(reader->items[i].action, action) != 0) {
        i++;
    }
    if (reader->result != 0) {
        return;
    }
    if (i >= MC_DECLARED_ACTIONS_MAX) {
        mc_error_set(reader->error, "%s:%u: there are more than %d actions",
                     reader->path, reader->line, MC_DECLARED_ACTIONS_MAX);
        fail(reader, MC_DECLARED_CODE);
        return;
    }
    reader->items[i] = (struct mc_declared){action, command};
    reader->count += i == reader->count;
}

/* action "name" do … end, or with braces */
static void action(struct reader *reader)
{
    expect(reader, TOKEN_WORD, "action");
    bool open = accept(reader, TOKEN_OTHER, "(");
    const char *name = text_of(reader, true);
    if (open) {
        expect(reader, TOKEN_OTHER, ")");
    }
    bool braces = accept(reader, TOKEN_OTHER, "{");
    if (!braces) {
        expect(reader, TOKEN_WORD, "do");
    }
    lines(reader);
    const char *command = implementation(reader);
    lines(reader);
    expect(reader, braces ? TOKEN_OTHER : TOKEN_WORD, braces ? "}" : "end");
    keep(reader, name, command);
}

/* class Name < RPC::Agent … end; scope is that of the modules around it. */
static void agent_class(struct reader *reader, const char *scope)
{
    static const char base[] = "MCollective::Agent::";

    expect(reader, TOKEN_WORD, "class");
    const char *name = constant(reader);
    const char *full =
        *scope ? mc_arena_printf(reader->arena, "%s::%s", scope, name) : name;
    expect(reader, TOKEN_OTHER, "<");
    const char *parent = constant(reader);
    if (!full) {
        fail(reader, -ENOMEM);
    }
    if (reader->result != 0) {
        return;
    }
    if (strncmp(full, base, sizeof(base) - 1) != 0 ||
        strcasecmp(full + sizeof(base) - 1, reader->agent) != 0 ||
        (strcmp(parent, "RPC::Agent") != 0 &&
         strcmp(parent, "MCollective::RPC::Agent") != 0)) {
        mc_error_set(reader->error, "%s:%u: class %s < %s is not the class of agent %s",
                     reader->path, reader->token_line, full, parent, reader->agent);
        fail(reader, MC_DECLARED_CODE);
        return;
    }
    line_end(reader);
    while (reader->result == 0 && !is(reader, TOKEN_WORD, "end")) {
        action(reader);
        line_end(reader);
    }
    expect(reader, TOKEN_WORD, "end");
}

static void file(struct reader *reader)
{
    const char *scope = "";
    unsigned modules = 0;

    next(reader);
    lines(reader);
    while (modules < MODULES_MAX && accept(reader, TOKEN_WORD, "module")) {
        const char *name = constant(reader);
        scope = *scope ? mc_arena_printf(reader->arena, "%s::%s", scope, name) : name;
        if (!scope) {
            fail(reader, -ENOMEM);
            return;
        }
        line_end(reader);
        modules++;
    }
    agent_class(reader, scope);
    for (unsigned i = 0; i < modules; i++) {
        line_end(reader);
        expect(reader, TOKEN_WORD, "end");
    }
    lines(reader);
    if (reader->result == 0 && reader->token != TOKEN_END) {
        refuse(reader);
    }
}

int mc_declared_read(struct mc_bytes text, const char *path, const char *agent,
                     struct mc_arena *arena, const struct mc_declared **ret_items,
                     size_t *ret_count, struct mc_error *error)
{
    struct reader reader = {
        .text = text,
        .line = 1,
        .path = path,
        .agent = agent,
        .arena = arena,
        .error = error,
        .items = mc_arena_array(arena, MC_DECLARED_ACTIONS_MAX, sizeof(*reader.items)),
    };

    if (!reader.items) {
        return -ENOMEM;
    }
    file(&reader);
    if (reader.result != 0) {
        return reader.result;
    }
    *ret_items = reader.items;
    *ret_count = reader.count;
    return 0;
}
