/* The question whether agents of Choria, and those in Ruby, want to be active.
 *
 * It is put when agents are loaded, which may wait for the disk but not for long, and
 * on a loop of its own, as the node's must not turn meanwhile. All are asked at once, so
 * that one that hangs costs no more than all that hang; and when the time is over those
 * that are left are killed, without a moment to end by themselves, as the node waits. */
#include "agent/external/external-private.h"

#include "base/clock.h"
#include "base/memory.h"
#include <errno.h>

/* For requests, answers and the texts around them, of each. */
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
/* The children have a limit of their own, which is never reached. */
#define LATER_MS 60000

struct question
{
    struct mc_external__job job;
    struct mc_external__agent *agent;
    struct mc_child *child; /* NULL when it is not open */
    size_t *open;
};

static void inactive(const struct mc_external__agent *agent, const char *reason)
{
    mc_agent_skipped(agent->spec->sink, agent->ops.name, reason);
}

/* Read the answer; false with the reason. */
static bool answer_of(struct question *question, const struct mc_child_result *result,
                      struct mc_error *error)
{
    struct mc_external__job *job = &question->job;
    struct mc_bytes text = {NULL, 0};
    bool active = false;

    if (mc_external__ended_badly(result, error)) {
        mc_error_prefix(error, "its activation check: ");
        return false;
    }
    if (result->code != 0) {
        mc_error_set(error, "its activation check ended with exit status %d",
                     result->code);
        return false;
    }
    bool ruby = question->agent->kind == MC_EXTERNAL__RUBY;
    int r = mc_scratch_read(job->scratch, mc_external__reply_file(question->agent),
                            MC_EXTERNAL_REPLY_BYTES_MAX, job->arena, &text, error);
    if (r == 0) {
        r = ruby ? mc_external__read_ruby_activation(text, job->arena, &active, error)
                 : mc_external__read_activation(text, job->arena, &active, error);
    }
    if (r != 0) {
        mc_error_prefix(error, "its activation check: ");
    } else if (!active && !ruby) {
        mc_error_set(error, "it does not want to be active on this node");
    }
    return r == 0 && active;
}

static void answered(void *user, const struct mc_child_result *result)
{
    struct question *question = user;
    struct mc_error reason = {"not enough memory"};

    question->child = NULL;
    mc_external__log_output(&question->job, result);
    question->agent->active = answer_of(question, result, &reason);
    mc_external__clean(&question->job);
    if (!question->agent->active) {
        inactive(question->agent, reason.text);
    }
    --*question->open;
    question->job.arena = mc_arena_free(question->job.arena);
}

static int make_question(struct question *question, struct mc_error *error)
{
    struct mc_external__job *job = &question->job;
    const struct mc_external__agent *agent = question->agent;

    if (!job->arena) {
        return -ENOMEM;
    }
    return agent->kind == MC_EXTERNAL__RUBY
               ? mc_external__make_ruby(agent, NULL, job->arena, &job->request, error)
               : mc_external__make_activation(agent->ops.name, job->arena,
                                              &job->request);
}

static void ask(struct question *question, struct mc_loop *loop)
{
    struct mc_external__job *job = &question->job;
    struct mc_error reason = {"not enough memory"};
    int r = make_question(question, &reason);

    if (r == 0) {
        ++*question->open;
        r = mc_external__start(job, loop, answered, question, &question->child,
                               &reason);
        *question->open -= r != 0;
    }
    if (r != 0) {
        inactive(question->agent, reason.text);
        job->arena = mc_arena_free(job->arena);
    }
}

/* Nothing is waited for any more. */
static void give_up(struct question *question)
{
    if (question->child) {
        question->child = mc_child_kill(question->child);
        mc_external__clean(&question->job);
        inactive(question->agent, "its activation check: it did not end in time");
        question->job.arena = mc_arena_free(question->job.arena);
    }
}

/* Turn the loop until all have answered or the time is over. */
static void wait_for_all(struct mc_loop *loop, const size_t *open, unsigned limit_ms)
{
    int64_t end_us = mc_clock_monotonic_us() + (int64_t)limit_ms * 1000;
    int64_t left_us = (int64_t)limit_ms * 1000;

    while (*open > 0 && left_us > 0 &&
           mc_loop_once(loop, (unsigned)(left_us / 1000 + 1)) == 0) {
        left_us = end_us - mc_clock_monotonic_us();
    }
}

void mc_external__activate(struct mc_external__agent *const *agents, size_t count,
                           unsigned limit_ms)
{
    struct mc_loop *loop = mc_loop_new();
    struct question *questions = mc_memory_array(count, sizeof(*questions));
    size_t open = 0;

    for (size_t i = 0; loop && questions && i < count; i++) {
        if (agents[i]->kind != MC_EXTERNAL__DECLARED) {
            bool ruby = agents[i]->kind == MC_EXTERNAL__RUBY;
            questions[i] = (struct question){
                .job = {.agent = agents[i],
                        .program = agents[i]->program,
                        .script = agents[i]->script,
                        .protocol = ruby ? NULL : MC_EXTERNAL__ACTIVATION_PROTOCOL,
                        .timeout_ms = limit_ms + LATER_MS,
                        .arena = mc_arena_new(ARENA_BYTES)},
                .agent = agents[i],
                .open = &open,
            };
            ask(&questions[i], loop);
        }
    }
    wait_for_all(loop, &open, limit_ms);
    for (size_t i = 0; open > 0 && i < count; i++) {
        give_up(&questions[i]);
    }
    mc_memory_free(questions);
    mc_loop_free(loop);
}
