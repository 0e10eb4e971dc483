/* Reading YAML as Ruby's Psych does, from the events of libyaml.
 *
 * The recursion over nodes is bounded by MC_VALUE_DEPTH_MAX. A node costs its weight:
 * what it holds, aliases counted with all they stand for, so that a bomb of aliases
 * ends at MC_CODEC_VALUES_MAX. An alias to a node that is not complete is refused.
 * Messages allow no anchors at all; fact files allow anchors, aliases and merge keys,
 * but no patterns, as the original's loader is told there. */
#include "codec/codec.h"
#include "codec/yaml/scalar.h"
#include "codec/yaml/tag.h"
#include <errno.h>
#include <string.h>
#include <yaml.h>

/* Anchors are searched one by one. */
#define ANCHORS_MAX ((size_t)256)
/* Pairs of a hash that has merge keys: each is compared with all others. */
#define MERGED_MAX ((size_t)256)

struct part
{
    struct mc_value *value;
    size_t weight;
    unsigned height;
    bool merged; /* a hash that took pairs over from others */
};

struct anchor
{
    const char *name;
    struct part part;
    bool open;
};

struct reader
{
    yaml_parser_t parser;
    yaml_event_t event; /* always initialised; type YAML_NO_EVENT when empty */
    struct mc_arena *arena;
    struct mc_error *error;
    bool facts;
    size_t nodes;
    struct anchor *anchors;
    size_t anchor_count;
};

static int read_node(struct reader *r, unsigned depth, struct part *ret_part);

static int fail(struct reader *r, int result, const char *what)
{
    mc_error_set(r->error, "YAML line %zu: %s", r->event.start_mark.line + 1, what);
    return result;
}

static int out_of_memory(struct reader *r)
{
    return fail(r, MC_CODEC_LIMIT, "out of memory");
}

static int next_event(struct reader *r)
{
    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->parser, &r->event)) {
        return 0;
    }
    if (r->parser.error == YAML_MEMORY_ERROR) {
        mc_error_set(r->error, "YAML: out of memory");
        return MC_CODEC_LIMIT;
    }
    mc_error_set(r->error, "YAML line %zu: %s", r->parser.problem_mark.line + 1,
                 r->parser.problem ? r->parser.problem : "not YAML");
    return MC_CODEC_MALFORMED;
}

static int add_nodes(struct reader *r, size_t count)
{
    if (count > MC_CODEC_VALUES_MAX - r->nodes) {
        return fail(r, MC_CODEC_LIMIT, "too many values");
    }
    r->nodes += count;
    return 0;
}

static struct anchor *find_anchor(struct reader *r, const char *name)
{
    for (size_t i = r->anchor_count; i > 0; i--) {
        if (strcmp(r->anchors[i - 1].name, name) == 0) {
            return &r->anchors[i - 1];
        }
    }
    return NULL;
}

static int open_anchor(struct reader *r, const yaml_char_t *name,
                       struct anchor **ret_anchor)
{
    if (!name) {
        return 0;
    }
    if (!r->facts) {
        return fail(r, MC_CODEC_REFUSED, "an anchor is refused");
    }
    if (r->anchor_count == ANCHORS_MAX) {
        return fail(r, MC_CODEC_LIMIT, "too many anchors");
    }
    if (!r->anchors) {
        r->anchors = mc_arena_array(r->arena, ANCHORS_MAX, sizeof(*r->anchors));
    }
    char *copy = mc_arena_strdup(r->arena, (const char *)name);
    if (!r->anchors || !copy) {
        return out_of_memory(r);
    }
    *ret_anchor = &r->anchors[r->anchor_count++];
    **ret_anchor = (struct anchor){.name = copy, .open = true};
    return 0;
}

static int read_alias(struct reader *r, unsigned depth, struct part *ret_part)
{
    const char *name = (const char *)r->event.data.alias.anchor;
    const struct anchor *anchor = r->facts ? find_anchor(r, name) : NULL;

    if (!r->facts) {
        return fail(r, MC_CODEC_REFUSED, "an alias is refused");
    }
    if (!anchor) {
        return fail(r, MC_CODEC_MALFORMED, "an alias to no anchor");
    }
    if (anchor->open) {
        return fail(r, MC_CODEC_REFUSED, "an alias to its own container");
    }
    if (depth + anchor->part.height > MC_VALUE_DEPTH_MAX) {
        return fail(r, MC_CODEC_LIMIT, "nested too deep");
    }
    *ret_part = anchor->part;
    return add_nodes(r, anchor->part.weight);
}

