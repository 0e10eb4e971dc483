/* The link: attempts, one after the other, for ever.
 *
 *   retry timer -> stream -> CONNECT -> CONNECTED: up -> ... -> lost -> retry timer
 *
 * Whatever ends a connection goes through lost(), which puts the queue back, asks the
 * pool for the next broker and the delay, and tells the user. The user may free the
 * connector inside any event, so every event is the last thing that is done, or `gone`
 * is looked at behind it. */
#include "connector/stomp/link-private.h"

#include "base/base64.h"
#include "base/clock.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The stream is kept this full; the rest waits in the queue. */
#define WINDOW_BYTES ((size_t)256 * 1024)
/* A connection that ends sooner counts as a failed attempt: a broker that takes the
 * login and then throws us out must not be asked a hundred times a second. */
#define STEADY_US ((int64_t)5000000)

static void lost(struct mc_stomp_link *link, const char *why);

/* Tell the user. Returns false when the connector was freed meanwhile. */
static bool tell(struct mc_stomp_link *link, enum mc_link_state state, const char *text)
{
    bool gone = false;
    bool *outer = link->gone;

    /* cppcheck-suppress autoVariables ; taken back below, or the link is gone */
    link->gone = &gone;
    link->spec->events.link(link->spec->events.user, state, text);
    if (gone) {
        if (outer) {
            *outer = true;
        }
        return false;
    }
    link->gone = outer;
    return true;
}

static void end_connection(struct mc_stomp_link *link)
{
    if (link->stream) {
        mc_stomp_queue_taken(&link->queue,
                             link->written - mc_stream_unsent(link->stream));
    }
    mc_stomp_queue_rewind(&link->queue);
    link->stream = mc_stream_free(link->stream);
    link->written = 0;
    link->up = false;
    mc_stomp_session_close(&link->session);
    mc_timer_stop(link->patience);
    mc_timer_stop(link->beat);
}

static void lost(struct mc_stomp_link *link, const char *why)
{
    const struct mc_stomp_broker *broker = mc_stomp_pool_broker(&link->pool);
    enum mc_link_state state = link->up ? MC_LINK_DOWN : MC_LINK_RETRY;
    struct mc_error text;
    uint64_t delay_ms = 0;

    if (link->finishing) {
        end_connection(link);
        return;
    }
    if (link->up && mc_clock_monotonic_us() - link->up_us >= STEADY_US) {
        mc_stomp_pool_good(&link->pool);
    }
    mc_error_set(&text, "broker %s port %u: %s", broker->host, broker->port, why);
    end_connection(link);
    if (mc_stomp_pool_failed(&link->pool, &delay_ms) == MC_STOMP_POOL_EXHAUSTED) {
        mc_error_prefix(&text, "giving up after %u attempts: ", link->pool.failures);
        (void)tell(link, MC_LINK_DEAD, text.text);
        return;
    }
    const struct mc_stomp_broker *next = mc_stomp_pool_broker(&link->pool);
    struct mc_error full;
    mc_error_set(&full, "%.400s; next attempt, with %.60s port %u, in %.2f s",
                 text.text, next->host, next->port, (double)delay_ms / 1000);
    mc_timer_start(link->retry, delay_ms);
    (void)tell(link, state, full.text);
}

/* Hand bytes to the stream; false when the connection had to be given up. */
bool mc_stomp_link__write(struct mc_stomp_link *link, struct mc_buffer *out)
{
    struct mc_bytes bytes = mc_buffer_bytes(out);
    int r = bytes.len ? mc_stream_write(link->stream, bytes) : 0;

    if (bytes.len) {
        link->written += bytes.len;
        mc_stomp_beats_sent(&link->session.beats, mc_clock_monotonic_us());
    }
    mc_buffer_deinit(out);
    if (r != 0) {
        lost(link, "too much waits for it to read");
        return false;
    }
    return true;
}

static void arm_beat(struct mc_stomp_link *link)
{
    struct mc_buffer out;
    int64_t next_us = 0;
    int r = mc_stomp_beats_due(&link->session.beats, mc_clock_monotonic_us(), &next_us);

    if (r == MC_STOMP_BEAT_LOST) {
        lost(link, "its heartbeats stopped");
        return;
    }
    if (next_us) {
        mc_timer_start(link->beat, (uint64_t)next_us / 1000 + 1);
    }
    if (r == MC_STOMP_BEAT_SEND) {
        mc_buffer_init(&out, 1);
        mc_buffer_byte(&out, '\n');
        (void)mc_stomp_link__write(link, &out);
    }
}

