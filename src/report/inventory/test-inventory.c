/* Scripts over invented nodes: hostile data, failures in the middle, what is given back
 * then. What the language can do is tried with real nodes in t/0390-report.t. */
#include "report/inventory/inventory.h"

#include "base/buffer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OUTPUT_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct fleet
{
    struct mc_arena *arena;
    struct mc_value *data; /* of each node */
    size_t nodes;
    size_t asked;
    bool fails;
    struct mc_buffer out;
    struct mc_buffer errors;
};

static int gather(void *user, mc_inventory_node_fn *node, void *node_user,
                  struct mc_error *error)
{
    struct fleet *fleet = user;
    char name[32];

    if (fleet->fails) {
        mc_error_set(error, "no broker");
        return -1;
    }
    for (size_t i = 0; i < fleet->nodes; i++) {
        (void)snprintf(name, sizeof(name), "node%05zu", i);
        fleet->asked++;
        if (node(node_user, name, fleet->data)) {
            return 0;
        }
    }
    return 0;
}

static void take(void *user, enum mc_inventory_door door, struct mc_bytes text)
{
    struct fleet *fleet = user;

    mc_buffer_append(door == MC_INVENTORY_ERRORS ? &fleet->errors : &fleet->out, text);
}

static void fleet_new(struct fleet *fleet, size_t nodes)
{
    *fleet = (struct fleet){.arena = mc_arena_new(1000000), .nodes = nodes};
    mc_buffer_init(&fleet->out, OUTPUT_BYTES_MAX);
    mc_buffer_init(&fleet->errors, OUTPUT_BYTES_MAX);
    struct mc_value *facts = mc_value_hash(fleet->arena);
    struct mc_value *classes = mc_value_array(fleet->arena);
    fleet->data = mc_value_hash(fleet->arena);
    for (int i = 0; i < 50; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "fact%d", i);
        assert_int_equal(mc_value_set_text(fleet->arena, facts, name,
                                           mc_value_text(fleet->arena, "a value")),
                         0);
    }
    assert_int_equal(
        mc_value_push(fleet->arena, classes, mc_value_text(fleet->arena, "common")), 0);
    assert_int_equal(mc_value_set_symbol(fleet->arena, fleet->data, "facts", facts), 0);
    assert_int_equal(mc_value_set_symbol(fleet->arena, fleet->data, "classes", classes),
                     0);
}

static void fleet_free(struct fleet *fleet)
{
    mc_buffer_deinit(&fleet->out);
    mc_buffer_deinit(&fleet->errors);
    mc_arena_free(fleet->arena);
}

/* Run a script; words NULL: it succeeds. */
static void assert_runs(struct fleet *fleet, enum mc_inventory_output output,
                        const char *text, int result, const char *words)
{
    static const struct mc_inventory_ops ops = {gather, take};
    struct mc_error error = {""};

    int r = mc_inventory_run(mc_bytes_text(text), "x.mc", output, &ops, fleet, &error);
    assert_string_equal(error.text, words ? words : "");
    assert_int_equal(r, result);
}

static void assert_out(struct fleet *fleet, const char *wanted)
{
    mc_buffer_byte(&fleet->out, 0);
    assert_string_equal((const char *)fleet->out.data, wanted);
}

#define ROWS(fields) "inventory do\n format '%s'\n fields { [" fields "] }\nend\n"
#define PAGES(line) "formatted_inventory do\n page_body <<B\n@*\n" line "\nB\nend\n"

/* Parts that are missing or of another type are empty ones. */
static void test_odd_replies(void **state)
{
    static const char script[] =
        ROWS("[facts.size, classes.size, agents.size, facts['x']].inspect");
    struct fleet fleet;

    (void)state;
    fleet_new(&fleet, 1);
    assert_runs(&fleet, MC_INVENTORY_TEXT, script, 0, NULL);
    fleet.data = mc_value_hash(fleet.arena);
    assert_int_equal(mc_value_set_symbol(fleet.arena, fleet.data, "facts",
                                         mc_value_text(fleet.arena, "none")),
                     0);
    assert_int_equal(mc_value_set_symbol(fleet.arena, fleet.data, "classes",
                                         mc_value_hash(fleet.arena)),
                     0);
    assert_runs(&fleet, MC_INVENTORY_TEXT, script, 0, NULL);
    fleet.data = NULL;
    assert_runs(&fleet, MC_INVENTORY_TEXT, script, 0, NULL);
    assert_out(&fleet, "[50, 1, 0, nil]\n[0, 0, 0, nil]\n[0, 0, 0, nil]\n");
    fleet_free(&fleet);
}

