/* Corner cases 22, 25, 41 and 43 of the original's own tests (spec collective.md 6):
 * what a node counts, tells and subscribes to. Requests come in through the loop
 * connector, and each ends in one event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "connector/connector.h"
#include "node/node.h"
#include "security/security.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct bench
{
    struct mc_arena *arena;
    struct mc_loop *loop;
    struct mc_config *config;
    struct mc_ddl_store *ddls;
    struct mc_security *security;
    struct mc_connector *connector;
    struct mc_node *node;
    struct mc_sink sink;
    const char *reply_to;
    size_t ends; /* events that end a message */
    size_t classes_failed;
    size_t replies;
    char verdict[64];
    char reason[512];
};

static void on_event(void *user, const struct mc_event *event)
{
    struct bench *bench = user;
    bool end = event->id == MC_EVENT_request_done ||
               event->id == MC_EVENT_message_dropped ||
               event->id == MC_EVENT_message_filtered;

    bench->ends += end;
    bench->classes_failed += event->id == MC_EVENT_classes_failed;
    for (size_t i = 0; end && i < event->count; i++) {
        const struct mc_field *field = &event->fields[i];
        if (strcmp(field->name, "verdict") == 0) {
            (void)snprintf(bench->verdict, sizeof(bench->verdict), "%s", field->text);
        } else if (strcmp(field->name, "reason") == 0) {
            (void)snprintf(bench->reason, sizeof(bench->reason), "%s", field->text);
        }
    }
}

static void on_reply(void *user, const struct mc_delivery *delivery)
{
    struct bench *bench = user;

    (void)delivery;
    bench->replies++;
}

static void on_link(void *user, enum mc_link_state state, const char *text)
{
    (void)user;
    (void)state;
    (void)text;
}

static void listen_for_replies(struct bench *bench)
{
    const struct mc_connector_spec spec = {
        .loop = bench->loop,
        .config = bench->config,
        .role = MC_ROLE_CLIENT,
        .identity = "client",
        .events = {.message = on_reply, .link = on_link, .user = bench},
    };
    const struct mc_target target = {
        .kind = MC_TARGET_REPLY, .collective = "uk", .agent = "rpcutil", .sequence = 1};

    assert_int_equal(mc_connector_open(&spec, &bench->connector, NULL), 0);
    assert_int_equal(mc_connector_subscribe(bench->connector, &target), 0);
    assert_int_equal(mc_connector_reply_name(bench->connector, &target, bench->arena,
                                             &bench->reply_to),
                     0);
}

static struct mc_value *invented_facts(struct mc_arena *arena)
{
    struct mc_value *facts = mc_value_hash(arena);

    assert_int_equal(
        mc_value_set_text(arena, facts, "country", mc_value_text(arena, "uk")), 0);
    return facts;
}

static void begin(struct bench *bench, const char *settings)
{
    static const char *const folders[] = {MC_SOURCE_ROOT "/plugins", NULL};
    char text[1024];
    struct mc_error error = {""};

    *bench = (struct bench){.arena = mc_arena_new(1 << 26), .loop = mc_loop_new()};
    bench->sink = (struct mc_sink){.fn = on_event, .user = bench};
    (void)snprintf(text, sizeof(text),
                   "connector = loop\nplugin.psk = secret\nidentity = web1\n"
                   "collectives = uk, fr\n%s",
                   settings);
    assert_int_equal(mc_config_parse(mc_bytes_text(text), "test", MC_ROLE_NODE, NULL,
                                     NULL, &bench->config, &error),
                     0);
    bench->ddls = mc_ddl_store_new(folders);
    assert_int_equal(
        mc_security_open(bench->config, MC_ROLE_CLIENT, &bench->security, &error), 0);
    listen_for_replies(bench);
    const struct mc_node_spec node = {
        .loop = bench->loop,
        .config = bench->config,
        .ddls = bench->ddls,
        .sink = &bench->sink,
        .facts = invented_facts(bench->arena),
    };
    assert_int_equal(mc_node_new(&node, &bench->node, &error), 0);
}

