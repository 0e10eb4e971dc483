/* Ruby values <-> mc_value: out of the machine into an arena, and into the machine. */
#include "ruby/ruby.h"

#include "ruby/ruby-private.h"

#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/hash.h>
#include <mruby/string.h>

static struct mc_value *keep(mrb_state *mrb, struct mc_value *value)
{
    if (!value) {
        mrb_raise(mrb, mrb_class_get(mrb, "NoMemoryError"), "Out of memory");
    }
    return value;
}

struct mc_bytes mc_ruby_bytes(mrb_value string)
{
    return mc_bytes_make(RSTRING_PTR(string), (size_t)RSTRING_LEN(string));
}

static struct mc_value *freeze_array(mrb_state *mrb, struct mc_arena *arena,
                                     mrb_value value, unsigned depth)
{
    struct mc_value *array = keep(mrb, mc_value_array(arena));

    for (mrb_int i = 0; i < RARRAY_LEN(value); i++) {
        struct mc_value *item =
            mc_ruby_freeze(mrb, arena, RARRAY_PTR(value)[i], depth + 1);
        int r = mc_value_push(arena, array, item);
        keep(mrb, r == 0 ? array : NULL);
    }
    return array;
}

static struct mc_value *freeze_hash(mrb_state *mrb, struct mc_arena *arena,
                                    mrb_value value, unsigned depth)
{
    struct mc_value *hash = keep(mrb, mc_value_hash(arena));
    mrb_value keys = mrb_hash_keys(mrb, value);

    for (mrb_int i = 0; i < RARRAY_LEN(keys); i++) {
        mrb_value key = RARRAY_PTR(keys)[i];
        struct mc_value *frozen = mc_ruby_freeze(mrb, arena, key, depth + 1);
        struct mc_value *item =
            mc_ruby_freeze(mrb, arena, mrb_hash_get(mrb, value, key), depth + 1);
        int r = mc_value_add(arena, hash, frozen, item);
        keep(mrb, r == 0 ? hash : NULL);
    }
    return hash;
}

/* A Class says a type in :validation: {:class => "Name"}, which no codec refuses. */
static struct mc_value *freeze_class(mrb_state *mrb, struct mc_arena *arena,
                                     mrb_value value)
{
    const char *name = mrb_class_name(mrb, mrb_class_ptr(value));
    struct mc_value *hash = keep(mrb, mc_value_hash(arena));
    int r = mc_value_set_symbol(arena, hash, "class",
                                mc_value_text(arena, name ? name : "Class"));

    return keep(mrb, r == 0 ? hash : NULL);
}

static struct mc_value *freeze_other(mrb_state *mrb, struct mc_arena *arena,
                                     mrb_value value)
{
    mrb_value source = mrb_nil_value();
    unsigned options = 0;

    if (mc_ruby__is_regexp(mrb, value, &source, &options)) {
        return keep(mrb, mc_value_regexp(arena, mc_ruby_bytes(source), options));
    }
    mrb_raisef(mrb, mrb_class_get(mrb, "TypeError"), "%C cannot be kept",
               mrb_obj_class(mrb, value));
}

struct mc_value *mc_ruby_freeze(mrb_state *mrb, struct mc_arena *arena, mrb_value value,
                                unsigned depth)
{
    if (depth >= MC_VALUE_DEPTH_MAX) {
        mrb_raise(mrb, mrb_class_get(mrb, "ArgumentError"), "nested too deep");
    }
    if (mrb_nil_p(value)) {
        return keep(mrb, mc_value_nil(arena));
    }
    if (mrb_true_p(value) || mrb_false_p(value)) {
        return keep(mrb, mc_value_bool(arena, mrb_true_p(value)));
    }
    if (mrb_integer_p(value)) {
        return keep(mrb, mc_value_int(arena, mrb_integer(value)));
    }
    if (mrb_float_p(value)) {
        return keep(mrb, mc_value_float(arena, mrb_float(value)));
    }
    if (mrb_string_p(value)) {
        return keep(mrb, mc_value_string(arena, mc_ruby_bytes(value)));
    }
    if (mrb_symbol_p(value)) {
        mrb_int len = 0;
        const char *name = mrb_sym_name_len(mrb, mrb_symbol(value), &len);
        return keep(mrb,
                    mc_value_symbol_bytes(arena, mc_bytes_make(name, (size_t)len)));
    }
    if (mrb_array_p(value)) {
        return freeze_array(mrb, arena, value, depth);
    }
    if (mrb_hash_p(value)) {
        return freeze_hash(mrb, arena, value, depth);
    }
    return mrb_class_p(value) ? freeze_class(mrb, arena, value)
                              : freeze_other(mrb, arena, value);
}

static mrb_value thaw_array(mrb_state *mrb, const struct mc_value *value)
{
    mrb_value array = mrb_ary_new_capa(mrb, (mrb_int)value->array.count);

    for (size_t i = 0; i < value->array.count; i++) {
        int arena = mrb_gc_arena_save(mrb);
        mrb_ary_push(mrb, array, mc_ruby_thaw(mrb, value->array.items[i]));
        mrb_gc_arena_restore(mrb, arena);
    }
    return array;
}

static mrb_value thaw_hash(mrb_state *mrb, const struct mc_value *value)
{
    mrb_value hash = mrb_hash_new_capa(mrb, (mrb_int)value->hash.count);

    for (size_t i = 0; i < value->hash.count; i++) {
        int arena = mrb_gc_arena_save(mrb);
        mrb_value key = mc_ruby_thaw(mrb, value->hash.pairs[i].key);
        mrb_hash_set(mrb, hash, key, mc_ruby_thaw(mrb, value->hash.pairs[i].value));
        mrb_gc_arena_restore(mrb, arena);
    }
    return hash;
}

mrb_value mc_ruby_thaw(mrb_state *mrb, const struct mc_value *value)
{
    switch (mc_value_type(value)) {
    case MC_BOOL:
        return mrb_bool_value(value->boolean);
    case MC_INT:
        return mrb_int_value(mrb, value->integer);
    case MC_FLOAT:
        return mrb_float_value(mrb, value->real);
    case MC_BIGINT:
    case MC_STRING:
    case MC_SYMBOL:
    case MC_REGEXP:
    case MC_OBJECT:
        return mrb_str_new(mrb, (const char *)value->bytes.data, value->bytes.len);
    case MC_ARRAY:
        return thaw_array(mrb, value);
    case MC_HASH:
        return thaw_hash(mrb, value);
    case MC_NIL:
    default:
        return mrb_nil_value();
    }
}
