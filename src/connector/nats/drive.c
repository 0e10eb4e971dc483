/* The loop at the wheel: an established connection without TLS.
 *
 * Waking another thread twice for each message is most of what a small message costs,
 * and thousands of nodes in a process should not be thousands of threads. So a thread
 * that has connected offers its connection and ends. The loop takes it over, and from
 * then on calls the library itself: without TLS, reading and writing never block there.
 * Whatever could block - the end of a connection, the last bytes before a good-bye, and
 * all of TLS - is given back to a thread. At any time one of the two owns the
 * connection; who gives it away touches it no more. */
#include "connector/nats/worker-private.h"

#include "base/clock.h"
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>

/* The content types of TLS records (RFC 8446, 5.1); no line of NATS begins so. */
#define TLS_RECORD_FIRST 20
#define TLS_RECORD_LAST 24

void mc_nats__give_back(struct mc_nats_worker *worker)
{
    const struct mc_connector_events *events = &worker->spec->events;

    if (worker->readable) {
        event_free(worker->readable);
    }
    if (worker->writable) {
        event_free(worker->writable);
    }
    worker->readable = NULL;
    worker->writable = NULL;
    worker->pulse = mc_timer_free(worker->pulse);
    worker->driving = false;
    pthread_mutex_lock(&worker->mutex);
    worker->offered = false;
    bool told = worker->wake != NULL;
    pthread_mutex_unlock(&worker->mutex);
    if (mc_nats__thread_start(worker) < 0) {
        /* Without a thread its end may block the loop for half a second. */
        mc_nats__disconnect(worker);
        pthread_mutex_lock(&worker->mutex);
        worker->done = true;
        pthread_mutex_unlock(&worker->mutex);
        if (told) {
            events->link(events->user, MC_LINK_DEAD, "no thread can be started");
        }
    }
}

/* What the thread does in each of its rounds, except waiting. */
static void turn(struct mc_nats_worker *worker)
{
    mc_nats__follow_subjects(worker);
    mc_nats__send_letters(worker);
    if (worker->detached || worker->broken) {
        mc_nats__give_back(worker);
    } else if (worker->want_write && !worker->writing) {
        worker->writing = event_add(worker->writable, NULL) == 0;
    } else if (!worker->want_write && worker->writing) {
        worker->writing = false;
        (void)event_del(worker->writable);
    }
}

static void on_pulse(void *user)
{
    struct mc_nats_worker *worker = user;
    int next_ms = mc_nats__keep_alive(worker);

    mc_nats__throw_away(worker);
    if (next_ms < 0) {
        worker->broken = true;
        mc_nats__note(worker, MC_LINK_ERROR, "the server does not answer");
    } else {
        mc_timer_start(worker->pulse, (uint64_t)next_ms);
    }
    turn(worker);
}

/* A server that demands TLS gets it though the settings do not say so, and the library
 * does not tell. The first byte that arrives does. */
static bool is_tls(struct mc_nats_worker *worker, int fd)
{
    unsigned char byte = 0;

    if (worker->looked_at || recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 1) {
        return false;
    }
    worker->looked_at = true;
    return byte >= TLS_RECORD_FIRST && byte <= TLS_RECORD_LAST;
}

static void on_socket(int fd, short what, void *user)
{
    struct mc_nats_worker *worker = user;

    if ((what & EV_READ) && is_tls(worker, fd)) {
        worker->secured = true;
        mc_nats__give_back(worker);
        return;
    }
    pthread_mutex_lock(&worker->mutex);
    /* What was read before goes first, so no more than one reading ever waits. */
    bool read = (what & EV_READ) && !worker->inbox_first;
    worker->looking = true;
    pthread_mutex_unlock(&worker->mutex);
    if (read) {
        worker->ping_open = false;
        natsConnection_ProcessReadEvent(worker->connection);
        mc_nats__collect(worker);
    }
    mc_nats__look(-1, 0, worker);
}

/* Nothing of the user's is touched before it is known that he has not left. */
static bool take_over(struct mc_nats_worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    bool offered = worker->offered && worker->wake;
    int fd = worker->fd;
    pthread_mutex_unlock(&worker->mutex);
    if (!offered) {
        return false;
    }
    struct event_base *base = mc_loop_base(worker->spec->loop);
    worker->driving = true;
    worker->writing = false;
    worker->looked_at = false;
    worker->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_socket, worker);
    worker->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, on_socket, worker);
    worker->pulse = mc_timer_new(worker->spec->loop, on_pulse, worker);
    if (!worker->readable || !worker->writable || !worker->pulse ||
        event_add(worker->readable, NULL) != 0) {
        mc_nats__give_back(worker);
        return false;
    }
    mc_timer_start(worker->pulse, 0);
    return true;
}

void mc_nats__drive(struct mc_nats_worker *worker)
{
    if (worker->driving || take_over(worker)) {
        turn(worker);
    }
}
