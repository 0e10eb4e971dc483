/* A call before it runs: what to ask, of whom, for how long.
 *
 * Everything given is copied into the arena of the call and checked at once, so that a
 * mistake is reported where it was made and nothing is left to fail later. */
#include "client/call.h"

#include "base/memory.h"
#include "client/method.h"
#include "base/regexp.h"
#include "codec/codec.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int call_new(struct mc_client *client, enum mc_call_kind kind, const char *agent,
                    const char *action, struct mc_call **ret_call)
{
    struct mc_call *call = mc_memory_new(sizeof(*call));

    if (!call) {
        return -ENOMEM;
    }
    call->client = client;
    call->kind = kind;
    call->discovery_s = -1;
    call->limit_seed = -1;
    call->arena = mc_arena_new(MC_CALL_BYTES_MAX);
    if (call->arena) {
        call->agent = mc_arena_strdup(call->arena, agent);
        call->action = mc_arena_strdup(call->arena, action);
        call->inputs = mc_value_hash(call->arena);
        call->collective = mc_config_text(client->config, "main_collective");
        call->limit_random =
            strcmp(mc_config_text(client->config, "rpclimitmethod"), "random") == 0;
        mc_call__batch_default(call);
        int64_t publish_s = mc_config_int(client->config, "publish_timeout");
        call->publish_s = publish_s > 0 && publish_s < MC_CLIENT_SECONDS_MAX
                              ? (unsigned)publish_s
                              : 0;
    }
    if (!call->arena || !call->agent || !call->action || !call->inputs) {
        mc_call_free(call);
        return -ENOMEM;
    }
    *ret_call = call;
    return 0;
}

static int load_ddl(struct mc_call *call, struct mc_error *error)
{
    struct mc_ddl_store *ddls;
    int r = mc_client__ddls(call->client, &ddls);

    if (r) {
        return r;
    }
    r = mc_ddl_find(ddls, MC_DDL_AGENT, call->agent, &call->ddl, error);
    if (r == MC_DDL_NOT_FOUND || r == MC_DDL_BROKEN) {
        return MC_CLIENT_NO_DDL;
    }
    if (r) {
        return r;
    }
    call->interface = mc_ddl_action_find(call->ddl, call->action);
    if (!call->interface) {
        mc_error_set(error,
                     "Attempted to call action %s for %s but it's not declared in the "
                     "DDL",
                     call->action, call->agent);
        return MC_CLIENT_USAGE;
    }
    return 0;
}

int mc_call_new(struct mc_client *client, const char *agent, const char *action,
                struct mc_call **ret_call, struct mc_error *error)
{
    struct mc_call *call;
    int r = call_new(client, MC_CALL_RPC, agent, action, &call);

    if (r) {
        return r;
    }
    r = mc_method_default(call, error);
    r = r ? r : load_ddl(call, error);
    if (r) {
        mc_call_free(call);
        return r;
    }
    *ret_call = call;
    return 0;
}

/* A call without DDL. */
static int call_plain(struct mc_client *client, enum mc_call_kind kind,
                      const char *agent, const char *text, struct mc_call **ret_call,
                      struct mc_error *error)
{
    struct mc_call *call;
    int r = call_new(client, kind, agent, text, &call);

    if (r) {
        return r;
    }
    r = mc_method_default(call, error);
    if (r) {
        mc_call_free(call);
        return r;
    }
    *ret_call = call;
    return 0;
}

int mc_call_new_ping(struct mc_client *client, struct mc_call **ret_call,
                     struct mc_error *error)
{
    return call_plain(client, MC_CALL_PING, "discovery", "ping", ret_call, error);
}

int mc_call_new_message(struct mc_client *client, const char *agent, const char *text,
                        struct mc_call **ret_call, struct mc_error *error)
{
    if (!mc_identity_valid(agent)) {
        mc_error_set(error, "'%.50s' cannot be the name of an agent", agent);
        return MC_CLIENT_USAGE;
    }
    return call_plain(client, MC_CALL_MESSAGE, agent, text, ret_call, error);
}

