/* The block of one host: name and label, message, then the outputs under the headings
 * of the DDL (commands.md 1.6).
 *
 * What is shown of a failed reply: with status 1 those outputs that are set, so that an
 * agent's own failure can explain itself; with a higher one nothing but the message. That
 * is a rule of the first release, which showed them as they came, that is in the order of
 * the DDL; outputs of status 0 are sorted by key, as the later ones do it. */
#include "base/arena.h"
#include "base/memory.h"
#include "value/value.h"
#include "codec/inspect.h"
#include "display/report.h"
#include <stdlib.h>
#include <string.h>

/* How many columns the host name has. */
#define HOST_COLUMNS 40
/* Blanks in front of the longest heading. */
#define HEADING_MARGIN 3

struct line
{
    const char *key; /* sorted by it, where they are sorted */
    const char *heading;
    const struct mc_value *value;
};

static const struct
{
    const char *label;
    enum mc_paint paint;
} labels[] = {
    {"", MC_PAINT_NONE},
    {"Request Aborted", MC_PAINT_RED},
    {"Unknown Action", MC_PAINT_YELLOW},
    {"Missing Request Data", MC_PAINT_YELLOW},
    {"Invalid Request Data", MC_PAINT_YELLOW},
    {"Unknown Request Status", MC_PAINT_RED},
};

static void header(struct mc_out *out, const struct mc_client_reply *reply)
{
    size_t last = MC_COUNT(labels) - 1;
    size_t at = reply->status >= 0 && reply->status < (int64_t)last
                    ? (size_t)reply->status
                    : last;

    mc_out_left(out, reply->sender, HOST_COLUMNS);
    mc_out_raw(out, " ");
    mc_out_paint(out, labels[at].paint, labels[at].label);
    mc_out_raw(out, "\n");
    if (strcmp(reply->message, "OK") != 0) {
        mc_out_raw(out, "   ");
        mc_out_paint(out, MC_PAINT_YELLOW, reply->message);
        mc_out_raw(out, "\n");
    }
}

static int by_key(const void *a, const void *b)
{
    const struct line *left = a;
    const struct line *right = b;

    return strcmp(left->key, right->key);
}

/* The outputs that are to be shown, in their order. */
static struct line *make_lines(const struct mc_call *call,
                               const struct mc_client_reply *reply, size_t *ret_count)
{
    size_t count = mc_value_count(reply->data);
    struct line *lines = mc_memory_array(count ? count : 1, sizeof(*lines));
    size_t used = 0;

    for (size_t i = 0; lines && i < count; i++) {
        const char *key = mc_value_cstr(mc_value_key(reply->data, i));
        const struct mc_value *value = mc_value_item(reply->data, i);
        if (!key || (reply->status && mc_value_is(value, MC_NIL))) {
            continue;
        }
        const char *heading = mc_call_heading(call, key);
        lines[used++] = (struct line){
            .key = key, .heading = heading ? heading : key, .value = value};
    }
    if (used && reply->status == 0) {
        qsort(lines, used, sizeof(*lines), by_key);
    }
    *ret_count = used;
    return lines;
}

/* Lines of a text, the second and later ones indented; line ends at its end are cut. */
static void indented(struct mc_out *out, struct mc_bytes text, size_t indent)
{
    while (text.len && text.data[text.len - 1] == '\n') {
        text.len--;
    }
    for (bool first = true; first || text.len; first = false) {
        size_t end = mc_bytes_find(text, '\n');
        mc_out_blanks(out, first ? 0 : indent);
        mc_out_bytes(out, mc_bytes_slice(text, 0, end));
        mc_out_raw(out, "\n");
        text = mc_bytes_slice(text, end + 1, text.len);
    }
}

