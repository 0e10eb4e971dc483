/* Values as Ruby prints them: to_s at the top, inspect inside of containers.
 *
 * Recursion follows the tree, whose depth is bounded by MC_VALUE_DEPTH_MAX; deeper
 * parts print as "...". */
#include "ddl/ddl-private.h"

#include "base/buffer.h"
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

#define TEXT_BYTES_MAX ((size_t)1024 * 1024)
#define ARRAY_ROOM_FIRST 8

void *mc_ddl__grow(struct mc_arena *arena, void *items, size_t size, size_t *count,
                   size_t *room)
{
    if (*count == *room) {
        size_t more = *room ? *room * 2 : ARRAY_ROOM_FIRST;
        void *moved = mc_arena_array(arena, more, size);
        if (!moved) {
            return NULL;
        }
        if (*count) {
            memcpy(moved, items, *count * size);
        }
        items = moved;
        *room = more;
    }
    *count += 1;
    return items;
}

/* The fewest digits that read back as the same number, then Ruby's layout of them. */
static void put_float(struct mc_buffer *out, double real)
{
    char text[64];

    if (isnan(real)) {
        mc_buffer_text(out, "NaN");
        return;
    }
    if (isinf(real)) {
        mc_buffer_text(out, real < 0 ? "-Infinity" : "Infinity");
        return;
    }
    int digits = 1;
    do {
        (void)snprintf(text, sizeof(text), "%.*e", digits - 1, real);
    } while (strtod(text, NULL) != real && ++digits <= 17);
    const char *mark = strchr(text, 'e');
    long exponent = mark ? strtol(mark + 1, NULL, 10) : 0;
    if (exponent >= -4 && exponent < 16) {
        int decimals = digits - 1 - (int)exponent;
        mc_buffer_printf(out, "%.*f", decimals > 0 ? decimals : 1, real);
        return;
    }
    size_t mantissa = mark ? (size_t)(mark - text) : strlen(text);
    mc_buffer_append(out, mc_bytes_make(text, mantissa));
    mc_buffer_printf(out, "%se%+03ld", memchr(text, '.', mantissa) ? "" : ".0",
                     exponent);
}

static void put_quoted(struct mc_buffer *out, struct mc_bytes bytes)
{
    static const char *const names = "a\ab\bt\tn\nv\vf\fr\re\033\"\"\\\\";

    mc_buffer_byte(out, '"');
    for (size_t i = 0; i < bytes.len && !mc_buffer_failed(out); i++) {
        uint8_t byte = bytes.data[i];
        bool done = false;
        for (const char *name = names; *name && !done; name += 2) {
            if ((uint8_t)name[1] == byte) {
                mc_buffer_printf(out, "\\%c", name[0]);
                done = true;
            }
        }
        uint8_t next = i + 1 < bytes.len ? bytes.data[i + 1] : 0;
        bool opens = byte == '#' && (next == '{' || next == '$' || next == '@');
        if (opens) {
            mc_buffer_text(out, "\\#");
        } else if (!done && (byte < 0x20 || byte == 0x7f)) {
            mc_buffer_printf(out, "\\x%02X", (unsigned)byte);
        } else if (!done) {
            mc_buffer_byte(out, byte);
        }
    }
    mc_buffer_byte(out, '"');
}

static void put_value(struct mc_buffer *out, const struct mc_value *value, bool inspect,
                      unsigned depth);

static void put_array(struct mc_buffer *out, const struct mc_value *value,
                      unsigned depth)
{
    mc_buffer_byte(out, '[');
    for (size_t i = 0; i < value->array.count && !mc_buffer_failed(out); i++) {
        mc_buffer_text(out, i ? ", " : "");
        put_value(out, value->array.items[i], true, depth + 1);
    }
    mc_buffer_byte(out, ']');
}

static void put_hash(struct mc_buffer *out, const struct mc_value *value,
                     unsigned depth)
{
    mc_buffer_byte(out, '{');
    for (size_t i = 0; i < value->hash.count && !mc_buffer_failed(out); i++) {
        mc_buffer_text(out, i ? ", " : "");
        put_value(out, value->hash.pairs[i].key, true, depth + 1);
        mc_buffer_text(out, "=>");
        put_value(out, value->hash.pairs[i].value, true, depth + 1);
    }
    mc_buffer_byte(out, '}');
}

/* As Ruby's to_s has it, with the options that are off behind the minus. */
static void put_regexp(struct mc_buffer *out, const struct mc_value *value,
                       bool inspect)
{
    const char *on[] = {value->options & MC_REGEXP_MULTILINE ? "m" : "",
                        value->options & MC_REGEXP_IGNORECASE ? "i" : "",
                        value->options & MC_REGEXP_EXTENDED ? "x" : ""};

    if (inspect) {
        mc_buffer_byte(out, '/');
        mc_buffer_append(out, value->bytes);
        mc_buffer_printf(out, "/%s%s%s", on[0], on[1], on[2]);
        return;
    }
    mc_buffer_printf(out, "(?%s%s%s", on[0], on[1], on[2]);
    bool all = *on[0] && *on[1] && *on[2];
    mc_buffer_printf(out, "%s%s%s%s:", all ? "" : "-", *on[0] ? "" : "m",
                     *on[1] ? "" : "i", *on[2] ? "" : "x");
    mc_buffer_append(out, value->bytes);
    mc_buffer_byte(out, ')');
}

static void put_simple(struct mc_buffer *out, const struct mc_value *value,
                       bool inspect)
{
    if (!value || value->type == MC_NIL) {
        mc_buffer_text(out, inspect ? "nil" : "");
    } else if (value->type == MC_BOOL) {
        mc_buffer_text(out, value->boolean ? "true" : "false");
    } else if (value->type == MC_INT) {
        mc_buffer_printf(out, "%lld", (long long)value->integer);
    } else if (value->type == MC_FLOAT) {
        put_float(out, value->real);
    } else if (value->type == MC_STRING && inspect) {
        put_quoted(out, value->bytes);
    } else {
        mc_buffer_text(out, value->type == MC_SYMBOL && inspect ? ":" : "");
        mc_buffer_append(out, value->bytes);
    }
}

static void put_value(struct mc_buffer *out, const struct mc_value *value, bool inspect,
                      unsigned depth)
{
    if (depth > MC_VALUE_DEPTH_MAX) {
        mc_buffer_text(out, "...");
    } else if (mc_value_is(value, MC_ARRAY)) {
        put_array(out, value, depth);
    } else if (mc_value_is(value, MC_HASH)) {
        put_hash(out, value, depth);
    } else if (mc_value_is(value, MC_REGEXP)) {
        put_regexp(out, value, inspect);
    } else {
        put_simple(out, value, inspect);
    }
}

void mc_ddl__put_text(const struct mc_value *value, struct mc_buffer *out)
{
    put_value(out, value, false, 0);
}

const char *mc_ddl__text(const struct mc_value *value, struct mc_arena *arena)
{
    struct mc_buffer out;

    mc_buffer_init(&out, TEXT_BYTES_MAX);
    mc_ddl__put_text(value, &out);
    struct mc_bytes bytes = {NULL, 0};
    int r = mc_buffer_copy(&out, arena, &bytes);
    mc_buffer_deinit(&out);
    return r == 0 ? (const char *)bytes.data : NULL;
}

const char *mc_ddl__float_text(double real, struct mc_arena *arena)
{
    struct mc_value value = {.type = MC_FLOAT, .real = real};

    return mc_ddl__text(&value, arena);
}
