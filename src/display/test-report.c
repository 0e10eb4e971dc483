/* What people see, byte by byte, with the samples of the specification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/call.h"
#include "display/progress.h"
#include "display/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A call that seems to have run. */
struct bench
{
    struct mc_arena *arena;
    struct mc_call call;
    struct mc_kept kept[8];
    char *text;
    size_t len;
    struct mc_out out;
};

static const struct mc_ddl_output outputs[] = {
    {.name = "command", .display_as = "Command"},
    {.name = "exitcode", .display_as = "Exit Code"},
    {.name = "output", .display_as = "Output"},
    {.name = "perfdata", .display_as = "Performance Data"},
};

static const struct mc_ddl_action interface = {
    .name = "runcommand",
    .outputs = outputs,
    .outputs_count = MC_COUNT(outputs),
};

static void begin(struct bench *bench)
{
    memset(bench, 0, sizeof(*bench));
    bench->arena = mc_arena_new(1 << 22);
    bench->call.arena = bench->arena;
    bench->call.interface = &interface;
    bench->call.kept = bench->kept;
    bench->out.file = open_memstream(&bench->text, &bench->len);
    assert_non_null(bench->out.file);
}

static void expect(struct bench *bench, const char *expected)
{
    assert_int_equal(fflush(bench->out.file), 0);
    assert_string_equal(bench->text, expected);
    assert_int_equal(fseek(bench->out.file, 0, SEEK_SET), 0);
    memset(bench->text, 0, bench->len);
}

static void end(struct bench *bench)
{
    assert_int_equal(fclose(bench->out.file), 0);
    free(bench->text);
    bench->arena = mc_arena_free(bench->arena);
}

static struct mc_value *reply(struct bench *bench, const char *sender, int64_t status,
                              const char *message)
{
    struct mc_value *data = mc_value_hash(bench->arena);
    struct mc_client_reply *made = &bench->kept[bench->call.kept_count++].reply;

    *made = (struct mc_client_reply){.sender = sender,
                                     .agent = "nrpe",
                                     .action = "runcommand",
                                     .status = status,
                                     .message = message,
                                     .data = data};
    bench->call.stats.responses++;
    bench->call.stats.ok += status == 0;
    bench->call.stats.failed += status != 0;
    return data;
}

static void set(struct bench *bench, struct mc_value *data, const char *name,
                const struct mc_value *value)
{
    assert_int_equal(mc_value_set_symbol(bench->arena, data, name, value), 0);
}

static void fill(struct bench *bench)
{
    struct mc_arena *arena = bench->arena;
    struct mc_value *data = reply(bench, "dev1.my.net", 1, "CRITICAL");

    set(bench, data, "perfdata", mc_value_text(arena, "/=3706MB;3706;3924;0;4361"));
    set(bench, data, "output", mc_value_text(arena, "DISK CRITICAL\nsecond line"));
    set(bench, data, "exitcode", mc_value_int(arena, 2));
    set(bench, data, "command", mc_value_nil(arena));
    data = reply(bench, "dev2.my.net", 0, "OK");
    set(bench, data, "exitcode", mc_value_int(arena, 0));
    set(bench, data, "output", mc_value_text(arena, ""));
    set(bench, data, "unknown", mc_value_nil(arena));
}

#define CRITICAL                                                 \
    "dev1.my.net                              Request Aborted\n" \
    "   CRITICAL\n"                                              \
    "   Performance Data: /=3706MB;3706;3924;0;4361\n"           \
    "             Output: DISK CRITICAL\n"                       \
    "                     second line\n"                         \
    "          Exit Code: 2\n"                                   \
    "\n"
#define FINE                                      \
    "dev2.my.net                              \n" \
    "   Exit Code: 0\n"                           \
    "      Output:\n"                             \
    "     unknown: nil\n"                         \
    "\n"

static void only_what_the_ddl_shows(void **state)
{
    struct bench bench;
    struct mc_report_options options = {.show = MC_SHOW_FAILED};

    (void)state;
    begin(&bench);
    fill(&bench);
    mc_report_replies(&bench.out, &bench.call, &options);
    expect(&bench, CRITICAL);
    options.show = MC_SHOW_OK;
    mc_report_replies(&bench.out, &bench.call, &options);
    expect(&bench, FINE);
    options.show = MC_SHOW_ALWAYS;
    mc_report_replies(&bench.out, &bench.call, &options);
    expect(&bench, CRITICAL FINE);
    end(&bench);
}

