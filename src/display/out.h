/* Where words for people go: a stream that may be a terminal.
 *
 * Two doors: mc_out_text() and its relatives take any text, also what peers sent, and
 * on a terminal write control bytes as escapes (\e, \x07), so that no peer can move the
 * cursor or worse; mc_out_paint() and mc_out_raw() write the escapes that are ours. */
#ifndef MC_DISPLAY_OUT_H
#define MC_DISPLAY_OUT_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "marionette/client.h"
#include <stdio.h>

enum mc_paint
{
    MC_PAINT_NONE,
    MC_PAINT_BOLD,
    MC_PAINT_RED,
    MC_PAINT_GREEN,
    MC_PAINT_YELLOW,
    MC_PAINT_CYAN,
};

struct mc_out
{
    FILE *file;
    bool terminal;
    bool color;
    unsigned columns; /* 0: not a terminal, or unknown */
};

/* Look at a stream.
 * file: borrowed for the life of the out.   color: as configured; "auto" is a terminal
 * without NO_COLOR in the environment.
 * Returns the out. Never blocks. */
struct mc_out mc_out_make(FILE *file, enum mc_color color);

/* Write a text.
 * out: borrowed.   text: any bytes; NULL is nothing.
 * Returns nothing; ask ferror() at the end. Blocks when the stream does. */
void mc_out_text(struct mc_out *out, const char *text);
/* Any bytes; see mc_out_text(). */
void mc_out_bytes(struct mc_out *out, struct mc_bytes bytes);
/* A formatted text; see mc_out_text(). */
void mc_out_printf(struct mc_out *out, const char *format, ...) MC_PRINTF(2, 3);

/* Our own control bytes, as they are.
 * text: from the program, never from a peer.
 * Returns nothing. Blocks when the stream does. */
void mc_out_raw(struct mc_out *out, const char *text);

/* A text in a colour, when colours are on.
 * Returns nothing. Blocks when the stream does. */
void mc_out_paint(struct mc_out *out, enum mc_paint paint, const char *text);

/* Several texts in one colour, ended by NULL; see mc_out_paint(). */
void mc_out_paint_all(struct mc_out *out, enum mc_paint paint,
                      const char *const *parts);

/* A number of blanks.
 * Returns nothing. Blocks when the stream does. */
void mc_out_blanks(struct mc_out *out, size_t count);

/* A text filled with blanks to a width in characters: at its right side, or at its left.
 * Returns nothing. Blocks when the stream does. */
void mc_out_left(struct mc_out *out, const char *text, size_t width);
/* Right-aligned; see mc_out_left(). */
void mc_out_right(struct mc_out *out, const char *text, size_t width);

/* Hand everything on to the system.
 * Returns nothing. Blocks when the stream does. */
void mc_out_flush(struct mc_out *out);

/* Whether a terminal may act on a character instead of showing it: C0 but line end and
 * tab, DEL, C1, and those that turn the direction of writing round.
 * Returns true or false. Never blocks. */
bool mc_text_acts(uint32_t code);

#endif
