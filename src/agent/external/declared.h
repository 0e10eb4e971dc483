/* Agents of MCollective whose actions are all commands (`implemented_by`).
 *
 * Their agent/NAME.rb is Ruby, but holds nothing except declarations:
 *
 *     module MCollective
 *       module Agent
 *         class Echo < RPC::Agent
 *           action "msg" do
 *             implemented_by "echo.sh"
 *           end
 *         end
 *       end
 *     end
 *
 * This form is read without an interpreter and strictly: whatever else stands there is
 * code that the author wants to be run, so the file is refused with its line, rather
 * than being half believed. */
#ifndef MC_AGENT_EXTERNAL_DECLARED_H
#define MC_AGENT_EXTERNAL_DECLARED_H

#include "base/arena.h"

/* Actions of one file, and bytes of it, at the most. */
#define MC_DECLARED_ACTIONS_MAX 256
#define MC_DECLARED_FILE_BYTES_MAX ((size_t)256 * 1024)

enum
{
    MC_DECLARED_CODE = 1, /* it holds something else than declarations */
};

struct mc_declared
{
    const char *action;
    const char *command; /* as written: absolute, or to be searched */
};

/* Read such a file.
 * text: borrowed.   path: names the file in errors.   agent: whose class it must hold.
 * arena: owns *ret_items, in the order of the file; of two with one name the last
 * counts, as in Ruby.
 * error: file, line, and what stands there.
 * Returns 0; MC_DECLARED_CODE; -ENOMEM. Never blocks. */
int mc_declared_read(struct mc_bytes text, const char *path, const char *agent,
                     struct mc_arena *arena, const struct mc_declared **ret_items,
                     size_t *ret_count, struct mc_error *error) MC_MUST_USE;

#endif
