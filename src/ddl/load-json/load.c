/* Choria's JSON DDL (schema mcorpc/ddl/v1) -> statements -> DDL.
 *
 * JSON knows no Symbols, so names become Symbols here, as the original's Ruby files
 * have them; what Choria lets a file leave out is filled in. The rules stay with
 * build.c. The order of a JSON object is that of the file. */
#include "ddl/ddl-private.h"

#include "codec/codec.h"
#include <errno.h>
#include <string.h>

#define SCRATCH_BYTES_MAX ((size_t)96 * 1024 * 1024)

struct loader
{
    struct mc_arena *arena;
    struct mc_value *statements;
    const char *path;
    struct mc_error *error;
};

static int misshaped(struct loader *l, const char *what)
{
    mc_error_set(l->error, "%s: %s", l->path, what);
    return MC_DDL_BROKEN;
}

/* One statement with up to two arguments; a NULL in front of a later one is a lack of
 * memory. */
static int state(struct loader *l, const char *verb, const struct mc_value *const *args,
                 size_t count)
{
    struct mc_value *list = mc_value_array(l->arena);

    for (size_t i = 0; i < count; i++) {
        if (mc_value_push(l->arena, list, args[i]) != 0) {
            return -ENOMEM;
        }
    }
    int r = mc_ddl__statement(l->arena, l->statements, 0, verb, list);
    return r > 0 ? misshaped(l, "holds too many statements") : r;
}

/* A copy with Symbols for keys, one level deep; NULL when memory is short. */
static struct mc_value *with_symbols(struct mc_arena *arena,
                                     const struct mc_value *hash)
{
    struct mc_value *copy = mc_value_hash(arena);

    for (size_t i = 0; copy && hash && i < hash->hash.count; i++) {
        const struct mc_pair *pair = &hash->hash.pairs[i];
        const struct mc_value *key = mc_value_symbol_bytes(arena, pair->key->bytes);
        if (mc_value_add(arena, copy, key, pair->value) != 0) {
            return NULL;
        }
    }
    return copy;
}

static int fill(struct mc_arena *arena, struct mc_value *hash, const char *name,
                const struct mc_value *fallback)
{
    if (hash && mc_value_get_symbol(hash, name)) {
        return 0;
    }
    return mc_value_set_symbol(arena, hash, name, fallback);
}

/* In JSON a validator's name and a pattern look alike; Choria takes these for names. */
static int name_validator(struct mc_arena *arena, struct mc_value *hash)
{
    static const char *const names[] = {"shellsafe", "ipv4address", "ipv6address"};
    const char *text = mc_value_cstr(mc_value_get_symbol(hash, "validation"));

    for (size_t i = 0; text && i < MC_COUNT(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            return mc_value_set_symbol(arena, hash, "validation",
                                       mc_value_symbol(arena, text));
        }
    }
    return 0;
}

static int state_input(struct loader *l, const struct mc_value *key,
                       const struct mc_value *properties)
{
    struct mc_arena *arena = l->arena;
    struct mc_value *hash = with_symbols(arena, properties);
    const struct mc_value *args[] = {mc_value_symbol_bytes(arena, key->bytes), hash};

    if (fill(arena, hash, "prompt", key) != 0 ||
        fill(arena, hash, "description", mc_value_text(arena, "")) != 0 ||
        fill(arena, hash, "optional", mc_value_bool(arena, false)) != 0 ||
        fill(arena, hash, "validation", mc_value_nil(arena)) != 0 ||
        fill(arena, hash, "maxlength", mc_value_int(arena, 0)) != 0 ||
        name_validator(arena, hash) != 0) {
        return -ENOMEM;
    }
    return state(l, "input", args, 2);
}

static int state_output(struct loader *l, const struct mc_value *key,
                        const struct mc_value *properties)
{
    struct mc_arena *arena = l->arena;
    struct mc_value *hash = with_symbols(arena, properties);
    const struct mc_value *args[] = {mc_value_symbol_bytes(arena, key->bytes), hash};

    if (fill(arena, hash, "description", mc_value_text(arena, "")) != 0 ||
        fill(arena, hash, "display_as", key) != 0) {
        return -ENOMEM;
    }
    return state(l, "output", args, 2);
}

/* The object "input" or "output" of an action. */
static int state_all(struct loader *l, const struct mc_value *object,
                     int (*one)(struct loader *, const struct mc_value *,
                                const struct mc_value *))
{
    int r = 0;

    if (!object || object->type == MC_NIL) {
        return 0;
    }
    if (object->type != MC_HASH) {
        return misshaped(l, "\"input\" and \"output\" must be objects");
    }
    for (size_t i = 0; r == 0 && i < object->hash.count; i++) {
        const struct mc_pair *pair = &object->hash.pairs[i];
        if (!mc_value_is(pair->value, MC_HASH)) {
            return misshaped(l, "an input or output must be an object");
        }
        r = one(l, pair->key, pair->value);
    }
    return r;
}

