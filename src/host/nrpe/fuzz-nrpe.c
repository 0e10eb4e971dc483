/* Files of NRPE: the text through the parser, with each check that it defines made into
 * a command line, and the text once more as the output of a plugin. */
#include "host/nrpe/nrpe-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_BYTES_MAX ((size_t)64 * 1024)
#define ARENA_BYTES_MAX ((size_t)64 * 1024 * 1024)
/* Command lines that are made of one input. */
#define LINES_MAX 50

/* A path of an include is a text with something in it. */
static int include(struct mc_nrpe__reader *reader, enum mc_nrpe__include kind,
                   const char *path)
{
    (void)reader;
    if (!path[0] || strlen(path) > MC_NRPE_LINE_BYTES_MAX ||
        (kind != MC_NRPE__FILE && kind != MC_NRPE__FOLDER)) {
        abort();
    }
    return 0;
}

static void doubt(void *user, const char *text)
{
    const struct mc_nrpe *nrpe = user;

    if (!text[0] || nrpe->commands_count > MC_NRPE_COMMANDS_MAX) {
        abort();
    }
}

static void make_lines(const struct mc_nrpe *nrpe, const char *args)
{
    struct mc_arena *arena = mc_arena_new(ARENA_BYTES_MAX);

    for (size_t i = 0; arena && i < nrpe->commands_count && i < LINES_MAX; i++) {
        const struct mc_nrpe_command *found =
            mc_nrpe_find(nrpe, nrpe->commands[i].name);
        struct mc_error error = {""};
        const char *line = NULL;
        if (!found || !found->name[0] || !found->line[0]) {
            abort(); /* what is defined has a name and a line */
        }
        int r = mc_nrpe_line(nrpe, found, args, arena, &line, &error);
        if (r == 0 ? strlen(line) > MC_NRPE_COMMAND_BYTES_MAX : !error.text[0]) {
            abort(); /* a refusal has words */
        }
        if (r == 0 && args[0] && !nrpe->arguments) {
            abort(); /* arguments only where they are allowed */
        }
    }
    mc_arena_free(arena);
}

static void parse(struct mc_bytes text)
{
    struct mc_arena *arena = mc_arena_new(ARENA_BYTES_MAX);
    struct mc_nrpe nrpe = {0};
    struct mc_nrpe__reader reader = {
        .arena = arena,
        .nrpe = &nrpe,
        .doubt = doubt,
        .doubt_user = &nrpe,
        .include = include,
    };

    mc_nrpe__defaults(&nrpe);
    if (arena && mc_nrpe__parse(&reader, text, "f") == 0) {
        make_lines(&nrpe, "");
        make_lines(&nrpe, "80!90%!/var -x");
        nrpe.arguments = true;
        make_lines(&nrpe, "!!c d!$ARG1$");
    }
    mc_arena_free(arena);
}

static void judge(struct mc_bytes text)
{
    struct mc_arena *arena = mc_arena_new(ARENA_BYTES_MAX);
    const struct mc_child_result ended = {
        .end = MC_CHILD_EXITED,
        .code = text.len ? text.data[0] & 3 : 0,
        .output = text,
        .output_lost_bytes = text.len & 1,
    };
    struct mc_nrpe_result result;
    struct mc_bytes output;
    struct mc_bytes perfdata;

    if (arena && mc_nrpe_judge("f", &ended, 1000, arena, &result) == 0 &&
        mc_nrpe_split(result.output, arena, &output, &perfdata) == 0 &&
        output.len + perfdata.len > result.output.len) {
        abort(); /* both are parts of the whole */
    }
    mc_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= INPUT_BYTES_MAX) {
        parse(mc_bytes_make(data, size));
        judge(mc_bytes_make(data, size));
    }
    return 0;
}
