/* The processes of this machine: ourselves, a zombie, and one with a long command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/process/process.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Look for a process; its texts are copied to command. */
static bool find(pid_t pid, struct mc_process *ret_process, char command[2048])
{
    struct mc_processes *processes = NULL;
    struct mc_error error = {""};
    bool found = false;

    assert_int_equal(mc_processes_new(&processes, &error), 0);
    while (!found && mc_processes_next(processes, ret_process) == 0) {
        found = ret_process->pid == pid;
    }
    if (found) {
        memcpy(command, ret_process->command.data, ret_process->command.len);
        command[ret_process->command.len] = '\0';
    }
    mc_processes_free(processes);
    return found;
}

static void ourselves(void **state)
{
    struct mc_process process;
    char command[2048];

    (void)state;
    assert_true(find(getpid(), &process, command));
    assert_int_equal(process.ppid, getppid());
    assert_int_equal(process.uid, geteuid());
    assert_int_equal(process.gid, getegid());
    assert_non_null(strstr(command, "test-host"));
    assert_true(process.vsize_bytes > process.rss_kb * 1024);
    assert_true(process.rss_kb > 0);
    assert_int_equal(process.state, 'R');
}

static void a_zombie_has_its_name(void **state)
{
    struct mc_process process;
    char command[2048];
    siginfo_t info;

    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_NAME, "mc-zombie");
        _exit(0);
    }
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_true(find(pid, &process, command));
    assert_int_equal(process.state, 'Z');
    assert_string_equal(command, "mc-zombie");
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_false(find(pid, &process, command));
}

/* Any bytes, more of them than are kept. */
static void a_long_command_is_cut(void **state)
{
    static char longest[6000];
    struct mc_process process;
    char command[2048] = "";

    (void)state;
    memset(longest, 'x', sizeof(longest) - 1);
    pid_t pid = fork();
    if (pid == 0) {
        char *const argv[] = {(char[]){"mc-long\xff"}, (char[]){"-c"},
                              (char[]){"kill -STOP $$; "}, longest, NULL};
        (void)raise(SIGSTOP);
        execv("/bin/sh", argv);
        _exit(1);
    }
    /* It becomes the shell when it has stopped and gone on; the shell stops as well. */
    assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
    assert_int_equal(kill(pid, SIGCONT), 0);
    assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
    assert_true(find(pid, &process, command));
    assert_int_equal(process.state, 'T');
    static const char begin[] = "mc-long\xff -c kill -STOP $$;  xxx";
    assert_memory_equal(command, begin, sizeof(begin) - 1);
    assert_int_equal(process.command.len, MC_PROCESS_COMMAND_BYTES_MAX);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ourselves),
        cmocka_unit_test(a_zombie_has_its_name),
        cmocka_unit_test(a_long_command_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