static void end(struct bench *bench)
{
    mc_node_free(bench->node);
    mc_connector_free(bench->connector);
    mc_security_free(bench->security);
    mc_ddl_store_free(bench->ddls);
    mc_config_free(bench->config);
    mc_loop_free(bench->loop);
    mc_arena_free(bench->arena);
}

static struct mc_request ping(struct bench *bench)
{
    struct mc_request request = {
        .sender = "client",
        .collective = "uk",
        .agent = "rpcutil",
        .caller = "uid=500",
        .ttl_s = 60,
        .time_s = mc_clock_now_s(),
    };

    assert_int_equal(mc_request_new_id(bench->arena, &request.id), 0);
    assert_int_equal(mc_rpc_to_value(bench->arena, "rpcutil", "ping", "uid=500", NULL,
                                     true, &request.payload),
                     0);
    return request;
}

/* Publish, and wait for the end of the message; without one where nobody listens. */
static void send_to(struct bench *bench, enum mc_target_kind kind,
                    const char *collective, struct mc_bytes body, bool heard)
{
    const struct mc_publish publish = {
        .kind = kind,
        .collective = collective,
        .agent = "rpcutil",
        .identity = kind == MC_TARGET_DIRECT ? "web1" : NULL,
        .reply_to = bench->reply_to,
        .ttl_s = 60,
        .body = body,
    };
    size_t before = bench->ends;

    bench->verdict[0] = bench->reason[0] = 0;
    bench->replies = 0;
    assert_int_equal(mc_connector_publish(bench->connector, &publish), 0);
    for (int i = 0; i < (heard ? 1000 : 5) && bench->ends == before; i++) {
        assert_int_equal(mc_loop_once(bench->loop, heard ? 10 : 0), 0);
    }
    assert_int_equal(bench->ends, before + heard);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 0), 0);
    }
}

static void expect(struct bench *bench, const struct mc_request *request,
                   const char *verdict)
{
    struct mc_bytes body = {0};

    assert_int_equal(
        mc_security_seal_request(bench->security, request, bench->arena, &body, NULL),
        0);
    send_to(bench, MC_TARGET_BROADCAST, "uk", body, true);
    assert_string_equal(bench->verdict, verdict);
    assert_int_equal(bench->replies, strcmp(verdict, "ok") == 0);
}

static void corner_case_22_an_expired_request_is_told_in_full(void **state)
{
    struct bench bench;
    char made[64];
    struct tm utc;

    (void)state;
    begin(&bench, "");
    struct mc_request request = ping(&bench);
    request.time_s -= 70;
    expect(&bench, &request, "expired");
    time_t when = (time_t)request.time_s;
    assert_non_null(gmtime_r(&when, &utc));
    assert_true(strftime(made, sizeof(made), "at %Y-%m-%d %H:%M:%S UTC", &utc) > 0);
    const char *const words[] = {"uid=500@client", made, " 7", " seconds old",
                                 "ttl is 60"};
    for (size_t i = 0; i < MC_COUNT(words); i++) {
        if (!strstr(bench.reason, words[i])) {
            fail_msg("'%s' does not hold '%s'", bench.reason, words[i]);
        }
    }
    assert_int_equal(mc_node_stats(bench.node)->ttlexpired, 1);
    assert_int_equal(mc_node_stats(bench.node)->passed, 0);
    assert_int_equal(mc_node_stats(bench.node)->filtered, 0);
    /* No time at all. */
    request = ping(&bench);
    request.time_s = 0;
    expect(&bench, &request, "expired");
    assert_int_equal(mc_node_stats(bench.node)->ttlexpired, 2);
    end(&bench);
}

static void corner_case_25_an_empty_filter_counts_as_passed(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench, "");
    const struct mc_node_stats *stats = mc_node_stats(bench.node);
    struct mc_request request = ping(&bench);
    expect(&bench, &request, "ok");
    assert_int_equal(stats->passed, 1);
    assert_int_equal(stats->filtered, 0);
    request = ping(&bench);
    assert_int_equal(mc_filter_add_fact(&request.filter, bench.arena, "country=fr"), 0);
    expect(&bench, &request, "filtered");
    assert_int_equal(stats->passed, 1);
    assert_int_equal(stats->filtered, 1);
    end(&bench);
}

