/* The filemgr agent: touches, removes and looks at files (commands.md 1.18, 2.7) in the
 * folders that the configuration of the node allows, and nowhere else; base/beneath.h
 * keeps paths in them. The digest of a file is computed in slices of some milliseconds:
 * between two of them the loop serves others, and the time limit of the call holds. */
#include "agent/agent.h"

#include "base/beneath.h"
#include "base/clock.h"
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

extern const struct mc_agent_ops mc_agent_filemgr;

/* The file that actions without one mean; always allowed. */
#define TOUCH_FILE "/var/run/mcollective.plugin.filemgr.touch"
#define ROOTS_MAX 64
#define NAMES_MAX 1000
#define SLICE_US 5000

struct agent
{
    const char *touch_file;
    const char *allow; /* paths, separated by commas */
};

struct job
{
    struct mc_agent_call *call;
    struct mc_timer *turn;
    struct mc_beneath place;
    struct mc_beneath_digest *digest;
};

/* --- paths --- */

static const char *file_of(const struct agent *agent, const struct mc_agent_call *call)
{
    const char *file = mc_agent_input_text(call, "file", "");

    return *file ? file : agent->touch_file;
}

/* The allowed paths; those beyond ROOTS_MAX allow nothing. NULL without memory. */
static const char *const *roots_of(const struct agent *agent, struct mc_arena *arena)
{
    const char **roots = mc_arena_array(arena, ROOTS_MAX + 2, sizeof(*roots));
    const char *rest = agent->allow;
    size_t count = 0;

    if (!roots) {
        return NULL;
    }
    roots[count++] = agent->touch_file;
    while (*rest && count <= ROOTS_MAX) {
        size_t len = strcspn(rest, ",");
        size_t from = strspn(rest, " \t");
        size_t to = len;
        while (to > from && isspace((unsigned char)rest[to - 1])) {
            to--;
        }
        if (to > from) {
            roots[count] = mc_arena_text(arena, mc_bytes_make(rest + from, to - from));
            if (!roots[count++]) {
                return NULL;
            }
        }
        rest += len + (rest[len] == ',');
    }
    roots[count] = NULL;
    return roots;
}

/* Returns whether the place was reached; *ret_reason 0 then. Else the call has its
 * failure unless the file is not there (-ENOENT, -ENOTDIR). */
static bool reach(const struct agent *agent, struct mc_agent_call *call,
                  const char *file, struct mc_beneath *ret_place, int *ret_reason)
{
    struct mc_error error = {"not enough memory"};
    const char *const *roots = roots_of(agent, mc_agent_arena(call));
    int r = roots
                ? mc_beneath_reach(roots, file, mc_agent_arena(call), ret_place, &error)
                : -ENOMEM;

    *ret_reason = r;
    if (r == MC_BENEATH_OUTSIDE) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "%s; plugin.filemgr.allow names those",
                      error.text);
    } else if (r != 0 && r != -ENOENT && r != -ENOTDIR) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "%s", error.text);
    }
    return r == 0;
}

/* --- touch and remove --- */

static void touch(void *state, struct mc_agent_call *call)
{
    const char *file = file_of(state, call);
    struct mc_beneath place = {0};
    int r = 0;

    if (reach(state, call, file, &place, &r)) {
        r = mc_beneath_touch(&place);
        mc_beneath_leave(&place);
    } else if (r != -ENOENT && r != -ENOTDIR) {
        r = 0; /* told already */
    }
    if (r != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "Could not touch file '%s': %s", file,
                      r == -ELOOP ? "it is a symbolic link" : strerror(-r));
    }
    mc_agent_finish(call);
}

static void remove_file(void *state, struct mc_agent_call *call)
{
    const char *file = file_of(state, call);
    struct mc_beneath place = {0};
    int r = 0;

    if (reach(state, call, file, &place, &r)) {
        r = mc_beneath_remove(&place);
        mc_beneath_leave(&place);
    } else if (r != -ENOENT && r != -ENOTDIR) {
        r = 0; /* told already */
    }
    if (r == -ENOENT || r == -ENOTDIR) {
        mc_agent_fail(call, MC_STATUS_ABORTED,
                      "Could not remove file '%s' - it is not present", file);
    } else if (r != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "Could not remove file '%s': %s", file,
                      strerror(-r));
    }
    mc_agent_finish(call);
}

/* --- status --- */

static void absent(struct mc_agent_call *call, const char *file)
{
    static const char *const zeros[] = {
        "present",       "size",          "mtime", "ctime", "atime", "mtime_seconds",
        "ctime_seconds", "atime_seconds", "md5",   "uid",   "gid",
    };

    mc_agent_set_text(call, "name", file);
    mc_agent_set_text(call, "output", "not present");
    mc_agent_set_text(call, "type", "unknown");
    mc_agent_set_text(call, "mode", "0000");
    for (size_t i = 0; i < MC_COUNT(zeros); i++) {
        mc_agent_set_int(call, zeros[i], 0);
    }
}

static const char *type_of(mode_t mode)
{
    static const struct
    {
        mode_t mode;
        const char *name;
    } types[] = {
        {S_IFREG, "file"},    {S_IFDIR, "directory"}, {S_IFLNK, "symlink"},
        {S_IFSOCK, "socket"}, {S_IFCHR, "chardev"},   {S_IFBLK, "blockdev"},
    };

    for (size_t i = 0; i < MC_COUNT(types); i++) {
        if ((mode & S_IFMT) == types[i].mode) {
            return types[i].name;
        }
    }
    return "unknown";
}

