/* The Puppet of this machine: where it keeps its state, and what that says.
 *
 * Everything is read from Puppet's own files at each question - lock files, a pid file,
 * the summary of the last run - and nothing is remembered: Puppet is started and ended
 * by others too. A lock names a process; one whose process is gone, or is no Puppet, is
 * stale and counts as absent. Used by the agents puppet and puppetd and by the data
 * plugins (spec commands.md 2.3). */
#ifndef MC_HOST_PUPPET_PUPPET_H
#define MC_HOST_PUPPET_PUPPET_H

#include "base/config.h"
#include "value/value.h"

enum
{
    MC_PUPPET_ALREADY = 1, /* it was so before */
    MC_PUPPET_NONE = 2,    /* the file is not there */
    MC_PUPPET_BROKEN = 3,  /* the file cannot be used; the words are in error */
};

enum mc_puppet_file
{
    MC_PUPPET_DISABLED_LOCK,
    MC_PUPPET_RUN_LOCK,
    MC_PUPPET_PID_FILE,
    MC_PUPPET_SUMMARY,
    MC_PUPPET_REPORT,
    MC_PUPPET_RESOURCES,
    MC_PUPPET_FILES
};

/* Longest text with which somebody disables Puppet. */
#define MC_PUPPET_MESSAGE_BYTES_MAX ((size_t)4096)
/* What the files may hold at the most. */
#define MC_PUPPET_SUMMARY_BYTES_MAX ((size_t)1024 * 1024)
#define MC_PUPPET_REPORT_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define MC_PUPPET_RESOURCES_BYTES_MAX ((size_t)4 * 1024 * 1024)

struct mc_puppet_files
{
    const char *path[MC_PUPPET_FILES];
};

/* Where Puppet keeps its state: plugin.puppet.<setting>, by the names that Puppet has
 * for them (agent_disabled_lockfile, agent_catalog_run_lockfile, pidfile, lastrunfile,
 * lastrunreport, resourcefile, statedir, publicdir, rundir, vardir), else puppet.conf
 * (plugin.puppet.config, else where packages put it), else what its packages say.
 * config: NULL for no settings.   arena: owns the paths.   error: names the file.
 * Returns 0; MC_PUPPET_BROKEN for a puppet.conf that cannot be read; -ENOMEM. Blocks on
 * the disk. */
int mc_puppet_files(const struct mc_config *config, struct mc_arena *arena,
                    struct mc_puppet_files *ret_files, struct mc_error *error)
    MC_MUST_USE;

/* Read a puppet.conf: sections main and agent, the latter wins.
 * text: borrowed.   arena: owns *ret_settings, a hash of texts.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_puppet_conf(struct mc_bytes text, struct mc_arena *arena,
                   const struct mc_value **ret_settings) MC_MUST_USE;

struct mc_puppet_state
{
    bool enabled;
    bool applying;
    bool daemon;                 /* it runs in the background */
    bool idling;                 /* it does, and applies nothing */
    int64_t daemon_pid;          /* 0 without one */
    int64_t lastrun_s;           /* since the epoch; 0 when it never ran */
    const char *disable_message; /* "" when enabled */
    const char *word;            /* disabled, applying a catalog, idling, stopped */
    const char *unknown;         /* why lastrun_s is not known, or NULL */
};

/* What the files say now.
 * files: borrowed.   arena: owns the texts.
 * Returns 0; -ENOMEM. What cannot be read counts as absent. Blocks on the disk. */
int mc_puppet_state(const struct mc_puppet_files *files, struct mc_arena *arena,
                    struct mc_puppet_state *ret_state) MC_MUST_USE;

/* "Currently stopped; last completed run 9 minutes 11 seconds ago".
 * since_s: seconds since the last run.
 * Returns a text of the arena, or NULL without memory. Never blocks. */
const char *mc_puppet_sentence(const struct mc_puppet_state *state, int64_t since_s,
                               struct mc_arena *arena);

