/* Invented nodes for the tests of the client; see test-fake.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/test-fake.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int set_fn(struct mc_arena *arena, struct mc_value *hash, const char *name,
                   const struct mc_value *value);

static const struct mc_value *answer(struct fake *fake,
                                     const struct mc_request *request,
                                     struct mc_arena *arena)
{
    struct mc_rpc rpc;
    const struct mc_value *payload = NULL;
    struct mc_value *data = mc_value_hash(arena);
    struct mc_result result = {.status = fake->manner == FAKE_FAILING, .data = data};

    if (mc_rpc_from_value(request->payload, &rpc) != 0) {
        return mc_value_text(arena, "pong");
    }
    fake->respond = rpc.respond;
    if (fake->manner == FAKE_NO_RPC) {
        return mc_value_text(arena, "what?");
    }
    result.message = result.status ? "it went wrong" : "OK";
    set_fn *set =
        fake->manner == FAKE_STRINGS ? mc_value_set_text : mc_value_set_symbol;
    assert_int_equal(set(arena, data, "fact", mc_value_text(arena, "country")), 0);
    assert_int_equal(set(arena, data, "value", mc_value_text(arena, fake->country)), 0);
    if (fake->manner == FAKE_TELLING) {
        result = fake->result;
        result.data = data;
    }
    assert_int_equal(mc_result_to_value(arena, &result, &payload), 0);
    return payload;
}

/* Change the answer inside a sealed message. */
static struct mc_bytes forge(struct mc_bytes body, const char *word,
                             struct mc_arena *arena)
{
    char *copy = mc_arena_text(arena, body);

    assert_non_null(copy);
    char *at = memmem(copy, body.len, word, strlen(word));
    assert_non_null(at);
    *at = 'X';
    return mc_bytes_make(copy, body.len);
}

static void send_reply(struct fake *fake, const struct mc_request *request,
                       const char *reply_to, struct mc_arena *arena)
{
    struct mc_reply reply = {
        .sender = fake->identity,
        .id = request->id,
        .agent = request->agent,
        .time_s = 1,
        .payload = answer(fake, request, arena),
    };
    struct mc_publish publish = {
        .kind = MC_TARGET_REPLY,
        .collective = "mcollective",
        .agent = request->agent,
        .reply_to = reply_to,
        .ttl_s = 60,
    };

    assert_int_equal(mc_security_seal_reply(fake->security, &reply, request, arena,
                                            &publish.body, NULL),
                     0);
    if (fake->manner == FAKE_GARBAGE && strcmp(request->agent, "discovery") != 0) {
        publish.body = MC_BYTES("\x04\x08{\xff not a message");
    }
    if (fake->manner == FAKE_FORGED && strcmp(request->agent, "discovery") != 0) {
        publish.body = forge(publish.body, fake->country, arena);
    }
    assert_int_equal(mc_connector_publish(fake->connector, &publish), 0);
}

static unsigned replies_of(const struct fake *fake, bool ping)
{
    static const struct
    {
        unsigned pings;
        unsigned requests;
    } of[] = {
        [FAKE_GOOD] = {1, 1},     [FAKE_FAILING] = {1, 1}, [FAKE_SILENT] = {1, 0},
        [FAKE_DEAD] = {0, 0},     [FAKE_GARBAGE] = {1, 1}, [FAKE_FORGED] = {1, 1},
        [FAKE_TWICE] = {1, 2},    [FAKE_NO_RPC] = {1, 1},  [FAKE_ONCE] = {1, 1},
        [FAKE_STRANGER] = {0, 2}, [FAKE_STRINGS] = {1, 1}, [FAKE_TELLING] = {1, 1},
    };

    if (fake->manner == FAKE_ONCE && fake->requests > 1) {
        return 0;
    }
    return ping ? of[fake->manner].pings : of[fake->manner].requests;
}

static void request_came(void *user, const struct mc_delivery *delivery)
{
    struct fake *fake = user;
    struct mc_arena *arena = mc_arena_new(1 << 20);
    struct mc_request *request = NULL;

    assert_non_null(arena);
    int r =
        mc_security_open_request(fake->security, delivery->body, arena, &request, NULL);
    assert_int_equal(r, 0);
    bool ping = strcmp(request->agent, "discovery") == 0;
    fake->arena = mc_arena_free(fake->arena);
    fake->arena = arena;
    fake->filter = request->filter;
    fake->requests += !ping;
    (void)snprintf(fake->id, sizeof(fake->id), "%s", request->id);
    *(ping ? &fake->ping_ttl_s : &fake->ttl_s) = request->ttl_s;
    (void)snprintf(fake->reply_to, sizeof(fake->reply_to), "%s", delivery->reply_to);
    fake->direct += delivery->destination && strstr(delivery->destination, ".node.");
    for (unsigned i = 0; i < replies_of(fake, ping); i++) {
        send_reply(fake, request, delivery->reply_to, arena);
    }
}

