/* What every connector must do, tried with each that can run here: loop always, nats
 * with a real nats-server when there is one, activemq and rabbitmq when the environment
 * says where one listens (MC_ACTIVEMQ_PORT, MC_RABBITMQ_PORT of t/lib/broker.sh). */
#include "base/memory.h"
#include "connector/nats/test-server.h"
#include "connector/test-peers.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PEERS 4

struct provider
{
    const char *name;
    struct nats_server *server; /* or NULL */
    const char *port_of;        /* name in the environment, or NULL */
    bool runs;
};

struct fleet
{
    const struct provider *provider;
    struct mc_loop *loop;
    char config[512];
    struct peer peers[PEERS];
};

static void config_of(const struct provider *provider, int port, char *ret, size_t size)
{
    const char *name = provider->name;
    int len = snprintf(ret, size,
                       "connector = %s\ncollectives = mcollective,other\n"
                       "plugin.nats.servers = nats://127.0.0.1:%d\n"
                       "plugin.nats.max_reconnect_delay = 0.2\n",
                       name, port);
    if (provider->port_of && len > 0) {
        (void)snprintf(
            ret + len, size - (size_t)len,
            "plugin.%s.pool.size = 1\nplugin.%s.pool.1.host = 127.0.0.1\n"
            "plugin.%s.pool.1.port = %d\nplugin.%s.pool.1.user = mcollective\n"
            "plugin.%s.pool.1.password = marionette\n",
            name, name, name, port, name, name);
    }
}

static int port_of(const struct provider *provider)
{
    const char *port = provider->port_of ? getenv(provider->port_of) : NULL;

    return provider->server ? nats_server_port(provider->server)
           : port           ? (int)strtol(port, NULL, 10)
                            : 0;
}

static int fleet_start(void **state)
{
    const struct provider *provider = *state;
    static const char *const names[PEERS] = {"one.example.com", "two.example.com",
                                             "three", "client"};

    if (!provider->runs) {
        return 0;
    }
    struct fleet *fleet = test_calloc(1, sizeof(*fleet));
    fleet->provider = provider;
    fleet->loop = mc_loop_new();
    config_of(provider, port_of(provider), fleet->config, sizeof(fleet->config));
    for (size_t i = 0; i < PEERS; i++) {
        peer_open(&fleet->peers[i], fleet->loop, fleet->config, names[i]);
    }
    *state = fleet;
    return 0;
}

static int fleet_end(void **state)
{
    struct fleet *fleet = *state;

    for (size_t i = 0; i < PEERS; i++) {
        peer_close(&fleet->peers[i]);
    }
    mc_loop_free(fleet->loop);
    test_free(fleet);
    return 0;
}

static void settle_all(struct fleet *fleet)
{
    for (size_t i = 0; i < PEERS; i++) {
        peer_settle(&fleet->peers[i]);
    }
}

static void broadcast_reaches_its_agent_only(struct fleet *fleet)
{
    struct peer *p = fleet->peers;

    subscribe_agent(&p[0], "mcollective", "discovery");
    subscribe_agent(&p[1], "mcollective", "discovery");
    subscribe_agent(&p[2], "mcollective", "package");
    subscribe_agent(&p[3], "other", "discovery");
    settle_all(fleet);
    publish_broadcast(&p[3], "mcollective", "discovery", NULL, MC_BYTES("hello"));
    barrier(&p[3], p, PEERS);
    assert_int_equal(p[0].messages, 1);
    assert_int_equal(p[0].directs, 0);
    assert_int_equal(p[1].messages, 1);
    assert_int_equal(p[2].messages, 0);
    assert_int_equal(p[3].messages, 0);
}

static void direct_reaches_its_node_only(struct fleet *fleet)
{
    struct peer *p = fleet->peers;

    settle_all(fleet);
    publish_direct(&p[3], p[1].identity, MC_BYTES("hello"));
    barrier(&p[3], p, PEERS);
    assert_int_equal(p[0].messages, 0);
    assert_int_equal(p[1].messages, 1);
    assert_int_equal(p[1].directs, 1);
    assert_int_equal(p[2].messages, 0);
    assert_int_equal(p[3].messages, 0);
}

