/* Requests and replies as plain structs (spec collective.md 2.1 to 2.3, 3.1 to 3.5).
 *
 * Security providers turn bytes into these and back; nothing above them sees an
 * envelope. All texts are C strings without NULs, owned by the arena of the exchange. */
#ifndef MC_MSG_MESSAGE_H
#define MC_MSG_MESSAGE_H

#include "marionette/end.h"
#include "value/value.h"

enum
{
    MC_MESSAGE_MALFORMED = 1,
};

/* With these words the original's authorization, and ours, refuses a request. */
#define MC_REFUSAL_TEXT "You are not authorized to call this agent or action."

/* Keys of a filter hash at the most; the original sends five or six. */
#define MC_FILTER_KEYS_MAX 64

/* One fact comparison; operator is one of == =~ <= >= < > != (3.7). */
struct mc_fact_filter
{
    const char *fact;
    const char *operator;
    const char *value;
};

/* One class, agent or identity entry; a text that begins with / is a pattern, all
 * slashes removed (3.5); identity entries may come as a Regexp. */
struct mc_name_filter
{
    const char *text;    /* as written */
    const char *pattern; /* Ruby pattern, or NULL for an exact name */
    unsigned options;    /* of the pattern */
};

struct mc_name_filters
{
    struct mc_name_filter *items;
    size_t count;
};

struct mc_filter
{
    struct mc_fact_filter *facts;
    size_t facts_count;
    struct mc_name_filters classes;
    struct mc_name_filters agents;
    struct mc_name_filters identities;
    const struct mc_value *compound; /* array of lists (3.6), or NULL when none */
    bool broken; /* holds an entry that can never match (3.5: missing operator …) */
};

struct mc_request
{
    const char *sender;     /* identity of the caller's machine */
    const char *id;         /* requestid */
    const char *collective; /* may be NULL when absent */
    const char *agent;
    const char *caller; /* word=value, checked (2.4) */
    int64_t ttl_s;      /* -1 when absent */
    int64_t time_s;     /* 0 when absent */
    struct mc_filter filter;
    const struct mc_value *payload; /* decoded body */
    const char *reply_to;           /* from the connector, NULL when absent */
};

struct mc_reply
{
    const char *sender;
    const char *id;
    const char *agent;
    int64_t time_s;
    const struct mc_value *payload;
};

/* Status codes of an RPC reply (3.2). */
enum mc_status
{
    MC_STATUS_OK = 0,
    MC_STATUS_ABORTED = 1,
    MC_STATUS_UNKNOWN_ACTION = 2,
    MC_STATUS_MISSING_DATA = 3,
    MC_STATUS_INVALID_DATA = 4,
    MC_STATUS_UNKNOWN_ERROR = 5,
};

/* The RPC part of a request (3.1), borrowed from its payload. */
struct mc_rpc
{
    const char *action;
    const struct mc_value *data; /* hash of inputs, may be NULL */
    bool respond;
};

/* The RPC part of a reply (3.2), borrowed from its payload. */
struct mc_result
{
    int64_t status;
    const char *message;
    const struct mc_value *data; /* hash, may be NULL */
    const char *outcome; /* what became of the request (doc/rfc/0009), NULL: not said */
};

/* Whether a text is a well-formed callerid, over its whole length (2.4).
 * caller: may be NULL.
 * Returns true or false. Never blocks. */
bool mc_caller_valid(const char *caller);

/* Whether a text is a well-formed identity: [A-Za-z0-9_.-]+.
 * identity: may be NULL.
 * Returns true or false. Never blocks. */
bool mc_identity_valid(const char *identity);

/* A new requestid: 32 lower-case hex digits from the system's random source (2.5).
 * arena: owns *ret_id.
 * Returns 0; -ENOMEM; -EIO without random bytes. Never blocks. */
int mc_request_new_id(struct mc_arena *arena, const char **ret_id) MC_MUST_USE;

