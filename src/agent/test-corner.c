/* The corner cases of inputs and replies of an action, each named by its number (spec
 * collective.md 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "codec/codec.h"
#include <string.h>

/* How the last call ended. */
struct seen
{
    unsigned calls;
    int64_t status;
    char message[64];
    const struct mc_value *data;
};

static void done(void *user, const struct mc_result *result)
{
    struct seen *seen = user;

    seen->calls++;
    seen->status = result->status;
    assert_true(strlen(result->message) < sizeof(seen->message));
    memcpy(seen->message, result->message, strlen(result->message) + 1);
    seen->data = result->data;
}

/* Answers with all inputs as JSON, which is what programs get. */
static void json(void *state, struct mc_agent_call *call)
{
    struct mc_arena *arena = mc_agent_arena(call);
    struct mc_bytes text;

    (void)state;
    assert_int_equal(mc_json_encode(mc_agent_inputs(call), arena, &text, NULL), 0);
    mc_agent_set(call, "json", mc_value_string(arena, text));
    mc_agent_finish(call);
}

/* Answers with the input x and a failure with the number of the input status. */
static void echo(void *state, struct mc_agent_call *call)
{
    const struct mc_value *x = mc_agent_input(call, "x");
    const struct mc_value *status = mc_agent_input(call, "status");

    (void)state;
    if (x) {
        mc_agent_set(call, "x", x);
    }
    if (status) {
        mc_agent_fail(call, (enum mc_status)status->integer, "it failed");
    }
    mc_agent_finish(call);
}

/* Never ends by itself. */
static void hang(void *state, struct mc_agent_call *call)
{
    struct mc_agent_call **kept = state;

    *kept = call;
}

static const struct mc_agent_action actions[] = {
    {"echo", echo}, {"hang", hang}, {"json", json}, {NULL, NULL}};
static const struct mc_agent_ops ops = {
    .abi = MC_AGENT_ABI, .name = "corner", .actions = actions};

static int set_up(void **state)
{
    *state = mc_arena_new(1 << 22);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    *state = mc_arena_free(*state);
    return 0;
}

/* The one action of a DDL with these statements. */
static const struct mc_ddl_action *interface(struct mc_arena *arena, const char *action,
                                             const char *statements)
{
    struct mc_error error = {""};
    struct mc_ddl *ddl = NULL;
    const char *text = mc_arena_printf(
        arena, "action '%s', :description => 'd' do\n%s\nend\n", action, statements);
    int r = mc_ddl_load_ruby(mc_bytes_text(text), "x.ddl", MC_DDL_AGENT, "x", arena,
                             &ddl, &error);

    assert_string_equal(error.text, "");
    assert_int_equal(r, 0);
    return mc_ddl_action_find(ddl, action);
}

/* Run an action; one that hangs is kept. */
static void run(struct mc_arena *arena, const struct mc_ddl_action *action,
                const struct mc_value *data, struct seen *ret_seen,
                struct mc_agent_call **ret_kept)
{
    const struct mc_request *request = mc_arena_alloc(arena, sizeof(*request));
    struct mc_rpc *rpc = mc_arena_alloc(arena, sizeof(*rpc));
    struct mc_agent_call **owner =
        mc_arena_alloc(arena, sizeof(struct mc_agent_call *));

    *ret_seen = (struct seen){0};
    *rpc = (struct mc_rpc){.action = action->name, .data = data, .respond = true};
    const struct mc_agent_call_spec spec = {
        .ops = &ops,
        .state = ret_kept,
        .action = action,
        .request = request,
        .rpc = rpc,
        .arena = arena,
        .done = done,
        .user = ret_seen,
    };
    assert_int_equal(mc_agent_run(&spec, owner), 0);
}

static const struct mc_value *pair(struct mc_arena *arena, const char *symbol,
                                   const char *string, int64_t number)
{
    struct mc_value *data = mc_value_hash(arena);

    if (symbol) {
        assert_int_equal(
            mc_value_set_symbol(arena, data, symbol, mc_value_int(arena, number)), 0);
    }
    if (string) {
        assert_int_equal(
            mc_value_set_text(arena, data, string, mc_value_int(arena, -number)), 0);
    }
    return data;
}

/* What an action gets as x of these inputs; 0 for nothing. */
static int64_t given(struct mc_arena *arena, const char *statements,
                     const struct mc_value *data)
{
    struct seen seen;

    run(arena, interface(arena, "echo", statements), data, &seen, NULL);
    assert_int_equal(seen.calls, 1);
    const struct mc_value *x = mc_value_get_symbol(seen.data, "x");
    return x ? x->integer : 0;
}

#define INPUT(key)                                                            \
    "input " key ", :prompt => 'p', :description => 'd', :type => :integer, " \
    ":optional => true\n"

/* An action asks for a name; which spelling was meant is the DDL's to say. What it is
 * given is what was checked: not a String that went through the check of another input. */
