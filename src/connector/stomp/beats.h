/* Heartbeats of STOMP 1.1 (spec collective.md 1.9). No I/O, no clock of its own. */
#ifndef MC_CONNECTOR_STOMP_BEATS_H
#define MC_CONNECTOR_STOMP_BEATS_H

#include "base/error.h"
#include <stdint.h>

enum
{
    MC_STOMP_BEAT_SEND = 1, /* send one line end now */
    MC_STOMP_BEAT_LOST = 2, /* too many periods without a byte: reconnect */
};

/* Embedded by its user; the fields are their own. */
struct mc_stomp_beats
{
    int64_t send_us;    /* period, 0 for none */
    int64_t receive_us; /* period, 0 for none */
    int64_t sent_us;    /* when a byte was sent last */
    int64_t received_us;
    int64_t window_us; /* when the current receive period began */
    unsigned fails;
    unsigned fails_max;
};

/* Agree with a server.
 * interval_s: our setting; 0 for no heartbeats.   header: the server's heart-beat header
 * ("<sends ms>,<wants ms>") or NULL.   fails_max: 0 for never.   now_us: monotonic.
 * Returns nothing; a header that makes no sense means no heartbeats. Never blocks. */
void mc_stomp_beats_init(struct mc_stomp_beats *beats, unsigned interval_s,
                         const char *header, unsigned fails_max, int64_t now_us);

/* A byte was sent, or received.
 * now_us: monotonic.
 * Returns nothing. Never blocks. */
void mc_stomp_beats_sent(struct mc_stomp_beats *beats, int64_t now_us);
/* A byte was received; see mc_stomp_beats_sent(). */
void mc_stomp_beats_received(struct mc_stomp_beats *beats, int64_t now_us);

/* What is due.
 * now_us: monotonic.   ret_next_us: how long until it should be asked again, 0 for never.
 * Returns 0, MC_STOMP_BEAT_SEND or MC_STOMP_BEAT_LOST. Never blocks. */
int mc_stomp_beats_due(struct mc_stomp_beats *beats, int64_t now_us,
                       int64_t *ret_next_us) MC_MUST_USE;

#endif
