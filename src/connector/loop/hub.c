/* Subjects are in a hash table, each with the list of its subscriptions, because the
 * simulator puts thousands of members on one hub.
 *
 * While a message is delivered hub->next is the subscription that comes after the one
 * being called; who removes that one moves hub->next on. A hub whose last member
 * leaves during a delivery is marked as ended and freed when the delivery is over. */
#include "connector/loop/hub.h"

#include "base/memory.h"
#include <errno.h>
#include <string.h>

#define BUCKETS_FIRST 64
/* What a message counts besides its body, so that empty ones fill the queue too. */
#define MESSAGE_BYTES ((size_t)256)

struct mc_hub_topic
{
    struct mc_hub_topic *next; /* in the bucket */
    struct mc_hub_subscription *first;
    struct mc_hub_subscription *last;
    uint64_t hash;
    char *subject;
};

struct mc_hub_subscription
{
    struct mc_hub_topic *topic;
    struct mc_hub_subscription *before; /* in the topic */
    struct mc_hub_subscription *after;
    struct mc_hub_member *member;
    struct mc_hub_subscription *sibling; /* in the member */
};

struct mc_hub_message
{
    struct mc_hub_message *next;
    struct mc_hub_member *from; /* NULL when it has left */
    char *subject;
    char *reply_to;
    char *sender;
    char *body;
    size_t len;
};

struct mc_hub
{
    void **slot; /* where the loop keeps us */
    size_t members;
    struct mc_hub_topic **buckets;
    size_t bucket_count;
    size_t topic_count;
    struct mc_hub_message *first;
    struct mc_hub_message *last;
    struct mc_timer *timer;
    struct mc_hub_subscription *next; /* see above */
    bool delivering;
    bool ended;
};

/* FNV-1a; the subjects come from our own configuration and callers. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325U;

    for (; *text; text++) {
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3U;
    }
    return hash;
}

static void message_free(struct mc_hub_message *message)
{
    mc_memory_free(message->subject);
    mc_memory_free(message->reply_to);
    mc_memory_free(message->sender);
    mc_memory_free(message->body);
    mc_memory_free(message);
}

static struct mc_hub_message *message_take(struct mc_hub *hub)
{
    struct mc_hub_message *message = hub->first;

    hub->first = message->next;
    if (!hub->first) {
        hub->last = NULL;
    }
    if (message->from) {
        message->from->unsent_bytes -= message->len + MESSAGE_BYTES;
    }
    return message;
}

static struct mc_hub *hub_free(struct mc_hub *hub)
{
    while (hub->first) {
        message_free(message_take(hub));
    }
    mc_timer_free(hub->timer);
    mc_memory_free(hub->buckets);
    return mc_memory_free(hub);
}

static struct mc_hub_topic **topic_place(struct mc_hub *hub, const char *subject)
{
    uint64_t hash = hash_of(subject);
    struct mc_hub_topic **place = &hub->buckets[hash & (hub->bucket_count - 1)];

    while (*place &&
           ((*place)->hash != hash || strcmp((*place)->subject, subject) != 0)) {
        place = &(*place)->next;
    }
    return place;
}

static void deliver(struct mc_hub *hub, const struct mc_hub_message *message)
{
    struct mc_hub_topic *topic = *topic_place(hub, message->subject);
    struct mc_delivery delivery = {
        .body = mc_bytes_make(message->body, message->len),
        .reply_to = message->reply_to,
        .destination = message->subject,
        .sender = message->sender,
    };

    hub->next = topic ? topic->first : NULL;
    while (hub->next && !hub->ended) {
        struct mc_hub_member *member = hub->next->member;

        hub->next = hub->next->after;
        member->message(member->user, &delivery);
    }
    hub->next = NULL;
}

/* Only what was there at the beginning: an exchange that answers itself for ever must
 * not keep the loop from its other work. */
static void deliver_waiting(void *user)
{
    struct mc_hub *hub = user;
    const struct mc_hub_message *stop = hub->last;
    bool more = hub->first != NULL;

    hub->delivering = true;
    while (more && !hub->ended) {
        struct mc_hub_message *message = message_take(hub);

        more = message != stop;
        deliver(hub, message);
        message_free(message);
    }
    hub->delivering = false;
    if (hub->ended) {
        hub_free(hub);
    } else if (hub->first) {
        mc_timer_start(hub->timer, 0);
    }
}

static struct mc_hub *hub_new(struct mc_loop *loop)
{
    struct mc_hub *hub = mc_memory_new(sizeof(*hub));

    if (!hub) {
        return NULL;
    }
    hub->bucket_count = BUCKETS_FIRST;
    hub->buckets = mc_memory_array(hub->bucket_count, sizeof(struct mc_hub_topic *));
    hub->timer = mc_timer_new(loop, deliver_waiting, hub);
    if (!hub->buckets || !hub->timer) {
        return hub_free(hub);
    }
    hub->slot = mc_loop_slot(loop, MC_LOOP_SLOT_HUB);
    *hub->slot = hub;
    return hub;
}

int mc_hub_join(struct mc_hub_member *member, struct mc_loop *loop)
{
    struct mc_hub *hub = *mc_loop_slot(loop, MC_LOOP_SLOT_HUB);

    if (!hub) {
        hub = hub_new(loop);
    }
    if (!hub) {
        return -ENOMEM;
    }
    hub->members++;
    member->hub = hub;
    return 0;
}

