/* The hosts, what is known of them, and the way from one step to the next; what the
 * forms choose is in files of their own. */
#include "client/runs/runs-private.h"

#include "base/memory.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mc_runs__say(const struct mc_runs *runs, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    runs->spec.say(runs->spec.user, text);
}

struct mc_runs *mc_runs_new(const struct mc_runs_spec *spec)
{
    struct mc_runs *runs = mc_memory_new(sizeof(*runs));

    if (runs && mc_random_init(&runs->random, spec->seed) != 0) {
        return mc_memory_free(runs);
    }
    if (runs) {
        runs->spec = *spec;
    }
    return runs;
}

static void forget_hosts(struct mc_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++) {
        mc_memory_free(runs->hosts[i].name);
    }
    runs->hosts = mc_memory_free(runs->hosts);
    runs->asked = mc_memory_free(runs->asked);
    runs->count = 0;
}

struct mc_runs *mc_runs_free(struct mc_runs *runs)
{
    if (runs) {
        forget_hosts(runs);
    }
    return mc_memory_free(runs);
}

static int by_name(const void *a, const void *b)
{
    const struct mc_runs__host *left = a;
    const struct mc_runs__host *right = b;

    return strcmp(left->name, right->name);
}

static void arrange(struct mc_runs *runs)
{
    if (runs->spec.form != MC_RUNS_LATER && runs->count) {
        qsort(runs->hosts, runs->count, sizeof(*runs->hosts), by_name);
    }
    for (size_t i = runs->count; runs->spec.shuffle && i > 1; i--) {
        size_t k = mc_random_below(&runs->random, (uint32_t)i);
        struct mc_runs__host host = runs->hosts[i - 1];
        runs->hosts[i - 1] = runs->hosts[k];
        runs->hosts[k] = host;
    }
}

int mc_runs_hosts(struct mc_runs *runs, const char *const *names, size_t count,
                  int64_t now_us)
{
    forget_hosts(runs);
    runs->hosts = mc_memory_array(count + 1, sizeof(*runs->hosts));
    runs->asked = mc_memory_array(count + 1, sizeof(*runs->asked));
    for (size_t i = 0; runs->hosts && runs->asked && i < count; i++) {
        runs->hosts[i].name = mc_memory_strdup(names[i]);
        if (!runs->hosts[i].name) {
            break;
        }
        runs->count++;
    }
    if (!runs->hosts || !runs->asked || runs->count < count) {
        return -ENOMEM;
    }
    arrange(runs);
    runs->at = 0;
    runs->cycle_us = now_us;
    runs->figures = (struct mc_runs_figures){.hosts = count};
    runs->phase = MC_RUNS__ASKING;
    return 0;
}

static struct mc_runs__host *find(const struct mc_runs *runs, const char *name)
{
    for (size_t i = 0; i < runs->count; i++) {
        if (strcmp(runs->hosts[i].name, name) == 0) {
            return &runs->hosts[i];
        }
    }
    return NULL;
}

bool mc_runs_leave_out(struct mc_runs *runs, const char *host)
{
    struct mc_runs__host *found = find(runs, host);

    if (found) {
        found->state = MC_RUNS__OVER;
    }
    return found != NULL;
}

size_t mc_runs__running(const struct mc_runs *runs)
{
    size_t count = 0;

    for (size_t i = 0; i < runs->count; i++) {
        count += runs->hosts[i].running || runs->hosts[i].state == MC_RUNS__STARTED;
    }
    return count;
}

void mc_runs__pause(struct mc_runs *runs, int64_t until_us, enum mc_runs__phase then)
{
    runs->phase = MC_RUNS__PAUSING;
    runs->until_us = until_us;
    runs->then = then;
}

void mc_runs__over(struct mc_runs *runs, struct mc_runs__host *host,
                   enum mc_runs_end end)
{
    host->state = MC_RUNS__OVER;
    runs->figures.ended += end == MC_RUNS_ENDED;
    runs->figures.refused += end == MC_RUNS_REFUSED;
    runs->figures.skipped += end == MC_RUNS_SKIPPED;
    if (runs->spec.ended) {
        runs->spec.ended(runs->spec.user, host->name, end);
    }
}

int64_t mc_runs__next_poll(const struct mc_runs *runs, int64_t now_us)
{
    int64_t took_us = now_us - runs->asked_us;

    return now_us + (took_us > MC_RUNS_POLL_US ? took_us : MC_RUNS_POLL_US);
}

static struct mc_runs_step ask(struct mc_runs *runs, int64_t now_us)
{
    struct mc_runs_step step = {.what = MC_RUNS_ASK, .hosts = runs->asked};

    for (size_t i = 0; i < runs->count; i++) {
        if (!runs->hosts[i].lost) {
            runs->hosts[i].answered = false;
            runs->asked[step.count++] = runs->hosts[i].name;
        }
    }
    runs->asked_us = now_us;
    return step;
}

