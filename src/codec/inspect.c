/* Values as Ruby writes them.
 *
 * Pretty printing: an array, a hash, and the place behind a hash's => are groups. A
 * group stays on one line when all of it and what follows up to the next place for a
 * line end fit; otherwise it is broken at each of its places, outer groups first. Lines
 * are indented by the depth of groups, one column each. */
#include "codec/inspect.h"

#include "codec/number.h"
#include "base/text.h"
#include <string.h>

struct state
{
    struct mc_buffer *out;
    size_t column;
};

static const char *short_escape(uint8_t byte)
{
    static const char *const names[] = {
        ['\a'] = "\\a", ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\v'] = "\\v",
        ['\f'] = "\\f", ['\r'] = "\\r", [0x1b] = "\\e", ['"'] = "\\\"", ['\\'] = "\\\\",
    };

    return byte < MC_COUNT(names) ? names[byte] : NULL;
}

/* Characters of Unicode that Ruby does not print as they are: controls, line and
 * paragraph ends, surrogates, private use, and what is assigned to nothing (only the
 * noncharacters are known here). */
static bool hidden(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 ||
           code == 0x2029 || (code >= 0xe000 && code <= 0xf8ff) ||
           (code & 0xfffe) == 0xfffe || code >= 0xf0000;
}

static void one_character(struct mc_buffer *out, struct mc_bytes one, uint32_t code,
                          enum mc_encoding encoding)
{
    const char *named = short_escape(one.data[0]);

    if (named && one.len == 1) {
        mc_buffer_text(out, named);
    } else if (!hidden(code)) {
        mc_buffer_append(out, one);
    } else if (encoding != MC_ENCODING_UTF8) {
        mc_buffer_printf(out, "\\x%02X", (unsigned)code);
    } else {
        mc_buffer_printf(out, code > 0xffff ? "\\u{%X}" : "\\u%04X", (unsigned)code);
    }
}

static void quoted(struct mc_bytes text, enum mc_encoding encoding,
                   struct mc_buffer *out)
{
    mc_buffer_byte(out, '"');
    while (text.len) {
        uint32_t code = 0;
        size_t len = mc_text_character(text, &code);
        if (!len || (encoding != MC_ENCODING_UTF8 && text.data[0] >= 0x80)) {
            mc_buffer_printf(out, "\\x%02X", text.data[0]);
            len = 1;
        } else if (text.data[0] == '#' && text.len > 1 && strchr("{$@", text.data[1]) &&
                   text.data[1]) {
            mc_buffer_text(out, "\\#");
        } else {
            one_character(out, mc_bytes_slice(text, 0, len), code, encoding);
        }
        text = mc_bytes_slice(text, len, text.len);
    }
    mc_buffer_byte(out, '"');
}

static bool word_byte(uint8_t byte, bool first)
{
    return byte == '_' || byte >= 0x80 || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || (!first && byte >= '0' && byte <= '9');
}

/* Whether a symbol can be written without quotes: a name that may begin with @, @@ or $
 * and end in one of ! ? =, or an operator. */
static bool plain_symbol(struct mc_bytes name)
{
    static const char *const operators[] = {
        "+", "-",  "*",   "/",   "%",   "**", "==", "!=", "<", "<=",
        ">", ">=", "<=>", "===", "=~",  "!~", "!",  "~",  "&", "|",
        "^", "<<", ">>",  "[]",  "[]=", "+@", "-@", "`",
    };
    bool sigil = false;

    for (size_t i = 0; i < MC_COUNT(operators); i++) {
        if (mc_bytes_is(name, operators[i])) {
            return true;
        }
    }
    for (size_t i = 0;
         i < 2 && name.len && (name.data[0] == '@' || (i == 0 && name.data[0] == '$'));
         i++) {
        bool global = name.data[0] == '$';
        name = mc_bytes_slice(name, 1, name.len);
        sigil = true;
        if (global) {
            break;
        }
    }
    if (!name.len || !mc_bytes_utf8(name)) {
        return false;
    }
    uint8_t last = name.data[name.len - 1];
    if (!sigil && name.len > 1 && (last == '!' || last == '?' || last == '=')) {
        name.len--;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!word_byte(name.data[i], i == 0)) {
            return false;
        }
    }
    return true;
}

