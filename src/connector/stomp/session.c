/* The conversation. Until CONNECTED has come only CONNECT is written; everything else
 * is remembered and follows then. */
#include "connector/stomp/session.h"

#include "base/memory.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

void mc_stomp_session_init(struct mc_stomp_session *session,
                           const struct mc_stomp_settings *settings,
                           size_t body_bytes_max)
{
    memset(session, 0, sizeof(*session));
    session->settings = settings;
    mc_stomp_parser_init(&session->parser, body_bytes_max);
}

static void drop(struct mc_stomp_session *session, size_t at)
{
    /* The three texts are one block that begins with the destination. */
    union
    {
        const char *text;
        void *block;
    } first = {.text = session->subscriptions[at].destination};

    mc_memory_free(first.block);
    session->count--;
    memmove(&session->subscriptions[at], &session->subscriptions[at + 1],
            (session->count - at) * sizeof(session->subscriptions[0]));
}

void mc_stomp_session_deinit(struct mc_stomp_session *session)
{
    while (session->count) {
        drop(session, session->count - 1);
    }
    session->subscriptions = mc_memory_free(session->subscriptions);
    session->size = 0;
    mc_stomp_parser_deinit(&session->parser);
}

int mc_stomp_session_open(struct mc_stomp_session *session,
                          const struct mc_stomp_broker *broker, struct mc_buffer *out)
{
    const struct mc_stomp_settings *settings = session->settings;
    unsigned beat = settings->heartbeat_s;
    bool login = *broker->user != 0;
    char beats[64];

    mc_stomp_session_close(session);
    session->phase = MC_STOMP_CONNECTING;
    (void)snprintf(beats, sizeof(beats), "%u,%u", beat * 1000 + 500, beat * 1000 - 500);
    const struct mc_stomp_header headers[] = {
        {"accept-version", !beat                    ? "1.0"
                           : settings->fallback_1_0 ? "1.1,1.0"
                                                    : "1.1"},
        {"host", settings->vhost},
        {"heart-beat", beat ? beats : NULL},
        {"login", login ? broker->user : NULL},
        {"passcode", login && *broker->password ? broker->password : NULL},
    };
    return mc_stomp_frame_write(MC_STOMP_1_0, "CONNECT", headers, MC_COUNT(headers),
                                mc_bytes_make(NULL, 0), out);
}

void mc_stomp_session_close(struct mc_stomp_session *session)
{
    size_t body_bytes_max = session->parser.body_bytes_max;

    mc_stomp_parser_deinit(&session->parser);
    mc_stomp_parser_init(&session->parser, body_bytes_max);
    session->phase = MC_STOMP_IDLE;
    session->version = MC_STOMP_1_0;
}

/* SUBSCRIBE or UNSUBSCRIBE. */
static int write_subscription(const struct mc_stomp_session *session,
                              const char *command,
                              const struct mc_stomp_subscription *subscription,
                              struct mc_buffer *out)
{
    const struct mc_stomp_header headers[] = {
        {"selector", subscription->selector},
        {"destination", subscription->destination},
        {"id", session->version == MC_STOMP_1_1 ? subscription->id : NULL},
    };

    return mc_stomp_frame_write(session->version, command, headers, MC_COUNT(headers),
                                mc_bytes_make(NULL, 0), out);
}

static int connected(struct mc_stomp_session *session, int64_t now_us,
                     struct mc_buffer *out, struct mc_error *error)
{
    const struct mc_stomp_frame *frame = &session->parser.frame;
    const char *version = mc_stomp_frame_header(frame, "version");

    session->version = MC_STOMP_1_0;
    if (version && strcmp(version, "1.1") == 0) {
        session->version = MC_STOMP_1_1;
    } else if (version && strcmp(version, "1.0") != 0) {
        mc_error_set(error, "the broker wants to speak STOMP %.20s", version);
        return -EPROTO;
    }
    if (session->version == MC_STOMP_1_0 && session->settings->heartbeat_s &&
        !session->settings->fallback_1_0) {
        mc_error_set(error, "the broker speaks STOMP 1.0 only, without the heartbeats "
                            "that heartbeat_interval asks for (stomp_1_0_fallback)");
        return -EPROTO;
    }
    session->parser.version = session->version;
    session->phase = MC_STOMP_CONNECTED;
    mc_stomp_beats_init(
        &session->beats,
        session->version == MC_STOMP_1_1 ? session->settings->heartbeat_s : 0,
        mc_stomp_frame_header(frame, "heart-beat"), session->settings->hbread_fails_max,
        now_us);
    for (size_t i = 0; i < session->count; i++) {
        int r =
            write_subscription(session, "SUBSCRIBE", &session->subscriptions[i], out);
        if (r < 0) {
            return r;
        }
    }
    return MC_STOMP_UP;
}

