/* The audit to the collective: each record is a request to the agent centralrpclog that
 * nobody answers (doc/rfc/0007). The node that has that agent keeps the log.
 *
 * What cannot be sent waits here, in order, for as long as the broker is away; it is sealed
 * when it is sent, so that it is not too old when it arrives. The queue is bounded: a
 * record that finds it full is refused, which the node reports with the id of the request
 * and how many were lost. No audit follows from an audit: the agent speaks no RPC, and
 * what is no RPC is not audited. */
#include "policy/policy.h"

#include "base/memory.h"
#include "codec/inspect.h"
#include "policy/record.h"
#include <errno.h>
#include <string.h>

extern const struct mc_policy_ops mc_policy_centralrpclog;

#define RECORDS_MAX 10000
#define QUEUE_BYTES_MAX ((size_t)32 * 1024 * 1024)
/* One record with its data. */
#define RECORD_BYTES_MAX ((size_t)256 * 1024)
/* When to try again with a broker that is there and slow. */
#define AGAIN_MS 1000

struct waiting
{
    struct waiting *next;
    struct mc_arena *arena; /* owns the payload */
    const struct mc_value *payload;
};

struct central
{
    const struct mc_policy_host *host;
    struct mc_arena *arena;
    const char *collective;
    struct mc_timer *again;
    struct waiting *first;
    struct waiting *last;
    size_t count;
    size_t bytes;
    uint64_t lost;
};

static void drop_first(struct central *central)
{
    struct waiting *gone = central->first;

    central->first = gone->next;
    central->last = central->first ? central->last : NULL;
    central->count--;
    central->bytes -= mc_arena_used(gone->arena);
    mc_arena_free(gone->arena);
    mc_memory_free(gone);
}

static int tell(const struct central *central, const struct mc_value *payload,
                struct mc_error *error)
{
    const struct mc_policy_host *host = central->host;

    return host->ops->tell(host->user, central->collective, MC_POLICY_CENTRAL_AGENT,
                           payload, error);
}

/* Send what waits, until it has to wait on. */
static void flush(void *user)
{
    struct central *central = user;
    const struct mc_policy_host *host = central->host;

    while (central->first) {
        struct mc_error error = {"not enough memory"};
        int r = tell(central, central->first->payload, &error);
        if (r > 0) {
            mc_timer_start(central->again, AGAIN_MS);
            return;
        }
        if (r < 0) {
            central->lost++;
            host->ops->lost(host->user, 1, error.text);
        }
        drop_first(central);
    }
}

static int central_init(void *state, const struct mc_config *config,
                        const struct mc_policy_host *host, struct mc_error *error)
{
    struct central *central = state;
    const char *collective = mc_config_plugin(
        config, "centralrpclog.collective", mc_config_text(config, "main_collective"));
    const char *const *ours = mc_config_list(config, "collectives");
    size_t i = 0;

    while (ours[i] && strcmp(ours[i], collective) != 0) {
        i++;
    }
    if (!ours[i]) {
        mc_error_set(error,
                     "%s: plugin.centralrpclog.collective '%s' is none of collectives",
                     mc_config_path(config), collective);
        return -EINVAL;
    }
    central->host = host;
    central->arena = mc_arena_new(4096);
    central->collective =
        central->arena ? mc_arena_strdup(central->arena, collective) : NULL;
    if (host->ops && host->ops->tell) {
        central->again = mc_timer_new(host->ops->loop(host->user), flush, central);
    }
    return central->collective && (central->again || !host->ops || !host->ops->tell)
               ? 0
               : -ENOMEM;
}

static void central_deinit(void *state)
{
    struct central *central = state;

    if (central->count) {
        central->host->ops->lost(central->host->user, central->count,
                                 "the node ends while the broker is away");
    }
    while (central->first) {
        drop_first(central);
    }
    central->again = mc_timer_free(central->again);
    central->arena = mc_arena_free(central->arena);
}

static int wait_in_line(struct central *central, struct mc_arena *arena,
                        const struct mc_value *payload, struct mc_error *error)
{
    struct waiting *each = NULL;

    if (central->count < RECORDS_MAX &&
        central->bytes + mc_arena_used(arena) <= QUEUE_BYTES_MAX) {
        each = mc_memory_new(sizeof(*each));
    }
    if (!each) {
        central->lost++;
        mc_error_set(error,
                     "%zu records wait for the broker, no more can; lost so far: %llu",
                     central->count, (unsigned long long)central->lost);
        return -ENOBUFS;
    }
    *each = (struct waiting){.arena = arena, .payload = payload};
    if (central->last) {
        central->last->next = each;
    } else {
        central->first = each;
    }
    central->last = each;
    central->count++;
    central->bytes += mc_arena_used(arena);
    mc_timer_start(central->again, AGAIN_MS);
    return 0;
}

/* The record in an arena of its own. Data that is too large, or that cannot be sent as
 * it is, becomes a text. Returns 0; -ENOMEM. */
static int make(const struct mc_policy_record *record, bool as_text,
                struct mc_arena **ret_arena, const struct mc_value **ret_payload)
{
    struct mc_policy_record copy = *record;
    struct mc_arena *arena = mc_arena_new(RECORD_BYTES_MAX);
    struct mc_value *text = NULL;

    if (!arena) {
        return -ENOMEM;
    }
    if (as_text) {
        text = mc_policy_record_data(record, arena);
        copy.data = text;
    }
    int r = as_text && !text ? -ENOMEM
                             : mc_policy_record_to_value(&copy, arena, ret_payload);
    if (r != 0) {
        mc_arena_free(arena);
        return r;
    }
    *ret_arena = arena;
    return 0;
}

/* Make and send, or queue, in one of two forms. Returns 0; -errno. */
static int send_record(struct central *central, const struct mc_policy_record *record,
                       bool as_text, struct mc_error *error)
{
    const struct mc_value *payload = NULL;
    struct mc_arena *arena = NULL;
    int r = make(record, as_text, &arena, &payload);

    if (r != 0) {
        mc_error_set(error, "the record is too large");
        return r;
    }
    r = central->first ? MC_POLICY_LATER : tell(central, payload, error);
    if (r > 0) {
        r = wait_in_line(central, arena, payload, error);
        arena = r == 0 ? NULL : arena;
    }
    mc_arena_free(arena);
    return r;
}

static int central_audit(void *state, const struct mc_request *request,
                         const struct mc_rpc *rpc, struct mc_error *error)
{
    struct central *central = state;
    const struct mc_policy_record record = mc_policy_record_of(request, rpc);

    if (!central->again) {
        mc_error_set(error, "nothing can be sent from here");
        return -EIO;
    }
    int r = send_record(central, &record, false, error);
    if (r < 0 && r != -ENOBUFS) {
        r = send_record(central, &record, true, error);
        central->lost += r < 0 && r != -ENOBUFS;
    }
    return r;
}

static void central_connected(void *state)
{
    struct central *central = state;

    if (central->first) {
        mc_timer_start(central->again, 0);
    }
}

static const struct mc_policy_audit_ops audit_ops = {
    .state_size = sizeof(struct central),
    .init = central_init,
    .deinit = central_deinit,
    .audit = central_audit,
    .connected = central_connected,
};

const struct mc_policy_ops mc_policy_centralrpclog = {
    .abi = MC_POLICY_ABI,
    .name = "centralrpclog",
    .audit = &audit_ops,
};
