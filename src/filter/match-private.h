/* What plain and compound filters share. */
#ifndef MC_FILTER_MATCH_PRIVATE_H
#define MC_FILTER_MATCH_PRIVATE_H

#include "base/regexp.h"
#include "filter/filter.h"

/* One name entry ready to be tried on many names. */
struct mc_tried
{
    const struct mc_name_filter *wanted;
    struct mc_regexp *regexp; /* or NULL for an exact name */
    int64_t end_us;           /* of what may be spent */
    bool failed;              /* neither yes nor no: too much effort, no memory */
};

/* Whether a name fits, for the callbacks of a host. Also says yes when it failed, so
 * that the host stops asking.
 * user: struct mc_tried.
 * Returns true or false. Never blocks. */
bool mc_filter__fits(void *user, const char *name);

/* mc_fact_match() with the pattern compiled before.
 * regexp: of mc_fact__pattern(); NULL compiles it.
 * Returns as mc_fact_match(). Never blocks. */
int mc_fact__match(const struct mc_value *facts, const struct mc_fact_filter *wanted,
                   const struct mc_regexp *regexp, struct mc_error *error) MC_MUST_USE;

/* The pattern of a value: it may be written with or without slashes around it.
 * value: borrowed, as is the result.
 * Returns it. Never blocks. */
struct mc_bytes mc_fact__pattern(const char *value);

#endif
