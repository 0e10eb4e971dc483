/* One event call: a stable name, a level and typed fields.
 *
 * Log lines, counters and time series are readers of the same events; there is no
 * second instrumentation. Events are declared in base/event.tbl.h. A sink is a small
 * chain of readers that hangs off a node or client. */
#ifndef MC_BASE_EVENT_H
#define MC_BASE_EVENT_H

#include "base/log.h"

enum mc_event_id
{
#define MC_EVENT(id, level, text) MC_EVENT_##id,
#include "base/event.tbl.h"
#undef MC_EVENT
    MC_EVENT_COUNT
};

enum mc_field_type
{
    MC_FIELD_TEXT,
    MC_FIELD_INT,
    MC_FIELD_MICROSECONDS,
};

struct mc_field
{
    const char *name;
    enum mc_field_type type;
    const char *text;
    int64_t number;
};

#define MC_FIELD_STR(key, value)                              \
    {                                                         \
        .name = (key), .type = MC_FIELD_TEXT, .text = (value) \
    }
#define MC_FIELD_NUM(key, value)                                        \
    {                                                                   \
        .name = (key), .type = MC_FIELD_INT, .number = (int64_t)(value) \
    }
#define MC_FIELD_US(key, value)                                                  \
    {                                                                            \
        .name = (key), .type = MC_FIELD_MICROSECONDS, .number = (int64_t)(value) \
    }

struct mc_event
{
    enum mc_event_id id;
    const struct mc_field *fields;
    size_t count;
};

/* A reader of events. The event is borrowed for the call. */
typedef void mc_event_fn(void *user, const struct mc_event *event);

struct mc_sink
{
    mc_event_fn *fn;
    void *user;
    const struct mc_sink *next;
};

/* Hand one event to every reader of the chain.
 * sink: may be NULL.   fields: borrowed, count of them.
 * Returns nothing. Blocks as long as the readers do. */
void mc_event_emit(const struct mc_sink *sink, enum mc_event_id id,
                   const struct mc_field *fields, size_t count);

/* The reader that writes one log line an event: its text, then name=value fields.
 * user: a struct mc_log.
 * Returns nothing. Blocks on the disk. */
void mc_event_to_log(void *user, const struct mc_event *event);

/* The declared name, level and text of an event.
 * Returns a constant. Never blocks. */
const char *mc_event_name(enum mc_event_id id);
/* The level; see mc_event_name(). */
enum mc_level mc_event_level(enum mc_event_id id);
/* The sentence; see mc_event_name(). */
const char *mc_event_text(enum mc_event_id id);

#endif
