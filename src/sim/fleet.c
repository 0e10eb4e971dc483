/* See fleet.h. The fleet is one more reader of its nodes' events: that is how it learns
 * that another node has reached the broker. */
#include "sim/fleet.h"

#include "base/memory.h"
#include "node/node.h"
#include <errno.h>

/* Identity, facts and classes of one node take less than this. */
#define INVENTED_BYTES_MAX ((size_t)16 * 1024)

struct mc_fleet
{
    struct mc_fleet_spec spec;
    struct mc_sink sink;
    struct mc_arena *arena;
    struct mc_node **nodes;
    bool ready_told;
};

unsigned mc_fleet_connected(const struct mc_fleet *fleet)
{
    unsigned count = 0;

    for (unsigned i = 0; i < fleet->spec.count; i++) {
        count += fleet->nodes[i] && mc_node_connected(fleet->nodes[i]);
    }
    return count;
}

void mc_fleet_stats(const struct mc_fleet *fleet, uint64_t *ret_replies,
                    uint64_t *ret_total)
{
    uint64_t replies = 0;
    uint64_t total = 0;

    for (unsigned i = 0; i < fleet->spec.count; i++) {
        const struct mc_node_stats *stats = mc_node_stats(fleet->nodes[i]);
        replies += stats->replies;
        total += stats->total;
    }
    *ret_replies = replies;
    *ret_total = total;
}

static void on_event(void *user, const struct mc_event *event)
{
    struct mc_fleet *fleet = user;

    if (event->id != MC_EVENT_connector_up || fleet->ready_told ||
        mc_fleet_connected(fleet) < fleet->spec.count) {
        return;
    }
    fleet->ready_told = true;
    if (fleet->spec.ready) {
        fleet->spec.ready(fleet->spec.user);
    }
}

static int add_node(struct mc_fleet *fleet, unsigned index, struct mc_error *error)
{
    const struct mc_fleet_spec *spec = &fleet->spec;
    struct mc_invented invented;
    int r = mc_sim_invent(spec->prefix, spec->first + index, spec->seed, fleet->arena,
                          &invented);

    if (r != 0) {
        return r;
    }
    const struct mc_node_spec node = {
        .loop = spec->loop,
        .config = spec->config,
        .ddls = spec->ddls,
        .sink = &fleet->sink,
        .identity = invented.identity,
        .facts = invented.facts,
        .classes = invented.classes,
    };
    return mc_node_new(&node, &fleet->nodes[index], error);
}

int mc_fleet_new(const struct mc_fleet_spec *spec, struct mc_fleet **ret_fleet,
                 struct mc_error *error)
{
    struct mc_fleet *fleet = NULL;
    int r = 0;

    if (spec->count == 0 || spec->count > MC_FLEET_NODES_MAX) {
        mc_error_set(error, "a fleet has from 1 to %d nodes", MC_FLEET_NODES_MAX);
        return -EINVAL;
    }
    fleet = mc_memory_new(sizeof(*fleet));
    if (!fleet) {
        return -ENOMEM;
    }
    fleet->spec = *spec;
    fleet->sink = (struct mc_sink){.fn = on_event, .user = fleet, .next = spec->sink};
    fleet->arena = mc_arena_new(spec->count * INVENTED_BYTES_MAX);
    fleet->nodes = mc_memory_array(spec->count, sizeof(struct mc_node *));
    r = fleet->arena && fleet->nodes ? 0 : -ENOMEM;
    for (unsigned i = 0; r == 0 && i < spec->count; i++) {
        r = add_node(fleet, i, error);
    }
    if (r != 0) {
        mc_fleet_free(fleet);
        return r;
    }
    *ret_fleet = fleet;
    return 0;
}

struct mc_fleet *mc_fleet_free(struct mc_fleet *fleet)
{
    if (!fleet) {
        return NULL;
    }
    for (unsigned i = 0; fleet->nodes && i < fleet->spec.count; i++) {
        mc_node_free(fleet->nodes[i]);
    }
    mc_memory_free(fleet->nodes);
    mc_arena_free(fleet->arena);
    return mc_memory_free(fleet);
}