/* The second would ask the fleet while replies of the first are worked on. */
static void test_no_report_inside_of_another(void **state)
{
    static const char script[] =
        "inventory do\n format '%s'\n"
        " fields { [(inventory { format 'x'; fields { [1] } })] }\nend\n";
    struct fleet fleet;

    (void)state;
    fleet_new(&fleet, 2);
    assert_runs(&fleet, MC_INVENTORY_TEXT, script, MC_INVENTORY_BROKEN,
                "x.mc:3: a report cannot begin inside of another (RuntimeError)");
    assert_int_equal(fleet.asked, 1);
    fleet_free(&fleet);
}

/* What was printed of it until then is given back. */
static void test_heading_that_raises(void **state)
{
    static const char script[] = "formatted_inventory do\n page_heading <<H\n"
                                 "Nodes of today\n@<<<\nnil + 1\nH\n"
                                 " page_body <<B\n@<<<\nidentity\nB\nend\n";
    struct fleet fleet;

    (void)state;
    fleet_new(&fleet, 2);
    assert_runs(&fleet, MC_INVENTORY_TEXT, script, MC_INVENTORY_REFUSED,
                "Could not create report: NoMethodError: undefined method '+' "
                "(x.mc (page_heading):3)");
    assert_int_equal(fleet.asked, 1);
    assert_out(&fleet, "");
    fleet_free(&fleet);
}

/* Every type of value, and as deep as they may be. */
static void test_all_values(void **state)
{
    struct fleet fleet;

    (void)state;
    fleet_new(&fleet, 1);
    struct mc_value *facts = mc_value_hash(fleet.arena);
    struct mc_value *deep = mc_value_array(fleet.arena);
    for (int i = 0; i < MC_VALUE_DEPTH_MAX - 4; i++) {
        struct mc_value *outer = mc_value_array(fleet.arena);
        assert_int_equal(mc_value_push(fleet.arena, outer, deep), 0);
        deep = outer;
    }
    const struct mc_value *const values[] = {
        mc_value_int(fleet.arena, INT64_MIN),
        mc_value_float(fleet.arena, 0.5),
        mc_value_bool(fleet.arena, true),
        mc_value_nil(fleet.arena),
        mc_value_symbol(fleet.arena, "sym"),
        mc_value_string(fleet.arena, mc_bytes_make("\0\xff\x1b", 3)),
        mc_value_regexp(fleet.arena, MC_BYTES("a.b"), 0),
        deep,
    };
    for (size_t i = 0; i < MC_COUNT(values); i++) {
        char name[8];
        (void)snprintf(name, sizeof(name), "f%zu", i);
        assert_int_equal(mc_value_set_text(fleet.arena, facts, name, values[i]), 0);
    }
    fleet.data = mc_value_hash(fleet.arena);
    assert_int_equal(mc_value_set_symbol(fleet.arena, fleet.data, "facts", facts), 0);
    assert_runs(&fleet, MC_INVENTORY_JSON,
                ROWS("facts['f0'], facts['f1'], facts['f2'], facts['f3'], facts['f4'], "
                     "facts['f5'].size, facts['f6'], facts['f7'].flatten"),
                0, NULL);
    assert_out(&fleet, "[\n{\"f0\":-9223372036854775808,\"f1\":0.5,\"f2\":true,"
                       "\"f3\":null,\"f4\":\"sym\",\"facts['f5'].size\":3,"
                       "\"f6\":\"a.b\",\"facts['f7'].flatten\":[]}\n]\n");
    fleet.out.len = 0;
    for (int output = MC_INVENTORY_TEXT; output <= MC_INVENTORY_HTML; output++) {
        assert_runs(&fleet, (enum mc_inventory_output)output, ROWS("facts"), 0, NULL);
    }
    fleet_free(&fleet);
}

