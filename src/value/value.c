/* Building, looking up, comparing and copying values. Recursion is bounded by
 * MC_VALUE_DEPTH_MAX, which every decoder keeps and mc_value_copy() checks again. */
#include "value/value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_ROOM ((size_t)8)

static struct mc_value *make(struct mc_arena *arena, enum mc_type type)
{
    struct mc_value *value = mc_arena_alloc(arena, sizeof(*value));

    if (value) {
        value->type = type;
    }
    return value;
}

static struct mc_value *make_bytes(struct mc_arena *arena, enum mc_type type,
                                   struct mc_bytes bytes)
{
    struct mc_value *value = make(arena, type);
    char *copy = value ? mc_arena_text(arena, bytes) : NULL;

    if (!copy) {
        return NULL;
    }
    value->bytes = mc_bytes_make(copy, bytes.len);
    value->encoding =
        mc_bytes_utf8(value->bytes) ? MC_ENCODING_UTF8 : MC_ENCODING_BINARY;
    return value;
}

struct mc_value *mc_value_nil(struct mc_arena *arena)
{
    return make(arena, MC_NIL);
}

struct mc_value *mc_value_bool(struct mc_arena *arena, bool boolean)
{
    struct mc_value *value = make(arena, MC_BOOL);

    if (value) {
        value->boolean = boolean;
    }
    return value;
}

struct mc_value *mc_value_int(struct mc_arena *arena, int64_t integer)
{
    struct mc_value *value = make(arena, MC_INT);

    if (value) {
        value->integer = integer;
    }
    return value;
}

struct mc_value *mc_value_float(struct mc_arena *arena, double real)
{
    struct mc_value *value = make(arena, MC_FLOAT);

    if (value) {
        value->real = real;
    }
    return value;
}

struct mc_value *mc_value_string(struct mc_arena *arena, struct mc_bytes bytes)
{
    return make_bytes(arena, MC_STRING, bytes);
}

struct mc_value *mc_value_text(struct mc_arena *arena, const char *text)
{
    return text ? mc_value_string(arena, mc_bytes_text(text)) : mc_value_nil(arena);
}

struct mc_value *mc_value_format(struct mc_arena *arena, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len < 0) {
        return NULL;
    }
    if ((size_t)len < sizeof(text)) {
        return mc_value_string(arena, mc_bytes_make(text, (size_t)len));
    }
    char *longer = mc_arena_alloc(arena, (size_t)len + 1);
    if (!longer) {
        return NULL;
    }
    va_start(args, format);
    (void)vsnprintf(longer, (size_t)len + 1, format, args);
    va_end(args);
    return mc_value_string(arena, mc_bytes_make(longer, (size_t)len));
}

struct mc_value *mc_value_symbol(struct mc_arena *arena, const char *name)
{
    return mc_value_symbol_bytes(arena, mc_bytes_text(name));
}

struct mc_value *mc_value_symbol_bytes(struct mc_arena *arena, struct mc_bytes name)
{
    return make_bytes(arena, MC_SYMBOL, name);
}

struct mc_value *mc_value_regexp(struct mc_arena *arena, struct mc_bytes pattern,
                                 unsigned options)
{
    struct mc_value *value = make_bytes(arena, MC_REGEXP, pattern);

    if (value) {
        value->options = options;
    }
    return value;
}

struct mc_value *mc_value_array(struct mc_arena *arena)
{
    return make(arena, MC_ARRAY);
}

struct mc_value *mc_value_hash(struct mc_arena *arena)
{
    return make(arena, MC_HASH);
}

/* Twice the room for items of a container; the old place stays in the arena. */
static void *grow(struct mc_arena *arena, const void *items, size_t count, size_t size,
                  size_t *room)
{
    size_t wanted = count ? count * 2 : FIRST_ROOM;
    void *bigger = mc_arena_array(arena, wanted, size);

    if (bigger && count) {
        memcpy(bigger, items, count * size);
    }
    if (bigger) {
        *room = wanted;
    }
    return bigger;
}

int mc_value_push(struct mc_arena *arena, struct mc_value *array,
                  const struct mc_value *item)
{
    if (!array || !item) {
        return -ENOMEM;
    }
    if (array->array.count == array->array.room) {
        const struct mc_value **items =
            grow(arena, array->array.items, array->array.count, sizeof(*items),
                 &array->array.room);
        if (!items) {
            return -ENOMEM;
        }
        array->array.items = items;
    }
    array->array.items[array->array.count++] = item;
    return 0;
}