/* As Ruby prints a time. */
static void set_time(struct mc_agent_call *call, const char *output,
                     const char *output_s, time_t time_s)
{
    char text[64];
    struct tm parts;

    if (localtime_r(&time_s, &parts) &&
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &parts)) {
        mc_agent_set_text(call, output, text);
    }
    mc_agent_set_int(call, output_s, time_s);
}

static void tell(struct mc_agent_call *call, const struct stat *about)
{
    mc_agent_set_text(call, "output", "present");
    mc_agent_set_int(call, "present", 1);
    mc_agent_set_int(call, "size", about->st_size);
    mc_agent_set(call, "mode",
                 mc_value_format(mc_agent_arena(call), "%o", about->st_mode));
    set_time(call, "mtime", "mtime_seconds", about->st_mtim.tv_sec);
    set_time(call, "ctime", "ctime_seconds", about->st_ctim.tv_sec);
    set_time(call, "atime", "atime_seconds", about->st_atim.tv_sec);
    mc_agent_set_int(call, "uid", about->st_uid);
    mc_agent_set_int(call, "gid", about->st_gid);
    mc_agent_set_text(call, "type", type_of(about->st_mode));
}

static void tell_names(struct mc_agent_call *call, const struct mc_beneath *place)
{
    struct mc_arena *arena = mc_agent_arena(call);
    struct mc_value *list = mc_value_array(arena);
    const char *const *names = NULL;
    size_t count = 0;
    int r = mc_beneath_names(place, NAMES_MAX, arena, &names, &count);

    if (r != 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "%s: %s",
                      mc_agent_input_text(call, "file", place->name), strerror(-r));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (mc_value_push(arena, list, mc_value_text(arena, names[i])) != 0) {
            list = NULL;
        }
    }
    mc_agent_set(call, "dir_listing", list);
}

static void release(void *user)
{
    struct job *job = user;

    job->turn = mc_timer_free(job->turn);
    job->digest = mc_beneath_digest_free(job->digest);
    mc_beneath_leave(&job->place);
}

static void finish(struct job *job)
{
    struct mc_agent_call *call = job->call;

    release(job);
    mc_agent_finish(call);
}

static void slice(void *user)
{
    struct job *job = user;
    int64_t end_us = mc_clock_monotonic_us() + SLICE_US;
    char text[MC_BENEATH_MD5_BYTES] = "";
    int r;

    do {
        r = mc_beneath_digest_step(job->digest, text);
    } while (r == MC_BENEATH_MORE && mc_clock_monotonic_us() < end_us);
    if (r == MC_BENEATH_MORE) {
        mc_timer_start(job->turn, 0);
        return;
    }
    if (r == 0) {
        mc_agent_set_text(job->call, "md5", text);
    } else {
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "the file cannot be read: %s",
                      strerror(-r));
    }
    finish(job);
}

/* Begin with the digest. Returns whether it is under way; else the call can end. */
static bool digest(struct job *job)
{
    const struct mc_agent_host *host = mc_agent_call_host(job->call);
    int r = mc_beneath_digest_new(&job->place, &job->digest);

    if (r == -EINVAL || r == -ENOTSUP) {
        return false;
    }
    job->turn = r ? NULL : mc_timer_new(host->ops->loop(host->node), slice, job);
    if (!job->turn) {
        mc_agent_fail(job->call, MC_STATUS_ABORTED, "the file cannot be read: %s",
                      strerror(r ? -r : ENOMEM));
        return false;
    }
    mc_agent_on_abort(job->call, release, job);
    mc_timer_start(job->turn, 0);
    return true;
}

static void status(void *state, struct mc_agent_call *call)
{
    struct job *job = mc_arena_alloc(mc_agent_arena(call), sizeof(*job));
    const struct mc_value *list = mc_agent_input(call, "dirlist");
    const char *file = file_of(state, call);
    struct stat about;
    int r = 0;

    if (!job) {
        mc_agent_fail(call, MC_STATUS_UNKNOWN_ERROR, "not enough memory");
        mc_agent_finish(call);
        return;
    }
    *job = (struct job){.call = call};
    if (reach(state, call, file, &job->place, &r)) {
        r = mc_beneath_look(&job->place, &about);
    } else if (r != -ENOENT && r != -ENOTDIR) {
        mc_agent_finish(call);
        return;
    }
    absent(call, file);
    if (r == 0) {
        tell(call, &about);
        if (S_ISDIR(about.st_mode) && mc_value_is(list, MC_BOOL) && list->boolean) {
            tell_names(call, &job->place);
        }
        if (S_ISREG(about.st_mode) && digest(job)) {
            return;
        }
    } else if (r == -ENOENT || r == -ENOTDIR) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "%s does not exist", file);
    } else {
        mc_agent_fail(call, MC_STATUS_ABORTED, "%s: %s", file, strerror(-r));
    }
    finish(job);
}

static int init(void *state, const struct mc_agent_host *host, struct mc_error *error)
{
    struct agent *agent = state;
    const struct mc_config *config = host->ops->config(host->node);

    (void)error;
    agent->allow = mc_config_plugin(config, "filemgr.allow", "");
    agent->touch_file = mc_config_plugin(config, "filemgr.touch_file", TOUCH_FILE);
    return 0;
}

static const struct mc_agent_action actions[] = {
    {"touch", touch},
    {"remove", remove_file},
    {"status", status},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_filemgr = {
    .abi = MC_AGENT_ABI,
    .name = "filemgr",
    .state_size = sizeof(struct agent),
    .init = init,
    .actions = actions,
};
