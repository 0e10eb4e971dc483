/* Lines to rules. Fields are separated by tabs, words within them by blanks. Everything
 * that can be wrong in a rule is found here, whoever asks: a file is good or bad, it
 * does not depend on the request. */
#include "policy/action_policy/rules.h"

#include "base/regexp.h"
#include <errno.h>
#include <string.h>

#define FIELDS_MAX 5

static bool blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

bool mc_action__word(struct mc_bytes *text, struct mc_bytes *ret_word)
{
    size_t from = 0;

    while (from < text->len && blank(text->data[from])) {
        from++;
    }
    size_t to = from;
    while (to < text->len && !blank(text->data[to])) {
        to++;
    }
    *ret_word = mc_bytes_slice(*text, from, to - from);
    *text = mc_bytes_slice(*text, to, text->len);
    return ret_word->len > 0;
}

bool mc_action__line(struct mc_bytes *text, struct mc_bytes *ret_line)
{
    size_t end = mc_bytes_find(*text, '\n');

    if (!text->len) {
        return false;
    }
    *ret_line = mc_bytes_slice(*text, 0, end);
    *text = mc_bytes_slice(*text, end + 1, text->len);
    while (ret_line->len && (blank(ret_line->data[ret_line->len - 1]) ||
                             ret_line->data[ret_line->len - 1] == '\r')) {
        ret_line->len--;
    }
    return true;
}

bool mc_action__pattern(struct mc_bytes word, struct mc_bytes *ret_pattern)
{
    if (word.len < 3 || word.data[0] != '/' || word.data[word.len - 1] != '/') {
        return false;
    }
    *ret_pattern = mc_bytes_slice(word, 1, word.len - 2);
    return true;
}

bool mc_action__compound(struct mc_bytes text)
{
    struct mc_bytes word;

    /* One alone is a slip: as a class it would let a rule that denies pass by. */
    if (mc_bytes_find(text, '(') < text.len || mc_bytes_find(text, ')') < text.len) {
        return true;
    }
    while (mc_action__word(&text, &word)) {
        if (word.data[0] == '!' || mc_bytes_is(word, "not") ||
            mc_bytes_is(word, "and") || mc_bytes_is(word, "or")) {
            return true;
        }
    }
    return false;
}

/* The next field, behind any number of tabs. */
static bool next_field(struct mc_bytes *line, struct mc_bytes *ret_field)
{
    while (line->len && line->data[0] == '\t') {
        *line = mc_bytes_slice(*line, 1, line->len);
    }
    size_t end = mc_bytes_find(*line, '\t');
    *ret_field = mc_bytes_trim(mc_bytes_slice(*line, 0, end));
    bool found = line->len > 0;
    *line = mc_bytes_slice(*line, end, line->len);
    return found;
}

/* Whether the patterns of a field can be compiled. */
static int check_patterns(struct mc_bytes field, struct mc_error *error)
{
    struct mc_bytes word;
    struct mc_bytes pattern;

    while (mc_action__word(&field, &word)) {
        struct mc_regexp *regexp = NULL;
        if (!mc_action__pattern(word, &pattern)) {
            continue;
        }
        int r = mc_regexp_new(pattern, 0, &regexp, error);
        mc_regexp_free(regexp);
        if (r != 0) {
            return r < 0 ? r : MC_ACTION_POLICY_BAD;
        }
    }
    return 0;
}

/* Callers that can only be groups: an id always holds a =. */
static bool names_group(struct mc_bytes callers)
{
    struct mc_bytes word;
    struct mc_bytes pattern;

    while (mc_action__word(&callers, &word)) {
        if (mc_bytes_find(word, '=') == word.len && !mc_bytes_is(word, "*") &&
            !mc_action__pattern(word, &pattern)) {
            return true;
        }
    }
    return false;
}

static struct mc_action_rule *add_rule(struct mc_action_policy *policy,
                                       struct mc_arena *arena)
{
    if (policy->count == policy->room) {
        size_t room = policy->room ? policy->room * 2 : 16;
        struct mc_action_rule *rules =
            mc_arena_array(arena, room, sizeof(*policy->rules));
        if (!rules) {
            return NULL;
        }
        if (policy->count) {
            memcpy(rules, policy->rules, policy->count * sizeof(*rules));
        }
        policy->rules = rules;
        policy->room = room;
    }
    return &policy->rules[policy->count++];
}

