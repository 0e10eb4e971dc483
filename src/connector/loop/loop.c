/* The connector without a broker: those on the same loop reach each other.
 *
 * For tests and the simulator. Subjects are named as the nats connector names them;
 * all rules about sharing and delivery are in hub.h. */
#include "connector/loop/hub.h"

#include "base/memory.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define SUBJECT_BYTES_MAX 1024

struct loop_state
{
    const struct mc_connector_spec *spec;
    struct mc_hub_member member;
    struct mc_timer *timer;
};

static void say_up(void *user)
{
    struct loop_state *state = user;

    state->spec->events.link(state->spec->events.user, MC_LINK_UP, NULL);
}

static void loop_message(void *user, const struct mc_delivery *delivery)
{
    struct loop_state *state = user;
    struct mc_delivery ours = *delivery;

    ours.direct =
        mc_connector_subject_direct(delivery->destination, state->spec->identity);
    state->spec->events.message(state->spec->events.user, &ours);
}

static int loop_init(void *opaque, const struct mc_connector_spec *spec,
                     struct mc_error *error)
{
    struct loop_state *state = opaque;

    (void)error;
    state->spec = spec;
    state->member.name = spec->identity;
    state->member.message = loop_message;
    state->member.user = state;
    state->timer = mc_timer_new(spec->loop, say_up, state);
    if (!state->timer) {
        return -ENOMEM;
    }
    int r = mc_hub_join(&state->member, spec->loop);
    if (r < 0) {
        return r;
    }
    mc_timer_start(state->timer, 0);
    return 0;
}

static void loop_deinit(void *opaque)
{
    struct loop_state *state = opaque;

    mc_hub_leave(&state->member);
    state->timer = mc_timer_free(state->timer);
}

/* Writes the subject of a target: of the node identity for DIRECT.
 * Returns 0; -EINVAL when it is too long. */
static int subject_of(const struct loop_state *state, const struct mc_target *target,
                      const char *identity, char (*ret_subject)[SUBJECT_BYTES_MAX])
{
    int len = 0;

    switch (target->kind) {
    case MC_TARGET_BROADCAST:
        len = snprintf(*ret_subject, sizeof(*ret_subject), "%s.broadcast.agent.%s",
                       target->collective, target->agent);
        break;
    case MC_TARGET_DIRECT:
        len = snprintf(*ret_subject, sizeof(*ret_subject), "%s.node.%s",
                       target->collective, identity);
        break;
    case MC_TARGET_REPLY:
        /* The address of the state tells clients of one process apart. */
        len = snprintf(*ret_subject, sizeof(*ret_subject), "%s.reply.%s.%ld.%p.%u",
                       target->collective, state->spec->identity, (long)getpid(),
                       (const void *)state, target->sequence);
        break;
    }
    return len > 0 && (size_t)len < sizeof(*ret_subject) ? 0 : -EINVAL;
}

static int loop_subscribe(void *opaque, const struct mc_target *target)
{
    struct loop_state *state = opaque;
    char subject[SUBJECT_BYTES_MAX];
    int r = subject_of(state, target, state->spec->identity, &subject);

    return r < 0 ? r : mc_hub_subscribe(&state->member, subject);
}

static int loop_unsubscribe(void *opaque, const struct mc_target *target)
{
    struct loop_state *state = opaque;
    char subject[SUBJECT_BYTES_MAX];

    if (subject_of(state, target, state->spec->identity, &subject) == 0) {
        mc_hub_unsubscribe(&state->member, subject);
    }
    return 0;
}

static int loop_reply_name(void *opaque, const struct mc_target *target,
                           struct mc_arena *arena, const char **ret_name)
{
    struct loop_state *state = opaque;
    char subject[SUBJECT_BYTES_MAX];
    int r = subject_of(state, target, NULL, &subject);

    if (r < 0) {
        return r;
    }
    const char *name = mc_arena_strdup(arena, subject);
    if (!name) {
        return -ENOMEM;
    }
    *ret_name = name;
    return 0;
}

static int loop_publish(void *opaque, const struct mc_publish *publish)
{
    struct loop_state *state = opaque;
    struct mc_target target = {.kind = publish->kind,
                               .collective = publish->collective,
                               .agent = publish->agent};
    char subject[SUBJECT_BYTES_MAX];

    if (publish->kind == MC_TARGET_REPLY) {
        return mc_hub_publish(&state->member, publish->reply_to, NULL, publish->body);
    }
    int r = subject_of(state, &target, publish->identity, &subject);
    return r < 0 ? r
                 : mc_hub_publish(&state->member, subject, publish->reply_to,
                                  publish->body);
}

static size_t loop_unsent(const void *opaque)
{
    const struct loop_state *state = opaque;

    return state->member.unsent_bytes;
}

extern const struct mc_connector_ops mc_connector_loop;
const struct mc_connector_ops mc_connector_loop = {
    .abi = MC_CONNECTOR_ABI,
    .name = "loop",
    .state_size = sizeof(struct loop_state),
    .init = loop_init,
    .deinit = loop_deinit,
    .subscribe = loop_subscribe,
    .unsubscribe = loop_unsubscribe,
    .reply_name = loop_reply_name,
    .publish = loop_publish,
    .unsent = loop_unsent,
};
