/* libmarionette: ask a question of many machines and read structured answers.
 *
 *     mc_client_open(NULL, &client, &error);
 *     mc_call_new(client, "rpcutil", "get_fact", &call, &error);
 *     mc_call_input(call, "fact", "country", &error);
 *     mc_call_filter(call, MC_SELECT_FACT, "environment=production", &error);
 *     mc_call_on_reply(call, print_reply, NULL);
 *     mc_call_run(call, &error);
 *     mc_call_free(call);
 *     mc_client_free(client);
 *
 * Nothing here prints or exits, and of signals only SIGPIPE is touched: it is ignored
 * unless the program handles it. One client runs one call at a time, in
 * the thread that calls it; several clients may live in one process. Functions that
 * return int answer 0, a positive outcome of enum mc_client_outcome, or a negative
 * errno; the words are in the error, which may be NULL. */
#ifndef MARIONETTE_CLIENT_H
#define MARIONETTE_CLIENT_H

#include <marionette/end.h>
#include <marionette/error.h>
#include <marionette/value.h>

enum mc_client_outcome
{
    MC_CLIENT_USAGE = 1,   /* wrong configuration, filter, input, option */
    MC_CLIENT_NO_DDL = 2,  /* the agent's DDL was not found or is broken */
    MC_CLIENT_BROKER = 3,  /* no broker could be reached in time */
    MC_CLIENT_STOPPED = 4, /* mc_client_stop() */
};

enum mc_select
{
    MC_SELECT_FACT,     /* a=b, a=/b/, a>=3 … */
    MC_SELECT_CLASS,    /* name or /pattern/ */
    MC_SELECT_AGENT,    /* name or /pattern/ */
    MC_SELECT_IDENTITY, /* name or /pattern/ */
    MC_SELECT_WITH,     /* words, each a fact or a class */
    MC_SELECT_COMPOUND, /* an expression of facts, classes and data functions */
};

enum mc_nodes
{
    MC_NODES_DISCOVERED, /* in the order of their arrival */
    MC_NODES_NO_RESPONSE,
    MC_NODES_UNEXPECTED,
};

/* Which replies the DDL of an action wants people to see. */
enum mc_show
{
    MC_SHOW_FAILED,
    MC_SHOW_OK,
    MC_SHOW_ALWAYS,
    MC_SHOW_FLATTEN, /* all, data only */
};

/* The configured `color`. */
enum mc_color
{
    MC_COLOR_AUTO, /* not configured: on a terminal */
    MC_COLOR_OFF,
    MC_COLOR_ON,
};

struct mc_client;
struct mc_call;

/* One reply; borrowed for the callback unless said otherwise. */
struct mc_client_reply
{
    const char *sender;
    const char *agent;
    const char *action;
    int64_t status;              /* 0 ok, 1 aborted … 5 (RPC status codes) */
    const char *message;         /* "OK" when all is well */
    const struct mc_value *data; /* hash of outputs, lives until the call is freed */
    int64_t received_us;         /* since the request was sent, microseconds */
    enum mc_end end;             /* what became of the request at that node */
};

/* What became of the request at one of the discovered nodes. */
struct mc_client_end
{
    const char *node;
    enum mc_end end;
    int64_t status;     /* of its reply, 0 without one */
    const char *reason; /* its words, perhaps cut; NULL when all is well or silent */
};

struct mc_call_stats
{
    const char *request_id; /* 32 hex digits; lives until the call is freed */
    size_t discovered;
    size_t responses;
    size_t ok;     /* status 0 */
    size_t failed; /* any other */
    int64_t started_s;
    int64_t discovery_us;
    int64_t agent_us;
    int64_t total_us;
    size_t dropped;            /* replies that could not be verified or read */
    size_t ends[MC_END_COUNT]; /* how many of the nodes that were asked came to each */
};

/* One aggregate of the DDL's summarize block. */
struct mc_client_aggregate
{
    const char *output;
    const char *display_as;
    const char *const *lines; /* NULL-terminated */
    const char *failure;      /* or NULL */
    const struct mc_value *value;
};

