/* What the two halves of the link share: link.c connects, link-ops.c serves the slots. */
#ifndef MC_CONNECTOR_STOMP_LINK_PRIVATE_H
#define MC_CONNECTOR_STOMP_LINK_PRIVATE_H

#include "connector/stomp/link.h"

/* Room for headers, besides bodies. */
#define MC_STOMP_LINK_HEAD_BYTES ((size_t)64 * 1024)

/* Hand bytes to the stream, and give the buffer back.
 * out: emptied.
 * Returns false when the connection had to be given up. Never blocks. */
bool mc_stomp_link__write(struct mc_stomp_link *link, struct mc_buffer *out);

/* Write what waits in the queue, as far as the stream should take it.
 * Returns nothing; the connection or the connector may be gone. Never blocks. */
void mc_stomp_link__pump(struct mc_stomp_link *link);

/* Timer: try the broker that the pool names. */
void mc_stomp_link__attempt(void *user);
/* Timer: the broker did not answer CONNECT. */
void mc_stomp_link__no_answer(void *user);
/* Timer: heartbeats. */
void mc_stomp_link__beat_due(void *user);

#endif
