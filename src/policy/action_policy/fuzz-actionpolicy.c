/* Any bytes as a policy file, and behind a zero byte as a groups file: an answer with a
 * reason, bounded memory, no crash. A file that holds "allow" nowhere never allows. */
#include "policy/action_policy/rules.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_fact(void *user, const struct mc_fact_filter *wanted)
{
    (void)user;
    return strcmp(wanted->fact, "country") == 0 && strcmp(wanted->value, "uk") == 0;
}

static bool has_class(void *user, bool (*fits)(void *, const char *), void *fits_user)
{
    (void)user;
    return fits(fits_user, "apache");
}

static int compound(void *user, const char *text, struct mc_error *error)
{
    (void)user;
    mc_error_set(error, "%.10s", text);
    return (int)(strlen(text) % 3);
}

static const struct mc_policy_host_ops ops = {
    .has_fact = has_fact,
    .has_class = has_class,
    .compound = compound,
};

static void decide(const struct mc_action_policy *policy, struct mc_bytes groups,
                   bool possible, struct mc_arena *arena)
{
    const struct mc_policy_host host = {.ops = &ops};
    struct mc_action_groups mine = {0};
    struct mc_error error = {""};
    int r = mc_action_groups_of(groups, "groups", "uid=1", arena, &mine, &error);

    assert(r == 0 || error.text[0]);
    const struct mc_action_question question = {
        .caller = "uid=1",
        .action = "status",
        .groups = &mine,
        .host = &host,
        .arena = arena,
    };
    r = mc_action_policy_decide(policy, &question, &error);
    assert(r == 0 ? possible : r == MC_POLICY_DENIED && error.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_arena *arena = mc_arena_new(1 << 24);
    struct mc_bytes bytes = mc_bytes_make(data, size);
    size_t zero = mc_bytes_find(bytes, 0);
    struct mc_bytes text = mc_bytes_slice(bytes, 0, zero);
    struct mc_action_policy policy;
    struct mc_error error = {""};
    bool possible = memmem(text.data, text.len, "allow", 5) != NULL;

    int r = mc_action_policy_parse(text, "policy", false, arena, &policy, &error);
    if (r == 0) {
        decide(&policy, mc_bytes_slice(bytes, zero + 1, size), possible, arena);
    } else {
        assert(r < 0 || strncmp(error.text, "policy:", 7) == 0);
    }
    mc_arena_free(arena);
    return 0;
}
