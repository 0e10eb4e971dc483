/* Reading the settings with a sticky error: after the first wrong one every later read
 * gives its fallback, and the result is asked for once at the end. */
#include "connector/stomp/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DELAY_S_MAX 86400.0
#define SECONDS_MAX 86400
#define COUNT_MAX 1000000

struct reader
{
    const struct mc_config *config;
    const struct mc_stomp_defaults *defaults;
    struct mc_arena *arena;
    struct mc_stomp_settings *settings;
    struct mc_error *error;
    int r;
};

static const char *out_of_memory(struct reader *reader)
{
    if (reader->r == 0) {
        mc_error_set(reader->error, "no memory for the settings");
        reader->r = -ENOMEM;
    }
    return "";
}

/* The key behind "plugin.". */
static const char *full(struct reader *reader, const char *key)
{
    const char *name =
        mc_arena_printf(reader->arena, "%s.%s", reader->defaults->prefix, key);

    return name ? name : out_of_memory(reader);
}

/* The key of one broker of the pool. */
static const char *member(struct reader *reader, unsigned number, const char *key)
{
    const char *name = mc_arena_printf(reader->arena, "pool.%u.%s", number, key);

    return name ? name : out_of_memory(reader);
}

static const char *read_text(struct reader *reader, const char *key,
                             const char *fallback)
{
    const char *text = mc_config_plugin(reader->config, full(reader, key), fallback);

    if (!text) {
        return NULL;
    }
    const char *copy = mc_arena_strdup(reader->arena, text);
    return copy ? copy : out_of_memory(reader);
}

/* NULL for a missing and for an empty value. */
static const char *read_filled(struct reader *reader, const char *key)
{
    const char *text = read_text(reader, key, NULL);

    return text && *text ? text : NULL;
}

static unsigned read_int(struct reader *reader, const char *key, unsigned fallback,
                         unsigned min, unsigned max)
{
    int64_t value = fallback;
    const char *name = full(reader, key);

    if (reader->r == 0) {
        reader->r = mc_config_plugin_int(reader->config, name, fallback, min, max,
                                         &value, reader->error);
    }
    return (unsigned)value;
}

static bool read_bool(struct reader *reader, const char *key, bool fallback)
{
    bool value = fallback;
    const char *name = full(reader, key);

    if (reader->r == 0) {
        reader->r = mc_config_plugin_bool(reader->config, name, fallback, &value,
                                          reader->error);
    }
    return value;
}

static double read_seconds(struct reader *reader, const char *key, double fallback)
{
    double value = fallback;
    const char *name = full(reader, key);

    if (reader->r == 0) {
        reader->r = mc_config_plugin_float(reader->config, name, fallback, &value,
                                           reader->error);
    }
    return value < DELAY_S_MAX ? value : DELAY_S_MAX;
}

static const char *from_environment(struct reader *reader, const char *name)
{
    const char *value = getenv(name);

    if (!value || !*value) {
        return NULL;
    }
    const char *copy = mc_arena_strdup(reader->arena, value);
    return copy ? copy : out_of_memory(reader);
}

