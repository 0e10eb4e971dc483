/* A whole filter against a host (spec collective.md 3.5).
 *
 * All kinds must match; within classes, agents and facts every entry must, within
 * identities any one is enough. Every pattern is compiled once per evaluation, not per
 * host entry it is tried on. */
#include "filter/filter.h"

#include "base/regexp.h"
#include <string.h>

/* One name entry ready to be tried on many names. */
struct tried
{
    const struct mc_name_filter *wanted;
    struct mc_regexp *regexp; /* or NULL for an exact name */
    int failed;               /* an outcome of the search other than yes and no */
};

static bool fits(void *user, const char *name)
{
    struct tried *tried = user;

    if (!tried->regexp) {
        return strcmp(tried->wanted->text, name) == 0;
    }
    int r = mc_regexp_search(tried->regexp, mc_bytes_text(name), 0, NULL);
    if (r != 0 && r != MC_REGEXP_NO_MATCH) {
        tried->failed = r;
    }
    return r == 0;
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

static int match_one(const struct mc_name_filter *wanted, const struct mc_host *host,
                     ask_fn *ask, struct mc_error *error)
{
    struct tried tried = {.wanted = wanted};
    int r = 0;

    if (wanted->pattern) {
        r = mc_regexp_new(mc_bytes_text(wanted->pattern), wanted->options,
                          &tried.regexp, error);
        if (r != 0) {
            return r > 0 ? MC_FILTER_ERROR : r;
        }
    }
    bool found = ask(host, &tried);
    mc_regexp_free(tried.regexp);
    if (tried.failed && !found) {
        mc_error_set(error, "the pattern %.100s takes too much effort",
                     wanted->pattern);
        return MC_FILTER_ERROR;
    }
    return found ? 0 : MC_FILTER_NO_MATCH;
}

/* All entries must match, or any one. */
static int match_names(const struct mc_name_filters *names, const struct mc_host *host,
                       ask_fn *ask, bool any, struct mc_error *error)
{
    int r = 0;

    for (size_t i = 0; i < names->count; i++) {
        r = match_one(&names->items[i], host, ask, error);
        bool decided = any ? r == 0 : r == MC_FILTER_NO_MATCH;
        if (decided || (r != 0 && r != MC_FILTER_NO_MATCH)) {
            return r;
        }
    }
    return r;
}

static int match_facts(const struct mc_filter *filter, const struct mc_host *host,
                       struct mc_error *error)
{
    const struct mc_value *facts =
        filter->facts_count ? host->ops->facts(host->user) : NULL;
    int r = 0;

    for (size_t i = 0; r == 0 && i < filter->facts_count; i++) {
        r = mc_fact_match(facts, &filter->facts[i], error);
    }
    return r;
}

int mc_filter_match(const struct mc_filter *filter, const struct mc_host *host,
                    struct mc_error *error)
{
    if (filter->broken) {
        return MC_FILTER_NO_MATCH;
    }
    if (mc_value_count(filter->compound)) {
        mc_error_set(error, "compound filters are not evaluated by this version");
        return MC_FILTER_ERROR;
    }
    int r = match_names(&filter->agents, host, ask_agent, false, error);
    if (r == 0) {
        r = match_names(&filter->identities, host, ask_identity, true, error);
    }
    if (r == 0) {
        r = match_facts(filter, host, error);
    }
    if (r == 0) {
        r = match_names(&filter->classes, host, ask_class, false, error);
    }
    return r;
}
