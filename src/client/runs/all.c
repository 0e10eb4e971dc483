/* All nodes once: the form of the first release and the one that came later. */
#include "client/runs/runs-private.h"

/* Whoever had a run before, or does not answer, has no turn. */
static void pass_over(struct mc_runs *runs)
{
    while (runs->at < runs->count && runs->hosts[runs->at].state != MC_RUNS__WAITING) {
        runs->at++;
    }
}

enum mc_runs_do mc_runs__choose_first(struct mc_runs *runs, int64_t now_us)
{
    size_t running = mc_runs__running(runs);
    bool low =
        runs->spec.inclusive ? running <= runs->spec.limit : running < runs->spec.limit;

    pass_over(runs);
    if (runs->at == runs->count) {
        runs->phase = MC_RUNS__FINISHED;
        return MC_RUNS_WAIT;
    }
    if (low) {
        mc_runs__say(runs, "Running %s, concurrency is %zu", runs->hosts[runs->at].name,
                     running);
        return MC_RUNS_START;
    }
    if (!runs->waiting_said) {
        mc_runs__say(runs, "Currently %zu nodes running, waiting", running);
        runs->waiting_said = true;
    }
    mc_runs__pause(runs, mc_runs__next_poll(runs, now_us), MC_RUNS__ASKING);
    return MC_RUNS_WAIT;
}

void mc_runs__started_first(struct mc_runs *runs, bool ok, const char *words,
                            int64_t now_us)
{
    const char *name = runs->hosts[runs->at].name;

    (void)ok;
    if (words) {
        mc_runs__say(runs, "%s schedule status: %s", name, words);
    } else {
        mc_runs__say(runs, "%s unknown output: no answer", name);
    }
    runs->waiting_said = false;
    pass_over(runs);
    if (runs->at == runs->count) {
        runs->phase = MC_RUNS__FINISHED;
    } else {
        mc_runs__pause(runs, now_us + MC_RUNS_PAUSE_US, MC_RUNS__ASKING);
    }
}

/* The next one that may be started: it waits, and runs nothing of its own. */
static bool next_waiting(struct mc_runs *runs, bool *ret_left)
{
    for (size_t i = 0; i < runs->count; i++) {
        if (runs->hosts[i].state == MC_RUNS__WAITING) {
            *ret_left = true;
            if (!runs->hosts[i].running && runs->hosts[i].answered) {
                runs->at = i;
                return true;
            }
        }
        *ret_left = *ret_left || runs->hosts[i].state == MC_RUNS__STARTED;
    }
    return false;
}

enum mc_runs_do mc_runs__choose_later(struct mc_runs *runs, int64_t now_us)
{
    bool left = false;
    bool found = next_waiting(runs, &left);

    if (found && mc_runs__running(runs) < runs->spec.limit) {
        return MC_RUNS_START;
    }
    if (found || left) {
        mc_runs__pause(runs, mc_runs__next_poll(runs, now_us), MC_RUNS__ASKING);
    } else {
        mc_runs__say(runs, "Iteration complete. Initiated a Puppet run on %zu nodes.",
                     runs->figures.started);
        runs->phase = MC_RUNS__FINISHED;
    }
    return MC_RUNS_WAIT;
}

void mc_runs__started_later(struct mc_runs *runs, bool ok, const char *words,
                            int64_t now_us)
{
    (void)ok;
    (void)now_us;
    mc_runs__say(runs, "%s schedule status: %s", runs->hosts[runs->at].name,
                 words ? words : "no answer");
    runs->phase = MC_RUNS__CHOOSING;
}
