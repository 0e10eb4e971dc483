/* The machine: opened, run, closed; see ruby.h.
 *
 * Its memory is counted and capped. mruby raises through longjmp, so everything that
 * may raise runs below mrb_protect_error(). */
#include "ruby/ruby.h"

#include "base/memory.h"
#include <errno.h>
#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/compile.h>
#include <mruby/error.h>
#include <mruby/irep.h>
#include <mruby/debug.h> /* wants irep.h before it */
#include <mruby/proc.h>
#include <mruby/string.h>
#include <mruby/variable.h>
#include <stdlib.h>
#include <string.h>

/* The list of parts that mruby asks for when it opens a machine; the library's own
 * list, which has files and sockets in it, stays unlinked because of this one. */
void mrb_init_mrbgems(mrb_state *mrb);
#define PART(name) void GENERATED_TMP_mrb_mruby_##name##_gem_init(mrb_state *mrb);
#define DATA_PARTS    \
    PART(compar_ext)  \
    PART(enum_ext)    \
    PART(string_ext)  \
    PART(array_ext)   \
    PART(hash_ext)    \
    PART(numeric_ext) \
    PART(symbol_ext)  \
    PART(object_ext)
#define REPORT_PARTS \
    PART(sprintf)    \
    PART(math)       \
    PART(range_ext)  \
    PART(proc_ext)   \
    PART(kernel_ext) \
    PART(struct)     \
    PART(time)       \
    PART(class_ext)  \
    PART(toplevel_ext)
DATA_PARTS
REPORT_PARTS
#undef PART

/* What the allocator gets: the counter, and which parts this machine has. */
struct heap
{
    size_t used;
    size_t max;
    enum mc_ruby_parts parts;
};

void mrb_init_mrbgems(mrb_state *mrb)
{
    const struct heap *heap = mrb->allocf_ud;

#define PART(name) GENERATED_TMP_mrb_mruby_##name##_gem_init(mrb);
    DATA_PARTS
    if (heap->parts == MC_RUBY_PARTS_REPORT) {
        REPORT_PARTS
    }
#undef PART
}

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
    if (len > old && len - old > heap->max - heap->used) {
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
    const struct mc_ruby_spec *spec;
    struct mc_bytes text;
    const char *path;
    struct mc_error *error;
    int result;
};

void mc_ruby_place(mrb_state *mrb, mrb_value exception, const char *path,
                   char *ret_place, size_t len)
{
    mrb_value trace = mrb_exc_backtrace(mrb, exception);

    ret_place[0] = 0;
    for (mrb_int i = 0; mrb_array_p(trace) && i < RARRAY_LEN(trace); i++) {
        mrb_value entry = RARRAY_PTR(trace)[i];
        if (!mrb_string_p(entry)) {
            continue;
        }
        const char *place = mrb_string_cstr(mrb, entry);
        const char *end = strstr(place, ":in ");
        size_t bytes = end ? (size_t)(end - place) : strlen(place);
        bool known = bytes > 2 && memcmp(place + bytes - 2, ":0", 2) != 0;
        if (known && strncmp(place, path, strlen(path)) == 0) {
            bytes = bytes < len ? bytes : len - 1;
            memcpy(ret_place, place, bytes);
            ret_place[bytes] = 0;
            return;
        }
    }
}

const char *mc_ruby_words(mrb_state *mrb, mrb_value exception)
{
    mrb_value words = mrb_funcall(mrb, exception, "message", 0);

    return mrb_string_p(words) ? mrb_string_cstr(mrb, words) : "?";
}

int64_t mc_ruby_line(const mrb_state *mrb)
{
    for (const mrb_callinfo *ci = mrb->c->ci; ci > mrb->c->cibase;) {
        ci--;
        const mrb_irep *irep =
            ci->proc && !MRB_PROC_CFUNC_P(ci->proc) ? ci->proc->body.irep : NULL;
        if (!irep || !ci->pc || ci->pc <= irep->iseq) {
            continue;
        }
        int32_t line = mrb_debug_get_line((mrb_state *)(uintptr_t)mrb, irep,
                                          (uint32_t)(ci->pc - irep->iseq - 1));
        if (line > 0) {
            return line;
        }
    }
    return 0;
}

/* Ruby's own words for an uncaught exception, behind file and line. */
static void report(mrb_state *mrb, struct run *run)
{
    mrb_value exception = mrb_obj_value(mrb->exc);
    char place[MC_ERROR_TEXT_BYTES];

    mrb->exc = NULL;
    mc_ruby_place(mrb, exception, run->path, place, sizeof(place));
    mc_error_set(run->error, "%s: %s (%s)", place[0] ? place : run->path,
                 mc_ruby_words(mrb, exception), mrb_obj_classname(mrb, exception));
}

