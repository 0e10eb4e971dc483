/* See settings.h. The library's own reconnecting is switched off: it would hide why an
 * attempt failed, and give up on errors that pass. */
#include "connector/nats/settings.h"

#include "base/file.h"
#include "base/memory.h"
#include "connector/nats/nkey.h"
#include <errno.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS_BYTES_MAX ((size_t)64 * 1024)
#define KEY_FILE_BYTES_MAX ((size_t)16 * 1024)
#define URL_BYTES_MAX 2048
#define PORT_DEFAULT ":4222"

static bool has_scheme(const char *text, const char *scheme)
{
    return mc_bytes_starts(mc_bytes_text(text), scheme);
}

/* Takes apart user:password@host:port/ */
static int server_split(struct mc_arena *arena, const char *text,
                        struct mc_nats_server *server)
{
    const char *at = strrchr(text, '@');
    const char *host = at ? at + 1 : text;
    struct mc_bytes rest = mc_bytes_text(host);
    bool bracket = *host == '[';

    rest = mc_bytes_slice(rest, 0, mc_bytes_find(rest, '/'));
    size_t end = bracket ? mc_bytes_find(rest, ']') + 1 : mc_bytes_find(rest, ':');
    struct mc_bytes name = mc_bytes_slice(rest, 0, end);
    struct mc_bytes port = mc_bytes_slice(rest, end, rest.len);
    if (bracket) {
        name = mc_bytes_slice(rest, 1, end > 2 ? end - 2 : 0);
    }
    if (name.len == 0 || (port.len > 0 && (port.len < 2 || port.data[0] != ':'))) {
        return -EINVAL;
    }
    server->host = mc_arena_text(arena, name);
    server->login = mc_arena_text(arena, mc_bytes_make(text, (size_t)(host - text)));
    server->port = port.len > 0 ? mc_arena_text(arena, port)
                                : mc_arena_strdup(arena, PORT_DEFAULT);
    server->label = mc_arena_printf(arena, "%.*s%s", (int)(rest.len - port.len),
                                    rest.data, server->port ? server->port : "");
    return server->host && server->login && server->port && server->label ? 0 : -ENOMEM;
}

static int server_add(struct mc_nats_settings *settings, struct mc_bytes item,
                      struct mc_error *error)
{
    if (settings->server_count == MC_NATS_SERVERS_MAX) {
        mc_error_set(error, "plugin.nats.servers: more than %d servers",
                     MC_NATS_SERVERS_MAX);
        return -EINVAL;
    }
    struct mc_nats_server *server = &settings->servers[settings->server_count];
    const char *text = mc_arena_text(settings->arena, item);
    if (!text) {
        return -ENOMEM;
    }
    const char *start = strstr(text, "://");
    bool tls = has_scheme(text, "tls://");
    int r = -EINVAL;
    if (!start || tls || has_scheme(text, "nats://")) {
        r = server_split(settings->arena, start ? start + 3 : text, server);
    }
    if (r == -EINVAL) {
        mc_error_set(error,
                     "plugin.nats.servers: server %zu is not nats://HOST:PORT, "
                     "tls://HOST:PORT or HOST:PORT",
                     settings->server_count + 1);
    }
    if (r == 0) {
        settings->tls = settings->tls || tls;
        settings->server_count++;
    }
    return r;
}

static int read_servers(struct mc_nats_settings *settings, const char *text,
                        struct mc_error *error)
{
    struct mc_bytes rest = mc_bytes_text(text);

    while (rest.len > 0) {
        size_t comma = mc_bytes_find(rest, ',');
        struct mc_bytes item = mc_bytes_trim(mc_bytes_slice(rest, 0, comma));

        rest = mc_bytes_slice(rest, comma + 1, rest.len);
        int r = item.len > 0 ? server_add(settings, item, error) : 0;
        if (r < 0) {
            return r;
        }
    }
    if (settings->server_count == 0) {
        mc_error_set(error, "plugin.nats.servers: no server is named");
        return -EINVAL;
    }
    return 0;
}

static int read_texts(struct mc_nats_settings *settings, const struct mc_config *config)
{
    const struct
    {
        const char *key;
        const char **place;
    } texts[] = {
        {"nats.tls.ca", &settings->ca},
        {"nats.tls.cert", &settings->cert},
        {"nats.tls.key", &settings->key},
        {"nats.user", &settings->user},
        {"nats.password", &settings->password},
        {"nats.token", &settings->token},
        {"nats.credentials", &settings->credentials},
        {"nats.nkey", &settings->nkey},
    };

    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        const char *value = mc_config_plugin(config, texts[i].key, NULL);
        if (!value || !*value) {
            continue;
        }
        *texts[i].place = mc_arena_strdup(settings->arena, value);
        if (!*texts[i].place) {
            return -ENOMEM;
        }
    }
    return 0;
}

