/* Printing a picture: one line after the other, field by field.
 *
 * What a ^ field took away from a value is gone for the rest of the printing, for
 * all fields with the same expression. Characters are those of UTF-8; a byte that is
 * none counts as one. */
#include "report/format/format-private.h"

#include "base/text.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits of a number at the most; a wider field is blank at its left. */
#define NUMBER_BYTES_MAX 400

/* An expression that ^ took something from. */
struct rest
{
    bool taken;
    struct mc_bytes text;
};

struct print
{
    mc_format_fetch_fn *fetch;
    void *user;
    struct mc_buffer *out;
    struct rest *rests;
    size_t mark;  /* where the line begins in out */
    bool gotsome; /* a field had something to show */
    bool rigid;   /* behind ^* blanks are not special, as in perl */
};

/* What of a value is shown in a field. */
struct cut
{
    struct mc_bytes text; /* the value */
    size_t bytes;         /* shown */
    size_t characters;    /* the same */
    size_t rest;          /* where the value goes on */
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_control(uint8_t c)
{
    return c < 0x20 || c == 0x7f;
}

static void blanks(struct mc_buffer *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mc_buffer_byte(out, ' ');
    }
}

static size_t character(struct mc_bytes text, size_t at)
{
    uint32_t code = 0;
    size_t len = mc_text_character(mc_bytes_slice(text, at, 4), &code);

    return len ? len : 1;
}

/* @ fields: up to the line feed, or what fits. */
static struct cut cut_text(struct print *print, struct mc_bytes text, size_t width)
{
    struct cut cut = {text, 0, 0, 0};

    while (cut.bytes < text.len && cut.characters < width) {
        if (!is_control(text.data[cut.bytes])) {
            print->gotsome = true;
        } else if (text.data[cut.bytes] == '\n') {
            break;
        }
        cut.bytes += character(text, cut.bytes);
        cut.characters++;
    }
    cut.rest = cut.bytes;
    return cut;
}

/* ^ fields: up to the last place where a line may be broken: at blanks (line feeds
 * too), and behind a hyphen; a carriage return always breaks. Without one, what fits. As in perl the hyphen itself does not count, so that
 * a field that ends with one is a character wider. */
static struct cut cut_words(struct print *print, struct mc_bytes text, size_t width)
{
    struct cut cut = {text, 0, 0, 0};
    bool found = false;
    size_t at = 0;
    size_t size = 0;

    while (at < text.len) {
        uint8_t c = text.data[at];
        if (is_blank(c) && (c == '\r' || !print->rigid)) {
            found = true;
            cut.bytes = at;
            cut.characters = size;
            if (c == '\r') {
                break;
            }
        } else if (c == '-') {
            found = true;
            cut.bytes = at + 1;
            cut.characters = size;
        }
        if (size == width) {
            break;
        }
        print->gotsome |= !is_control(c) && !is_blank(c);
        at += character(text, at);
        size++;
    }
    if (!found || at >= text.len) {
        cut.bytes = at;
        cut.characters = size;
    }
    cut.rest = cut.bytes;
    return cut;
}

static void show(struct print *print, const struct cut *cut)
{
    for (size_t i = 0; i < cut->bytes; i++) {
        uint8_t c = cut->text.data[i];
        mc_buffer_byte(print->out, is_control(c) ? ' ' : c);
    }
}

static size_t skip_blanks(struct mc_bytes text, size_t at)
{
    while (at < text.len && is_blank(text.data[at])) {
        at++;
    }
    return at;
}

/* Three dots over the end of a field, when the value goes on: over blanks they come
 * directly behind the last word. */
static void show_more(struct print *print, const struct cut *cut)
{
    struct mc_buffer *out = print->out;
    size_t at = out->len;

    size_t rest = print->rigid ? cut->rest : skip_blanks(cut->text, cut->rest);

    if (rest >= cut->text.len || out->failed || out->len < 3) {
        return;
    }
    at -= 3;
    if (memcmp(out->data + at, "   ", 3) == 0) {
        while (at > 0 && is_blank(out->data[at - 1])) {
            at--;
        }
    }
    for (size_t i = 0; i < 3; i++) {
        out->data[at + i] = '.';
    }
}

/* A field of text: the value, and blanks up to its width. */
static void put_text(struct print *print, const struct mc_format__item *item,
                     const struct cut *cut)
{
    size_t pad = item->width > cut->characters ? item->width - cut->characters : 0;
    size_t before = item->side == MC_FORMAT_RIGHT    ? pad
                    : item->side == MC_FORMAT_MIDDLE ? pad / 2
                                                     : 0;

    blanks(print->out, before);
    show(print, cut);
    blanks(print->out, pad - before);
    if (item->more) {
        show_more(print, cut);
    }
}

/* @* and ^*: as it is; the last line feed of @* is left to the picture. */
static struct cut put_lines(struct print *print, const struct mc_format__item *item,
                            struct mc_bytes text)
{
    struct cut cut = {text, text.len, 0, text.len};

    print->gotsome |= text.len > 0;
    if (item->kind == MC_FORMAT_LINE) {
        size_t end = mc_bytes_find(text, '\n');
        cut.bytes = end;
        cut.rest = end < text.len ? end + 1 : text.len;
    } else if (text.len && text.data[text.len - 1] == '\n') {
        cut.bytes--;
    }
    mc_buffer_append(print->out, mc_bytes_slice(text, 0, cut.bytes));
    return cut;
}

