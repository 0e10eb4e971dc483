/* What became of a request at one node (doc/rfc/0009). */
#ifndef MARIONETTE_END_H
#define MARIONETTE_END_H

#include <marionette/value.h>

enum mc_end
{
    /* the node says it, or its answer tells */
    MC_END_ANSWERED,  /* the action ran, well or not: see the status */
    MC_END_REFUSED,   /* the node does not let this caller do that */
    MC_END_INVALID,   /* the node does not know the action, or the inputs do not fit */
    MC_END_TIMED_OUT, /* the action took too long and was ended */
    MC_END_AGENT_MISSING, /* the node does not have the agent */
    MC_END_EXPIRED,       /* it came too late: its ttl was over */
    MC_END_BUSY,          /* the node runs too many requests already */
    /* the client says it */
    MC_END_UNREADABLE, /* an answer that is none to an RPC request */
    MC_END_NOT_SENT,   /* the request did not leave the client in time */
    MC_END_NO_ANSWER,  /* nothing came in time */
    MC_END_COUNT
};

/* The name of an end: "answered", "refused", "timed out" …, the same in messages, JSON
 * and words for people.
 * end: below MC_END_COUNT.
 * Returns a constant. Never blocks. */
MC_PUBLIC const char *mc_end_name(enum mc_end end);

#endif
