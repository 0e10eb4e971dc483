/* Writing YAML in the block style of Ruby's Psych (spec collective.md 2.11).
 *
 * A scalar is plain only when no YAML 1.1 reader could take it for anything but the
 * same text; else it is double-quoted, or a literal block when it has several lines
 * that a literal keeps exactly. Lines are never folded, nothing is anchored. */
#include "base/base64.h"
#include "base/buffer.h"
#include "codec/codec.h"
#include "codec/number.h"
#include "codec/yaml/scalar.h"
#include <errno.h>
#include <math.h>
#include <string.h>

/* Readers look this far for the colon of a key: longer keys get a "?". */
#define KEY_BYTES_MAX ((size_t)400)

/* What stands before a node on its line, which decides how a container begins. */
enum place
{
    PLACE_TOP,   /* behind "---" */
    PLACE_VALUE, /* behind "key:" */
    PLACE_ITEM,  /* behind "-", "?" or the ":" of an explicit key */
    PLACE_KEY,   /* a key that fits on its line */
};

struct writer
{
    struct mc_buffer out;
    struct mc_arena *arena;
    struct mc_error *error;
    size_t nodes;
};

static int write_node(struct writer *w, const struct mc_value *value, enum place place,
                      unsigned indent, unsigned depth);

static int too_large(struct writer *w)
{
    mc_error_set(w->error, "YAML: too deep or too large to be written");
    return MC_CODEC_LIMIT;
}

static void write_indent(struct writer *w, unsigned indent)
{
    mc_buffer_printf(&w->out, "%*s", (int)indent, "");
}

/* The blank between an indicator and a scalar. */
static void write_gap(struct writer *w, enum place place)
{
    if (place != PLACE_KEY) {
        mc_buffer_byte(&w->out, ' ');
    }
}

static bool ascii(struct mc_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] > 0x7f) {
            return false;
        }
    }
    return true;
}

/* Letters that readers refuse, fold or take for line ends unless they are escaped. */
static bool needs_escape(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
           c == 0xfeff || c == 0xfffe || c == 0xffff;
}

/* The letter that begins at an index of valid UTF-8, and its length. */
static uint32_t letter_at(struct mc_bytes text, size_t at, size_t *ret_len)
{
    const uint8_t *p = text.data + at;

    if (p[0] < 0x80) {
        *ret_len = 1;
        return p[0];
    }
    *ret_len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    uint32_t letter = p[0] & (0x7fU >> *ret_len);
    for (size_t i = 1; i < *ret_len; i++) {
        letter = letter << 6 | (p[i] & 0x3fU);
    }
    return letter;
}

static void write_escape(struct writer *w, uint32_t letter)
{
    static const char names[][2] = {{'\n', 'n'}, {'\t', 't'}, {'\r', 'r'}, {0x1b, 'e'},
                                    {0, '0'},    {'"', '"'},  {'\\', '\\'}};

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        if (letter == (uint32_t)names[i][0]) {
            mc_buffer_printf(&w->out, "\\%c", names[i][1]);
            return;
        }
    }
    mc_buffer_printf(&w->out, letter < 0x100 ? "\\x%02X" : "\\u%04X", letter);
}

static void write_quoted(struct writer *w, struct mc_bytes text)
{
    size_t len = 0;

    mc_buffer_byte(&w->out, '"');
    for (size_t i = 0; i < text.len; i += len) {
        uint32_t letter = letter_at(text, i, &len);
        if (needs_escape(letter) || letter == '"' || letter == '\\') {
            write_escape(w, letter);
        } else {
            mc_buffer_append(&w->out, mc_bytes_slice(text, i, len));
        }
    }
    mc_buffer_byte(&w->out, '"');
}

/* A literal keeps a text that has several lines, begins with a visible letter, ends in
 * at most one line end, and has no line of blanks only. */
static bool fits_literal(struct mc_bytes text)
{
    size_t len = 0;
    bool visible = false;

    if (text.len < 2 || mc_bytes_find(text, '\n') == text.len || text.data[0] <= ' ' ||
        (text.data[text.len - 1] == '\n' && text.data[text.len - 2] == '\n')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i += len) {
        uint32_t letter = letter_at(text, i, &len);
        bool blank = letter == ' ' || letter == '\t';
        if (letter == '\n') {
            if (i > 0 && !visible && text.data[i - 1] != '\n') {
                return false;
            }
            visible = false;
            continue;
        }
        if (letter == '\t' ? !visible : needs_escape(letter)) {
            return false;
        }
        visible = visible || !blank;
    }
    return visible || text.data[text.len - 1] == '\n';
}

