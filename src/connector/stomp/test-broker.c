/* The broker of the tests; see test-broker.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "connector/stomp/test-broker.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_US ((int64_t)10000000)

static void broker_input(void *user, int fd, unsigned events)
{
    struct broker *broker = user;
    char bytes[65536];
    ssize_t len = read(fd, bytes, sizeof(bytes));

    (void)events;
    if (len <= 0) {
        broker->ended = true;
        broker->reading = mc_watch_free(broker->reading);
        return;
    }
    mc_buffer_append(&broker->in, mc_bytes_make(bytes, (size_t)len));
}

static void broker_accept(void *user, int fd, unsigned events)
{
    struct broker *broker = user;

    (void)events;
    assert_true(broker->fd < 0);
    broker->fd = accept(fd, NULL, NULL);
    assert_true(broker->fd >= 0);
    broker->accepted++;
    broker->ended = false;
    broker->in.len = 0;
    broker->reading =
        mc_watch_new(broker->loop, broker->fd, MC_WATCH_READ, broker_input, broker);
}

void broker_close(struct broker *broker)
{
    broker->reading = mc_watch_free(broker->reading);
    if (broker->fd >= 0) {
        (void)close(broker->fd);
    }
    broker->fd = -1;
}

void broker_open(struct broker *broker, struct mc_loop *loop)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int on = 1;

    broker->loop = loop;
    broker->fd = -1;
    mc_buffer_init(&broker->in, 80 * 1024 * 1024);
    broker->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(broker->listener >= 0);
    (void)setsockopt(broker->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    assert_int_equal(bind(broker->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(broker->listener, 5), 0);
    assert_int_equal(getsockname(broker->listener, (struct sockaddr *)&address, &len),
                     0);
    broker->port = ntohs(address.sin_port);
    broker->accepting =
        mc_watch_new(loop, broker->listener, MC_WATCH_READ, broker_accept, broker);
}

void broker_shut(struct broker *broker)
{
    broker_close(broker);
    broker->accepting = mc_watch_free(broker->accepting);
    (void)close(broker->listener);
    mc_buffer_deinit(&broker->in);
}

void broker_say(struct broker *broker, struct mc_bytes bytes)
{
    while (bytes.len) {
        ssize_t len =
            send(broker->fd, bytes.data, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (len < 0) {
            assert_int_equal(errno, EAGAIN);
            assert_int_equal(mc_loop_once(broker->loop, 10), 0);
            continue;
        }
        bytes = mc_bytes_slice(bytes, (size_t)len, bytes.len);
    }
}

static void maybe_free(struct bed *bed)
{
    if (bed->free_on && strstr((const char *)bed->log.data, bed->free_on)) {
        bed->free_on = NULL;
        bed->connector = mc_connector_free(bed->connector);
    }
}

static void message(void *user, const struct mc_delivery *delivery)
{
    struct bed *bed = user;

    bed->messages++;
    bed->body.len = 0;
    mc_buffer_append(&bed->body, delivery->body);
    mc_buffer_printf(&bed->log, "MESSAGE %s %s %s\n",
                     delivery->reply_to ? delivery->reply_to : "-",
                     delivery->destination ? delivery->destination : "-",
                     delivery->sender ? delivery->sender : "-");
    maybe_free(bed);
}

static void link_changed(void *user, enum mc_link_state state, const char *text)
{
    static const char *const names[] = {"UP",    "DOWN", "RETRY",
                                        "ERROR", "DEAD", "DROPPED"};
    struct bed *bed = user;

    mc_buffer_printf(&bed->log, "%s %s\n", names[state], text ? text : "");
    maybe_free(bed);
}

void bed_open(struct bed *bed, const char *name, const char *more)
{
    char text[4096];
    struct mc_error error = {{0}};

    memset(bed, 0, sizeof(*bed));
    bed->loop = mc_loop_new();
    assert_non_null(bed->loop);
    broker_open(&bed->broker, bed->loop);
    mc_buffer_init(&bed->log, 1 << 20);
    mc_buffer_init(&bed->body, MC_CONNECTOR_BODY_BYTES_MAX);
    mc_buffer_text(&bed->log, "\n");
    (void)snprintf(text, sizeof(text),
                   "connector = %s\ncollectives = mc, sub\nmain_collective = mc\n"
                   "plugin.%s.pool.size = 1\nplugin.%s.pool.1.host = 127.0.0.1\n"
                   "plugin.%s.pool.1.port = %u\nplugin.%s.pool.1.user = me\n"
                   "plugin.%s.pool.1.password = secret:1\n%s",
                   name, name, name, name, bed->broker.port, name, name, more);
    int r = mc_config_parse(mc_bytes_text(text), "test.cfg", MC_ROLE_NODE, NULL, NULL,
                            &bed->config, &error);
    if (r < 0) {
        fail_msg("%s", error.text);
    }
    bed->spec = (struct mc_connector_spec){.loop = bed->loop,
                                           .config = bed->config,
                                           .role = MC_ROLE_NODE,
                                           .identity = "n1.example.net",
                                           .events = {message, link_changed, bed}};
    r = mc_connector_open(&bed->spec, &bed->connector, &error);
    if (r < 0) {
        fail_msg("%s", error.text);
    }
}

void bed_close(struct bed *bed)
{
    mc_connector_free(bed->connector);
    broker_shut(&bed->broker);
    mc_config_free(bed->config);
    mc_loop_free(bed->loop);
    mc_buffer_deinit(&bed->log);
    mc_buffer_deinit(&bed->body);
}

int64_t deadline(void)
{
    return mc_clock_monotonic_us() + PATIENCE_US;
}

void turn(struct bed *bed, int64_t end_us, const char *what)
{
    if (mc_clock_monotonic_us() > end_us) {
        fail_msg("waited in vain for %s; log:%s; got:%s", what,
                 (const char *)bed->log.data,
                 bed->broker.in.len ? (const char *)bed->broker.in.data : "");
    }
    assert_int_equal(mc_loop_once(bed->loop, 20), 0);
}

void expect_log(struct bed *bed, const char *text)
{
    int64_t end_us = deadline();

    while (!strstr((const char *)bed->log.data, text)) {
        turn(bed, end_us, text);
    }
}

void expect_accepted(struct bed *bed, unsigned count)
{
    int64_t end_us = deadline();

    while (bed->broker.accepted < count) {
        turn(bed, end_us, "a connection");
    }
}

void expect(struct bed *bed, const char *pattern, size_t len)
{
    int64_t end_us = deadline();
    struct mc_buffer *in = &bed->broker.in;
    size_t at = 0;

    for (size_t i = 0; i < len; i++) {
        while (at >= in->len) {
            turn(bed, end_us, pattern);
        }
        if (pattern[i] == '#') {
            assert_true(isdigit(in->data[at]));
            while (at < in->len && isdigit(in->data[at])) {
                at++;
            }
            continue;
        }
        if ((char)in->data[at] != pattern[i]) {
            fail_msg("wanted: %s\ngot: %.*s", pattern, (int)in->len,
                     (const char *)in->data);
        }
        at++;
    }
    mc_buffer_drop(in, at);
}

void come_up(struct bed *bed)
{
    expect_accepted(bed, 1);
    expect(bed, CONNECT_1_0, sizeof(CONNECT_1_0));
    SAY(bed, "CONNECTED\nversion:1.0\n\n\0\n");
    expect_log(bed, "\nUP ");
}
