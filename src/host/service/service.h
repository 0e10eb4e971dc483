/* Services of this machine: what state one is in, and changing it.
 *
 * Two managers: systemd, spoken to over its D-Bus interface, and init scripts. A job is
 * one question or change; it lives on a loop, never blocks it, and ends by calling back
 * once, within its time. What a manager says is foreign text: cut, never trusted. */
#ifndef MC_HOST_SERVICE_SERVICE_H
#define MC_HOST_SERVICE_SERVICE_H

#include "base/arena.h"
#include "base/config.h"
#include "base/loop.h"

#define MC_SERVICE_NAME_BYTES_MAX 90

enum mc_service_verb
{
    MC_SERVICE_STATUS,
    MC_SERVICE_START,
    MC_SERVICE_STOP,
    MC_SERVICE_RESTART,
    MC_SERVICE_ENABLE,
    MC_SERVICE_DISABLE,
};

enum mc_service_end
{
    MC_SERVICE_DONE,
    MC_SERVICE_UNKNOWN, /* there is no such service here */
    MC_SERVICE_FAILED,
    MC_SERVICE_TIMEOUT,
};

/* Texts are empty when the manager does not tell. */
struct mc_service_state
{
    bool known;
    bool running;
    const char *active;      /* systemd: active, inactive, failed, activating … */
    const char *sub;         /* systemd: running, exited, dead, auto-restart … */
    const char *enabled;     /* enabled, disabled, static, masked … */
    const char *description; /* systemd: of the unit */
    int64_t pid;             /* of the main process, 0 when there is none */
};

/* The state as the agents of the original say it.
 * Returns "running", "stopped" or "unknown". Never blocks. */
const char *mc_service_word(const struct mc_service_state *state);

struct mc_service_result
{
    enum mc_service_end end;
    const char *words; /* one sentence; empty for MC_SERVICE_DONE */
    struct mc_service_state state;
};

/* Called once, on the loop; result is borrowed for the call. */
typedef void mc_service_fn(void *user, const struct mc_service_result *result);

struct mc_service_ops;

/* Who manages the services of this machine. */
struct mc_service_manager
{
    const struct mc_service_ops *ops;
    const char *bus;    /* address of systemd's bus, borrowed of the configuration */
    const char *folder; /* of init scripts, likewise */
};

/* The manager: plugin.service.provider (systemd, init), else systemd when it runs the
 * machine or plugin.service.bus names its bus, else init scripts. Other names, which
 * configurations of the original hold, choose nothing.
 * config: NULL for no settings; outlives the manager.
 * Returns the manager. Blocks on the disk. */
struct mc_service_manager mc_service_choose(const struct mc_config *config);

/* The name of a manager.
 * Returns a constant. Never blocks. */
const char *mc_service_manager_name(const struct mc_service_manager *manager);

/* Whether a text can name a service: letters, digits and . _ : @ -, the first one a
 * letter, digit, _ or @, so that it is no option, path or pattern.
 * name: may be NULL.
 * Returns true or false. Never blocks. */
bool mc_service_name_valid(const char *name);

struct mc_service_job;

struct mc_service_spec
{
    struct mc_service_manager manager;
    enum mc_service_verb verb;
    const char *name;    /* valid; copied */
    unsigned timeout_ms; /* from the start; then it ends with MC_SERVICE_TIMEOUT */
};

/* Begin a job.
 * loop: outlives it.   spec: borrowed for the call.   fn, user: called exactly once,
 * never inside this call; the job is gone afterwards.
 * Returns 0 and the job; -ENOMEM. Never blocks. */
int mc_service_begin(struct mc_loop *loop, const struct mc_service_spec *spec,
                     mc_service_fn *fn, void *user, struct mc_service_job **ret_job)
    MC_MUST_USE;

/* End a job now; fn is not called any more. A change that the manager has begun goes on.
 * job: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_service_job *mc_service_cancel(struct mc_service_job *job);

/* The state of a service, inside a call.
 * manager: borrowed.   name: valid.   end_us: on the monotonic clock.
 * arena: owns the texts of *ret_state.   error: one sentence.
 * Returns 0, also for an unknown one; -ETIMEDOUT; -EIO when the manager failed; -ENOMEM.
 * Blocks up to end_us. */
int mc_service_ask(const struct mc_service_manager *manager, const char *name,
                   int64_t end_us, struct mc_arena *arena,
                   struct mc_service_state *ret_state, struct mc_error *error)
    MC_MUST_USE;

#endif
