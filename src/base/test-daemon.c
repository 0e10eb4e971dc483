/* Going to the background with an honest exit code, and pid files. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/daemon.h"
#include "base/file.h"

/* What the daemon does once it is one. */
enum act
{
    ACT_READY,
    ACT_FAIL,
    ACT_DIE,
    ACT_LONG,
};

/* What it found about itself. */
struct report
{
    pid_t pid;
    pid_t session;
    pid_t parent;
    int null_fds;
    char folder[200];
};

static void act_as_daemon(struct mc_daemon *daemon, enum act act, int fd)
{
    struct report report = {.pid = getpid(), .session = getsid(0), .parent = getppid()};
    struct stat null;
    struct stat ours;
    char text[3 * MC_ERROR_TEXT_BYTES];

    (void)stat("/dev/null", &null);
    for (int i = 0; i < 3; i++) {
        report.null_fds += fstat(i, &ours) == 0 && ours.st_rdev == null.st_rdev;
    }
    if (!getcwd(report.folder, sizeof(report.folder))) {
        report.folder[0] = 0;
    }
    if (write(fd, &report, sizeof(report)) != (ssize_t)sizeof(report)) {
        _exit(9);
    }
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = 0;
    if (act == ACT_READY) {
        mc_daemon_ready(daemon);
        mc_daemon_ready(daemon);
        mc_daemon_failed(daemon, "not told");
    } else if (act == ACT_FAIL) {
        mc_daemon_failed(daemon, "no broker in the configuration");
    } else if (act == ACT_LONG) {
        mc_daemon_failed(daemon, text);
    }
    _exit(0);
}

/* Start a daemon from a process of its own.
 * Returns that process's exit code, as the words it would print go to ret_error. */
