/* The nettest agent: connections on the loopback interface, and programs of our own in
 * place of ping, whose output may be anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/test-bench.h"
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct mc_agent_ops mc_agent_nettest;

static char program[64];

static struct bench *bench_with(const char *script)
{
    char text[128];

    (void)snprintf(program, sizeof(program), "%s", "/tmp/mc-nettest.XXXXXX");
    int fd = mkstemp(program);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0755), 0);
    assert_true(dprintf(fd, "#!/bin/sh\n%s\n", script) > 0);
    assert_int_equal(close(fd), 0);
    (void)snprintf(text, sizeof(text), "plugin.nettest.ping = %s\n", program);
    return bench_new(&mc_agent_nettest, text);
}

static void done(struct bench *bench)
{
    bench_free(bench);
    assert_int_equal(unlink(program), 0);
}

static void answers_of_ping(void **state)
{
    static const struct
    {
        const char *script;
        int64_t status;
        double rtt;
        const char *message;
    } cases[] = {
        {"echo '64 bytes from 1.2.3.4: icmp_seq=1 ttl=64 time=0.310 ms'", 0, 0.31,
         "OK"},
        {"echo 'seq=0 ttl=64 time=16.455 ms'; echo 'time=9 ms'", 0, 16.455, "OK"},
        {"[ \"$*\" = '-n -c 1 -w 5 h1.x-y_z' ] && echo time=1", 0, 1, "OK"},
        {"exit 1", 1, -1, "Cannot reach host"},
        {"echo time=", 1, -1, "Cannot reach host"},
        {"echo 'time=x' 'time'", 1, -1, "Cannot reach host"},
        {"printf time=%0500d 7", 0, 0, "OK"},
        {"kill -9 $$", 1, -1, "Cannot reach host"},
        {"echo time=1; exit 1", 1, -1, "Cannot reach host"},
        {"echo 'ping: x: Name or service not known' >&2; exit 2", 1, -1,
         "Cannot resolve hostname"},
        {"echo 'ping: x: Temporary failure in name resolution' >&2; exit 2", 1, -1,
         "Cannot resolve hostname"},
        {"echo \"ping: bad address 'x'\" >&2; exit 1", 1, -1,
         "Cannot resolve hostname"},
        {"echo 'ping: socket: Operation not permitted' >&2; exit 2", 1, -1,
         "ping: socket: Operation not permitted"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct bench *bench = bench_with(cases[i].script);
        bench_call(bench, "ping", "fqdn", "h1.x-y_z");
        assert_int_equal(bench->status, cases[i].status);
        assert_string_equal(bench->message, cases[i].message);
        double rtt = mc_value_real(mc_value_get_name(bench->data, "rtt"), -1);
        assert_true(fabs(rtt - cases[i].rtt) < 1e-9);
        done(bench);
    }
}

static void no_ping_here(void **state)
{
    struct bench *bench =
        bench_new(&mc_agent_nettest, "plugin.nettest.ping = /nosuch/ping\n");

    (void)state;
    bench_call(bench, "ping", "fqdn", "localhost");
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
    assert_string_equal(bench->message, "ping could not be started "
                                        "(plugin.nettest.ping): No such file or "
                                        "directory");
    bench_free(bench);
}

/* Nothing is started for these. */
static void no_hosts(void **state)
{
    static const char *const names[] = {"-f", "",    "a b",    "a;b",  "$(x)",
                                        ".",  "a/b", "-c1000", "a\nb", "u@h"};
    struct bench *bench = bench_with("echo time=1");

    (void)state;
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        bench_call(bench, "ping", "fqdn", names[i]);
        assert_int_equal(bench->status, MC_STATUS_INVALID_DATA);
    }
    done(bench);
}

static void try(struct bench *bench, const char *host, int64_t port)
{
    struct mc_value *data = bench_input(bench, NULL, "fqdn", host);

    assert_int_equal(mc_value_set_symbol(bench->arena, data, "port",
                                         mc_value_int(bench->arena, port)),
                     0);
    (void)bench_begin(bench, "connect", data);
    if (!bench->ended) {
        assert_int_equal(mc_loop_run(bench->loop), 0);
    }
    assert_true(bench->ended);
}

static void connections(void **state)
{
    struct bench *bench = bench_new(&mc_agent_nettest, "");
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    try(bench, "127.0.0.1", ntohs(address.sin_port));
    assert_int_equal(bench->status, 0);
    assert_false(mc_value_boolean(mc_value_get_name(bench->data, "connect"), true));
    assert_string_equal(bench_output(bench, "connect_status"), "Connection Refused");
    assert_int_equal(listen(fd, 5), 0);
    try(bench, "127.0.0.1", ntohs(address.sin_port));
    assert_int_equal(bench->status, 0);
    assert_true(mc_value_boolean(mc_value_get_name(bench->data, "connect"), false));
    assert_string_equal(bench_output(bench, "connect_status"), "Connected");
    double took = mc_value_real(mc_value_get_name(bench->data, "connect_time"), -1);
    assert_true(took >= 0 && took < 2);
    try(bench, "127.0.0.1", 0);
    assert_int_equal(bench->status, MC_STATUS_INVALID_DATA);
    try(bench, "127.0.0.1", 65536);
    assert_int_equal(bench->status, MC_STATUS_INVALID_DATA);
    assert_int_equal(close(fd), 0);
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_ping),
        cmocka_unit_test(no_ping_here),
        cmocka_unit_test(no_hosts),
        cmocka_unit_test(connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
