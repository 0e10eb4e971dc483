/* The client's spine: check, discover, pick, send, gather, reduce.
 *
 * mc_call_run() walks these steps in order; each is a function of its own here or in
 * discover.c and gather.c. What kind of call it is (RPC, ping, message) decides only the
 * payload, the time to wait, and how a reply is read. */
#include "client/call.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_FIRST 16
/* An identity filter made of picked names. */
#define PATTERN_BYTES_MAX ((size_t)1024 * 1024)

/* How long to wait for replies, in microseconds. */
static int64_t wait_us(const struct mc_call *call)
{
    double seconds = call->reply_s;

    if (!call->reply_s && call->kind == MC_CALL_RPC) {
        double timeout = call->ddl->timeout_s;
        bool sane = timeout >= 0 && timeout <= MC_CLIENT_SECONDS_MAX;
        seconds = (sane ? timeout : 0) + mc_call__discovery_s(call);
    } else if (!call->reply_s) {
        bool told = call->discovery_s >= 0 ||
                    mc_config_has(call->client->config, "discovery_timeout");
        seconds = MC_CLIENT_TIMEOUT_S + (told ? mc_call__discovery_s(call) : 0);
    }
    return (int64_t)llround(seconds * 1e6);
}

/* Remember a reply with the memory it lives in. Returns 0; -ENOMEM; -E2BIG. */
static int keep(struct mc_call *call, const struct mc_client_reply *reply,
                struct mc_arena *arena)
{
    size_t used = mc_arena_used(arena);

    if (used > MC_CALL_REPLIES_BYTES_MAX - call->kept_bytes ||
        call->kept_count >= MC_CALL_NODES_MAX) {
        return -E2BIG;
    }
    if (call->kept_count == call->kept_room) {
        size_t room = call->kept_room ? call->kept_room * 2 : KEPT_FIRST;
        struct mc_kept *kept = mc_memory_resize(
            call->kept, call->kept_room * sizeof(*kept), room * sizeof(*kept));
        if (!kept) {
            return -ENOMEM;
        }
        call->kept = kept;
        call->kept_room = room;
    }
    call->kept[call->kept_count++] = (struct mc_kept){.reply = *reply, .arena = arena};
    call->kept_bytes += used;
    return 0;
}

/* Read the payload of a reply. Returns false when it is no RPC reply. */
static bool read_reply(const struct mc_call *call, const struct mc_reply *reply,
                       struct mc_arena *arena, struct mc_client_reply *ret_out)
{
    struct mc_result result = {.message = "OK"};

    if (call->kind == MC_CALL_RPC &&
        mc_result_from_value(reply->payload, &result) != 0) {
        return false;
    }
    const char *shown = mc_client__shown(call->client, arena, reply->sender);
    ret_out->sender = shown ? shown : "";
    ret_out->agent = call->agent;
    ret_out->action = call->action;
    ret_out->status = result.status;
    ret_out->message = result.message ? result.message : "";
    ret_out->data = call->kind == MC_CALL_MESSAGE ? reply->payload : result.data;
    ret_out->end = mc_result_end(&result);
    return true;
}

static enum mc_reply_answer reply_came(void *user, const struct mc_reply *reply,
                                       struct mc_arena *arena, int64_t received_us)
{
    struct mc_call *call = user;
    struct mc_client_reply out = {.received_us = received_us};

    if (!read_reply(call, reply, arena, &out)) {
        mc_exchange__note_end(call->exchange, reply->sender, MC_END_UNREADABLE, 0,
                              "it is no RPC reply");
        call->stats.dropped++;
        mc_client__notice(call->client, "a reply of %s was dropped: it is no RPC reply",
                          reply->sender);
        return MC_REPLY_DONE;
    }
    mc_exchange__note_end(call->exchange, reply->sender, out.end, out.status,
                          out.message);
    call->stats.responses++;
    call->stats.ok += out.status == MC_STATUS_OK;
    call->stats.failed += out.status != MC_STATUS_OK;
    if (call->summing && mc_aggregates_add(call->summing, out.data) < 0) {
        call->failure = -ENOMEM;
    }
    if (call->on_reply) {
        call->on_reply(call->reply_user, &out);
    }
    if (call->forget) {
        return MC_REPLY_DONE;
    }
    int r = keep(call, &out, arena);
    if (r == -E2BIG) {
        call->stats.dropped++;
        mc_client__notice(call->client, "too many replies to keep them all");
        return MC_REPLY_DONE;
    }
    call->failure = r ? r : call->failure;
    return r ? MC_REPLY_ENOUGH : MC_REPLY_TAKEN;
}

