/* All nodes in the course of an interval, one every interval divided by nodes; whoever
 * cannot have a run at its turn waits for the next round. */
#include "client/runs/runs-private.h"

static int64_t turn_us(const struct mc_runs *runs, size_t index)
{
    int64_t count = runs->count ? (int64_t)runs->count : 1;

    return runs->cycle_us + runs->spec.interval_us / count * (int64_t)index;
}

static void next_turn(struct mc_runs *runs)
{
    runs->at++;
    if (runs->at < runs->count) {
        mc_runs__pause(runs, turn_us(runs, runs->at), MC_RUNS__ASKING);
    } else {
        mc_runs__pause(runs, runs->cycle_us + runs->spec.interval_us,
                       MC_RUNS__DISCOVERING);
    }
}

/* Why the one whose turn it is has no run, or NULL. */
static const char *reason_of(const struct mc_runs *runs)
{
    const struct mc_runs__host *host = &runs->hosts[runs->at];

    return host->lost || !host->answered ? "it does not answer"
           : host->disabled              ? "Puppet is disabled there"
           : host->running               ? "Puppet runs there already"
                                         : NULL;
}

enum mc_runs_do mc_runs__choose_spread(struct mc_runs *runs, int64_t now_us)
{
    size_t running = mc_runs__running(runs);

    (void)now_us;
    if (runs->at >= runs->count) {
        next_turn(runs);
        return MC_RUNS_WAIT;
    }
    const struct mc_runs__host *host = &runs->hosts[runs->at];
    const char *reason = reason_of(runs);
    if (!reason && running < runs->spec.limit) {
        return MC_RUNS_START;
    }
    if (!reason) {
        mc_runs__say(runs, "%s: skipped: %zu nodes run, %zu may", host->name, running,
                     runs->spec.limit);
    } else if (host->disabled && host->why[0]) {
        mc_runs__say(runs, "%s: skipped: %s: %s", host->name, reason, host->why);
    } else {
        mc_runs__say(runs, "%s: skipped: %s", host->name, reason);
    }
    mc_runs__over(runs, &runs->hosts[runs->at], MC_RUNS_SKIPPED);
    next_turn(runs);
    return MC_RUNS_WAIT;
}

void mc_runs__started_spread(struct mc_runs *runs, bool ok, const char *words,
                             int64_t now_us)
{
    const char *name = runs->hosts[runs->at].name;

    (void)now_us;
    mc_runs__say(runs, "%s: %s: %s", name, ok ? "started" : "skipped",
                 words ? words : "it does not answer");
    next_turn(runs);
}
