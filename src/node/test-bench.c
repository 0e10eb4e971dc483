/* The node and the client of the tests; see test-bench.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "node/test-bench.h"
#include <stdio.h>
#include <string.h>

static const char node_text[] = "connector = loop\n"
                                "securityprovider = psk\n"
                                "plugin.psk = secret\n"
                                "identity = web1\n"
                                "loglevel = fatal\n";

static void tell(struct bench *bench, const struct mc_event *event)
{
    size_t used = strlen(bench->told);
    const char *agent = "";
    const char *reason = "";

    for (size_t i = 0; i < event->count; i++) {
        const struct mc_field *field = &event->fields[i];
        agent = strcmp(field->name, "agent") == 0 ? field->text : agent;
        reason = strcmp(field->name, "reason") == 0 ? field->text : reason;
    }
    (void)snprintf(bench->told + used, sizeof(bench->told) - used, "%s %s %s\n",
                   mc_event_name(event->id), agent, reason);
}

static void on_event(void *user, const struct mc_event *event)
{
    struct bench *bench = user;

    if (event->id != MC_EVENT_request_done && event->id != MC_EVENT_message_dropped &&
        event->id != MC_EVENT_message_filtered) {
        tell(bench, event);
        return;
    }
    bench->events++;
    bench->ended = event->id;
    bench->run_us = 0;
    bench->reason[0] = 0;
    for (size_t i = 0; i < event->count; i++) {
        if (strcmp(event->fields[i].name, "verdict") == 0) {
            (void)snprintf(bench->verdict, sizeof(bench->verdict), "%s",
                           event->fields[i].text);
        }
        if (strcmp(event->fields[i].name, "reason") == 0) {
            (void)snprintf(bench->reason, sizeof(bench->reason), "%s",
                           event->fields[i].text);
        }
        if (strcmp(event->fields[i].name, "run_us") == 0) {
            bench->run_us = event->fields[i].number;
        }
    }
}

static void on_reply(void *user, const struct mc_delivery *delivery)
{
    struct bench *bench = user;
    struct mc_error error;

    assert_int_equal(mc_security_open_reply(bench->security, delivery->body, NULL,
                                            bench->arena, &bench->reply, &error),
                     0);
}

static void on_link(void *user, enum mc_link_state state, const char *text)
{
    (void)user;
    (void)state;
    (void)text;
}

struct mc_value *bench_facts(struct mc_arena *arena)
{
    struct mc_value *facts = mc_value_hash(arena);

    assert_int_equal(
        mc_value_set_text(arena, facts, "country", mc_value_text(arena, "uk")), 0);
    return facts;
}

static void on_ddls_unused(void *user, struct mc_ddl_store *ddls)
{
    struct bench *bench = user;

    bench->unused = ddls;
    mc_ddl_store_free(ddls);
}

/* A node with these facts in place of the one that is there. */
void bench_replace_node(struct bench *bench, const struct mc_value *facts)
{
    const struct mc_node_spec node = {
        .loop = bench->loop,
        .config = bench->config,
        .ddls = bench->ddls,
        .sink = &bench->sink,
        .facts = facts,
        .classes = mc_value_array(bench->arena),
        .on_ddls_unused = on_ddls_unused,
        .user = bench,
    };
    struct mc_error error = {""};

    mc_node_free(bench->node);
    assert_int_equal(mc_node_new(&node, &bench->node, &error), 0);
}

struct bench *bench_new(const char *more, const char *path, const char *folder)
{
    struct bench *bench = test_calloc(1, sizeof(*bench));
    struct mc_error error = {""};
    static const char shipped[] = MC_SOURCE_ROOT "/plugins";
    const char *const folders[] = {folder ? folder : shipped, shipped, NULL};

