/* The service agent with init scripts of our own; systemd's side is in t/0530-service.t,
 * where a bus is. A bus that is not there and one that says nothing are here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/test-bench.h"
#include "base/clock.h"
#include "host/service/service.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

extern const struct mc_agent_ops mc_agent_service;

/* A service that is a file; its script is this for all of them. */
static const char script[] = "#!/bin/sh\n"
                             "name=${0##*/}; file=$0.runs\n"
                             "case $name-$1 in\n"
                             "hangs-*) exec sleep 600;;\n"
                             "broken-status) exit 3;;\n"
                             "broken-*) echo first; echo 'no such user' >&2; exit 7;;\n"
                             "odd-*) exit 150;;\n"
                             "killed-*) kill -KILL $$;;\n"
                             "*-start | *-restart) : >$file;;\n"
                             "*-stop) rm -f $file;;\n"
                             "*-status) [ -e $file ] || exit 3;;\n"
                             "esac\n";

static const char *const names[] = {"web", "hangs", "broken", "odd", "killed"};

struct world
{
    struct bench *bench;
    char folder[64];
};

static struct bench *bench_of(void **state)
{
    return ((struct world *)*state)->bench;
}

static int set_up(void **state)
{
    struct world *world = test_calloc(1, sizeof(*world));
    char text[256];

    (void)snprintf(world->folder, sizeof(world->folder), "%s",
                   "/tmp/mc-service.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)snprintf(text, sizeof(text), "%s/%s", world->folder, names[i]);
        FILE *file = fopen(text, "w");
        assert_non_null(file);
        assert_true(fputs(script, file) >= 0);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(chmod(text, 0755), 0);
    }
    (void)snprintf(text, sizeof(text),
                   "plugin.service.provider = init\nplugin.service.folder = %s\n",
                   world->folder);
    world->bench = bench_new(&mc_agent_service, text);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    char path[256];

    bench_free(world->bench);
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s.runs", world->folder, names[i]);
        (void)unlink(path);
        (void)snprintf(path, sizeof(path), "%s/%s", world->folder, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(world->folder), 0);
    test_free(world);
    return 0;
}

static void its_life(void **state)
{
    static const struct
    {
        const char *action;
        const char *status;
    } steps[] = {
        {"status", "stopped"}, {"stop", "stopped"},    {"start", "running"},
        {"start", "running"},  {"status", "running"},  {"restart", "running"},
        {"stop", "stopped"},   {"restart", "running"},
    };
    struct bench *bench = bench_of(state);

    for (size_t i = 0; i < MC_COUNT(steps); i++) {
        bench_call(bench, steps[i].action, "service", "web");
        assert_int_equal(bench->status, 0);
        assert_string_equal(bench_output(bench, "status"), steps[i].status);
        assert_string_equal(bench_output(bench, "enabled"), "disabled");
    }
}

static void failures_are_one_sentence(void **state)
{
    static const struct
    {
        const char *action;
        const char *service;
        const char *words;
    } rows[] = {
        {"status", "nosuch", "No service called 'nosuch' is known here"},
        {"start", "nosuch", "No service called 'nosuch' is known here"},
        {"start", "broken", "Could not start 'broken': no such user (exit code 7)"},
        {"start", "odd", "Could not start 'odd': exit code 150 of its script"},
        {"status", "odd",
         "The state of 'odd' is not known: its script answered status with exit code "
         "150"},
        {"stop", "killed", "Could not stop 'killed': its script was ended by signal 9"},
    };
    struct bench *bench = bench_of(state);

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        bench_call(bench, rows[i].action, "service", rows[i].service);
        assert_int_equal(bench->status, MC_STATUS_ABORTED);
        assert_string_equal(bench->message, rows[i].words);
        assert_string_equal(bench_output(bench, "status"), "unknown");
    }
}

static void names_that_are_no_names(void **state)
{
    static const char *const bad[] = {"-x", "",     "../web", "/bin/sh", "a b",
                                      "*",  ".web", "a;b",    "a\nb",    "--help"};
    struct bench *bench = bench_of(state);

    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        assert_false(mc_service_name_valid(bad[i]));
        bench_call(bench, "start", "service", bad[i]);
        assert_int_equal(bench->status, MC_STATUS_INVALID_DATA);
        assert_non_null(strstr(bench->message, "cannot be the name of a service"));
    }
    assert_true(mc_service_name_valid("getty@tty1"));
    assert_true(mc_service_name_valid("a.b-c:d_e"));
}

static void a_script_that_hangs_is_ended(void **state)
{
    struct bench *bench = bench_of(state);

    bench->timeout_ms = 400;
    bench_call(bench, "start", "service", "hangs");
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
    assert_string_equal(bench->message, "The script of 'hangs' did not end in time");
}

static void an_aborted_call_leaves_no_child(void **state)
{
    struct bench *bench = bench_of(state);
    struct mc_value *data = bench_input(bench, NULL, "service", "hangs");
    struct mc_agent_call *call = bench_begin(bench, "start", data);

    assert_non_null(call);
    assert_int_equal(mc_loop_once(bench->loop, 50), 0);
    mc_agent_abort(call, MC_STATUS_UNKNOWN_ERROR, "too late");
    assert_int_equal(mc_loop_once(bench->loop, 0), 0);
}

static struct bench *bench_with_bus(const char *path)
{
    char text[256];

    (void)snprintf(text, sizeof(text),
                   "plugin.service.provider = systemd\n"
                   "plugin.service.bus = unix:path=%s\n",
                   path);
    return bench_new(&mc_agent_service, text);
}

static void a_bus_that_is_not_there(void **state)
{
    struct bench *bench = bench_with_bus("/nonexistent/bus");

    (void)state;
    bench_call(bench, "start", "service", "web");
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
    assert_string_equal(bench->message,
                        "Could not start 'web': the bus of systemd cannot "
                        "be used: No such file or directory");
    bench_free(bench);
}

/* It takes connections and never says a word: a call ends in time, and so does a
 * question inside a call. */
static void a_bus_that_says_nothing(void **state)
{
    struct world *world = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct mc_service_state told;
    struct mc_error error = {""};

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/bus", world->folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 8), 0);
    struct bench *bench = bench_with_bus(address.sun_path);
    bench->timeout_ms = 400;
    bench_call(bench, "status", "service", "web");
    assert_int_equal(bench->status, MC_STATUS_ABORTED);
    assert_string_equal(bench->message,
                        "systemd did not tell the state of 'web' in time");
    struct mc_service_manager manager = mc_service_choose(bench->config);
    int64_t began_us = mc_clock_monotonic_us();
    assert_int_equal(
        mc_service_ask(&manager, "web", began_us + 200000, bench->arena, &told, &error),
        -ETIMEDOUT);
    assert_in_range((mc_clock_monotonic_us() - began_us) / 1000, 200, 1000);
    bench_free(bench);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(address.sun_path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(its_life, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_are_one_sentence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_that_are_no_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_script_that_hangs_is_ended, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_aborted_call_leaves_no_child, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_bus_that_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bus_that_says_nothing, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
