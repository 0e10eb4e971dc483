/* A stream: look the name up, connect, shake hands, then a bufferevent.
 *
 * The steps follow each other on the loop: resolve -> one address after the other ->
 * TLS -> up. A host with several addresses is tried address by address, each with its
 * share of the time, because a broker may listen on one of them only. The stream ends
 * once: `ended` is set before the caller is told, and nothing of the stream is touched
 * after a callback that may have freed it. */
#include "base/stream.h"

#include "base/memory.h"
#include "base/resolve-private.h"
#include "base/stream-private.h"
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct mc_stream
{
    struct mc_loop *loop;
    struct mc_stream_spec spec; /* its texts are in arena */
    struct mc_arena *arena;
    mc_stream_state_fn *state_fn;
    mc_stream_input_fn *input_fn;
    mc_stream_drained_fn *drained_fn;
    void *user;
    struct mc_timer *deadline; /* for everything up to CONNECTED */
    struct mc_timer *patience; /* for one address */
    struct mc_resolve *resolve;
    struct addrinfo *addresses;
    struct addrinfo *next;
    struct mc_watch *watch;
    int fd; /* while connecting, then the bufferevent owns it */
    SSL_CTX *context;
    SSL *session;
    struct bufferevent *bev;
    struct mc_error problem;
    bool connected;
    bool ended;
    bool *freed; /* set by mc_stream_free() inside the input callback */
};

static void connect_next(struct mc_stream *stream);

/* Tell the caller that it is over; the stream may be gone afterwards. */
static void end(struct mc_stream *stream, enum mc_stream_state state, const char *text)
{
    if (stream->ended) {
        return;
    }
    stream->ended = true;
    stream->connected = false;
    mc_timer_stop(stream->deadline);
    mc_timer_stop(stream->patience);
    stream->watch = mc_watch_free(stream->watch);
    if (stream->bev) {
        (void)bufferevent_disable(stream->bev, EV_READ | EV_WRITE);
    }
    stream->state_fn(stream->user, state, text);
}

static void close_fd(struct mc_stream *stream)
{
    stream->watch = mc_watch_free(stream->watch);
    if (stream->fd >= 0) {
        (void)close(stream->fd);
        stream->fd = -1;
    }
}

static void stream_up(struct mc_stream *stream)
{
    mc_timer_stop(stream->deadline);
    stream->connected = true;
    if (stream->context) {
        /* The authorities have done their work; a fresh store is empty. */
        X509_STORE *empty = X509_STORE_new();
        if (empty) {
            SSL_CTX_set_cert_store(stream->context, empty);
        }
    }
    stream->state_fn(stream->user, MC_STREAM_CONNECTED, NULL);
}

/* Acknowledge now what has arrived. A broker that waits for that before it sends the
 * next small message (Nagle's algorithm) would wait for 40 ms while the kernel delays it.
 * The kernel forgets the wish with what we send next, so it is said each time. */
static void acknowledge(struct bufferevent *bev)
{
    int on = 1;

    (void)setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_QUICKACK, &on,
                     sizeof(on));
}

static void input_ready(struct bufferevent *bev, void *user)
{
    struct mc_stream *stream = user;
    struct evbuffer *in = bufferevent_get_input(bev);
    size_t len = evbuffer_get_length(in);
    const uint8_t *data = evbuffer_pullup(in, -1);
    bool freed = false;

    if (stream->ended || len == 0) {
        return;
    }
    acknowledge(bev);
    if (!data) {
        end(stream, MC_STREAM_FAILED, "no memory for its input");
        return;
    }
    stream->freed = &freed;
    size_t used = stream->input_fn(stream->user, mc_bytes_make(data, len));
    if (freed) {
        return;
    }
    stream->freed = NULL;
    (void)evbuffer_drain(in, used < len ? used : len);
}

static void output_empty(struct bufferevent *bev, void *user)
{
    struct mc_stream *stream = user;

    (void)bev;
    if (stream->connected && stream->drained_fn) {
        stream->drained_fn(stream->user);
    }
}