static void value_text(struct mc_out *out, const struct mc_value *value, size_t indent)
{
    struct mc_buffer text;

    mc_buffer_init(&text, MC_INSPECT_BYTES_MAX);
    if (mc_value_is(value, MC_STRING)) {
        mc_buffer_append(&text, value->bytes);
    } else {
        mc_inspect_pretty(value, &text);
    }
    if (mc_buffer_failed(&text)) {
        mc_out_raw(out, " (too large to be shown)\n");
    } else if (!text.len) {
        mc_out_raw(out, "\n");
    } else {
        mc_out_raw(out, " ");
        indented(out, mc_buffer_bytes(&text), indent);
    }
    mc_buffer_deinit(&text);
}

static void outputs(struct mc_out *out, const struct mc_call *call,
                    const struct mc_client_reply *reply)
{
    size_t count = 0;
    size_t longest = 0;
    struct line *lines = make_lines(call, reply, &count);

    for (size_t i = 0; i < count; i++) {
        size_t width = mc_text_width(mc_bytes_text(lines[i].heading));
        longest = width > longest ? width : longest;
    }
    for (size_t i = 0; i < count; i++) {
        mc_out_right(out, lines[i].heading, longest + HEADING_MARGIN);
        mc_out_raw(out, ":");
        value_text(out, lines[i].value, longest + HEADING_MARGIN + 2);
    }
    mc_memory_free(lines);
}

/* Every line of a pretty-printed value behind four blanks. */
static void data_lines(struct mc_out *out, const struct mc_value *data)
{
    struct mc_buffer text;

    mc_buffer_init(&text, MC_INSPECT_BYTES_MAX);
    mc_inspect_pretty(data, &text);
    mc_out_raw(out, "    ");
    indented(out, mc_buffer_bytes(&text), 4);
    mc_buffer_deinit(&text);
}

static void verbose_block(struct mc_out *out, const struct mc_client_reply *reply)
{
    mc_out_left(out, reply->sender, HOST_COLUMNS);
    mc_out_raw(out, ": ");
    mc_out_text(out, reply->message);
    mc_out_raw(out, "\n");
    if (reply->status == 0 || reply->status == 1) {
        data_lines(out, reply->data);
        mc_out_raw(out, "\n");
    } else if (reply->status >= 5) {
        mc_out_printf(out, "    ");
        mc_out_text(out, reply->message);
        mc_out_raw(out, "\n");
    }
}

static void block(struct mc_out *out, const struct mc_call *call,
                  const struct mc_client_reply *reply)
{
    header(out, reply);
    if (reply->status != 0 && reply->status != 1) {
        mc_out_raw(out, "\n");
        return;
    }
    if (mc_value_is(reply->data, MC_HASH)) {
        outputs(out, call, reply);
    } else if (!mc_value_is(reply->data, MC_NIL)) {
        mc_out_raw(out, "  ");
        value_text(out, reply->data, HEADING_MARGIN);
    }
    mc_out_raw(out, "\n");
}

static bool shown(const struct mc_client_reply *reply, enum mc_show show)
{
    switch (show) {
    case MC_SHOW_OK:
        return reply->status == 0;
    case MC_SHOW_FAILED:
        return reply->status > 0;
    case MC_SHOW_ALWAYS:
    case MC_SHOW_FLATTEN:
        break;
    }
    return true;
}

void mc_report_reply(struct mc_out *out, const struct mc_call *call,
                     const struct mc_client_reply *reply,
                     const struct mc_report_options *options)
{
    if (options->verbose) {
        verbose_block(out, reply);
    } else if (options->show == MC_SHOW_FLATTEN) {
        outputs(out, call, reply);
        mc_out_raw(out, "\n");
    } else if (shown(reply, options->show)) {
        block(out, call, reply);
    }
}

void mc_report_replies(struct mc_out *out, const struct mc_call *call,
                       const struct mc_report_options *options)
{
    const struct mc_client_reply *reply;

    for (size_t i = 0; (reply = mc_call_reply(call, i)); i++) {
        mc_report_reply(out, call, reply, options);
    }
}
