/* Writing Ruby Marshal 4.8 (spec collective.md 2.10), byte for byte as Ruby dumps an
 * unshared tree: UTF-8 and US-ASCII strings inside I, other bytes bare, symbols once
 * and linked by number afterwards. Nothing is linked by object number, so no table of
 * objects is kept. Symbols are found by a hash table: a tree may hold many. */
#include "base/buffer.h"
#include "codec/codec.h"
#include "codec/number.h"
#include <errno.h>
#include <string.h>

/* Slots of the symbol table at first; a power of two. */
#define FIRST_SLOTS ((size_t)64)
#define FIXNUM_MAX ((int64_t)0x3fffffff)
/* Ruby's flag for a pattern whose encoding is fixed by its letters. */
#define REGEXP_FIXED_ENCODING 16U

struct slot
{
    bool used;
    struct mc_bytes name;
    size_t number;
};

struct writer
{
    struct mc_buffer out;
    struct mc_arena *arena;
    struct mc_error *error;
    struct slot *slots;
    size_t slot_count;
    size_t symbol_count;
    size_t nodes;
};

static int write_value(struct writer *w, const struct mc_value *value, unsigned depth);

static void write_long(struct writer *w, int64_t number)
{
    if (number == 0) {
        mc_buffer_byte(&w->out, 0);
        return;
    }
    if (number > 0 && number <= 122) {
        mc_buffer_byte(&w->out, (uint8_t)(number + 5));
        return;
    }
    if (number < 0 && number >= -123) {
        mc_buffer_byte(&w->out, (uint8_t)(number - 5));
        return;
    }
    uint8_t bytes[4];
    uint8_t len = 0;
    int64_t rest = number;
    int64_t end = number < 0 ? -1 : 0;
    while (rest != end && len < 4) {
        bytes[len++] = (uint8_t)(rest & 0xff);
        rest >>= 8;
    }
    mc_buffer_byte(&w->out, number < 0 ? (uint8_t)(256 - len) : len);
    mc_buffer_append(&w->out, mc_bytes_make(bytes, len));
}

static void write_bytes(struct writer *w, struct mc_bytes bytes)
{
    write_long(w, (int64_t)bytes.len);
    mc_buffer_append(&w->out, bytes);
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

/* FNV-1a; the worst a chosen set of names can do is bounded by MC_CODEC_VALUES_MAX
 * only in memory, but encoders write our own names and what a decoder let pass. */
static size_t slot_of(const struct slot *slots, size_t count, struct mc_bytes name)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ name.data[i]) * UINT64_C(1099511628211);
    }
    size_t at = (size_t)(hash ^ hash >> 32) & (count - 1);
    while (slots[at].used && !mc_bytes_equal(slots[at].name, name)) {
        at = (at + 1) & (count - 1);
    }
    return at;
}

static int grow_slots(struct writer *w)
{
    size_t count = w->slot_count ? w->slot_count * 2 : FIRST_SLOTS;
    struct slot *slots = mc_arena_array(w->arena, count, sizeof(*slots));

    if (!slots) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < w->slot_count; i++) {
        if (w->slots[i].used) {
            slots[slot_of(slots, count, w->slots[i].name)] = w->slots[i];
        }
    }
    w->slots = slots;
    w->slot_count = count;
    return 0;
}

static int write_symbol(struct writer *w, struct mc_bytes name)
{
    if (w->symbol_count * 2 >= w->slot_count) {
        int r = grow_slots(w);
        if (r < 0) {
            return r;
        }
    }
    struct slot *slot = &w->slots[slot_of(w->slots, w->slot_count, name)];
    if (slot->used) {
        mc_buffer_byte(&w->out, ';');
        write_long(w, (int64_t)slot->number);
        return 0;
    }
    *slot = (struct slot){true, name, w->symbol_count++};
    if (ascii(name) || !mc_bytes_utf8(name)) {
        mc_buffer_byte(&w->out, ':');
        write_bytes(w, name);
        return 0;
    }
    mc_buffer_text(&w->out, "I:");
    write_bytes(w, name);
    write_long(w, 1);
    int r = write_symbol(w, MC_BYTES("E"));
    mc_buffer_byte(&w->out, 'T');
    return r;
}

/* The attribute that names UTF-8 (T) or US-ASCII (F). */
static int write_encoding(struct writer *w, bool utf8)
{
    write_long(w, 1);
    int r = write_symbol(w, MC_BYTES("E"));
    mc_buffer_byte(&w->out, utf8 ? 'T' : 'F');
    return r;
}

static int write_string(struct writer *w, const struct mc_value *value)
{
    bool utf8 = value->encoding == MC_ENCODING_UTF8 && mc_bytes_utf8(value->bytes);
    bool marked = utf8 || (value->encoding == MC_ENCODING_ASCII && ascii(value->bytes));

    if (marked) {
        mc_buffer_byte(&w->out, 'I');
    }
    mc_buffer_byte(&w->out, '"');
    write_bytes(w, value->bytes);
    return marked ? write_encoding(w, utf8) : 0;
}

static int write_regexp(struct writer *w, const struct mc_value *value)
{
    bool plain = ascii(value->bytes);
    bool marked = plain || mc_bytes_utf8(value->bytes);
    unsigned options = (value->options & 7U) | (plain ? 0 : REGEXP_FIXED_ENCODING);

    if (marked) {
        mc_buffer_byte(&w->out, 'I');
    }
    mc_buffer_byte(&w->out, '/');
    write_bytes(w, value->bytes);
    mc_buffer_byte(&w->out, (uint8_t)options);
    return marked ? write_encoding(w, !plain) : 0;
}