static void labels_of_all_statuses(void **state)
{
    struct bench bench;
    struct mc_report_options options = {.show = MC_SHOW_FAILED};

    (void)state;
    begin(&bench);
    for (int64_t status = 2; status < 7; status++) {
        struct mc_value *data = reply(&bench, "n", status, "why");
        set(&bench, data, "output", mc_value_text(bench.arena, "not shown"));
    }
    mc_report_replies(&bench.out, &bench.call, &options);
    expect(&bench, "n                                        Unknown Action\n   why\n\n"
                   "n                                        Missing Request Data\n"
                   "   why\n\n"
                   "n                                        Invalid Request Data\n"
                   "   why\n\n"
                   "n                                        Unknown Request Status\n"
                   "   why\n\n"
                   "n                                        Unknown Request Status\n"
                   "   why\n\n");
    end(&bench);
}

static void colours_only_when_on(void **state)
{
    struct bench bench;
    struct mc_report_options options = {.show = MC_SHOW_FAILED};

    (void)state;
    begin(&bench);
    (void)reply(&bench, "n", 1, "CRITICAL");
    bench.out.color = true;
    mc_report_replies(&bench.out, &bench.call, &options);
    expect(&bench,
           "n                                        \033[31mRequest Aborted\033[0m\n"
           "   \033[33mCRITICAL\033[0m\n\n");
    end(&bench);
}

static void a_peer_cannot_move_the_cursor(void **state)
{
    struct bench bench;
    struct mc_report_options options = {.show = MC_SHOW_ALWAYS};

    (void)state;
    begin(&bench);
    struct mc_value *data = reply(&bench, "n", 0, "\033[2J\r\x07 \xc2\x9b");
    set(&bench, data, "output",
        mc_value_text(bench.arena, "a\033]0;title\x07 b\xff \xe2\x80\xae\xc3\xa9\tx"));
    bench.out.terminal = true;
    mc_report_replies(&bench.out, &bench.call, &options);
    expect(&bench,
           "n                                        \n"
           "   \\e[2J\\x0D\\x07 \\xC2\\x9B\n"
           "   Output: a\\e]0;title\\x07 b\\xFF \\xE2\\x80\\xAE\xc3\xa9\tx\n\n");
    end(&bench);
}

static void nested_values(void **state)
{
    struct bench bench;
    struct mc_report_options options = {.show = MC_SHOW_ALWAYS};

    (void)state;
    begin(&bench);
    struct mc_value *data = reply(&bench, "n", 0, "OK");
    struct mc_value *list = mc_value_array(bench.arena);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            mc_value_push(bench.arena, list,
                          mc_value_text(bench.arena,
                                        "a rather long text of fifty characters "
                                        "in all..")),
            0);
    }
    set(&bench, data, "exitcode", list);
    mc_report_replies(&bench.out, &bench.call, &options);
    expect(&bench,
           "n                                        \n"
           "   Exit Code: [\"a rather long text of fifty characters in all..\",\n"
           "               \"a rather long text of fifty characters in all..\"]\n\n");
    options.verbose = true;
    mc_report_replies(&bench.out, &bench.call, &options);
    expect(&bench, "n                                       : OK\n"
                   "    {:exitcode=>\n"
                   "      [\"a rather long text of fifty characters in all..\",\n"
                   "       \"a rather long text of fifty characters in all..\"]}\n\n");
    end(&bench);
}

static void statistics(void **state)
{
    struct bench bench;
    struct mc_report_options options = {.summarize = true};
    const char *const lines[] = {"     OK : 2", "WARNING : 0", NULL};
    struct mc_client_aggregate sums[] = {
        {.output = "exitcode", .display_as = "Exit Code", .lines = lines},
        {.output = "x", .failure = "exception raised while summarizing"},
    };

    (void)state;
    begin(&bench);
    bench.call.stats = (struct mc_call_stats){
        .discovered = 3, .responses = 3, .ok = 2, .failed = 1, .agent_us = 34110};
    mc_report_statistics(&bench.out, &bench.call, &options);
    expect(&bench, "\nFinished processing 3 / 3 hosts in 34.11 ms\n\n");
    bench.call.aggregates = sums;
    bench.call.aggregates_count = 2;
    mc_report_statistics(&bench.out, &bench.call, &options);
    expect(&bench, "Summary of Exit Code:\n\n        OK : 2\n   WARNING : 0\n\n"
                   "Summary of x:\n\n"
                   "     Could not compute summary - exception raised while "
                   "summarizing\n\n\n"
                   "Finished processing 3 / 3 hosts in 34.11 ms\n\n");
    end(&bench);
}

