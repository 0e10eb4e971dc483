/* Ruby DDL files: the packaged ones, what they may hold, and what they may not. */
#include "ddl/ddl-private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define FIXTURES MC_SOURCE_ROOT "/t/fixtures/ddl"
#define PACKAGED "/usr/lib/ruby/vendor_ruby"

static int set_up(void **state)
{
    static const char *const folders[] = {FIXTURES, NULL};

    *state = mc_ddl_store_new(folders);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    *state = mc_ddl_store_free(*state);
    return 0;
}

static const struct mc_ddl *survey(void **state)
{
    struct mc_error error = {""};
    const struct mc_ddl *ddl = NULL;

    int r = mc_ddl_find(*state, MC_DDL_AGENT, "survey", &ddl, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(r, 0);
    return ddl;
}

static void test_reads_metadata(void **state)
{
    const struct mc_ddl *ddl = survey(state);

    assert_string_equal(ddl->name, "survey");
    assert_string_equal(ddl->title, "survey");
    assert_string_equal(ddl->description, "It's a survey of \\d constructs");
    assert_string_equal(ddl->version, "1.2");
    assert_true(ddl->timeout_s == 12.0);
    assert_string_equal(ddl->usage, "    Ask the survey\n    and read the answer.\n");
    assert_int_equal(mc_value_get_symbol(ddl->metadata, "extra")->array.count, 6);
}

static void test_runs_loops_and_helpers(void **state)
{
    const struct mc_ddl *ddl = survey(state);
    const struct mc_ddl_action *action = mc_ddl_action_find(ddl, "stop");

    assert_int_equal(ddl->actions_count, 3);
    assert_string_equal(action->description, "Stop a service");
    assert_int_equal(action->display, MC_DISPLAY_ALWAYS);
    assert_int_equal(action->inputs_count, 1);
    const struct mc_ddl_input *input = mc_ddl_input_find(action, "service");
    assert_true(input->symbol);
    assert_false(input->optional);
    assert_int_equal(input->maxlength, 30);
    assert_string_equal(input->type, "string");
    assert_string_equal(mc_value_cstr(input->validation), "^[a-zA-Z\\-_\\d]+$");
    assert_false(mc_ddl_output_find(action, "status")->symbol);
    assert_int_equal(action->aggregates_count, 1);
    assert_string_equal(action->aggregates[0].function, "summary");
    assert_string_equal(action->aggregates[0].output, "status");
}

static void test_adds_to_an_action(void **state)
{
    const struct mc_ddl_action *action = mc_ddl_action_find(survey(state), "start");

    assert_string_equal(action->description, "Start a service");
    assert_int_equal(action->outputs_count, 2);
    assert_non_null(mc_ddl_output_find(action, "more"));
}

static void test_reads_every_input(void **state)
{
    const struct mc_ddl_action *action =
        mc_ddl_action_find(survey(state), "everything");

    assert_int_equal(action->display, MC_DISPLAY_FAILED);
    assert_int_equal(action->inputs_count, 11);
    const struct mc_ddl_input *name = mc_ddl_input_find(action, "name");
    assert_int_equal(name->validation->type, MC_REGEXP);
    assert_int_equal(name->validation->options, MC_REGEXP_IGNORECASE);
    assert_true(mc_bytes_is(name->validation->bytes, "^[a-z/]+$"));
    assert_true(name->optional);
    assert_int_equal(mc_ddl_input_find(action, "mode")->list->array.count, 4);
    assert_int_equal(mc_ddl_input_find(action, "count")->default_value->integer, -1);
    assert_int_equal(mc_ddl_input_find(action, "ratio")->default_value->type, MC_NIL);
    assert_string_equal(mc_ddl_output_find(action, "alpha")->display_as, "Alpha");
    const struct mc_value *table = mc_ddl_output_find(action, "table")->default_value;
    assert_int_equal(table->hash.count, 2);
    assert_non_null(mc_value_get_symbol(table, "true"));
    assert_int_equal(action->aggregates_count, 3);
    assert_string_equal(action->aggregates[0].format, "Average: %0.2f");
    assert_null(action->aggregates[1].format);
}

static void test_fills_outputs(void **state)
{
    const struct mc_ddl_action *action =
        mc_ddl_action_find(survey(state), "everything");
    struct mc_arena *arena = mc_arena_new(100000);
    struct mc_value *data = NULL;

    assert_int_equal(mc_ddl_fill_outputs(action, arena, &data), 0);
    assert_int_equal(data->hash.count, 4);
    assert_int_equal(mc_value_get_symbol(data, "alpha")->type, MC_NIL);
    assert_int_equal(mc_value_get_symbol(data, "seconds")->integer, 0);
    mc_arena_free(arena);
}

static void test_fills_inputs(void **state)
{
    const struct mc_ddl_action *action =
        mc_ddl_action_find(survey(state), "everything");
    struct mc_arena *arena = mc_arena_new(100000);
    struct mc_value *data = mc_value_hash(arena);

    assert_int_equal(mc_ddl_fill_inputs(action, arena, data), 0);
    assert_int_equal(data->hash.count, 1); /* optional ones are left alone */
    assert_int_equal(mc_value_get_symbol(data, "count")->integer, -1);
    data = mc_value_hash(arena);
    assert_int_equal(mc_value_set_text(arena, data, "count", mc_value_int(arena, 7)),
                     0);
    assert_int_equal(mc_ddl_fill_inputs(action, arena, data), 0);
    assert_int_equal(data->hash.count, 1);
    mc_arena_free(arena);
}

/* One text that must be refused with exactly these words behind "x.ddl:". */
static void assert_refused(enum mc_ddl_kind kind, const char *text, const char *words)
{
    struct mc_arena *arena = mc_arena_new(MC_DDL_ARENA_BYTES_MAX);
    struct mc_error error = {""};
    struct mc_ddl *ddl = NULL;

    int r =
        mc_ddl_load_ruby(mc_bytes_text(text), "x.ddl", kind, "x", arena, &ddl, &error);
    assert_string_equal(error.text, words);
    assert_int_equal(r, MC_DDL_BROKEN);
    assert_null(ddl);
    mc_arena_free(arena);
}

static const struct
{
    enum mc_ddl_kind kind;
    const char *text;
    const char *words;
} refused[] = {
    {MC_DDL_AGENT, "\nmetadata :name => 'x'\n",
     "x.ddl:2: metadata: needs a :description property"},
    {MC_DDL_AGENT, "metadata 1", "x.ddl:1: metadata: needs a hash of properties"},
    {MC_DDL_AGENT, "requires 'x'",
     "x.ddl:1: requires: needs a hash like :mcollective => \"2.2.1\""},
    {MC_DDL_AGENT, "requires :puppet => '1'",
     "x.ddl:1: requires: 'puppet' is not known, only :mcollective is"},
    {MC_DDL_AGENT, "requires :mcollective => '2.13.0'",
     "x.ddl:1: requires: the plugin needs MCollective version 2.13.0 or newer, this is "
     "2.12.5"},
    {MC_DDL_AGENT, "action 'a', {}", "x.ddl:1: action: 'a' needs a :description"},
    {MC_DDL_AGENT, "input :a, :prompt => 'x'",
     "x.ddl:1: input: belongs into the block of an action, dataquery or discovery "
     "statement"},
    {MC_DDL_AGENT, "action 'a', :description => 'd' do\n display :sometimes\nend",
     "x.ddl:2: display: must be :ok, :failed, :flatten or :always"},
    {MC_DDL_AGENT,
     "action 'a', :description => 'd' do\n input :b, :prompt => 'p', "
     ":description => 'd', :type => :boolean\nend",
     "x.ddl:2: input: 'b' needs a :optional property"},
    {MC_DDL_AGENT,
     "action 'a', :description => 'd' do\n input :b, :prompt => 'p', :optional => "
     "true, :description => 'd', :type => :string, :validation => '.'\nend",
     "x.ddl:2: input: 'b' needs a :maxlength property"},
    {MC_DDL_AGENT,
     "action 'a', :description => 'd' do\n input :b, :prompt => 'p', :optional => "
     "true, :description => 'd', :type => :list\nend",
     "x.ddl:2: input: 'b' needs a :list property"},
    {MC_DDL_AGENT,
     "action 'a', :description => 'd' do\n output :b, :description => 'd'\nend",
     "x.ddl:2: output: 'b' needs a :display_as property"},
    {MC_DDL_AGENT,
     "action 'a', :description => 'd' do\n summarize do\n aggregate :b\n end\nend",
     "x.ddl:3: aggregate: needs a function of an output, like summary(:x)"},
    {MC_DDL_AGENT,
     "action 'a', :description => 'd' do\n summarize do\n aggregate summary(:b), 1\n "
     "end\nend",
     "x.ddl:3: aggregate: the format must be a hash"},
    {MC_DDL_AGENT,
     "action 'a', :description => 'd' do\n summarize do\n aggregate summary(:b), :x "
     "=> 1\n end\nend",
     "x.ddl:3: aggregate: the format needs a :format key"},
    {MC_DDL_DATA, "dataquery :description => 'd' do\n input :other\nend",
     "x.ddl:2: input: 'other': a data query has the input :query only"},
    {MC_DDL_DATA, "dataquery :description => 'd'\ndataquery :description => 'd'",
     "x.ddl:2: dataquery: there can be only one"},
    {MC_DDL_DATA, "action 'a', :description => 'd'",
     "x.ddl:1: action: does not belong into the DDL of such a plugin"},
    {MC_DDL_DISCOVERY, "discovery do\n capabilities []\nend",
     "x.ddl:2: capabilities: the list cannot be empty"},
    {MC_DDL_DISCOVERY, "discovery do\n capabilities :classes, :moon\nend",
     "x.ddl:2: capabilities: may hold :classes, :facts, :identity, :agents and "
     ":compound only"},
    {MC_DDL_AGENT, "\n\nfrobnicate 1",
     "x.ddl:3: frobnicate: there is no such statement (NoMethodError)"},
    {MC_DDL_AGENT, "\nx = Foo", "x.ddl:2: uninitialized constant Foo (NameError)"},
    {MC_DDL_AGENT, "usage 'x'\naction 'a' do",
     "x.ddl:2: this is not Ruby: syntax error, unexpected $end"},
    {MC_DDL_AGENT, "metadata :a => (1..2)",
     "x.ddl:1: Range cannot be kept (TypeError)"},
    {MC_DDL_AGENT, "x = /(/",
     "x.ddl:1: invalid regular expression: end pattern with unmatched parenthesis: ( "
     "(RegexpError)"},
    {MC_DDL_AGENT, "raise 'my own'", "x.ddl:1: my own (RuntimeError)"},
};

static void test_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(refused); i++) {
        assert_refused(refused[i].kind, refused[i].text, refused[i].words);
    }
}

