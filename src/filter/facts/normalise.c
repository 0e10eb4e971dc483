/* Facts are texts: every leaf becomes a String. */
#include "filter/facts/facts-private.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The shortest text that reads back as the same number, with ".0" for whole ones. */
static const struct mc_value *float_text(struct mc_arena *arena, double real)
{
    char text[40] = "";

    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, real);
        double back = strtod(text, NULL);
        if (!(back < real) && !(back > real)) {
            break;
        }
    }
    bool whole = isfinite(real) && floor(real) >= real && fabs(real) < 1e15;
    return whole ? mc_value_format(arena, "%.1f", real) : mc_value_text(arena, text);
}

static const struct mc_value *leaf(const struct mc_value *value, struct mc_arena *arena)
{
    switch (value->type) {
    case MC_NIL:
        return mc_value_text(arena, "");
    case MC_BOOL:
        return mc_value_text(arena, value->boolean ? "true" : "false");
    case MC_INT:
        return mc_value_format(arena, "%" PRId64, value->integer);
    case MC_FLOAT:
        return float_text(arena, value->real);
    case MC_BIGINT:
    case MC_STRING:
    case MC_SYMBOL:
    case MC_REGEXP:
    case MC_OBJECT:
        return mc_value_string(arena, value->bytes);
    case MC_ARRAY:
    case MC_HASH:
        break;
    }
    return NULL;
}

/* A key that is no String may become the text of another one. */
static bool keys_are_texts(const struct mc_value *hash)
{
    for (size_t i = 0; i < mc_value_count(hash); i++) {
        if (!mc_value_is(mc_value_key(hash, i), MC_STRING)) {
            return false;
        }
    }
    return true;
}

/* One pair of a hash; a key that came before under the same text is overruled. */
static int put(struct mc_value *copy, const struct mc_value *key,
               const struct mc_value *item, bool texts, struct mc_arena *arena)
{
    const struct mc_value *name = leaf(key, arena);

    if (!name) {
        return -ENOMEM;
    }
    return texts ? mc_value_add(arena, copy, name, item)
                 : mc_value_set(arena, copy, name, item);
}

static int normalise(const struct mc_value *value, unsigned depth,
                     struct mc_arena *arena, const struct mc_value **ret_facts)
{
    bool hash = value->type == MC_HASH;
    bool container = hash || value->type == MC_ARRAY;
    bool texts = hash && keys_are_texts(value);
    struct mc_value *copy = hash ? mc_value_hash(arena) : mc_value_array(arena);
    int r = 0;

    if (depth > MC_VALUE_DEPTH_MAX) {
        return -EINVAL;
    }
    if (!container) {
        *ret_facts = leaf(value, arena);
        return *ret_facts ? 0 : -ENOMEM;
    }
    for (size_t i = 0; r == 0 && i < mc_value_count(value); i++) {
        const struct mc_value *key = hash ? mc_value_key(value, i) : NULL;
        const struct mc_value *item = NULL;
        r = normalise(mc_value_item(value, i), depth + 1, arena, &item);
        if (r == 0 && hash && (key->type == MC_ARRAY || key->type == MC_HASH)) {
            continue;
        }
        if (r == 0) {
            r = hash ? put(copy, key, item, texts, arena)
                     : mc_value_push(arena, copy, item);
        }
    }
    if (r == 0) {
        *ret_facts = copy;
    }
    return copy ? r : -ENOMEM;
}

int mc_facts_normalise(const struct mc_value *value, struct mc_arena *arena,
                       const struct mc_value **ret_facts)
{
    return normalise(value, 0, arena, ret_facts);
}
