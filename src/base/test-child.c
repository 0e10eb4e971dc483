/* Child processes: what they say, how they end, and that nothing of them stays. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/memory.h"

#define OUTPUT_MAX ((size_t)65536)

struct seen
{
    struct mc_loop *loop;
    unsigned calls;
    enum mc_child_end end;
    int code;
    size_t lost;
    size_t output_len;
    char output[OUTPUT_MAX + 1];
    char errors[OUTPUT_MAX + 1];
};

static void ended(void *user, const struct mc_child_result *result)
{
    struct seen *seen = user;

    seen->calls++;
    seen->end = result->end;
    seen->code = result->code;
    seen->lost = result->output_lost_bytes;
    seen->output_len = result->output.len;
    if (result->output.len) {
        memcpy(seen->output, result->output.data, result->output.len);
    }
    if (result->errors.len) {
        memcpy(seen->errors, result->errors.data, result->errors.len);
    }
    mc_loop_stop(seen->loop);
}

static unsigned descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(folder);
    while (readdir(folder)) {
        count++;
    }
    assert_int_equal(closedir(folder), 0);
    return count;
}

static void nothing_stays(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* Run one child to its end on a loop of its own. */
static struct seen *run_spec(struct mc_child_spec spec)
{
    struct seen *seen = calloc(1, sizeof(*seen));
    struct mc_child *child = NULL;
    unsigned before = descriptors();

    assert_non_null(seen);
    seen->loop = mc_loop_new();
    assert_non_null(seen->loop);
    assert_int_equal(mc_child_start(seen->loop, &spec, ended, seen, &child), 0);
    assert_int_equal(seen->calls, 0);
    assert_int_equal(mc_loop_run(seen->loop), 0);
    assert_int_equal(seen->calls, 1);
    seen->loop = mc_loop_free(seen->loop);
    nothing_stays();
    assert_int_equal(descriptors(), before);
    return seen;
}

static struct seen *run_shell(const char *script, unsigned timeout_ms)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};

    return run_spec((struct mc_child_spec){
        .argv = argv, .timeout_ms = timeout_ms, .output_bytes_max = OUTPUT_MAX});
}

static void a_child_is_found_on_the_path_and_heard(void **state)
{
    const char *const argv[] = {"echo", "one two", "$HOME;", NULL};
    struct seen *seen = run_spec((struct mc_child_spec){
        .argv = argv, .timeout_ms = 60000, .output_bytes_max = OUTPUT_MAX});

    (void)state;
    assert_int_equal(seen->end, MC_CHILD_EXITED);
    assert_int_equal(seen->code, 0);
    assert_string_equal(seen->output, "one two $HOME;\n");
    free(seen);
}

static void both_streams_are_kept_apart_or_merged(void **state)
{
    const char *const argv[] = {"/bin/sh", "-c", "echo a; echo b >&2; echo c", NULL};
    struct seen *seen = run_shell(argv[2], 60000);

    (void)state;
    assert_string_equal(seen->output, "a\nc\n");
    assert_string_equal(seen->errors, "b\n");
    free(seen);
    seen = run_spec((struct mc_child_spec){.argv = argv,
                                           .timeout_ms = 60000,
                                           .output_bytes_max = OUTPUT_MAX,
                                           .merge_errors = true});
    assert_string_equal(seen->output, "a\nb\nc\n");
    assert_string_equal(seen->errors, "");
    free(seen);
}

static void the_end_is_told(void **state)
{
    struct seen *seen = run_shell("exit 7", 60000);

    (void)state;
    assert_int_equal(seen->end, MC_CHILD_EXITED);
    assert_int_equal(seen->code, 7);
    free(seen);
    seen = run_shell("kill -USR1 $$", 60000);
    assert_int_equal(seen->end, MC_CHILD_SIGNALLED);
    assert_int_equal(seen->code, SIGUSR1);
    free(seen);
}

static void what_cannot_start_says_why(void **state)
{
    const char *const none[] = {"mc-no-such-program", NULL};
    const char *const echo[] = {"echo", NULL};
    struct seen *seen =
        run_spec((struct mc_child_spec){.argv = none, .timeout_ms = 1000});

    (void)state;
    assert_int_equal(seen->end, MC_CHILD_NOT_STARTED);
    assert_int_equal(seen->code, ENOENT);
    free(seen);
    seen = run_spec((struct mc_child_spec){
        .argv = echo, .timeout_ms = 1000, .folder = "/mc/no/such/folder"});
    assert_int_equal(seen->end, MC_CHILD_NOT_STARTED);
    assert_int_equal(seen->code, ENOENT);
    free(seen);
    seen = run_spec((struct mc_child_spec){.argv = none + 1, .timeout_ms = 1000});
    assert_int_equal(seen->code, EINVAL);
    free(seen);
}

