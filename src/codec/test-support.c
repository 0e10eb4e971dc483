/* Helpers that the codec tests and fuzz targets share; no part of any program. */
#include "codec/test-support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mc_bytes mc_codec_test_hex(struct mc_arena *arena, const char *hex)
{
    size_t len = 0;
    uint8_t *bytes = mc_arena_alloc(arena, strlen(hex) / 2 + 1);
    char pair[3] = {0};

    for (const char *p = hex; bytes && *p; p++) {
        if (*p == ' ' || *p == '\n') {
            continue;
        }
        pair[0] = *p++;
        pair[1] = *p;
        bytes[len++] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return mc_bytes_make(bytes, len);
}

struct mc_bytes mc_codec_test_golden(struct mc_arena *arena, const char *name)
{
    static const size_t room = 65536;
    const char *path = mc_arena_printf(arena, "%s/%s", MC_CODEC_FIXTURES, name);
    uint8_t *bytes = mc_arena_alloc(arena, room);
    FILE *file = path && bytes ? fopen(path, "rb") : NULL;
    size_t len = file ? fread(bytes, 1, room - 1, file) : 0;

    if (file) {
        (void)fclose(file);
    }
    return mc_bytes_make(bytes, len);
}

struct generator
{
    struct mc_arena *arena;
    uint64_t state;
    bool plain;
};

/* SplitMix64. */
static uint64_t next(struct generator *g)
{
    uint64_t z = g->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Texts that some format could take for something else. */
static const char *const texts[] = {
    "",
    "a",
    "ping",
    "yes",
    "No",
    "null",
    "~",
    "123",
    "0x1f",
    "017",
    "1_000",
    "1.5",
    "1e3",
    "12345678e1234",
    ".5",
    ".inf",
    "-.INF",
    ".nan",
    ":sym",
    ": x",
    "a: b",
    "a #b",
    "#c",
    "- x",
    "-",
    "--- a",
    "---",
    "...",
    "?",
    "<<",
    "=",
    "!x",
    "&x",
    "*x",
    "%x",
    "@x",
    "`x",
    "'x'",
    "\"x\"",
    "[x]",
    "{x}",
    "a\nb",
    "a\nb\n",
    "a\n\n",
    "\n",
    "\na",
    " a\nb",
    "a \nb",
    "a\tb",
    "\ta",
    " a",
    "a ",
    "2001-02-03",
    "2001-02-03 04:05:06 Z",
    "12:30",
    "12:30:45.5",
    "y",
    "n",
    "true",
    "on",
    "gr\xc3\xbc\xc3\x9f",
    "\xe2\x82\xac\n",
    "\xf0\x9f\x98\x80",
    "a\\b",
    "\x01",
    "\x7f",
    "a\rb",
    "a:",
    ":",
    "::",
    ":\"x\"",
    "+1",
    "+",
    "0b101",
    "1,000",
    "0o17",
    "08",
    "a, b",
    "\xc2\x85",
    "\xe2\x80\xa8",
    "\xef\xbb\xbf-",
    "|",
    ">",
    "/re/",
    "!ruby/object:X",
    "a\n b\n  c\n",
    "\t\n",
    " \n",
    "it's",
    "---\n:a: 1\n",
    "key: |\n  x\n",
    "_",
    "1_",
};

static const struct mc_value *text(struct generator *g, bool symbol)
{
    struct mc_bytes bytes = mc_bytes_text(texts[next(g) % MC_COUNT(texts)]);

    return symbol ? mc_value_symbol_bytes(g->arena, bytes)
                  : mc_value_string(g->arena, bytes);
}

static const struct mc_value *number(struct generator *g)
{
    static const double reals[] = {0.0,    -0.0,  1.0,    1.5,     100.0,  1e20,
                                   1e-5,   0.1,   1e16,   1e15,    5e-324, 1.7e308,
                                   1.0e23, 0.001, 0.0001, 123.456, 1 / 3.0};
    uint64_t random = next(g);

    switch (random % 4) {
    case 0:
        return mc_value_int(g->arena, (int64_t)(next(g) >> (random >> 8) % 64));
    case 1:
        return mc_value_int(g->arena, -(int64_t)(next(g) >> (1 + (random >> 8) % 63)));
    case 2:
        return mc_value_float(g->arena, (double)(int64_t)next(g) / 65536.0);
    default:
        return mc_value_float(g->arena, reals[(random >> 8) % MC_COUNT(reals)]);
    }
}

static const struct mc_value *special(struct generator *g)
{
    struct mc_value *value = NULL;

    switch (next(g) % 4) {
    case 0:
        value = mc_value_string(g->arena, MC_BYTES("-123456789012345678901234567890"));
        value->type = MC_BIGINT;
        return value;
    case 1:
        return mc_value_regexp(g->arena, MC_BYTES("^a/b.*[\\w ]\\/$"),
                               (unsigned)next(g) & 7U);
    case 2:
        return mc_value_string(g->arena, MC_BYTES("\xff\x00\x80 binary \n"));
    default:
        value = mc_value_text(g->arena, "ascii");
        value->encoding = MC_ENCODING_ASCII;
        return value;
    }
}

static const struct mc_value *tree(struct generator *g, unsigned depth)
{
    uint64_t kind = next(g) % (depth < 5 ? 10 : 7);
    struct mc_value *container = NULL;
    uint64_t count = 0;
    int r = 0;

    switch (kind) {
    case 0:
        return mc_value_nil(g->arena);
    case 1:
        return mc_value_bool(g->arena, next(g) % 2 == 0);
    case 2:
        return number(g);
    case 3:
        return g->plain ? text(g, false) : special(g);
    case 4:
        return text(g, !g->plain);
    case 5:
    case 6:
        return text(g, false);
    default:
        break;
    }
    container = kind == 7 ? mc_value_array(g->arena) : mc_value_hash(g->arena);
    count = next(g) % 6;
    while (r == 0 && count-- > 0) {
        const struct mc_value *key =
            g->plain || next(g) % 4 ? text(g, !g->plain) : tree(g, depth + 2);
        const struct mc_value *item = tree(g, depth + 1);
        r = kind == 7 ? mc_value_push(g->arena, container, item)
                      : mc_value_set(g->arena, container, key, item);
    }
    return r == 0 ? container : NULL;
}

const struct mc_value *mc_codec_test_tree(struct mc_arena *arena, uint64_t seed,
                                          bool plain)
{
    struct generator g = {arena, seed, plain};

    return tree(&g, 0);
}

void mc_codec_test_round(mc_codec_decode_fn *first, mc_codec_encode_fn *encode,
                         mc_codec_decode_fn *again, const uint8_t *data, size_t size,
                         unsigned options)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    const struct mc_value *value = NULL;
    struct mc_bytes one;
    struct mc_bytes two;
    struct mc_error error;

    if (first(mc_bytes_make(data, size), options, arena, &value, &error) != 0) {
        return;
    }
    /* Links may expand beyond what is written, and objects cannot be written. */
    if (encode(value, arena, &one, &error) != 0) {
        return;
    }
    if (again(one, 0, arena, &value, &error) != 0 ||
        encode(value, arena, &two, &error) != 0 || !mc_bytes_equal(one, two)) {
        abort();
    }
}
