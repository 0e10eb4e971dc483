#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/test-bench.h"
#include "base/loop.h"
#include <stdio.h>

static struct mc_loop *host_loop(void *node)
{
    return ((struct bench *)node)->loop;
}

static const struct mc_config *host_config(void *node)
{
    return ((struct bench *)node)->config;
}

static const struct mc_node_ops host_ops = {.loop = host_loop, .config = host_config};

struct bench *bench_new(const struct mc_agent_ops *ops, const char *settings)
{
    static const char *const folders[] = {MC_SOURCE_ROOT "/plugins", NULL};
    struct bench *bench = test_calloc(1, sizeof(*bench));
    struct mc_error error = {""};

    bench->ops = ops;
    bench->arena = mc_arena_new(1 << 26);
    bench->loop = mc_loop_new();
    bench->host = (struct mc_agent_host){&host_ops, bench};
    assert_int_equal(mc_config_parse(mc_bytes_text(settings), "t", MC_ROLE_NODE, NULL,
                                     NULL, &bench->config, &error),
                     0);
    bench->ddls = mc_ddl_store_new(folders);
    assert_int_equal(
        mc_ddl_find(bench->ddls, MC_DDL_AGENT, ops->name, &bench->ddl, &error), 0);
    bench->state = test_calloc(1, ops->state_size + 1);
    if (ops->init) {
        assert_int_equal(ops->init(bench->state, &bench->host, &error), 0);
    }
    return bench;
}

void bench_free(struct bench *bench)
{
    if (bench->ops->deinit) {
        bench->ops->deinit(bench->state);
    }
    test_free(bench->state);
    mc_ddl_store_free(bench->ddls);
    mc_config_free(bench->config);
    mc_loop_free(bench->loop);
    mc_arena_free(bench->arena);
    test_free(bench);
}

static void done(void *user, const struct mc_result *result)
{
    struct bench *bench = user;

    bench->ended = true;
    bench->status = result->status;
    (void)snprintf(bench->message, sizeof(bench->message), "%s", result->message);
    bench->data = result->data;
    mc_loop_stop(bench->loop);
}

struct mc_agent_call *bench_begin(struct bench *bench, const char *action,
                                  struct mc_value *data)
{
    struct mc_agent_call **call =
        mc_arena_alloc(bench->arena, sizeof(struct mc_agent_call *));
    struct mc_rpc *rpc = mc_arena_alloc(bench->arena, sizeof(*rpc));

    *rpc = (struct mc_rpc){
        .action = action,
        .data = data ? data : mc_value_hash(bench->arena),
    };
    const struct mc_agent_call_spec spec = {
        .ops = bench->ops,
        .state = bench->state,
        .host = &bench->host,
        .action = mc_ddl_action_find(bench->ddl, action),
        .rpc = rpc,
        .arena = bench->arena,
        .timeout_ms = bench->timeout_ms,
        .done = done,
        .user = bench,
    };
    bench->ended = false;
    bench->data = NULL;
    assert_non_null(spec.action);
    assert_int_equal(mc_agent_run(&spec, call), 0);
    return *call;
}

struct mc_value *bench_input(struct bench *bench, struct mc_value *data,
                             const char *name, const char *value)
{
    data = data ? data : mc_value_hash(bench->arena);
    assert_int_equal(mc_value_set_symbol(bench->arena, data, name,
                                         mc_value_text(bench->arena, value)),
                     0);
    return data;
}

void bench_call(struct bench *bench, const char *action, const char *name,
                const char *value)
{
    struct mc_value *data = name ? bench_input(bench, NULL, name, value) : NULL;

    (void)bench_begin(bench, action, data);
    if (!bench->ended) {
        assert_int_equal(mc_loop_run(bench->loop), 0);
    }
    assert_true(bench->ended);
}

const char *bench_output(const struct bench *bench, const char *name)
{
    const char *text = mc_value_cstr(mc_value_get_name(bench->data, name));

    return text ? text : "(nil)";
}
