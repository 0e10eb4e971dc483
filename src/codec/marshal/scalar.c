/* Marshal's scalars: constants, numbers, strings, patterns, symbols. */
#include "codec/marshal/reader-private.h"

#include "codec/number.h"
#include <stdlib.h>
#include <string.h>

/* The longest text of a float that we read; Ruby writes at most 24 characters. */
#define FLOAT_TEXT_MAX ((size_t)64)

int mc_marshal__constant(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    frame->value = frame->type == '0' ? mc_value_nil(r->arena)
                                      : mc_value_bool(r->arena, frame->type == 'T');
    return mc_marshal__made(r, frame->value);
}

int mc_marshal__fixnum(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    frame->value = mc_value_int(r->arena, mc_marshal__long(r));
    return mc_marshal__made(r, frame->value);
}

int mc_marshal__bignum(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    uint8_t sign = mc_cursor_byte(&r->cursor);
    size_t words = 0;
    int result = mc_marshal__count(r, 2, &words);

    if (result != 0) {
        return result;
    }
    if (sign != '+' && sign != '-') {
        return mc_marshal__malformed(r, "an integer without a sign");
    }
    struct mc_bytes magnitude = mc_cursor_take(&r->cursor, words * 2);
    while (magnitude.len && magnitude.data[magnitude.len - 1] == 0) {
        magnitude.len--;
    }
    if (magnitude.len > MC_NUMBER_BIG_BYTES) {
        return mc_marshal__limit(r, "a very big integer");
    }
    frame->value = mc_number_integer(magnitude, sign == '-', r->arena);
    return mc_marshal__made(r, frame->value);
}

/* Old Rubies put the mantissa behind a NUL: what follows one is not read. */
int mc_marshal__float(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    char text[FLOAT_TEXT_MAX + 1] = {0};
    struct mc_bytes bytes = {0};
    int result = mc_marshal__bytes(r, &bytes);

    if (result != 0) {
        return result;
    }
    bytes.len = mc_bytes_find(bytes, 0);
    if (bytes.len == 0 || bytes.len > FLOAT_TEXT_MAX) {
        return mc_marshal__malformed(r, "a float of a strange length");
    }
    memcpy(text, bytes.data, bytes.len);
    char *end = NULL;
    bool special = strcmp(text, "inf") == 0 || strcmp(text, "-inf") == 0 ||
                   strcmp(text, "nan") == 0;
    double real = strtod(text, &end);
    if (*end || (!special && strspn(text, "+-.0123456789eE") != bytes.len)) {
        return mc_marshal__malformed(r, "a float that is no number");
    }
    frame->value = mc_value_float(r->arena, real);
    return mc_marshal__made(r, frame->value);
}

int mc_marshal__string(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    struct mc_bytes bytes = {0};
    int result = mc_marshal__bytes(r, &bytes);

    if (result != 0) {
        return result;
    }
    frame->value = mc_value_string(r->arena, bytes);
    if (frame->value) {
        frame->value->encoding = MC_ENCODING_BINARY;
    }
    return mc_marshal__made(r, frame->value);
}

int mc_marshal__regexp(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    struct mc_bytes source = {0};
    int result = mc_marshal__bytes(r, &source);

    if (result != 0) {
        return result;
    }
    unsigned options = mc_cursor_byte(&r->cursor);
    frame->value = mc_value_regexp(r->arena, source, options & 7U);
    return mc_marshal__made(r, frame->value);
}

int mc_marshal__symbol(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    struct mc_bytes name = {0};
    int result = mc_marshal__bytes(r, &name);

    if (result != 0) {
        return result;
    }
    if (r->symbol_count == r->symbol_room) {
        struct mc_value **symbols =
            mc_marshal__grow(r, r->symbols, r->symbol_count, sizeof(struct mc_value *));
        if (!symbols) {
            return mc_marshal__limit(r, "out of memory");
        }
        r->symbols = symbols;
        r->symbol_room = r->symbol_count ? r->symbol_count * 2 : MC_MARSHAL_FIRST_ROOM;
    }
    frame->value = mc_value_symbol_bytes(r->arena, name);
    if (frame->value) {
        r->symbols[r->symbol_count++] = frame->value;
    }
    return mc_marshal__made(r, frame->value);
}

int mc_marshal__symbol_link(struct mc_marshal_reader *r, struct mc_marshal_frame *frame)
{
    int64_t number = mc_marshal__long(r);

    if (number < 0 || (uint64_t)number >= r->symbol_count) {
        return mc_marshal__malformed(r, "a link to no symbol");
    }
    frame->value = r->symbols[number];
    return 0;
}
