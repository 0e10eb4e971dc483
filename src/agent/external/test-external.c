/* What is believed of Ruby files, and what of replies; how long a node waits for the
 * answer whether an agent wants to be active. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/external/external-private.h"
#include "base/clock.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AROUND(body)                                                            \
    "module MCollective\n  module Agent\n    class Echo<RPC::Agent\n" body "\n" \
    "    end\n  end\nend\n"

static int set_up(void **state)
{
    *state = mc_arena_new(1 << 24);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    mc_arena_free(*state);
    return 0;
}

static int read_declared(struct mc_arena *arena, const char *text,
                         const struct mc_declared **ret_items, size_t *ret_count,
                         struct mc_error *error)
{
    return mc_declared_read(mc_bytes_text(text), "echo.rb", "echo", arena, ret_items,
                            ret_count, error);
}

static void declarations_in_all_their_forms(void **state)
{
    static const char *const texts[] = {
        AROUND("action \"a\" do\n implemented_by \"x y\"\nend"),
        AROUND("action 'a' do\r\n implemented_by 'x y'\r\nend\r"),
        AROUND("action :a do implemented_by 'x y' end"),
        AROUND("action(\"a\") { implemented_by(\"x y\", :json) } # why"),
        AROUND(
            "# code: reply[:x] = 1\n\n action \"a\" do # b\n# c\n implemented_by \"x "
            "y\" # d\n\nend;;"),
        "module MCollective::Agent; class Echo < MCollective::RPC::Agent\n"
        "action 'a' do implemented_by 'x y' end; end; end",
        "class MCollective::Agent::Echo<RPC::Agent\naction 'a' do implemented_by 'x y' "
        "end\nend",
        AROUND("action 'a' do implemented_by 'first' end\n"
               "action 'a' do implemented_by 'x y' end"),
    };

    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        const struct mc_declared *items = NULL;
        struct mc_error error = {""};
        size_t count = 0;
        int r = read_declared(*state, texts[i], &items, &count, &error);
        if (r != 0) {
            print_message("# %zu: %s\n", i, error.text);
        }
        assert_int_equal(r, 0);
        assert_int_equal(count, 1);
        assert_string_equal(items[0].action, "a");
        assert_string_equal(items[0].command, "x y");
    }
}

static void quotes_in_strings(void **state)
{
    const struct mc_declared *items = NULL;
    struct mc_error error = {""};
    size_t count = 0;

    assert_int_equal(
        read_declared(*state, AROUND("action 'a' do implemented_by '\\\\x\\'y\"' end"),
                      &items, &count, &error),
        0);
    assert_string_equal(items[0].command, "\\x'y\"");
}

/* Nothing that somebody wants to be run is passed over in silence. */
static void code_is_refused_with_its_line(void **state)
{
    static const struct
    {
        const char *text;
        const char *words;
    } cases[] = {
        {AROUND("action 'a' do reply[:x] = 1 end"), "echo.rb:4: 'reply' is Ruby code"},
        {AROUND("action 'a' do\n implemented_by 'x'\n reply.fail 'y'\nend"),
         "echo.rb:6: 'reply'"},
        {AROUND("action 'a' do implemented_by \"#{x}\" end"), "echo.rb:4:"},
        {AROUND("action 'a' do implemented_by 'x', :yaml end"), "'yaml'"},
        {AROUND("action 'a' do implemented_by '' end"), "echo.rb:4:"},
        {AROUND("action 'a' do implemented_by 'x\\ty' end"), "echo.rb:4:"},
        {AROUND("action 'a' do implemented_by 'x' if y\nend"), "'if'"},
        {AROUND("action 'a' do end"), "'end' is Ruby code"},
        {AROUND("activate_when do true end"), "'activate_when'"},
        {AROUND("authorized_by :x"), "'authorized_by'"},
        {AROUND("def a_action; end"), "'def'"},
        {"require 'socket'\n" AROUND(""), "echo.rb:1: 'require'"},
        {AROUND("") "system 'x'\n", "'system'"},
        {"module MCollective\nmodule Agent\nclass Other<RPC::Agent\nend\nend\nend",
         "class MCollective::Agent::Other < RPC::Agent is not the class of agent echo"},
        {"module MCollective\nmodule Util\nclass Echo<RPC::Agent\nend\nend\nend",
         "is not the class"},
        {"class MCollective::Agent::Echo<Base\nend", "is not the class"},
        {"module MCollective\nmodule Agent\n", "ends before its declarations do"},
        {"", "ends before its declarations do"},
        {"=begin\n=end\n", "'='"},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        const struct mc_declared *items = NULL;
        struct mc_error error = {""};
        size_t count = 7;
        assert_int_equal(read_declared(*state, cases[i].text, &items, &count, &error),
                         MC_DECLARED_CODE);
        if (!strstr(error.text, cases[i].words)) {
            print_message("# %zu: '%s'\n", i, error.text);
        }
        assert_non_null(strstr(error.text, cases[i].words));
        assert_int_equal(count, 7);
        assert_null(items);
    }
}