static void environment_folder_and_signals_are_clean(void **state)
{
    const char *const argv[] = {
        "/bin/sh", "-c",
        "pwd; echo $MC_ONE $MC_TWO; sed -nE 's/^(Sig(Blk|Ign)).*(.{7})$/\\1 \\3/p' "
        "/proc/self/status; "
        "ls /proc/self/fd | wc -l",
        NULL};
    const char *const env[] = {"MC_ONE=1", "MC_TWO=new", NULL};
    sigset_t term;

    (void)state;
    assert_int_equal(setenv("MC_TWO", "old", 1), 0);
    assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    assert_int_equal(sigemptyset(&term), 0);
    assert_int_equal(sigaddset(&term, SIGTERM), 0);
    assert_int_equal(sigprocmask(SIG_BLOCK, &term, NULL), 0);
    int leaked = dup(STDOUT_FILENO);
    struct seen *seen =
        run_spec((struct mc_child_spec){.argv = argv,
                                        .env = env,
                                        .folder = "/usr",
                                        .timeout_ms = 60000,
                                        .output_bytes_max = OUTPUT_MAX});
    assert_int_equal(sigprocmask(SIG_UNBLOCK, &term, NULL), 0);
    assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    assert_int_equal(close(leaked), 0);
    /* The C library keeps signals 32 and 33 for itself, hence the last digits only.
     * The 4 are 0, 1, 2 and the folder that ls reads. */
    assert_string_equal(seen->output, "/usr\n1 new\nSigBlk 0000000\n"
                                      "SigIgn 0000000\n4\n");
    assert_string_equal(seen->errors, "");
    free(seen);
}

static void keys_of_ours_are_not_in_its_environment(void **state)
{
    const char *const argv[] = {"env", NULL};
    const char *const env[] = {"MCOLLECTIVE_REPLY_FILE=/r", NULL};
    static const char *const names[] = {"MCOLLECTIVE_PSK", "MCOLLECTIVE_SSL_PRIVATE",
                                        "STOMP_USER", "STOMP_PASSWORD"};

    (void)state;
    assert_int_equal(setenv("MC_TWO", "STOMP_PASSWORD=kept", 1), 0);
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        assert_int_equal(setenv(names[i], "quite-secret", 1), 0);
    }
    struct seen *seen = run_spec((struct mc_child_spec){
        .argv = argv, .env = env, .timeout_ms = 60000, .output_bytes_max = OUTPUT_MAX});
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        assert_int_equal(unsetenv(names[i]), 0);
    }
    assert_non_null(strstr(seen->output, "PATH="));
    assert_non_null(strstr(seen->output, "MC_TWO=STOMP_PASSWORD=kept\n"));
    assert_non_null(strstr(seen->output, "MCOLLECTIVE_REPLY_FILE=/r\n"));
    assert_null(strstr(seen->output, "quite-secret"));
    free(seen);
}

static void input_of_any_length_is_given(void **state)
{
    const char *const argv[] = {"wc", "-c", NULL};
    const char *const deaf[] = {"true", NULL};
    size_t len = (size_t)5 << 20;
    char *input = mc_memory_new(len);

    (void)state;
    assert_non_null(input);
    struct mc_child_spec spec = {.argv = argv,
                                 .timeout_ms = 60000,
                                 .output_bytes_max = OUTPUT_MAX,
                                 .input = mc_bytes_make(input, len)};
    struct seen *seen = run_spec(spec);
    assert_string_equal(seen->output, "5242880\n");
    free(seen);
    /* Nobody reads: no SIGPIPE for us. */
    spec.argv = deaf;
    seen = run_spec(spec);
    assert_int_equal(seen->end, MC_CHILD_EXITED);
    assert_int_equal(seen->code, 0);
    free(seen);
    spec.argv = argv;
    spec.input.len = 0;
    seen = run_spec(spec);
    assert_string_equal(seen->output, "0\n");
    free(seen);
    mc_memory_free(input);
}

