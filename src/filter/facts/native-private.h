/* Shared by the probes of the built-in fact source only. */
#ifndef MC_FILTER_FACTS_NATIVE_PRIVATE_H
#define MC_FILTER_FACTS_NATIVE_PRIVATE_H

#include "value/value.h"

/* A probe adds to facts; r keeps the first -ENOMEM. */
struct mc_facts__probe
{
    struct mc_arena *arena;
    struct mc_value *facts;
    int r;
};

/* Note the outcome of one addition.
 * r: 0 or -ENOMEM.
 * Returns nothing. Never blocks. */
void mc_facts__keep(struct mc_facts__probe *probe, int r);

/* Set one fact; no text or an empty one adds nothing.
 * hash: the facts, or a hash among them.   name, text: copied.
 * Returns nothing; probe keeps a failure. Never blocks. */
void mc_facts__add(struct mc_facts__probe *probe, struct mc_value *hash,
                   const char *name, const char *text);

/* Add an empty hash to another one.
 * Returns it, owned by the arena, or NULL; probe keeps a failure. Never blocks. */
struct mc_value *mc_facts__add_hash(struct mc_facts__probe *probe,
                                    struct mc_value *parent, const char *name);

/* Addresses, interfaces and networking; the names of the host are facts already.
 * Returns nothing; probe keeps a failure. Asks the kernel, never a resolver. */
void mc_facts__network(struct mc_facts__probe *probe);

#endif
