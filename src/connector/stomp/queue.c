/* A list: taken items leave at the front, `unwritten` separates written from waiting. */
#include "connector/stomp/queue.h"

#include "base/memory.h"
#include <errno.h>
#include <string.h>

void mc_stomp_queue_init(struct mc_stomp_queue *queue, size_t bytes_max)
{
    *queue = (struct mc_stomp_queue){.bytes_max = bytes_max};
    queue->last = &queue->first;
}

static void drop_first(struct mc_stomp_queue *queue)
{
    struct mc_stomp_item *item = queue->first;

    queue->first = item->next;
    if (!queue->first) {
        queue->last = &queue->first;
    }
    queue->bytes -= item->bytes;
    mc_memory_free(item);
}

void mc_stomp_queue_deinit(struct mc_stomp_queue *queue)
{
    while (queue->first) {
        drop_first(queue);
    }
    queue->unwritten = NULL;
}

static size_t text_bytes(const struct mc_stomp_send *send)
{
    size_t bytes = 0;

    for (size_t i = 0; i < send->count; i++) {
        if (send->headers[i].value) {
            bytes += strlen(send->headers[i].value) + 1;
        }
    }
    return bytes;
}

/* Header names are literals and are kept as pointers; values are copied. */
static void fill(struct mc_stomp_item *item, const struct mc_stomp_send *send,
                 struct mc_bytes body, char *room)
{
    for (size_t i = 0; i < send->count; i++) {
        const char *value = send->headers[i].value;
        item->send.headers[i].name = send->headers[i].name;
        if (value) {
            size_t len = strlen(value) + 1;
            memcpy(room, value, len);
            item->send.headers[i].value = room;
            room += len;
        }
    }
    item->send.count = send->count;
    if (body.len) {
        memcpy(room, body.data, body.len);
    }
    item->body = mc_bytes_make(room, body.len);
}

int mc_stomp_queue_add(struct mc_stomp_queue *queue, const struct mc_stomp_send *send,
                       struct mc_bytes body, int64_t expires_us)
{
    struct mc_stomp_item *item = NULL;
    size_t texts = text_bytes(send);
    size_t bytes = sizeof(*item) + texts + body.len;

    if (body.len > queue->bytes_max || bytes > queue->bytes_max - queue->bytes) {
        return MC_STOMP_QUEUE_FULL;
    }
    item = mc_memory_new(bytes);
    if (!item) {
        return -ENOMEM;
    }
    fill(item, send, body, (char *)(item + 1));
    item->bytes = bytes;
    item->expires_us = expires_us;
    *queue->last = item;
    queue->last = &item->next;
    queue->bytes += bytes;
    queue->unwritten_bytes += bytes;
    if (!queue->unwritten) {
        queue->unwritten = item;
    }
    return 0;
}

const struct mc_stomp_item *mc_stomp_queue_peek(const struct mc_stomp_queue *queue)
{
    return queue->unwritten;
}

void mc_stomp_queue_written(struct mc_stomp_queue *queue, uint64_t end)
{
    struct mc_stomp_item *item = queue->unwritten;

    item->end = end;
    queue->unwritten_bytes -= item->bytes;
    queue->unwritten = item->next;
}

void mc_stomp_queue_taken(struct mc_stomp_queue *queue, uint64_t taken)
{
    while (queue->first && queue->first != queue->unwritten &&
           queue->first->end <= taken) {
        drop_first(queue);
    }
}

void mc_stomp_queue_rewind(struct mc_stomp_queue *queue)
{
    queue->unwritten = queue->first;
    queue->unwritten_bytes = queue->bytes;
}