/* Discovery begins: by that method (a constant), for that many seconds. */
typedef void mc_discovering_fn(void *user, const char *method, unsigned seconds);
/* Discovery that had begun is over, so many nodes were found. */
typedef void mc_found_fn(void *user, size_t count);
/* Discovery is over, or needed none; names of the nodes that the request goes to. */
typedef void mc_discovered_fn(void *user, const char *const *names, size_t count);
typedef void mc_reply_fn(void *user, const struct mc_client_reply *reply);
/* What is worth telling a person while a call runs (broker down, retrying …). */
typedef void mc_notice_fn(void *user, const char *text);

/* Open a client.
 * config_path: configuration file; NULL searches the usual places.
 * ret_client: owned by the caller.
 * Returns 0; MC_CLIENT_USAGE; -errno. Blocks on the disk. */
MC_PUBLIC int mc_client_open(const char *config_path, struct mc_client **ret_client,
                             struct mc_error *error);

/* Close: says good-bye to the broker.
 * client: may be NULL; its calls must have been freed.
 * Returns NULL. Blocks for at most a second. */
MC_PUBLIC struct mc_client *mc_client_free(struct mc_client *client);

/* Be told of what goes on below.
 * client: borrowed.   fn: NULL for nothing.
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_client_on_notice(struct mc_client *client, mc_notice_fn *fn,
                                   void *user);

/* End a running call early: mc_call_run() returns MC_CLIENT_STOPPED soon. May be called
 * from a signal handler.
 * client: borrowed.
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_client_stop(struct mc_client *client);

/* How long a connection to a broker may take.
 * client: borrowed.   seconds: 0 is the configured connection_timeout, else 10.
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_client_connection_timeout(struct mc_client *client, unsigned seconds);

/* The configured use of colours.
 * client: borrowed.
 * Returns it. Never blocks. */
MC_PUBLIC enum mc_color mc_client_color(const struct mc_client *client);

/* A free setting `plugin.<key>`.
 * client: owns the result.   key: without "plugin.".
 * Returns its text, NULL when it is not set. Never blocks. */
MC_PUBLIC const char *mc_client_setting(const struct mc_client *client,
                                        const char *key);

/* Prepare a call of an agent's action; its DDL is loaded and the action looked up.
 * client: outlives the call.   ret_call: owned by the caller.
 * Returns 0; MC_CLIENT_NO_DDL; MC_CLIENT_USAGE (no such action); -errno. Blocks on the
 * disk. */
MC_PUBLIC int mc_call_new(struct mc_client *client, const char *agent,
                          const char *action, struct mc_call **ret_call,
                          struct mc_error *error);

/* Prepare a ping: every node that the filter matches answers, whatever agents it has.
 * It waits for its whole time, as nobody knows who will answer. It can also be used to
 * discover nodes.
 * client: outlives the call.   ret_call: owned by the caller.
 * Returns 0; -ENOMEM. Never blocks. */
MC_PUBLIC int mc_call_new_ping(struct mc_client *client, struct mc_call **ret_call,
                               struct mc_error *error);

/* Prepare a message to an agent that speaks no RPC: a text, to the nodes that have the
 * agent. The data of each reply is what the agent answers, of any type; the status is 0.
 * client: outlives the call.   text: the whole body; copied.   ret_call: owned by the
 * caller.
 * Returns 0; MC_CLIENT_USAGE (no name of an agent); -ENOMEM. Never blocks. */
MC_PUBLIC int mc_call_new_message(struct mc_client *client, const char *agent,
                                  const char *text, struct mc_call **ret_call,
                                  struct mc_error *error);

/* Give a call and everything it handed out back.
 * call: may be NULL.
 * Returns NULL. Never blocks. */
MC_PUBLIC struct mc_call *mc_call_free(struct mc_call *call);

/* An input as text; it is turned into the type that the DDL declares.
 * name, text: copied.
 * Returns 0; MC_CLIENT_USAGE; -ENOMEM. Never blocks. */
MC_PUBLIC int mc_call_input(struct mc_call *call, const char *name, const char *text,
                            struct mc_error *error);

