/* The STOMP connectors against a broker made by the test (test-broker.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"
#include "connector/stomp/frame.h"
#include "connector/stomp/test-broker.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const struct mc_target broadcast = {
    .kind = MC_TARGET_BROADCAST, .collective = "mc", .agent = "rpcutil"};
static const struct mc_target direct = {.kind = MC_TARGET_DIRECT, .collective = "sub"};
static const struct mc_target replies = {
    .kind = MC_TARGET_REPLY, .collective = "mc", .agent = "rpcutil", .sequence = 3};

static struct mc_publish request(enum mc_target_kind kind)
{
    return (struct mc_publish){.kind = kind,
                               .collective = "mc",
                               .agent = "rpcutil",
                               .identity = kind == MC_TARGET_DIRECT ? "n2" : NULL,
                               .reply_to = "/queue/r",
                               .ttl_s = 60,
                               .body = mc_bytes_make("a\0b", 3)};
}

static void activemq_writes_the_frames_of_the_spec(void **state)
{
    struct bed bed;
    struct mc_publish publish = request(MC_TARGET_BROADCAST);
    char frame[256];

    (void)state;
    bed_open(&bed, "activemq", "plugin.activemq.priority = 4\n");
    assert_int_equal(mc_connector_subscribe(bed.connector, &direct), 0);
    come_up(&bed);
    EXPECT(&bed, "SUBSCRIBE\nselector:mc_identity = 'n1.example.net'\n"
                 "destination:/queue/sub.nodes\n\n\0");
    assert_int_equal(mc_connector_subscribe(bed.connector, &broadcast), 0);
    assert_int_equal(mc_connector_subscribe(bed.connector, &broadcast), 0);
    EXPECT(&bed, "SUBSCRIBE\ndestination:/topic/mc.rpcutil.agent\n\n\0");
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed, "SEND\npriority:4\ntimestamp:#\nexpires:#\nreply-to:/queue/r\n"
                 "mc_sender:n1.example.net\ndestination:/topic/mc.rpcutil.agent\n"
                 "content-length:3\n\na\0b\0");
    publish = request(MC_TARGET_DIRECT);
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed,
           "SEND\npriority:4\ntimestamp:#\nexpires:#\nreply-to:/queue/r\n"
           "mc_identity:n2\nmc_sender:n1.example.net\ndestination:/queue/mc.nodes\n"
           "content-length:3\n\na\0b\0");
    publish = request(MC_TARGET_REPLY);
    publish.reply_to = "/queue/of the client";
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed, "SEND\npriority:4\ntimestamp:#\nexpires:#\nmc_sender:n1.example.net\n"
                 "destination:/queue/of the client\ncontent-length:3\n\na\0b\0");
    assert_int_equal(mc_connector_subscribe(bed.connector, &replies), 0);
    int len = snprintf(frame, sizeof(frame),
                       "SUBSCRIBE\ndestination:/queue/mc.reply.n1.example.net_%d.3\n\n",
                       (int)getpid());
    expect(&bed, frame, (size_t)len + 1);
    assert_int_equal(mc_connector_unsubscribe(bed.connector, &replies), 0);
    assert_int_equal(mc_connector_unsubscribe(bed.connector, &replies), 0);
    len = snprintf(frame, sizeof(frame),
                   "UNSUBSCRIBE\ndestination:/queue/mc.reply.n1.example.net_%d.3\n\n",
                   (int)getpid());
    expect(&bed, frame, (size_t)len + 1);
    assert_int_equal(bed.broker.in.len, 0);
    bed_close(&bed);
}

static void agents_multiplex_shares_one_topic(void **state)
{
    struct bed bed;
    struct mc_publish publish = request(MC_TARGET_BROADCAST);

    (void)state;
    bed_open(&bed, "activemq", "plugin.activemq.agents_multiplex = y\n");
    come_up(&bed);
    assert_int_equal(mc_connector_subscribe(bed.connector, &broadcast), 0);
    EXPECT(&bed, "SUBSCRIBE\ndestination:/topic/mc.agents\n\n\0");
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed, "SEND\ntimestamp:#\nexpires:#\nreply-to:/queue/r\n"
                 "mc_sender:n1.example.net\ndestination:/topic/mc.agents\n"
                 "content-length:3\n\na\0b\0");
    bed_close(&bed);
}

static void version_1_1_has_ids_and_escapes(void **state)
{
    struct bed bed;
    struct mc_publish publish = request(MC_TARGET_REPLY);

    (void)state;
    bed_open(&bed, "activemq", "plugin.activemq.heartbeat_interval = 1\n");
    expect_log(&bed,
               "ERROR plugin.activemq.heartbeat_interval = 1 is too short, 30 is");
    assert_int_equal(mc_connector_subscribe(bed.connector, &direct), 0);
    assert_int_equal(mc_connector_subscribe(bed.connector, &broadcast), 0);
    expect_accepted(&bed, 1);
    EXPECT(&bed, "CONNECT\naccept-version:1.1,1.0\nhost:mcollective\n"
                 "heart-beat:30500,29500\nlogin:me\npasscode:secret:1\n\n\0");
    SAY(&bed, "CONNECTED\nversion:1.1\nheart-beat:29500,30500\nsession:ID:x\n\n\0\n");
    EXPECT(&bed, "SUBSCRIBE\nselector:mc_identity = 'n1.example.net'\n"
                 "destination:/queue/sub.nodes\nid:sub_directed_to_identity\n\n\0");
    EXPECT(&bed, "SUBSCRIBE\ndestination:/topic/mc.rpcutil.agent\n"
                 "id:/topic/mc.rpcutil.agent\n\n\0");
    SAY(&bed,
        "MESSAGE\nreply-to:/remote-temp-queue/ID\\cx-1\nmc_sender:c\\\\1\n\nhi\0");
    expect_log(&bed, "MESSAGE /remote-temp-queue/ID:x-1 - c\\1\n");
    publish.reply_to = "/remote-temp-queue/ID:x-1";
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed, "SEND\ntimestamp:#\nexpires:#\nmc_sender:n1.example.net\n"
                 "destination:/remote-temp-queue/ID\\cx-1\ncontent-length:3\n\na\0b\0");
    bed_close(&bed);
}

static void rabbitmq_writes_the_frames_of_the_spec(void **state)
{
    struct bed bed;
    struct mc_publish publish = request(MC_TARGET_BROADCAST);

    (void)state;
    bed_open(&bed, "rabbitmq", "");
    assert_int_equal(mc_connector_subscribe(bed.connector, &direct), 0);
    assert_int_equal(mc_connector_subscribe(bed.connector, &broadcast), 0);
    assert_int_equal(mc_connector_subscribe(bed.connector, &replies), 0);
    expect_accepted(&bed, 1);
    EXPECT(&bed, "CONNECT\naccept-version:1.0\nhost:/\nlogin:me\n"
                 "passcode:secret:1\n\n\0");
    SAY(&bed, "CONNECTED\nversion:1.0\n\n\0\n");
    EXPECT(&bed, "SUBSCRIBE\ndestination:/exchange/sub_directed/n1.example.net\n\n\0");
    EXPECT(&bed, "SUBSCRIBE\ndestination:/exchange/mc_broadcast/rpcutil\n\n\0");
    publish.reply_to = "/temp-queue/mcollective_reply_rpcutil";
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed,
           "SEND\nreply-to:/temp-queue/mcollective_reply_rpcutil\n"
           "expiration:70000\nmc_sender:n1.example.net\n"
           "destination:/exchange/mc_broadcast/rpcutil\ncontent-length:3\n\na\0b\0");
    publish = request(MC_TARGET_DIRECT);
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed, "SEND\nreply-to:/queue/r\nexpiration:70000\nmc_sender:n1.example.net\n"
                 "destination:/exchange/mc_directed/n2\ncontent-length:3\n\na\0b\0");
    publish = request(MC_TARGET_REPLY);
    publish.reply_to = "/reply-queue/amq.gen-1";
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed, "SEND\nexpiration:70000\nmc_sender:n1.example.net\n"
                 "destination:/reply-queue/amq.gen-1\ncontent-length:3\n\na\0b\0");
    bed_close(&bed);
}

static void rabbitmq_reply_exchange_is_subscribed(void **state)
{
    struct bed bed;
    char frame[256];
    const char *name = NULL;
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(4096);

    (void)state;
    bed_open(&bed, "rabbitmq",
             "plugin.rabbitmq.use_reply_exchange = 1\n"
             "plugin.rabbitmq.heartbeat_interval = 60\nplugin.rabbitmq.vhost = /mc\n"
             "plugin.rabbitmq.stomp_1_0_fallback = 0\n");
    assert_int_equal(mc_connector_subscribe(bed.connector, &broadcast), 0);
    assert_int_equal(mc_connector_subscribe(bed.connector, &replies), 0);
    expect_accepted(&bed, 1);
    EXPECT(&bed, "CONNECT\naccept-version:1.1\nhost:/mc\nheart-beat:60500,59500\n"
                 "login:me\npasscode:secret:1\n\n\0");
    SAY(&bed, "CONNECTED\nversion:1.1\nheart-beat:0,0\n\n\0\n");
    EXPECT(&bed, "SUBSCRIBE\ndestination:/exchange/mc_broadcast/rpcutil\n"
                 "id:mc_broadcast_rpcutil\n\n\0");
    int len = snprintf(frame, sizeof(frame),
                       "SUBSCRIBE\ndestination:/exchange/mcollective_reply/"
                       "n1.example.net_%d_3\nid:mcollective_rpcutil_replies_3\n\n",
                       (int)getpid());
    expect(&bed, frame, (size_t)len + 1);
    assert_int_equal(mc_connector_reply_name(bed.connector, &replies, arena, &name), 0);
    (void)snprintf(frame, sizeof(frame),
                   "/exchange/mcollective_reply/n1.example.net_%d_3", (int)getpid());
    assert_string_equal(name, frame);
    bed_close(&bed);
}

static void a_lost_connection_is_made_again(void **state)
{
    struct bed bed;
    struct mc_publish publish = request(MC_TARGET_REPLY);

    (void)state;
    bed_open(&bed, "activemq", "");
    come_up(&bed);
    assert_int_equal(mc_connector_subscribe(bed.connector, &broadcast), 0);
    EXPECT(&bed, "SUBSCRIBE\ndestination:/topic/mc.rpcutil.agent\n\n\0");
    /* Cut in the middle of a frame; nothing of it may be delivered. */
    SAY(&bed, "MESSAGE\ncontent-length:10\n\n12345");
    broker_close(&bed.broker);
    expect_log(&bed, "\nDOWN broker 127.0.0.1 port ");
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    assert_true(mc_connector_unsent(bed.connector) > 0);
    expect_accepted(&bed, 2);
    expect(&bed, CONNECT_1_0, sizeof(CONNECT_1_0));
    SAY(&bed, "CONNECTED\n\n\0");
    EXPECT(&bed, "SUBSCRIBE\ndestination:/topic/mc.rpcutil.agent\n\n\0");
    for (int i = 0; i < 2; i++) {
        EXPECT(&bed, "SEND\ntimestamp:#\nexpires:#\nmc_sender:n1.example.net\n"
                     "destination:/queue/r\ncontent-length:3\n\na\0b\0");
    }
    SAY(&bed, "MESSAGE\ncontent-length:2\n\nhi\0");
    expect_log(&bed, "\nMESSAGE - - -\n");
    assert_int_equal(bed.messages, 1);
    assert_int_equal(mc_connector_unsent(bed.connector), 0);
    bed_close(&bed);
}

