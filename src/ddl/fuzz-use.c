/* What a node and a client do with a DDL, all at once. */
#include "ddl/fuzz-use.h"

#define SCRATCH_BYTES_MAX ((size_t)1024 * 1024)

static void check_inputs(const struct mc_ddl_action *action, struct mc_arena *arena)
{
    static const char *const words[] = {"", "1", "true", "1.5", "::1", "a;b"};
    struct mc_error error = {""};

    for (size_t i = 0; i < action->inputs_count; i++) {
        for (size_t j = 0; j < MC_COUNT(words); j++) {
            const struct mc_value *value = NULL;
            if (mc_ddl_convert(&action->inputs[i], words[j], arena, &value, &error) ==
                0) {
                (void)!mc_ddl_validate_input(&action->inputs[i], value, &error);
            }
        }
    }
}

static void sum_up(const struct mc_ddl_action *action, struct mc_arena *arena,
                   const struct mc_value *data)
{
    const struct mc_aggregate_result *results = NULL;
    size_t count = 0;
    struct mc_aggregates *aggregates = mc_aggregates_new(action, arena);

    if (aggregates && mc_aggregates_add(aggregates, data) == 0 &&
        mc_aggregates_add(aggregates, NULL) == 0) {
        (void)!mc_aggregates_finish(aggregates, &results, &count);
    }
}

void mc_ddl__fuzz_use(const struct mc_ddl *ddl)
{
    for (size_t i = 0; i < ddl->actions_count; i++) {
        const struct mc_ddl_action *action = &ddl->actions[i];
        struct mc_arena *arena = mc_arena_new(SCRATCH_BYTES_MAX);
        struct mc_value *inputs = arena ? mc_value_hash(arena) : NULL;
        struct mc_value *data = NULL;
        if (inputs && mc_ddl_fill_inputs(action, arena, inputs) == 0) {
            (void)!mc_ddl_validate(action, inputs, NULL);
            check_inputs(action, arena);
        }
        if (inputs && mc_ddl_fill_outputs(action, arena, &data) == 0) {
            sum_up(action, arena, data);
        }
        mc_arena_free(arena);
    }
}
