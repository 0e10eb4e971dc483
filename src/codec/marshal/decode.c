/* Reading Ruby Marshal 4.8 (spec collective.md 2.10).
 *
 * One table gives each type byte its reader. Invariants:
 * - Every value met, and every value that a link stands for, adds to `nodes`; an object
 *   remembers how many that were (its weight), so a small message that expands to many
 *   values by links ends at MC_CODEC_VALUES_MAX.
 * - An object is `open` until it is complete, and a link to an open one is refused, so
 *   trees stay trees. A link also adds the height of its target to its own depth.
 * - A count is believed only when the bytes left could hold that many values.
 * - Class names are text: kept or put into the error, never looked up. */
#include "base/cursor.h"
#include "codec/codec.h"
#include "codec/number.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Attributes may sit two levels below the deepest value: I, and :encoding's string. */
#define RECURSION_MAX (MC_VALUE_DEPTH_MAX + 2)
/* The longest text of a float that we read; Ruby writes at most 24 characters. */
#define FLOAT_TEXT_MAX ((size_t)64)
#define FIRST_ROOM ((size_t)32)

struct part
{
    struct mc_value *value;
    size_t weight;
    unsigned height; /* 0 for a scalar, 1 for a container of scalars */
    bool open;
};

struct reader
{
    struct mc_cursor cursor;
    struct mc_arena *arena;
    struct mc_error *error;
    bool opaque;
    size_t nodes;
    struct mc_value **symbols;
    size_t symbol_count;
    size_t symbol_room;
    struct part *objects;
    size_t object_count;
    size_t object_room;
};

/* One value while it is read. */
struct frame
{
    unsigned depth;
    bool attributes; /* an I stood before it, and its pairs are still to come */
    uint8_t type;
    struct mc_value *value;
    unsigned height;
};

typedef int read_fn(struct reader *r, struct frame *frame);

static int read_value(struct reader *r, unsigned depth, struct part *ret_part);

static int malformed(struct reader *r, const char *what)
{
    mc_error_set(r->error, "Marshal: %s at byte %zu", what, r->cursor.at);
    return MC_CODEC_MALFORMED;
}

static int limit(struct reader *r, const char *what)
{
    mc_error_set(r->error, "Marshal: %s at byte %zu", what, r->cursor.at);
    return MC_CODEC_LIMIT;
}

/* The name comes from the peer: only its printable letters reach the error text. */
static int refused(struct reader *r, const char *what, struct mc_bytes name)
{
    char text[80];
    size_t len = name.len < sizeof(text) - 1 ? name.len : sizeof(text) - 1;

    for (size_t i = 0; i < len; i++) {
        bool printable = name.data[i] > 0x20 && name.data[i] < 0x7f;
        text[i] = printable ? (char)name.data[i] : '?';
    }
    text[len] = 0;
    mc_error_set(r->error, "Marshal: %s %s refused at byte %zu", what, text,
                 r->cursor.at);
    return MC_CODEC_REFUSED;
}

/* Result for a builder's answer: a full arena is a limit. */
static int made(struct reader *r, const struct mc_value *value)
{
    return value ? 0 : limit(r, "out of memory");
}

/* "w-long": one byte for small numbers, else a count of little-endian bytes. */
static int64_t read_long(struct reader *r)
{
    int8_t first = (int8_t)mc_cursor_byte(&r->cursor);

    if (first == 0) {
        return 0;
    }
    if (first > 4) {
        return first - 5;
    }
    if (first < -4) {
        return first + 5;
    }
    int len = first < 0 ? -first : first;
    uint64_t number = first < 0 ? UINT64_MAX : 0;
    for (int i = 0; i < len; i++) {
        number &= ~(UINT64_C(0xff) << (8 * i));
        number |= (uint64_t)mc_cursor_byte(&r->cursor) << (8 * i);
    }
    return (int64_t)number;
}

/* A count of things of which each takes at least `size` bytes. */
static int read_count(struct reader *r, size_t size, size_t *ret_count)
{
    int64_t count = read_long(r);

    if (r->cursor.failed || count < 0 ||
        (uint64_t)count > mc_cursor_left(&r->cursor) / size) {
        return malformed(r, "a count that the bytes left cannot hold");
    }
    *ret_count = (size_t)count;
    return 0;
}

static int read_bytes(struct reader *r, struct mc_bytes *ret_bytes)
{
    size_t len = 0;
    int result = read_count(r, 1, &len);

    if (result == 0) {
        *ret_bytes = mc_cursor_take(&r->cursor, len);
    }
    return result;
}

static int add_nodes(struct reader *r, size_t count)
{
    if (count > MC_CODEC_VALUES_MAX - r->nodes) {
        return limit(r, "too many values");
    }
    r->nodes += count;
    return 0;
}

