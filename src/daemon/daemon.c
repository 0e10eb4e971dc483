/* The life of the service, in order: configuration, log, detaching, pid file, loop,
 * node, signals; closed in reverse.
 *
 * Errors before the node runs go to the caller, who prints them on the terminal; a
 * detached start reports them the same way, because the parent waits until the child
 * says that it is ready. */
#include "daemon/daemon.h"

#include "base/daemon.h"
#include "base/event.h"
#include "base/paths.h"
#include "node/node.h"
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* How long the end may wait for the broker, in milliseconds. */
#define FINISH_MS 500u
/* A soft stop at the most, in seconds: 12 days, what milliseconds in an unsigned hold. */
#define SOFT_MAX_S 1000000

struct service
{
    struct mc_arena *arena;
    struct mc_config *config;
    struct mc_log *log;
    struct mc_sink sink;
    struct mc_loop *loop;
    struct mc_ddl_store *ddls;
    struct mc_node *node;
    struct mc_watch *watches[8];
    const char *const *folders; /* DDL search path */
    struct mc_error dead;       /* why the broker was given up, or empty */
    bool stopping;              /* running actions are waited for */
};

static void warn(void *user, const char *text)
{
    struct mc_log *early = user;

    mc_log_write(early, MC_LEVEL_WARN, "%s", text);
}

static int load_config(struct service *service, const char *path,
                       struct mc_error *error)
{
    struct mc_log *early = mc_log_console(MC_LEVEL_WARN, "mcollectived");
    int r = 0;

    if (!path && mc_config_find(MC_ROLE_NODE, service->arena, &path) != 0) {
        mc_error_set(error,
                     "there is no configuration: write %s, or name a file with "
                     "--config FILE; three lines are enough to begin:\n"
                     "  connector = nats\n"
                     "  plugin.nats.servers = nats://127.0.0.1:4222\n"
                     "  plugin.psk = a-secret-that-all-nodes-and-clients-share",
                     path ? path : "/etc/marionette/server.cfg");
        r = -ENOENT;
    }
    if (r == 0) {
        r = mc_config_load(path, MC_ROLE_NODE, warn, early, &service->config, error);
    }
    mc_log_free(early);
    return r;
}

static void stopped(void *user)
{
    struct service *service = user;

    mc_loop_stop(service->loop);
}

/* Take no more requests and end when nothing runs (collective.md 4.12). */
static void soft_stop(struct service *service)
{
    bool limited = mc_config_has(service->config, "soft_shutdown_timeout");
    int64_t limit_s =
        limited ? mc_config_int(service->config, "soft_shutdown_timeout") : 0;

    limit_s = limit_s < 0 ? 0 : limit_s > SOFT_MAX_S ? SOFT_MAX_S : limit_s;
    service->stopping = true;
    mc_node_soft_stop(service->node, (unsigned)limit_s * 1000, stopped, service);
}

/* Whether the configuration wants a soft stop; a limit that is none cancels it. */
static bool wants_soft_stop(const struct service *service)
{
    const struct mc_config *config = service->config;

    if (!mc_config_bool(config, "soft_shutdown")) {
        return false;
    }
    int64_t limit_s = mc_config_int(config, "soft_shutdown_timeout");
    if (mc_config_has(config, "soft_shutdown_timeout") && limit_s <= 0) {
        mc_log_write(service->log, MC_LEVEL_WARN,
                     "soft_shutdown_timeout has been set to '%lld'. "
                     "soft_shutdown_timeout must be > 0",
                     (long long)limit_s);
        mc_log_write(service->log, MC_LEVEL_WARN, "Shutting down normally.");
        return false;
    }
    return true;
}

static void on_stop(void *user, int signo)
{
    struct service *service = user;
    bool again = service->stopping;

    mc_log_write(service->log, MC_LEVEL_INFO, "stopping%s on signal %s",
                 again ? " at once" : "", sigabbrev_np(signo));
    if (!again && wants_soft_stop(service)) {
        soft_stop(service);
        return;
    }
    mc_loop_stop(service->loop);
}

