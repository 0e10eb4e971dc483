/* The life of a job: its memory, its time, its one end.
 *
 * An end is noted at once and told on the next turn of the loop, so that managers may end
 * a job inside the callbacks of their libraries and nothing is freed below them. */
#include "host/service/service.h"

#include "base/clock.h"
#include "base/memory.h"
#include "host/service/job-private.h"
#include "host/wait.h"
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

/* As long as the original waited before it looked again. */
#define SETTLE_MS 500
#define ARENA_BYTES_MAX ((size_t)256 * 1024)
#define TEXT_BYTES_MAX ((size_t)200)
#define SYSTEM_BUS "unix:path=/run/dbus/system_bus_socket"
#define INIT_FOLDER "/etc/init.d"

const char *mc_service_word(const struct mc_service_state *state)
{
    return !state->known ? "unknown" : state->running ? "running" : "stopped";
}

bool mc_service_name_valid(const char *name)
{
    size_t len = name ? strlen(name) : 0;

    if (len == 0 || len > MC_SERVICE_NAME_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool first =
            isalnum((unsigned char)name[i]) || name[i] == '_' || name[i] == '@';
        if (!first && (i == 0 || !strchr(".:-", name[i]))) {
            return false;
        }
    }
    return true;
}

struct mc_service_manager mc_service_choose(const struct mc_config *config)
{
    const char *provider =
        config ? mc_config_plugin(config, "service.provider", "") : "";
    const char *bus = config ? mc_config_plugin(config, "service.bus", NULL) : NULL;
    const char *system_bus = getenv("DBUS_SYSTEM_BUS_ADDRESS");
    bool systemd = strcmp(provider, "systemd") == 0 ||
                   (strcmp(provider, "init") != 0 && (bus || sd_booted() > 0));

    return (struct mc_service_manager){
        .ops = systemd ? &mc_service__systemd : &mc_service__init,
        .bus = bus          ? bus
               : system_bus ? system_bus
                            : SYSTEM_BUS,
        .folder = config ? mc_config_plugin(config, "service.folder", INIT_FOLDER)
                         : INIT_FOLDER,
    };
}

const char *mc_service_manager_name(const struct mc_service_manager *manager)
{
    return manager->ops->name;
}

const char *mc_service__verb(enum mc_service_verb verb)
{
    static const char *const verbs[] = {
        [MC_SERVICE_STATUS] = "status", [MC_SERVICE_START] = "start",
        [MC_SERVICE_STOP] = "stop",     [MC_SERVICE_RESTART] = "restart",
        [MC_SERVICE_ENABLE] = "enable", [MC_SERVICE_DISABLE] = "disable",
    };

    return verbs[verb];
}

const char *mc_service__text(struct mc_service_job *job, const char *text)
{
    size_t len = strnlen(text, TEXT_BYTES_MAX);
    const char *copy = mc_arena_text(job->arena, mc_bytes_make(text, len));

    return copy ? copy : "";
}

static struct mc_service_job *job_free(struct mc_service_job *job)
{
    if (job && job->state) {
        job->manager.ops->deinit(job->state);
    }
    if (job) {
        mc_memory_free(job->state);
        mc_timer_free(job->limit);
        mc_timer_free(job->settle);
        mc_timer_free(job->finish);
        mc_arena_free(job->arena);
    }
    return mc_memory_free(job);
}

static void end_with(struct mc_service_job *job, enum mc_service_end end,
                     const struct mc_error *words)
{
    if (job->ended) {
        return;
    }
    const char *copy = mc_arena_strdup(job->arena, words->text);
    job->ended = true;
    job->result.end = end;
    job->result.words = copy ? copy : "not enough memory";
    mc_timer_start(job->finish, 0);
}

void mc_service__end(struct mc_service_job *job, enum mc_service_end end,
                     const char *format, ...)
{
    struct mc_error words;
    va_list args;

    va_start(args, format);
    mc_error_vset(&words, format, args);
    va_end(args);
    end_with(job, end, &words);
}

void mc_service__end_change(struct mc_service_job *job, const char *format, ...)
{
    struct mc_error words;
    va_list args;

    va_start(args, format);
    mc_error_vset(&words, format, args);
    va_end(args);
    if (job->verb == MC_SERVICE_STATUS) {
        mc_error_prefix(&words, "The state of '%s' is not known: ", job->name);
    } else {
        mc_error_prefix(&words, "Could not %s '%s': ", mc_service__verb(job->verb),
                        job->name);
    }
    end_with(job, MC_SERVICE_FAILED, &words);
}

void mc_service__end_unknown(struct mc_service_job *job)
{
    job->result.state.known = false;
    mc_service__end(job, MC_SERVICE_UNKNOWN, "No service called '%s' is known here",
                    job->name);
}