static void a_refused_login_is_told_in_the_brokers_words(void **state)
{
    struct bed bed;

    (void)state;
    bed_open(&bed, "activemq", "");
    expect_accepted(&bed, 1);
    SAY(&bed, "ERROR\nmessage:password is invalid.\n\npassword is invalid.\0");
    expect_log(&bed, "\nERROR password is invalid.\n");
    expect_log(&bed, "\nRETRY broker 127.0.0.1 port ");
    expect_log(&bed,
               "it refused the connection: password is invalid.; next attempt, with "
               "127.0.0.1 port ");
    broker_close(&bed.broker);
    expect_accepted(&bed, 2);
    bed_close(&bed);
}

static void nonsense_ends_the_connection(void **state)
{
    struct bed bed;

    (void)state;
    bed_open(&bed, "activemq", "");
    come_up(&bed);
    SAY(&bed, "MESSAGE\ncontent-length:-1\n\n");
    expect_log(&bed, "\nDOWN ");
    expect_log(&bed, "bad content-length \"-1\"; next attempt");
    broker_close(&bed.broker);
    expect_accepted(&bed, 2);
    SAY(&bed, "HTTP/1.1 400 Bad Request\r\n\r\n");
    expect_log(&bed, "\nRETRY ");
    expect_log(&bed, "no STOMP command");
    bed_close(&bed);
}

