/* One question to the package manager, on a loop of its own that ends with it. */
#include "host/package/ask.h"

#include "base/child.h"
#include "base/clock.h"
#include "host/wait.h"
#include <errno.h>
#include <string.h>

#define OUTPUT_BYTES_MAX ((size_t)64 * 1024)

struct question
{
    const struct mc_package_provider *provider;
    struct mc_arena *arena;
    struct mc_package_about about;
    struct mc_error *error;
    bool done;
    int r;
};

static void answered(void *user, const struct mc_child_result *result)
{
    struct question *question = user;
    const char *name = question->provider->name;

    question->done = true;
    question->r = -EIO;
    if (result->end == MC_CHILD_NOT_STARTED) {
        mc_error_set(question->error, "%s could not be started: %s", name,
                     strerror(result->code));
    } else if (result->end == MC_CHILD_TIMEOUT) {
        question->r = -ETIMEDOUT;
    } else if (result->end != MC_CHILD_EXITED || result->code > 1) {
        /* 1 is what managers say of a package that they do not know. */
        mc_error_set(question->error, "%s failed (%s %d)", name,
                     result->end == MC_CHILD_EXITED ? "exit code" : "signal",
                     result->code);
    } else {
        question->r = question->provider->about(result->output, result->code,
                                                question->arena, &question->about);
    }
}

static int ask(struct mc_loop *loop, const char *name, int64_t end_us,
               struct question *question)
{
    static const char *const env[] = {"LC_ALL=C", NULL};
    const char *argv[MC_PACKAGE_ARGS_MAX];
    int64_t left_us = end_us - mc_clock_monotonic_us();
    struct mc_child *child = NULL;
    int r = mc_package_argv(question->provider, MC_PACKAGE_QUERY, name, NULL, NULL,
                            question->arena, argv);
    const struct mc_child_spec spec = {
        .argv = argv,
        .env = env,
        .timeout_ms = left_us > 0 ? (unsigned)(left_us / 1000 + 1) : 1,
        .output_bytes_max = OUTPUT_BYTES_MAX,
    };

    if (r == 0) {
        r = mc_child_start(loop, &spec, answered, question, &child);
    }
    if (r == 0) {
        r = mc_host_wait(loop, &question->done, end_us);
    }
    if (!question->done) {
        mc_child_kill(child);
    }
    return r ? r : question->r;
}

int mc_package_ask(const struct mc_package_provider *provider, const char *name,
                   int64_t end_us, struct mc_arena *arena,
                   struct mc_package_about *ret_about, struct mc_error *error)
{
    struct question question = {.provider = provider, .arena = arena, .error = error};
    struct mc_loop *loop = mc_loop_new();

    if (!loop) {
        mc_error_set(error, "not enough memory");
        return -ENOMEM;
    }
    mc_error_set(error, "%s could not be asked", provider->name);
    int r = ask(loop, name, end_us, &question);
    mc_loop_free(loop);
    if (r == -ETIMEDOUT) {
        mc_error_set(error, "%s did not answer in time", provider->name);
    }
    if (r == 0) {
        *ret_about = question.about;
    }
    return r;
}
