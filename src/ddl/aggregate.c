/* Aggregates: what all replies together say (client only, spec 5.5).
 *
 * Each function is three steps (begin, add, finish) in a table. A step that fails
 * disables its own aggregate only; the reason is reported in its place. Distinct
 * values are counted in a hash table, keyed by type and text, whose memory is the
 * arena's and thereby bounded. */
#include "ddl/aggregate-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char failed_begin[] = "exception raised while processing startup hook";
static const char failed_add[] = "exception raised while processing result data";
static const char failed_finish[] = "exception raised while summarizing";

struct mc_aggregates
{
    struct mc_arena *arena;
    struct mc_ddl__aggregate *items;
    size_t count;
};

static int begin_one(struct mc_ddl__aggregate *item, const struct mc_ddl_action *action)
{
    const struct mc_ddl_output *output =
        mc_ddl_output_find(action, item->declared->output);

    if (!output) {
        item->failure =
            mc_arena_printf(item->arena, "unspecified output '%s' for the action",
                            item->declared->output);
        return item->failure ? 0 : -ENOMEM;
    }
    item->display_as = output->display_as;
    item->symbol = output->symbol;
    item->function = mc_ddl__aggregate_function(item->declared->function);
    if (!item->function) {
        item->failure = failed_begin;
        return 0;
    }
    int r = item->function->begin ? item->function->begin(item) : 0;
    if (r > 0) {
        item->failure = failed_begin;
    }
    return r < 0 ? r : 0;
}

struct mc_aggregates *mc_aggregates_new(const struct mc_ddl_action *action,
                                        struct mc_arena *arena)
{
    struct mc_aggregates *aggregates = mc_arena_alloc(arena, sizeof(*aggregates));

    if (!aggregates) {
        return NULL;
    }
    aggregates->arena = arena;
    aggregates->count = action->aggregates_count;
    aggregates->items =
        mc_arena_array(arena, aggregates->count, sizeof(*aggregates->items));
    for (size_t i = 0; aggregates->items && i < aggregates->count; i++) {
        struct mc_ddl__aggregate *item = &aggregates->items[i];
        item->arena = arena;
        item->declared = &action->aggregates[i];
        item->display_as = item->declared->output;
        if (begin_one(item, action) != 0) {
            return NULL;
        }
    }
    return aggregates->items ? aggregates : NULL;
}

int mc_aggregates_add(struct mc_aggregates *aggregates, const struct mc_value *data)
{
    for (size_t i = 0; i < aggregates->count; i++) {
        struct mc_ddl__aggregate *item = &aggregates->items[i];
        if (item->failure) {
            continue;
        }
        const struct mc_value *value = mc_value_get_name(data, item->declared->output);
        int r = item->function->add(item, value);
        if (r < 0) {
            return r;
        }
        item->failure = r > 0 ? failed_add : NULL;
    }
    return 0;
}

/* One text may hold several lines; each becomes an item of its own. */
static int add_lines(struct mc_ddl__lines *lines, struct mc_arena *arena,
                     const char *text)
{
    do {
        size_t len = strcspn(text, "\n");
        const char *line = mc_arena_text(arena, mc_bytes_make(text, len));
        const char **items = mc_ddl__grow(arena, lines->items, sizeof(*items),
                                          &lines->count, &lines->room);
        if (!line || !items) {
            return -ENOMEM;
        }
        lines->items = items;
        items[lines->count - 1] = line;
        text += len + (text[len] == '\n');
    } while (*text);
    return 0;
}

int mc_ddl__aggregate_line(struct mc_ddl__aggregate *item, const char *fallback,
                           const struct mc_value *const *args, size_t count)
{
    const char *format = item->declared->format ? item->declared->format : fallback;
    const char *text = NULL;
    int r = mc_ddl__format(format, args, count, item->arena, &text);

    return r == 0 ? add_lines(&item->lines, item->arena, text) : r;
}

static int finish_one(struct mc_ddl__aggregate *item,
                      struct mc_aggregate_result *result)
{
    int r = item->failure ? 0 : item->function->finish(item, &result->value);

    if (r < 0) {
        return r;
    }
    if (r > 0) {
        item->failure = failed_finish;
    }
    if (item->failure) {
        item->lines.count = 0;
        result->value = NULL;
    }
    const char **lines = mc_ddl__grow(item->arena, item->lines.items, sizeof(*lines),
                                      &item->lines.count, &item->lines.room);
    if (!lines) {
        return -ENOMEM;
    }
    lines[item->lines.count - 1] = NULL;
    result->lines = lines;
    result->output = item->declared->output;
    result->display_as = item->display_as;
    result->failure = item->failure;
    return 0;
}

/* Insertion sort: equal outputs keep the order of the DDL, and there are few. */
static void sort_results(struct mc_aggregate_result *results, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct mc_aggregate_result result = results[i];
        size_t at = i;
        for (; at > 0 && strcmp(results[at - 1].output, result.output) > 0; at--) {
            results[at] = results[at - 1];
        }
        results[at] = result;
    }
}

int mc_aggregates_finish(struct mc_aggregates *aggregates,
                         const struct mc_aggregate_result **ret_results,
                         size_t *ret_count)
{
    struct mc_aggregate_result *results =
        mc_arena_array(aggregates->arena, aggregates->count, sizeof(*results));

    if (!results) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < aggregates->count; i++) {
        int r = finish_one(&aggregates->items[i], &results[i]);
        if (r < 0) {
            return r;
        }
    }
    sort_results(results, aggregates->count);
    *ret_results = results;
    *ret_count = aggregates->count;
    return 0;
}
