/* The puppetd agent of the first release (spec commands.md 2.3; rows 37, 38).
 *
 * It speaks of today's Puppet, with its several files, in the words of then. With
 * plugin.puppetd.lockfile it reads a Puppet of then: one lock, absent when enabled,
 * empty when disabled, with something in it while Puppet runs. */
#include "agent/agent.h"

#include "base/clock.h"
#include "base/file.h"
#include "host/puppet/puppet.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct mc_agent_ops mc_agent_puppetd;

#define STATEFILE_DEFAULT "/var/lib/puppet/state/state.yaml"
#define WORDS_MAX 32

struct agent
{
    const struct mc_agent_host *host;
};

/* What both kinds of Puppet have in common. */
struct view
{
    const struct mc_config *config;
    struct mc_puppet_files files;
    const char *lockfile; /* of a Puppet of then, or NULL */
    bool enabled;
    bool running;
    bool idling;
    int64_t daemon_pid;
    int64_t lastrun_s;
};

static int64_t changed_s(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 ? (int64_t)about.st_mtime : 0;
}

static void look_then(struct view *view)
{
    struct stat about;
    bool there = stat(view->lockfile, &about) == 0;

    view->enabled = !there || about.st_size > 0;
    view->running = there && about.st_size > 0;
    view->lastrun_s = changed_s(
        mc_config_plugin(view->config, "puppetd.statefile", STATEFILE_DEFAULT));
    view->idling =
        mc_puppet_lives(view->files.path[MC_PUPPET_PID_FILE], &view->daemon_pid) &&
        !view->running;
}

/* What Puppet does; else the call has its failure. */
static bool look(const struct agent *agent, struct mc_agent_call *call,
                 struct view *ret_view)
{
    struct view view = {.config = agent->host->ops->config(agent->host->node)};
    struct mc_error error = {"not enough memory"};
    struct mc_puppet_state now = {.enabled = true};
    int r = mc_puppet_files(view.config, mc_agent_arena(call), &view.files, &error);

    view.lockfile = mc_config_plugin(view.config, "puppetd.lockfile", NULL);
    if (r == 0 && view.lockfile) {
        look_then(&view);
    } else if (r == 0) {
        r = mc_puppet_state(&view.files, mc_agent_arena(call), &now);
        view.enabled = now.enabled;
        view.running = now.applying;
        view.idling = now.idling;
        view.daemon_pid = now.daemon_pid;
        view.lastrun_s = now.lastrun_s;
    }
    if (r != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "Puppet's settings cannot be read: %s",
                      error.text);
        return false;
    }
    *ret_view = view;
    return true;
}

static void set_output(struct mc_agent_call *call, const char *words)
{
    mc_agent_set_text(call, "output", words);
}

/* The words of a failure are its output too. */
static void fail(struct mc_agent_call *call, const char *words)
{
    set_output(call, words);
    mc_agent_fail(call, MC_STATUS_ABORTED, "%s", words);
}

static void status(void *state, struct mc_agent_call *call)
{
    struct view view;

    if (look(state, call, &view)) {
        const char *word = !view.enabled  ? "disabled"
                           : view.running ? "running"
                           : view.idling  ? "idling"
                                          : "stopped";
        mc_agent_set_int(call, "enabled", view.enabled);
        mc_agent_set_int(call, "running", view.running);
        mc_agent_set_int(call, "idling", view.idling);
        mc_agent_set_int(call, "stopped", !view.running && !view.idling);
        mc_agent_set_text(call, "status", word);
        mc_agent_set_int(call, "lastrun", view.lastrun_s);
        set_output(call, mc_arena_printf(
                             mc_agent_arena(call), "%s, %s, last run %lld seconds ago",
                             view.enabled ? "Enabled" : "Disabled",
                             view.running ? "running" : "not running",
                             (long long)(mc_clock_now_s() - view.lastrun_s)));
    }
    mc_agent_finish(call);
}

static int unlock(const struct view *view, struct mc_error *error)
{
    if (!view->lockfile) {
        return mc_puppet_enable(&view->files, error);
    }
    if (unlink(view->lockfile) == 0) {
        return 0;
    }
    int r = -errno;
    mc_error_set(error, "%s: %s", view->lockfile, strerror(-r));
    return r == -ENOENT ? MC_PUPPET_ALREADY : r;
}

static void enable(void *state, struct mc_agent_call *call)
{
    struct view view;
    struct mc_error error = {""};

    if (look(state, call, &view)) {
        if (view.lockfile && view.running) {
            set_output(call, "Currently runing");
        } else {
            int r = unlock(&view, &error);
            if (r == 0) {
                set_output(call, "Lock removed");
            } else {
                fail(call, r == MC_PUPPET_ALREADY ? "Already unlocked" : error.text);
            }
        }
    }
    mc_agent_finish(call);
}