static void a_message_that_is_too_large_is_skipped(void **state)
{
    struct bed bed;
    size_t len = MC_CONNECTOR_BODY_BYTES_MAX + 1;
    char head[64];
    char *body = mc_memory_new(len);

    (void)state;
    bed_open(&bed, "activemq", "");
    come_up(&bed);
    (void)snprintf(head, sizeof(head), "MESSAGE\nmc_sender:big\ncontent-length:%zu\n\n",
                   len);
    broker_say(&bed.broker, mc_bytes_text(head));
    broker_say(&bed.broker, mc_bytes_make(body, len));
    SAY(&bed, "\0MESSAGE\nmc_sender:small\n\nhi\0");
    expect_log(&bed, "DROPPED a message of 16777217 bytes from big is too large\n");
    expect_log(&bed, "MESSAGE - - small\n");
    assert_int_equal(bed.messages, 1);
    mc_memory_free(body);
    bed_close(&bed);
}

static void base64_goes_both_ways(void **state)
{
    struct bed bed;
    struct mc_publish publish = request(MC_TARGET_REPLY);

    (void)state;
    bed_open(&bed, "activemq", "plugin.activemq.base64 = true\n");
    come_up(&bed);
    publish.body = MC_BYTES("foo");
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    EXPECT(&bed, "SEND\ntimestamp:#\nexpires:#\nmc_sender:n1.example.net\n"
                 "destination:/queue/r\ncontent-length:5\n\nZm9v\n\0");
    SAY(&bed, "MESSAGE\nmc_sender:bad\n\n.\0MESSAGE\n\nZm9v\n\0");
    expect_log(&bed, "DROPPED a message from bad is not base64\n");
    expect_log(&bed, "MESSAGE - - -\n");
    assert_true(mc_bytes_is(mc_buffer_bytes(&bed.body), "foo"));
    bed_close(&bed);
}

