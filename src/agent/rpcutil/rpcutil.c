/* rpcutil: what a node can say of itself (spec collective.md 4.10).
 *
 * Every answer is made from the host callbacks at the time of the call; nothing is kept
 * between calls. Keys inside nested answers are Symbols, as the original sends them. */
#include "agent/rpcutil/rpcutil.h"

#include "base/clock.h"
#include "filter/data.h"
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

extern const struct mc_agent_ops mc_agent_rpcutil;

static struct mc_value *agent_names(struct mc_agent_call *call)
{
    const struct mc_agent_host *host = mc_agent_call_host(call);
    struct mc_arena *arena = mc_agent_arena(call);
    struct mc_value *list = mc_value_array(arena);
    const struct mc_ddl *ddl = NULL;
    const char *name = NULL;

    for (size_t i = 0; (name = host->ops->agent(host->node, i, &ddl)); i++) {
        if (mc_value_push(arena, list, mc_value_text(arena, name)) != 0) {
            return NULL;
        }
    }
    return list;
}

static void set_collectives(struct mc_agent_call *call)
{
    const struct mc_agent_host *host = mc_agent_call_host(call);
    const struct mc_config *config = host->ops->config(host->node);

    mc_agent_set_text(call, "main_collective",
                      mc_config_text(config, "main_collective"));
    mc_agent_set(
        call, "collectives",
        mc_rpcutil_texts(mc_agent_arena(call), mc_config_list(config, "collectives")));
}

static void collective_info(void *state, struct mc_agent_call *call)
{
    (void)state;
    set_collectives(call);
    mc_agent_finish(call);
}

static void ping(void *state, struct mc_agent_call *call)
{
    (void)state;
    mc_agent_set_int(call, "pong", mc_clock_now_s());
    mc_agent_finish(call);
}

static struct mc_value *data_plugins(struct mc_arena *arena)
{
    struct mc_value *list = mc_value_array(arena);

    for (size_t i = 0; mc_data_name(i); i++) {
        if (mc_value_push(arena, list, mc_value_text(arena, mc_data_name(i))) != 0) {
            return NULL;
        }
    }
    return list;
}

static void inventory(void *state, struct mc_agent_call *call)
{
    const struct mc_agent_host *host = mc_agent_call_host(call);
    struct mc_arena *arena = mc_agent_arena(call);

    (void)state;
    mc_agent_set(call, "agents", agent_names(call));
    mc_agent_set(call, "facts", host->ops->facts(host->node));
    mc_agent_set(call, "classes", host->ops->classes(host->node, arena));
    mc_agent_set_text(call, "version", MC_DDL_MCOLLECTIVE_VERSION);
    mc_agent_set(call, "data_plugins", data_plugins(arena));
    set_collectives(call);
    mc_agent_finish(call);
}

static const struct mc_value *fact_or_nil(struct mc_agent_call *call, const char *name)
{
    const struct mc_agent_host *host = mc_agent_call_host(call);
    const struct mc_value *fact = mc_value_get_text(host->ops->facts(host->node), name);

    return fact ? fact : mc_value_nil(mc_agent_arena(call));
}

static void get_fact(void *state, struct mc_agent_call *call)
{
    const char *name = mc_agent_input_text(call, "fact", "");

    (void)state;
    mc_agent_set_text(call, "fact", name);
    mc_agent_set(call, "value", fact_or_nil(call, name));
    mc_agent_finish(call);
}

static void get_facts(void *state, struct mc_agent_call *call)
{
    struct mc_arena *arena = mc_agent_arena(call);
    struct mc_bytes rest = mc_bytes_text(mc_agent_input_text(call, "facts", ""));
    struct mc_value *values = mc_value_hash(arena);

    (void)state;
    while (rest.len) {
        size_t comma = mc_bytes_find(rest, ',');
        char *name =
            mc_arena_text(arena, mc_bytes_trim(mc_bytes_slice(rest, 0, comma)));
        rest = mc_bytes_slice(rest, comma + 1, SIZE_MAX);
        if (!name ||
            mc_value_set_text(arena, values, name, fact_or_nil(call, name)) != 0) {
            values = NULL;
            break;
        }
    }
    mc_agent_set(call, "values", values);
    mc_agent_finish(call);
}

/* The times of this process, as Ruby's Process.times gives them: floats, seconds. */
static struct mc_value *process_times(struct mc_arena *arena)
{
    struct rusage self = {0};
    struct rusage children = {0};
    struct mc_value *times = mc_value_hash(arena);

    (void)getrusage(RUSAGE_SELF, &self);
    (void)getrusage(RUSAGE_CHILDREN, &children);
    const struct
    {
        const char *name;
        struct timeval time;
    } rows[] = {
        {"utime", self.ru_utime},
        {"stime", self.ru_stime},
        {"cutime", children.ru_utime},
        {"cstime", children.ru_stime},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        double seconds =
            (double)rows[i].time.tv_sec + (double)rows[i].time.tv_usec / 1e6;
        if (mc_value_set_symbol(arena, times, rows[i].name,
                                mc_value_float(arena, seconds)) != 0) {
            return NULL;
        }
    }
    return times;
}

/* How many messages got no answer, by reason; reasons that never were are left out. */
static struct mc_value *drops(struct mc_arena *arena, const struct mc_node_stats *stats)
{
    struct mc_value *hash = mc_value_hash(arena);

    for (unsigned i = 0; i < MC_DROP_COUNT; i++) {
        if (stats->drops[i] &&
            mc_value_set_symbol(arena, hash, mc_drop_name((enum mc_drop)i),
                                mc_value_int(arena, (int64_t)stats->drops[i])) != 0) {
            return NULL;
        }
    }
    return hash;
}