/* Read the RPC part of a payload.
 * payload: borrowed; keys as Symbol, then as String.
 * Returns 0; MC_MESSAGE_MALFORMED (no hash, or no action that is a String).
 * Never blocks. */
int mc_rpc_from_value(const struct mc_value *payload, struct mc_rpc *ret_rpc)
    MC_MUST_USE;

/* Whether who made a payload waits for a reply (3.1), also when it is no RPC request.
 * payload: borrowed, may be NULL.
 * Returns true or false. Never blocks. */
bool mc_rpc_wants_reply(const struct mc_value *payload);

/* Make an RPC payload.
 * arena: owns the result.   respond: sent as :process_results unless data has it.
 * data: hash with Symbol keys, borrowed, may be NULL.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_rpc_to_value(struct mc_arena *arena, const char *agent, const char *action,
                    const char *caller, const struct mc_value *data, bool respond,
                    const struct mc_value **ret_payload) MC_MUST_USE;

/* Read the RPC part of a reply's payload; String keys are accepted.
 * payload: borrowed.
 * Returns 0; MC_MESSAGE_MALFORMED. Never blocks. */
int mc_result_from_value(const struct mc_value *payload, struct mc_result *ret_result)
    MC_MUST_USE;

/* Make an RPC reply payload.
 * arena: owns the result.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_result_to_value(struct mc_arena *arena, const struct mc_result *result,
                       const struct mc_value **ret_payload) MC_MUST_USE;

/* What became of a request, by the reply of a node: as the node says, else as status and
 * message tell.
 * result: borrowed.
 * Returns MC_END_ANSWERED to MC_END_BUSY. Never blocks. */
enum mc_end mc_result_end(const struct mc_result *result);

/* Read a filter hash (3.5). Unknown keys are ignored.
 * value: borrowed; the filter borrows from it.   arena: owns the lists.
 * Returns 0; MC_MESSAGE_MALFORMED (no hash, wrong shapes); -ENOMEM. Never blocks. */
int mc_filter_from_value(const struct mc_value *value, struct mc_arena *arena,
                         struct mc_filter *ret_filter) MC_MUST_USE;

/* Make the filter hash of five keys.
 * filter: borrowed.   arena: owns the result.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_filter_to_value(const struct mc_filter *filter, struct mc_arena *arena,
                       const struct mc_value **ret_value) MC_MUST_USE;

/* Whether a filter has no entry at all.
 * Returns true or false. Never blocks. */
bool mc_filter_empty(const struct mc_filter *filter);

/* Add to a filter that a client builds; equal entries are not added twice.
 * filter: zeroed at the beginning.   arena: owns what is added; texts are copied.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_filter_add_class(struct mc_filter *filter, struct mc_arena *arena,
                        const char *text) MC_MUST_USE;
/* An agent; see mc_filter_add_class(). */
int mc_filter_add_agent(struct mc_filter *filter, struct mc_arena *arena,
                        const char *text) MC_MUST_USE;
/* An identity; see mc_filter_add_class(). */
int mc_filter_add_identity(struct mc_filter *filter, struct mc_arena *arena,
                           const char *text) MC_MUST_USE;
/* A fact in the notation of 3.8 (a=b, a=/b/, a>=3 …); see mc_filter_add_class().
 * Returns also MC_MESSAGE_MALFORMED when it is no fact comparison. */
int mc_filter_add_fact(struct mc_filter *filter, struct mc_arena *arena,
                       const char *text) MC_MUST_USE;
/* -W: words split at white space; each a fact when it parses as one, else a class;
 * see mc_filter_add_class(). */
int mc_filter_add_with(struct mc_filter *filter, struct mc_arena *arena,
                       const char *text) MC_MUST_USE;
/* A compound list in its wire form; see mc_filter_add_class().
 * list: borrowed as long as the filter lives. */
int mc_filter_add_compound(struct mc_filter *filter, struct mc_arena *arena,
                           const struct mc_value *list) MC_MUST_USE;

#endif