/* Parse; a wrong text is said. Returns NULL then. */
static struct mrb_parser_state *parse(mrb_state *mrb, struct mc_bytes text,
                                      const char *path, mrbc_context *context,
                                      struct mc_error *error)
{
    context->capture_errors = TRUE;
    mrbc_filename(mrb, context, path);
    struct mrb_parser_state *parser =
        mrb_parse_nstring(mrb, (const char *)text.data, text.len, context);
    if (parser && parser->nerr > 0) {
        const char *message = parser->error_buffer[0].message;
        mc_error_set(error, "%s:%d: this is not Ruby: %s", path,
                     parser->error_buffer[0].lineno, message ? message : "?");
        mrb_parser_free(parser);
        return NULL;
    }
    return parser;
}

int mc_ruby_compile(mrb_state *mrb, struct mc_bytes text, const char *name,
                    unsigned line, mrb_value *ret_proc, struct mc_error *error)
{
    mrbc_context *context = mrbc_context_new(mrb);
    mrb_value block = mrb_str_new_lit(mrb, "Proc.new {\n");

    /* The bracket on a line of its own would be named as the place of an error. */
    bool comment = mc_bytes_find(text, '#') < text.len;
    mrb_str_cat(mrb, block, (const char *)text.data, text.len);
    mrb_str_cat_cstr(mrb, block, comment ? "\n}" : " }");
    context->lineno = (uint16_t)(line && line < UINT16_MAX ? line - 1 : 0);
    struct mrb_parser_state *parser =
        parse(mrb, mc_ruby_bytes(block), name, context, error);
    mrb_value proc = parser ? mrb_load_exec(mrb, parser, context) : mrb_nil_value();
    mrbc_context_free(mrb, context);
    if (!parser || mrb->exc) {
        return MC_RUBY_BROKEN;
    }
    mrb_gc_protect(mrb, proc);
    *ret_proc = proc;
    return 0;
}

static void run_text(mrb_state *mrb, struct run *run)
{
    mrbc_context *context = mrbc_context_new(mrb);
    struct mrb_parser_state *parser =
        parse(mrb, run->text, run->path, context, run->error);

    if (parser) {
        mrb_load_exec(mrb, parser, context);
        run->result = mrb->exc ? MC_RUBY_BROKEN : 0;
    }
    mrbc_context_free(mrb, context);
    if (mrb->exc) {
        report(mrb, run);
    }
}

static mrb_value run_protected(mrb_state *mrb, void *user)
{
    struct run *run = user;

    mc_ruby_define_regexp(mrb);
    run->spec->setup(mrb);
    run_text(mrb, run);
    return mrb_nil_value();
}

/* Instance_eval and its like would give other objects our words; GC tells of memory. */
void mc_ruby_remove_outside(mrb_state *mrb)
{
    static const char *const names[] = {"`", "instance_eval", "instance_exec", NULL};

    for (const char *const *name = names; *name; name++) {
        mrb_undef_method(mrb, mrb->kernel_module, *name);
        mrb_undef_method(mrb, mrb_class_get(mrb, "BasicObject"), *name);
        mrb_undef_class_method(mrb, mrb->kernel_module, *name);
    }
    mrb_undef_method(mrb, mrb->module_class, "module_eval");
    mrb_undef_method(mrb, mrb->module_class, "class_eval");
    mrb_const_remove(mrb, mrb_obj_value(mrb->object_class), mrb_intern_cstr(mrb, "GC"));
}

int mc_ruby_run(const struct mc_ruby_spec *spec, struct mc_bytes text, const char *path,
                struct mc_error *error)
{
    struct heap heap = {.max = spec->heap_bytes_max, .parts = spec->parts};
    struct mc_error words = {""};
    struct run run = {spec, text, path, &words, MC_RUBY_BROKEN};
    mrb_bool raised = FALSE;

    mrb_state *mrb = mrb_open_allocf(allocate, &heap);
    if (!mrb) {
        return -ENOMEM;
    }
    mrb->ud = spec->user;
    (void)mrb_protect_error(mrb, run_protected, &run, &raised);
    mrb_close(mrb);
    if (raised || run.result != 0) {
        mc_error_set(error, "%s%s", words.text[0] ? "" : path,
                     words.text[0] ? words.text : ": cannot be evaluated");
        return MC_RUBY_BROKEN;
    }
    return 0;
}
