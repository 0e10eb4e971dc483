/* The loop's side of the worker: putting letters into the outbox, and telling the
 * connector's user about what is in the inbox.
 *
 * The user may do anything inside an event, also close the connector. Then
 * worker->wake is NULL, and the reference taken for the round keeps the rest alive. */
#include "connector/nats/worker-private.h"

#include "base/clock.h"
#include "base/memory.h"
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Messages that are handed over before other work of the loop gets its turn. */
#define ROUND_MAX 64
/* A request waits no longer than its time to live and what clocks may differ. */
#define CLOCK_SKEW_S 10
/* How often the thread is looked after while it has no connection. */
#define WATCH_MS 1000

static void ring(struct mc_nats_worker *worker)
{
    (void)eventfd_write(worker->bell, 1);
}

void mc_nats__letter_free(struct mc_nats_letter *letter)
{
    mc_memory_free(letter->subject);
    mc_memory_free(letter->reply_to);
    mc_memory_free(letter->body);
    mc_memory_free(letter);
}

struct mc_nats_letter *mc_nats__letter_take(struct mc_nats_worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    struct mc_nats_letter *letter = worker->outbox_first;
    if (letter) {
        worker->outbox_first = letter->next;
        worker->outbox_last = letter->next ? worker->outbox_last : NULL;
        worker->outbox_bytes -= letter->len + MC_NATS_MESSAGE_BYTES;
    }
    pthread_mutex_unlock(&worker->mutex);
    return letter;
}

static void note_free(struct mc_nats_note *note)
{
    natsMsg_Destroy(note->message);
    mc_memory_free(note->text);
    mc_memory_free(note);
}

/* The mutex is held. */
static void inbox_put(struct mc_nats_worker *worker, struct mc_nats_note *note)
{
    bool first = !worker->inbox_first;

    *(first ? &worker->inbox_first : &worker->inbox_last->next) = note;
    worker->inbox_last = note;
    if (first) {
        event_active(worker->wake, EV_READ, 0);
    }
}

/* The mutex is held. */
static struct mc_nats_note *inbox_take(struct mc_nats_worker *worker)
{
    struct mc_nats_note *note = worker->inbox_first;

    if (!note) {
        return NULL;
    }
    worker->inbox_first = note->next;
    if (!note->message) {
        worker->inbox_notes--;
        return note;
    }
    bool was_full = worker->inbox_bytes > MC_NATS_INBOX_BYTES_MAX;
    worker->inbox_bytes -=
        (size_t)natsMsg_GetDataLength(note->message) + MC_NATS_MESSAGE_BYTES;
    if (was_full && worker->inbox_bytes <= MC_NATS_INBOX_BYTES_MAX) {
        ring(worker);
    }
    return note;
}

void mc_nats__note(struct mc_nats_worker *worker, enum mc_link_state state,
                   const char *text)
{
    struct mc_nats_note *note = mc_memory_new(sizeof(*note));

    if (!note) {
        return;
    }
    note->state = state;
    note->text = mc_memory_strdup(text);
    pthread_mutex_lock(&worker->mutex);
    bool vital = state == MC_LINK_UP || state == MC_LINK_DOWN || state == MC_LINK_DEAD;
    if (worker->wake && (vital || worker->inbox_notes < MC_NATS_NOTES_MAX)) {
        worker->inbox_notes++;
        inbox_put(worker, note);
        note = NULL;
    }
    pthread_mutex_unlock(&worker->mutex);
    if (note) {
        note_free(note);
    }
}

void mc_nats__deliver(struct mc_nats_worker *worker, natsMsg *message)
{
    struct mc_nats_note *note = worker->wake ? mc_memory_new(sizeof(*note)) : NULL;

    if (!note) {
        natsMsg_Destroy(message);
        return;
    }
    note->message = message;
    worker->inbox_bytes +=
        (size_t)natsMsg_GetDataLength(message) + MC_NATS_MESSAGE_BYTES;
    inbox_put(worker, note);
}

/* The mutex is held. */
static struct mc_nats_subject *subject_find(struct mc_nats_worker *worker,
                                            const char *subject)
{
    struct mc_nats_subject *each = worker->subjects;

    while (each && strcmp(each->subject, subject) != 0) {
        each = each->next;
    }
    return each;
}

