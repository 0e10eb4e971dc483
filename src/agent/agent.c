/* One call of an action: inputs from the request, outputs from the DDL's defaults on,
 * one end.
 *
 * A call lives in the arena of its exchange. `finished` makes sure that done is called
 * once, whatever an action does; an action that ends its call twice is our own bug. */
#include "agent/agent.h"

#include "base/clock.h"
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CALL_MAGIC 0x6d636361u

struct mc_agent_call
{
    unsigned magic;
    struct mc_agent_call_spec spec;
    struct mc_value *data;
    int64_t began_us;
    int64_t status;
    char *message;
    enum mc_end end;
    bool short_of_memory;
    bool finished;
    void (*abort_fn)(void *user);
    void *abort_user;
    struct mc_agent_call **owner; /* where mc_agent_run()'s caller keeps it */
};

const char *mc_drop_name(enum mc_drop drop)
{
    static const char *const names[MC_DROP_COUNT] = {
#define MC_DROP(name, text) [MC_DROP_##name] = #name,
#include "agent/drops.tbl.h"
#undef MC_DROP
    };

    return (unsigned)drop < MC_DROP_COUNT ? names[drop] : "";
}

struct mc_arena *mc_agent_arena(const struct mc_agent_call *call)
{
    return call->spec.arena;
}

const struct mc_agent_host *mc_agent_call_host(const struct mc_agent_call *call)
{
    return call->spec.host;
}

const struct mc_request *mc_agent_request(const struct mc_agent_call *call)
{
    return call->spec.request;
}

const char *mc_agent_action_name(const struct mc_agent_call *call)
{
    return call->spec.action->name;
}

/* Whether a key would look like a declared input once its kind is forgotten. */
static bool looks_declared(const struct mc_ddl_action *action,
                           const struct mc_value *key)
{
    bool text = mc_value_is(key, MC_STRING) || mc_value_is(key, MC_SYMBOL);

    return text && mc_ddl_input_find(action, mc_value_cstr(key));
}

/* A caller may send one name as Symbol and as String, or twice. Only one of them was
 * checked, and whoever reads JSON takes another. */
const struct mc_value *mc_agent_inputs(const struct mc_agent_call *call)
{
    const struct mc_ddl_action *action = call->spec.action;
    const struct mc_value *data = call->spec.rpc->data;
    struct mc_value *inputs = mc_value_hash(call->spec.arena);
    int r = inputs ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < action->inputs_count; i++) {
        const char *name = action->inputs[i].name;
        const struct mc_value *value = mc_agent_input(call, name);
        r = value ? mc_value_set_text(call->spec.arena, inputs, name, value) : 0;
    }
    for (size_t i = 0; r == 0 && data && i < data->hash.count; i++) {
        const struct mc_value *key = data->hash.pairs[i].key;
        if (!looks_declared(action, key)) {
            r = mc_value_add(call->spec.arena, inputs, key, data->hash.pairs[i].value);
        }
    }
    return r == 0 ? inputs : NULL;
}

const struct mc_value *mc_agent_input(const struct mc_agent_call *call,
                                      const char *name)
{
    const struct mc_ddl_action *action = call->spec.action;
    const struct mc_ddl_input *input = mc_ddl_input_find(action, name);

    /* What was checked is what the action gets. */
    return input ? mc_ddl_input_value(action, input, call->spec.rpc->data)
                 : mc_value_get_name(call->spec.rpc->data, name);
}

const char *mc_agent_input_text(const struct mc_agent_call *call, const char *name,
                                const char *fallback)
{
    const struct mc_value *value = mc_agent_input(call, name);
    const char *text = mc_value_is(value, MC_STRING) ? mc_value_cstr(value) : NULL;

    return text ? text : fallback;
}

unsigned mc_agent_time_left_ms(const struct mc_agent_call *call)
{
    int64_t used_ms = (mc_clock_monotonic_us() - call->began_us) / 1000;
    unsigned limit_ms = call->spec.timeout_ms;

    if (limit_ms == 0) {
        return UINT_MAX;
    }
    return used_ms < limit_ms ? limit_ms - (unsigned)used_ms : 0;
}

void mc_agent_set(struct mc_agent_call *call, const char *output,
                  const struct mc_value *value)
{
    const struct mc_ddl_output *declared =
        mc_ddl_output_find(call->spec.action, output);
    bool text_key = declared && !declared->symbol;
    int r = text_key ? mc_value_set_text(call->spec.arena, call->data, output, value)
                     : mc_value_set_symbol(call->spec.arena, call->data, output, value);

    if (r != 0) {
        call->short_of_memory = true;
    }
}

