/* The rules of one policy file, and what they say about one request.
 *
 * Sans-I/O: bytes in, an answer out; the provider reads the files. Format:
 * collective.md 4.7. */
#ifndef MC_POLICY_ACTION_POLICY_RULES_H
#define MC_POLICY_ACTION_POLICY_RULES_H

#include "policy/policy.h"

/* Rules of one file at the most. */
#define MC_ACTION_RULES_MAX 10000
/* Groups that one caller is in at the most. */
#define MC_ACTION_GROUPS_MAX 1000

enum
{
    MC_ACTION_POLICY_BAD = 1,
};

struct mc_action_rule
{
    bool allow;
    size_t line; /* from 1 */
    struct mc_bytes callers;
    struct mc_bytes actions;
    struct mc_bytes facts;
    struct mc_bytes classes; /* no bytes: the field is not there */
};

struct mc_action_policy
{
    const char *path; /* for reasons; borrowed */
    struct mc_action_rule *rules;
    size_t count;
    size_t room;
    bool allow_default;
    size_t odd_default_line; /* a "policy default" of neither word, or 0 */
    bool wants_groups;       /* a rule names one */
};

/* Names of groups; views of the text they were read from. */
struct mc_action_groups
{
    struct mc_bytes *names;
    size_t count;
};

/* Who asks for what. */
struct mc_action_question
{
    const char *caller;
    const char *action;
    const struct mc_action_groups *groups; /* those that the caller is in */
    const struct mc_policy_host *host;
    struct mc_arena *arena;
};

/* Read a policy file. A line that is none makes the whole file bad: were it left out, a
 * mistyped "deny" would allow.
 * text: borrowed, as are the rules.   path: of the file, for reasons; borrowed.
 * allow_default: what holds without a "policy default".   arena: owns the rules.
 * error: path:line and what is wrong.
 * Returns 0; MC_ACTION_POLICY_BAD; -ENOMEM. Never blocks. */
int mc_action_policy_parse(struct mc_bytes text, const char *path, bool allow_default,
                           struct mc_arena *arena, struct mc_action_policy *ret_policy,
                           struct mc_error *error) MC_MUST_USE;

/* The groups that a caller is in, from the text of the groups file: lines "name id id
 * ..."; a repeated name replaces the former. A word between slashes is a pattern.
 * text: borrowed, as are the names.   path: for reasons.   caller: whole ids are compared.
 * arena: owns the list.   error: path:line and what is wrong.
 * Returns 0; MC_ACTION_POLICY_BAD; -ENOMEM. Never blocks. */
int mc_action_groups_of(struct mc_bytes text, const char *path, const char *caller,
                        struct mc_arena *arena, struct mc_action_groups *ret_groups,
                        struct mc_error *error) MC_MUST_USE;

/* What the first rule says whose every field matches, else the default. A rule with a
 * field that cannot be evaluated never allows; one that denies, denies.
 * policy, question: borrowed.   error: path:line of the rule that denies.
 * Returns 0; MC_POLICY_DENIED. Blocks as the host's callbacks do. */
int mc_action_policy_decide(const struct mc_action_policy *policy,
                            const struct mc_action_question *question,
                            struct mc_error *error) MC_MUST_USE;

/* Take the next word off the front.
 * text: the rest stays in it.   ret_word: a view.
 * Returns false when there is none. Never blocks. */
bool mc_action__word(struct mc_bytes *text, struct mc_bytes *ret_word);

/* Take the next line off the front, without its end.
 * text: the rest stays in it.   ret_line: a view.
 * Returns false when there is none. Never blocks. */
bool mc_action__line(struct mc_bytes *text, struct mc_bytes *ret_line);

/* Whether a word is /a pattern/.
 * ret_pattern: what is between the slashes.
 * Returns true or false. Never blocks. */
bool mc_action__pattern(struct mc_bytes word, struct mc_bytes *ret_pattern);

/* Whether a pattern is found in a text.
 * error: why it cannot be said.
 * Returns 0; MC_POLICY_NO_MATCH; MC_POLICY_UNKNOWN. Never blocks. */
int mc_action__match(struct mc_bytes pattern, const char *text, struct mc_error *error)
    MC_MUST_USE;

/* Whether a text needs the compound language: a word begins with !, or is not, and, or
 * or, or contains a parenthesis.
 * Returns true or false. Never blocks. */
bool mc_action__compound(struct mc_bytes text);

#endif
