/* The call of mco process and mco pgrep, and the cells of their lines. */
#include "cmd/processes.h"

#include "base/text.h"
#include <string.h>

#define COMMAND_COLUMNS 60

double mc_processes_number(const struct mc_value *process, const char *name)
{
    return mc_value_real(mc_value_get_name(process, name), 0);
}

static const char *text_of(const struct mc_value *process, const char *name)
{
    const char *text = mc_value_cstr(mc_value_get_name(process, name));

    return text ? text : "";
}

/* The first characters of a text. */
static const char *cut(struct mc_arena *arena, const char *text, size_t columns)
{
    struct mc_bytes rest = mc_bytes_text(text);
    uint32_t code;

    for (size_t i = 0; i < columns && rest.len; i++) {
        size_t len = mc_text_character(rest, &code);
        rest = mc_bytes_slice(rest, len ? len : 1, rest.len);
    }
    return mc_arena_text(arena, mc_bytes_make(text, strlen(text) - rest.len));
}

static const char *command_of(struct mc_arena *arena, const struct mc_value *process)
{
    const char *command = text_of(process, "cmdline");

    if (strcmp(text_of(process, "state"), "Z") == 0) {
        command = mc_arena_printf(arena, "[%s]", command);
    }
    return command ? cut(arena, command, COMMAND_COLUMNS) : NULL;
}

static const char *size_of(struct mc_arena *arena, double bytes)
{
    char text[MC_TEXT_SIZE_BYTES];

    mc_text_size(bytes, " ", text);
    return mc_arena_strdup(arena, text);
}

/* One cell; an empty text also when memory is short. */
const char *mc_processes_cell(struct mc_arena *arena, const struct mc_value *process,
                              enum mc_processes_field field)
{
    const char *text = NULL;

    switch (field) {
    case MC_PROCESSES_PID:
    case MC_PROCESSES_TTY:
        text = mc_arena_printf(
            arena, "%.0f",
            mc_processes_number(process, field == MC_PROCESSES_PID ? "pid" : "tty_nr"));
        break;
    case MC_PROCESSES_USER:
        text = cut(arena, text_of(process, "username"), MC_PROCESSES_USER_COLUMNS);
        break;
    case MC_PROCESSES_COMMAND:
        text = command_of(arena, process);
        break;
    case MC_PROCESSES_STATE:
        text = text_of(process, "state");
        break;
    case MC_PROCESSES_VSZ:
        text = size_of(arena, mc_processes_number(process, "vsize"));
        break;
    case MC_PROCESSES_RSS:
        text = size_of(arena, mc_processes_number(process, "rss") * 1024);
        break;
    case MC_PROCESSES_FIELDS:
        break;
    }
    return text ? text : "";
}

const struct mc_value *mc_processes_list(const struct mc_client_reply *reply)
{
    const struct mc_value *list =
        reply->status ? NULL : mc_value_get_name(reply->data, "pslist");

    return mc_value_is(list, MC_ARRAY) ? list : NULL;
}

void mc_processes_failed(struct mc_cmd *cmd, const struct mc_client_reply *reply)
{
    mc_out_raw(&cmd->out, "   ");
    mc_out_left(&cmd->out, reply->sender, 10);
    mc_out_raw(&cmd->out, " ");
    mc_out_right(&cmd->out, reply->message, 19);
    mc_out_raw(&cmd->out, "\n");
}

int mc_processes_call(struct mc_cmd *cmd, const char *pattern)
{
    const char *user = mc_options_text(&cmd->options, MC_OPT_user);
    bool zombies = mc_options_has(&cmd->options, MC_OPT_zombies) ||
                   mc_options_has(&cmd->options, MC_OPT_only_zombies);

    if (mc_cmd_call(cmd, "process", "list") ||
        mc_call_input(cmd->call, "pattern", pattern ? pattern : ".", &cmd->error) ||
        mc_call_input(cmd->call, "just_zombies", zombies ? "true" : "false",
                      &cmd->error) ||
        (user && mc_call_input(cmd->call, "user", user, &cmd->error))) {
        return -1;
    }
    return mc_cmd_rpc(cmd, (struct mc_cmd_show){.progress = true});
}
