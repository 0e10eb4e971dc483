/* A compound filter of six terms against many invented hosts, as one node would try it,
 * without anything around it. */
#include "sim/bench.h"

#include "base/clock.h"
#include "filter/compound.h"
#include "sim/fleet.h"
#include <stdio.h>
#include <stdlib.h>

#define HOSTS_MAX 100000
#define SEED 1

static const char expression[] =
    "(country=uk or country=/^d/) and role::web and not customer=globex and "
    "processorcount>=2 and environment=production";

static const struct mc_value *facts(void *user)
{
    const struct mc_invented *host = user;

    return host->facts;
}

static bool has_class(void *user, bool (*fits)(void *, const char *), void *fits_user)
{
    const struct mc_invented *host = user;

    for (size_t i = 0; i < mc_value_count(host->classes); i++) {
        if (fits(fits_user, mc_value_cstr(mc_value_item(host->classes, i)))) {
            return true;
        }
    }
    return false;
}

static const struct mc_host_ops ops = {.facts = facts, .has_class = has_class};

static int try_all(struct mc_compound *compound, struct mc_invented *hosts,
                   size_t count, size_t *ret_matches, struct mc_error *error)
{
    size_t matches = 0;
    int r = 0;

    for (size_t i = 0; r >= 0 && i < count; i++) {
        const struct mc_host host = {&ops, &hosts[i]};
        r = mc_compound_match(compound, &host, INT64_MAX, INT64_MAX, error);
        matches += r == 0;
    }
    *ret_matches = matches;
    return r < 0 ? r : 0;
}

int mc_bench_filter(size_t count)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new((size_t)1 << 30);
    struct mc_compound *compound = NULL;
    struct mc_value *list = NULL;
    struct mc_error error = {"the filter cannot be tried"};
    size_t matches = 0;
    struct mc_invented *hosts = arena && count <= HOSTS_MAX
                                    ? mc_arena_array(arena, count, sizeof(*hosts))
                                    : NULL;
    int r = hosts ? 0 : -1;

    for (size_t i = 0; r == 0 && i < count; i++) {
        r = mc_sim_invent("node", (unsigned)i + 1, SEED, arena, &hosts[i]);
    }
    r = r ? r : mc_compound_parse(expression, arena, &list, &error);
    int64_t began_us = mc_clock_monotonic_us();
    r = r ? r : mc_compound_compile(list, INT64_MAX, &compound, &error);
    r = r ? r : try_all(compound, hosts, count, &matches, &error);
    if (r == 0) {
        (void)printf("filter_us %lld\nfilter_matches %zu\n",
                     (long long)(mc_clock_monotonic_us() - began_us), matches);
    } else {
        (void)fprintf(stderr, "mc-bench: %s\n", error.text);
    }
    mc_compound_free(compound);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
