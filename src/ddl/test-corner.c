/* The corner cases of DDL files in the suite of the original, each named by its number
 * (spec collective.md 6): what statements need, and what is filled in from them. */
#include "ddl/ddl-private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static int set_up(void **state)
{
    *state = mc_arena_new(MC_DDL_STORE_BYTES_MAX);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    *state = mc_arena_free(*state);
    return 0;
}

static const struct mc_ddl *load(struct mc_arena *arena, enum mc_ddl_kind kind,
                                 const char *text, struct mc_error *error)
{
    struct mc_ddl *ddl = NULL;
    int r =
        mc_ddl_load_ruby(mc_bytes_text(text), "x.ddl", kind, "x", arena, &ddl, error);

    assert_int_equal(r, ddl ? 0 : MC_DDL_BROKEN);
    return ddl;
}

static const struct mc_ddl *good(void **state, enum mc_ddl_kind kind, const char *text)
{
    struct mc_error error = {""};
    const struct mc_ddl *ddl = load(*state, kind, text, &error);

    assert_string_equal(error.text, "");
    return ddl;
}

static void bad(void **state, enum mc_ddl_kind kind, const char *text,
                const char *words)
{
    struct mc_error error = {""};

    if (load(*state, kind, text, &error) || !strstr(error.text, words)) {
        fail_msg("%s: not refused with '%s' but '%s'", text, words, error.text);
    }
}

/* The one action of a file that has these statements in it. */
static const struct mc_ddl_action *action_of(void **state, const char *statements)
{
    const char *text = mc_arena_printf(
        *state, "action 'a', :description => 'd' do\n%s\nend\n", statements);

    return mc_ddl_action_find(good(state, MC_DDL_AGENT, text), "a");
}

static void bad_action(void **state, const char *statements, const char *words)
{
    const char *text = mc_arena_printf(
        *state, "action 'a', :description => 'd' do\n%s\nend\n", statements);

    bad(state, MC_DDL_AGENT, text, words);
}

#define SAID ":prompt => 'p', :description => 'd', "

static void corner_case_73_what_inputs_and_outputs_need(void **state)
{
    static const struct
    {
        const char *statement;
        const char *lacks;
    } rows[] = {
        {"input :b, " SAID ":type => :boolean", "'b' needs a :optional property"},
        {"input :b, :description => 'd', :type => :boolean, :optional => true",
         "'b' needs a :prompt property"},
        {"input :b, :prompt => 'p', :type => :boolean, :optional => true",
         "'b' needs a :description property"},
        {"input :b, " SAID ":optional => true", "'b' needs a :type property"},
        {"input :b, " SAID ":type => :string, :optional => true, :maxlength => 1",
         "'b' needs a :validation property"},
        {"input :b, " SAID ":type => :string, :optional => true, :validation => '.'",
         "'b' needs a :maxlength property"},
        {"input :b, " SAID ":type => :list, :optional => true",
         "'b' needs a :list property"},
        {"output :b, :display_as => 'B'", "'b' needs a :description property"},
        {"output :b, :description => 'd'", "'b' needs a :display_as property"},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        bad_action(state, rows[i].statement, rows[i].lacks);
    }
    const struct mc_ddl_action *action = action_of(
        state, "input :b, " SAID ":type => :boolean, :optional => false\n"
               "input :c, " SAID ":type => :list, :optional => true, :list => ['x']\n"
               "output :d, :description => 'd', :display_as => 'D'");
    assert_false(mc_ddl_input_find(action, "b")->optional);
    assert_true(mc_ddl_input_find(action, "c")->optional);
    assert_int_equal(mc_ddl_output_find(action, "d")->default_value->type, MC_NIL);
    /* Data plugins may leave :optional out. */
    const struct mc_ddl *data =
        good(state, MC_DDL_DATA,
             "dataquery :description => 'd' do\n input :query, " SAID
             ":type => :boolean\nend");
    assert_false(mc_ddl_input_find(&data->actions[0], "query")->optional);
}

#define STRING ":type => :string, :validation => '.', :maxlength => 9, "