static void regexp(const struct mc_value *value, struct mc_buffer *out)
{
    mc_buffer_byte(out, '/');
    mc_buffer_append(out, value->bytes);
    mc_buffer_byte(out, '/');
    mc_buffer_text(out, value->options & MC_REGEXP_MULTILINE ? "m" : "");
    mc_buffer_text(out, value->options & MC_REGEXP_IGNORECASE ? "i" : "");
    mc_buffer_text(out, value->options & MC_REGEXP_EXTENDED ? "x" : "");
}

static void real(double number, struct mc_buffer *out)
{
    char text[MC_NUMBER_FLOAT_BYTES];

    mc_number_text(number, text);
    mc_buffer_text(out, text);
}

/* Everything that has no parts. */
static void atom(const struct mc_value *value, struct mc_buffer *out)
{
    switch (mc_value_type(value)) {
    case MC_BOOL:
        mc_buffer_text(out, value->boolean ? "true" : "false");
        break;
    case MC_INT:
        mc_buffer_printf(out, "%lld", (long long)value->integer);
        break;
    case MC_BIGINT:
        mc_buffer_append(out, value->bytes);
        break;
    case MC_FLOAT:
        real(value->real, out);
        break;
    case MC_STRING:
        quoted(value->bytes, value->encoding, out);
        break;
    case MC_SYMBOL:
        mc_buffer_byte(out, ':');
        if (plain_symbol(value->bytes)) {
            mc_buffer_append(out, value->bytes);
        } else {
            quoted(value->bytes, value->encoding, out);
        }
        break;
    case MC_REGEXP:
        regexp(value, out);
        break;
    case MC_OBJECT:
        mc_buffer_text(out, "#<");
        mc_buffer_append(out, value->bytes);
        mc_buffer_text(out, ">");
        break;
    case MC_NIL:
    case MC_ARRAY:
    case MC_HASH:
        mc_buffer_text(out, "nil");
        break;
    }
}

static bool has_parts(const struct mc_value *value)
{
    return mc_value_is(value, MC_ARRAY) || mc_value_is(value, MC_HASH);
}

/* The next line of a string, its end included. Returns false after the last one. */
static bool next_line(struct mc_bytes *text, struct mc_bytes *ret_line)
{
    size_t end = mc_bytes_find(*text, '\n');

    *ret_line = mc_bytes_slice(*text, 0, end + 1);
    *text = mc_bytes_slice(*text, end + 1, text->len);
    return ret_line->len > 0;
}

/* Whether pp writes a string as the sum of its lines. */
static bool has_lines(const struct mc_value *value)
{
    return mc_value_is(value, MC_STRING) &&
           mc_bytes_find(value->bytes, '\n') + 1 < value->bytes.len;
}

/* "line\n" + "line" */
static void line_sum(const struct mc_value *value, struct mc_buffer *out)
{
    struct mc_bytes rest = value->bytes;
    struct mc_bytes line;

    for (bool first = true; next_line(&rest, &line); first = false) {
        mc_buffer_text(out, first ? "" : " + ");
        quoted(line, value->encoding, out);
    }
}

/* On one line; pp: strings of several lines as pp writes them. */
static void flat(const struct mc_value *value, bool pp, struct mc_buffer *out)
{
    bool hash = mc_value_is(value, MC_HASH);

    if (pp && has_lines(value)) {
        line_sum(value, out);
        return;
    }
    if (!has_parts(value)) {
        atom(value, out);
        return;
    }
    mc_buffer_byte(out, hash ? '{' : '[');
    for (size_t i = 0; i < mc_value_count(value) && !mc_buffer_failed(out); i++) {
        mc_buffer_text(out, i ? ", " : "");
        if (hash) {
            flat(mc_value_key(value, i), pp, out);
            mc_buffer_text(out, "=>");
        }
        flat(mc_value_item(value, i), pp, out);
    }
    mc_buffer_byte(out, hash ? '}' : ']');
}

void mc_inspect(const struct mc_value *value, struct mc_buffer *out)
{
    flat(value, false, out);
}

/* Whether a value and what follows it fit behind the column. A line has at most 4
 * bytes a character, so a small buffer that fails says no early. */
