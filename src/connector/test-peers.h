/* For tests of connectors: peers on one loop that count what reaches them. */
#ifndef MC_CONNECTOR_TEST_PEERS_H
#define MC_CONNECTOR_TEST_PEERS_H

#include "connector/connector.h"

struct peer
{
    struct mc_connector *connector;
    struct mc_config *config;
    struct mc_loop *loop;
    const char *identity;
    unsigned messages;        /* without barriers */
    unsigned directs;         /* of the messages, those to this one by name */
    unsigned barriers;        /* messages whose body is "barrier" */
    unsigned links[8];        /* by enum mc_link_state */
    char text[512];           /* of the last event of the link */
    char error_text[512];     /* of the last MC_LINK_ERROR */
    char reply_to[256];       /* of the last message */
    struct mc_bytes expected; /* every body must be this one, when set */
    bool differed;
    bool answer; /* send "pong" to the reply target */
    bool leave;  /* close the connector inside the event */
};

/* Open a connector with a configuration text; asserts that it works. */
void peer_open(struct peer *peer, struct mc_loop *loop, const char *config,
               const char *identity);

/* The same, giving the result; error may be NULL. */
int peer_try(struct peer *peer, struct mc_loop *loop, const char *config,
             const char *identity, struct mc_error *error);

/* Close it. */
void peer_close(struct peer *peer);

/* Run the loop until *counter is at least wanted; fails the test after 20 seconds. */
void expect_within(struct mc_loop *loop, const unsigned *counter, unsigned wanted,
                   const char *what);

/* Make subscriptions take effect: send ourselves a message and wait for it. */
void peer_settle(struct peer *peer);

/* Wait until all that was sent before has reached every peer that is settled. */
void barrier(struct peer *from, struct peer *to, size_t count);

/* Publish, asserting that it works. */
void publish_broadcast(struct peer *from, const char *collective, const char *agent,
                       const char *reply_to, struct mc_bytes body);
/* The same, to one node. */
void publish_direct(struct peer *from, const char *identity, struct mc_bytes body);

/* Subscribe, asserting that it works. */
void subscribe_agent(struct peer *peer, const char *collective, const char *agent);

#endif