struct mc_call *mc_call_free(struct mc_call *call)
{
    if (!call) {
        return NULL;
    }
    for (size_t i = 0; i < call->kept_count; i++) {
        mc_arena_free(call->kept[i].arena);
    }
    call->kept = mc_memory_free(call->kept);
    call->arena = mc_arena_free(call->arena);
    return mc_memory_free(call);
}

int mc_call_input(struct mc_call *call, const char *name, const char *text,
                  struct mc_error *error)
{
    const struct mc_ddl_input *input =
        call->interface ? mc_ddl_input_find(call->interface, name) : NULL;
    const struct mc_value *value = NULL;

    if (input) {
        int r = mc_ddl_convert(input, text, call->arena, &value, error);
        if (r) {
            return r == MC_DDL_INVALID ? MC_CLIENT_USAGE : r;
        }
    } else {
        value = mc_value_text(call->arena, text);
    }
    return input && !input->symbol
               ? mc_value_set_text(call->arena, call->inputs, name, value)
               : mc_value_set_symbol(call->arena, call->inputs, name, value);
}

int mc_call_inputs_json(struct mc_call *call, const char *json, struct mc_error *error)
{
    const struct mc_value *object;
    int r = mc_json_decode(mc_bytes_text(json), 0, call->arena, &object, error);

    if (r < 0) {
        return r;
    }
    if (r || !mc_value_is(object, MC_HASH)) {
        mc_error_prefix(error, "the inputs are no JSON object: ");
        return MC_CLIENT_USAGE;
    }
    for (size_t i = 0; i < mc_value_count(object); i++) {
        const char *name = mc_value_cstr(mc_value_key(object, i));
        if (!name) {
            mc_error_set(error, "the inputs have a name that is no text");
            return MC_CLIENT_USAGE;
        }
        r = mc_value_set_symbol(call->arena, call->inputs, name,
                                mc_value_item(object, i));
        if (r) {
            return r;
        }
    }
    return 0;
}

typedef int add_fn(struct mc_filter *filter, struct mc_arena *arena, const char *text);

/* A pattern that no node could compile would be dropped by all of them, in silence. */
static int check_pattern(const char *pattern, unsigned options, const char *text,
                         struct mc_error *error)
{
    struct mc_regexp *regexp = NULL;
    struct mc_error reason = {""};
    int r = mc_regexp_new(mc_bytes_text(pattern), options, &regexp, &reason);

    mc_regexp_free(regexp);
    if (r == MC_REGEXP_INVALID) {
        mc_error_set(error, "The pattern in %s is not valid: %s", text, reason.text);
        return MC_CLIENT_USAGE;
    }
    return r;
}

static int check_names(const struct mc_name_filters *names, struct mc_error *error)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < names->count; i++) {
        const struct mc_name_filter *name = &names->items[i];
        r = name->pattern
                ? check_pattern(name->pattern, name->options, name->text, error)
                : 0;
    }
    return r;
}

static int check_patterns(const struct mc_filter *filter, struct mc_error *error)
{
    int r = check_names(&filter->classes, error);

    r = r ? r : check_names(&filter->agents, error);
    r = r ? r : check_names(&filter->identities, error);
    for (size_t i = 0; r == 0 && i < filter->facts_count; i++) {
        const struct mc_fact_filter *fact = &filter->facts[i];
        r = strcmp(fact->operator, "=~") == 0
                ? check_pattern(fact->value, 0, fact->value, error)
                : 0;
    }
    return r;
}

int mc_call_filter(struct mc_call *call, enum mc_select kind, const char *text,
                   struct mc_error *error)
{
    static add_fn *const add[] = {
        [MC_SELECT_FACT] = mc_filter_add_fact,
        [MC_SELECT_CLASS] = mc_filter_add_class,
        [MC_SELECT_AGENT] = mc_filter_add_agent,
        [MC_SELECT_IDENTITY] = mc_filter_add_identity,
        [MC_SELECT_WITH] = mc_filter_add_with,
    };

    if (!*text) {
        mc_error_set(error, "A filter cannot be empty");
        return MC_CLIENT_USAGE;
    }
    if (kind == MC_SELECT_COMPOUND) {
        return mc_call__compound(call, text, error);
    }
    int r = add[kind](&call->filter, call->arena, text);
    if (r == MC_MESSAGE_MALFORMED) {
        mc_error_set(error,
                     "Could not parse fact %s it does not appear to be in a valid "
                     "format",
                     text);
        return MC_CLIENT_USAGE;
    }
    return r ? r : check_patterns(&call->filter, error);
}

