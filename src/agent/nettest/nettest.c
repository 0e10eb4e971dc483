/* The nettest agent: from this node, an echo request to a host, or a connection to a port
 * of it that is closed at once. Outputs and texts as of the original (nettest 4.0).
 *
 * An echo request needs rights that the system's ping has; it runs as a child with
 * arguments that were checked, no shell sees them. A connection is a stream of the
 * loop. */
#include "agent/agent.h"

#include "base/clock.h"
#include "base/stream.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const struct mc_agent_ops mc_agent_nettest;

#define HOST_BYTES_MAX 80
#define PORT_MAX 65535
/* As in the original, for name and connection together. */
#define CONNECT_MS 2000
/* ping ends by itself after this, and is ended a little later. */
#define PING_S "5"
#define PING_MS 7000
#define PING_OUTPUT_BYTES_MAX 4096

struct agent
{
    const char *ping; /* the program */
};

struct test
{
    struct mc_agent_call *call;
    struct mc_stream *stream;
    struct mc_child *child;
    int64_t begun_us;
};

static void release(void *user)
{
    struct test *test = user;

    test->stream = mc_stream_free(test->stream);
    test->child = mc_child_kill(test->child);
}

static void finish(struct test *test)
{
    struct mc_agent_call *call = test->call;

    release(test);
    mc_agent_finish(call);
}

/* Letters, digits and what else stands in names and addresses; never an option. */
static bool host_valid(const char *host)
{
    size_t len = strlen(host);

    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)host[i]) && !strchr("._:-", host[i])) {
            return false;
        }
    }
    return len && len <= HOST_BYTES_MAX && host[0] != '-' && host[0] != '.';
}

/* What both tests need. Returns the host, or NULL and the call has ended. */
static const char *begin(struct mc_agent_call *call, struct test **ret_test)
{
    struct test *test = mc_arena_alloc(mc_agent_arena(call), sizeof(*test));
    const char *host = mc_agent_input_text(call, "fqdn", "");

    if (!test) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
    } else if (!host_valid(host)) {
        mc_agent_fail(call, MC_STATUS_INVALID_DATA,
                      "'%s' is no name or address of a host", host);
    } else {
        *test = (struct test){.call = call, .begun_us = mc_clock_monotonic_us()};
        *ret_test = test;
        return host;
    }
    mc_agent_finish(call);
    return NULL;
}

/* --- ping --- */

/* The number behind "time=". Returns it, or a negative number. */
static double rtt_of(struct mc_bytes output)
{
    char number[32];
    size_t len = 0;
    const uint8_t *at = output.len ? memmem(output.data, output.len, "time=", 5) : NULL;
    const uint8_t *end = output.data + output.len;

    for (at = at ? at + 5 : end; at < end && len < sizeof(number) - 1; at++) {
        if (!isdigit(*at) && *at != '.') {
            break;
        }
        number[len++] = (char)*at;
    }
    number[len] = '\0';
    return len ? strtod(number, NULL) : -1;
}

static bool unresolved(struct mc_bytes errors)
{
    static const char *const texts[] = {"not known", "name resolution", "No address",
                                        "bad address"};

    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        if (errors.len && memmem(errors.data, errors.len, texts[i], strlen(texts[i]))) {
            return true;
        }
    }
    return false;
}

static void judge(struct mc_agent_call *call, const struct mc_child_result *result)
{
    bool exited = result->end == MC_CHILD_EXITED;
    double rtt = exited && result->code == 0 ? rtt_of(result->output) : -1;
    struct mc_bytes reason = mc_bytes_last_line(result->errors);

    if (rtt >= 0 && isfinite(rtt)) {
        mc_agent_set(call, "rtt", mc_value_float(mc_agent_arena(call), rtt));
    } else if (result->end == MC_CHILD_NOT_STARTED) {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "ping could not be started (plugin.nettest.ping): %s",
                      strerror(result->code));
    } else if (exited && unresolved(result->errors)) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "Cannot resolve hostname");
    } else if (exited && result->code > 1 && reason.len) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "%.*s",
                      (int)(reason.len < 200 ? reason.len : 200),
                      (const char *)reason.data);
    } else {
        mc_agent_fail(call, MC_STATUS_ABORTED, "Cannot reach host");
    }
}

