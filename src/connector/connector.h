/* Connectors: a broker <-> message bodies (spec collective.md 1).
 *
 * A connector knows destinations, frames and reconnecting; it knows nothing of what is
 * in a body, so any security runs over any broker. Nothing here blocks: everything is
 * driven by the loop, and subscriptions are remembered and made again after each
 * reconnect. Providers are folders below this one, found at build time. */
#ifndef MC_CONNECTOR_CONNECTOR_H
#define MC_CONNECTOR_CONNECTOR_H

#include "base/config.h"
#include "base/loop.h"

#define MC_CONNECTOR_ABI 1

/* The largest body that is accepted from a broker, in bytes. */
#define MC_CONNECTOR_BODY_BYTES_MAX ((size_t)16 * 1024 * 1024)
/* Unsent bytes that may wait for a broker (down or slow). */
#define MC_CONNECTOR_QUEUE_BYTES_MAX ((size_t)64 * 1024 * 1024)

enum
{
    MC_CONNECTOR_FULL = 1,      /* too much waits to be sent; nothing was queued */
    MC_CONNECTOR_TOO_LARGE = 2, /* the broker would not take such a body */
};

enum mc_target_kind
{
    MC_TARGET_BROADCAST, /* all nodes of a collective that have an agent */
    MC_TARGET_DIRECT,    /* one node, by identity */
    MC_TARGET_REPLY,     /* replies to this process */
};

/* What to subscribe to. */
struct mc_target
{
    enum mc_target_kind kind;
    const char *collective;
    const char *agent; /* BROADCAST and REPLY */
    unsigned sequence; /* REPLY: number of the request in this process (1.3) */
};

/* What to send, and where. */
struct mc_publish
{
    enum mc_target_kind kind;
    const char *collective;
    const char *agent;    /* BROADCAST, DIRECT */
    const char *identity; /* DIRECT: the node */
    const char *reply_to; /* requests: where replies go (mc_connector_reply_name);
                             REPLY: the reply_to of the request, byte for byte */
    int64_t ttl_s;        /* for the broker's expiry */
    struct mc_bytes body; /* borrowed for the call */
};

/* One message from the broker, borrowed for the call. */
struct mc_delivery
{
    struct mc_bytes body;
    const char *reply_to;    /* or NULL */
    const char *destination; /* as the broker names it, for logs; or NULL */
    const char *sender;      /* unverified, for logs; or NULL */
    bool direct;             /* it came to this node by name, not as a broadcast */
};

enum mc_link_state
{
    MC_LINK_UP,      /* connected; remembered subscriptions are sent */
    MC_LINK_DOWN,    /* an established connection was lost; reconnecting */
    MC_LINK_RETRY,   /* an attempt failed; text says why and when the next one is */
    MC_LINK_ERROR,   /* the broker sent an error (text), the connection may live on */
    MC_LINK_DEAD,    /* given up: max_reconnect_attempts, or refused for good */
    MC_LINK_DROPPED, /* one message was dropped (too large, bad base64); text says it */
};

struct mc_connector_events
{
    /* A message arrived. */
    void (*message)(void *user, const struct mc_delivery *delivery);
    /* The link changed; text is for people and may be NULL. */
    void (*link)(void *user, enum mc_link_state state, const char *text);
    void *user;
};

struct mc_connector_spec
{
    struct mc_loop *loop;           /* outlives the connector */
    const struct mc_config *config; /* outlives the connector */
    enum mc_role role;
    const char *identity;              /* ours; outlives the connector */
    struct mc_connector_events events; /* called on the loop */
};

struct mc_connector_ops
{
    unsigned abi;     /* MC_CONNECTOR_ABI */
    const char *name; /* value of connector, lower case */

    /* Bytes of private state; the framework allocates it zeroed and frees it. */
    size_t state_size;

    /* Check the settings, begin to connect. spec outlives the state.
     * Returns 0; -EINVAL or -errno with the setting named in error. Never blocks, but
     * reads key files. deinit is called also after a failure. */
    int (*init)(void *state, const struct mc_connector_spec *spec,
                struct mc_error *error);

    /* Close; what is unsent is dropped. Must accept a half-built state. */
    void (*deinit)(void *state);

    /* Remember and, when connected, make a subscription. Twice the same is once.
     * Returns 0; -ENOMEM; -EINVAL for a collective that is not configured. */
    int (*subscribe)(void *state, const struct mc_target *target);

    /* Forget a subscription. Unknown ones are ignored.
     * Returns 0; -ENOMEM. */
    int (*unsubscribe)(void *state, const struct mc_target *target);

    /* The text that a request carries as its reply target, for a client subscription of
     * kind MC_TARGET_REPLY. arena owns *ret_name.
     * Returns 0; -ENOMEM. */
    int (*reply_name)(void *state, const struct mc_target *target,
                      struct mc_arena *arena, const char **ret_name);

    /* Send, or queue until connected.
     * Returns 0; MC_CONNECTOR_FULL; MC_CONNECTOR_TOO_LARGE; -EINVAL (collective not
     * configured, no reply target); -ENOMEM. Never blocks. */
    int (*publish)(void *state, const struct mc_publish *publish);

    /* How many bytes wait to be handed to the broker's socket. */
    size_t (*unsent)(const void *state);

    /* Say good-bye (client end): unsent bytes are written, then the connection closes
     * in an orderly way. May be NULL. Never blocks for more than timeout_ms. */
    void (*finish)(void *state, unsigned timeout_ms);
};

struct mc_connector;

/* Open the connector that a configuration names (connector).
 * spec: copied; what it points to is borrowed for the life of the connector.
 * Returns 0 and a connector owned by the caller; -EINVAL for an unknown name (the known
 * ones are listed) or bad settings; -errno. Never blocks. */
int mc_connector_open(const struct mc_connector_spec *spec,
                      struct mc_connector **ret_connector, struct mc_error *error)
    MC_MUST_USE;

/* Close.
 * connector: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_connector *mc_connector_free(struct mc_connector *connector);

/* The provider's name ("activemq"); see struct mc_connector_ops. */
const char *mc_connector_name(const struct mc_connector *connector);
/* See struct mc_connector_ops. */
int mc_connector_subscribe(struct mc_connector *connector,
                           const struct mc_target *target) MC_MUST_USE;
/* See struct mc_connector_ops. */
int mc_connector_unsubscribe(struct mc_connector *connector,
                             const struct mc_target *target) MC_MUST_USE;
/* See struct mc_connector_ops. */
int mc_connector_reply_name(struct mc_connector *connector,
                            const struct mc_target *target, struct mc_arena *arena,
                            const char **ret_name) MC_MUST_USE;
/* See struct mc_connector_ops. */
int mc_connector_publish(struct mc_connector *connector,
                         const struct mc_publish *publish) MC_MUST_USE;
/* See struct mc_connector_ops. */
size_t mc_connector_unsent(const struct mc_connector *connector);
/* See struct mc_connector_ops. */
void mc_connector_finish(struct mc_connector *connector, unsigned timeout_ms);

/* Whether a subject as nats and loop name them, C.node.I, is that of one node.
 * subject: may be NULL.   identity: of the node.
 * Returns true or false. Never blocks. */
bool mc_connector_subject_direct(const char *subject, const char *identity);

/* The provider table, ended by NULL; made from the folder list at build time. */
extern const struct mc_connector_ops *const mc_connector_providers[];

#endif
