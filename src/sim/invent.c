/* Facts and classes out of a seed.
 *
 * Each choice takes the next number of a SplitMix64 sequence that starts from seed and
 * node number, and falls on one of a few weighted words, so a fleet looks like a company's:
 * many web servers, few databases, some machines that are behind with their system. */
#include "sim/fleet.h"

#include <errno.h>

struct choice
{
    const char *fact;
    const char *words[8]; /* a word that comes twice is twice as likely */
};

static const struct choice choices[] = {
    {"country", {"uk", "uk", "de", "de", "fr", "us", "us", "mt"}},
    {"datacenter", {"lon1", "lon2", "fra1", "fra2", "par1", "nyc1", "sfo1", "mla1"}},
    {"environment",
     {"production", "production", "production", "production", "production", "staging",
      "development", "development"}},
    {"customer",
     {"acme", "acme", "acme", "globex", "globex", "initech", "umbrella", "umbrella"}},
    {"role", {"web", "web", "web", "web", "app", "app", "db", "mail"}},
    {"operatingsystem",
     {"Debian", "Debian", "Debian", "Ubuntu", "Ubuntu", "CentOS", "CentOS", "Alpine"}},
    {"processorcount", {"1", "2", "2", "4", "4", "8", "16", "32"}},
    {"memorysize_mb",
     {"1024", "2048", "4096", "4096", "8192", "16384", "65536", "131072"}},
    {"is_virtual", {"true", "true", "true", "true", "true", "true", "false", "false"}},
};

static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int invent_classes(const struct mc_value *facts, struct mc_arena *arena,
                          struct mc_value *classes)
{
    const char *role = mc_value_cstr(mc_value_get_text(facts, "role"));
    const char *customer = mc_value_cstr(mc_value_get_text(facts, "customer"));
    int r = mc_value_push(arena, classes, mc_value_text(arena, "common"));

    r = r ? r : mc_value_push(arena, classes, mc_value_format(arena, "role::%s", role));
    return r ? r
             : mc_value_push(arena, classes,
                             mc_value_format(arena, "customer::%s", customer));
}

int mc_sim_invent(const char *prefix, unsigned number, uint64_t seed,
                  struct mc_arena *arena, struct mc_invented *ret_node)
{
    uint64_t state = seed ^ ((uint64_t)number * UINT64_C(0xd1342543de82ef95));
    struct mc_value *facts = mc_value_hash(arena);
    struct mc_value *classes = mc_value_array(arena);
    const char *identity = mc_arena_printf(arena, "%s%05u", prefix, number);
    int r = identity ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < MC_COUNT(choices); i++) {
        const char *word = choices[i].words[next(&state) % MC_COUNT(choices[i].words)];
        r = mc_value_set_text(arena, facts, choices[i].fact,
                              mc_value_text(arena, word));
    }
    r = r ? r
          : mc_value_set_text(arena, facts, "fqdn",
                              mc_value_format(arena, "%s.sim.example", identity));
    r = r ? r : invent_classes(facts, arena, classes);
    if (r == 0) {
        *ret_node = (struct mc_invented){identity, facts, classes};
    }
    return r;
}
