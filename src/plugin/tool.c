/* What building needs of the system: programs run to their end, files with a mode, and
 * the two questions asked of every foreign text. */
#include "plugin/plugin-private.h"

#include "base/child.h"
#include "base/file.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define TOOL_TIMEOUT_MS (10u * 60 * 1000)
#define TOOL_OUTPUT_MAX ((size_t)1024 * 1024)

struct waiting
{
    struct mc_loop *loop;
    const char *program;
    struct mc_arena *arena;
    struct mc_bytes *ret_output;
    struct mc_error *error;
    int result;
};

static void ended(void *user, const struct mc_child_result *result)
{
    struct waiting *waiting = user;
    struct mc_bytes said =
        mc_bytes_last_line(result->errors.len ? result->errors : result->output);

    waiting->result = MC_PLUGIN_REFUSED;
    if (result->end == MC_CHILD_NOT_STARTED) {
        mc_error_set(waiting->error, "%s cannot be run: %s", waiting->program,
                     strerror(result->code));
    } else if (result->end == MC_CHILD_TIMEOUT) {
        mc_error_set(waiting->error, "%s did not end in time", waiting->program);
    } else if (result->end == MC_CHILD_SIGNALLED) {
        mc_error_set(waiting->error, "%s was ended by signal %d", waiting->program,
                     result->code);
    } else if (result->code) {
        mc_error_set(waiting->error, "%s failed with exit code %d: %.*s",
                     waiting->program, result->code, (int)said.len,
                     said.len ? (const char *)said.data : "");
    } else {
        waiting->result = 0;
        if (waiting->ret_output) {
            const char *copy = mc_arena_text(waiting->arena, result->output);
            *waiting->ret_output = mc_bytes_make(copy, copy ? result->output.len : 0);
            waiting->result = copy ? 0 : -ENOMEM;
        }
    }
    mc_loop_stop(waiting->loop);
}

int mc_plugin__run(const struct mc_plugin__run *run, struct mc_arena *arena,
                   struct mc_bytes *ret_output, struct mc_error *error)
{
    struct mc_loop *loop = mc_loop_new();
    struct waiting waiting = {.loop = loop,
                              .program = run->argv[0],
                              .arena = arena,
                              .ret_output = ret_output,
                              .error = error,
                              .result = -EIO};
    const struct mc_child_spec spec = {
        .argv = run->argv,
        .env = run->env,
        .folder = run->folder,
        .input = run->input,
        .timeout_ms = TOOL_TIMEOUT_MS,
        .output_bytes_max = TOOL_OUTPUT_MAX,
    };
    struct mc_child *child = NULL;

    if (!loop) {
        return -ENOMEM;
    }
    int r = mc_child_start(loop, &spec, ended, &waiting, &child);
    r = r ? r : mc_loop_run(loop);
    mc_loop_free(loop);
    return r ? r : waiting.result;
}

bool mc_plugin__plain(const char *text, const char *others)
{
    size_t len = text ? strlen(text) : 0;

    for (size_t i = 0; i < len; i++) {
        char byte = text[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && !(byte >= '0' && byte <= '9') && !strchr(others, byte)) {
            return false;
        }
    }
    return len > 0;
}

bool mc_plugin__line(const char *text)
{
    if (!mc_bytes_utf8(mc_bytes_text(text))) {
        return false;
    }
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at < ' ' || *at == 0x7f) {
            return false;
        }
    }
    return true;
}

int mc_plugin__write(const char *path, struct mc_bytes content, bool executable,
                     struct mc_error *error)
{
    int r = mc_file_create(path, content, error);

    if (!r && executable && chmod(path, 0755) != 0) {
        r = -errno;
        mc_error_set(error, "%s: %s", path, strerror(-r));
    }
    return r;
}
