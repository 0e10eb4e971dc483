/* Writing JSON (RFC 8259) as Ruby's JSON.generate and JSON.pretty_generate do, so that
 * scripts that read one read the other: no blanks in the compact form, floats always
 * with a point, empty containers of the pretty form over two and three lines. */
#include "base/buffer.h"
#include "codec/codec.h"
#include "codec/number.h"
#include <errno.h>
#include <math.h>
#include <string.h>

struct writer
{
    struct mc_buffer out;
    struct mc_error *error;
    bool pretty;
    size_t nodes;
};

static int write_node(struct writer *w, const struct mc_value *value, unsigned depth);

/* How many bytes of valid UTF-8 begin here (at most a letter), or 0. */
static size_t letter_len(struct mc_bytes text, size_t at)
{
    for (size_t len = 1; len <= 4 && at + len <= text.len; len++) {
        if (mc_bytes_utf8(mc_bytes_slice(text, at, len))) {
            return len;
        }
    }
    return 0;
}

static void write_byte(struct writer *w, uint8_t byte)
{
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *found = byte ? strchr(from, byte) : NULL;

    if (found) {
        mc_buffer_byte(&w->out, '\\');
        mc_buffer_byte(&w->out, (uint8_t)to[found - from]);
    } else if (byte < 0x20) {
        mc_buffer_printf(&w->out, "\\u%04x", (unsigned)byte);
    } else {
        mc_buffer_byte(&w->out, byte);
    }
}

static void write_letters(struct writer *w, struct mc_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t len = text.data[i] < 0x80 ? 1 : letter_len(text, i);
        if (len == 1) {
            write_byte(w, text.data[i]);
        } else if (len == 0) {
            mc_buffer_text(&w->out, "\xef\xbf\xbd");
        } else {
            mc_buffer_append(&w->out, mc_bytes_slice(text, i, len));
            i += len - 1;
        }
    }
}

static void write_text(struct writer *w, const char *head, struct mc_bytes text,
                       const char *tail)
{
    mc_buffer_byte(&w->out, '"');
    write_letters(w, mc_bytes_text(head));
    write_letters(w, text);
    write_letters(w, mc_bytes_text(tail));
    mc_buffer_byte(&w->out, '"');
}

/* As Regexp#to_s: the options that are on, a minus and those that are off. */
static void write_regexp(struct writer *w, const struct mc_value *value)
{
    unsigned options = value->options & 7U;
    const char *heads[] = {"(?-mix:", "(?i-mx:", "(?x-mi:", "(?ix-m:",
                           "(?m-ix:", "(?mi-x:", "(?mx-i:", "(?mix:"};

    write_text(w, heads[options], value->bytes, ")");
}

static void write_float(struct writer *w, double real)
{
    char text[MC_NUMBER_FLOAT_BYTES];

    mc_number_text(real, text);
    mc_buffer_text(&w->out, isfinite(real) ? text : "null");
}

static void write_scalar(struct writer *w, const struct mc_value *value)
{
    switch (value->type) {
    case MC_NIL:
    case MC_ARRAY:
    case MC_HASH:
        mc_buffer_text(&w->out, "null");
        break;
    case MC_BOOL:
        mc_buffer_text(&w->out, value->boolean ? "true" : "false");
        break;
    case MC_INT:
        mc_buffer_printf(&w->out, "%lld", (long long)value->integer);
        break;
    case MC_BIGINT:
        mc_buffer_append(&w->out, value->bytes);
        break;
    case MC_FLOAT:
        write_float(w, value->real);
        break;
    case MC_STRING:
    case MC_SYMBOL:
        write_text(w, "", value->bytes, "");
        break;
    case MC_REGEXP:
        write_regexp(w, value);
        break;
    case MC_OBJECT:
        write_text(w, "#<", value->bytes, ">");
        break;
    }
}

