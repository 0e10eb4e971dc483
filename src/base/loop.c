/* The loop over libevent.
 *
 * libevent keeps its own state in the event_base; nothing is global here. Threading
 * support is switched on once per loop because libnats wakes the loop from its own
 * threads (evthread_use_pthreads is idempotent). */
#include "base/loop.h"

#include "base/memory.h"
#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>

struct mc_loop
{
    struct event_base *base;
    struct event *patience; /* of mc_loop_once(); pending during that call only */
    void *slots[MC_LOOP_SLOTS];
    void (*end)(struct mc_loop *loop); /* or NULL */
};

struct mc_timer
{
    struct event *event;
    mc_timer_fn *fn;
    void *user;
};

struct mc_watch
{
    struct event *event;
    mc_watch_fn *fn;
    mc_signal_fn *signal_fn;
    void *user;
};

/* That it happened is enough to end one turn of the loop. */
static void patience_over(evutil_socket_t fd, short what, void *user)
{
    (void)fd;
    (void)what;
    (void)user;
}

struct mc_loop *mc_loop_new(void)
{
    struct mc_loop *loop = mc_memory_new(sizeof(*loop));

    if (!loop || evthread_use_pthreads() != 0) {
        return mc_memory_free(loop);
    }
    loop->base = event_base_new();
    loop->patience =
        loop->base ? event_new(loop->base, -1, 0, patience_over, NULL) : NULL;
    return loop->patience ? loop : mc_loop_free(loop);
}

struct mc_loop *mc_loop_free(struct mc_loop *loop)
{
    if (loop && loop->end) {
        loop->end(loop);
    }
    if (loop && loop->patience) {
        event_free(loop->patience);
    }
    if (loop && loop->base) {
        event_base_free(loop->base);
    }
    return mc_memory_free(loop);
}

int mc_loop_run(struct mc_loop *loop)
{
    return event_base_dispatch(loop->base) < 0 ? -EIO : 0;
}

int mc_loop_once(struct mc_loop *loop, unsigned timeout_ms)
{
    struct timeval limit = {.tv_sec = timeout_ms / 1000,
                            .tv_usec = (timeout_ms % 1000) * 1000};

    /* Not event_base_loopexit(): what is left of its time would end a later run. */
    if (timeout_ms && event_add(loop->patience, &limit) != 0) {
        return -EIO;
    }
    int flags = EVLOOP_ONCE | (timeout_ms ? 0 : EVLOOP_NONBLOCK);
    int result = event_base_loop(loop->base, flags) < 0 ? -EIO : 0;
    (void)event_del(loop->patience);
    return result;
}

void mc_loop_stop(struct mc_loop *loop)
{
    (void)event_base_loopbreak(loop->base);
}

struct event_base *mc_loop_base(struct mc_loop *loop)
{
    return loop->base;
}

void **mc_loop_slot(struct mc_loop *loop, enum mc_loop_slot slot)
{
    return &loop->slots[slot];
}

void mc_loop_on_end(struct mc_loop *loop, void (*fn)(struct mc_loop *loop))
{
    loop->end = fn;
}

static void timer_due(evutil_socket_t fd, short what, void *user)
{
    struct mc_timer *timer = user;

    (void)fd;
    (void)what;
    timer->fn(timer->user);
}

struct mc_timer *mc_timer_new(struct mc_loop *loop, mc_timer_fn *fn, void *user)
{
    struct mc_timer *timer = mc_memory_new(sizeof(*timer));

    if (!timer) {
        return NULL;
    }
    timer->fn = fn;
    timer->user = user;
    timer->event = event_new(loop->base, -1, 0, timer_due, timer);
    return timer->event ? timer : mc_memory_free(timer);
}

void mc_timer_start(struct mc_timer *timer, uint64_t delay_ms)
{
    struct timeval delay = {.tv_sec = (time_t)(delay_ms / 1000),
                            .tv_usec = (suseconds_t)(delay_ms % 1000) * 1000};

    (void)event_add(timer->event, &delay);
}

void mc_timer_stop(struct mc_timer *timer)
{
    if (timer) {
        (void)event_del(timer->event);
    }
}

struct mc_timer *mc_timer_free(struct mc_timer *timer)
{
    if (timer) {
        event_free(timer->event);
    }
    return mc_memory_free(timer);
}

static void watch_ready(evutil_socket_t fd, short what, void *user)
{
    struct mc_watch *watch = user;
    unsigned events = 0;

    if (watch->signal_fn) {
        watch->signal_fn(watch->user, (int)fd);
        return;
    }
    events |= what & EV_READ ? MC_WATCH_READ : 0;
    events |= what & EV_WRITE ? MC_WATCH_WRITE : 0;
    watch->fn(watch->user, (int)fd, events);
}

static struct mc_watch *watch_add(struct mc_loop *loop, int fd, short what,
                                  struct mc_watch *watch)
{
    if (!watch) {
        return NULL;
    }
    watch->event = event_new(loop->base, fd, what, watch_ready, watch);
    if (!watch->event || event_add(watch->event, NULL) != 0) {
        return mc_watch_free(watch);
    }
    return watch;
}

struct mc_watch *mc_watch_new(struct mc_loop *loop, int fd, unsigned events,
                              mc_watch_fn *fn, void *user)
{
    struct mc_watch *watch = mc_memory_new(sizeof(*watch));
    int what = EV_PERSIST;

    what |= events & MC_WATCH_READ ? EV_READ : 0;
    what |= events & MC_WATCH_WRITE ? EV_WRITE : 0;
    if (watch) {
        watch->fn = fn;
        watch->user = user;
    }
    return watch_add(loop, fd, (short)what, watch);
}

struct mc_watch *mc_watch_signal(struct mc_loop *loop, int signo, mc_signal_fn *fn,
                                 void *user)
{
    struct mc_watch *watch = mc_memory_new(sizeof(*watch));

    if (watch) {
        watch->signal_fn = fn;
        watch->user = user;
    }
    return watch_add(loop, signo, EV_SIGNAL | EV_PERSIST, watch);
}

struct mc_watch *mc_watch_free(struct mc_watch *watch)
{
    if (watch && watch->event) {
        event_free(watch->event);
    }
    return mc_memory_free(watch);
}
