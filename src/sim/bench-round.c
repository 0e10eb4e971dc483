/* One broadcast, all replies: the time from the publish to the last reply that was opened
 * and found good. The first rounds, in which everything is cold, do not count. Either a
 * number of rounds, or as many as there is time for. */
#include "sim/bench.h"

#include "base/clock.h"
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS_MAX 20000
#define ROUNDS_COLD 2
#define CONNECT_MS 10000
#define ROUND_MS 20000
/* Between rounds, for the fleet to come to rest; and between pings. */
#define REST_MS 100
#define PING_REST_MS 10
#define SECONDS_MAX 600

struct figures
{
    size_t nodes;
    unsigned rest_ms;
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

static int one_round(struct mc_bench *bench, bool cold, struct figures *figures,
                     struct mc_error *error)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    struct mc_bytes body = {0};
    int r = arena ? mc_bench_request(bench, NULL, arena, &body, &bench->id, error) : -1;

    if (r != 0) {
        return r;
    }
    bench->replies = 0;
    bench->expected = figures->nodes;
    int64_t began_us = mc_clock_monotonic_us();
    r = mc_bench_publish(bench, body);
    if (r != 0) {
        return r;
    }
    mc_bench_wait(bench, ROUND_MS);
    if (bench->late) {
        mc_error_set(error, "%zu of %zu nodes answered", bench->replies,
                     figures->nodes);
        return -1;
    }
    if (!cold) {
        figures->first_us[figures->count] = bench->first_us - began_us;
        figures->last_us[figures->count++] = bench->last_us - began_us;
    }
    bench->expected = SIZE_MAX;
    mc_bench_wait(bench, figures->rest_ms);
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

static void print_pings(struct figures *figures)
{
    size_t count = figures->count;

    qsort(figures->last_us, count, sizeof(int64_t), by_size);
    (void)printf("pings %zu\n", count);
    (void)printf("median_us %lld\n", (long long)figures->last_us[count / 2]);
    (void)printf("p99_us %lld\n", (long long)figures->last_us[count * 99 / 100]);
    (void)printf("worst_us %lld\n", (long long)figures->last_us[count - 1]);
}

static int connect_all(struct mc_bench *bench, struct mc_error *error)
{
    while (!bench->up) {
        mc_bench_wait(bench, CONNECT_MS);
        if (bench->late) {
            mc_error_set(error, "the broker cannot be reached");
            return -1;
        }
    }
    return 0;
}

/* rounds: at the most, without the cold ones.   limit_us: on the monotonic clock. */
static int rounds_of(struct mc_bench *bench, size_t rounds, int64_t limit_us,
                     struct figures *figures, struct mc_error *error)
{
    int r = connect_all(bench, error);

    for (size_t i = 0; r == 0 && i < rounds + ROUNDS_COLD; i++) {
        if (figures->count && mc_clock_monotonic_us() >= limit_us) {
            break;
        }
        r = one_round(bench, i < ROUNDS_COLD, figures, error);
    }
    return r;
}

/* The whole of a measure. Returns 0 and the figures; <0 when the words were printed. */
static int measure(const char *config_path, size_t rounds, int64_t limit_us,
                   struct figures *figures)
{
    struct mc_bench bench = {0};
    struct mc_error error = {"it cannot start"};
    int r = figures->nodes && rounds && rounds <= ROUNDS_MAX ? 0 : -1;

    r = r ? r
          : mc_config_load(config_path, MC_ROLE_CLIENT, NULL, NULL, &bench.config,
                           &error);
    if (r == 0) {
        bench.loop = mc_loop_new();
        r = bench.loop ? mc_bench_open(&bench, &error) : -1;
    }
    r = r ? r : rounds_of(&bench, rounds, limit_us, figures, &error);
    if (r != 0) {
        (void)fprintf(stderr, "mc-bench: %s\n", error.text);
    }
    mc_bench_close(&bench);
    return r;
}

int mc_bench_round(const char *config_path, size_t nodes, size_t rounds)
{
    struct figures figures = {.nodes = nodes, .rest_ms = REST_MS};

    if (measure(config_path, rounds, INT64_MAX, &figures) != 0) {
        return EXIT_FAILURE;
    }
    print(&figures);
    return EXIT_SUCCESS;
}

int mc_bench_ping(const char *config_path, size_t nodes, size_t seconds)
{
    struct figures figures = {.nodes = nodes, .rest_ms = PING_REST_MS};
    int64_t limit_us = mc_clock_monotonic_us() + (int64_t)seconds * 1000000;

    if (!seconds || seconds > SECONDS_MAX ||
        measure(config_path, ROUNDS_MAX, limit_us, &figures) != 0) {
        return EXIT_FAILURE;
    }
    print_pings(&figures);
    return EXIT_SUCCESS;
}