static struct mc_pair *find_pair(const struct mc_value *hash,
                                 const struct mc_value *key)
{
    for (size_t i = hash->hash.count; i > 0; i--) {
        if (mc_value_equal(hash->hash.pairs[i - 1].key, key)) {
            return &hash->hash.pairs[i - 1];
        }
    }
    return NULL;
}

int mc_value_add(struct mc_arena *arena, struct mc_value *hash,
                 const struct mc_value *key, const struct mc_value *value)
{
    if (!hash || !key || !value) {
        return -ENOMEM;
    }
    if (hash->hash.count == hash->hash.room) {
        struct mc_pair *pairs = grow(arena, hash->hash.pairs, hash->hash.count,
                                     sizeof(*pairs), &hash->hash.room);
        if (!pairs) {
            return -ENOMEM;
        }
        hash->hash.pairs = pairs;
    }
    hash->hash.pairs[hash->hash.count++] = (struct mc_pair){key, value};
    return 0;
}

int mc_value_set(struct mc_arena *arena, struct mc_value *hash,
                 const struct mc_value *key, const struct mc_value *value)
{
    if (!hash || !key || !value) {
        return -ENOMEM;
    }
    struct mc_pair *pair = find_pair(hash, key);
    if (pair) {
        pair->value = value;
        return 0;
    }
    return mc_value_add(arena, hash, key, value);
}

int mc_value_set_symbol(struct mc_arena *arena, struct mc_value *hash, const char *name,
                        const struct mc_value *value)
{
    return mc_value_set(arena, hash, mc_value_symbol(arena, name), value);
}

int mc_value_set_text(struct mc_arena *arena, struct mc_value *hash, const char *name,
                      const struct mc_value *value)
{
    return mc_value_set(arena, hash, mc_value_text(arena, name), value);
}

const struct mc_value *mc_value_get(const struct mc_value *hash,
                                    const struct mc_value *key)
{
    if (!mc_value_is(hash, MC_HASH)) {
        return NULL;
    }
    struct mc_pair *pair = find_pair(hash, key);
    return pair ? pair->value : NULL;
}

static const struct mc_value *get_typed(const struct mc_value *hash, enum mc_type type,
                                        const char *name)
{
    struct mc_value key = {.type = type, .bytes = mc_bytes_text(name)};

    return mc_value_get(hash, &key);
}

const struct mc_value *mc_value_get_symbol(const struct mc_value *hash,
                                           const char *name)
{
    return get_typed(hash, MC_SYMBOL, name);
}

const struct mc_value *mc_value_get_text(const struct mc_value *hash, const char *name)
{
    return get_typed(hash, MC_STRING, name);
}

const struct mc_value *mc_value_get_name(const struct mc_value *hash, const char *name)
{
    const struct mc_value *value = mc_value_get_symbol(hash, name);

    return value ? value : mc_value_get_text(hash, name);
}

bool mc_value_is(const struct mc_value *value, enum mc_type type)
{
    return value && value->type == type;
}

const char *mc_value_cstr(const struct mc_value *value)
{
    if (!mc_value_is(value, MC_STRING) && !mc_value_is(value, MC_SYMBOL)) {
        return NULL;
    }
    if (mc_bytes_find(value->bytes, 0) != value->bytes.len) {
        return NULL;
    }
    return value->bytes.data ? (const char *)value->bytes.data : "";
}

enum mc_type mc_value_type(const struct mc_value *value)
{
    return value ? value->type : MC_NIL;
}

int64_t mc_value_integer(const struct mc_value *value, int64_t fallback)
{
    return mc_value_is(value, MC_INT) ? value->integer : fallback;
}

double mc_value_real(const struct mc_value *value, double fallback)
{
    if (mc_value_is(value, MC_INT)) {
        return (double)value->integer;
    }
    return mc_value_is(value, MC_FLOAT) ? value->real : fallback;
}

bool mc_value_boolean(const struct mc_value *value, bool fallback)
{
    return mc_value_is(value, MC_BOOL) ? value->boolean : fallback;
}

size_t mc_value_count(const struct mc_value *value)
{
    if (mc_value_is(value, MC_ARRAY)) {
        return value->array.count;
    }
    return mc_value_is(value, MC_HASH) ? value->hash.count : 0;
}

const struct mc_value *mc_value_item(const struct mc_value *value, size_t index)
{
    if (index >= mc_value_count(value)) {
        return NULL;
    }
    return value->type == MC_ARRAY ? value->array.items[index]
                                   : value->hash.pairs[index].value;
}

