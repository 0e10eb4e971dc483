/* One start of a program: the folder with its files, its environment, and afterwards
 * what it printed. */
#include "agent/external/external-private.h"

#include "codec/codec.h"
#include <errno.h>
#include <signal.h>
#include <string.h>

#define ENV_MAX 16

struct environment
{
    const char *items[ENV_MAX];
    size_t count;
    bool failed;
};

static void add(struct environment *env, struct mc_arena *arena, const char *name,
                const char *folder, const char *value)
{
    const char *item = folder ? mc_arena_printf(arena, "%s=%s/%s", name, folder, value)
                              : mc_arena_printf(arena, "%s=%s", name, value);

    if (!item || env->count + 1 >= ENV_MAX) {
        env->failed = true;
    } else {
        env->items[env->count++] = item;
    }
}

/* A process that changes its user finds its own home, not ours. */
static void add_account(struct environment *env, struct mc_arena *arena,
                        const struct mc_account *account)
{
    add(env, arena, "USER", NULL, account->name);
    add(env, arena, "LOGNAME", NULL, account->name);
    add(env, arena, "HOME", NULL, account->home);
}

static const char *request_file(const struct mc_external__agent *agent)
{
    return agent->kind == MC_EXTERNAL__RUBY ? MC_EXTERNAL__RUBY_REQUEST_FILE
                                            : MC_EXTERNAL__REQUEST_FILE;
}

const char *mc_external__reply_file(const struct mc_external__agent *agent)
{
    return agent->kind == MC_EXTERNAL__RUBY ? MC_EXTERNAL__RUBY_REPLY_FILE
                                            : MC_EXTERNAL__REPLY_FILE;
}

static struct environment make_environment(const struct mc_external__job *job)
{
    struct environment env = {.count = 0};
    struct mc_arena *arena = job->arena;
    const char *folder = mc_scratch_path(job->scratch);

    if (job->protocol) {
        add(&env, arena, "CHORIA_EXTERNAL_REQUEST", folder, MC_EXTERNAL__REQUEST_FILE);
        add(&env, arena, "CHORIA_EXTERNAL_REPLY", folder, MC_EXTERNAL__REPLY_FILE);
        add(&env, arena, "CHORIA_EXTERNAL_PROTOCOL", NULL, job->protocol);
    } else if (job->agent->kind == MC_EXTERNAL__DECLARED) {
        add(&env, arena, "MCOLLECTIVE_REQUEST_FILE", folder, MC_EXTERNAL__REQUEST_FILE);
        add(&env, arena, "MCOLLECTIVE_REPLY_FILE", folder, MC_EXTERNAL__REPLY_FILE);
        add(&env, arena, "LC_ALL", NULL, "C");
    }
    add(&env, arena, "CHORIA_EXTERNAL_CONFIG", folder, MC_EXTERNAL__CONFIG_FILE);
    add(&env, arena, "CHORIA_EXTERNAL_FACTS", folder, MC_EXTERNAL__FACTS_FILE);
    if (job->agent->account) {
        add_account(&env, arena, job->agent->account);
    }
    return env;
}

/* The facts as JSON; a node that has none, or odd ones, gives an empty object. */
static struct mc_bytes facts_of(const struct mc_external__job *job)
{
    const struct mc_agent_host *host = job->agent->spec->host;
    const struct mc_value *facts =
        host->ops->facts ? host->ops->facts(host->node) : NULL;
    struct mc_bytes text = MC_BYTES("{}");

    if (facts && mc_json_encode(facts, job->arena, &text, NULL) != 0) {
        return MC_BYTES("{}");
    }
    return text;
}

static int write_files(const struct mc_external__job *job, struct mc_error *error)
{
    const struct
    {
        const char *name;
        struct mc_bytes content;
    } files[] = {
        {request_file(job->agent), job->request},
        {mc_external__reply_file(job->agent), MC_BYTES("")},
        {MC_EXTERNAL__CONFIG_FILE, job->agent->settings},
        {MC_EXTERNAL__FACTS_FILE, facts_of(job)},
    };
    int r = 0;

    for (size_t i = 0; r == 0 && i < MC_COUNT(files); i++) {
        r = mc_scratch_write(job->scratch, files[i].name, files[i].content, error);
    }
    return r;
}