static void verbose_statistics(void **state)
{
    struct bench bench;
    struct mc_report_options options = {.verbose = true,
                                        .caption = "nrpe#runcommand call stats"};

    (void)state;
    begin(&bench);
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
    bench.call.stats = (struct mc_call_stats){.discovered = 3,
                                              .responses = 3,
                                              .ok = 2,
                                              .failed = 1,
                                              .started_s = 1795332602,
                                              .agent_us = 15240,
                                              .discovery_us = 2011900};
    mc_report_statistics(&bench.out, &bench.call, &options);
    expect(&bench, "\n---- nrpe#runcommand call stats ----\n"
                   "           Nodes: 3 / 3\n"
                   "     Pass / Fail: 2 / 1\n"
                   "      Start Time: 2026-11-22 07:30:02 +0000\n"
                   "  Discovery Time: 2011.90ms\n"
                   "      Agent Time: 15.24ms\n"
                   "      Total Time: 2027.14ms\n\n");
    end(&bench);
}

static void silent_nodes(void **state)
{
    struct bench bench;
    struct mc_report_options options = {0};
    const char *missing[] = {"a", "b", "c", "d"};

    (void)state;
    begin(&bench);
    bench.out.color = true;
    bench.call.stats =
        (struct mc_call_stats){.discovered = 2, .responses = 1, .agent_us = 2004690};
    bench.call.missing = (struct mc_names){.items = missing, .count = 4};
    mc_report_statistics(&bench.out, &bench.call, &options);
    expect(&bench,
           "\nFinished processing \033[31m1\033[0m / \033[31m2\033[0m hosts in "
           "2004.69 ms\n\n\n"
           "\033[31mNo response from:\033[0m\n\n"
           "    a                              b                              c       "
           "                      \n"
           "    d                                                                     "
           "                      \n"
           "\n");
    end(&bench);
}

static void progress(void **state)
{
    struct bench bench;
    struct mc_progress bar = {0};

    (void)state;
    begin(&bench);
    mc_progress_draw(&bar, &bench.out, 0, 3);
    mc_progress_draw(&bar, &bench.out, 3, 3);
    expect(&bench, "\r0 / 3\r3 / 3");
    bench.out.terminal = true;
    bench.out.color = true;
    bench.out.columns = 40;
    mc_progress_draw(&bar, &bench.out, 0, 1);
    mc_progress_draw(&bar, &bench.out, 1, 1);
    expect(&bench, "\r \033[31m|\033[0m [ >                   ] 0 / 1"
                   "\r \033[32m*\033[0m [ ==================> ] 1 / 1");
    bench.out.color = false;
    bench.out.columns = 100;
    mc_progress_draw(&bar, &bench.out, 47, 47);
    expect(&bench, "\r * [ ====================================================="
                   "=======> ] 47 / 47");
    bench.out.columns = 22;
    mc_progress_draw(&bar, &bench.out, 1, 2);
    expect(&bench, "\r1 / 2");
    end(&bench);
}

static void json(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench);
    assert_int_equal(mc_report_json(&bench.out, &bench.call), 0);
    expect(&bench, "[]\n");
    struct mc_value *data = reply(&bench, "dev1", 1, "CRITICAL");
    set(&bench, data, "exitcode", mc_value_int(bench.arena, 2));
    assert_int_equal(mc_report_json(&bench.out, &bench.call), 0);
    expect(&bench, "[{\"agent\":\"nrpe\",\"action\":\"runcommand\",\"sender\":\"dev1\","
                   "\"statuscode\":1,\"statusmsg\":\"CRITICAL\",\"data\":{"
                   "\"exitcode\":2}}]\n");
    end(&bench);
}

