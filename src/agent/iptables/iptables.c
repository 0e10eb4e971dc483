/* The iptables agent: addresses that the packet filter blocks (actions, outputs and texts
 * of the original's iptables agent, 3.0).
 *
 * The original adds and removes rules of one chain. Here the addresses are elements of two
 * sets of nftables, blocked4 and blocked6, of one table; the rules that look at them are
 * the administrator's and never touched. nft runs as a child without a shell; the only
 * thing of the caller that it sees is an address that was read and written again by us.
 * What a change did is asked of nft afterwards, not believed. */
#include "agent/agent.h"

#include "codec/codec.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct mc_agent_ops mc_agent_iptables;

#define NFT_MS 4000
/* Of a list: some ten thousands of addresses. */
#define LIST_BYTES_MAX ((size_t)4 * 1024 * 1024)

struct agent
{
    const char *nft;    /* the program */
    const char *family; /* of the table */
    const char *table;
};

struct job;
typedef void step_fn(struct job *job, const struct mc_child_result *result);

struct job
{
    const struct agent *agent;
    struct mc_agent_call *call;
    struct mc_child *child;
    step_fn *next;
    char address[INET6_ADDRSTRLEN];
    const char *set;
    const char *verb;        /* of nft, for a change; NULL only asks */
    bool changed;            /* that was done already */
    struct mc_value *listed; /* the addresses, for listblocked */
    char reason[200];        /* of nft, when the change failed */
};

static void release(void *user)
{
    struct job *job = user;

    job->child = mc_child_kill(job->child);
}

static void finish(struct job *job)
{
    struct mc_agent_call *call = job->call;

    release(job);
    mc_agent_finish(call);
}

static void ended(void *user, const struct mc_child_result *result)
{
    struct job *job = user;

    job->child = NULL;
    job->next(job, result);
}

/* Run nft and go on with next. An error ends the call. */
static void run(struct job *job, const char *const *argv, step_fn *next)
{
    const struct mc_agent_host *host = mc_agent_call_host(job->call);
    const struct mc_child_spec spec = {
        .argv = argv,
        .timeout_ms = NFT_MS,
        .output_bytes_max = LIST_BYTES_MAX,
    };

    job->next = next;
    int r = mc_child_start(host->ops->loop(host->node), &spec, ended, job, &job->child);
    if (r != 0) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "nft could not be started: %s",
                      strerror(-r));
        finish(job);
    }
}

static void ask(struct job *job, step_fn *next)
{
    const char *const argv[] = {
        job->agent->nft,   "-j",     "list", "set", job->agent->family,
        job->agent->table, job->set, NULL};

    run(job, argv, next);
}

/* The reason in the words of nft. */
static void reason_of(const struct mc_child_result *result, char ret_reason[200])
{
    struct mc_bytes line = result->errors;
    struct mc_error words = {""};

    line.len = line.len ? mc_bytes_find(line, '\n') : 0;
    if (result->end == MC_CHILD_NOT_STARTED) {
        mc_error_set(&words, "nft could not be started (plugin.iptables.nft): %s",
                     strerror(result->code));
    } else if (result->end == MC_CHILD_TIMEOUT) {
        mc_error_set(&words, "nft did not end in time");
    } else if (result->end == MC_CHILD_EXITED && line.len) {
        mc_error_set(&words, "nft: %.*s", line.len < 150 ? (int)line.len : 150,
                     (const char *)line.data);
    } else {
        mc_error_set(&words, "nft failed");
    }
    memcpy(ret_reason, words.text, 199);
    ret_reason[199] = '\0';
}

/* The address of an element, plain or with attributes; NULL for others. */
static const struct mc_value *address_of(const struct mc_value *element)
{
    const struct mc_value *inner = mc_value_get_text(element, "elem");

    element = inner ? mc_value_get_text(inner, "val") : element;
    return mc_value_is(element, MC_STRING) ? element : NULL;
}

/* The elements in what "nft -j list set" wrote. Returns whether it was understood. */
static bool elements_of(struct mc_arena *arena, struct mc_bytes output,
                        const struct mc_value **ret_elements)
{
    const struct mc_value *whole = NULL;
    struct mc_error error;

    if (mc_json_decode(output, 0, arena, &whole, &error) != 0) {
        return false;
    }
    const struct mc_value *objects = mc_value_get_text(whole, "nftables");
    for (size_t i = 0; i < mc_value_count(objects); i++) {
        const struct mc_value *set =
            mc_value_get_text(mc_value_item(objects, i), "set");
        if (set) {
            *ret_elements = mc_value_get_text(set, "elem");
            return true;
        }
    }
    return false;
}

/* What a list answers. Returns whether there is one; else the call has ended. */
static bool listed(struct job *job, const struct mc_child_result *result,
                   const struct mc_value **ret_elements)
{
    char reason[200];

    if (result->end == MC_CHILD_EXITED && result->code == 0 &&
        !result->output_lost_bytes &&
        elements_of(mc_agent_arena(job->call), result->output, ret_elements)) {
        return true;
    }
    if (result->end == MC_CHILD_EXITED && result->code == 0) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED,
                      "the answer of nft about the set %s cannot be read", job->set);
    } else {
        reason_of(result, reason);
        mc_agent_fail(job->call, MC_STATUS_ABORTED,
                      "the set %s of the table %s %s cannot be read; %s", job->set,
                      job->agent->family, job->agent->table, reason);
    }
    finish(job);
    return false;
}

