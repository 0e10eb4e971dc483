/* Pictures -> lines of items.
 *
 * A line is read field by field; what lies between two fields is a literal. The line
 * below one with fields is split at the commas that stand outside of quotes and
 * brackets. Every field consumes a character, so there are never more items than
 * twice the length of the line and one. */
#include "report/format/format-private.h"

#include <errno.h>
#include <string.h>

struct parse
{
    struct mc_bytes rest;
    struct mc_arena *arena;
    struct mc_format *format;
    struct mc_error *error;
    unsigned number; /* of the line that was taken last */
};

static bool is_at(struct mc_bytes line, size_t at, char byte)
{
    return at < line.len && line.data[at] == (uint8_t)byte;
}

static size_t run_of(struct mc_bytes line, size_t at, char byte)
{
    while (is_at(line, at, byte)) {
        at++;
    }
    return at;
}

/* @### @0## @#.## from behind the @ on. Returns whether it is one. */
static bool read_number(struct mc_bytes line, size_t *at, struct mc_format__item *item)
{
    size_t i = *at;

    item->zeros = is_at(line, i, '0') && is_at(line, i + 1, '#');
    if (!item->zeros && !is_at(line, i, '#') &&
        !(is_at(line, i, '.') && is_at(line, i + 1, '#'))) {
        return false;
    }
    i = run_of(line, i + item->zeros, '#');
    if (is_at(line, i, '.')) {
        size_t from = i + 1;
        i = run_of(line, from, '#');
        item->point = true;
        item->decimals = i - from;
    }
    item->kind = MC_FORMAT_NUMBER;
    *at = i;
    return true;
}

static void read_text(struct mc_bytes line, size_t *at, struct mc_format__item *item)
{
    static const struct
    {
        char sign;
        enum mc_format_side side;
    } sides[] = {
        {'<', MC_FORMAT_LEFT},
        {'>', MC_FORMAT_RIGHT},
        {'|', MC_FORMAT_MIDDLE},
    };
    size_t i = *at;

    for (size_t k = 0; k < MC_COUNT(sides); k++) {
        if (is_at(line, i, sides[k].sign)) {
            item->side = sides[k].side;
            i = run_of(line, i, sides[k].sign);
            break;
        }
    }
    item->more =
        is_at(line, i, '.') && is_at(line, i + 1, '.') && is_at(line, i + 2, '.');
    *at = i + (item->more ? 3 : 0);
}

/* One field, from its @ or ^ on; at moves behind it. */
static void read_field(struct mc_bytes line, size_t *at, struct mc_format__item *item)
{
    size_t from = *at;
    bool chops = is_at(line, from, '^');

    *item = (struct mc_format__item){.kind = chops ? MC_FORMAT_WORDS : MC_FORMAT_TEXT};
    (*at)++;
    if (is_at(line, *at, '*')) {
        item->kind = chops ? MC_FORMAT_LINE : MC_FORMAT_LINES;
        (*at)++;
    } else if (read_number(line, at, item)) {
        item->blank = chops;
    } else {
        read_text(line, at, item);
    }
    item->width = *at - from;
}

/* A literal up to the next field; behind the last one blanks and tildes go. */
static void read_literal(struct mc_bytes line, size_t *at, struct mc_format__item *item)
{
    size_t from = *at;
    size_t i = from;

    while (i < line.len && line.data[i] != '@' && line.data[i] != '^') {
        i++;
    }
    *at = i;
    while (*at == line.len && i > from && strchr(" \t~", line.data[i - 1]) &&
           line.data[i - 1]) {
        i--;
    }
    item->kind = MC_FORMAT_LITERAL;
    item->literal = mc_bytes_slice(line, from, i - from);
}

static void read_tildes(struct mc_bytes text, struct mc_format__line *line)
{
    for (size_t i = 0; i < text.len; i++) {
        bool two = is_at(text, i, '~') && is_at(text, i + 1, '~');
        line->optional = line->optional || is_at(text, i, '~');
        line->repeated = line->repeated || two;
    }
}

static int malformed(struct parse *parse, const char *words)
{
    mc_error_set(parse->error, "line %u: %s", parse->number, words);
    return MC_FORMAT_MALFORMED;
}

/* The next line that is no comment. Returns false at the end. */
static bool take_line(struct parse *parse, struct mc_bytes *ret_line)
{
    while (parse->rest.len) {
        size_t end = mc_bytes_find(parse->rest, '\n');
        *ret_line = mc_bytes_slice(parse->rest, 0, end);
        parse->rest = mc_bytes_slice(parse->rest, end + 1, SIZE_MAX);
        parse->number++;
        if (!is_at(*ret_line, 0, '#')) {
            return true;
        }
    }
    return false;
}

