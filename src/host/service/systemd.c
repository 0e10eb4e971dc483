/* systemd over D-Bus (org.freedesktop.systemd1(5)), with sd-bus on our loop.
 *
 * sd-bus does nothing by itself: pump() lets it work and then arranges to be called when
 * its descriptor is ready or its time has come. A question is LoadUnit, GetAll of the
 * unit, MainPID of the service. A change is a call of the manager; starting and stopping
 * make a job whose end is told by the signal JobRemoved, which may come before the
 * answer that names the job. Each job here has a connection of its own. */
#include "host/service/job-private.h"

#include "base/clock.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define DESTINATION "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER DESTINATION ".Manager"
#define UNIT DESTINATION ".Unit"
#define SERVICE DESTINATION ".Service"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define NO_SUCH_UNIT DESTINATION ".NoSuchUnit"
/* How many messages are handled before others on the loop have a turn. */
#define MESSAGES_MAX 64
#define PATH_BYTES 512

struct systemd
{
    sd_bus *bus;
    struct mc_watch *watch;
    struct mc_timer *clock;
    int fd;
    unsigned events;
    char unit[MC_SERVICE_NAME_BYTES_MAX + sizeof(".service")];
    char path[PATH_BYTES];    /* of the unit */
    char task[PATH_BYTES];    /* of the job of systemd that we wait for */
    char removed[PATH_BYTES]; /* of the last one of the unit that ended */
    char verdict[32];         /* how that ended */
};

static void pump(struct mc_service_job *job);

static void bus_ready(void *user, int fd, unsigned events)
{
    (void)fd;
    (void)events;
    pump(user);
}

static void bus_due(void *user)
{
    pump(user);
}

/* Be called when sd-bus can go on. Returns 0; -errno. */
static int arm(struct mc_service_job *job, struct systemd *systemd)
{
    int fd = sd_bus_get_fd(systemd->bus);
    int wanted = sd_bus_get_events(systemd->bus);
    uint64_t due_us = UINT64_MAX;
    int r = sd_bus_get_timeout(systemd->bus, &due_us);

    if (fd < 0 || wanted < 0 || r < 0) {
        return fd < 0 ? fd : wanted < 0 ? wanted : r;
    }
    /* POLLIN is 1 and POLLOUT 4. */
    unsigned events = (wanted & 1 ? (unsigned)MC_WATCH_READ : 0U) |
                      (wanted & 4 ? (unsigned)MC_WATCH_WRITE : 0U);
    if (fd != systemd->fd || events != systemd->events) {
        mc_watch_free(systemd->watch);
        systemd->watch = mc_watch_new(job->loop, fd, events, bus_ready, job);
        systemd->fd = fd;
        systemd->events = events;
    }
    mc_timer_stop(systemd->clock);
    if (due_us != UINT64_MAX) {
        uint64_t now_us = (uint64_t)mc_clock_monotonic_us();
        mc_timer_start(systemd->clock,
                       due_us > now_us ? (due_us - now_us + 999) / 1000 : 0);
    }
    return systemd->watch ? 0 : -ENOMEM;
}

static void pump(struct mc_service_job *job)
{
    struct systemd *systemd = job->state;
    int r = 1;

    for (int i = 0; i < MESSAGES_MAX && r > 0; i++) {
        r = sd_bus_process(systemd->bus, NULL);
    }
    if (r >= 0) {
        r = arm(job, systemd);
    }
    if (r < 0) {
        systemd->watch = mc_watch_free(systemd->watch);
        mc_timer_stop(systemd->clock);
        mc_service__end_change(job, "the bus of systemd cannot be used: %s",
                               strerror(-r));
    }
}

/* Whether an answer is none to go on with; then the job has its end. */
static bool bad(struct mc_service_job *job, sd_bus_message *message)
{
    const sd_bus_error *error = sd_bus_message_get_error(message);

    if (job->ended || !error) {
        return job->ended;
    }
    if (sd_bus_error_has_name(error, NO_SUCH_UNIT)) {
        mc_service__end_unknown(job);
    } else {
        mc_service__end_change(job, "%.300s",
                               error->message ? error->message : error->name);
    }
    return true;
}