void mc_stomp_link__beat_due(void *user)
{
    struct mc_stomp_link *link = user;

    if (link->up) {
        arm_beat(link);
    }
}

/* Write one queued SEND. Returns false when the connection had to be given up or the
 * connector is gone. */
static bool write_item(struct mc_stomp_link *link, const struct mc_stomp_item *item)
{
    struct mc_buffer out;
    bool late = item->expires_us < mc_clock_monotonic_us();
    int r = -EINVAL;

    mc_buffer_init(&out, MC_CONNECTOR_QUEUE_BYTES_MAX);
    if (!late) {
        r = mc_stomp_frame_write(link->session.version, "SEND", item->send.headers,
                                 item->send.count, item->body, &out);
    }
    if (r < 0) {
        mc_buffer_deinit(&out);
        mc_stomp_queue_written(&link->queue, 0);
        return tell(link, MC_LINK_DROPPED,
                    late ? "a message was too old when the broker could be reached"
                         : "a message cannot be written as a STOMP frame");
    }
    mc_stomp_queue_written(&link->queue, link->written + out.len);
    return mc_stomp_link__write(link, &out);
}

void mc_stomp_link__pump(struct mc_stomp_link *link)
{
    while (link->up && mc_stream_unsent(link->stream) < WINDOW_BYTES) {
        const struct mc_stomp_item *item = mc_stomp_queue_peek(&link->queue);
        if (!item || !write_item(link, item)) {
            return;
        }
    }
}

static void drained(void *user)
{
    struct mc_stomp_link *link = user;

    mc_stomp_queue_taken(&link->queue, link->written);
    mc_stomp_link__pump(link);
}

/* The words of an ERROR frame. */
static void error_text(const struct mc_stomp_frame *frame, struct mc_error *ret_text)
{
    const char *message = mc_stomp_frame_header(frame, "message");
    struct mc_bytes body = mc_bytes_trim(frame->body);
    int len = body.len > 200 ? 200 : (int)body.len;
    bool more = len > 0 && !(message && mc_bytes_is(body, message));

    mc_error_set(ret_text, "%.200s%s%.*s", message ? message : "",
                 message && more ? ": " : "", more ? len : 0,
                 more ? (const char *)body.data : "");
    for (char *c = ret_text->text; *c; c++) {
        if ((unsigned char)*c < ' ') {
            *c = ' ';
        }
    }
}

static bool refused(struct mc_stomp_link *link)
{
    struct mc_error text;
    bool up = link->up;

    error_text(&link->session.parser.frame, &text);
    if (!tell(link, MC_LINK_ERROR, text.text)) {
        return false;
    }
    if (!up) {
        mc_error_prefix(&text, "it refused the connection: ");
        lost(link, text.text);
        return false;
    }
    return true;
}

static bool deliver(struct mc_stomp_link *link)
{
    const struct mc_stomp_frame *frame = &link->session.parser.frame;
    struct mc_delivery delivery = {
        .body = frame->body,
        .reply_to = mc_stomp_frame_header(frame, "reply-to"),
        .destination = mc_stomp_frame_header(frame, "destination"),
        .sender = mc_stomp_frame_header(frame, "mc_sender"),
    };
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = NULL;
    struct mc_error text;

    delivery.direct = delivery.destination && link->dialect->direct &&
                      strstr(delivery.destination, link->dialect->direct);
    if (frame->too_long) {
        mc_error_set(&text, "a message of %zu bytes from %.100s is too large",
                     frame->body_bytes, delivery.sender ? delivery.sender : "unknown");
        return tell(link, MC_LINK_DROPPED, text.text);
    }
    if (link->settings.base64) {
        arena = mc_arena_new(frame->body.len + 4096);
        if (!arena || mc_base64_decode(frame->body, arena, &delivery.body) != 0) {
            mc_error_set(&text, "a message from %.100s is not base64",
                         delivery.sender ? delivery.sender : "unknown");
            return tell(link, MC_LINK_DROPPED, text.text);
        }
    }
    bool gone = false;
    bool *outer = link->gone;
    /* cppcheck-suppress autoVariables ; taken back below, or the link is gone */
    link->gone = &gone;
    link->spec->events.message(link->spec->events.user, &delivery);
    if (gone) {
        if (outer) {
            *outer = true;
        }
        return false;
    }
    link->gone = outer;
    return true;
}

