/* Where facts come from: yaml files, the built-in probes, or facter.
 *
 * Whatever the source, keys and scalar leaves become Strings and containers keep their
 * shape (spec collective.md 4.8). A load that fails or gives nothing keeps the last good
 * facts, says so in one event, and is tried again after the cache time. The generation
 * before the current one stays in memory, so that an answer that still points at it is
 * safe until it has left. */
#include "filter/filter.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "codec/codec.h"
#include "filter/facts/facts-private.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define FACT_FILE_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define FACTS_BYTES_MAX ((size_t)32 * 1024 * 1024)
#define FACTER_TIMEOUT_MS 60000

enum source
{
    SOURCE_YAML,
    SOURCE_NATIVE,
    SOURCE_FACTER,
};

struct mc_facts
{
    enum source source;
    const struct mc_sink *sink;
    struct mc_loop *loop;
    char *files;      /* yaml: colon list */
    char *command;    /* facter */
    int64_t cache_us; /* how long facts are good */
    int64_t loaded_us;
    bool tried;
    struct timespec newest; /* of the files at the last load */
    struct mc_arena *arena;
    struct mc_arena *before;
    const struct mc_value *values;
    struct mc_child *child;
};

static void failed(struct mc_facts *facts, const char *where, const char *reason)
{
    const struct mc_field fields[] = {
        MC_FIELD_STR("source", where),
        MC_FIELD_STR("reason", reason),
    };

    mc_event_emit(facts->sink, MC_EVENT_facts_failed, fields, MC_COUNT(fields));
}

/* Make a loaded tree the current facts; arena becomes ours. */
static void take_over(struct mc_facts *facts, struct mc_arena *arena,
                      const struct mc_value *values)
{
    mc_arena_free(facts->before);
    facts->before = facts->arena;
    facts->arena = arena;
    facts->values = values;
}

/* Normalise a decoded hash and add it to the merged one; later files win. */
static int merge(struct mc_arena *arena, struct mc_value *all,
                 const struct mc_value *loaded)
{
    const struct mc_value *clean = NULL;
    bool first = mc_value_count(all) == 0;
    int r = mc_facts_normalise(loaded, arena, &clean);

    for (size_t i = 0; r == 0 && i < mc_value_count(clean); i++) {
        const struct mc_value *key = mc_value_key(clean, i);
        const struct mc_value *item = mc_value_item(clean, i);
        r = first ? mc_value_add(arena, all, key, item)
                  : mc_value_set(arena, all, key, item);
    }
    return r;
}

static int load_file(const char *path, struct mc_arena *arena, struct mc_value *all,
                     struct mc_error *error)
{
    struct mc_bytes text;
    const struct mc_value *loaded = NULL;
    int r = mc_file_read(path, FACT_FILE_BYTES_MAX, arena, &text, error);

    if (r == 0) {
        r = mc_yaml_decode_facts(text, 0, arena, &loaded, error);
    }
    if (r == 0 && !mc_value_is(loaded, MC_HASH)) {
        mc_error_set(error, "it holds %s, not a hash of facts",
                     mc_type_name(loaded->type));
        r = MC_CODEC_MALFORMED;
    }
    return r ? r : merge(arena, all, loaded);
}

static bool next_path(const char **list, char *path, size_t size)
{
    size_t len = strcspn(*list, ":");

    if (!**list) {
        return false;
    }
    (void)snprintf(path, size, "%.*s", (int)len, *list);
    *list += len + ((*list)[len] == ':');
    return true;
}

static int load_yaml(struct mc_facts *facts, struct mc_arena *arena,
                     const struct mc_value **ret_values)
{
    struct mc_value *all = mc_value_hash(arena);
    const char *list = facts->files;
    char path[4096];

    while (next_path(&list, path, sizeof(path))) {
        struct mc_error error = {"not enough memory"};
        if (load_file(path, arena, all, &error) != 0) {
            failed(facts, path, error.text);
        }
    }
    if (!all) {
        return -ENOMEM;
    }
    *ret_values = all;
    return 0;
}

