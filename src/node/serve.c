/* The server spine: what happens to one message, in order, as a table of steps.
 *
 *   open    security  bytes -> verified request
 *   fresh   ttl       not expired
 *   match   filter    is this node meant?
 *   once    seen      not served before
 *   check   ddl       agent and action known, inputs valid
 *   allow   policy    may this caller do this? audit
 *   run     runner    the action, now or later
 *   seal    security  reply -> bytes, published
 *
 * A step says what comes next: the next step, waiting for the runner, an answer (go on
 * with seal), or the end with a verdict. Everything of one message lives in one capped
 * arena that is dropped at the end, together with one event that carries the verdict and
 * the time of each step. Reading this file tells the whole story of a request
 * (spec collective.md 2.3, 4.4). */
#include "node/exchange-private.h"

#include "base/clock.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum move
{
    MOVE_NEXT,
    MOVE_WAIT,   /* the runner will resume */
    MOVE_ANSWER, /* skip to seal: ex->payload is the reply */
    MOVE_STOP,   /* finished; ex->verdict says how */
};

static void exchange_run(struct mc_exchange *ex);

static enum move stop(struct mc_exchange *ex, const char *verdict)
{
    ex->verdict = verdict;
    return MOVE_STOP;
}

/* The end is known already, whether it is told is not: steps go on. */
static enum move end_early(struct mc_exchange *ex, enum mc_end end, const char *verdict)
{
    ex->early = verdict;
    ex->early_end = end;
    return MOVE_NEXT;
}

/* The status with which clients of the original read an end. */
static enum mc_status status_of(enum mc_end end)
{
    return end == MC_END_REFUSED   ? MC_STATUS_ABORTED
           : end == MC_END_INVALID ? MC_STATUS_INVALID_DATA
                                   : MC_STATUS_UNKNOWN_ERROR;
}

/* Answer without running: a status, a message and the outputs' defaults. */
static enum move refuse(struct mc_exchange *ex, enum mc_end end, const char *verdict)
{
    enum mc_status status = status_of(end);
    struct mc_value *data = NULL;
    int r = ex->action ? mc_ddl_fill_outputs(ex->action, ex->arena, &data) : 0;
    struct mc_result result = {
        .status = status,
        .message = ex->error.text,
        .data = data ? data : mc_value_hash(ex->arena),
        .outcome = mc_end_name(end),
    };

    ex->verdict = verdict;
    ex->status = status;
    if (r != 0 || mc_result_to_value(ex->arena, &result, &ex->payload) != 0) {
        return stop(ex, "out_of_memory");
    }
    return ex->rpc.respond ? MOVE_ANSWER : MOVE_STOP;
}

static enum move step_open(struct mc_exchange *ex)
{
    struct mc_node *node = ex->node;
    int r = mc_security_open_request(node->security, ex->body, ex->arena, &ex->request,
                                     &ex->error);

    if (r == 0) {
        node->stats.validated++;
        ex->request->reply_to = ex->reply_to;
        return MOVE_NEXT;
    }
    if (r == MC_SECURITY_FORGED || r == MC_SECURITY_NO_KEY) {
        node->stats.unvalidated++;
        return stop(ex, r == MC_SECURITY_FORGED ? "forged" : "unknown_caller");
    }
    return stop(ex, r < 0 ? "too_large" : "malformed");
}

static int64_t until_s(const struct mc_exchange *ex, int64_t now_s)
{
    int64_t from = ex->request->time_s > now_s ? ex->request->time_s : now_s;
    int64_t until = 0;

    if (__builtin_add_overflow(from, ex->request->ttl_s, &until)) {
        return INT64_MAX;
    }
    return until;
}

/* Clocks that differ are the usual reason, so both ends of the life are told. */
static void say_expired(struct mc_exchange *ex, int64_t age_s)
{
    const struct mc_request *request = ex->request;
    char made[32] = "an unknown time";
    time_t when = (time_t)request->time_s;
    struct tm utc;

    if (gmtime_r(&when, &utc)) {
        (void)strftime(made, sizeof(made), "%Y-%m-%d %H:%M:%S UTC", &utc);
    }
    mc_error_set(&ex->error,
                 "the message of %s@%s was made at %s: it is %lld seconds old and its "
                 "ttl is %lld",
                 request->caller, request->sender, made, (long long)age_s,
                 (long long)request->ttl_s);
}

