/* A waiting line with room for some at its front.
 *
 * Who has entered begins as soon as there is room, in the order of entering, and makes
 * room by leaving. Tickets belong to those who wait; the line allocates nothing. */
#ifndef MC_AGENT_PACKAGE_LINE_H
#define MC_AGENT_PACKAGE_LINE_H

#include <stdbool.h>

struct mc_package_line;

struct mc_package_ticket
{
    struct mc_package_line *line; /* NULL when not in one */
    struct mc_package_ticket *next;
    bool begun;
    void (*begin)(void *user);
    void *user;
};

struct mc_package_line
{
    unsigned room; /* how many may be at work at the same time; set by the owner */
    unsigned running;
    bool moving; /* somebody is being begun: no second time below it */
    struct mc_package_ticket *first;
};

/* Go to the end of a line.
 * line: its room is set.   ticket: zeroed; lives until it has left.
 * begin, user: called once, perhaps before this returns; it may leave at once, and its
 * ticket may be gone then.
 * Returns nothing. Never blocks. */
void mc_package_line_enter(struct mc_package_line *line,
                           struct mc_package_ticket *ticket, void (*begin)(void *user),
                           void *user);

/* Leave, wherever in the line; the next one begins.
 * ticket: not in a line is fine; not touched afterwards.
 * Returns nothing. Never blocks. */
void mc_package_line_leave(struct mc_package_ticket *ticket);

#endif