/* The agent controller was asked to end the node. */
static void on_asked_to_stop(void *user)
{
    struct service *service = user;

    if (!service->stopping) {
        mc_log_write(service->log, MC_LEVEL_WARN,
                     "stopping on request of the agent controller");
        soft_stop(service);
    }
}

static void on_ddls_unused(void *user, struct mc_ddl_store *ddls)
{
    (void)user;
    mc_ddl_store_free(ddls);
    (void)malloc_trim(0);
}

/* New agents with newly read DDLs; the node gives the old ones back when it can. */
static int reload(void *user)
{
    struct service *service = user;
    struct mc_ddl_store *ddls = mc_ddl_store_new(service->folders);

    mc_log_write(service->log, MC_LEVEL_INFO, "loading all agents again");
    if (!ddls || mc_node_reload(service->node, ddls) != 0) {
        mc_log_write(service->log, MC_LEVEL_ERROR,
                     "not enough memory to load the agents again: going on with the "
                     "old ones");
        mc_ddl_store_free(ddls);
        return -ENOMEM;
    }
    service->ddls = ddls;
    return 0;
}

static void on_reload(void *user, int signo)
{
    (void)signo;
    (void)reload(user);
}

static void on_cycle(void *user, int signo)
{
    struct service *service = user;

    (void)signo;
    (void)mc_log_cycle(service->log);
}

static void on_reopen(void *user, int signo)
{
    struct service *service = user;
    struct mc_error error = {""};
    int r = mc_log_reopen(service->log);

    (void)signo;
    if (r != 0) {
        mc_log_write(service->log, MC_LEVEL_ERROR, "cannot open the log again: %s",
                     strerror(-r));
    }
    if (mc_node_reopen(service->node, &error) != 0) {
        mc_log_write(service->log, MC_LEVEL_ERROR, "cannot open the audit again: %s",
                     error.text);
    }
}

static int watch_signals(struct service *service)
{
    static const struct
    {
        int signo;
        mc_signal_fn *fn;
    } signals[] = {
        {SIGTERM, on_stop},   {SIGINT, on_stop},   {SIGHUP, on_stop},
        {SIGUSR1, on_reload}, {SIGUSR2, on_cycle}, {SIGWINCH, on_reopen},
    };

    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < MC_COUNT(signals); i++) {
        service->watches[i] =
            mc_watch_signal(service->loop, signals[i].signo, signals[i].fn, service);
        if (!service->watches[i]) {
            return -ENOMEM;
        }
    }
    return 0;
}

/* A node that will never reach its broker again ends, so that its supervisor sees it. */
static void on_dead(void *user, const char *text)
{
    struct service *service = user;

    mc_error_set(&service->dead, "the broker was given up: %s",
                 text ? text : "no attempt is left");
    mc_loop_stop(service->loop);
}

static int open_node(struct service *service, struct mc_error *error)
{
    int r = mc_paths_plugins(service->config, service->arena, &service->folders);

    if (r != 0) {
        return r;
    }
    service->loop = mc_loop_new();
    service->ddls = mc_ddl_store_new(service->folders);
    if (!service->loop || !service->ddls) {
        return -ENOMEM;
    }
    const struct mc_node_spec spec = {
        .loop = service->loop,
        .config = service->config,
        .ddls = service->ddls,
        .folders = service->folders,
        .sink = &service->sink,
        .on_dead = on_dead,
        .on_ddls_unused = on_ddls_unused,
        .on_reload = reload,
        .on_stop = on_asked_to_stop,
        .user = service,
    };
    r = watch_signals(service);
    return r ? r : mc_node_new(&spec, &service->node, error);
}

