/* The algorithms over invented nodes and an invented clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/random.h"
#include "client/runs/runs.h"
#include <stdio.h>
#include <string.h>

#define NODES_MAX 64
#define LINES_MAX 512
#define S ((int64_t)1000000)
/* What a question and a start take. */
#define ASK_US 40000
#define START_US 60000

struct node
{
    char name[32];
    int64_t takes_us;  /* a run */
    int64_t begins_us; /* from the start to the lock */
    int64_t started_us;
    int64_t lastrun_s;
    unsigned starts;
    bool dead;
    bool refuses;
    bool never; /* says it starts, and does not */
    bool disabled;
};

struct world
{
    struct node nodes[NODES_MAX];
    size_t count;
    int64_t now_us;
    struct mc_runs *runs;
    char lines[LINES_MAX][128];
    size_t lines_count;
    size_t discoveries;
    size_t unasked; /* questions for which there is no broker */
    int64_t end_us; /* SPREAD: when the test ends */
    size_t ends[3];
    /* figures */
    size_t most;
    int64_t full_us;      /* as many as may */
    int64_t full_from_us; /* the first time that so many ran */
    int64_t last_start_us;
    size_t limit;
};

/* A run takes its node from the start on, its lock is seen later. */
static bool busy(const struct node *node, int64_t now_us)
{
    return node->starts && !node->never &&
           now_us < node->started_us + node->begins_us + node->takes_us;
}

static bool locked(const struct node *node, int64_t now_us)
{
    return busy(node, now_us) && now_us >= node->started_us + node->begins_us;
}

static size_t running(const struct world *world, int64_t now_us)
{
    size_t count = 0;

    for (size_t i = 0; i < world->count; i++) {
        count += busy(&world->nodes[i], now_us);
    }
    return count;
}

/* Let time pass, counting how many run. */
static void pass(struct world *world, int64_t until_us)
{
    const int64_t step_us = 10000;

    for (; world->now_us < until_us; world->now_us += step_us) {
        size_t count = running(world, world->now_us);
        world->most = count > world->most ? count : world->most;
        if (count >= world->limit) {
            world->full_us += step_us;
            world->full_from_us =
                world->full_from_us ? world->full_from_us : world->now_us;
        }
    }
}

static void say(void *user, const char *text)
{
    struct world *world = user;

    assert_true(world->lines_count < LINES_MAX);
    (void)snprintf(world->lines[world->lines_count++], sizeof(world->lines[0]), "%s",
                   text);
}

static void ended(void *user, const char *host, enum mc_runs_end end)
{
    struct world *world = user;

    (void)host;
    world->ends[end]++;
}

static struct node *named(struct world *world, const char *name)
{
    size_t i = 0;

    while (i < world->count && strcmp(world->nodes[i].name, name) != 0) {
        i++;
    }
    assert_true(i < world->count);
    return &world->nodes[i];
}

static void answer(struct world *world, const struct mc_runs_step *step)
{
    pass(world, world->now_us + ASK_US);
    if (world->unasked) {
        world->unasked--;
        mc_runs_unasked(world->runs, world->now_us);
        return;
    }
    for (size_t i = 0; i < step->count; i++) {
        struct node *node = named(world, step->hosts[i]);
        if (node->starts && !busy(node, world->now_us) && !node->never) {
            node->lastrun_s = (node->started_us + node->takes_us) / S;
        }
        const struct mc_runs_status status = {
            .running = locked(node, world->now_us),
            .disabled = node->disabled,
            .lastrun_s = node->lastrun_s,
            .words = "",
        };
        if (!node->dead) {
            mc_runs_told(world->runs, node->name, &status, world->now_us);
        }
    }
    mc_runs_asked(world->runs, world->now_us);
}

static void start(struct world *world, const char *host)
{
    struct node *node = named(world, host);

    pass(world, world->now_us + START_US);
    if (node->dead || node->refuses || node->disabled) {
        mc_runs_started(world->runs, false, node->dead ? NULL : "Lock file exists",
                        world->now_us);
        return;
    }
    assert_false(busy(node, world->now_us));
    node->started_us = world->now_us;
    node->starts++;
    world->last_start_us = world->now_us;
    mc_runs_started(world->runs, true, "OK", world->now_us);
}

