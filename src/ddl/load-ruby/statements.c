/* The statements of a DDL as methods of the top-level object.
 *
 * They judge nothing: each call is recorded with its line and a copy of its
 * arguments, and blocks are run at once. Rules are build.c's business. */
#include "ddl/load-ruby/ruby-private.h"

#include <errno.h>
#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/error.h>
#include <mruby/hash.h>
#include <mruby/irep.h>
#include <mruby/debug.h> /* wants irep.h before it */
#include <mruby/proc.h>
#include <mruby/string.h>
#include <mruby/variable.h>
#include <string.h>

static _Noreturn void give_up(mrb_state *mrb, int status, const char *words)
{
    struct mc_ddl__recorder *recorder = mrb->ud;

    if (status < 0) {
        recorder->status = status;
    }
    mrb_raise(mrb, mrb->eStandardError_class, words);
}

static void record(mrb_state *mrb, mrb_sym verb, const mrb_value *args, mrb_int count)
{
    struct mc_ddl__recorder *recorder = mrb->ud;
    struct mc_value *list = mc_value_array(recorder->arena);

    for (mrb_int i = 0; i < count; i++) {
        struct mc_value *item = mc_ruby_freeze(mrb, recorder->arena, args[i], 0);
        if (mc_value_push(recorder->arena, list, item) != 0) {
            give_up(mrb, -ENOMEM, "out of memory");
        }
    }
    /* Only now: the name of a short symbol lives in a buffer that all symbols share. */
    int r = mc_ddl__statement(recorder->arena, recorder->statements, mc_ruby_line(mrb),
                              mrb_sym_name(mrb, verb), list);
    if (r != 0) {
        give_up(mrb, r, r < 0 ? "out of memory" : "too many statements");
    }
}

static mrb_value take_plain(mrb_state *mrb, mrb_value self)
{
    const mrb_value *args = NULL;
    mrb_int count = 0;

    (void)self;
    mrb_get_args(mrb, "*", &args, &count);
    record(mrb, mrb_get_mid(mrb), args, count);
    return mrb_nil_value();
}

static mrb_value take_block(mrb_state *mrb, mrb_value self)
{
    const mrb_value *args = NULL;
    mrb_int count = 0;
    mrb_value block = mrb_nil_value();

    (void)self;
    mrb_get_args(mrb, "*&", &args, &count, &block);
    record(mrb, mrb_get_mid(mrb), args, count);
    if (!mrb_nil_p(block)) {
        (void)mrb_yield_argv(mrb, block, 0, NULL);
    }
    record(mrb, mrb_intern_cstr(mrb, "end"), NULL, 0);
    return mrb_nil_value();
}

static mrb_value take_summarize(mrb_state *mrb, mrb_value self)
{
    struct mc_ddl__recorder *recorder = mrb->ud;

    recorder->summaries++;
    (void)take_block(mrb, self);
    recorder->summaries--;
    return mrb_nil_value();
}

/* Inside summarize any name is a function: it becomes {:function, :args}. */
static mrb_value take_unknown(mrb_state *mrb, mrb_value self)
{
    const struct mc_ddl__recorder *recorder = mrb->ud;
    const mrb_value *args = NULL;
    mrb_int count = 0;

    (void)self;
    mrb_get_args(mrb, "*", &args, &count);
    if (count < 1 || !mrb_symbol_p(args[0])) {
        give_up(mrb, 0, "a statement needs a name");
    }
    if (!recorder->summaries) {
        mrb_raisef(mrb, mrb_class_get(mrb, "NoMethodError"),
                   "%n: there is no such statement", mrb_symbol(args[0]));
    }
    mrb_value call = mrb_hash_new(mrb);
    mrb_value list = mrb_ary_new_from_values(mrb, count - 1, args + 1);
    mrb_hash_set(mrb, call, mrb_symbol_value(mrb_intern_cstr(mrb, "function")),
                 args[0]);
    mrb_hash_set(mrb, call, mrb_symbol_value(mrb_intern_cstr(mrb, "args")), list);
    return call;
}

void mc_ddl__ruby_define_statements(mrb_state *mrb)
{
    static const struct
    {
        const char *name;
        mrb_func_t fn;
    } statements[] = {
        {"metadata", take_plain},
        {"requires", take_plain},
        {"usage", take_plain},
        {"display", take_plain},
        {"input", take_plain},
        {"output", take_plain},
        {"aggregate", take_plain},
        {"capabilities", take_plain},
        {"action", take_block},
        {"dataquery", take_block},
        {"discovery", take_block},
        {"summarize", take_summarize},
        {"method_missing", take_unknown},
    };
    struct RObject *top = mrb_obj_ptr(mrb_top_self(mrb));

    mc_ruby_remove_outside(mrb);
    for (size_t i = 0; i < MC_COUNT(statements); i++) {
        mrb_define_singleton_method(mrb, top, statements[i].name, statements[i].fn,
                                    MRB_ARGS_ANY() | MRB_ARGS_BLOCK());
    }
}
