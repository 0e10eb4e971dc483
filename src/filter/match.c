/* A whole filter against a host (spec collective.md 3.5).
 *
 * All kinds must match; within classes, agents and facts every entry must, within
 * identities any one is enough. The pattern of a name is compiled once per evaluation,
 * not per host entry it is tried on. A peer chooses how many entries there are and what
 * each costs, and in some formats without any key: the whole evaluation may take
 * MC_FILTER_EFFORT_US of the processor, and the first entry that is too expensive ends
 * it. So does the first data plugin behind MC_FILTER_WAIT_US: what a plugin waits for, a
 * package manager say, is not counted as ours. */
#include "filter/match-private.h"

#include "base/clock.h"
#include "filter/compound.h"
#include <string.h>

static bool too_late(int64_t end_us)
{
    return mc_clock_cpu_us() >= end_us;
}

bool mc_filter__fits(void *user, const char *name)
{
    struct mc_tried *tried = user;

    if (!tried->regexp) {
        return strcmp(tried->wanted->text, name) == 0;
    }
    int r = mc_regexp_search(tried->regexp, mc_bytes_text(name), 0, NULL);
    tried->failed = r != 0 && (r != MC_REGEXP_NO_MATCH || too_late(tried->end_us));
    return r == 0 || tried->failed;
}

typedef bool ask_fn(const struct mc_host *host, struct mc_tried *tried);

static bool ask_class(const struct mc_host *host, struct mc_tried *tried)
{
    return host->ops->has_class(host->user, mc_filter__fits, tried);
}

/* The word mcollective stands for every node. */
static bool ask_agent(const struct mc_host *host, struct mc_tried *tried)
{
    return strcmp(tried->wanted->text, "mcollective") == 0 ||
           host->ops->has_agent(host->user, mc_filter__fits, tried);
}

static bool ask_identity(const struct mc_host *host, struct mc_tried *tried)
{
    return mc_filter__fits(tried, host->ops->identity(host->user));
}

static int too_much(struct mc_error *error, const char *what)
{
    mc_error_set(error, "the filter takes too much effort at %.100s", what);
    return MC_FILTER_ERROR;
}

static int match_one(const struct mc_name_filter *wanted, const struct mc_host *host,
                     ask_fn *ask, int64_t end_us, struct mc_error *error)
{
    struct mc_tried tried = {.wanted = wanted, .end_us = end_us};
    int r = 0;

    if (too_late(end_us)) {
        return too_much(error, wanted->text);
    }
    if (wanted->pattern) {
        r = mc_regexp_new(mc_bytes_text(wanted->pattern), wanted->options,
                          &tried.regexp, error);
        if (r != 0) {
            return r > 0 ? MC_FILTER_ERROR : r;
        }
    }
    bool found = ask(host, &tried);
    mc_regexp_free(tried.regexp);
    if (tried.failed) {
        return too_much(error, wanted->text);
    }
    return found ? 0 : MC_FILTER_NO_MATCH;
}

/* All entries must match, or any one. */
static int match_names(const struct mc_name_filters *names, const struct mc_host *host,
                       ask_fn *ask, bool any, int64_t end_us, struct mc_error *error)
{
    int r = 0;

    for (size_t i = 0; i < names->count; i++) {
        r = match_one(&names->items[i], host, ask, end_us, error);
        bool decided = any ? r == 0 : r == MC_FILTER_NO_MATCH;
        if (decided || (r != 0 && r != MC_FILTER_NO_MATCH)) {
            return r;
        }
    }
    return r;
}

static int match_facts(const struct mc_filter *filter, const struct mc_host *host,
                       int64_t end_us, struct mc_error *error)
{
    const struct mc_value *facts =
        filter->facts_count ? host->ops->facts(host->user) : NULL;
    int r = 0;

    for (size_t i = 0; r == 0 && i < filter->facts_count; i++) {
        r = too_late(end_us) ? too_much(error, filter->facts[i].fact)
                             : mc_fact_match(facts, &filter->facts[i], error);
    }
    return r;
}

/* Every list must be true. */
static int match_compound(const struct mc_value *lists, const struct mc_host *host,
                          int64_t end_us, struct mc_error *error)
{
    int64_t wait_end_us = mc_clock_monotonic_us() + MC_FILTER_WAIT_US;
    int r = 0;

    for (size_t i = 0; r == 0 && i < mc_value_count(lists); i++) {
        struct mc_compound *compound = NULL;
        r = mc_compound_compile(mc_value_item(lists, i), end_us, &compound, error);
        r = r ? r : mc_compound_match(compound, host, end_us, wait_end_us, error);
        mc_compound_free(compound);
    }
    return r;
}

int mc_filter_match(const struct mc_filter *filter, const struct mc_host *host,
                    struct mc_error *error)
{
    int64_t end_us = mc_clock_cpu_us() + MC_FILTER_EFFORT_US;

    if (filter->broken) {
        return MC_FILTER_NO_MATCH;
    }
    int r = match_names(&filter->agents, host, ask_agent, false, end_us, error);
    if (r == 0) {
        r = match_names(&filter->identities, host, ask_identity, true, end_us, error);
    }
    if (r == 0) {
        r = match_facts(filter, host, end_us, error);
    }
    if (r == 0) {
        r = match_names(&filter->classes, host, ask_class, false, end_us, error);
    }
    return r ? r : match_compound(filter->compound, host, end_us, error);
}
