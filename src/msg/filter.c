/* The filter hash of an envelope <-> struct mc_filter (spec 3.5).
 *
 * What makes the original drop the message (no hash, no lists) is malformed. An entry
 * that can never match there (a class that is no text, a fact without an operator)
 * marks the filter as broken, so that a node says no instead of guessing. Identity
 * entries are alternatives: a bad one is skipped as long as a good one is left. */
#include "msg/message.h"

#include <errno.h>
#include <string.h>

/* The pattern of an entry that begins with a slash: without any slash (3.5). */
static int set_pattern(struct mc_name_filter *item, struct mc_arena *arena)
{
    if (item->text[0] != '/') {
        return 0;
    }
    char *pattern = mc_arena_alloc(arena, strlen(item->text) + 1);
    if (!pattern) {
        return -ENOMEM;
    }
    size_t len = 0;
    for (const char *at = item->text; *at; at++) {
        if (*at != '/') {
            pattern[len++] = *at;
        }
    }
    item->pattern = pattern;
    return 0;
}

/* One entry of class, agent or identity. For a Regexp text and pattern are the same
 * pointer; mc_filter_to_value() knows it by that. */
static int read_name(const struct mc_value *entry, bool identity,
                     struct mc_arena *arena, struct mc_name_filter *ret_item)
{
    struct mc_name_filter item = {0};

    if (identity && mc_value_is(entry, MC_REGEXP)) {
        if (mc_bytes_find(entry->bytes, 0) != entry->bytes.len) {
            return MC_MESSAGE_MALFORMED;
        }
        item.text = (const char *)entry->bytes.data;
        item.pattern = item.text;
        item.options = entry->options;
        *ret_item = item;
        return 0;
    }
    if (!mc_value_is(entry, MC_STRING) || !mc_value_cstr(entry)) {
        return MC_MESSAGE_MALFORMED;
    }
    item.text = mc_value_cstr(entry);
    int r = set_pattern(&item, arena);
    if (r == 0) {
        *ret_item = item;
    }
    return r;
}

static int read_names(const struct mc_value *list, bool identity,
                      struct mc_arena *arena, struct mc_name_filters *names,
                      bool *broken)
{
    size_t count = list->array.count;
    bool bad = false;

    /* Two keys may name the same list ("cf_class", "puppet_class"): they add up. */
    struct mc_name_filter *items =
        mc_arena_array(arena, names->count + count, sizeof(*items));
    if (!items) {
        return -ENOMEM;
    }
    if (names->count) {
        memcpy(items, names->items, names->count * sizeof(*items));
    }
    names->items = items;
    for (size_t i = 0; i < count; i++) {
        int r = read_name(list->array.items[i], identity, arena, &items[names->count]);
        if (r < 0) {
            return r;
        }
        names->count += r == 0;
        bad = bad || r != 0;
    }
    if (bad && !(identity && names->count)) {
        *broken = true;
    }
    return 0;
}

static const char *fact_part(const struct mc_value *entry, const char *name)
{
    const struct mc_value *part = mc_value_get_symbol(entry, name);

    return mc_value_is(part, MC_STRING) ? mc_value_cstr(part) : NULL;
}

static int read_facts(const struct mc_value *list, struct mc_arena *arena,
                      struct mc_filter *filter)
{
    struct mc_fact_filter *facts =
        mc_arena_array(arena, list->array.count, sizeof(*facts));

    if (!facts) {
        return -ENOMEM;
    }
    filter->facts = facts;
    filter->facts_count = 0;
    for (size_t i = 0; i < list->array.count; i++) {
        const struct mc_value *entry = list->array.items[i];
        struct mc_fact_filter fact = {fact_part(entry, "fact"),
                                      fact_part(entry, "operator"),
                                      fact_part(entry, "value")};
        if (!fact.fact || !fact.operator|| !fact.value) {
            filter->broken = true;
            continue;
        }
        facts[filter->facts_count++] = fact;
    }
    return 0;
}

static int read_compound(const struct mc_value *list, struct mc_filter *filter)
{
    for (size_t i = 0; i < list->array.count; i++) {
        if (!mc_value_is(list->array.items[i], MC_ARRAY)) {
            return MC_MESSAGE_MALFORMED;
        }
    }
    filter->compound = list->array.count ? list : NULL;
    return 0;
}

static int read_key(const char *key, const struct mc_value *value,
                    struct mc_arena *arena, struct mc_filter *filter)
{
    bool class = strstr(key, "cf_class") || strstr(key, "puppet_class");

    if (!class && strcmp(key, "fact") != 0 && strcmp(key, "agent") != 0 &&
        strcmp(key, "identity") != 0 && strcmp(key, "compound") != 0) {
        return 0;
    }
    if (!mc_value_is(value, MC_ARRAY)) {
        return MC_MESSAGE_MALFORMED;
    }
    if (class) {
        return read_names(value, false, arena, &filter->classes, &filter->broken);
    }
    switch (key[0]) {
    case 'f':
        return read_facts(value, arena, filter);
    case 'a':
        return read_names(value, false, arena, &filter->agents, &filter->broken);
    case 'i':
        return read_names(value, true, arena, &filter->identities, &filter->broken);
    default:
        return read_compound(value, filter);
    }
}

