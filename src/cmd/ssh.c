/* mco ssh, mc-ssh: a login on a machine that a filter finds (commands.md 4.4).
 *
 * This program becomes ssh: the terminal, the signals and the exit code are ssh's own.
 * The name of a node comes from the node. Only what can be the name of a host is given
 * to ssh, so that none is an option or a command of it, nor of the settings that put the
 * name into a command (ProxyCommand with %h). */
#include "cmd/command.h"

#include "base/child.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of an answer; the rest of a longer one is no answer either. */
#define ANSWER_BYTES_MAX 512
/* The longest name of a host, RFC 1035 section 2.3.4. */
#define HOST_BYTES_MAX 255

struct menu
{
    const char *const *names; /* sorted */
    size_t count;
};

static int find_nodes(struct mc_cmd *cmd, struct menu *ret_menu)
{
    size_t count = 0;

    if (mc_cmd_open(cmd) || mc_cmd_call(cmd, NULL, NULL)) {
        return -1;
    }
    if (mc_cmd_verbose(cmd)) {
        mc_cmd_show_discovery(cmd);
    }
    if (mc_call_discover(cmd->call, &cmd->error)) {
        return -1;
    }
    const char *const *names = mc_cmd_sorted_names(cmd, &count);
    if (!names) {
        return -1;
    }
    *ret_menu = (struct menu){.names = names, .count = count};
    return 0;
}

static bool host_name(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)name[i]) && !strchr("._-:", name[i])) {
            return false;
        }
    }
    return len && len <= HOST_BYTES_MAX && name[0] != '-';
}

static void show_menu(struct mc_cmd *cmd, const struct menu *menu)
{
    for (size_t i = 0; i < menu->count; i++) {
        mc_out_printf(&cmd->out, "%zu. ", i + 1);
        mc_out_text(&cmd->out, menu->names[i]);
        mc_out_raw(&cmd->out, "\n");
    }
    mc_out_printf(&cmd->out, "%zu. Exit\n", menu->count + 1);
    mc_out_flush(&cmd->out);
}

/* One line of standard input without the blanks around it; what follows it is left for
 * ssh. Returns false at the end of input. */
static bool read_line(char line[ANSWER_BYTES_MAX])
{
    if (!fgets(line, ANSWER_BYTES_MAX, stdin)) {
        return false;
    }
    size_t len = strlen(line);
    for (bool whole = len && line[len - 1] == '\n'; !whole;) {
        int c = fgetc(stdin);
        whole = c == EOF || c == '\n';
        line[0] = c == EOF || c == '\n' ? line[0] : '\0';
    }
    while (len && isspace((unsigned char)line[len - 1])) {
        line[--len] = '\0';
    }
    size_t blanks = strspn(line, " \t");
    memmove(line, line + blanks, strlen(line + blanks) + 1);
    return true;
}

/* What an answer means: the index of a node, menu->count for Exit, more for nothing. A
 * name comes before a number: nodes may have names of digits. */
static size_t meaning(const struct menu *menu, const char *answer)
{
    size_t digits = strspn(answer, "0123456789");

    for (size_t i = 0; i < menu->count; i++) {
        if (strcmp(menu->names[i], answer) == 0) {
            return i;
        }
    }
    if (strcasecmp(answer, "exit") == 0) {
        return menu->count;
    }
    if (!digits || answer[digits] || digits > 9) {
        return SIZE_MAX;
    }
    size_t number = (size_t)strtoul(answer, NULL, 10);
    return number && number <= menu->count + 1 ? number - 1 : SIZE_MAX;
}

/* Ask until there is an answer. Returns as meaning() but never nothing. */
static size_t choose(struct mc_cmd *cmd, const struct menu *menu)
{
    char answer[ANSWER_BYTES_MAX];
    size_t chosen = SIZE_MAX;

    /* Only the answer is taken from a pipe. */
    (void)setvbuf(stdin, NULL, _IONBF, 0);
    show_menu(cmd, menu);
    while (chosen == SIZE_MAX) {
        if (!read_line(answer)) {
            return menu->count;
        }
        chosen = meaning(menu, answer);
        if (chosen == SIZE_MAX) {
            mc_out_printf(&cmd->out,
                          "Please answer with a number up to %zu or a name\n",
                          menu->count + 1);
            mc_out_flush(&cmd->out);
        }
    }
    return chosen;
}

/* Become ssh. Returns the exit code when that did not go. */
static int log_in(struct mc_cmd *cmd, const char *host)
{
    const struct mc_options *options = &cmd->options;
    const char **argv =
        mc_arena_array(cmd->arena, options->words_count + 3, sizeof(*argv));

    if (!argv) {
        return mc_cmd_fail(cmd);
    }
    if (!host_name(host)) {
        return mc_cmd_fail_with(
            cmd, "'%.300s' cannot be the name of a host; ssh was not started", host);
    }
    argv[0] = "ssh";
    argv[1] = host;
    mc_out_raw(&cmd->out, "Running: ssh ");
    mc_out_text(&cmd->out, host);
    for (size_t i = 0; i < options->words_count; i++) {
        argv[i + 2] = options->words[i];
        mc_out_raw(&cmd->out, " ");
        mc_out_text(&cmd->out, options->words[i]);
    }
    mc_out_raw(&cmd->out, "\n");
    mc_out_flush(&cmd->out);
    int r = mc_child_replace(argv);
    return mc_cmd_fail_with(cmd, "ssh could not be started: %s", strerror(-r));
}

static int run(struct mc_cmd *cmd)
{
    struct menu menu = {0};
    size_t chosen = 0;

    if (find_nodes(cmd, &menu)) {
        return mc_cmd_fail(cmd);
    }
    if (!menu.count) {
        mc_out_raw(&cmd->out, "No hosts discovered\n");
        return 1;
    }
    if (menu.count > 1) {
        chosen = choose(cmd, &menu);
    }
    return chosen < menu.count ? log_in(cmd, menu.names[chosen]) : 0;
}

extern const struct mc_command mc_command_ssh;
const struct mc_command mc_command_ssh = {
    .name = "ssh",
    .summary = "Log in on a node that matches a filter",
    .usage = "ssh [options] [filters] [-- ssh options]",
    .sections = MC_SECTION_REQUIRED | MC_SECTION_COMMON | MC_SECTION_FILTER,
    .run = run,
};
