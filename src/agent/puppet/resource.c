/* Managing one resource through `puppet resource`. Everything is denied until lists of
 * types, and of names for a type, allow it; what Puppet manages on this node is left to
 * it unless a setting says otherwise. */
#include "agent/puppet/puppet-private.h"

#include "base/buffer.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define OUTPUT_BYTES_MAX ((size_t)256 * 1024)
#define ENDING_MS 5000
#define RUN_MAX_MS (120 * 1000)
#define PARAMETERS_MAX 32
#define NAME_BYTES_MAX 64

struct job
{
    struct mc_agent_call *call;
    struct mc_child *child;
    const char *title; /* "file[/etc/motd]" */
};

/* Whether a comma list has a word. */
static bool listed(const char *list, const char *word)
{
    size_t wanted = strlen(word);

    while (*list) {
        size_t len = strcspn(list, ",");
        struct mc_bytes item = mc_bytes_trim(mc_bytes_make(list, len));
        if (item.len == wanted && memcmp(item.data, word, wanted) == 0) {
            return true;
        }
        list += len + (list[len] == ',');
    }
    return false;
}

/* What the two lists under a name say: 1 allowed, 0 denied, -1 nothing. */
static int listed_as(const struct mc_config *config, const char *what,
                     const char *suffix, const char *word)
{
    char key[128];

    (void)snprintf(key, sizeof(key), "puppet.resource_%s_whitelist%s", what, suffix);
    const char *white = mc_config_plugin(config, key, NULL);
    (void)snprintf(key, sizeof(key), "puppet.resource_%s_blacklist%s", what, suffix);
    const char *black = mc_config_plugin(config, key, NULL);
    if (black && listed(black, word)) {
        return 0;
    }
    return white ? listed(white, word) : black ? 1 : -1;
}

static bool name_of_type(const char *type)
{
    size_t len = strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789_:");

    return *type && len < NAME_BYTES_MAX && !type[len];
}

/* Whether this may be done at all; else the call has its failure. */
static bool allowed(const struct mc_puppet__agent *agent, struct mc_agent_call *call,
                    const char *type, const char *name)
{
    const struct mc_config *config = mc_puppet__config(agent);
    char suffix[NAME_BYTES_MAX + 2];

    if (!name_of_type(type)) {
        mc_agent_fail(call, MC_STATUS_INVALID_DATA,
                      "'%.50s' cannot be a type of Puppet", type);
        return false;
    }
    if (!*name || *name == '-') {
        mc_agent_fail(call, MC_STATUS_INVALID_DATA,
                      "'%.150s' cannot be the name of a resource", name);
        return false;
    }
    (void)snprintf(suffix, sizeof(suffix), ".%s", type);
    if (listed_as(config, "type", "", type) != 1) {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "Managing resources of type '%s' is not allowed on this node",
                      type);
        return false;
    }
    if (listed_as(config, "name", suffix, name) == 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "Managing '%s[%.150s]' is not allowed on this node", type, name);
        return false;
    }
    return true;
}

static bool left_to_puppet(const struct mc_puppet__agent *agent,
                           struct mc_agent_call *call, const char *title)
{
    struct mc_puppet_files files;
    bool managed_too = false;

    if (!mc_puppet__files(agent, call, &files)) {
        return true;
    }
    (void)!mc_config_plugin_bool(mc_puppet__config(agent),
                                 "puppet.resource_allow_managed_resources", false,
                                 &managed_too, NULL);
    if (managed_too || !mc_puppet_manages(&files, title, mc_agent_arena(call))) {
        return false;
    }
    mc_agent_fail(
        call, MC_STATUS_ABORTED,
        "Puppet is managing the resource '%s', refusing to create conflicting "
        "states",
        title);
    return true;
}

static const char *text_of(const struct mc_value *value, struct mc_arena *arena)
{
    if (mc_value_is(value, MC_INT)) {
        return mc_arena_printf(arena, "%lld", (long long)value->integer);
    }
    if (mc_value_is(value, MC_BOOL)) {
        return value->boolean ? "true" : "false";
    }
    return mc_value_cstr(value);
}

/* key=value for each further input; else the call has its failure. */
static bool add_parameters(struct mc_puppet__line *line, struct mc_agent_call *call)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    const struct mc_value *inputs = mc_agent_inputs(call);
    struct mc_arena *arena = mc_agent_arena(call);
    size_t count = 0;

    for (size_t i = 0; i < mc_value_count(inputs); i++) {
        const char *key = mc_value_cstr(mc_value_key(inputs, i));
        if (key && listed("type,name,process_results", key)) {
            continue;
        }
        const char *value = text_of(mc_value_item(inputs, i), arena);
        if (!key || !*key || key[strspn(key, letters)] || !value ||
            ++count > PARAMETERS_MAX) {
            mc_agent_fail(call, MC_STATUS_INVALID_DATA,
                          "'%.60s' cannot be used as a property", key ? key : "");
            return false;
        }
        mc_puppet__add(line, mc_arena_printf(arena, "%s=%s", key, value));
    }
    return true;
}