static void expect_class(struct bench *bench, const char *text, const char *verdict)
{
    struct mc_request request = ping(bench);

    assert_int_equal(mc_filter_add_class(&request.filter, bench->arena, text), 0);
    expect(bench, &request, verdict);
}

static void put_classes(const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs("apache\nweb::1\r\nmysql/server\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Told once until the file can be read again: each filter would be a line else. */
static void corner_case_41_classes_of_a_file(void **state)
{
    char path[] = "/tmp/mc-test-classes-XXXXXX";
    char settings[128];
    struct bench bench;

    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    put_classes(path);
    (void)snprintf(settings, sizeof(settings), "classesfile = %s\n", path);
    begin(&bench, settings);
    expect_class(&bench, "apache", "ok");
    expect_class(&bench, "web::1", "ok");
    expect_class(&bench, "apach", "filtered");
    expect_class(&bench, "/^apa/", "ok");
    expect_class(&bench, "/ap/ac/he/", "ok");
    expect_class(&bench, "/nope/", "filtered");
    /* No slash is left of the pattern: this one can never be found. */
    expect_class(&bench, "/mysql/server/", "filtered");
    assert_int_equal(bench.classes_failed, 0);
    assert_int_equal(unlink(path), 0);
    expect_class(&bench, "apache", "filtered");
    expect_class(&bench, "/a/", "filtered");
    assert_int_equal(bench.classes_failed, 1);
    put_classes(path);
    expect_class(&bench, "apache", "ok");
    assert_int_equal(unlink(path), 0);
    /* Something is there, but no file. */
    assert_int_equal(mkdir(path, 0700), 0);
    expect_class(&bench, "apache", "filtered");
    assert_int_equal(bench.classes_failed, 2);
    assert_int_equal(rmdir(path), 0);
    end(&bench);
}

/* Without a collective the original subscribes in all of them, which is what every agent
 * and the node's own queue get here; one that is not configured is refused. */
static void corner_case_43_agents_listen_in_every_collective(void **state)
{
    static const char *const collectives[] = {"uk", "fr"};
    static const enum mc_target_kind kinds[] = {MC_TARGET_BROADCAST, MC_TARGET_DIRECT};
    struct bench bench;

    (void)state;
    for (int direct = 0; direct < 2; direct++) {
        begin(&bench, direct ? "" : "direct_addressing = 0\n");
        for (size_t i = 0; i < MC_COUNT(collectives) * MC_COUNT(kinds); i++) {
            bool heard = direct || kinds[i % 2] == MC_TARGET_BROADCAST;
            struct mc_request request = ping(&bench);
            struct mc_bytes body = {0};
            request.collective = collectives[i / 2];
            assert_int_equal(mc_security_seal_request(bench.security, &request,
                                                      bench.arena, &body, NULL),
                             0);
            send_to(&bench, kinds[i % 2], request.collective, body, heard);
            assert_string_equal(bench.verdict, heard ? "ok" : "");
        }
        const struct mc_target targets[] = {
            {.kind = MC_TARGET_BROADCAST, .collective = "de", .agent = "rpcutil"},
            {.kind = MC_TARGET_BROADCAST, .collective = NULL, .agent = "rpcutil"},
            {.kind = (enum mc_target_kind)99, .collective = "uk", .agent = "rpcutil"},
        };
        for (size_t i = 0; i < MC_COUNT(targets); i++) {
            assert_true(mc_connector_subscribe(bench.connector, &targets[i]) < 0);
        }
        end(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_case_22_an_expired_request_is_told_in_full),
        cmocka_unit_test(corner_case_25_an_empty_filter_counts_as_passed),
        cmocka_unit_test(corner_case_41_classes_of_a_file),
        cmocka_unit_test(corner_case_43_agents_listen_in_every_collective),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
