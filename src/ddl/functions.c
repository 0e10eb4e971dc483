/* The aggregate functions themselves. */
#include "ddl/aggregate-private.h"

#include "base/buffer.h"
#include "base/text.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- counting distinct values --- */

static size_t bucket_of(const struct mc_value *value, const char *text)
{
    uint32_t hash = 2166136261U ^ (uint32_t)value->type;

    for (const char *at = text; *at; at++) {
        hash = (hash ^ (uint8_t)*at) * 16777619U;
    }
    return hash % MC_DDL_AGGREGATE_BUCKETS;
}

/* Count one value by its text; both are copied when it is new. */
static int count_text(struct mc_ddl__aggregate *item, const struct mc_value *value,
                      const char *text, int64_t times)
{
    struct mc_ddl__count **bucket = &item->buckets[bucket_of(value, text)];

    for (struct mc_ddl__count *at = *bucket; at; at = at->next) {
        if (at->value->type == value->type && strcmp(at->text, text) == 0) {
            at->count += times;
            return 0;
        }
    }
    if (item->distinct >= MC_DDL_AGGREGATE_DISTINCT_MAX) {
        return MC_DDL_INVALID;
    }
    struct mc_ddl__count *count = mc_arena_alloc(item->arena, sizeof(*count));
    const char *copy = mc_arena_strdup(item->arena, text);
    if (!count || !copy) {
        return -ENOMEM;
    }
    *count = (struct mc_ddl__count){
        .next = *bucket,
        .value = mc_value_copy(value, item->arena),
        .text = copy,
        .count = times,
    };
    if (!count->value) {
        return -ENOMEM;
    }
    *bucket = count;
    item->distinct++;
    return 0;
}

/* The text of a value in a buffer that the caller gives back; NULL when it is too long
 * to be counted: no node may fill the memory of the others' answers. */
static const char *short_text(const struct mc_value *value, struct mc_buffer *text)
{
    mc_buffer_init(text, MC_DDL_AGGREGATE_TEXT_BYTES_MAX);
    mc_ddl__put_text(value, text);
    if (mc_buffer_failed(text)) {
        return NULL;
    }
    return text->len ? (const char *)text->data : "";
}

static int count_value(struct mc_ddl__aggregate *item, const struct mc_value *value,
                       int64_t times)
{
    struct mc_buffer buffer;
    const char *text = short_text(value, &buffer);
    int r = text ? count_text(item, value, text, times) : MC_DDL_INVALID;

    mc_buffer_deinit(&buffer);
    return r;
}

static int count_name(struct mc_ddl__aggregate *item, const char *name, int64_t times)
{
    const struct mc_value *value = mc_value_text(item->arena, name);

    return value ? count_value(item, value, times) : -ENOMEM;
}

/* The highest count first; equal ones by their text, numbers by value. */
static int compare_counts(const void *a, const void *b)
{
    const struct mc_ddl__count *x = *(const struct mc_ddl__count *const *)a;
    const struct mc_ddl__count *y = *(const struct mc_ddl__count *const *)b;

    if (x->count != y->count) {
        return x->count < y->count ? 1 : -1;
    }
    if (x->value->type == MC_INT && y->value->type == MC_INT) {
        return (x->value->integer > y->value->integer) -
               (x->value->integer < y->value->integer);
    }
    return strcmp(x->text, y->text);
}

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++) {
        count += ((uint8_t)*text & 0xc0) != 0x80;
    }
    return count;
}

static const struct mc_ddl__count **sorted(struct mc_ddl__aggregate *item,
                                           size_t *ret_width)
{
    const struct mc_ddl__count **list =
        mc_arena_array(item->arena, item->distinct + 1, sizeof(struct mc_ddl__count *));
    size_t count = 0;

    *ret_width = 0;
    for (size_t i = 0; list && i < MC_DDL_AGGREGATE_BUCKETS; i++) {
        for (struct mc_ddl__count *at = item->buckets[i]; at; at = at->next) {
            size_t width = characters(at->text);
            *ret_width = width > *ret_width ? width : *ret_width;
            list[count++] = at;
        }
    }
    if (count) {
        qsort(list, count, sizeof(*list), compare_counts);
    }
    return list;
}

