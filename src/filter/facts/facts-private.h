/* Shared by the fact sources. */
#ifndef MC_FILTER_FACTS_FACTS_PRIVATE_H
#define MC_FILTER_FACTS_FACTS_PRIVATE_H

#include "value/value.h"

/* Turn a decoded tree into facts: keys and scalars become Strings (nil is empty, true is
 * "true", 0.5 is "0.5"), arrays and hashes keep their structure (spec 4.8).
 * value: borrowed.   arena: owns *ret_facts.
 * Returns 0; -ENOMEM; -EINVAL for a tree that is too deep. Never blocks. */
int mc_facts_normalise(const struct mc_value *value, struct mc_arena *arena,
                       const struct mc_value **ret_facts) MC_MUST_USE;

#endif