void mc_agent_set_text(struct mc_agent_call *call, const char *output, const char *text)
{
    mc_agent_set(call, output, mc_value_text(call->spec.arena, text));
}

void mc_agent_set_int(struct mc_agent_call *call, const char *output, int64_t number)
{
    mc_agent_set(call, output, mc_value_int(call->spec.arena, number));
}

void mc_agent_fail(struct mc_agent_call *call, enum mc_status status,
                   const char *format, ...)
{
    struct mc_error words;
    va_list args;

    va_start(args, format);
    mc_error_vset(&words, format, args);
    va_end(args);
    call->status = status;
    call->end = MC_END_ANSWERED;
    call->message = mc_arena_strdup(call->spec.arena, words.text);
}

void mc_agent_fail_text(struct mc_agent_call *call, int64_t status, const char *text)
{
    call->status = status;
    call->message = mc_arena_strdup(call->spec.arena, text);
    call->end = MC_END_ANSWERED;
}

void mc_agent_out_of_time(struct mc_agent_call *call, const char *format, ...)
{
    struct mc_error words;
    va_list args;

    va_start(args, format);
    mc_error_vset(&words, format, args);
    va_end(args);
    mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "%s", words.text);
    call->end = MC_END_TIMED_OUT;
}

void mc_agent_finish(struct mc_agent_call *call)
{
    assert(call->magic == CALL_MAGIC && !call->finished);
    call->finished = true;
    if (call->short_of_memory) {
        call->status = MC_STATUS_UNKNOWN_ERROR;
        call->message = NULL;
    }
    struct mc_result result = {
        .status = call->status,
        .message = call->message                  ? call->message
                   : call->status == MC_STATUS_OK ? "OK"
                                                  : "the answer is too large",
        .data = call->data,
        .outcome = call->status == MC_STATUS_OK ? NULL : mc_end_name(call->end),
    };
    if (call->owner) {
        *call->owner = NULL;
    }
    call->spec.done(call->spec.user, &result);
}

void mc_agent_on_abort(struct mc_agent_call *call, void (*fn)(void *user), void *user)
{
    call->abort_fn = fn;
    call->abort_user = user;
}

void mc_agent_abort(struct mc_agent_call *call, enum mc_status status,
                    const char *message)
{
    assert(call->magic == CALL_MAGIC && !call->finished);
    if (call->abort_fn) {
        call->abort_fn(call->abort_user);
    }
    if (status < MC_STATUS_ABORTED || status > MC_STATUS_UNKNOWN_ERROR) {
        status = MC_STATUS_UNKNOWN_ERROR;
    }
    mc_agent_fail(call, status, "%s", message);
    mc_agent_finish(call);
}

int mc_agent_run(const struct mc_agent_call_spec *spec, struct mc_agent_call **ret_call)
{
    struct mc_agent_call *call = mc_arena_alloc(spec->arena, sizeof(*call));
    const struct mc_agent_action *action = spec->ops->actions;
    struct mc_value *data = NULL;

    if (!call) {
        return -ENOMEM;
    }
    int r = mc_ddl_fill_outputs(spec->action, spec->arena, &data);
    if (r != 0) {
        return -ENOMEM;
    }
    *call = (struct mc_agent_call){
        .magic = CALL_MAGIC,
        .spec = *spec,
        .data = data,
        .began_us = mc_clock_monotonic_us(),
        .owner = ret_call,
    };
    *ret_call = call;
    while (action && action->name && strcmp(action->name, spec->action->name) != 0) {
        action++;
    }
    if (action && action->name) {
        action->run(spec->state, call);
        return 0;
    }
    mc_agent_fail(call, MC_STATUS_UNKNOWN_ACTION, "Unknown action '%s' for agent '%s'",
                  spec->action->name, spec->ops->name);
    mc_agent_finish(call);
    return 0;
}

int mc_agent_activated(const struct mc_config *config, const char *name, bool fallback,
                       struct mc_error *error)
{
    char key[160];
    bool active = false;

    (void)snprintf(key, sizeof(key), "%s.activate_agent", name);
    int r = mc_config_plugin_bool(config, key, fallback, &active, error);
    if (r == 0 && !active) {
        mc_error_set(error, "switched off in the configuration");
        return 1;
    }
    return r;
}

void mc_agent_skipped(const struct mc_sink *sink, const char *name, const char *reason)
{
    const struct mc_field fields[] = {
        MC_FIELD_STR("agent", name),
        MC_FIELD_STR("reason", reason),
    };

    mc_event_emit(sink, MC_EVENT_agent_skipped, fields, MC_COUNT(fields));
}
