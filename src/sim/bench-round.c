/* One broadcast, all replies: the time from the publish to the last reply that was opened
 * and found good. The first rounds, in which everything is cold, do not count. */
#include "sim/bench.h"

#include "base/clock.h"
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS_MAX 1000
#define ROUNDS_COLD 2
#define CONNECT_MS 10000
#define ROUND_MS 20000
/* Between rounds, for the fleet to come to rest. */
#define REST_MS 100

struct figures
{
    size_t count;
    int64_t first_us[ROUNDS_MAX];
    int64_t last_us[ROUNDS_MAX];
};

static int by_size(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return (*x > *y) - (*x < *y);
}

static int one_round(struct mc_bench *bench, size_t nodes, bool cold,
                     struct figures *figures, struct mc_error *error)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    struct mc_bytes body = {0};
    int r = arena ? mc_bench_request(bench, NULL, arena, &body, &bench->id, error) : -1;

    if (r != 0) {
        return r;
    }
    bench->replies = 0;
    bench->expected = nodes;
    int64_t began_us = mc_clock_monotonic_us();
    r = mc_bench_publish(bench, body);
    if (r != 0) {
        return r;
    }
    mc_bench_wait(bench, ROUND_MS);
    if (bench->late) {
        mc_error_set(error, "%zu of %zu nodes answered", bench->replies, nodes);
        return -1;
    }
    if (!cold) {
        figures->first_us[figures->count] = bench->first_us - began_us;
        figures->last_us[figures->count++] = bench->last_us - began_us;
    }
    bench->expected = SIZE_MAX;
    mc_bench_wait(bench, REST_MS);
    return 0;
}

static void print(struct figures *figures)
{
    size_t count = figures->count;

    qsort(figures->first_us, count, sizeof(int64_t), by_size);
    qsort(figures->last_us, count, sizeof(int64_t), by_size);
    (void)printf("first_median_us %lld\n", (long long)figures->first_us[count / 2]);
    (void)printf("last_best_us %lld\n", (long long)figures->last_us[0]);
    (void)printf("last_median_us %lld\n", (long long)figures->last_us[count / 2]);
    (void)printf("last_worst_us %lld\n", (long long)figures->last_us[count - 1]);
}

static int rounds_of(struct mc_bench *bench, size_t nodes, size_t rounds,
                     struct mc_error *error)
{
    struct figures figures = {0};

    while (!bench->up) {
        mc_bench_wait(bench, CONNECT_MS);
        if (bench->late) {
            mc_error_set(error, "the broker cannot be reached");
            return -1;
        }
    }
    for (size_t i = 0; i < rounds + ROUNDS_COLD; i++) {
        int r = one_round(bench, nodes, i < ROUNDS_COLD, &figures, error);
        if (r != 0) {
            return r;
        }
    }
    print(&figures);
    return 0;
}

int mc_bench_round(const char *config_path, size_t nodes, size_t rounds)
{
    struct mc_bench bench = {0};
    struct mc_error error = {"it cannot start"};
    int r = nodes && rounds && rounds <= ROUNDS_MAX ? 0 : -1;

    r = r ? r
          : mc_config_load(config_path, MC_ROLE_CLIENT, NULL, NULL, &bench.config,
                           &error);
    if (r == 0) {
        bench.loop = mc_loop_new();
        r = bench.loop ? mc_bench_open(&bench, &error) : -1;
    }
    r = r ? r : rounds_of(&bench, nodes, rounds, &error);
    if (r != 0) {
        (void)fprintf(stderr, "mc-bench: %s\n", error.text);
    }
    mc_bench_close(&bench);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
