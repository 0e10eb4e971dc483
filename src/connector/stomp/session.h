/* One STOMP conversation: CONNECT, CONNECTED, subscriptions, SEND, MESSAGE, heartbeats
 * (spec collective.md 1.2, 1.5, 1.9). Sans-I/O: bytes come in, bytes to be sent are
 * appended to a buffer, the time is given.
 *
 * Subscriptions outlive connections: they are remembered and written again each time a
 * server has said CONNECTED. */
#ifndef MC_CONNECTOR_STOMP_SESSION_H
#define MC_CONNECTOR_STOMP_SESSION_H

#include "connector/stomp/beats.h"
#include "connector/stomp/queue.h"
#include "connector/stomp/settings.h"

#define MC_STOMP_SUBSCRIPTIONS_MAX ((size_t)65536)

/* What mc_stomp_session_input() may come upon. */
enum
{
    MC_STOMP_UP = 1,     /* CONNECTED; the subscriptions are in out */
    MC_STOMP_MESSAGE,    /* session->parser.frame holds it */
    MC_STOMP_ERROR,      /* so does that; before MC_STOMP_UP it is a refusal */
    MC_STOMP_UNEXPECTED, /* a frame that has no business here */
};

struct mc_stomp_subscription
{
    const char *destination;
    const char *selector; /* or NULL */
    const char *id;       /* used in 1.1 */
};

enum mc_stomp_phase
{
    MC_STOMP_IDLE,
    MC_STOMP_CONNECTING,
    MC_STOMP_CONNECTED,
};

/* Embedded by its user; the fields are the session's own, parser.frame may be read. */
struct mc_stomp_session
{
    const struct mc_stomp_settings *settings;
    enum mc_stomp_phase phase;
    enum mc_stomp_version version;
    struct mc_stomp_parser parser;
    struct mc_stomp_beats beats;
    struct mc_stomp_subscription
        *subscriptions; /* one heap block each, at destination */
    size_t count;
    size_t size;
};

/* Begin, without a connection.
 * settings: outlive the session.   body_bytes_max: longer bodies are skipped.
 * Returns nothing. Never blocks. */
void mc_stomp_session_init(struct mc_stomp_session *session,
                           const struct mc_stomp_settings *settings,
                           size_t body_bytes_max);

/* Forget everything.
 * session: zeroed or initialised.
 * Returns nothing. Never blocks. */
void mc_stomp_session_deinit(struct mc_stomp_session *session);

/* A connection stands: say CONNECT.
 * out: appended to.
 * Returns 0; -EINVAL for a login that no frame can carry; -ENOMEM. Never blocks. */
int mc_stomp_session_open(struct mc_stomp_session *session,
                          const struct mc_stomp_broker *broker, struct mc_buffer *out)
    MC_MUST_USE;

/* The connection is gone; the subscriptions stay.
 * Returns nothing. Never blocks. */
void mc_stomp_session_close(struct mc_stomp_session *session);

/* Bytes came.
 * in: borrowed.   now_us: monotonic.   out: what is to be sent, appended to.
 * ret_used: how many were taken; call again with the rest.
 * Returns 0 when all were taken; an MC_STOMP_ outcome; -EPROTO with the reason in error;
 * -ENOMEM. Never blocks. */
int mc_stomp_session_input(struct mc_stomp_session *session, struct mc_bytes in,
                           int64_t now_us, struct mc_buffer *out, size_t *ret_used,
                           struct mc_error *error) MC_MUST_USE;

/* Remember a subscription and, when connected, make it. Twice the same is once.
 * subscription: copied.   out: appended to.
 * Returns 0; -EINVAL for names that no frame can carry; -ENOMEM. Never blocks. */
int mc_stomp_session_subscribe(struct mc_stomp_session *session,
                               const struct mc_stomp_subscription *subscription,
                               struct mc_buffer *out) MC_MUST_USE;

/* Forget one and, when connected, end it. Unknown ones are ignored.
 * out: appended to.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_stomp_session_unsubscribe(struct mc_stomp_session *session,
                                 const struct mc_stomp_subscription *subscription,
                                 struct mc_buffer *out) MC_MUST_USE;

/* The version that SENDs will be written in, as far as it is known now.
 * Returns the version. Never blocks. */
enum mc_stomp_version mc_stomp_session_version(const struct mc_stomp_session *session);

#endif