/* Twice the room for a table; returns NULL when the arena is full. */
static void *grow(struct reader *r, const void *items, size_t count, size_t size)
{
    void *bigger = mc_arena_array(r->arena, count ? count * 2 : FIRST_ROOM, size);

    if (bigger && count) {
        memcpy(bigger, items, count * size);
    }
    return bigger;
}

static int take_number(struct reader *r, size_t *ret_number)
{
    if (r->object_count == r->object_room) {
        struct part *objects = grow(r, r->objects, r->object_count, sizeof(*objects));
        if (!objects) {
            return limit(r, "out of memory");
        }
        r->objects = objects;
        r->object_room = r->object_count ? r->object_count * 2 : FIRST_ROOM;
    }
    r->objects[r->object_count] = (struct part){.open = true};
    *ret_number = r->object_count++;
    return 0;
}

static int read_constant(struct reader *r, struct frame *frame)
{
    frame->value = frame->type == '0' ? mc_value_nil(r->arena)
                                      : mc_value_bool(r->arena, frame->type == 'T');
    return made(r, frame->value);
}

static int read_fixnum(struct reader *r, struct frame *frame)
{
    frame->value = mc_value_int(r->arena, read_long(r));
    return made(r, frame->value);
}

static int read_bignum(struct reader *r, struct frame *frame)
{
    uint8_t sign = mc_cursor_byte(&r->cursor);
    size_t words = 0;
    int result = read_count(r, 2, &words);

    if (result != 0) {
        return result;
    }
    if (sign != '+' && sign != '-') {
        return malformed(r, "an integer without a sign");
    }
    struct mc_bytes magnitude = mc_cursor_take(&r->cursor, words * 2);
    while (magnitude.len && magnitude.data[magnitude.len - 1] == 0) {
        magnitude.len--;
    }
    if (magnitude.len > MC_NUMBER_BIG_BYTES) {
        return limit(r, "a very big integer");
    }
    frame->value = mc_number_integer(magnitude, sign == '-', r->arena);
    return made(r, frame->value);
}

/* Old Rubies put the mantissa behind a NUL: what follows one is not read. */
static int read_float(struct reader *r, struct frame *frame)
{
    char text[FLOAT_TEXT_MAX + 1] = {0};
    struct mc_bytes bytes;
    int result = read_bytes(r, &bytes);

    if (result != 0) {
        return result;
    }
    bytes.len = mc_bytes_find(bytes, 0);
    if (bytes.len == 0 || bytes.len > FLOAT_TEXT_MAX) {
        return malformed(r, "a float of a strange length");
    }
    memcpy(text, bytes.data, bytes.len);
    char *end = NULL;
    bool special = strcmp(text, "inf") == 0 || strcmp(text, "-inf") == 0 ||
                   strcmp(text, "nan") == 0;
    double real = strtod(text, &end);
    if (*end || (!special && strspn(text, "+-.0123456789eE") != bytes.len)) {
        return malformed(r, "a float that is no number");
    }
    frame->value = mc_value_float(r->arena, real);
    return made(r, frame->value);
}

static int read_string(struct reader *r, struct frame *frame)
{
    struct mc_bytes bytes;
    int result = read_bytes(r, &bytes);

    if (result != 0) {
        return result;
    }
    frame->value = mc_value_string(r->arena, bytes);
    if (frame->value) {
        frame->value->encoding = MC_ENCODING_BINARY;
    }
    return made(r, frame->value);
}

static int read_regexp(struct reader *r, struct frame *frame)
{
    struct mc_bytes source;
    int result = read_bytes(r, &source);

    if (result != 0) {
        return result;
    }
    unsigned options = mc_cursor_byte(&r->cursor);
    frame->value = mc_value_regexp(r->arena, source, options & 7U);
    return made(r, frame->value);
}

static int read_symbol(struct reader *r, struct frame *frame)
{
    struct mc_bytes name;
    int result = read_bytes(r, &name);

    if (result != 0) {
        return result;
    }
    if (r->symbol_count == r->symbol_room) {
        struct mc_value **symbols =
            grow(r, r->symbols, r->symbol_count, sizeof(struct mc_value *));
        if (!symbols) {
            return limit(r, "out of memory");
        }
        r->symbols = symbols;
        r->symbol_room = r->symbol_count ? r->symbol_count * 2 : FIRST_ROOM;
    }
    frame->value = mc_value_symbol_bytes(r->arena, name);
    if (frame->value) {
        r->symbols[r->symbol_count++] = frame->value;
    }
    return made(r, frame->value);
}

static int read_symbol_link(struct reader *r, struct frame *frame)
{
    int64_t number = read_long(r);

    if (number < 0 || (uint64_t)number >= r->symbol_count) {
        return malformed(r, "a link to no symbol");
    }
    frame->value = r->symbols[number];
    return 0;
}

