/* Asking on a pseudo terminal: what is typed, what is shown, what is put back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/terminal.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

struct typed
{
    const char *keys;
    bool secret;
    int r;
    const char *answer;
    const char *shown; /* after the question */
};

static const struct typed tries[] = {
    {"word\r", true, 0, "word", "\r\n"},
    {"name\n", false, 0, "name", "name\r\n"},
    {"wirx\177\177\177ord\n", true, 0, "word", "\r\n"},
    {"ax\bb\n", false, 0, "ab", "ax\b \bb\r\n"},
    {"wrong\025right\n", true, 0, "right", "\r\n"},
    {"\177\177\n", true, 0, "", "\r\n"},
    {"half\003", true, -EINTR, NULL, "\r\n"},
    {"\004", true, -EINTR, NULL, "\r\n"},
    {"done\004", true, 0, "done", "\r\n"},
};

/* A child types, so that the test itself can ask and wait; it reads the question first,
 * because keys typed before it are thrown away. */
static pid_t start_typing(int master, const char *keys, int report)
{
    pid_t pid = fork();

    if (pid == 0) {
        char seen[256];
        size_t len = 0;
        while (len < 4) {
            ssize_t got = read(master, seen + len, 4 - len);
            if (got <= 0) {
                _exit(1);
            }
            len += (size_t)got;
        }
        if (write(master, keys, strlen(keys)) < 0) {
            _exit(1);
        }
        /* What is shown is over with its line end. */
        for (len = 0; len < sizeof(seen) && (len == 0 || seen[len - 1] != '\n');
             len++) {
            if (read(master, seen + len, 1) != 1) {
                break;
            }
        }
        _exit(write(report, seen, len) == (ssize_t)len ? 0 : 1);
    }
    return pid;
}

static void keys_make_an_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(tries); i++) {
        MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(10000);
        int master = -1;
        int slave = -1;
        int report[2];
        int status = 0;
        char shown[256] = "";
        const char *answer = NULL;
        struct termios before;
        struct termios after;
        assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
        assert_int_equal(pipe(report), 0);
        assert_int_equal(tcgetattr(slave, &before), 0);
        before.c_oflag &= ~(tcflag_t)OPOST;
        assert_int_equal(tcsetattr(slave, TCSANOW, &before), 0);
        pid_t pid = start_typing(master, tries[i].keys, report[1]);
        assert_true(pid > 0);
        int r = mc_terminal_ask_on(slave, "ask:", tries[i].secret, arena, &answer);
        assert_int_equal(r, tries[i].r);
        if (r == 0) {
            assert_string_equal(answer, tries[i].answer);
        } else {
            assert_null(answer);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_true(read(report[0], shown, sizeof(shown) - 1) > 0);
        assert_string_equal(shown, tries[i].shown);
        assert_int_equal(tcgetattr(slave, &after), 0);
        assert_int_equal(after.c_lflag, before.c_lflag);
        (void)close(report[0]);
        (void)close(report[1]);
        (void)close(master);
        (void)close(slave);
    }
}

static void no_terminal_is_an_error(void **state)
{
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = mc_arena_new(10000);
    const char *answer = NULL;
    int pair[2];

    (void)state;
    assert_int_equal(pipe(pair), 0);
    assert_int_equal(mc_terminal_ask_on(pair[0], "?", true, arena, &answer), -ENOTTY);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_make_an_answer),
        cmocka_unit_test(no_terminal_is_an_error),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
