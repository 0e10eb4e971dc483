/* Data plugins: small questions to a host that filters and rpcutil get_data may ask
 * (spec collective.md 4.9).
 *
 * Only the functions of one table can be called, whatever name a caller sends (the
 * original called any method of that name; spec section 7). */
#ifndef MC_FILTER_DATA_H
#define MC_FILTER_DATA_H

#include "base/config.h"
#include "value/value.h"

enum
{
    MC_DATA_UNKNOWN = 1, /* no such plugin */
    MC_DATA_FAILED = 2,  /* the question has no answer; the words are in error */
};

/* What the answer of a plugin may take when its DDL does not say, and at the most: the
 * node does nothing else meanwhile. */
#define MC_DATA_TIMEOUT_MS 1000
#define MC_DATA_TIMEOUT_MAX_MS 3000

/* What data plugins ask of a node. Results are borrowed until the next loop turn. */
struct mc_data_host
{
    const struct mc_value *(*facts)(void *user);
    /* The metadata hash of a loaded agent's DDL; NULL when there is no such agent. */
    const struct mc_value *(*agent)(void *user, const char *name);
    bool (*collective)(void *user, const char *name);
    /* Settings of the machine's providers ("package.provider"); may be NULL. */
    const struct mc_config *(*config)(void *user);
    /* What the DDL of a plugin allows an answer to take; may be NULL. */
    unsigned (*timeout_ms)(void *user, const char *name);
    void *user;
};

/* Ask a data plugin.
 * name: with or without "_data", any case.   query: the one argument, or NULL.
 * arena: owns *ret_outputs, a hash with Symbol keys.
 * Returns 0; MC_DATA_UNKNOWN; MC_DATA_FAILED; -ENOMEM. Blocks on the disk, and for the
 * time that the plugin is given. */
int mc_data_query(const char *name, const char *query, const struct mc_data_host *host,
                  struct mc_arena *arena, const struct mc_value **ret_outputs,
                  struct mc_error *error) MC_MUST_USE;

/* Longest name of a data plugin with its ending, and the NUL. */
#define MC_DATA_NAME_BYTES 64

/* The name of a plugin as files are named: "_data" is added once.
 * name: any case.   ret_name: lower case.
 * Returns true; false when it is too long to be one. Never blocks. */
bool mc_data_file_name(const char *name, char ret_name[MC_DATA_NAME_BYTES]);

/* The names of all data plugins, as files are named ("fact_data").
 * index: from 0.
 * Returns a constant, NULL past the end. Never blocks. */
const char *mc_data_name(size_t index);

#endif