/* doc/rfc/0006: a line stays a line, also on a terminal. */
static void json_lines(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench);
    bench.out.terminal = true;
    assert_int_equal(mc_report_json_request(&bench.out, "nrpe", "run\033"), 0);
    expect(&bench, "{\"request\":{\"agent\":\"nrpe\",\"action\":\"run\\u001b\"}}\n");
    struct mc_value *data = reply(&bench, "dev1", 1, "CRITICAL");
    set(&bench, data, "output", mc_value_text(bench.arena, "a\nb\xc2\x9b"));
    assert_int_equal(mc_report_json_line(&bench.out, mc_call_reply(&bench.call, 0)), 0);
    expect(&bench, "{\"agent\":\"nrpe\",\"action\":\"runcommand\",\"sender\":\"dev1\","
                   "\"statuscode\":1,\"statusmsg\":\"CRITICAL\",\"data\":{"
                   "\"output\":\"a\\nb\\u009b\"}}\n");
    bench.call.stats =
        (struct mc_call_stats){.discovered = 3,
                               .responses = 1,
                               .failed = 1,
                               .agent_us = 5,
                               .ends = {[MC_END_ANSWERED] = 1, [MC_END_NO_ANSWER] = 2}};
    assert_int_equal(mc_report_json_summary(&bench.out, &bench.call), 0);
    expect(&bench, "{\"summary\":{\"requestid\":null,\"discovered\":3,\"responses\":1,"
                   "\"ok\":0,\"failed\":1,\"dropped\":0,\"ends\":{"
                   "\"answered\":1,\"refused\":0,\"invalid\":0,\"timed out\":0,"
                   "\"agent missing\":0,\"expired\":0,\"busy\":0,"
                   "\"unreadable\":0,\"not sent\":0,\"no answer\":2},"
                   "\"noresponse\":[],"
                   "\"unexpected\":[],\"discovery_us\":0,\"agent_us\":5}}\n");
    end(&bench);
}

static void a_reply_names_another_end_than_an_answer(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench);
    (void)reply(&bench, "dev1", 4, "no such thing");
    bench.kept[0].reply.end = MC_END_INVALID;
    assert_int_equal(mc_report_json_line(&bench.out, mc_call_reply(&bench.call, 0)), 0);
    expect(&bench, "{\"agent\":\"nrpe\",\"action\":\"runcommand\",\"sender\":\"dev1\","
                   "\"statuscode\":4,\"statusmsg\":\"no such thing\",\"data\":{},"
                   "\"end\":\"invalid\"}\n");
    end(&bench);
}

static void set_ends(struct bench *bench, const struct mc_client_end *ends,
                     size_t count)
{
    struct mc_expected *made = mc_arena_array(bench->arena, count, sizeof(*made));

    for (size_t i = 0; i < count; i++) {
        made[i] = (struct mc_expected){.end = ends[i]};
    }
    bench->call.ends = made;
    bench->call.ends_count = count;
}

/* Of each end and reason one line, in the order of the ends. */
static void ends_are_grouped(void **state)
{
    static const struct mc_client_end ends[] = {
        {.node = "a", .end = MC_END_AGENT_MISSING, .reason = "no agent 'x' here"},
        {.node = "b", .end = MC_END_REFUSED, .reason = "not you"},
        {.node = "c", .end = MC_END_ANSWERED, .status = 1, .reason = "it failed"},
        {.node = "d", .end = MC_END_NO_ANSWER},
        {.node = "e", .end = MC_END_REFUSED, .reason = "not you"},
        {.node = "f", .end = MC_END_NOT_SENT},
        {.node = "g", .end = MC_END_REFUSED, .reason = "not\033now"},
    };
    struct bench bench;

    (void)state;
    begin(&bench);
    bench.out.terminal = true;
    set_ends(&bench, ends, MC_COUNT(ends));
    mc_report_ends(&bench.out, &bench.call, false);
    expect(&bench, "\nNot carried out:\n\n"
                   "   refused, 1 node: not\\enow\n"
                   "    g                                             "
                   "                                              \n"
                   "   refused, 2 nodes: not you\n"
                   "    b                              e              "
                   "                                              \n"
                   "   agent missing, 1 node: no agent 'x' here\n"
                   "    a                                             "
                   "                                              \n"
                   "   not sent, 1 node:\n"
                   "    f                                             "
                   "                                              \n"
                   "\n");
    assert_int_equal(mc_report_json_noreplies(&bench.out, &bench.call), 0);
    expect(&bench, "{\"noreply\":{\"node\":\"d\",\"end\":\"no answer\"}}\n"
                   "{\"noreply\":{\"node\":\"f\",\"end\":\"not sent\"}}\n");
    set_ends(&bench, ends + 2, 2);
    mc_report_ends(&bench.out, &bench.call, false);
    expect(&bench, "");
    end(&bench);
}

static const char *ends_text(struct bench *bench, const struct mc_client_end *ends,
                             size_t count, bool all)
{
    assert_int_equal(fseek(bench->out.file, 0, SEEK_SET), 0);
    set_ends(bench, ends, count);
    mc_report_ends(&bench->out, &bench->call, all);
    (void)fputc(0, bench->out.file);
    assert_int_equal(fflush(bench->out.file), 0);
    return bench->text;
}

