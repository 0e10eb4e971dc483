/* Reading a DDL: look-ups, and the values that it fills in on either side. */
#include "ddl/ddl-private.h"

#include <errno.h>
#include <string.h>

const struct mc_ddl_action *mc_ddl_action_find(const struct mc_ddl *ddl,
                                               const char *name)
{
    for (size_t i = 0; ddl && name && i < ddl->actions_count; i++) {
        if (strcmp(ddl->actions[i].name, name) == 0) {
            return &ddl->actions[i];
        }
    }
    return NULL;
}

const struct mc_ddl_input *mc_ddl_input_find(const struct mc_ddl_action *action,
                                             const char *name)
{
    const struct mc_ddl_input *found = NULL;

    for (size_t i = 0; action && name && i < action->inputs_count; i++) {
        const struct mc_ddl_input *input = &action->inputs[i];
        if (strcmp(input->name, name) == 0 && (!found || input->symbol)) {
            found = input;
        }
    }
    return found;
}

const struct mc_ddl_output *mc_ddl_output_find(const struct mc_ddl_action *action,
                                               const char *name)
{
    for (size_t i = 0; action && name && i < action->outputs_count; i++) {
        if (strcmp(action->outputs[i].name, name) == 0) {
            return &action->outputs[i];
        }
    }
    return NULL;
}

const struct mc_value *mc_ddl_input_value(const struct mc_ddl_action *action,
                                          const struct mc_ddl_input *input,
                                          const struct mc_value *data)
{
    if (!input->symbol) {
        return mc_value_get_text(data, input->name);
    }
    bool both = false;
    for (size_t i = 0; i < action->inputs_count; i++) {
        both = both || (!action->inputs[i].symbol &&
                        strcmp(action->inputs[i].name, input->name) == 0);
    }
    const struct mc_value *value = mc_value_get_symbol(data, input->name);
    return value || both ? value : mc_value_get_text(data, input->name);
}

int mc_ddl_fill_inputs(const struct mc_ddl_action *action, struct mc_arena *arena,
                       struct mc_value *data)
{
    for (size_t i = 0; i < action->inputs_count; i++) {
        const struct mc_ddl_input *input = &action->inputs[i];
        if (input->optional || input->default_value->type == MC_NIL ||
            mc_ddl_input_value(action, input, data)) {
            continue;
        }
        const struct mc_value *value = mc_value_copy(input->default_value, arena);
        int r = input->symbol ? mc_value_set_symbol(arena, data, input->name, value)
                              : mc_value_set_text(arena, data, input->name, value);
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

int mc_ddl_fill_outputs(const struct mc_ddl_action *action, struct mc_arena *arena,
                        struct mc_value **ret_data)
{
    struct mc_value *data = mc_value_hash(arena);

    for (size_t i = 0; i < action->outputs_count; i++) {
        const struct mc_ddl_output *output = &action->outputs[i];
        const struct mc_value *value = mc_value_copy(output->default_value, arena);
        int r = output->symbol ? mc_value_set_symbol(arena, data, output->name, value)
                               : mc_value_set_text(arena, data, output->name, value);
        if (r != 0) {
            return r;
        }
    }
    if (!data) {
        return -ENOMEM;
    }
    *ret_data = data;
    return 0;
}
