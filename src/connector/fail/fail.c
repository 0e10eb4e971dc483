/* A connector that fails politely, to test what others do then.
 *
 * It opens (unless plugin.fail.open is false), says on the loop that it has given up,
 * and answers every call with an error that the contract allows. */
#include "base/memory.h"
#include "connector/connector.h"
#include <errno.h>

struct fail_state
{
    const struct mc_connector_spec *spec;
    struct mc_timer *timer;
};

static void say_dead(void *user)
{
    struct fail_state *state = user;

    state->spec->events.link(state->spec->events.user, MC_LINK_DEAD,
                             "the connector 'fail' never connects");
}

static int fail_init(void *opaque, const struct mc_connector_spec *spec,
                     struct mc_error *error)
{
    struct fail_state *state = opaque;
    bool opens = true;
    int r = mc_config_plugin_bool(spec->config, "fail.open", true, &opens, error);

    if (r < 0) {
        return r;
    }
    if (!opens) {
        mc_error_set(error, "plugin.fail.open: the connector 'fail' was told to fail");
        return -EINVAL;
    }
    state->spec = spec;
    state->timer = mc_timer_new(spec->loop, say_dead, state);
    if (!state->timer) {
        return -ENOMEM;
    }
    mc_timer_start(state->timer, 0);
    return 0;
}

static void fail_deinit(void *opaque)
{
    struct fail_state *state = opaque;

    state->timer = mc_timer_free(state->timer);
}

static int fail_subscribe(void *opaque, const struct mc_target *target)
{
    (void)opaque;
    (void)target;
    return -ENOMEM;
}

static int fail_reply_name(void *opaque, const struct mc_target *target,
                           struct mc_arena *arena, const char **ret_name)
{
    (void)opaque;
    (void)target;
    (void)arena;
    (void)ret_name;
    return -ENOMEM;
}

static int fail_publish(void *opaque, const struct mc_publish *publish)
{
    (void)opaque;
    (void)publish;
    return MC_CONNECTOR_FULL;
}

static size_t fail_unsent(const void *opaque)
{
    (void)opaque;
    return 0;
}

extern const struct mc_connector_ops mc_connector_fail;
const struct mc_connector_ops mc_connector_fail = {
    .abi = MC_CONNECTOR_ABI,
    .name = "fail",
    .state_size = sizeof(struct fail_state),
    .init = fail_init,
    .deinit = fail_deinit,
    .subscribe = fail_subscribe,
    .unsubscribe = fail_subscribe,
    .reply_name = fail_reply_name,
    .publish = fail_publish,
    .unsent = fail_unsent,
};