/* The exception of one node ends the gathering; nothing leaks. */
static void test_raises_in_the_middle(void **state)
{
    static const struct
    {
        enum mc_inventory_output output;
        const char *text;
        int result;
        const char *words;
    } cases[] = {
        {MC_INVENTORY_TEXT, ROWS("identity == 'node00002' ? raise('no') : 1"),
         MC_INVENTORY_BROKEN, "x.mc:3: no (RuntimeError)"},
        {MC_INVENTORY_CSV, ROWS("identity == 'node00002' ? raise('no') : 1"),
         MC_INVENTORY_BROKEN, "x.mc:3: no (RuntimeError)"},
        {MC_INVENTORY_JSON, ROWS("identity == 'node00002' ? [1..2] : 1"),
         MC_INVENTORY_BROKEN, "x.mc:1: Range cannot be kept (TypeError)"},
        {MC_INVENTORY_TEXT, PAGES("identity == 'node00002' ? raise('no') : identity"),
         MC_INVENTORY_REFUSED,
         "Could not create report: RuntimeError: no (x.mc (page_body):2)"},
    };

    (void)state;
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        struct fleet fleet;
        fleet_new(&fleet, 10);
        assert_runs(&fleet, cases[i].output, cases[i].text, cases[i].result,
                    cases[i].words);
        assert_int_equal(fleet.asked, 3);
        fleet_free(&fleet);
    }
}

/* No broker: the words of the client, also when the script wants to go on. */
static void test_gather_fails(void **state)
{
    struct fleet fleet;

    (void)state;
    fleet_new(&fleet, 1);
    fleet.fails = true;
    assert_runs(&fleet, MC_INVENTORY_TEXT, ROWS("1"), MC_INVENTORY_NO_NODES,
                "no broker");
    assert_runs(&fleet, MC_INVENTORY_TEXT, "begin\n" ROWS("1") "rescue\nend\n",
                MC_INVENTORY_NO_NODES, "no broker");
    assert_runs(&fleet, MC_INVENTORY_TEXT, PAGES("1"), MC_INVENTORY_NO_NODES,
                "no broker");
    fleet_free(&fleet);
}

/* What nodes send never reaches the parser, the format or the picture. */
static void test_data_stays_data(void **state)
{
    struct fleet fleet;

    (void)state;
    fleet_new(&fleet, 1);
    struct mc_value *facts = mc_value_hash(fleet.arena);
    assert_int_equal(
        mc_value_set_text(fleet.arena, facts, "x",
                          mc_value_text(fleet.arena, "#{1+1} %s @<< ~~ ^*")),
        0);
    fleet.data = mc_value_hash(fleet.arena);
    assert_int_equal(mc_value_set_symbol(fleet.arena, fleet.data, "facts", facts), 0);
    assert_runs(&fleet, MC_INVENTORY_TEXT, ROWS("\"<#{facts['x']}>\""), 0, NULL);
    assert_runs(&fleet, MC_INVENTORY_TEXT, PAGES("facts['x']"), 0, NULL);
    assert_out(&fleet, "<#{1+1} %s @<< ~~ ^*>\n#{1+1} %s @<< ~~ ^*\n");
    fleet_free(&fleet);
}

/* Many nodes do not make the machine grow. */
static void test_many_nodes(void **state)
{
    struct fleet fleet;

    (void)state;
    fleet_new(&fleet, 20000);
    assert_runs(&fleet, MC_INVENTORY_TEXT, PAGES("identity"), 0, NULL);
    assert_int_equal(fleet.out.len, 20000 * sizeof("node00000"));
    fleet.nodes = 2000;
    for (int output = MC_INVENTORY_TEXT; output <= MC_INVENTORY_HTML; output++) {
        assert_runs(&fleet, (enum mc_inventory_output)output,
                    ROWS("facts.sort.inspect, [classes * ',', agents + [identity]]"), 0,
                    NULL);
    }
    assert_runs(&fleet, MC_INVENTORY_TEXT,
                PAGES("facts.sort.flatten.join(10.chr).upcase"), 0, NULL);
    fleet_free(&fleet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_replies),
        cmocka_unit_test(test_no_report_inside_of_another),
        cmocka_unit_test(test_heading_that_raises),
        cmocka_unit_test(test_all_values),
        cmocka_unit_test(test_raises_in_the_middle),
        cmocka_unit_test(test_gather_fails),
        cmocka_unit_test(test_data_stays_data),
        cmocka_unit_test(test_many_nodes),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("report-inventory", tests, NULL, NULL);
}
