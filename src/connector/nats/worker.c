/* The thread that runs the connection.
 *
 * Rounds: connect (connect.c; blocks, bounded), then serve until the connection ends,
 * then wait a little and begin again. serve() is the foreign loop that the library was
 * told of: poll(2) over the socket and a bell that the other side rings. A connection
 * without TLS is lent to the loop instead (drive.c), and comes back to a new thread when
 * it has to end. Nobody but its owner touches the connection, which is why the library's
 * own ping timer is off and pings are sent here. */
#include "connector/nats/worker-private.h"

#include "base/clock.h"
#include "base/memory.h"
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

/* A connection that lived this long was a good one: delays begin anew. */
#define GOOD_CONNECTION_US ((int64_t)5 * 1000000)

/* ---- being connected ---- */

static void subscribe_one(struct mc_nats_worker *worker,
                          struct mc_nats_subject *subject)
{
    if (subject->wanted && !subject->subscription) {
        natsStatus s = natsConnection_SubscribeSync(
            &subject->subscription, worker->connection, subject->subject);
        subject->subscription = s == NATS_OK ? subject->subscription : NULL;
    } else if (!subject->wanted && subject->subscription) {
        natsSubscription_Destroy(subject->subscription);
        subject->subscription = NULL;
    }
}

void mc_nats__follow_subjects(struct mc_nats_worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    struct mc_nats_subject **place = &worker->subjects;
    while (worker->subjects_changed && *place) {
        struct mc_nats_subject *subject = *place;
        subscribe_one(worker, subject);
        if (subject->wanted) {
            place = &subject->next;
            continue;
        }
        *place = subject->next;
        mc_memory_free(subject->subject);
        mc_memory_free(subject);
    }
    worker->subjects_changed = false;
    pthread_mutex_unlock(&worker->mutex);
}

static void forget_subscriptions(struct mc_nats_worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    for (struct mc_nats_subject *each = worker->subjects; each; each = each->next) {
        natsSubscription_Destroy(each->subscription);
        each->subscription = NULL;
    }
    pthread_mutex_unlock(&worker->mutex);
}

static void send_letter(struct mc_nats_worker *worker,
                        const struct mc_nats_letter *letter)
{
    natsStatus s = NATS_OK;

    if (letter->until_us < mc_clock_monotonic_us()) {
        mc_nats__note(worker, MC_LINK_DROPPED, "a message waited too long to be sent");
        return;
    }
    s = letter->reply_to
            ? natsConnection_PublishRequest(worker->connection, letter->subject,
                                            letter->reply_to, letter->body,
                                            (int)letter->len)
            : natsConnection_Publish(worker->connection, letter->subject, letter->body,
                                     (int)letter->len);
    if (s != NATS_OK) {
        mc_nats__note(worker, MC_LINK_DROPPED, natsStatus_GetText(s));
    }
}

static size_t buffered(struct mc_nats_worker *worker)
{
    int bytes = natsConnection_Buffered(worker->connection);

    pthread_mutex_lock(&worker->mutex);
    worker->buffered_bytes = bytes > 0 ? (size_t)bytes : 0;
    pthread_mutex_unlock(&worker->mutex);
    return bytes > 0 ? (size_t)bytes : 0;
}

void mc_nats__send_letters(struct mc_nats_worker *worker)
{
    while (!worker->detached && buffered(worker) < MC_NATS_FEED_BYTES) {
        struct mc_nats_letter *letter = mc_nats__letter_take(worker);

        if (!letter) {
            break;
        }
        send_letter(worker, letter);
        mc_nats__letter_free(letter);
    }
    if (worker->want_write && !worker->detached) {
        natsConnection_ProcessWriteEvent(worker->connection);
    }
    (void)buffered(worker);
}

/* The server's word that nobody hears what was published counts as a message of the
 * reply target, but is none: what is behind it must not wait for the next reading. */
void mc_nats__collect(struct mc_nats_worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    for (struct mc_nats_subject *each = worker->subjects; each; each = each->next) {
        uint64_t waiting = 0;
        natsMsg *message = NULL;

        if (!each->subscription ||
            natsSubscription_QueuedMsgs(each->subscription, &waiting) != NATS_OK) {
            continue;
        }
        while (waiting-- > 0) {
            natsStatus s = natsSubscription_NextMsg(&message, each->subscription, 0);
            if (s == NATS_OK) {
                mc_nats__deliver(worker, message);
            } else if (s != NATS_NO_RESPONDERS) {
                break;
            }
        }
    }
    pthread_mutex_unlock(&worker->mutex);
}

/* Sends a ping when nothing came for a while; none may stay unanswered until the next
 * is due. Returns the time to wait in milliseconds, or -1 when the link is dead. */
int mc_nats__keep_alive(struct mc_nats_worker *worker)
{
    int64_t now_us = mc_clock_monotonic_us();

    if (now_us >= worker->ping_us) {
        if (worker->ping_open) {
            return -1;
        }
        /* Sends the ping; the answer comes through our own reading, so this always
         * ends with its time limit. */
        (void)natsConnection_FlushTimeout(worker->connection, 1);
        worker->ping_open = true;
        worker->ping_us = now_us + worker->settings->ping_interval_ms * 1000;
    }
    return (int)((worker->ping_us - now_us) / 1000) + 1;
}