static void the_queue_is_bounded(void **state)
{
    struct bed bed;
    struct mc_publish publish = request(MC_TARGET_REPLY);
    size_t len = MC_CONNECTOR_BODY_BYTES_MAX;
    char *body = mc_memory_new(len + 1);
    int r = 0;
    unsigned count = 0;

    (void)state;
    bed_open(&bed, "activemq", "");
    publish.body = mc_bytes_make(body, len + 1);
    assert_int_equal(mc_connector_publish(bed.connector, &publish),
                     MC_CONNECTOR_TOO_LARGE);
    publish.body.len = len;
    while (r == 0 && count < 10) {
        r = mc_connector_publish(bed.connector, &publish);
        count += r == 0;
    }
    assert_int_equal(r, MC_CONNECTOR_FULL);
    assert_int_equal(count, MC_CONNECTOR_QUEUE_BYTES_MAX / len - 1);
    assert_true(mc_connector_unsent(bed.connector) <= MC_CONNECTOR_QUEUE_BYTES_MAX);
    mc_memory_free(body);
    bed_close(&bed);
}

static void headers_cannot_be_smuggled_in(void **state)
{
    struct bed bed;
    struct mc_publish publish = request(MC_TARGET_REPLY);

    (void)state;
    bed_open(&bed, "activemq", "");
    publish.reply_to = "/queue/x\nselector:a";
    assert_int_equal(mc_connector_publish(bed.connector, &publish), -EINVAL);
    struct mc_target target = broadcast;
    target.agent = "a\nb";
    assert_int_equal(mc_connector_subscribe(bed.connector, &target), -EINVAL);
    bed_close(&bed);
}

static void attempts_end_when_told_so(void **state)
{
    struct bed bed;

    (void)state;
    bed_open(&bed, "activemq", "plugin.activemq.max_reconnect_attempts = 2\n");
    bed.broker.accepting = mc_watch_free(bed.broker.accepting);
    (void)close(bed.broker.listener);
    bed.broker.listener = -1;
    expect_log(&bed, "\nRETRY broker 127.0.0.1 port ");
    expect_log(&bed, "Connection refused; next attempt, with 127.0.0.1 port ");
    expect_log(&bed, "\nDEAD giving up after 2 attempts: broker 127.0.0.1 port ");
    bed_close(&bed);
}