static int lock(const struct view *view, struct mc_agent_call *call,
                struct mc_error *error)
{
    if (!view->lockfile) {
        return mc_puppet_disable(&view->files, "Disabled via MCollective",
                                 mc_agent_arena(call), error);
    }
    int r = mc_file_create(view->lockfile, MC_BYTES(""), error);
    return r == -EEXIST ? MC_PUPPET_ALREADY : r;
}

static void disable(void *state, struct mc_agent_call *call)
{
    struct view view;
    struct mc_error error = {""};

    if (look(state, call, &view)) {
        int r = lock(&view, call, &error);
        if (r == 0) {
            set_output(call, "Lock created");
        } else if (r == MC_PUPPET_ALREADY) {
            fail(call, view.enabled ? "Currently running" : "Already disabled");
        } else {
            fail(call, error.text);
        }
    }
    mc_agent_finish(call);
}

static bool truthy(const struct mc_value *value)
{
    const char *text = mc_value_cstr(value);

    return text ? strcmp(text, "true") == 0 : mc_value_boolean(value, false);
}

/* Start a run in the background. */
static void start(const struct view *view, struct mc_agent_call *call)
{
    const char *words[WORDS_MAX + 5];
    size_t count = mc_puppet_command(view->config, "puppetd.puppetd", "puppet agent",
                                     mc_agent_arena(call), words, WORDS_MAX);
    const char *splay = mc_config_plugin(view->config, "puppetd.splaytime", "0");
    bool force = truthy(mc_agent_input(call, "forcerun"));

    if (!count || !mc_child_available(words[0])) {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "The command '%.200s' was not found on this node; "
                      "plugin.puppetd.puppetd can name another one",
                      count ? words[0] : "");
        return;
    }
    words[count++] = "--onetime";
    if (!force && splay[0] && strspn(splay, "0123456789") == strlen(splay) &&
        strcmp(splay, "0") != 0) {
        words[count++] = "--splaylimit";
        words[count++] = splay;
        words[count++] = "--splay";
    }
    words[count] = NULL;
    int r = mc_child_detach(words, NULL);
    if (r != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "Could not start '%.200s': %s", words[0],
                      strerror(-r));
    } else {
        set_output(call, "");
    }
}

static void runonce(void *state, struct mc_agent_call *call)
{
    struct view view;

    if (look(state, call, &view)) {
        if (!view.enabled || view.running) {
            fail(call, "Lock file exists");
        } else if (view.idling) {
            if (kill((pid_t)view.daemon_pid, SIGUSR1) != 0) {
                fail(call, "Could not signal the running Puppet daemon");
            } else {
                set_output(call,
                           mc_arena_printf(mc_agent_arena(call),
                                           "Signalled daemonized puppet agent to run "
                                           "(process %lld)",
                                           (long long)view.daemon_pid));
            }
        } else {
            start(&view, call);
        }
    }
    mc_agent_finish(call);
}

static void last_run_summary(void *state, struct mc_agent_call *call)
{
    static const char *const rows[][2] = {{"time", "time"},
                                          {"resources", "resources"},
                                          {"changes", "changes"},
                                          {"events", "events"},
                                          {"version", "version"}};
    const struct mc_value *summary = NULL;
    struct mc_error error = {"not enough memory"};
    struct view view;

    if (look(state, call, &view)) {
        /* The setting of the first release goes before what Puppet says. */
        view.files.path[MC_PUPPET_SUMMARY] = mc_config_plugin(
            view.config, "puppet.summary", view.files.path[MC_PUPPET_SUMMARY]);
        int r = mc_puppet_summary(&view.files, mc_agent_arena(call), &summary, &error);
        for (size_t i = 0; r == 0 && i < MC_COUNT(rows); i++) {
            const struct mc_value *value = mc_value_get_text(summary, rows[i][1]);
            mc_agent_set(call, rows[i][0],
                         value ? value : mc_value_hash(mc_agent_arena(call)));
        }
        if (r == MC_PUPPET_NONE) {
            mc_agent_fail(call, MC_STATUS_ABORTED,
                          "Puppet has left no summary here, it has not run yet: %s",
                          view.files.path[MC_PUPPET_SUMMARY]);
        } else if (r != 0) {
            mc_agent_fail(call, MC_STATUS_ABORTED,
                          "The summary of the last run cannot be read: %s", error.text);
        }
    }
    mc_agent_finish(call);
}

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct agent *agent = state;

    (void)error;
    agent->host = host;
    return 0;
}

static const struct mc_agent_action actions[] = {
    {"status", status},
    {"enable", enable},
    {"disable", disable},
    {"runonce", runonce},
    {"last_run_summary", last_run_summary},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_puppetd = {
    .abi = MC_AGENT_ABI,
    .name = "puppetd",
    .state_size = sizeof(struct agent),
    .init = init,
    .actions = actions,
};
