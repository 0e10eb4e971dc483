/* A picture that was read: lines of literals and fields. */
#ifndef MC_REPORT_FORMAT_PRIVATE_H
#define MC_REPORT_FORMAT_PRIVATE_H

#include "report/format/format.h"

enum mc_format_kind
{
    MC_FORMAT_LITERAL, /* text, its tildes are blanks */
    MC_FORMAT_TEXT,    /* @<<< and its like */
    MC_FORMAT_WORDS,   /* ^<<< and its like */
    MC_FORMAT_LINES,   /* @* */
    MC_FORMAT_LINE,    /* ^* */
    MC_FORMAT_NUMBER,  /* @### */
};

enum mc_format_side
{
    MC_FORMAT_LEFT,
    MC_FORMAT_RIGHT,
    MC_FORMAT_MIDDLE,
};

struct mc_format__item
{
    enum mc_format_kind kind;
    enum mc_format_side side;
    struct mc_bytes literal;
    size_t width;      /* characters */
    size_t decimals;   /* NUMBER */
    size_t expression; /* all but LITERAL */
    bool point;        /* NUMBER */
    bool zeros;        /* NUMBER: filled with zeros */
    bool blank;        /* NUMBER: empty without a value */
    bool more;         /* "..." when the value goes on */
};

struct mc_format__line
{
    struct mc_format__item *items;
    size_t count;
    unsigned number;
    bool optional; /* ~ */
    bool repeated; /* ~~ */
};

struct mc_format__expression
{
    struct mc_bytes text;
    unsigned line;
};

struct mc_format
{
    struct mc_format__line *lines;
    size_t lines_count;
    struct mc_format__expression *expressions;
    size_t expressions_count;
};

#endif
