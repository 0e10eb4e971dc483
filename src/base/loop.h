/* The one event loop of a process: timers, file descriptors, signals (libevent).
 *
 * One thread runs it. Callbacks run on that thread, never inside the call that
 * registered them. Any number of nodes or clients may share a loop. */
#ifndef MC_BASE_LOOP_H
#define MC_BASE_LOOP_H

#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

struct mc_loop;
struct mc_timer;
struct mc_watch;
struct event_base;

enum mc_watch_events
{
    MC_WATCH_READ = 1,
    MC_WATCH_WRITE = 2,
};

/* Called when a timer is due. */
typedef void mc_timer_fn(void *user);
/* Called when a descriptor is ready; events is a mask of mc_watch_events. */
typedef void mc_watch_fn(void *user, int fd, unsigned events);
/* Called, on the loop, after a signal was delivered. */
typedef void mc_signal_fn(void *user, int signo);

/* A new loop.
 * Returns the loop, owned by the caller, or NULL. Never blocks. */
struct mc_loop *mc_loop_new(void);

/* End a loop; all its timers and watches must have been freed before.
 * loop: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_loop *mc_loop_free(struct mc_loop *loop);

/* Run until mc_loop_stop() or until nothing is left to wait for.
 * loop: borrowed.
 * Returns 0; -EIO when the back end fails. Blocks. */
int mc_loop_run(struct mc_loop *loop) MC_MUST_USE;

/* Handle what is ready, waiting at most timeout_ms for it.
 * loop: borrowed.   timeout_ms: 0 does not wait.
 * Returns 0; -EIO. Blocks for at most timeout_ms plus the callbacks. */
int mc_loop_once(struct mc_loop *loop, unsigned timeout_ms) MC_MUST_USE;

/* Make mc_loop_run() return after the current callback.
 * loop: borrowed.
 * Returns nothing. Never blocks. */
void mc_loop_stop(struct mc_loop *loop);

/* The libevent base below, for libraries that bring an adapter for it.
 * loop: owns it.
 * Returns the base. Never blocks. */
struct event_base *mc_loop_base(struct mc_loop *loop);

/* Places on a loop where those who share it find each other. */
enum mc_loop_slot
{
    MC_LOOP_SLOT_HUB,      /* the broker in memory of connector/loop */
    MC_LOOP_SLOT_CHILDREN, /* killed children of base/child that are not gone yet */
    MC_LOOP_SLOTS
};

/* A pointer that everyone on this loop shares, for what would otherwise be global.
 * loop: owns the place, not what it points to: the last user frees that and puts NULL
 * there, before the loop ends.   slot: which one.
 * Returns the address of the pointer, which is NULL at first. Never blocks. */
void **mc_loop_slot(struct mc_loop *loop, enum mc_loop_slot slot);

/* Be called when the loop ends, while all of it is still there.
 * fn: the only one; set again, it replaces the former.
 * Returns nothing. Never blocks. */
void mc_loop_on_end(struct mc_loop *loop, void (*fn)(struct mc_loop *loop));

/* A timer, not yet running.
 * loop: outlives the timer.   fn, user: called each time it is due.
 * Returns a timer owned by the caller, or NULL. Never blocks. */
struct mc_timer *mc_timer_new(struct mc_loop *loop, mc_timer_fn *fn, void *user);

/* Let it fire once after delay_ms (starts anew when it was running).
 * timer: borrowed.   delay_ms: milliseconds from now.
 * Returns nothing. Never blocks. */
void mc_timer_start(struct mc_timer *timer, uint64_t delay_ms);

/* Do not fire.
 * timer: may be NULL or not running.
 * Returns nothing. Never blocks. */
void mc_timer_stop(struct mc_timer *timer);

/* End a timer; it may be called inside its own callback.
 * timer: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_timer *mc_timer_free(struct mc_timer *timer);

/* Watch a descriptor until freed.
 * loop: outlives the watch.   fd: borrowed, stays open.   events: what to wait for.
 * Returns a watch owned by the caller, or NULL. Never blocks. */
struct mc_watch *mc_watch_new(struct mc_loop *loop, int fd, unsigned events,
                              mc_watch_fn *fn, void *user);

/* Watch a signal until freed.
 * loop: outlives the watch.   signo: e.g. SIGTERM.
 * Returns a watch owned by the caller, or NULL. Never blocks. */
struct mc_watch *mc_watch_signal(struct mc_loop *loop, int signo, mc_signal_fn *fn,
                                 void *user);

/* End a watch; it may be called inside its own callback.
 * watch: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_watch *mc_watch_free(struct mc_watch *watch);

#endif
