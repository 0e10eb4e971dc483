/* The bar that shows how many of the expected replies are there (commands.md 1.6). */
#ifndef MC_DISPLAY_PROGRESS_H
#define MC_DISPLAY_PROGRESS_H

#include "display/out.h"

/* The longest bar, in columns. */
#define MC_PROGRESS_COLUMNS 60
/* What a terminal line has besides the bar. */
#define MC_PROGRESS_MARGIN 22

struct mc_progress
{
    unsigned turn; /* which mark comes next */
};

/* Draw it over the last one: a carriage return, then the bar, no line end.
 * progress: zeroed at first.   current: of total.
 * Returns nothing. Blocks when the stream does. */
void mc_progress_draw(struct mc_progress *progress, struct mc_out *out, size_t current,
                      size_t total);

#endif
