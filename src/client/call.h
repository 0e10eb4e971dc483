/* What the files of client/ share: the client, a call, one exchange of messages. */
#ifndef MC_CLIENT_CALL_H
#define MC_CLIENT_CALL_H

#include "base/config.h"
#include "base/loop.h"
#include "connector/connector.h"
#include "ddl/ddl.h"
#include "marionette/client.h"
#include "msg/message.h"
#include "security/security.h"
#include <signal.h>

/* Memory of a call without its replies: names, filters, aggregates. */
#define MC_CALL_BYTES_MAX ((size_t)512 * 1024 * 1024)
/* All replies that a call keeps; later ones are counted as dropped. */
#define MC_CALL_REPLIES_BYTES_MAX ((size_t)2 * 1024 * 1024 * 1024)
/* What is kept of the words with which a node refuses or fails. */
#define MC_END_REASON_BYTES_MAX ((size_t)256)
/* Nodes that a call may know. */
#define MC_CALL_NODES_MAX ((size_t)1000000)
/* Seconds for a broker to answer when nothing is configured. */
#define MC_CLIENT_CONNECT_S 10u
/* The longest time that anything may be told to take, in seconds. */
#define MC_CLIENT_SECONDS_MAX 1000000u
/* The time for answers that the options call "not set", in seconds. */
#define MC_CLIENT_TIMEOUT_S 5u
/* How long the mc method discovers, in seconds. */
#define MC_CLIENT_DISCOVERY_S 2u

/* Names, in the arena of the call. */
struct mc_names
{
    const char **items;
    size_t count;
    size_t room;
};

/* Add a name.
 * names: zeroed at first; its array is followed by a NULL.   name: borrowed.
 * Returns 0; -ENOMEM; -E2BIG beyond MC_CALL_NODES_MAX. Never blocks. */
int mc_names__add(struct mc_names *names, struct mc_arena *arena, const char *name)
    MC_MUST_USE;

/* Sort names by their bytes.
 * Returns nothing. Never blocks. */
void mc_names__sort(struct mc_names *names);

struct mc_exchange;

/* One target of an exchange. */
struct mc_expected
{
    struct mc_client_end end;
    uint32_t asked; /* requests sent and not given up */
    uint32_t answered;
};

struct mc_client
{
    struct mc_config *config;
    struct mc_arena *arena;
    struct mc_loop *loop;
    struct mc_timer *alarm;
    struct mc_timer *tick;
    struct mc_security *security;   /* opened by the first call that needs it */
    struct mc_connector *connector; /* likewise */
    struct mc_ddl_store *ddls;      /* likewise */
    struct mc_exchange *exchange;   /* the one that is running, or NULL */
    unsigned sequence;              /* of reply targets */
    unsigned connect_s;             /* 0: as configured */
    bool up;
    bool dead;
    bool woken;
    bool anonymous; /* names of nodes are shown as digests */
    volatile sig_atomic_t stopped;
    mc_notice_fn *notice;
    void *notice_user;
    struct mc_error last; /* what the link said last */
};

/* Tell the person in front, if there is one.
 * Returns nothing. Blocks as long as the listener does. */
void mc_client__notice(struct mc_client *client, const char *format, ...)
    MC_PRINTF(2, 3);

/* From now on show each node's name as the MD5 digest of it, in hexadecimal: replies and
 * lists of names can be given to others then. Requests still name the nodes.
 * Returns nothing. Never blocks. */
void mc_client__anonymous(struct mc_client *client);

/* The name to be shown for a node.
 * client: may be NULL.   arena: owns a digest.   name: borrowed, returned itself unless names are hidden.
 * Returns the text; NULL without memory. Never blocks. */
const char *mc_client__shown(const struct mc_client *client, struct mc_arena *arena,
                             const char *name);

/* Open security and connector, and wait until a broker answers.
 * Returns 0; MC_CLIENT_USAGE; MC_CLIENT_BROKER; MC_CLIENT_STOPPED; -errno. Blocks for
 * at most the connection timeout. */
int mc_client__connect(struct mc_client *client, struct mc_error *error) MC_MUST_USE;

/* Run the loop until mc_client__wake(), or until the clock shows a time.
 * deadline_us: monotonic.
 * Returns 0; MC_CLIENT_STOPPED; -EIO. Blocks. */
int mc_client__wait(struct mc_client *client, int64_t deadline_us) MC_MUST_USE;

