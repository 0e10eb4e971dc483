/* Which requests that this node does not run are told so (doc/rfc/0009).
 *
 * An answer goes where the request says, and that is not signed; nor are ids with some
 * providers. So whoever holds a captured request could have answers sent to others by
 * sending it again. Nothing is answered twice that can be recognised, and what cannot
 * be, late ones under new ids, is answered at a bounded rate. */
#include "node/exchange-private.h"

#include "base/clock.h"
#include <string.h>

/* This node remembers for so long, and did not start in between. */
bool mc_exchange__may_be_told(const struct mc_exchange *ex, int64_t age_s)
{
    const struct mc_node *node = ex->node;

    return node->seen && ex->request->time_s >= node->stats.started_s &&
           age_s - ex->request->ttl_s <= MC_NODE_LATE_S;
}

bool mc_exchange__only_agent_missing(struct mc_exchange *ex)
{
    struct mc_filter filter = ex->request->filter;
    const struct mc_ddl *ddl = NULL;
    struct mc_error error;
    size_t count = 0;

    if (!ex->direct ||
        mc_agents_find(ex->node->agents, ex->request->agent, &ddl) == 0) {
        return false;
    }
    struct mc_name_filter *others =
        mc_arena_array(ex->arena, filter.agents.count, sizeof(*others));
    for (size_t i = 0; others && i < filter.agents.count; i++) {
        const struct mc_name_filter *each = &filter.agents.items[i];
        if (each->pattern || strcmp(each->text, ex->request->agent) != 0) {
            others[count++] = *each;
        }
    }
    filter.agents = (struct mc_name_filters){.items = others, .count = count};
    return others && mc_filter_match(&filter, &ex->node->host, &error) == 0;
}

bool mc_exchange__late_affordable(const struct mc_exchange *ex)
{
    struct mc_node *node = ex->node;
    int64_t minute = mc_clock_now_s() / 60;

    if (minute != node->late_minute) {
        node->late_minute = minute;
        node->late_answers = 0;
    }
    return node->late_answers++ < MC_NODE_LATE_PER_MINUTE_MAX;
}
