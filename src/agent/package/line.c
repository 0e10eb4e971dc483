/* A list in the order of entering: those who have begun are not always at its front,
 * because anybody may leave. It is as long as the requests that run, which is bounded
 * by the node. */
#include "agent/package/line.h"

#include <stddef.h>

static struct mc_package_ticket *first_waiting(const struct mc_package_line *line)
{
    struct mc_package_ticket *ticket = line->first;

    while (ticket && ticket->begun) {
        ticket = ticket->next;
    }
    return ticket;
}

/* One that ends at once comes back here through its leaving: the call that is already
 * at it goes on, instead of one inside the other. */
static void move_on(struct mc_package_line *line)
{
    struct mc_package_ticket *ticket = NULL;

    if (line->moving) {
        return;
    }
    line->moving = true;
    while (line->running < line->room && (ticket = first_waiting(line))) {
        ticket->begun = true;
        line->running++;
        ticket->begin(ticket->user);
    }
    line->moving = false;
}

void mc_package_line_enter(struct mc_package_line *line,
                           struct mc_package_ticket *ticket, void (*begin)(void *user),
                           void *user)
{
    struct mc_package_ticket **last = &line->first;

    while (*last) {
        last = &(*last)->next;
    }
    *ticket = (struct mc_package_ticket){.line = line, .begin = begin, .user = user};
    *last = ticket;
    move_on(line);
}

void mc_package_line_leave(struct mc_package_ticket *ticket)
{
    struct mc_package_line *line = ticket->line;

    if (!line) {
        return;
    }
    struct mc_package_ticket **place = &line->first;
    while (*place != ticket) {
        place = &(*place)->next;
    }
    *place = ticket->next;
    line->running -= ticket->begun;
    ticket->line = NULL;
    move_on(line);
}