/* A key or certificate file; the environment wins over the configuration. */
static const char *read_tls_file(struct reader *reader, unsigned number,
                                 const char *what)
{
    char *name = mc_arena_printf(reader->arena, "MCOLLECTIVE_%s_POOL%u_SSL_%s",
                                 reader->defaults->prefix, number, what);
    const char *key = mc_arena_printf(reader->arena, "pool.%u.ssl.%s", number,
                                      strcmp(what, "KEY") == 0 ? "key" : "cert");

    if (!name || !key) {
        return out_of_memory(reader);
    }
    for (char *c = name; *c; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    const char *value = from_environment(reader, name);
    return value ? value : read_filled(reader, key);
}

static void notice(struct reader *reader, const char *text)
{
    const char *old = reader->settings->notice;
    const char *both = text ? mc_arena_printf(reader->arena, "%s%s%s", old ? old : "",
                                              old ? "; " : "", text)
                            : NULL;

    reader->settings->notice = both ? both : out_of_memory(reader);
}

/* Verified TLS or, when the settings allow it, encrypted only. */
static void check_tls(struct reader *reader, unsigned number, struct mc_stream_tls *tls)
{
    const char *prefix = reader->defaults->prefix;
    bool fallback = read_bool(reader, member(reader, number, "ssl.fallback"), false);
    struct mc_error why = {{0}};
    int r = -EINVAL;

    if (reader->r < 0) {
        return;
    }
    if (tls->ca && tls->cert && tls->key) {
        r = mc_stream_check_tls(tls, &why);
    } else {
        mc_error_set(&why, "%s is not set",
                     !tls->ca     ? "ca"
                     : !tls->cert ? "cert"
                                  : "key");
    }
    if (r < 0 && fallback) {
        notice(reader, mc_arena_printf(reader->arena,
                                       "plugin.%s.pool.%u.ssl: %s; TLS without "
                                       "verification is used (ssl.fallback)",
                                       prefix, number, why.text));
        *tls = (struct mc_stream_tls){.enabled = true, .ciphers = tls->ciphers};
        r = mc_stream_check_tls(tls, &why);
    }
    if (r < 0) {
        mc_error_set(reader->error,
                     "plugin.%s.pool.%u.ssl: %s (ca, cert and key are all needed, or "
                     "plugin.%s.pool.%u.ssl.fallback = 1 for TLS without verification)",
                     prefix, number, why.text, prefix, number);
        reader->r = r;
    }
}

static void read_tls(struct reader *reader, unsigned number, struct mc_stream_tls *tls)
{
    tls->enabled = read_bool(reader, member(reader, number, "ssl"), false);
    if (!tls->enabled) {
        return;
    }
    tls->verify = true;
    tls->ca = read_filled(reader, member(reader, number, "ssl.ca"));
    tls->ciphers = read_filled(reader, member(reader, number, "ssl.ciphers"));
    tls->cert = read_tls_file(reader, number, "CERT");
    tls->key = read_tls_file(reader, number, "KEY");
    check_tls(reader, number, tls);
}

static void read_login(struct reader *reader, const char *user_key,
                       const char *password_key, struct mc_stomp_broker *broker)
{
    const char *user = from_environment(reader, "STOMP_USER");
    const char *password = from_environment(reader, "STOMP_PASSWORD");

    broker->user = user ? user : read_text(reader, user_key, "");
    broker->password = password ? password : read_text(reader, password_key, "");
}

static void missing(struct reader *reader, const char *key, const char *advice)
{
    if (reader->r == 0) {
        mc_error_set(reader->error, "plugin.%s is not set; %s", full(reader, key),
                     advice);
        reader->r = -EINVAL;
    }
}

static void read_member(struct reader *reader, unsigned number,
                        struct mc_stomp_broker *broker)
{
    broker->host = read_filled(reader, member(reader, number, "host"));
    if (!broker->host) {
        missing(reader, member(reader, number, "host"),
                "write the host name of this broker there");
        return;
    }
    broker->port = read_int(reader, member(reader, number, "port"),
                            reader->defaults->port, 1, 65535);
    read_login(reader, member(reader, number, "user"),
               member(reader, number, "password"), broker);
    read_tls(reader, number, &broker->tls);
}

/* The form of 0.4.8: one host, no pool. */
static bool read_single(struct reader *reader, struct mc_stomp_broker *broker)
{
    const char *host = from_environment(reader, "STOMP_SERVER");

    broker->host = host ? host : read_filled(reader, "host");
    if (!broker->host) {
        return false;
    }
    broker->port = read_int(reader, "port", reader->defaults->port, 1, 65535);
    const char *port = from_environment(reader, "STOMP_PORT");
    if (port) {
        char *end = NULL;
        unsigned long number = strtoul(port, &end, 10);
        if (*end || number < 1 || number > 65535) {
            mc_error_set(reader->error, "STOMP_PORT: \"%s\" is not a port", port);
            reader->r = -EINVAL;
            return true;
        }
        broker->port = (unsigned)number;
    }
    read_login(reader, "user", "password", broker);
    return true;
}

static void read_pool(struct reader *reader)
{
    const char *prefix = reader->defaults->prefix;
    struct mc_stomp_broker *brokers =
        mc_arena_array(reader->arena, MC_STOMP_POOL_MAX, sizeof(*brokers));

    if (!brokers) {
        (void)out_of_memory(reader);
        return;
    }
    reader->settings->brokers = brokers;
    if (!read_filled(reader, "pool.size")) {
        if (reader->defaults->single && read_single(reader, brokers)) {
            reader->settings->broker_count = 1;
            return;
        }
        const char *advice = mc_arena_printf(
            reader->arena,
            "write plugin.%s.pool.size = 1 and plugin.%s.pool.1.host = "
            "<your broker>%s",
            prefix, prefix,
            reader->defaults->single ? ", or plugin.stomp.host = <your broker>" : "");
        missing(reader, "pool.size", advice ? advice : "");
        return;
    }
    unsigned count = read_int(reader, "pool.size", 1, 1, MC_STOMP_POOL_MAX);
    for (unsigned i = 0; i < count && reader->r == 0; i++) {
        read_member(reader, i + 1, &brokers[i]);
    }
    reader->settings->broker_count = count;
}

static void read_reconnecting(struct reader *reader)
{
    struct mc_stomp_settings *settings = reader->settings;

    settings->initial_delay_s = read_seconds(reader, "initial_reconnect_delay", 0.01);
    settings->max_delay_s = read_seconds(reader, "max_reconnect_delay", 30.0);
    settings->exponential = read_bool(reader, "use_exponential_back_off", true);
    settings->multiplier = read_int(reader, "back_off_multiplier", 2, 1, 1000);
    settings->attempts_max =
        read_int(reader, "max_reconnect_attempts", 0, 0, COUNT_MAX);
    settings->randomize = read_bool(reader, "randomize", false);
    settings->connect_timeout_ms =
        1000 * read_int(reader, "connect_timeout", 30, 1, SECONDS_MAX);
    /* Accepted and checked, without effect, as in the original. */
    (void)read_bool(reader, "backup", false);
}

static void read_heartbeats(struct reader *reader)
{
    struct mc_stomp_settings *settings = reader->settings;

    settings->heartbeat_s = read_int(reader, "heartbeat_interval", 0, 0, SECONDS_MAX);
    settings->fallback_1_0 = read_bool(reader, "stomp_1_0_fallback", true);
    settings->hbread_fails_max = read_int(reader, "max_hbread_fails", 2, 0, COUNT_MAX);
    (void)read_int(reader, "max_hbrlck_fails", 0, 0, COUNT_MAX);
    if (settings->heartbeat_s && settings->heartbeat_s < MC_STOMP_HEARTBEAT_S_MIN) {
        notice(reader,
               mc_arena_printf(reader->arena,
                               "plugin.%s.heartbeat_interval = %u is too short, "
                               "%d is used",
                               reader->defaults->prefix, settings->heartbeat_s,
                               MC_STOMP_HEARTBEAT_S_MIN));
        settings->heartbeat_s = MC_STOMP_HEARTBEAT_S_MIN;
    }
}

int mc_stomp_settings_load(const struct mc_config *config,
                           const struct mc_stomp_defaults *defaults,
                           struct mc_arena *arena,
                           struct mc_stomp_settings *ret_settings,
                           struct mc_error *error)
{
    struct mc_stomp_settings settings = {0};
    struct reader reader = {.config = config,
                            .defaults = defaults,
                            .arena = arena,
                            .settings = &settings,
                            .error = error};

    read_pool(&reader);
    read_reconnecting(&reader);
    read_heartbeats(&reader);
    settings.vhost = read_text(&reader, "vhost", defaults->vhost);
    settings.base64 = read_bool(&reader, "base64", false);
    settings.agents_multiplex = read_bool(&reader, "agents_multiplex", false);
    settings.use_reply_exchange = read_bool(&reader, "use_reply_exchange", false);
    settings.priority = read_int(&reader, "priority", 0, 0, 9);
    if (reader.r == 0) {
        *ret_settings = settings;
    }
    return reader.r;
}
