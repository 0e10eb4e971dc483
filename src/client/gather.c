/* One exchange: a request goes out, replies come in (spec collective.md 3.10).
 *
 * Who is expected is a sorted list with a counter for each name, because a node that is
 * listed twice must answer twice. The exchange is over when nobody is outstanding, when
 * the time is, or when its owner has enough; replies of strangers are delivered but
 * shorten nothing. A reply that cannot be verified or read counts as dropped and says
 * so once; it ends nothing.
 *
 * A batched exchange sends to some targets at a time and waits for those before the
 * next; all batches are one request with one id. Targets that stayed silent are given
 * up when their batch ends: a late reply of theirs still counts as an answer, but no
 * longer shortens the wait for anybody. */
#include "client/call.h"

#include "base/clock.h"
#include "base/memory.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How long to let a full queue drain before looking again, in microseconds. */
#define DRAIN_US 5000

/* Besides the client's outcomes: the queue stayed full for too long. */
enum
{
    SEND_LATE = MC_CLIENT_STOPPED + 1,
};

/* The targets that are asked at one time: from the first up to before the last. */
struct batch
{
    size_t from;
    size_t to;
};

static int by_name(const void *a, const void *b)
{
    const struct mc_expected *left = a;
    const struct mc_expected *right = b;

    return strcmp(left->end.node, right->end.node);
}

/* Make the sorted list of who is expected. */
static int expect(struct mc_exchange *x)
{
    if (!x->targets) {
        return 0;
    }
    x->expected = mc_arena_array(x->arena, x->targets_count, sizeof(*x->expected));
    if (!x->expected) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < x->targets_count; i++) {
        x->expected[i] = (struct mc_expected){
            .end = {.node = x->targets[i], .end = MC_END_NOT_SENT},
        };
    }
    qsort(x->expected, x->targets_count, sizeof(*x->expected), by_name);
    for (size_t i = 0; i < x->targets_count; i++) {
        struct mc_expected *last =
            x->expected_count ? &x->expected[x->expected_count - 1] : NULL;
        if (!last || strcmp(last->end.node, x->expected[i].end.node) != 0) {
            x->expected[x->expected_count++] = x->expected[i];
        }
    }
    return 0;
}

struct mc_expected *mc_exchange__find(const struct mc_exchange *x, const char *name)
{
    struct mc_expected key = {.end.node = name};

    if (!x->expected_count) {
        return NULL;
    }
    return bsearch(&key, x->expected, x->expected_count, sizeof(key), by_name);
}

/* From now on the targets of a batch are waited for. */
static void wait_for(struct mc_exchange *x, struct batch batch)
{
    for (size_t i = batch.from; x->expected && i < batch.to; i++) {
        struct mc_expected *each = mc_exchange__find(x, x->targets[i]);
        if (each) {
            each->asked++;
            x->outstanding++;
        }
    }
}

/* From now on they are not. */
static void give_up(struct mc_exchange *x, struct batch batch)
{
    for (size_t i = batch.from; x->expected && i < batch.to; i++) {
        struct mc_expected *each = mc_exchange__find(x, x->targets[i]);
        if (each && each->answered < each->asked) {
            each->asked = each->answered;
        }
    }
    x->outstanding = 0;
}

/* Strike a sender off the list, or note a stranger. */
static int strike(struct mc_exchange *x, const char *sender)
{
    if (!x->targets) {
        return 0;
    }
    struct mc_expected *found = mc_exchange__find(x, sender);
    if (!found) {
        const char *name = mc_arena_strdup(x->arena, sender);
        return name ? mc_names__add(&x->unexpected, x->arena, name) : -ENOMEM;
    }
    if (found->answered++ < found->asked) {
        x->outstanding--;
    }
    return 0;
}

static void drop(struct mc_exchange *x, const struct mc_delivery *delivery,
                 const char *why)
{
    if (x->dropped++ == 0) {
        mc_client__notice(x->client, "a reply%s%s was dropped: %s",
                          delivery->sender ? " of " : "",
                          delivery->sender ? delivery->sender : "", why);
    }
}

