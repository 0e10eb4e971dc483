/* The thread's first half: waiting, and one attempt to connect.
 *
 * The library is told that a foreign loop drives the socket; the callbacks for that
 * only note what it wants, serve() in worker.c does it. */
#include "connector/nats/worker-private.h"

#include "base/clock.h"
#include <arpa/inet.h>
#include <event2/event.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>

/* The library's buffers; a TLS record (16 KiB) must fit into one. */
#define IO_BUFFER_BYTES 32768

/* ---- called by the library, on this thread ---- */

static natsStatus on_attach(void **user_data, void *loop, natsConnection *connection,
                            natsSock fd)
{
    struct mc_nats_worker *worker = loop;

    int before = 0;

    (void)connection;
    /* It has worked: no cancelling any more. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    *user_data = worker;
    pthread_mutex_lock(&worker->mutex);
    worker->fd = fd;
    pthread_mutex_unlock(&worker->mutex);
    return NATS_OK;
}

/* Removal comes before the library closes the socket: from then on nobody may use it. */
static natsStatus on_read(void *user_data, bool add)
{
    struct mc_nats_worker *worker = user_data;

    if (!add) {
        pthread_mutex_lock(&worker->mutex);
        worker->fd = -1;
        pthread_mutex_unlock(&worker->mutex);
        if (worker->driving) {
            (void)event_del(worker->readable);
            (void)event_del(worker->writable);
        }
    }
    return NATS_OK;
}

static natsStatus on_write(void *user_data, bool add)
{
    struct mc_nats_worker *worker = user_data;

    worker->want_write = add;
    return NATS_OK;
}

static natsStatus on_detach(void *user_data)
{
    struct mc_nats_worker *worker = user_data;

    worker->detached = true;
    return NATS_OK;
}

/* ---- called by the library, on its own thread ---- */

static void on_error(natsConnection *connection, natsSubscription *subscription,
                     natsStatus status, void *closure)
{
    (void)connection;
    (void)subscription;
    mc_nats__note(closure,
                  status == NATS_SLOW_CONSUMER ? MC_LINK_DROPPED : MC_LINK_ERROR,
                  mc_nats_words(status));
}

static void on_lame_duck(natsConnection *connection, void *closure)
{
    (void)connection;
    mc_nats__note(closure, MC_LINK_ERROR, "the server is about to shut down");
}

/* The last call that the library makes for a connection. */
static void on_closed(natsConnection *connection, void *closure)
{
    (void)connection;
    mc_nats__unref(closure);
}

/* ---- waiting ---- */

bool mc_nats__stopped(struct mc_nats_worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    bool yes = worker->stopped || (worker->finishing && !worker->outbox_first);
    pthread_mutex_unlock(&worker->mutex);
    return yes;
}

void mc_nats__bell_reset(struct mc_nats_worker *worker)
{
    eventfd_t unused = 0;

    (void)eventfd_read(worker->bell, &unused);
}

static int64_t jitter(int64_t ms)
{
    uint32_t random = 0;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random)) {
        return ms;
    }
    return ms / 2 + (int64_t)(random % 1024) * ms / 1024;
}

int64_t mc_nats__delay_ms(const struct mc_nats_worker *worker)
{
    const struct mc_nats_settings *settings = worker->settings;
    int64_t ms = settings->delay_first_ms;

    for (unsigned i = 1; i < worker->failures && ms < settings->delay_max_ms; i++) {
        ms *= 2;
    }
    return jitter(ms < settings->delay_max_ms ? ms : settings->delay_max_ms);
}

void mc_nats__pause(struct mc_nats_worker *worker, int64_t ms)
{
    int64_t until_us = mc_clock_monotonic_us() + ms * 1000;
    struct pollfd bell = {.fd = worker->bell, .events = POLLIN};
    int64_t left_us = ms * 1000;

    while (left_us > 0 && !mc_nats__stopped(worker)) {
        if (poll(&bell, 1, (int)(left_us / 1000) + 1) > 0) {
            mc_nats__bell_reset(worker);
        }
        left_us = until_us - mc_clock_monotonic_us();
    }
}

/* ---- connecting ---- */

static natsStatus join_loop(natsOptions *options, struct mc_nats_worker *worker)
{
    natsStatus s = natsOptions_SetEventLoop(options, worker, on_attach, on_read,
                                            on_write, on_detach);

    s = s != NATS_OK ? s : natsOptions_SetErrorHandler(options, on_error, worker);
    s = s != NATS_OK ? s : natsOptions_SetClosedCB(options, on_closed, worker);
    s = s != NATS_OK ? s : natsOptions_SetLameDuckModeCB(options, on_lame_duck, worker);
    return s != NATS_OK ? s : natsOptions_SetIOBufSize(options, IO_BUFFER_BYTES);
}

/* A network that swallows everything must end the connection, also while the library
 * waits for the rest of a TLS record. */