    bench->arena = mc_arena_new(1 << 26);
    bench->loop = mc_loop_new();
    bench->sink = (struct mc_sink){.fn = on_event, .user = bench};
    const char *text = mc_arena_printf(bench->arena, "%s%s", node_text, more);
    int r = mc_config_parse(mc_bytes_text(text), path, MC_ROLE_NODE, NULL, NULL,
                            &bench->config, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(r, 0);
    bench->ddls = mc_ddl_store_new(folders);
    assert_int_equal(
        mc_security_open(bench->config, MC_ROLE_CLIENT, &bench->security, &error), 0);
    const struct mc_connector_spec spec = {
        .loop = bench->loop,
        .config = bench->config,
        .role = MC_ROLE_CLIENT,
        .identity = "client",
        .events = {.message = on_reply, .link = on_link, .user = bench},
    };
    assert_int_equal(mc_connector_open(&spec, &bench->connector, &error), 0);
    const struct mc_target target = {
        .kind = MC_TARGET_REPLY,
        .collective = "mcollective",
        .agent = "rpcutil",
        .sequence = 1,
    };
    assert_int_equal(mc_connector_subscribe(bench->connector, &target), 0);
    assert_int_equal(mc_connector_reply_name(bench->connector, &target, bench->arena,
                                             &bench->reply_to),
                     0);
    bench_replace_node(bench, bench_facts(bench->arena));
    return bench;
}

void bench_free(struct bench *bench)
{
    mc_node_free(bench->node);
    mc_connector_free(bench->connector);
    mc_security_free(bench->security);
    mc_ddl_store_free(bench->ddls);
    mc_config_free(bench->config);
    mc_loop_free(bench->loop);
    mc_arena_free(bench->arena);
    test_free(bench);
}

int bench_set_up(void **state)
{
    *state = bench_new("", "test", NULL);
    return 0;
}

int bench_tear_down(void **state)
{
    bench_free(*state);
    return 0;
}

struct mc_request bench_request(struct bench *bench, const char *agent)
{
    struct mc_request request = {
        .sender = "client",
        .collective = "mcollective",
        .agent = agent,
        .caller = "uid=0",
        .ttl_s = 60,
        .time_s = mc_clock_now_s(),
        .reply_to = bench->reply_to,
    };

    assert_int_equal(mc_request_new_id(bench->arena, &request.id), 0);
    return request;
}

const struct mc_value *bench_rpc(struct bench *bench, const char *agent,
                                 const char *action, const char *input,
                                 const char *text, bool respond)
{
    struct mc_value *data = mc_value_hash(bench->arena);
    const struct mc_value *payload = NULL;

    if (input) {
        assert_int_equal(mc_value_set_symbol(bench->arena, data, input,
                                             mc_value_text(bench->arena, text)),
                         0);
    }
    assert_int_equal(
        mc_rpc_to_value(bench->arena, agent, action, "uid=0", data, respond, &payload),
        0);
    return payload;
}

void bench_send(struct bench *bench, const char *agent, struct mc_bytes body)
{
    const struct mc_publish publish = {
        .kind = bench->direct ? MC_TARGET_DIRECT : MC_TARGET_BROADCAST,
        .collective = "mcollective",
        .agent = agent,
        .identity = "web1",
        .reply_to = bench->reply_to,
        .ttl_s = 60,
        .body = body,
    };
    size_t before = bench->events;

    bench->reply = NULL;
    bench->verdict[0] = 0;
    assert_int_equal(mc_connector_publish(bench->connector, &publish), 0);
    for (int i = 0; i < 1000 && bench->events == before; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 10), 0);
    }
    assert_int_equal(bench->events, before + 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mc_loop_once(bench->loop, 0), 0);
    }
}

struct mc_bytes bench_sealed(struct bench *bench, const struct mc_request *request)
{
    struct mc_bytes body;
    struct mc_error error;

    assert_int_equal(
        mc_security_seal_request(bench->security, request, bench->arena, &body, &error),
        0);
    return body;
}

void bench_expect(struct bench *bench, const struct mc_request *request,
                  const char *verdict, int64_t status)
{
    struct mc_result result;

    bench_send(bench, request->agent, bench_sealed(bench, request));
    assert_string_equal(bench->verdict, verdict);
    if (status < 0) {
        assert_null(bench->reply);
        return;
    }
    assert_non_null(bench->reply);
    assert_string_equal(bench->reply->id, request->id);
    assert_int_equal(mc_result_from_value(bench->reply->payload, &result), 0);
    assert_int_equal(result.status, status);
}
