/* One job, shared by the managers. */
#ifndef MC_HOST_SERVICE_JOB_PRIVATE_H
#define MC_HOST_SERVICE_JOB_PRIVATE_H

#include "host/service/service.h"

/* A manager. state is zeroed memory of its own, one per job. */
struct mc_service_ops
{
    const char *name;
    size_t state_size;
    /* Beyond the time of the job, for ending what runs. */
    unsigned grace_ms;
    /* Begin; leads to mc_service__end(), now or later. Never blocks. */
    void (*begin)(struct mc_service_job *job, void *state);
    /* Go on after mc_service__settle(): find out the state. Never blocks. */
    void (*settled)(struct mc_service_job *job, void *state);
    /* Give back what is held, also half-way. Never blocks. */
    void (*deinit)(void *state);
};

extern const struct mc_service_ops mc_service__systemd;
extern const struct mc_service_ops mc_service__init;

struct mc_service_job
{
    struct mc_loop *loop;
    struct mc_service_manager manager;
    enum mc_service_verb verb;
    char name[MC_SERVICE_NAME_BYTES_MAX + 1];
    unsigned timeout_ms;
    mc_service_fn *fn;
    void *user;
    struct mc_arena *arena;
    struct mc_timer *limit;
    struct mc_timer *settle;
    struct mc_timer *finish;
    bool ended;
    struct mc_service_result result;
    void *state;
};

/* End the job; its function is called on the loop. Later ends do not count.
 * Returns nothing. Never blocks. */
void mc_service__end(struct mc_service_job *job, enum mc_service_end end,
                     const char *format, ...) MC_PRINTF(3, 4);

/* The same for a change, with "Could not start 'x': " in front; see mc_service__end(). */
void mc_service__end_change(struct mc_service_job *job, const char *format, ...)
    MC_PRINTF(2, 3);

/* End because there is no such service; see mc_service__end(). */
void mc_service__end_unknown(struct mc_service_job *job);

/* A change was made: give the service a moment to fail, then ops->settled().
 * Returns nothing. Never blocks. */
void mc_service__settle(struct mc_service_job *job);

/* A copy of foreign text for the result, cut to a length.
 * Returns it, empty when memory is short. Never blocks. */
const char *mc_service__text(struct mc_service_job *job, const char *text);

/* The word of a verb ("start").
 * Returns a constant. Never blocks. */
const char *mc_service__verb(enum mc_service_verb verb);

#endif