static bool later(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* Whether a fact file has a newer time than at the last load; notes the newest. */
static bool files_changed(struct mc_facts *facts)
{
    const char *list = facts->files;
    struct timespec newest = facts->newest;
    char path[4096];
    struct stat about;

    while (next_path(&list, path, sizeof(path))) {
        if (stat(path, &about) == 0 && later(about.st_mtim, newest)) {
            newest = about.st_mtim;
        }
    }
    bool changed = later(newest, facts->newest);
    facts->newest = newest;
    return changed;
}

static void facter_done(void *user, const struct mc_child_result *result)
{
    struct mc_facts *facts = user;
    struct mc_arena *arena = mc_arena_new(FACTS_BYTES_MAX);
    const struct mc_value *loaded = NULL;
    struct mc_error error = {"not enough memory"};
    struct mc_value *all = arena ? mc_value_hash(arena) : NULL;
    int r = -ENOMEM;

    facts->child = NULL;
    if (result->end != MC_CHILD_EXITED || result->code != 0) {
        mc_error_set(&error, "%s --json ended badly (%d)", facts->command,
                     result->code);
    } else if (arena) {
        r = mc_json_decode(result->output, 0, arena, &loaded, &error);
        r = r ? r : merge(arena, all, loaded);
    }
    if (r != 0 || mc_value_count(all) == 0) {
        failed(facts, "facter", r ? error.text : "it knows no fact");
        mc_arena_free(arena);
        return;
    }
    take_over(facts, arena, all);
}

static void start_facter(struct mc_facts *facts)
{
    const char *const argv[] = {facts->command, "--json", NULL};
    const struct mc_child_spec spec = {
        .argv = argv,
        .timeout_ms = FACTER_TIMEOUT_MS,
        .output_bytes_max = FACT_FILE_BYTES_MAX,
    };

    if (!facts->child &&
        mc_child_start(facts->loop, &spec, facter_done, facts, &facts->child) != 0) {
        failed(facts, "facter", "no child process could be made");
    }
}

static void load_here(struct mc_facts *facts)
{
    struct mc_arena *arena = mc_arena_new(FACTS_BYTES_MAX);
    const struct mc_value *values = NULL;
    int r = -ENOMEM;

    if (arena) {
        r = facts->source == SOURCE_YAML ? load_yaml(facts, arena, &values)
                                         : mc_facts_native(arena, &values);
    }
    if (r != 0 || mc_value_count(values) == 0) {
        failed(facts, facts->source == SOURCE_YAML ? "yaml" : "native",
               r ? strerror(-r) : "no facts were found");
        mc_arena_free(arena);
        return;
    }
    take_over(facts, arena, values);
}

static void load(struct mc_facts *facts)
{
    facts->tried = true;
    facts->loaded_us = mc_clock_monotonic_us();
    if (facts->source == SOURCE_FACTER) {
        start_facter(facts);
    } else {
        load_here(facts);
    }
}

const struct mc_value *mc_facts_get(struct mc_facts *facts)
{
    bool old =
        !facts->tried || mc_clock_monotonic_us() - facts->loaded_us >= facts->cache_us;

    if ((facts->source == SOURCE_YAML && files_changed(facts)) || old) {
        load(facts);
    }
    return facts->values;
}

static int choose(struct mc_facts *facts, const char *name, struct mc_error *error)
{
    static const struct
    {
        const char *name;
        enum source source;
    } known[] = {
        {"yaml", SOURCE_YAML},
        {"native", SOURCE_NATIVE},
        {"facter", SOURCE_FACTER},
    };

    for (size_t i = 0; i < MC_COUNT(known); i++) {
        if (strcasecmp(known[i].name, name) == 0) {
            facts->source = known[i].source;
            return 0;
        }
    }
    mc_error_set(error, "factsource = %s is not known (known: native, yaml, facter)",
                 name);
    return -EINVAL;
}

int mc_facts_open(const struct mc_config *config, struct mc_loop *loop,
                  const struct mc_sink *sink, struct mc_facts **ret_facts,
                  struct mc_error *error)
{
    struct mc_facts *facts = mc_memory_new(sizeof(*facts));

    if (!facts) {
        return -ENOMEM;
    }
    facts->sink = sink;
    facts->loop = loop;
    facts->cache_us = mc_config_int(config, "fact_cache_time") * 1000000;
    facts->files = mc_memory_strdup(mc_config_plugin(config, "yaml", ""));
    facts->command =
        mc_memory_strdup(mc_config_plugin(config, "facter.command", "facter"));
    facts->arena = mc_arena_new(FACTS_BYTES_MAX);
    facts->values = facts->arena ? mc_value_hash(facts->arena) : NULL;
    int r = facts->values && facts->files && facts->command ? 0 : -ENOMEM;
    if (r == 0) {
        r = choose(facts, mc_config_text(config, "factsource"), error);
    }
    if (r == 0 && facts->source == SOURCE_FACTER && !loop) {
        mc_error_set(error, "factsource = facter needs a running node");
        r = -EINVAL;
    }
    if (r != 0) {
        mc_facts_free(facts);
        return r;
    }
    (void)mc_facts_get(facts);
    *ret_facts = facts;
    return 0;
}

struct mc_facts *mc_facts_free(struct mc_facts *facts)
{
    if (facts) {
        mc_child_kill(facts->child);
        mc_arena_free(facts->arena);
        mc_arena_free(facts->before);
        mc_memory_free(facts->files);
        mc_memory_free(facts->command);
    }
    return mc_memory_free(facts);
}