static void watch_network(int fd, int64_t interval_ms)
{
    int on = 1;
    int idle_s = (int)(interval_ms / 1000) + 1;
    int count = 3;
    unsigned dead_ms = (unsigned)interval_ms * 3;

    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle_s, sizeof(idle_s));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof(dead_ms));
}

static void connected(struct mc_nats_worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    worker->body_bytes_max = natsConnection_GetMaxPayload(worker->connection);
    worker->subjects_changed = true;
    if (worker->fd >= 0) {
        watch_network(worker->fd, worker->settings->ping_interval_ms);
    }
    pthread_mutex_unlock(&worker->mutex);
    worker->half_closed = false;
    worker->ping_open = false;
    worker->broken = false;
    worker->ping_us =
        mc_clock_monotonic_us() + worker->settings->ping_interval_ms * 1000;
    mc_nats__note(worker, MC_LINK_UP, worker->server->label);
}

/* Finds an address of the server here, because the library's look-up must not be
 * cancelled in the middle: that could leave the resolver locked for all. A server with
 * several addresses is tried at another one each time.
 * Returns NULL or what is wrong. */
static const char *resolve(struct mc_nats_worker *worker)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char text[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE] = "";
    unsigned count = 1;

    int r = getaddrinfo(worker->server->host, NULL, &hints, &list);
    if (r != 0 || !list) {
        return r != 0 ? gai_strerror(r) : "no address";
    }
    for (const struct addrinfo *each = list->ai_next; each; each = each->ai_next) {
        count++;
    }
    const struct addrinfo *chosen = list;
    for (unsigned skip = worker->address_turn % count; skip > 0 && chosen->ai_next;
         skip--) {
        chosen = chosen->ai_next;
    }
    r = getnameinfo(chosen->ai_addr, chosen->ai_addrlen, text, sizeof(text), NULL, 0,
                    NI_NUMERICHOST);
    (void)snprintf(worker->address, sizeof(worker->address),
                   chosen->ai_family == AF_INET6 ? "[%s]" : "%s", text);
    freeaddrinfo(list);
    return r == 0 ? NULL : gai_strerror(r);
}

static void mark_attempt(struct mc_nats_worker *worker, int64_t now_us)
{
    pthread_mutex_lock(&worker->mutex);
    worker->attempt_us = now_us;
    pthread_mutex_unlock(&worker->mutex);
}

/* Only in here the watchdog may cancel this thread. */
static natsStatus connect_cancellably(struct mc_nats_worker *worker)
{
    int before = 0;

    mark_attempt(worker, mc_clock_monotonic_us());
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before);
    natsStatus s =
        natsConnection_Connect(&worker->connection, worker->settings->options);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    mark_attempt(worker, 0);
    return s;
}

static natsStatus attempt(struct mc_nats_worker *worker, struct mc_error *error)
{
    const char *words = resolve(worker);

    if (words) {
        mc_error_set(error, "%s", words);
        return NATS_ERR;
    }
    worker->detached = false;
    worker->want_write = false;
    natsStatus s =
        mc_nats_settings_point(worker->settings, worker->server, worker->address);
    s = s != NATS_OK ? s : join_loop(worker->settings->options, worker);
    if (s == NATS_OK) {
        mc_nats__ref(worker); /* given back in on_closed() */
        s = connect_cancellably(worker);
        if (s != NATS_OK) {
            worker->connection = NULL;
            mc_nats__unref(worker);
        }
    }
    if (s != NATS_OK) {
        mc_error_set(error, "%s", mc_nats_words(s));
    }
    return s;
}

void mc_nats__connect(struct mc_nats_worker *worker)
{
    const struct mc_nats_settings *settings = worker->settings;
    struct mc_error error = {.text = ""};
    char text[MC_ERROR_TEXT_BYTES * 2];

    worker->server = &settings->servers[worker->server_next++ % settings->server_count];
    natsStatus s = attempt(worker, &error);
    if (s == NATS_OK) {
        connected(worker);
        return;
    }
    worker->failures++;
    worker->address_turn++;
    if (s == NATS_CONNECTION_AUTH_FAILED) {
        mc_nats__note(worker, MC_LINK_ERROR, error.text);
    }
    if (settings->attempts_max > 0 && worker->failures >= settings->attempts_max) {
        (void)snprintf(text, sizeof(text), "%s: %s; given up after %u attempts",
                       worker->server->label, error.text, worker->failures);
        mc_nats__note(worker, MC_LINK_DEAD, text);
        pthread_mutex_lock(&worker->mutex);
        worker->stopped = true;
        pthread_mutex_unlock(&worker->mutex);
        return;
    }
    int64_t ms = mc_nats__delay_ms(worker);
    (void)snprintf(text, sizeof(text), "%s: %s; next attempt in %.2f s",
                   worker->server->label, error.text, (double)ms / 1000);
    mc_nats__note(worker, MC_LINK_RETRY, text);
    mc_nats__pause(worker, ms);
}