/* fallback: NULL aligns the keys. */
static int finish_counts(struct mc_ddl__aggregate *item, const char *fallback,
                         const struct mc_value **ret_value)
{
    size_t width = 0;
    const struct mc_ddl__count **list = sorted(item, &width);
    struct mc_value *hash = mc_value_hash(item->arena);

    if (!fallback) {
        /* A longer key than the formatter pads is not aligned any more. */
        fallback =
            mc_arena_printf(item->arena, "%%%zus = %%s", width < 200 ? width : 200);
    }
    if (!list || !fallback || !hash) {
        return -ENOMEM;
    }
    bool nil = false;
    for (size_t i = 0; i < item->distinct; i++) {
        nil = nil || list[i]->value->type == MC_NIL;
    }
    /* A nil among the keys leaves no lines at all, as in the original. */
    for (size_t i = 0; !nil && i < item->distinct; i++) {
        const struct mc_value *count = mc_value_int(item->arena, list[i]->count);
        const struct mc_value *args[] = {list[i]->value, count};
        int r = mc_value_add(item->arena, hash, list[i]->value, count);
        r = r == 0 ? mc_ddl__aggregate_line(item, fallback, args, 2) : r;
        if (r != 0) {
            return r;
        }
    }
    *ret_value = hash;
    return 0;
}

static bool is_nil(const struct mc_value *value)
{
    return !value || value->type == MC_NIL;
}

static int summary_add(struct mc_ddl__aggregate *item, const struct mc_value *value)
{
    if (is_nil(value)) {
        return 0;
    }
    if (value->type != MC_ARRAY) {
        return count_value(item, value, 1);
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < value->array.count; i++) {
        r = count_value(item, value->array.items[i], 1);
    }
    return r;
}

static int summary_finish(struct mc_ddl__aggregate *item,
                          const struct mc_value **ret_value)
{
    return finish_counts(item, NULL, ret_value);
}

/* --- boolean_summary: true and false under words of the DDL --- */

static int boolean_add(struct mc_ddl__aggregate *item, const struct mc_value *value)
{
    if (is_nil(value)) {
        return 0;
    }
    struct mc_buffer buffer;
    const char *text = short_text(value, &buffer);
    int r = MC_DDL_INVALID;
    if (text) {
        const struct mc_value *title = mc_value_get(item->declared->options, value);
        title = title ? title : mc_value_get_name(item->declared->options, text);
        r = title ? count_value(item, title, 1) : count_name(item, text, 1);
    }
    mc_buffer_deinit(&buffer);
    return r;
}

static int boolean_finish(struct mc_ddl__aggregate *item,
                          const struct mc_value **ret_value)
{
    return finish_counts(item, "%5s = %s", ret_value);
}

/* --- nagios_states: exit codes of checks --- */

static const char *const states[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

static int nagios_begin(struct mc_ddl__aggregate *item)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < MC_COUNT(states); i++) {
        r = count_name(item, states[i], 0);
    }
    return r;
}

static int nagios_add(struct mc_ddl__aggregate *item, const struct mc_value *value)
{
    bool known = mc_value_is(value, MC_INT) && value->integer >= 0 &&
                 value->integer < (int64_t)MC_COUNT(states);

    return count_name(item, known ? states[value->integer] : "UNKNOWN", 1);
}

static int nagios_finish(struct mc_ddl__aggregate *item,
                         const struct mc_value **ret_value)
{
    return finish_counts(item, "%10s : %s", ret_value);
}

/* --- sum and average --- */

static int number_add(struct mc_ddl__aggregate *item, const struct mc_value *value)
{
    if (mc_value_is(value, MC_INT)) {
        int64_t sum = 0;
        if (!item->is_real &&
            !__builtin_add_overflow(item->integer, value->integer, &sum)) {
            item->integer = sum;
            item->replies++;
            return 0;
        }
    } else if (!mc_value_is(value, MC_FLOAT)) {
        return MC_DDL_INVALID;
    }
    if (!item->is_real) {
        item->is_real = true;
        item->real = (double)item->integer;
    }
    item->real += value->type == MC_INT ? (double)value->integer : value->real;
    item->replies++;
    return 0;
}