static void stream_event(struct bufferevent *bev, short what, void *user)
{
    struct mc_stream *stream = user;
    int code = EVUTIL_SOCKET_ERROR();
    unsigned long tls = stream->session ? bufferevent_get_openssl_error(bev) : 0;

    if (what & BEV_EVENT_CONNECTED) {
        stream_up(stream);
    } else if (stream->session && (!stream->connected || tls)) {
        mc_stream__tls_problem(stream->session, tls, &stream->problem);
        end(stream, MC_STREAM_FAILED, stream->problem.text);
    } else if (what & BEV_EVENT_EOF) {
        end(stream, MC_STREAM_CLOSED, "closed by the other side");
    } else {
        mc_error_set(&stream->problem, "%s", code ? strerror(code) : "cut");
        end(stream, MC_STREAM_FAILED, stream->problem.text);
    }
}

/* The TCP connection stands: wrap it. */
static void begin_stream(struct mc_stream *stream)
{
    struct event_base *base = mc_loop_base(stream->loop);
    int fd = stream->fd;

    stream->fd = -1;
    if (stream->context) {
        stream->session = mc_stream__tls_session(stream->context, &stream->spec.tls,
                                                 stream->spec.host);
        stream->bev = stream->session
                          ? bufferevent_openssl_socket_new(base, fd, stream->session,
                                                           BUFFEREVENT_SSL_CONNECTING,
                                                           BEV_OPT_CLOSE_ON_FREE)
                          : NULL;
        if (!stream->bev) {
            SSL_free(stream->session);
            stream->session = NULL;
        }
    } else {
        stream->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    }
    if (!stream->bev) {
        (void)close(fd);
        end(stream, MC_STREAM_FAILED, "no memory for the connection");
        return;
    }
    bufferevent_setcb(stream->bev, input_ready, output_empty, stream_event, stream);
    (void)bufferevent_enable(stream->bev, EV_READ | EV_WRITE);
    if (!stream->context) {
        stream_up(stream);
    }
}

static void address_failed(struct mc_stream *stream, int code)
{
    close_fd(stream);
    mc_timer_stop(stream->patience);
    mc_error_set(&stream->problem, "%s", strerror(code));
}

static void connect_done(void *user, int fd, unsigned events)
{
    struct mc_stream *stream = user;
    int code = 0;
    socklen_t len = sizeof(code);

    (void)events;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) != 0) {
        code = errno;
    }
    if (code) {
        address_failed(stream, code);
        connect_next(stream);
        return;
    }
    stream->watch = mc_watch_free(stream->watch);
    mc_timer_stop(stream->patience);
    begin_stream(stream);
}

static void address_silent(void *user)
{
    struct mc_stream *stream = user;

    address_failed(stream, ETIMEDOUT);
    connect_next(stream);
}

static int connect_one(struct mc_stream *stream, const struct addrinfo *address)
{
    int on = 1;

    stream->fd =
        socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (stream->fd < 0) {
        return -errno;
    }
    (void)setsockopt(stream->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void)setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(stream->fd, address->ai_addr, address->ai_addrlen) != 0 &&
        errno != EINPROGRESS) {
        return -errno;
    }
    stream->watch =
        mc_watch_new(stream->loop, stream->fd, MC_WATCH_WRITE, connect_done, stream);
    return stream->watch ? 0 : -ENOMEM;
}

static void connect_next(struct mc_stream *stream)
{
    while (stream->next) {
        const struct addrinfo *address = stream->next;
        unsigned left = 1;
        stream->next = address->ai_next;
        for (const struct addrinfo *more = address->ai_next; more;
             more = more->ai_next) {
            left++;
        }
        int r = connect_one(stream, address);
        if (r == 0) {
            if (left > 1) {
                mc_timer_start(stream->patience,
                               stream->spec.connect_timeout_ms / left);
            }
            return;
        }
        address_failed(stream, -r);
    }
    end(stream, MC_STREAM_FAILED, stream->problem.text);
}

static void resolved(void *user, struct addrinfo *found, const char *problem)
{
    struct mc_stream *stream = user;

    stream->resolve = mc_resolve_free(stream->resolve);
    if (!found) {
        mc_error_set(&stream->problem, "its name cannot be looked up: %s", problem);
        end(stream, MC_STREAM_FAILED, stream->problem.text);
        return;
    }
    stream->addresses = found;
    stream->next = found;
    connect_next(stream);
}

static void too_late(void *user)
{
    struct mc_stream *stream = user;
    const char *step = stream->resolve   ? "while its name was looked up"
                       : stream->session ? "during the TLS handshake"
                                         : "while connecting";

    mc_error_set(&stream->problem, "no answer within %u s %s",
                 (stream->spec.connect_timeout_ms + 999) / 1000, step);
    end(stream, MC_STREAM_FAILED, stream->problem.text);
}