static void corner_case_74_defaults_only_for_required(void **state)
{
    const struct mc_ddl_action *one = action_of(
        state, "input :o, " SAID STRING ":optional => true, :default => 'x'\n"
               "input :r, " SAID STRING ":optional => false, :default => 'x'\n");
    const struct mc_ddl_action *both = action_of(
        state, "input :r, " SAID STRING ":optional => false, :default => 'symbol'\n"
               "input 'r', " SAID STRING ":optional => false, :default => 'string'\n");
    struct mc_arena *arena = *state;
    struct mc_value *data = mc_value_hash(arena);

    assert_int_equal(mc_ddl_fill_inputs(one, arena, data), 0);
    assert_int_equal(data->hash.count, 1);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(data, "r")), "x");
    data = mc_value_hash(arena);
    assert_int_equal(mc_value_set_symbol(arena, data, "r", mc_value_text(arena, "y")),
                     0);
    assert_int_equal(mc_ddl_fill_inputs(one, arena, data), 0);
    assert_int_equal(data->hash.count, 1);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(data, "r")), "y");
    data = mc_value_hash(arena);
    assert_int_equal(mc_value_set_text(arena, data, "r", mc_value_text(arena, "y")), 0);
    assert_int_equal(mc_ddl_fill_inputs(one, arena, data), 0);
    assert_int_equal(data->hash.count, 1);
    /* Where both are declared, the String is not the Symbol. */
    assert_int_equal(mc_ddl_fill_inputs(both, arena, data), 0);
    assert_int_equal(data->hash.count, 2);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(data, "r")), "symbol");
    assert_string_equal(mc_value_cstr(mc_value_get_text(data, "r")), "y");
}

static void corner_case_75_of_two_spellings_the_string_takes_strings(void **state)
{
    const struct mc_ddl_action *both =
        action_of(state, "input :x, " SAID ":type => :integer, :optional => true\n"
                         "input 'x', " SAID STRING ":optional => true\n");
    struct mc_arena *arena = *state;
    struct mc_value *data = mc_value_hash(arena);
    struct mc_error error = {""};

    assert_int_equal(both->inputs_count, 2);
    assert_int_equal(mc_value_set_text(arena, data, "x", mc_value_text(arena, "t")), 0);
    assert_int_equal(mc_ddl_validate(both, data, NULL), 0);
    assert_int_equal(mc_value_set_text(arena, data, "x", mc_value_int(arena, 1)), 0);
    assert_int_equal(mc_ddl_validate(both, data, &error), MC_DDL_INVALID);
    assert_string_equal(error.text,
                        "Cannot validate input x: value should be a string");
    data = mc_value_hash(arena);
    assert_int_equal(mc_value_set_symbol(arena, data, "x", mc_value_int(arena, 1)), 0);
    assert_int_equal(mc_ddl_validate(both, data, NULL), 0);
    /* The warning comes once, when the file is loaded, not with every request. */
    const struct mc_ddl *ddl =
        good(state, MC_DDL_AGENT,
             "action 'a', :description => 'd' do\n"
             "input :x, " SAID ":type => :integer, :optional => true\n"
             "input 'x', " SAID STRING ":optional => true\nend\n"
             "action 'b', :description => 'd' do\n"
             "input :x, " SAID ":type => :integer, :optional => true\n"
             "input 'x', " SAID STRING ":optional => true\nend\n");
    assert_string_equal(ddl->warning, "x.ddl:3: input: 'x' is declared both as Symbol "
                                      "and as String; the keys should be unique");
    assert_null(good(state, MC_DDL_AGENT,
                     "action 'a', :description => 'd' do\n"
                     "input :x, " SAID ":type => :integer, :optional => true\n"
                     "input 'y', " SAID STRING ":optional => true\nend\n")
                    ->warning);
}

