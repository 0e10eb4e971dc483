/* Runs of Puppet on real nodes: the steps of client/runs are done with calls, what it
 * says is written with the time. Used by the commands puppet, puppetd and
 * puppetcommander. */
#ifndef MC_CMD_RUNS_H
#define MC_CMD_RUNS_H

#include "base/record.h"
#include "client/runs/runs.h"
#include "cmd/command.h"

struct mc_cmd_runs
{
    struct mc_cmd *cmd;
    struct mc_runs_spec spec;    /* say, ended and user are filled in */
    bool dry;                    /* start nothing */
    bool once;                   /* SPREAD: one round only */
    struct mc_record *log;       /* instead of standard output, or NULL */
    struct mc_record *done;      /* names of nodes whose run has ended, or NULL */
    const char *const *left_out; /* nodes that need no run, ended by NULL; or NULL */
    int (*discovering)(struct mc_cmd_runs *runs);         /* prepares cmd->call */
    int (*found)(struct mc_cmd_runs *runs, size_t count); /* says so; may be NULL */
    /* How it went. */
    struct mc_runs_figures figures;
    struct mc_runs *machine;
    unsigned failures; /* calls in a row that could not be made */
};

/* Write a line with the time in front, in the manner of the form.
 * Returns nothing. Blocks when the stream does. */
void mc_cmd_runs_say(struct mc_cmd_runs *runs, const char *format, ...) MC_PRINTF(2, 3);

/* Run to the end.
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Blocks. */
int mc_cmd_runs_play(struct mc_cmd_runs *runs) MC_MUST_USE;

/* A call to named nodes that shows nothing, with the collective and life of messages that
 * the options say.
 * names: count of them.   reply_s: how long to wait; 0 as the DDL says.
 * ret_call: owned by the caller, has not run.
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Never blocks. */
int mc_cmd_runs_call(struct mc_cmd *cmd, const char *agent, const char *action,
                     const char *const *names, size_t count, unsigned reply_s,
                     struct mc_call **ret_call) MC_MUST_USE;

/* Give a call the choices of the options --tags, --noop and so on.
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Never blocks. */
int mc_cmd_puppet_choices(struct mc_cmd *cmd, struct mc_call *call) MC_MUST_USE;

/* mco puppet runall.
 * limit: the word for it, or NULL.
 * Returns the exit code. Blocks. */
int mc_cmd_puppet_runall(struct mc_cmd *cmd, const char *limit);

/* mco puppet summary: graphs of the figures of all nodes.
 * cmd: its call last_run_summary has run.
 * Returns nothing. Blocks when the stream does. */
void mc_cmd_puppet_graphs(struct mc_cmd *cmd);

#endif
