/* The process agent over the processes of this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/test-bench.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern const struct mc_agent_ops mc_agent_process;

static int set_up(void **state)
{
    *state = bench_new(&mc_agent_process, "");
    return 0;
}

static int tear_down(void **state)
{
    bench_free(*state);
    return 0;
}

static const struct mc_value *find(const struct bench *bench, pid_t pid)
{
    const struct mc_value *list = mc_value_get_name(bench->data, "pslist");

    assert_true(mc_value_is(list, MC_ARRAY));
    for (size_t i = 0; i < mc_value_count(list); i++) {
        const struct mc_value *process = mc_value_item(list, i);
        if (mc_value_get_symbol(process, "pid")->integer == pid) {
            return process;
        }
    }
    return NULL;
}

static void all_of_them(void **state)
{
    struct bench *bench = *state;

    bench_call(bench, "list", NULL, NULL);
    assert_int_equal(bench->status, 0);
    const struct mc_value *process = find(bench, getpid());
    assert_non_null(process);
    assert_int_equal(mc_value_get_symbol(process, "uid")->integer, geteuid());
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(process, "state")), "R");
    assert_true(mc_value_get_symbol(process, "vsize")->integer > 1024);
    assert_non_null(find(bench, 1));
}

static void by_pattern_and_user(void **state)
{
    struct bench *bench = *state;

    bench_call(bench, "list", "pattern", "test.agent.[p]rocess");
    assert_non_null(find(bench, getpid()));
    assert_null(find(bench, 1));
    bench_call(bench, "list", "pattern", "^no such process$");
    assert_int_equal(bench->status, 0);
    assert_int_equal(mc_value_count(mc_value_get_name(bench->data, "pslist")), 0);
    bench_call(bench, "list", "user", "no-such-user");
    assert_int_equal(bench->status, 0);
    assert_int_equal(mc_value_count(mc_value_get_name(bench->data, "pslist")), 0);
}

static void zombies(void **state)
{
    struct bench *bench = *state;
    struct mc_value *data = mc_value_hash(bench->arena);
    siginfo_t info;

    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(mc_value_set_symbol(bench->arena, data, "just_zombies",
                                         mc_value_bool(bench->arena, true)),
                     0);
    (void)bench_begin(bench, "list", data);
    assert_int_equal(mc_loop_run(bench->loop), 0);
    const struct mc_value *process = find(bench, pid);
    assert_non_null(process);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(process, "state")), "Z");
    assert_null(find(bench, getpid()));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_pattern_that_is_none(void **state)
{
    struct bench *bench = *state;

    bench_call(bench, "list", "pattern", "a(b");
    assert_int_equal(bench->status, MC_STATUS_INVALID_DATA);
    assert_non_null(strstr(bench->message, "'a(b' is no pattern"));
}

static void an_aborted_call_leaves_nothing(void **state)
{
    struct bench *bench = *state;
    struct mc_agent_call *call = bench_begin(bench, "list", NULL);

    assert_non_null(call);
    mc_agent_abort(call, MC_STATUS_UNKNOWN_ERROR, "too late");
    assert_true(bench->ended);
    assert_int_equal(mc_loop_once(bench->loop, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(by_pattern_and_user, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zombies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pattern_that_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_aborted_call_leaves_nothing, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