/* The answer was not of the form that its interface has. */
static int odd(struct mc_service_job *job)
{
    mc_service__end_change(job, "the answer of systemd cannot be read");
    return 0;
}

static int sent(struct mc_service_job *job, int r)
{
    if (r < 0) {
        mc_service__end_change(job, "systemd cannot be asked: %s", strerror(-r));
    }
    return 0;
}

/* --- the state --- */

/* All is known: what does it mean? */
static void judge(struct mc_service_job *job)
{
    const struct mc_service_state *state = &job->result.state;
    bool begun = job->verb == MC_SERVICE_START || job->verb == MC_SERVICE_RESTART;

    if (!state->known) {
        mc_service__end_unknown(job);
    } else if (begun && strcmp(state->active, "failed") == 0) {
        mc_service__end_change(job, "it has failed since");
    } else {
        mc_service__end(job, MC_SERVICE_DONE, "%s", "");
    }
}

static int pid_told(sd_bus_message *message, void *user, sd_bus_error *error)
{
    struct mc_service_job *job = user;
    uint32_t pid = 0;

    (void)error;
    /* Units that are no services have none. */
    if (!job->ended && !sd_bus_message_is_method_error(message, NULL) &&
        sd_bus_message_read(message, "v", "u", &pid) >= 0) {
        job->result.state.pid = pid;
    }
    judge(job);
    return 0;
}

/* One property: kept when it is one of ours and a text. Returns 0; -errno. */
static int take(struct mc_service_job *job, sd_bus_message *message, const char *key)
{
    struct mc_service_state *state = &job->result.state;
    const char *load = "";
    const struct
    {
        const char *key;
        const char **to;
    } rows[] = {
        {"LoadState", &load},
        {"ActiveState", &state->active},
        {"SubState", &state->sub},
        {"UnitFileState", &state->enabled},
        {"Description", &state->description},
    };
    const char *text = NULL;

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        if (strcmp(rows[i].key, key) != 0) {
            continue;
        }
        int r = sd_bus_message_read(message, "v", "s", &text);
        if (r >= 0) {
            *rows[i].to = mc_service__text(job, text);
        }
        if (r >= 0 && rows[i].to == &load) {
            state->known = strcmp(load, "not-found") != 0;
        }
        return r;
    }
    return sd_bus_message_skip(message, "v");
}

static int properties_told(sd_bus_message *message, void *user, sd_bus_error *error)
{
    struct mc_service_job *job = user;
    struct systemd *systemd = job->state;
    struct mc_service_state *state = &job->result.state;
    const char *key = NULL;

    (void)error;
    if (bad(job, message)) {
        return 0;
    }
    int r = sd_bus_message_enter_container(message, 'a', "{sv}");
    while (r > 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
        r = sd_bus_message_read(message, "s", &key);
        r = r < 0 ? r : take(job, message, key);
        r = r < 0 ? r : sd_bus_message_exit_container(message);
        r = r < 0 ? r : 1;
    }
    if (r < 0) {
        return odd(job);
    }
    state->running =
        strcmp(state->active, "active") == 0 || strcmp(state->active, "reloading") == 0;
    return sent(job, sd_bus_call_method_async(systemd->bus, NULL, DESTINATION,
                                              systemd->path, PROPERTIES, "Get",
                                              pid_told, job, "ss", SERVICE, "MainPID"));
}

static int unit_loaded(sd_bus_message *message, void *user, sd_bus_error *error)
{
    struct mc_service_job *job = user;
    struct systemd *systemd = job->state;
    const char *path = NULL;

    (void)error;
    if (bad(job, message)) {
        return 0;
    }
    if (sd_bus_message_read(message, "o", &path) < 0 || strlen(path) >= PATH_BYTES) {
        return odd(job);
    }
    memcpy(systemd->path, path, strlen(path) + 1);
    return sent(job, sd_bus_call_method_async(systemd->bus, NULL, DESTINATION, path,
                                              PROPERTIES, "GetAll", properties_told,
                                              job, "s", UNIT));
}

