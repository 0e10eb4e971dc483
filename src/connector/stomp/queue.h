/* SENDs on their way to the broker: kept until the socket has taken them, so that they
 * can be repeated on the next connection (spec collective.md 1.9).
 *
 * They are kept as headers and body, not as bytes, because the next connection may speak
 * another version. Order is kept. */
#ifndef MC_CONNECTOR_STOMP_QUEUE_H
#define MC_CONNECTOR_STOMP_QUEUE_H

#include "connector/stomp/frame.h"

#define MC_STOMP_SEND_HEADERS_MAX 8

/* The headers of one SEND; NULL values are left out. */
struct mc_stomp_send
{
    struct mc_stomp_header headers[MC_STOMP_SEND_HEADERS_MAX];
    size_t count;
};

struct mc_stomp_item
{
    struct mc_stomp_item *next;
    struct mc_stomp_send send;
    struct mc_bytes body;
    int64_t expires_us; /* monotonic; nobody wants it later */
    uint64_t end;       /* when written: bytes of this connection up to its end */
    size_t bytes;       /* what it costs here */
};

/* Embedded by its user; the fields are the queue's own. */
struct mc_stomp_queue
{
    struct mc_stomp_item *first;
    struct mc_stomp_item **last;
    struct mc_stomp_item *unwritten;
    size_t bytes;
    size_t unwritten_bytes;
    size_t bytes_max;
};

enum
{
    MC_STOMP_QUEUE_FULL = 1,
};

/* Begin empty.
 * bytes_max: cap on all items.
 * Returns nothing. Never blocks. */
void mc_stomp_queue_init(struct mc_stomp_queue *queue, size_t bytes_max);

/* Drop everything.
 * queue: zeroed or initialised.
 * Returns nothing. Never blocks. */
void mc_stomp_queue_deinit(struct mc_stomp_queue *queue);

/* Append a SEND.
 * send, body: copied.   expires_us: monotonic.
 * Returns 0; MC_STOMP_QUEUE_FULL; -ENOMEM. Never blocks. */
int mc_stomp_queue_add(struct mc_stomp_queue *queue, const struct mc_stomp_send *send,
                       struct mc_bytes body, int64_t expires_us) MC_MUST_USE;

/* The first item that has not been written to the current connection.
 * queue: owns it.
 * Returns the item or NULL. Never blocks. */
const struct mc_stomp_item *mc_stomp_queue_peek(const struct mc_stomp_queue *queue);

/* That item was written, or is given up.
 * end: bytes written to the connection so far; 0 when nothing was written for it.
 * Returns nothing. Never blocks. */
void mc_stomp_queue_written(struct mc_stomp_queue *queue, uint64_t end);

/* The socket has taken this many bytes: forget what they carried.
 * taken: bytes of the current connection.
 * Returns nothing. Never blocks. */
void mc_stomp_queue_taken(struct mc_stomp_queue *queue, uint64_t taken);

/* The connection is gone: what is left has to be written again.
 * Returns nothing. Never blocks. */
void mc_stomp_queue_rewind(struct mc_stomp_queue *queue);

#endif
