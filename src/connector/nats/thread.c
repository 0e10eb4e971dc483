/* Beginning and end of the worker, and of its thread, seen from the loop. */
#include "connector/nats/worker-private.h"

#include "base/clock.h"
#include "base/memory.h"
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void worker_destroy(struct mc_nats_worker *worker)
{
    struct mc_nats_letter *letter = NULL;
    struct mc_nats_note *note = NULL;

    while ((letter = mc_nats__letter_take(worker))) {
        mc_nats__letter_free(letter);
    }
    while ((note = mc_nats__note_take(worker))) {
        mc_nats__note_free(note);
    }
    mc_nats__throw_away(worker);
    while (worker->subjects) {
        struct mc_nats_subject *subject = worker->subjects;
        worker->subjects = subject->next;
        mc_memory_free(subject->subject);
        mc_memory_free(subject);
    }
    if (worker->bell >= 0) {
        close(worker->bell);
    }
    mc_nats_settings_free(worker->settings);
    pthread_cond_destroy(&worker->ended);
    pthread_mutex_destroy(&worker->mutex);
    mc_memory_free(worker);
}

void mc_nats__ref(struct mc_nats_worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    worker->refs++;
    pthread_mutex_unlock(&worker->mutex);
}

void mc_nats__unref(struct mc_nats_worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    unsigned refs = --worker->refs;
    pthread_cond_broadcast(&worker->ended);
    pthread_mutex_unlock(&worker->mutex);
    if (refs == 0) {
        worker_destroy(worker);
    }
}

/* Nobody waits for the thread that was started last. */
static void thread_forget(struct mc_nats_worker *worker)
{
    if (worker->joinable) {
        worker->joinable = false;
        pthread_detach(worker->thread);
    }
}

/* The thread takes no signals: they belong to the loop. */
int mc_nats__thread_start(struct mc_nats_worker *worker)
{
    sigset_t all;
    sigset_t before;

    thread_forget(worker);
    sigfillset(&all);
    mc_nats__ref(worker);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&worker->thread, NULL, mc_nats__run, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        mc_nats__unref(worker);
        return -failed;
    }
    worker->joinable = true;
    return 0;
}

/* A cancelled thread has left behind a locked TLS context: make everything anew. */
static void replace_thread(struct mc_nats_worker *worker)
{
    const struct mc_connector_events *events = &worker->spec->events;
    struct mc_error error = {.text = "too many attempts never ended"};
    int r = ++worker->lost_count > MC_NATS_LOST_MAX
                ? -EIO
                : mc_nats_settings_prepare(worker->settings, &error);

    worker->lost = false;
    worker->cancelled = false;
    r = r < 0 ? r : mc_nats__thread_start(worker);
    if (r < 0) {
        events->link(events->user, MC_LINK_DEAD, error.text);
    } else {
        mc_timer_start(worker->watchdog, MC_NATS_WATCH_MS);
        events->link(events->user, MC_LINK_RETRY,
                     "the server did not answer in time; next attempt now");
    }
}

/* The library's limit for connecting does not cover a TLS handshake, and when it is
 * over while the answer to CONNECT is awaited, the library goes round and round and
 * fills the memory. So an attempt that is far over its limit is cancelled. What it
 * had allocated is lost, which is why that is counted. */
static void watch(void *user)
{
    struct mc_nats_worker *worker = user;

    pthread_mutex_lock(&worker->mutex);
    bool lost = worker->lost;
    int64_t limit_us = worker->settings->connect_timeout_ms * 1000 + MC_NATS_GRACE_US;
    if (!lost && !worker->cancelled && !worker->done && worker->attempt_us > 0 &&
        mc_clock_monotonic_us() - worker->attempt_us > limit_us) {
        worker->cancelled = pthread_cancel(worker->thread) == 0;
    }
    bool idle = worker->done && !lost;
    pthread_mutex_unlock(&worker->mutex);
    if (lost) {
        replace_thread(worker);
    } else if (!idle) {
        mc_timer_start(worker->watchdog, worker->cancelled ? 10 : MC_NATS_WATCH_MS);
    }
}

int mc_nats_worker_new(const struct mc_connector_spec *spec,
                       struct mc_nats_settings *settings,
                       struct mc_nats_worker **ret_worker)
{
    struct mc_nats_worker *worker = mc_memory_new(sizeof(*worker));
    pthread_condattr_t monotonic;

    if (!worker) {
        mc_nats_settings_free(settings);
        return -ENOMEM;
    }
    pthread_mutex_init(&worker->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&worker->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    worker->refs = 1;
    worker->settings = settings;
    worker->spec = spec;
    worker->fd = -1;
    worker->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->wake =
        event_new(mc_loop_base(spec->loop), -1, EV_PERSIST, mc_nats__look, worker);
    int r = worker->bell < 0 ? -errno : 0;
    r = r == 0 && !worker->wake ? -ENOMEM : r;
    /* Without a time it would not keep the loop waiting for us. */
    struct timeval long_time = {.tv_sec = 1000000};
    if (r == 0 && event_add(worker->wake, &long_time) != 0) {
        r = -ENOMEM;
    }
    worker->watchdog = mc_timer_new(spec->loop, watch, worker);
    r = r == 0 && !worker->watchdog ? -ENOMEM : r;
    r = r == 0 ? mc_nats__thread_start(worker) : r;
    if (r < 0) {
        mc_nats_worker_free(worker);
        return r;
    }
    mc_timer_start(worker->watchdog, MC_NATS_WATCH_MS);
    *ret_worker = worker;
    return 0;
}

struct mc_nats_worker *mc_nats_worker_free(struct mc_nats_worker *worker)
{
    if (!worker) {
        return NULL;
    }
    pthread_mutex_lock(&worker->mutex);
    struct event *wake = worker->wake;
    bool lent = worker->offered;
    worker->wake = NULL;
    worker->stopped = true;
    if (worker->fd >= 0) {
        /* Ends whatever the library waits for. */
        (void)shutdown(worker->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&worker->mutex);
    if (lent) {
        mc_nats__give_back(worker);
    } else if (worker->bell >= 0) {
        mc_nats__ring(worker);
    }
    if (wake) {
        event_free(wake);
    }
    worker->watchdog = mc_timer_free(worker->watchdog);
    thread_forget(worker);
    mc_nats__unref(worker);
    return NULL;
}
