/* Locks, processes, and the words for them; see puppet.h. */
#include "host/puppet/puppet.h"

#include "base/file.h"
#include "codec/codec.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PID_BYTES_MAX ((size_t)64)
#define COMMAND_BYTES_MAX ((size_t)128 * 1024)
#define SCRATCH_BYTES ((size_t)512 * 1024)
#define LOCK_BYTES_MAX ((size_t)64 * 1024)
#define PID_MAX 4194304L

/* Whether a process calls itself a Puppet; if that cannot be seen it is believed. */
static bool is_puppet(long pid, struct mc_arena *arena)
{
    char path[64];
    struct mc_bytes command;

    (void)snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
    int r = mc_file_read(path, COMMAND_BYTES_MAX, arena, &command, NULL);
    if (r != 0) {
        return r != -ENOENT && r != -ESRCH;
    }
    return memmem(command.data, command.len, "puppet", 6) != NULL;
}

bool mc_puppet_lives(const char *path, int64_t *ret_pid)
{
    struct mc_arena *arena = mc_arena_new(SCRATCH_BYTES);
    struct mc_bytes text;
    char *end = NULL;
    bool lives = false;

    if (arena && mc_file_read(path, PID_BYTES_MAX, arena, &text, NULL) == 0) {
        const char *digits = (const char *)text.data;
        long pid = text.len ? strtol(digits, &end, 10) : 0;
        bool number = pid > 0 && pid <= PID_MAX && end[strspn(end, " \r\n")] == '\0';
        lives = number && (kill((pid_t)pid, 0) == 0 || errno == EPERM) &&
                is_puppet(pid, arena);
        if (lives && ret_pid) {
            *ret_pid = pid;
        }
    }
    mc_arena_free(arena);
    return lives;
}

/* The reason in agent_disabled.lock; "" when it gives none that can be read. */
static const char *lock_message(const char *path, struct mc_arena *arena)
{
    struct mc_bytes text;
    const struct mc_value *lock = NULL;

    if (mc_file_read(path, LOCK_BYTES_MAX, arena, &text, NULL) != 0 || !text.len ||
        mc_json_decode(text, 0, arena, &lock, NULL) != 0) {
        return "";
    }
    const char *message = mc_value_cstr(mc_value_get_text(lock, "disabled_message"));
    return message ? message : "";
}

static const char *word_for(const struct mc_puppet_state *state)
{
    return !state->enabled   ? "disabled"
           : state->applying ? "applying a catalog"
           : state->idling   ? "idling"
                             : "stopped";
}

static int last_run(const struct mc_puppet_files *files, struct mc_arena *arena,
                    struct mc_puppet_state *state)
{
    const struct mc_value *summary = NULL;
    struct mc_error error = {""};
    int r = mc_puppet_summary(files, arena, &summary, &error);

    if (r == MC_PUPPET_BROKEN) {
        state->unknown = mc_arena_strdup(arena, error.text);
        return state->unknown ? 0 : -ENOMEM;
    }
    state->lastrun_s = mc_value_integer(
        mc_value_get_text(mc_value_get_text(summary, "time"), "last_run"), 0);
    return r == MC_PUPPET_NONE ? 0 : r;
}

int mc_puppet_state(const struct mc_puppet_files *files, struct mc_arena *arena,
                    struct mc_puppet_state *ret_state)
{
    const char *lock = files->path[MC_PUPPET_DISABLED_LOCK];
    struct mc_puppet_state state = {
        .enabled = access(lock, F_OK) != 0,
        .disable_message = "",
    };

    state.applying = mc_puppet_lives(files->path[MC_PUPPET_RUN_LOCK], NULL);
    state.daemon = mc_puppet_lives(files->path[MC_PUPPET_PID_FILE], &state.daemon_pid);
    state.idling = state.daemon && !state.applying;
    if (!state.enabled) {
        state.disable_message = lock_message(lock, arena);
    }
    state.word = word_for(&state);
    int r = last_run(files, arena, &state);
    if (r == 0) {
        *ret_state = state;
    }
    return r;
}

/* Leading parts that are zero are left out. */
static const char *ago(int64_t since_s, struct mc_arena *arena)
{
    long long total = since_s > 0 ? since_s : 0;
    long long days = total / 86400;
    long long hours = total / 3600 % 24;
    long long minutes = total / 60 % 60;
    long long seconds = total % 60;

    if (days) {
        return mc_arena_printf(arena,
                               "%lld day%s %lld hours %lld minutes %02lld seconds",
                               days, days == 1 ? "" : "s", hours, minutes, seconds);
    }
    if (hours) {
        return mc_arena_printf(arena, "%lld hours %lld minutes %02lld seconds", hours,
                               minutes, seconds);
    }
    if (minutes) {
        return mc_arena_printf(arena, "%lld minutes %02lld seconds", minutes, seconds);
    }
    return mc_arena_printf(arena, "%02lld seconds", seconds);
}

const char *mc_puppet_sentence(const struct mc_puppet_state *state, int64_t since_s,
                               struct mc_arena *arena)
{
    if (state->unknown) {
        return mc_arena_printf(arena, "Currently %s; the last run is not known: %s",
                               state->word, state->unknown);
    }
    const char *when = ago(since_s, arena);
    return when ? mc_arena_printf(arena, "Currently %s; last completed run %s ago",
                                  state->word, when)
                : NULL;
}

int mc_puppet_disable(const struct mc_puppet_files *files, const char *message,
                      struct mc_arena *arena, struct mc_error *error)
{
    struct mc_value *lock = mc_value_hash(arena);
    struct mc_bytes text = mc_bytes_text(message);
    int r = mc_value_set_text(
        arena, lock, "disabled_message",
        mc_value_string(arena, mc_bytes_slice(text, 0, MC_PUPPET_MESSAGE_BYTES_MAX)));

    r = r ? r : mc_json_encode(lock, arena, &text, error);
    if (r != 0) {
        mc_error_set(error, "not enough memory");
        return -ENOMEM;
    }
    r = mc_file_create(files->path[MC_PUPPET_DISABLED_LOCK], text, error);
    return r == -EEXIST ? MC_PUPPET_ALREADY : r;
}

int mc_puppet_enable(const struct mc_puppet_files *files, struct mc_error *error)
{
    const char *path = files->path[MC_PUPPET_DISABLED_LOCK];

    if (unlink(path) == 0) {
        return 0;
    }
    int r = -errno;
    mc_error_set(error, "%s: %s", path, strerror(-r));
    return r == -ENOENT || r == -ENOTDIR ? MC_PUPPET_ALREADY : r;
}