static int tagged(struct reader *r, const char *tag, struct mc_bytes text,
                  struct mc_value **ret_value)
{
    struct mc_error why = {""};
    int result = mc_yaml_tagged(tag, text, !r->facts, r->arena, ret_value, &why);

    return result == 0 ? 0 : fail(r, result, why.text);
}

static int read_scalar(struct reader *r, struct part *part)
{
    const char *tag = (const char *)r->event.data.scalar.tag;
    struct mc_bytes text =
        mc_bytes_make(r->event.data.scalar.value, r->event.data.scalar.length);

    if (!tag && r->event.data.scalar.quoted_implicit) {
        part->value = mc_value_string(r->arena, text);
        return part->value ? 0 : out_of_memory(r);
    }
    return tagged(r, tag ? tag : "!", text, &part->value);
}

static void grow_height(struct part *part, const struct part *item)
{
    if (item->height >= part->height) {
        part->height = item->height + 1;
    }
}

static int read_sequence(struct reader *r, unsigned depth, struct part *part)
{
    part->value = mc_value_array(r->arena);
    part->height = 1;
    for (;;) {
        struct part item = {0};
        int result = next_event(r);
        if (result == 0 && r->event.type == YAML_SEQUENCE_END_EVENT) {
            return 0;
        }
        if (result == 0) {
            result = read_node(r, depth + 1, &item);
        }
        if (result == 0 && mc_value_push(r->arena, part->value, item.value) < 0) {
            result = out_of_memory(r);
        }
        if (result != 0) {
            return result;
        }
        grow_height(part, &item);
    }
}

/* Take over the pairs of a merged hash; what came before is replaced. */
static int merge_one(struct reader *r, struct mc_value *hash,
                     const struct mc_value *from)
{
    int result = add_nodes(r, from->hash.count);

    for (size_t i = 0; result == 0 && i < from->hash.count; i++) {
        if (hash->hash.count > MERGED_MAX) {
            return fail(r, MC_CODEC_LIMIT, "too many merged keys");
        }
        if (mc_value_set(r->arena, hash, from->hash.pairs[i].key,
                         from->hash.pairs[i].value) < 0) {
            result = out_of_memory(r);
        }
    }
    return result;
}

/* A hash, or a list of hashes of which the first has the last word. */
static int merge(struct reader *r, struct mc_value *hash, const struct mc_value *from)
{
    int result = 0;

    if (from->type == MC_HASH) {
        return merge_one(r, hash, from);
    }
    for (size_t i = from->array.count; result == 0 && i > 0; i--) {
        result = merge_one(r, hash, from->array.items[i - 1]);
    }
    return result;
}

static bool mergeable(const struct mc_value *value)
{
    if (value->type != MC_ARRAY) {
        return value->type == MC_HASH;
    }
    for (size_t i = 0; i < value->array.count; i++) {
        if (value->array.items[i]->type != MC_HASH) {
            return false;
        }
    }
    return true;
}

static int add_pair(struct reader *r, struct part *part, const struct part *key,
                    const struct part *item, bool merges)
{
    int result = 0;

    if (merges && mergeable(item->value)) {
        part->merged = true;
        return merge(r, part->value, item->value);
    }
    if (!part->merged) {
        result = mc_value_add(r->arena, part->value, key->value, item->value);
    } else if (part->value->hash.count > MERGED_MAX) {
        return fail(r, MC_CODEC_LIMIT, "too many merged keys");
    } else {
        result = mc_value_set(r->arena, part->value, key->value, item->value);
    }
    return result < 0 ? out_of_memory(r) : 0;
}

static int read_mapping(struct reader *r, unsigned depth, struct part *part)
{
    part->value = mc_value_hash(r->arena);
    part->height = 1;
    for (;;) {
        struct part key = {0};
        struct part item = {0};
        int result = next_event(r);
        if (result == 0 && r->event.type == YAML_MAPPING_END_EVENT) {
            return 0;
        }
        /* As Psych: even a quoted << merges, unless it is tagged as a string. */
        bool merges = result == 0 && r->event.type == YAML_SCALAR_EVENT &&
                      r->event.data.scalar.length == 2 && !r->event.data.scalar.tag &&
                      memcmp(r->event.data.scalar.value, "<<", 2) == 0;
        if (result == 0) {
            result = read_node(r, depth + 1, &key);
        }
        if (result == 0) {
            result = next_event(r);
        }
        if (result == 0) {
            result = read_node(r, depth + 1, &item);
        }
        if (result == 0) {
            result = add_pair(r, part, &key, &item, merges);
        }
        if (result != 0) {
            return result;
        }
        grow_height(part, &key);
        grow_height(part, &item);
    }
}

