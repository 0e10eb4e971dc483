/* One call of the package agent, shared by the files that run it and that read what its
 * children print. */
#ifndef MC_AGENT_PACKAGE_JOB_PRIVATE_H
#define MC_AGENT_PACKAGE_JOB_PRIVATE_H

#include "agent/agent.h"
#include "agent/package/line.h"
#include "host/package/provider.h"

struct mc_package__job;

struct mc_package__agent
{
    const struct mc_agent_host *host;
    const struct mc_package_provider *provider; /* NULL: none was found */
    struct mc_package_line changes;
    struct mc_package_line questions;
};

typedef void mc_package__stage_fn(struct mc_package__job *job,
                                  const struct mc_child_result *result);

struct mc_package__job
{
    struct mc_package__agent *package;
    struct mc_agent_call *call;
    struct mc_package_ticket ticket;
    struct mc_child *child;
    const char *name;
    const char *version;
    const char *mode;
    enum mc_package_command change; /* what to run between the two questions */
    mc_package__stage_fn *stage;
    const char *said; /* output of the change */
};

/* End a call; the next in line begins.
 * job: gone afterwards.
 * Returns nothing. Never blocks. */
void mc_package__finish(struct mc_package__job *job);

/* Whether a child ended well; else the call has its failure.
 * other_code: an exit code beside 0 that is fine, or 0.
 * Returns true or false. Never blocks. */
bool mc_package__ended_well(struct mc_package__job *job,
                            const struct mc_child_result *result, int other_code);

/* Read the answer to a question about the package.
 * Returns false when the call has its failure; then *ret_about is untouched. Never
 * blocks. */
bool mc_package__read_about(struct mc_package__job *job,
                            const struct mc_child_result *result,
                            struct mc_package_about *ret_about);

/* Set the outputs that tell what is installed.
 * Returns nothing; the call notes a lack of memory. Never blocks. */
void mc_package__set_properties(struct mc_package__job *job,
                                const struct mc_package_about *about);

/* A last stage: what QUERY says is the answer.
 * job: gone afterwards.   result: borrowed for the call.
 * Returns nothing. Never blocks. */
mc_package__stage_fn mc_package__status_told;
/* QUERY after a change; see mc_package__status_told(). */
mc_package__stage_fn mc_package__changed_told;
/* LIST, counted; see mc_package__status_told(). */
mc_package__stage_fn mc_package__listed;
/* LIST, digested; see mc_package__status_told(). */
mc_package__stage_fn mc_package__digested;
/* Output and exit code as they are; see mc_package__status_told(). */
mc_package__stage_fn mc_package__command_done;
/* OUTDATED; see mc_package__status_told(). */
mc_package__stage_fn mc_package__outdated_listed;

#endif
