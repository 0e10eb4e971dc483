/* A walk over /proc with libproc2: which items are asked for, and how they are read.
 *
 * The items are a table of the same order as the enum, as libproc2 wants it. Command
 * lines are taken as the list of arguments, because the joined form of the library
 * replaces bytes that its locale does not know. */
#include "host/process/process.h"

#include "base/memory.h"
#include <errno.h>
#include <libproc2/pids.h>
#include <string.h>

enum item
{
    ITEM_PID,
    ITEM_PPID,
    ITEM_UID,
    ITEM_GID,
    ITEM_TTY,
    ITEM_VSIZE,
    ITEM_RSS,
    ITEM_STATE,
    ITEM_USER,
    ITEM_NAME,
    ITEM_COMMAND,
    ITEMS,
};

static const enum pids_item wanted[ITEMS] = {
    [ITEM_PID] = PIDS_ID_PID,        [ITEM_PPID] = PIDS_ID_PPID,
    [ITEM_UID] = PIDS_ID_EUID,       [ITEM_GID] = PIDS_ID_EGID,
    [ITEM_TTY] = PIDS_TTY,           [ITEM_VSIZE] = PIDS_VSIZE_BYTES,
    [ITEM_RSS] = PIDS_VM_RSS,        [ITEM_STATE] = PIDS_STATE,
    [ITEM_USER] = PIDS_ID_EUSER,     [ITEM_NAME] = PIDS_CMD,
    [ITEM_COMMAND] = PIDS_CMDLINE_V,
};

struct mc_processes
{
    struct pids_info *info;
    char command[MC_PROCESS_COMMAND_BYTES_MAX];
};

int mc_processes_new(struct mc_processes **ret_processes, struct mc_error *error)
{
    struct mc_processes *processes = mc_memory_new(sizeof(*processes));
    enum pids_item items[ITEMS];

    if (!processes) {
        mc_error_set(error, "not enough memory");
        return -ENOMEM;
    }
    memcpy(items, wanted, sizeof(items));
    int r = procps_pids_new(&processes->info, items, ITEMS);
    if (r < 0) {
        mc_error_set(error, "/proc cannot be read: %s", strerror(-r));
        mc_memory_free(processes);
        return r;
    }
    *ret_processes = processes;
    return 0;
}

/* libproc2 4.0.2 gives back what it holds of the last process only at the end of a walk,
 * so one that was left early is walked to its end: its memory would stay for good. */
struct mc_processes *mc_processes_free(struct mc_processes *processes)
{
    if (processes) {
        while (procps_pids_get(processes->info, PIDS_FETCH_TASKS_ONLY)) {
        }
        (void)procps_pids_unref(&processes->info);
    }
    return mc_memory_free(processes);
}

/* The arguments with a blank between, or the name. Kernel threads and zombies have no
 * arguments, which libproc2 shows as a single "-". */
static struct mc_bytes join(struct mc_processes *processes, char *const *args,
                            const char *name)
{
    char *to = processes->command;
    size_t room = sizeof(processes->command);
    bool none = !args || !args[0] || (strcmp(args[0], "-") == 0 && !args[1]);

    if (none) {
        return mc_bytes_text(name);
    }
    for (size_t i = 0; args[i] && room > 1; i++) {
        size_t len = strlen(args[i]);
        if (i > 0) {
            *to++ = ' ';
            room--;
        }
        len = len < room ? len : room;
        memcpy(to, args[i], len);
        to += len;
        room -= len;
    }
    /* A title that a program wrote over its arguments is followed by blanks. */
    while (to > processes->command && to[-1] == ' ') {
        to--;
    }
    return mc_bytes_make(processes->command, (size_t)(to - processes->command));
}

int mc_processes_next(struct mc_processes *processes, struct mc_process *ret_process)
{
    struct pids_stack *stack = procps_pids_get(processes->info, PIDS_FETCH_TASKS_ONLY);

    if (!stack) {
        return MC_PROCESS_END;
    }
    const struct pids_result *item = stack->head;
    const char *name = item[ITEM_NAME].result.str ? item[ITEM_NAME].result.str : "";
    const char *user = item[ITEM_USER].result.str ? item[ITEM_USER].result.str : "";
    *ret_process = (struct mc_process){
        .pid = item[ITEM_PID].result.s_int,
        .ppid = item[ITEM_PPID].result.s_int,
        .uid = item[ITEM_UID].result.u_int,
        .gid = item[ITEM_GID].result.u_int,
        .tty = item[ITEM_TTY].result.s_int,
        .vsize_bytes = (int64_t)item[ITEM_VSIZE].result.ul_int,
        .rss_kb = (int64_t)item[ITEM_RSS].result.ul_int,
        .state = (char)item[ITEM_STATE].result.s_ch,
        .user = user,
        .name = name,
        .command = join(processes, item[ITEM_COMMAND].result.strv, name),
    };
    return 0;
}
