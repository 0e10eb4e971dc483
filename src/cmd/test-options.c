/* The command line: what is understood, and the words for what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cmd/options.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench
{
    struct mc_options options;
    struct mc_error error;
};

static void begin(struct bench *bench)
{
    *bench = (struct bench){
        .options = {.command = "rpc",
                    .sections = MC_SECTION_ALL,
                    .arena = mc_arena_new(1 << 20)},
    };
}

static int parse(struct bench *bench, const char *line)
{
    const char *args[32];
    size_t count = 0;
    char *copy = mc_arena_strdup(bench->options.arena, line);

    for (char *word; (word = strsep(&copy, " "));) {
        args[count++] = word;
    }
    return mc_options_parse(&bench->options, args, count, &bench->error);
}

static void end(struct bench *bench)
{
    bench->options.arena = mc_arena_free(bench->options.arena);
}

static void mixed_in_any_order(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench);
    assert_int_equal(parse(&bench, "rpcutil -v --dt 3 get_fact -Fa=b --with-class=c "
                                   "fact=x -t 7 -j1 -- -q --frob"),
                     0);
    assert_int_equal(bench.options.words_count, 5);
    assert_string_equal(bench.options.words[1], "get_fact");
    assert_string_equal(bench.options.words[3], "-q");
    assert_string_equal(bench.options.words[4], "--frob");
    assert_int_equal(mc_options_number(&bench.options, MC_OPT_discovery_timeout, 0), 3);
    assert_int_equal(mc_options_number(&bench.options, MC_OPT_timeout, 0), 7);
    assert_string_equal(mc_options_text(&bench.options, MC_OPT_with_fact), "a=b");
    assert_string_equal(mc_options_text(&bench.options, MC_OPT_with_class), "c");
    assert_true(mc_options_has(&bench.options, MC_OPT_json));
    assert_true(mc_options_has(&bench.options, MC_OPT_one));
    assert_false(mc_options_has(&bench.options, MC_OPT_quiet));
    end(&bench);
}

static void every_spelling(void **state)
{
    static const struct
    {
        const char *line;
        enum mc_option_id id;
    } cases[] = {
        {"--wf a=b", MC_OPT_with_fact},
        {"--wc c", MC_OPT_with_class},
        {"--wa a", MC_OPT_with_agent},
        {"--wi i", MC_OPT_with_identity},
        {"--with w", MC_OPT_with},
        {"--select s", MC_OPT_select},
        {"--np", MC_OPT_no_progress},
        {"--no-p", MC_OPT_no_progress},
        {"--ln 5", MC_OPT_limit},
        {"--limit 5", MC_OPT_limit},
        {"--limit-n 5", MC_OPT_limit},
        {"--limit-seed 5", MC_OPT_limit_seed},
        {"--dm mc", MC_OPT_method},
        {"--disc-method mc", MC_OPT_method},
        {"--do x", MC_OPT_method_option},
        {"--nodes f", MC_OPT_nodes},
        {"--nr", MC_OPT_no_results},
        {"--arg a=b", MC_OPT_argument},
        {"--argument a=b", MC_OPT_argument},
        {"--conn 3", MC_OPT_connection_timeout},
        {"--publish_timeout 3", MC_OPT_publish_timeout},
        {"--batch 10%", MC_OPT_batch},
        {"--batch-sleep 0.5", MC_OPT_batch_sleep},
        {"--threaded", MC_OPT_threaded},
        {"--sort", MC_OPT_sort},
        {"--verb", MC_OPT_verbose},
        {"--quiet", MC_OPT_quiet},
        {"--reply-to x", MC_OPT_reply_to},
        {"--ttl 9", MC_OPT_ttl},
        {"-T uk", MC_OPT_target},
        {"-S x", MC_OPT_select},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct bench bench;
        begin(&bench);
        assert_int_equal(parse(&bench, cases[i].line), 0);
        assert_int_equal(bench.options.given_count, 1);
        assert_int_equal(bench.options.given[0].id, cases[i].id);
        end(&bench);
    }
}

static void words_for_mistakes(void **state)
{
    static const struct
    {
        const char *line;
        const char *error;
    } cases[] = {
        {"--frob", "invalid option: --frob"},
        {"--frob=1", "invalid option: --frob"},
        {"-x", "invalid option: -x"},
        {"-vx", "invalid option: -x"},
        {"-F", "missing argument: -F"},
        {"--wf", "missing argument: --wf"},
        {"--batch x", "invalid argument: --batch x"},
        {"-t abc", "invalid argument: -t abc"},
        {"-t -5", "invalid argument: -t -5"},
        {"-t 9999999999", "invalid argument: -t 9999999999"},
        {"--batch-sleep 1x", "invalid argument: --batch-sleep 1x"},
        {"--l 3", "ambiguous option: --l"},
        {"--di x", "ambiguous option: --di"},
        {"--graph", "invalid option: --graph"},
        {"--one=1", "needless argument: --one=1"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct bench bench;
        begin(&bench);
        assert_int_equal(parse(&bench, cases[i].line), -EINVAL);
        assert_string_equal(bench.error.text, cases[i].error);
        end(&bench);
    }
}

static void options_of_the_environment(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench);
    assert_int_equal(mc_options_parse_text(&bench.options,
                                           "  -c 'a b'/c --wf \"x=\\\"y\\\"\" word "
                                           "-W a\\ b",
                                           &bench.error),
                     0);
    assert_int_equal(bench.options.words_count, 0);
    assert_string_equal(mc_options_text(&bench.options, MC_OPT_config), "a b/c");
    assert_string_equal(mc_options_text(&bench.options, MC_OPT_with_fact), "x=\"y\"");
    assert_string_equal(mc_options_text(&bench.options, MC_OPT_with), "a b");
    assert_int_equal(parse(&bench, "-c other"), 0);
    assert_string_equal(mc_options_text(&bench.options, MC_OPT_config), "other");
    assert_int_equal(mc_options_parse_text(&bench.options, "--frob", &bench.error),
                     -EINVAL);
    end(&bench);
}

static void help_layout(void **state)
{
    struct bench bench;
    char *text = NULL;
    size_t len = 0;
    struct mc_out out = {.file = open_memstream(&text, &len)};

    (void)state;
    begin(&bench);
    bench.options.command = "ping";
    mc_options_help(&bench.options, &out);
    assert_int_equal(fclose(out.file), 0);
    assert_true(strncmp(text,
                        "Application Options\n"
                        "    -g, --graph                      ",
                        56) == 0);
    assert_non_null(
        strstr(text, "\n\nRPC Options\n        --np, --no-progress          "));
    assert_non_null(strstr(text, "\n        --limit-nodes, --ln, --limit COUNT\n"
                                 "                                     Ask"));
    assert_non_null(strstr(text, "\n    -h, --help                       "));
    assert_non_null(strstr(text, "\n\nCommon Options\n    -T, --target COLLECTIVE"));
    assert_non_null(strstr(text, "\n\nHost Filters\n    -W, --with FILTER"));
    assert_non_null(strstr(text, "\n    -F, --wf, --with-fact fact=val   "));
    assert_null(strstr(text, "--argument"));
    free(text);
    end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixed_in_any_order),
        cmocka_unit_test(every_spelling),
        cmocka_unit_test(words_for_mistakes),
        cmocka_unit_test(options_of_the_environment),
        cmocka_unit_test(help_layout),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
