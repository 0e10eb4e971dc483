/* Letting actions finish: agents that a reload has replaced, and a node that is to stop.
 *
 * A package manager must not be killed because somebody loads the agents again. So a
 * reload retires the old agents: they take no new calls, and they and the DDLs that their
 * calls point into live until the last of these has ended, within its own time limit. A
 * node that stops softly refuses new requests and waits for all that run, old and new.
 *
 * Neither may happen below a call that has just ended, whose function is still on the
 * stack: both are left to timers. */
#include "node/node-private.h"

#include "base/memory.h"
#include <errno.h>

/* Agents of one time before a reload. */
struct retired
{
    struct retired *next; /* older */
    struct mc_agents *agents;
    struct mc_ddl_store *ddls; /* what they were loaded from */
};

struct mc_drain
{
    struct mc_node *node;
    struct retired *retired; /* the newest first */
    struct mc_timer *sweep;
    struct mc_timer *stop;
    void (*done)(void *user); /* of the soft stop, until it was called */
    void *user;
};

static bool used(const struct mc_drain *drain, const struct mc_ddl_store *ddls)
{
    const struct retired *each = drain->retired;

    while (each && each->ddls != ddls) {
        each = each->next;
    }
    return each || drain->node->spec.ddls == ddls;
}

/* End one set of agents, and give its DDLs back when nobody else uses them. */
static void end(struct mc_drain *drain, struct retired **place)
{
    const struct mc_node_spec *spec = &drain->node->spec;
    struct retired *old = *place;
    struct mc_ddl_store *ddls = old->ddls;

    mc_agents_free(old->agents);
    *place = old->next;
    mc_memory_free(old);
    if (!used(drain, ddls) && spec->on_ddls_unused) {
        spec->on_ddls_unused(spec->user, ddls);
    }
}

static void sweep(void *user)
{
    struct mc_drain *drain = user;

    for (struct retired **place = &drain->retired; *place;) {
        if (mc_agents_busy((*place)->agents)) {
            place = &(*place)->next;
        } else {
            end(drain, place);
        }
    }
}

static void on_idle(void *user)
{
    struct mc_drain *drain = user;

    mc_timer_start(drain->sweep, 0);
}

/* Everything has ended, or the time is over. */
static void on_stop(void *user)
{
    struct mc_drain *drain = user;
    struct mc_node *node = drain->node;
    void (*done)(void *user) = drain->done;

    if (node->running) {
        const struct mc_field fields[] = {MC_FIELD_NUM("running", node->running)};
        mc_event_emit(node->spec.sink, MC_EVENT_stop_late, fields, MC_COUNT(fields));
    }
    drain->done = NULL;
    mc_drain_abort(drain);
    if (done) {
        done(drain->user);
    }
}

struct mc_drain *mc_drain_new(struct mc_node *node)
{
    struct mc_drain *drain = mc_memory_new(sizeof(*drain));

    if (!drain) {
        return NULL;
    }
    drain->node = node;
    drain->sweep = mc_timer_new(node->spec.loop, sweep, drain);
    drain->stop = mc_timer_new(node->spec.loop, on_stop, drain);
    return drain->sweep && drain->stop ? drain : mc_drain_free(drain);
}

struct mc_drain *mc_drain_free(struct mc_drain *drain)
{
    if (!drain) {
        return NULL;
    }
    while (drain->retired) {
        end(drain, &drain->retired);
    }
    mc_timer_free(drain->sweep);
    mc_timer_free(drain->stop);
    return mc_memory_free(drain);
}

int mc_drain_retire(struct mc_drain *drain, struct mc_agents *agents,
                    struct mc_ddl_store *ddls)
{
    struct retired *old = mc_memory_new(sizeof(*old));
    size_t count = 1;

    if (!old) {
        return -ENOMEM;
    }
    *old = (struct retired){.next = drain->retired, .agents = agents, .ddls = ddls};
    drain->retired = old;
    mc_agents_on_idle(agents, on_idle, drain);
    for (struct retired *each = old; each; each = each->next, count++) {
        if (count > MC_NODE_RETIRED_MAX) {
            mc_agents_abort(each->agents, "The agents were loaded again too often "
                                          "while the action was running");
        }
    }
    mc_timer_start(drain->sweep, 0);
    return 0;
}

void mc_drain_abort(struct mc_drain *drain)
{
    static const char message[] = "The node stopped while the action was running";

    for (struct retired *each = drain->retired; each; each = each->next) {
        mc_agents_abort(each->agents, message);
    }
    mc_agents_abort(drain->node->agents, message);
}

void mc_drain_ended(struct mc_drain *drain)
{
    if (drain->done && !drain->node->running) {
        mc_timer_start(drain->stop, 0);
    }
}

void mc_node_soft_stop(struct mc_node *node, unsigned timeout_ms,
                       void (*done)(void *user), void *user)
{
    struct mc_drain *drain = node->drain;
    const struct mc_field fields[] = {
        MC_FIELD_NUM("running", node->running),
        MC_FIELD_NUM("limit_ms", timeout_ms),
    };

    node->stopping = true;
    drain->done = done;
    drain->user = user;
    mc_event_emit(node->spec.sink, MC_EVENT_stop_waits, fields, MC_COUNT(fields));
    if (timeout_ms) {
        mc_timer_start(drain->stop, timeout_ms);
    }
    mc_drain_ended(drain);
}