static bool came_up(struct mc_stomp_link *link)
{
    link->up = true;
    link->up_us = mc_clock_monotonic_us();
    mc_timer_stop(link->patience);
    arm_beat(link);
    const struct mc_stomp_broker *broker = mc_stomp_pool_broker(&link->pool);
    struct mc_error text;
    mc_error_set(&text, "broker %s port %u", broker->host, broker->port);
    struct mc_stream *stream = link->stream;
    if (!tell(link, MC_LINK_UP, text.text)) {
        return false;
    }
    mc_stomp_link__pump(link);
    return link->stream == stream;
}

/* One outcome of the session. False when this connection is no more. */
static bool happened(struct mc_stomp_link *link, int outcome)
{
    struct mc_stream *stream = link->stream;
    bool alive = true;

    switch (outcome) {
    case MC_STOMP_UP:
        alive = came_up(link);
        break;
    case MC_STOMP_MESSAGE:
        alive = deliver(link);
        break;
    case MC_STOMP_ERROR:
        alive = refused(link);
        break;
    case MC_STOMP_UNEXPECTED:
        alive = tell(link, MC_LINK_ERROR, "the broker sent a frame nobody asked for");
        break;
    default:
        break;
    }
    return alive && link->stream == stream;
}

static size_t input(void *user, struct mc_bytes in)
{
    struct mc_stomp_link *link = user;
    int64_t now_us = mc_clock_monotonic_us();
    size_t at = 0;

    while (at < in.len) {
        struct mc_error error = {{0}};
        struct mc_buffer out;
        size_t used = 0;
        mc_buffer_init(&out, MC_CONNECTOR_QUEUE_BYTES_MAX);
        int r = mc_stomp_session_input(&link->session, mc_bytes_slice(in, at, in.len),
                                       now_us, &out, &used, &error);
        at += used;
        if (r < 0) {
            mc_buffer_deinit(&out);
            lost(link, r == -EPROTO ? error.text : strerror(-r));
            return 0;
        }
        if (!mc_stomp_link__write(link, &out) || !happened(link, r)) {
            return 0;
        }
    }
    return in.len;
}

static void state_changed(void *user, enum mc_stream_state state, const char *text)
{
    struct mc_stomp_link *link = user;
    struct mc_buffer out;

    if (state != MC_STREAM_CONNECTED) {
        lost(link, text);
        return;
    }
    mc_buffer_init(&out, MC_STOMP_LINK_HEAD_BYTES);
    int r =
        mc_stomp_session_open(&link->session, mc_stomp_pool_broker(&link->pool), &out);
    if (r < 0) {
        mc_buffer_deinit(&out);
        lost(link,
             r == -EINVAL ? "user, password or vhost hold a line end" : strerror(-r));
        return;
    }
    mc_timer_start(link->patience, link->settings.connect_timeout_ms);
    (void)mc_stomp_link__write(link, &out);
}

void mc_stomp_link__no_answer(void *user)
{
    lost(user, "it did not answer CONNECT in time");
}

void mc_stomp_link__attempt(void *user)
{
    struct mc_stomp_link *link = user;
    const struct mc_stomp_broker *broker = mc_stomp_pool_broker(&link->pool);
    struct mc_error error = {{0}};
    struct mc_stream_spec spec = {
        .host = broker->host,
        .port = broker->port,
        .connect_timeout_ms = link->settings.connect_timeout_ms,
        .output_bytes_max = 2 * MC_CONNECTOR_QUEUE_BYTES_MAX,
        .tls = broker->tls,
    };

    if (!link->said_notice && link->settings.notice) {
        link->said_notice = true;
        if (!tell(link, MC_LINK_ERROR, link->settings.notice)) {
            return;
        }
    }
    int r = mc_stream_open(link->spec->loop, &spec, state_changed, input, link,
                           &link->stream, &error);
    if (r < 0) {
        lost(link, error.text);
        return;
    }
    mc_stream_on_drained(link->stream, drained);
}
