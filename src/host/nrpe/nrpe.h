/* The checks of this machine, as the files of NRPE define them (nrpe.cfg of nagios-nrpe
 * 4.1; spec commands.md 2.2).
 *
 * Three steps: read the files into one frozen table; make the command line of a check,
 * with its arguments where they are allowed; judge how the child ended. Running it is
 * the caller's, on his loop. A line that cannot be used is told and left out, the others
 * count: one typing error does not blind a machine. */
#ifndef MC_HOST_NRPE_NRPE_H
#define MC_HOST_NRPE_NRPE_H

#include "base/account.h"
#include "base/child.h"
#include "base/config.h"

/* Arguments of a check ($ARG1$ to $ARG16$). */
#define MC_NRPE_ARGS_MAX 16
/* One line of a file, and a command line with its arguments in it. */
#define MC_NRPE_LINE_BYTES_MAX 4096
#define MC_NRPE_COMMAND_BYTES_MAX 16384
/* What is read: files, bytes of each, includes within includes, definitions. */
#define MC_NRPE_FILES_MAX 1000
#define MC_NRPE_FILE_BYTES_MAX ((size_t)1024 * 1024)
#define MC_NRPE_DEPTH_MAX 16
#define MC_NRPE_COMMANDS_MAX 1000
/* What is kept of the output of a check, as the daemon of NRPE keeps it. */
#define MC_NRPE_OUTPUT_BYTES_MAX ((size_t)64 * 1024)
/* command_timeout without a word in the files, and at the most, in seconds. */
#define MC_NRPE_TIMEOUT_S 60
#define MC_NRPE_TIMEOUT_MAX_S 86400

enum mc_nrpe_state
{
    MC_NRPE_OK,
    MC_NRPE_WARNING,
    MC_NRPE_CRITICAL,
    MC_NRPE_UNKNOWN,
};

struct mc_nrpe_command
{
    const char *name;
    const char *line;
};

/* What the files say; everything lives until mc_nrpe_free(). */
struct mc_nrpe
{
    const struct mc_nrpe_command
        *commands; /* of two with one name the later one holds */
    size_t commands_count;
    const char *prefix;               /* command_prefix, or NULL */
    unsigned timeout_s;               /* command_timeout */
    unsigned together;                /* max_commands, 0: no limit */
    bool arguments;                   /* dont_blame_nrpe */
    bool substitution;                /* allow_bash_command_substitution */
    const char *nasty;                /* nasty_metachars */
    const struct mc_account *account; /* nrpe_user, NULL: who we are */
    const char *unusable;             /* why no check can run at all, or NULL */
};

/* A file, or a line of it, that cannot be used: "FILE, line 3: no value". */
typedef void mc_nrpe_doubt_fn(void *user, const char *text);

/* Read the files: those that plugin.nrpe.conf_file, conf_path or conf_dir name, else
 * /etc/nagios/nrpe.cfg, else the folder /etc/nagios/nrpe.d.
 * config: of the node, may be NULL.   doubt: may be NULL; called with user.
 * Returns 0 and a table owned by the caller; -ENOMEM. Blocks on the disk, and for
 * nrpe_user on the name service. */
int mc_nrpe_read(const struct mc_config *config, mc_nrpe_doubt_fn *doubt, void *user,
                 struct mc_nrpe **ret_nrpe) MC_MUST_USE;

/* Whether the files were changed since they were read.
 * Returns true or false. Blocks on the disk. */
bool mc_nrpe_changed(const struct mc_nrpe *nrpe);

/* Give a table back.
 * nrpe: may be NULL.
 * Returns NULL. Never blocks. */
struct mc_nrpe *mc_nrpe_free(struct mc_nrpe *nrpe);

/* Find a check.
 * Returns it, borrowed, or NULL. Never blocks. */
const struct mc_nrpe_command *mc_nrpe_find(const struct mc_nrpe *nrpe,
                                           const char *name);

enum
{
    MC_NRPE_REFUSED = 1, /* the arguments; the words are in error */
};

/* The command line of a check: prefix, line, and arguments in the place of $ARG1$ and
 * so on ($$ is one $).
 * args: split at '!'; "" for none.   arena: owns *ret_line.
 * Returns 0; MC_NRPE_REFUSED when arguments are not allowed, or hold what is not;
 * -ENOMEM. Never blocks. */
int mc_nrpe_line(const struct mc_nrpe *nrpe, const struct mc_nrpe_command *command,
                 const char *args, struct mc_arena *arena, const char **ret_line,
                 struct mc_error *error) MC_MUST_USE;

/* How a check ended. The bytes live as long as the arena. */
struct mc_nrpe_result
{
    int code;               /* the plugin's own; 3 when it gave none */
    struct mc_bytes output; /* without the last line end */
};

/* The state that an exit code stands for.
 * Returns MC_NRPE_UNKNOWN for all codes above 2 or below 0. Never blocks. */
enum mc_nrpe_state mc_nrpe_state(int64_t code);

/* Its name: OK, WARNING, CRITICAL, UNKNOWN.
 * Returns a constant. Never blocks. */
const char *mc_nrpe_state_name(enum mc_nrpe_state state);

/* What a child of the shell says about a check.
 * name: of the check.   result: borrowed.   limit_ms: what it was given.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_nrpe_judge(const char *name, const struct mc_child_result *result,
                  unsigned limit_ms, struct mc_arena *arena,
                  struct mc_nrpe_result *ret_result) MC_MUST_USE;

/* A result without a child, in words: code 3.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_nrpe_unknown(struct mc_arena *arena, struct mc_nrpe_result *ret_result,
                    const char *format, ...) MC_PRINTF(3, 4) MC_MUST_USE;

/* Part an output from its performance data: what is behind the first '|' of its first
 * line, the leading blank with it. The further lines stay.
 * arena: owns what had to be put together.
 * Returns 0; -ENOMEM. Never blocks. */
int mc_nrpe_split(struct mc_bytes whole, struct mc_arena *arena,
                  struct mc_bytes *ret_output, struct mc_bytes *ret_perfdata)
    MC_MUST_USE;

/* Run a check and wait for it, for the data plugin.
 * config: of the node, may be NULL.   end_us: on the monotonic clock.
 * ret_code: 3 as well for a check that is not defined or does not end.
 * Returns 0; -ETIMEDOUT; other -errno. Blocks up to end_us. */
int mc_nrpe_ask(const struct mc_config *config, const char *name, int64_t end_us,
                struct mc_arena *arena, int *ret_code) MC_MUST_USE;

#endif
