/* The request path without a broker: requests of a client go through the loop connector
 * to one node and its replies come back. Sealing the requests is not in the time. */
#include "sim/bench.h"

#include "base/clock.h"
#include "sim/fleet.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_MAX 30000 /* a caller may have 65536 live requests */
/* How many are on their way at once. */
#define BATCH 64
#define BATCH_MS 10000

static const char settings[] = "connector = loop\n"
                               "securityprovider = psk\n"
                               "plugin.psk = secret\n"
                               "identity = bench\n"
                               "loglevel = fatal\n";

struct path
{
    struct mc_bench bench;
    struct mc_ddl_store *ddls;
    struct mc_fleet *fleet;
    struct mc_sink sink;
    size_t filtered;
    int64_t arena_bytes; /* the most that one exchange took */
};

static void on_event(void *user, const struct mc_event *event)
{
    struct path *path = user;

    for (size_t i = 0; i < event->count; i++) {
        const struct mc_field *field = &event->fields[i];
        if (strcmp(field->name, "bytes") == 0 && field->number > path->arena_bytes) {
            path->arena_bytes = field->number;
        }
    }
    if (event->id == MC_EVENT_message_filtered) {
        path->filtered++;
        if (path->filtered >= path->bench.expected) {
            mc_loop_stop(path->bench.loop);
        }
    }
}

static int open_path(struct path *path, struct mc_error *error)
{
    static const char *const folders[] = {MC_SOURCE_ROOT "/plugins", NULL};
    int r = mc_config_parse(mc_bytes_text(settings), "mc-bench", MC_ROLE_NODE, NULL,
                            NULL, &path->bench.config, error);

    path->bench.loop = mc_loop_new();
    path->ddls = mc_ddl_store_new(folders);
    if (r != 0 || !path->bench.loop || !path->ddls) {
        return -1;
    }
    path->sink = (struct mc_sink){.fn = on_event, .user = path};
    const struct mc_fleet_spec spec = {
        .loop = path->bench.loop,
        .config = path->bench.config,
        .ddls = path->ddls,
        .sink = &path->sink,
        .prefix = "node",
        .first = 1,
        .count = 1,
        .seed = 1,
    };
    r = mc_fleet_new(&spec, &path->fleet, error);
    return r ? r : mc_bench_open(&path->bench, error);
}

/* Sends a batch and waits until the node is done with it. Adds the time it took. */
static int batch(struct path *path, const char *fact, size_t count, int64_t *sum_us,
                 struct mc_error *error)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    struct mc_bytes bodies[BATCH];
    const char *id = NULL;
    int r = arena ? 0 : -1;

    for (size_t i = 0; r == 0 && i < count; i++) {
        r = mc_bench_request(&path->bench, fact, arena, &bodies[i], &id, error);
    }
    path->bench.id = NULL;
    path->bench.replies = 0;
    path->filtered = 0;
    path->bench.expected = count;
    int64_t began_us = mc_clock_monotonic_us();
    for (size_t i = 0; r == 0 && i < count; i++) {
        r = mc_bench_publish(&path->bench, bodies[i]);
    }
    if (r == 0) {
        mc_bench_wait(&path->bench, BATCH_MS);
        *sum_us += mc_clock_monotonic_us() - began_us;
        r = path->bench.late ? -1 : 0;
    }
    return r;
}

static int serve(struct path *path, const char *name, const char *fact, size_t messages,
                 struct mc_error *error)
{
    int64_t sum_us = 0;
    int r = batch(path, fact, BATCH, &sum_us, error); /* cold */

    sum_us = 0;
    path->arena_bytes = 0;
    for (size_t i = 0; r == 0 && i < messages / BATCH; i++) {
        r = batch(path, fact, BATCH, &sum_us, error);
    }
    if (r == 0 && sum_us > 0) {
        (void)printf("%s_per_s %lld\n%s_arena_bytes %lld\n", name,
                     (long long)(messages / BATCH * BATCH) * 1000000 / sum_us, name,
                     (long long)path->arena_bytes);
    }
    return r;
}

static int open_one(struct path *path, size_t *bytes)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    struct mc_reply *reply = NULL;
    struct mc_result result;
    struct mc_error error;
    int r = arena ? mc_security_open_reply(path->bench.security, path->bench.reply,
                                           NULL, arena, &reply, &error)
                  : -1;

    r = r ? r : mc_result_from_value(reply->payload, &result);
    *bytes = r ? 0 : mc_arena_used(arena);
    return r;
}

/* One kept reply, opened again and again. */
static int open_replies(struct path *path, size_t messages, struct mc_error *error)
{
    int64_t unused_us = 0;
    size_t bytes = 0;

    path->bench.keep = true;
    int r = batch(path, NULL, 1, &unused_us, error);
    path->bench.keep = false;
    int64_t began_us = mc_clock_monotonic_us();
    for (size_t i = 0; r == 0 && i < messages; i++) {
        r = open_one(path, &bytes);
    }
    int64_t took_us = mc_clock_monotonic_us() - began_us;
    if (r == 0 && took_us > 0) {
        (void)printf("opened_per_s %lld\nopened_arena_bytes %zu\nreply_bytes %zu\n",
                     (long long)messages * 1000000 / took_us, bytes,
                     path->bench.reply.len);
    }
    return r;
}

int mc_bench_path(size_t messages)
{
    struct path path = {.filtered = 0};
    struct mc_error error = {"the path does not work"};
    int r = messages >= BATCH && messages <= MESSAGES_MAX ? 0 : -1;

    r = r ? r : open_path(&path, &error);
    r = r ? r : serve(&path, "served", NULL, messages, &error);
    r = r ? r : serve(&path, "filtered", "country=nowhere", messages, &error);
    r = r ? r : open_replies(&path, messages, &error);
    if (r != 0) {
        (void)fprintf(stderr, "mc-bench: %s\n", error.text);
    }
    mc_fleet_free(path.fleet);
    mc_ddl_store_free(path.ddls);
    mc_bench_close(&path.bench);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