static int read_link(struct reader *r, struct frame *frame)
{
    int64_t number = read_long(r);

    if (number < 0 || (uint64_t)number >= r->object_count) {
        return malformed(r, "a link to no object");
    }
    const struct part *target = &r->objects[number];
    if (target->open) {
        return refused(r, "a link", MC_BYTES("to its own container"));
    }
    if (frame->depth + target->height > MC_VALUE_DEPTH_MAX) {
        return limit(r, "nested too deep");
    }
    frame->value = target->value;
    frame->height = target->height;
    return add_nodes(r, target->weight);
}

/* One value inside a container, whose height grows with it. */
static int read_item(struct reader *r, struct frame *frame, struct mc_value **ret_item)
{
    struct part part;
    int result = read_value(r, frame->depth + 1, &part);

    if (result == 0) {
        frame->height = part.height >= frame->height ? part.height + 1 : frame->height;
        *ret_item = part.value;
    }
    return result;
}

static int read_array(struct reader *r, struct frame *frame)
{
    size_t count = 0;
    int result = read_count(r, 1, &count);

    if (result != 0) {
        return result;
    }
    if (frame->depth >= MC_VALUE_DEPTH_MAX) {
        return limit(r, "nested too deep");
    }
    frame->height = 1;
    frame->value = mc_value_array(r->arena);
    result = made(r, frame->value);
    for (size_t i = 0; result == 0 && i < count; i++) {
        struct mc_value *item = NULL;
        result = read_item(r, frame, &item);
        if (result == 0 && mc_value_push(r->arena, frame->value, item) < 0) {
            result = limit(r, "out of memory");
        }
    }
    return result;
}

static int read_hash(struct reader *r, struct frame *frame)
{
    size_t count = 0;
    int result = read_count(r, 2, &count);
    struct mc_value *key = NULL;
    struct mc_value *item = NULL;

    if (result != 0) {
        return result;
    }
    if (frame->depth >= MC_VALUE_DEPTH_MAX) {
        return limit(r, "nested too deep");
    }
    frame->height = 1;
    frame->value = mc_value_hash(r->arena);
    result = made(r, frame->value);
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = read_item(r, frame, &key);
        if (result == 0) {
            result = read_item(r, frame, &item);
        }
        if (result == 0 && mc_value_add(r->arena, frame->value, key, item) < 0) {
            result = limit(r, "out of memory");
        }
    }
    if (result == 0 && frame->type == '}') {
        result = read_item(r, frame, &item); /* the default value says nothing to us */
    }
    return result;
}

/* A symbol where only a symbol may stand: class, member and attribute names. */
static int read_name(struct reader *r, struct frame *frame, struct mc_bytes *ret_name)
{
    struct part part;
    int result = read_value(r, frame->depth + 1, &part);

    if (result == 0 && part.value->type != MC_SYMBOL) {
        return malformed(r, "a name that is no symbol");
    }
    if (result == 0) {
        *ret_name = part.value->bytes;
    }
    return result;
}

static void set_encoding(struct mc_value *value, struct mc_bytes name,
                         const struct mc_value *attribute)
{
    if (value->type == MC_STRING && mc_bytes_is(name, "E") &&
        attribute->type == MC_BOOL) {
        value->encoding = attribute->boolean ? MC_ENCODING_UTF8 : MC_ENCODING_ASCII;
    }
}

/* count, then name and value pairs: attributes, instance variables, struct members. */
static int read_pairs(struct reader *r, struct frame *frame, bool attributes)
{
    size_t count = 0;
    int result = read_count(r, 2, &count);

    for (size_t i = 0; result == 0 && i < count; i++) {
        struct mc_bytes name;
        struct part part;
        result = read_name(r, frame, &name);
        if (result == 0) {
            result = read_value(r, frame->depth + 1, &part);
        }
        if (result == 0 && attributes) {
            set_encoding(frame->value, name, part.value);
        }
    }
    return result;
}

static int make_object(struct reader *r, struct frame *frame, struct mc_bytes name)
{
    if (!r->opaque) {
        return refused(r, "an object of class", name);
    }
    frame->value = mc_value_string(r->arena, name);
    if (frame->value) {
        frame->value->type = MC_OBJECT;
    }
    return made(r, frame->value);
}

/* o, S: class, pairs. U, d: class, one value. u: class, bytes. */
static int read_object(struct reader *r, struct frame *frame)
{
    struct mc_bytes bytes;
    struct part part;
    int result = read_name(r, frame, &bytes);

    if (result == 0) {
        result = make_object(r, frame, bytes);
    }
    if (result != 0) {
        return result;
    }
    switch (frame->type) {
    case 'o':
    case 'S':
        return read_pairs(r, frame, false);
    case 'u':
        return read_bytes(r, &bytes);
    default:
        return read_value(r, frame->depth + 1, &part);
    }
}

