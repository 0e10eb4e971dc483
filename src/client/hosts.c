/* Lists of node names that come from files, pipes and programs; see hosts.h.
 *
 * Whatever the source, each name is checked before it becomes part of a target, and
 * the same names come out in the order in which they were read. */
#include "client/hosts.h"

#include "base/regexp.h"
#include "codec/codec.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A list and what is known about it while it is read. */
struct list
{
    struct mc_arena *arena;
    struct mc_names *names;
    const char *where;
    size_t line; /* 0: not by lines */
    struct mc_error *error;
};

static int complain(const struct list *list, const char *what)
{
    if (list->line) {
        mc_error_set(list->error, "%s:%zu: %s", list->where, list->line, what);
    } else {
        mc_error_set(list->error, "%s: %s", list->where, what);
    }
    return MC_CLIENT_USAGE;
}

static int add(const struct list *list, struct mc_bytes text)
{
    const char *name = mc_arena_text(list->arena, text);

    if (!name) {
        return -ENOMEM;
    }
    if (strlen(name) != text.len || !mc_identity_valid(name)) {
        return complain(list, "Identities can only match /^[\\w\\.\\-]+$/");
    }
    return mc_names__add(list->names, list->arena, name);
}

/* Cut the next line off a text, without the blanks at its ends. */
static struct mc_bytes next_line(struct mc_bytes *text)
{
    size_t end = mc_bytes_find(*text, '\n');
    struct mc_bytes line = mc_bytes_trim(mc_bytes_slice(*text, 0, end));

    *text = mc_bytes_slice(*text, end + 1, text->len);
    return line;
}

static int read_text(struct list *list, struct mc_bytes text)
{
    int r = 0;

    while (r == 0 && text.len) {
        struct mc_bytes line = next_line(&text);
        list->line++;
        r = line.len == 0 || line.data[0] == '#' ? 0 : add(list, line);
    }
    return r;
}

/* A name within JSON, a string. */
static int add_value(const struct list *list, const struct mc_value *value)
{
    const char *name = mc_value_cstr(value);

    return name ? add(list, mc_bytes_text(name))
                : complain(list, "a name in the JSON host list is no text");
}

/* One item of an array, or one line; other is allowed in lines only. */
static int add_object(const struct list *list, const struct mc_value *object)
{
    if (!mc_value_is(object, MC_HASH)) {
        return complain(list, "JSON host list is not an array of Hashes");
    }
    const struct mc_value *name = mc_value_get_text(object, "sender");
    name = name ? name : mc_value_get_text(object, "certname");
    if (!name && list->line) {
        return 0;
    }
    return name ? add_value(list, name)
                : complain(list, "JSON host list does not have senders in it");
}

/* Decode into an arena that goes again: names are copied, the rest is not needed. */
static int decode(const struct list *list, struct mc_bytes text, struct mc_arena *arena,
                  const struct mc_value **ret_value)
{
    struct mc_error why = {{0}};
    int r = arena ? mc_json_decode(text, 0, arena, ret_value, &why) : -ENOMEM;

    if (r > 0) {
        return complain(list, why.text[0] ? why.text : "not JSON");
    }
    return r;
}

static int read_array(const struct list *list, struct mc_bytes text)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_CALL_BYTES_MAX);
    const struct mc_value *array = NULL;
    int r = decode(list, text, arena, &array);

    if (!r && !mc_value_is(array, MC_ARRAY)) {
        r = complain(list, "JSON hosts list is not an array");
    }
    for (size_t i = 0; !r && i < mc_value_count(array); i++) {
        r = add_object(list, mc_value_item(array, i));
    }
    return r;
}

static int read_lines(struct list *list, struct mc_bytes text)
{
    int r = 0;

    while (r == 0 && text.len) {
        struct mc_bytes line = next_line(&text);
        MC_CLEANUP(mc_arena_cleanup)
        struct mc_arena *arena = mc_arena_new(MC_CALL_BYTES_MAX);
        const struct mc_value *object = NULL;
        list->line++;
        if (line.len) {
            r = decode(list, line, arena, &object);
            r = r ? r : add_object(list, object);
        }
    }
    return r;
}

struct place
{
    const char *name;
    size_t at;
};

