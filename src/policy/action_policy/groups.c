/* The groups file, read for one caller: only the groups that he is in are kept. */
#include "policy/action_policy/rules.h"

#include <errno.h>

static bool group_name(struct mc_bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = name.data[i];
        if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
              (byte >= '0' && byte <= '9') || byte == '_' || byte == '.' ||
              byte == '-')) {
            return false;
        }
    }
    return true;
}

/* A group of that name is replaced: forget what an earlier line said. */
static void forget(struct mc_action_groups *groups, struct mc_bytes name)
{
    for (size_t i = 0; i < groups->count; i++) {
        if (mc_bytes_equal(groups->names[i], name)) {
            groups->names[i] = groups->names[--groups->count];
            return;
        }
    }
}

/* Whether a word of a line means the caller. A pattern that nobody can tell of makes the
 * line bad: it may have been meant to keep him out, as the member of a group that is
 * denied. Returns 0; MC_ACTION_POLICY_BAD with the reason. */
static int is_meant(struct mc_bytes id, const char *caller, bool *member,
                    struct mc_error *error)
{
    struct mc_bytes pattern;

    if (!mc_action__pattern(id, &pattern)) {
        *member |= mc_bytes_is(id, caller);
        return 0;
    }
    int r = mc_action__match(pattern, caller, error);
    *member |= r == 0;
    return r == MC_POLICY_UNKNOWN ? MC_ACTION_POLICY_BAD : 0;
}

/* Returns 0; MC_ACTION_POLICY_BAD with the reason. */
static int read_line(struct mc_action_groups *groups, struct mc_bytes line,
                     const char *caller, struct mc_error *error)
{
    struct mc_bytes name;
    struct mc_bytes id;
    bool member = false;
    size_t count = 0;

    if (!mc_action__word(&line, &name) || name.data[0] == '#') {
        return 0;
    }
    if (!group_name(name)) {
        mc_error_set(error, "a name of a group has letters, digits, _, . and - only");
        return MC_ACTION_POLICY_BAD;
    }
    for (; mc_action__word(&line, &id); count++) {
        int r = is_meant(id, caller, &member, error);
        if (r != 0) {
            return r;
        }
    }
    if (!count) {
        return 0;
    }
    forget(groups, name);
    if (member && groups->count == MC_ACTION_GROUPS_MAX) {
        mc_error_set(error, "%s is in more than %d groups", caller,
                     MC_ACTION_GROUPS_MAX);
        return MC_ACTION_POLICY_BAD;
    }
    if (member) {
        groups->names[groups->count++] = name;
    }
    return 0;
}

int mc_action_groups_of(struct mc_bytes text, const char *path, const char *caller,
                        struct mc_arena *arena, struct mc_action_groups *ret_groups,
                        struct mc_error *error)
{
    struct mc_action_groups groups = {0};
    struct mc_bytes line;

    groups.names = mc_arena_array(arena, MC_ACTION_GROUPS_MAX, sizeof(*groups.names));
    if (!groups.names) {
        return -ENOMEM;
    }
    for (size_t number = 1; mc_action__line(&text, &line); number++) {
        int r = read_line(&groups, line, caller, error);
        if (r != 0) {
            mc_error_prefix(error, "%s:%zu: ", path, number);
            return r;
        }
    }
    *ret_groups = groups;
    return 0;
}
