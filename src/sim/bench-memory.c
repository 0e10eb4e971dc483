/* The peak of a whole process: run a command to its end, drop what it writes, and ask
 * the kernel. */
#include "sim/bench.h"

#include "base/child.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define TIMEOUT_MS 120000

struct watch
{
    struct mc_loop *loop;
    bool over;
    bool well;
};

static void on_end(void *user, const struct mc_child_result *result)
{
    struct watch *watch = user;

    watch->over = true;
    watch->well = result->end == MC_CHILD_EXITED && result->code == 0;
    mc_loop_stop(watch->loop);
}

int mc_bench_memory(const char *const *argv)
{
    struct mc_loop *loop = mc_loop_new();
    struct watch watch = {.loop = loop};
    struct mc_child *child = NULL;
    struct rusage usage;
    const struct mc_child_spec spec = {
        .argv = argv,
        .timeout_ms = TIMEOUT_MS,
        .output_bytes_max = 1,
    };
    int r = loop ? mc_child_start(loop, &spec, on_end, &watch, &child) : -1;

    while (r == 0 && !watch.over) {
        r = mc_loop_run(loop);
    }
    mc_loop_free(loop);
    if (r != 0 || !watch.well || getrusage(RUSAGE_CHILDREN, &usage) != 0) {
        (void)fprintf(stderr, "mc-bench: %s did not end well\n", argv[0]);
        return EXIT_FAILURE;
    }
    (void)printf("peak_kb %ld\n", usage.ru_maxrss);
    return EXIT_SUCCESS;
}
