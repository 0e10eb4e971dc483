/* formatted_inventory: pages in the format language of Perl.
 *
 * The expressions of both pictures become blocks once, at the beginning; each is called
 * for each node. Texts that they give are kept alive until the picture is printed. */
#include "report/inventory/inventory-private.h"

#include <errno.h>
#include <mruby/array.h>
#include <mruby/error.h>
#include <mruby/string.h>
#include <mruby/variable.h>
#include <string.h>

#define PAGE_LENGTH 40

/* One picture that is being printed. */
struct picture
{
    mrb_state *mrb;
    const char *blocks; /* name under which its blocks are kept */
};

static int fetch(void *user, size_t expression, struct mc_format_datum *ret_datum)
{
    const struct picture *picture = user;
    mrb_state *mrb = picture->mrb;
    mrb_value blocks = mc_inventory__kept(mrb, picture->blocks);
    mrb_value value = mrb_yield_argv(mrb, RARRAY_PTR(blocks)[expression], 0, NULL);
    mrb_gc_protect(mrb, value);
    mrb_value text = mrb_obj_as_string(mrb, value);

    mrb_ary_push(mrb, mc_inventory__kept(mrb, "texts"), text);
    *ret_datum = (struct mc_format_datum){
        .text = mc_ruby_bytes(text),
        .nil = mrb_nil_p(value),
    };
    if (mrb_float_p(value)) {
        ret_datum->number = mrb_float(value);
    } else if (mrb_integer_p(value)) {
        ret_datum->number = (double)mrb_integer(value);
    } else if (mrb_string_p(value)) {
        mrb_value number = mrb_funcall(mrb, value, "to_f", 0);
        ret_datum->number = mrb_float_p(number) ? mrb_float(number) : 0;
    }
    return 0;
}

static _Noreturn void refuse(mrb_state *mrb, const char *class, const char *words)
{
    mrb_raise(mrb, mrb_class_get(mrb, class), words);
}

/* Where a picture stands, for messages: "hardware.mc (page_body)". */
static const char *name_of(struct mc_inventory__run *run, const char *blocks)
{
    const char *name = mc_arena_printf(run->arena, "%s (%s)", run->path, blocks);

    return name ? name : run->path;
}

/* Print a picture into out. What it needs hangs off the run, as expressions raise. */
static void print(mrb_state *mrb, struct mc_format *format, const char *blocks,
                  struct mc_buffer *out)
{
    struct mc_inventory__run *run = mc_inventory__run_of(mrb);
    struct picture picture = {mrb, blocks};
    struct mc_error error = {"Out of memory"};

    mc_arena_free(run->row_arena);
    run->row_arena = mc_arena_new(MC_INVENTORY_ARENA_BYTES_MAX);
    mc_inventory__keep(mrb, "texts", mrb_ary_new(mrb));
    int r = run->row_arena
                ? mc_format_print(format, fetch, &picture, run->row_arena, out, &error)
                : -ENOMEM;
    if (r) {
        char words[MC_ERROR_TEXT_BYTES];
        mc_error_prefix(&error, "%s ", blocks);
        memcpy(words, error.text, sizeof(words));
        refuse(mrb, "RuntimeError", words);
    }
}

static mrb_value put_heading(mrb_state *mrb, void *user)
{
    print(mrb, mc_inventory__run_of(mrb)->heading, "page_heading", user);
    return mrb_nil_value();
}

/* An exception must not jump over the pages, which hold a buffer: it is kept. */
static int heading(void *user, struct mc_buffer *out)
{
    mrb_state *mrb = user;
    mrb_bool raised = FALSE;
    mrb_value result = mrb_protect_error(mrb, put_heading, out, &raised);

    if (raised) {
        mc_inventory__keep(mrb, "raised", result);
    }
    return raised ? MC_FORMAT_STOPPED : 0;
}