/* 1: the same checks as a node makes, before anything is sent. */
static int check(struct mc_call *call, struct mc_error *error)
{
    if (call->kind == MC_CALL_PING) {
        return 0;
    }
    int r = mc_call__batch_check(call, error);
    if (r || call->kind == MC_CALL_MESSAGE) {
        return r;
    }
    r = mc_ddl_fill_inputs(call->interface, call->arena, call->inputs);
    if (r) {
        return r;
    }
    r = mc_ddl_validate(call->interface, call->inputs, error);
    return r == MC_DDL_INVALID ? MC_CLIENT_USAGE : r;
}

/* Which filter the request carries (3.10). */
static int make_filter(struct mc_call *call, bool forced, struct mc_filter *ret_filter)
{
    struct mc_filter filter = {0};

    if (call->kind == MC_CALL_PING) {
        *ret_filter = call->filter;
        return 0;
    }
    if (!forced) {
        filter = call->filter;
    }
    int r = mc_filter_add_agent(&filter, call->arena, call->agent);
    if (!r) {
        *ret_filter = filter;
    }
    return r;
}

/* Without direct addressing a limited request goes to everybody with the picked names
 * as a pattern, in which their dots are escaped. */
static int filter_by_names(struct mc_call *call, struct mc_filter *filter)
{
    struct mc_name_filter *item = mc_arena_array(call->arena, 1, sizeof(*item));
    struct mc_buffer pattern;
    struct mc_bytes text;

    mc_buffer_init(&pattern, PATTERN_BYTES_MAX);
    mc_buffer_text(&pattern, "^(");
    for (size_t i = 0; i < call->targets.count; i++) {
        mc_buffer_text(&pattern, i ? "|" : "");
        for (const char *at = call->targets.items[i]; *at; at++) {
            mc_buffer_text(&pattern, *at == '.' ? "\\" : "");
            mc_buffer_byte(&pattern, (uint8_t)*at);
        }
    }
    mc_buffer_text(&pattern, ")$");
    int r = mc_buffer_copy(&pattern, call->arena, &text);
    mc_buffer_deinit(&pattern);
    if (r || !item) {
        return -ENOMEM;
    }
    item->pattern = (const char *)text.data;
    item->text = item->pattern;
    filter->identities = (struct mc_name_filters){.items = item, .count = 1};
    return 0;
}

static int make_payload(struct mc_call *call, const struct mc_value **ret_payload)
{
    if (call->kind != MC_CALL_RPC) {
        *ret_payload = mc_value_text(call->arena, call->action);
        return *ret_payload ? 0 : -ENOMEM;
    }
    return mc_rpc_to_value(call->arena, call->agent, call->action,
                           mc_security_caller(call->client->security), call->inputs,
                           !call->mute || call->reply_to, ret_payload);
}

/* Whether the request goes to each target by name. */
static bool goes_direct(const struct mc_call *call, bool forced)
{
    const struct mc_config *config = call->client->config;
    int64_t threshold = mc_config_int(config, "direct_addressing_threshold");

    if (call->kind == MC_CALL_PING) {
        return false;
    }
    if (forced || mc_call__batched(call)) {
        return true;
    }
    return !call->mute && mc_call__can_direct(call) && threshold >= 0 &&
           call->targets.count <= (size_t)threshold;
}

/* 3 to 5: seal, send, gather. */
static int ask(struct mc_call *call, struct mc_error *error)
{
    bool limited = call->kind != MC_CALL_PING && mc_call__limited(call) && !call->mute;
    bool forced = call->forced_direct || (limited && mc_call__can_direct(call));
    struct mc_filter filter;
    struct mc_exchange exchange = {
        .agent = call->agent,
        .collective = call->collective,
        .filter = &filter,
        .ttl_s = mc_call__ttl_s(call),
        .direct = goes_direct(call, forced),
        .mute = call->mute,
        .reply_to = call->reply_to,
        .wait_us = wait_us(call),
        .batch = mc_call__batch_size(call),
        .pause_us = call->batch_pause_us,
        .publish_s = call->publish_s,
        .reply_fn = reply_came,
        .user = call,
    };
    int r = make_filter(call, forced, &filter);

    if (!r && limited && !forced) {
        r = filter_by_names(call, &filter);
    }
    if (!r) {
        r = mc_client__connect(call->client, error);
    }
    if (!r) {
        r = make_payload(call, &exchange.payload);
    }
    if (r) {
        return r;
    }
    if (call->kind != MC_CALL_PING && (!call->mute || forced)) {
        exchange.targets = call->targets.items;
        exchange.targets_count = call->targets.count;
    }
    int64_t begin_us = mc_clock_monotonic_us();
    call->exchange = &exchange;
    r = mc_exchange_run(call->client, &exchange, call->arena, error);
    call->exchange = NULL;
    call->ends = exchange.expected;
    call->ends_count = exchange.expected_count;
    mc_call__count_ends(call);
    call->stats.agent_us = mc_clock_monotonic_us() - begin_us;
    call->stats.request_id = exchange.id;
    call->stats.dropped += exchange.dropped;
    call->missing = exchange.missing;
    call->unexpected = exchange.unexpected;
    return r ? r : call->failure;
}

