/* A call after it ran: figures, names, replies, aggregates. */
#include "client/call.h"

const struct mc_call_stats *mc_call_stats(const struct mc_call *call)
{
    return &call->stats;
}

/* The names as they are to be shown; none when memory is short. */
static const char *const *hidden(const struct mc_call *call,
                                 const struct mc_names *names, size_t *ret_count)
{
    const char **shown = mc_arena_array(call->arena, names->count + 1, sizeof(*shown));

    for (size_t i = 0; shown && i < names->count; i++) {
        shown[i] = mc_client__shown(call->client, call->arena, names->items[i]);
        if (!shown[i]) {
            shown = NULL;
        }
    }
    *ret_count = shown ? names->count : 0;
    return shown;
}

const char *const *mc_call_names(const struct mc_call *call, enum mc_nodes which,
                                 size_t *ret_count)
{
    const struct mc_names *names = &call->found;

    if (which == MC_NODES_NO_RESPONSE) {
        names = &call->missing;
    } else if (which == MC_NODES_UNEXPECTED) {
        names = &call->unexpected;
    } else if (mc_call__limited(call)) {
        names = &call->targets;
    }
    *ret_count = names->count;
    return call->client && call->client->anonymous ? hidden(call, names, ret_count)
                                                   : names->items;
}

const struct mc_client_reply *mc_call_reply(const struct mc_call *call, size_t index)
{
    return index < call->kept_count ? &call->kept[index].reply : NULL;
}

const struct mc_client_aggregate *mc_call_aggregate(const struct mc_call *call,
                                                    size_t index)
{
    return index < call->aggregates_count ? &call->aggregates[index] : NULL;
}

enum mc_show mc_call_show(const struct mc_call *call)
{
    static const enum mc_show show[] = {
        [MC_DISPLAY_FAILED] = MC_SHOW_FAILED,
        [MC_DISPLAY_OK] = MC_SHOW_OK,
        [MC_DISPLAY_ALWAYS] = MC_SHOW_ALWAYS,
        [MC_DISPLAY_FLATTEN] = MC_SHOW_FLATTEN,
    };

    return call->interface ? show[call->interface->display] : MC_SHOW_ALWAYS;
}

const char *mc_call_heading(const struct mc_call *call, const char *output)
{
    const struct mc_ddl_output *found =
        call->interface ? mc_ddl_output_find(call->interface, output) : NULL;

    return found ? found->display_as : NULL;
}

int mc_call_exit_code(const struct mc_call *call)
{
    const struct mc_call_stats *stats = &call->stats;

    if (!stats->discovery_us && !stats->responses) {
        return 4;
    }
    if (stats->discovered && !stats->responses) {
        return 3;
    }
    if (stats->discovered && stats->failed) {
        return 2;
    }
    return stats->discovered || stats->responses ? 0 : 1;
}