static enum move step_fresh(struct mc_exchange *ex)
{
    struct mc_request *request = ex->request;
    int64_t now_s = mc_clock_now_s();
    int64_t age_s = 0;

    if (request->ttl_s < 0) {
        request->ttl_s = ex->node->ttl_s;
    }
    if (__builtin_sub_overflow(now_s, request->time_s, &age_s) ||
        age_s > request->ttl_s) {
        ex->node->stats.ttlexpired++;
        say_expired(ex, age_s);
        return mc_exchange__may_be_told(ex, age_s)
                   ? end_early(ex, MC_END_EXPIRED, "expired")
                   : stop(ex, "expired");
    }
    return MOVE_NEXT;
}

static enum move step_match(struct mc_exchange *ex)
{
    struct mc_node *node = ex->node;
    struct mc_error error = {""};
    int r = mc_filter_match(&ex->request->filter, &node->host, &error);

    if (ex->early) {
        return r == 0 ? MOVE_NEXT : stop(ex, ex->early);
    }
    ex->error = error;
    if (r == 0) {
        node->stats.passed++;
        return MOVE_NEXT;
    }
    if (r == MC_FILTER_NO_MATCH) {
        node->stats.filtered++;
        return mc_exchange__only_agent_missing(ex) ? MOVE_NEXT : stop(ex, "filtered");
    }
    return ex->direct ? end_early(ex, MC_END_INVALID, "bad_filter")
                      : stop(ex, "bad_filter");
}

/* A message that outlives our memory of it could be replayed after we forgot it. */
static enum move step_once(struct mc_exchange *ex)
{
    struct mc_node *node = ex->node;
    int64_t now_s = mc_clock_now_s();
    int64_t until = until_s(ex, now_s);

    if (!node->seen) {
        return MOVE_NEXT;
    }
    if (until - now_s > MC_NODE_LIFE_MAX_S) {
        mc_error_set(&ex->error, "its time and ttl reach more than a day ahead");
        return stop(ex, "too_long_lived");
    }
    if (__builtin_add_overflow(until, MC_NODE_LATE_S, &until)) {
        until = INT64_MAX;
    }
    int r =
        mc_seen_check(node->seen, ex->request->caller, ex->request->id, now_s, until);
    if (r == 0) {
        return MOVE_NEXT;
    }
    if (r == MC_SEEN_REPLAY) {
        node->stats.replayed++;
        mc_error_set(&ex->error, "this request was served before");
        return stop(ex, "replayed");
    }
    return stop(ex, "out_of_memory");
}

/* An agent that speaks no RPC answers at once. Who stops wants not to be discovered. */
static enum move answer_message(struct mc_exchange *ex)
{
    if (ex->node->stopping && strcmp(ex->request->agent, "discovery") == 0) {
        return stop(ex, "stopping");
    }
    int r = mc_agents_message(ex->node->agents, ex->request, ex->arena, &ex->payload);

    if (r != 0) {
        mc_error_set(&ex->error, "%s: %s", ex->request->agent, strerror(-r));
        return stop(ex, r == -ENOENT ? "no_agent" : "agent_failed");
    }
    ex->rpc.respond = true;
    ex->verdict = "answered";
    return ex->payload ? MOVE_ANSWER : MOVE_STOP;
}

/* The agent is not here, or the end was known before: tell who waits for an answer. */
static enum move answer_early(struct mc_exchange *ex)
{
    struct mc_rpc rpc;

    if (mc_rpc_from_value(ex->request->payload, &rpc) != 0 || !rpc.respond ||
        (ex->early_end == MC_END_EXPIRED && !mc_exchange__late_affordable(ex))) {
        return stop(ex, ex->early);
    }
    ex->rpc = rpc;
    return refuse(ex, ex->early_end, ex->early);
}

static enum move step_check(struct mc_exchange *ex)
{
    const struct mc_request *request = ex->request;