static bool wanted(struct mc_nats_worker *worker, const natsMsg *message)
{
    pthread_mutex_lock(&worker->mutex);
    const struct mc_nats_subject *subject =
        subject_find(worker, natsMsg_GetSubject(message));
    bool yes = subject && subject->wanted;
    pthread_mutex_unlock(&worker->mutex);
    return yes;
}

static void tell(struct mc_nats_worker *worker, const struct mc_nats_note *note)
{
    const struct mc_connector_events *events = &worker->spec->events;

    if (!note->message) {
        if (note->state == MC_LINK_UP || note->state == MC_LINK_DEAD) {
            mc_timer_stop(worker->watchdog);
        } else if (note->state == MC_LINK_DOWN) {
            mc_timer_start(worker->watchdog, WATCH_MS);
        }
        events->link(events->user, note->state, note->text);
        return;
    }
    size_t len = (size_t)natsMsg_GetDataLength(note->message);
    if (len > MC_CONNECTOR_BODY_BYTES_MAX) {
        events->link(events->user, MC_LINK_DROPPED, "a message was too large");
        return;
    }
    /* It may have been on its way when the subscription was forgotten. */
    if (!wanted(worker, note->message)) {
        return;
    }
    struct mc_delivery delivery = {
        .body = mc_bytes_make(natsMsg_GetData(note->message), len),
        .reply_to = natsMsg_GetReply(note->message),
        .destination = natsMsg_GetSubject(note->message),
    };
    events->message(events->user, &delivery);
}

static void look_into_inbox(evutil_socket_t fd, short what, void *user)
{
    struct mc_nats_worker *worker = user;
    struct mc_nats_note *note = NULL;
    int told = 0;

    (void)fd;
    (void)what;
    mc_nats__ref(worker);
    pthread_mutex_lock(&worker->mutex);
    while (worker->wake && told < ROUND_MAX && (note = inbox_take(worker))) {
        pthread_mutex_unlock(&worker->mutex);
        tell(worker, note);
        note_free(note);
        told++;
        pthread_mutex_lock(&worker->mutex);
    }
    if (worker->wake && worker->inbox_first) {
        event_active(worker->wake, EV_READ, 0);
    }
    pthread_mutex_unlock(&worker->mutex);
    mc_nats__unref(worker);
}

static void worker_destroy(struct mc_nats_worker *worker)
{
    struct mc_nats_letter *letter = NULL;
    struct mc_nats_note *note = NULL;

    while ((letter = mc_nats__letter_take(worker))) {
        mc_nats__letter_free(letter);
    }
    while ((note = inbox_take(worker))) {
        note_free(note);
    }
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
    pthread_mutex_unlock(&worker->mutex);
    if (refs == 0) {
        worker_destroy(worker);
    }
}

