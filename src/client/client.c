/* The client: configuration, link to the broker, and the one loop it all runs on.
 *
 * Security, connector and DDLs are opened by the first call that needs them, so that a
 * command which asks nobody needs no keys and no broker. The link's callbacks only note
 * what happened and wake whoever waits; nothing is done inside them. */
#include "client/call.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/paths.h"
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

/* How often a stop asked for by a signal handler is looked for, in milliseconds. */
#define TICK_MS 100u
/* How long saying good-bye may take, in milliseconds. */
#define FINISH_MS 1000u
/* Where connectors begin to tell when they try again. */
#define NEXT_ATTEMPT "; next attempt"
/* Texts that live as long as the client. */
#define CLIENT_BYTES_MAX ((size_t)16 * 1024 * 1024)

static void ring(void *user)
{
    struct mc_client *client = user;

    mc_loop_stop(client->loop);
}

static void warned(void *user, const char *text)
{
    (void)user;
    (void)text;
}

/* Reads the named configuration, or the first of the usual places. */
static int configure(struct mc_client *client, const char *path, struct mc_error *error)
{
    int r = 0;

    if (!path) {
        r = mc_config_find(MC_ROLE_CLIENT, client->arena, &path);
        if (r == -ENOENT) {
            mc_error_set(error, "Cannot find config file '%s'", path);
            return MC_CLIENT_USAGE;
        }
        if (r < 0) {
            return r;
        }
    }
    r = mc_config_load(path, MC_ROLE_CLIENT, warned, NULL, &client->config, error);
    if (r == -ENOENT) {
        mc_error_set(error, "Cannot find config file '%s'", path);
    }
    return r == -ENOMEM || r == 0 ? r : MC_CLIENT_USAGE;
}

int mc_client_open(const char *config_path, struct mc_client **ret_client,
                   struct mc_error *error)
{
    struct mc_client *client = mc_memory_new(sizeof(*client));

    if (!client) {
        return -ENOMEM;
    }
    client->arena = mc_arena_new(CLIENT_BYTES_MAX);
    client->loop = mc_loop_new();
    if (client->loop) {
        client->alarm = mc_timer_new(client->loop, ring, client);
        client->tick = mc_timer_new(client->loop, ring, client);
    }
    int r = client->arena && client->alarm && client->tick ? 0 : -ENOMEM;
    if (!r) {
        r = configure(client, config_path, error);
    }
    if (r) {
        mc_client_free(client);
        return r;
    }
    *ret_client = client;
    return 0;
}

struct mc_client *mc_client_free(struct mc_client *client)
{
    if (!client) {
        return NULL;
    }
    if (client->connector && client->up) {
        mc_connector_finish(client->connector, FINISH_MS);
    }
    client->connector = mc_connector_free(client->connector);
    client->security = mc_security_free(client->security);
    client->ddls = mc_ddl_store_free(client->ddls);
    client->alarm = mc_timer_free(client->alarm);
    client->tick = mc_timer_free(client->tick);
    client->loop = mc_loop_free(client->loop);
    client->config = mc_config_free(client->config);
    client->arena = mc_arena_free(client->arena);
    return mc_memory_free(client);
}

void mc_client_on_notice(struct mc_client *client, mc_notice_fn *fn, void *user)
{
    client->notice = fn;
    client->notice_user = user;
}

void mc_client__notice(struct mc_client *client, const char *format, ...)
{
    struct mc_error text;
    va_list args;

    if (!client->notice) {
        return;
    }
    va_start(args, format);
    mc_error_vset(&text, format, args);
    va_end(args);
    client->notice(client->notice_user, text.text);
}

void mc_client_stop(struct mc_client *client)
{
    client->stopped = 1;
}

void mc_client_connection_timeout(struct mc_client *client, unsigned seconds)
{
    client->connect_s = seconds;
}

void mc_client__anonymous(struct mc_client *client)
{
    client->anonymous = true;
}

const char *mc_client__shown(const struct mc_client *client, struct mc_arena *arena,
                             const char *name)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (!client || !client->anonymous) {
        return name;
    }
    if (EVP_Digest(name, strlen(name), sum, &len, EVP_md5(), NULL) != 1) {
        return NULL;
    }
    char *text = mc_arena_alloc(arena, 2 * len + 1);
    for (unsigned i = 0; text && i < len; i++) {
        text[2 * i] = digits[sum[i] >> 4];
        text[2 * i + 1] = digits[sum[i] & 15];
    }
    return text;
}

enum mc_color mc_client_color(const struct mc_client *client)
{
    if (!mc_config_has(client->config, "color")) {
        return MC_COLOR_AUTO;
    }
    return mc_config_bool(client->config, "color") ? MC_COLOR_ON : MC_COLOR_OFF;
}