/* What a whole frame means in this phase. 0: nothing. */
static int judge(struct mc_stomp_session *session, int64_t now_us,
                 struct mc_buffer *out, struct mc_error *error)
{
    const char *command = session->parser.frame.command;
    bool up = session->phase == MC_STOMP_CONNECTED;

    if (strcmp(command, "MESSAGE") == 0 && up) {
        return MC_STOMP_MESSAGE;
    }
    if (strcmp(command, "CONNECTED") == 0 && !up) {
        return connected(session, now_us, out, error);
    }
    if (strcmp(command, "RECEIPT") == 0) {
        return 0;
    }
    return strcmp(command, "ERROR") == 0 ? MC_STOMP_ERROR : MC_STOMP_UNEXPECTED;
}

int mc_stomp_session_input(struct mc_stomp_session *session, struct mc_bytes in,
                           int64_t now_us, struct mc_buffer *out, size_t *ret_used,
                           struct mc_error *error)
{
    size_t at = 0;
    int r = 0;

    mc_stomp_beats_received(&session->beats, now_us);
    while (r == 0 && at < in.len) {
        size_t used = 0;
        r = mc_stomp_parser_feed(&session->parser, mc_bytes_slice(in, at, in.len),
                                 &used, error);
        at += used;
        if (r == MC_STOMP_FRAME) {
            r = judge(session, now_us, out, error);
        }
    }
    *ret_used = at;
    return r;
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : !a && !b;
}

static size_t find(const struct mc_stomp_session *session,
                   const struct mc_stomp_subscription *subscription)
{
    size_t at = 0;

    while (at < session->count &&
           !(same(session->subscriptions[at].destination, subscription->destination) &&
             same(session->subscriptions[at].selector, subscription->selector))) {
        at++;
    }
    return at;
}

static int make_room(struct mc_stomp_session *session)
{
    if (session->count < session->size) {
        return 0;
    }
    if (session->count >= MC_STOMP_SUBSCRIPTIONS_MAX) {
        return -ENOMEM;
    }
    size_t one = sizeof(session->subscriptions[0]);
    size_t size = session->size ? session->size * 2 : 8;
    void *grown =
        mc_memory_resize(session->subscriptions, session->size * one, size * one);
    if (!grown) {
        return -ENOMEM;
    }
    session->subscriptions = grown;
    session->size = size;
    return 0;
}

/* Copy the three texts into one block. */
static int remember(struct mc_stomp_session *session,
                    const struct mc_stomp_subscription *subscription)
{
    const char *const texts[] = {subscription->destination, subscription->selector,
                                 subscription->id};
    const char *copies[MC_COUNT(texts)] = {NULL};
    size_t bytes = 0;

    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        bytes += texts[i] ? strlen(texts[i]) + 1 : 0;
    }
    char *room = make_room(session) == 0 ? mc_memory_new(bytes) : NULL;
    if (!room) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        if (texts[i]) {
            size_t len = strlen(texts[i]) + 1;
            memcpy(room, texts[i], len);
            copies[i] = room;
            room += len;
        }
    }
    session->subscriptions[session->count++] =
        (struct mc_stomp_subscription){copies[0], copies[1], copies[2]};
    return 0;
}

int mc_stomp_session_subscribe(struct mc_stomp_session *session,
                               const struct mc_stomp_subscription *subscription,
                               struct mc_buffer *out)
{
    const char *texts[] = {subscription->destination, subscription->selector,
                           subscription->id};

    if (find(session, subscription) < session->count) {
        return 0;
    }
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        if (texts[i] && strpbrk(texts[i], "\r\n")) {
            return -EINVAL;
        }
    }
    int r = remember(session, subscription);
    if (r == 0 && session->phase == MC_STOMP_CONNECTED) {
        r = write_subscription(session, "SUBSCRIBE", subscription, out);
    }
    return r;
}

int mc_stomp_session_unsubscribe(struct mc_stomp_session *session,
                                 const struct mc_stomp_subscription *subscription,
                                 struct mc_buffer *out)
{
    size_t at = find(session, subscription);
    int r = 0;

    if (at == session->count) {
        return 0;
    }
    if (session->phase == MC_STOMP_CONNECTED) {
        r = write_subscription(session, "UNSUBSCRIBE", &session->subscriptions[at],
                               out);
    }
    drop(session, at);
    return r;
}

enum mc_stomp_version mc_stomp_session_version(const struct mc_stomp_session *session)
{
    if (session->phase == MC_STOMP_CONNECTED) {
        return session->version;
    }
    return session->settings->heartbeat_s ? MC_STOMP_1_1 : MC_STOMP_1_0;
}
