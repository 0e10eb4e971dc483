/* Starting one run: a program that outlives the call and this daemon, which Puppet may
 * restart; or a signal to the Puppet that idles in the background. What a caller may
 * choose becomes words of the command line, each checked here again, whatever DDL the
 * node was given. */
#include "agent/puppet/puppet-private.h"

#include "base/clock.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#define SPLAYLIMIT_DEFAULT "30"

struct run
{
    const struct mc_puppet__agent *agent;
    struct mc_agent_call *call;
    struct mc_puppet__line line;
    size_t own; /* words that no caller chose */
};

static void refuse(struct mc_agent_call *call, enum mc_status status, const char *words)
{
    mc_agent_set_text(call, "summary", words);
    mc_agent_fail(call, status, "%s", words);
}

/* Whether a text is made of letters, digits and some others, and is no option. */
static bool plain(const char *text, const char *others)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

    if (!*text || *text == '-') {
        return false;
    }
    for (; *text; text++) {
        if (!strchr(letters, *text) && !strchr(others, *text)) {
            return false;
        }
    }
    return true;
}

static bool setting(const struct run *run, const char *key, bool fallback)
{
    bool value = fallback;

    /* A setting that is no boolean leaves what is the default. */
    (void)!mc_config_plugin_bool(mc_puppet__config(run->agent), key, fallback, &value,
                                 NULL);
    return value;
}

/* --noop or --no-noop, when the caller says something about it. */
static void add_switch(struct run *run, const char *input, const char *on,
                       const char *off)
{
    const struct mc_value *value = mc_agent_input(run->call, input);

    if (mc_value_is(value, MC_BOOL)) {
        const char *word = value->boolean ? on : off;
        if (word) {
            mc_puppet__add(&run->line, word);
        }
    }
}

/* --NAME and its text. Returns false when the call has its failure. */
static bool add_text(struct run *run, const char *name, const char *option,
                     const char *others)
{
    const char *text = mc_agent_input_text(run->call, name, NULL);

    if (text && !plain(text, others)) {
        mc_agent_fail(run->call, MC_STATUS_INVALID_DATA,
                      "'%.120s' cannot be used as %s", text, name);
        return false;
    }
    if (text) {
        mc_puppet__add(&run->line, option);
        mc_puppet__add(&run->line, text);
    }
    return true;
}

/* Tags come with blanks behind their commas. */
static bool add_tags(struct run *run)
{
    const char *text = mc_agent_input_text(run->call, "tags", NULL);
    char *tags = text ? mc_arena_strdup(mc_agent_arena(run->call), text) : NULL;
    char *to = tags;

    if (!text) {
        return true;
    }
    for (const char *from = tags; from && *from; from++) {
        if (*from != ' ') {
            *to++ = *from;
        }
    }
    if (to) {
        *to = '\0';
    }
    if (!tags || !plain(tags, ":,-.")) {
        mc_agent_fail(run->call, MC_STATUS_INVALID_DATA,
                      "'%.120s' cannot be used as tags", text);
        return false;
    }
    mc_puppet__add(&run->line, "--tags");
    mc_puppet__add(&run->line, tags);
    return true;
}

static const char *splaylimit(const struct run *run)
{
    const struct mc_value *given = mc_agent_input(run->call, "splaylimit");
    int64_t seconds = mc_value_integer(given, (int64_t)mc_value_real(given, 0));
    const char *configured = mc_config_plugin(mc_puppet__config(run->agent),
                                              "puppet.splaylimit", SPLAYLIMIT_DEFAULT);

    return given && seconds >= 0
               ? mc_arena_printf(mc_agent_arena(run->call), "%" PRId64, seconds)
               : configured;
}

/* A run that was not forced begins after a random time. */
static void add_splay(struct run *run)
{
    bool force = mc_value_boolean(mc_agent_input(run->call, "force"), false);
    const struct mc_value *given = mc_agent_input(run->call, "splay");
    bool splay = !force && mc_value_boolean(given, setting(run, "puppet.splay", true));

    mc_puppet__add(&run->line, splay ? "--splay" : "--no-splay");
    if (splay) {
        mc_puppet__add(&run->line, "--splaylimit");
        mc_puppet__add(&run->line, splaylimit(run));
    }
}