static void too_many_actions(void **state)
{
    struct mc_buffer text;
    const struct mc_declared *items = NULL;
    struct mc_error error = {""};
    struct mc_bytes bytes = {NULL, 0};
    size_t count = 0;

    mc_buffer_init(&text, 1 << 20);
    mc_buffer_text(&text, "class MCollective::Agent::Echo<RPC::Agent\n");
    for (int i = 0; i <= MC_DECLARED_ACTIONS_MAX; i++) {
        mc_buffer_printf(&text, "action 'a%d' do implemented_by 'x' end\n", i);
    }
    mc_buffer_text(&text, "end\n");
    assert_int_equal(mc_buffer_copy(&text, *state, &bytes), 0);
    mc_buffer_deinit(&text);
    assert_int_equal(
        mc_declared_read(bytes, "f", "echo", *state, &items, &count, &error),
        MC_DECLARED_CODE);
    assert_non_null(strstr(error.text, "more than 256 actions"));
}

static void replies_of_choria(void **state)
{
    static const struct
    {
        const char *text;
        int status; /* -1: refused */
        const char *words;
    } cases[] = {
        {"{\"statuscode\":0,\"statusmsg\":\"OK\",\"data\":{\"a\":1}}", 0, "OK"},
        {"{\"statuscode\":4,\"statusmsg\":\"no\"}", 4, "no"},
        {"{\"data\":null,\"statusmsg\":null}", 0, NULL},
        {"{}", 0, NULL},
        {"{\"statuscode\":\"0\"}", -1, "no status"},
        {"{\"statuscode\":-1}", -1, "no status"},
        {"{\"statuscode\":1.5}", -1, "no status"},
        {"{\"statuscode\":99999999999}", -1, "no status"},
        {"{\"statusmsg\":[]}", -1, "no text"},
        {"{\"data\":[1]}", -1, "an array and not an object"},
        {"[]", -1, "an array and not an object"},
        {" \n", -1, "empty"},
        {"", -1, "empty"},
        {"{\"data\":", -1, "not JSON"},
        {"{} {}", -1, "not JSON"},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct mc_external__reply reply = {.status = 77};
        struct mc_error error = {""};
        int r = mc_external__read_reply(
            MC_EXTERNAL__CHORIA, mc_bytes_text(cases[i].text), *state, &reply, &error);
        if (cases[i].status < 0) {
            assert_int_equal(r, MC_EXTERNAL__BAD);
            assert_non_null(strstr(error.text, cases[i].words));
            assert_int_equal(reply.status, 77);
        } else {
            assert_int_equal(r, 0);
            assert_int_equal(reply.status, cases[i].status);
            assert_true(cases[i].words ? strcmp(reply.message, cases[i].words) == 0
                                       : !reply.message);
        }
    }
}

