/* mco puppet summary: how the figures of the nodes are distributed (commands.md 1.17). */
#include "cmd/runs.h"

#include <stdio.h>
#include <string.h>

#define BUCKETS 20
#define LEVELS 7

static const struct
{
    const char *title;
    const char *output;
} figures[] = {
    {"Total resources", "total_resources"},
    {"Out Of Sync resources", "out_of_sync_resources"},
    {"Failed resources", "failed_resources"},
    {"Changed resources", "changed_resources"},
    {"Corrected resources", "corrected_resources"},
    {"Config Retrieval time (seconds)", "config_retrieval_time"},
    {"Total run-time (seconds)", "total_time"},
    {"Time since last run (seconds)", "since_lastrun"},
};

struct spread
{
    double min;
    double max;
    double sum;
    size_t count;
    size_t buckets[BUCKETS];
};

static bool figure(const struct mc_client_reply *reply, const char *output,
                   double *ret_number)
{
    const struct mc_value *value = mc_value_get_name(reply->data, output);

    if (reply->status ||
        !(mc_value_is(value, MC_INT) || mc_value_is(value, MC_FLOAT))) {
        return false;
    }
    *ret_number = mc_value_is(value, MC_INT) ? (double)mc_value_integer(value, 0)
                                             : mc_value_real(value, 0);
    return true;
}

static struct spread measure(struct mc_cmd *cmd, const char *output)
{
    const struct mc_client_reply *reply;
    struct spread spread = {.count = 0};
    double number = 0;

    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        if (figure(reply, output, &number)) {
            spread.min = spread.count && spread.min < number ? spread.min : number;
            spread.max = spread.count && spread.max > number ? spread.max : number;
            spread.sum += number;
            spread.count++;
        }
    }
    double width = (spread.max - spread.min) / BUCKETS + 1;
    for (size_t i = 0; (reply = mc_call_reply(cmd->call, i)); i++) {
        if (figure(reply, output, &number)) {
            size_t bucket = (size_t)((number - spread.min) / width);
            spread.buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
        }
    }
    return spread;
}

/* A bucket with anything in it is above those with nothing. */
static void graph(struct mc_cmd *cmd, const struct spread *spread)
{
    static const char *const ticks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇"};
    bool flat = spread->max <= spread->min;
    size_t most = 1;

    for (size_t i = 0; i < BUCKETS; i++) {
        most = spread->buckets[i] > most ? spread->buckets[i] : most;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        size_t level = spread->buckets[i] * (LEVELS - 1) / most;
        level = spread->buckets[i] && !level ? 1 : level;
        mc_out_raw(&cmd->out, ticks[flat ? 0 : level]);
    }
}

static const char *human(double number, char text[16])
{
    const char *unit = number >= 1000000 ? "m" : number >= 1000 ? "k" : "";
    double scale = number >= 1000000 ? 1000000 : number >= 1000 ? 1000 : 1;

    (void)snprintf(text, 16, "%.1f%s", number / scale, unit);
    return text;
}

static void line(struct mc_cmd *cmd, const char *title, const char *output)
{
    struct spread spread = measure(cmd, output);
    double average = spread.count ? spread.sum / (double)spread.count : 0;
    char min[16];
    char avg[16];
    char max[16];

    mc_out_right(&cmd->out, title, strlen("   Config Retrieval time (seconds)"));
    mc_out_raw(&cmd->out, ": ");
    graph(cmd, &spread);
    mc_out_printf(&cmd->out, "  min: %-6s avg: %-6s max: %-6s\n",
                  human(spread.min, min), human(average, avg), human(spread.max, max));
}

void mc_cmd_puppet_graphs(struct mc_cmd *cmd)
{
    mc_out_printf(&cmd->out, "Summary statistics for %zu nodes:\n\n",
                  mc_call_stats(cmd->call)->ok);
    for (size_t i = 0; i < MC_COUNT(figures); i++) {
        line(cmd, figures[i].title, figures[i].output);
    }
    mc_out_raw(&cmd->out, "\n");
}