static int read_seconds(const struct mc_config *config, const char *key,
                        double fallback_s, int64_t max_s, int64_t *ret_ms,
                        struct mc_error *error)
{
    double value = 0;
    int r = mc_config_plugin_float(config, key, fallback_s, &value, error);

    if (r < 0) {
        return r;
    }
    if (value < 0.001 || value > (double)max_s) {
        mc_error_set(error, "plugin.%s: must be from 0.001 to %lld seconds", key,
                     (long long)max_s);
        return -EINVAL;
    }
    *ret_ms = (int64_t)(value * 1000);
    return 0;
}

static int read_numbers(struct mc_nats_settings *settings,
                        const struct mc_config *config, struct mc_error *error)
{
    const struct
    {
        const char *key;
        double fallback_s;
        int64_t max_s;
        int64_t *place_ms;
    } times[] = {
        {"nats.connect_timeout", 5, 300, &settings->connect_timeout_ms},
        {"nats.ping_interval", 30, 3600, &settings->ping_interval_ms},
        {"nats.initial_reconnect_delay", 0.01, 3600, &settings->delay_first_ms},
        {"nats.max_reconnect_delay", 20, 3600, &settings->delay_max_ms},
    };

    for (size_t i = 0; i < MC_COUNT(times); i++) {
        int r = read_seconds(config, times[i].key, times[i].fallback_s, times[i].max_s,
                             times[i].place_ms, error);
        if (r < 0) {
            return r;
        }
    }
    return mc_config_plugin_int(config, "nats.max_reconnect_attempts", 0, 0, INT32_MAX,
                                &settings->attempts_max, error);
}

/* "(conn.c:12): words" becomes "words". */
const char *mc_nats_words(natsStatus status)
{
    natsStatus unused = NATS_OK;
    const char *words = nats_GetLastError(&unused);

    if (status == NATS_NO_SERVER) {
        return "nobody answers there";
    }
    if (words && strstr(words, "Expected 'PONG', got ''")) {
        return "the server closed the connection (does it want a client certificate?)";
    }
    if (words && *words == '(' && strstr(words, "): ")) {
        words = strstr(words, "): ") + 3;
    }
    return words && *words ? words : natsStatus_GetText(status);
}

static int refused(natsStatus status, const char *setting, struct mc_error *error)
{
    if (status == NATS_NO_MEMORY) {
        return -ENOMEM;
    }
    mc_error_set(error, "plugin.nats.%s: %s", setting, mc_nats_words(status));
    return -EINVAL;
}

/* The library reads the seed again for each signature. */
static int set_nkey(natsOptions *options, const struct mc_nats_settings *settings,
                    struct mc_error *error)
{
    struct mc_bytes text = {0};
    char public[MC_NKEY_PUBLIC_LETTERS + 1];
    int r =
        mc_file_read(settings->nkey, KEY_FILE_BYTES_MAX, settings->arena, &text, error);

    if (r == 0) {
        r = mc_nkey_public(text, &public, error);
        if (r < 0) {
            mc_error_prefix(error, "%s: ", settings->nkey);
        }
    }
    if (r < 0) {
        mc_error_prefix(error, "plugin.nats.nkey: ");
        return r == -ENOMEM ? r : -EINVAL;
    }
    natsStatus s = natsOptions_SetNKeyFromSeed(options, public, settings->nkey);
    return s == NATS_OK ? 0 : refused(s, "nkey", error);
}

static int set_login(natsOptions *options, const struct mc_nats_settings *settings,
                     struct mc_error *error)
{
    natsStatus s = NATS_OK;

    if (settings->user) {
        s = natsOptions_SetUserInfo(options, settings->user,
                                    settings->password ? settings->password : "");
        if (s != NATS_OK) {
            return refused(s, "user", error);
        }
    }
    if (settings->token) {
        s = natsOptions_SetToken(options, settings->token);
        if (s != NATS_OK) {
            return refused(s, "token", error);
        }
    }
    if (settings->credentials) {
        s = natsOptions_SetUserCredentialsFromFiles(options, settings->credentials,
                                                    NULL);
        if (s != NATS_OK) {
            return refused(s, "credentials", error);
        }
    }
    return settings->nkey ? set_nkey(options, settings, error) : 0;
}

/* Makes the library's TLS context. It loads the machine's own authorities into every
 * context, which costs 50 ms and megabytes, and would let any of them vouch for a
 * broker whose authority is named. There is no option against it, but OpenSSL asks the
 * environment where they are. */