static bool holds(const struct mc_value *elements, const char *address)
{
    for (size_t i = 0; i < mc_value_count(elements); i++) {
        const char *each = mc_value_cstr(address_of(mc_value_item(elements, i)));
        if (each && strcmp(each, address) == 0) {
            return true;
        }
    }
    return false;
}

/* --- block, unblock, isblocked --- */

static void changed(struct job *job, const struct mc_child_result *result);

static void change(struct job *job)
{
    char element[INET6_ADDRSTRLEN + 8];
    const char *const argv[] = {
        job->agent->nft,   job->verb, "element", job->agent->family,
        job->agent->table, job->set,  element,   NULL};

    (void)snprintf(element, sizeof(element), "{ %s }", job->address);
    job->changed = true;
    run(job, argv, changed);
}

/* What there is to say when it is known whether the address is blocked. */
static void judge(struct job *job, bool blocked)
{
    bool wanted = job->verb && strcmp(job->verb, "add") == 0;

    mc_agent_set(job->call, "blocked",
                 mc_value_bool(mc_agent_arena(job->call), blocked));
    if (job->verb && !job->changed) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s is already %s", job->address,
                      wanted ? "blocked" : "unblocked");
    } else if (job->verb && blocked != wanted) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "%s is still %s; %s", job->address,
                      blocked ? "blocked" : "unblocked", job->reason);
    } else if (job->verb) {
        mc_agent_set(job->call, "output",
                     mc_value_format(mc_agent_arena(job->call), "%s was %s",
                                     job->address, wanted ? "blocked" : "unblocked"));
    }
    finish(job);
}

static void looked(struct job *job, const struct mc_child_result *result)
{
    const struct mc_value *elements = NULL;

    if (!listed(job, result, &elements)) {
        return;
    }
    bool blocked = holds(elements, job->address);
    if (job->verb && !job->changed && blocked != (strcmp(job->verb, "add") == 0)) {
        change(job);
    } else {
        judge(job, blocked);
    }
}

static void changed(struct job *job, const struct mc_child_result *result)
{
    reason_of(result, job->reason);
    ask(job, looked);
}

/* --- all of them --- */

/* Addresses as texts, sorted. */
static int by_text(const void *a, const void *b)
{
    const struct mc_value *const *left = a;
    const struct mc_value *const *right = b;

    return strcmp(mc_value_cstr(*left), mc_value_cstr(*right));
}

static void collected(struct job *job, const struct mc_child_result *result)
{
    struct mc_arena *arena = mc_agent_arena(job->call);
    const struct mc_value *elements = NULL;

    if (!listed(job, result, &elements)) {
        return;
    }
    for (size_t i = 0; i < mc_value_count(elements); i++) {
        const struct mc_value *address = address_of(mc_value_item(elements, i));
        if (mc_value_cstr(address) && mc_value_push(arena, job->listed, address) != 0) {
            job->listed = NULL;
        }
    }
    if (strcmp(job->set, "blocked4") == 0) {
        job->set = "blocked6";
        ask(job, collected);
        return;
    }
    if (job->listed && job->listed->array.count) {
        qsort(job->listed->array.items, job->listed->array.count,
              sizeof(struct mc_value *), by_text);
    }
    mc_agent_set(job->call, "blocked", job->listed);
    finish(job);
}

/* --- actions --- */

/* Returns a job, or NULL and the call has ended. */
static struct job *job_new(void *state, struct mc_agent_call *call, const char *verb)
{
    struct job *job = mc_arena_alloc(mc_agent_arena(call), sizeof(*job));

    if (!job) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
        mc_agent_finish(call);
        return NULL;
    }
    *job = (struct job){.agent = state, .call = call, .set = "blocked4", .verb = verb};
    mc_agent_on_abort(call, release, job);
    return job;
}

static void with_address(void *state, struct mc_agent_call *call, const char *verb)
{
    const char *text = mc_agent_input_text(call, "ipaddr", "");
    struct job *job = job_new(state, call, verb);
    struct in6_addr address;
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    if (!job) {
        return;
    }
    /* Written again in the form in which nft lists it. */
    if (inet_pton(family, text, &address) != 1 ||
        !inet_ntop(family, &address, job->address, sizeof(job->address))) {
        mc_agent_fail(call, MC_STATUS_INVALID_DATA, "'%s' is no IP address", text);
        finish(job);
        return;
    }
    job->set = family == AF_INET6 ? "blocked6" : "blocked4";
    ask(job, looked);
}

static void block(void *state, struct mc_agent_call *call)
{
    with_address(state, call, "add");
}

static void unblock(void *state, struct mc_agent_call *call)
{
    with_address(state, call, "delete");
}

static void isblocked(void *state, struct mc_agent_call *call)
{
    with_address(state, call, NULL);
}

static void listblocked(void *state, struct mc_agent_call *call)
{
    struct job *job = job_new(state, call, NULL);

    if (job) {
        job->listed = mc_value_array(mc_agent_arena(call));
        ask(job, collected);
    }
}

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct agent *agent = state;
    const struct mc_config *config = host->ops->config(host->node);

    (void)error;
    agent->nft = mc_config_plugin(config, "iptables.nft", "nft");
    agent->family = mc_config_plugin(config, "iptables.family", "inet");
    agent->table = mc_config_plugin(config, "iptables.table", "junk_filter");
    return 0;
}

static const struct mc_agent_action actions[] = {
    {"block", block},
    {"unblock", unblock},
    {"isblocked", isblocked},
    {"listblocked", listblocked},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_iptables = {
    .abi = MC_AGENT_ABI,
    .name = "iptables",
    .optional = true,
    .state_size = sizeof(struct agent),
    .init = init,
    .actions = actions,
};