static void replies_come_back(struct fleet *fleet)
{
    struct peer *p = fleet->peers;
    struct mc_target target = {.kind = MC_TARGET_REPLY,
                               .collective = "mcollective",
                               .agent = "discovery",
                               .sequence = 7};
    struct mc_arena *arena = mc_arena_new(4096);
    const char *reply_to = NULL;

    p[0].answer = p[1].answer = true;
    subscribe_agent(&p[0], "mcollective", "discovery");
    subscribe_agent(&p[1], "mcollective", "discovery");
    assert_int_equal(mc_connector_subscribe(p[3].connector, &target), 0);
    assert_int_equal(mc_connector_reply_name(p[3].connector, &target, arena, &reply_to),
                     0);
    settle_all(fleet);
    p[3].expected = MC_BYTES("pong");
    publish_broadcast(&p[3], "mcollective", "discovery", reply_to, MC_BYTES("ping"));
    expect_within(fleet->loop, &p[3].messages, 2, "two replies");
    assert_false(p[3].differed);
    if (strncmp(reply_to, "/temp-queue/", 12) != 0) {
        /* RabbitMQ puts the queue it has made in the place of such a name. */
        assert_string_equal(p[0].reply_to, reply_to);
    }
    mc_arena_free(arena);
}

static void unsubscribed_is_not_delivered(struct fleet *fleet)
{
    struct peer *p = fleet->peers;
    struct mc_target target = {
        .kind = MC_TARGET_BROADCAST, .collective = "mcollective", .agent = "discovery"};

    subscribe_agent(&p[0], "mcollective", "discovery");
    settle_all(fleet);
    assert_int_equal(mc_connector_unsubscribe(p[0].connector, &target), 0);
    target.agent = "unknown";
    assert_int_equal(mc_connector_unsubscribe(p[0].connector, &target), 0);
    /* What p[0] sends afterwards arrives after its unsubscription has been handled. */
    barrier(&p[0], p, PEERS);
    publish_broadcast(&p[3], "mcollective", "discovery", NULL, MC_BYTES("hello"));
    barrier(&p[3], p, PEERS);
    assert_int_equal(p[0].messages, 0);
    subscribe_agent(&p[0], "mcollective", "discovery");
    peer_settle(&p[0]);
    publish_broadcast(&p[3], "mcollective", "discovery", NULL, MC_BYTES("hello"));
    expect_within(fleet->loop, &p[0].messages, 1, "subscribed again");
}

static void subscribed_twice_is_delivered_once(struct fleet *fleet)
{
    struct peer *p = fleet->peers;

    subscribe_agent(&p[0], "mcollective", "discovery");
    peer_settle(&p[0]);
    subscribe_agent(&p[0], "mcollective", "discovery");
    settle_all(fleet);
    publish_broadcast(&p[3], "mcollective", "discovery", NULL, MC_BYTES("hello"));
    barrier(&p[3], p, PEERS);
    assert_int_equal(p[0].messages, 1);
}

static void published_before_connected_is_queued(struct fleet *fleet)
{
    struct peer *p = fleet->peers;

    assert_int_equal(p[0].links[MC_LINK_UP], 0);
    subscribe_agent(&p[0], "mcollective", "discovery");
    publish_broadcast(&p[0], "mcollective", "discovery", NULL, MC_BYTES("early"));
    assert_int_equal(p[0].messages, 0);
    expect_within(fleet->loop, &p[0].messages, 1, "early message");
    expect_within(fleet->loop, &p[0].links[MC_LINK_UP], 1, "link up");
}

static void bodies_come_through_unchanged(struct fleet *fleet)
{
    struct peer *p = fleet->peers;
    uint8_t *body = mc_memory_new((size_t)1024 * 1024);
    const size_t lens[] = {0, 1, 255, 65536, (size_t)1024 * 1024};

    for (size_t i = 0; i < (size_t)1024 * 1024; i++) {
        body[i] = (uint8_t)(i * 7 + i / 251);
    }
    settle_all(fleet);
    for (unsigned i = 0; i < MC_COUNT(lens); i++) {
        p[1].expected = mc_bytes_make(body, lens[i]);
        publish_direct(&p[3], p[1].identity, p[1].expected);
        expect_within(fleet->loop, &p[1].messages, i + 1, "body");
        assert_false(p[1].differed);
    }
    mc_memory_free(body);
}

static void too_large_is_refused(struct fleet *fleet)
{
    struct peer *p = fleet->peers;
    uint8_t *body = mc_memory_new(MC_CONNECTOR_BODY_BYTES_MAX + 1);
    struct mc_publish publish = {
        .kind = MC_TARGET_DIRECT,
        .collective = "mcollective",
        .agent = "discovery",
        .identity = p[1].identity,
        .body = mc_bytes_make(body, MC_CONNECTOR_BODY_BYTES_MAX + 1)};

    settle_all(fleet);
    assert_int_equal(mc_connector_publish(p[3].connector, &publish),
                     MC_CONNECTOR_TOO_LARGE);
    publish_direct(&p[3], p[1].identity, MC_BYTES("hello"));
    expect_within(fleet->loop, &p[1].messages, 1, "the next one");
    mc_memory_free(body);
}

