/* mco: one program for all commands.
 *
 * The first word names the command; called through a name like mc-ping that name does.
 * The commands are in a table; adding one is adding its file and its line there. */
#include "cmd/command.h"

#include "base/input.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CMD_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define COMMANDS_IN_ROW 3

#define COMMAND(name) extern const struct mc_command mc_command_##name;
#include "cmd/commands.tbl.h"
#undef COMMAND

const struct mc_command *const mc_commands[] = {
#define COMMAND(name) &mc_command_##name,
#include "cmd/commands.tbl.h"
#undef COMMAND
    NULL,
};

/* Names of the first release that are not mc-<command>. */
static const struct
{
    const char *alias;
    const char *command;
} aliases[] = {
    {"find-hosts", "find"},
};

extern const struct mc_command mc_command_check_mc_nrpe;

/* Programs with a name of their own, that are no commands of mco. */
static const struct mc_command *const programs[] = {
    &mc_command_check_mc_nrpe,
};

const struct mc_command *mc_command_named(const char *name)
{
    for (size_t i = 0; i < MC_COUNT(aliases); i++) {
        if (strcmp(aliases[i].alias, name) == 0) {
            name = aliases[i].command;
        }
    }
    for (size_t i = 0; mc_commands[i]; i++) {
        if (strcmp(mc_commands[i]->name, name) == 0) {
            return mc_commands[i];
        }
    }
    return NULL;
}

static void commands_table(struct mc_cmd *cmd)
{
    struct mc_out *out = &cmd->out;

    mc_out_printf(out, "usage: %s command <options>\n\nKnown commands:\n\n",
                  cmd->program);
    for (size_t i = 0; mc_commands[i];) {
        mc_out_raw(out, "  ");
        for (size_t k = 0; k < COMMANDS_IN_ROW; k++) {
            mc_out_raw(out, " ");
            mc_out_left(out, mc_commands[i] ? mc_commands[i]->name : "", 20);
            i += mc_commands[i] != NULL;
        }
        mc_out_raw(out, "\n");
    }
    mc_out_printf(out,
                  "\nType '%s help' for a list of commands with what they do, and\n"
                  "'%s help command' for the options of one of them\n\n",
                  cmd->program, cmd->program);
}

static int no_command(struct mc_cmd *cmd, const char *word)
{
    mc_out_raw(&cmd->out, "The Marionette Collective version " MC_VERSION "\n\n");
    if (word) {
        mc_out_raw(&cmd->out, "Unknown command '");
        mc_out_text(&cmd->out, word);
        mc_out_raw(&cmd->out, "'\n\n");
    }
    commands_table(cmd);
    return word ? 1 : 0;
}

/* The times of the first release: options that come before all others. */
static int read_times(struct mc_cmd *cmd)
{
    static const struct
    {
        const char *variable;
        const char *option;
    } times[] = {
        {"MCOLLECTIVE_TIMEOUT", "--timeout"},
        {"MCOLLECTIVE_DTIMEOUT", "--discovery-timeout"},
    };

    for (size_t i = 0; i < MC_COUNT(times); i++) {
        const char *const args[] = {times[i].option, getenv(times[i].variable)};
        int r = args[1] && (cmd->options.sections & MC_SECTION_COMMON)
                    ? mc_options_parse(&cmd->options, args, MC_COUNT(args), &cmd->error)
                    : 0;
        if (r) {
            mc_error_prefix(&cmd->error, "%s: ", times[i].variable);
            return r;
        }
    }
    return 0;
}

/* Options from the environment, then those of the command line. */
static int read_options(struct mc_cmd *cmd, char **args, size_t count)
{
    const char *extra = getenv("MCOLLECTIVE_EXTRA_OPTS");
    const char **words = mc_arena_array(cmd->arena, count + 1, sizeof(*words));
    int r = read_times(cmd);

    if (!r && extra) {
        r = mc_options_parse_text(&cmd->options, extra, &cmd->error);
    }
    for (size_t i = 0; words && i < count; i++) {
        words[i] = args[i];
    }
    if (r || !words) {
        return r ? r : -1;
    }
    return mc_options_parse(&cmd->options, words, count, &cmd->error);
}

static int check_display(struct mc_cmd *cmd)
{
    const char *mode = mc_options_text(&cmd->options, MC_OPT_display);

    if (mode && strcmp(mode, "ok") != 0 && strcmp(mode, "failed") != 0 &&
        strcmp(mode, "all") != 0) {
        mc_error_set(&cmd->error, "--display has to be one of 'ok', 'all' or 'failed'");
        return -1;
    }
    return 0;
}

static int run_command(struct mc_cmd *cmd, char **args, size_t count)
{
    cmd->options.command = cmd->command->name;
    cmd->options.sections = cmd->command->sections;
    cmd->options.arena = cmd->arena;
    if (read_options(cmd, args, count) != 0 || check_display(cmd) != 0) {
        return mc_cmd_fail(cmd);
    }
    if (mc_options_has(&cmd->options, MC_OPT_help)) {
        mc_cmd_help(cmd);
        return cmd->command->monitor ? MC_CMD_UNKNOWN : 1;
    }
    return cmd->command->run(cmd);
}

static int choose(struct mc_cmd *cmd, char **args, size_t count)
{
    const char *slash = strrchr(cmd->program, '/');
    const char *base = slash ? slash + 1 : cmd->program;
    const char *word = count ? args[0] : NULL;

    for (size_t i = 0; i < MC_COUNT(programs); i++) {
        if (strcmp(base, programs[i]->name) == 0) {
            cmd->command = programs[i];
            return run_command(cmd, args, count);
        }
    }
    if (strncmp(base, "mc-", 3) == 0) {
        cmd->first_release = true;
        cmd->command = mc_command_named(base + 3);
        return cmd->command ? run_command(cmd, args, count) : no_command(cmd, base);
    }
    if (word && strcmp(word, "--version") == 0) {
        mc_out_printf(&cmd->out, "%s " MC_VERSION "\n", cmd->program);
        return 1;
    }
    if (!word || word[0] == '-') {
        return no_command(cmd, NULL);
    }
    cmd->command = mc_command_named(word);
    return cmd->command ? run_command(cmd, args + 1, count - 1) : no_command(cmd, word);
}

int main(int argc, char **argv)
{
    struct mc_cmd cmd = {
        .program = argc > 0 ? argv[0] : "mco",
        .out = mc_out_make(stdout, MC_COLOR_AUTO),
        .err = mc_out_make(stderr, MC_COLOR_AUTO),
        .arena = mc_arena_new(CMD_BYTES_MAX),
        .piped = mc_input_piped(STDIN_FILENO),
    };
    int code = 1;

    if (cmd.arena) {
        code = choose(&cmd, argv + (argc > 0), argc > 0 ? (size_t)argc - 1 : 0);
    }
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        /* A reader that has seen enough (| head) is no reason to complain. */
        if (errno != EPIPE) {
            mc_out_raw(&cmd.err, "mco: the output could not be written\n");
        }
        code = 1;
    }
    cmd.call = mc_call_free(cmd.call);
    cmd.client = mc_client_free(cmd.client);
    cmd.arena = mc_arena_free(cmd.arena);
    return code;
}
