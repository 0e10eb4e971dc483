/* Where facts come from. This first form knows no source yet: an empty hash. */
#include "filter/filter.h"

#include "base/memory.h"
#include <errno.h>

struct mc_facts
{
    struct mc_arena *arena;
    const struct mc_value *values;
};

int mc_facts_open(const struct mc_config *config, struct mc_loop *loop,
                  const struct mc_sink *sink, struct mc_facts **ret_facts,
                  struct mc_error *error)
{
    struct mc_facts *facts = mc_memory_new(sizeof(*facts));

    (void)config;
    (void)loop;
    (void)sink;
    (void)error;
    if (!facts) {
        return -ENOMEM;
    }
    facts->arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
    facts->values = facts->arena ? mc_value_hash(facts->arena) : NULL;
    *ret_facts = facts;
    return 0;
}

struct mc_facts *mc_facts_free(struct mc_facts *facts)
{
    if (facts) {
        mc_arena_free(facts->arena);
    }
    return mc_memory_free(facts);
}

const struct mc_value *mc_facts_get(struct mc_facts *facts)
{
    return facts->values;
}