static enum mc_runs_do choose(struct mc_runs *runs, int64_t now_us)
{
    static enum mc_runs_do (*const forms[])(struct mc_runs *, int64_t) = {
        [MC_RUNS_FIRST] = mc_runs__choose_first,
        [MC_RUNS_LATER] = mc_runs__choose_later,
        [MC_RUNS_SPREAD] = mc_runs__choose_spread,
    };

    return forms[runs->spec.form](runs, now_us);
}

struct mc_runs_step mc_runs_next(struct mc_runs *runs, int64_t now_us)
{
    struct mc_runs_step step = {.what = MC_RUNS_WAIT};

    while (step.what == MC_RUNS_WAIT) {
        switch (runs->phase) {
        case MC_RUNS__DISCOVERING:
            step.what = MC_RUNS_DISCOVER;
            break;
        case MC_RUNS__PAUSING:
            if (now_us < runs->until_us) {
                step.until_us = runs->until_us;
                return step;
            }
            runs->phase = runs->then;
            break;
        case MC_RUNS__ASKING:
            step = ask(runs, now_us);
            if (!step.count) { /* nobody is left who answers */
                step.what = MC_RUNS_WAIT;
                runs->phase = MC_RUNS__CHOOSING;
            }
            break;
        case MC_RUNS__CHOOSING:
            step.what = choose(runs, now_us);
            step.host = step.what == MC_RUNS_START ? runs->hosts[runs->at].name : NULL;
            break;
        case MC_RUNS__FINISHED:
            step.what = MC_RUNS_DONE;
            break;
        }
    }
    return step;
}

void mc_runs_told(struct mc_runs *runs, const char *name,
                  const struct mc_runs_status *status, int64_t now_us)
{
    struct mc_runs__host *host = find(runs, name);

    if (!host) {
        return;
    }
    host->answered = true;
    host->misses = 0;
    host->running = status->running;
    host->disabled = status->disabled;
    host->lastrun_s = status->lastrun_s;
    (void)snprintf(host->why, sizeof(host->why), "%s",
                   status->words ? status->words : "");
    if (host->state != MC_RUNS__STARTED) {
        return;
    }
    host->seen = host->seen || host->running;
    if (!host->running && (host->seen || host->lastrun_s > host->lastrun_before_s)) {
        mc_runs__over(runs, host, MC_RUNS_ENDED);
    } else if (!host->seen && ++host->checks >= MC_RUNS_CHECKS_MAX &&
               now_us - host->started_us >= MC_RUNS_BEGIN_US) {
        if (runs->spec.form == MC_RUNS_LATER) {
            mc_runs__say(runs, "Host %s did not move into an applying state. Skipping.",
                         host->name);
        }
        mc_runs__over(runs, host, MC_RUNS_SKIPPED);
    }
}

static void missed(struct mc_runs *runs, struct mc_runs__host *host)
{
    bool later = runs->spec.form == MC_RUNS_LATER;

    if (later) {
        mc_runs__say(runs, "Host %s did not respond to the status action.", host->name);
    }
    if (++host->misses < MC_RUNS_MISSES_MAX) {
        return;
    }
    host->lost = true;
    host->running = false;
    if (later) {
        mc_runs__say(runs, "Host %s failed to respond multiple times. Skipping.",
                     host->name);
    }
    if (host->state != MC_RUNS__OVER && runs->spec.form != MC_RUNS_SPREAD) {
        mc_runs__over(runs, host, MC_RUNS_SKIPPED);
    }
}

void mc_runs_asked(struct mc_runs *runs, int64_t now_us)
{
    (void)now_us;
    for (size_t i = 0; i < runs->count; i++) {
        if (!runs->hosts[i].lost && !runs->hosts[i].answered) {
            missed(runs, &runs->hosts[i]);
        }
    }
    runs->phase = MC_RUNS__CHOOSING;
}

void mc_runs_unasked(struct mc_runs *runs, int64_t now_us)
{
    mc_runs__pause(runs, now_us + MC_RUNS_PAUSE_US, MC_RUNS__ASKING);
}

void mc_runs_started(struct mc_runs *runs, bool ok, const char *words, int64_t now_us)
{
    static void (*const forms[])(struct mc_runs *, bool, const char *, int64_t) = {
        [MC_RUNS_FIRST] = mc_runs__started_first,
        [MC_RUNS_LATER] = mc_runs__started_later,
        [MC_RUNS_SPREAD] = mc_runs__started_spread,
    };
    struct mc_runs__host *host = &runs->hosts[runs->at];

    host->checks = 0;
    host->seen = false;
    host->started_us = now_us;
    host->lastrun_before_s = host->lastrun_s;
    if (ok) {
        host->state = MC_RUNS__STARTED;
        runs->figures.started++;
    } else {
        mc_runs__over(runs, host, MC_RUNS_REFUSED);
    }
    forms[runs->spec.form](runs, ok, words, now_us);
}

struct mc_runs_figures mc_runs_figures(const struct mc_runs *runs)
{
    struct mc_runs_figures figures = runs->figures;

    figures.running = mc_runs__running(runs);
    return figures;
}