static bool too_wide(double number, const struct mc_format__item *item)
{
    double limit = 1;
    double half = 0.5;
    size_t digits = item->width - (number < 0 ? 1 : 0) - (item->point ? 1 : 0);

    digits = digits > item->decimals ? digits - item->decimals : 0;
    for (size_t i = 0; i < digits && limit < 1e300; i++) {
        limit *= 10;
    }
    for (size_t i = 0; i < item->decimals && i < NUMBER_BYTES_MAX; i++) {
        half /= 10;
    }
    return !isfinite(number) || fabs(number) + half >= limit;
}

static void put_number(struct print *print, const struct mc_format__item *item,
                       const struct mc_format_datum *datum)
{
    char digits[NUMBER_BYTES_MAX];

    if (item->blank && datum->nil) {
        blanks(print->out, item->width);
        return;
    }
    print->gotsome = true;
    int decimals = item->decimals < 100 ? (int)item->decimals : 100;
    int len = snprintf(digits, sizeof(digits), "%.*f", decimals, datum->number);
    bool wide =
        len < 0 || (size_t)len >= sizeof(digits) || too_wide(datum->number, item);
    size_t shown = wide ? item->width : (size_t)len + (item->point && !decimals);
    size_t pad = item->width > shown ? item->width - shown : 0;
    size_t sign = !wide && item->zeros && digits[0] == '-';

    mc_buffer_append(print->out, mc_bytes_make("-", sign));
    for (size_t i = 0; i < pad; i++) {
        mc_buffer_byte(print->out, item->zeros ? '0' : ' ');
    }
    for (size_t i = 0; wide && i < item->width; i++) {
        mc_buffer_byte(print->out, '#');
    }
    if (!wide) { /* without room for the zero before its point perl cuts the end */
        mc_buffer_append(print->out, mc_bytes_slice(mc_bytes_text(digits), sign,
                                                    item->width - sign));
        mc_buffer_append(print->out, mc_bytes_make(".", item->point && !decimals));
    }
}

static double number_of(struct mc_bytes text)
{
    char copy[64] = "";

    memcpy(copy, text.len ? text.data : (const uint8_t *)"",
           text.len < sizeof(copy) ? text.len : sizeof(copy) - 1);
    return strtod(copy, NULL);
}

static int put_field(struct print *print, const struct mc_format__item *item)
{
    struct rest *rest = &print->rests[item->expression];
    struct mc_format_datum datum = {.nil = true};
    struct cut cut = {.bytes = 0};

    if (rest->taken) {
        datum = (struct mc_format_datum){.text = rest->text};
        datum.number = number_of(rest->text);
    } else if (print->fetch(print->user, item->expression, &datum) != 0) {
        return MC_FORMAT_STOPPED;
    }
    if (item->kind == MC_FORMAT_NUMBER) {
        put_number(print, item, &datum);
        return 0;
    }
    if (item->kind == MC_FORMAT_LINES || item->kind == MC_FORMAT_LINE) {
        cut = put_lines(print, item, datum.text);
    } else {
        cut = item->kind == MC_FORMAT_TEXT ? cut_text(print, datum.text, item->width)
                                           : cut_words(print, datum.text, item->width);
        put_text(print, item, &cut);
    }
    print->rigid |= item->kind == MC_FORMAT_LINE;
    if (item->kind == MC_FORMAT_WORDS && !print->rigid) {
        cut.rest = skip_blanks(datum.text, cut.rest);
    }
    if (item->kind == MC_FORMAT_WORDS || item->kind == MC_FORMAT_LINE) {
        rest->taken = true;
        rest->text = mc_bytes_slice(datum.text, cut.rest, SIZE_MAX);
    }
    return 0;
}

static void put_literal(struct print *print, struct mc_bytes literal)
{
    for (size_t i = 0; i < literal.len; i++) {
        uint8_t c = literal.data[i];
        mc_buffer_byte(print->out, c == '~' ? ' ' : c);
    }
}

/* One line, once. */
static int put_line(struct print *print, const struct mc_format__line *line)
{
    struct mc_buffer *out = print->out;

    print->mark = out->len;
    print->gotsome = false;
    print->rigid = false;
    for (size_t i = 0; i < line->count; i++) {
        int r = 0;
        if (line->items[i].kind == MC_FORMAT_LITERAL) {
            put_literal(print, line->items[i].literal);
        } else {
            r = put_field(print, &line->items[i]);
        }
        if (r != 0) {
            return r;
        }
    }
    while (out->len > print->mark && out->data[out->len - 1] == ' ') {
        out->len--;
    }
    mc_buffer_byte(out, '\n');
    if (line->optional && !print->gotsome && !out->failed) {
        out->len = print->mark;
    }
    return out->failed ? -ENOMEM : 0;
}

int mc_format_print(const struct mc_format *format, mc_format_fetch_fn *fetch,
                    void *user, struct mc_arena *arena, struct mc_buffer *out,
                    struct mc_error *error)
{
    struct print print = {.fetch = fetch, .user = user, .out = out};

    print.rests =
        mc_arena_array(arena, format->expressions_count + 1, sizeof(*print.rests));
    if (!print.rests) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < format->lines_count; i++) {
        const struct mc_format__line *line = &format->lines[i];
        size_t times = 0;
        do {
            int r = put_line(&print, line);
            if (r != 0) {
                return r;
            }
            if (++times > MC_FORMAT_REPEATS_MAX) {
                mc_error_set(error,
                             "line %u: Runaway format: a line with ~~ must use "
                             "up its values with ^ fields",
                             line->number);
                return MC_FORMAT_RUNAWAY;
            }
        } while (line->repeated && print.gotsome);
    }
    return 0;
}