void mc_service__settle(struct mc_service_job *job)
{
    mc_timer_start(job->settle, SETTLE_MS);
}

static void settle_due(void *user)
{
    struct mc_service_job *job = user;

    if (!job->ended) {
        job->manager.ops->settled(job, job->state);
    }
}

static void limit_due(void *user)
{
    struct mc_service_job *job = user;

    if (job->verb == MC_SERVICE_STATUS) {
        mc_service__end(job, MC_SERVICE_TIMEOUT,
                        "%s did not tell the state of '%s' in time",
                        job->manager.ops->name, job->name);
    } else {
        mc_service__end(job, MC_SERVICE_TIMEOUT, "Could not %s '%s' in time",
                        mc_service__verb(job->verb), job->name);
    }
}

static void finish_due(void *user)
{
    struct mc_service_job *job = user;

    job->fn(job->user, &job->result);
    job_free(job);
}

int mc_service_begin(struct mc_loop *loop, const struct mc_service_spec *spec,
                     mc_service_fn *fn, void *user, struct mc_service_job **ret_job)
{
    static const struct mc_service_state nothing = {
        .active = "", .sub = "", .enabled = "", .description = ""};
    struct mc_service_job *job = mc_memory_new(sizeof(*job));

    if (!job) {
        return -ENOMEM;
    }
    job->loop = loop;
    job->manager = spec->manager;
    job->verb = spec->verb;
    job->timeout_ms = spec->timeout_ms;
    job->fn = fn;
    job->user = user;
    job->result = (struct mc_service_result){.words = "", .state = nothing};
    memcpy(job->name, spec->name, strnlen(spec->name, MC_SERVICE_NAME_BYTES_MAX));
    job->arena = mc_arena_new(ARENA_BYTES_MAX);
    job->limit = mc_timer_new(loop, limit_due, job);
    job->settle = mc_timer_new(loop, settle_due, job);
    job->finish = mc_timer_new(loop, finish_due, job);
    if (!job->arena || !job->limit || !job->settle || !job->finish) {
        job_free(job);
        return -ENOMEM;
    }
    job->state = mc_memory_new(spec->manager.ops->state_size);
    if (!job->state) {
        job_free(job);
        return -ENOMEM;
    }
    mc_timer_start(job->limit,
                   (uint64_t)spec->timeout_ms + spec->manager.ops->grace_ms);
    spec->manager.ops->begin(job, job->state);
    *ret_job = job;
    return 0;
}

struct mc_service_job *mc_service_cancel(struct mc_service_job *job)
{
    return job_free(job);
}

/* --- inside a call --- */

struct question
{
    struct mc_arena *arena;
    struct mc_service_state state;
    struct mc_error *error;
    bool done;
    int r;
};

static void answered(void *user, const struct mc_service_result *result)
{
    struct question *question = user;
    struct mc_service_state *state = &question->state;

    question->done = true;
    *state = result->state;
    const char **texts[] = {&state->active, &state->sub, &state->enabled,
                            &state->description};
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        *texts[i] = mc_arena_strdup(question->arena, *texts[i]);
        question->r = *texts[i] ? question->r : -ENOMEM;
    }
    if (result->end == MC_SERVICE_TIMEOUT) {
        question->r = -ETIMEDOUT;
    } else if (result->end == MC_SERVICE_FAILED) {
        question->r = -EIO;
    }
    mc_error_set(question->error, "%s", result->words);
}

int mc_service_ask(const struct mc_service_manager *manager, const char *name,
                   int64_t end_us, struct mc_arena *arena,
                   struct mc_service_state *ret_state, struct mc_error *error)
{
    struct question question = {.arena = arena, .error = error};
    struct mc_service_job *job = NULL;
    struct mc_loop *loop = mc_loop_new();
    int64_t left_us = end_us - mc_clock_monotonic_us();
    const struct mc_service_spec spec = {
        .manager = *manager,
        .verb = MC_SERVICE_STATUS,
        .name = name,
        .timeout_ms = left_us > 0 ? (unsigned)(left_us / 1000 + 1) : 1,
    };

    mc_error_set(error, "%s did not answer in time", manager->ops->name);
    int r = loop ? mc_service_begin(loop, &spec, answered, &question, &job) : -ENOMEM;
    if (r == 0) {
        r = mc_host_wait(loop, &question.done, end_us);
    }
    if (!question.done) {
        mc_service_cancel(job);
    }
    mc_loop_free(loop);
    if (r == 0 && question.r == 0) {
        *ret_state = question.state;
    }
    return r ? r : question.r;
}
