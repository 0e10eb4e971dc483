/* Does this host match a request's filter? (spec collective.md 3.5 to 3.9)
 *
 * The host is asked through callbacks, so that a simulated node can invent itself.
 * Facts come from sources below facts/, classes from a file. */
#ifndef MC_FILTER_FILTER_H
#define MC_FILTER_FILTER_H

#include "base/config.h"
#include "base/event.h"
#include "base/loop.h"
#include "msg/message.h"

enum
{
    MC_FILTER_NO_MATCH = 1,
    MC_FILTER_ERROR = 2, /* bad pattern and the like: the message is dropped */
};

/* What one filter may take of the processor; a usual one takes some hundred. */
#define MC_FILTER_EFFORT_US (250 * 1000)
/* How long data plugins may be asked for one filter: the node does nothing else, and
 * whoever discovers does not wait longer. The one that is being asked then has its own
 * time, MC_DATA_TIMEOUT_MAX_MS at the most. */
#define MC_FILTER_WAIT_US (3 * 1000 * 1000)

/* What a filter asks of a host. All results are borrowed until the next loop turn. */
struct mc_host_ops
{
    /* The facts: hash of String keys; scalar facts are Strings. Never NULL. */
    const struct mc_value *(*facts)(void *user);
    /* Whether one class of the classes file fits: exact name, or pattern not NULL. */
    bool (*has_class)(void *user, bool (*fits)(void *, const char *), void *fits_user);
    /* Whether an agent is loaded that fits. */
    bool (*has_agent)(void *user, bool (*fits)(void *, const char *), void *fits_user);
    /* The identity of the node. */
    const char *(*identity)(void *user);
    /* Ask a data plugin; argument: NULL or nil for none. Returns 0; MC_DATA_UNKNOWN,
     * also when the plugin does not take that argument; MC_DATA_FAILED; -ENOMEM. */
    int (*data)(void *user, const char *name, const struct mc_value *argument,
                struct mc_arena *arena, const struct mc_value **ret_outputs,
                struct mc_error *error);
};

struct mc_host
{
    const struct mc_host_ops *ops;
    void *user;
};

/* Evaluate a filter; an empty one matches. Identity entries are alternatives: any
 * match is enough (a deliberate difference, spec section 7).
 * filter, host: borrowed.   error: why it cannot be evaluated.
 * Returns 0 when it matches; MC_FILTER_NO_MATCH; MC_FILTER_ERROR, also when it takes
 * more than MC_FILTER_EFFORT_US, or waits more than MC_FILTER_WAIT_US. Blocks as the host's callbacks do. */
int mc_filter_match(const struct mc_filter *filter, const struct mc_host *host,
                    struct mc_error *error) MC_MUST_USE;

/* Compare one fact (3.7): lists match by any element, hashes by any key.
 * facts: hash.
 * Returns 0; MC_FILTER_NO_MATCH; MC_FILTER_ERROR. Never blocks. */
int mc_fact_match(const struct mc_value *facts, const struct mc_fact_filter *wanted,
                  struct mc_error *error) MC_MUST_USE;

/* --- facts --- */

struct mc_facts;

/* The facts of this machine by factsource: yaml (plugin.yaml, colon list), native, or
 * facter. They are loaded at once (yaml, native); facter runs as a child on the loop.
 * loop: may be NULL, then facter is refused.   sink: for facts_failed; may be NULL.
 * Returns 0 and a source owned by the caller; -EINVAL for an unknown source; -errno.
 * Blocks on the disk. */
int mc_facts_open(const struct mc_config *config, struct mc_loop *loop,
                  const struct mc_sink *sink, struct mc_facts **ret_facts,
                  struct mc_error *error) MC_MUST_USE;

/* Close.
 * facts: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_facts *mc_facts_free(struct mc_facts *facts);

/* The facts, loaded again when fact_cache_time is over or a file is newer (4.8). A
 * failing load keeps the last good ones.
 * facts: owns the result, valid until the next loop turn.
 * Returns a hash, never NULL. Blocks on the disk. */
const struct mc_value *mc_facts_get(struct mc_facts *facts);

/* The facts of the built-in source, once, for tools.
 * arena: owns *ret_facts.
 * Returns 0; -ENOMEM. Blocks on the disk (/proc, /sys). */
int mc_facts_native(struct mc_arena *arena, const struct mc_value **ret_facts)
    MC_MUST_USE;

/* --- classes --- */

/* Read a classes file: one name a line, exact after removing the line end (3.5).
 * path: the file.   arena: owns *ret_names.
 * ret_names: array of Strings.
 * Returns 0; -errno when it cannot be read; -ENOMEM. Blocks on the disk. */
int mc_classes_read(const char *path, struct mc_arena *arena,
                    const struct mc_value **ret_names) MC_MUST_USE;

#endif
