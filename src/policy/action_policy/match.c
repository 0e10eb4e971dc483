/* One rule against one request.
 *
 * Callers are compared as whole words and facts as values: the original searches the
 * caller anywhere in the field, so that uid=1 passes as uid=12, and evaluates facts as
 * Ruby (collective.md section 7). A field has three answers; "unknown" never allows. */
#include "policy/action_policy/rules.h"

#include "base/regexp.h"

/* Answers of a field beside 0, which is yes: as the host's callbacks say them. */
enum
{
    NO = MC_POLICY_NO_MATCH,
    UNKNOWN = MC_POLICY_UNKNOWN,
};

static bool star(struct mc_bytes field)
{
    return mc_bytes_is(field, "*");
}

int mc_action__match(struct mc_bytes pattern, const char *text, struct mc_error *error)
{
    int r = mc_regexp_once(pattern, 0, mc_bytes_text(text), error);

    if (r == 0 || r == MC_REGEXP_NO_MATCH) {
        return r == 0 ? 0 : NO;
    }
    if (r == MC_REGEXP_EFFORT) {
        mc_error_set(error, "a pattern takes too much effort");
    }
    return UNKNOWN;
}

static int match_caller(const struct mc_action_question *question, struct mc_bytes word,
                        struct mc_error *error)
{
    struct mc_bytes pattern;

    if (mc_action__pattern(word, &pattern)) {
        return mc_action__match(pattern, question->caller, error);
    }
    if (mc_bytes_is(word, question->caller)) {
        return 0;
    }
    for (size_t i = 0; i < question->groups->count; i++) {
        if (mc_bytes_equal(question->groups->names[i], word)) {
            return 0;
        }
    }
    return NO;
}

/* Any of the words is enough; what is unknown counts when none says yes. */
static int match_callers(const struct mc_action_question *question,
                         struct mc_bytes field, struct mc_error *error)
{
    struct mc_bytes word;
    int answer = NO;

    while (answer != 0 && !star(field) && mc_action__word(&field, &word)) {
        int r = match_caller(question, word, error);
        answer = r == NO ? answer : r;
    }
    return star(field) ? 0 : answer;
}

static int match_actions(const struct mc_action_question *question,
                         struct mc_bytes field)
{
    struct mc_bytes word;

    if (star(field)) {
        return 0;
    }
    while (mc_action__word(&field, &word)) {
        if (mc_bytes_is(word, question->action)) {
            return 0;
        }
    }
    return NO;
}

/* Operators as they are written; the longer ones first. */
static const struct
{
    const char *text;
    size_t len;
    const char *means;
} operators[] = {
    {"<=", 2, "<="}, {">=", 2, ">="}, {"!=", 2, "!="}, {"==", 2, "=="},
    {"=", 1, "=="},  {"<", 1, "<"},   {">", 1, ">"},
};

/* Where the first operator of a word begins; the length of the word without one. */
static size_t find_operator(struct mc_bytes word, size_t *ret_which)
{
    for (size_t at = 0; at < word.len; at++) {
        struct mc_bytes rest = mc_bytes_slice(word, at, word.len);
        for (size_t i = 0; i < MC_COUNT(operators); i++) {
            if (mc_bytes_starts(rest, operators[i].text)) {
                *ret_which = i;
                return at;
            }
        }
    }
    return word.len;
}

/* A word without operator, name or value never matches. */
static int match_fact(const struct mc_action_question *question, struct mc_bytes word,
                      struct mc_error *error)
{
    size_t which = 0;
    size_t at = find_operator(word, &which);
    struct mc_bytes value = mc_bytes_slice(word, at + operators[which].len, word.len);

    if (at == 0 || at == word.len || !value.len) {
        return NO;
    }
    const struct mc_fact_filter wanted = {
        .fact = mc_arena_text(question->arena, mc_bytes_slice(word, 0, at)),
        .operator= operators[which].means,
        .value = mc_arena_text(question->arena, value),
    };
    if (!wanted.fact || !wanted.value) {
        mc_error_set(error, "out of memory");
        return UNKNOWN;
    }
    return question->host->ops->has_fact(question->host->user, &wanted) ? 0 : NO;
}

struct wanted_class
{
    struct mc_bytes text; /* of a pattern or a name */
    bool is_pattern;
    int answer;
    struct mc_error *error;
};

/* Also says yes when the answer is unknown, so that the host stops asking. */
static bool class_fits(void *user, const char *name)
{
    struct wanted_class *wanted = user;

    if (wanted->is_pattern) {
        wanted->answer = mc_action__match(wanted->text, name, wanted->error);
    } else {
        wanted->answer = mc_bytes_is(wanted->text, name) ? 0 : NO;
    }
    return wanted->answer != NO;
}

