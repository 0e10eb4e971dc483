/* format % row.
 *
 * mruby's sprintf counts bytes and takes no text for a float, Ruby's counts characters
 * and takes "3.5", and they round differently: so each directive is looked at on its own, %s and floats are done here, and
 * mruby gets the others one by one. Formats with * or named parts go to it whole. */
#include "report/inventory/inventory-private.h"

#include "base/text.h"
#include <math.h>
#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/string.h>
#include <stdio.h>
#include <string.h>

#define PRECISION_MAX 60
/* A double of full size with the longest precision. */
#define NUMBER_BYTES_MAX 400

struct directive
{
    struct mc_bytes text; /* with its % and letter */
    char letter;
    bool left;
    bool zero;
    bool plus;
    bool blank;
    bool other; /* a flag that is left to mruby */
    bool cut;   /* has a precision */
    size_t width;
    size_t precision;
};

static size_t read_number(struct mc_bytes text, size_t *at)
{
    size_t number = 0;

    for (; *at < text.len && text.data[*at] >= '0' && text.data[*at] <= '9'; (*at)++) {
        number = number * 10 + (size_t)(text.data[*at] - '0');
        number = number < MC_INVENTORY_WIDTH_MAX ? number : MC_INVENTORY_WIDTH_MAX;
    }
    return number;
}

/* The directive at the beginning of a text. Returns false when it is none that we
 * know. */
static bool read_directive(struct mc_bytes text, struct directive *ret)
{
    static const char *const letters = "sdiufeEgGaAxXobBcp%";
    struct directive directive = {.left = false};
    size_t at = 1;

    while (at < text.len && text.data[at] && strchr("-+ 0#", text.data[at])) {
        directive.left |= text.data[at] == '-';
        directive.zero |= text.data[at] == '0';
        directive.plus |= text.data[at] == '+';
        directive.blank |= text.data[at] == ' ';
        directive.other |= text.data[at] == '#';
        at++;
    }
    directive.width = read_number(text, &at);
    if (at < text.len && text.data[at] == '.') {
        at++;
        directive.cut = true;
        directive.precision = read_number(text, &at);
    }
    if (at >= text.len || !text.data[at] || !strchr(letters, text.data[at]) ||
        directive.width >= MC_INVENTORY_WIDTH_MAX ||
        directive.precision >= MC_INVENTORY_WIDTH_MAX) {
        return false;
    }
    directive.letter = (char)text.data[at];
    directive.text = mc_bytes_slice(text, 0, at + 1);
    *ret = directive;
    return true;
}

/* Whether we can take a format apart. */
static bool is_plain(struct mc_bytes text)
{
    struct directive directive;

    while (text.len) {
        size_t at = mc_bytes_find(text, '%');
        text = mc_bytes_slice(text, at, SIZE_MAX);
        if (text.len && !read_directive(text, &directive)) {
            return false;
        }
        text = mc_bytes_slice(text, text.len ? directive.text.len : 0, SIZE_MAX);
    }
    return true;
}

static void fill(mrb_state *mrb, mrb_value out, char with, size_t count)
{
    while (count-- > 0) {
        mrb_str_cat(mrb, out, &with, 1);
    }
}

static void put_text(mrb_state *mrb, mrb_value out, const struct directive *directive,
                     mrb_value value)
{
    mrb_value string = mrb_obj_as_string(mrb, value);
    struct mc_bytes text = mc_ruby_bytes(string);
    size_t at = 0;
    size_t count = 0;

    while (at < text.len && (!directive->cut || count < directive->precision)) {
        uint32_t code = 0;
        size_t len = mc_text_character(mc_bytes_slice(text, at, 4), &code);
        at += len ? len : 1;
        count++;
    }
    size_t pad = directive->width > count ? directive->width - count : 0;
    fill(mrb, out, ' ', directive->left ? 0 : pad);
    mrb_str_cat(mrb, out, RSTRING_PTR(string), at);
    fill(mrb, out, ' ', directive->left ? pad : 0);
}

