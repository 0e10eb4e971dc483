/* What requests take from the node while they run, and what is told of each at its
 * end: verdict, names, the time of every step that it reached. */
#include "node/exchange-private.h"

#include <string.h>

bool mc_exchange__affordable(const struct mc_exchange *ex)
{
    const struct mc_node *node = ex->node;
    size_t bytes = mc_arena_used(ex->arena);
    size_t count = 0;

    if (node->running >= MC_NODE_RUNNING_MAX ||
        node->running_bytes + bytes > MC_NODE_RUNNING_BYTES_MAX) {
        return false;
    }
    for (const struct mc_exchange *other = node->exchanges; other;
         other = other->next) {
        if (strcmp(other->request->caller, ex->request->caller) == 0) {
            count++;
            bytes += other->counted_bytes;
        }
    }
    return count < MC_NODE_RUNNING_PER_CALLER_MAX &&
           bytes <= MC_NODE_RUNNING_BYTES_PER_CALLER_MAX;
}

void mc_exchange__count_in(struct mc_exchange *ex)
{
    struct mc_node *node = ex->node;

    ex->next = node->exchanges;
    if (ex->next) {
        ex->next->previous = ex;
    }
    node->exchanges = ex;
    node->running++;
    ex->counted_bytes = mc_arena_used(ex->arena);
    node->running_bytes += ex->counted_bytes;
    ex->counted = true;
}

void mc_exchange__count_out(struct mc_exchange *ex)
{
    if (!ex->counted) {
        return;
    }
    struct mc_exchange **place =
        ex->previous ? &ex->previous->next : &ex->node->exchanges;
    *place = ex->next;
    if (ex->next) {
        ex->next->previous = ex->previous;
    }
    ex->node->running--;
    ex->node->running_bytes -= ex->counted_bytes;
    ex->counted = false;
    mc_drain_ended(ex->node->drain);
}

/* The fields that tell the time of a step. */
static const char *const names[MC_STEPS] = {
    [MC_STEP_OPEN] = "open_us",   [MC_STEP_FRESH] = "fresh_us",
    [MC_STEP_MATCH] = "match_us", [MC_STEP_ONCE] = "once_us",
    [MC_STEP_CHECK] = "check_us", [MC_STEP_ALLOW] = "allow_us",
    [MC_STEP_RUN] = "run_us",     [MC_STEP_SEAL] = "seal_us",
};

/* Why it was dropped; MC_DROP_COUNT when it was not. */
static enum mc_drop drop_of(const struct mc_exchange *ex)
{
    unsigned drop = 0;

    if (ex->answered) {
        return MC_DROP_COUNT;
    }
    while (drop < MC_DROP_COUNT &&
           strcmp(ex->verdict, mc_drop_name((enum mc_drop)drop)) != 0) {
        drop++;
    }
    return (enum mc_drop)drop;
}

void mc_exchange__count_drop(const struct mc_exchange *ex)
{
    enum mc_drop drop = drop_of(ex);

    if (drop < MC_DROP_COUNT) {
        ex->node->stats.dropped++;
        ex->node->stats.drops[drop]++;
    }
}

static enum mc_event_id event_of(const struct mc_exchange *ex)
{
    if (strcmp(ex->verdict, "filtered") == 0) {
        return MC_EVENT_message_filtered;
    }
    enum mc_drop drop = drop_of(ex);
    return drop == MC_DROP_COUNT || drop == MC_DROP_stopped || drop == MC_DROP_stopping
               ? MC_EVENT_request_done
               : MC_EVENT_message_dropped;
}

void mc_exchange__report(const struct mc_exchange *ex)
{
    struct mc_field fields[9 + MC_STEPS];
    size_t count = 0;
    const struct mc_request *request = ex->request;

    fields[count++] = (struct mc_field)MC_FIELD_STR("verdict", ex->verdict);
    if (request) {
        fields[count++] = (struct mc_field)MC_FIELD_STR("id", request->id);
        fields[count++] = (struct mc_field)MC_FIELD_STR("caller", request->caller);
        fields[count++] = (struct mc_field)MC_FIELD_STR("sender", request->sender);
        fields[count++] = (struct mc_field)MC_FIELD_STR("agent", request->agent);
    }
    if (ex->rpc.action) {
        fields[count++] = (struct mc_field)MC_FIELD_STR("action", ex->rpc.action);
        fields[count++] = (struct mc_field)MC_FIELD_NUM("status", ex->status);
    }
    if (ex->error.text[0]) {
        fields[count++] = (struct mc_field)MC_FIELD_STR("reason", ex->error.text);
    }
    for (size_t i = 0; i < MC_STEPS; i++) {
        if (ex->step_us[i]) {
            fields[count++] = (struct mc_field)MC_FIELD_US(names[i], ex->step_us[i]);
        }
    }
    fields[count++] = (struct mc_field)MC_FIELD_NUM("bytes", mc_arena_used(ex->arena));
    mc_event_emit(ex->node->spec.sink, event_of(ex), fields, count);
}