/* The first line that begins with a word, without that. */
static struct mc_bytes line_with(struct mc_bytes text, const char *prefix)
{
    while (text.len) {
        size_t end = mc_bytes_find(text, '\n');
        struct mc_bytes line = mc_bytes_slice(text, 0, end);
        if (mc_bytes_starts(line, prefix)) {
            return mc_bytes_trim(mc_bytes_slice(line, strlen(prefix), SIZE_MAX));
        }
        text = mc_bytes_slice(text, end + 1, SIZE_MAX);
    }
    return text;
}

static void ended(void *user, const struct mc_child_result *result)
{
    struct job *job = user;
    struct mc_agent_call *call = job->call;
    struct mc_arena *arena = mc_agent_arena(call);
    struct mc_bytes wrong = line_with(result->output, "Error: ");
    bool changed = line_with(result->output, "Notice: /").len > 0;

    job->child = NULL;
    mc_agent_set_text(call, "result",
                      mc_arena_text(arena, mc_bytes_trim(result->output)));
    mc_agent_set(call, "changed", mc_value_bool(arena, changed && !wrong.len));
    if (result->end == MC_CHILD_TIMEOUT) {
        mc_agent_out_of_time(call, "Puppet did not finish with '%s' in time",
                             job->title);
    } else if (wrong.len) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "Puppet could not manage '%s': %.*s",
                      job->title, (int)(wrong.len < 400 ? wrong.len : 400),
                      (const char *)wrong.data);
    } else if (result->end != MC_CHILD_EXITED || result->code != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "Puppet could not manage '%s': %s %d",
                      job->title,
                      result->end == MC_CHILD_EXITED      ? "it ended with exit code"
                      : result->end == MC_CHILD_SIGNALLED ? "it was ended by signal"
                                                          : "it did not start, error",
                      result->code);
    }
    mc_agent_finish(call);
}

static void aborted(void *user)
{
    struct job *job = user;

    job->child = mc_child_kill(job->child);
}

static unsigned time_for(const struct mc_agent_call *call)
{
    unsigned left_ms = mc_agent_time_left_ms(call);

    left_ms = left_ms > ENDING_MS ? left_ms - ENDING_MS : 1;
    return left_ms < RUN_MAX_MS ? left_ms : RUN_MAX_MS;
}

static void start(const struct mc_puppet__agent *agent, struct job *job,
                  const struct mc_puppet__line *line)
{
    static const char *const env[] = {"LC_ALL=C.UTF-8", NULL};
    const struct mc_child_spec spec = {
        .argv = line->words,
        .env = env,
        .timeout_ms = time_for(job->call),
        .output_bytes_max = OUTPUT_BYTES_MAX,
        .merge_errors = true,
    };
    int r = mc_child_start(agent->host->ops->loop(agent->host->node), &spec, ended, job,
                           &job->child);

    if (r != 0) {
        mc_agent_fail(job->call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
        mc_agent_finish(job->call);
    } else {
        mc_agent_on_abort(job->call, aborted, job);
    }
}

/* The command line; else the call has its failure. */
static bool make_line(const struct mc_puppet__agent *agent, struct mc_agent_call *call,
                      const char *type, const char *name, struct mc_puppet__line *line)
{
    line->count = mc_puppet_command(mc_puppet__config(agent), "puppet.resource_command",
                                    "puppet resource", mc_agent_arena(call),
                                    line->words, MC_PUPPET__WORDS_MAX / 4);
    line->failed = !line->count;
    mc_puppet__add(line, "--color=false");
    mc_puppet__add(line, type);
    mc_puppet__add(line, name);
    return add_parameters(line, call) &&
           mc_puppet__runs(line, call, "puppet.resource_command");
}

void mc_puppet__resource(void *state, struct mc_agent_call *call)
{
    const struct mc_puppet__agent *agent = state;
    struct mc_arena *arena = mc_agent_arena(call);
    const char *name = mc_agent_input_text(call, "name", "");
    char *type = mc_arena_strdup(arena, mc_agent_input_text(call, "type", ""));
    struct job *job = mc_arena_alloc(arena, sizeof(*job));
    struct mc_puppet__line *line = mc_arena_alloc(arena, sizeof(*line));

    for (char *c = type; c && *c; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    }
    const char *title = type ? mc_arena_printf(arena, "%s[%s]", type, name) : NULL;
    if (!job || !line || !title) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
    } else if (allowed(agent, call, type, name) &&
               !left_to_puppet(agent, call, title) &&
               make_line(agent, call, type, name, line)) {
        *job = (struct job){.call = call, .title = title};
        start(agent, job, line);
        return;
    }
    mc_agent_finish(call);
}