static void write_out(void *user, struct mc_bytes lines, bool form_feed)
{
    struct mc_inventory__run *run = mc_inventory__run_of(user);

    run->ops->write(run->user, form_feed ? MC_INVENTORY_PAGE : MC_INVENTORY_OUT, lines);
}

struct body
{
    struct mc_inventory__run *run;
    struct mc_buffer out;
};

static mrb_value put_body(mrb_state *mrb, void *user)
{
    struct body *body = user;
    struct mc_inventory__run *run = body->run;

    print(mrb, run->body, "page_body", &body->out);
    if (mc_pages_add(&run->pages, mc_buffer_bytes(&body->out),
                     run->heading ? heading : NULL, write_out, mrb)) {
        mrb_exc_raise(mrb, mc_inventory__kept(mrb, "raised"));
    }
    return mrb_nil_value();
}

/* The buffer is given back whatever was raised. */
static void page_node(mrb_state *mrb, struct mc_inventory__run *run)
{
    struct body body = {.run = run};
    mrb_bool raised = FALSE;

    mc_buffer_init(&body.out, MC_FORMAT_OUTPUT_BYTES_MAX);
    mrb_value result = mrb_protect_error(mrb, put_body, &body, &raised);
    mc_buffer_deinit(&body.out);
    if (raised) {
        mrb_exc_raise(mrb, result);
    }
}

/* Read a picture and make blocks of its expressions. Returns NULL when it was not
 * given. */
static struct mc_format *read_picture(mrb_state *mrb, struct mc_inventory__run *run,
                                      const char *name)
{
    char key[32];
    struct mc_format *format = NULL;
    struct mc_error error = {"Out of memory"};
    mrb_value blocks = mrb_ary_new(mrb);
    (void)snprintf(key, sizeof(key), "%s_text", name);
    mrb_value text = mc_inventory__kept(mrb, key);

    if (mrb_nil_p(text)) {
        return NULL;
    }
    const char *copy = mc_arena_text(run->arena, mc_ruby_bytes(text));
    struct mc_bytes bytes = mc_bytes_make(copy, (size_t)RSTRING_LEN(text));
    if (!copy || mc_format_parse(bytes, run->arena, &format, &error)) {
        char words[MC_ERROR_TEXT_BYTES];
        mc_error_prefix(&error, "%s ", name);
        memcpy(words, error.text, sizeof(words));
        refuse(mrb, "FormatException", words);
    }
    mc_inventory__keep(mrb, name, blocks);
    for (size_t i = 0; i < mc_format_expressions(format); i++) {
        unsigned line = 0;
        mrb_value block = mrb_nil_value();
        struct mc_bytes expression = mc_format_expression(format, i, &line);
        if (mc_bytes_is(expression, "$%")) {
            expression = MC_BYTES("page"); /* its name in Perl is no name in Ruby */
        }
        if (mc_ruby_compile(mrb, expression, name_of(run, name), line, &block,
                            &error)) {
            refuse(mrb, "SyntaxError", error.text);
        }
        mrb_ary_push(mrb, blocks, block);
    }
    return format;
}

static mrb_value make_pages(mrb_state *mrb, void *user)
{
    struct mc_inventory__run *run = mc_inventory__run_of(mrb);
    const mrb_value *block = user;

    if (mrb_nil_p(*block)) {
        refuse(mrb, "RuntimeError", "Need to give a block to formatted_inventory");
    }
    if (run->output != MC_INVENTORY_TEXT) {
        refuse(mrb, "RuntimeError",
               "csv, json and html are for inventory, pages are text");
    }
    (void)mrb_yield_argv(mrb, *block, 0, NULL);
    if (mrb_nil_p(mc_inventory__kept(mrb, "page_body_text"))) {
        refuse(mrb, "RuntimeError", "Need to define page body format");
    }
    mrb_value length = mc_inventory__kept(mrb, "page_length");
    run->pages = (struct mc_pages){
        .length = mrb_integer_p(length) ? mrb_integer(length) : PAGE_LENGTH,
    };
    run->heading = read_picture(mrb, run, "page_heading");
    run->body = read_picture(mrb, run, "page_body");
    mc_inventory__keep(
        mrb, "time",
        mrb_funcall(mrb, mrb_obj_value(mrb_class_get(mrb, "Time")), "now", 0));
    run->on_page = true;
    mc_inventory__each_node(mrb, page_node);
    run->on_page = false;
    return mrb_nil_value();
}

