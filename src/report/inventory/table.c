/* Rows as CSV (RFC 4180), JSON, and an HTML page that needs no other file.
 *
 * What nodes sent stays data: quoted in CSV, a string in JSON, escaped in HTML. */
#include "report/inventory/inventory-private.h"

#include "base/text.h"
#include "codec/codec.h"
#include <mruby/array.h>
#include <mruby/string.h>
#include <string.h>

static const char html_begin[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>Inventory</title>\n"
    "<style>\n"
    "body { font: 1em/1.4 sans-serif; margin: 1em; color: #111; background: #fff }\n"
    "table { border-collapse: collapse }\n"
    "caption { text-align: left; font-weight: bold; padding: .3em 0 }\n"
    "th, td { border: 1px solid #767676; padding: .2em .5em; text-align: left;\n"
    "  vertical-align: top; white-space: pre-wrap }\n"
    "thead th { background: #eee }\n"
    "</style>\n"
    "</head>\n"
    "<body>\n"
    "<table>\n"
    "<caption>Inventory</caption>\n"
    "<thead>\n<tr>";

static void csv_cell(struct mc_buffer *out, struct mc_bytes text)
{
    bool quote = false;

    for (size_t i = 0; i < text.len; i++) {
        quote |= text.data[i] && strchr("\",\r\n", text.data[i]);
    }
    quote |= text.len && (text.data[0] == ' ' || text.data[text.len - 1] == ' ');
    mc_buffer_text(out, quote ? "\"" : "");
    for (size_t i = 0; i < text.len; i++) {
        mc_buffer_text(out, text.data[i] == '"' ? "\"" : "");
        mc_buffer_byte(out, text.data[i]);
    }
    mc_buffer_text(out, quote ? "\"" : "");
}

/* Bytes that no HTML may hold become U+FFFD. */
static void html_text(struct mc_buffer *out, struct mc_bytes text)
{
    static const struct
    {
        uint8_t byte;
        const char *text;
    } entities[] = {
        {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"},
    };

    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t len = mc_text_character(mc_bytes_slice(text, at, 4), &code);
        const char *entity = NULL;
        for (size_t k = 0; k < MC_COUNT(entities); k++) {
            entity = text.data[at] == entities[k].byte ? entities[k].text : entity;
        }
        bool bad = !len || (code < 0x20 && code != '\n' && code != '\t') ||
                   (code >= 0x7f && code < 0xa0);
        if (bad || entity) {
            mc_buffer_text(out, bad ? "\xef\xbf\xbd" : entity);
        } else {
            mc_buffer_append(out, mc_bytes_slice(text, at, len));
        }
        at += len ? len : 1;
    }
}

static void html_cell(struct mc_buffer *out, struct mc_bytes text, const char *begin,
                      const char *end)
{
    mc_buffer_text(out, begin);
    html_text(out, text);
    mc_buffer_text(out, end);
}

/* Hand on what was built. Raises when it is too long. */
static void flush(mrb_state *mrb, struct mc_buffer *out)
{
    struct mc_inventory__run *run = mc_inventory__run_of(mrb);
    bool failed = mc_buffer_failed(out);

    if (!failed) {
        run->ops->write(run->user, MC_INVENTORY_OUT, mc_buffer_bytes(out));
    }
    mc_buffer_deinit(out);
    if (failed) {
        mrb_raise(mrb, mrb_class_get(mrb, "NoMemoryError"), "Out of memory");
    }
}

/* The cells as Strings, first of all, as this may raise. */
static mrb_value texts_of(mrb_state *mrb, mrb_value row)
{
    mrb_value texts = mrb_ary_new(mrb);

    for (mrb_int i = 0; i < RARRAY_LEN(row); i++) {
        mrb_ary_push(mrb, texts, mrb_obj_as_string(mrb, RARRAY_PTR(row)[i]));
    }
    return texts;
}

static void csv_row(mrb_state *mrb, mrb_value row, mrb_int columns)
{
    mrb_value texts = texts_of(mrb, row);
    struct mc_buffer out;

    mc_buffer_init(&out, MC_INVENTORY_ROW_BYTES_MAX);
    for (mrb_int i = 0; i < columns || i < RARRAY_LEN(texts); i++) {
        mc_buffer_text(&out, i ? "," : "");
        if (i < RARRAY_LEN(texts)) {
            csv_cell(&out, mc_ruby_bytes(RARRAY_PTR(texts)[i]));
        }
    }
    mc_buffer_text(&out, "\r\n");
    flush(mrb, &out);
}

static void html_row(mrb_state *mrb, mrb_value row, mrb_int columns)
{
    mrb_value texts = texts_of(mrb, row);
    struct mc_buffer out;

    mc_buffer_init(&out, MC_INVENTORY_ROW_BYTES_MAX);
    mc_buffer_text(&out, "<tr>");
    for (mrb_int i = 0; i < columns || i < RARRAY_LEN(texts); i++) {
        struct mc_bytes text = {NULL, 0};
        if (i < RARRAY_LEN(texts)) {
            text = mc_ruby_bytes(RARRAY_PTR(texts)[i]);
        }
        html_cell(&out, text, i ? "<td>" : "<th scope=\"row\">", i ? "</td>" : "</th>");
    }
    mc_buffer_text(&out, "</tr>\n");
    flush(mrb, &out);
}

static void html_heading(mrb_state *mrb, mrb_value headings)
{
    mrb_value texts = texts_of(mrb, headings);
    struct mc_buffer out;

    mc_buffer_init(&out, MC_INVENTORY_ROW_BYTES_MAX);
    mc_buffer_text(&out, html_begin);
    for (mrb_int i = 0; i < RARRAY_LEN(texts); i++) {
        html_cell(&out, mc_ruby_bytes(RARRAY_PTR(texts)[i]), "<th scope=\"col\">",
                  "</th>");
    }
    mc_buffer_text(&out, "</tr>\n</thead>\n<tbody>\n");
    flush(mrb, &out);
}

/* What JSON has no word for is a text. */
static mrb_value plain(mrb_state *mrb, mrb_value value)
{
    bool known = mrb_nil_p(value) || mrb_true_p(value) || mrb_false_p(value) ||
                 mrb_integer_p(value) || mrb_float_p(value) || mrb_array_p(value) ||
                 mrb_hash_p(value);

    return known ? value : mrb_obj_as_string(mrb, value);
}

/* One object, the columns in their order; a name that comes again gets a number. The
 * arena hangs off the run, because much of this may raise. */
static struct mc_value *json_object(mrb_state *mrb, struct mc_arena *arena,
                                    mrb_value headings, mrb_value row)
{
    struct mc_value *object = mc_value_hash(arena);
    mrb_value texts = texts_of(mrb, headings);

    for (mrb_int i = 0; i < RARRAY_LEN(texts); i++) {
        struct mc_bytes name = mc_ruby_bytes(RARRAY_PTR(texts)[i]);
        struct mc_value *key = mc_value_string(arena, name);
        for (int again = 2; key && mc_value_get(object, key); again++) {
            key = mc_value_format(arena, "%s %d", mc_arena_text(arena, name), again);
        }
        mrb_value cell = mrb_nil_value();
        if (i < RARRAY_LEN(row)) {
            cell = plain(mrb, RARRAY_PTR(row)[i]);
        }
        if (mc_value_set(arena, object, key, mc_ruby_freeze(mrb, arena, cell, 0))) {
            return NULL;
        }
    }
    return object;
}

static void json_row(mrb_state *mrb, mrb_value headings, mrb_value row)
{
    struct mc_inventory__run *run = mc_inventory__run_of(mrb);
    struct mc_error error = {"Out of memory"};
    struct mc_bytes json = {NULL, 0};

    mc_arena_free(run->row_arena);
    run->row_arena = mc_arena_new(MC_INVENTORY_ARENA_BYTES_MAX);
    struct mc_value *object =
        run->row_arena ? json_object(mrb, run->row_arena, headings, row) : NULL;
    if (!object || mc_json_encode(object, run->row_arena, &json, &error)) {
        mrb_raise(mrb, mrb->eStandardError_class, error.text);
    }
    run->ops->write(run->user, MC_INVENTORY_OUT,
                    mc_bytes_text(run->rows > 1 ? ",\n" : ""));
    run->ops->write(run->user, MC_INVENTORY_OUT, json);
}

static void put(mrb_state *mrb, const char *text)
{
    struct mc_inventory__run *run = mc_inventory__run_of(mrb);

    run->ops->write(run->user, MC_INVENTORY_OUT, mc_bytes_text(text));
}

void mc_inventory__table_begin(mrb_state *mrb, mrb_value headings)
{
    enum mc_inventory_output output = mc_inventory__run_of(mrb)->output;

    if (output == MC_INVENTORY_CSV) {
        csv_row(mrb, headings, 0);
    } else if (output == MC_INVENTORY_HTML) {
        html_heading(mrb, headings);
    } else {
        put(mrb, "[\n");
    }
}

void mc_inventory__table_row(mrb_state *mrb, mrb_value headings, mrb_value row)
{
    enum mc_inventory_output output = mc_inventory__run_of(mrb)->output;

    if (output == MC_INVENTORY_CSV) {
        csv_row(mrb, row, RARRAY_LEN(headings));
    } else if (output == MC_INVENTORY_HTML) {
        html_row(mrb, row, RARRAY_LEN(headings));
    } else {
        json_row(mrb, headings, row);
    }
}

void mc_inventory__table_end(mrb_state *mrb)
{
    const struct mc_inventory__run *run = mc_inventory__run_of(mrb);

    if (run->output == MC_INVENTORY_HTML) {
        put(mrb, "</tbody>\n</table>\n</body>\n</html>\n");
    } else if (run->output == MC_INVENTORY_JSON) {
        put(mrb, run->rows ? "\n]\n" : "]\n");
    }
}