static void daemon_stats(void *state, struct mc_agent_call *call)
{
    const struct mc_agent_host *host = mc_agent_call_host(call);
    const struct mc_node_stats *stats = host->ops->stats(host->node);
    const struct
    {
        const char *output;
        int64_t number;
    } numbers[] = {
        {"pid", getpid()},
        {"validated", (int64_t)stats->validated},
        {"unvalidated", (int64_t)stats->unvalidated},
        {"passed", (int64_t)stats->passed},
        {"filtered", (int64_t)stats->filtered},
        {"starttime", stats->started_s},
        {"total", (int64_t)stats->total},
        {"replies", (int64_t)stats->replies},
        {"ttlexpired", (int64_t)stats->ttlexpired},
    };

    (void)state;
    /* The original lists its Ruby threads here; this daemon has one. */
    mc_agent_set(
        call, "threads",
        mc_rpcutil_texts(mc_agent_arena(call), (const char *const[]){"main", NULL}));
    mc_agent_set(call, "agents", agent_names(call));
    mc_agent_set(call, "times", process_times(mc_agent_arena(call)));
    if (stats->dropped) {
        mc_agent_set(call, "dropped", drops(mc_agent_arena(call), stats));
    }
    for (size_t i = 0; i < MC_COUNT(numbers); i++) {
        mc_agent_set_int(call, numbers[i].output, numbers[i].number);
    }
    mc_agent_set_text(call, "configfile",
                      mc_config_path(host->ops->config(host->node)));
    mc_agent_set_text(call, "version", MC_DDL_MCOLLECTIVE_VERSION);
    mc_agent_finish(call);
}

/* The hash that describes one agent; without a DDL most is "unknown". */
static struct mc_value *agent_about(struct mc_arena *arena, const char *name,
                                    const struct mc_ddl *ddl)
{
    struct mc_value *about = ddl && ddl->metadata ? mc_value_copy(ddl->metadata, arena)
                                                  : mc_value_hash(arena);
    static const char *const fields[] = {"license", "timeout", "description", "name",
                                         "url",     "version", "author"};

    if (mc_value_set_symbol(arena, about, "agent", mc_value_text(arena, name)) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < MC_COUNT(fields); i++) {
        if (!mc_value_get_symbol(about, fields[i]) &&
            mc_value_set_symbol(arena, about, fields[i],
                                mc_value_text(arena, "unknown")) != 0) {
            return NULL;
        }
    }
    return about;
}

/* Insert into a list that is sorted by agent name. */
static int insert_sorted(struct mc_arena *arena, struct mc_value *list,
                         const struct mc_value *about)
{
    if (mc_value_push(arena, list, about) != 0) {
        return -ENOMEM;
    }
    const struct mc_value **items = list->array.items;
    const char *name = mc_value_cstr(mc_value_get_symbol(about, "agent"));
    size_t i = list->array.count - 1;
    for (; i > 0; i--) {
        const char *other = mc_value_cstr(mc_value_get_symbol(items[i - 1], "agent"));
        if (strcmp(other, name) <= 0) {
            break;
        }
        items[i] = items[i - 1];
    }
    items[i] = about;
    return 0;
}

static void agent_inventory(void *state, struct mc_agent_call *call)
{
    const struct mc_agent_host *host = mc_agent_call_host(call);
    struct mc_arena *arena = mc_agent_arena(call);
    struct mc_value *list = mc_value_array(arena);
    const struct mc_ddl *ddl = NULL;
    const char *name = NULL;

    (void)state;
    for (size_t i = 0; (name = host->ops->agent(host->node, i, &ddl)); i++) {
        if (insert_sorted(arena, list, agent_about(arena, name, ddl)) != 0) {
            list = NULL;
            break;
        }
    }
    mc_agent_set(call, "agents", list);
    mc_agent_finish(call);
}

static void get_config_item(void *state, struct mc_agent_call *call)
{
    const char *item = mc_agent_input_text(call, "item", "");
    const struct mc_value *value = NULL;

    (void)state;
    mc_agent_set_text(call, "item", item);
    if (mc_rpcutil_config_item(mc_agent_call_host(call), item, mc_agent_arena(call),
                               &value) != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "Unknown config property %s", item);
    } else {
        mc_agent_set(call, "value", value);
    }
    mc_agent_finish(call);
}

static void get_data(void *state, struct mc_agent_call *call)
{
    const struct mc_agent_host *host = mc_agent_call_host(call);
    const char *source = mc_agent_input_text(call, "source", "");
    const struct mc_value *outputs = NULL;
    struct mc_error error = {"not enough memory"};

    (void)state;
    int r = mc_data_query(source, mc_agent_input_text(call, "query", NULL),
                          host->ops->data(host->node), mc_agent_arena(call), &outputs,
                          &error);
    if (r == MC_DATA_UNKNOWN) {
        mc_error_set(&error, "Unknown data plugin %.50s", source);
    }
    if (r != 0) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "%s", error.text);
    }
    for (size_t i = 0; i < mc_value_count(outputs); i++) {
        mc_agent_set(call, mc_value_cstr(mc_value_key(outputs, i)),
                     mc_value_item(outputs, i));
    }
    mc_agent_finish(call);
}

static const struct mc_agent_action actions[] = {
    {"agent_inventory", agent_inventory},
    {"collective_info", collective_info},
    {"daemon_stats", daemon_stats},
    {"get_config_item", get_config_item},
    {"get_data", get_data},
    {"get_fact", get_fact},
    {"get_facts", get_facts},
    {"inventory", inventory},
    {"ping", ping},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_rpcutil = {
    .abi = MC_AGENT_ABI,
    .name = "rpcutil",
    .actions = actions,
};
