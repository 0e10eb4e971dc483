/* The puppet agent: outputs and words as the original's (spec commands.md 2.3). */
#include "agent/puppet/puppet-private.h"

#include "base/clock.h"
#include <errno.h>
#include <string.h>
#include <time.h>

extern const struct mc_agent_ops mc_agent_puppet;

const struct mc_config *mc_puppet__config(const struct mc_puppet__agent *agent)
{
    return agent->host->ops->config(agent->host->node);
}

bool mc_puppet__files(const struct mc_puppet__agent *agent, struct mc_agent_call *call,
                      struct mc_puppet_files *ret_files)
{
    struct mc_error error = {"not enough memory"};

    if (mc_puppet_files(mc_puppet__config(agent), mc_agent_arena(call), ret_files,
                        &error) == 0) {
        return true;
    }
    mc_agent_fail(call, MC_STATUS_ABORTED, "Puppet's settings cannot be read: %s",
                  error.text);
    return false;
}

bool mc_puppet__state(const struct mc_puppet__agent *agent, struct mc_agent_call *call,
                      struct mc_puppet_files *ret_files,
                      struct mc_puppet_state *ret_state)
{
    if (!mc_puppet__files(agent, call, ret_files)) {
        return false;
    }
    if (mc_puppet_state(ret_files, mc_agent_arena(call), ret_state) == 0) {
        return true;
    }
    mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
    return false;
}

void mc_puppet__add(struct mc_puppet__line *line, const char *word)
{
    if (!word || line->count >= MC_PUPPET__WORDS_MAX) {
        line->failed = true;
    } else {
        line->words[line->count++] = word;
        line->words[line->count] = NULL;
    }
}

bool mc_puppet__runs(const struct mc_puppet__line *line, struct mc_agent_call *call,
                     const char *setting)
{
    if (line->failed || !line->count) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "plugin.%s is no usable command",
                      setting);
    } else if (!mc_child_available(line->words[0])) {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "The command '%.200s' was not found on this node; plugin.%s can "
                      "name another one",
                      line->words[0], setting);
    } else {
        return true;
    }
    return false;
}

static void set_bool(struct mc_agent_call *call, const char *output, bool value)
{
    mc_agent_set(call, output, mc_value_bool(mc_agent_arena(call), value));
}

static void status(void *state, struct mc_agent_call *call)
{
    struct mc_puppet_files files;
    struct mc_puppet_state now;

    if (mc_puppet__state(state, call, &files, &now)) {
        int64_t since_s = mc_clock_now_s() - now.lastrun_s;
        set_bool(call, "applying", now.applying);
        set_bool(call, "idling", now.idling);
        set_bool(call, "enabled", now.enabled);
        set_bool(call, "daemon_present", now.daemon);
        mc_agent_set_int(call, "lastrun", now.lastrun_s);
        if (!now.unknown) {
            mc_agent_set_int(call, "since_lastrun", since_s);
        }
        mc_agent_set_text(call, "status", now.word);
        mc_agent_set_text(call, "disable_message", now.disable_message);
        mc_agent_set_text(call, "message",
                          mc_puppet_sentence(&now, since_s, mc_agent_arena(call)));
    }
    mc_agent_finish(call);
}

/* "Disabled via MCollective by cert=admin at 2026-11-22 07:30" */
static const char *default_message(const struct mc_agent_call *call)
{
    const struct mc_request *request = mc_agent_request(call);
    time_t now = (time_t)mc_clock_now_s();
    struct tm parts;
    char when[32] = "";

    if (localtime_r(&now, &parts)) {
        (void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &parts);
    }
    return mc_arena_printf(mc_agent_arena(call), "Disabled via MCollective by %s at %s",
                           request && request->caller ? request->caller : "unknown",
                           when);
}

/* The words of a failed change, also in its output. */
static void could_not(struct mc_agent_call *call, const char *what, const char *why)
{
    const char *words =
        mc_arena_printf(mc_agent_arena(call), "Could not %s Puppet: %s", what, why);

    mc_agent_set_text(call, "status", words);
    mc_agent_fail(call, MC_STATUS_ABORTED, "%s", words ? words : why);
}