/* Let mc_client__wait() return.
 * Returns nothing. Never blocks. */
void mc_client__wake(struct mc_client *client);

/* A message came from the broker: hand it to the exchange that runs.
 * delivery: borrowed for the call.
 * Returns nothing. Blocks as long as the caller's reply function does. */
void mc_client__message(struct mc_client *client, const struct mc_delivery *delivery);

/* The store of DDLs, made when it is first asked for.
 * Returns 0; -errno. Blocks on the disk. */
int mc_client__ddls(struct mc_client *client, struct mc_ddl_store **ret_ddls)
    MC_MUST_USE;

/* A verified reply. The callee owns arena (and with it the reply) when it answers
 * MC_REPLY_TAKEN. */
enum mc_reply_answer
{
    MC_REPLY_DONE,   /* looked at, memory may go */
    MC_REPLY_TAKEN,  /* kept */
    MC_REPLY_ENOUGH, /* looked at, no more is wanted */
};
typedef enum mc_reply_answer mc_exchange_reply_fn(void *user,
                                                  const struct mc_reply *reply,
                                                  struct mc_arena *arena,
                                                  int64_t received_us);

/* One request and its replies. */
struct mc_exchange
{
    const char *agent;
    const char *collective;
    const struct mc_filter *filter;
    const struct mc_value *payload;
    int64_t ttl_s;
    const char *const *targets; /* who will answer; NULL: nobody knows */
    size_t targets_count;
    bool direct;          /* one message for each target */
    bool mute;            /* nobody waits for replies */
    const char *reply_to; /* mute: other place for replies, or NULL */
    int64_t wait_us;      /* for replies */
    size_t batch;         /* ask so many targets at a time; 0: all at once */
    int64_t pause_us;     /* between batches */
    unsigned publish_s;
    mc_exchange_reply_fn *reply_fn;
    void *user;

    /* results, in the arena given to mc_exchange_run() */
    const char *id;
    size_t dropped;
    struct mc_names missing;      /* targets that did not answer */
    struct mc_names unexpected;   /* senders that were no targets */
    struct mc_expected *expected; /* the targets, each once, sorted by name */
    size_t expected_count;

    /* while it runs */
    struct mc_client *client;
    struct mc_arena *arena;
    size_t outstanding;
    int64_t sent_us;
    int failure; /* -errno from a callback */
    bool last;   /* no batch is left to be sent */
    bool over;
};

/* Send a request and gather its replies.
 * exchange: filled in by the caller up to user.   arena: owns the results.
 * Returns 0; MC_CLIENT_USAGE; MC_CLIENT_BROKER; MC_CLIENT_STOPPED; -errno. Blocks. */
int mc_exchange_run(struct mc_client *client, struct mc_exchange *exchange,
                    struct mc_arena *arena, struct mc_error *error) MC_MUST_USE;

/* A target by its name.
 * exchange: its targets are known.
 * Returns it, or NULL for a stranger. Never blocks. */
struct mc_expected *mc_exchange__find(const struct mc_exchange *exchange,
                                      const char *name);

/* The request is on its way to some targets, that are in the order of its list.
 * Returns nothing. Never blocks. */
void mc_exchange__sent(struct mc_exchange *exchange, size_t from, size_t to);

/* Note what a reply says; strangers are ignored, the worse of two replies holds.
 * reason: copied when something is wrong, at most MC_END_REASON_BYTES_MAX of it.
 * Returns nothing. Never blocks. */
void mc_exchange__note_end(struct mc_exchange *exchange, const char *sender,
                           enum mc_end end, int64_t status, const char *reason);

enum mc_call_kind
{
    MC_CALL_RPC,
    MC_CALL_PING,
    MC_CALL_MESSAGE, /* to an agent that speaks no RPC */
};

/* How nodes are discovered. */
enum mc_method
{
    MC_METHOD_MC,
    MC_METHOD_FLATFILE,
    MC_METHOD_STDIN,
    MC_METHOD_EXTERNAL,
};

struct mc_kept
{
    struct mc_client_reply reply;
    struct mc_arena *arena; /* owns what the reply points to */
};

struct mc_call
{
    struct mc_client *client;
    struct mc_arena *arena;
    enum mc_call_kind kind;
    const char *agent;
    const char *action; /* of a message: its text */
    const struct mc_ddl *ddl;
    const struct mc_ddl_action *interface;
    struct mc_value *inputs;
    struct mc_filter filter;
    double data_s; /* what the data functions in it may take */
    const char *collective;

