/* What the provider slots do with a link: set it up, subscribe, publish, say good-bye. */
#include "connector/stomp/link-private.h"

#include "base/base64.h"
#include "base/clock.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A client waits this long, at the most, for the broker to close after DISCONNECT. */
#define GOODBYE_MS 100u
/* Messages nobody set a sensible ttl for are not kept longer than this. */
#define LIFE_S_MAX 86400
/* As the broker does (spec 1.4). */
#define GRACE_S 10

int mc_stomp_link_init(struct mc_stomp_link *link,
                       const struct mc_stomp_dialect *dialect,
                       const struct mc_connector_spec *spec, struct mc_error *error)
{
    link->dialect = dialect;
    link->spec = spec;
    link->arena = mc_arena_new_secret(MC_STOMP_SETTINGS_BYTES_MAX);
    if (!link->arena) {
        return -ENOMEM;
    }
    mc_stomp_queue_init(&link->queue, MC_CONNECTOR_QUEUE_BYTES_MAX);
    mc_stomp_session_init(&link->session, &link->settings, MC_CONNECTOR_BODY_BYTES_MAX);
    int r = mc_stomp_settings_load(spec->config, &dialect->defaults, link->arena,
                                   &link->settings, error);
    if (r == 0 && spec->role == MC_ROLE_CLIENT) {
        r = mc_stomp_settings_ask(spec->config, &dialect->defaults, link->arena,
                                  &link->settings, error);
    }
    if (r < 0) {
        return r;
    }
    link->self = (struct mc_stomp_self){
        .identity = spec->identity, .pid = getpid(), .settings = &link->settings};
    mc_stomp_pool_init(&link->pool, &link->settings);
    link->retry = mc_timer_new(spec->loop, mc_stomp_link__attempt, link);
    link->patience = mc_timer_new(spec->loop, mc_stomp_link__no_answer, link);
    link->beat = mc_timer_new(spec->loop, mc_stomp_link__beat_due, link);
    if (!link->retry || !link->patience || !link->beat) {
        return -ENOMEM;
    }
    mc_timer_start(link->retry, 0);
    return 0;
}

void mc_stomp_link_deinit(void *state)
{
    struct mc_stomp_link *link = state;

    if (link->gone) {
        *link->gone = true;
    }
    link->stream = mc_stream_free(link->stream);
    link->retry = mc_timer_free(link->retry);
    link->patience = mc_timer_free(link->patience);
    link->beat = mc_timer_free(link->beat);
    mc_stomp_queue_deinit(&link->queue);
    mc_stomp_session_deinit(&link->session);
    link->arena = mc_arena_free(link->arena);
}

typedef int change_fn(struct mc_stomp_session *session,
                      const struct mc_stomp_subscription *subscription,
                      struct mc_buffer *out);

static int change(struct mc_stomp_link *link, const struct mc_target *target,
                  change_fn *fn)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_STOMP_LINK_HEAD_BYTES);
    struct mc_stomp_subscription subscription = {0};
    struct mc_buffer out;

    if (!arena) {
        return -ENOMEM;
    }
    int r = link->dialect->subscription(&link->self, target, arena, &subscription);
    if (r != 0) {
        return r == MC_STOMP_NOTHING ? 0 : r;
    }
    mc_buffer_init(&out, MC_STOMP_LINK_HEAD_BYTES);
    r = fn(&link->session, &subscription, &out);
    if (r < 0) {
        mc_buffer_deinit(&out);
        return r;
    }
    if (link->up) {
        (void)mc_stomp_link__write(link, &out);
    }
    return 0;
}

int mc_stomp_link_subscribe(void *state, const struct mc_target *target)
{
    return change(state, target, mc_stomp_session_subscribe);
}

int mc_stomp_link_unsubscribe(void *state, const struct mc_target *target)
{
    return change(state, target, mc_stomp_session_unsubscribe);
}

int mc_stomp_link_reply_name(void *state, const struct mc_target *target,
                             struct mc_arena *arena, const char **ret_name)
{
    struct mc_stomp_link *link = state;

    return link->dialect->reply_name(&link->self, target, arena, ret_name);
}

