/* One check inside a call, on a loop of its own that ends with it. */
#include "host/nrpe/nrpe.h"

#include "base/clock.h"
#include "host/wait.h"
#include <errno.h>

struct question
{
    const char *name;
    struct mc_arena *arena;
    struct mc_nrpe_result result;
    bool done;
    int r;
};

static void answered(void *user, const struct mc_child_result *result)
{
    struct question *question = user;

    question->done = true;
    question->r =
        mc_nrpe_judge(question->name, result, 0, question->arena, &question->result);
}

static int run(struct mc_loop *loop, const struct mc_nrpe *nrpe, const char *line,
               int64_t end_us, struct question *question)
{
    const char *const argv[] = {"/bin/sh", "-c", line, NULL};
    int64_t left_us = end_us - mc_clock_monotonic_us();
    struct mc_child *child = NULL;
    const struct mc_child_spec spec = {
        .argv = argv,
        .timeout_ms = left_us > 0 ? (unsigned)(left_us / 1000 + 1) : 1,
        .output_bytes_max = MC_NRPE_OUTPUT_BYTES_MAX,
        .account = nrpe->account,
    };
    int r = mc_child_start(loop, &spec, answered, question, &child);

    r = r ? r : mc_host_wait(loop, &question->done, end_us);
    if (!question->done) {
        mc_child_kill(child);
    }
    return r ? r : question->r;
}

static int ask(const struct mc_nrpe *nrpe, int64_t end_us, struct question *question)
{
    const struct mc_nrpe_command *command = mc_nrpe_find(nrpe, question->name);
    const char *line = NULL;
    struct mc_loop *loop = NULL;

    question->result.code = MC_NRPE_UNKNOWN;
    if (!command || nrpe->unusable) {
        return 0;
    }
    int r = mc_nrpe_line(nrpe, command, "", question->arena, &line, NULL);
    if (r != 0) {
        return r < 0 ? r : 0;
    }
    loop = mc_loop_new();
    if (!loop) {
        return -ENOMEM;
    }
    r = run(loop, nrpe, line, end_us, question);
    mc_loop_free(loop);
    return r;
}

int mc_nrpe_ask(const struct mc_config *config, const char *name, int64_t end_us,
                struct mc_arena *arena, int *ret_code)
{
    struct question question = {.name = name, .arena = arena};
    struct mc_nrpe *nrpe = NULL;
    int r = mc_nrpe_read(config, NULL, NULL, &nrpe);

    r = r ? r : ask(nrpe, end_us, &question);
    mc_nrpe_free(nrpe);
    if (r == 0) {
        *ret_code = question.result.code;
    }
    return r;
}