static void disable(void *state, struct mc_agent_call *call)
{
    const char *message = mc_agent_input_text(call, "message", NULL);
    struct mc_puppet_files files;
    struct mc_puppet_state now;
    struct mc_error error = {""};

    message = message && *message ? message : default_message(call);
    if (message && mc_puppet__files(state, call, &files)) {
        int r = mc_puppet_disable(&files, message, mc_agent_arena(call), &error);
        if (r == 0) {
            mc_agent_set_text(call, "status",
                              mc_arena_printf(mc_agent_arena(call),
                                              "Succesfully locked the Puppet agent: %s",
                                              message));
        } else {
            could_not(call, "disable",
                      r == MC_PUPPET_ALREADY ? "Already disabled" : error.text);
        }
        if (mc_puppet__state(state, call, &files, &now)) {
            set_bool(call, "enabled", now.enabled);
        }
    }
    mc_agent_finish(call);
}

static void enable(void *state, struct mc_agent_call *call)
{
    struct mc_puppet_files files;
    struct mc_puppet_state now;
    struct mc_error error = {""};

    if (mc_puppet__files(state, call, &files)) {
        int r = mc_puppet_enable(&files, &error);
        if (r == 0) {
            mc_agent_set_text(call, "status", "Succesfully enabled the Puppet agent");
        } else {
            could_not(call, "enable",
                      r == MC_PUPPET_ALREADY ? "Already enabled" : error.text);
        }
        if (mc_puppet__state(state, call, &files, &now)) {
            set_bool(call, "enabled", now.enabled);
        }
    }
    mc_agent_finish(call);
}

static void set_figures(struct mc_agent_call *call, const struct mc_value *summary)
{
    struct mc_arena *arena = mc_agent_arena(call);
    const struct mc_value *version =
        mc_value_get_text(mc_value_get_text(summary, "version"), "config");
    const struct mc_value *value = NULL;
    const char *output = NULL;

    for (size_t i = 0; (output = mc_puppet_figure(i, summary, arena, &value)) != NULL;
         i++) {
        mc_agent_set(call, output, value);
    }
    mc_agent_set(call, "config_version",
                 version ? version : mc_value_text(arena, "unknown"));
}

/* The part of the summary that lies in other files. */
static void set_others(struct mc_agent_call *call, const struct mc_puppet_files *files)
{
    const struct mc_value *types = NULL;
    const struct mc_value *logs = NULL;
    struct mc_error error = {"not enough memory"};
    struct mc_arena *arena = mc_agent_arena(call);

    if (mc_puppet_types(files, arena, &types) == 0) {
        mc_agent_set(call, "type_distribution", types);
    }
    if (mc_value_boolean(mc_agent_input(call, "logs"), false)) {
        int r = mc_puppet_logs(files, arena, &logs, &error);
        if (r == 0) {
            mc_agent_set(call, "logs", logs);
        } else if (r != MC_PUPPET_NONE) {
            mc_agent_fail(call, MC_STATUS_ABORTED,
                          "The report of the last run cannot be read: %s", error.text);
        }
    }
}

static void last_run_summary(void *state, struct mc_agent_call *call)
{
    const struct mc_value *summary = NULL;
    struct mc_puppet_files files;
    struct mc_error error = {"not enough memory"};

    if (!mc_puppet__files(state, call, &files)) {
        mc_agent_finish(call);
        return;
    }
    int r = mc_puppet_summary(&files, mc_agent_arena(call), &summary, &error);
    if (r == MC_PUPPET_NONE) {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "Puppet has left no summary here, it has not run yet: %s",
                      files.path[MC_PUPPET_SUMMARY]);
    } else if (r != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "The summary of the last run cannot be read: %s", error.text);
    } else {
        set_figures(call, summary);
        mc_agent_set_int(
            call, "since_lastrun",
            mc_clock_now_s() -
                mc_value_integer(
                    mc_value_get_text(mc_value_get_text(summary, "time"), "last_run"),
                    0));
        mc_agent_set(call, "summary", summary);
        set_others(call, &files);
    }
    mc_agent_finish(call);
}

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct mc_puppet__agent *agent = state;

    (void)error;
    agent->host = host;
    return 0;
}

static const struct mc_agent_action actions[] = {
    {"disable", disable},
    {"enable", enable},
    {"status", status},
    {"runonce", mc_puppet__runonce},
    {"last_run_summary", last_run_summary},
    {"resource", mc_puppet__resource},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_puppet = {
    .abi = MC_AGENT_ABI,
    .name = "puppet",
    .state_size = sizeof(struct mc_puppet__agent),
    .init = init,
    .actions = actions,
};