static void pinged(void *user, const struct mc_child_result *result)
{
    struct test *test = user;

    test->child = NULL;
    judge(test->call, result);
    finish(test);
}

static void ping(void *state, struct mc_agent_call *call)
{
    const struct agent *agent = state;
    const struct mc_agent_host *host = mc_agent_call_host(call);
    struct test *test = NULL;
    const char *name = begin(call, &test);
    const char *const argv[] = {agent->ping, "-n", "-c", "1", "-w", PING_S, name, NULL};
    static const char *const env[] = {"LC_ALL=C", NULL};
    const struct mc_child_spec spec = {
        .argv = argv,
        .env = env,
        .timeout_ms = PING_MS,
        .output_bytes_max = PING_OUTPUT_BYTES_MAX,
    };

    if (!name) {
        return;
    }
    int r =
        mc_child_start(host->ops->loop(host->node), &spec, pinged, test, &test->child);
    if (r != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "ping could not be started: %s",
                      strerror(-r));
        finish(test);
        return;
    }
    mc_agent_on_abort(call, release, test);
}

/* --- connect --- */

/* The texts of the original, where there are some. */
static const char *words_of(const char *text)
{
    if (strncmp(text, "no answer", strlen("no answer")) == 0) {
        return "Connection timeout";
    }
    return strcmp(text, strerror(ECONNREFUSED)) == 0 ? "Connection Refused" : text;
}

static void connected(void *user, enum mc_stream_state state, const char *text)
{
    struct test *test = user;
    struct mc_agent_call *call = test->call;
    struct mc_arena *arena = mc_agent_arena(call);
    int64_t took_us = mc_clock_monotonic_us() - test->begun_us;
    bool up = state != MC_STREAM_FAILED;

    if (!up && strstr(text, "cannot be looked up")) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "Cannot resolve hostname");
        finish(test);
        return;
    }
    mc_agent_set(call, "connect", mc_value_bool(arena, up));
    mc_agent_set_text(call, "connect_status", up ? "Connected" : words_of(text));
    if (up) {
        mc_agent_set(call, "connect_time",
                     mc_value_float(arena, (double)took_us / 1e6));
    }
    finish(test);
}

static size_t ignore_input(void *user, struct mc_bytes input)
{
    (void)user;
    return input.len;
}

static void connect_port(void *state, struct mc_agent_call *call)
{
    const struct mc_agent_host *host = mc_agent_call_host(call);
    int64_t port = mc_value_integer(mc_agent_input(call, "port"), 0);
    struct test *test = NULL;
    const char *name = begin(call, &test);
    struct mc_error error = {"not enough memory"};

    (void)state;
    if (!name) {
        return;
    }
    const struct mc_stream_spec spec = {
        .host = name,
        .port = (unsigned)port,
        .connect_timeout_ms = CONNECT_MS,
        .output_bytes_max = 1,
    };
    bool valid = port >= 1 && port <= PORT_MAX;
    if (!valid) {
        mc_agent_fail(call, MC_STATUS_INVALID_DATA, "a port is a number from 1 to %d",
                      PORT_MAX);
    } else if (mc_stream_open(host->ops->loop(host->node), &spec, connected,
                              ignore_input, test, &test->stream, &error) != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "%s", error.text);
        valid = false;
    }
    if (!valid) {
        finish(test);
        return;
    }
    mc_agent_on_abort(call, release, test);
}

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct agent *agent = state;

    (void)error;
    agent->ping =
        mc_config_plugin(host->ops->config(host->node), "nettest.ping", "ping");
    return 0;
}

static const struct mc_agent_action actions[] = {
    {"ping", ping},
    {"connect", connect_port},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_nettest = {
    .abi = MC_AGENT_ABI,
    .name = "nettest",
    .state_size = sizeof(struct agent),
    .init = init,
    .actions = actions,
};
