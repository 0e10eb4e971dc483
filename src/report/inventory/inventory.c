/* The words of a script and the way of a node through them; see inventory.h.
 *
 * inventory and formatted_inventory run their block, which only sets things, and then
 * gather. Each node is worked on below mrb_protect_error(): an exception must not jump
 * over the client that is running; it is kept and raised when that has returned. */
#include "report/inventory/inventory-private.h"

#include <errno.h>
#include <mruby/array.h>
#include <mruby/error.h>
#include <mruby/hash.h>
#include <mruby/string.h>
#include <mruby/variable.h>
#include <string.h>

struct mc_inventory__run *mc_inventory__run_of(mrb_state *mrb)
{
    return mrb->ud;
}

void mc_inventory__keep(mrb_state *mrb, const char *name, mrb_value value)
{
    mrb_iv_set(mrb, mrb_top_self(mrb), mrb_intern_cstr(mrb, name), value);
}

mrb_value mc_inventory__kept(mrb_state *mrb, const char *name)
{
    return mrb_iv_get(mrb, mrb_top_self(mrb), mrb_intern_cstr(mrb, name));
}

static _Noreturn void raise(mrb_state *mrb, const char *words)
{
    mrb_raise(mrb, mrb_class_get(mrb, "RuntimeError"), words);
}

/* --- the node at hand --- */

struct work
{
    mrb_state *mrb;
    mc_inventory__node_fn *fn;
    const char *identity;
    const struct mc_value *data;
    bool raised;
};

/* A list or hash of a reply; something else that a node sent is an empty one. */
static mrb_value part(mrb_state *mrb, const struct mc_value *data, const char *name,
                      enum mc_type type)
{
    const struct mc_value *value = mc_value_get_name(data, name);

    if (mc_value_is(value, type)) {
        return mc_ruby_thaw(mrb, value);
    }
    return type == MC_HASH ? mrb_hash_new(mrb) : mrb_ary_new(mrb);
}

static mrb_value work_on(mrb_state *mrb, void *user)
{
    const struct work *work = user;
    int arena = mrb_gc_arena_save(mrb);

    mc_inventory__keep(mrb, "identity", mrb_str_new_cstr(mrb, work->identity));
    mc_inventory__keep(mrb, "facts", part(mrb, work->data, "facts", MC_HASH));
    mc_inventory__keep(mrb, "classes", part(mrb, work->data, "classes", MC_ARRAY));
    mc_inventory__keep(mrb, "agents", part(mrb, work->data, "agents", MC_ARRAY));
    work->fn(mrb, mc_inventory__run_of(mrb));
    mrb_gc_arena_restore(mrb, arena);
    return mrb_nil_value();
}

static int on_node(void *user, const char *identity, const struct mc_value *data)
{
    struct work *work = user;
    struct mc_inventory__run *run = mc_inventory__run_of(work->mrb);
    mrb_bool raised = FALSE;

    work->identity = identity;
    work->data = data;
    run->on_node = true;
    int arena = mrb_gc_arena_save(work->mrb);
    mrb_value result = mrb_protect_error(work->mrb, work_on, work, &raised);
    run->on_node = false;
    if (raised) {
        work->raised = true;
        mc_inventory__keep(work->mrb, "raised", result);
    }
    mrb_gc_arena_restore(work->mrb, arena);
    return raised;
}

void mc_inventory__each_node(mrb_state *mrb, mc_inventory__node_fn *fn)
{
    struct mc_inventory__run *run = mc_inventory__run_of(mrb);
    struct work work = {.mrb = mrb, .fn = fn};

    /* The replies that are being worked on would go below our feet. */
    if (run->on_node) {
        raise(mrb, "a report cannot begin inside of another");
    }
    int r = run->ops->gather(run->user, on_node, &work, &run->gather_error);
    if (work.raised) {
        mrb_exc_raise(mrb, mc_inventory__kept(mrb, "raised"));
    }
    if (r) {
        run->gather_failed = true;
        raise(mrb, "the nodes could not be asked");
    }
}

/* --- inventory --- */

/* One row: fields that are no list are a list of one. */
static mrb_value row_of(mrb_state *mrb)
{
    mrb_value row =
        mrb_yield_argv(mrb, mc_inventory__kept(mrb, "fields_block"), 0, NULL);

    mrb_gc_protect(mrb, row); /* nothing else holds what a block gives */
    return mrb_array_p(row) ? row : mrb_ary_new_from_values(mrb, 1, &row);
}

static void text_node(mrb_state *mrb, struct mc_inventory__run *run)
{
    mrb_value text =
        mc_inventory__fill(mrb, mc_inventory__kept(mrb, "format"), row_of(mrb));

    run->ops->write(run->user, MC_INVENTORY_OUT, mc_ruby_bytes(text));
    if (!RSTRING_LEN(text) || RSTRING_PTR(text)[RSTRING_LEN(text) - 1] != '\n') {
        run->ops->write(run->user, MC_INVENTORY_OUT, MC_BYTES("\n"));
    }
}

/* $headings of the script, or the names that the source gives. */
static mrb_value headings_of(mrb_state *mrb, struct mc_inventory__run *run)
{
    mrb_value names = mrb_gv_get(mrb, mrb_intern_lit(mrb, "$headings"));
    size_t count = 0;

    if (mrb_array_p(names)) {
        return names;
    }
    const struct mc_bytes *texts =
        mc_inventory__headings(run->text, run->fields_line, run->arena, &count);
    names = mrb_ary_new(mrb);
    for (size_t i = 0; texts && i < count; i++) {
        mrb_ary_push(mrb, names,
                     mrb_str_new(mrb, (const char *)texts[i].data, texts[i].len));
    }
    return names;
}