/* All inputs as one JSON object, for lists, hashes and numbers without a DDL type.
 * json: text, copied.
 * Returns 0; MC_CLIENT_USAGE; -ENOMEM. Never blocks. */
MC_PUBLIC int mc_call_inputs_json(struct mc_call *call, const char *json,
                                  struct mc_error *error);

/* Choose nodes; entries of different kinds must all match.
 * kind: what text names.   text: copied.
 * Returns 0; MC_CLIENT_USAGE; -ENOMEM. Never blocks. */
MC_PUBLIC int mc_call_filter(struct mc_call *call, enum mc_select kind,
                             const char *text, struct mc_error *error);

/* Name the nodes: no discovery, direct requests.
 * names: count of them, copied.
 * Returns 0; MC_CLIENT_USAGE (a name that no node can have); -ENOMEM. Never blocks. */
MC_PUBLIC int mc_call_nodes(struct mc_call *call, const char *const *names,
                            size_t count, struct mc_error *error);

/* The collective to ask, instead of main_collective.
 * collective: copied.
 * Returns 0; MC_CLIENT_USAGE when it is not configured; -ENOMEM. Never blocks. */
MC_PUBLIC int mc_call_collective(struct mc_call *call, const char *collective,
                                 struct mc_error *error);

/* Ask only so many of the discovered nodes: "5", "10%".
 * limit: the text.
 * Returns 0; MC_CLIENT_USAGE. Never blocks. */
MC_PUBLIC int mc_call_limit(struct mc_call *call, const char *limit,
                            struct mc_error *error);

/* Pick the same nodes each time when the configuration says that a limit picks at
 * random (rpclimitmethod).
 * seed: 0 or more.
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_call_limit_seed(struct mc_call *call, int64_t seed);

/* Ask only so many nodes at a time: "5", "10%" (rounded up). Each batch is waited for
 * before the next; all are one request, sent by name.
 * size: the text; NULL leaves what is configured (default_batch_size).
 * pause_ms: between two batches; below 0 as configured (default_batch_sleep_time).
 * Returns 0; MC_CLIENT_USAGE, also for "0". Never blocks. */
MC_PUBLIC int mc_call_batch(struct mc_call *call, const char *size, int64_t pause_ms,
                            struct mc_error *error);

/* How nodes are discovered: "mc" asks all nodes, "flatfile" reads one name a line of a
 * file, "stdin" the same or JSON from standard input, "external" asks a program. Without
 * it the configuration says (default_discovery_method, default_discovery_options).
 * method: NULL changes the options only.   options: count of them, copied; for flatfile
 * the path, for stdin auto, text or json, for external the path and name=value pairs.
 * Returns 0; MC_CLIENT_USAGE for an unknown method; -ENOMEM. Never blocks. */
MC_PUBLIC int mc_call_method(struct mc_call *call, const char *method,
                             const char *const *options, size_t count,
                             struct mc_error *error);

/* Send only: mc_call_run() neither discovers nor waits.
 * reply_to: where replies shall go instead, or NULL for none at all; copied.
 * Returns 0; -ENOMEM. Never blocks. */
MC_PUBLIC int mc_call_no_results(struct mc_call *call, const char *reply_to);

/* Sort the kept replies by sender at the end of the run.
 * call: before it runs.
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_call_sort(struct mc_call *call);

/* How long sending may take when the broker is slow.
 * seconds: 0 is the configured publish_timeout.
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_call_publish_timeout(struct mc_call *call, unsigned seconds);

/* Be told that discovery begins; not called when none is needed.
 * fn, user: NULL for nothing.
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_call_on_discovering(struct mc_call *call, mc_discovering_fn *fn,
                                      void *user);

/* Be told how many nodes were discovered; only after mc_call_on_discovering()'s function
 * was called.
 * fn, user: NULL for nothing.
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_call_on_found(struct mc_call *call, mc_found_fn *fn, void *user);

/* How long things may take.
 * reply_s: seconds to wait for replies (0: what the DDL says plus discovery).
 * discovery_s: seconds (-1: the default).   ttl_s: life of messages (0: as configured).
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_call_timeouts(struct mc_call *call, unsigned reply_s, int discovery_s,
                                unsigned ttl_s);

/* Be told of the discovered nodes, before the request is sent.
 * fn, user: NULL for nothing.
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_call_on_discovered(struct mc_call *call, mc_discovered_fn *fn,
                                     void *user);

/* Be told of each reply as it arrives.
 * fn, user: NULL for nothing.
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_call_on_reply(struct mc_call *call, mc_reply_fn *fn, void *user);

/* Do not keep replies after their callback (for very large fleets).
 * call: before it runs.
 * Returns nothing. Never blocks. */
