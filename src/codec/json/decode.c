/* Reading JSON (RFC 8259) with jansson.
 *
 * jansson keeps its own tree on the heap, so a walk over the bytes comes first: it
 * bounds their number, the depth and the count of values before anything is allocated,
 * and it finds the integers beyond 64 bits, which jansson would refuse; they get a
 * ".0" and become floats. The walk judges nothing else: what is JSON, jansson says. */
#include "codec/codec.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* One byte of input may become about 60 bytes of jansson's tree. */
#define INPUT_BYTES_MAX ((size_t)8 * 1024 * 1024)
/* Integers of up to this many digits always fit. */
#define SAFE_DIGITS ((size_t)18)

struct scan
{
    struct mc_bytes in;
    size_t at;
    size_t depth;
    size_t values;
    uint8_t *out; /* NULL in the first walk, which only counts */
    size_t out_len;
};

static void copy_to(struct scan *s, struct mc_bytes bytes)
{
    if (s->out && bytes.len) {
        memcpy(s->out + s->out_len, bytes.data, bytes.len);
    }
    s->out_len += bytes.len;
}

static void scan_string(struct scan *s)
{
    size_t from = s->at++;

    while (s->at < s->in.len && s->in.data[s->at] != '"') {
        s->at += s->in.data[s->at] == '\\' ? 2 : 1;
    }
    s->at = s->at < s->in.len ? s->at + 1 : s->in.len;
    copy_to(s, mc_bytes_slice(s->in, from, s->at - from));
}

/* Whether these are the digits of an integer that jansson could not hold. */
static bool too_big(struct mc_bytes number)
{
    char text[32] = "";

    for (size_t i = 0; i < number.len; i++) {
        uint8_t c = number.data[i];
        if ((c < '0' || c > '9') && !(i == 0 && c == '-')) {
            return false;
        }
    }
    if (number.len <= SAFE_DIGITS || number.len >= sizeof(text)) {
        return number.len > SAFE_DIGITS;
    }
    memcpy(text, number.data, number.len);
    errno = 0;
    (void)strtoll(text, NULL, 10);
    return errno == ERANGE;
}

static void scan_number(struct scan *s)
{
    size_t from = s->at;

    while (s->at < s->in.len && s->in.data[s->at] &&
           strchr("+-.0123456789eE", s->in.data[s->at])) {
        s->at++;
    }
    struct mc_bytes number = mc_bytes_slice(s->in, from, s->at - from);
    copy_to(s, number);
    if (too_big(number)) {
        copy_to(s, MC_BYTES(".0"));
    }
}

/* The walk; false when a limit was passed. */
static bool scan(struct scan *s)
{
    while (s->at < s->in.len) {
        uint8_t c = s->in.data[s->at];
        s->depth += c == '[' || c == '{';
        s->depth -= (c == ']' || c == '}') && s->depth > 0;
        s->values += c == '[' || c == '{' || c == ',' || c == ':';
        if (s->depth > MC_VALUE_DEPTH_MAX || s->values > MC_CODEC_VALUES_MAX) {
            return false;
        }
        if (c == '"') {
            scan_string(s);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            scan_number(s);
        } else {
            copy_to(s, mc_bytes_slice(s->in, s->at++, 1));
        }
    }
    return true;
}

/* The text for jansson: the input itself, or a copy with big integers as floats. */
static bool prepare(struct mc_bytes in, struct mc_arena *arena,
                    struct mc_bytes *ret_text)
{
    struct scan count = {.in = in};
    struct scan copy = {.in = in};

    if (in.len > INPUT_BYTES_MAX || !scan(&count)) {
        return false;
    }
    *ret_text = in;
    if (count.out_len != in.len) {
        copy.out = mc_arena_alloc(arena, count.out_len + 1);
        if (!copy.out || !scan(&copy)) {
            return false;
        }
        *ret_text = mc_bytes_make(copy.out, copy.out_len);
    }
    return true;
}

static struct mc_value *convert(json_t *json, struct mc_arena *arena);

static struct mc_value *convert_array(json_t *json, struct mc_arena *arena)
{
    struct mc_value *array = mc_value_array(arena);
    size_t count = json_array_size(json);
    int r = array ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < count; i++) {
        r = mc_value_push(arena, array, convert(json_array_get(json, i), arena));
    }
    return r == 0 ? array : NULL;
}

static struct mc_value *convert_object(json_t *json, struct mc_arena *arena)
{
    struct mc_value *hash = mc_value_hash(arena);
    int r = hash ? 0 : -ENOMEM;

    for (void *at = json_object_iter(json); r == 0 && at;
         at = json_object_iter_next(json, at)) {
        r = mc_value_add(arena, hash, mc_value_text(arena, json_object_iter_key(at)),
                         convert(json_object_iter_value(at), arena));
    }
    return r == 0 ? hash : NULL;
}

/* The depth was bounded by the walk. */
static struct mc_value *convert(json_t *json, struct mc_arena *arena)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return convert_object(json, arena);
    case JSON_ARRAY:
        return convert_array(json, arena);
    case JSON_STRING:
        return mc_value_string(
            arena, mc_bytes_make(json_string_value(json), json_string_length(json)));
    case JSON_INTEGER:
        return mc_value_int(arena, json_integer_value(json));
    case JSON_REAL:
        return mc_value_float(arena, json_real_value(json));
    case JSON_TRUE:
    case JSON_FALSE:
        return mc_value_bool(arena, json_is_true(json));
    case JSON_NULL:
        break;
    }
    return mc_value_nil(arena);
}

/* jansson quotes the input in its words: only printable letters go on. */
static void clean(char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7e) {
            *text = '?';
        }
    }
}

int mc_json_decode(struct mc_bytes in, unsigned options, struct mc_arena *arena,
                   const struct mc_value **ret_value, struct mc_error *error)
{
    struct mc_bytes text = {0};
    json_error_t why;

    (void)options; /* JSON has no objects of foreign classes */
    if (!prepare(in, arena, &text)) {
        mc_error_set(error, "JSON: too long, too deep or too many values");
        return MC_CODEC_LIMIT;
    }
    json_t *json = json_loadb(text.len ? (const char *)text.data : "", text.len,
                              JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (!json) {
        enum json_error_code code = json_error_code(&why);
        clean(why.text);
        mc_error_set(error, "JSON line %d column %d: %s", why.line, why.column,
                     why.text);
        return code == json_error_numeric_overflow || code == json_error_out_of_memory
                   ? MC_CODEC_LIMIT
                   : MC_CODEC_MALFORMED;
    }
    const struct mc_value *value = convert(json, arena);
    json_decref(json);
    if (!value) {
        mc_error_set(error, "JSON: out of memory");
        return MC_CODEC_LIMIT;
    }
    *ret_value = value;
    return 0;
}