size_t mc_format_item_end(struct mc_bytes text)
{
    unsigned depth = 0;
    uint8_t quote = 0;
    size_t i = 0;

    for (; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (quote) {
            i += c == '\\';
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '(' || c == '[' || c == '{') {
            depth++;
        } else if (c == ')' || c == ']' || c == '}') {
            if (!depth) {
                break;
            }
            depth--;
        } else if (c == ',' && !depth) {
            break;
        }
    }
    return i < text.len ? i : text.len;
}

/* Its place in the table; a known one keeps the place it has. */
static size_t expression_index(struct parse *parse, struct mc_bytes text)
{
    struct mc_format *format = parse->format;

    for (size_t i = 0; i < format->expressions_count; i++) {
        if (mc_bytes_equal(format->expressions[i].text, text)) {
            return i;
        }
    }
    format->expressions[format->expressions_count] =
        (struct mc_format__expression){text, parse->number};
    return format->expressions_count++;
}

/* Give the fields of a line the expressions of the line below it. */
static int read_expressions(struct parse *parse, struct mc_format__line *line,
                            size_t fields)
{
    static const char *const few = "malformed format, not enough variables provided.";
    struct mc_bytes text = {NULL, 0};
    size_t item = 0;

    if (!take_line(parse, &text)) {
        return malformed(parse, few);
    }
    text = mc_bytes_trim(text);
    for (size_t i = 0; i < fields; i++) {
        size_t end = mc_format_item_end(text);
        struct mc_bytes one = mc_bytes_trim(mc_bytes_slice(text, 0, end));
        if (!one.len) {
            return malformed(parse, few);
        }
        if (end < text.len && text.data[end] != ',') {
            return malformed(parse, "malformed format, a bracket closes nothing.");
        }
        while (line->items[item].kind == MC_FORMAT_LITERAL) {
            item++;
        }
        line->items[item++].expression = expression_index(parse, one);
        text = mc_bytes_slice(text, end + 1, SIZE_MAX);
    }
    if (mc_bytes_trim(text).len) {
        return malformed(parse, "malformed format, too many variables provided.");
    }
    return 0;
}

static int read_line(struct parse *parse, struct mc_bytes text)
{
    struct mc_format__line *line = &parse->format->lines[parse->format->lines_count++];
    bool fixed_number = false;
    size_t fields = 0;
    size_t room = 1;

    line->number = parse->number;
    read_tildes(text, line);
    for (size_t i = 0; i < text.len; i++) {
        room += text.data[i] == '@' || text.data[i] == '^' ? 2 : 0;
    }
    line->items = mc_arena_array(parse->arena, room, sizeof(*line->items));
    if (!line->items) {
        return -ENOMEM;
    }
    for (size_t at = 0; at < text.len;) {
        struct mc_format__item *item = &line->items[line->count++];
        if (is_at(text, at, '@') || is_at(text, at, '^')) {
            read_field(text, &at, item);
            fixed_number |= item->kind == MC_FORMAT_NUMBER && !item->blank;
            fields++;
        } else {
            read_literal(text, &at, item);
        }
    }
    if (line->repeated && fixed_number) {
        return malformed(parse, "a line with ~~ and @# would never end");
    }
    return fields ? read_expressions(parse, line, fields) : 0;
}

int mc_format_parse(struct mc_bytes text, struct mc_arena *arena,
                    struct mc_format **ret_format, struct mc_error *error)
{
    struct mc_format *format = mc_arena_alloc(arena, sizeof(*format));
    struct parse parse = {text, arena, format, error, 0};
    struct mc_bytes line = {NULL, 0};
    size_t lines = 1;
    size_t commas = 1;
    int r = 0;

    if (text.len > MC_FORMAT_BYTES_MAX) {
        mc_error_set(error, "the format is too long");
        return MC_FORMAT_MALFORMED;
    }
    for (size_t i = 0; i < text.len; i++) {
        lines += text.data[i] == '\n';
        commas += text.data[i] == '\n' || text.data[i] == ',';
    }
    if (lines > MC_FORMAT_LINES_MAX) {
        mc_error_set(error, "the format has too many lines");
        return MC_FORMAT_MALFORMED;
    }
    if (format) {
        format->lines = mc_arena_array(arena, lines, sizeof(*format->lines));
        format->expressions =
            mc_arena_array(arena, commas, sizeof(*format->expressions));
    }
    if (!format || !format->lines || !format->expressions) {
        return -ENOMEM;
    }
    while (r == 0 && take_line(&parse, &line)) {
        r = read_line(&parse, line);
    }
    if (r == 0) {
        *ret_format = format;
    }
    return r;
}

size_t mc_format_expressions(const struct mc_format *format)
{
    return format->expressions_count;
}

struct mc_bytes mc_format_expression(const struct mc_format *format, size_t index,
                                     unsigned *ret_line)
{
    *ret_line = format->expressions[index].line;
    return format->expressions[index].text;
}