static void replies_of_commands_are_data(void **state)
{
    struct mc_external__reply reply = {0};
    struct mc_error error = {""};
    struct mc_buffer text;

    assert_int_equal(mc_external__read_reply(MC_EXTERNAL__DECLARED,
                                             MC_BYTES("{\"statuscode\":5,\"b\":[{}]}"),
                                             *state, &reply, &error),
                     0);
    assert_int_equal(reply.status, 0);
    assert_int_equal(mc_value_count(reply.data), 2);
    mc_buffer_init(&text, 1 << 20);
    mc_buffer_byte(&text, '{');
    for (int i = 0; i <= MC_EXTERNAL_KEYS_MAX; i++) {
        mc_buffer_printf(&text, "\"k%d\":1,", i);
    }
    mc_buffer_text(&text, "\"z\":1}");
    assert_int_equal(mc_external__read_reply(MC_EXTERNAL__DECLARED,
                                             mc_buffer_bytes(&text), *state, &reply,
                                             &error),
                     MC_EXTERNAL__BAD);
    assert_non_null(strstr(error.text, "more than 4096 keys"));
    mc_buffer_deinit(&text);
}

static void answers_about_activation(void **state)
{
    bool active = false;
    struct mc_error error = {""};

    assert_int_equal(mc_external__read_activation(MC_BYTES("{\"activate\":true}"),
                                                  *state, &active, &error),
                     0);
    assert_true(active);
    assert_int_equal(
        mc_external__read_activation(MC_BYTES("{}"), *state, &active, &error), 0);
    assert_false(active);
    assert_int_equal(mc_external__read_activation(MC_BYTES("{\"activate\":\"yes\"}"),
                                                  *state, &active, &error),
                     MC_EXTERNAL__BAD);
    assert_int_equal(
        mc_external__read_activation(MC_BYTES("true"), *state, &active, &error),
        MC_EXTERNAL__BAD);
}

/* Marshal: {:statuscode => 7, :statusmsg => "no", :data => {:a => :b}} */
#define RUBY_REPLY                                                 \
    "\x04\x08{\x08:\x0fstatuscodei\x0c:\x0estatusmsg\"\x07no:\x09" \
    "data{\x06:\x06"                                               \
    "a:\x06"                                                       \
    "b"

static void replies_of_ruby_keep_symbols(void **state)
{
    static const struct
    {
        const char *from; /* replaced in the reply */
        const char *to;
        const char *words;
    } cases[] = {
        {"codei", "codeI", "cannot be read"},
        {"statuscode", "statusCode", "no status"},
        {"statusmsg", "statusMsg", "no status"},
        {"data", "Data", "no status"},
        {"{", "[", "cannot be read"},
        {"\x04", "\x05", "cannot be read"},
    };
    struct mc_external__reply reply = {0};
    struct mc_error error = {""};
    bool active = true;

    assert_int_equal(
        mc_external__read_ruby(MC_BYTES(RUBY_REPLY), *state, &reply, &error), 0);
    assert_int_equal(reply.status, 7);
    assert_string_equal(reply.message, "no");
    assert_true(mc_value_is(mc_value_get_symbol(reply.data, "a"), MC_SYMBOL));
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        char text[] = RUBY_REPLY;
        memcpy(strstr(text, cases[i].from), cases[i].to, strlen(cases[i].to));
        assert_int_equal(mc_external__read_ruby(mc_bytes_make(text, sizeof(text) - 1),
                                                *state, &reply, &error),
                         MC_EXTERNAL__BAD);
        assert_non_null(strstr(error.text, cases[i].words));
    }
    assert_int_equal(mc_external__read_ruby(MC_BYTES(""), *state, &reply, &error),
                     MC_EXTERNAL__BAD);
    assert_int_equal(
        mc_external__read_ruby(MC_BYTES("\x04\x08i\x06"), *state, &reply, &error),
        MC_EXTERNAL__BAD);
    assert_non_null(strstr(error.text, "an integer and not a hash"));
    assert_int_equal(mc_external__read_ruby_activation(MC_BYTES(RUBY_REPLY), *state,
                                                       &active, &error),
                     0);
    assert_false(active);
    assert_int_equal(mc_external__read_ruby_activation(MC_BYTES("\x04\x08{\x06:\x0b"
                                                                "activeT"),
                                                       *state, &active, &error),
                     0);
    assert_true(active);
}

