/* What scanner, parser, compiler and evaluator of compound filters share. */
#ifndef MC_FILTER_COMPOUND_COMPOUND_PRIVATE_H
#define MC_FILTER_COMPOUND_COMPOUND_PRIVATE_H

#include "base/regexp.h"
#include "filter/compound.h"

enum mc_token_kind
{
    MC_TOKEN_END,
    MC_TOKEN_STATEMENT,
    MC_TOKEN_FUNCTION,
    MC_TOKEN_AND,
    MC_TOKEN_OR,
    MC_TOKEN_NOT,
    MC_TOKEN_OPEN,
    MC_TOKEN_CLOSE,
    MC_TOKEN_BAD,
};

/* One token of a text; texts are in the memory of the scanner. */
struct mc_token
{
    enum mc_token_kind kind;
    size_t from;          /* index of its first byte */
    size_t len;           /* bytes in the source */
    const char *text;     /* statement: without quotes */
    const char *name;     /* function */
    const char *params;   /* function: NULL for none */
    const char *output;   /* function: NULL for none */
    const char *operator; /* function */
    const char *value;    /* function: right side, a pattern without its slashes */
    bool pattern;         /* function: the right side is one */
    const char *reason;   /* bad: or NULL */
};

/* A text that is being cut into tokens. */
struct mc_scan
{
    const char *text;
    size_t at;
    char *out; /* where the next text goes; there is room for all of them */
};

/* Begin.
 * text: outlives the scanner.   arena: owns the texts of all tokens.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_scan_init(struct mc_scan *scan, const char *text, struct mc_arena *arena)
    MC_MUST_USE;

/* The next token; after the last one MC_TOKEN_END for ever.
 * Returns nothing. Never blocks. */
void mc_scan_next(struct mc_scan *scan, struct mc_token *ret_token);

/* One item of a compiled list, in the order of evaluation: operands push their truth,
 * operators take theirs from what was pushed. */
struct mc_compound_item
{
    enum mc_token_kind kind; /* STATEMENT, FUNCTION, AND, OR, NOT */
    struct mc_compound_statement statement;
    struct mc_regexp *regexp; /* of the statement or the function, or NULL */
    const char *name;         /* function */
    const struct mc_value *params;
    const char *output;   /* function: or NULL */
    const char *operator; /* function: == != <= >= < > =~ !=~ */
    const struct mc_value *wanted;
};

struct mc_compound
{
    struct mc_arena *arena; /* owns all of it, but not the patterns */
    struct mc_compound_item *items;
    size_t count;
    bool *truth; /* room for the stack of an evaluation */
};

/* Compare an output of a data function (3.6, fstatement 2 to 7).
 * left: NULL or nil when there is none.
 * Returns 0; MC_FILTER_NO_MATCH; MC_FILTER_ERROR. Never blocks. */
int mc_compound__compare(const struct mc_compound_item *item,
                         const struct mc_value *left, struct mc_error *error)
    MC_MUST_USE;

#endif
