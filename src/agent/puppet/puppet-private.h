/* The parts of the puppet agent. */
#ifndef MC_AGENT_PUPPET_PUPPET_PRIVATE_H
#define MC_AGENT_PUPPET_PUPPET_PRIVATE_H

#include "agent/agent.h"
#include "host/puppet/puppet.h"

#define MC_PUPPET__WORDS_MAX 64

struct mc_puppet__agent
{
    const struct mc_agent_host *host;
};

/* A command line that is being put together; failed when it is too long. */
struct mc_puppet__line
{
    const char *words[MC_PUPPET__WORDS_MAX + 1];
    size_t count;
    bool failed;
};

/* The configuration of the node.
 * Returns it, borrowed. Never blocks. */
const struct mc_config *mc_puppet__config(const struct mc_puppet__agent *agent);

/* Where Puppet keeps its state; else the call has its failure.
 * Returns true or false. Blocks on the disk. */
bool mc_puppet__files(const struct mc_puppet__agent *agent, struct mc_agent_call *call,
                      struct mc_puppet_files *ret_files);

/* What Puppet does; else the call has its failure; see mc_puppet__files(). */
bool mc_puppet__state(const struct mc_puppet__agent *agent, struct mc_agent_call *call,
                      struct mc_puppet_files *ret_files,
                      struct mc_puppet_state *ret_state);

/* Add a word to a command line.
 * word: borrowed; NULL counts as failed.
 * Returns nothing. Never blocks. */
void mc_puppet__add(struct mc_puppet__line *line, const char *word);

/* Whether a program can be run; else the call has its failure.
 * setting: that names it.
 * Returns true or false. Blocks on the disk. */
bool mc_puppet__runs(const struct mc_puppet__line *line, struct mc_agent_call *call,
                     const char *setting);

/* The action runonce.
 * state: of the agent.
 * Returns nothing; the call is finished. Blocks on the disk. */
void mc_puppet__runonce(void *state, struct mc_agent_call *call);

/* The action resource: finished when its child has ended; see mc_puppet__runonce(). */
void mc_puppet__resource(void *state, struct mc_agent_call *call);

#endif