/* Keys are strings: other values become their own text, nil an empty one. */
static int write_key(struct writer *w, const struct mc_value *key, unsigned depth)
{
    struct writer inner = {.error = w->error, .nodes = w->nodes};
    int r = 0;

    if (key->type == MC_NIL) {
        mc_buffer_text(&w->out, "\"\"");
        return 0;
    }
    if (key->type != MC_ARRAY && key->type != MC_HASH && key->type != MC_BOOL &&
        key->type != MC_INT && key->type != MC_BIGINT && key->type != MC_FLOAT) {
        write_scalar(w, key);
        return 0;
    }
    mc_buffer_init(&inner.out, MC_ARENA_EXCHANGE_BYTES);
    r = write_node(&inner, key, depth);
    if (r == 0) {
        write_text(w, "", mc_buffer_bytes(&inner.out), "");
        w->nodes = inner.nodes;
        w->out.failed |= inner.out.failed;
    }
    mc_buffer_deinit(&inner.out);
    return r;
}

static void write_line(struct writer *w, unsigned depth)
{
    if (w->pretty) {
        mc_buffer_printf(&w->out, "\n%*s", (int)depth * 2, "");
    }
}

static int write_array(struct writer *w, const struct mc_value *value, unsigned depth)
{
    int r = 0;

    mc_buffer_byte(&w->out, '[');
    if (w->pretty && value->array.count == 0) {
        mc_buffer_byte(&w->out, '\n');
    }
    for (size_t i = 0; r == 0 && i < value->array.count; i++) {
        mc_buffer_text(&w->out, i ? "," : "");
        write_line(w, depth + 1);
        r = write_node(w, value->array.items[i], depth + 1);
    }
    write_line(w, depth);
    mc_buffer_byte(&w->out, ']');
    return r;
}

static int write_hash(struct writer *w, const struct mc_value *value, unsigned depth)
{
    int r = 0;

    mc_buffer_byte(&w->out, '{');
    for (size_t i = 0; r == 0 && i < value->hash.count; i++) {
        mc_buffer_text(&w->out, i ? "," : "");
        write_line(w, depth + 1);
        r = write_key(w, value->hash.pairs[i].key, depth + 1);
        mc_buffer_text(&w->out, w->pretty ? ": " : ":");
        if (r == 0) {
            r = write_node(w, value->hash.pairs[i].value, depth + 1);
        }
    }
    write_line(w, depth);
    mc_buffer_byte(&w->out, '}');
    return r;
}

static int write_node(struct writer *w, const struct mc_value *value, unsigned depth)
{
    bool container = value->type == MC_ARRAY || value->type == MC_HASH;

    if (++w->nodes > MC_CODEC_VALUES_MAX || mc_buffer_failed(&w->out) ||
        (container && depth >= MC_VALUE_DEPTH_MAX)) {
        mc_error_set(w->error, "JSON: too deep or too large to be written");
        return MC_CODEC_LIMIT;
    }
    if (value->type == MC_ARRAY) {
        return write_array(w, value, depth);
    }
    if (value->type == MC_HASH) {
        return write_hash(w, value, depth);
    }
    write_scalar(w, value);
    return 0;
}

static int encode(const struct mc_value *value, bool pretty, struct mc_arena *arena,
                  struct mc_bytes *ret_bytes, struct mc_error *error)
{
    struct writer w = {.error = error, .pretty = pretty};

    mc_buffer_init(&w.out, MC_ARENA_EXCHANGE_BYTES);
    int r = write_node(&w, value, 0);
    if (r == 0 && mc_buffer_failed(&w.out)) {
        mc_error_set(error, "JSON: too large to be written");
        r = MC_CODEC_LIMIT;
    }
    if (r == 0) {
        r = mc_buffer_copy(&w.out, arena, ret_bytes);
    }
    mc_buffer_deinit(&w.out);
    return r;
}

int mc_json_encode(const struct mc_value *value, struct mc_arena *arena,
                   struct mc_bytes *ret_bytes, struct mc_error *error)
{
    return encode(value, false, arena, ret_bytes, error);
}

int mc_json_encode_pretty(const struct mc_value *value, struct mc_arena *arena,
                          struct mc_bytes *ret_bytes, struct mc_error *error)
{
    return encode(value, true, arena, ret_bytes, error);
}