static void the_next_broker_of_the_pool_is_tried(void **state)
{
    struct bed bed;
    char more[256];
    struct broker spare;
    struct mc_loop *loop = mc_loop_new();

    (void)state;
    /* A port where nobody listens any more. */
    memset(&spare, 0, sizeof(spare));
    broker_open(&spare, loop);
    unsigned closed = spare.port;
    broker_shut(&spare);
    mc_loop_free(loop);
    (void)snprintf(more, sizeof(more),
                   "plugin.activemq.pool.size = 2\n"
                   "plugin.activemq.pool.2.host = 127.0.0.1\n"
                   "plugin.activemq.pool.2.port = %u\n"
                   "plugin.activemq.initial_reconnect_delay = 0.02\n",
                   closed);
    bed_open(&bed, "activemq", more);
    expect_accepted(&bed, 1);
    broker_close(&bed.broker);
    (void)snprintf(more, sizeof(more),
                   "next attempt, with 127.0.0.1 port %u, in 0.02 s", closed);
    expect_log(&bed, more);
    (void)snprintf(more, sizeof(more),
                   "port %u: Connection refused; next attempt, with 127.0.0.1 port %u, "
                   "in 0.04 s",
                   closed, bed.broker.port);
    expect_log(&bed, more);
    expect_accepted(&bed, 2);
    bed_close(&bed);
}

static void it_may_be_freed_inside_its_events(void **state)
{
    static const char *const moments[] = {"\nUP", "\nMESSAGE", "\nDROPPED", "\nERROR",
                                          "\nDOWN"};

    (void)state;
    for (size_t i = 0; i < MC_COUNT(moments); i++) {
        struct bed bed;
        int64_t end_us = deadline();
        bed_open(&bed, "activemq", "plugin.activemq.base64 = 1\n");
        bed.free_on = moments[i];
        expect_accepted(&bed, 1);
        SAY(&bed, "CONNECTED\n\n\0MESSAGE\n\nZm9v\0MESSAGE\n\n.\0ERROR\n\nx\0"
                  "MESSAGE\n\nZm9v\0nonsense\n\n");
        while (bed.connector) {
            turn(&bed, end_us, "the end");
        }
        while (!bed.broker.ended) {
            turn(&bed, end_us, "the close");
        }
        bed_close(&bed);
    }
}

static void a_client_says_good_bye(void **state)
{
    struct bed bed;
    struct mc_publish publish = request(MC_TARGET_REPLY);

    (void)state;
    bed_open(&bed, "activemq", "");
    come_up(&bed);
    assert_int_equal(mc_connector_publish(bed.connector, &publish), 0);
    mc_connector_finish(bed.connector, 200);
    EXPECT(&bed, "SEND\ntimestamp:#\nexpires:#\nmc_sender:n1.example.net\n"
                 "destination:/queue/r\ncontent-length:3\n\na\0b\0DISCONNECT\n\n\0");
    assert_null(strstr((const char *)bed.log.data, "DOWN"));
    bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activemq_writes_the_frames_of_the_spec),
        cmocka_unit_test(agents_multiplex_shares_one_topic),
        cmocka_unit_test(version_1_1_has_ids_and_escapes),
        cmocka_unit_test(rabbitmq_writes_the_frames_of_the_spec),
        cmocka_unit_test(rabbitmq_reply_exchange_is_subscribed),
        cmocka_unit_test(a_lost_connection_is_made_again),
        cmocka_unit_test(a_refused_login_is_told_in_the_brokers_words),
        cmocka_unit_test(nonsense_ends_the_connection),
        cmocka_unit_test(a_message_that_is_too_large_is_skipped),
        cmocka_unit_test(base64_goes_both_ways),
        cmocka_unit_test(the_queue_is_bounded),
        cmocka_unit_test(headers_cannot_be_smuggled_in),
        cmocka_unit_test(attempts_end_when_told_so),
        cmocka_unit_test(the_next_broker_of_the_pool_is_tried),
        cmocka_unit_test(it_may_be_freed_inside_its_events),
        cmocka_unit_test(a_client_says_good_bye),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
