/* Words for people about a failure: a fixed buffer, so that failing allocates nothing. */
#ifndef MARIONETTE_ERROR_H
#define MARIONETTE_ERROR_H

#define MC_ERROR_TEXT_BYTES 512

struct mc_error
{
    char text[MC_ERROR_TEXT_BYTES];
};

#endif