static void discover(struct world *world)
{
    const char *names[NODES_MAX];

    for (size_t i = 0; i < world->count; i++) {
        names[i] = world->nodes[i].name;
    }
    world->discoveries++;
    assert_int_equal(mc_runs_hosts(world->runs, names, world->count, world->now_us), 0);
}

static void play(struct world *world, const struct mc_runs_spec *spec)
{
    struct mc_runs_spec whole = *spec;

    whole.say = say;
    whole.ended = ended;
    whole.user = world;
    world->limit = spec->limit;
    world->runs = mc_runs_new(&whole);
    assert_non_null(world->runs);
    for (bool done = false; !done;) {
        struct mc_runs_step step = mc_runs_next(world->runs, world->now_us);
        switch (step.what) {
        case MC_RUNS_DISCOVER:
            discover(world);
            break;
        case MC_RUNS_ASK:
            answer(world, &step);
            break;
        case MC_RUNS_START:
            start(world, step.host);
            break;
        case MC_RUNS_WAIT:
            assert_true(step.until_us > world->now_us);
            pass(world, step.until_us);
            break;
        case MC_RUNS_DONE:
            done = true;
            break;
        }
        done = done || (world->end_us && world->now_us >= world->end_us);
        assert_true(world->now_us < 100000 * S);
    }
    world->runs = mc_runs_free(world->runs);
}

static void invent(struct world *world, size_t count, int64_t takes_us)
{
    memset(world, 0, sizeof(*world));
    world->count = count;
    world->now_us = 5 * S;
    for (size_t i = 0; i < count; i++) {
        /* Discovered in another order than the alphabet has. */
        (void)snprintf(world->nodes[i].name, sizeof(world->nodes[i].name), "node%02zu",
                       (i * 7 + 3) % count);
        world->nodes[i].takes_us = takes_us;
    }
}

/* The fleet of the seed: 40 seconds on average, some 90 to 150. */
static void invent_seed(struct world *world, int64_t seed)
{
    struct mc_random random;

    invent(world, 47, 0);
    assert_int_equal(mc_random_init(&random, seed), 0);
    for (size_t i = 0; i < world->count; i++) {
        bool slow = mc_random_below(&random, 10) == 0;
        world->nodes[i].takes_us = S / 10 *
                                   (slow ? 900 + mc_random_below(&random, 600)
                                         : 200 + mc_random_below(&random, 260));
        world->nodes[i].begins_us = S / 10 * mc_random_below(&random, 40);
    }
}

static void never_too_many_and_hardly_ever_too_few(struct world *world,
                                                   enum mc_runs_form form, size_t limit)
{
    for (int64_t seed = 0; seed < 60; seed++) {
        invent_seed(world, seed);
        const struct mc_runs_spec spec = {.form = form, .limit = limit};
        play(world, &spec);
        for (size_t i = 0; i < world->count; i++) {
            assert_int_equal(world->nodes[i].starts, 1);
        }
        assert_int_equal(world->most, limit);
        /* From the first time that all places were taken to the last start. */
        int64_t span_us = world->last_start_us - world->full_from_us;
        int64_t full_us = 0;
        full_us = world->full_us;
        /* What came after the last start does not count. */
        for (int64_t at = world->last_start_us; running(world, at) >= limit;
             at += 10000) {
            full_us -= at < world->now_us ? 10000 : 0;
        }
        if (full_us * 100 <= span_us * 95) {
            print_error("seed %d: %d of %d ms\n", (int)seed, (int)(full_us / 1000),
                        (int)(span_us / 1000));
        }
        assert_true(full_us * 100 > span_us * 95);
    }
}

static void runall_4_over_47_nodes(void **state)
{
    static const enum mc_runs_form forms[] = {MC_RUNS_FIRST, MC_RUNS_LATER};
    struct world *world = *state;

    for (size_t i = 0; i < 2; i++) {
        never_too_many_and_hardly_ever_too_few(world, forms[i], 4);
    }
}