/* `l`: sign, count of 16-bit words, the magnitude padded to whole words. */
static void write_magnitude(struct writer *w, struct mc_bytes magnitude, bool negative)
{
    mc_buffer_byte(&w->out, 'l');
    mc_buffer_byte(&w->out, negative ? '-' : '+');
    write_long(w, (int64_t)((magnitude.len + 1) / 2));
    mc_buffer_append(&w->out, magnitude);
    if (magnitude.len % 2) {
        mc_buffer_byte(&w->out, 0);
    }
}

static void write_int(struct writer *w, int64_t number)
{
    if (number >= -FIXNUM_MAX - 1 && number <= FIXNUM_MAX) {
        mc_buffer_byte(&w->out, 'i');
        write_long(w, number);
        return;
    }
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    uint8_t bytes[8];
    size_t len = 0;
    while (rest) {
        bytes[len++] = (uint8_t)(rest & 0xff);
        rest >>= 8;
    }
    write_magnitude(w, mc_bytes_make(bytes, len), number < 0);
}

static int write_bigint(struct writer *w, struct mc_bytes text)
{
    uint8_t magnitude[MC_NUMBER_BIG_BYTES];
    bool negative = text.len > 0 && text.data[0] == '-';
    struct mc_bytes digits = mc_bytes_slice(text, negative, text.len);
    size_t len = 0;

    if (mc_number_digits(digits, 10, magnitude, &len) < 0) {
        mc_error_set(w->error, "Marshal: an integer of %zu characters", text.len);
        return MC_CODEC_LIMIT;
    }
    write_magnitude(w, mc_bytes_make(magnitude, len), negative);
    return 0;
}

static void write_float(struct writer *w, double real)
{
    char text[MC_NUMBER_FLOAT_BYTES];

    mc_number_marshal(real, text);
    mc_buffer_byte(&w->out, 'f');
    write_bytes(w, mc_bytes_text(text));
}

static int write_array(struct writer *w, const struct mc_value *value, unsigned depth)
{
    int r = 0;

    mc_buffer_byte(&w->out, '[');
    write_long(w, (int64_t)value->array.count);
    for (size_t i = 0; r == 0 && i < value->array.count; i++) {
        r = write_value(w, value->array.items[i], depth + 1);
    }
    return r;
}

static int write_hash(struct writer *w, const struct mc_value *value, unsigned depth)
{
    int r = 0;

    mc_buffer_byte(&w->out, '{');
    write_long(w, (int64_t)value->hash.count);
    for (size_t i = 0; r == 0 && i < value->hash.count; i++) {
        r = write_value(w, value->hash.pairs[i].key, depth + 1);
        if (r == 0) {
            r = write_value(w, value->hash.pairs[i].value, depth + 1);
        }
    }
    return r;
}

static int write_scalar(struct writer *w, const struct mc_value *value)
{
    switch (value->type) {
    case MC_NIL:
        mc_buffer_byte(&w->out, '0');
        return 0;
    case MC_BOOL:
        mc_buffer_byte(&w->out, value->boolean ? 'T' : 'F');
        return 0;
    case MC_INT:
        write_int(w, value->integer);
        return 0;
    case MC_FLOAT:
        write_float(w, value->real);
        return 0;
    case MC_BIGINT:
        return write_bigint(w, value->bytes);
    case MC_STRING:
        return write_string(w, value);
    case MC_SYMBOL:
        return write_symbol(w, value->bytes);
    case MC_REGEXP:
        return write_regexp(w, value);
    case MC_ARRAY:
    case MC_HASH:
    case MC_OBJECT:
        break;
    }
    mc_error_set(w->error, "Marshal: cannot write %s", mc_type_name(value->type));
    return MC_CODEC_REFUSED;
}

static int write_value(struct writer *w, const struct mc_value *value, unsigned depth)
{
    bool container = value->type == MC_ARRAY || value->type == MC_HASH;

    if (++w->nodes > MC_CODEC_VALUES_MAX || mc_buffer_failed(&w->out) ||
        (container && depth >= MC_VALUE_DEPTH_MAX)) {
        mc_error_set(w->error, "Marshal: too deep or too large to be written");
        return MC_CODEC_LIMIT;
    }
    if (value->type == MC_ARRAY) {
        return write_array(w, value, depth);
    }
    if (value->type == MC_HASH) {
        return write_hash(w, value, depth);
    }
    return write_scalar(w, value);
}

int mc_marshal_encode(const struct mc_value *value, struct mc_arena *arena,
                      struct mc_bytes *ret_bytes, struct mc_error *error)
{
    struct writer w = {.arena = arena, .error = error};

    mc_buffer_init(&w.out, MC_ARENA_EXCHANGE_BYTES);
    mc_buffer_append(&w.out, MC_BYTES("\x04\x08"));
    int r = write_value(&w, value, 0);
    if (r == 0 && mc_buffer_failed(&w.out)) {
        mc_error_set(error, "Marshal: too large to be written");
        r = MC_CODEC_LIMIT;
    }
    if (r == 0) {
        r = mc_buffer_copy(&w.out, arena, ret_bytes);
    }
    mc_buffer_deinit(&w.out);
    return r;
}
