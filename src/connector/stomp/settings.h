/* The settings of the STOMP connectors (spec collective.md 1.8), read and checked once.
 *
 * All keys have the form plugin.<prefix>.<key>; what is wrong is said with the full key.
 * Texts live in the arena of the caller, which should be one for secrets. */
#ifndef MC_CONNECTOR_STOMP_SETTINGS_H
#define MC_CONNECTOR_STOMP_SETTINGS_H

#include "base/config.h"
#include "base/stream.h"

#define MC_STOMP_POOL_MAX 64
/* What mc_stomp_settings_load() needs at the most. */
#define MC_STOMP_SETTINGS_BYTES_MAX ((size_t)1024 * 1024)
/* A heartbeat interval below this is raised to it (spec 1.2). */
#define MC_STOMP_HEARTBEAT_S_MIN 30

struct mc_stomp_broker
{
    const char *host;
    unsigned port;
    const char *user; /* "" for none */
    const char *password;
    struct mc_stream_tls tls;
};

struct mc_stomp_settings
{
    const struct mc_stomp_broker *brokers;
    size_t broker_count;
    const char *vhost;
    double initial_delay_s;
    double max_delay_s;
    bool exponential;
    unsigned multiplier;
    unsigned attempts_max; /* 0: for ever */
    bool randomize;
    unsigned connect_timeout_ms;
    unsigned heartbeat_s; /* 0: none */
    bool fallback_1_0;
    unsigned hbread_fails_max; /* 0: never */
    bool base64;
    bool agents_multiplex;
    bool use_reply_exchange;
    unsigned priority;
    const char *notice; /* what was adjusted, for a log line; or NULL */
};

/* What differs between the providers. */
struct mc_stomp_defaults
{
    const char *prefix; /* "activemq" */
    const char *vhost;
    unsigned port;
    bool
        single; /* <prefix>.host .port .user .password stand for a pool of one (0.4.8) */
};

/* Read the settings, the environment (STOMP_USER, STOMP_PASSWORD,
 * MCOLLECTIVE_<PREFIX>_POOL<N>_SSL_KEY and _CERT; STOMP_SERVER and STOMP_PORT for a
 * single host) and try the TLS files.
 * config: borrowed.   arena: owns all texts.
 * Returns 0; -EINVAL with the setting named in error; -ENOMEM. Reads the TLS files. */
int mc_stomp_settings_load(const struct mc_config *config,
                           const struct mc_stomp_defaults *defaults,
                           struct mc_arena *arena,
                           struct mc_stomp_settings *ret_settings,
                           struct mc_error *error) MC_MUST_USE;

/* What plugin.<prefix>.prompt_user and .prompt_password ask for: the person at the
 * terminal gives the user or password of the brokers that have none (clients only).
 * settings: of mc_stomp_settings_load(); changed on success.   arena: the same.
 * Returns 0; -EINVAL with the setting named in error, also when there is no terminal or
 * nobody answers; -ENOMEM. Blocks until the answer is typed. */
int mc_stomp_settings_ask(const struct mc_config *config,
                          const struct mc_stomp_defaults *defaults,
                          struct mc_arena *arena, struct mc_stomp_settings *settings,
                          struct mc_error *error) MC_MUST_USE;

#endif