/* Each expression is true, so the usage text says so. */
static void test_regexp(void **state)
{
    static const char *const expressions[] = {
        "'abc' =~ /b/",
        "('abc' =~ /b/) == 1",
        "/B/i =~ 'abc'",
        "('abc' =~ /x/).nil?",
        "/a.c/m.match?(\"a\\nc\")",
        "!/a.c/.match?(\"a\\nc\")",
        "/a (b)(x)?/.match('a b') == ['a b', 'b', nil]",
        "'k=v'.match(/(\\w)=(\\w)/)[2] == 'v'",
        "/a/ === :cat",
        "/a/.to_s == '(?-mix:a)'",
        "/a/mix.to_s == '(?mix:a)'",
        "Regexp.new('a', true).options == 1",
        "Regexp.new(/a/i) == /a/i",
        "/a/ != /a/i",
        "Regexp.escape('a.b') == 'a\\\\.b'",
        "case 'abc' when /^a/ then true end",
        "(not nil =~ /x/ rescue true)",
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(expressions); i++) {
        struct mc_arena *arena = mc_arena_new(MC_DDL_ARENA_BYTES_MAX);
        struct mc_error error = {""};
        struct mc_ddl *ddl = NULL;
        char text[200];
        (void)snprintf(text, sizeof(text), "usage((%s) ? 'yes' : 'no')",
                       expressions[i]);
        int r = mc_ddl_load_ruby(mc_bytes_text(text), "x.ddl", MC_DDL_AGENT, "x", arena,
                                 &ddl, &error);
        if (r != 0 || strcmp(ddl->usage, "yes") != 0) {
            print_message("%s: %s\n", expressions[i], error.text);
            fail();
        }
        mc_arena_free(arena);
    }
}