    if (ex->early) {
        return answer_early(ex);
    }
    if (mc_agents_find(ex->node->agents, request->agent, &ex->ddl) != 0) {
        mc_error_set(&ex->error, "no agent '%.100s' here", request->agent);
        (void)end_early(ex, MC_END_AGENT_MISSING, "no_agent");
        return ex->direct ? answer_early(ex) : stop(ex, "no_agent");
    }
    if (!ex->ddl) {
        return answer_message(ex);
    }
    if (mc_rpc_from_value(request->payload, &ex->rpc) != 0) {
        mc_error_set(&ex->error, "its body is no RPC request");
        ex->rpc.respond = mc_rpc_wants_reply(request->payload);
        return refuse(ex, MC_END_INVALID, "malformed");
    }
    ex->action = mc_ddl_action_find(ex->ddl, ex->rpc.action);
    if (!ex->action) {
        mc_error_set(&ex->error,
                     "Attempted to call action %s for %s but it's not declared in the "
                     "DDL",
                     ex->rpc.action, request->agent);
        return refuse(ex, MC_END_INVALID, "invalid");
    }
    if (ex->node->stopping) {
        mc_error_set(&ex->error, "The node is stopping and takes no more requests");
        return refuse(ex, MC_END_REFUSED, "stopping");
    }
    if (mc_ddl_validate(ex->action, ex->rpc.data, &ex->error) != 0) {
        return refuse(ex, MC_END_INVALID, "invalid");
    }
    return MOVE_NEXT;
}

/* The caller learns that he may not, the node's log why. */
static enum move deny(struct mc_exchange *ex, const struct mc_error *reason)
{
    mc_error_set(&ex->error, MC_REFUSAL_TEXT);
    enum move move = refuse(ex, MC_END_REFUSED, "denied");
    ex->error = *reason;
    return move;
}

static enum move step_allow(struct mc_exchange *ex)
{
    struct mc_policy *policy = ex->node->policy;
    struct mc_error reason = {""};

    if (mc_policy_allow(policy, ex->request, &ex->rpc, &reason) != 0) {
        return deny(ex, &reason);
    }
    if (mc_policy_audit(policy, ex->request, &ex->rpc, &reason) != 0) {
        const struct mc_field fields[] = {
            MC_FIELD_STR("id", ex->request->id),
            MC_FIELD_STR("reason", reason.text),
        };
        mc_event_emit(ex->node->spec.sink, MC_EVENT_audit_failed, fields,
                      MC_COUNT(fields));
    }
    return MOVE_NEXT;
}

/* A step that waited: until now its time was the moment when it began. */
static void stop_clock(struct mc_exchange *ex)
{
    int64_t took_us = mc_clock_monotonic_us() - ex->step_us[ex->at];

    ex->step_us[ex->at] = took_us > 0 ? took_us : 1;
}

static void run_done(void *user, const struct mc_result *result)
{
    struct mc_exchange *ex = user;

    ex->ran = true;
    ex->status = result->status;
    ex->verdict = result->status == MC_STATUS_OK ? "ok" : "failed";
    if (mc_result_to_value(ex->arena, result, &ex->payload) != 0) {
        ex->payload = NULL;
        ex->verdict = "out_of_memory";
    }
    if (!ex->in_step) {
        stop_clock(ex);
        ex->at++;
        exchange_run(ex);
    }
}

/* The time of an action by its DDL; 0 for none, as with the original. */
static unsigned limit_ms(const struct mc_ddl *ddl)
{
    double ms = ddl->timeout_s * 1000;

    return ms >= UINT_MAX ? UINT_MAX : ms > 0 && ms < 1 ? 1 : (unsigned)ms;
}

static enum move step_run(struct mc_exchange *ex)
{
    if (!mc_exchange__affordable(ex)) {
        mc_error_set(&ex->error, "The node is busy: too many requests are running");
        return refuse(ex, MC_END_BUSY, "busy");
    }
    const struct mc_run run = {
        .agent = ex->request->agent,
        .action = ex->action,
        .request = ex->request,
        .rpc = &ex->rpc,
        .arena = ex->arena,
        .timeout_ms = limit_ms(ex->ddl),
        .done = run_done,
        .user = ex,
    };
    mc_exchange__count_in(ex);
    ex->runner = ex->node->runner;
    int r = ex->runner.ops->start(ex->runner.state, &run, &ex->handle);
    if (r != 0) {
        mc_error_set(&ex->error, "The action could not be started: %s", strerror(-r));
        return refuse(ex, MC_END_ANSWERED, "failed");
    }
    if (!ex->ran) {
        return MOVE_WAIT;
    }
    return MOVE_NEXT;
}

