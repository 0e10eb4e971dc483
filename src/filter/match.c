/* A whole filter against a host (spec collective.md 3.5).
 *
 * All kinds must match; within classes, agents and facts every entry must, within
 * identities any one is enough. The pattern of a name is compiled once per evaluation,
 * not per host entry it is tried on. A peer chooses how many entries there are and what
 * each costs, and in some formats without any key: the whole evaluation may take
 * MC_FILTER_EFFORT_US of the processor, and the first entry that is too expensive ends
 * it. */
#include "filter/filter.h"

#include "base/clock.h"
#include "base/regexp.h"
#include <string.h>

/* One name entry ready to be tried on many names. */
struct tried
{
    const struct mc_name_filter *wanted;
    struct mc_regexp *regexp; /* or NULL for an exact name */
    int64_t end_us;           /* of what may be spent */
    bool failed;              /* neither yes nor no: too much effort, or no memory */
};

static bool too_late(int64_t end_us)
{
    return mc_clock_cpu_us() >= end_us;
}

/* Also says yes when it failed, so that the host stops asking. */
static bool fits(void *user, const char *name)
{
    struct tried *tried = user;

    if (!tried->regexp) {
        return strcmp(tried->wanted->text, name) == 0;
    }
    int r = mc_regexp_search(tried->regexp, mc_bytes_text(name), 0, NULL);
    tried->failed = r != 0 && (r != MC_REGEXP_NO_MATCH || too_late(tried->end_us));
    return r == 0 || tried->failed;
}

typedef bool ask_fn(const struct mc_host *host, struct tried *tried);

static bool ask_class(const struct mc_host *host, struct tried *tried)
{
    return host->ops->has_class(host->user, fits, tried);
}

/* The word mcollective stands for every node. */
static bool ask_agent(const struct mc_host *host, struct tried *tried)
{
    return strcmp(tried->wanted->text, "mcollective") == 0 ||
           host->ops->has_agent(host->user, fits, tried);
}

static bool ask_identity(const struct mc_host *host, struct tried *tried)
{
    return fits(tried, host->ops->identity(host->user));
}

static int too_much(struct mc_error *error, const char *what)
{
    mc_error_set(error, "the filter takes too much effort at %.100s", what);
    return MC_FILTER_ERROR;
}

static int match_one(const struct mc_name_filter *wanted, const struct mc_host *host,
                     ask_fn *ask, int64_t end_us, struct mc_error *error)
{
    struct tried tried = {.wanted = wanted, .end_us = end_us};
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

int mc_filter_match(const struct mc_filter *filter, const struct mc_host *host,
                    struct mc_error *error)
{
    int64_t end_us = mc_clock_cpu_us() + MC_FILTER_EFFORT_US;

    if (filter->broken) {
        return MC_FILTER_NO_MATCH;
    }
    if (mc_value_count(filter->compound)) {
        mc_error_set(error, "compound filters are not evaluated by this version");
        return MC_FILTER_ERROR;
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
    return r;
}
