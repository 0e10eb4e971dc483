/* The format language of Perl (perlform(1), commands.md 1.11), as formatr has it.
 *
 * A format is a picture: its lines are printed as they stand, but for the fields in
 * them. Below a line with fields stands a line with one expression for each of them.
 *
 *   @<<<  @>>>  @|||     a text at the left, at the right, in the middle; longer ones
 *                        are cut
 *   @###  @0##  @#.##    a number, rounded
 *   @*                   a text of several lines
 *   ^<<<  ^>>>  ^|||     as many words as fit; they are taken from the value, so that
 *                        the next field with the same expression goes on behind them
 *   ^*  ^###             one line of a text; a number, blank when there is none
 *   ...  behind a field  shown when the value goes on
 *   ~                    the line is left out when its fields are empty
 *   ~~                   and is repeated until they are
 *   #    at the left     a comment
 *
 * Bytes in, bytes out: what an expression means is the caller's business, and a value
 * never becomes part of a picture. Widths are counted in characters. */
#ifndef MC_REPORT_FORMAT_FORMAT_H
#define MC_REPORT_FORMAT_FORMAT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

enum mc_format_outcome
{
    MC_FORMAT_MALFORMED = 1, /* the picture is wrong; the error says why and where */
    MC_FORMAT_RUNAWAY = 2,   /* a repeated line does not end */
    MC_FORMAT_STOPPED = 3,   /* the caller's function wanted it */
};

#define MC_FORMAT_BYTES_MAX ((size_t)256 * 1024)
#define MC_FORMAT_LINES_MAX 2000
/* How often ~~ may repeat one line. */
#define MC_FORMAT_REPEATS_MAX 1000
/* What one printing may come to. */
#define MC_FORMAT_OUTPUT_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct mc_format;

/* What an expression gave. */
struct mc_format_datum
{
    struct mc_bytes text; /* borrowed until the printing is over */
    double number;        /* the same as a number */
    bool nil;             /* there is no value */
};

/* The value of an expression, asked for each time that a field shows it, unless a
 * ^ field took something away from it before.
 * expression: index, as in mc_format_expression().
 * Returns 0; anything else stops the printing. */
typedef int mc_format_fetch_fn(void *user, size_t expression,
                               struct mc_format_datum *ret_datum);

/* Read a picture.
 * text: borrowed for the life of the arena.   arena: owns *ret_format.
 * error: what is wrong, behind the number of its line.
 * Returns 0; MC_FORMAT_MALFORMED; -ENOMEM. Never blocks. */
int mc_format_parse(struct mc_bytes text, struct mc_arena *arena,
                    struct mc_format **ret_format, struct mc_error *error) MC_MUST_USE;

/* How many expressions there are; the same text counts once.
 * Returns the count. Never blocks. */
size_t mc_format_expressions(const struct mc_format *format);

/* The text of an expression.
 * index: below mc_format_expressions().   ret_line: where it stands first, from 1.
 * Returns it, borrowed from the picture. Never blocks. */
struct mc_bytes mc_format_expression(const struct mc_format *format, size_t index,
                                     unsigned *ret_line);

/* How far the first of several Ruby expressions goes: up to a comma outside of quotes and
 * brackets, or to a bracket that closes what was opened before.
 * text: borrowed.
 * Returns the index of that byte, text.len without one. Never blocks. */
size_t mc_format_item_end(struct mc_bytes text);

/* Print it once.
 * fetch, user: give the values.   arena: for this call, scratch.   out: appended to;
 * every line ends with a line feed, without blanks before it.
 * Returns 0; MC_FORMAT_RUNAWAY; MC_FORMAT_STOPPED; -ENOMEM, also when out is full. Never
 * blocks. */
int mc_format_print(const struct mc_format *format, mc_format_fetch_fn *fetch,
                    void *user, struct mc_arena *arena, struct mc_buffer *out,
                    struct mc_error *error) MC_MUST_USE;

/* Pages of a report: what was printed on the one that is open. */
struct mc_pages
{
    int64_t length; /* of a page in lines, heading included; set by the caller */
    int64_t left;   /* lines that the open page has left */
    unsigned page;  /* number of the open page, 0 before the first one */
};

/* A page begins: gives the heading of page pages->page.
 * out: appended to.
 * Returns 0; anything else stops. */
typedef int mc_pages_heading_fn(void *user, struct mc_buffer *out);
/* Lines, or the form feed that stands before each heading but the first. */
typedef void mc_pages_write_fn(void *user, struct mc_bytes lines, bool form_feed);

/* Put a body on the open page, or on a new one when it does not fit. One that is longer
 * than a page goes on on the next.
 * heading: NULL for reports without one: they have no pages.   body: whole lines.
 * Returns 0; what heading() returned. Never blocks. */
int mc_pages_add(struct mc_pages *pages, struct mc_bytes body,
                 mc_pages_heading_fn *heading, mc_pages_write_fn *put, void *user)
    MC_MUST_USE;

#endif
