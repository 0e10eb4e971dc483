/* Where programs are, and whether they may be trusted. */
#include "agent/external/external-private.h"

#include "base/file.h"
#include "base/trust.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

int mc_external__find_command(const char *const *folders, const char *agent,
                              const char *command, struct mc_arena *arena,
                              const char **ret_path)
{
    static const char *const middles[] = {"mcollective/agent", "agent"};

    if (command[0] == '/') {
        *ret_path = command;
        return 0;
    }
    for (; *folders; folders++) {
        for (size_t i = 0; i < MC_COUNT(middles); i++) {
            const char *path = mc_arena_printf(arena, "%s/%s/%s/%s", *folders,
                                               middles[i], agent, command);
            if (!path) {
                return -ENOMEM;
            }
            if (mc_file_readable(path) || access(path, X_OK) == 0) {
                *ret_path = path;
                return 0;
            }
        }
    }
    return -ENOENT;
}

int mc_external__trust(const char *path, struct mc_error *error)
{
    return geteuid() != 0 || mc_trust_check(path, error) == 0 ? 0 : MC_EXTERNAL__BAD;
}