static void full_queue_is_refused(struct fleet *fleet)
{
    struct peer lonely;
    char config[512];
    size_t len = (size_t)1024 * 1024;
    uint8_t *body = mc_memory_new(len);
    struct mc_publish publish = {.kind = MC_TARGET_DIRECT,
                                 .collective = "mcollective",
                                 .agent = "discovery",
                                 .identity = "nobody",
                                 .ttl_s = 60,
                                 .body = mc_bytes_make(body, len)};
    int r = 0;
    size_t sent = 0;

    config_of(fleet->provider, 1, config, sizeof(config));
    peer_open(&lonely, fleet->loop, config, "lonely");
    while ((r = mc_connector_publish(lonely.connector, &publish)) == 0) {
        sent += len;
        assert_true(sent <= MC_CONNECTOR_QUEUE_BYTES_MAX);
        assert_true(mc_connector_unsent(lonely.connector) >= sent);
    }
    assert_int_equal(r, MC_CONNECTOR_FULL);
    assert_true(sent > MC_CONNECTOR_QUEUE_BYTES_MAX / 2);
    peer_close(&lonely);
    mc_memory_free(body);
}

static void bad_targets_are_refused(struct fleet *fleet)
{
    struct peer *p = fleet->peers;
    struct mc_target target = {
        .kind = MC_TARGET_BROADCAST, .collective = "unheard_of", .agent = "discovery"};
    struct mc_publish publish = {.kind = MC_TARGET_BROADCAST,
                                 .collective = "unheard_of",
                                 .agent = "discovery",
                                 .body = MC_BYTES("x")};

    assert_int_equal(mc_connector_subscribe(p[0].connector, &target), -EINVAL);
    assert_int_equal(mc_connector_publish(p[0].connector, &publish), -EINVAL);
    publish = (struct mc_publish){.kind = MC_TARGET_REPLY, .body = MC_BYTES("x")};
    assert_int_equal(mc_connector_publish(p[0].connector, &publish), -EINVAL);
    publish = (struct mc_publish){
        .kind = MC_TARGET_DIRECT, .collective = "mcollective", .agent = "discovery"};
    assert_int_equal(mc_connector_publish(p[0].connector, &publish), -EINVAL);
}

static void closing_inside_an_event_works(struct fleet *fleet)
{
    struct peer *p = fleet->peers;

    p[0].leave = true;
    subscribe_agent(&p[0], "mcollective", "discovery");
    subscribe_agent(&p[1], "mcollective", "discovery");
    settle_all(fleet);
    publish_broadcast(&p[3], "mcollective", "discovery", NULL, MC_BYTES("one"));
    publish_broadcast(&p[3], "mcollective", "discovery", NULL, MC_BYTES("two"));
    expect_within(fleet->loop, &p[1].messages, 2, "those who stay");
    expect_within(fleet->loop, &p[0].messages, 1, "the one who leaves");
    barrier(&p[3], &p[1], 2);
    assert_int_equal(p[0].messages, 1);
    assert_null(p[0].connector);
}

static void finish_sends_the_rest(struct fleet *fleet)
{
    struct peer *p = fleet->peers;

    subscribe_agent(&p[0], "mcollective", "discovery");
    settle_all(fleet);
    for (int i = 0; i < 200; i++) {
        publish_broadcast(&p[3], "mcollective", "discovery", NULL, MC_BYTES("bye"));
    }
    mc_connector_finish(p[3].connector, 10000);
    peer_close(&p[3]);
    expect_within(fleet->loop, &p[0].messages, 200, "all that was published");
}

/* ---- not for each provider ---- */

static void unknown_name_lists_the_known_ones(void **state)
{
    struct mc_loop *loop = mc_loop_new();
    struct mc_error error = {.text = ""};
    struct peer peer;

    (void)state;
    assert_int_equal(peer_try(&peer, loop, "connector = pigeon\n", "me", &error),
                     -EINVAL);
    assert_non_null(strstr(error.text, "'pigeon'"));
    assert_non_null(strstr(error.text, "loop"));
    peer_open(&peer, loop, "connector = LooP\n", "me");
    assert_string_equal(mc_connector_name(peer.connector), "loop");
    peer_close(&peer);
    mc_loop_free(loop);
}