/* Thousands of nodes, each with words of its own: the screen stays readable. */
static void many_ends_are_cut(void **state)
{
    struct mc_client_end ends[100];
    struct bench bench;

    (void)state;
    begin(&bench);
    for (size_t i = 0; i < MC_COUNT(ends); i++) {
        ends[i] = (struct mc_client_end){
            .node = mc_arena_printf(bench.arena, "node%02zu", i),
            .end = MC_END_INVALID,
            .reason = i < 50 ? "same" : mc_arena_printf(bench.arena, "r%02zu", i),
        };
    }
    const char *text = ends_text(&bench, ends, MC_COUNT(ends), false);
    assert_non_null(strstr(text, "node59"));
    assert_null(strstr(text, "node60"));
    assert_non_null(strstr(text, "   and 90 nodes with other reasons; -v"));
    text = ends_text(&bench, ends, 60, true);
    assert_non_null(strstr(text, "invalid, 50 nodes: same"));
    assert_non_null(strstr(text, "node49"));
    text = ends_text(&bench, ends, 50, false);
    assert_non_null(strstr(text, "node19"));
    assert_null(strstr(text, "node20"));
    assert_non_null(strstr(text, "    and 30 more; -v names them\n"));
    end(&bench);
}

/* What a terminal might act on is escaped, but the way JSON does it. */
static void json_is_json_on_a_terminal_too(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench);
    bench.out.terminal = true;
    assert_int_equal(mc_report_json(&bench.out, &bench.call), 0);
    expect(&bench, "[]\n");
    struct mc_value *data = reply(&bench, "dev1", 0, "OK");
    set(&bench, data, "output",
        mc_value_text(bench.arena, "\033[31m\x7f\xc2\x9b\xe2\x80\xae\xff\n\xc3\xa9"));
    assert_int_equal(mc_report_json(&bench.out, &bench.call), 0);
    expect(&bench, "[\n"
                   "  {\n"
                   "    \"agent\": \"nrpe\",\n"
                   "    \"action\": \"runcommand\",\n"
                   "    \"sender\": \"dev1\",\n"
                   "    \"statuscode\": 0,\n"
                   "    \"statusmsg\": \"OK\",\n"
                   "    \"data\": {\n"
                   "      \"output\": \"\\u001b[31m\\u007f\\u009b\\u202e\xef\xbf\xbd\\n"
                   "\xc3\xa9\"\n"
                   "    }\n"
                   "  }\n"
                   "]\n");
    end(&bench);
}

/* Data as deep as a decoder takes it was too deep inside of the list of replies. */
static void a_deep_reply_does_not_spoil_the_json_of_others(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench);
    struct mc_value *inner = reply(&bench, "deep", 0, "OK");
    for (unsigned depth = 1; depth < MC_VALUE_DEPTH_MAX; depth++) {
        struct mc_value *list = mc_value_array(bench.arena);
        if (depth == 1) {
            set(&bench, inner, "x", list);
        } else {
            assert_int_equal(mc_value_push(bench.arena, inner, list), 0);
        }
        inner = list;
    }
    (void)reply(&bench, "flat", 0, "OK");
    assert_int_equal(mc_report_json(&bench.out, &bench.call), 0);
    assert_int_equal(fflush(bench.out.file), 0);
    assert_non_null(strstr(bench.text, "\"deep\",\"statuscode\":0,\"statusmsg\":\"OK\","
                                       "\"data\":null}"));
    assert_non_null(strstr(bench.text, "\"flat\""));
    end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_the_ddl_shows),
        cmocka_unit_test(labels_of_all_statuses),
        cmocka_unit_test(colours_only_when_on),
        cmocka_unit_test(a_peer_cannot_move_the_cursor),
        cmocka_unit_test(nested_values),
        cmocka_unit_test(statistics),
        cmocka_unit_test(verbose_statistics),
        cmocka_unit_test(silent_nodes),
        cmocka_unit_test(progress),
        cmocka_unit_test(json),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(a_reply_names_another_end_than_an_answer),
        cmocka_unit_test(ends_are_grouped),
        cmocka_unit_test(many_ends_are_cut),
        cmocka_unit_test(json_is_json_on_a_terminal_too),
        cmocka_unit_test(a_deep_reply_does_not_spoil_the_json_of_others),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