static int read_container(struct reader *r, unsigned depth, struct part *part)
{
    bool mapping = r->event.type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *tag =
        mapping ? r->event.data.mapping_start.tag : r->event.data.sequence_start.tag;

    if (tag && strcmp((const char *)tag, mapping ? YAML_MAP_TAG : YAML_SEQ_TAG) != 0) {
        struct mc_error why = {0};
        return fail(r, mc_yaml_refuse_tag((const char *)tag, &why), why.text);
    }
    if (depth >= MC_VALUE_DEPTH_MAX) {
        return fail(r, MC_CODEC_LIMIT, "nested too deep");
    }
    return mapping ? read_mapping(r, depth, part) : read_sequence(r, depth, part);
}

/* The node whose first event is the current one. */
static int read_node(struct reader *r, unsigned depth, struct part *ret_part)
{
    struct anchor *anchor = NULL;
    struct part part = {0};
    size_t before = r->nodes;
    int result = add_nodes(r, 1);

    if (result != 0) {
        return result;
    }
    switch ((int)r->event.type) {
    case YAML_ALIAS_EVENT:
        return read_alias(r, depth, ret_part);
    case YAML_SCALAR_EVENT:
        result = open_anchor(r, r->event.data.scalar.anchor, &anchor);
        result = result == 0 ? read_scalar(r, &part) : result;
        break;
    case YAML_SEQUENCE_START_EVENT:
        result = open_anchor(r, r->event.data.sequence_start.anchor, &anchor);
        result = result == 0 ? read_container(r, depth, &part) : result;
        break;
    case YAML_MAPPING_START_EVENT:
        result = open_anchor(r, r->event.data.mapping_start.anchor, &anchor);
        result = result == 0 ? read_container(r, depth, &part) : result;
        break;
    default:
        return fail(r, MC_CODEC_MALFORMED, "no value here");
    }
    part.weight = r->nodes - before;
    if (result == 0 && anchor) {
        anchor->part = part;
        anchor->open = false;
    }
    if (result == 0) {
        *ret_part = part;
    }
    return result;
}

/* Stream start, one document or none, stream end. */
static int read_stream(struct reader *r, const struct mc_value **ret_value)
{
    struct part part = {0};
    int result = next_event(r);

    if (result == 0) {
        result = next_event(r);
    }
    if (result == 0 && r->event.type == YAML_STREAM_END_EVENT) {
        *ret_value = mc_value_nil(r->arena);
        return *ret_value ? 0 : out_of_memory(r);
    }
    if (result == 0) {
        result = next_event(r);
    }
    if (result == 0) {
        result = read_node(r, 0, &part);
    }
    for (int i = 0; result == 0 && i < 2; i++) {
        result = next_event(r);
    }
    if (result == 0 && r->event.type != YAML_STREAM_END_EVENT) {
        return fail(r, MC_CODEC_MALFORMED, "a second document");
    }
    if (result == 0) {
        *ret_value = part.value;
    }
    return result;
}

static int decode(struct mc_bytes in, bool facts, struct mc_arena *arena,
                  const struct mc_value **ret_value, struct mc_error *error)
{
    struct reader r = {.arena = arena, .error = error, .facts = facts};
    const struct mc_value *value = NULL;

    if (!yaml_parser_initialize(&r.parser)) {
        mc_error_set(error, "YAML: out of memory");
        return MC_CODEC_LIMIT;
    }
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, in.len ? in.data : (const uint8_t *)"",
                                 in.len);
    int result = read_stream(&r, &value);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    if (result == 0) {
        *ret_value = value;
    }
    return result;
}

int mc_yaml_decode(struct mc_bytes in, unsigned options, struct mc_arena *arena,
                   const struct mc_value **ret_value, struct mc_error *error)
{
    (void)options; /* foreign classes are tags, and those are always refused */
    return decode(in, false, arena, ret_value, error);
}

int mc_yaml_decode_facts(struct mc_bytes in, unsigned options, struct mc_arena *arena,
                         const struct mc_value **ret_value, struct mc_error *error)
{
    (void)options;
    return decode(in, true, arena, ret_value, error);
}
