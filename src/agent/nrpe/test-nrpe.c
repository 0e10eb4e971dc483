/* The nrpe agent over plugins that are shell commands, good and bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/test-bench.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern const struct mc_agent_ops mc_agent_nrpe;

struct fixture
{
    struct bench *bench;
    char folder[64];
};

static void write_file(const struct fixture *fixture, const char *name,
                       const char *text)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", fixture->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void start(struct fixture *fixture, const char *more)
{
    char settings[512];

    (void)snprintf(settings, sizeof(settings),
                   "plugin.nrpe.conf_file = %s/nrpe.cfg\n%s", fixture->folder, more);
    fixture->bench = bench_new(&mc_agent_nrpe, settings);
    fixture->bench->timeout_ms = 5000;
}

static int set_up(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/mc-nrpe.XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    write_file(fixture, "nrpe.cfg",
               "# comment\n"
               "dont_blame_nrpe=1\n"
               "command_timeout=1\n"
               "command[ok]=echo 'OK - fine| a=1;2;3 b=2'\n"
               "command[warn]=echo WARN; exit 1\n"
               "command[crit]=echo 'CRIT; x| /=1MB'; exit 2\n"
               "command[odd]=echo odd; exit 7\n"
               "command[lines]=printf 'one|p=1\\ntwo|q=2\\nthree\\n'\n"
               "command[args]=echo \"[$ARG1$][$ARG2$]\"\n"
               "command[missing]=/no/such/plugin -w 1\n"
               "command[folder]=/etc\n"
               "command[killed]=kill -SEGV $$$$\n"
               "command[mute]=exit 2\n"
               "command[hang]=echo begun; sleep 1000 & sleep 1000\n"
               "command[flood]=yes 0123456789\n"
               "command[errors]=echo fine; yes oops 2>/dev/null | head -70 >&2\n");
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    (void)snprintf(command, sizeof(command), "%s/nrpe.cfg", fixture->folder);
    (void)unlink(command);
    assert_int_equal(rmdir(fixture->folder), 0);
    test_free(fixture);
    /* No zombie, no child that was left behind. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    return 0;
}

/* A bench belongs to the test in which it was made. */
static void stop(struct fixture *fixture)
{
    bench_free(fixture->bench);
}

static void expect(struct bench *bench, const char *command, int status,
                   const char *message, int code, const char *output,
                   const char *perfdata)
{
    bench_call(bench, "runcommand", "command", command);
    assert_int_equal(bench->status, status);
    assert_string_equal(bench->message, message);
    assert_int_equal(mc_value_get_name(bench->data, "exitcode")->integer, code);
    assert_string_equal(bench_output(bench, "output"), output);
    assert_string_equal(bench_output(bench, "perfdata"), perfdata);
}

static void states(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "");
    expect(fixture->bench, "ok", 0, "OK", 0, "OK - fine", " a=1;2;3 b=2");
    assert_string_equal(bench_output(fixture->bench, "command"), "ok");
    expect(fixture->bench, "warn", 1, "WARNING", 1, "WARN", "");
    assert_string_equal(bench_output(fixture->bench, "command"), "(nil)");
    expect(fixture->bench, "crit", 1, "CRITICAL", 2, "CRIT; x", " /=1MB");
    expect(fixture->bench, "odd", 1, "UNKNOWN", 7, "odd", "");
    expect(fixture->bench, "lines", 0, "OK", 0, "one\ntwo|q=2\nthree", "p=1");
    expect(fixture->bench, "errors", 0, "OK", 0, "fine", "");
    stop(fixture);
}

static void bad_plugins(void **state)
{
    struct fixture *fixture = *state;
    struct bench *bench = NULL;

    start(fixture, "");
    bench = fixture->bench;
    expect(bench, "nosuch", 1, "UNKNOWN", 3, "No such command: nosuch", "");
    expect(bench, "missing", 1, "UNKNOWN", 127,
           "missing: the plugin cannot be run (exit code 127): /no/such/plugin: not "
           "found",
           "");
    expect(bench, "folder", 1, "UNKNOWN", 126,
           "folder: the plugin cannot be run (exit code 126): /etc: Permission denied",
           "");
    expect(bench, "killed", 1, "UNKNOWN", 3,
           "killed: the plugin was ended by signal 11", "");
    expect(bench, "mute", 1, "CRITICAL", 2,
           "mute: the plugin said nothing (exit code 2)", "");
    expect(bench, "hang", 1, "UNKNOWN", 3, "NRPE: Command timed out after 1 seconds",
           "");
    expect(bench, "flood", 1, "UNKNOWN", 3, "NRPE: Command timed out after 1 seconds",
           "");
    stop(fixture);
}