static int by_name(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    int order = strcmp(left->name, right->name);

    return order ? order : (left->at > right->at) - (left->at < right->at);
}

static int by_place(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;

    return (left->at > right->at) - (left->at < right->at);
}

/* Keep the first of equal names. */
static int once_each(struct mc_names *names, struct mc_arena *arena)
{
    struct place *places = mc_arena_array(arena, names->count + 1, sizeof(*places));
    size_t count = 0;

    if (!places) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < names->count; i++) {
        places[i] = (struct place){names->items[i], i};
    }
    qsort(places, names->count, sizeof(*places), by_name);
    for (size_t i = 0; i < names->count; i++) {
        if (!count || strcmp(places[count - 1].name, places[i].name) != 0) {
            places[count++] = places[i];
        }
    }
    qsort(places, count, sizeof(*places), by_place);
    for (size_t i = 0; i < count; i++) {
        names->items[i] = places[i].name;
    }
    names->count = count;
    return 0;
}

int mc_hosts_parse(struct mc_bytes text, enum mc_hosts_format format, const char *where,
                   struct mc_arena *arena, struct mc_names *ret_names,
                   struct mc_error *error)
{
    struct list list = {arena, ret_names, where, 0, error};
    struct mc_bytes inner = mc_bytes_trim(text);
    uint8_t first = inner.len ? inner.data[0] : 0;

    if (format == MC_HOSTS_AUTO) {
        format = first == '[' || first == '{' ? MC_HOSTS_JSON : MC_HOSTS_TEXT;
    }
    if (format == MC_HOSTS_TEXT) {
        return read_text(&list, text);
    }
    int r = first == '{' ? read_lines(&list, text) : read_array(&list, inner);
    return r || !ret_names->count ? r : once_each(ret_names, arena);
}

int mc_hosts_parse_answer(struct mc_bytes text, struct mc_arena *arena,
                          struct mc_names *ret_names, struct mc_error *error)
{
    struct list list = {arena, ret_names, "the answer", 0, error};
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *scratch = mc_arena_new(MC_CALL_BYTES_MAX);
    const struct mc_value *answer = NULL;
    int r = decode(&list, mc_bytes_trim(text), scratch, &answer);

    if (r) {
        return r;
    }
    const char *trouble = mc_value_cstr(mc_value_get_name(answer, "error"));
    const struct mc_value *nodes = mc_value_get_name(answer, "nodes");
    if (trouble && trouble[0]) {
        mc_error_set(error, "%s", trouble);
        return MC_CLIENT_USAGE;
    }
    if (!mc_value_is(nodes, MC_ARRAY)) {
        return complain(&list, "there is no list of nodes in it");
    }
    for (size_t i = 0; !r && i < mc_value_count(nodes); i++) {
        r = add_value(&list, mc_value_item(nodes, i));
    }
    return r || !ret_names->count ? r : once_each(ret_names, arena);
}

/* Whether the identity filters let a name pass: any of them is enough.
 * Returns 0; MC_CLIENT_USAGE for a broken pattern; -ENOMEM. */
static int chosen(const struct mc_call *call, const char *name, bool *ret_chosen,
                  struct mc_error *error)
{
    const struct mc_name_filters *filters = &call->filter.identities;
    bool found = filters->count == 0;

    for (size_t i = 0; !found && i < filters->count; i++) {
        const struct mc_name_filter *each = &filters->items[i];
        if (!each->pattern) {
            found = strcmp(each->text, name) == 0;
            continue;
        }
        int r = mc_regexp_once(mc_bytes_text(each->pattern), each->options,
                               mc_bytes_text(name), error);
        if (r == -ENOMEM || r == MC_REGEXP_INVALID) {
            return r == -ENOMEM ? r : MC_CLIENT_USAGE;
        }
        found = r == 0;
    }
    *ret_chosen = found;
    return 0;
}

int mc_hosts_choose(struct mc_call *call, const struct mc_names *names,
                    struct mc_error *error)
{
    for (size_t i = 0; i < names->count; i++) {
        bool wanted = false;
        int r = chosen(call, names->items[i], &wanted, error);
        if (!r && wanted) {
            r = mc_names__add(&call->found, call->arena, names->items[i]);
        }
        if (r < 0 || r == MC_CLIENT_USAGE) {
            return r;
        }
    }
    return 0;
}