/* Row 39: 47 nodes of 40 seconds, four at a time, in about 47 / 4 * 40 seconds. */
static void as_fast_as_the_seed(void **state)
{
    struct world *world = *state;
    const struct mc_runs_spec spec = {.form = MC_RUNS_LATER, .limit = 4};

    invent(world, 47, 40 * S);
    play(world, &spec);
    assert_in_range((world->now_us - 5 * S) / S, 470, 500);
    assert_int_equal(world->ends[MC_RUNS_ENDED], 47);
}

static void transcript(struct world *world, bool inclusive, const char *const *lines)
{
    const struct mc_runs_spec spec = {
        .form = MC_RUNS_FIRST, .limit = 2, .inclusive = inclusive};

    invent(world, 4, 20 * S);
    play(world, &spec);
    for (size_t i = 0; lines[i]; i++) {
        assert_true(i < world->lines_count);
        assert_string_equal(world->lines[i], lines[i]);
    }
    for (size_t i = 1; i < 4; i++) {
        char before[32];
        char after[32];
        (void)snprintf(before, sizeof(before), "node%02zu", i - 1);
        (void)snprintf(after, sizeof(after), "node%02zu", i);
        assert_true(
            named(world, after)->started_us - named(world, before)->started_us >= S);
    }
}

static void the_transcript_of_the_seed(void **state)
{
    static const char *const strict[] = {
        "Running node00, concurrency is 0",   "node00 schedule status: OK",
        "Running node01, concurrency is 1",   "node01 schedule status: OK",
        "Currently 2 nodes running, waiting", "Running node02, concurrency is 1",
        "node02 schedule status: OK",         NULL,
    };
    static const char *const seed[] = {
        "Running node00, concurrency is 0",   "node00 schedule status: OK",
        "Running node01, concurrency is 1",   "node01 schedule status: OK",
        "Running node02, concurrency is 2",   "node02 schedule status: OK",
        "Currently 3 nodes running, waiting", "Running node03, concurrency is 2",
        "node03 schedule status: OK",         NULL,
    };
    struct world *world = *state;

    transcript(world, false, strict);
    assert_int_equal(world->most, 2);
    transcript(world, true, seed);
    assert_int_equal(world->most, 3);
}

static bool said(const struct world *world, const char *line)
{
    for (size_t i = 0; i < world->lines_count; i++) {
        if (strcmp(world->lines[i], line) == 0) {
            return true;
        }
    }
    return false;
}

static void nodes_that_do_not_do_as_they_should(void **state)
{
    static const enum mc_runs_form forms[] = {MC_RUNS_FIRST, MC_RUNS_LATER};
    struct world *world = *state;

    for (size_t i = 0; i < 2; i++) {
        const struct mc_runs_spec spec = {.form = forms[i], .limit = 3};
        invent(world, 12, 30 * S);
        named(world, "node02")->dead = true;
        named(world, "node04")->refuses = true;
        named(world, "node06")->never = true;
        world->unasked = 3;
        play(world, &spec);
        assert_int_equal(world->most, 3);
        for (size_t k = 0; k < world->count; k++) {
            const struct node *node = &world->nodes[k];
            assert_int_equal(node->starts, !node->dead && !node->refuses);
        }
        assert_true(said(world, "node04 schedule status: Lock file exists"));
    }
    assert_true(
        said(world, "Host node06 did not move into an applying state. Skipping."));
    assert_true(said(world, "Host node02 failed to respond multiple times. Skipping."));
    assert_true(said(world, "Iteration complete. Initiated a Puppet run on 10 nodes."));
    assert_int_equal(world->ends[MC_RUNS_ENDED], 9);
    assert_int_equal(world->ends[MC_RUNS_REFUSED], 1);
    assert_int_equal(world->ends[MC_RUNS_SKIPPED], 2);
}

