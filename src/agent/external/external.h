/* External agents: programs in any language behind the agent seam (doc/rfc/0008).
 *
 * They are found beside their DDLs in the plugin folders, in two forms: Choria's
 * external agents (one program, named by the DDL's `provider: external`) and agents of
 * MCollective whose actions are commands (`implemented_by`). A call is a process of its
 * own with its own time limit, perhaps its own user, that reads a request file and
 * writes a reply file, both JSON. The node sees agents like any other. */
#ifndef MC_AGENT_EXTERNAL_EXTERNAL_H
#define MC_AGENT_EXTERNAL_EXTERNAL_H

#include "agent/agent.h"

/* Agents of one node at the most. */
#define MC_EXTERNALS_MAX 256
/* A reply file at the most. */
#define MC_EXTERNAL_REPLY_BYTES_MAX ((size_t)4 * 1024 * 1024)
/* Keys of the data of a reply at the most. */
#define MC_EXTERNAL_KEYS_MAX 4096
/* What is kept of standard output and of standard error, and told to the log. */
#define MC_EXTERNAL_OUTPUT_BYTES_MAX ((size_t)64 * 1024)
#define MC_EXTERNAL_LINES_MAX 200
#define MC_EXTERNAL_LINE_BYTES_MAX 1024
/* Time for the question whether an agent wants to be active. */
#define MC_EXTERNAL_ACTIVATION_MS 5000

struct mc_externals;

struct mc_externals_spec
{
    const struct mc_agent_host *host;
    struct mc_ddl_store *ddls;
    const char *const *folders; /* to search, first wins; NULL-terminated */
    const struct mc_sink *sink; /* told of what was skipped, and of output */
};

/* Find and load the agents: those that are switched off, not trusted, broken, or of the
 * name of a built-in one are skipped with one event each. Agents of Choria are asked,
 * all at once, whether they want to be active.
 * spec: copied; what it points to outlives the result.
 * Returns them, owned by the caller; NULL without memory. Blocks on the disk, and for
 * MC_EXTERNAL_ACTIVATION_MS at most when an agent hangs. */
struct mc_externals *mc_externals_new(const struct mc_externals_spec *spec);

/* End them; their calls have ended before.
 * externals: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_externals *mc_externals_free(struct mc_externals *externals);

/* The active agents in order of their names.
 * index: from 0.   ret_ddl: its DDL.   ret_state: for the functions of the ops, which
 * have neither init nor deinit.
 * Returns its ops, owned by externals, or NULL past the end. Never blocks. */
const struct mc_agent_ops *mc_externals_item(const struct mc_externals *externals,
                                             size_t index,
                                             const struct mc_ddl **ret_ddl,
                                             void **ret_state);

/* Read the DDLs of agents that may be there into the store, see read_ddls() of node/.
 * folders: as in the spec.
 * Returns nothing; what is wrong is told when they are loaded. Blocks on the disk. */
void mc_externals_read_ddls(struct mc_ddl_store *ddls, const char *const *folders);

#endif
