/* Shared by the data plugins. */
#ifndef MC_FILTER_DATA_DATA_PRIVATE_H
#define MC_FILTER_DATA_DATA_PRIVATE_H

#include "filter/data.h"

/* One answer that is being made; r keeps the first -ENOMEM. */
struct mc_data_answer
{
    const struct mc_data_host *host;
    struct mc_arena *arena;
    struct mc_value *outputs;
    struct mc_error *error;
    const char *name;  /* of the plugin */
    const char *query; /* the argument, or NULL */
    int64_t end_us;    /* on the monotonic clock: until then it has to be given */
    int r;
};

/* Say that the time is over (spec collective.md section 6, case 56).
 * Returns MC_DATA_FAILED. Never blocks. */
int mc_data_late(struct mc_data_answer *answer);

/* Set an output.
 * answer: keeps the failure.   value: NULL is taken as no memory; what is no String,
 * number or boolean becomes nil.
 * Returns 0; -ENOMEM, also when an earlier call failed. Never blocks. */
int mc_data_set(struct mc_data_answer *answer, const char *output,
                const struct mc_value *value);

/* The fstat plugin: what a file is.
 * query: its path.
 * Returns 0; MC_DATA_FAILED without a path; -ENOMEM. Blocks on the disk. */
int mc_data_fstat(struct mc_data_answer *answer, const char *query);

/* Whether a process fits: exists. query: an unanchored pattern of its command line.
 * Returns 0; MC_DATA_FAILED for a pattern that is none, or late; -ENOMEM. Blocks on
 * /proc. */
int mc_data_process(struct mc_data_answer *answer, const char *query);

/* What is installed: status, its version or "absent", and installed.
 * query: name of the package.
 * Returns 0; MC_DATA_FAILED for a name that is none, without a package manager, or late;
 * -ENOMEM. Blocks on the package manager until the time is over. */
int mc_data_package(struct mc_data_answer *answer, const char *query);

/* How a check of NRPE ends: exitcode, 3 as well when it is not defined.
 * query: its name.
 * Returns 0; MC_DATA_FAILED for a name that is none, or late; -ENOMEM. Blocks on the
 * check until the time is over. */
int mc_data_nrpe(struct mc_data_answer *answer, const char *query);

/* What Puppet does: enabled, applying, idling, daemon_present, status, disable_message, and
 * the figures of its last run.
 * query: not looked at.
 * Returns 0; MC_DATA_FAILED when puppet.conf cannot be read; -ENOMEM. Blocks on the
 * disk. */
int mc_data_puppet(struct mc_data_answer *answer, const char *query);

/* Whether Puppet manages a resource: managed, and the figures of its last run.
 * query: "type[name]".
 * Returns 0; MC_DATA_FAILED for another query, or when puppet.conf cannot be read; -ENOMEM.
 * Blocks on the disk. */
int mc_data_resource(struct mc_data_answer *answer, const char *query);

/* A kernel parameter: value, a number when it looks like one, empty when unknown.
 * query: its dotted name.
 * Returns 0; MC_DATA_FAILED for a name that is none or that may not be read; -ENOMEM.
 * Blocks on /proc. */
int mc_data_sysctl(struct mc_data_answer *answer, const char *query);

/* The state of a service: status, which is running, stopped or unknown, and enabled.
 * query: its name.
 * Returns 0; MC_DATA_FAILED for a name that is none, when the manager fails, or late;
 * -ENOMEM. Blocks on systemd or an init script until the time is over. */
int mc_data_service(struct mc_data_answer *answer, const char *query);

#endif