/* Runs that somebody else started count, and are waited for. */
static void others_run_puppet_too(void **state)
{
    struct world *world = *state;
    const struct mc_runs_spec spec = {.form = MC_RUNS_LATER, .limit = 2};

    invent(world, 5, 10 * S);
    named(world, "node01")->started_us = world->now_us;
    named(world, "node01")->starts = 1;
    play(world, &spec);
    assert_int_equal(world->most, 2);
    assert_int_equal(named(world, "node01")->starts, 2);
    assert_int_equal(world->ends[MC_RUNS_ENDED], 5);
}

/* Row 34: one node every interval divided by nodes, with the limit kept. */
static void spread_over_the_interval(void **state)
{
    struct world *world = *state;
    const struct mc_runs_spec spec = {
        .form = MC_RUNS_SPREAD, .limit = 4, .interval_us = 1800 * S};

    invent(world, 30, 40 * S);
    named(world, "node07")->disabled = true;
    world->end_us = world->now_us + 2 * 1800 * S;
    play(world, &spec);
    assert_int_equal(world->discoveries, 2);
    for (size_t i = 0; i < 30; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "node%02zu", i);
        const struct node *node = named(world, name);
        assert_in_range(node->starts, i == 7 ? 0 : 2, i == 7 ? 0 : i == 0 ? 3 : 2);
        if (i != 7 && i != 0) {
            int64_t due_us = 5 * S + 1800 * S + 60 * S * (int64_t)i;
            assert_in_range(node->started_us - due_us, 0, S);
        }
    }
    assert_true(said(world, "node07: skipped: Puppet is disabled there"));
    assert_int_equal(world->most, 1);
}

static void spread_skips_when_too_many_run(void **state)
{
    struct world *world = *state;
    const struct mc_runs_spec spec = {.form = MC_RUNS_SPREAD,
                                      .limit = 2,
                                      .interval_us = 60 * S,
                                      .shuffle = true,
                                      .seed = 1};

    invent(world, 6, 45 * S);
    named(world, "node03")->dead = true;
    world->end_us = world->now_us + 59 * S;
    play(world, &spec);
    assert_int_equal(world->most, 2);
    size_t skipped = 0;
    for (size_t i = 0; i < world->lines_count; i++) {
        skipped += strstr(world->lines[i], ": skipped: 2 nodes run, 2 may") != NULL;
    }
    assert_true(skipped >= 2);
    assert_true(said(world, "node03: skipped: it does not answer"));
    /* Shuffled: not the order of the alphabet. */
    assert_null(strstr(world->lines[0], "node00"));
}

static void nobody_and_those_left_out(void **state)
{
    struct world *world = *state;
    const struct mc_runs_spec spec = {
        .form = MC_RUNS_FIRST, .limit = 2, .say = say, .user = world};
    static const char *const names[] = {"b", "a"};

    invent(world, 0, 0);
    play(world, &spec);
    assert_int_equal(world->lines_count, 0);
    struct mc_runs *runs = mc_runs_new(&spec);
    assert_int_equal(mc_runs_hosts(runs, names, 2, 0), 0);
    assert_true(mc_runs_leave_out(runs, "a"));
    assert_false(mc_runs_leave_out(runs, "c"));
    assert_int_equal(mc_runs_next(runs, 0).what, MC_RUNS_ASK);
    mc_runs_asked(runs, 0);
    struct mc_runs_step step = mc_runs_next(runs, 0);
    assert_int_equal(step.what, MC_RUNS_START);
    assert_string_equal(step.host, "b");
    mc_runs_started(runs, true, "OK", 0);
    assert_int_equal(mc_runs_next(runs, 0).what, MC_RUNS_DONE);
    mc_runs_free(runs);
}

static int set_up(void **state)
{
    *state = test_calloc(1, sizeof(struct world));
    return 0;
}

static int tear_down(void **state)
{
    test_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runall_4_over_47_nodes),
        cmocka_unit_test(as_fast_as_the_seed),
        cmocka_unit_test(the_transcript_of_the_seed),
        cmocka_unit_test(nodes_that_do_not_do_as_they_should),
        cmocka_unit_test(others_run_puppet_too),
        cmocka_unit_test(spread_over_the_interval),
        cmocka_unit_test(spread_skips_when_too_many_run),
        cmocka_unit_test(nobody_and_those_left_out),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
