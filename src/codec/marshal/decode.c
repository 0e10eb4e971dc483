/* Reading Ruby Marshal 4.8 (spec collective.md 2.10).
 *
 * One table gives each type byte its reader. Invariants:
 * - Every value met, and every value that a link stands for, adds to `nodes`; an object
 *   remembers how many that were (its weight), so a small message that expands to many
 *   values by links ends at MC_CODEC_VALUES_MAX.
 * - An object is `open` until it is complete, and a link to an open one is mc_marshal__refused, so
 *   trees stay trees. A link also adds the height of its target to its own depth.
 * - A count is believed only when the bytes left could hold that many values.
 * - Class names are text: kept or put into the error, never looked up. */
#include "codec/marshal/reader-private.h"

#include <string.h>

/* Attributes may sit two levels below the deepest value: I, and :encoding's string. */
#define RECURSION_MAX (MC_VALUE_DEPTH_MAX + 2)

static int read_value(struct mc_marshal_reader *r, unsigned depth,
                      struct mc_marshal_part *ret_part);

static int read_link(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    int64_t number = mc_marshal__long(r);

    if (number < 0 || (uint64_t)number >= r->object_count) {
        return mc_marshal__malformed(r, "a link to no object");
    }
    const struct mc_marshal_part *target = &r->objects[number];
    if (target->open) {
        return mc_marshal__refused(r, "a link", MC_BYTES("to its own container"));
    }
    if (frame->depth + target->height > MC_VALUE_DEPTH_MAX) {
        return mc_marshal__limit(r, "nested too deep");
    }
    frame->value = target->value;
    frame->height = target->height;
    return mc_marshal__add_nodes(r, target->weight);
}

/* One value inside a container, whose height grows with it. */
static int read_item(struct mc_marshal_reader *r, struct mc_marshal_frame *frame,
                     struct mc_value **ret_item)
{
    struct mc_marshal_part part = {0};
    int result = read_value(r, frame->depth + 1, &part);

    if (result == 0) {
        frame->height = part.height >= frame->height ? part.height + 1 : frame->height;
        *ret_item = part.value;
    }
    return result;
}

static int read_array(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    size_t count = 0;
    int result = mc_marshal__count(r, 1, &count);

    if (result != 0) {
        return result;
    }
    if (frame->depth >= MC_VALUE_DEPTH_MAX) {
        return mc_marshal__limit(r, "nested too deep");
    }
    frame->height = 1;
    frame->value = mc_value_array(r->arena);
    result = mc_marshal__made(r, frame->value);
    for (size_t i = 0; result == 0 && i < count; i++) {
        struct mc_value *item = NULL;
        result = read_item(r, frame, &item);
        if (result == 0 && mc_value_push(r->arena, frame->value, item) < 0) {
            result = mc_marshal__limit(r, "out of memory");
        }
    }
    return result;
}

static int read_hash(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    size_t count = 0;
    int result = mc_marshal__count(r, 2, &count);
    struct mc_value *key = NULL;
    struct mc_value *item = NULL;

    if (result != 0) {
        return result;
    }
    if (frame->depth >= MC_VALUE_DEPTH_MAX) {
        return mc_marshal__limit(r, "nested too deep");
    }
    frame->height = 1;
    frame->value = mc_value_hash(r->arena);
    result = mc_marshal__made(r, frame->value);
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = read_item(r, frame, &key);
        if (result == 0) {
            result = read_item(r, frame, &item);
        }
        if (result == 0 && mc_value_add(r->arena, frame->value, key, item) < 0) {
            result = mc_marshal__limit(r, "out of memory");
        }
    }
    if (result == 0 && frame->type == '}') {
        result = read_item(r, frame, &item); /* the default value says nothing to us */
    }
    return result;
}

/* A symbol where only a symbol may stand: class, member and attribute names. */
static int read_name(struct mc_marshal_reader *r, struct mc_marshal_frame *frame,
                     struct mc_bytes *ret_name)
{
    struct mc_marshal_part part = {0};
    int result = read_value(r, frame->depth + 1, &part);

    if (result == 0 && !mc_value_is(part.value, MC_SYMBOL)) {
        return mc_marshal__malformed(r, "a name that is no symbol");
    }
    if (result == 0) {
        *ret_name = part.value->bytes;
    }
    return result;
}

static void set_encoding(struct mc_value *value, struct mc_bytes name,
                         const struct mc_value *attribute)
{
    if (attribute && value->type == MC_STRING && attribute->type == MC_BOOL &&
        mc_bytes_is(name, "E")) {
        value->encoding = attribute->boolean ? MC_ENCODING_UTF8 : MC_ENCODING_ASCII;
    }
}