    enum mc_method method;
    const char **method_options;
    size_t method_options_count;
    struct mc_names nodes;
    bool nodes_given;

    uint64_t limit; /* 0: none */
    bool limit_percent;
    bool limit_random;
    int64_t limit_seed; /* below 0: none */

    uint64_t batch; /* 0: none */
    bool batch_percent;
    bool batch_told; /* not by the configuration */
    int64_t batch_pause_us;

    unsigned reply_s;
    int discovery_s;
    unsigned ttl_s;
    unsigned publish_s;
    bool mute;
    const char *reply_to;
    bool forget;
    bool sort;

    mc_discovering_fn *on_discovering;
    void *discovering_user;
    mc_found_fn *on_found;
    void *found_user;
    mc_discovered_fn *on_discovered;
    void *discovered_user;
    mc_reply_fn *on_reply;
    void *reply_user;

    /* results */
    bool ran;
    bool discovery_done;
    bool forced_direct;      /* nodes were named, not found by asking */
    struct mc_names found;   /* discovered */
    struct mc_names targets; /* those of them that are asked */
    struct mc_names missing;
    struct mc_names unexpected;
    struct mc_exchange *exchange; /* while it runs */
    struct mc_expected *ends;     /* sorted by name */
    size_t ends_count;
    struct mc_kept *kept; /* heap */
    size_t kept_count;
    size_t kept_room;
    size_t kept_bytes;
    struct mc_call_stats stats;
    struct mc_aggregates *summing;
    struct mc_client_aggregate *aggregates;
    size_t aggregates_count;
    int failure; /* -errno while a reply was handled */
};

/* How long discovery takes, in seconds, with everything considered.
 * Returns seconds. Never blocks. */
unsigned mc_call__discovery_s(const struct mc_call *call);

/* How nodes are discovered: a compound filter needs the nodes, whatever was asked for.
 * Returns the method. Never blocks. */
enum mc_method mc_call__method(const struct mc_call *call);

/* Add a compound filter: the text is parsed, its data functions are checked against
 * their DDL.
 * text: copied.   error: the token that is wrong, and its column.
 * Returns 0; MC_CLIENT_USAGE; -ENOMEM. Blocks on the disk. */
int mc_call__compound(struct mc_call *call, const char *text, struct mc_error *error)
    MC_MUST_USE;

/* Find the nodes (call->found), once.
 * Returns 0; MC_CLIENT_USAGE; MC_CLIENT_BROKER; MC_CLIENT_STOPPED; -errno. Blocks. */
int mc_call__find(struct mc_call *call, struct mc_error *error) MC_MUST_USE;

/* Whether the identity filters name nodes and nothing else is needed to find them.
 * Returns true or false. Never blocks. */
bool mc_call__names_nodes(const struct mc_call *call);

/* Whether only some of the nodes found are to be asked; 0 percent of them is one.
 * Returns true or false. Never blocks. */
bool mc_call__limited(const struct mc_call *call);

/* Take batch size and pause from the configuration.
 * Returns nothing. Never blocks. */
void mc_call__batch_default(struct mc_call *call);

/* Whether the request of a call goes out in batches.
 * Returns true or false. Never blocks. */
bool mc_call__batched(const struct mc_call *call);

/* Whether the call may be batched as it is.
 * Returns 0; MC_CLIENT_USAGE. Never blocks. */
int mc_call__batch_check(const struct mc_call *call, struct mc_error *error)
    MC_MUST_USE;

/* How many of the targets are asked at a time.
 * Returns 1 or more; 0 for all at once. Never blocks. */
size_t mc_call__batch_size(const struct mc_call *call);

/* Count the ends of the nodes that were asked.
 * call: its ends are set.
 * Returns nothing. Never blocks. */
void mc_call__count_ends(struct mc_call *call);

/* Choose whom to ask (call->targets) from those found, by the limit.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_call__pick(struct mc_call *call) MC_MUST_USE;

/* The life of messages in seconds.
 * Returns seconds. Never blocks. */
int64_t mc_call__ttl_s(const struct mc_call *call);

/* Whether nodes can be asked by name.
 * Returns true or false. Never blocks. */
bool mc_call__can_direct(const struct mc_call *call);

#endif