/* All fields of a rule; of more than there may be, the last one counts as the last. */
static int split(struct mc_bytes line, struct mc_bytes ret_fields[FIELDS_MAX],
                 struct mc_error *error)
{
    struct mc_bytes field;
    size_t count = 0;

    while (next_field(&line, &field)) {
        if (!field.len) {
            mc_error_set(error, "a field of blanks only");
            return MC_ACTION_POLICY_BAD;
        }
        ret_fields[count < FIELDS_MAX ? count : FIELDS_MAX - 1] = field;
        count++;
    }
    if (count < FIELDS_MAX - 1) {
        mc_error_set(error,
                     "a rule has 4 or 5 fields with tabs between them, this "
                     "one has %zu",
                     count);
        return MC_ACTION_POLICY_BAD;
    }
    return 0;
}

static int parse_rule(struct mc_action_policy *policy, bool allow, struct mc_bytes line,
                      size_t number, struct mc_arena *arena, struct mc_error *error)
{
    struct mc_bytes fields[FIELDS_MAX] = {{0}};

    if (policy->count == MC_ACTION_RULES_MAX) {
        mc_error_set(error, "more than %d rules", MC_ACTION_RULES_MAX);
        return MC_ACTION_POLICY_BAD;
    }
    int r = split(line, fields, error);
    r = r ? r : check_patterns(fields[1], error);
    r = r ? r : check_patterns(fields[4].len ? fields[4] : fields[3], error);
    struct mc_action_rule *rule = r ? NULL : add_rule(policy, arena);
    if (!rule) {
        return r ? r : -ENOMEM;
    }
    *rule = (struct mc_action_rule){
        .allow = allow,
        .line = number,
        .callers = fields[1],
        .actions = fields[2],
        .facts = fields[3],
        .classes = fields[4],
    };
    policy->wants_groups |= names_group(rule->callers);
    return 0;
}

/* policy default WORD: any word but allow denies; one that is not deny is told of. */
static int parse_default(struct mc_action_policy *policy, struct mc_bytes line,
                         size_t number, struct mc_error *error)
{
    struct mc_bytes word;

    (void)mc_action__word(&line, &word);
    if (!mc_action__word(&line, &word) || !mc_bytes_is(word, "default") ||
        !mc_action__word(&line, &word)) {
        mc_error_set(error, "expected: policy default allow, or deny");
        return MC_ACTION_POLICY_BAD;
    }
    policy->allow_default = mc_bytes_is(word, "allow");
    policy->odd_default_line =
        policy->allow_default || mc_bytes_is(word, "deny") ? 0 : number;
    return 0;
}

static int parse_line(struct mc_action_policy *policy, struct mc_bytes line,
                      size_t number, struct mc_arena *arena, struct mc_error *error)
{
    struct mc_bytes rest = line;
    struct mc_bytes first;

    if (mc_bytes_find(line, 0) < line.len) {
        mc_error_set(error, "a zero byte");
        return MC_ACTION_POLICY_BAD;
    }
    if (!mc_action__word(&rest, &first) || first.data[0] == '#') {
        return 0;
    }
    bool allow = mc_bytes_is(first, "allow");
    if (!blank(line.data[0]) && mc_bytes_is(first, "policy")) {
        return parse_default(policy, line, number, error);
    }
    if (!blank(line.data[0]) && (allow || mc_bytes_is(first, "deny"))) {
        return parse_rule(policy, allow, line, number, arena, error);
    }
    mc_error_set(error, "a line begins with allow, deny, policy or #");
    return MC_ACTION_POLICY_BAD;
}

int mc_action_policy_parse(struct mc_bytes text, const char *path, bool allow_default,
                           struct mc_arena *arena, struct mc_action_policy *ret_policy,
                           struct mc_error *error)
{
    struct mc_action_policy policy = {.path = path, .allow_default = allow_default};
    struct mc_bytes line;

    for (size_t number = 1; mc_action__line(&text, &line); number++) {
        int r = parse_line(&policy, line, number, arena, error);
        if (r > 0) {
            mc_error_prefix(error, "%s:%zu: ", path, number);
        }
        if (r != 0) {
            return r;
        }
    }
    *ret_policy = policy;
    return 0;
}