static void link_changed(void *user, enum mc_link_state state, const char *text)
{
    (void)user;
    (void)state;
    (void)text;
}

static void fake_start(struct fake *fake, struct mc_loop *loop)
{
    char text[256];
    struct mc_connector_spec spec = {
        .loop = loop,
        .role = MC_ROLE_NODE,
        .identity = fake->identity,
        .events = {.message = request_came, .link = link_changed, .user = fake},
    };
    const struct mc_target targets[] = {
        {.kind = MC_TARGET_BROADCAST,
         .collective = "mcollective",
         .agent = "discovery"},
        {.kind = MC_TARGET_BROADCAST, .collective = "mcollective", .agent = "rpcutil"},
        {.kind = MC_TARGET_DIRECT, .collective = "mcollective"},
    };

    (void)snprintf(text, sizeof(text),
                   "identity = %s\nconnector = loop\nplugin.psk = %s\n", fake->identity,
                   "secret");
    assert_int_equal(mc_config_parse(mc_bytes_text(text), "fake", MC_ROLE_NODE, NULL,
                                     NULL, &fake->config, NULL),
                     0);
    assert_int_equal(
        mc_security_open(fake->config, MC_ROLE_NODE, &fake->security, NULL), 0);
    spec.config = fake->config;
    assert_int_equal(mc_connector_open(&spec, &fake->connector, NULL), 0);
    for (size_t i = 0; i < MC_COUNT(targets); i++) {
        assert_int_equal(mc_connector_subscribe(fake->connector, &targets[i]), 0);
    }
}

void fakes_start(struct fake *fakes, size_t count, struct mc_client *client)
{
    for (size_t i = 0; i < count; i++) {
        fake_start(&fakes[i], client->loop);
    }
}

void fakes_stop(struct fake *fakes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fakes[i].connector = mc_connector_free(fakes[i].connector);
        fakes[i].security = mc_security_free(fakes[i].security);
        fakes[i].config = mc_config_free(fakes[i].config);
        fakes[i].arena = mc_arena_free(fakes[i].arena);
    }
}

struct mc_client *client_with(const char *more)
{
    char path[] = "/tmp/marionette-client-XXXXXX";
    int fd = mkstemp(path);
    struct mc_client *client = NULL;
    struct mc_error error = {{0}};

    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    (void)fprintf(file,
                  "identity = client1\nconnector = loop\nplugin.psk = secret\n"
                  "libdir = %s/plugins\n%s",
                  MC_SOURCE_ROOT, more);
    assert_int_equal(fclose(file), 0);
    int r = mc_client_open(path, &client, &error);
    (void)unlink(path);
    assert_string_equal(error.text, "");
    assert_int_equal(r, 0);
    return client;
}

static void noticed(void *user, const char *text)
{
    struct bench *bench = user;
    size_t used = strlen(bench->notices);

    (void)snprintf(bench->notices + used, sizeof(bench->notices) - used, "%s\n", text);
}

void bench_begin(struct bench *bench, struct fake *fakes, size_t count,
                 const char *more)
{
    *bench = (struct bench){.fakes = fakes, .count = count};
    bench->client = client_with(more);
    mc_client_on_notice(bench->client, noticed, bench);
    fakes_start(fakes, count, bench->client);
}

void bench_call(struct bench *bench)
{
    struct mc_error error = {{0}};

    bench->call = mc_call_free(bench->call);
    int r = mc_call_new(bench->client, "rpcutil", "get_fact", &bench->call, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(r, 0);
    assert_int_equal(mc_call_input(bench->call, "fact", "country", &error), 0);
}

void bench_name_nodes(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++) {
        assert_int_equal(mc_call_filter(bench->call, MC_SELECT_IDENTITY,
                                        bench->fakes[i].identity, NULL),
                         0);
    }
}

void bench_run(struct bench *bench)
{
    struct mc_error error = {{0}};
    int r = mc_call_run(bench->call, &error);

    assert_string_equal(error.text, "");
    assert_int_equal(r, 0);
}

void bench_end(struct bench *bench)
{
    bench->call = mc_call_free(bench->call);
    fakes_stop(bench->fakes, bench->count);
    bench->client = mc_client_free(bench->client);
}
