/* Class Regexp for DDL files, enough for literals and simple questions.
 *
 * mruby compiles /../flags into Regexp.compile(source, flags); an instance keeps both
 * in instance variables. */
#include "ddl/load-ruby/ruby-private.h"

#include <mruby/class.h>
#include <mruby/string.h>
#include <mruby/variable.h>
#include <string.h>

static mrb_sym source_name(mrb_state *mrb)
{
    return mrb_intern_cstr(mrb, "@source");
}

static mrb_sym options_name(mrb_state *mrb)
{
    return mrb_intern_cstr(mrb, "@options");
}

bool mc_ddl__ruby_is_regexp(mrb_state *mrb, mrb_value value, mrb_value *ret_source,
                            unsigned *ret_options)
{
    if (mrb_type(value) != MRB_TT_OBJECT ||
        !mrb_obj_is_kind_of(mrb, value, mrb_class_get(mrb, "Regexp"))) {
        return false;
    }
    mrb_value source = mrb_iv_get(mrb, value, source_name(mrb));
    mrb_value options = mrb_iv_get(mrb, value, options_name(mrb));
    if (!mrb_string_p(source) || !mrb_integer_p(options)) {
        return false;
    }
    *ret_source = source;
    *ret_options = (unsigned)mrb_integer(options) & 7U;
    return true;
}

/* Flags are letters (a literal), a number, or true for "ignore case". */
static unsigned read_options(mrb_value flags)
{
    unsigned options = 0;

    if (mrb_integer_p(flags)) {
        return (unsigned)mrb_integer(flags) & 7U;
    }
    if (!mrb_string_p(flags)) {
        return mrb_test(flags) ? MC_REGEXP_IGNORECASE : 0;
    }
    for (mrb_int i = 0; i < RSTRING_LEN(flags); i++) {
        char letter = RSTRING_PTR(flags)[i];
        options |= letter == 'i' ? MC_REGEXP_IGNORECASE : 0U;
        options |= letter == 'x' ? MC_REGEXP_EXTENDED : 0U;
        options |= letter == 'm' ? MC_REGEXP_MULTILINE : 0U;
    }
    return options;
}

static mrb_value take_initialize(mrb_state *mrb, mrb_value self)
{
    mrb_value source = mrb_nil_value();
    mrb_value flags = mrb_nil_value();
    mrb_value encoding = mrb_nil_value();
    mrb_value known = mrb_nil_value();
    unsigned options = 0;

    mrb_get_args(mrb, "o|oo", &source, &flags, &encoding);
    if (mc_ddl__ruby_is_regexp(mrb, source, &known, &options)) {
        source = known;
    } else {
        options = read_options(flags);
    }
    if (!mrb_string_p(source)) {
        mrb_raise(mrb, mrb_class_get(mrb, "TypeError"), "a pattern must be a String");
    }
    mrb_iv_set(mrb, self, source_name(mrb), mrb_str_dup(mrb, source));
    mrb_iv_set(mrb, self, options_name(mrb), mrb_fixnum_value((mrb_int)options));
    return self;
}

static mrb_value take_compile(mrb_state *mrb, mrb_value self)
{
    const mrb_value *args = NULL;
    mrb_int count = 0;

    mrb_get_args(mrb, "*", &args, &count);
    return mrb_obj_new(mrb, mrb_class_ptr(self), count, args);
}

static mrb_value take_source(mrb_state *mrb, mrb_value self)
{
    return mrb_iv_get(mrb, self, source_name(mrb));
}

static mrb_value take_options(mrb_state *mrb, mrb_value self)
{
    return mrb_iv_get(mrb, self, options_name(mrb));
}

static mrb_value take_escape(mrb_state *mrb, mrb_value self)
{
    static const char *const special = ".*?+^$|\\()[]{}-# ";
    char *text = NULL;
    mrb_int len = 0;

    (void)self;
    mrb_get_args(mrb, "s", &text, &len);
    mrb_value out = mrb_str_new_capa(mrb, (size_t)len);
    for (mrb_int i = 0; i < len; i++) {
        if (text[i] && strchr(special, text[i])) {
            mrb_str_cat_lit(mrb, out, "\\");
        }
        mrb_str_cat(mrb, out, text + i, 1);
    }
    return out;
}

void mc_ddl__ruby_define_regexp(mrb_state *mrb)
{
    struct RClass *regexp = mrb_define_class(mrb, "Regexp", mrb->object_class);

    mrb_define_class_method(mrb, regexp, "compile", take_compile, MRB_ARGS_ANY());
    mrb_define_class_method(mrb, regexp, "escape", take_escape, MRB_ARGS_REQ(1));
    mrb_define_class_method(mrb, regexp, "quote", take_escape, MRB_ARGS_REQ(1));
    mrb_define_method(mrb, regexp, "initialize", take_initialize, MRB_ARGS_ARG(1, 2));
    mrb_define_method(mrb, regexp, "source", take_source, MRB_ARGS_NONE());
    mrb_define_method(mrb, regexp, "options", take_options, MRB_ARGS_NONE());
    mrb_define_const(mrb, regexp, "IGNORECASE", mrb_fixnum_value(MC_REGEXP_IGNORECASE));
    mrb_define_const(mrb, regexp, "EXTENDED", mrb_fixnum_value(MC_REGEXP_EXTENDED));
    mrb_define_const(mrb, regexp, "MULTILINE", mrb_fixnum_value(MC_REGEXP_MULTILINE));
}