/* Makes room when lists in the buckets become long; without memory they stay long. */
static void buckets_grow(struct mc_hub *hub)
{
    size_t count = hub->bucket_count * 2;
    struct mc_hub_topic **buckets = mc_memory_array(count, sizeof(*buckets));

    if (!buckets) {
        return;
    }
    for (size_t i = 0; i < hub->bucket_count; i++) {
        struct mc_hub_topic *topic = hub->buckets[i];
        while (topic) {
            struct mc_hub_topic *next = topic->next;
            topic->next = buckets[topic->hash & (count - 1)];
            buckets[topic->hash & (count - 1)] = topic;
            topic = next;
        }
    }
    mc_memory_free(hub->buckets);
    hub->buckets = buckets;
    hub->bucket_count = count;
}

static struct mc_hub_topic *topic_get(struct mc_hub *hub, const char *subject)
{
    if (hub->topic_count >= hub->bucket_count) {
        buckets_grow(hub);
    }
    struct mc_hub_topic **place = topic_place(hub, subject);
    struct mc_hub_topic *topic = *place;
    if (topic) {
        return topic;
    }
    topic = mc_memory_new(sizeof(*topic));
    if (!topic) {
        return NULL;
    }
    topic->subject = mc_memory_strdup(subject);
    if (!topic->subject) {
        return mc_memory_free(topic);
    }
    topic->hash = hash_of(subject);
    *place = topic;
    hub->topic_count++;
    return topic;
}

static void topic_drop(struct mc_hub *hub, struct mc_hub_topic *topic)
{
    *topic_place(hub, topic->subject) = topic->next;
    hub->topic_count--;
    mc_memory_free(topic->subject);
    mc_memory_free(topic);
}

static struct mc_hub_subscription **subscription_place(struct mc_hub_member *member,
                                                       const char *subject)
{
    struct mc_hub_subscription **place = &member->subscriptions;

    while (*place && strcmp((*place)->topic->subject, subject) != 0) {
        place = &(*place)->sibling;
    }
    return place;
}

int mc_hub_subscribe(struct mc_hub_member *member, const char *subject)
{
    struct mc_hub_subscription **place = subscription_place(member, subject);

    if (*place) {
        return 0;
    }
    struct mc_hub_subscription *subscription = mc_memory_new(sizeof(*subscription));
    struct mc_hub_topic *topic = subscription ? topic_get(member->hub, subject) : NULL;
    if (!topic) {
        mc_memory_free(subscription);
        return -ENOMEM;
    }
    subscription->topic = topic;
    subscription->member = member;
    subscription->before = topic->last;
    if (topic->last) {
        topic->last->after = subscription;
    } else {
        topic->first = subscription;
    }
    topic->last = subscription;
    *place = subscription;
    return 0;
}

static void subscription_drop(struct mc_hub *hub,
                              struct mc_hub_subscription *subscription)
{
    struct mc_hub_topic *topic = subscription->topic;

    if (hub->next == subscription) {
        hub->next = subscription->after;
    }
    *(subscription->before ? &subscription->before->after : &topic->first) =
        subscription->after;
    *(subscription->after ? &subscription->after->before : &topic->last) =
        subscription->before;
    if (!topic->first) {
        topic_drop(hub, topic);
    }
    mc_memory_free(subscription);
}

void mc_hub_unsubscribe(struct mc_hub_member *member, const char *subject)
{
    struct mc_hub_subscription **place = subscription_place(member, subject);
    struct mc_hub_subscription *subscription = *place;

    if (subscription) {
        *place = subscription->sibling;
        subscription_drop(member->hub, subscription);
    }
}

void mc_hub_leave(struct mc_hub_member *member)
{
    struct mc_hub *hub = member->hub;

    if (!hub) {
        return;
    }
    while (member->subscriptions) {
        struct mc_hub_subscription *subscription = member->subscriptions;
        member->subscriptions = subscription->sibling;
        subscription_drop(hub, subscription);
    }
    for (struct mc_hub_message *each = hub->first; each; each = each->next) {
        each->from = each->from == member ? NULL : each->from;
    }
    member->hub = NULL;
    if (--hub->members > 0) {
        return;
    }
    *hub->slot = NULL;
    hub->ended = true;
    if (!hub->delivering) {
        hub_free(hub);
    }
}

int mc_hub_publish(struct mc_hub_member *member, const char *subject,
                   const char *reply_to, struct mc_bytes body)
{
    if (body.len > MC_CONNECTOR_BODY_BYTES_MAX) {
        return MC_CONNECTOR_TOO_LARGE;
    }
    if (member->unsent_bytes + MESSAGE_BYTES + body.len >
        MC_CONNECTOR_QUEUE_BYTES_MAX) {
        return MC_CONNECTOR_FULL;
    }
    struct mc_hub *hub = member->hub;
    struct mc_hub_message *message = mc_memory_new(sizeof(*message));
    if (!message) {
        return -ENOMEM;
    }
    message->subject = mc_memory_strdup(subject);
    message->reply_to = mc_memory_strdup(reply_to);
    message->sender = mc_memory_strdup(member->name);
    message->body = mc_memory_copy(body);
    message->len = body.len;
    message->from = member;
    if (!message->subject || !message->body || (reply_to && !message->reply_to) ||
        (member->name && !message->sender)) {
        message_free(message);
        return -ENOMEM;
    }
    *(hub->last ? &hub->last->next : &hub->first) = message;
    hub->last = message;
    member->unsent_bytes += message->len + MESSAGE_BYTES;
    if (!hub->delivering) {
        mc_timer_start(hub->timer, 0);
    }
    return 0;
}
