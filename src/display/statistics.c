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
    const char *what = each->display_as ? each->display_as : each->output;
    const char *const title[] = {"Summary of ", what, ":", NULL};

    mc_out_paint_all(out, MC_PAINT_BOLD, title);
    mc_out_raw(out, "\n\n");
    if (each->failure) {
        const char *const why[] = {"     Could not compute summary - ", each->failure,
                                   NULL};
        mc_out_paint_all(out, MC_PAINT_YELLOW, why);
        mc_out_raw(out, "\n");
    } else if (!each->lines || !each->lines[0]) {
        mc_out_paint(out, MC_PAINT_YELLOW,
                     "     No aggregate summary could be computed");
        mc_out_raw(out, "\n");
    }
    for (size_t i = 0; !each->failure && each->lines && each->lines[i]; i++) {
        mc_out_raw(out, "   ");
        mc_out_text(out, each->lines[i]);
        mc_out_raw(out, "\n");
    }
    mc_out_raw(out, "\n");
}

/* The aggregates and an empty line, or only that when there are none. */
static void aggregates(struct mc_out *out, const struct mc_call *call,
                       const struct mc_report_options *options)
{
    const struct mc_client_aggregate *each;

    for (size_t i = 0; options->summarize && (each = mc_call_aggregate(call, i)); i++) {
        aggregate(out, each);
    }
    mc_out_raw(out, "\n");
}

/* "3 / 3", each number in the colour. */
static void ratio(struct mc_out *out, enum mc_paint paint, size_t left, size_t right)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%zu", left);
    mc_out_paint(out, paint, text);
    mc_out_raw(out, " / ");
    (void)snprintf(text, sizeof(text), "%zu", right);
    mc_out_paint(out, paint, text);
}

static void short_form(struct mc_out *out, const struct mc_call_stats *stats)
{
    bool all = stats->responses >= stats->discovered;

    mc_out_raw(out, "Finished processing ");
    ratio(out, all ? MC_PAINT_GREEN : MC_PAINT_RED, stats->responses,
          stats->discovered);
    mc_out_printf(out, " hosts in %.2f ms\n\n", (double)stats->agent_us / 1000.0);
}

static void verbose_form(struct mc_out *out, const struct mc_call_stats *stats,
                         const char *caption)
{
    bool all = stats->responses >= stats->discovered;
    char when[32];

    const char *const title[] = {"---- ", caption, " ----", NULL};

    mc_out_paint_all(out, MC_PAINT_YELLOW, title);
    mc_out_raw(out, "\n           Nodes: ");
    ratio(out, all ? MC_PAINT_NONE : MC_PAINT_RED, stats->discovered, stats->responses);
    mc_out_printf(out, "\n     Pass / Fail: %zu / %zu\n", stats->ok, stats->failed);
    mc_report_time(stats->started_s, when);
    mc_out_printf(out, "      Start Time: %s\n", when);
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

void mc_report_silent(struct mc_out *out, const struct mc_call *call)
{
    list(out, call, MC_NODES_NO_RESPONSE, "No response from:");
    list(out, call, MC_NODES_UNEXPECTED, "Unexpected response from:");
}

void mc_report_discovered(struct mc_out *out, const struct mc_call *call,
                          const char *caption)
{
    const struct mc_call_stats *stats = mc_call_stats(call);
    char when[32];

    if (!caption) {
        mc_out_printf(out, "\nFinished processing %zu / %zu hosts in %.2f ms\n\n",
                      stats->responses, stats->discovered,
                      (double)stats->agent_us / 1000.0);
    } else {
        mc_report_time(stats->started_s, when);
        mc_out_printf(out, "\n---- %s ----\n", caption);
        mc_out_printf(out, "           Nodes: %zu / %zu\n", stats->discovered,
                      stats->responses);
        mc_out_printf(out, "      Start Time: %s\n", when);
        mc_out_printf(out, "  Discovery Time: %.2fms\n",
                      (double)stats->discovery_us / 1000.0);
        mc_out_printf(out, "      Agent Time: %.2fms\n",
                      (double)stats->agent_us / 1000.0);
        mc_out_printf(out, "      Total Time: %.2fms\n",
                      (double)(stats->agent_us + stats->discovery_us) / 1000.0);
    }
    mc_report_silent(out, call);
}

void mc_report_statistics(struct mc_out *out, const struct mc_call *call,
                          const struct mc_report_options *options)
{
    const struct mc_call_stats *stats = mc_call_stats(call);

    aggregates(out, call, options);
    if (options->verbose) {
        verbose_form(out, stats, options->caption ? options->caption : "rpc stats");
    } else {
        short_form(out, stats);
    }
    mc_report_silent(out, call);
    mc_report_ends(out, call, options->verbose);
}