static void close_service(struct service *service)
{
    mc_node_finish(service->node, FINISH_MS);
    service->node = mc_node_free(service->node);
    for (size_t i = 0; i < MC_COUNT(service->watches); i++) {
        service->watches[i] = mc_watch_free(service->watches[i]);
    }
    service->ddls = mc_ddl_store_free(service->ddls);
    service->loop = mc_loop_free(service->loop);
    service->log = mc_log_free(service->log);
    service->config = mc_config_free(service->config);
    service->arena = mc_arena_free(service->arena);
}

/* With the figures of its life, of which the log may hold only the warnings. */
static void say_stopping(const struct service *service)
{
    const struct mc_node_stats *stats = mc_node_stats(service->node);
    const struct mc_field fields[] = {
        MC_FIELD_NUM("messages", stats->total),
        MC_FIELD_NUM("replies", stats->replies),
        MC_FIELD_NUM("filtered", stats->filtered),
        MC_FIELD_NUM("dropped", stats->dropped),
    };

    mc_event_emit(&service->sink, MC_EVENT_node_stopping, fields, MC_COUNT(fields));
}

static void say_started(struct service *service)
{
    const struct mc_field fields[] = {
        MC_FIELD_STR("identity", mc_config_identity(service->config)),
        MC_FIELD_STR("version", MC_VERSION),
        MC_FIELD_STR("config", mc_config_path(service->config)),
        MC_FIELD_NUM("pid", getpid()),
    };

    mc_event_emit(&service->sink, MC_EVENT_node_started, fields, MC_COUNT(fields));
    /* The DDL loader's heap is gone; give its pages back. */
    (void)malloc_trim(0);
}

static int serve(struct service *service, struct mc_daemon *starter,
                 struct mc_error *error)
{
    int r = mc_log_open(service->config, "mcollectived", &service->log, error);

    if (r != 0) {
        return r;
    }
    service->sink = (struct mc_sink){.fn = mc_event_to_log, .user = service->log};
    r = open_node(service, error);
    if (r != 0) {
        mc_log_write(service->log, MC_LEVEL_FATAL, "%s", error->text);
        return r;
    }
    if (starter) {
        mc_daemon_ready(starter);
    }
    say_started(service);
    r = service->dead.text[0] ? 0 : mc_loop_run(service->loop);
    say_stopping(service);
    if (service->dead.text[0]) {
        *error = service->dead;
        mc_log_write(service->log, MC_LEVEL_FATAL, "%s", error->text);
        return -ENOTCONN;
    }
    return r;
}

/* The path as seen from any folder. */
static const char *absolute(struct mc_arena *arena, const char *path)
{
    char folder[PATH_MAX];

    if (!path || *path == '/' || !getcwd(folder, sizeof(folder))) {
        return path;
    }
    return mc_arena_printf(arena, "%s/%s", folder, path);
}

/* Serve in the background; the process that was started only waits for the outcome. */
static int serve_detached(struct service *service, const char *pid_path,
                          struct mc_error *error)
{
    struct mc_daemon starter;
    int r = mc_daemon_detach(MC_DAEMON_FOLDER, MC_DAEMON_WAIT_MS, &starter, error);

    if (r != 0) {
        return r == MC_DAEMON_STARTED ? 0 : -ECANCELED;
    }
    r = pid_path ? mc_daemon_pidfile_create(pid_path, error) : 0;
    if (r == 0) {
        r = serve(service, &starter, error);
        mc_daemon_pidfile_remove(pid_path);
    }
    if (r != 0) {
        mc_daemon_failed(&starter, error->text);
    }
    return r < 0 ? r : r ? -EEXIST : 0;
}

int mc_daemon_run(const struct mc_daemon_options *options, struct mc_error *error)
{
    struct service service = {.arena = mc_arena_new(1 << 20)};
    int r =
        service.arena ? load_config(&service, options->config_path, error) : -ENOMEM;

    if (r == 0) {
        bool daemonize = options->has_daemonize
                             ? options->daemonize
                             : mc_config_bool(service.config, "daemonize");
        r = daemonize ? serve_detached(
                            &service, absolute(service.arena, options->pid_path), error)
                      : serve(&service, NULL, error);
    }
    close_service(&service);
    return r;
}
