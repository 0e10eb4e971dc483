/* Ruby regular expressions (Oniguruma, Ruby syntax).
 *
 * Patterns come from the network: a match may use a bounded effort only, and running
 * out of it is an outcome. A compiled pattern is immutable. */
#ifndef MC_BASE_REGEXP_H
#define MC_BASE_REGEXP_H

#include "base/arena.h"

struct mc_regexp;

enum
{
    MC_REGEXP_NO_MATCH = 1,
    MC_REGEXP_INVALID = 2,
    MC_REGEXP_EFFORT = 3,
};

#define MC_REGEXP_PATTERN_BYTES_MAX 4096
#define MC_REGEXP_GROUPS_MAX 32

struct mc_regexp_match
{
    size_t count; /* groups, the whole match is number 0 */
    struct
    {
        bool set;
        size_t from;
        size_t to;
    } group[MC_REGEXP_GROUPS_MAX];
};

/* Compile.
 * pattern: borrowed, Ruby syntax.   options: 1 ignore case, 2 extended, 4 dot matches
 * newline (as Ruby's Marshal numbers them).   error: why it is invalid.
 * Returns 0 and a pattern owned by the caller (mc_regexp_free); MC_REGEXP_INVALID;
 * -ENOMEM. Never blocks. */
int mc_regexp_new(struct mc_bytes pattern, unsigned options,
                  struct mc_regexp **ret_regexp, struct mc_error *error) MC_MUST_USE;

/* Give a pattern back.
 * regexp: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_regexp *mc_regexp_free(struct mc_regexp *regexp);

/* Search the pattern anywhere in the text from an index on.
 * regexp: unchanged.   text: borrowed, any bytes.   from: index to begin at.
 * ret_match: may be NULL.
 * Returns 0 when found; MC_REGEXP_NO_MATCH; MC_REGEXP_EFFORT; -ENOMEM. Never blocks. */
int mc_regexp_search(const struct mc_regexp *regexp, struct mc_bytes text, size_t from,
                     struct mc_regexp_match *ret_match) MC_MUST_USE;

/* Compile, search once, give back.
 * pattern, options: as mc_regexp_new().   text: borrowed.   error: optional.
 * Returns 0 when found; MC_REGEXP_NO_MATCH; MC_REGEXP_INVALID; MC_REGEXP_EFFORT;
 * -ENOMEM. Never blocks. */
int mc_regexp_once(struct mc_bytes pattern, unsigned options, struct mc_bytes text,
                   struct mc_error *error) MC_MUST_USE;

#endif
