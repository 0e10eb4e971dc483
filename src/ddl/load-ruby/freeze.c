/* Ruby values -> mc_value, out of the machine into an arena. */
#include "ddl/load-ruby/ruby-private.h"

#include <errno.h>
#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/hash.h>
#include <mruby/string.h>

static struct mc_value *keep(mrb_state *mrb, struct mc_value *value)
{
    struct mc_ddl__recorder *recorder = mrb->ud;

    if (!value) {
        recorder->status = -ENOMEM;
        mrb_raise(mrb, mrb->eStandardError_class, "out of memory");
    }
    return value;
}

static struct mc_bytes bytes_of(mrb_value string)
{
    return mc_bytes_make(RSTRING_PTR(string), (size_t)RSTRING_LEN(string));
}

static struct mc_value *freeze_array(mrb_state *mrb, mrb_value value, unsigned depth)
{
    struct mc_ddl__recorder *recorder = mrb->ud;
    struct mc_value *array = keep(mrb, mc_value_array(recorder->arena));

    for (mrb_int i = 0; i < RARRAY_LEN(value); i++) {
        struct mc_value *item =
            mc_ddl__ruby_freeze(mrb, RARRAY_PTR(value)[i], depth + 1);
        int r = mc_value_push(recorder->arena, array, item);
        keep(mrb, r == 0 ? array : NULL);
    }
    return array;
}

static struct mc_value *freeze_hash(mrb_state *mrb, mrb_value value, unsigned depth)
{
    struct mc_ddl__recorder *recorder = mrb->ud;
    struct mc_value *hash = keep(mrb, mc_value_hash(recorder->arena));
    mrb_value keys = mrb_hash_keys(mrb, value);

    for (mrb_int i = 0; i < RARRAY_LEN(keys); i++) {
        mrb_value key = RARRAY_PTR(keys)[i];
        struct mc_value *frozen = mc_ddl__ruby_freeze(mrb, key, depth + 1);
        struct mc_value *item =
            mc_ddl__ruby_freeze(mrb, mrb_hash_get(mrb, value, key), depth + 1);
        int r = mc_value_add(recorder->arena, hash, frozen, item);
        keep(mrb, r == 0 ? hash : NULL);
    }
    return hash;
}

/* A Class says a type in :validation: {:class => "Name"}, which no codec refuses. */
static struct mc_value *freeze_class(mrb_state *mrb, mrb_value value)
{
    struct mc_ddl__recorder *recorder = mrb->ud;
    const char *name = mrb_class_name(mrb, mrb_class_ptr(value));
    struct mc_value *hash = keep(mrb, mc_value_hash(recorder->arena));
    int r = mc_value_set_symbol(recorder->arena, hash, "class",
                                mc_value_text(recorder->arena, name ? name : "Class"));

    return keep(mrb, r == 0 ? hash : NULL);
}

static struct mc_value *freeze_other(mrb_state *mrb, mrb_value value)
{
    struct mc_ddl__recorder *recorder = mrb->ud;
    mrb_value source = mrb_nil_value();
    unsigned options = 0;

    if (mc_ddl__ruby_is_regexp(mrb, value, &source, &options)) {
        return keep(mrb, mc_value_regexp(recorder->arena, bytes_of(source), options));
    }
    mrb_raisef(mrb, mrb_class_get(mrb, "TypeError"), "%C cannot be kept in a DDL",
               mrb_obj_class(mrb, value));
}

struct mc_value *mc_ddl__ruby_freeze(mrb_state *mrb, mrb_value value, unsigned depth)
{
    struct mc_ddl__recorder *recorder = mrb->ud;

    if (depth >= MC_VALUE_DEPTH_MAX) {
        mrb_raise(mrb, mrb_class_get(mrb, "ArgumentError"), "nested too deep");
    }
    if (mrb_nil_p(value)) {
        return keep(mrb, mc_value_nil(recorder->arena));
    }
    if (mrb_true_p(value) || mrb_false_p(value)) {
        return keep(mrb, mc_value_bool(recorder->arena, mrb_true_p(value)));
    }
    if (mrb_integer_p(value)) {
        return keep(mrb, mc_value_int(recorder->arena, mrb_integer(value)));
    }
    if (mrb_float_p(value)) {
        return keep(mrb, mc_value_float(recorder->arena, mrb_float(value)));
    }
    if (mrb_string_p(value)) {
        return keep(mrb, mc_value_string(recorder->arena, bytes_of(value)));
    }
    if (mrb_symbol_p(value)) {
        mrb_int len = 0;
        const char *name = mrb_sym_name_len(mrb, mrb_symbol(value), &len);
        return keep(mrb, mc_value_symbol_bytes(recorder->arena,
                                               mc_bytes_make(name, (size_t)len)));
    }
    if (mrb_array_p(value)) {
        return freeze_array(mrb, value, depth);
    }
    if (mrb_hash_p(value)) {
        return freeze_hash(mrb, value, depth);
    }
    return mrb_class_p(value) ? freeze_class(mrb, value) : freeze_other(mrb, value);
}
