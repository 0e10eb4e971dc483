/* Runs of Puppet on many nodes, never more at a time than their master can bear: the
 * algorithms of `mc-puppetd runall`, `mco puppet runall` and the scheduler (spec
 * commands.md 1.17), without input or output.
 *
 * Whoever uses one asks for the next step, does it, and tells what came of it; the clock
 * is an argument. So the same code runs against real nodes and, in tests, through hours
 * of invented ones. A node counts as running from the moment when its run was asked for,
 * not only when Puppet has made its lock, which takes it seconds: otherwise too many
 * would be started meanwhile. */
#ifndef MC_CLIENT_RUNS_RUNS_H
#define MC_CLIENT_RUNS_RUNS_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mc_runs;

enum mc_runs_form
{
    MC_RUNS_FIRST,  /* sorted, one start a second, ends after the last start */
    MC_RUNS_LATER,  /* as discovered, as many as fit, ends when all have ended */
    MC_RUNS_SPREAD, /* one after the other over an interval, again and again */
};

enum mc_runs_do
{
    MC_RUNS_DISCOVER, /* find the nodes, then mc_runs_hosts() */
    MC_RUNS_ASK,   /* ask hosts for their status: mc_runs_told() for each answer, then
                      mc_runs_asked() or mc_runs_unasked() */
    MC_RUNS_START, /* start a run on host, then mc_runs_started() */
    MC_RUNS_WAIT,  /* until until_us */
    MC_RUNS_DONE,
};

struct mc_runs_step
{
    enum mc_runs_do what;
    const char *const *hosts; /* ASK: count of them */
    size_t count;
    const char *host; /* START */
    int64_t until_us; /* WAIT: on the clock of now_us */
};

/* What became of one host. */
enum mc_runs_end
{
    MC_RUNS_ENDED,   /* its run has ended */
    MC_RUNS_REFUSED, /* it did not start one */
    MC_RUNS_SKIPPED, /* it did not answer, or never began */
};

/* Called inside the functions below; texts are borrowed for the call. */
typedef void mc_runs_say_fn(void *user, const char *text);
typedef void mc_runs_ended_fn(void *user, const char *host, enum mc_runs_end end);

struct mc_runs_spec
{
    enum mc_runs_form form;
    size_t limit;        /* of nodes that run; at least 1 */
    bool inclusive;      /* FIRST: start while so many run, as the seed did */
    int64_t interval_us; /* SPREAD: in which all nodes have their turn */
    bool shuffle;        /* SPREAD: in a random order */
    int64_t seed;        /* of that; below 0 takes one from the system */
    mc_runs_say_fn *say;
    mc_runs_ended_fn *ended; /* may be NULL */
    void *user;
};

/* What a node says of itself. */
struct mc_runs_status
{
    bool running;
    bool disabled;
    int64_t lastrun_s; /* its own clock; 0 for never */
    const char *words; /* why it is disabled, "" without */
};

struct mc_runs_figures
{
    size_t hosts;
    size_t started;
    size_t ended;
    size_t refused;
    size_t skipped;
    size_t running; /* now, as far as is known */
};

/* Between two questions, at the least. */
#define MC_RUNS_POLL_US 250000
/* Between two starts of MC_RUNS_FIRST. */
#define MC_RUNS_PAUSE_US 1000000
/* A run that was not seen so long, and at so many answers, has not begun. */
#define MC_RUNS_BEGIN_US 10000000
#define MC_RUNS_CHECKS_MAX 5
/* So many questions in a row may stay without an answer. */
#define MC_RUNS_MISSES_MAX 5

/* A new one.
 * spec: copied; what it points to outlives it.
 * Returns it, owned by the caller (mc_runs_free), or NULL. Never blocks. */
struct mc_runs *mc_runs_new(const struct mc_runs_spec *spec);

/* End it.
 * runs: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_runs *mc_runs_free(struct mc_runs *runs);

/* The nodes, after MC_RUNS_DISCOVER.
 * names: count of them, copied.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_runs_hosts(struct mc_runs *runs, const char *const *names, size_t count,
                  int64_t now_us) MC_MUST_USE;

/* A host that needs no run, because it had one before.
 * Returns whether it is one of the hosts. Never blocks. */
bool mc_runs_leave_out(struct mc_runs *runs, const char *host);

/* What to do next.
 * now_us: on a clock that never goes back.
 * Returns the step; its texts are borrowed until the next call. Never blocks. */
struct mc_runs_step mc_runs_next(struct mc_runs *runs, int64_t now_us);

/* A host has answered.
 * host: strangers are ignored.   status: borrowed.
 * Returns nothing. Never blocks. */
void mc_runs_told(struct mc_runs *runs, const char *host,
                  const struct mc_runs_status *status, int64_t now_us);

/* Whoever would answer has.
 * Returns nothing. Never blocks. */
void mc_runs_asked(struct mc_runs *runs, int64_t now_us);

/* Nobody could be asked: the broker is away. It counts for nothing and is tried again.
 * Returns nothing. Never blocks. */
void mc_runs_unasked(struct mc_runs *runs, int64_t now_us);

/* What came of a start.
 * ok: the node has started a run.   words: what it said, or NULL when it said nothing.
 * Returns nothing. Never blocks. */
void mc_runs_started(struct mc_runs *runs, bool ok, const char *words, int64_t now_us);

/* How far it is.
 * Returns the figures; of MC_RUNS_SPREAD those of this round. Never blocks. */
struct mc_runs_figures mc_runs_figures(const struct mc_runs *runs);

#endif
