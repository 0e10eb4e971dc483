/* mc-bench: the figures that ./dev bench puts into its table.
 *
 *     mc-bench round CONFIG NODES ROUNDS   broadcast pings to a running fleet
 *     mc-bench ping CONFIG NODES SECONDS   pings one after the other, for some time
 *     mc-bench path MESSAGES               one node and one client in memory
 *     mc-bench filter HOSTS                a compound filter against invented hosts
 *     mc-bench memory COMMAND...           the peak of a process
 *
 * Output is one "name value" line for each figure. */
#include "sim/bench.h"

#include "base/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_message(void *user, const struct mc_delivery *delivery)
{
    struct mc_bench *bench = user;
    MC_CLEANUP(mc_arena_cleanup) struct mc_arena *arena = NULL;
    struct mc_reply *reply = NULL;
    struct mc_error error;

    if (bench->id) {
        arena = mc_arena_new(MC_ARENA_EXCHANGE_BYTES);
        int r = arena ? mc_security_open_reply(bench->security, delivery->body,
                                               bench->id, arena, &reply, &error)
                      : -1;
        if (r != 0) {
            bench->bad += r != MC_SECURITY_NOT_OURS;
            return;
        }
        bench->last_us = mc_clock_monotonic_us();
        bench->first_us = bench->replies ? bench->first_us : bench->last_us;
    }
    if (bench->keep) {
        char *copy = mc_arena_text(bench->arena, delivery->body);
        bench->reply = mc_bytes_make(copy, copy ? delivery->body.len : 0);
    }
    if (++bench->replies >= bench->expected) {
        mc_loop_stop(bench->loop);
    }
}

static void on_link(void *user, enum mc_link_state state, const char *text)
{
    struct mc_bench *bench = user;

    if (state == MC_LINK_UP) {
        bench->up = true;
        mc_loop_stop(bench->loop);
        return;
    }
    (void)fprintf(stderr, "mc-bench: %s\n", text ? text : "the link changed");
}

static void on_late(void *user)
{
    struct mc_bench *bench = user;

    bench->late = true;
    mc_loop_stop(bench->loop);
}

int mc_bench_open(struct mc_bench *bench, struct mc_error *error)
{
    const struct mc_connector_spec spec = {
        .loop = bench->loop,
        .config = bench->config,
        .role = MC_ROLE_CLIENT,
        .identity = mc_config_identity(bench->config),
        .events = {.message = on_message, .link = on_link, .user = bench},
    };
    const struct mc_target target = {
        .kind = MC_TARGET_REPLY,
        .collective = mc_config_text(bench->config, "main_collective"),
        .agent = "rpcutil",
        .sequence = 1,
    };
    bench->arena = mc_arena_new((size_t)1 << 30);
    bench->timer = mc_timer_new(bench->loop, on_late, bench);
    int r = bench->arena && bench->timer ? 0 : -1;

    r = r ? r
          : mc_security_open(bench->config, MC_ROLE_CLIENT, &bench->security, error);
    r = r ? r : mc_connector_open(&spec, &bench->connector, error);
    r = r ? r : mc_connector_subscribe(bench->connector, &target);
    return r ? r
             : mc_connector_reply_name(bench->connector, &target, bench->arena,
                                       &bench->reply_to);
}

void mc_bench_close(struct mc_bench *bench)
{
    mc_connector_free(bench->connector);
    mc_security_free(bench->security);
    mc_timer_free(bench->timer);
    mc_loop_free(bench->loop);
    mc_config_free(bench->config);
    mc_arena_free(bench->arena);
}

int mc_bench_request(struct mc_bench *bench, const char *fact, struct mc_arena *arena,
                     struct mc_bytes *ret_body, const char **ret_id,
                     struct mc_error *error)
{
    struct mc_request request = {
        .sender = mc_config_identity(bench->config),
        .collective = mc_config_text(bench->config, "main_collective"),
        .agent = "rpcutil",
        .caller = mc_security_caller(bench->security),
        .ttl_s = 60,
        .time_s = mc_clock_now_s(),
        .reply_to = bench->reply_to,
    };
    int r = mc_request_new_id(arena, &request.id);

    r = r ? r
          : mc_rpc_to_value(arena, request.agent, "ping", request.caller, NULL, true,
                            &request.payload);
    r = r ? r : mc_filter_add_agent(&request.filter, arena, request.agent);
    r = r || !fact ? r : mc_filter_add_fact(&request.filter, arena, fact);
    r = r ? r
          : mc_security_seal_request(bench->security, &request, arena, ret_body, error);
    if (r == 0) {
        *ret_id = request.id;
    }
    return r;
}

int mc_bench_publish(struct mc_bench *bench, struct mc_bytes body)
{
    const struct mc_publish publish = {
        .kind = MC_TARGET_BROADCAST,
        .collective = mc_config_text(bench->config, "main_collective"),
        .agent = "rpcutil",
        .reply_to = bench->reply_to,
        .ttl_s = 60,
        .body = body,
    };

    return mc_connector_publish(bench->connector, &publish);
}

void mc_bench_wait(struct mc_bench *bench, unsigned ms)
{
    bench->late = false;
    mc_timer_start(bench->timer, ms);
    if (mc_loop_run(bench->loop) != 0) {
        bench->late = true;
    }
    mc_timer_stop(bench->timer);
}

static size_t number(const char *text)
{
    return (size_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "round") == 0) {
        return mc_bench_round(argv[2], number(argv[3]), number(argv[4]));
    }
    if (argc == 5 && strcmp(argv[1], "ping") == 0) {
        return mc_bench_ping(argv[2], number(argv[3]), number(argv[4]));
    }
    if (argc == 3 && strcmp(argv[1], "path") == 0) {
        return mc_bench_path(number(argv[2]));
    }
    if (argc == 3 && strcmp(argv[1], "filter") == 0) {
        return mc_bench_filter(number(argv[2]));
    }
    if (argc >= 3 && strcmp(argv[1], "memory") == 0) {
        return mc_bench_memory((const char *const *)argv + 2);
    }
    (void)fputs("Usage: mc-bench round CONFIG NODES ROUNDS\n"
                "       mc-bench ping CONFIG NODES SECONDS\n"
                "       mc-bench path MESSAGES\n"
                "       mc-bench filter HOSTS\n"
                "       mc-bench memory COMMAND...\n",
                stderr);
    return 100;
}
