/* Agents: the actions of a node (spec collective.md 3.2, 4.3).
 *
 * An agent is a folder below this one: code, DDL, page, test. Its actions are functions
 * that get a call, read its inputs, set outputs or a failure, and finish it - at once or
 * later, from the loop. They never block; work that takes time is a child process. The
 * node is reached through callbacks only. Agents are found at build time. */
#ifndef MC_AGENT_AGENT_H
#define MC_AGENT_AGENT_H

#include "base/child.h"
#include "base/config.h"
#include "base/event.h"
#include "ddl/ddl.h"
#include "msg/message.h"

#define MC_AGENT_ABI 2

struct mc_agent_call;
struct mc_data_host;

/* Why a message was dropped without an answer. */
enum mc_drop
{
#define MC_DROP(name, text) MC_DROP_##name,
#include "agent/drops.tbl.h"
#undef MC_DROP
    MC_DROP_COUNT
};

/* The name of a reason ("forged"), of which the table has the words.
 * drop: below MC_DROP_COUNT.
 * Returns a constant. Never blocks. */
const char *mc_drop_name(enum mc_drop drop);

/* Counters and facts about the node, for rpcutil and others. */
struct mc_node_stats
{
    int64_t started_s;
    uint64_t total;
    uint64_t validated;
    uint64_t unvalidated;
    uint64_t passed;
    uint64_t filtered;
    uint64_t ttlexpired;
    uint64_t replies;
    uint64_t replayed; /* refused as already served */
    uint64_t dropped;  /* all that ended without an answer, but for the filtered */
    uint64_t drops[MC_DROP_COUNT]; /* of those, by reason */
};

/* What an agent may ask of the node it runs in. Results are borrowed until the next
 * loop turn. */
struct mc_node_ops
{
    struct mc_loop *(*loop)(void *node);
    const struct mc_config *(*config)(void *node);
    const char *(*identity)(void *node);
    const struct mc_value *(*facts)(void *node);
    /* Array of Strings; empty when the file cannot be read. */
    const struct mc_value *(*classes)(void *node, struct mc_arena *arena);
    const struct mc_node_stats *(*stats)(void *node);
    /* The loaded agents in load order: DDL or NULL after the last; name always set
     * (discovery has no DDL). */
    const char *(*agent)(void *node, size_t index, const struct mc_ddl **ret_ddl);
    const char *(*security_name)(void *node);
    const char *(*connector_name)(void *node);
    /* For mc_data_query(). */
    const struct mc_data_host *(*data)(void *node);
    /* Load all agents again; the calls that are open go on with those that are there now.
     * Returns 0; -ENOTSUP when the node is not one that can; -ENOMEM. Blocks on the
     * disk. */
    int (*reload)(void *node);
    /* The readers of the node's events; NULL where there is none. */
    const struct mc_sink *(*sink)(void *node);
    /* End the program softly: no more requests are taken, and it ends when no call is
     * open any more and all is answered. Returns 0; -ENOTSUP. Never blocks. */
    int (*stop)(void *node);
};

struct mc_agent_host
{
    const struct mc_node_ops *ops;
    void *node;
};

struct mc_agent_action
{
    const char *name;
    /* Run; must lead to exactly one mc_agent_finish(), now or later. */
    void (*run)(void *state, struct mc_agent_call *call);
};

struct mc_agent_ops
{
    unsigned abi;      /* MC_AGENT_ABI */
    const char *name;  /* as its DDL is named */
    bool optional;     /* only where plugin.NAME.activate_agent says so */
    size_t state_size; /* allocated zeroed by the framework, one per node */
    /* Returns 0; >0 when the agent does not want to run here (error says why); -errno. */
    int (*init)(void *state, const struct mc_agent_host *host, struct mc_error *error);
    /* Must end everything that is under way; calls that are open are finished by the
     * framework with an aborted status before. */
    void (*deinit)(void *state);
    const struct mc_agent_action *actions; /* ended by a NULL name */

    /* Only for agents that do not speak RPC (discovery, registration) and so have no DDL
     * and no actions: answer a payload. *ret_payload NULL sends no reply.
     * Returns 0; -errno when it could not do its work. Blocks on the disk at the most. */
    int (*message)(void *state, const struct mc_request *request,
                   struct mc_arena *arena, const struct mc_value **ret_payload);
    /* Open files again that somebody has moved away (signal WINCH). May be NULL. Returns
     * 0; -errno, and then goes on with the old ones. Blocks on the disk. */
    int (*reopen)(void *state);
};

/* --- inside an action --- */

/* The arena of the exchange; lives until the call is finished.
 * Returns it, borrowed. Never blocks. */
struct mc_arena *mc_agent_arena(const struct mc_agent_call *call);

/* The host of the agent.
 * Returns it, borrowed. Never blocks. */
const struct mc_agent_host *mc_agent_call_host(const struct mc_agent_call *call);

/* The request (caller, sender, id …).
 * Returns it, borrowed. Never blocks. */
const struct mc_request *mc_agent_request(const struct mc_agent_call *call);

/* The name of the action that was called.
 * Returns a borrowed text. Never blocks. */