static int by_sender(const void *a, const void *b)
{
    const struct mc_kept *left = a;
    const struct mc_kept *right = b;
    int order = strcmp(left->reply.sender, right->reply.sender);

    if (order) {
        return order;
    }
    return (left->reply.received_us > right->reply.received_us) -
           (left->reply.received_us < right->reply.received_us);
}

/* 6: lists sorted, aggregates made. */
static int reduce(struct mc_call *call)
{
    const struct mc_aggregate_result *results = NULL;
    size_t count = 0;

    mc_names__sort(&call->missing);
    mc_names__sort(&call->unexpected);
    if (call->sort && call->kept_count) {
        qsort(call->kept, call->kept_count, sizeof(*call->kept), by_sender);
    }
    if (!call->summing) {
        return 0;
    }
    int r = mc_aggregates_finish(call->summing, &results, &count);
    if (r || !count) {
        return r;
    }
    call->aggregates = mc_arena_array(call->arena, count, sizeof(*call->aggregates));
    if (!call->aggregates) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        call->aggregates[i] = (struct mc_client_aggregate){
            .output = results[i].output,
            .display_as = results[i].display_as,
            .lines = results[i].lines,
            .failure = results[i].failure,
            .value = results[i].value,
        };
    }
    call->aggregates_count = count;
    return 0;
}

/* 2: find and pick; a ping asks everybody, a mute call everybody or the named ones. */
static int discover(struct mc_call *call, struct mc_error *error)
{
    if (call->kind == MC_CALL_PING) {
        return 0;
    }
    if (call->mute && !call->nodes_given && mc_call__method(call) == MC_METHOD_MC &&
        !mc_call__names_nodes(call)) {
        return 0;
    }
    int r = mc_call__find(call, error);
    if (!r) {
        r = mc_call__pick(call);
    }
    if (!r && call->on_discovered && call->targets.count) {
        call->on_discovered(call->discovered_user, call->targets.items,
                            call->targets.count);
    }
    return r;
}

static int steps(struct mc_call *call, struct mc_error *error)
{
    int r = check(call, error);

    if (!r) {
        r = discover(call, error);
    }
    if (r) {
        return r;
    }
    if (call->kind != MC_CALL_PING && !call->mute && !call->targets.count) {
        return 0;
    }
    if (call->kind == MC_CALL_RPC && !call->mute && call->interface->aggregates_count) {
        call->summing = mc_aggregates_new(call->interface, call->arena);
        if (!call->summing) {
            return -ENOMEM;
        }
    }
    r = ask(call, error);
    return r ? r : reduce(call);
}

int mc_call_run(struct mc_call *call, struct mc_error *error)
{
    int64_t begin_us = mc_clock_monotonic_us();

    if (call->ran) {
        mc_error_set(error, "a call runs once; make another one");
        return MC_CLIENT_USAGE;
    }
    call->ran = true;
    call->stats.started_s = mc_clock_now_s();
    int r = steps(call, error);
    call->stats.total_us = mc_clock_monotonic_us() - begin_us;
    if (r == MC_CLIENT_STOPPED) {
        mc_error_set(error, "stopped");
    } else if (r == -ENOMEM) {
        mc_error_set(error, "not enough memory");
    } else if (r == -E2BIG) {
        mc_error_set(error, "more than %zu nodes", MC_CALL_NODES_MAX);
    }
    return r;
}

int mc_call_discover(struct mc_call *call, struct mc_error *error)
{
    int r = mc_call__find(call, error);

    return r ? r : mc_call__pick(call);
}