static void ask_state(struct mc_service_job *job)
{
    struct systemd *systemd = job->state;

    (void)sent(job, sd_bus_call_method_async(systemd->bus, NULL, DESTINATION,
                                             MANAGER_PATH, MANAGER, "LoadUnit",
                                             unit_loaded, job, "s", systemd->unit));
}

static void settled(struct mc_service_job *job, void *state)
{
    (void)state;
    ask_state(job);
    pump(job);
}

/* --- starting and stopping --- */

/* Both the name of our job and its end are known, in whatever order they came. */
static void task_over(struct mc_service_job *job, struct systemd *systemd)
{
    if (!systemd->task[0] || strcmp(systemd->task, systemd->removed) != 0) {
        return;
    }
    systemd->task[0] = '\0';
    if (strcmp(systemd->verdict, "done") == 0) {
        mc_service__settle(job);
    } else {
        mc_service__end_change(job,
                               "its job ended with '%s'; journalctl -u %s tells more",
                               systemd->verdict, systemd->unit);
    }
}

static int task_removed(sd_bus_message *message, void *user, sd_bus_error *error)
{
    struct mc_service_job *job = user;
    struct systemd *systemd = job->state;
    const char *path = NULL;
    const char *unit = NULL;
    const char *verdict = NULL;
    uint32_t id = 0;

    (void)error;
    if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &verdict) >= 0 &&
        strcmp(unit, systemd->unit) == 0 && strlen(path) < PATH_BYTES) {
        memcpy(systemd->removed, path, strlen(path) + 1);
        (void)snprintf(systemd->verdict, sizeof(systemd->verdict), "%s", verdict);
        task_over(job, systemd);
    }
    return 0;
}

static int task_made(sd_bus_message *message, void *user, sd_bus_error *error)
{
    struct mc_service_job *job = user;
    struct systemd *systemd = job->state;
    const char *path = NULL;

    (void)error;
    if (bad(job, message)) {
        return 0;
    }
    if (sd_bus_message_read(message, "o", &path) < 0 || strlen(path) >= PATH_BYTES) {
        return odd(job);
    }
    memcpy(systemd->task, path, strlen(path) + 1);
    task_over(job, systemd);
    return 0;
}

static int ignored(sd_bus_message *message, void *user, sd_bus_error *error)
{
    (void)message;
    (void)user;
    (void)error;
    return 0;
}

static int make_task(struct mc_service_job *job, struct systemd *systemd,
                     const char *method)
{
    int r =
        sd_bus_match_signal_async(systemd->bus, NULL, DESTINATION, MANAGER_PATH,
                                  MANAGER, "JobRemoved", task_removed, ignored, job);

    /* Without it systemd sends no signals. */
    r = r < 0 ? r
              : sd_bus_call_method_async(systemd->bus, NULL, DESTINATION, MANAGER_PATH,
                                         MANAGER, "Subscribe", ignored, NULL, "");
    return r < 0 ? r
                 : sd_bus_call_method_async(systemd->bus, NULL, DESTINATION,
                                            MANAGER_PATH, MANAGER, method, task_made,
                                            job, "ss", systemd->unit, "replace");
}

/* --- enabling and disabling --- */

static int reloaded(sd_bus_message *message, void *user, sd_bus_error *error)
{
    struct mc_service_job *job = user;

    (void)error;
    if (!bad(job, message)) {
        ask_state(job);
    }
    return 0;
}

