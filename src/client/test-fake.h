/* Invented nodes for the tests of the client: they share its loop, speak psk, and can
 * misbehave. */
#ifndef MC_CLIENT_TEST_FAKE_H
#define MC_CLIENT_TEST_FAKE_H

#include "client/call.h"

enum fake_manner
{
    FAKE_GOOD,
    FAKE_FAILING,  /* status 1 */
    FAKE_SILENT,   /* discovered, but never answers a request */
    FAKE_DEAD,     /* not even discovered */
    FAKE_GARBAGE,  /* answers with bytes that are no message */
    FAKE_FORGED,   /* answers with another secret */
    FAKE_TWICE,    /* answers two times */
    FAKE_NO_RPC,   /* answers with something that is no RPC reply */
    FAKE_ONCE,     /* answers its first request only */
    FAKE_STRANGER, /* is not discovered, but answers requests, two times */
    FAKE_STRINGS,  /* has Strings for keys where Symbols are usual */
    FAKE_TELLING,  /* answers what `result` says */
};

struct fake
{
    const char *identity;
    const char *country;
    enum fake_manner manner;
    struct mc_result result; /* FAKE_TELLING */
    struct mc_config *config;
    struct mc_security *security;
    struct mc_connector *connector;
    struct mc_filter filter; /* of the last request */
    struct mc_arena *arena;  /* owns it */
    char id[64];             /* of the last request */
    size_t requests;
    size_t direct; /* requests that came by name */
    bool respond;
    int64_t ttl_s;      /* of the last request */
    int64_t ping_ttl_s; /* of the last discovery */
    char reply_to[64];  /* of the last request */
};

/* Join the nodes to the client's loop.
 * Returns nothing; failures assert. */
void fakes_start(struct fake *fakes, size_t count, struct mc_client *client);

/* Take them away again.
 * Returns nothing. */
void fakes_stop(struct fake *fakes, size_t count);

/* A client of a configuration; the file is gone afterwards.
 * more: lines to add.
 * Returns it; failures assert. */
struct mc_client *client_with(const char *more);

struct bench
{
    struct mc_client *client;
    struct mc_call *call;
    struct fake *fakes;
    size_t count;
    char notices[1024];
};

/* Three nodes. */
#define THREE                                                                         \
    {                                                                                 \
        {.identity = "web1", .country = "uk"}, {.identity = "web2", .country = "de"}, \
            {.identity = "db1", .country = "uk"},                                     \
    }

/* A client with a configuration, and nodes on its loop.
 * bench: filled in.   fakes: count of them, borrowed.   more: lines to add.
 * Returns nothing; failures assert. */
void bench_begin(struct bench *bench, struct fake *fakes, size_t count,
                 const char *more);

/* A new call of rpcutil get_fact in place of the last one.
 * Returns nothing; failures assert. */
void bench_call(struct bench *bench);

/* Name all nodes in an identity filter.
 * Returns nothing; failures assert. */
void bench_name_nodes(struct bench *bench);

/* Run the call, which must succeed.
 * Returns nothing; failures assert. */
void bench_run(struct bench *bench);

/* Give it all back.
 * Returns nothing. */
void bench_end(struct bench *bench);

#endif
