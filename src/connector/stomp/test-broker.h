/* A broker made by the test: a loopback socket on the loop of the link, whose every byte
 * is written and compared by the test. */
#ifndef MC_CONNECTOR_STOMP_TEST_BROKER_H
#define MC_CONNECTOR_STOMP_TEST_BROKER_H

#include "base/buffer.h"
#include "connector/connector.h"

/* The broker's side. */
struct broker
{
    struct mc_loop *loop;
    int listener;
    unsigned port;
    int fd;
    struct mc_watch *accepting;
    struct mc_watch *reading;
    struct mc_buffer in;
    unsigned accepted;
    bool ended; /* the link closed */
};

struct bed
{
    struct mc_loop *loop;
    struct broker broker;
    struct mc_config *config;
    struct mc_connector_spec spec;
    struct mc_connector *connector;
    struct mc_buffer log; /* every event, one a line */
    struct mc_buffer body;
    unsigned messages;
    const char *free_on; /* free the connector when the log holds this */
};

/* End the connection that was accepted, if there is one. */
void broker_close(struct broker *broker);

/* Listen on a free port of loopback.
 * loop: outlives the broker. */
void broker_open(struct broker *broker, struct mc_loop *loop);

/* End everything that broker_open() began. */
void broker_shut(struct broker *broker);

/* Send bytes to the link; runs the loop while it does not read. */
void broker_say(struct broker *broker, struct mc_bytes bytes);

/* A broker and a connector that is configured to reach it.
 * name: of the connector.   more: lines to add to the configuration. */
void bed_open(struct bed *bed, const char *name, const char *more);

/* Take both away. */
void bed_close(struct bed *bed);

/* Until when a test waits: microseconds, monotonic. */
int64_t deadline(void);

/* Run the loop for a moment; fails the test when the time is over.
 * what: is waited for. */
void turn(struct bed *bed, int64_t end_us, const char *what);

/* Wait until the log holds a text. */
void expect_log(struct bed *bed, const char *text);

/* Wait until so many connections were accepted. */
void expect_accepted(struct bed *bed, unsigned count);

/* Wait for the next bytes and compare; `#` in the pattern stands for a number. */
void expect(struct bed *bed, const char *pattern, size_t len);

/* Answer CONNECT as a broker of STOMP 1.0 does, and wait until the link is up. */
void come_up(struct bed *bed);

#define EXPECT(bed, text) expect(bed, text, sizeof(text) - 1)
#define SAY(bed, text) broker_say(&(bed)->broker, MC_BYTES(text))

/* What a link writes first by the configuration of bed_open(). */
#define CONNECT_1_0                                   \
    "CONNECT\naccept-version:1.0\nhost:mcollective\n" \
    "login:me\npasscode:secret:1\n\n"

#endif