/* The thread takes no signals: they belong to the loop. */
static int thread_start(struct mc_nats_worker *worker)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    mc_nats__ref(worker);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&worker->thread, NULL, mc_nats__run, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        mc_nats__unref(worker);
        return -failed;
    }
    pthread_detach(worker->thread);
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
    r = r < 0 ? r : thread_start(worker);
    if (r < 0) {
        events->link(events->user, MC_LINK_DEAD, error.text);
    } else {
        mc_timer_start(worker->watchdog, WATCH_MS);
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
        mc_timer_start(worker->watchdog, worker->cancelled ? 10 : WATCH_MS);
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
        event_new(mc_loop_base(spec->loop), -1, EV_PERSIST, look_into_inbox, worker);
    int r = worker->bell < 0 ? -errno : 0;
    r = r == 0 && !worker->wake ? -ENOMEM : r;
    /* Without a time it would not keep the loop waiting for us. */
    struct timeval long_time = {.tv_sec = 1000000};
    if (r == 0 && event_add(worker->wake, &long_time) != 0) {
        r = -ENOMEM;
    }
    worker->watchdog = mc_timer_new(spec->loop, watch, worker);
    r = r == 0 && !worker->watchdog ? -ENOMEM : r;
    r = r == 0 ? thread_start(worker) : r;
    if (r < 0) {
        mc_nats_worker_free(worker);
        return r;
    }
    mc_timer_start(worker->watchdog, WATCH_MS);
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
    worker->wake = NULL;
    worker->stopped = true;
    if (worker->fd >= 0) {
        /* Ends whatever the library waits for. */
        (void)shutdown(worker->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&worker->mutex);
    if (worker->bell >= 0) {
        ring(worker);
    }
    if (wake) {
        event_free(wake);
    }
    worker->watchdog = mc_timer_free(worker->watchdog);
    mc_nats__unref(worker);
    return NULL;
}

int mc_nats_worker_subscribe(struct mc_nats_worker *worker, const char *subject)
{
    int r = 0;

    pthread_mutex_lock(&worker->mutex);
    struct mc_nats_subject *entry = subject_find(worker, subject);
    if (!entry) {
        entry = mc_memory_new(sizeof(*entry));
        char *copy = entry ? mc_memory_strdup(subject) : NULL;
        if (copy) {
            entry->subject = copy;
            entry->next = worker->subjects;
            worker->subjects = entry;
        } else {
            entry = mc_memory_free(entry);
            r = -ENOMEM;
        }
    }
    if (entry) {
        entry->wanted = true;
        worker->subjects_changed = true;
    }
    pthread_mutex_unlock(&worker->mutex);
    ring(worker);
    return r;
}

void mc_nats_worker_unsubscribe(struct mc_nats_worker *worker, const char *subject)
{
    pthread_mutex_lock(&worker->mutex);
    struct mc_nats_subject *entry = subject_find(worker, subject);
    if (entry) {
        entry->wanted = false;
        worker->subjects_changed = true;
    }
    pthread_mutex_unlock(&worker->mutex);
    ring(worker);
}

static struct mc_nats_letter *letter_new(const char *subject, const char *reply_to,
                                         struct mc_bytes body, int64_t ttl_s)
{
    struct mc_nats_letter *letter = mc_memory_new(sizeof(*letter));

    if (!letter) {
        return NULL;
    }
    letter->subject = mc_memory_strdup(subject);
    letter->reply_to = mc_memory_strdup(reply_to);
    letter->body = mc_memory_copy(body);
    letter->len = body.len;
    letter->until_us = mc_clock_monotonic_us() + (ttl_s + CLOCK_SKEW_S) * 1000000;
    if (!letter->subject || !letter->body || (reply_to && !letter->reply_to)) {
        mc_nats__letter_free(letter);
        return NULL;
    }
    return letter;
}

/* The mutex is held. */
static int room_for(const struct mc_nats_worker *worker, size_t len)
{
    size_t waiting = worker->outbox_bytes + worker->buffered_bytes;

    if (len > MC_CONNECTOR_BODY_BYTES_MAX ||
        (worker->body_bytes_max > 0 && len > (size_t)worker->body_bytes_max)) {
        return MC_CONNECTOR_TOO_LARGE;
    }
    return waiting + len + MC_NATS_MESSAGE_BYTES > MC_CONNECTOR_QUEUE_BYTES_MAX
               ? MC_CONNECTOR_FULL
               : 0;
}

int mc_nats_worker_publish(struct mc_nats_worker *worker, const char *subject,
                           const char *reply_to, struct mc_bytes body, int64_t ttl_s)
{
    pthread_mutex_lock(&worker->mutex);
    int r = room_for(worker, body.len);
    pthread_mutex_unlock(&worker->mutex);
    if (r != 0) {
        return r;
    }
    struct mc_nats_letter *letter = letter_new(subject, reply_to, body, ttl_s);
    if (!letter) {
        return -ENOMEM;
    }
    pthread_mutex_lock(&worker->mutex);
    bool first = !worker->outbox_first;
    *(first ? &worker->outbox_first : &worker->outbox_last->next) = letter;
    worker->outbox_last = letter;
    worker->outbox_bytes += letter->len + MC_NATS_MESSAGE_BYTES;
    pthread_mutex_unlock(&worker->mutex);
    if (first) {
        ring(worker);
    }
    return 0;
}

size_t mc_nats_worker_unsent(struct mc_nats_worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    size_t bytes = worker->outbox_bytes + worker->buffered_bytes;
    pthread_mutex_unlock(&worker->mutex);
    return bytes;
}

void mc_nats_worker_finish(struct mc_nats_worker *worker, unsigned timeout_ms)
{
    struct timespec limit = {0};
    int64_t limit_us = mc_clock_monotonic_us() + (int64_t)timeout_ms * 1000;

    limit.tv_sec = (time_t)(limit_us / 1000000);
    limit.tv_nsec = (long)(limit_us % 1000000) * 1000;
    ring(worker);
    pthread_mutex_lock(&worker->mutex);
    worker->finishing = true;
    ring(worker);
    while (!worker->done &&
           pthread_cond_timedwait(&worker->ended, &worker->mutex, &limit) == 0) {
    }
    pthread_mutex_unlock(&worker->mutex);
}