static int match_class(const struct mc_action_question *question, struct mc_bytes word,
                       struct mc_error *error)
{
    const struct mc_policy_host *host = question->host;
    struct wanted_class wanted = {.text = word, .answer = NO, .error = error};
    size_t which = 0;

    wanted.is_pattern = mc_action__pattern(word, &wanted.text);
    if (!wanted.is_pattern && find_operator(word, &which) < word.len) {
        return NO;
    }
    return host->ops->has_class(host->user, class_fits, &wanted) ? wanted.answer : NO;
}

static int match_compound(const struct mc_action_question *question,
                          struct mc_bytes field, struct mc_error *error)
{
    const struct mc_policy_host *host = question->host;
    const char *text = mc_arena_text(question->arena, field);

    if (!host->ops->compound || !text) {
        mc_error_set(error, "%s",
                     text ? "compound filters cannot be evaluated here"
                          : "out of memory");
        return UNKNOWN;
    }
    int r = host->ops->compound(host->user, text, error);
    return r == 0 || r == NO ? r : UNKNOWN;
}

typedef int match_fn(const struct mc_action_question *question, struct mc_bytes word,
                     struct mc_error *error);

/* Every word must match, or the whole text as a compound one. */
static int match_words(const struct mc_action_question *question, struct mc_bytes field,
                       match_fn *match, struct mc_error *error)
{
    struct mc_bytes word;
    int answer = 0;

    if (star(field)) {
        return 0;
    }
    if (mc_action__compound(field)) {
        return match_compound(question, field, error);
    }
    while (answer != NO && mc_action__word(&field, &word)) {
        int r = match(question, word, error);
        answer = r == 0 ? answer : r;
    }
    return answer;
}

/* The fourth field without a fifth is a compound text. One word of it is either kind of
 * statement, and needs no compound language; * is everything, as the original documents
 * it. */
static int match_last(const struct mc_action_question *question, struct mc_bytes field,
                      struct mc_error *error)
{
    struct mc_bytes rest = field;
    struct mc_bytes word;
    struct mc_bytes pattern;
    size_t which = 0;

    (void)mc_action__word(&rest, &word);
    if (rest.len || mc_action__compound(field)) {
        return match_compound(question, field, error);
    }
    bool class_word =
        mc_action__pattern(word, &pattern) || find_operator(word, &which) == word.len;
    return match_words(question, field, class_word ? match_class : match_fact, error);
}

static int match_rule(const struct mc_action_rule *rule,
                      const struct mc_action_question *question, struct mc_error *error)
{
    int callers = match_callers(question, rule->callers, error);
    int facts = 0;
    int classes = 0;

    if (callers == NO || match_actions(question, rule->actions) == NO) {
        return NO;
    }
    if (!rule->classes.len) {
        facts = match_last(question, rule->facts, error);
    } else {
        facts = match_words(question, rule->facts, match_fact, error);
        classes =
            facts == NO ? NO : match_words(question, rule->classes, match_class, error);
    }
    if (facts == NO || classes == NO) {
        return NO;
    }
    return callers == 0 && facts == 0 && classes == 0 ? 0 : UNKNOWN;
}

int mc_action_policy_decide(const struct mc_action_policy *policy,
                            const struct mc_action_question *question,
                            struct mc_error *error)
{
    struct mc_error skipped = {""};
    size_t skipped_line = 0;

    for (size_t i = 0; i < policy->count; i++) {
        const struct mc_action_rule *rule = &policy->rules[i];
        struct mc_error reason = {""};
        int r = match_rule(rule, question, &reason);
        if (r == 0 && rule->allow) {
            return 0;
        }
        if (r != NO && !rule->allow) {
            mc_error_set(error, "%s:%zu: this rule %s%s", policy->path, rule->line,
                         r == 0 ? "denies it" : "may deny it: ", reason.text);
            return MC_POLICY_DENIED;
        }
        if (r != NO && !skipped_line) {
            skipped = reason;
            skipped_line = rule->line;
        }
    }
    if (policy->allow_default) {
        return 0;
    }
    if (skipped_line) {
        mc_error_set(error, "%s:%zu: this rule cannot allow it: %s", policy->path,
                     skipped_line, skipped.text);
    } else if (policy->odd_default_line) {
        mc_error_set(error,
                     "%s:%zu: this default is neither allow nor deny, so it denies",
                     policy->path, policy->odd_default_line);
    } else {
        mc_error_set(error, "%s: no rule allows it", policy->path);
    }
    return MC_POLICY_DENIED;
}