static void assert_absent(const char *expression)
{
    struct mc_arena *arena = mc_arena_new(MC_DDL_ARENA_BYTES_MAX);
    struct mc_error error = {""};
    struct mc_ddl *ddl = NULL;

    int r = mc_ddl_load_ruby(mc_bytes_text(expression), "x.ddl", MC_DDL_AGENT, "x",
                             arena, &ddl, &error);
    if (r != MC_DDL_BROKEN || (!strstr(error.text, "(NoMethodError)") &&
                               !strstr(error.text, "(NameError)"))) {
        print_message("%s: %d %s\n", expression, r, error.text);
        fail();
    }
    mc_arena_free(arena);
}

static void test_has_no_outside_world(void **state)
{
    static const char *const expressions[] = {
        "File.read('/etc/passwd')",
        "IO.popen('id')",
        "Dir.pwd",
        "Process.pid",
        "Socket.new",
        "TCPSocket.new('h', 1)",
        "UNIXSocket.new('x')",
        "FileTest",
        "ObjectSpace.count_objects",
        "Random.rand",
        "Time.now",
        "GC.start",
        "ENV['HOME']",
        "ARGV",
        "STDOUT.write('x')",
        "$stdout.write('x')",
        "Fiber.new { }",
        "Struct.new(:a)",
        "`id`",
        "Kernel.`('id')",
        "Kernel.system('id')",
        "system 'id'",
        "exec 'id'",
        "fork",
        "spawn 'id'",
        "open '/etc/passwd'",
        "Kernel.open('/etc/passwd')",
        "eval '1'",
        "Kernel.eval('1')",
        "instance_eval('1')",
        "binding",
        "require 'x'",
        "load 'x'",
        "require_relative 'x'",
        "exit",
        "exit!",
        "abort 'x'",
        "at_exit { }",
        "sleep 1",
        "Kernel.sleep(1)",
        "puts 'x'",
        "print 'x'",
        "p 1",
        "printf 'x'",
        "gets",
        "trap('INT') { }",
        "srand",
        "rand",
        "Object.class_eval { }",
        "send :action",
        "__send__ :system, 'id'",
        "Object.const_get(:File)",
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(expressions); i++) {
        assert_absent(expressions[i]);
    }
}

