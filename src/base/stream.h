/* A buffered TCP connection, with TLS when asked for (libevent bufferevents, OpenSSL).
 *
 * Connecting, name resolution and the TLS handshake never block the loop. Input and
 * output buffers are capped: a peer that does not read makes mc_stream_write() answer
 * MC_STREAM_FULL, one that sends a frame longer than the reader accepts is the reader's
 * business to close. */
#ifndef MC_BASE_STREAM_H
#define MC_BASE_STREAM_H

#include "base/arena.h"
#include "base/loop.h"

struct mc_stream;

enum
{
    MC_STREAM_FULL = 1,
};

enum mc_stream_state
{
    MC_STREAM_CONNECTED,
    MC_STREAM_CLOSED, /* by the peer */
    MC_STREAM_FAILED, /* text says why: refused, name unknown, certificate, timeout */
};

struct mc_stream_tls
{
    bool enabled;
    bool verify;         /* chain and host name; false only for a stated fallback */
    const char *ca;      /* comma list of PEM files, or NULL for the system's */
    const char *cert;    /* PEM file or NULL */
    const char *key;     /* PEM file or NULL */
    const char *ciphers; /* OpenSSL cipher string or NULL */
};

struct mc_stream_spec
{
    const char *host;
    unsigned port;
    unsigned connect_timeout_ms; /* for name, TCP and TLS together */
    size_t output_bytes_max;     /* unsent bytes that may pile up */
    struct mc_stream_tls tls;
};

/* Called when the connection is up, and when it ends (once; then free the stream). */
typedef void mc_stream_state_fn(void *user, enum mc_stream_state state,
                                const char *text);
/* Called with all unread input; returns how many bytes were used. */
typedef size_t mc_stream_input_fn(void *user, struct mc_bytes input);

/* Called when everything that was queued has been handed to the socket. */
typedef void mc_stream_drained_fn(void *user);

/* Find out whether the TLS files and ciphers can be used, without connecting.
 * tls: borrowed.
 * Returns 0; -EINVAL with the file and the reason in error; -ENOMEM. Reads the files. */
int mc_stream_check_tls(const struct mc_stream_tls *tls, struct mc_error *error)
    MC_MUST_USE;

/* Begin to connect. SIGPIPE is ignored from then on, unless the program handles it.
 * loop: outlives the stream.   spec: borrowed for the call.
 * Returns 0 and a stream owned by the caller; -errno with the words in error (a TLS
 * file that cannot be read, no memory). Never blocks, but reads the TLS files. */
int mc_stream_open(struct mc_loop *loop, const struct mc_stream_spec *spec,
                   mc_stream_state_fn *state_fn, mc_stream_input_fn *input_fn,
                   void *user, struct mc_stream **ret_stream, struct mc_error *error)
    MC_MUST_USE;

/* Close at once; unsent bytes are dropped. May be called in its own callbacks.
 * stream: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_stream *mc_stream_free(struct mc_stream *stream);

/* Queue bytes to be sent.
 * stream: connected.   bytes: copied.
 * Returns 0; MC_STREAM_FULL (nothing was queued); -ENOMEM; -ENOTCONN. Never blocks. */
int mc_stream_write(struct mc_stream *stream, struct mc_bytes bytes) MC_MUST_USE;

/* Ask to be called whenever the last queued byte has left for the socket.
 * stream: borrowed.   fn: called with the user of mc_stream_open(); NULL for nobody.
 * Returns nothing. Never blocks. */
void mc_stream_on_drained(struct mc_stream *stream, mc_stream_drained_fn *fn);

/* How many bytes wait to be sent.
 * stream: borrowed.
 * Returns bytes. Never blocks. */
size_t mc_stream_unsent(const struct mc_stream *stream);

#endif
