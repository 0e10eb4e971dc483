/* How a node says what became of a request, and how that is read (doc/rfc/0009).
 *
 * A node that does not say it is one of the original's: then the status tells, and for
 * refusals the one message with which its authorization aborts. */
#include "msg/message.h"

#include <string.h>

static const char *const names[MC_END_COUNT] = {
    [MC_END_ANSWERED] = "answered",
    [MC_END_REFUSED] = "refused",
    [MC_END_INVALID] = "invalid",
    [MC_END_TIMED_OUT] = "timed out",
    [MC_END_AGENT_MISSING] = "agent missing",
    [MC_END_EXPIRED] = "expired",
    [MC_END_BUSY] = "busy",
    [MC_END_UNREADABLE] = "unreadable",
    [MC_END_NOT_SENT] = "not sent",
    [MC_END_NO_ANSWER] = "no answer",
};

const char *mc_end_name(enum mc_end end)
{
    return (unsigned)end < MC_END_COUNT ? names[end] : "";
}

enum mc_end mc_result_end(const struct mc_result *result)
{
    for (unsigned end = 0; result->outcome && end <= MC_END_BUSY; end++) {
        if (strcmp(result->outcome, names[end]) == 0) {
            return (enum mc_end)end;
        }
    }
    if (result->status == MC_STATUS_INVALID_DATA) {
        return MC_END_INVALID;
    }
    return result->status == MC_STATUS_ABORTED && result->message &&
                   strcmp(result->message, MC_REFUSAL_TEXT) == 0
               ? MC_END_REFUSED
               : MC_END_ANSWERED;
}