/* count, then name and value pairs: attributes, instance variables, struct members. */
static int read_pairs(struct mc_marshal_reader *r, struct mc_marshal_frame *frame,
                      bool attributes)
{
    size_t count = 0;
    int result = mc_marshal__count(r, 2, &count);

    for (size_t i = 0; result == 0 && i < count; i++) {
        struct mc_bytes name = {0};
        struct mc_marshal_part part = {0};
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

static int make_object(struct mc_marshal_reader *r, struct mc_marshal_frame *frame,
                       struct mc_bytes name)
{
    if (!r->opaque) {
        return mc_marshal__refused(r, "an object of class", name);
    }
    frame->value = mc_value_string(r->arena, name);
    if (frame->value) {
        frame->value->type = MC_OBJECT;
    }
    return mc_marshal__made(r, frame->value);
}

/* o, S: class, pairs. U, d: class, one value. u: class, bytes. */
static int read_object(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    struct mc_bytes bytes = {0};
    struct mc_marshal_part part = {0};
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
        return mc_marshal__bytes(r, &bytes);
    default:
        return read_value(r, frame->depth + 1, &part);
    }
}

/* c, m, M: the name of a class or module. */
static int read_class(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    struct mc_bytes name = {0};
    int result = mc_marshal__bytes(r, &name);

    return result == 0 ? make_object(r, frame, name) : result;
}

static bool wrappable(uint8_t type)
{
    return type && strchr("eC\"/[{}oSf", type);
}

/* C, e: a value of a subclass, or with a module added; what it wraps is kept. */
static int read_wrapper(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    struct mc_bytes name = {0};
    struct mc_marshal_part part = {0};
    int result = read_name(r, frame, &name);

    if (result == 0 && !r->opaque) {
        return mc_marshal__refused(r, "an object of class", name);
    }
    if (result == 0 && !wrappable(mc_cursor_peek(&r->cursor))) {
        return mc_marshal__malformed(r, "a wrapped value of a strange type");
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
    mc_marshal_read_fn *read;
    bool numbered;
    bool attributes; /* may stand behind an I */
};

static const struct kind kinds[256] = {
    ['0'] = {mc_marshal__constant, false, false},
    ['T'] = {mc_marshal__constant, false, false},
    ['F'] = {mc_marshal__constant, false, false},
    ['i'] = {mc_marshal__fixnum, false, false},
    ['l'] = {mc_marshal__bignum, true, false},
    ['f'] = {mc_marshal__float, true, true},
    ['"'] = {mc_marshal__string, true, true},
    [':'] = {mc_marshal__symbol, false, true},
    [';'] = {mc_marshal__symbol_link, false, false},
    ['['] = {read_array, true, true},
    ['{'] = {read_hash, true, true},
    ['}'] = {read_hash, true, true},
    ['/'] = {mc_marshal__regexp, true, true},
    ['@'] = {read_link, false, false},
    ['o'] = {read_object, true, true},
    ['S'] = {read_object, true, true},
    ['U'] = {read_object, true, true},
    ['u'] = {read_object, true, true},
    ['d'] = {read_object, true, true},
    ['C'] = {read_wrapper, false, true},
    ['e'] = {read_wrapper, false, true},
    ['c'] = {read_class, true, true},
    ['m'] = {read_class, true, true},
    ['M'] = {read_class, true, true},
};

/* The value behind its type byte, with its number and attributes in Ruby's order. */
static int read_kind(struct mc_marshal_reader *r, struct mc_marshal_frame *frame,
                     size_t before)
{
    const struct kind *kind = &kinds[frame->type];
    bool late = frame->type == 'u'; /* Ruby numbers it after its attributes */
    size_t number = 0;
    int result = 0;

    if (!kind->read || (frame->attributes && !kind->attributes)) {
        return mc_marshal__malformed(r, "an unknown type");
    }
    if (kind->numbered && !late) {
        result = mc_marshal__take_number(r, &number);
    }
    if (result == 0) {
        result = kind->read(r, frame);
    }
    if (result == 0 && frame->attributes) {
        result = read_pairs(r, frame, true);
    }
    if (result == 0 && late) {
        result = mc_marshal__take_number(r, &number);
    }
    if (result == 0 && kind->numbered) {
        r->objects[number] = (struct mc_marshal_part){
            .value = frame->value,
            .weight = r->nodes - before,
            .height = frame->height,
        };
    }
    return result;
}

static int read_value(struct mc_marshal_reader *r, unsigned depth,
                      struct mc_marshal_part *ret_part)
{
    struct mc_marshal_frame frame = {.depth = depth};
    size_t before = r->nodes;

    if (depth > RECURSION_MAX) {
        return mc_marshal__limit(r, "nested too deep");
    }
    int result = mc_marshal__add_nodes(r, 1);
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
        return mc_marshal__malformed(r, "the end of the data");
    }
    if (result == 0) {
        *ret_part = (struct mc_marshal_part){frame.value, 0, frame.height, false};
    }
    return result;
}

int mc_marshal_decode(struct mc_bytes in, unsigned options, struct mc_arena *arena,
                      const struct mc_value **ret_value, struct mc_error *error)
{
    struct mc_marshal_reader r = {
        .cursor = mc_cursor_make(in),
        .arena = arena,
        .error = error,
        .opaque = (options & MC_DECODE_OPAQUE_OBJECTS) != 0,
    };
    struct mc_marshal_part part = {0};
    uint8_t major = mc_cursor_byte(&r.cursor);
    uint8_t minor = mc_cursor_byte(&r.cursor);

    if (major != 4 || minor != 8) {
        return mc_marshal__malformed(&r, "not version 4.8");
    }
    int result = read_value(&r, 0, &part);
    if (result != 0) {
        return result;
    }
    if (mc_cursor_left(&r.cursor) > 0) {
        return mc_marshal__malformed(&r, "bytes behind the value");
    }
    *ret_value = part.value;
    return 0;
}