static void table_node(mrb_state *mrb, struct mc_inventory__run *run)
{
    mrb_value row = row_of(mrb);
    mrb_value headings = mc_inventory__kept(mrb, "headings");

    if (RARRAY_LEN(row) > MC_INVENTORY_COLUMNS_MAX) {
        raise(mrb, "too many fields");
    }
    for (mrb_int i = RARRAY_LEN(headings); i < RARRAY_LEN(row); i++) {
        mrb_ary_push(mrb, headings, mrb_format(mrb, "field %i", i + 1));
    }
    if (run->rows++ == 0) {
        mc_inventory__table_begin(mrb, headings);
    }
    mc_inventory__table_row(mrb, headings, row);
}

static void make_table(mrb_state *mrb, struct mc_inventory__run *run)
{
    if (run->tables++) {
        raise(mrb, "csv, json and html take one inventory");
    }
    mc_inventory__keep(mrb, "headings", headings_of(mrb, run));
    mc_inventory__each_node(mrb, table_node);
    if (run->rows == 0) {
        mc_inventory__table_begin(mrb, mc_inventory__kept(mrb, "headings"));
    }
    mc_inventory__table_end(mrb);
}

static mrb_value take_inventory(mrb_state *mrb, mrb_value self)
{
    struct mc_inventory__run *run = mc_inventory__run_of(mrb);
    mrb_value block = mrb_nil_value();

    mrb_get_args(mrb, "&", &block);
    if (mrb_nil_p(block)) {
        raise(mrb, "Need to give a block to inventory");
    }
    (void)mrb_yield_argv(mrb, block, 0, NULL);
    if (mrb_nil_p(mc_inventory__kept(mrb, "format"))) {
        raise(mrb, "Need to define a format");
    }
    if (mrb_nil_p(mc_inventory__kept(mrb, "fields_block"))) {
        raise(mrb, "Need to define inventory fields");
    }
    if (run->output == MC_INVENTORY_TEXT) {
        mc_inventory__each_node(mrb, text_node);
    } else {
        make_table(mrb, run);
    }
    return self;
}

/* format TEXT sets the format; while a node is worked on, and with more arguments, it
 * is Ruby's own format(). */
static mrb_value take_format(mrb_state *mrb, mrb_value self)
{
    const mrb_value *args = NULL;
    mrb_int count = 0;

    mrb_get_args(mrb, "*", &args, &count);
    if (count != 1 || mc_inventory__run_of(mrb)->on_node) {
        return mrb_funcall_argv(mrb, self, mrb_intern_lit(mrb, "sprintf"), count, args);
    }
    mc_inventory__keep(mrb, "format",
                       mrb_nil_p(args[0]) ? args[0] : mrb_obj_as_string(mrb, args[0]));
    return self;
}

static mrb_value take_fields(mrb_state *mrb, mrb_value self)
{
    mrb_value block = mrb_nil_value();

    mrb_get_args(mrb, "&", &block);
    mc_inventory__keep(mrb, "fields_block", block);
    mc_inventory__run_of(mrb)->fields_line = mc_ruby_line(mrb);
    return self;
}

/* identity, facts, classes, agents: of the node at hand. */
static mrb_value take_part(mrb_state *mrb, mrb_value self)
{
    const char *name = mrb_sym_name(mrb, mrb_get_mid(mrb));

    (void)self;
    if (!mc_inventory__run_of(mrb)->on_node) {
        mrb_raisef(mrb, mrb_class_get(mrb, "RuntimeError"),
                   "%s is known only inside of fields and page_body", name);
    }
    return mc_inventory__kept(mrb, name);
}

static void setup(mrb_state *mrb)
{
    static const struct
    {
        const char *name;
        mrb_func_t fn;
    } words[] = {
        {"inventory", take_inventory}, {"format", take_format}, {"fields", take_fields},
        {"identity", take_part},       {"facts", take_part},    {"classes", take_part},
        {"agents", take_part},
    };
    mrb_value top = mrb_top_self(mrb);

    mc_inventory__run_of(mrb)->mrb = mrb;
    mc_inventory__define_core(mrb);
    mc_inventory__define_pages(mrb);
    for (size_t i = 0; i < MC_COUNT(words); i++) {
        mrb_define_singleton_method(mrb, mrb_obj_ptr(top), words[i].name, words[i].fn,
                                    MRB_ARGS_ANY() | MRB_ARGS_BLOCK());
    }
}

int mc_inventory_run(struct mc_bytes text, const char *path,
                     enum mc_inventory_output output,
                     const struct mc_inventory_ops *ops, void *user,
                     struct mc_error *error)
{
    struct mc_inventory__run run = {
        .ops = ops,
        .user = user,
        .output = output,
        .text = text,
        .path = path,
        .arena = mc_arena_new(MC_INVENTORY_ARENA_BYTES_MAX),
    };
    const struct mc_ruby_spec spec = {
        .parts = MC_RUBY_PARTS_REPORT,
        .heap_bytes_max = MC_INVENTORY_HEAP_BYTES_MAX,
        .setup = setup,
        .user = &run,
    };

    if (!run.arena) {
        return -ENOMEM;
    }
    int r = mc_ruby_run(&spec, text, path, error);
    if (r > 0) {
        r = MC_INVENTORY_BROKEN;
    }
    if (run.refused) {
        mc_error_set(error, "%s", run.refused_error.text);
        r = MC_INVENTORY_REFUSED;
    }
    if (run.gather_failed) {
        mc_error_set(error, "%s", run.gather_error.text);
        r = MC_INVENTORY_NO_NODES;
    }
    mc_arena_free(run.row_arena);
    mc_arena_free(run.arena);
    return r;
}
