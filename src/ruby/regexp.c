/* Class Regexp over Oniguruma: literals and simple questions.
 *
 * mruby compiles /../flags into Regexp.compile(source, flags); an instance keeps both
 * in instance variables and is compiled anew for each question, which is checked at
 * once: a pattern that is none is an error where it stands. There are no match objects:
 * match() answers the array of the groups, the whole match first. */
#include "ruby/ruby.h"

#include "ruby/ruby-private.h"

#include "base/regexp.h"
#include <mruby/array.h>
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

bool mc_ruby__is_regexp(mrb_state *mrb, mrb_value value, mrb_value *ret_source,
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
    struct mc_error words = {""};
    struct mc_regexp *regexp = NULL;

    mrb_get_args(mrb, "o|oo", &source, &flags, &encoding);
    if (mc_ruby__is_regexp(mrb, source, &known, &options)) {
        source = known;
    } else {
        options = read_options(flags);
    }
    if (!mrb_string_p(source)) {
        mrb_raise(mrb, mrb_class_get(mrb, "TypeError"), "a pattern must be a String");
    }
    if (mc_regexp_new(mc_ruby_bytes(source), options, &regexp, &words) != 0) {
        mrb_raisef(mrb, mrb_class_get(mrb, "RegexpError"), "%s: %v", words.text,
                   source);
    }
    mc_regexp_free(regexp);
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

/* The groups of a match, the whole of it first. */
static mrb_value groups_of(mrb_state *mrb, mrb_value text,
                           const struct mc_regexp_match *match)
{
    mrb_value groups = mrb_ary_new(mrb);

    for (size_t i = 0; i < match->count; i++) {
        size_t from = match->group[i].from;
        mrb_value group = mrb_nil_value();
        if (match->group[i].set) {
            group =
                mrb_str_new(mrb, RSTRING_PTR(text) + from, match->group[i].to - from);
        }
        mrb_ary_push(mrb, groups, group);
    }
    return groups;
}

/* $~ and $1 to $9. */
static void remember(mrb_state *mrb, mrb_value groups)
{
    char name[] = "$1";

    mrb_gv_set(mrb, mrb_intern_lit(mrb, "$~"), groups);
    for (; name[1] <= '9'; name[1]++) {
        mrb_value group = mrb_nil_value();
        if (mrb_array_p(groups)) {
            group = mrb_ary_ref(mrb, groups, name[1] - '0');
        }
        mrb_gv_set(mrb, mrb_intern_cstr(mrb, name), group);
    }
}

/* Search; everything that may raise happens while no pattern is held. */
static bool search_from(mrb_state *mrb, mrb_value pattern, mrb_value text, size_t from,
                        struct mc_regexp_match *match)
{
    mrb_value source = mrb_nil_value();
    unsigned options = 0;
    struct mc_regexp *regexp = NULL;

    if (!mc_ruby__is_regexp(mrb, pattern, &source, &options)) {
        mrb_raise(mrb, mrb_class_get(mrb, "TypeError"), "a Regexp is needed");
    }
    if (mrb_symbol_p(text)) {
        text = mrb_sym_str(mrb, mrb_symbol(text));
    }
    if (!mrb_string_p(text)) {
        return false;
    }
    int r = mc_regexp_new(mc_ruby_bytes(source), options, &regexp, NULL);
    if (r == 0) {
        r = mc_regexp_search(regexp, mc_ruby_bytes(text), from, match);
    }
    mc_regexp_free(regexp);
    if (r != 0 && r != MC_REGEXP_NO_MATCH) {
        mrb_raise(mrb, mrb_class_get(mrb, "RegexpError"), "the match takes too long");
    }
    remember(mrb, r == 0 ? groups_of(mrb, text, match) : mrb_nil_value());
    return r == 0;
}

static bool search(mrb_state *mrb, mrb_value pattern, mrb_value text,
                   struct mc_regexp_match *match)
{
    return search_from(mrb, pattern, text, 0, match);
}

/* pattern.__at(text, from): [[from, to], …] in bytes, nil for a group that is not set;
 * nil when there is no match. */
static mrb_value take_at(mrb_state *mrb, mrb_value self)
{
    mrb_value text = mrb_nil_value();
    mrb_int from = 0;
    struct mc_regexp_match match = {0};

    mrb_get_args(mrb, "Si", &text, &from);
    if (from < 0 || from > RSTRING_LEN(text) ||
        !search_from(mrb, self, text, (size_t)from, &match)) {
        return mrb_nil_value();
    }
    mrb_value places = mrb_ary_new(mrb);
    for (size_t i = 0; i < match.count; i++) {
        mrb_value ends[] = {
            mrb_int_value(mrb, (mrb_int)match.group[i].from),
            mrb_int_value(mrb, (mrb_int)match.group[i].to),
        };
        mrb_ary_push(mrb, places,
                     match.group[i].set ? mrb_ary_new_from_values(mrb, 2, ends)
                                        : mrb_nil_value());
    }
    return places;
}

/* self =~ other, whichever of them is the pattern. */
static mrb_value take_find(mrb_state *mrb, mrb_value self)
{
    mrb_value other = mrb_get_arg1(mrb);
    struct mc_regexp_match match = {0};
    bool found = mrb_string_p(self) ? search(mrb, other, self, &match)
                                    : search(mrb, self, other, &match);

    return found ? mrb_fixnum_value((mrb_int)match.group[0].from) : mrb_nil_value();
}

static mrb_value take_is_match(mrb_state *mrb, mrb_value self)
{
    return mrb_bool_value(!mrb_nil_p(take_find(mrb, self)));
}

static mrb_value take_match(mrb_state *mrb, mrb_value self)
{
    mrb_value other = mrb_get_arg1(mrb);
    mrb_value text = mrb_string_p(self) ? self : other;
    struct mc_regexp_match match = {0};

    if (!search(mrb, mrb_string_p(self) ? other : self, text, &match)) {
        return mrb_nil_value();
    }
    if (mrb_symbol_p(text)) {
        text = mrb_sym_str(mrb, mrb_symbol(text));
    }
    return groups_of(mrb, text, &match);
}

static mrb_value take_equal(mrb_state *mrb, mrb_value self)
{
    mrb_value a = mrb_nil_value();
    mrb_value b = mrb_nil_value();
    unsigned options_a = 0;
    unsigned options_b = 0;
    mrb_value other = mrb_get_arg1(mrb);

    return mrb_bool_value(mc_ruby__is_regexp(mrb, self, &a, &options_a) &&
                          mc_ruby__is_regexp(mrb, other, &b, &options_b) &&
                          options_a == options_b && mrb_str_equal(mrb, a, b));
}

/* As Ruby has it: the options that are off stand behind the minus. */
static mrb_value take_to_s(mrb_state *mrb, mrb_value self)
{
    mrb_value source = mrb_nil_value();
    unsigned options = 0;

    if (!mc_ruby__is_regexp(mrb, self, &source, &options)) {
        return mrb_nil_value();
    }
    bool m = options & MC_REGEXP_MULTILINE;
    bool i = options & MC_REGEXP_IGNORECASE;
    bool x = options & MC_REGEXP_EXTENDED;
    return mrb_format(mrb, "(?%s%s%s%s%s%s%s:%v)", m ? "m" : "", i ? "i" : "",
                      x ? "x" : "", m && i && x ? "" : "-", m ? "" : "m", i ? "" : "i",
                      x ? "" : "x", source);
}

void mc_ruby_define_regexp(mrb_state *mrb)
{
    struct RClass *regexp = mrb_define_class(mrb, "Regexp", mrb->object_class);
    struct RClass *string = mrb->string_class;

    mrb_define_class(mrb, "RegexpError", mrb->eStandardError_class);
    mrb_define_class_method(mrb, regexp, "compile", take_compile, MRB_ARGS_ANY());
    mrb_define_class_method(mrb, regexp, "escape", take_escape, MRB_ARGS_REQ(1));
    mrb_define_class_method(mrb, regexp, "quote", take_escape, MRB_ARGS_REQ(1));
    mrb_define_method(mrb, regexp, "initialize", take_initialize, MRB_ARGS_ARG(1, 2));
    mrb_define_method(mrb, regexp, "source", take_source, MRB_ARGS_NONE());
    mrb_define_method(mrb, regexp, "options", take_options, MRB_ARGS_NONE());
    mrb_define_method(mrb, regexp, "=~", take_find, MRB_ARGS_REQ(1));
    mrb_define_method(mrb, regexp, "===", take_is_match, MRB_ARGS_REQ(1));
    mrb_define_method(mrb, regexp, "__at", take_at, MRB_ARGS_REQ(2));
    mrb_define_method(mrb, regexp, "match?", take_is_match, MRB_ARGS_REQ(1));
    mrb_define_method(mrb, regexp, "match", take_match, MRB_ARGS_REQ(1));
    mrb_define_method(mrb, regexp, "==", take_equal, MRB_ARGS_REQ(1));
    mrb_define_method(mrb, regexp, "to_s", take_to_s, MRB_ARGS_NONE());
    mrb_define_method(mrb, string, "=~", take_find, MRB_ARGS_REQ(1));
    mrb_define_method(mrb, string, "match?", take_is_match, MRB_ARGS_REQ(1));
    mrb_define_method(mrb, string, "match", take_match, MRB_ARGS_REQ(1));
    mrb_define_const(mrb, regexp, "IGNORECASE", mrb_fixnum_value(MC_REGEXP_IGNORECASE));
    mrb_define_const(mrb, regexp, "EXTENDED", mrb_fixnum_value(MC_REGEXP_EXTENDED));
    mrb_define_const(mrb, regexp, "MULTILINE", mrb_fixnum_value(MC_REGEXP_MULTILINE));
}
