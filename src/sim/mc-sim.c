/* mc-sim: a fleet of invented nodes in one process, for trials and measurements.
 *
 * It takes the configuration of a node; identity, facts and classes in it are replaced
 * by invented ones. When all nodes have reached the broker it says so on its output,
 * and then serves until SIGTERM or SIGINT. */
#include "base/paths.h"
#include "sim/fleet.h"
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct sim
{
    const char *config_path;
    struct mc_arena *arena;
    struct mc_config *config;
    struct mc_log *log;
    struct mc_sink sink;
    struct mc_loop *loop;
    struct mc_ddl_store *ddls;
    struct mc_fleet_spec spec;
    struct mc_fleet *fleet;
    struct mc_watch *term;
    struct mc_watch *interrupt;
};

static void on_ready(void *user)
{
    const struct sim *sim = user;

    (void)printf("%u nodes are connected\n", sim->spec.count);
    (void)fflush(stdout);
    /* The heap of the DDL loader and of connecting is gone. */
    (void)malloc_trim(0);
}

static void on_signal(void *user, int signo)
{
    struct sim *sim = user;

    (void)signo;
    mc_loop_stop(sim->loop);
}

/* A node takes a socket and more; as many as the machine lets us have. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int start(struct sim *sim, struct mc_error *error)
{
    const char *const *folders = NULL;
    int r =
        mc_config_load(sim->config_path, MC_ROLE_NODE, NULL, NULL, &sim->config, error);

    r = r ? r : mc_log_open(sim->config, "mc-sim", &sim->log, error);
    r = r ? r : mc_paths_plugins(sim->config, sim->arena, &folders);
    if (r != 0) {
        return r;
    }
    sim->sink = (struct mc_sink){.fn = mc_event_to_log, .user = sim->log};
    sim->loop = mc_loop_new();
    sim->ddls = mc_ddl_store_new(folders);
    if (sim->loop && sim->ddls) {
        sim->term = mc_watch_signal(sim->loop, SIGTERM, on_signal, sim);
        sim->interrupt = mc_watch_signal(sim->loop, SIGINT, on_signal, sim);
    }
    if (!sim->term || !sim->interrupt) {
        mc_error_set(error, "not enough memory");
        return -1;
    }
    sim->spec.loop = sim->loop;
    sim->spec.config = sim->config;
    sim->spec.ddls = sim->ddls;
    sim->spec.sink = &sim->sink;
    return mc_fleet_new(&sim->spec, &sim->fleet, error);
}

static int run(struct sim *sim)
{
    struct mc_error error = {""};

    (void)signal(SIGPIPE, SIG_IGN);
    raise_descriptors();
    sim->arena = mc_arena_new(1 << 20);
    int r = sim->arena ? start(sim, &error) : -1;
    if (r != 0) {
        (void)fprintf(stderr, "mc-sim: %s\n", error.text);
    } else {
        r = mc_loop_run(sim->loop);
    }
    mc_fleet_free(sim->fleet);
    mc_watch_free(sim->term);
    mc_watch_free(sim->interrupt);
    mc_ddl_store_free(sim->ddls);
    mc_loop_free(sim->loop);
    mc_log_free(sim->log);
    mc_config_free(sim->config);
    mc_arena_free(sim->arena);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static const char help[] =
    "Usage: mc-sim --config FILE [options]\n"
    "\n"
    "    -c, --config FILE       configuration of a node\n"
    "    -n, --nodes COUNT       how many nodes (100)\n"
    "    -f, --first NUMBER      number of the first one (1)\n"
    "    -p, --prefix TEXT       identities are TEXT and five digits (sim)\n"
    "    -s, --seed NUMBER       another seed invents other facts (1)\n";

static bool number(const char *text, unsigned long *ret_number)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || value > MC_FLEET_NODES_MAX) {
        return false;
    }
    *ret_number = value;
    return true;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"nodes", required_argument, NULL, 'n'},
        {"first", required_argument, NULL, 'f'},
        {"prefix", required_argument, NULL, 'p'},
        {"seed", required_argument, NULL, 's'},
        {NULL, 0, NULL, 0},
    };
    struct sim sim = {.spec = {.prefix = "sim", .ready = on_ready}};
    unsigned long nodes = 100;
    unsigned long first = 1;
    unsigned long seed = 1;
    bool good = true;
    int option = 0;

    while (good &&
           (option = getopt_long(argc, argv, "c:n:f:p:s:", options, NULL)) != -1) {
        unsigned long *place = option == 'n'   ? &nodes
                               : option == 'f' ? &first
                               : option == 's' ? &seed
                                               : NULL;
        if (place) {
            good = number(optarg, place);
        } else if (option == 'c') {
            sim.config_path = optarg;
        } else if (option == 'p') {
            sim.spec.prefix = optarg;
        } else {
            good = false;
        }
    }
    if (!good || optind < argc || !sim.config_path) {
        (void)fputs(help, stderr);
        return 100;
    }
    sim.spec.count = (unsigned)nodes;
    sim.spec.first = (unsigned)first;
    sim.spec.seed = seed;
    sim.spec.user = &sim;
    return run(&sim);
}