static void corner_case_69_strings_stand_for_symbols(void **state)
{
    struct mc_arena *arena = *state;
    static const char *const dd[] = {INPUT(":x"), INPUT(":x") INPUT("'x'"),
                                     INPUT("'x'") INPUT(":x"), INPUT("'x'"), ""};
    static const struct
    {
        int64_t symbol;
        int64_t string;
        int64_t both;
    } wanted[] = {{5, -5, 5}, {5, 0, 5}, {5, 0, 5}, {0, -5, -5}, {5, -5, 5}};

    for (size_t i = 0; i < MC_COUNT(dd); i++) {
        assert_int_equal(given(arena, dd[i], pair(arena, "x", NULL, 5)),
                         wanted[i].symbol);
        assert_int_equal(given(arena, dd[i], pair(arena, NULL, "x", 5)),
                         wanted[i].string);
        assert_int_equal(given(arena, dd[i], pair(arena, "x", "x", 5)), wanted[i].both);
        assert_int_equal(given(arena, dd[i], NULL), 0);
    }
}

/* A caller sent an input twice to a program in another language: the check saw the Symbol
 * and the program the String. */
static void what_a_program_reads_is_what_was_checked(void **state)
{
    struct mc_arena *arena = *state;
    const struct mc_value *both = pair(arena, "x", "x", 5);
    struct mc_value *twice = mc_value_hash(arena);
    struct seen seen;

    for (int64_t i = 1; i < 3; i++) {
        assert_int_equal(mc_value_add(arena, twice, mc_value_text(arena, "x"),
                                      mc_value_int(arena, i)),
                         0);
        assert_int_equal(mc_value_add(arena, twice, mc_value_symbol(arena, "x"),
                                      mc_value_int(arena, i + 2)),
                         0);
    }
    assert_int_equal(mc_value_set_symbol(arena, twice, "process_results",
                                         mc_value_bool(arena, true)),
                     0);
    run(arena, interface(arena, "json", INPUT(":x")), both, &seen, NULL);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(seen.data, "json")),
                        "{\"x\":5}");
    run(arena, interface(arena, "json", INPUT("'x'")), both, &seen, NULL);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(seen.data, "json")),
                        "{\"x\":-5}");
    run(arena, interface(arena, "json", INPUT(":x")), twice, &seen, NULL);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(seen.data, "json")),
                        "{\"x\":4,\"process_results\":true}");
    run(arena, interface(arena, "json", INPUT(":x")), NULL, &seen, NULL);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(seen.data, "json")), "{}");
}

static void corner_case_70_defaults_are_copied_and_codes_kept(void **state)
{
    struct mc_arena *arena = *state;
    const struct mc_ddl_action *echo_action =
        interface(arena, "echo",
                  "output :list, :description => 'd', :display_as => 'D', "
                  ":default => [['a']]\noutput :none, :description => 'd', "
                  ":display_as => 'D'");
    const struct mc_ddl_action *hang_action = interface(arena, "hang", "");
    static const int64_t codes[] = {1, 2, 3, 4, 5, 77};
    static const struct
    {
        int64_t given;
        int64_t arrives;
    } aborts[] = {{1, 1}, {2, 2}, {3, 3},  {4, 4}, {5, 5},
                  {0, 5}, {6, 5}, {77, 5}, {-1, 5}};
    struct mc_value *one = NULL;
    struct mc_value *two = NULL;
    struct seen seen;

    assert_int_equal(mc_ddl_fill_outputs(echo_action, arena, &one), 0);
    assert_int_equal(mc_ddl_fill_outputs(echo_action, arena, &two), 0);
    assert_int_equal(mc_value_get_symbol(one, "none")->type, MC_NIL);
    const struct mc_value *list = mc_value_get_symbol(one, "list");
    const struct mc_value *other = mc_value_get_symbol(two, "list");
    assert_true(mc_value_equal(list, other));
    assert_ptr_not_equal(mc_value_item(list, 0), mc_value_item(other, 0));
    assert_ptr_not_equal(mc_value_item(mc_value_item(list, 0), 0),
                         mc_value_item(mc_value_item(other, 0), 0));
    for (size_t i = 0; i < MC_COUNT(codes); i++) {
        run(arena, echo_action, pair(arena, "status", NULL, codes[i]), &seen, NULL);
        assert_int_equal(seen.status, codes[i]);
        assert_string_equal(seen.message, "it failed");
        assert_true(mc_value_equal(mc_value_get_symbol(seen.data, "list"), list));
    }
    for (size_t i = 0; i < MC_COUNT(aborts); i++) {
        struct mc_agent_call *kept = NULL;
        run(arena, hang_action, NULL, &seen, &kept);
        assert_int_equal(seen.calls, 0);
        mc_agent_abort(kept, (enum mc_status)aborts[i].given, "enough");
        assert_int_equal(seen.calls, 1);
        assert_int_equal(seen.status, aborts[i].arrives);
        assert_string_equal(seen.message, "enough");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_69_strings_stand_for_symbols),
        cmocka_unit_test(what_a_program_reads_is_what_was_checked),
        cmocka_unit_test(corner_case_70_defaults_are_copied_and_codes_kept),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("agent-corner", tests, set_up, tear_down);
}
