/* Lists of node names that come from files, pipes and programs (commands.md 1.5). */
#ifndef MC_CLIENT_HOSTS_H
#define MC_CLIENT_HOSTS_H

#include "client/call.h"

/* The largest list, in bytes. */
#define MC_HOSTS_BYTES_MAX ((size_t)64 * 1024 * 1024)

enum mc_hosts_format
{
    MC_HOSTS_AUTO, /* JSON when the first character says so */
    MC_HOSTS_TEXT, /* one name a line; blank lines and # comments are skipped */
    MC_HOSTS_JSON, /* array of objects with sender or certname; or one such a line */
};

/* Read the names of a text.
 * text: borrowed.   where: its name, for errors.   arena: owns the names.
 * ret_names: gets the names added; those of JSON once each.
 * Returns 0; MC_CLIENT_USAGE; -ENOMEM; -E2BIG. Never blocks. */
int mc_hosts_parse(struct mc_bytes text, enum mc_hosts_format format, const char *where,
                   struct mc_arena *arena, struct mc_names *ret_names,
                   struct mc_error *error) MC_MUST_USE;

/* Read the answer of a discovery program: {"nodes": [name, …], "error": text}.
 * text: borrowed.   arena: owns the names.   ret_names: gets the names added.
 * Returns 0; MC_CLIENT_USAGE (also for the error that it tells); -ENOMEM; -E2BIG. Never
 * blocks. */
int mc_hosts_parse_answer(struct mc_bytes text, struct mc_arena *arena,
                          struct mc_names *ret_names, struct mc_error *error)
    MC_MUST_USE;

/* Add those names to call->found that the identity filters let pass.
 * Returns 0; MC_CLIENT_USAGE for a broken pattern; -ENOMEM; -E2BIG. Never blocks. */
int mc_hosts_choose(struct mc_call *call, const struct mc_names *names,
                    struct mc_error *error) MC_MUST_USE;

#endif