const char *mc_client_setting(const struct mc_client *client, const char *key)
{
    return mc_config_plugin(client->config, key, NULL);
}

int mc_client__ddls(struct mc_client *client, struct mc_ddl_store **ret_ddls)
{
    if (!client->ddls) {
        const char *const *folders;
        int r = mc_paths_plugins(client->config, client->arena, &folders);
        if (r < 0) {
            return r;
        }
        client->ddls = mc_ddl_store_new(folders);
    }
    if (!client->ddls) {
        return -ENOMEM;
    }
    *ret_ddls = client->ddls;
    return 0;
}

void mc_client__wake(struct mc_client *client)
{
    client->woken = true;
    mc_loop_stop(client->loop);
}

int mc_client__wait(struct mc_client *client, int64_t deadline_us)
{
    int r = 0;

    client->woken = false;
    while (!r && !client->woken && !client->stopped) {
        int64_t left_us = deadline_us - mc_clock_monotonic_us();
        if (left_us <= 0) {
            break;
        }
        mc_timer_start(client->alarm, (uint64_t)(left_us + 999) / 1000);
        mc_timer_start(client->tick, TICK_MS);
        r = mc_loop_run(client->loop);
    }
    mc_timer_stop(client->alarm);
    mc_timer_stop(client->tick);
    if (r < 0) {
        return r;
    }
    return client->stopped ? MC_CLIENT_STOPPED : 0;
}

static void link_changed(void *user, enum mc_link_state state, const char *text)
{
    struct mc_client *client = user;

    if (text) {
        mc_error_set(&client->last, "%s", text);
    }
    switch (state) {
    case MC_LINK_UP:
        client->up = true;
        mc_client__wake(client);
        break;
    case MC_LINK_DOWN:
    case MC_LINK_RETRY:
    case MC_LINK_ERROR:
        client->up = client->up && state == MC_LINK_ERROR;
        mc_client__notice(client, "%s", text ? text : "the connection was lost");
        break;
    case MC_LINK_DEAD:
        client->up = false;
        client->dead = true;
        mc_client__wake(client);
        break;
    case MC_LINK_DROPPED:
        mc_client__notice(client, "%s", text ? text : "a message was dropped");
        break;
    }
}

static void message_came(void *user, const struct mc_delivery *delivery)
{
    mc_client__message(user, delivery);
}

static int open_link(struct mc_client *client, struct mc_error *error)
{
    struct mc_connector_spec spec = {
        .loop = client->loop,
        .config = client->config,
        .role = MC_ROLE_CLIENT,
        .identity = mc_config_identity(client->config),
        .events = {.message = message_came, .link = link_changed, .user = client},
    };

    if (!client->security) {
        int r =
            mc_security_open(client->config, MC_ROLE_CLIENT, &client->security, error);
        if (r < 0) {
            return r == -ENOMEM ? r : MC_CLIENT_USAGE;
        }
    }
    if (!client->connector) {
        int r = mc_connector_open(&spec, &client->connector, error);
        if (r < 0) {
            return r == -ENOMEM ? r : MC_CLIENT_USAGE;
        }
    }
    return 0;
}

static unsigned connect_s(const struct mc_client *client)
{
    if (client->connect_s) {
        return client->connect_s;
    }
    if (mc_config_has(client->config, "connection_timeout")) {
        int64_t seconds = mc_config_int(client->config, "connection_timeout");
        if (seconds > 0 && seconds < MC_CLIENT_SECONDS_MAX) {
            return (unsigned)seconds;
        }
    }
    return MC_CLIENT_CONNECT_S;
}

int mc_client__connect(struct mc_client *client, struct mc_error *error)
{
    int r = open_link(client, error);

    if (!r && client->up) {
        /* Nobody ran the loop since the last call: what has ended meanwhile must be
         * known before a request is given to it. */
        r = mc_loop_once(client->loop, 0);
    }
    if (r) {
        return r;
    }
    unsigned seconds = connect_s(client);
    int64_t deadline_us = mc_clock_monotonic_us() + (int64_t)seconds * 1000000;
    while (!client->up && !client->dead && mc_clock_monotonic_us() < deadline_us) {
        r = mc_client__wait(client, deadline_us);
        if (r) {
            return r;
        }
    }
    if (client->up) {
        return 0;
    }
    if (client->last.text[0]) {
        /* There is no next attempt any more. */
        const char *tail = strstr(client->last.text, NEXT_ATTEMPT);
        size_t len =
            tail ? (size_t)(tail - client->last.text) : strlen(client->last.text);
        mc_error_set(error, "cannot reach any broker: %.*s", (int)len,
                     client->last.text);
    } else {
        mc_error_set(error, "cannot reach any broker: no answer within %u seconds",
                     seconds);
    }
    return MC_CLIENT_BROKER;
}