/* A float as C rounds it, which mruby does not. */
static void put_float(mrb_state *mrb, mrb_value out, const struct directive *directive,
                      double number)
{
    char digits[NUMBER_BYTES_MAX];
    int precision = directive->cut ? (int)directive->precision : 6;
    double size = fabs(number);
    const char *sign = signbit(number)    ? "-"
                       : directive->plus  ? "+"
                       : directive->blank ? " "
                                          : "";

    switch (directive->letter) {
    case 'f':
        (void)snprintf(digits, sizeof(digits), "%.*f", precision, size);
        break;
    case 'e':
        (void)snprintf(digits, sizeof(digits), "%.*e", precision, size);
        break;
    case 'E':
        (void)snprintf(digits, sizeof(digits), "%.*E", precision, size);
        break;
    case 'g':
        (void)snprintf(digits, sizeof(digits), "%.*g", precision, size);
        break;
    default:
        (void)snprintf(digits, sizeof(digits), "%.*G", precision, size);
        break;
    }
    size_t len = strlen(sign) + strlen(digits);
    size_t pad = directive->width > len ? directive->width - len : 0;
    bool zeros = directive->zero && !directive->left;
    fill(mrb, out, ' ', directive->left || zeros ? 0 : pad);
    mrb_str_cat_cstr(mrb, out, sign);
    fill(mrb, out, '0', zeros ? pad : 0);
    mrb_str_cat_cstr(mrb, out, digits);
    fill(mrb, out, ' ', directive->left ? pad : 0);
}

static void put_other(mrb_state *mrb, mrb_value out, const struct directive *directive,
                      mrb_value value)
{
    bool is_float = strchr("feEgGaA", directive->letter) != NULL;

    if (is_float && (mrb_string_p(value) || mrb_integer_p(value))) {
        value = mrb_funcall(mrb, mrb_top_self(mrb), "Float", 1, value);
    }
    if (is_float && mrb_float_p(value) && isfinite(mrb_float(value)) &&
        !directive->other && directive->precision < PRECISION_MAX &&
        directive->letter != 'a' && directive->letter != 'A') {
        put_float(mrb, out, directive, mrb_float(value));
        return;
    }
    mrb_value format =
        mrb_str_new(mrb, (const char *)directive->text.data, directive->text.len);
    mrb_str_cat_str(mrb, out,
                    mrb_funcall(mrb, mrb_top_self(mrb), "sprintf", 2, format, value));
}

mrb_value mc_inventory__fill(mrb_state *mrb, mrb_value format, mrb_value row)
{
    mrb_value kept = mrb_str_dup(mrb, format);
    struct mc_bytes text = mc_ruby_bytes(kept);
    mrb_value out = mrb_str_new_capa(mrb, text.len);
    mrb_int next = 0;

    if (!is_plain(text)) {
        return mrb_funcall(mrb, format, "%", 1, row);
    }
    while (text.len) {
        size_t at = mc_bytes_find(text, '%');
        struct directive directive = {.letter = 0};
        mrb_str_cat(mrb, out, (const char *)text.data, at < text.len ? at : text.len);
        text = mc_bytes_slice(text, at, SIZE_MAX);
        if (!text.len || !read_directive(text, &directive)) {
            break;
        }
        text = mc_bytes_slice(text, directive.text.len, SIZE_MAX);
        if (directive.letter == '%') {
            mrb_str_cat_lit(mrb, out, "%");
            continue;
        }
        if (next >= RARRAY_LEN(row)) {
            mrb_raise(mrb, mrb_class_get(mrb, "ArgumentError"), "too few arguments");
        }
        int arena = mrb_gc_arena_save(mrb);
        mrb_value value = RARRAY_PTR(row)[next++];
        if (directive.letter == 's') {
            put_text(mrb, out, &directive, value);
        } else {
            put_other(mrb, out, &directive, value);
        }
        mrb_gc_arena_restore(mrb, arena);
    }
    return out;
}