static void fail_fails_politely(void **state)
{
    struct mc_loop *loop = mc_loop_new();
    struct mc_error error = {.text = ""};
    struct peer peer;
    struct mc_target target = {.kind = MC_TARGET_DIRECT, .collective = "mcollective"};
    struct mc_publish publish = {.kind = MC_TARGET_REPLY, .reply_to = "x"};
    struct mc_arena *arena = mc_arena_new(64);
    const char *name = NULL;

    (void)state;
    assert_int_equal(
        peer_try(&peer, loop, "connector=fail\nplugin.fail.open=0\n", "me", &error),
        -EINVAL);
    peer_open(&peer, loop, "connector = fail\ncollectives = mcollective\n", "me");
    assert_int_equal(mc_connector_subscribe(peer.connector, &target), -ENOMEM);
    assert_int_equal(mc_connector_unsubscribe(peer.connector, &target), -ENOMEM);
    assert_int_equal(mc_connector_publish(peer.connector, &publish), MC_CONNECTOR_FULL);
    assert_int_equal(mc_connector_reply_name(peer.connector, &target, arena, &name),
                     -ENOMEM);
    assert_null(name);
    assert_int_equal(mc_connector_unsent(peer.connector), 0);
    mc_connector_finish(peer.connector, 10);
    expect_within(loop, &peer.links[MC_LINK_DEAD], 1, "given up");
    peer_close(&peer);
    mc_arena_free(arena);
    mc_loop_free(loop);
}

/* ---- running all ---- */

static const struct scenario
{
    const char *name;
    void (*run)(struct fleet *fleet);
} scenarios[] = {
    {"broadcast reaches its agent only", broadcast_reaches_its_agent_only},
    {"direct reaches its node only", direct_reaches_its_node_only},
    {"replies come back", replies_come_back},
    {"unsubscribed is not delivered", unsubscribed_is_not_delivered},
    {"subscribed twice is delivered once", subscribed_twice_is_delivered_once},
    {"published before connected is queued", published_before_connected_is_queued},
    {"bodies come through unchanged", bodies_come_through_unchanged},
    {"too large is refused", too_large_is_refused},
    {"full queue is refused", full_queue_is_refused},
    {"bad targets are refused", bad_targets_are_refused},
    {"closing inside an event works", closing_inside_an_event_works},
    {"finish sends the rest", finish_sends_the_rest},
};

struct run
{
    const struct provider *provider;
    const struct scenario *scenario;
};

static void run_one(void **state)
{
    const struct run *run = *state;
    void *fleet = NULL;

    if (!run->provider->runs) {
        print_message("# no %s to be had\n", run->provider->name);
        skip();
    }
    memcpy(&fleet, &run->provider, sizeof(fleet));
    assert_int_equal(fleet_start(&fleet), 0);
    run->scenario->run(fleet);
    fleet_end(&fleet);
}

/* The scenarios of those who are there; nats is reported as skipped when it is not,
 * the brokers that a test must start for us are left out. */
static size_t plan(const struct provider *providers, size_t count, struct run *runs,
                   char (*names)[80], struct CMUnitTest *tests)
{
    size_t used = 0;

    for (size_t i = 0; i < count * MC_COUNT(scenarios); i++) {
        const struct provider *provider = &providers[i / MC_COUNT(scenarios)];
        if (provider->port_of && !provider->runs) {
            continue;
        }
        runs[used] = (struct run){provider, &scenarios[i % MC_COUNT(scenarios)]};
        (void)snprintf(names[used], sizeof(names[used]), "%s: %s", provider->name,
                       runs[used].scenario->name);
        tests[used] = (struct CMUnitTest){
            .name = names[used], .test_func = run_one, .initial_state = &runs[used]};
        used++;
    }
    return used;
}

int main(void)
{
    struct provider providers[] = {
        {.name = "loop", .runs = true},
        {.name = "nats"},
        {.name = "activemq", .port_of = "MC_ACTIVEMQ_PORT"},
        {.name = "rabbitmq", .port_of = "MC_RABBITMQ_PORT"},
    };
    struct run runs[MC_COUNT(providers) * MC_COUNT(scenarios)];
    char names[MC_COUNT(runs)][80];
    struct CMUnitTest tests[MC_COUNT(runs) + 2] = {
        cmocka_unit_test(unknown_name_lists_the_known_ones),
        cmocka_unit_test(fail_fails_politely),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    providers[1].server = nats_server_start("");
    providers[1].runs = providers[1].server != NULL;
    for (size_t i = 2; i < MC_COUNT(providers); i++) {
        providers[i].runs = port_of(&providers[i]) > 0;
    }
    size_t count = plan(providers, MC_COUNT(providers), runs, names, tests + 2);
    int failed = _cmocka_run_group_tests("connector", tests, count + 2, NULL, NULL);
    nats_server_free(providers[1].server);
    return failed;
}
