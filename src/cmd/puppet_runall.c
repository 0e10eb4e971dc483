/* mco puppet runall: all nodes that Puppet may run on, so many at a time, to their end
 * (commands.md 1.17). It goes on where one before was ended (--resume), says what failed,
 * and begins again (--rerun). */
#include "cmd/runs.h"

#include "base/clock.h"
#include "base/file.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENABLED "puppet().enabled=true"
#define RESUME_BYTES_MAX ((size_t)4 * 1024 * 1024)

/* Only nodes that Puppet may run on; nodes that were named are asked as they are, since
 * an expression needs their discovery. */
static int discovering(struct mc_cmd_runs *runs)
{
    struct mc_cmd *cmd = runs->cmd;
    bool listed = mc_options_has(&cmd->options, MC_OPT_nodes) ||
                  mc_options_has(&cmd->options, MC_OPT_method) || cmd->piped;

    mc_cmd_runs_say(runs, "Discovering enabled Puppet nodes to manage");
    int r = mc_cmd_call(cmd, "puppet", "status");
    if (r || listed) {
        return r;
    }
    if (mc_options_has(&cmd->options, MC_OPT_select)) {
        mc_cmd_runs_say(runs,
                        "Modifying user-specified filter: and'ing with '" ENABLED "'");
    }
    return mc_call_filter(cmd->call, MC_SELECT_COMPOUND, ENABLED, &cmd->error);
}

static int found(struct mc_cmd_runs *runs, size_t count)
{
    mc_cmd_runs_say(runs, "Found %zu enabled nodes", count);
    return 0;
}

/* The names that a run before has left. */
static int read_resume(struct mc_cmd *cmd, const char *path,
                       const char *const **ret_names)
{
    struct mc_bytes text = MC_BYTES("");
    size_t count = 0;
    int r = mc_file_read(path, RESUME_BYTES_MAX, cmd->arena, &text, &cmd->error);

    if (r != 0 && r != -ENOENT) {
        return r;
    }
    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == '\n';
    }
    const char **names = mc_arena_array(cmd->arena, count + 2, sizeof(*names));
    for (count = 0; names && text.len;) {
        size_t end = mc_bytes_find(text, '\n');
        names[count] =
            mc_arena_text(cmd->arena, mc_bytes_trim(mc_bytes_slice(text, 0, end)));
        count += names[count] != NULL;
        text = mc_bytes_slice(text, end + 1, SIZE_MAX);
    }
    *ret_names = names;
    return names ? 0 : -ENOMEM;
}

/* Say whose last run had failures. Returns how many; below 0 when nobody could be
 * asked. */
static int failures(struct mc_cmd_runs *runs)
{
    struct mc_cmd *cmd = runs->cmd;
    const struct mc_client_reply *reply;
    struct mc_call *call = NULL;
    size_t count = 0;
    const char *const *names = mc_call_names(cmd->call, MC_NODES_DISCOVERED, &count);
    int failed = 0;
    int r = count ? mc_cmd_runs_call(cmd, "puppet", "last_run_summary", names, count, 0,
                                     &call)
                  : 0;

    if (r == 0 && call) {
        r = mc_call_run(call, &cmd->error);
    }
    for (size_t i = 0; r == 0 && call && (reply = mc_call_reply(call, i)); i++) {
        int64_t resources =
            mc_value_integer(mc_value_get_name(reply->data, "failed_resources"), 0);
        if (reply->status) {
            mc_cmd_runs_say(runs, "%s: %s", reply->sender, reply->message);
        } else if (resources > 0) {
            mc_cmd_runs_say(runs, "%s: %lld resource%s failed", reply->sender,
                            (long long)resources, resources == 1 ? "" : "s");
        }
        failed += reply->status || resources > 0;
    }
    mc_call_free(call);
    return r ? -1 : failed;
}

static int iteration(struct mc_cmd_runs *runs, const char *resume)
{
    struct mc_cmd *cmd = runs->cmd;
    int r = resume ? read_resume(cmd, resume, &runs->left_out) : 0;

    if (r != 0 || mc_cmd_runs_play(runs)) {
        return mc_cmd_fail(cmd);
    }
    int failed = failures(runs);
    size_t missing = runs->figures.refused + runs->figures.skipped;
    if (missing) {
        mc_cmd_runs_say(runs, "%zu of %zu nodes had no run", missing,
                        runs->figures.hosts);
    } else if (resume) {
        (void)unlink(resume);
    }
    return !runs->figures.hosts ? 1 : missing || failed ? 2 : 0;
}

int mc_cmd_puppet_runall(struct mc_cmd *cmd, const char *limit)
{
    const char *resume = mc_options_text(&cmd->options, MC_OPT_puppet_resume);
    unsigned rerun_s = mc_options_number(&cmd->options, MC_OPT_puppet_rerun, 0);
    struct mc_cmd_runs runs = {
        .cmd = cmd,
        .spec = {.form = MC_RUNS_LATER, .limit = limit ? strtoul(limit, NULL, 10) : 0},
        .discovering = discovering,
        .found = found,
    };
    int code = 0;

    if (!limit) {
        return mc_cmd_fail_with(cmd, "The runall command needs a concurrency limit");
    }
    if (!runs.spec.limit || limit[strspn(limit, "0123456789")]) {
        return mc_cmd_fail_with(
            cmd, "The concurrency for the runall command has to be greater than 0");
    }
    if (mc_cmd_open(cmd)) {
        return mc_cmd_fail(cmd);
    }
    runs.done = resume ? mc_record_new(resume) : NULL;
    for (;;) {
        int64_t end_us = mc_clock_monotonic_us() + (int64_t)rerun_s * 1000000;
        mc_cmd_runs_say(&runs, "Running all nodes with a concurrency of %zu",
                        runs.spec.limit);
        code = iteration(&runs, resume);
        int64_t left_us = end_us - mc_clock_monotonic_us();
        if (!rerun_s) {
            break;
        }
        left_us = left_us > 0 ? left_us : 0;
        mc_cmd_runs_say(&runs, "Running all nodes again in %lld seconds",
                        (long long)((left_us + 999999) / 1000000));
        (void)poll(NULL, 0, (int)(left_us / 1000));
        runs.done = mc_record_free(runs.done);
        runs.done = resume ? mc_record_new(resume) : NULL;
    }
    mc_record_free(runs.done);
    return code;
}