static void time_of_the_call(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "");
    fixture->bench->timeout_ms = 800;
    expect(fixture->bench, "hang", 1, "UNKNOWN", 3,
           "NRPE: Command timed out after 0.3 seconds", "");
    stop(fixture);
}

static void arguments(void **state)
{
    struct fixture *fixture = *state;
    struct bench *bench = NULL;
    static const char *const rows[][2] = {
        {"a b!c", "[a b][c]"}, {"!c", "[][c]"}, {"a", "[a][]"}, {"", "[][]"}};

    start(fixture, "");
    bench = fixture->bench;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_value *data = bench_input(bench, NULL, "command", "args");
        (void)bench_begin(bench, "runcommand",
                          bench_input(bench, data, "args", rows[i][0]));
        assert_int_equal(mc_loop_run(bench->loop), 0);
        assert_int_equal(bench->status, 0);
        assert_string_equal(bench_output(bench, "output"), rows[i][1]);
    }
    static const char *const refused[] = {"a;b", "a`b`", "$(b)", "a|b", "a\nb"};
    for (size_t i = 0; i < MC_COUNT(refused); i++) {
        struct mc_value *data = bench_input(bench, NULL, "command", "args");
        assert_null(bench_begin(bench, "runcommand",
                                bench_input(bench, data, "args", refused[i])));
        assert_int_equal(bench->status, MC_STATUS_INVALID_DATA);
        assert_non_null(strstr(bench->message, "not allowed in arguments"));
    }
    write_file(fixture, "nrpe.cfg", "command[args]=echo \"[$ARG1$]\"\n");
    struct mc_value *data = bench_input(bench, NULL, "command", "args");
    assert_null(
        bench_begin(bench, "runcommand", bench_input(bench, data, "args", "a")));
    assert_string_equal(bench->message,
                        "arguments are not allowed on this node (dont_blame_nrpe)");
    expect(bench, "args", 0, "OK", 0, "[]", "");
    stop(fixture);
}

static void all_of_them(void **state)
{
    struct fixture *fixture = *state;
    struct bench *bench = NULL;

    start(fixture, "");
    bench = fixture->bench;
    bench_call(bench, "runallcommands", NULL, NULL);
    assert_int_equal(bench->status, 0);
    const struct mc_value *commands = mc_value_get_name(bench->data, "commands");
    assert_int_equal(mc_value_count(commands), 13);
    const struct mc_value *crit = mc_value_get_text(commands, "crit");
    assert_int_equal(mc_value_get_symbol(crit, "exitcode")->integer, 2);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(crit, "output")),
                        "CRIT; x| /=1MB");
    assert_int_equal(
        mc_value_get_symbol(mc_value_get_text(commands, "hang"), "exitcode")->integer,
        3);
    write_file(fixture, "nrpe.cfg", "\n");
    bench_call(bench, "runallcommands", NULL, NULL);
    assert_int_equal(bench->status, 0);
    assert_int_equal(mc_value_count(mc_value_get_name(bench->data, "commands")), 0);
    stop(fixture);
}

static void aborted(void **state)
{
    struct fixture *fixture = *state;
    struct bench *bench = NULL;
    struct mc_agent_call *call = NULL;

    start(fixture, "");
    bench = fixture->bench;
    call = bench_begin(bench, "runallcommands", NULL);
    assert_non_null(call);
    mc_agent_abort(call, MC_STATUS_UNKNOWN_ERROR, "too late");
    assert_true(bench->ended);
    call =
        bench_begin(bench, "runcommand", bench_input(bench, NULL, "command", "hang"));
    mc_agent_abort(call, MC_STATUS_UNKNOWN_ERROR, "too late");
    assert_int_equal(mc_loop_once(bench->loop, 0), 0);
    expect(bench, "ok", 0, "OK", 0, "OK - fine", " a=1;2;3 b=2");
    stop(fixture);
}

static void one_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct bench *bench = NULL;
    struct mc_agent_call *first = NULL;

    write_file(fixture, "nrpe.cfg",
               "max_commands=1\ncommand[hang]=sleep 1000\ncommand[ok]=echo fine\n");
    start(fixture, "");
    bench = fixture->bench;
    first =
        bench_begin(bench, "runcommand", bench_input(bench, NULL, "command", "hang"));
    (void)bench_begin(bench, "runcommand", bench_input(bench, NULL, "command", "ok"));
    assert_int_equal(mc_loop_once(bench->loop, 50), 0);
    assert_false(bench->ended);
    mc_agent_abort(first, MC_STATUS_UNKNOWN_ERROR, "too late");
    bench->ended = false;
    assert_int_equal(mc_loop_run(bench->loop), 0);
    assert_true(bench->ended);
    assert_string_equal(bench_output(bench, "output"), "fine");
    stop(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(states, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_plugins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(time_of_the_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(arguments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_of_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(aborted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_at_a_time, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
