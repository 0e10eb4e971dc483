/* Discovery: who is there that the filter matches (spec collective.md 3.3, 3.10).
 *
 * Three ways lead to a list of names: somebody named the nodes (the -I shortcut counts
 * as that), a file, pipe or program lists them (method.c), or all nodes are asked and those that answer within the
 * time are it. Only the last one uses the network. Names from the first two are not
 * known to be alive; requests to them are always direct. */
#include "client/call.h"

#include "base/clock.h"
#include "client/method.h"
#include "client/random.h"
#include <errno.h>
#include <math.h>
#include <string.h>

bool mc_call__can_direct(const struct mc_call *call)
{
    return mc_config_bool(call->client->config, "direct_addressing");
}

int64_t mc_call__ttl_s(const struct mc_call *call)
{
    return call->ttl_s ? (int64_t)call->ttl_s
                       : mc_config_int(call->client->config, "ttl");
}

/* Only nodes can say whether a compound filter holds for them. */
enum mc_method mc_call__method(const struct mc_call *call)
{
    return call->filter.compound ? MC_METHOD_MC : call->method;
}

/* What was asked for, without the time of data functions. */
static unsigned plain_discovery_s(const struct mc_call *call)
{
    const struct mc_config *config = call->client->config;

    if (call->discovery_s >= 0) {
        return (unsigned)call->discovery_s;
    }
    if (mc_config_has(config, "discovery_timeout")) {
        int64_t seconds = mc_config_int(config, "discovery_timeout");
        if (seconds >= 0 && seconds < MC_CLIENT_SECONDS_MAX) {
            return (unsigned)seconds;
        }
    }
    return mc_method_seconds(mc_call__method(call));
}

unsigned mc_call__discovery_s(const struct mc_call *call)
{
    double seconds = plain_discovery_s(call) + ceil(call->data_s);

    return seconds < MC_CLIENT_SECONDS_MAX ? (unsigned)seconds : MC_CLIENT_SECONDS_MAX;
}

/* A node said that it is there. */
static enum mc_reply_answer found_one(void *user, const struct mc_reply *reply,
                                      struct mc_arena *arena, int64_t received_us)
{
    struct mc_call *call = user;
    const char *name = mc_arena_strdup(call->arena, reply->sender);
    int r = name ? mc_names__add(&call->found, call->arena, name) : -ENOMEM;

    (void)arena;
    (void)received_us;
    if (r < 0) {
        call->failure = r;
        return MC_REPLY_ENOUGH;
    }
    bool enough = call->limit && !call->limit_percent && !call->limit_random &&
                  call->found.count >= call->limit;
    return enough ? MC_REPLY_ENOUGH : MC_REPLY_DONE;
}

/* Ask all nodes. */
static int ask(struct mc_call *call, struct mc_error *error)
{
    struct mc_filter filter = call->filter;
    int r = call->kind == MC_CALL_PING
                ? 0
                : mc_filter_add_agent(&filter, call->arena, call->agent);
    struct mc_exchange exchange = {
        .agent = "discovery",
        .collective = call->collective,
        .filter = &filter,
        .payload = mc_value_text(call->arena, "ping"),
        .ttl_s = mc_call__ttl_s(call),
        .wait_us = (int64_t)mc_call__discovery_s(call) * 1000000,
        .publish_s = call->publish_s,
        .reply_fn = found_one,
        .user = call,
    };

    if (!r && !exchange.payload) {
        r = -ENOMEM;
    }
    if (!r) {
        r = mc_exchange_run(call->client, &exchange, call->arena, error);
        call->stats.dropped += exchange.dropped;
    }
    return r ? r : call->failure;
}

/* Names without patterns are the nodes, unless something else must hold as well: the
 * original drops that silently, and then acts on a machine that was filtered out. */
