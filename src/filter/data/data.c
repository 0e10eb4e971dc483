/* The table of data plugins; agent, collective and fact need only the node. */
#include "filter/data.h"

#include "base/clock.h"
#include "codec/codec.h"
#include "filter/data/data-private.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX "_data"

/* What may be an answer: the original refuses anything else, too. */
static bool simple(const struct mc_value *value)
{
    static const enum mc_type types[] = {MC_NIL,    MC_BOOL,  MC_INT,
                                         MC_BIGINT, MC_FLOAT, MC_STRING};

    for (size_t i = 0; i < MC_COUNT(types); i++) {
        if (mc_value_is(value, types[i])) {
            return true;
        }
    }
    return false;
}

int mc_data_set(struct mc_data_answer *answer, const char *output,
                const struct mc_value *value)
{
    if (value && !simple(value)) {
        value = mc_value_nil(answer->arena);
    }
    if (answer->r == 0) {
        answer->r = mc_value_set_symbol(answer->arena, answer->outputs, output, value);
    }
    return answer->r;
}

int mc_data_late(struct mc_data_answer *answer)
{
    mc_error_set(answer->error, "Data plugin %s timed out on query '%.200s'",
                 answer->name, answer->query ? answer->query : "");
    return MC_DATA_FAILED;
}

static int agent(struct mc_data_answer *answer, const char *query)
{
    static const char *const outputs[] = {"license", "timeout", "description",
                                          "url",     "version", "author"};
    const struct mc_value *metadata =
        query ? answer->host->agent(answer->host->user, query) : NULL;

    if (!metadata) {
        mc_error_set(answer->error, "No agent called %.40s found",
                     query ? query : "(none)");
        return MC_DATA_FAILED;
    }
    for (size_t i = 0; i < MC_COUNT(outputs); i++) {
        const struct mc_value *value = mc_value_get_name(metadata, outputs[i]);
        (void)mc_data_set(answer, outputs[i],
                          value ? value : mc_value_nil(answer->arena));
    }
    return answer->r;
}

static int collective(struct mc_data_answer *answer, const char *query)
{
    bool member = query && answer->host->collective(answer->host->user, query);

    return mc_data_set(answer, "member", mc_value_bool(answer->arena, member));
}

/* One step of a path into a fact: a key of a hash, or an index of an array. */
static const struct mc_value *step(const struct mc_value *value, const char *name)
{
    char *end = NULL;

    if (mc_value_is(value, MC_ARRAY)) {
        unsigned long index = strtoul(name, &end, 10);
        bool number = *name >= '0' && *name <= '9' && *end == 0;
        return number ? mc_value_item(value, index) : NULL;
    }
    return mc_value_get_text(value, name);
}

static const struct mc_value *walk(const struct mc_value *facts, const char *path)
{
    const struct mc_value *value = facts;
    char name[257];

    while (value && *path) {
        size_t len = strcspn(path, ".");
        if (len >= sizeof(name)) {
            return NULL;
        }
        memcpy(name, path, len);
        name[len] = 0;
        value = step(value, name);
        path += len + (path[len] == '.');
    }
    return value;
}

static int fact(struct mc_data_answer *answer, const char *query)
{
    struct mc_arena *arena = answer->arena;
    const struct mc_value *value =
        query && *query ? walk(answer->host->facts(answer->host->user), query) : NULL;
    const struct mc_value *shown = value;
    const char *encoding = "text/plain";
    struct mc_bytes text;

    if (mc_value_is(value, MC_HASH) || mc_value_is(value, MC_ARRAY)) {
        if (mc_json_encode(value, arena, &text, answer->error) != 0) {
            return MC_DATA_FAILED;
        }
        shown = mc_value_string(arena, text);
        encoding = "application/json";
    }
    (void)mc_data_set(answer, "exists", mc_value_bool(arena, value != NULL));
    (void)mc_data_set(answer, "value", value ? shown : mc_value_bool(arena, false));
    return mc_data_set(answer, "value_encoding",
                       value ? mc_value_text(arena, encoding)
                             : mc_value_bool(arena, false));
}

static const struct
{
    const char *name;
    int (*fn)(struct mc_data_answer *answer, const char *query);
} plugins[] = {
    {"agent_data", agent},
    {"collective_data", collective},
    {"fact_data", fact},
    {"fstat_data", mc_data_fstat},
    {"nrpe_data", mc_data_nrpe},
    {"package_data", mc_data_package},
    {"process_data", mc_data_process},
    {"puppet_data", mc_data_puppet},
    {"resource_data", mc_data_resource},
    {"service_data", mc_data_service},
    {"sysctl_data", mc_data_sysctl},
};

const char *mc_data_name(size_t index)
{
    return index < MC_COUNT(plugins) ? plugins[index].name : NULL;
}

bool mc_data_file_name(const char *name, char ret_name[MC_DATA_NAME_BYTES])
{
    size_t len = strlen(name);
    size_t ending = strlen(SUFFIX);

    if (len + ending >= MC_DATA_NAME_BYTES) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool upper = name[i] >= 'A' && name[i] <= 'Z';
        ret_name[i] = (char)(upper ? name[i] | 0x20 : name[i]);
    }
    ret_name[len] = '\0';
    if (len < ending || strcmp(ret_name + len - ending, SUFFIX) != 0) {
        memcpy(ret_name + len, SUFFIX, ending + 1);
    }
    return true;
}

/* When an answer has to be there: as the DDL says, within our own limits. */
static int64_t end_of(const struct mc_data_host *host, const char *name)
{
    unsigned limit_ms =
        host->timeout_ms ? host->timeout_ms(host->user, name) : MC_DATA_TIMEOUT_MS;

    limit_ms = limit_ms < MC_DATA_TIMEOUT_MAX_MS ? limit_ms : MC_DATA_TIMEOUT_MAX_MS;
    return mc_clock_monotonic_us() + (int64_t)limit_ms * 1000;
}

int mc_data_query(const char *name, const char *query, const struct mc_data_host *host,
                  struct mc_arena *arena, const struct mc_value **ret_outputs,
                  struct mc_error *error)
{
    struct mc_data_answer answer = {
        .host = host,
        .arena = arena,
        .outputs = mc_value_hash(arena),
        .error = error,
        .query = query,
    };
    char wanted[MC_DATA_NAME_BYTES];

    for (size_t i = 0; mc_data_file_name(name, wanted) && i < MC_COUNT(plugins); i++) {
        if (strcmp(wanted, plugins[i].name) == 0) {
            answer.name = plugins[i].name;
            answer.end_us = end_of(host, wanted);
            int r = plugins[i].fn(&answer, query);
            if (r == 0) {
                *ret_outputs = answer.outputs;
            }
            return r;
        }
    }
    return MC_DATA_UNKNOWN;
}