/* Copy what outlives the call of mc_stream_open(). */
static int keep_spec(struct mc_stream *stream, const struct mc_stream_spec *spec)
{
    stream->spec = *spec;
    stream->spec.host = mc_arena_strdup(stream->arena, spec->host);
    /* Only `verify` is needed once the context is made. */
    stream->spec.tls.ca = NULL;
    stream->spec.tls.cert = NULL;
    stream->spec.tls.key = NULL;
    stream->spec.tls.ciphers = NULL;
    return stream->spec.host ? 0 : -ENOMEM;
}

static void ignore_sigpipe(void)
{
    struct sigaction now;

    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
        now.sa_handler = SIG_IGN;
        (void)sigaction(SIGPIPE, &now, NULL);
    }
}

static int start(struct mc_stream *stream, const struct mc_stream_spec *spec,
                 struct mc_error *error)
{
    stream->arena = mc_arena_new(4096);
    if (!stream->arena || keep_spec(stream, spec) < 0) {
        return -ENOMEM;
    }
    if (spec->tls.enabled) {
        int r = mc_stream__tls_context(&spec->tls, &stream->context, error);
        if (r < 0) {
            return r;
        }
    }
    stream->deadline = mc_timer_new(stream->loop, too_late, stream);
    stream->patience = mc_timer_new(stream->loop, address_silent, stream);
    stream->resolve =
        mc_resolve_start(stream->loop, spec->host, spec->port, resolved, stream);
    if (!stream->deadline || !stream->patience || !stream->resolve) {
        return -ENOMEM;
    }
    mc_timer_start(stream->deadline, spec->connect_timeout_ms);
    return 0;
}

int mc_stream_open(struct mc_loop *loop, const struct mc_stream_spec *spec,
                   mc_stream_state_fn *state_fn, mc_stream_input_fn *input_fn,
                   void *user, struct mc_stream **ret_stream, struct mc_error *error)
{
    struct mc_stream *stream = mc_memory_new(sizeof(*stream));

    mc_error_set(error, "no memory for a connection");
    if (!stream) {
        return -ENOMEM;
    }
    ignore_sigpipe();
    stream->fd = -1;
    stream->loop = loop;
    stream->state_fn = state_fn;
    stream->input_fn = input_fn;
    stream->user = user;
    int r = start(stream, spec, error);
    if (r < 0) {
        mc_stream_free(stream);
        return r;
    }
    *ret_stream = stream;
    return 0;
}

struct mc_stream *mc_stream_free(struct mc_stream *stream)
{
    if (!stream) {
        return NULL;
    }
    if (stream->freed) {
        *stream->freed = true;
    }
    mc_resolve_free(stream->resolve);
    mc_timer_free(stream->deadline);
    mc_timer_free(stream->patience);
    close_fd(stream);
    if (stream->session && stream->connected) {
        /* Say that we close, without waiting for the same from the other side. */
        SSL_set_shutdown(stream->session, SSL_RECEIVED_SHUTDOWN);
        (void)SSL_shutdown(stream->session);
    }
    if (stream->bev) {
        bufferevent_free(stream->bev);
    }
    SSL_CTX_free(stream->context);
    if (stream->addresses) {
        evutil_freeaddrinfo(stream->addresses);
    }
    mc_arena_free(stream->arena);
    return mc_memory_free(stream);
}

int mc_stream_write(struct mc_stream *stream, struct mc_bytes bytes)
{
    if (!stream->connected) {
        return -ENOTCONN;
    }
    size_t unsent = mc_stream_unsent(stream);
    if (unsent >= stream->spec.output_bytes_max ||
        bytes.len > stream->spec.output_bytes_max - unsent) {
        return MC_STREAM_FULL;
    }
    return bufferevent_write(stream->bev, bytes.data, bytes.len) == 0 ? 0 : -ENOMEM;
}

size_t mc_stream_unsent(const struct mc_stream *stream)
{
    return stream->bev ? evbuffer_get_length(bufferevent_get_output(stream->bev)) : 0;
}

void mc_stream_on_drained(struct mc_stream *stream, mc_stream_drained_fn *fn)
{
    stream->drained_fn = fn;
}