const struct mc_value *mc_value_key(const struct mc_value *value, size_t index)
{
    bool there = mc_value_is(value, MC_HASH) && index < value->hash.count;

    return there ? value->hash.pairs[index].key : NULL;
}

static bool numbers_equal(const struct mc_value *a, const struct mc_value *b)
{
    if (a->type == MC_INT && b->type == MC_INT) {
        return a->integer == b->integer;
    }
    double x = a->type == MC_INT ? (double)a->integer : a->real;
    double y = b->type == MC_INT ? (double)b->integer : b->real;
    return !(x < y) && !(x > y) && x - y <= 0 && x - y >= 0;
}

static bool is_number(const struct mc_value *value)
{
    return value->type == MC_INT || value->type == MC_FLOAT;
}

static bool arrays_equal(const struct mc_value *a, const struct mc_value *b)
{
    if (a->array.count != b->array.count) {
        return false;
    }
    for (size_t i = 0; i < a->array.count; i++) {
        if (!mc_value_equal(a->array.items[i], b->array.items[i])) {
            return false;
        }
    }
    return true;
}

static bool hashes_equal(const struct mc_value *a, const struct mc_value *b)
{
    if (a->hash.count != b->hash.count) {
        return false;
    }
    for (size_t i = 0; i < a->hash.count; i++) {
        const struct mc_value *other = mc_value_get(b, a->hash.pairs[i].key);
        if (!other || !mc_value_equal(a->hash.pairs[i].value, other)) {
            return false;
        }
    }
    return true;
}

bool mc_value_equal(const struct mc_value *a, const struct mc_value *b)
{
    if (!a || !b) {
        return a == b;
    }
    if (is_number(a) && is_number(b)) {
        return numbers_equal(a, b);
    }
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case MC_NIL:
        return true;
    case MC_BOOL:
        return a->boolean == b->boolean;
    case MC_ARRAY:
        return arrays_equal(a, b);
    case MC_HASH:
        return hashes_equal(a, b);
    case MC_REGEXP:
        return a->options == b->options && mc_bytes_equal(a->bytes, b->bytes);
    case MC_STRING:
    case MC_SYMBOL:
    case MC_BIGINT:
    case MC_OBJECT:
        return mc_bytes_equal(a->bytes, b->bytes);
    case MC_INT:
    case MC_FLOAT:
        break;
    }
    return false;
}

static struct mc_value *copy_at(const struct mc_value *value, struct mc_arena *arena,
                                unsigned depth);

static int copy_items(const struct mc_value *from, struct mc_value *to,
                      struct mc_arena *arena, unsigned depth)
{
    size_t count = from->type == MC_ARRAY ? from->array.count : from->hash.count;
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        if (from->type == MC_ARRAY) {
            r = mc_value_push(arena, to,
                              copy_at(from->array.items[i], arena, depth + 1));
            continue;
        }
        r = mc_value_add(arena, to, copy_at(from->hash.pairs[i].key, arena, depth + 1),
                         copy_at(from->hash.pairs[i].value, arena, depth + 1));
    }
    return r;
}

static struct mc_value *copy_at(const struct mc_value *value, struct mc_arena *arena,
                                unsigned depth)
{
    if (!value || depth > 2 * MC_VALUE_DEPTH_MAX) {
        return NULL;
    }
    struct mc_value *copy = make(arena, value->type);
    if (!copy) {
        return NULL;
    }
    if (value->type == MC_ARRAY || value->type == MC_HASH) {
        return copy_items(value, copy, arena, depth) == 0 ? copy : NULL;
    }
    *copy = *value;
    if (value->type != MC_NIL && value->type != MC_BOOL && !is_number(value)) {
        char *text = mc_arena_text(arena, value->bytes);
        copy->bytes = mc_bytes_make(text, value->bytes.len);
        return text ? copy : NULL;
    }
    return copy;
}

struct mc_value *mc_value_copy(const struct mc_value *value, struct mc_arena *arena)
{
    return copy_at(value, arena, 0);
}

const char *mc_type_name(enum mc_type type)
{
    static const char *const names[] = {
        [MC_NIL] = "nil",          [MC_BOOL] = "a boolean",
        [MC_INT] = "an integer",   [MC_BIGINT] = "an integer",
        [MC_FLOAT] = "a float",    [MC_STRING] = "a string",
        [MC_SYMBOL] = "a symbol",  [MC_ARRAY] = "an array",
        [MC_HASH] = "a hash",      [MC_REGEXP] = "a regular expression",
        [MC_OBJECT] = "an object",
    };
    return names[type];
}
