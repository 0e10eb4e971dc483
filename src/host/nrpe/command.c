/* From the name of a check to its command line, as the daemon of NRPE makes it
 * (process_macros(), validate_request()): arguments only where they are allowed, and
 * never with a character that the settings call nasty. */
#include "base/buffer.h"
#include "host/nrpe/nrpe.h"

#include <errno.h>
#include <string.h>

struct arguments
{
    struct mc_bytes items[MC_NRPE_ARGS_MAX];
    size_t count;
};

const struct mc_nrpe_command *mc_nrpe_find(const struct mc_nrpe *nrpe, const char *name)
{
    for (size_t i = nrpe->commands_count; i > 0; i--) {
        if (strcmp(nrpe->commands[i - 1].name, name) == 0) {
            return &nrpe->commands[i - 1];
        }
    }
    return NULL;
}

/* An empty argument keeps its place; empty ones at the end are none. */
static int split(const char *args, struct arguments *arguments, struct mc_error *error)
{
    struct mc_bytes rest = mc_bytes_text(args);

    while (rest.len) {
        size_t end = mc_bytes_find(rest, '!');
        if (arguments->count == MC_NRPE_ARGS_MAX) {
            mc_error_set(error, "more than %d arguments", MC_NRPE_ARGS_MAX);
            return MC_NRPE_REFUSED;
        }
        arguments->items[arguments->count++] = mc_bytes_slice(rest, 0, end);
        rest = mc_bytes_slice(rest, end + 1, rest.len);
    }
    return 0;
}

static int check(const struct mc_nrpe *nrpe, const char *args, struct mc_error *error)
{
    size_t nasty = strcspn(args, nrpe->nasty);

    if (!*args) {
        return 0;
    }
    if (!nrpe->arguments) {
        mc_error_set(error, "arguments are not allowed on this node (dont_blame_nrpe)");
        return MC_NRPE_REFUSED;
    }
    if (args[nasty]) {
        if (args[nasty] < ' ') {
            mc_error_set(error, "a control character is not allowed in arguments on "
                                "this node (nasty_metachars)");
        } else {
            mc_error_set(
                error, "%c is not allowed in arguments on this node (nasty_metachars)",
                args[nasty]);
        }
        return MC_NRPE_REFUSED;
    }
    if (!nrpe->substitution && strstr(args, "$(")) {
        mc_error_set(error, "$( is not allowed in arguments on this node "
                            "(allow_bash_command_substitution)");
        return MC_NRPE_REFUSED;
    }
    return 0;
}

/* "ARG7": that argument, if there is one. */
static struct mc_bytes argument(const struct arguments *arguments,
                                struct mc_bytes macro)
{
    size_t number = 0;

    for (size_t i = strlen("ARG"); i < macro.len; i++) {
        bool digit = macro.data[i] >= '0' && macro.data[i] <= '9';
        if (!digit || number > MC_NRPE_ARGS_MAX) {
            return mc_bytes_make("", 0);
        }
        number = number * 10 + (size_t)(macro.data[i] - '0');
    }
    return number >= 1 && number <= arguments->count ? arguments->items[number - 1]
                                                     : mc_bytes_make("", 0);
}

/* What stands between two '$'. */
static void macro(struct mc_buffer *line, const struct arguments *arguments,
                  struct mc_bytes name)
{
    if (mc_bytes_starts(name, "ARG")) {
        mc_buffer_append(line, argument(arguments, name));
        return;
    }
    mc_buffer_append(line, mc_bytes_make("$", 1));
    if (name.len) {
        mc_buffer_append(line, name);
        mc_buffer_append(line, mc_bytes_make("$", 1));
    }
}

/* $ARG1$ becomes the argument, $$ one $; all else stays, also a $ without a second. */
static void expand(struct mc_buffer *line, const struct arguments *arguments,
                   struct mc_bytes text)
{
    while (text.len) {
        size_t from = mc_bytes_find(text, '$');
        struct mc_bytes behind = mc_bytes_slice(text, from + 1, text.len);
        size_t to = mc_bytes_find(behind, '$');
        mc_buffer_append(line, mc_bytes_slice(text, 0, from));
        if (from == text.len) {
            return;
        }
        if (to == behind.len) {
            mc_buffer_append(line, mc_bytes_slice(text, from, text.len));
            return;
        }
        macro(line, arguments, mc_bytes_slice(behind, 0, to));
        text = mc_bytes_slice(behind, to + 1, behind.len);
    }
}

int mc_nrpe_line(const struct mc_nrpe *nrpe, const struct mc_nrpe_command *command,
                 const char *args, struct mc_arena *arena, const char **ret_line,
                 struct mc_error *error)
{
    struct arguments arguments = {.count = 0};
    struct mc_buffer line;
    int r = check(nrpe, args, error);

    r = r ? r : split(args, &arguments, error);
    if (r != 0) {
        return r;
    }
    mc_buffer_init(&line, MC_NRPE_COMMAND_BYTES_MAX);
    if (nrpe->prefix) {
        expand(&line, &arguments, mc_bytes_text(nrpe->prefix));
        mc_buffer_append(&line, mc_bytes_make(" ", 1));
    }
    expand(&line, &arguments, mc_bytes_text(command->line));
    if (mc_buffer_failed(&line)) {
        mc_error_set(error, "the command line becomes too long");
        r = MC_NRPE_REFUSED;
    } else {
        const char *text = mc_arena_text(arena, mc_buffer_bytes(&line));
        r = text ? 0 : -ENOMEM;
        *ret_line = text ? text : *ret_line;
    }
    mc_buffer_deinit(&line);
    return r;
}
