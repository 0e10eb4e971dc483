/* A line from the terminal.
 *
 * Keys are read one by one with echo and signals switched off, so that the settings of
 * the terminal are put back whatever is typed, Ctrl-C included; the few keys that edit a
 * line are handled here. What was typed is wiped from the stack. */
#include "base/terminal.h"

#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define KEY_INTERRUPT 3
#define KEY_END 4
#define KEY_BACKSPACE 8
#define KEY_ERASE_LINE 21
#define KEY_DELETE 127

struct line
{
    char text[MC_TERMINAL_ANSWER_BYTES_MAX + 1];
    size_t len;
    int fd;
    bool secret;
};

static int say(int fd, const char *text, size_t len)
{
    while (len) {
        ssize_t done = write(fd, text, len);
        if (done < 0 && errno != EINTR) {
            return -errno;
        }
        if (done > 0) {
            text += done;
            len -= (size_t)done;
        }
    }
    return 0;
}

static void erase(struct line *line, size_t count)
{
    while (count-- && line->len) {
        line->len--;
        if (!line->secret) {
            (void)say(line->fd, "\b \b", 3);
        }
    }
}

/* One key. 1: the line is complete, 0: go on, <0: given up. */
static int press(struct line *line, char key)
{
    switch (key) {
    case '\r':
    case '\n':
        return 1;
    case KEY_INTERRUPT:
        return -EINTR;
    case KEY_END:
        return line->len ? 1 : -EINTR;
    case KEY_BACKSPACE:
    case KEY_DELETE:
        erase(line, 1);
        return 0;
    case KEY_ERASE_LINE:
        erase(line, line->len);
        return 0;
    default:
        break;
    }
    if (line->len == MC_TERMINAL_ANSWER_BYTES_MAX) {
        return -EMSGSIZE;
    }
    line->text[line->len++] = key;
    return line->secret ? 0 : say(line->fd, &key, 1);
}

static int read_line(struct line *line)
{
    int r = 0;

    while (r == 0) {
        char key = 0;
        ssize_t got = read(line->fd, &key, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        r = got < 0 ? -errno : got == 0 ? -EINTR : press(line, key);
    }
    (void)say(line->fd, "\r\n", 2);
    return r < 0 ? r : 0;
}

int mc_terminal_ask_on(int fd, const char *question, bool secret,
                       struct mc_arena *arena, const char **ret_answer)
{
    struct termios before;
    struct termios now;
    struct line line = {.fd = fd, .secret = secret};

    if (tcgetattr(fd, &before) != 0) {
        return -errno;
    }
    now = before;
    now.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    if (tcsetattr(fd, TCSAFLUSH, &now) != 0) {
        return -errno;
    }
    int r = say(fd, question, strlen(question));
    if (r == 0) {
        r = read_line(&line);
    }
    (void)tcsetattr(fd, TCSADRAIN, &before);
    const char *answer =
        r == 0 ? mc_arena_text(arena, mc_bytes_make(line.text, line.len)) : NULL;
    mc_memory_wipe(&line, sizeof(line));
    if (r < 0) {
        return r;
    }
    if (!answer) {
        return -ENOMEM;
    }
    *ret_answer = answer;
    return 0;
}

int mc_terminal_ask(const char *question, bool secret, struct mc_arena *arena,
                    const char **ret_answer)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd < 0) {
        return -ENXIO;
    }
    int r = mc_terminal_ask_on(fd, question, secret, arena, ret_answer);
    (void)close(fd);
    return r;
}
