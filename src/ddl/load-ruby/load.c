/* Ruby .ddl files -> DDL, by way of a process that does nothing else.
 *
 * mruby cannot be given a time limit, its parser is not hardened, and its memory would
 * stay with us: so each file is evaluated in a confined fork, and only statements come
 * back, as Marshal. They are read as foreign bytes, for a file may have taken over the
 * process that evaluated it. */
#include "ddl/load-ruby/ruby-private.h"

#include "base/confine.h"
#include "codec/codec.h"
#include <errno.h>
#include <string.h>

#define SCRATCH_BYTES_MAX ((size_t)32 * 1024 * 1024)

struct job
{
    struct mc_bytes text;
    const char *path;
};

/* Evaluate in this process: no time limit, memory capped. Returns 0; MC_RUBY_BROKEN;
 * -ENOMEM. */
static int statements_of(const struct job *job, struct mc_arena *arena,
                         const struct mc_value **ret_statements, struct mc_error *error)
{
    struct mc_ddl__recorder recorder = {.arena = arena,
                                        .statements = mc_value_array(arena)};
    const struct mc_ruby_spec spec = {
        .parts = MC_RUBY_PARTS_DATA,
        .heap_bytes_max = MC_DDL_RUBY_HEAP_BYTES_MAX,
        .setup = mc_ddl__ruby_define_statements,
        .user = &recorder,
    };

    if (!recorder.statements) {
        return -ENOMEM;
    }
    int r = mc_ruby_run(&spec, job->text, job->path, error);
    r = recorder.status < 0 ? recorder.status : r;
    if (r == 0) {
        *ret_statements = recorder.statements;
    }
    return r;
}

/* In the confined process: append [result, words, statements or nil]. */
static void evaluate(void *user, struct mc_buffer *out)
{
    const struct job *job = user;
    struct mc_arena *arena = mc_arena_new(SCRATCH_BYTES_MAX);
    const struct mc_value *statements = NULL;
    struct mc_error words = {""};
    struct mc_bytes bytes = {NULL, 0};

    if (!arena) {
        return;
    }
    int r = statements_of(job, arena, &statements, &words);
    struct mc_value *answer = mc_value_array(arena);
    if (!statements) {
        statements = mc_value_nil(arena);
    }
    if (mc_value_push(arena, answer, mc_value_int(arena, r)) == 0 &&
        mc_value_push(arena, answer, mc_value_text(arena, words.text)) == 0 &&
        mc_value_push(arena, answer, statements) == 0 &&
        mc_marshal_encode(answer, arena, &bytes, NULL) == 0) {
        mc_buffer_append(out, bytes);
    }
    mc_arena_free(arena);
}

/* Whether the answer has the shape of statements; build.c checks what they say. */
static bool is_statements(const struct mc_value *list)
{
    if (!mc_value_is(list, MC_ARRAY) || list->array.count > MC_DDL_STATEMENTS_MAX) {
        return false;
    }
    for (size_t i = 0; i < list->array.count; i++) {
        const struct mc_value *item = list->array.items[i];
        if (!mc_value_is(item, MC_ARRAY) || item->array.count != 3 ||
            !mc_value_is(item->array.items[0], MC_INT) ||
            !mc_value_is(item->array.items[1], MC_SYMBOL) ||
            !mc_value_cstr(item->array.items[1]) ||
            !mc_value_is(item->array.items[2], MC_ARRAY)) {
            return false;
        }
    }
    return true;
}

static int read_answer(struct mc_bytes bytes, const char *path, struct mc_arena *arena,
                       const struct mc_value **ret_statements, struct mc_error *error)
{
    const struct mc_value *answer = NULL;
    struct mc_error words = {""};

    int r = mc_marshal_decode(bytes, 0, arena, &answer, &words);
    if (r < 0) {
        return r;
    }
    if (r > 0 || !mc_value_is(answer, MC_ARRAY) || answer->array.count != 3 ||
        !mc_value_is(answer->array.items[0], MC_INT)) {
        mc_error_set(error, "%s: its evaluation gave nothing that can be used", path);
        return MC_DDL_BROKEN;
    }
    if (answer->array.items[0]->integer == -ENOMEM) {
        mc_error_set(error, "%s: it takes too much memory", path);
        return MC_DDL_BROKEN;
    }
    if (answer->array.items[0]->integer != 0 ||
        !is_statements(answer->array.items[2])) {
        const char *text = mc_value_cstr(answer->array.items[1]);
        mc_error_set(error, "%s", text ? text : "?");
        return MC_DDL_BROKEN;
    }
    *ret_statements = answer->array.items[2];
    return 0;
}

static int run(const struct job *job, struct mc_arena *arena,
               const struct mc_value **ret_statements, struct mc_error *error)
{
    struct job copy = *job;
    const struct mc_confine_spec spec = {
        .fn = evaluate,
        .user = &copy,
        .cpu_ms = MC_DDL_RUBY_CPU_MS,
        .wall_ms = MC_DDL_RUBY_WALL_MS,
        .output_bytes_max = MC_DDL_RUBY_RESULT_BYTES_MAX,
    };
    struct mc_arena *scratch = mc_arena_new(MC_DDL_RUBY_RESULT_BYTES_MAX + 4096);
    struct mc_bytes bytes = {NULL, 0};
    struct mc_error words = {""};

    if (!scratch) {
        return -ENOMEM;
    }
    int r = mc_confine_run(&spec, scratch, &bytes, &words);
    if (r == 0) {
        r = read_answer(bytes, job->path, arena, ret_statements, error);
    } else {
        mc_error_set(error, "%s: cannot be evaluated: %s", job->path, words.text);
        r = r > 0 ? MC_DDL_BROKEN : r;
    }
    mc_arena_free(scratch);
    return r;
}

int mc_ddl_load_ruby(struct mc_bytes text, const char *path, enum mc_ddl_kind kind,
                     const char *name, struct mc_arena *arena, struct mc_ddl **ret_ddl,
                     struct mc_error *error)
{
    const struct job job = {text, path};
    const struct mc_value *statements = NULL;

    if (text.len > MC_DDL_FILE_BYTES_MAX) {
        mc_error_set(error, "%s: is too long", path);
        return MC_DDL_BROKEN;
    }
    int r = run(&job, arena, &statements, error);
    return r == 0 ? mc_ddl__build(statements, path, kind, name, arena, ret_ddl, error)
                  : r;
}