static int files_changed(sd_bus_message *message, void *user, sd_bus_error *error)
{
    struct mc_service_job *job = user;
    struct systemd *systemd = job->state;
    int installable = 1;

    (void)error;
    if (bad(job, message)) {
        return 0;
    }
    if (job->verb == MC_SERVICE_ENABLE &&
        sd_bus_message_read(message, "b", &installable) < 0) {
        return odd(job);
    }
    if (!installable) {
        mc_service__end_change(job, "%s has no [Install] section", systemd->unit);
        return 0;
    }
    return sent(job,
                sd_bus_call_method_async(systemd->bus, NULL, DESTINATION, MANAGER_PATH,
                                         MANAGER, "Reload", reloaded, job, ""));
}

static int change_files(struct mc_service_job *job, struct systemd *systemd)
{
    char *files[] = {systemd->unit, NULL};
    sd_bus_message *message = NULL;
    bool enable = job->verb == MC_SERVICE_ENABLE;

    int r = sd_bus_message_new_method_call(
        systemd->bus, &message, DESTINATION, MANAGER_PATH, MANAGER,
        enable ? "EnableUnitFiles" : "DisableUnitFiles");
    r = r < 0 ? r : sd_bus_message_append_strv(message, files);
    /* For ever, not until the next start of the machine. */
    r = r < 0 ? r : sd_bus_message_append(message, "b", 0);
    /* Links of ours that lead elsewhere are replaced. */
    r = r < 0 || !enable ? r : sd_bus_message_append(message, "b", 1);
    r = r < 0 ? r
              : sd_bus_call_async(systemd->bus, NULL, message, files_changed, job, 0);
    sd_bus_message_unref(message);
    return r;
}

/* --- the seam --- */

static int act(struct mc_service_job *job, struct systemd *systemd)
{
    switch (job->verb) {
    case MC_SERVICE_STATUS:
        ask_state(job);
        return 0;
    case MC_SERVICE_START:
        return make_task(job, systemd, "StartUnit");
    case MC_SERVICE_STOP:
        return make_task(job, systemd, "StopUnit");
    case MC_SERVICE_RESTART:
        return make_task(job, systemd, "RestartUnit");
    case MC_SERVICE_ENABLE:
    case MC_SERVICE_DISABLE:
        break;
    }
    return change_files(job, systemd);
}

/* The name of a unit: a service, unless the name says what it is. */
static void name_unit(struct mc_service_job *job, struct systemd *systemd)
{
    static const char *const kinds[] = {".service", ".socket", ".timer",
                                        ".target",  ".path",   ".mount"};
    size_t len = strlen(job->name);
    bool whole = false;

    for (size_t i = 0; i < MC_COUNT(kinds); i++) {
        size_t end = strlen(kinds[i]);
        whole |= len > end && strcmp(job->name + len - end, kinds[i]) == 0;
    }
    (void)snprintf(systemd->unit, sizeof(systemd->unit), "%s%s", job->name,
                   whole ? "" : ".service");
}

static void begin(struct mc_service_job *job, void *state)
{
    struct systemd *systemd = state;

    systemd->fd = -1;
    name_unit(job, systemd);
    systemd->clock = mc_timer_new(job->loop, bus_due, job);
    int r = systemd->clock ? sd_bus_new(&systemd->bus) : -ENOMEM;
    r = r < 0 ? r : sd_bus_set_address(systemd->bus, job->manager.bus);
    r = r < 0 ? r : sd_bus_set_bus_client(systemd->bus, true);
    r = r < 0 ? r : sd_bus_start(systemd->bus);
    r = r < 0 ? r : act(job, systemd);
    r = r < 0 ? r : arm(job, systemd);
    if (r < 0) {
        mc_service__end_change(job, "the bus of systemd cannot be used: %s",
                               strerror(-r));
    }
}

static void deinit(void *state)
{
    struct systemd *systemd = state;

    systemd->watch = mc_watch_free(systemd->watch);
    systemd->clock = mc_timer_free(systemd->clock);
    systemd->bus = sd_bus_close_unref(systemd->bus);
}

const struct mc_service_ops mc_service__systemd = {
    .name = "systemd",
    .state_size = sizeof(struct systemd),
    .begin = begin,
    .settled = settled,
    .deinit = deinit,
};
