/* The corner cases of agents and requests of a node in the suite of the original, each
 * named by its number (spec collective.md 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "filter/data.h"
#include "node/node-private.h"
#include "node/test-bench.h"
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder for DDLs and policies that goes with the test. */
struct place
{
    char folder[40];
    char config[80];
    struct mc_arena *arena;
};

static int place_set_up(void **state)
{
    struct place *place = test_calloc(1, sizeof(*place));
    static const char *const inner[] = {"agent", "policies"};
    char path[100];

    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/marionette-node-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->config, sizeof(place->config), "%s/a.cfg", place->folder);
    for (size_t i = 0; i < MC_COUNT(inner); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", place->folder, inner[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    place->arena = mc_arena_new(1 << 22);
    *state = place;
    return 0;
}

static int take_away(const char *path, const struct stat *about, int type,
                     struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

static int place_tear_down(void **state)
{
    struct place *place = *state;

    assert_int_equal(nftw(place->folder, take_away, 8, FTW_DEPTH | FTW_PHYS), 0);
    mc_arena_free(place->arena);
    test_free(place);
    return 0;
}

static void put(struct place *place, const char *name, const char *text)
{
    FILE *file =
        fopen(mc_arena_printf(place->arena, "%s/%s", place->folder, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The shipped DDL of rpcutil with more behind it. */
static const char *rpcutil_and(struct place *place, const char *more)
{
    struct mc_bytes text;

    assert_int_equal(mc_file_read(MC_SOURCE_ROOT "/plugins/agent/rpcutil.ddl", 1 << 20,
                                  place->arena, &text, NULL),
                     0);
    return mc_arena_printf(place->arena, "%s\n%s", (const char *)text.data, more);
}

static struct bench *bench_at(struct place *place, const char *more)
{
    return bench_new(more, place->config, place->folder);
}

/* Whether an agent is loaded and listed. */
static bool lists(struct bench *bench, const char *agent)
{
    const struct mc_ddl *ddl = NULL;
    const char *name = NULL;
    bool found = false;

    for (size_t i = 0; (name = mc_agents_name(bench->node->agents, i, NULL)); i++) {
        found = found || strcmp(name, agent) == 0;
    }
    assert_int_equal(found,
                     mc_agents_find(bench->node->agents, agent, &ddl) != -ENOENT);
    return found;
}

/* A call with a status, or with no answer when it is below 0. */
static struct mc_result asked(struct bench *bench, const char *action,
                              const char *input, const char *text, bool respond,
                              const char *verdict, int64_t status)
{
    struct mc_request request = bench_request(bench, "rpcutil");
    struct mc_result result = {0};

    request.payload = bench_rpc(bench, "rpcutil", action, input, text, respond);
    bench_expect(bench, &request, verdict, status);
    if (bench->reply) {
        assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    }
    return result;
}

/* Every agent has one state here, as discovery and registration have there. */
static void corner_case_58_agents_that_fail_are_not_listed(void **state)
{
    struct place *place = *state;

    put(place, "agent/rpcutil.ddl", "action 'x' do\n");
    struct bench *bench = bench_at(place, "plugin.package.activate_agent = perhaps\n");
    assert_true(lists(bench, "discovery"));
    assert_false(lists(bench, "rpcutil"));
    assert_false(lists(bench, "package"));
    assert_non_null(strstr(bench->told, "agent_skipped rpcutil "));
    assert_non_null(strstr(bench->told, "agent/rpcutil.ddl:"));
    assert_non_null(strstr(bench->told, "agent_skipped package "));
    assert_non_null(strstr(bench->told, "plugin.package.activate_agent"));
    struct mc_request request = bench_request(bench, "discovery");
    request.payload = mc_value_text(bench->arena, "ping");
    bench_send(bench, "discovery", bench_sealed(bench, &request));
    assert_string_equal(bench->verdict, "answered");
    bench_free(bench);
    bench = bench_at(place, "plugin.package.activate_agent = 0\n");
    assert_false(lists(bench, "package"));
    bench_free(bench);
}

static bool hears_its_name(struct bench *bench)
{
    struct mc_request request = bench_request(bench, "rpcutil");
    size_t before = bench->events;

    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    const struct mc_publish publish = {
        .kind = MC_TARGET_DIRECT,
        .collective = "mcollective",
        .agent = "rpcutil",
        .identity = "web1",
        .reply_to = bench->reply_to,
        .ttl_s = 60,
        .body = bench_sealed(bench, &request),
    };
    assert_int_equal(mc_connector_publish(bench->connector, &publish), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 0), 0);
    }
    return bench->events > before;
}

static void corner_case_59_agents_come_first_and_names_when_allowed(void **state)
{
    struct bench *bench = bench_at(*state, "direct_addressing = 0\n");
    const struct mc_value *outputs = NULL;

    assert_false(hears_its_name(bench));
    /* Data plugins need no loading; they know all agents from the first moment. */
    assert_int_equal(mc_data_query("agent", "rpcutil", &bench->node->data_host,
                                   bench->arena, &outputs, NULL),
                     0);
    bench_free(bench);
    bench = bench_at(*state, "direct_addressing = 1\n");
    assert_true(hears_its_name(bench));
    bench_free(bench);
}

/* What is not for this node is told at level debug, not info: on a large fleet it is
 * most of what comes. A broker that is away is tried again by the connector, which says
 * when; nothing sleeps. */
static void corner_case_60_levels_of_what_is_dropped(void **state)
{
    struct bench *bench = bench_at(*state, "");
    struct mc_request request = bench_request(bench, "rpcutil");

    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    request.time_s -= 100;
    bench_expect(bench, &request, "expired", -1);
    assert_int_equal(mc_event_level(bench->ended), MC_LEVEL_WARN);
    request = bench_request(bench, "rpcutil");
    request.payload = bench_rpc(bench, "rpcutil", "ping", NULL, NULL, true);
    assert_int_equal(mc_filter_add_class(&request.filter, bench->arena, "nosuch"), 0);
    bench_expect(bench, &request, "filtered", -1);
    assert_int_equal(mc_event_level(bench->ended), MC_LEVEL_DEBUG);
    bench_free(bench);
    assert_int_equal(mc_event_level(MC_EVENT_connector_retry), MC_LEVEL_WARN);
}

static void corner_case_65_invalid_is_4_and_denied_is_1(void **state)
{
    struct place *place = *state;
    struct bench *bench = bench_at(place, "");
    static const char words[] = "You are not authorized to call this agent or action.";

    (void)asked(bench, "get_fact", "fact", "a b", true, "invalid", 4);
    (void)asked(bench, "get_fact", NULL, NULL, true, "invalid", 4);
    (void)asked(bench, "nosuch", NULL, NULL, true, "invalid", 4);
    bench_free(bench);
    bench = bench_at(place, "rpcauthorization = 1\nrpcauthprovider = fail\n");
    struct mc_result result = asked(bench, "ping", NULL, NULL, true, "denied", 1);
    assert_string_equal(result.message, words);
    bench_free(bench);
    /* A provider that breaks denies as well, with the same words: the reason is the
     * node's to know. The original answers 5 with the text of the exception. */
    put(place, "policies/rpcutil.policy", "policy default allow\n");
    bench = bench_at(place, "rpcauthorization = 1\nrpcauthprovider = action_policy\n");
    (void)asked(bench, "ping", NULL, NULL, true, "ok", 0);
    const char *path =
        mc_arena_printf(place->arena, "%s/policies/rpcutil.policy", place->folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    result = asked(bench, "ping", NULL, NULL, true, "denied", 1);
    assert_string_equal(result.message, words);
    bench_free(bench);
}

static void corner_case_66_unknown_actions_errors_and_silence(void **state)
{
    struct place *place = *state;
    static const struct
    {
        const char *action;
        const char *input;
        const char *text;
        const char *verdict;
        int64_t status;
    } rows[] = {
        {"ping", NULL, NULL, "ok", 0},
        {"get_config_item", "item", "nosuch", "failed", 1},
        {"not_written", NULL, NULL, "failed", 2},
        {"get_fact", NULL, NULL, "invalid", 4},
        {"get_data", "source", "nosuch", "failed", 5},
    };

    put(place, "agent/rpcutil.ddl",
        rpcutil_and(place, "action 'not_written', :description => 'd' do\n"
                           "output :x, :description => 'd', :display_as => 'X', "
                           ":default => 7\nend\n"));
    struct bench *bench = bench_at(place, "");
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_result result =
            asked(bench, rows[i].action, rows[i].input, rows[i].text, true,
                  rows[i].verdict, rows[i].status);
        const char *message = result.message ? result.message : "";
        assert_int_equal(strcmp(message, "OK") == 0, rows[i].status == 0);
        (void)asked(bench, rows[i].action, rows[i].input, rows[i].text, false,
                    rows[i].verdict, -1);
    }
    struct mc_result result =
        asked(bench, "not_written", NULL, NULL, true, "failed", 2);
    assert_int_equal(mc_value_get_symbol(result.data, "x")->integer, 7);
    bench_free(bench);
}

static void corner_case_67_activation_timeout_and_missing_ddl(void **state)
{
    struct place *place = *state;
    static const struct
    {
        const char *settings;
        bool active;
    } rows[] = {
        {"", true},
        {"activate_agents = 0\n", false},
        {"activate_agents = 0\nplugin.rpcutil.activate_agent = 1\n", true},
        {"activate_agents = 1\nplugin.rpcutil.activate_agent = 0\n", false},
        {"plugin.rpcutil.activate_agent = n\n", false},
    };

    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct bench *bench = bench_at(place, rows[i].settings);
        assert_int_equal(lists(bench, "rpcutil"), rows[i].active);
        assert_true(lists(bench, "discovery"));
        bench_free(bench);
    }
    const struct mc_ddl *ddl = NULL;
    put(place, "agent/rpcutil.ddl", "action 'ping', :description => 'd'\n");
    struct bench *bench = bench_at(place, "");
    assert_int_equal(mc_agents_find(bench->node->agents, "rpcutil", &ddl), 0);
    assert_true(ddl->timeout_s == 10.0);
    const char *const folders[] = {place->folder, NULL};
    struct mc_ddl_store *only = mc_ddl_store_new(folders);
    bench->told[0] = '\0';
    assert_int_equal(mc_node_reload(bench->node, only), 0);
    assert_non_null(
        strstr(bench->told,
               "agent_skipped package Can't find DDL for agent plugin 'package'"));
    assert_true(lists(bench, "rpcutil"));
    bench->ddls = only;
    bench_free(bench);
}

/* None at all, and more milliseconds than a number of 32 bits holds. */
static void unusual_time_limits_of_ddls(void **state)
{
    struct place *place = *state;
    static const char *const limits[] = {"0", "5000000", "1000000000"};

    for (size_t i = 0; i < MC_COUNT(limits); i++) {
        put(place, "agent/process.ddl",
            mc_arena_printf(place->arena,
                            "metadata :name => 'process', :description => 'd', "
                            ":author => 'a', :license => 'l', :version => '1', "
                            ":url => 'u', :timeout => %s\n"
                            "action 'list', :description => 'd' do\n"
                            "output :pslist, :description => 'd', :display_as => 'd'\n"
                            "end\n",
                            limits[i]));
        struct bench *bench = bench_at(place, "");
        struct mc_request request = bench_request(bench, "process");
        request.payload = bench_rpc(bench, "process", "list", NULL, NULL, true);
        bench_expect(bench, &request, "ok", 0);
        bench_free(bench);
    }
}

/* The names of all outputs, sorted, with a blank behind each. */
static const char *outputs_of(struct bench *bench, const struct mc_value *data)
{
    const char *names[32];
    size_t count = mc_value_count(data);
    const char *text = "";

    assert_true(count < MC_COUNT(names));
    for (size_t i = 0; i < count; i++) {
        const char *name = mc_value_cstr(mc_value_key(data, i));
        size_t at = i;
        assert_int_equal(mc_value_key(data, i)->type, MC_SYMBOL);
        for (; at > 0 && strcmp(names[at - 1], name) > 0; at--) {
            names[at] = names[at - 1];
        }
        names[at] = name;
    }
    for (size_t i = 0; i < count; i++) {
        text = mc_arena_printf(bench->arena, "%s%s ", text, names[i]);
    }
    return text;
}

static void corner_case_100_what_rpcutil_answers(void **state)
{
    struct bench *bench = bench_at(*state, "");
    struct mc_result result = asked(bench, "get_fact", "fact", "nosuch", true, "ok", 0);

    assert_int_equal(mc_value_get_symbol(result.data, "value")->type, MC_NIL);
    assert_string_equal(mc_value_cstr(mc_value_get_symbol(result.data, "fact")),
                        "nosuch");
    result = asked(bench, "get_facts", "facts", " country ,  nosuch", true, "ok", 0);
    const struct mc_value *values = mc_value_get_symbol(result.data, "values");
    assert_int_equal(mc_value_count(values), 2);
    assert_string_equal(mc_value_cstr(mc_value_get_text(values, "country")), "uk");
    assert_int_equal(mc_value_get_text(values, "nosuch")->type, MC_NIL);
    result = asked(bench, "get_config_item", "item", "nosuch", true, "failed", 1);
    assert_string_equal(result.message, "Unknown config property nosuch");
    result = asked(bench, "inventory", NULL, NULL, true, "ok", 0);
    assert_string_equal(outputs_of(bench, result.data),
                        "agents classes collectives data_plugins facts "
                        "main_collective version ");
    result = asked(bench, "daemon_stats", NULL, NULL, true, "ok", 0);
    assert_string_equal(outputs_of(bench, result.data),
                        "agents configfile filtered passed pid replies starttime "
                        "threads times total ttlexpired unvalidated validated "
                        "version ");
    assert_string_equal(outputs_of(bench, mc_value_get_symbol(result.data, "times")),
                        "cstime cutime stime utime ");
    bench_free(bench);
}

#define AT_PLACE(test) \
    cmocka_unit_test_setup_teardown(test, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_PLACE(corner_case_58_agents_that_fail_are_not_listed),
        AT_PLACE(corner_case_59_agents_come_first_and_names_when_allowed),
        AT_PLACE(corner_case_60_levels_of_what_is_dropped),
        AT_PLACE(corner_case_65_invalid_is_4_and_denied_is_1),
        AT_PLACE(corner_case_66_unknown_actions_errors_and_silence),
        AT_PLACE(corner_case_67_activation_timeout_and_missing_ddl),
        AT_PLACE(unusual_time_limits_of_ddls),
        AT_PLACE(corner_case_100_what_rpcutil_answers),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("node-corner-agents", tests, NULL, NULL);
}