static void test_bounds_memory(void **state)
{
    (void)state;
    assert_refused(MC_DDL_AGENT, "x = 'x'\nwhile true\n x = x + x\nend",
                   "x.ddl: Out of memory (NoMemoryError)");
}

static void test_bounds_time(void **state)
{
    (void)state;
    assert_refused(MC_DDL_AGENT, "while true\nend",
                   "x.ddl: cannot be evaluated: it takes too long");
}

static void test_bounds_statements(void **state)
{
    (void)state;
    assert_refused(MC_DDL_AGENT, "while true\n usage 'x'\nend",
                   "x.ddl:2: too many statements (StandardError)");
}

/* Load every DDL of a folder; returns how many there are. */
static size_t load_all(const char *folder)
{
    const char *const folders[] = {folder, NULL};
    struct mc_arena *arena = mc_arena_new(100000);
    struct mc_ddl_store *store = mc_ddl_store_new(folders);
    size_t count = 0;

    for (unsigned kind = 0; kind < MC_DDL_KINDS; kind++) {
        const char *const *names = NULL;
        assert_int_equal(mc_ddl_list(store, (enum mc_ddl_kind)kind, arena, &names), 0);
        for (; *names; names++) {
            const struct mc_ddl *ddl = NULL;
            struct mc_error error = {""};
            int r = mc_ddl_find(store, (enum mc_ddl_kind)kind, *names, &ddl, &error);
            assert_string_equal(error.text, "");
            assert_int_equal(r, 0);
            assert_true(ddl->author[0] != 0);
            count++;
        }
    }
    mc_ddl_store_free(store);
    mc_arena_free(arena);
    return count;
}

static void test_loads_packaged(void **state)
{
    (void)state;
    if (access(PACKAGED "/mcollective/agent/rpcutil.ddl", R_OK) != 0) {
        skip();
    }
    assert_true(load_all(PACKAGED) >= 20);
}