static void a_flood_is_counted_and_dropped(void **state)
{
    struct seen *seen =
        run_shell("head -c 100000000 /dev/zero; head -c 70000 /dev/zero >&2", 60000);

    (void)state;
    assert_int_equal(seen->end, MC_CHILD_EXITED);
    assert_int_equal(seen->code, 0);
    assert_int_equal(seen->output_len, OUTPUT_MAX);
    assert_int_equal(seen->lost, 100000000 - OUTPUT_MAX + 70000 - OUTPUT_MAX);
    free(seen);
}

static void a_hanging_child_is_ended(void **state)
{
    struct seen *seen = run_shell(
        "trap 'echo asked; exit 5' TERM; echo before; sleep 1000 & wait", 100);

    (void)state;
    assert_int_equal(seen->end, MC_CHILD_TIMEOUT);
    assert_string_equal(seen->output, "before\nasked\n");
    free(seen);
}

static void the_whole_group_is_ended_even_when_deaf(void **state)
{
    int64_t begin = mc_clock_monotonic_us();
    struct seen *seen = run_shell("trap '' TERM; sleep 1000 & sleep 1000", 50);
    int64_t took = mc_clock_monotonic_us() - begin;

    (void)state;
    assert_int_equal(seen->end, MC_CHILD_TIMEOUT);
    assert_true(took > 1900000);
    free(seen);
}

/* The shell ends at once; its child keeps the pipes open. */
static void a_grandchild_does_not_delay_the_end(void **state)
{
    int64_t begin = mc_clock_monotonic_us();
    struct seen *seen = run_shell("sleep 1000 & echo $!; exit 3", 60000);
    int64_t took = mc_clock_monotonic_us() - begin;

    (void)state;
    assert_int_equal(seen->end, MC_CHILD_EXITED);
    assert_int_equal(seen->code, 3);
    assert_true(took < 30000000);
    pid_t grandchild = (pid_t)strtol(seen->output, NULL, 10);
    assert_true(grandchild > 1);
    assert_int_equal(kill(grandchild, SIGKILL), 0);
    free(seen);
}

static void killing_leaves_nothing(void **state)
{
    const char *const argv[] = {"/bin/sh", "-c", "sleep 1000 & sleep 1000", NULL};
    const struct mc_child_spec spec = {
        .argv = argv, .timeout_ms = 60000, .output_bytes_max = OUTPUT_MAX};
    const char *const none[] = {"mc-no-such-program", NULL};
    const struct mc_child_spec bad = {.argv = none, .timeout_ms = 1000};
    struct seen *seen = calloc(1, sizeof(*seen));
    struct mc_child *child = NULL;
    unsigned before = descriptors();

    (void)state;
    assert_non_null(seen);
    seen->loop = mc_loop_new();
    assert_int_equal(mc_child_start(seen->loop, &spec, ended, seen, &child), 0);
    int pid = mc_child_pid(child);
    assert_int_equal(kill(pid, 0), 0);
    assert_null(mc_child_kill(child));
    assert_int_equal(mc_child_start(seen->loop, &bad, ended, seen, &child), 0);
    assert_null(mc_child_kill(child));
    assert_null(mc_child_kill(NULL));
    /* Whatever was left on the loop ends by itself. */
    assert_int_equal(mc_loop_run(seen->loop), 0);
    assert_int_equal(seen->calls, 0);
    mc_loop_free(seen->loop);
    nothing_stays();
    assert_int_equal(descriptors(), before);
    free(seen);
}

/* The child's own list of its environment has that line, and no other LC_ALL. */
static void language_is(const char *const *env, const char *wanted)
{
    const char *const argv[] = {"env", NULL};
    struct seen *seen = run_spec((struct mc_child_spec){
        .argv = argv, .env = env, .timeout_ms = 60000, .output_bytes_max = OUTPUT_MAX});
    const char *found = strstr(seen->output, "LC_ALL=");

    assert_non_null(found);
    assert_memory_equal(found, wanted, strlen(wanted));
    assert_null(strstr(found + 1, "LC_ALL="));
    free(seen);
}

/* The Shell class of the original sets LC_ALL to C unless told not to. Here a child has
 * the environment of its node, and whoever reads its words asks for C. */
