/* At which nodes a request was not carried out, and why (doc/rfc/0009): one line for
 * each end and reason, the names below it. A fleet that refuses with one voice takes
 * two lines; many voices are cut, unless all is asked for. */
#include "display/report.h"

#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

#define REASONS_MAX 10
#define NAMES_MAX 20

/* Whether there is something to say that no other part of the report says. */
static bool worth_saying(const struct mc_client_end *end)
{
    return end->end != MC_END_ANSWERED && end->end != MC_END_NO_ANSWER;
}

static const char *reason_of(const struct mc_client_end *end)
{
    return end->reason ? end->reason : "";
}

static bool alike(const struct mc_client_end *left, const struct mc_client_end *right)
{
    return left->end == right->end && strcmp(reason_of(left), reason_of(right)) == 0;
}

/* By end, then reason, then name. */
static int by_kind(const void *a, const void *b)
{
    const struct mc_client_end *const *left = a;
    const struct mc_client_end *const *right = b;
    int order = ((*left)->end > (*right)->end) - ((*left)->end < (*right)->end);

    if (!order) {
        order = strcmp(reason_of(*left), reason_of(*right));
    }
    return order ? order : strcmp((*left)->node, (*right)->node);
}

/* The ends of one kind: a line, and the names. names: room for all. */
static void kind(struct mc_out *out, const struct mc_client_end *const *ends,
                 size_t count, const char **names, bool all)
{
    size_t shown = all || count <= NAMES_MAX ? count : NAMES_MAX;
    const char *reason = reason_of(ends[0]);

    for (size_t i = 0; i < shown; i++) {
        names[i] = ends[i]->node;
    }
    mc_out_raw(out, "   ");
    mc_out_paint(out, MC_PAINT_YELLOW, mc_end_name(ends[0]->end));
    mc_out_printf(out, ", %zu %s", count, count == 1 ? "node" : "nodes");
    mc_out_raw(out, *reason ? ": " : ":");
    mc_out_text(out, reason);
    mc_out_raw(out, "\n");
    mc_report_grid(out, names, shown);
    if (shown < count) {
        mc_out_printf(out, "    and %zu more; -v names them\n", count - shown);
    }
}

static void kinds(struct mc_out *out, const struct mc_client_end *const *ends,
                  size_t count, const char **names, bool all)
{
    size_t shown = 0;
    size_t to = 0;

    mc_out_raw(out, "\n");
    mc_out_paint(out, MC_PAINT_RED, "Not carried out:");
    mc_out_raw(out, "\n\n");
    for (size_t from = 0; from < count; from = to) {
        while (to < count && alike(ends[from], ends[to])) {
            to++;
        }
        if (!all && shown == REASONS_MAX) {
            mc_out_printf(out, "   and %zu nodes with other reasons; -v names them\n",
                          count - from);
            break;
        }
        kind(out, ends + from, to - from, names, all);
        shown++;
    }
    mc_out_raw(out, "\n");
}

void mc_report_ends(struct mc_out *out, const struct mc_call *call, bool all)
{
    const struct mc_client_end *end = NULL;
    size_t count = 0;
    size_t used = 0;

    for (size_t i = 0; (end = mc_call_end(call, i)); i++) {
        count += worth_saying(end);
    }
    const struct mc_client_end **ends =
        count ? mc_memory_array(count, sizeof(struct mc_client_end *)) : NULL;
    const char **names = ends ? mc_memory_array(count, sizeof(char *)) : NULL;
    for (size_t i = 0; names && (end = mc_call_end(call, i)); i++) {
        if (worth_saying(end)) {
            ends[used++] = end;
        }
    }
    if (used) {
        qsort(ends, used, sizeof(struct mc_client_end *), by_kind);
        kinds(out, ends, used, names, all);
    }
    mc_memory_free(names);
    mc_memory_free(ends);
}
