/* What every command of mco shares: its entry in the table, its run-time state, and the
 * steps from options to a call (commands.md 1). */
#ifndef MC_CMD_COMMAND_H
#define MC_CMD_COMMAND_H

#include "cmd/options.h"
#include "display/progress.h"
#include "display/report.h"
#include "marionette/client.h"

struct mc_cmd;

/* What a monitoring system takes for "unknown". */
#define MC_CMD_UNKNOWN 3

struct mc_command
{
    const char *name;
    const char *summary;
    const char *usage; /* what follows "Usage: mco ", lines split by \n */
    unsigned sections; /* of options */
    bool monitor;      /* a program for a monitoring system, with a name of its own: a
                   * failure is a line on standard output and the exit code 3 */
    int (*run)(struct mc_cmd *cmd); /* returns the exit code */
};

/* One run of the program. */
struct mc_cmd
{
    const char *program; /* as it was called */
    const struct mc_command *command;
    bool first_release; /* called by a name of that: mc-… */
    struct mc_arena *arena;
    struct mc_options options;
    struct mc_out out;
    struct mc_out err;
    struct mc_client *client;
    struct mc_call *call;
    struct mc_progress progress;
    bool no_config;   /* there was none to be found */
    bool noticed;     /* something was said by notice() */
    bool no_filters;  /* those of the options do not apply */
    bool piped;       /* standard input may hold names of nodes */
    bool reads_nodes; /* the command takes nodes from there */
    bool json_open;   /* the bracket of the JSON array is written */
    bool json_lines;  /* each reply is written when it arrives, none is kept */
    int failure;      /* -errno of writing one */
    bool show_progress;
    size_t replies;
    size_t targets;
    struct mc_error error;
};

/* How much of a run mc_cmd_rpc() shows. */
struct mc_cmd_show
{
    bool discovery; /* the discovery line, also without -v */
    bool progress;  /* the bar */
};

/* The commands, sorted, ended by a NULL name. */
extern const struct mc_command *const mc_commands[];

/* Find a command.
 * Returns it or NULL. Never blocks. */
const struct mc_command *mc_command_named(const char *name);

/* Whether -v or -q came last.
 * Returns true or false. Never blocks. */
bool mc_cmd_verbose(const struct mc_cmd *cmd);

/* Whether -q came last.
 * Returns true or false. Never blocks. */
bool mc_cmd_quiet(const struct mc_cmd *cmd);

/* Make cmd->call as the commands of the first release do (commands.md 1.20): a line for
 * discovery, the answers as they come, a summary; or all of it as JSON.
 * fn, user: show one answer.   names: how many names fn has shown whose line has no end.
 * caption: of the summary; left out when it is to be quiet.
 * Returns the exit code; when nobody was discovered that is a failure. Blocks. */
int mc_cmd_ask_first(struct mc_cmd *cmd, mc_reply_fn *fn, void *user,
                     const size_t *names, const char *caption);

/* The names of the nodes that cmd->call has discovered, sorted.
 * Returns them, NULL without memory; *ret_count then is 0. Never blocks. */
const char *const *mc_cmd_sorted_names(struct mc_cmd *cmd, size_t *ret_count);

/* Show a name among others: four a line, as the first release does when it is quiet.
 * index: from 0.
 * Returns nothing. Never blocks. */
void mc_cmd_show_name(struct mc_cmd *cmd, size_t index, const char *name);

/* Say on standard error that the command failed, with the words of cmd->error; one that
 * is for a monitoring system says it on standard output.
 * Returns the exit code: 1, or MC_CMD_UNKNOWN. Blocks when the stream does. */
int mc_cmd_fail(struct mc_cmd *cmd);

/* The same with words; see mc_cmd_fail(). */
int mc_cmd_fail_with(struct mc_cmd *cmd, const char *format, ...) MC_PRINTF(2, 3);

/* Open the client with the configuration that the options name.
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Blocks on the disk. */
int mc_cmd_open(struct mc_cmd *cmd) MC_MUST_USE;

/* A new call in cmd->call (freeing the last one) with filters, times and limits as the
 * options say. agent NULL makes a ping.
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Blocks on the disk. */
int mc_cmd_call(struct mc_cmd *cmd, const char *agent, const char *action) MC_MUST_USE;

/* The same for a text to an agent that speaks no RPC; see mc_cmd_call(). */
int mc_cmd_message(struct mc_cmd *cmd, const char *agent, const char *text) MC_MUST_USE;

/* How cmd->call discovers its nodes, as the options say.
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Never blocks. */
int mc_cmd_method(struct mc_cmd *cmd) MC_MUST_USE;

/* How many nodes cmd->call asks at a time, as the options say.
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Never blocks. */
int mc_cmd_batch(struct mc_cmd *cmd) MC_MUST_USE;

/* Give cmd->call one input per word "name=value".
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Never blocks. */
int mc_cmd_input(struct mc_cmd *cmd, const char *word) MC_MUST_USE;

/* Run cmd->call showing discovery and progress.
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Blocks. */
int mc_cmd_rpc(struct mc_cmd *cmd, struct mc_cmd_show show) MC_MUST_USE;

/* Show the discovery line when it comes to it.
 * Returns nothing. Never blocks. */
void mc_cmd_show_discovery(struct mc_cmd *cmd);

/* Print replies and statistics of cmd->call in the way that the options ask for.
 * caption: of the statistics, or NULL.
 * Returns 0; an outcome or -errno, for mc_cmd_fail(). Blocks when the stream does. */
int mc_cmd_print(struct mc_cmd *cmd, const char *caption) MC_MUST_USE;

/* Before something is changed on all nodes: whether the person wants that. With a filter,
 * or with named nodes, nothing is asked.
 * things: "packages", which are operated on.
 * Returns whether to go on; no answer means no. Blocks for the answer. */
bool mc_cmd_agreed(struct mc_cmd *cmd, const char *things);

/* The same for something else.
 * what: "perform network tests"; see mc_cmd_agreed(). */
bool mc_cmd_agreed_to(struct mc_cmd *cmd, const char *what);

/* Write the help of the command.
 * Returns nothing. Blocks when the stream does. */
void mc_cmd_help(struct mc_cmd *cmd);

#endif