/* c, m, M: the name of a class or module. */
static int read_class(struct reader *r, struct frame *frame)
{
    struct mc_bytes name;
    int result = read_bytes(r, &name);

    return result == 0 ? make_object(r, frame, name) : result;
}

/* C, e: a value of a subclass, or with a module added; what it wraps is kept. */
static int read_wrapper(struct reader *r, struct frame *frame)
{
    struct mc_bytes name;
    struct part part;
    int result = read_name(r, frame, &name);

    if (result == 0 && !r->opaque) {
        return refused(r, "an object of class", name);
    }
    if (result == 0 && !memchr("eC\"/[{}oSf", mc_cursor_peek(&r->cursor), 10)) {
        return malformed(r, "a wrapped value of a strange type");
    }
    if (result == 0) {
        result = read_value(r, frame->depth + 1, &part);
    }
    if (result == 0) {
        frame->value = part.value;
        frame->height = part.height;
    }
    return result;
}

struct kind
{
    read_fn *read;
    bool numbered;
    bool attributes; /* may stand behind an I */
};

static const struct kind kinds[256] = {
    ['0'] = {read_constant, false, false},    ['T'] = {read_constant, false, false},
    ['F'] = {read_constant, false, false},    ['i'] = {read_fixnum, false, false},
    ['l'] = {read_bignum, true, false},       ['f'] = {read_float, true, true},
    ['"'] = {read_string, true, true},        [':'] = {read_symbol, false, true},
    [';'] = {read_symbol_link, false, false}, ['['] = {read_array, true, true},
    ['{'] = {read_hash, true, true},          ['}'] = {read_hash, true, true},
    ['/'] = {read_regexp, true, true},        ['@'] = {read_link, false, false},
    ['o'] = {read_object, true, true},        ['S'] = {read_object, true, true},
    ['U'] = {read_object, true, true},        ['u'] = {read_object, true, true},
    ['d'] = {read_object, true, true},        ['C'] = {read_wrapper, false, true},
    ['e'] = {read_wrapper, false, true},      ['c'] = {read_class, true, true},
    ['m'] = {read_class, true, true},         ['M'] = {read_class, true, true},
};

/* The value behind its type byte, with its number and attributes in Ruby's order. */
static int read_kind(struct reader *r, struct frame *frame, size_t before)
{
    const struct kind *kind = &kinds[frame->type];
    bool late = frame->type == 'u'; /* Ruby numbers it after its attributes */
    size_t number = 0;
    int result = 0;

    if (!kind->read || (frame->attributes && !kind->attributes)) {
        return malformed(r, "an unknown type");
    }
    if (kind->numbered && !late) {
        result = take_number(r, &number);
    }
    if (result == 0) {
        result = kind->read(r, frame);
    }
    if (result == 0 && frame->attributes) {
        result = read_pairs(r, frame, true);
    }
    if (result == 0 && late) {
        result = take_number(r, &number);
    }
    if (result == 0 && kind->numbered) {
        r->objects[number] = (struct part){
            .value = frame->value,
            .weight = r->nodes - before,
            .height = frame->height,
        };
    }
    return result;
}

static int read_value(struct reader *r, unsigned depth, struct part *ret_part)
{
    struct frame frame = {.depth = depth};
    size_t before = r->nodes;

    if (depth > RECURSION_MAX) {
        return limit(r, "nested too deep");
    }
    int result = add_nodes(r, 1);
    if (result != 0) {
        return result;
    }
    frame.type = mc_cursor_byte(&r->cursor);
    if (frame.type == 'I') {
        frame.attributes = true;
        frame.type = mc_cursor_byte(&r->cursor);
    }
    result = r->cursor.failed ? 0 : read_kind(r, &frame, before);
    if (result == 0 && r->cursor.failed) {
        return malformed(r, "the end of the data");
    }
    if (result == 0) {
        *ret_part = (struct part){frame.value, 0, frame.height, false};
    }
    return result;
}

int mc_marshal_decode(struct mc_bytes in, unsigned options, struct mc_arena *arena,
                      const struct mc_value **ret_value, struct mc_error *error)
{
    struct reader r = {
        .cursor = mc_cursor_make(in),
        .arena = arena,
        .error = error,
        .opaque = (options & MC_DECODE_OPAQUE_OBJECTS) != 0,
    };
    struct part part;

    if (mc_cursor_byte(&r.cursor) != 4 || mc_cursor_byte(&r.cursor) != 8) {
        return malformed(&r, "not version 4.8");
    }
    int result = read_value(&r, 0, &part);
    if (result != 0) {
        return result;
    }
    if (mc_cursor_left(&r.cursor) > 0) {
        return malformed(&r, "bytes behind the value");
    }
    *ret_value = part.value;
    return 0;
}