static void say_goodbye(struct mc_nats_worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    if (worker->finishing && !worker->half_closed && !worker->outbox_first &&
        !worker->want_write && worker->fd >= 0) {
        (void)shutdown(worker->fd, SHUT_WR);
        worker->half_closed = true;
    }
    pthread_mutex_unlock(&worker->mutex);
}

static void receive(struct mc_nats_worker *worker, int timeout_ms)
{
    pthread_mutex_lock(&worker->mutex);
    bool full = worker->inbox_bytes > MC_NATS_INBOX_BYTES_MAX;
    struct pollfd fds[] = {
        {.fd = worker->bell, .events = POLLIN},
        {.fd = worker->fd, .events = full ? 0 : POLLIN},
    };
    pthread_mutex_unlock(&worker->mutex);
    fds[1].events |= worker->want_write ? POLLOUT : 0;
    if (poll(fds, MC_COUNT(fds), timeout_ms) <= 0) {
        return;
    }
    if (fds[0].revents) {
        mc_nats__bell_reset(worker);
    }
    if (fds[1].revents & (POLLIN | POLLERR | POLLHUP)) {
        worker->ping_open = false;
        natsConnection_ProcessReadEvent(worker->connection);
        mc_nats__collect(worker);
    }
}

static void serve(struct mc_nats_worker *worker)
{
    bool over = false;

    while (!over && !worker->detached && !worker->broken) {
        mc_nats__follow_subjects(worker);
        mc_nats__send_letters(worker);
        say_goodbye(worker);
        int timeout_ms = worker->detached ? 0 : mc_nats__keep_alive(worker);
        if (timeout_ms < 0) {
            mc_nats__note(worker, MC_LINK_ERROR, "the server does not answer");
            over = true;
        } else if (!worker->detached) {
            receive(worker, timeout_ms);
        }
        pthread_mutex_lock(&worker->mutex);
        over = over || worker->stopped;
        pthread_mutex_unlock(&worker->mutex);
    }
}

void mc_nats__disconnect(struct mc_nats_worker *worker)
{
    const char *words = NULL;
    char text[MC_ERROR_TEXT_BYTES];

    (void)natsConnection_GetLastError(worker->connection, &words);
    (void)snprintf(text, sizeof(text), "%s: %s", worker->server->label,
                   words && *words ? words : "the connection was closed");
    forget_subscriptions(worker);
    pthread_mutex_lock(&worker->mutex);
    /* The library waits for half a second to empty its buffer, unless that fails. */
    if (worker->fd >= 0 && worker->want_write) {
        (void)shutdown(worker->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&worker->mutex);
    if (worker->want_write && !worker->detached) {
        natsConnection_ProcessWriteEvent(worker->connection);
    }
    natsConnection_Destroy(worker->connection);
    worker->connection = NULL;
    mc_nats__note(worker, MC_LINK_DOWN, text);
}

/* Offers the connection to the loop (drive.c). The thread ends then. */
static bool lend(struct mc_nats_worker *worker)
{
    if (worker->settings->tls || worker->secured) {
        return false;
    }
    pthread_mutex_lock(&worker->mutex);
    bool yes = worker->wake && !worker->stopped && !worker->finishing;
    worker->offered = yes;
    if (yes) {
        event_active(worker->wake, EV_READ, 0);
    }
    pthread_mutex_unlock(&worker->mutex);
    return yes;
}

/* Serves a connection to its end. */
static void see_through(struct mc_nats_worker *worker)
{
    serve(worker);
    mc_nats__disconnect(worker);
    if (mc_clock_monotonic_us() - worker->since_us > GOOD_CONNECTION_US) {
        worker->failures = 0;
    }
    worker->failures++;
    mc_nats__pause(worker, mc_nats__delay_ms(worker));
}

/* Returns false when the loop has the connection now, true when all is over. */
static bool rounds(struct mc_nats_worker *worker)
{
    if (worker->connection) {
        see_through(worker);
    }
    while (!mc_nats__stopped(worker)) {
        mc_nats__connect(worker);
        if (!worker->connection) {
            continue;
        }
        worker->since_us = mc_clock_monotonic_us();
        if (lend(worker)) {
            return false;
        }
        see_through(worker);
    }
    return true;
}

static void on_cancel(void *arg)
{
    struct mc_nats_worker *worker = arg;

    /* Before the loop hears of it: then it starts the next thread. */
    worker->failures++;
    worker->address_turn++;
    pthread_mutex_lock(&worker->mutex);
    worker->lost = true;
    worker->attempt_us = 0;
    pthread_mutex_unlock(&worker->mutex);
    mc_nats__unref(worker); /* that of the connection, which never came to be */
    mc_nats__unref(worker);
}

void *mc_nats__run(void *arg)
{
    struct mc_nats_worker *worker = arg;
    int before = 0;
    bool over = true;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    pthread_cleanup_push(on_cancel, worker);
    over = rounds(worker);
    pthread_cleanup_pop(0);
    if (over) {
        pthread_mutex_lock(&worker->mutex);
        worker->done = true;
        pthread_cond_broadcast(&worker->ended);
        pthread_mutex_unlock(&worker->mutex);
    }
    nats_ReleaseThreadMemory();
    mc_nats__unref(worker);
    return NULL;
}
