/* What a check says: its exit code and its output, or a sentence when it gave none
 * (spec commands.md 2.2). */
#include "host/nrpe/nrpe.h"

#include "base/buffer.h"
#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* What a shell says when it cannot start a program. */
#define SHELL_CANNOT_RUN 126
#define SHELL_NOT_FOUND 127

enum mc_nrpe_state mc_nrpe_state(int64_t code)
{
    return code >= MC_NRPE_OK && code <= MC_NRPE_CRITICAL ? (enum mc_nrpe_state)code
                                                          : MC_NRPE_UNKNOWN;
}

const char *mc_nrpe_state_name(enum mc_nrpe_state state)
{
    static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

    return names[state];
}

int mc_nrpe_unknown(struct mc_arena *arena, struct mc_nrpe_result *ret_result,
                    const char *format, ...)
{
    struct mc_error words;
    va_list args;

    va_start(args, format);
    mc_error_vset(&words, format, args);
    va_end(args);
    const char *text = mc_arena_strdup(arena, words.text);
    if (!text) {
        return -ENOMEM;
    }
    *ret_result =
        (struct mc_nrpe_result){.code = MC_NRPE_UNKNOWN, .output = mc_bytes_text(text)};
    return 0;
}

/* The first line of what was complained about, without the shell's own name:
 * "sh: 1: /x: not found" is about /x. */
static struct mc_bytes complaint(struct mc_bytes errors)
{
    struct mc_bytes line = mc_bytes_trim(errors);

    line = mc_bytes_slice(line, 0, mc_bytes_find(line, '\n'));
    for (int i = 0;
         i < 2 && (mc_bytes_starts(line, "/bin/sh: ") ||
                   mc_bytes_starts(line, "sh: ") || mc_bytes_starts(line, "1: "));
         i++) {
        line = mc_bytes_slice(line, mc_bytes_find(line, ' ') + 1, line.len);
    }
    return mc_bytes_slice(mc_bytes_trim(line), 0, 160);
}

/* A plugin that failed without a word on standard output. */
static int silent(const char *name, const struct mc_child_result *result,
                  struct mc_arena *arena, struct mc_nrpe_result *ret_result)
{
    struct mc_bytes why = complaint(result->errors);
    bool not_run = result->code == SHELL_CANNOT_RUN || result->code == SHELL_NOT_FOUND;
    const char *what = not_run ? "the plugin cannot be run" : "the plugin said nothing";
    int r = mc_nrpe_unknown(arena, ret_result, "%s: %s (exit code %d)%s%.*s", name,
                            what, result->code, why.len ? ": " : "", (int)why.len,
                            why.len ? (const char *)why.data : "");

    if (r == 0) {
        ret_result->code = result->code;
    }
    return r;
}

/* Without the last line end; a text that was cut inside of a character loses the rest
 * of it. */
static struct mc_bytes tidy(struct mc_bytes output, bool cut)
{
    struct mc_bytes shorter = output;

    if (cut) {
        for (int i = 0; i < 4; i++) {
            if (mc_bytes_utf8(shorter)) {
                return shorter;
            }
            shorter.len -= shorter.len ? 1 : 0;
        }
        return output;
    }
    if (output.len && output.data[output.len - 1] == '\n') {
        output.len--;
    }
    return output;
}

static int exited(const char *name, const struct mc_child_result *result,
                  struct mc_arena *arena, struct mc_nrpe_result *ret_result)
{
    struct mc_bytes output = tidy(result->output, result->output_lost_bytes > 0);

    if (output.len == 0 && result->code != 0) {
        return silent(name, result, arena, ret_result);
    }
    const char *copy = mc_arena_text(arena, output);
    if (!copy) {
        return -ENOMEM;
    }
    *ret_result = (struct mc_nrpe_result){.code = result->code,
                                          .output = mc_bytes_make(copy, output.len)};
    return 0;
}

int mc_nrpe_judge(const char *name, const struct mc_child_result *result,
                  unsigned limit_ms, struct mc_arena *arena,
                  struct mc_nrpe_result *ret_result)
{
    switch (result->end) {
    case MC_CHILD_EXITED:
        return exited(name, result, arena, ret_result);
    case MC_CHILD_SIGNALLED:
        return mc_nrpe_unknown(arena, ret_result,
                               "%s: the plugin was ended by signal %d", name,
                               result->code);
    case MC_CHILD_TIMEOUT:
        return mc_nrpe_unknown(arena, ret_result,
                               "NRPE: Command timed out after %g seconds",
                               (double)(limit_ms / 100) / 10.0);
    case MC_CHILD_NOT_STARTED:
        break;
    }
    return mc_nrpe_unknown(arena, ret_result, "%s: the plugin cannot be run: %s", name,
                           strerror(result->code));
}

int mc_nrpe_split(struct mc_bytes whole, struct mc_arena *arena,
                  struct mc_bytes *ret_output, struct mc_bytes *ret_perfdata)
{
    size_t end = mc_bytes_find(whole, '\n');
    struct mc_bytes first = mc_bytes_slice(whole, 0, end);
    size_t bar = mc_bytes_find(first, '|');

    if (bar == first.len) {
        *ret_output = whole;
        *ret_perfdata = mc_bytes_make("", 0);
        return 0;
    }
    char *output = mc_arena_alloc(arena, whole.len + 1);
    if (!output) {
        return -ENOMEM;
    }
    memcpy(output, first.data, bar);
    if (end < whole.len) {
        memcpy(output + bar, whole.data + end, whole.len - end);
    }
    *ret_output = mc_bytes_make(output, bar + whole.len - end);
    *ret_perfdata = mc_bytes_slice(first, bar + 1, first.len);
    return 0;
}
