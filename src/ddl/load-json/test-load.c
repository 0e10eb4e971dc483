/* Choria's JSON DDL: what is read, what is filled in, what is refused. */
#include "ddl/ddl-private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static int set_up(void **state)
{
    static const char *const folders[] = {MC_SOURCE_ROOT "/t/fixtures/ddl", NULL};

    *state = mc_ddl_store_new(folders);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    *state = mc_ddl_store_free(*state);
    return 0;
}

static const struct mc_ddl *find(void **state, enum mc_ddl_kind kind, const char *name)
{
    struct mc_error error = {""};
    const struct mc_ddl *ddl = NULL;

    int r = mc_ddl_find(*state, kind, name, &ddl, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(r, 0);
    return ddl;
}

static void test_reads_agents(void **state)
{
    const struct mc_ddl *ddl = find(state, MC_DDL_AGENT, "choria");

    assert_string_equal(ddl->version, "0.29.0");
    assert_true(ddl->timeout_s == 20);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(ddl->metadata, "provider")),
                        "external");
    assert_int_equal(ddl->actions_count, 2);
    const struct mc_ddl_action *run = mc_ddl_action_find(ddl, "run");
    assert_int_equal(run->display, MC_DISPLAY_ALWAYS);
    assert_int_equal(run->inputs_count, 4);
    assert_string_equal(mc_ddl_input_find(run, "pattern")->prompt, "pattern");
    assert_string_equal(mc_ddl_output_find(run, "text")->display_as, "text");
    assert_int_equal(mc_ddl_output_find(run, "exitcode")->default_value->integer, 0);
    assert_int_equal(run->aggregates_count, 2);
    assert_string_equal(run->aggregates[0].output, "exitcode");
    assert_string_equal(run->aggregates[0].format, "%s x %d");
    assert_null(run->aggregates[1].format);
    assert_int_equal(mc_ddl_action_find(ddl, "stop")->display, MC_DISPLAY_FAILED);
}

static void test_checks_inputs(void **state)
{
    const struct mc_ddl_action *run =
        mc_ddl_action_find(find(state, MC_DDL_AGENT, "choria"), "run");
    struct mc_arena *arena = mc_arena_new(100000);
    struct mc_error error = {""};

    assert_int_equal(mc_ddl_validate_input(mc_ddl_input_find(run, "command"),
                                           mc_value_text(arena, "a|b"), &error),
                     MC_DDL_INVALID);
    assert_string_equal(error.text,
                        "Cannot validate input command: value should not have | in it");
    assert_int_equal(mc_ddl_validate_input(mc_ddl_input_find(run, "environment"),
                                           mc_value_hash(arena), &error),
                     0);
    assert_int_equal(mc_ddl_validate_input(mc_ddl_input_find(run, "mode"),
                                           mc_value_text(arena, "slow"), &error),
                     0);
    assert_int_equal(mc_ddl_validate_input(mc_ddl_input_find(run, "pattern"),
                                           mc_value_text(arena, "A"), &error),
                     MC_DDL_INVALID);
    mc_arena_free(arena);
}

static void test_reads_data_plugins(void **state)
{
    const struct mc_ddl *ddl = find(state, MC_DDL_DATA, "load_data");
    const struct mc_ddl_action *data = mc_ddl_action_find(ddl, "data");

    assert_non_null(data);
    assert_true(mc_ddl_input_find(data, "query")->optional);
    assert_non_null(mc_ddl_output_find(data, "load"));
}

#define METADATA                                                         \
    "\"metadata\":{\"name\":\"x\",\"description\":\"\",\"author\":\"\"," \
    "\"license\":\"\",\"version\":\"\",\"url\":\"\",\"timeout\":1}"

static void test_refuses(void **state)
{
    static const struct
    {
        const char *text;
        const char *words; /* how they begin */
    } refused[] = {
        {"", "x.json: "},
        {"{", "x.json: "},
        {"[]", "x.json: needs an object \"metadata\""},
        {"{\"metadata\":1}", "x.json: needs an object \"metadata\""},
        {"{\"metadata\":{}}", "x.json: \"actions\" must be an array"},
        {"{\"metadata\":{},\"actions\":[]}",
         "x.json: metadata: needs a :name property"},
        {"{" METADATA ",\"actions\":[1]}",
         "x.json: an action needs a name in \"action\""},
        {"{" METADATA ",\"actions\":[{\"action\":\"a\",\"input\":[]}]}",
         "x.json: \"input\" and \"output\" must be objects"},
        {"{" METADATA ",\"actions\":[{\"action\":\"a\",\"output\":{\"b\":1}}]}",
         "x.json: an input or output must be an object"},
        {"{" METADATA ",\"actions\":[{\"action\":\"a\",\"input\":{\"b\":{}}}]}",
         "x.json: input: 'b' needs a :type property"},
        {"{" METADATA ",\"actions\":[{\"action\":\"a\",\"display\":\"no\"}]}",
         "x.json: display: must be :ok, :failed, :flatten or :always"},
        {"{" METADATA ",\"actions\":[{\"action\":\"a\",\"aggregate\":[1]}]}",
         "x.json: an aggregate needs \"function\" and \"args\""},
        {"{" METADATA
         ",\"actions\":[{\"action\":\"a\",\"aggregate\":[{\"args\":[]}]}]}",
         "x.json: aggregate: needs a function of an output, like summary(:x)"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(refused); i++) {
        struct mc_arena *arena = mc_arena_new(MC_DDL_ARENA_BYTES_MAX);
        struct mc_error error = {""};
        struct mc_ddl *ddl = NULL;
        int r = mc_ddl_load_json(mc_bytes_text(refused[i].text), "x.json", MC_DDL_AGENT,
                                 "x", arena, &ddl, &error);
        assert_int_equal(r, MC_DDL_BROKEN);
        if (strncmp(error.text, refused[i].words, strlen(refused[i].words)) != 0) {
            assert_string_equal(error.text, refused[i].words);
        }
        assert_null(ddl);
        mc_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_agents),
        cmocka_unit_test(test_checks_inputs),
        cmocka_unit_test(test_reads_data_plugins),
        cmocka_unit_test(test_refuses),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("ddl-load-json", tests, set_up, tear_down);
}