bool mc_call__names_nodes(const struct mc_call *call)
{
    const struct mc_name_filters *names = &call->filter.identities;

    if (call->filter.facts_count || call->filter.classes.count ||
        mc_value_count(call->filter.compound)) {
        return false;
    }

    for (size_t i = 0; i < names->count; i++) {
        if (names->items[i].pattern) {
            return false;
        }
    }
    return mc_call__method(call) == MC_METHOD_MC && names->count > 0;
}

static int take_identities(struct mc_call *call)
{
    for (size_t i = 0; i < call->filter.identities.count; i++) {
        int r = mc_names__add(&call->found, call->arena,
                              call->filter.identities.items[i].text);
        if (r < 0) {
            return r;
        }
    }
    call->forced_direct = mc_call__can_direct(call);
    return 0;
}

static int take_nodes(struct mc_call *call, struct mc_error *error)
{
    if (!mc_call__can_direct(call)) {
        mc_error_set(error,
                     "Can only supply discovery data if direct_addressing is enabled");
        return MC_CLIENT_USAGE;
    }
    call->found = call->nodes;
    call->forced_direct = true;
    return 0;
}

/* The work of discovery, timed. */
static int search(struct mc_call *call, struct mc_error *error)
{
    int64_t begin_us = mc_clock_monotonic_us();
    int r = 0;

    if (call->method != MC_METHOD_MC && !mc_call__can_direct(call)) {
        mc_error_set(error, "The %s discovery method needs direct_addressing",
                     mc_call_method_name(call));
        return MC_CLIENT_USAGE;
    }
    if (call->on_discovering) {
        call->on_discovering(call->discovering_user, mc_call_method_name(call),
                             mc_call__discovery_s(call));
    }
    r = call->method == MC_METHOD_MC ? ask(call, error) : mc_method_read(call, error);
    call->stats.discovery_us = mc_clock_monotonic_us() - begin_us;
    if (!r && call->on_found) {
        call->on_found(call->found_user, call->found.count);
    }
    return r;
}

int mc_call__find(struct mc_call *call, struct mc_error *error)
{
    int r;

    if (call->discovery_done) {
        return 0;
    }
    call->method = mc_call__method(call);
    if (call->nodes_given) {
        r = take_nodes(call, error);
    } else if (mc_call__names_nodes(call)) {
        r = take_identities(call);
    } else {
        r = search(call, error);
    }
    if (!r) {
        call->discovery_done = true;
        call->stats.discovered = call->found.count;
    }
    return r;
}

/* Take some of the found nodes at random. */
static int pick_random(struct mc_call *call, size_t count)
{
    struct mc_names rest = {0};
    struct mc_random random;

    for (size_t i = 0; i < call->found.count; i++) {
        int r = mc_names__add(&rest, call->arena, call->found.items[i]);
        if (r < 0) {
            return r;
        }
    }
    if (call->limit_seed >= 0) {
        mc_names__sort(&rest);
    }
    int r = mc_random_init(&random, call->limit_seed);
    for (size_t i = 0; !r && i < count; i++) {
        size_t at = mc_random_below(&random, (uint32_t)rest.count);
        r = mc_names__add(&call->targets, call->arena, rest.items[at]);
        memmove(&rest.items[at], &rest.items[at + 1],
                (rest.count - at) * sizeof(*rest.items));
        rest.count--;
    }
    return r;
}

bool mc_call__limited(const struct mc_call *call)
{
    return call->limit || call->limit_percent;
}

int mc_call__pick(struct mc_call *call)
{
    size_t all = call->found.count;
    size_t count = all;

    if (call->limit_percent) {
        count = (size_t)((double)all * ((double)call->limit / 100.0));
        count = count ? count : 1;
    } else if (call->limit) {
        count = call->limit < all ? (size_t)call->limit : all;
    }
    if (!mc_call__limited(call) || count >= all) {
        call->targets = call->found;
        return 0;
    }
    call->targets = (struct mc_names){0};
    if (call->limit_random) {
        return pick_random(call, count);
    }
    for (size_t i = 0; i < count; i++) {
        int r = mc_names__add(&call->targets, call->arena, call->found.items[i]);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}