/* Whatever the caller chooses. Returns false when the call has its failure. */
static bool add_choices(struct run *run)
{
    if (mc_agent_input_text(run->call, "server", NULL) &&
        !setting(run, "puppet.allow_server_override", false)) {
        refuse(run->call, MC_STATUS_ABORTED,
               "Passing 'server' option is not allowed in module configuration");
        return false;
    }
    add_switch(run, "noop", "--noop", "--no-noop");
    if (!add_tags(run) || !add_text(run, "environment", "--environment", "") ||
        !add_text(run, "server", "--server", ".-:")) {
        return false;
    }
    add_switch(run, "ignoreschedules", "--ignoreschedules", NULL);
    add_switch(run, "use_cached_catalog", "--use_cached_catalog",
               "--no-use_cached_catalog");
    return true;
}

static const char *as_text(const struct run *run)
{
    const char *text = "";

    for (size_t i = 0; text && i < run->line.count; i++) {
        text = mc_arena_printf(mc_agent_arena(run->call), "%s%s%s", text, i ? " " : "",
                               run->line.words[i]);
    }
    return text;
}

static void start(struct run *run)
{
    if (!mc_puppet__runs(&run->line, run->call, "puppet.command")) {
        return;
    }
    int64_t now_s = mc_clock_now_s();
    int r = mc_child_detach(run->line.words, NULL);
    if (r != 0) {
        mc_agent_fail(run->call, MC_STATUS_ABORTED, "Could not start '%.200s': %s",
                      run->line.words[0], strerror(-r));
        return;
    }
    mc_agent_set_text(run->call, "summary",
                      mc_arena_printf(mc_agent_arena(run->call),
                                      "Started a Puppet run using the '%s' command",
                                      as_text(run)));
    mc_agent_set_int(run->call, "initiated_at", now_s);
}

static void signal_daemon(const struct run *run, const struct mc_puppet_state *now)
{
    if (run->line.count > run->own) {
        refuse(run->call, MC_STATUS_ABORTED,
               "Cannot specify any custom puppet options when the daemon is running");
    } else if (kill((pid_t)now->daemon_pid, SIGUSR1) != 0) {
        mc_agent_fail(run->call, MC_STATUS_ABORTED,
                      "Could not signal the running Puppet daemon: %s",
                      strerror(errno));
    } else {
        mc_agent_set_text(run->call, "summary", "Signalled the running Puppet Daemon");
        mc_agent_set_int(run->call, "initiated_at", mc_clock_now_s());
    }
}

static void run_now(struct run *run, const struct mc_puppet_state *now)
{
    static const char *const own[] = {"--onetime", "--no-daemonize", "--color=false",
                                      "--show_diff", "--verbose"};

    run->line.count = mc_puppet_command(mc_puppet__config(run->agent), "puppet.command",
                                        "puppet agent", mc_agent_arena(run->call),
                                        run->line.words, MC_PUPPET__WORDS_MAX / 2);
    run->line.failed = !run->line.count;
    for (size_t i = 0; i < MC_COUNT(own); i++) {
        mc_puppet__add(&run->line, own[i]);
    }
    run->own = run->line.count;
    if (!add_choices(run)) {
        return;
    }
    if (now->idling && setting(run, "puppet.signal_daemon", true)) {
        signal_daemon(run, now);
    } else {
        /* The splay of a Puppet in the background is its own. */
        if (!now->daemon) {
            add_splay(run);
        }
        start(run);
    }
}

void mc_puppet__runonce(void *state, struct mc_agent_call *call)
{
    struct run run = {.agent = state, .call = call};
    struct mc_puppet_files files;
    struct mc_puppet_state now;

    if (!mc_puppet__state(run.agent, call, &files, &now)) {
        mc_agent_finish(call);
        return;
    }
    if (!now.enabled) {
        const char *words = mc_arena_printf(
            mc_agent_arena(call), "Puppet is disabled: '%s'", now.disable_message);
        refuse(call, MC_STATUS_ABORTED, words ? words : "Puppet is disabled");
    } else if (now.applying) {
        refuse(call, MC_STATUS_ABORTED,
               "Puppet is currently applying a catalog, cannot run now");
    } else {
        run_now(&run, &now);
    }
    mc_agent_finish(call);
}