void mc_client__message(struct mc_client *client, const struct mc_delivery *delivery)
{
    struct mc_exchange *x = client->exchange;
    struct mc_error error = {{0}};
    struct mc_reply *reply = NULL;

    if (!x || x->over) {
        return;
    }
    int64_t received_us = mc_clock_monotonic_us() - x->sent_us;
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    int r = arena ? mc_security_open_reply(client->security, delivery->body, x->id,
                                           arena, &reply, &error)
                  : -ENOMEM;
    if (r == MC_SECURITY_NOT_OURS) {
        return;
    }
    if (r) {
        drop(x, delivery, error.text[0] ? error.text : "not enough memory");
        return;
    }
    r = strike(x, reply->sender);
    if (r < 0) {
        x->failure = r;
    }
    enum mc_reply_answer answer = x->reply_fn(x->user, reply, arena, received_us);
    if (answer == MC_REPLY_TAKEN) {
        arena = NULL;
    }
    bool all = x->targets && !x->outstanding;
    if (r < 0 || answer == MC_REPLY_ENOUGH || (all && x->last)) {
        x->over = true;
    }
    if (x->over || all) {
        mc_client__wake(client);
    }
}

/* The connector finds no place on the broker for the message: one of its names has blanks
 * or other characters there, or is too long. */
static void cannot_send(const struct mc_exchange *x, const struct mc_publish *message,
                        struct mc_error *error)
{
    if (message->identity) {
        mc_error_set(error,
                     "the connector cannot send to a node called '%.200s'; names "
                     "are those that mco find shows",
                     message->identity);
    } else if (x->reply_to) {
        mc_error_set(error,
                     "the connector cannot have replies sent to '%.200s'; "
                     "name a queue or subject of the broker",
                     x->reply_to);
    } else {
        mc_error_set(error, "the connector cannot send to agent '%.200s'",
                     message->agent);
    }
}

/* Publish one message; a full queue is given until the deadline to drain.
 * Returns 0; SEND_LATE; MC_CLIENT_USAGE; MC_CLIENT_STOPPED; -errno. */
static int publish(struct mc_exchange *x, const struct mc_publish *message,
                   int64_t deadline_us, struct mc_error *error)
{
    for (;;) {
        int r = mc_connector_publish(x->client->connector, message);
        if (r == MC_CONNECTOR_TOO_LARGE) {
            mc_error_set(error, "the request is larger than the broker takes");
            return MC_CLIENT_USAGE;
        }
        if (r == -EINVAL) {
            cannot_send(x, message, error);
            return MC_CLIENT_USAGE;
        }
        int64_t now_us = mc_clock_monotonic_us();
        if (r != MC_CONNECTOR_FULL) {
            return r;
        }
        if (now_us >= deadline_us) {
            return SEND_LATE;
        }
        r = mc_client__wait(x->client, now_us + DRAIN_US);
        if (r) {
            return r;
        }
    }
}

/* Send to a batch, or to everybody in one message, within the publish timeout. */
static int send_to(struct mc_exchange *x, const char *reply_to, struct mc_bytes body,
                   struct batch batch, struct mc_error *error)
{
    struct mc_publish message = {
        .kind = x->direct ? MC_TARGET_DIRECT : MC_TARGET_BROADCAST,
        .collective = x->collective,
        .agent = x->agent,
        .reply_to = reply_to,
        .ttl_s = x->ttl_s,
        .body = body,
    };
    size_t count = x->direct ? batch.to - batch.from : 1;

    x->sent_us = mc_clock_monotonic_us();
    int64_t deadline_us = x->sent_us + (int64_t)x->publish_s * 1000000;
    for (size_t i = 0; i < count; i++) {
        message.identity = x->direct ? x->targets[batch.from + i] : NULL;
        int r = publish(x, &message, deadline_us, error);
        if (r == SEND_LATE) {
            mc_client__notice(x->client,
                              "only %zu of %zu requests could be sent within %u "
                              "seconds",
                              i, count, x->publish_s);
            return 0;
        }
        if (r) {
            return r;
        }
        mc_exchange__sent(x, x->direct ? batch.from + i : batch.from,
                          x->direct ? batch.from + i + 1 : batch.to);
    }
    return 0;
}

static int seal(struct mc_exchange *x, struct mc_bytes *ret_body,
                struct mc_error *error)
{
    struct mc_client *client = x->client;
    struct mc_request request = {
        .sender = mc_config_identity(client->config),
        .collective = x->collective,
        .agent = x->agent,
        .caller = mc_security_caller(client->security),
        .ttl_s = x->ttl_s,
        .time_s = mc_clock_now_s(),
        .filter = *x->filter,
        .payload = x->payload,
    };
    int r = mc_request_new_id(x->arena, &x->id);