/* A hash may hold the same key twice on the wire; the last one counts, as in Ruby. */
static bool is_last(const struct mc_value *hash, size_t index)
{
    return mc_value_get(hash, hash->hash.pairs[index].key) ==
           hash->hash.pairs[index].value;
}

int mc_filter_from_value(const struct mc_value *value, struct mc_arena *arena,
                         struct mc_filter *ret_filter)
{
    struct mc_filter filter = {0};

    if (!mc_value_is(value, MC_HASH) || value->hash.count > MC_FILTER_KEYS_MAX) {
        return MC_MESSAGE_MALFORMED;
    }
    for (size_t i = 0; i < value->hash.count; i++) {
        const struct mc_value *key = value->hash.pairs[i].key;
        const char *name = mc_value_is(key, MC_STRING) ? mc_value_cstr(key) : NULL;
        if (!name || !is_last(value, i)) {
            continue;
        }
        int r = read_key(name, value->hash.pairs[i].value, arena, &filter);
        if (r) {
            return r;
        }
    }
    *ret_filter = filter;
    return 0;
}

static struct mc_value *facts_to_value(const struct mc_filter *filter,
                                       struct mc_arena *arena)
{
    struct mc_value *list = mc_value_array(arena);

    for (size_t i = 0; i < filter->facts_count; i++) {
        const struct mc_fact_filter *fact = &filter->facts[i];
        struct mc_value *entry = mc_value_hash(arena);
        if (mc_value_set_symbol(arena, entry, "fact",
                                mc_value_text(arena, fact->fact)) ||
            mc_value_set_symbol(arena, entry, "value",
                                mc_value_text(arena, fact->value)) ||
            mc_value_set_symbol(arena, entry, "operator",
                                mc_value_text(arena, fact->operator)) ||
            mc_value_push(arena, list, entry)) {
            return NULL;
        }
    }
    return list;
}

static struct mc_value *names_to_value(const struct mc_name_filters *names,
                                       struct mc_arena *arena)
{
    struct mc_value *list = mc_value_array(arena);

    for (size_t i = 0; i < names->count; i++) {
        const struct mc_name_filter *item = &names->items[i];
        const struct mc_value *entry =
            item->pattern && item->pattern == item->text
                ? mc_value_regexp(arena, mc_bytes_text(item->pattern), item->options)
                : mc_value_text(arena, item->text);
        if (mc_value_push(arena, list, entry)) {
            return NULL;
        }
    }
    return list;
}

int mc_filter_to_value(const struct mc_filter *filter, struct mc_arena *arena,
                       const struct mc_value **ret_value)
{
    struct mc_value *hash = mc_value_hash(arena);
    const struct
    {
        const char *name;
        const struct mc_value *list;
    } parts[] = {
        {"fact", facts_to_value(filter, arena)},
        {"cf_class", names_to_value(&filter->classes, arena)},
        {"agent", names_to_value(&filter->agents, arena)},
        {"identity", names_to_value(&filter->identities, arena)},
        {"compound", filter->compound ? filter->compound : mc_value_array(arena)},
    };

    for (size_t i = 0; i < MC_COUNT(parts); i++) {
        int r = mc_value_set_text(arena, hash, parts[i].name, parts[i].list);
        if (r) {
            return r;
        }
    }
    *ret_value = hash;
    return 0;
}

bool mc_filter_empty(const struct mc_filter *filter)
{
    return filter->facts_count == 0 && filter->classes.count == 0 &&
           filter->agents.count == 0 && filter->identities.count == 0 &&
           !filter->compound && !filter->broken;
}

/* A list one longer; filters are typed by people, so copying each time is cheap. */
static int add_name(struct mc_name_filters *names, struct mc_arena *arena,
                    const char *text)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i].text, text) == 0) {
            return 0;
        }
    }
    struct mc_name_filter *items =
        mc_arena_array(arena, names->count + 1, sizeof(*items));
    struct mc_name_filter item = {.text = mc_arena_strdup(arena, text)};
    if (!items || !item.text) {
        return -ENOMEM;
    }
    int r = set_pattern(&item, arena);
    if (r) {
        return r;
    }
    if (names->count) {
        memcpy(items, names->items, names->count * sizeof(*items));
    }
    items[names->count] = item;
    names->items = items;
    names->count++;
    return 0;
}

int mc_filter_add_class(struct mc_filter *filter, struct mc_arena *arena,
                        const char *text)
{
    return add_name(&filter->classes, arena, text);
}

int mc_filter_add_agent(struct mc_filter *filter, struct mc_arena *arena,
                        const char *text)
{
    return add_name(&filter->agents, arena, text);
}

int mc_filter_add_identity(struct mc_filter *filter, struct mc_arena *arena,
                           const char *text)
{
    return add_name(&filter->identities, arena, text);
}

int mc_filter_add_compound(struct mc_filter *filter, struct mc_arena *arena,
                           const struct mc_value *list)
{
    struct mc_value *lists = mc_value_array(arena);

    for (size_t i = 0; i < mc_value_count(filter->compound); i++) {
        const struct mc_value *each = mc_value_item(filter->compound, i);
        if (mc_value_equal(each, list)) {
            return 0;
        }
        if (mc_value_push(arena, lists, each)) {
            return -ENOMEM;
        }
    }
    int r = mc_value_push(arena, lists, list);
    if (!r) {
        filter->compound = lists;
    }
    return r;
}