int mc_call_nodes(struct mc_call *call, const char *const *names, size_t count,
                  struct mc_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!mc_identity_valid(names[i])) {
            mc_error_set(error, "%s: Identities can only match /^[\\w\\.\\-]+$/",
                         names[i]);
            return MC_CLIENT_USAGE;
        }
        const char *name = mc_arena_strdup(call->arena, names[i]);
        int r = name ? mc_names__add(&call->nodes, call->arena, name) : -ENOMEM;
        if (r < 0) {
            return r;
        }
    }
    call->nodes_given = true;
    return 0;
}

int mc_call_collective(struct mc_call *call, const char *collective,
                       struct mc_error *error)
{
    const char *const *known = mc_config_list(call->client->config, "collectives");
    struct mc_error list = {{0}};

    for (size_t i = 0; known[i]; i++) {
        if (strcmp(known[i], collective) == 0) {
            call->collective = known[i];
            return 0;
        }
        struct mc_error before = list;
        mc_error_set(&list, "%s%s%s", before.text, i ? ", " : "", known[i]);
    }
    mc_error_set(error, "Unknown collective '%s' known collectives are '%s'",
                 collective, list.text);
    return MC_CLIENT_USAGE;
}

int mc_call_limit(struct mc_call *call, const char *limit, struct mc_error *error)
{
    size_t digits = strspn(limit, "0123456789");
    size_t percents = strspn(limit + digits, "%");

    if (!digits || limit[digits + percents]) {
        mc_error_set(error, "Invalid limit specified: %s valid limits are /^d+%%*$/",
                     limit);
        return MC_CLIENT_USAGE;
    }
    unsigned long long number = strtoull(limit, NULL, 10);
    call->limit = number < MC_CALL_NODES_MAX ? number : MC_CALL_NODES_MAX;
    call->limit_percent = percents > 0;
    if (!call->limit && !call->limit_percent) {
        mc_error_set(error, "Invalid limit specified: %s asks nobody", limit);
        return MC_CLIENT_USAGE;
    }
    return 0;
}

void mc_call_limit_seed(struct mc_call *call, int64_t seed)
{
    call->limit_seed = seed;
}

int mc_call_no_results(struct mc_call *call, const char *reply_to)
{
    call->mute = true;
    if (reply_to) {
        call->reply_to = mc_arena_strdup(call->arena, reply_to);
        return call->reply_to ? 0 : -ENOMEM;
    }
    return 0;
}

void mc_call_timeouts(struct mc_call *call, unsigned reply_s, int discovery_s,
                      unsigned ttl_s)
{
    unsigned max = MC_CLIENT_SECONDS_MAX;

    call->reply_s = reply_s < max ? reply_s : max;
    call->discovery_s = discovery_s < (int)max ? discovery_s : (int)max;
    call->ttl_s = ttl_s;
}

void mc_call_publish_timeout(struct mc_call *call, unsigned seconds)
{
    if (seconds) {
        call->publish_s =
            seconds < MC_CLIENT_SECONDS_MAX ? seconds : MC_CLIENT_SECONDS_MAX;
    }
}

void mc_call_sort(struct mc_call *call)
{
    call->sort = true;
}

void mc_call_forget_replies(struct mc_call *call)
{
    call->forget = true;
}

void mc_call_on_discovering(struct mc_call *call, mc_discovering_fn *fn, void *user)
{
    call->on_discovering = fn;
    call->discovering_user = user;
}

void mc_call_on_found(struct mc_call *call, mc_found_fn *fn, void *user)
{
    call->on_found = fn;
    call->found_user = user;
}

void mc_call_on_discovered(struct mc_call *call, mc_discovered_fn *fn, void *user)
{
    call->on_discovered = fn;
    call->discovered_user = user;
}

void mc_call_on_reply(struct mc_call *call, mc_reply_fn *fn, void *user)
{
    call->on_reply = fn;
    call->reply_user = user;
}
