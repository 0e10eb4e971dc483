/* The bar that shows how many of the expected replies are there; see progress.h. */
#include "display/progress.h"

static const char *const marks[] = {"|", "/", "-", "\\"};

static void bar(struct mc_out *out, size_t current, size_t total, size_t size)
{
    size_t full = total ? (current * size * 2 + total) / (total * 2) : size;

    full = full < size ? full : size;
    for (size_t i = 0; i < full; i++) {
        mc_out_raw(out, "=");
    }
    mc_out_raw(out, ">");
    mc_out_blanks(out, size - full);
}

void mc_progress_draw(struct mc_progress *progress, struct mc_out *out, size_t current,
                      size_t total)
{
    size_t size = 0;

    if (out->columns > MC_PROGRESS_MARGIN) {
        size = out->columns - MC_PROGRESS_MARGIN;
        size = size < MC_PROGRESS_COLUMNS ? size : MC_PROGRESS_COLUMNS;
    }
    mc_out_raw(out, "\r");
    if (size) {
        bool done = current == total;
        mc_out_raw(out, " ");
        mc_out_paint(out, done ? MC_PAINT_GREEN : MC_PAINT_RED,
                     done ? "*" : marks[progress->turn % MC_COUNT(marks)]);
        progress->turn++;
        mc_out_raw(out, " [ ");
        bar(out, current, total, size);
        mc_out_raw(out, " ] ");
    }
    mc_out_printf(out, "%zu / %zu", current, total);
    mc_out_flush(out);
}
