/* mco ping: who is there, and how long does it take to hear of each (commands.md 1.9). */
#include "cmd/command.h"
#include <string.h>

#define BUCKET_MS 50
#define BUCKETS_MAX 200

struct times
{
    struct mc_cmd *cmd;
    size_t count;
    double min_ms;
    double max_ms;
    double sum_ms;
    size_t buckets[BUCKETS_MAX + 1];
};

static void pong(void *user, const struct mc_client_reply *reply)
{
    struct times *times = user;
    double ms = (double)reply->received_us / 1000.0;
    size_t bucket = (size_t)(ms / BUCKET_MS);

    mc_out_left(&times->cmd->out, reply->sender, 40);
    mc_out_printf(&times->cmd->out, " time=%.2f ms\n", ms);
    mc_out_flush(&times->cmd->out);
    times->min_ms = times->count && times->min_ms < ms ? times->min_ms : ms;
    times->max_ms = times->max_ms > ms ? times->max_ms : ms;
    times->sum_ms += ms;
    times->count++;
    times->buckets[bucket < BUCKETS_MAX ? bucket : BUCKETS_MAX]++;
}

/* One bar for each 50 ms, also for those in between that are empty. */
static void graph(const struct times *times)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇"};
    size_t first = 0;
    size_t last = 0;
    size_t most = 0;

    for (size_t i = BUCKETS_MAX + 1; i > 0; i--) {
        size_t count = times->buckets[i - 1];
        first = count ? i - 1 : first;
        last = count && !last ? i - 1 : last;
        most = count > most ? count : most;
    }
    for (size_t i = first; i <= last && most; i++) {
        size_t height = (times->buckets[i] * 6 * 2 + most) / (most * 2);
        mc_out_raw(&times->cmd->out, bars[height]);
    }
}

static void summary(const struct times *times)
{
    struct mc_cmd *cmd = times->cmd;

    mc_out_raw(&cmd->out, "\n\n---- ping statistics ----\n");
    if (!times->count) {
        mc_out_raw(&cmd->out, "No responses received\n");
        return;
    }
    mc_out_printf(&cmd->out, "%zu replies max: %.2f min: %.2f avg: %.2f ", times->count,
                  times->max_ms, times->min_ms, times->sum_ms / (double)times->count);
    if (mc_options_has(&cmd->options, MC_OPT_graph) ||
        mc_client_setting(cmd->client, "rpc.graph")) {
        graph(times);
    }
    mc_out_raw(&cmd->out, "\n");
}

static int run(struct mc_cmd *cmd)
{
    struct times times = {.cmd = cmd};

    if (mc_cmd_open(cmd) || mc_cmd_call(cmd, NULL, NULL)) {
        return mc_cmd_fail(cmd);
    }
    mc_call_forget_replies(cmd->call);
    mc_call_on_reply(cmd->call, pong, &times);
    if (mc_call_run(cmd->call, &cmd->error)) {
        return mc_cmd_fail(cmd);
    }
    summary(&times);
    return mc_call_exit_code(cmd->call);
}

extern const struct mc_command mc_command_ping;
const struct mc_command mc_command_ping = {
    .name = "ping",
    .summary = "Ping all nodes",
    .usage = "ping [options] [filters]",
    .sections = MC_SECTION_ALL,
    .run = run,
};