MC_PUBLIC void mc_call_forget_replies(struct mc_call *call);

/* Discover only: mc_call_names(call, MC_NODES_DISCOVERED) has the result.
 * Returns 0; MC_CLIENT_USAGE; MC_CLIENT_BROKER; MC_CLIENT_STOPPED; -errno. Blocks for
 * the discovery time. */
MC_PUBLIC int mc_call_discover(struct mc_call *call, struct mc_error *error);

/* Discover unless that was done or nodes were named, send, and gather replies until all
 * have answered or the time is over. A call runs once.
 * Returns 0 also when nodes failed or were silent (see the statistics); MC_CLIENT_USAGE
 * (inputs that the DDL refuses); MC_CLIENT_BROKER; MC_CLIENT_STOPPED; -errno. Blocks. */
MC_PUBLIC int mc_call_run(struct mc_call *call, struct mc_error *error);

/* After a run.
 * call: owns the result.
 * Returns the figures. Never blocks. */
MC_PUBLIC const struct mc_call_stats *mc_call_stats(const struct mc_call *call);

/* Names of nodes, sorted except the discovered ones.
 * call: owns the result.   ret_count: how many.
 * Returns an array of names. Never blocks. */
MC_PUBLIC const char *const *mc_call_names(const struct mc_call *call,
                                           enum mc_nodes which, size_t *ret_count);

/* What became of the request at each node that was to be asked: every one has one end,
 * also those that stayed silent. A node that was listed twice counts once, with what
 * went wrong if anything did. None after a ping or a call without results.
 * call: owns the result, has run.   index: from 0, in the order of names.
 * Returns an end, NULL past the last. Never blocks. */
MC_PUBLIC const struct mc_client_end *mc_call_end(const struct mc_call *call,
                                                  size_t index);

/* The replies that were kept, in the order of their arrival.
 * call: owns the result.   index: from 0.
 * Returns a reply, NULL past the end. Never blocks. */
MC_PUBLIC const struct mc_client_reply *mc_call_reply(const struct mc_call *call,
                                                      size_t index);

/* The aggregates of the action's DDL over all replies.
 * call: owns the result.   index: from 0.
 * Returns an aggregate, NULL past the end. Never blocks. */
MC_PUBLIC const struct mc_client_aggregate *mc_call_aggregate(
    const struct mc_call *call, size_t index);

/* What the DDL says about showing replies of this action.
 * call: borrowed.
 * Returns it; MC_SHOW_ALWAYS for a ping. Never blocks. */
MC_PUBLIC enum mc_show mc_call_show(const struct mc_call *call);

/* The heading that the DDL gives an output.
 * call: owns the result.   output: its name.
 * Returns the heading, or NULL when the DDL does not know that output. Never blocks. */
MC_PUBLIC const char *mc_call_heading(const struct mc_call *call, const char *output);

/* The method by which nodes are discovered.
 * call: owns the result.
 * Returns its name. Never blocks. */
MC_PUBLIC const char *mc_call_method_name(const struct mc_call *call);

/* The exit code that the statistics stand for: 0 all well, 1 nothing discovered, 2 some
 * reply failed, 3 discovered but no reply, 4 no discovery was done and no reply.
 * call: borrowed.
 * Returns 0 to 4. Never blocks. */
MC_PUBLIC int mc_call_exit_code(const struct mc_call *call);

#endif
