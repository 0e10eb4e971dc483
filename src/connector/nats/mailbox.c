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
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

/* Messages that are handed over before other work of the loop gets its turn. */
#define ROUND_MAX 64
/* A request waits no longer than its time to live and what clocks may differ. */
#define CLOCK_SKEW_S 10
#define WAIT_MAX_S ((int64_t)366 * 86400)

void mc_nats__ring(struct mc_nats_worker *worker)
{
    if (worker->driving) {
        /* Only the loop's side rings: nobody else is to be woken. */
        if (!worker->in_look) {
            event_active(worker->wake, EV_READ, 0);
        }
        return;
    }
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

void mc_nats__note_free(struct mc_nats_note *note)
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
    if (first && !worker->looking) {
        event_active(worker->wake, EV_READ, 0);
    }
}

/* The mutex is held. */
struct mc_nats_note *mc_nats__note_take(struct mc_nats_worker *worker)
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
        mc_nats__ring(worker);
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
        mc_nats__note_free(note);
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
            mc_timer_start(worker->watchdog, MC_NATS_WATCH_MS);
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
        .direct = mc_connector_subject_direct(natsMsg_GetSubject(note->message),
                                              worker->spec->identity),
    };
    events->message(events->user, &delivery);
}

void mc_nats__throw_away(struct mc_nats_worker *worker)
{
    while (worker->spent) {
        struct mc_nats_note *note = worker->spent;

        worker->spent = note->next;
        mc_nats__note_free(note);
    }
    worker->spent_count = 0;
    worker->spent_bytes = 0;
}

static void spend(struct mc_nats_worker *worker, struct mc_nats_note *note)
{
    if (!note->message) {
        mc_nats__note_free(note);
        return;
    }
    note->next = worker->spent;
    worker->spent = note;
    worker->spent_count++;
    worker->spent_bytes += (size_t)natsMsg_GetDataLength(note->message);
}

void mc_nats__look(int fd, short what, void *user)
{
    struct mc_nats_worker *worker = user;
    struct mc_nats_note *note = NULL;
    int told = 0;

    (void)fd;
    (void)what;
    mc_nats__ref(worker);
    worker->in_look = true;
    pthread_mutex_lock(&worker->mutex);
    worker->looking = true;
    while (worker->wake && told < ROUND_MAX && (note = mc_nats__note_take(worker))) {
        pthread_mutex_unlock(&worker->mutex);
        tell(worker, note);
        spend(worker, note);
        told++;
        pthread_mutex_lock(&worker->mutex);
    }
    pthread_mutex_unlock(&worker->mutex);
    mc_nats__drive(worker);
    worker->in_look = false;
    if (worker->spent_count >= MC_NATS_SPENT_MAX ||
        worker->spent_bytes >= MC_NATS_SPENT_BYTES_MAX) {
        mc_nats__throw_away(worker);
    }
    pthread_mutex_lock(&worker->mutex);
    worker->looking = false;
    if (worker->wake && worker->inbox_first) {
        event_active(worker->wake, EV_READ, 0);
    }
    pthread_mutex_unlock(&worker->mutex);
    mc_nats__unref(worker);
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
    mc_nats__ring(worker);
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
    mc_nats__ring(worker);
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
    ttl_s = ttl_s < 0 ? 0 : ttl_s > WAIT_MAX_S ? WAIT_MAX_S : ttl_s;
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
        mc_nats__ring(worker);
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

/* When the program ends, OpenSSL and the library take down what they share between
 * threads: so not only the work of the thread must be over, but the thread, and the
 * last call of the library for its connection. */
static void await_end(struct mc_nats_worker *worker, const struct timespec *limit)
{
    unsigned ours = worker->in_look ? 3 : 2; /* the loop's side, finish, look */

    pthread_mutex_lock(&worker->mutex);
    while (!worker->done &&
           pthread_cond_timedwait(&worker->ended, &worker->mutex, limit) == 0) {
    }
    bool done = worker->done;
    pthread_mutex_unlock(&worker->mutex);
    if (done && worker->joinable) {
        /* It has nothing left to do that could block. */
        worker->joinable = pthread_join(worker->thread, NULL) != 0;
    }
    pthread_mutex_lock(&worker->mutex);
    while (done && worker->refs > ours &&
           pthread_cond_timedwait(&worker->ended, &worker->mutex, limit) == 0) {
    }
    pthread_mutex_unlock(&worker->mutex);
}

void mc_nats_worker_finish(struct mc_nats_worker *worker, unsigned timeout_ms)
{
    struct timespec limit = {0};
    int64_t limit_us = mc_clock_monotonic_us() + (int64_t)timeout_ms * 1000;

    limit.tv_sec = (time_t)(limit_us / 1000000);
    limit.tv_nsec = (long)(limit_us % 1000000) * 1000;
    mc_nats__ring(worker);
    pthread_mutex_lock(&worker->mutex);
    worker->finishing = true;
    bool lent = worker->offered;
    pthread_mutex_unlock(&worker->mutex);
    mc_nats__ref(worker); /* the user may leave when he is told that it failed */
    if (lent) {
        mc_nats__give_back(worker);
    }
    mc_nats__ring(worker);
    await_end(worker, &limit);
    mc_nats__unref(worker);
}