static void corner_case_76_display_and_summaries_on_nodes(void **state)
{
    static const struct
    {
        const char *statement;
        enum mc_ddl_display display;
    } rows[] = {
        {"", MC_DISPLAY_FAILED},
        {"display :failed", MC_DISPLAY_FAILED},
        {"display :ok", MC_DISPLAY_OK},
        {"display :always", MC_DISPLAY_ALWAYS},
        {"display :flatten", MC_DISPLAY_FLATTEN},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        assert_int_equal(action_of(state, rows[i].statement)->display, rows[i].display);
    }
    bad_action(state, "display :foo", "must be :ok, :failed, :flatten or :always");
    bad_action(state, "display 'ok'", "must be :ok, :failed, :flatten or :always");
    /* Nodes of the original skip the block; here it is read on both sides, so a
     * function that a node lacks must be no error to it. */
    const struct mc_ddl_action *action =
        action_of(state, "output :b, :description => 'd', :display_as => 'B'\n"
                         "summarize do\n aggregate not_installed_here(:b)\nend");
    assert_string_equal(action->aggregates[0].function, "not_installed_here");
    bad_action(state, "not_installed_here(:b)", "there is no such statement");
}

static void corner_case_77_arguments_of_aggregates(void **state)
{
    static const struct
    {
        const char *statement;
        const char *words;
    } rows[] = {
        {"summary(:b), :format", "the format must be a hash"},
        {"summary(:b), 'format'", "the format must be a hash"},
        {"summary(:b), {}", "the format needs a :format key"},
        {"summary(:b), :x => 1", "the format needs a :format key"},
        {":b", "needs a function of an output, like summary(:x)"},
        {"({:function => :summary})",
         "needs a function of an output, like summary(:x)"},
        {"({:args => []})", "needs a function of an output, like summary(:x)"},
        {"summary", "needs a function of an output, like summary(:x)"},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        bad_action(state,
                   mc_arena_printf(*state, "summarize do\n aggregate %s\nend",
                                   rows[i].statement),
                   rows[i].words);
    }
    const struct mc_ddl_action *action =
        action_of(state, "summarize do\n aggregate summary(:b), :format => 'ignored'\n"
                         " aggregate average(:c, :format => '%d')\nend");
    assert_int_equal(action->aggregates_count, 2);
    assert_string_equal(action->aggregates[0].output, "b");
    assert_null(action->aggregates[0].format);
    assert_string_equal(action->aggregates[1].format, "%d");
}

static void corner_case_78_what_is_required(void **state)
{
    bad(state, MC_DDL_AGENT, "requires '2.0.0'", "requires: needs a hash");
    bad(state, MC_DDL_AGENT, "requires :mcollective", "requires: needs a hash");
    bad(state, MC_DDL_AGENT, "requires :mcollective => '2.0.0', :x => '1'",
        "requires: 'x' is not known");
    bad(state, MC_DDL_AGENT, "requires :mcollective => '2.12.6'",
        "needs MCollective version 2.12.6 or newer, this "
        "is " MC_DDL_MCOLLECTIVE_VERSION);
    bad(state, MC_DDL_AGENT, "requires :mcollective => '10.0.0'", "10.0.0 or newer");
    assert_non_null(good(state, MC_DDL_AGENT, "requires :mcollective => '2.12.0'"));
    assert_non_null(good(state, MC_DDL_AGENT, "requires :mcollective => '2.2.1'"));
    assert_non_null(good(state, MC_DDL_AGENT, "requires({})"));
}

static void corner_case_79_seven_keys_of_metadata(void **state)
{
    static const char *const keys[] = {"name",    "description", "author", "license",
                                       "version", "url",         "timeout"};

    for (size_t left_out = 0; left_out <= MC_COUNT(keys); left_out++) {
        const char *text = "metadata :more => [1, 2]";
        for (size_t i = 0; i < MC_COUNT(keys); i++) {
            if (i != left_out) {
                text = mc_arena_printf(*state, "%s, :%s => '5'", text, keys[i]);
            }
        }
        if (left_out < MC_COUNT(keys)) {
            const char *words =
                mc_arena_printf(*state, "needs a :%s property", keys[left_out]);
            bad(state, MC_DDL_AGENT, text, words);
            continue;
        }
        const struct mc_ddl *ddl = good(state, MC_DDL_AGENT, text);
        assert_int_equal(mc_value_get_symbol(ddl->metadata, "more")->array.count, 2);
        assert_true(ddl->timeout_s == 5.0);
    }
}

