/* A compiled list against one host (spec collective.md 3.6).
 *
 * Every operand is evaluated, also one that no longer decides: a data plugin that is
 * unknown makes the whole list false wherever it stands, and one that fails drops the
 * message. What comes from a plugin lives in an arena of the question. */
#include "filter/compound/compound-private.h"

#include "base/clock.h"
#include "filter/data.h"
#include "filter/match-private.h"
#include <errno.h>
#include <string.h>

/* What the answer of one data plugin may take. */
#define ANSWER_BYTES_MAX ((size_t)4 * 1024 * 1024)

struct evaluation
{
    const struct mc_host *host;
    const struct mc_value *facts; /* asked for once */
    int64_t end_us;
    int64_t wait_end_us;
    bool unknown; /* a plugin was, so the list is false */
    struct mc_error *error;
};

static int too_much(struct evaluation *evaluation, const char *what)
{
    mc_error_set(evaluation->error, "the filter takes too much effort at %.100s", what);
    return MC_FILTER_ERROR;
}

static int try_class(struct evaluation *evaluation, const struct mc_compound_item *item)
{
    const struct mc_host *host = evaluation->host;
    struct mc_tried tried = {
        .wanted = &item->statement.class,
        .regexp = item->regexp,
        .end_us = evaluation->end_us,
    };
    bool found = host->ops->has_class(host->user, mc_filter__fits, &tried);

    if (tried.failed || mc_clock_cpu_us() >= evaluation->end_us) {
        return too_much(evaluation, tried.wanted->text);
    }
    return found ? 0 : MC_FILTER_NO_MATCH;
}

static int try_fact(struct evaluation *evaluation, const struct mc_compound_item *item)
{
    const struct mc_host *host = evaluation->host;

    if (!evaluation->facts) {
        evaluation->facts = host->ops->facts(host->user);
    }
    if (item->regexp && mc_clock_cpu_us() >= evaluation->end_us) {
        return too_much(evaluation, item->statement.fact.fact);
    }
    return mc_fact__match(evaluation->facts, &item->statement.fact, item->regexp,
                          evaluation->error);
}

/* A plugin answers with a hash; without a name of an output that hash is compared. */
static const struct mc_value *output_of(const struct mc_compound_item *item,
                                        const struct mc_value *outputs)
{
    return item->output ? mc_value_get_name(outputs, item->output) : outputs;
}

static bool has_backtick(const struct mc_value *params)
{
    return mc_value_is(params, MC_STRING) &&
           mc_bytes_find(params->bytes, '`') < params->bytes.len;
}

static int try_function(struct evaluation *evaluation,
                        const struct mc_compound_item *item)
{
    MC_CLEANUP(mc_arena_cleanup)
    struct mc_arena *arena = mc_arena_new(ANSWER_BYTES_MAX);
    const struct mc_host *host = evaluation->host;
    const struct mc_value *outputs = NULL;

    if (!arena) {
        return -ENOMEM;
    }
    if (mc_clock_cpu_us() >= evaluation->end_us) {
        return too_much(evaluation, item->name);
    }
    if (mc_clock_monotonic_us() >= evaluation->wait_end_us) {
        mc_error_set(evaluation->error,
                     "the data plugins of the filter take too long: no time is left "
                     "for %.100s",
                     item->name);
        return MC_FILTER_ERROR;
    }
    int r = host->ops->data(host->user, item->name, item->params, arena, &outputs,
                            evaluation->error);
    if (r) {
        evaluation->unknown = r == MC_DATA_UNKNOWN;
        return evaluation->unknown ? MC_FILTER_NO_MATCH : r > 0 ? MC_FILTER_ERROR : r;
    }
    if (has_backtick(item->params)) {
        return MC_FILTER_NO_MATCH;
    }
    return mc_compound__compare(item, output_of(item, outputs), evaluation->error);
}

/* Truth of one operand. Returns 0 and *ret_truth; else how the list ends, which is
 * MC_FILTER_NO_MATCH for an unknown plugin. */
static int operand(struct evaluation *evaluation, const struct mc_compound_item *item,
                   bool *ret_truth)
{
    int r;

    if (item->kind == MC_TOKEN_FUNCTION) {
        r = try_function(evaluation, item);
    } else if (item->statement.fact.fact) {
        r = try_fact(evaluation, item);
    } else {
        r = try_class(evaluation, item);
    }
    if (r != 0 && (r != MC_FILTER_NO_MATCH || evaluation->unknown)) {
        return r;
    }
    *ret_truth = r == 0;
    return 0;
}

int mc_compound_match(struct mc_compound *compound, const struct mc_host *host,
                      int64_t end_us, int64_t wait_end_us, struct mc_error *error)
{
    struct evaluation evaluation = {
        .host = host, .end_us = end_us, .wait_end_us = wait_end_us, .error = error};
    bool *truth = compound->truth;
    size_t top = 0;

    for (size_t i = 0; i < compound->count; i++) {
        const struct mc_compound_item *item = &compound->items[i];
        if (item->kind == MC_TOKEN_NOT) {
            truth[top - 1] = !truth[top - 1];
        } else if (item->kind == MC_TOKEN_AND) {
            top--;
            truth[top - 1] = truth[top - 1] && truth[top];
        } else if (item->kind == MC_TOKEN_OR) {
            top--;
            truth[top - 1] = truth[top - 1] || truth[top];
        } else {
            int r = operand(&evaluation, item, &truth[top]);
            if (r) {
                return r;
            }
            top++;
        }
    }
    return top && truth[0] ? 0 : MC_FILTER_NO_MATCH;
}