/* Whether the headers can be written at all, so that it is said at once. */
static int check_headers(const struct mc_stomp_link *link,
                         const struct mc_stomp_send *send)
{
    struct mc_buffer out;

    mc_buffer_init(&out, MC_STOMP_LINK_HEAD_BYTES);
    int r =
        mc_stomp_frame_write(mc_stomp_session_version(&link->session), "SEND",
                             send->headers, send->count, mc_bytes_make(NULL, 0), &out);
    mc_buffer_deinit(&out);
    return r;
}

/* Until when a message is worth sending, on the monotonic clock. */
static int64_t expiry_us(int64_t ttl_s)
{
    int64_t life_s = ttl_s < 0 ? 0 : ttl_s;

    if (life_s > LIFE_S_MAX) {
        life_s = LIFE_S_MAX;
    }
    return mc_clock_monotonic_us() + (life_s + GRACE_S) * 1000000;
}

static int queue(struct mc_stomp_link *link, const struct mc_publish *publish,
                 struct mc_arena *arena)
{
    struct mc_stomp_send send = {0};
    struct mc_bytes body = publish->body;
    int r = link->dialect->send(&link->self, publish, mc_clock_now_s(), arena, &send);

    if (r == 0) {
        r = check_headers(link, &send);
    }
    if (r == 0 && link->settings.base64) {
        r = mc_base64_encode(body, 60, arena, &body);
    }
    if (r < 0) {
        return r;
    }
    if (body.len > MC_CONNECTOR_BODY_BYTES_MAX) {
        return MC_CONNECTOR_TOO_LARGE;
    }
    r = mc_stomp_queue_add(&link->queue, &send, body, expiry_us(publish->ttl_s));
    return r == MC_STOMP_QUEUE_FULL ? MC_CONNECTOR_FULL : r;
}

int mc_stomp_link_publish(void *state, const struct mc_publish *publish)
{
    struct mc_stomp_link *link = state;
    size_t len = publish->body.len;

    if (len > MC_CONNECTOR_BODY_BYTES_MAX) {
        return MC_CONNECTOR_TOO_LARGE;
    }
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena =
        mc_arena_new(MC_STOMP_LINK_HEAD_BYTES + (link->settings.base64 ? len * 2 : 0));
    if (!arena) {
        return -ENOMEM;
    }
    int r = queue(link, publish, arena);
    if (r == 0) {
        mc_stomp_link__pump(link);
    }
    return r;
}

size_t mc_stomp_link_unsent(const void *state)
{
    const struct mc_stomp_link *link = state;

    return link->queue.unwritten_bytes +
           (link->stream ? mc_stream_unsent(link->stream) : 0);
}

/* Run the loop until nothing waits (or, with closed, until the broker has closed). */
static void run(struct mc_stomp_link *link, bool closed, int64_t end_us)
{
    while (closed ? link->up : mc_stomp_link_unsent(link) > 0) {
        int64_t left_us = end_us - mc_clock_monotonic_us();
        if (left_us <= 0 ||
            mc_loop_once(link->spec->loop, (unsigned)(left_us / 1000) + 1)) {
            return;
        }
    }
}

void mc_stomp_link_finish(void *state, unsigned timeout_ms)
{
    struct mc_stomp_link *link = state;
    int64_t now_us = mc_clock_monotonic_us();
    int64_t end_us = now_us + (int64_t)timeout_ms * 1000;
    struct mc_buffer out;

    run(link, false, end_us);
    mc_timer_stop(link->retry);
    if (!link->up) {
        return;
    }
    mc_buffer_init(&out, MC_STOMP_LINK_HEAD_BYTES);
    int r = mc_stomp_frame_write(link->session.version, "DISCONNECT", NULL, 0,
                                 mc_bytes_make(NULL, 0), &out);
    link->finishing = true;
    if (r == 0 && mc_stomp_link__write(link, &out)) {
        run(link, false, end_us);
        int64_t goodbye_us = mc_clock_monotonic_us() + GOODBYE_MS * 1000;
        run(link, true, goodbye_us < end_us ? goodbye_us : end_us);
    }
    mc_buffer_deinit(&out);
}
