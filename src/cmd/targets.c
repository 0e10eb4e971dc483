/* Which nodes a call goes to and in what portions, from the options; see command.h. */
#include "cmd/command.h"

#include "base/input.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For the first byte of a pipe when no discovery time is given, in seconds. */
#define PIPE_WAIT_S 2u

/* All values of --disc-option. Returns how many. */
static size_t method_options(const struct mc_cmd *cmd, const char **ret_options)
{
    size_t count = 0;

    for (size_t i = 0; i < cmd->options.given_count; i++) {
        if (cmd->options.given[i].id == MC_OPT_method_option) {
            ret_options[count++] = cmd->options.given[i].value;
        }
    }
    return count;
}

/* Whether the nodes come from standard input although nobody said so: when something is
 * piped in. A pipe that stays silent may be a slow list of a few nodes; to ask all nodes
 * instead would be the worst guess. Returns 0; MC_INPUT_ENDED when there is nothing;
 * MC_CLIENT_USAGE or -errno. */
static int piped(struct mc_cmd *cmd)
{
    unsigned seconds =
        mc_options_number(&cmd->options, MC_OPT_discovery_timeout, PIPE_WAIT_S);

    if (!cmd->reads_nodes || !cmd->piped) {
        return MC_INPUT_ENDED;
    }
    int r = mc_input_wait(STDIN_FILENO, seconds ? seconds * 1000 : PIPE_WAIT_S * 1000);
    if (r == MC_INPUT_SILENT) {
        mc_error_set(&cmd->error,
                     "standard input is a pipe from which nothing came; close it with "
                     "</dev/null, or choose with --dm mc or --dm stdin");
        return -EAGAIN;
    }
    return r;
}

int mc_cmd_method(struct mc_cmd *cmd)
{
    const char *method = mc_options_text(&cmd->options, MC_OPT_method);
    const char *nodes = mc_options_text(&cmd->options, MC_OPT_nodes);
    const char **options =
        mc_arena_array(cmd->arena, cmd->options.given_count + 1, sizeof(*options));

    if (!options) {
        return -ENOMEM;
    }
    size_t count = method_options(cmd, options);
    if (nodes && (method || count)) {
        mc_error_set(&cmd->error,
                     "Cannot mix --disc-method, --disc-option and --nodes");
        return MC_CLIENT_USAGE;
    }
    if (nodes) {
        return mc_call_method(cmd->call, "flatfile", &nodes, 1, &cmd->error);
    }
    if (method) {
        return mc_call_method(cmd->call, method, options, count, &cmd->error);
    }
    int r = piped(cmd);
    if (r == 0) {
        return mc_call_method(cmd->call, "stdin", options, count, &cmd->error);
    }
    if (r < 0) {
        return r;
    }
    return count ? mc_call_method(cmd->call, NULL, options, count, &cmd->error) : 0;
}

int mc_cmd_batch(struct mc_cmd *cmd)
{
    const char *size = mc_options_text(&cmd->options, MC_OPT_batch);
    const char *pause = mc_options_text(&cmd->options, MC_OPT_batch_sleep);
    double pause_ms = pause ? strtod(pause, NULL) * 1000 : -1;

    if (!size && !pause) {
        return 0;
    }
    return mc_call_batch(cmd->call, size, pause_ms < 1e12 ? llround(pause_ms) : -1,
                         &cmd->error);
}

static int by_text(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

const char *const *mc_cmd_sorted_names(struct mc_cmd *cmd, size_t *ret_count)
{
    size_t count = 0;
    const char *const *names = mc_call_names(cmd->call, MC_NODES_DISCOVERED, &count);
    const char **sorted = mc_arena_array(cmd->arena, count + 1, sizeof(*sorted));

    *ret_count = sorted ? count : 0;
    for (size_t i = 0; sorted && i < count; i++) {
        sorted[i] = names[i];
    }
    if (sorted && count) {
        qsort(sorted, count, sizeof(*sorted), by_text);
    }
    return sorted;
}
