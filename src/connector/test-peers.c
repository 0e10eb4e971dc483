/* See test-peers.h. */
#include "connector/test-peers.h"

#include "base/clock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATIENCE_US ((int64_t)20 * 1000000)

static void on_message(void *user, const struct mc_delivery *delivery)
{
    struct peer *peer = user;

    if (mc_bytes_is(delivery->body, "barrier")) {
        peer->barriers++;
        return;
    }
    peer->messages++;
    peer->directs += delivery->direct;
    (void)snprintf(peer->reply_to, sizeof(peer->reply_to), "%s",
                   delivery->reply_to ? delivery->reply_to : "");
    if (peer->expected.data && !mc_bytes_equal(delivery->body, peer->expected)) {
        peer->differed = true;
    }
    if (peer->answer) {
        struct mc_publish reply = {.kind = MC_TARGET_REPLY,
                                   .reply_to = delivery->reply_to,
                                   .ttl_s = 60,
                                   .body = MC_BYTES("pong")};
        assert_int_equal(mc_connector_publish(peer->connector, &reply), 0);
    }
    if (peer->leave) {
        peer->connector = mc_connector_free(peer->connector);
    }
}

static void on_link(void *user, enum mc_link_state state, const char *text)
{
    struct peer *peer = user;

    peer->links[state]++;
    if (getenv("MC_TEST_LINKS")) {
        print_message("# %s: link %d %s\n", peer->identity, (int)state,
                      text ? text : "");
    }
    (void)snprintf(peer->text, sizeof(peer->text), "%s", text ? text : "");
    if (state == MC_LINK_ERROR) {
        (void)snprintf(peer->error_text, sizeof(peer->error_text), "%s", peer->text);
    }
}

int peer_try(struct peer *peer, struct mc_loop *loop, const char *config,
             const char *identity, struct mc_error *error)
{
    *peer = (struct peer){.loop = loop, .identity = identity};
    int r = mc_config_parse(mc_bytes_text(config), "test", MC_ROLE_NODE, NULL, NULL,
                            &peer->config, error);

    if (r < 0) {
        return r;
    }
    struct mc_connector_spec spec = {
        .loop = loop,
        .config = peer->config,
        .role = MC_ROLE_NODE,
        .identity = identity,
        .events = {.message = on_message, .link = on_link, .user = peer},
    };
    r = mc_connector_open(&spec, &peer->connector, error);
    if (r < 0) {
        peer->config = mc_config_free(peer->config);
    }
    return r;
}

void peer_open(struct peer *peer, struct mc_loop *loop, const char *config,
               const char *identity)
{
    struct mc_error error = {.text = ""};

    if (peer_try(peer, loop, config, identity, &error) < 0) {
        fail_msg("cannot open: %s", error.text);
    }
}

void peer_close(struct peer *peer)
{
    peer->connector = mc_connector_free(peer->connector);
    peer->config = mc_config_free(peer->config);
}

void expect_within(struct mc_loop *loop, const unsigned *counter, unsigned wanted,
                   const char *what)
{
    int64_t end_us = mc_clock_monotonic_us() + PATIENCE_US;

    while (*counter < wanted) {
        if (mc_clock_monotonic_us() > end_us) {
            fail_msg("%s: %u instead of %u", what, *counter, wanted);
        }
        assert_int_equal(mc_loop_once(loop, 100), 0);
    }
}

void peer_settle(struct peer *peer)
{
    struct mc_target target = {.kind = MC_TARGET_DIRECT, .collective = "mcollective"};

    assert_int_equal(mc_connector_subscribe(peer->connector, &target), 0);
    unsigned before = peer->barriers;
    publish_direct(peer, peer->identity, MC_BYTES("barrier"));
    expect_within(peer->loop, &peer->barriers, before + 1, "subscriptions in effect");
}

void barrier(struct peer *from, struct peer *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned before = to[i].barriers;
        publish_direct(from, to[i].identity, MC_BYTES("barrier"));
        expect_within(from->loop, &to[i].barriers, before + 1, "barrier");
    }
    /* What came together with the last one is told in the next rounds. */
    for (int i = 0; i < 8; i++) {
        assert_int_equal(mc_loop_once(from->loop, 0), 0);
    }
}

void publish_broadcast(struct peer *from, const char *collective, const char *agent,
                       const char *reply_to, struct mc_bytes body)
{
    struct mc_publish publish = {.kind = MC_TARGET_BROADCAST,
                                 .collective = collective,
                                 .agent = agent,
                                 .reply_to = reply_to,
                                 .ttl_s = 60,
                                 .body = body};

    assert_int_equal(mc_connector_publish(from->connector, &publish), 0);
}

void publish_direct(struct peer *from, const char *identity, struct mc_bytes body)
{
    struct mc_publish publish = {.kind = MC_TARGET_DIRECT,
                                 .collective = "mcollective",
                                 .agent = "discovery",
                                 .identity = identity,
                                 .ttl_s = 60,
                                 .body = body};

    assert_int_equal(mc_connector_publish(from->connector, &publish), 0);
}

void subscribe_agent(struct peer *peer, const char *collective, const char *agent)
{
    struct mc_target target = {
        .kind = MC_TARGET_BROADCAST, .collective = collective, .agent = agent};

    assert_int_equal(mc_connector_subscribe(peer->connector, &target), 0);
}