    if (r) {
        return r;
    }
    request.id = x->id;
    return mc_security_seal_request(client->security, &request, x->arena, ret_body,
                                    error);
}

/* Who of the targets has not answered as often as listed. */
static int note_missing(struct mc_exchange *x)
{
    for (size_t i = 0; i < x->expected_count; i++) {
        const struct mc_expected *each = &x->expected[i];
        int r =
            each->answered ? 0 : mc_names__add(&x->missing, x->arena, each->end.node);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* The time for answers begins when all is sent: what a slow broker took for the requests
 * is not taken from it. */
static int gather(struct mc_exchange *x)
{
    struct mc_client *client = x->client;
    int64_t deadline_us = mc_clock_monotonic_us() + x->wait_us;

    while (!x->over && (!x->targets || x->outstanding) &&
           mc_clock_monotonic_us() < deadline_us) {
        int r = mc_client__wait(client, deadline_us);
        if (r) {
            return r;
        }
    }
    return x->failure;
}

/* The pause between two batches; late replies are still read in it. */
static int rest(struct mc_exchange *x)
{
    int64_t until_us = mc_clock_monotonic_us() + x->pause_us;

    while (!x->over && mc_clock_monotonic_us() < until_us) {
        int r = mc_client__wait(x->client, until_us);
        if (r) {
            return r;
        }
    }
    return x->failure;
}

/* Send to one batch after the other, each when the last one was heard. */
static int in_batches(struct mc_exchange *x, const char *reply_to, struct mc_bytes body,
                      struct mc_error *error)
{
    size_t size = x->batch ? x->batch : x->targets_count;
    struct batch batch = {0};
    int r = 0;

    while (!r && !x->last && !x->over) {
        batch.from = batch.to;
        batch.to =
            size < x->targets_count - batch.from ? batch.from + size : x->targets_count;
        x->last = batch.to >= x->targets_count;
        wait_for(x, batch);
        r = send_to(x, reply_to, body, batch, error);
        r = r ? r : gather(x);
        give_up(x, batch);
        if (!r && !x->last && !x->over) {
            r = rest(x);
        }
    }
    return r;
}

/* What is left in the connector must be on its way before a mute call ends. */
static int drain(struct mc_exchange *x)
{
    struct mc_client *client = x->client;
    int64_t deadline_us = x->sent_us + (int64_t)x->publish_s * 1000000;

    while (mc_connector_unsent(client->connector) &&
           mc_clock_monotonic_us() < deadline_us) {
        int r = mc_client__wait(client, mc_clock_monotonic_us() + DRAIN_US);
        if (r) {
            return r;
        }
    }
    return 0;
}

static int exchange(struct mc_exchange *x, const struct mc_target *target,
                    struct mc_error *error)
{
    struct mc_connector *connector = x->client->connector;
    const char *reply_to = x->reply_to;
    struct mc_bytes body;

    int r = seal(x, &body, error);
    if (!r && !reply_to) {
        r = mc_connector_reply_name(connector, target, x->arena, &reply_to);
    }
    if (!r && !x->mute) {
        r = mc_connector_subscribe(connector, target);
    }
    if (r) {
        return r;
    }
    if (!x->mute) {
        return in_batches(x, reply_to, body, error);
    }
    r = send_to(x, reply_to, body, (struct batch){0, x->targets_count}, error);
    return r ? r : drain(x);
}

int mc_exchange_run(struct mc_client *client, struct mc_exchange *x,
                    struct mc_arena *arena, struct mc_error *error)
{
    struct mc_target target = {
        .kind = MC_TARGET_REPLY, .collective = x->collective, .agent = x->agent};
    int r = mc_client__connect(client, error);

    if (r) {
        return r;
    }
    x->client = client;
    x->arena = arena;
    target.sequence = ++client->sequence;
    r = x->mute ? 0 : expect(x);
    if (r) {
        return r;
    }
    client->exchange = x;
    r = exchange(x, &target, error);
    client->exchange = NULL;
    if (!x->mute) {
        int gone = mc_connector_unsubscribe(client->connector, &target);
        r = r ? r : gone;
    }
    return r ? r : note_missing(x);
}
