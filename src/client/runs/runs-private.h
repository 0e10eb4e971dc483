/* What the three forms share. */
#ifndef MC_CLIENT_RUNS_RUNS_PRIVATE_H
#define MC_CLIENT_RUNS_RUNS_PRIVATE_H

#include "client/random.h"
#include "client/runs/runs.h"

enum mc_runs__host_state
{
    MC_RUNS__WAITING,
    MC_RUNS__STARTED, /* and not seen to have ended */
    MC_RUNS__OVER,
};

struct mc_runs__host
{
    char *name;
    enum mc_runs__host_state state;
    bool answered; /* the question that is open */
    bool running;  /* as it said itself */
    bool disabled;
    bool lost; /* it does not answer any more */
    bool seen; /* running, since it was started */
    char why[128];
    int64_t lastrun_s;
    int64_t lastrun_before_s;
    int64_t started_us;
    unsigned checks; /* since it was started, without having been seen */
    unsigned misses;
};

enum mc_runs__phase
{
    MC_RUNS__DISCOVERING,
    MC_RUNS__ASKING,
    MC_RUNS__CHOOSING,
    MC_RUNS__PAUSING,
    MC_RUNS__FINISHED,
};

struct mc_runs
{
    struct mc_runs_spec spec;
    struct mc_runs__host *hosts;
    const char **asked; /* names, as many as hosts */
    size_t count;
    size_t at; /* FIRST, SPREAD: whose turn it is; LATER: who is being started */
    enum mc_runs__phase phase;
    int64_t until_us;         /* PAUSING */
    enum mc_runs__phase then; /* after that */
    int64_t asked_us;         /* when the open question was put */
    int64_t cycle_us;         /* SPREAD: when this round began */
    bool waiting_said;        /* FIRST */
    struct mc_random random;
    struct mc_runs_figures figures;
};

/* Tell somebody.
 * Returns nothing. Never blocks. */
void mc_runs__say(const struct mc_runs *runs, const char *format, ...) MC_PRINTF(2, 3);

/* How many run, with those that were started and not seen yet.
 * Returns a number. Never blocks. */
size_t mc_runs__running(const struct mc_runs *runs);

/* Go on with a phase, after a pause.
 * Returns nothing. Never blocks. */
void mc_runs__pause(struct mc_runs *runs, int64_t until_us, enum mc_runs__phase then);

/* A host has come to its end.
 * Returns nothing. Never blocks. */
void mc_runs__over(struct mc_runs *runs, struct mc_runs__host *host,
                   enum mc_runs_end end);

/* The earliest time for the next question: a fleet that answers slowly is asked less
 * often.
 * Returns it. Never blocks. */
int64_t mc_runs__next_poll(const struct mc_runs *runs, int64_t now_us);

/* The forms: choose what comes next when all that is known is known. It returns START
 * for hosts[at], or changes the phase and returns WAIT, upon which the new phase is
 * looked at.
 * Returns the step. Never blocks. */
enum mc_runs_do mc_runs__choose_first(struct mc_runs *runs, int64_t now_us);
/* See mc_runs__choose_first(). */
enum mc_runs_do mc_runs__choose_later(struct mc_runs *runs, int64_t now_us);
/* See mc_runs__choose_first(). */
enum mc_runs_do mc_runs__choose_spread(struct mc_runs *runs, int64_t now_us);

/* What came of the start of hosts[at].
 * Returns nothing. Never blocks. */
void mc_runs__started_first(struct mc_runs *runs, bool ok, const char *words,
                            int64_t now_us);
/* See mc_runs__started_first(). */
void mc_runs__started_later(struct mc_runs *runs, bool ok, const char *words,
                            int64_t now_us);
/* See mc_runs__started_first(). */
void mc_runs__started_spread(struct mc_runs *runs, bool ok, const char *words,
                             int64_t now_us);

#endif