static natsStatus make_tls(natsOptions *options, bool own_authority)
{
    const char *variable = X509_get_default_cert_file_env();
    const char *before = getenv(variable);
    char *kept = mc_memory_strdup(before);

    if (own_authority && (!before || kept)) {
        (void)setenv(variable, "/dev/null", 1);
    }
    natsStatus s = natsOptions_SetSecure(options, true);
    if (own_authority && kept) {
        (void)setenv(variable, kept, 1);
    } else if (own_authority && !before) {
        (void)unsetenv(variable);
    }
    mc_memory_free(kept);
    return s;
}

static int set_tls(natsOptions *options, const struct mc_nats_settings *settings,
                   struct mc_error *error)
{
    if (!settings->cert != !settings->key) {
        mc_error_set(error, "plugin.nats.tls.cert and plugin.nats.tls.key: only one of "
                            "the two is set");
        return -EINVAL;
    }
    natsStatus s = make_tls(options, settings->ca != NULL);
    if (s != NATS_OK) {
        return refused(s, "servers", error);
    }
    if (settings->ca) {
        s = natsOptions_LoadCATrustedCertificates(options, settings->ca);
        if (s != NATS_OK) {
            return refused(s, "tls.ca", error);
        }
    }
    if (settings->cert) {
        s = natsOptions_LoadCertificatesChain(options, settings->cert, settings->key);
        if (s != NATS_OK) {
            return refused(s, "tls.cert", error);
        }
    }
    return 0;
}

static natsStatus set_common(natsOptions *options,
                             const struct mc_nats_settings *settings)
{
    natsStatus s = natsOptions_SetName(options, settings->identity);

    s = s != NATS_OK ? s : natsOptions_SetAllowReconnect(options, false);
    s = s != NATS_OK ? s
                     : natsOptions_SetTimeout(options, settings->connect_timeout_ms);
    s = s != NATS_OK ? s : natsOptions_SetSendAsap(options, true);
    s = s != NATS_OK ? s : natsOptions_SetPingInterval(options, 0);
    s = s != NATS_OK ? s : natsOptions_SetIgnoreDiscoveredServers(options, true);
    return s;
}

/* The library starts threads of its own with its first options. They take no signals:
 * those belong to the loop. */
int mc_nats_settings_prepare(struct mc_nats_settings *settings, struct mc_error *error)
{
    sigset_t all;
    sigset_t before;

    natsOptions_Destroy(settings->options);
    settings->options = NULL;
    settings->tls = settings->tls || settings->ca || settings->cert;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    natsStatus s = natsOptions_Create(&settings->options);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (s == NATS_OK) {
        s = set_common(settings->options, settings);
    }
    int r = s == NATS_OK ? 0 : refused(s, "servers", error);
    r = r < 0 ? r : set_login(settings->options, settings, error);
    return r < 0 || !settings->tls ? r : set_tls(settings->options, settings, error);
}

int mc_nats_settings_new(const struct mc_connector_spec *spec,
                         struct mc_nats_settings **ret_settings, struct mc_error *error)
{
    struct mc_nats_settings *settings = mc_memory_new(sizeof(*settings));

    if (!settings) {
        return -ENOMEM;
    }
    settings->arena = mc_arena_new_secret(SETTINGS_BYTES_MAX);
    settings->identity =
        settings->arena ? mc_arena_strdup(settings->arena, spec->identity) : NULL;
    int r = settings->identity ? 0 : -ENOMEM;
    if (r == 0) {
        r = read_servers(settings, mc_config_plugin(spec->config, "nats.servers", ""),
                         error);
    }
    r = r < 0 ? r : read_texts(settings, spec->config);
    r = r < 0 ? r : read_numbers(settings, spec->config, error);
    r = r < 0 ? r : mc_nats_settings_prepare(settings, error);
    if (r < 0) {
        mc_nats_settings_free(settings);
        return r;
    }
    *ret_settings = settings;
    return 0;
}

struct mc_nats_settings *mc_nats_settings_free(struct mc_nats_settings *settings)
{
    if (settings) {
        natsOptions_Destroy(settings->options);
        mc_arena_free(settings->arena);
    }
    return mc_memory_free(settings);
}

natsStatus mc_nats_settings_point(struct mc_nats_settings *settings,
                                  const struct mc_nats_server *server,
                                  const char *address)
{
    char url[URL_BYTES_MAX];
    int len = snprintf(url, sizeof(url), "nats://%s%s%s", server->login, address,
                       server->port);
    natsStatus s = len < (int)sizeof(url) ? natsOptions_SetURL(settings->options, url)
                                          : NATS_INVALID_ARG;

    mc_memory_wipe(url, sizeof(url));
    if (s == NATS_OK && settings->tls) {
        s = natsOptions_SetExpectedHostname(settings->options, server->host);
    }
    return s;
}