const char *mc_agent_action_name(const struct mc_agent_call *call);

/* All inputs: those that the DDL declares once each, with a String for the name and the
 * value that was checked; others as the caller sent them.
 * Returns a hash of the call's arena, or NULL without memory. Never blocks. */
const struct mc_value *mc_agent_inputs(const struct mc_agent_call *call);

/* An input by name: Symbol, else String unless the DDL declares that one for itself.
 * Returns a borrowed value or NULL. Never blocks. */
const struct mc_value *mc_agent_input(const struct mc_agent_call *call,
                                      const char *name);

/* An input that is a String.
 * Returns a borrowed C string, or fallback when absent or no text. Never blocks. */
const char *mc_agent_input_text(const struct mc_agent_call *call, const char *name,
                                const char *fallback);

/* How long the call may still take; an action that waits in line is not given more.
 * Returns milliseconds, 0 when it is over, UINT_MAX without a limit. Never blocks. */
unsigned mc_agent_time_left_ms(const struct mc_agent_call *call);

/* Set an output (key as the DDL declares it, Symbol otherwise). A NULL value notes that
 * memory is short, and the call ends with status 5.
 * Returns nothing. Never blocks. */
void mc_agent_set(struct mc_agent_call *call, const char *output,
                  const struct mc_value *value);

/* Set an output to a text; see mc_agent_set(). */
void mc_agent_set_text(struct mc_agent_call *call, const char *output,
                       const char *text);
/* Set an output to an integer; see mc_agent_set(). */
void mc_agent_set_int(struct mc_agent_call *call, const char *output, int64_t number);

/* Note a failure: status and message; does not finish the call.
 * Returns nothing. Never blocks. */
void mc_agent_fail(struct mc_agent_call *call, enum mc_status status,
                   const char *format, ...) MC_PRINTF(3, 4);

/* The same with a text of any length, and any status: that of a program, say.
 * text: copied.
 * Returns nothing. Never blocks. */
void mc_agent_fail_text(struct mc_agent_call *call, int64_t status, const char *text);

/* Note that the work of the action ran out of time: status 5, a message, and for the
 * caller the end "timed out"; does not finish the call.
 * Returns nothing. Never blocks. */
void mc_agent_out_of_time(struct mc_agent_call *call, const char *format, ...)
    MC_PRINTF(2, 3);

/* End the call; the reply is sent. call is gone afterwards.
 * Returns nothing. Never blocks. */
void mc_agent_finish(struct mc_agent_call *call);

/* --- the framework's side, for node/ and tests --- */

/* How a call ends. data: hash of outputs. The arguments are borrowed for the call. */
typedef void mc_agent_done_fn(void *user, const struct mc_result *result);

struct mc_agent_call_spec
{
    const struct mc_agent_ops *ops;
    void *state; /* of the agent */
    const struct mc_agent_host *host;
    const struct mc_ddl_action *action; /* of the agent's DDL */
    const struct mc_request *request;
    const struct mc_rpc *rpc;
    struct mc_arena *arena;
    unsigned timeout_ms; /* when the caller is going to abort it; 0: never */
    mc_agent_done_fn *done;
    void *user;
};

/* Run an action: outputs get their defaults, then the action runs. An action that the
 * DDL declares but the agent lacks ends with MC_STATUS_UNKNOWN_ACTION.
 * spec: what it points to lives until done was called.
 * ret_call: set before the action begins; NULL when done was already called.
 * Returns 0; -ENOMEM (done is not called). Never blocks. */
int mc_agent_run(const struct mc_agent_call_spec *spec, struct mc_agent_call **ret_call)
    MC_MUST_USE;

/* End an open call from outside (timeout, shutdown): the abort function of the action
 * runs, done is called with that status, the call is gone.
 * status: an error; what is none of them becomes MC_STATUS_UNKNOWN_ERROR.
 * Returns nothing. Never blocks. */
void mc_agent_abort(struct mc_agent_call *call, enum mc_status status,
                    const char *message);

/* Register the function that stops the action's work when the call is aborted (ends a
 * child, leaves a queue). Every action that does not finish before it returns must do
 * so. After the function ran the action must not touch the call again.
 * call: open.   fn: called at most once; user: handed to it.
 * Returns nothing. Never blocks. */
void mc_agent_on_abort(struct mc_agent_call *call, void (*fn)(void *user), void *user);

/* Whether an agent is wanted here, as plugin.NAME.activate_agent says.
 * fallback: what holds without it.   error: why not.
 * Returns 0; 1 when it is switched off; -EINVAL for the setting. Never blocks. */
int mc_agent_activated(const struct mc_config *config, const char *name, bool fallback,
                       struct mc_error *error) MC_MUST_USE;

/* Tell that an agent was not loaded.
 * sink: may be NULL.
 * Returns nothing. Blocks as long as the readers do. */
void mc_agent_skipped(const struct mc_sink *sink, const char *name, const char *reason);

/* The agent table, ended by NULL; made from the folder list at build time. */
extern const struct mc_agent_ops *const mc_agent_providers[];

#endif
