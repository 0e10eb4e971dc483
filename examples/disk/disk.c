/* The disk agent: how full is a file system? An example of an agent in one file. */
#include "agent/agent.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

extern const struct mc_agent_ops mc_agent_disk;

#define BYTES_PER_MB ((uint64_t)1024 * 1024)

static void answer_free(void *state, struct mc_agent_call *call)
{
    const char *path = mc_agent_input_text(call, "path", "/");
    struct statvfs room;

    (void)state;
    if (statvfs(path, &room) != 0 || room.f_blocks == 0) {
        mc_agent_fail(call, MC_STATUS_ABORTED, "%s: %s", path,
                      errno ? strerror(errno) : "it has no blocks");
    } else {
        uint64_t used = room.f_blocks - room.f_bfree;
        uint64_t free_mb = room.f_bavail * room.f_frsize / BYTES_PER_MB;

        mc_agent_set_int(call, "used", (int64_t)(used * 100 / room.f_blocks));
        mc_agent_set_int(call, "free", (int64_t)free_mb);
    }
    mc_agent_finish(call);
}

static const struct mc_agent_action actions[] = {
    {"free", answer_free},
    {NULL, NULL},
};

const struct mc_agent_ops mc_agent_disk = {
    .abi = MC_AGENT_ABI,
    .name = "disk",
    .actions = actions,
};