/* And in a folder the layout of today. */
static void the_first_folder_with_a_command_wins(void **state)
{
    static const char *const below[] = {"",
                                        "/agent",
                                        "/agent/echo",
                                        "/mcollective",
                                        "/mcollective/agent",
                                        "/mcollective/agent/echo"};
    static const char *const files[] = {"/mcollective/agent/echo/x", "/agent/echo/x",
                                        "/agent/echo/y"};
    char base[] = "/tmp/mc-external.XXXXXX";
    char path[256];
    const char *found = NULL;

    assert_non_null(mkdtemp(base));
    const char *const folders[] = {"/mc/no/such/folder", base, NULL};
    for (size_t i = 1; i < MC_COUNT(below); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", base, below[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    for (size_t i = 0; i < MC_COUNT(files); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", base, files[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(mc_external__find_command(folders, "echo", "x", *state, &found),
                     0);
    assert_string_equal(found + strlen(base), files[0]);
    assert_int_equal(mc_external__find_command(folders, "echo", "y", *state, &found),
                     0);
    assert_string_equal(found + strlen(base), files[2]);
    assert_int_equal(mc_external__find_command(folders, "echo", "z", *state, &found),
                     -ENOENT);
    assert_int_equal(mc_external__find_command(folders, "echo", "/z", *state, &found),
                     0);
    assert_string_equal(found, "/z");
    for (size_t i = MC_COUNT(files); i > 0; i--) {
        (void)snprintf(path, sizeof(path), "%s%s", base, files[i - 1]);
        (void)unlink(path);
    }
    for (size_t i = MC_COUNT(below); i > 0; i--) {
        (void)snprintf(path, sizeof(path), "%s%s", base, below[i - 1]);
        (void)rmdir(path);
    }
}

static void keep_skipped(void *user, const struct mc_event *event)
{
    assert_int_equal(event->count, 2);
    (void)snprintf(user, 200, "%s: %s", event->fields[0].text, event->fields[1].text);
}

/* One that does not care for TERM either. */
static void a_hanging_activation_ends_in_time(void **state)
{
    static const char program[] = "#!/bin/sh\ntrap '' TERM\nread line <\"$0.never\"\n";
    static const struct mc_node_ops node_ops = {.facts = NULL};
    const struct mc_agent_host host = {.ops = &node_ops};
    char told[200] = "";
    const struct mc_sink sink = {.fn = keep_skipped, .user = told};
    const struct mc_externals_spec spec = {.host = &host, .sink = &sink};
    struct mc_scratch *scratch = NULL;

    assert_int_equal(mc_scratch_new(NULL, &scratch, NULL), 0);
    assert_int_equal(mc_scratch_write(scratch, "hang", mc_bytes_text(program), NULL),
                     0);
    const char *path = mc_arena_printf(*state, "%s/hang", mc_scratch_path(scratch));
    assert_int_equal(chmod(path, 0700), 0);
    assert_int_equal(mkfifo(mc_arena_printf(*state, "%s.never", path), 0600), 0);
    struct mc_external__agent agent = {
        .ops = {.name = "hang"}, .spec = &spec, .program = path};
    struct mc_external__agent *const agents[] = {&agent};
    int64_t began_us = mc_clock_monotonic_us();
    mc_external__activate(agents, 1, 100);
    assert_true(mc_clock_monotonic_us() - began_us < 1900 * 1000);
    assert_false(agent.active);
    assert_string_equal(told, "hang: its activation check: it did not end in time");
    assert_true(mc_scratch_remove(scratch));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(declarations_in_all_their_forms, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(quotes_in_strings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(code_is_refused_with_its_line, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(too_many_actions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(replies_of_choria, set_up, tear_down),
        cmocka_unit_test_setup_teardown(replies_of_commands_are_data, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(answers_about_activation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(replies_of_ruby_keep_symbols, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_hanging_activation_ends_in_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_first_folder_with_a_command_wins, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("external", tests, NULL, NULL);
}
