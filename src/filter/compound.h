/* Compound filters: expressions over classes, facts and data plugins (-S; spec
 * collective.md 3.6).
 *
 * A client turns the text into the wire form, a list of one-key hashes, one for each
 * token. A node compiles that list once and tries it on hosts. */
#ifndef MC_FILTER_COMPOUND_H
#define MC_FILTER_COMPOUND_H

#include "filter/filter.h"

enum
{
    MC_COMPOUND_BAD = 1, /* token and column are in error */
};

/* The longest text of an expression. */
#define MC_COMPOUND_TEXT_BYTES_MAX ((size_t)256 * 1024)
/* The most tokens of a list from the network. */
#define MC_COMPOUND_ITEMS_MAX ((size_t)32 * 1024)
/* The most patterns of one. */
#define MC_COMPOUND_PATTERNS_MAX 1024

/* Turn the text of -S into its wire form.
 * text: borrowed.   arena: owns *ret_list.
 * ret_list: array of hashes with one String key each.
 * error: what is wrong, with the token and its column (from 1, in characters).
 * Returns 0; MC_COMPOUND_BAD; -ENOMEM. Never blocks. */
int mc_compound_parse(const char *text, struct mc_arena *arena,
                      struct mc_value **ret_list, struct mc_error *error) MC_MUST_USE;

/* Whether nodes would read a comparison in the list in another way than people mean it:
 * statements know only = < > <= >= (spec section 7).
 * list: from mc_compound_parse().   error: the statement, and what to write instead.
 * Returns 0; MC_COMPOUND_BAD. Never blocks. */
int mc_compound_check(const struct mc_value *list, struct mc_error *error) MC_MUST_USE;

/* A statement taken apart as nodes do. */
struct mc_compound_statement
{
    struct mc_fact_filter fact; /* fact NULL: it names a class */
    struct mc_name_filter class;
};

/* Take a statement apart.
 * text: of a statement; borrowed as long as the result lives.   arena: owns the result.
 * error: why it is none.
 * Returns 0; MC_COMPOUND_BAD (no value); -ENOMEM. Never blocks. */
int mc_compound_statement(const char *text, struct mc_arena *arena,
                          struct mc_compound_statement *ret_statement,
                          struct mc_error *error) MC_MUST_USE;

/* One list, ready to be tried on many hosts. */
struct mc_compound;

/* Check a list from the network and compile its patterns.
 * list: borrowed as long as the result lives.   end_us: of mc_clock_cpu_us(), when to
 * give up.   ret_compound: owned by the caller.
 * Returns 0; MC_FILTER_ERROR (wrong shape or syntax, bad pattern, too late); -ENOMEM.
 * Never blocks. */
int mc_compound_compile(const struct mc_value *list, int64_t end_us,
                        struct mc_compound **ret_compound, struct mc_error *error)
    MC_MUST_USE;

/* Give a compiled list back.
 * compound: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_compound *mc_compound_free(struct mc_compound *compound);

/* Try a list on a host. Every item is evaluated, as the original does, so that an
 * unknown plugin makes the whole list false wherever it stands.
 * end_us: of mc_clock_cpu_us(), when to give up.   wait_end_us: of
 * mc_clock_monotonic_us(), from when on no data plugin is asked.
 * Returns 0; MC_FILTER_NO_MATCH; MC_FILTER_ERROR; -ENOMEM. Blocks as the host's
 * callbacks do. */
int mc_compound_match(struct mc_compound *compound, const struct mc_host *host,
                      int64_t end_us, int64_t wait_end_us, struct mc_error *error)
    MC_MUST_USE;

#endif