/* Seal the payload and hand it to the broker. */
static int send_reply(struct mc_exchange *ex)
{
    struct mc_node *node = ex->node;
    struct mc_bytes body;
    const struct mc_reply reply = {
        .sender = node->agent_host.ops->identity(node),
        .id = ex->request->id,
        .agent = ex->request->agent,
        .time_s = mc_clock_now_s(),
        .payload = ex->payload,
    };
    int r = mc_security_seal_reply(node->security, &reply, ex->request, ex->arena,
                                   &body, &ex->error);

    if (r != 0) {
        return r;
    }
    const struct mc_publish publish = {
        .kind = MC_TARGET_REPLY,
        .collective = ex->request->collective,
        .agent = ex->request->agent,
        .reply_to = ex->request->reply_to,
        .ttl_s = node->ttl_s,
        .body = body,
    };
    r = mc_connector_publish(node->connector, &publish);
    if (r == MC_CONNECTOR_FULL) {
        mc_error_set(&ex->error, "too much waits to be sent to the broker already");
    } else if (r != 0) {
        mc_error_set(&ex->error, "the answer of %zu bytes is too large for the broker",
                     body.len);
    }
    return r;
}

/* An answer that cannot be sent as it is becomes a short one that says so. */
static enum move step_seal(struct mc_exchange *ex)
{
    if (!ex->payload || !ex->rpc.respond) {
        return MOVE_STOP;
    }
    if (!ex->request->reply_to) {
        mc_error_set(&ex->error, "the request names no reply target");
        return stop(ex, "no_reply_target");
    }
    int r = send_reply(ex);
    if (r != 0 && r != MC_CONNECTOR_FULL && ex->ran) {
        if (refuse(ex, MC_END_ANSWERED, "answer_too_large") != MOVE_ANSWER) {
            return MOVE_STOP;
        }
        r = send_reply(ex);
    }
    if (r != 0) {
        return stop(ex, "not_sent");
    }
    ex->answered = true;
    ex->node->stats.replies++;
    return MOVE_STOP;
}

static enum move (*const steps[MC_STEPS])(struct mc_exchange *ex) = {
    [MC_STEP_OPEN] = step_open,   [MC_STEP_FRESH] = step_fresh,
    [MC_STEP_MATCH] = step_match, [MC_STEP_ONCE] = step_once,
    [MC_STEP_CHECK] = step_check, [MC_STEP_ALLOW] = step_allow,
    [MC_STEP_RUN] = step_run,     [MC_STEP_SEAL] = step_seal,
};

static void exchange_end(struct mc_exchange *ex)
{
    mc_exchange__report(ex);
    mc_exchange__count_drop(ex);
    mc_exchange__count_out(ex);
    mc_arena_free(ex->arena);
}

/* Run steps until one waits or stops. */
static void exchange_run(struct mc_exchange *ex)
{
    enum move move = MOVE_NEXT;

    while (ex->at < MC_STEPS && move == MOVE_NEXT) {
        int64_t began_us = mc_clock_monotonic_us();
        enum mc_step at = ex->at;
        ex->in_step = true;
        move = steps[at](ex);
        ex->in_step = false;
        if (move == MOVE_WAIT) {
            ex->step_us[at] = began_us;
            return;
        }
        int64_t took_us = mc_clock_monotonic_us() - began_us;
        ex->step_us[at] = took_us ? took_us : 1;
        ex->at = move == MOVE_ANSWER ? MC_STEP_SEAL : at + 1;
        move = move == MOVE_ANSWER ? MOVE_NEXT : move;
    }
    exchange_end(ex);
}

void mc_node_serve(struct mc_node *node, const struct mc_delivery *delivery)
{
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    struct mc_exchange *ex = arena ? mc_arena_alloc(arena, sizeof(*ex)) : NULL;

    node->stats.total++;
    if (!ex) {
        node->stats.dropped++;
        node->stats.drops[MC_DROP_out_of_memory]++;
        mc_arena_free(arena);
        return;
    }
    *ex = (struct mc_exchange){
        .node = node,
        .arena = arena,
        .body = delivery->body,
        .reply_to = mc_arena_strdup(arena, delivery->reply_to),
        .direct = delivery->direct,
        .verdict = "ok",
    };
    exchange_run(ex);
}

void mc_node_serve_stop(struct mc_node *node)
{
    while (node->exchanges) {
        struct mc_exchange *ex = node->exchanges;
        ex->runner.ops->cancel(ex->runner.state, ex->handle);
        stop_clock(ex);
        ex->verdict = "stopped";
        exchange_end(ex);
    }
}
