/* What became of the request at each node that was to be asked (doc/rfc/0009).
 *
 * Each target begins as not sent and goes on to no answer when the request is on its way,
 * then to what its reply says. So whatever happens, also when a call is stopped in the
 * middle, every node has exactly one end. */
#include "client/call.h"

#include <string.h>

void mc_exchange__sent(struct mc_exchange *x, size_t from, size_t to)
{
    for (size_t i = from; x->expected_count && i < to; i++) {
        struct mc_expected *each = mc_exchange__find(x, x->targets[i]);
        if (each && each->end.end == MC_END_NOT_SENT) {
            each->end.end = MC_END_NO_ANSWER;
        }
    }
}

/* Words that may be long, cut where a character begins. */
static const char *some_words(struct mc_arena *arena, const char *words)
{
    size_t len = strnlen(words, MC_END_REASON_BYTES_MAX);

    bool cut = len == MC_END_REASON_BYTES_MAX;
    while (cut && len > 0 && ((uint8_t)words[len] & 0xc0) == 0x80) {
        len--;
    }
    return mc_arena_text(arena, mc_bytes_make(words, len));
}

void mc_exchange__note_end(struct mc_exchange *x, const char *sender, enum mc_end end,
                           int64_t status, const char *reason)
{
    struct mc_expected *found = mc_exchange__find(x, sender);
    bool well = end == MC_END_ANSWERED && status == MC_STATUS_OK;

    if (!found) {
        return;
    }
    struct mc_client_end *noted = &found->end;
    bool heard = noted->end != MC_END_NOT_SENT && noted->end != MC_END_NO_ANSWER;
    if (heard && (well || noted->end != MC_END_ANSWERED || noted->status)) {
        return;
    }
    noted->end = end;
    noted->status = status;
    noted->reason = well ? NULL : some_words(x->arena, reason);
}

void mc_call__count_ends(struct mc_call *call)
{
    for (size_t i = 0; i < call->ends_count; i++) {
        struct mc_client_end *end = &call->ends[i].end;
        const char *shown = mc_client__shown(call->client, call->arena, end->node);
        end->node = shown ? shown : "";
        call->stats.ends[end->end]++;
    }
}

const struct mc_client_end *mc_call_end(const struct mc_call *call, size_t index)
{
    return index < call->ends_count ? &call->ends[index].end : NULL;
}