static bool fits(const struct state *state, const struct mc_value *value,
                 size_t trailing)
{
    struct mc_buffer line;

    mc_buffer_init(&line, (size_t)MC_INSPECT_COLUMNS * 4);
    flat(value, true, &line);
    size_t width = mc_text_width(mc_buffer_bytes(&line));
    bool yes = !mc_buffer_failed(&line) &&
               state->column + width + trailing <= MC_INSPECT_COLUMNS;
    mc_buffer_deinit(&line);
    return yes;
}

static void put_flat(struct state *state, const struct mc_value *value)
{
    size_t before = state->out->len;

    flat(value, true, state->out);
    if (!mc_buffer_failed(state->out)) {
        state->column += mc_text_width(
            mc_bytes_slice(mc_buffer_bytes(state->out), before, state->out->len));
    }
}

static void put_text(struct state *state, const char *text)
{
    mc_buffer_text(state->out, text);
    state->column += strlen(text);
}

static void new_line(struct state *state, size_t indent)
{
    mc_buffer_byte(state->out, '\n');
    for (size_t i = 0; i < indent && !mc_buffer_failed(state->out); i++) {
        mc_buffer_byte(state->out, ' ');
    }
    state->column = indent;
}

static void pretty(struct state *state, const struct mc_value *value, size_t indent,
                   size_t trailing);

/* key=>value; the value goes to a line of its own when it does not fit behind. */
static void pretty_pair(struct state *state, const struct mc_value *key,
                        const struct mc_value *value, size_t indent, size_t trailing)
{
    pretty(state, key, indent, 2);
    put_text(state, "=>");
    if (!fits(state, value, trailing)) {
        new_line(state, indent + 1);
    }
    pretty(state, value, indent + 1, trailing);
}

/* The lines of a string below each other. */
static void pretty_lines(struct state *state, const struct mc_value *value,
                         size_t indent)
{
    struct mc_bytes rest = value->bytes;
    struct mc_bytes line;

    for (bool first = true; next_line(&rest, &line); first = false) {
        if (!first) {
            put_text(state, " +");
            new_line(state, indent);
        }
        size_t before = state->out->len;
        quoted(line, value->encoding, state->out);
        state->column += mc_text_width(
            mc_bytes_slice(mc_buffer_bytes(state->out), before, state->out->len));
    }
}

static void pretty(struct state *state, const struct mc_value *value, size_t indent,
                   size_t trailing)
{
    size_t count = mc_value_count(value);
    bool hash = mc_value_is(value, MC_HASH);

    if (has_lines(value) && !fits(state, value, trailing)) {
        pretty_lines(state, value, indent);
        return;
    }
    if (!has_parts(value) || !count || fits(state, value, trailing)) {
        put_flat(state, value);
        return;
    }
    put_text(state, hash ? "{" : "[");
    for (size_t i = 0; i < count && !mc_buffer_failed(state->out); i++) {
        bool last = i + 1 == count;
        size_t behind = last ? 1 + trailing : 1;
        if (hash) {
            pretty_pair(state, mc_value_key(value, i), mc_value_item(value, i),
                        indent + 1, behind);
        } else {
            pretty(state, mc_value_item(value, i), indent + 1, behind);
        }
        if (!last) {
            put_text(state, ",");
            new_line(state, indent + 1);
        }
    }
    put_text(state, hash ? "}" : "]");
}

void mc_inspect_pretty(const struct mc_value *value, struct mc_buffer *out)
{
    struct state state = {.out = out};

    pretty(&state, value, 0, 0);
}

void mc_inspect_plain(const struct mc_value *value, struct mc_buffer *out)
{
    if (mc_value_is(value, MC_STRING) || mc_value_is(value, MC_SYMBOL)) {
        mc_buffer_append(out, value->bytes);
    } else if (!mc_value_is(value, MC_NIL)) {
        mc_inspect(value, out);
    }
}

const char *mc_inspect_text(const struct mc_value *value, struct mc_arena *arena)
{
    struct mc_buffer text;
    struct mc_bytes bytes;

    mc_buffer_init(&text, MC_INSPECT_BYTES_MAX);
    mc_inspect_plain(value, &text);
    int r = mc_buffer_copy(&text, arena, &bytes);
    mc_buffer_deinit(&text);
    return r ? NULL : (const char *)bytes.data;
}
