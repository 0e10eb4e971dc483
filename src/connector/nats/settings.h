/* The settings plugin.nats.*, checked once, and the library's options made from them.
 *
 * They are copied out of the configuration because the thread that connects may end a
 * moment after the connector was closed. The copy is wiped: it holds passwords. */
#ifndef MC_CONNECTOR_NATS_SETTINGS_H
#define MC_CONNECTOR_NATS_SETTINGS_H

#include "connector/connector.h"
#include <nats/nats.h>

#define MC_NATS_SERVERS_MAX 64
/* A numeric address as text, in brackets when it is one of IPv6. */
#define MC_NATS_ADDRESS_BYTES 64

struct mc_nats_server
{
    const char *login; /* "user:password@" or nothing: never shown */
    const char *port;  /* ":4222" */
    const char *label; /* host:port, for texts */
    const char *host;  /* what the certificate must name */
};

struct mc_nats_settings
{
    struct mc_arena *arena; /* owns all below */
    struct mc_nats_server servers[MC_NATS_SERVERS_MAX];
    size_t server_count;
    bool tls;             /* for all servers, when any of them or a file asks for it */
    natsOptions *options; /* what the library is told, except which server */
    const char *identity;
    const char *ca;
    const char *cert;
    const char *key;
    const char *user;
    const char *password;
    const char *token;
    const char *credentials;
    const char *nkey;
    int64_t connect_timeout_ms;
    int64_t ping_interval_ms;
    int64_t attempts_max; /* 0: for ever */
    int64_t delay_first_ms;
    int64_t delay_max_ms;
};

/* Read and check the settings, with the files they name.
 * spec: borrowed for the call.   error: names the setting.
 * Returns 0 and settings owned by the caller; -EINVAL; -ENOMEM. Reads key files. */
int mc_nats_settings_new(const struct mc_connector_spec *spec,
                         struct mc_nats_settings **ret_settings, struct mc_error *error)
    MC_MUST_USE;

/* Give back and wipe.
 * settings: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_nats_settings *mc_nats_settings_free(struct mc_nats_settings *settings);

/* Make the library's options from the settings, in place of those there were.
 * error: names the setting that the library refused.
 * Returns 0; -EINVAL; -ENOMEM. Reads key files. */
int mc_nats_settings_prepare(struct mc_nats_settings *settings, struct mc_error *error)
    MC_MUST_USE;

/* Point the options at one address of one server.
 * settings: its options are changed.   server: one of settings.   address: numeric, in
 * brackets for IPv6.
 * Returns what the library says. Never blocks. */
natsStatus mc_nats_settings_point(struct mc_nats_settings *settings,
                                  const struct mc_nats_server *server,
                                  const char *address) MC_MUST_USE;

/* What the library said last on this thread, without its places in the source.
 * status: what it returned.
 * Returns a text that is valid until the next call of the library. Never blocks. */
const char *mc_nats_words(natsStatus status);

#endif