/* "|" or "|-" and the lines; ends behind the last line without its line end. */
static void write_literal(struct writer *w, struct mc_bytes text, unsigned indent)
{
    bool ended = text.data[text.len - 1] == '\n';
    struct mc_bytes rest = mc_bytes_slice(text, 0, text.len - ended);

    mc_buffer_text(&w->out, ended ? "|" : "|-");
    for (;;) {
        size_t len = mc_bytes_find(rest, '\n');
        mc_buffer_byte(&w->out, '\n');
        if (len > 0) {
            write_indent(w, indent);
            mc_buffer_append(&w->out, mc_bytes_slice(rest, 0, len));
        }
        if (len == rest.len) {
            break;
        }
        rest = mc_bytes_slice(rest, len + 1, rest.len);
    }
}

static int write_binary(struct writer *w, struct mc_bytes bytes)
{
    struct mc_bytes text = {0};
    int r = mc_base64_encode(bytes, 0, w->arena, &text);

    if (r == 0) {
        mc_buffer_text(&w->out, "!binary \"");
        mc_buffer_append(&w->out, text);
        mc_buffer_byte(&w->out, '"');
    }
    return r;
}

static bool is_binary(const struct mc_value *value)
{
    return !mc_bytes_utf8(value->bytes) ||
           (value->type == MC_STRING && value->encoding == MC_ENCODING_BINARY &&
            !ascii(value->bytes));
}

static int write_string(struct writer *w, const struct mc_value *value,
                        enum place place, unsigned indent)
{
    if (is_binary(value)) {
        return write_binary(w, value->bytes);
    }
    if (mc_bytes_is(value->bytes, "<<")) {
        mc_buffer_text(&w->out, "!!str \"<<\""); /* Psych merges a merely quoted one */
    } else if (mc_yaml_plain_safe(value->bytes)) {
        mc_buffer_append(&w->out, value->bytes);
    } else if (place != PLACE_KEY && fits_literal(value->bytes)) {
        write_literal(w, value->bytes, indent < 2 ? 2 : indent);
    } else {
        write_quoted(w, value->bytes);
    }
    return 0;
}

/* A colon and the name; names that would read back differently get a tag. */
static int write_symbol(struct writer *w, struct mc_bytes name)
{
    bool quote = name.len && (name.data[0] == '"' || name.data[0] == '\'');

    if (!mc_bytes_utf8(name)) {
        mc_error_set(w->error, "YAML: cannot write a symbol that is no UTF-8");
        return MC_CODEC_REFUSED;
    }
    if (!quote && mc_yaml_plain_letters(name)) {
        mc_buffer_byte(&w->out, ':');
        mc_buffer_append(&w->out, name);
        return 0;
    }
    mc_buffer_text(&w->out, "!ruby/symbol ");
    write_quoted(w, name);
    return 0;
}

static int write_regexp(struct writer *w, const struct mc_value *value)
{
    char *text = NULL;

    if (!mc_bytes_utf8(value->bytes)) {
        mc_error_set(w->error, "YAML: cannot write a pattern that is no UTF-8");
        return MC_CODEC_REFUSED;
    }
    size_t len = value->bytes.len;
    text = mc_arena_alloc(w->arena, len + 8);
    if (!text) {
        return -ENOMEM;
    }
    text[0] = '/';
    memcpy(text + 1, value->bytes.data, len);
    len++;
    text[len++] = '/';
    static const char flags[] = "mix";
    static const unsigned bits[] = {MC_REGEXP_MULTILINE, MC_REGEXP_IGNORECASE,
                                    MC_REGEXP_EXTENDED};
    for (size_t i = 0; i < MC_COUNT(bits); i++) {
        if (value->options & bits[i]) {
            text[len++] = flags[i];
        }
    }
    mc_buffer_text(&w->out, "!ruby/regexp ");
    if (mc_yaml_plain_letters(mc_bytes_make(text, len))) {
        mc_buffer_append(&w->out, mc_bytes_make(text, len));
    } else {
        write_quoted(w, mc_bytes_make(text, len));
    }
    return 0;
}

static void write_float(struct writer *w, double real)
{
    char text[MC_NUMBER_FLOAT_BYTES];

    mc_number_text(real, text);
    mc_buffer_text(&w->out, isnan(real)    ? ".nan"
                            : !isinf(real) ? text
                            : real < 0     ? "-.inf"
                                           : ".inf");
}

