/* One mruby machine for one file: opened, run, closed.
 *
 * Its memory is counted and capped. mruby raises through longjmp, so everything that
 * may raise runs below mrb_protect_error(). */
#include "ddl/load-ruby/ruby-private.h"

#include "base/memory.h"
#include <errno.h>
#include <mruby/array.h>
#include <mruby/compile.h>
#include <mruby/error.h>
#include <mruby/string.h>
#include <stdlib.h>
#include <string.h>

/* The list of parts that mruby asks for when it opens a machine; the library's own
 * list, which has files and sockets in it, stays unlinked because of this one. */
void mrb_init_mrbgems(mrb_state *mrb);
void GENERATED_TMP_mrb_mruby_compar_ext_gem_init(mrb_state *mrb);
void GENERATED_TMP_mrb_mruby_enum_ext_gem_init(mrb_state *mrb);
void GENERATED_TMP_mrb_mruby_string_ext_gem_init(mrb_state *mrb);
void GENERATED_TMP_mrb_mruby_array_ext_gem_init(mrb_state *mrb);
void GENERATED_TMP_mrb_mruby_hash_ext_gem_init(mrb_state *mrb);
void GENERATED_TMP_mrb_mruby_numeric_ext_gem_init(mrb_state *mrb);
void GENERATED_TMP_mrb_mruby_symbol_ext_gem_init(mrb_state *mrb);
void GENERATED_TMP_mrb_mruby_object_ext_gem_init(mrb_state *mrb);

void mrb_init_mrbgems(mrb_state *mrb)
{
    GENERATED_TMP_mrb_mruby_compar_ext_gem_init(mrb);
    GENERATED_TMP_mrb_mruby_enum_ext_gem_init(mrb);
    GENERATED_TMP_mrb_mruby_string_ext_gem_init(mrb);
    GENERATED_TMP_mrb_mruby_array_ext_gem_init(mrb);
    GENERATED_TMP_mrb_mruby_hash_ext_gem_init(mrb);
    GENERATED_TMP_mrb_mruby_numeric_ext_gem_init(mrb);
    GENERATED_TMP_mrb_mruby_symbol_ext_gem_init(mrb);
    GENERATED_TMP_mrb_mruby_object_ext_gem_init(mrb);
}

struct heap
{
    size_t used;
};

/* In front of each piece: how long it is. */
struct head
{
    _Alignas(16) size_t len;
};

static void *allocate(mrb_state *mrb, void *memory, size_t len, void *user)
{
    struct heap *heap = user;
    struct head *head = memory ? (struct head *)memory - 1 : NULL;
    size_t old = head ? head->len : 0;

    (void)mrb;
    if (len == 0) {
        heap->used -= old;
        mc_memory_free(head);
        return NULL;
    }
    if (len > old && len - old > MC_DDL_RUBY_HEAP_BYTES_MAX - heap->used) {
        return NULL;
    }
    struct head *moved =
        mc_memory_resize(head, head ? old + sizeof(*head) : 0, len + sizeof(*head));
    if (!moved) {
        return NULL;
    }
    heap->used = heap->used - old + len;
    moved->len = len;
    return moved + 1;
}

struct run
{
    struct mc_bytes text;
    const char *path;
    struct mc_error *error;
    int result;
};

/* The line of the first place of a backtrace that lies in our file. */
static long long line_of(mrb_state *mrb, mrb_value exception, const char *path)
{
    mrb_value trace = mrb_exc_backtrace(mrb, exception);
    size_t len = strlen(path);

    for (mrb_int i = 0; mrb_array_p(trace) && i < RARRAY_LEN(trace); i++) {
        mrb_value entry = RARRAY_PTR(trace)[i];
        if (!mrb_string_p(entry)) {
            continue;
        }
        const char *place = mrb_string_cstr(mrb, entry);
        if (strncmp(place, path, len) == 0 && place[len] == ':') {
            return strtoll(place + len + 1, NULL, 10);
        }
    }
    return 0;
}

/* Ruby's own words for an uncaught exception, behind file and line. */
static void report(mrb_state *mrb, struct run *run)
{
    mrb_value exception = mrb_obj_value(mrb->exc);

    mrb->exc = NULL;
    long long line = line_of(mrb, exception, run->path);
    mrb_value words = mrb_funcall(mrb, exception, "message", 0);
    const char *text = mrb_string_p(words) ? mrb_string_cstr(mrb, words) : "?";
    const char *name = mrb_obj_classname(mrb, exception);

    if (line > 0) {
        mc_error_set(run->error, "%s:%lld: %s (%s)", run->path, line, text, name);
    } else {
        mc_error_set(run->error, "%s: %s (%s)", run->path, text, name);
    }
}

static void run_text(mrb_state *mrb, struct run *run)
{
    mrbc_context *context = mrbc_context_new(mrb);

    context->capture_errors = TRUE;
    mrbc_filename(mrb, context, run->path);
    struct mrb_parser_state *parser =
        mrb_parse_nstring(mrb, (const char *)run->text.data, run->text.len, context);
    if (parser && parser->nerr > 0) {
        const char *message = parser->error_buffer[0].message;
        mc_error_set(run->error, "%s:%d: this is not Ruby: %s", run->path,
                     parser->error_buffer[0].lineno, message ? message : "?");
        mrb_parser_free(parser);
    } else if (parser) {
        mrb_load_exec(mrb, parser, context);
        run->result = mrb->exc ? MC_DDL_BROKEN : 0;
    }
    mrbc_context_free(mrb, context);
    if (mrb->exc) {
        report(mrb, run);
    }
}

static mrb_value run_protected(mrb_state *mrb, void *user)
{
    struct run *run = user;

    mc_ddl__ruby_define_regexp(mrb);
    mc_ddl__ruby_define_statements(mrb);
    run_text(mrb, run);
    return mrb_nil_value();
}

int mc_ddl__ruby_evaluate(struct mc_bytes text, const char *path,
                          struct mc_arena *arena,
                          const struct mc_value **ret_statements,
                          struct mc_error *error)
{
    struct heap heap = {0};
    struct mc_ddl__recorder recorder = {.arena = arena,
                                        .statements = mc_value_array(arena)};
    struct mc_error words = {""};
    struct run run = {text, path, &words, MC_DDL_BROKEN};
    mrb_bool raised = FALSE;

    if (!recorder.statements) {
        return -ENOMEM;
    }
    mrb_state *mrb = mrb_open_allocf(allocate, &heap);
    if (!mrb) {
        return -ENOMEM;
    }
    mrb->ud = &recorder;
    (void)mrb_protect_error(mrb, run_protected, &run, &raised);
    mrb_close(mrb);
    if (recorder.status < 0) {
        return recorder.status;
    }
    if (raised || run.result != 0) {
        mc_error_set(error, "%s%s", words.text[0] ? "" : path,
                     words.text[0] ? words.text : ": cannot be evaluated");
        return MC_DDL_BROKEN;
    }
    *ret_statements = recorder.statements;
    return 0;
}