int mc_external__start(struct mc_external__job *job, struct mc_loop *loop,
                       mc_child_fn *fn, void *user, struct mc_child **ret_child,
                       struct mc_error *error)
{
    int r = mc_scratch_new(job->agent->account, &job->scratch, error);

    if (r != 0) {
        return r;
    }
    const char *folder = mc_scratch_path(job->scratch);
    const char *request =
        mc_arena_printf(job->arena, "%s/%s", folder, request_file(job->agent));
    const char *reply = mc_arena_printf(job->arena, "%s/%s", folder,
                                        mc_external__reply_file(job->agent));
    const char *const plain[] = {job->program, request, reply, job->protocol, NULL};
    const char *const script[] = {
        job->program, "--disable=gems", job->script, request, reply, NULL};
    struct environment env = make_environment(job);
    const struct mc_child_spec spec = {
        .argv = job->script ? script : plain,
        .env = env.items,
        .folder = folder,
        .timeout_ms = job->timeout_ms,
        .output_bytes_max = MC_EXTERNAL_OUTPUT_BYTES_MAX,
        .account = job->agent->account,
    };
    r = request && reply && !env.failed ? write_files(job, error) : -ENOMEM;
    if (r == 0) {
        r = mc_child_start(loop, &spec, fn, user, ret_child);
    }
    if (r == -ENOMEM) {
        mc_error_set(error, "not enough memory");
    }
    if (r != 0) {
        mc_external__clean(job);
    }
    return r;
}

void mc_external__clean(struct mc_external__job *job)
{
    const char *folder =
        job->scratch ? mc_arena_strdup(job->arena, mc_scratch_path(job->scratch)) : "";
    const struct mc_field fields[] = {
        MC_FIELD_STR("agent", job->agent->ops.name),
        MC_FIELD_STR("folder", folder),
    };

    if (!mc_scratch_remove(job->scratch)) {
        mc_event_emit(job->agent->spec->sink, MC_EVENT_external_left, fields,
                      MC_COUNT(fields));
    }
    job->scratch = NULL;
}

static void log_line(const struct mc_external__job *job, enum mc_event_id id,
                     struct mc_bytes line)
{
    char text[MC_EXTERNAL_LINE_BYTES_MAX + 1];

    line = mc_bytes_slice(line, 0, MC_EXTERNAL_LINE_BYTES_MAX);
    memcpy(text, line.data, line.len);
    text[line.len] = '\0';
    const struct mc_field fields[] = {
        MC_FIELD_STR("agent", job->agent->ops.name),
        MC_FIELD_STR("action", job->action ? job->action : "activation"),
        MC_FIELD_STR("text", text),
    };
    mc_event_emit(job->agent->spec->sink, id, fields, MC_COUNT(fields));
}

static void log_stream(const struct mc_external__job *job, enum mc_event_id id,
                       struct mc_bytes text)
{
    for (unsigned lines = 0; text.len > 0; lines++) {
        size_t len = mc_bytes_find(text, '\n');
        if (lines == MC_EXTERNAL_LINES_MAX) {
            log_line(job, id, MC_BYTES("… and more lines, which are not kept"));
            return;
        }
        if (len > 0) {
            log_line(job, id, mc_bytes_slice(text, 0, len));
        }
        text = mc_bytes_slice(text, len + 1, SIZE_MAX);
    }
}

void mc_external__log_output(const struct mc_external__job *job,
                             const struct mc_child_result *result)
{
    log_stream(job, MC_EVENT_external_errors, result->errors);
    log_stream(job, MC_EVENT_external_output, result->output);
    if (result->output_lost_bytes) {
        struct mc_error words;
        mc_error_set(&words, "… and %zu bytes more, which are not kept",
                     result->output_lost_bytes);
        log_line(job, MC_EVENT_external_output, mc_bytes_text(words.text));
    }
}

bool mc_external__ended_badly(const struct mc_child_result *result,
                              struct mc_error *error)
{
    switch (result->end) {
    case MC_CHILD_EXITED:
        return false;
    case MC_CHILD_SIGNALLED:
        mc_error_set(error, "it was ended by signal %d (%s)", result->code,
                     strsignal(result->code));
        return true;
    case MC_CHILD_TIMEOUT:
        mc_error_set(error, "it did not end in time");
        return true;
    case MC_CHILD_NOT_STARTED:
        mc_error_set(error, "it cannot be run: %s", strerror(result->code));
        return true;
    }
    return false;
}