static void test_loads_shipped(void **state)
{
    (void)state;
    assert_true(load_all(MC_SOURCE_ROOT "/plugins") >= 23);
}

/* What both rpcutil files must agree on, so that either side understands the other. */
static void compare_actions(const struct mc_ddl_action *ours,
                            const struct mc_ddl_action *theirs)
{
    assert_non_null(ours);
    assert_int_equal(ours->display, theirs->display);
    assert_int_equal(ours->inputs_count, theirs->inputs_count);
    assert_int_equal(ours->outputs_count, theirs->outputs_count);
    assert_int_equal(ours->aggregates_count, theirs->aggregates_count);
    for (size_t i = 0; i < theirs->inputs_count; i++) {
        const struct mc_ddl_input *b = &theirs->inputs[i];
        const struct mc_ddl_input *a = mc_ddl_input_find(ours, b->name);
        assert_non_null(a);
        assert_string_equal(a->type, b->type);
        assert_int_equal(a->maxlength, b->maxlength);
        assert_int_equal(a->optional, b->optional);
        assert_int_equal(a->symbol, b->symbol);
        assert_true(mc_value_equal(a->validation, b->validation));
        assert_true(mc_value_equal(a->default_value, b->default_value));
    }
    for (size_t i = 0; i < theirs->outputs_count; i++) {
        const struct mc_ddl_output *b = &theirs->outputs[i];
        const struct mc_ddl_output *a = mc_ddl_output_find(ours, b->name);
        assert_non_null(a);
        assert_string_equal(a->display_as, b->display_as);
        assert_true(mc_value_equal(a->default_value, b->default_value));
    }
}

static void test_rpcutil_agrees_with_packaged(void **state)
{
    static const char *const their_folders[] = {PACKAGED, NULL};
    static const char *const our_folders[] = {MC_SOURCE_ROOT "/plugins", NULL};
    const struct mc_ddl *theirs = NULL;
    const struct mc_ddl *ours = NULL;

    (void)state;
    if (access(PACKAGED "/mcollective/agent/rpcutil.ddl", R_OK) != 0) {
        skip();
    }
    struct mc_ddl_store *a = mc_ddl_store_new(our_folders);
    struct mc_ddl_store *b = mc_ddl_store_new(their_folders);
    assert_int_equal(mc_ddl_find(a, MC_DDL_AGENT, "rpcutil", &ours, NULL), 0);
    assert_int_equal(mc_ddl_find(b, MC_DDL_AGENT, "rpcutil", &theirs, NULL), 0);
    assert_int_equal(ours->actions_count, theirs->actions_count);
    assert_true(ours->timeout_s == theirs->timeout_s);
    for (size_t i = 0; i < theirs->actions_count; i++) {
        compare_actions(mc_ddl_action_find(ours, theirs->actions[i].name),
                        &theirs->actions[i]);
    }
    mc_ddl_store_free(a);
    mc_ddl_store_free(b);
}

static void test_not_found(void **state)
{
    static const char *const names[] = {
        "nothing", "../agent/survey", "", "/etc/x", ".x", "a b"};
    const struct mc_ddl *ddl = NULL;

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        struct mc_error error = {""};
        char words[100];
        (void)snprintf(words, sizeof(words), "Can't find DDL for agent plugin '%s'",
                       names[i]);
        assert_int_equal(mc_ddl_find(*state, MC_DDL_AGENT, names[i], &ddl, &error),
                         MC_DDL_NOT_FOUND);
        assert_string_equal(error.text, words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_metadata),
        cmocka_unit_test(test_runs_loops_and_helpers),
        cmocka_unit_test(test_adds_to_an_action),
        cmocka_unit_test(test_reads_every_input),
        cmocka_unit_test(test_fills_outputs),
        cmocka_unit_test(test_fills_inputs),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_regexp),
        cmocka_unit_test(test_has_no_outside_world),
        cmocka_unit_test(test_bounds_memory),
        cmocka_unit_test(test_bounds_statements),
        cmocka_unit_test(test_bounds_time),
        cmocka_unit_test(test_loads_packaged),
        cmocka_unit_test(test_loads_shipped),
        cmocka_unit_test(test_rpcutil_agrees_with_packaged),
        cmocka_unit_test(test_not_found),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("ddl-load-ruby", tests, set_up, tear_down);
}