/* "Class: words (path:line)" */
static void say_refused(mrb_state *mrb, struct mc_inventory__run *run,
                        mrb_value exception)
{
    char place[MC_ERROR_TEXT_BYTES];
    const char *words = mc_ruby_words(mrb, exception);
    const char *class = mrb_obj_classname(mrb, exception);

    mc_ruby_place(mrb, exception, run->path, place, sizeof(place));
    if (strstr(words, run->path)) {
        place[0] = 0; /* they say it themselves */
    }
    mc_error_set(&run->refused_error, "Could not create report: %s: %s%s%s%s", class,
                 words, place[0] ? " (" : "", place, place[0] ? ")" : "");
    run->refused = true;
}

static mrb_value take_formatted_inventory(mrb_state *mrb, mrb_value self)
{
    struct mc_inventory__run *run = mc_inventory__run_of(mrb);
    mrb_value block = mrb_nil_value();
    mrb_bool raised = FALSE;

    mrb_get_args(mrb, "&", &block);
    mrb_value result = mrb_protect_error(mrb, make_pages, &block, &raised);
    run->on_page = false;
    if (raised) {
        say_refused(mrb, run, result);
        mrb_exc_raise(mrb, result);
    }
    return self;
}

static mrb_value take_page_length(mrb_state *mrb, mrb_value self)
{
    mrb_int length = 0;

    mrb_get_args(mrb, "i", &length);
    if (length < 1) {
        refuse(mrb, "ArgumentError", "page_length must be 1 or more");
    }
    mc_inventory__keep(mrb, "page_length", mrb_int_value(mrb, length));
    return self;
}

/* page_heading, page_body TEXT */
static mrb_value take_picture(mrb_state *mrb, mrb_value self)
{
    char key[32];
    mrb_value text = mrb_nil_value();

    mrb_get_args(mrb, "S", &text);
    (void)snprintf(key, sizeof(key), "%s_text", mrb_sym_name(mrb, mrb_get_mid(mrb)));
    mc_inventory__keep(mrb, key, text);
    return self;
}

static mrb_value take_time(mrb_state *mrb, mrb_value self)
{
    (void)self;
    if (!mc_inventory__run_of(mrb)->on_page) {
        refuse(mrb, "RuntimeError",
               "time is known only inside of page_heading and page_body");
    }
    return mc_inventory__kept(mrb, "time");
}

static mrb_value take_page(mrb_state *mrb, mrb_value self)
{
    const struct mc_inventory__run *run = mc_inventory__run_of(mrb);

    (void)self;
    if (!run->on_page) {
        refuse(mrb, "RuntimeError",
               "page is known only inside of page_heading and page_body");
    }
    return mrb_int_value(mrb, run->pages.page);
}

void mc_inventory__define_pages(mrb_state *mrb)
{
    static const struct
    {
        const char *name;
        mrb_func_t fn;
    } words[] = {
        {"formatted_inventory", take_formatted_inventory},
        {"page_length", take_page_length},
        {"page_heading", take_picture},
        {"page_body", take_picture},
        {"time", take_time},
        {"page", take_page},
    };
    struct RObject *top = mrb_obj_ptr(mrb_top_self(mrb));

    for (size_t i = 0; i < MC_COUNT(words); i++) {
        mrb_define_singleton_method(mrb, top, words[i].name, words[i].fn,
                                    MRB_ARGS_ANY() | MRB_ARGS_BLOCK());
    }
}