static int start(const char *folder, enum act act, struct report *ret_report,
                 char *ret_error)
{
    int line[2];
    int words[2];
    int status = 0;

    assert_int_equal(pipe(line), 0);
    assert_int_equal(pipe(words), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct mc_daemon daemon = {-1};
        struct mc_error error = {{0}};
        pid_t starter = getpid();
        int result = mc_daemon_detach(folder, 20000, &daemon, &error);
        if (getpid() != starter) {
            if (result == 0) {
                act_as_daemon(&daemon, act, line[1]);
            }
            _exit(8);
        }
        ssize_t done = write(words[1], error.text, strlen(error.text));
        _exit(result == MC_DAEMON_STARTED ? 0 : done < 0 ? 7 : 1);
    }
    assert_int_equal(close(line[1]), 0);
    assert_int_equal(close(words[1]), 0);
    ssize_t got = read(line[0], ret_report, sizeof(*ret_report));
    assert_true(got == 0 || got == (ssize_t)sizeof(*ret_report));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    got = read(words[0], ret_error, MC_ERROR_TEXT_BYTES - 1);
    assert_true(got >= 0);
    ret_error[got] = 0;
    assert_int_equal(close(line[0]), 0);
    assert_int_equal(close(words[0]), 0);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_daemon_that_is_ready_means_success(void **state)
{
    struct report report = {0};
    char error[MC_ERROR_TEXT_BYTES];

    (void)state;
    assert_int_equal(start("/usr", ACT_READY, &report, error), 0);
    assert_string_equal(error, "");
    assert_string_equal(report.folder, "/usr");
    assert_int_equal(report.null_fds, 3);
    assert_int_not_equal(report.session, report.pid);
    assert_int_not_equal(report.session, getsid(0));
    assert_int_not_equal(report.parent, getpid());
}

static void a_daemon_that_fails_says_why(void **state)
{
    struct report report = {0};
    char error[MC_ERROR_TEXT_BYTES];

    (void)state;
    assert_int_equal(start("/", ACT_FAIL, &report, error), 1);
    assert_string_equal(error, "no broker in the configuration");
    assert_int_equal(start("/", ACT_LONG, &report, error), 1);
    assert_int_equal(strlen(error), MC_ERROR_TEXT_BYTES - 1);
    assert_int_equal(start("/", ACT_DIE, &report, error), 1);
    assert_string_equal(error, "the daemon ended before it was ready");
    assert_int_equal(start("/no/such/folder", ACT_READY, &report, error), 1);
    assert_string_equal(error, "/no/such/folder: No such file or directory");
}

static char *in_folder(const char *folder, const char *name)
{
    char path[200];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    char *copy = strdup(path);
    assert_non_null(copy);
    return copy;
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static pid_t held(const char *path)
{
    char text[64] = "";
    FILE *file = fopen(path, "rb");

    if (!file) {
        return 0;
    }
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_true(len > 0 && text[len - 1] == '\n');
    return (pid_t)strtol(text, NULL, 10);
}

/* The id of a process that has just ended. */
static pid_t dead_pid(void)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return pid;
}

static void what_names_nobody_alive_is_replaced(void **state)
{
    char folder[] = "/tmp/mc-test-daemon-XXXXXX";
    char dead[40];
    char own[40];
    struct mc_error error = {{0}};

    (void)state;
    assert_non_null(mkdtemp(folder));
    char *path = in_folder(folder, "pid");
    (void)snprintf(dead, sizeof(dead), "%ld\n", (long)dead_pid());
    (void)snprintf(own, sizeof(own), "%ld\n", (long)getpid());
    const char *const stale[] = {
        NULL,
        "",
        "\n",
        "words\n",
        "12x\n",
        "-1\n",
        "0\n",
        "99999999999999999999999\n",
        "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        dead,
        own};
    for (size_t i = 0; i < MC_COUNT(stale); i++) {
        if (stale[i]) {
            put(path, stale[i]);
        }
        int result = mc_daemon_pidfile_create(path, &error);
        if (result != 0 || held(path) != getpid()) {
            fail_msg("case %zu: %d %s", i, result, error.text);
        }
        mc_daemon_pidfile_remove(path);
        assert_int_equal(access(path, F_OK), -1);
    }
    assert_int_equal(symlink("/no/such/file", path), 0);
    assert_int_equal(mc_daemon_pidfile_create(path, &error), 0);
    mc_daemon_pidfile_remove(path);
    mc_daemon_pidfile_remove(path);
    mc_daemon_pidfile_remove(NULL);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left in it */
    free(path);
}

static void a_live_process_is_respected(void **state)
{
    char folder[] = "/tmp/mc-test-daemon-XXXXXX";
    char parent[40];
    struct mc_error error = {{0}};

    (void)state;
    assert_non_null(mkdtemp(folder));
    char *path = in_folder(folder, "pid");
    (void)snprintf(parent, sizeof(parent), " %ld \n", (long)getppid());
    put(path, parent);
    assert_int_equal(mc_daemon_pidfile_create(path, &error), MC_DAEMON_RUNNING);
    assert_non_null(strstr(error.text, "is running already"));
    assert_int_equal(held(path), getppid());
    mc_daemon_pidfile_remove(path);
    assert_int_equal(held(path), getppid());
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(mc_daemon_pidfile_create(path, &error), -EISDIR);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(mc_daemon_pidfile_create(path, &error), -ENOENT);
    assert_non_null(strstr(error.text, path));
    free(path);
}

/* Many starters meet one stale file; exactly one of them gets it. */
static void of_many_starters_one_wins(void **state)
{
    enum
    {
        MANY = 16
    };
    char folder[] = "/tmp/mc-test-daemon-XXXXXX";
    pid_t starters[MANY];
    int go[2];
    int stay[2];
    int told[2];
    char told_bytes[MANY];
    unsigned won = 0;

    (void)state;
    assert_non_null(mkdtemp(folder));
    char *path = in_folder(folder, "pid");
    put(path, "words\n");
    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(stay), 0);
    assert_int_equal(pipe(told), 0);
    for (size_t i = 0; i < MANY; i++) {
        starters[i] = fork();
        assert_true(starters[i] >= 0);
        if (starters[i] == 0) {
            char byte = 0;
            struct mc_error error;
            (void)close(go[1]);
            (void)close(stay[1]);
            ssize_t got = read(go[0], &byte, 1); /* all begin at once */
            byte = mc_daemon_pidfile_create(path, &error) == 0 ? 'y' : 'n';
            got += write(told[1], &byte, 1);
            got += read(stay[0], &byte, 1); /* alive until all have tried */
            _exit(got == 1 ? 0 : 1);
        }
    }
    assert_int_equal(close(go[1]), 0);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(read(told[0], told_bytes + i, 1), 1);
        won += told_bytes[i] == 'y';
    }
    assert_int_equal(won, 1);
    assert_int_equal(close(stay[1]), 0);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(waitpid(starters[i], NULL, 0), starters[i]);
    }
    assert_int_equal(close(go[0]), 0);
    assert_int_equal(close(stay[0]), 0);
    assert_int_equal(close(told[0]), 0);
    assert_int_equal(close(told[1]), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_daemon_that_is_ready_means_success),
        cmocka_unit_test(a_daemon_that_fails_says_why),
        cmocka_unit_test(what_names_nobody_alive_is_replaced),
        cmocka_unit_test(a_live_process_is_respected),
        cmocka_unit_test(of_many_starters_one_wins),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
