/* One connection of the library, a thread for what blocks, and mailboxes between them.
 *
 * The library blocks: while it connects, during a TLS handshake, in the middle of a TLS
 * record, and on its own locks while it does any of that. So a thread of ours connects,
 * and runs a connection with TLS, through the library's interface for foreign event
 * loops (so it starts no reader or writer threads for it) with poll(2); it talks to the
 * loop through two bounded lists under one mutex. A connection without TLS is run by the
 * loop itself once it stands (drive.c), and the thread ends. Everything here is called
 * on the loop, never blocks, and calls the connector's events on the loop. */
#ifndef MC_CONNECTOR_NATS_WORKER_H
#define MC_CONNECTOR_NATS_WORKER_H

#include "connector/nats/settings.h"

struct mc_nats_worker;

/* Start the thread, which begins to connect.
 * spec: outlives the worker.   settings: owned by the worker from now on, also when
 * this fails.
 * Returns 0 and a worker (mc_nats_worker_free); -ENOMEM; -errno. Never blocks. */
int mc_nats_worker_new(const struct mc_connector_spec *spec,
                       struct mc_nats_settings *settings,
                       struct mc_nats_worker **ret_worker) MC_MUST_USE;

/* Let go of it: no event is called any more, the thread ends by itself.
 * worker: may be NULL; may be called inside an event.
 * Returns NULL. Never blocks. */
struct mc_nats_worker *mc_nats_worker_free(struct mc_nats_worker *worker);

/* Subscribe now and after each reconnect; twice the same is once.
 * subject: copied.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_nats_worker_subscribe(struct mc_nats_worker *worker, const char *subject)
    MC_MUST_USE;

/* Forget a subscription; nothing of it is delivered any more.
 * subject: borrowed; unknown ones are ignored.
 * Returns nothing. Never blocks. */
void mc_nats_worker_unsubscribe(struct mc_nats_worker *worker, const char *subject);

/* Send, or queue until connected.
 * subject, body: copied.   reply_to: copied; may be NULL.   ttl_s: not sent when it
 * waited longer than that.
 * Returns 0; MC_CONNECTOR_FULL; MC_CONNECTOR_TOO_LARGE; -ENOMEM. Never blocks. */
int mc_nats_worker_publish(struct mc_nats_worker *worker, const char *subject,
                           const char *reply_to, struct mc_bytes body, int64_t ttl_s)
    MC_MUST_USE;

/* How much waits to be written to the socket.
 * worker: borrowed.
 * Returns bytes. Never blocks. */
size_t mc_nats_worker_unsent(struct mc_nats_worker *worker);

/* Write what is unsent, then close in an orderly way; no message is delivered after.
 * timeout_ms: after it, what is unsent is dropped.
 * Returns nothing. Blocks for at most timeout_ms. */
void mc_nats_worker_finish(struct mc_nats_worker *worker, unsigned timeout_ms);

#endif