/* The summary of the last run.
 * arena: owns *ret_summary, a hash; its sections are hashes when they are there.
 * error: names the file and what is wrong in it.
 * Returns 0; MC_PUPPET_NONE; MC_PUPPET_BROKEN; -ENOMEM. Blocks on the disk. */
int mc_puppet_summary(const struct mc_puppet_files *files, struct mc_arena *arena,
                      const struct mc_value **ret_summary, struct mc_error *error)
    MC_MUST_USE;

/* The same from memory; see mc_puppet_summary().
 * path: for the errors. */
int mc_puppet_summary_parse(struct mc_bytes text, const char *path,
                            struct mc_arena *arena, const struct mc_value **ret_summary,
                            struct mc_error *error) MC_MUST_USE;

/* The figures of a summary that people are shown, by the name of the output for each.
 * index: from 0; the last one is lastrun.   summary: NULL for none.   arena: owns a 0
 * for what is no number there.
 * ret_value: NULL only without memory.
 * Returns the name, a constant; NULL past the end. Never blocks. */
const char *mc_puppet_figure(size_t index, const struct mc_value *summary,
                             struct mc_arena *arena, const struct mc_value **ret_value);

/* The log lines of the last run: an array of hashes time, level, source, msg.
 * arena: owns *ret_logs.   error: names the file and what is wrong in it.
 * Returns 0; MC_PUPPET_NONE; MC_PUPPET_BROKEN; -ENOMEM. Blocks on the disk. */
int mc_puppet_logs(const struct mc_puppet_files *files, struct mc_arena *arena,
                   const struct mc_value **ret_logs, struct mc_error *error)
    MC_MUST_USE;

/* The same from memory; see mc_puppet_logs(). */
int mc_puppet_logs_parse(struct mc_bytes text, const char *path, struct mc_arena *arena,
                         const struct mc_value **ret_logs, struct mc_error *error)
    MC_MUST_USE;

/* How many resources of each type Puppet manages here: "File" => 3.
 * arena: owns *ret_types, an empty hash without the file.
 * Returns 0; -ENOMEM. Blocks on the disk. */
int mc_puppet_types(const struct mc_puppet_files *files, struct mc_arena *arena,
                    const struct mc_value **ret_types) MC_MUST_USE;

/* Whether Puppet manages a resource here, whatever the case of its letters: Puppet's list
 * has lost that.
 * resource: "file[/etc/motd]".
 * Returns true or false. Blocks on the disk. */
bool mc_puppet_manages(const struct mc_puppet_files *files, const char *resource,
                       struct mc_arena *arena);

/* Let Puppet run no more, with a reason.
 * message: at most MC_PUPPET_MESSAGE_BYTES_MAX.   error: names the file.
 * Returns 0; MC_PUPPET_ALREADY; -errno. Blocks on the disk. */
int mc_puppet_disable(const struct mc_puppet_files *files, const char *message,
                      struct mc_arena *arena, struct mc_error *error) MC_MUST_USE;

/* Let Puppet run again.
 * Returns 0; MC_PUPPET_ALREADY; -errno. Blocks on the disk. */
int mc_puppet_enable(const struct mc_puppet_files *files, struct mc_error *error)
    MC_MUST_USE;

/* Whether the process that a file names lives and is a Puppet.
 * ret_pid: its number; may be NULL.
 * Returns true or false. Blocks on the disk. */
bool mc_puppet_lives(const char *path, int64_t *ret_pid);

/* The words of plugin.puppet.command, "puppet agent" by default, split at blanks.
 * config: NULL for no settings.   key: of the setting.   fallback: without it.
 * ret_words: filled, at most max of them, not terminated; owned by the arena.
 * Returns how many; 0 for none, for more, and without memory. Never blocks. */
size_t mc_puppet_command(const struct mc_config *config, const char *key,
                         const char *fallback, struct mc_arena *arena,
                         const char **ret_words, size_t max);

#endif