static void corner_case_102_environment_folder_and_the_end(void **state)
{
    const char *const c[] = {"LC_ALL=C", NULL};
    const char *const none[] = {"LC_ALL=", NULL};

    assert_int_equal(setenv("LC_ALL", "POSIX", 1), 0);
    language_is(NULL, "LC_ALL=POSIX\n");
    language_is(c, "LC_ALL=C\n");
    language_is(none, "LC_ALL=\n");
    assert_int_equal(unsetenv("LC_ALL"), 0);
    what_cannot_start_says_why(state);
    a_hanging_child_is_ended(state);
    the_whole_group_is_ended_even_when_deaf(state);
    killing_leaves_nothing(state);
}

static void many_at_once_do_not_mix(void **state)
{
    enum
    {
        MANY = 40
    };
    const char *const argv[] = {"/bin/sh", "-c", "cat; echo $MC_N", NULL};
    struct mc_loop *loop = mc_loop_new();
    struct seen *seen = calloc(MANY, sizeof(*seen));

    (void)state;
    assert_non_null(loop);
    assert_non_null(seen);
    for (unsigned i = 0; i < MANY; i++) {
        char variable[20];
        const char *const env[] = {variable, NULL};
        struct mc_child *child = NULL;
        (void)snprintf(variable, sizeof(variable), "MC_N=%u", i);
        const struct mc_child_spec spec = {.argv = argv,
                                           .env = env,
                                           .input = mc_bytes_text(variable),
                                           .timeout_ms = 60000,
                                           .output_bytes_max = OUTPUT_MAX};
        seen[i].loop = loop;
        assert_int_equal(mc_child_start(loop, &spec, ended, &seen[i], &child), 0);
    }
    for (unsigned done = 0; done < MANY;) {
        assert_int_equal(mc_loop_run(loop), 0);
        done = 0;
        for (unsigned i = 0; i < MANY; i++) {
            done += seen[i].calls;
        }
    }
    for (unsigned i = 0; i < MANY; i++) {
        char wanted[40];
        (void)snprintf(wanted, sizeof(wanted), "MC_N=%u%u\n", i, i);
        assert_string_equal(seen[i].output, wanted);
        assert_int_equal(seen[i].calls, 1);
    }
    mc_loop_free(loop);
    nothing_stays();
    free(seen);
}

static void programs_are_looked_up(void **state)
{
    struct mc_arena *arena = mc_arena_new(4096);
    const char *path = NULL;

    (void)state;
    assert_true(mc_child_available("sh"));
    assert_true(mc_child_available("/bin/sh"));
    assert_false(mc_child_available("mc-no-such-program"));
    assert_false(mc_child_available("/etc/passwd"));
    assert_false(mc_child_available("/bin"));
    assert_false(mc_child_available(""));
    assert_int_equal(mc_child_find("sh", arena, &path), 0);
    assert_int_equal(path[0], '/');
    assert_true(mc_child_available(path));
    assert_int_equal(mc_child_find("/bin/sh", arena, &path), 0);
    assert_string_equal(path, "/bin/sh");
    assert_int_equal(mc_child_find("mc-no-such-program", arena, &path), -ENOENT);
    assert_string_equal(path, "/bin/sh");
    mc_arena_free(arena);
}

/* Kernels before 5.3, and some containers, know no pidfd: then a timer looks. */
static void without_pidfd(void **state)
{
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = MC_COUNT(lines), .filter = lines};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        skip();
    }
    assert_int_equal(syscall(SYS_pidfd_open, getpid(), 0), -1);
    a_child_is_found_on_the_path_and_heard(state);
    the_end_is_told(state);
    what_cannot_start_says_why(state);
    a_hanging_child_is_ended(state);
    a_grandchild_does_not_delay_the_end(state);
    killing_leaves_nothing(state);
    many_at_once_do_not_mix(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_is_found_on_the_path_and_heard),
        cmocka_unit_test(both_streams_are_kept_apart_or_merged),
        cmocka_unit_test(the_end_is_told),
        cmocka_unit_test(environment_folder_and_signals_are_clean),
        cmocka_unit_test(keys_of_ours_are_not_in_its_environment),
        cmocka_unit_test(input_of_any_length_is_given),
        cmocka_unit_test(a_flood_is_counted_and_dropped),
        cmocka_unit_test(a_grandchild_does_not_delay_the_end),
        cmocka_unit_test(corner_case_102_environment_folder_and_the_end),
        cmocka_unit_test(many_at_once_do_not_mix),
        cmocka_unit_test(programs_are_looked_up),
        cmocka_unit_test(without_pidfd), /* the last: it is for good */
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