static int write_scalar(struct writer *w, const struct mc_value *value,
                        enum place place, unsigned indent)
{
    switch (value->type) {
    case MC_NIL:
        mc_buffer_text(&w->out, place == PLACE_KEY ? "~" : "");
        return 0;
    case MC_BOOL:
        mc_buffer_text(&w->out, value->boolean ? "true" : "false");
        return 0;
    case MC_INT:
        mc_buffer_printf(&w->out, "%lld", (long long)value->integer);
        return 0;
    case MC_FLOAT:
        write_float(w, value->real);
        return 0;
    case MC_BIGINT:
        mc_buffer_append(&w->out, value->bytes);
        return 0;
    case MC_STRING:
        return write_string(w, value, place, indent);
    case MC_SYMBOL:
        return write_symbol(w, value->bytes);
    case MC_REGEXP:
        return write_regexp(w, value);
    case MC_ARRAY:
    case MC_HASH:
    case MC_OBJECT:
        break;
    }
    mc_error_set(w->error, "YAML: cannot write %s", mc_type_name(value->type));
    return MC_CODEC_REFUSED;
}

/* The first entry of a container in an item stands on the line of its "-". */
static void begin_entry(struct writer *w, enum place place, unsigned indent, size_t i)
{
    if (i == 0 && place == PLACE_ITEM) {
        mc_buffer_byte(&w->out, ' ');
        return;
    }
    mc_buffer_byte(&w->out, '\n');
    write_indent(w, indent);
}

static int write_array(struct writer *w, const struct mc_value *value, enum place place,
                       unsigned indent, unsigned depth)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < value->array.count; i++) {
        begin_entry(w, place, indent, i);
        mc_buffer_byte(&w->out, '-');
        r = write_node(w, value->array.items[i], PLACE_ITEM, indent + 2, depth + 1);
    }
    return r;
}

static bool simple_key(const struct mc_value *key)
{
    bool text = key->type == MC_STRING || key->type == MC_SYMBOL ||
                key->type == MC_REGEXP || key->type == MC_BIGINT;

    return key->type != MC_ARRAY && key->type != MC_HASH &&
           (!text || key->bytes.len <= KEY_BYTES_MAX / 4);
}

static int write_pair(struct writer *w, const struct mc_pair *pair, unsigned indent,
                      unsigned depth)
{
    bool simple = simple_key(pair->key);
    /* A list as a value begins in the column of its key. */
    bool list = simple && pair->value->type == MC_ARRAY;
    int r = 0;

    if (!simple) {
        mc_buffer_byte(&w->out, '?');
    }
    r = write_node(w, pair->key, simple ? PLACE_KEY : PLACE_ITEM, indent + 2,
                   depth + 1);
    if (r != 0) {
        return r;
    }
    if (!simple) {
        mc_buffer_byte(&w->out, '\n');
        write_indent(w, indent);
    }
    mc_buffer_byte(&w->out, ':');
    return write_node(w, pair->value, simple ? PLACE_VALUE : PLACE_ITEM,
                      list ? indent : indent + 2, depth + 1);
}

static int write_hash(struct writer *w, const struct mc_value *value, enum place place,
                      unsigned indent, unsigned depth)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < value->hash.count; i++) {
        begin_entry(w, place, indent, i);
        r = write_pair(w, &value->hash.pairs[i], indent, depth);
    }
    return r;
}

static int write_node(struct writer *w, const struct mc_value *value, enum place place,
                      unsigned indent, unsigned depth)
{
    size_t count = value->type == MC_ARRAY  ? value->array.count
                   : value->type == MC_HASH ? value->hash.count
                                            : 0;
    bool container = value->type == MC_ARRAY || value->type == MC_HASH;

    if (++w->nodes > MC_CODEC_VALUES_MAX || mc_buffer_failed(&w->out) ||
        (container && depth >= MC_VALUE_DEPTH_MAX)) {
        return too_large(w);
    }
    if (count == 0 && value->type != MC_NIL) {
        write_gap(w, place);
    }
    if (container && count == 0) {
        mc_buffer_text(&w->out, value->type == MC_ARRAY ? "[]" : "{}");
        return 0;
    }
    if (value->type == MC_ARRAY) {
        return write_array(w, value, place, indent, depth);
    }
    if (value->type == MC_HASH) {
        return write_hash(w, value, place, indent, depth);
    }
    return write_scalar(w, value, place, indent);
}

int mc_yaml_encode(const struct mc_value *value, struct mc_arena *arena,
                   struct mc_bytes *ret_bytes, struct mc_error *error)
{
    struct writer w = {.arena = arena, .error = error};

    mc_buffer_init(&w.out, MC_ARENA_EXCHANGE_BYTES);
    mc_buffer_text(&w.out, "---");
    int r = write_node(&w, value, PLACE_TOP, 0, 0);
    mc_buffer_byte(&w.out, '\n');
    if (r == 0 && mc_buffer_failed(&w.out)) {
        r = too_large(&w);
    }
    if (r == 0) {
        r = mc_buffer_copy(&w.out, arena, ret_bytes);
    }
    mc_buffer_deinit(&w.out);
    return r;
}