static void corner_case_80_data_queries_and_discovery(void **state)
{
    static const char known[] =
        "discovery do\n capabilities [:classes, :facts, :identity, :agents, "
        ":compound]\nend";

    bad(state, MC_DDL_DATA,
        "dataquery :description => 'd' do\n input :other, " SAID
        ":type => :boolean\nend",
        "'other': a data query has the input :query only");
    bad(state, MC_DDL_DATA,
        "dataquery :description => 'a' do\nend\ndataquery :description => 'b' do\nend",
        "dataquery: there can be only one");
    bad(state, MC_DDL_DATA, "dataquery({})", "needs a :description");
    bad(state, MC_DDL_DISCOVERY,
        "discovery do\n capabilities :facts\nend\ndiscovery do\nend",
        "discovery: there can be only one");
    bad(state, MC_DDL_DISCOVERY, "discovery do\n capabilities []\nend",
        "the list cannot be empty");
    bad(state, MC_DDL_DISCOVERY, "discovery do\nend", "discovery: needs capabilities");
    bad(state, MC_DDL_DISCOVERY, "discovery do\n capabilities :moon\nend",
        "may hold :classes, :facts, :identity, :agents and :compound only");
    assert_int_equal(good(state, MC_DDL_DISCOVERY, known)->capabilities->array.count,
                     5);
    assert_int_equal(
        good(state, MC_DDL_DISCOVERY, "discovery do\n capabilities :facts\nend")
            ->capabilities->array.count,
        1);
}

static void write_ddl(const char *folder, const char *name, const char *action)
{
    char path[200];

    (void)snprintf(path, sizeof(path), "%s/agent/%s.ddl", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "action '%s', :description => 'd'\n", action);
    assert_int_equal(fclose(file), 0);
}

static const char *action_in(struct mc_ddl_store *store, const char *name)
{
    const struct mc_ddl *ddl = NULL;

    assert_int_equal(mc_ddl_find(store, MC_DDL_AGENT, name, &ddl, NULL), 0);
    return ddl->actions[0].name;
}

/* The original forgets a DDL after 300 seconds, each by its own age. Here a file is read
 * once in the life of its store, and a reload of the node makes a new store: what runs
 * never changes under a request. */
static void corner_case_103_each_file_is_read_once_until_a_reload(void **state)
{
    char folder[] = "/tmp/marionette-ddl-XXXXXX";
    char path[200];
    const char *const folders[] = {folder, NULL};

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/agent", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    write_ddl(folder, "one", "old");
    write_ddl(folder, "two", "old");
    struct mc_ddl_store *store = mc_ddl_store_new(folders);
    assert_string_equal(action_in(store, "one"), "old");
    write_ddl(folder, "one", "new");
    write_ddl(folder, "two", "new");
    assert_string_equal(action_in(store, "one"), "old");
    assert_string_equal(action_in(store, "two"), "new");
    mc_ddl_store_free(store);
    store = mc_ddl_store_new(folders);
    assert_string_equal(action_in(store, "one"), "new");
    mc_ddl_store_free(store);
    static const char *const files[] = {"agent/one.ddl", "agent/two.ddl"};
    for (size_t i = 0; i < MC_COUNT(files); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        assert_int_equal(unlink(path), 0);
    }
    (void)snprintf(path, sizeof(path), "%s/agent", folder);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_73_what_inputs_and_outputs_need),
        cmocka_unit_test(corner_case_74_defaults_only_for_required),
        cmocka_unit_test(corner_case_75_of_two_spellings_the_string_takes_strings),
        cmocka_unit_test(corner_case_76_display_and_summaries_on_nodes),
        cmocka_unit_test(corner_case_77_arguments_of_aggregates),
        cmocka_unit_test(corner_case_78_what_is_required),
        cmocka_unit_test(corner_case_79_seven_keys_of_metadata),
        cmocka_unit_test(corner_case_80_data_queries_and_discovery),
        cmocka_unit_test(corner_case_103_each_file_is_read_once_until_a_reload),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("ddl-corner", tests, set_up, tear_down);
}