/* {"function": F, "args": [OUTPUT, {OPTIONS}]} */
static int state_aggregate(struct loader *l, const struct mc_value *item)
{
    struct mc_arena *arena = l->arena;
    const struct mc_value *args = mc_value_get_text(item, "args");
    struct mc_value *list = mc_value_array(arena);
    struct mc_value *hash =
        with_symbols(arena, mc_value_is(item, MC_HASH) ? item : NULL);

    if (!mc_value_is(args, MC_ARRAY)) {
        return misshaped(l, "an aggregate needs \"function\" and \"args\"");
    }
    for (size_t i = 0; i < args->array.count; i++) {
        const struct mc_value *arg = args->array.items[i];
        if (mc_value_is(arg, MC_HASH)) {
            arg = with_symbols(arena, arg);
        }
        if (mc_value_push(arena, list, arg) != 0) {
            return -ENOMEM;
        }
    }
    if (mc_value_set_symbol(arena, hash, "args", list) != 0) {
        return -ENOMEM;
    }
    const struct mc_value *statement = hash;
    return state(l, "aggregate", &statement, 1);
}

static int state_aggregates(struct loader *l, const struct mc_value *list)
{
    int r = 0;

    if (!list || list->type == MC_NIL) {
        return 0;
    }
    if (list->type != MC_ARRAY) {
        return misshaped(l, "\"aggregate\" must be an array");
    }
    for (size_t i = 0; r == 0 && i < list->array.count; i++) {
        r = state_aggregate(l, list->array.items[i]);
    }
    return r;
}

static int state_action(struct loader *l, const struct mc_value *object)
{
    struct mc_arena *arena = l->arena;
    const struct mc_value *display = mc_value_get_text(object, "display");
    struct mc_value *about = mc_value_hash(arena);
    const struct mc_value *args[] = {mc_value_get_text(object, "action"), about};
    const struct mc_value *text = mc_value_get_text(object, "description");

    if (!mc_value_is(args[0], MC_STRING)) {
        return misshaped(l, "an action needs a name in \"action\"");
    }
    if (fill(arena, about, "description", text ? text : mc_value_text(arena, "")) !=
        0) {
        return -ENOMEM;
    }
    int r = state(l, "action", args, 2);
    if (r == 0 && mc_value_is(display, MC_STRING) && display->bytes.len) {
        const struct mc_value *word = mc_value_symbol_bytes(arena, display->bytes);
        r = state(l, "display", &word, 1);
    }
    r = r == 0 ? state_all(l, mc_value_get_text(object, "input"), state_input) : r;
    r = r == 0 ? state_all(l, mc_value_get_text(object, "output"), state_output) : r;
    r = r == 0 ? state_aggregates(l, mc_value_get_text(object, "aggregate")) : r;
    return r == 0 ? state(l, "end", NULL, 0) : r;
}

static int state_actions(struct loader *l, const struct mc_value *list)
{
    int r = 0;

    if (!mc_value_is(list, MC_ARRAY)) {
        return misshaped(l, "\"actions\" must be an array");
    }
    for (size_t i = 0; r == 0 && i < list->array.count; i++) {
        r = state_action(l, list->array.items[i]);
    }
    return r;
}

/* A data plugin: one "query", and "output". */
static int state_data(struct loader *l, const struct mc_value *document)
{
    struct mc_arena *arena = l->arena;
    const struct mc_value *query = mc_value_get_text(document, "query");
    const struct mc_value *metadata = mc_value_get_text(document, "metadata");
    const struct mc_value *text = mc_value_get_text(metadata, "description");
    struct mc_value *about = mc_value_hash(arena);
    const struct mc_value *arg = about;
    const struct mc_value *name = mc_value_text(arena, "query");

    if (!name || fill(arena, about, "description",
                      text ? text : mc_value_text(arena, "")) != 0) {
        return -ENOMEM;
    }
    int r = state(l, "dataquery", &arg, 1);
    if (r == 0 && mc_value_is(query, MC_HASH)) {
        r = state_input(l, name, query);
    }
    r = r == 0 ? state_all(l, mc_value_get_text(document, "output"), state_output) : r;
    return r == 0 ? state(l, "end", NULL, 0) : r;
}

static int state_document(struct loader *l, const struct mc_value *document,
                          enum mc_ddl_kind kind)
{
    const struct mc_value *metadata = mc_value_get_text(document, "metadata");

    if (!mc_value_is(metadata, MC_HASH)) {
        return misshaped(l, "needs an object \"metadata\"");
    }
    const struct mc_value *arg = with_symbols(l->arena, metadata);
    int r = state(l, "metadata", &arg, 1);
    if (r == 0 && kind == MC_DDL_AGENT) {
        r = state_actions(l, mc_value_get_text(document, "actions"));
    } else if (r == 0 && kind == MC_DDL_DATA) {
        r = state_data(l, document);
    }
    return r;
}

int mc_ddl_load_json(struct mc_bytes text, const char *path, enum mc_ddl_kind kind,
                     const char *name, struct mc_arena *arena, struct mc_ddl **ret_ddl,
                     struct mc_error *error)
{
    struct loader l = {arena, mc_value_array(arena), path, error};
    struct mc_arena *scratch = mc_arena_new(SCRATCH_BYTES_MAX);
    const struct mc_value *decoded = NULL;
    const struct mc_value *document = NULL;
    struct mc_error words = {""};

    int r = scratch ? mc_json_decode(text, 0, scratch, &decoded, &words) : -ENOMEM;
    if (r > 0) {
        mc_error_set(error, "%s: %s", path, words.text);
        r = MC_DDL_BROKEN;
    }
    if (r == 0) {
        document = mc_value_copy(decoded, arena);
        r = document && l.statements ? state_document(&l, document, kind) : -ENOMEM;
    }
    mc_arena_free(scratch);
    return r == 0 ? mc_ddl__build(l.statements, path, kind, name, arena, ret_ddl, error)
                  : r;
}
