/* The rules for foreign texts, the running of tools, and that every skeleton loads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "plugin/plugin-private.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const no_words[] = {NULL};
static const char *const two_words[] = {"one", "two", NULL};

/* A folder that is the working directory while a test runs. */
struct bench
{
    struct mc_arena *arena;
    const char *folder;
    struct mc_error error;
};

static int set_up(void **state)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));

    bench->arena = mc_arena_new(MC_PLUGIN_BYTES_MAX);
    assert_non_null(bench->arena);
    assert_int_equal(
        mc_folder_temporary("mc-plugin", bench->arena, &bench->folder, NULL), 0);
    assert_int_equal(chdir(bench->folder), 0);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(chdir("/"), 0);
    assert_int_equal(mc_folder_remove(bench->folder), 0);
    bench->arena = mc_arena_free(bench->arena);
    test_free(bench);
    return 0;
}

static void texts_are_judged(void **state)
{
    (void)state;
    assert_true(mc_plugin__plain("abc-1.2", "-."));
    assert_false(mc_plugin__plain("abc-1.2", "-"));
    assert_false(mc_plugin__plain("", "-"));
    assert_false(mc_plugin__plain(NULL, "-"));
    assert_false(mc_plugin__plain("a b", "-"));
    assert_false(mc_plugin__plain("a\nb", "-"));
    assert_false(mc_plugin__plain("\xc3\xa9", "-"));
    assert_true(mc_plugin__line("Ann \xc3\x84 <a@b> 100%"));
    assert_false(mc_plugin__line("a\nb"));
    assert_false(mc_plugin__line("a\rb"));
    assert_false(mc_plugin__line("a\tb"));
    assert_false(mc_plugin__line("a\x7f"));
    assert_false(mc_plugin__line("\xff"));
}

/* What a tool is run with, and what it then says. */
static int run(struct bench *bench, const char *const *argv, struct mc_bytes *output)
{
    const struct mc_plugin__run how = {.argv = argv, .input = MC_BYTES("words\n")};

    bench->error.text[0] = '\0';
    return mc_plugin__run(&how, bench->arena, output, &bench->error);
}

static void tools_are_run_to_their_end(void **state)
{
    struct bench *bench = *state;
    struct mc_bytes output = {NULL, 0};
    static const char *const echo[] = {"cat", NULL};
    static const char *const fails[] = {
        "sh", "-c", "echo first >&2; echo the reason >&2; exit 3", NULL};
    static const char *const dies[] = {"sh", "-c", "kill -9 $$", NULL};
    static const char *const none[] = {"no-such-tool", NULL};

    assert_int_equal(run(bench, echo, &output), 0);
    assert_true(mc_bytes_is(output, "words\n"));
    assert_int_equal(run(bench, fails, NULL), MC_PLUGIN_REFUSED);
    assert_string_equal(bench->error.text, "sh failed with exit code 3: the reason");
    assert_int_equal(run(bench, dies, NULL), MC_PLUGIN_REFUSED);
    assert_string_equal(bench->error.text, "sh was ended by signal 9");
    assert_int_equal(run(bench, none, NULL), MC_PLUGIN_REFUSED);
    assert_non_null(strstr(bench->error.text, "no-such-tool cannot be run: "));
}

/* The DDL of a new plugin, by the loader; it has to say what the options said. */
static void loads(struct bench *bench, const struct mc_plugin_made *made,
                  const struct mc_plugin_skeleton *skeleton)
{
    struct mc_bytes text;
    struct mc_ddl *ddl = NULL;
    const struct mc_plugin_texts *is = &skeleton->texts;

    assert_int_equal(mc_file_read(made->ddl, 1 << 20, bench->arena, &text, NULL), 0);
    assert_int_equal(mc_ddl_load_ruby(text, made->ddl, skeleton->kind, skeleton->name,
                                      bench->arena, &ddl, &bench->error),
                     0);
    assert_string_equal(ddl->author, is->author ? is->author : "%AUTHOR%");
    assert_string_equal(ddl->description,
                        is->description ? is->description : "%DESCRIPTION%");
    if (skeleton->kind == MC_DDL_AGENT) {
        assert_int_equal(ddl->actions_count, skeleton->words[0] ? 2 : 0);
    } else {
        assert_int_equal(ddl->actions[0].outputs_count, 2);
    }
}

static void every_skeleton_loads(void **state)
{
    struct bench *bench = *state;
    static const struct
    {
        enum mc_ddl_kind kind;
        const char *language;
    } kinds[] = {
        {MC_DDL_AGENT, NULL},   {MC_DDL_AGENT, "python"}, {MC_DDL_AGENT, "shell"},
        {MC_DDL_AGENT, "ruby"}, {MC_DDL_DATA, NULL},      {MC_DDL_DATA, "ruby"},
    };
    static const char *const odd[] = {NULL, "\"#{`id`}\" \\", "\\\" + `id` + \"",
                                      "@NAME@ %"};

    for (size_t i = 0; i < MC_COUNT(kinds) * MC_COUNT(odd); i++) {
        const char *text = odd[i / MC_COUNT(kinds)];
        struct mc_plugin_made made;
        struct mc_plugin_skeleton skeleton = {
            .kind = kinds[i % MC_COUNT(kinds)].kind,
            .language = kinds[i % MC_COUNT(kinds)].language,
            .name = mc_arena_printf(bench->arena, "plugin%zu", i),
            .texts = {.author = text, .description = text},
            .words = two_words,
        };
        assert_int_equal(
            mc_plugin_generate(&skeleton, bench->arena, &made, &bench->error), 0);
        loads(bench, &made, &skeleton);
        assert_int_equal(access(made.code, F_OK), 0);
        assert_int_equal(
            mc_plugin_generate(&skeleton, bench->arena, &made, &bench->error),
            MC_PLUGIN_REFUSED);
    }
}

static void an_agent_without_actions_loads(void **state)
{
    struct bench *bench = *state;
    struct mc_plugin_made made;
    const struct mc_plugin_skeleton skeleton = {
        .kind = MC_DDL_AGENT, .name = "none", .words = no_words};

    assert_int_equal(mc_plugin_generate(&skeleton, bench->arena, &made, &bench->error),
                     0);
    loads(bench, &made, &skeleton);
}

static void names_that_leave_the_folder_are_refused(void **state)
{
    struct bench *bench = *state;
    static const char *const names[] = {"../x", "/x", "a/b", ".x", "", "a\nb", "a b"};

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        struct mc_plugin_made made;
        const struct mc_plugin_skeleton skeleton = {
            .kind = MC_DDL_AGENT, .name = names[i], .words = no_words};
        assert_int_equal(
            mc_plugin_generate(&skeleton, bench->arena, &made, &bench->error),
            MC_PLUGIN_REFUSED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_judged),
        cmocka_unit_test_setup_teardown(tools_are_run_to_their_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_skeleton_loads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_agent_without_actions_loads, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(names_that_leave_the_folder_are_refused, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("plugin", tests, NULL, NULL);
}