static int finish_number(struct mc_ddl__aggregate *item, const char *word,
                         const struct mc_value **ret_value)
{
    const struct mc_value *value = item->is_real
                                       ? mc_value_float(item->arena, item->real)
                                       : mc_value_int(item->arena, item->integer);
    struct mc_buffer format;
    struct mc_bytes bytes = {NULL, 0};

    /* An output's name may hold a percent sign. */
    mc_buffer_init(&format, 4096);
    mc_buffer_printf(&format, "%s of ", word);
    for (const char *at = item->declared->output; *at; at++) {
        mc_buffer_text(&format, *at == '%' ? "%" : "");
        mc_buffer_byte(&format, (uint8_t)*at);
    }
    mc_buffer_text(&format, ": %f");
    int r = mc_buffer_copy(&format, item->arena, &bytes);
    mc_buffer_deinit(&format);
    if (r != 0 || !value) {
        return -ENOMEM;
    }
    *ret_value = value;
    return mc_ddl__aggregate_line(item, (const char *)bytes.data, &value, 1);
}

static int sum_finish(struct mc_ddl__aggregate *item, const struct mc_value **ret_value)
{
    return finish_number(item, "Sum", ret_value);
}

/* Integers are divided as Ruby divides them: towards minus infinity. */
static int average_finish(struct mc_ddl__aggregate *item,
                          const struct mc_value **ret_value)
{
    if (item->replies == 0) {
        return MC_DDL_INVALID;
    }
    item->real /= (double)item->replies;
    int64_t whole = item->integer / item->replies;
    item->integer = whole - (item->integer % item->replies < 0);
    return finish_number(item, "Average", ret_value);
}

/* --- process_summary: processes of all hosts with their sizes --- */

static double size_of(const struct mc_value *process, const char *name)
{
    const struct mc_value *size = mc_value_get_name(process, name);

    if (mc_value_is(size, MC_INT)) {
        return (double)size->integer;
    }
    return mc_value_is(size, MC_FLOAT) ? size->real : 0;
}

static int process_add(struct mc_ddl__aggregate *item, const struct mc_value *value)
{
    if (!mc_value_is(value, MC_ARRAY)) {
        return is_nil(value) ? 0 : MC_DDL_INVALID;
    }
    item->hosts += value->array.count > 0;
    for (size_t i = 0; i < value->array.count; i++) {
        const struct mc_value *process = value->array.items[i];
        item->replies++;
        item->sizes[0] += size_of(process, "rss") * 1024;
        item->sizes[1] += size_of(process, "vsize");
    }
    return 0;
}

static const char *size_text(struct mc_arena *arena, double bytes)
{
    char text[MC_TEXT_SIZE_BYTES];

    mc_text_size(bytes, " ", text);
    return mc_arena_strdup(arena, text);
}

static int process_finish(struct mc_ddl__aggregate *item,
                          const struct mc_value **ret_value)
{
    struct mc_arena *arena = item->arena;
    struct mc_value *hash = mc_value_hash(arena);
    const struct
    {
        const char *key;
        const char *title;
        const struct mc_value *value;
    } rows[] = {
        {"hosts", "Matched hosts", mc_value_int(arena, item->hosts)},
        {"processes", "Matched Processes", mc_value_int(arena, item->replies)},
        {"rss", "Resident Size",
         mc_value_text(arena, size_text(arena, item->sizes[0]))},
        {"vsize", "Virtual Size",
         mc_value_text(arena, size_text(arena, item->sizes[1]))},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const struct mc_value *args[] = {mc_value_text(arena, rows[i].title),
                                         rows[i].value};
        int r = mc_value_set_text(arena, hash, rows[i].key, rows[i].value);
        r = r == 0 && args[0] ? mc_ddl__aggregate_line(item, "%21s: %s", args, 2)
                              : -ENOMEM;
        if (r != 0) {
            return r;
        }
    }
    *ret_value = hash;
    return 0;
}

static const struct mc_ddl__function functions[] = {
    {"summary", NULL, summary_add, summary_finish},
    {"sum", NULL, number_add, sum_finish},
    {"average", NULL, number_add, average_finish},
    {"boolean_summary", NULL, boolean_add, boolean_finish},
    {"nagios_states", nagios_begin, nagios_add, nagios_finish},
    {"process_summary", NULL, process_add, process_finish},
};

const struct mc_ddl__function *mc_ddl__aggregate_function(const char *name)
{
    for (size_t i = 0; i < MC_COUNT(functions); i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return &functions[i];
        }
    }
    return NULL;
}
