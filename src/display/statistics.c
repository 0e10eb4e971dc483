/* The end of a report: summaries, figures, silent and unexpected nodes
 * (commands.md 1.6). */
#include "display/report.h"

#include <string.h>
#include <time.h>

#define GRID_COLUMNS 90
#define GRID_WIDTH_MIN 30

void mc_report_time(int64_t time_s, char ret_text[32])
{
    time_t seconds = (time_t)time_s;
    struct tm parts;

    if (!localtime_r(&seconds, &parts) ||
        !strftime(ret_text, 32, "%Y-%m-%d %H:%M:%S %z", &parts)) {
        ret_text[0] = '\0';
    }
}

void mc_report_ratio(struct mc_out *out, size_t part, size_t all, const char *text)
{
    mc_out_paint(out, part < all ? MC_PAINT_RED : MC_PAINT_GREEN, text);
}

void mc_report_grid(struct mc_out *out, const char *const *names, size_t count)
{
    size_t width = GRID_WIDTH_MIN;

    for (size_t i = 0; i < count; i++) {
        size_t len = mc_text_width(mc_bytes_text(names[i]));
        width = len > width ? len : width;
    }
    size_t columns = GRID_COLUMNS / width;
    columns = columns ? columns : 1;
    for (size_t row = 0; row < count; row += columns) {
        mc_out_raw(out, "   ");
        for (size_t i = row; i < row + columns; i++) {
            mc_out_raw(out, " ");
            mc_out_left(out, i < count ? names[i] : "", width);
        }
        mc_out_raw(out, "\n");
    }
}

static void aggregate(struct mc_out *out, const struct mc_client_aggregate *each)
{
    mc_out_paint(out, MC_PAINT_BOLD, "Summary of ");
    mc_out_paint(out, MC_PAINT_BOLD, each->display_as ? each->display_as : each->output);
    mc_out_paint(out, MC_PAINT_BOLD, ":");
    mc_out_raw(out, "\n\n");
    if (each->failure) {
        mc_out_raw(out, "     ");
        mc_out_paint(out, MC_PAINT_YELLOW, "Could not compute summary - ");
        mc_out_paint(out, MC_PAINT_YELLOW, each->failure);
        mc_out_raw(out, "\n");
    } else if (!each->lines || !each->lines[0]) {
        mc_out_raw(out, "     ");
        mc_out_paint(out, MC_PAINT_YELLOW, "No aggregate summary could be computed");
        mc_out_raw(out, "\n");
    }
    for (size_t i = 0; !each->failure && each->lines && each->lines[i]; i++) {
        mc_out_raw(out, "   ");
        mc_out_text(out, each->lines[i]);
        mc_out_raw(out, "\n");
    }
    mc_out_raw(out, "\n");
}

void mc_report_aggregates(struct mc_out *out, const struct mc_call *call)
{
    const struct mc_client_aggregate *each;

    for (size_t i = 0; (each = mc_call_aggregate(call, i)); i++) {
        aggregate(out, each);
    }
}

static void short_form(struct mc_out *out, const struct mc_call *call)
{
    const struct mc_call_stats *stats = mc_call_stats(call);
    char ratio[64];

    if (mc_call_aggregate(call, 0)) {
        mc_report_aggregates(out, call);
    } else {
        mc_out_raw(out, "\n");
    }
    mc_out_raw(out, "Finished processing ");
    if (stats->discovered) {
        (void)snprintf(ratio, sizeof(ratio), "%zu / %zu", stats->responses,
                       stats->discovered);
        mc_report_ratio(out, stats->responses, stats->discovered, ratio);
    } else {
        (void)snprintf(ratio, sizeof(ratio), "%zu", stats->responses);
        mc_out_paint(out, MC_PAINT_BOLD, ratio);
    }
    mc_out_printf(out, " hosts in %.2f ms\n\n", (double)stats->agent_us / 1000.0);
}

static void verbose_form(struct mc_out *out, const struct mc_call *call,
                         const char *caption)
{
    const struct mc_call_stats *stats = mc_call_stats(call);
    char text[64];

    (void)snprintf(text, sizeof(text), "---- %s ----", caption);
    mc_out_paint(out, MC_PAINT_YELLOW, text);
    mc_out_raw(out, "\n           Nodes: ");
    if (stats->discovered) {
        (void)snprintf(text, sizeof(text), "%zu / %zu", stats->discovered,
                       stats->responses);
        mc_report_ratio(out, stats->responses, stats->discovered, text);
    } else {
        mc_out_printf(out, "%zu", stats->responses);
    }
    mc_out_printf(out, "\n     Pass / Fail: %zu / %zu\n", stats->ok, stats->failed);
    mc_report_time(stats->started_s, text);
    mc_out_printf(out, "      Start Time: %s\n", text);
    mc_out_printf(out, "  Discovery Time: %.2fms\n",
                  (double)stats->discovery_us / 1000.0);
    mc_out_printf(out, "      Agent Time: %.2fms\n", (double)stats->agent_us / 1000.0);
    mc_out_printf(out, "      Total Time: %.2fms\n\n",
                  (double)(stats->agent_us + stats->discovery_us) / 1000.0);
}

static void list(struct mc_out *out, const struct mc_call *call, enum mc_nodes which,
                 const char *title)
{
    size_t count = 0;
    const char *const *names = mc_call_names(call, which, &count);

    if (!count) {
        return;
    }
    mc_out_raw(out, "\n");
    mc_out_paint(out, MC_PAINT_RED, title);
    mc_out_raw(out, "\n\n");
    mc_report_grid(out, names, count);
    mc_out_raw(out, "\n");
}

void mc_report_statistics(struct mc_out *out, const struct mc_call *call,
                          const struct mc_report_options *options)
{
    if (options->verbose) {
        mc_out_raw(out, "\n");
        mc_report_aggregates(out, call);
        verbose_form(out, call, options->caption ? options->caption : "rpc stats");
    } else {
        short_form(out, call);
    }
    list(out, call, MC_NODES_NO_RESPONSE, "No response from:");
    list(out, call, MC_NODES_UNEXPECTED, "Unexpected response from:");
}
